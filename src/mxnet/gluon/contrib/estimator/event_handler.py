"""Who looks on while an estimator trains: stops it, updates metrics, validates, logs, saves, takes steps.

A handler derives from the events it wants to hear of. Those of one event are called by priority, the lowest first.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ....metric import CompositeEvalMetric, EvalMetric
from ....metric import Loss as LossMetric
from ._checkpoints import CheckpointHandler
from ._events import (
    BatchBegin,
    BatchEnd,
    EpochBegin,
    EpochEnd,
    EventHandler,
    TrainBegin,
    TrainEnd,
    comparison,
    first_best,
    is_time,
    one_more,
)
from .utils import _check_metrics

__all__ = [
    "BatchBegin", "BatchEnd", "CheckpointHandler", "EarlyStoppingHandler", "EpochBegin", "EpochEnd",
    "GradientUpdateHandler", "LoggingHandler", "MetricHandler", "StoppingHandler", "TrainBegin", "TrainEnd",
    "ValidationHandler",
]  # fmt: skip


def _check_event_handlers(handlers: Any) -> list[Any]:
    """A handler, several or None as a list of their own.

    Raises
    ------
    ValueError
        there is something else among them
    """
    if isinstance(handlers, EventHandler):
        return [handlers]
    found = handlers or []
    if not isinstance(found, (list, tuple)) or not all(isinstance(each, EventHandler) for each in found):
        raise ValueError(f"event_handlers={handlers!r}; expected an EventHandler or a list of them")
    return list(found)


class StoppingHandler(TrainBegin, BatchEnd, EpochEnd):
    """Stops training after the estimator's number of epochs or batches.

    Parameters
    ----------
    max_epoch, max_batch : int, optional
        how many; ``fit`` sets them to its own
    """

    def __init__(self, max_epoch: int | None = None, max_batch: int | None = None) -> None:
        self.max_epoch, self.max_batch = max_epoch, max_batch
        self.current_batch = self.current_epoch = 0
        self.stop_training = False

    def train_begin(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Begin to count."""
        self.max_epoch, self.max_batch = estimator.max_epoch, estimator.max_batch
        self.current_batch = self.current_epoch = 0

    def batch_end(self, estimator: Any, *args: Any, **offered: Any) -> bool:
        """Count a batch; returns whether it was the last."""
        return self._counted("batch")

    def epoch_end(self, estimator: Any, *args: Any, **offered: Any) -> bool:
        """Count an epoch; returns whether it was the last."""
        return self._counted("epoch")

    def _counted(self, what: str) -> bool:
        count = one_more(self, what)
        self.stop_training |= count == getattr(self, f"max_{what}")
        return self.stop_training


