"""The events of an estimator's run, and what handlers that watch a metric share."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

__all__ = [
    "BatchBegin", "BatchEnd", "EpochBegin", "EpochEnd", "EventHandler", "TrainBegin", "TrainEnd", "comparison",
    "first_best", "is_time", "one_more",
]  # fmt: skip


class EventHandler:
    """Who hears of events; derive from the events themselves.

    A method of an event gets the estimator and what the event offers by keyword, of which it takes what it needs.
    """


class TrainBegin(EventHandler):
    """The beginning of training."""

    def train_begin(self, estimator: Any, *args: Any, **offered: Any) -> Any:
        """Is called with the estimator."""


class TrainEnd(EventHandler):
    """The end of training."""

    def train_end(self, estimator: Any, *args: Any, **offered: Any) -> Any:
        """Is called with the estimator."""


class EpochBegin(EventHandler):
    """The beginning of an epoch, or of an evaluation."""

    def epoch_begin(self, estimator: Any, *args: Any, **offered: Any) -> Any:
        """Is called with the estimator."""


class EpochEnd(EventHandler):
    """The end of an epoch, or of an evaluation."""

    def epoch_end(self, estimator: Any, *args: Any, **offered: Any) -> Any:
        """Is called with the estimator; returns whether training stops."""
        return False


class BatchBegin(EventHandler):
    """The beginning of a batch."""

    def batch_begin(self, estimator: Any, *args: Any, **offered: Any) -> Any:
        """Is called with the estimator and ``batch``."""


class BatchEnd(EventHandler):
    """The end of a batch."""

    def batch_end(self, estimator: Any, *args: Any, **offered: Any) -> Any:
        """Is called with the estimator, ``batch``, ``pred``, ``label`` and ``loss``; returns whether the epoch ends."""
        return False


def comparison(handler: str, monitor: Any, mode: str) -> Any:
    """NumPy's function that says whether a value of a metric is better than another: less, or greater.

    Parameters
    ----------
    handler : str
        who asks
    monitor : EvalMetric
        the metric
    mode : str
        'min' for less, 'max' or 'auto' for greater
    """
    if mode not in ("auto", "min", "max"):
        warnings.warn(f"{handler}: mode={mode!r} is none of 'min', 'max' and 'auto', which is taken", stacklevel=4)
    if mode == "min":
        return np.less
    if mode != "max":
        warnings.warn(
            f"{handler}: a larger {monitor.get()[0]} counts as better; mode='min' if a smaller one is, and 'max' says "
            "that this is meant",
            stacklevel=4,
        )
    return np.greater


def one_more(handler: Any, what: str) -> int:
    """Count a batch or an epoch; returns how many it were."""
    count: int = getattr(handler, f"current_{what}") + 1
    setattr(handler, f"current_{what}", count)
    return count


def is_time(count: int, period: int | None) -> bool:
    """Whether a period is over, where there is one."""
    return bool(period and count % period == 0)


def first_best(operator: Any) -> float:
    """What any value is better than."""
    return np.inf if operator is np.less else -np.inf
