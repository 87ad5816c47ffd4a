"""Functions that training calls after a batch or an epoch: to log, to show progress, to save.

What follows a batch is called with a :class:`mxnet.model.BatchEndParam`; what follows an epoch with the epoch, the
symbol and its parameters. All of them write through Python's :mod:`logging`.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any

from ._checkpoints import save_checkpoint

__all__ = [
    "LogValidationMetricsCallback", "ProgressBar", "Speedometer", "do_checkpoint", "log_train_metric",
    "module_checkpoint",
]  # fmt: skip


def module_checkpoint(
    mod: Any, prefix: str, period: float = 1, save_optimizer_states: bool = False
) -> Callable[..., None]:
    """A callback that saves a module after every `period` epochs.

    Parameters
    ----------
    mod : Module
        what to save
    prefix : str
        the files begin with it
    period : int
        epochs between two checkpoints
    save_optimizer_states : bool
        save what the optimizer keeps as well, to go on training
    """
    every = max(int(period), 1)

    def save(iter_no: int, sym: Any = None, arg: Any = None, aux: Any = None) -> None:
        """Save after epoch `iter_no`, counted from 0."""
        finished = iter_no + 1
        if not finished % every:
            mod.save_checkpoint(prefix, finished, save_optimizer_states)

    return save


def do_checkpoint(prefix: str, period: float = 1) -> Callable[..., None]:
    """A callback that saves a symbol and its parameters after every `period` epochs.

    Parameters
    ----------
    prefix : str
        the files begin with it, see :func:`mxnet.model.save_checkpoint`
    period : int
        epochs between two checkpoints
    """
    every = max(int(period), 1)

    def save(iter_no: int, sym: Any, arg: Any, aux: Any) -> None:
        """Save after epoch `iter_no`, counted from 0."""
        finished = iter_no + 1
        if not finished % every:
            save_checkpoint(prefix, finished, sym, arg, aux)

    return save


def _log_metric(text: str, metric: Any, *where: int) -> None:
    """Log a line for each value of a metric, with where training is before it."""
    for name_and_value in metric.get_name_value():
        logging.info(text, *where, *name_and_value)


def log_train_metric(period: int, auto_reset: bool = False) -> Callable[[Any], None]:
    """A callback that logs the metric after every `period` batches.

    Parameters
    ----------
    period : int
        batches between two lines
    auto_reset : bool
        start the metric again after each line
    """

    def log(param: Any) -> None:
        """Log after a batch."""
        metric = param.eval_metric
        if metric is None or param.nbatch % period:
            return
        _log_metric("Iter[%d] Batch[%d] Train-%s=%f", metric, param.epoch, param.nbatch)
        if auto_reset:
            metric.reset_local()

    return log


class Speedometer:
    """Logs how many samples a second are trained on, and the metric.

    Parameters
    ----------
    batch_size : int
        samples in a batch
    frequent : int
        batches between two lines
    auto_reset : bool
        start the metric again after each line

    Examples
    --------
    >>> speedometer = mx.callback.Speedometer(batch_size=64, frequent=2)
    >>> for batch in range(1, 5):
    ...     speedometer(mx.model.BatchEndParam(epoch=0, nbatch=batch, eval_metric=None, locals=None))
    """

    def __init__(self, batch_size: int, frequent: int = 50, auto_reset: bool = True) -> None:
        self.batch_size, self.frequent, self.auto_reset = batch_size, frequent, auto_reset
        self.init = False  # whether `tic` is a time of this epoch
        self.tic = 0.0
        self.last_count = 0

    def __call__(self, param: Any) -> None:
        """Count a batch, and log where it is time to."""
        count, metric = param.nbatch, param.eval_metric
        running = self.init and count >= self.last_count  # a lower number: another epoch has begun
        self.init, self.last_count = True, count
        if running and count % self.frequent:
            return
        if running:
            self._log(param.epoch, count, metric)
        self.tic = time.time()

    def _log(self, epoch: int, count: int, metric: Any) -> None:
        elapsed = time.time() - self.tic
        speed = self.frequent * self.batch_size / elapsed if elapsed > 0 else float("inf")
        if metric is None:
            logging.info("Iter[%d] Batch [%d]\tSpeed: %.2f samples/sec", epoch, count, speed)
            return
        shown = "".join(f"\t{name}={value:f}" for name, value in metric.get_name_value())
        first = 0
        if self.auto_reset:
            first = count - self.frequent
            metric.reset_local()
        logging.info("Epoch[%d] Batch [%d-%d]\tSpeed: %.2f samples/sec%s", epoch, first, count, speed, shown)


class ProgressBar:
    """Logs a bar that fills up.

    Parameters
    ----------
    total : int
        batches in all
    length : int
        characters of the bar
    """

    def __init__(self, total: int, length: int = 80) -> None:
        self.bar_len = length
        self.total = total

    def __call__(self, param: Any) -> None:
        """Log how far training is after a batch."""
        filled = round(self.bar_len * param.nbatch / float(self.total))
        bar = "=" * filled + "-" * (self.bar_len - filled)
        logging.info("[%s] %s%s\r", bar, math.ceil(100.0 * param.nbatch / float(self.total)), "%")


class LogValidationMetricsCallback:
    """Logs the metrics of a validation after an epoch."""

    def __call__(self, param: Any) -> None:
        """Log after the epoch's validation."""
        if param.eval_metric is not None:
            _log_metric("Epoch[%d] Validation-%s=%f", param.eval_metric, param.epoch)