class MetricHandler(EpochBegin, BatchEnd):
    """Updates metrics after each batch, and resets them before an epoch.

    Parameters
    ----------
    metrics : EvalMetric or list of EvalMetric
        which
    priority : int
        when it is called
    """

    def __init__(self, metrics: Any, priority: float = -1000) -> None:
        self.metrics = _check_metrics(metrics)
        self.priority = priority

    def epoch_begin(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Reset them."""
        for each in self.metrics:
            each.reset()

    def batch_end(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Take a batch in: the loss where a metric is one, else labels and predictions."""
        for each in self.metrics:
            if isinstance(each, LossMetric):
                each.update(0, offered["loss"])
            else:
                each.update(offered["label"], offered["pred"])


class ValidationHandler(TrainBegin, BatchEnd, EpochEnd):
    """Evaluates after so many epochs or batches.

    Parameters
    ----------
    val_data : DataLoader
        what is evaluated
    eval_fn : callable
        ``estimator.evaluate``, or what is called like it
    epoch_period : int, optional
        after every how many epochs
    batch_period : int, optional
        after every how many batches
    priority : int
        when it is called
    event_handlers : EventHandler or list of EventHandler, optional
        who looks on
    """

    def __init__(
        self,
        val_data: Any,
        eval_fn: Callable[..., Any],
        epoch_period: int | None = 1,
        batch_period: int | None = None,
        priority: float = -1000,
        event_handlers: Any = None,
    ) -> None:
        self.val_data, self.eval_fn = val_data, eval_fn
        self.epoch_period, self.batch_period = epoch_period, batch_period
        self.current_batch = self.current_epoch = 0
        self.priority, self.event_handlers = priority, event_handlers

    def train_begin(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Begin to count."""
        self.current_batch = self.current_epoch = 0

    def batch_end(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Evaluate if it is time to."""
        if is_time(one_more(self, "batch"), self.batch_period):
            self._evaluate(estimator)

    def epoch_end(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Evaluate if it is time to."""
        if is_time(one_more(self, "epoch"), self.epoch_period):
            self._evaluate(estimator)

    def _evaluate(self, estimator: Any) -> None:
        self.eval_fn(val_data=self.val_data, batch_axis=0, event_handlers=self.event_handlers)


class LoggingHandler(TrainBegin, TrainEnd, EpochBegin, EpochEnd, BatchBegin, BatchEnd):
    """Logs time and metrics, with the estimator's logger.

    Parameters
    ----------
    log_interval : int or str
        'epoch', or every how many batches a line is logged beside those of epochs
    metrics : EvalMetric or list of EvalMetric, optional
        what is logged
    priority : int
        when it is called

    Raises
    ------
    ValueError
        another interval, or something else than metrics
    """

    def __init__(self, log_interval: int | str = "epoch", metrics: Any = None, priority: float = np.inf) -> None:
        if not isinstance(log_interval, int) and log_interval != "epoch":
            raise ValueError(f"LoggingHandler: log_interval={log_interval!r}; expected a number of batches or 'epoch'")
        self.metrics = _check_metrics(metrics)
        self.batch_index = self.current_epoch = self.processed_samples = 0
        self.priority, self.log_interval = priority, log_interval
        self.log_interval_time: float = 0

    def _values(self) -> str:
        return ", ".join("{}: {:.4f}".format(*each.get()) for each in self.metrics)

    def train_begin(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Log the optimizer and how long it will train."""
        self.train_start = time.time()
        trainer = estimator.trainer
        estimator.logger.info(
            "Training begin: using optimizer %s with current learning rate %.4f ",
            type(trainer.optimizer).__name__,
            trainer.learning_rate,
        )
        epochs, batches = estimator.max_epoch, estimator.max_batch
        estimator.logger.info("Train for %s.", f"{epochs} epochs" if epochs else f"{batches} batches")
        self.current_epoch = self.batch_index = self.processed_samples = 0
        self.log_interval_time = 0

    def train_end(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Log how long it took, and the metrics."""
        spent = time.time() - self.train_start
        line = f"Train finished using total {int(spent)}s with {self.current_epoch} epochs. {self._values()}"
        estimator.logger.info(line.rstrip())

    def batch_begin(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Take the time."""
        self.batch_start = time.time()

    def batch_end(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Log a batch if it is time to."""
        if not isinstance(self.log_interval, int):
            return
        self.log_interval_time += time.time() - self.batch_start
        self.processed_samples += offered["batch"][0].shape[0]
        if self.batch_index % self.log_interval == 0:
            line = f"[Epoch {self.current_epoch}][Batch {self.batch_index}][Samples {self.processed_samples}] "
            line += f"time/interval: {self.log_interval_time:.3f}s {self._values()}"
            estimator.logger.info(line.rstrip())
            self.log_interval_time = 0
        self.batch_index += 1

    def epoch_begin(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Log that an epoch begins, of training where metrics are training's."""
        if any("training" in each.name for each in self.metrics):
            rate = estimator.trainer.learning_rate
            estimator.logger.info("[Epoch %d] Begin, current learning rate: %.4f", self.current_epoch, rate)
        else:
            estimator.logger.info("Validation Begin")
        self.epoch_start = time.time()

    def epoch_end(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Log how long an epoch took, and the metrics."""
        line = f"[Epoch {self.current_epoch}] Finished in {time.time() - self.epoch_start:.3f}s, {self._values()}"
        estimator.logger.info(line.rstrip(", "))
        self.current_epoch += 1
        self.batch_index = 0


class EarlyStoppingHandler(TrainBegin, EpochEnd, TrainEnd):
    """Stops training when a metric does not get better any more.

    Parameters
    ----------
    monitor : EvalMetric
        one of the estimator's metrics
    min_delta : float
        by how much it has to get better
    patience : int
        for how many epochs it may not
    mode : str
        'min' where less is better, 'max' where more is, 'auto' for more
    baseline : float, optional
        what the first epoch is compared with

    Raises
    ------
    ValueError
        something else than one simple metric
    """

    def __init__(
        self, monitor: Any, min_delta: float = 0, patience: int = 0, mode: str = "auto", baseline: float | None = None
    ) -> None:
        if not isinstance(monitor, EvalMetric):
            raise ValueError(
                f"EarlyStoppingHandler: monitor={monitor!r}; expected one of estimator.train_metrics or "
                "estimator.val_metrics"
            )
        if isinstance(monitor, CompositeEvalMetric):
            raise ValueError("EarlyStoppingHandler: monitor is a CompositeEvalMetric; expected one of those in it")
        self.monitor, self.baseline, self.patience = monitor, baseline, patience
        self.wait = self.stopped_epoch = self.current_epoch = 0
        self.stop_training = False
        self.monitor_op = comparison("EarlyStopping", monitor, mode)
        self.min_delta = min_delta if self.monitor_op is np.greater else -min_delta

    def train_begin(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Begin with nothing seen, or with the baseline."""
        self.wait = self.stopped_epoch = self.current_epoch = 0
        self.stop_training = False
        self.best = first_best(self.monitor_op) if self.baseline is None else self.baseline

    def epoch_end(self, estimator: Any, *args: Any, **offered: Any) -> bool:
        """Compare the metric with the best so far; returns whether training stops."""
        name, value = self.monitor.get()
        if np.isnan(value):
            warnings.warn(
                f"EarlyStoppingHandler: {name} is not updated; take one of estimator.train_metrics or "
                "estimator.val_metrics as monitor",
                RuntimeWarning,
                stacklevel=2,
            )
        elif self.monitor_op(value - self.min_delta, self.best):
            self.best, self.wait = value, 0
        else:
            self.wait += 1
            if self.wait >= self.patience:
                self.stopped_epoch, self.stop_training = self.current_epoch, True
        self.current_epoch += 1
        return self.stop_training

    def train_end(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Log that it stopped early."""
        if self.stopped_epoch > 0:
            estimator.logger.info(
                "[Epoch %d] EarlyStoppingHanlder: early stopping due to %s not improving",
                self.stopped_epoch,
                self.monitor.get()[0],
            )


class GradientUpdateHandler(BatchEnd):
    """Has the trainer take its step after each batch, before other handlers look at the metrics.

    Parameters
    ----------
    priority : int
        when it is called
    """

    def __init__(self, priority: float = -2000) -> None:
        self.priority = priority

    def batch_end(self, estimator: Any, *args: Any, **offered: Any) -> None:
        """Take the step of as many samples as there are losses."""
        losses = offered["loss"]
        several = losses if isinstance(losses, (list, tuple)) else [losses]
        estimator.trainer.step(sum(each.shape[0] for each in several))
