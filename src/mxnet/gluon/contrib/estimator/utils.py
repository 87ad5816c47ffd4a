"""Metrics of an estimator: checking them, and choosing one for a loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .... import metric as _metric
from ....metric import Accuracy, CompositeEvalMetric, EvalMetric
from ...loss import SoftmaxCrossEntropyLoss

__all__: list[str] = []


def _check_metrics(metrics: Any) -> list[EvalMetric]:
    """A metric, several, those of a composite one or None as a list.

    Raises
    ------
    ValueError
        there is something else among them
    """
    if isinstance(metrics, CompositeEvalMetric):
        return list(metrics.metrics)
    if isinstance(metrics, EvalMetric):
        return [metrics]
    found = metrics or []
    if not isinstance(found, (list, tuple)) or not all(isinstance(each, EvalMetric) for each in found):
        raise ValueError(f"metrics={metrics!r}; expected an mxnet.metric.EvalMetric or a list of them")
    return list(found)


def _check_handler_metric_ref(handler: Any, known_metrics: Sequence[EvalMetric]) -> None:
    """Refuse a handler one of whose attributes with ``metric`` in its name has one that the estimator does not update.

    Raises
    ------
    ValueError
        it has
    """
    for name in dir(handler):
        if "metric" not in name:
            continue
        value = getattr(handler, name)
        for each in value if isinstance(value, list) else [value]:
            if not callable(value):
                _check_metric_known(handler, each, known_metrics)


def _check_metric_known(handler: Any, metric: Any, known_metrics: Sequence[EvalMetric]) -> None:
    if not any(metric is each for each in known_metrics):
        raise ValueError(
            f"{type(handler).__name__} has the metric {metric}, which the estimator does not update; take one of "
            "estimator.train_metrics or estimator.val_metrics"
        )


def _suggest_metric_for_loss(loss: Any) -> EvalMetric | None:
    """The metric that goes with a loss: the accuracy with cross entropy of classes, else None."""
    return Accuracy() if isinstance(loss, SoftmaxCrossEntropyLoss) else None


metric_loss = _metric.Loss
