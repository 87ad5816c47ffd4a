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

from .model import save_checkpoint

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
    period = int(max(1, period))

    def save(iter_no: int, sym: Any = None, arg: Any = None, aux: Any = None) -> None:
        """Save after epoch `iter_no`, counted from 0."""
        if (iter_no + 1) % period == 0:
            mod.save_checkpoint(prefix, iter_no + 1, save_optimizer_states)

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
    period = int(max(1, period))

    def save(iter_no: int, sym: Any, arg: Any, aux: Any) -> None:
        """Save after epoch `iter_no`, counted from 0."""
        if (iter_no + 1) % period == 0:
            save_checkpoint(prefix, iter_no + 1, sym, arg, aux)

    return save


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
        if param.nbatch % period == 0 and param.eval_metric is not None:
            for name, value in param.eval_metric.get_name_value():
                logging.info("Iter[%d] Batch[%d] Train-%s=%f", param.epoch, param.nbatch, name, value)
            if auto_reset:
                param.eval_metric.reset_local()

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
        self.batch_size = batch_size
        self.frequent = frequent
        self.init = False
        self.tic = 0.0
        self.last_count = 0
        self.auto_reset = auto_reset

    def __call__(self, param: Any) -> None:
        """Count a batch, and log where it is time to."""
        count = param.nbatch
        if self.last_count > count:  # a new epoch
            self.init = False
        self.last_count = count
        if not self.init:
            self.init = True
            self.tic = time.time()
            return
        if count % self.frequent:
            return
        elapsed = time.time() - self.tic
        speed = self.frequent * self.batch_size / elapsed if elapsed > 0 else float("inf")
        if param.eval_metric is None:
            logging.info("Iter[%d] Batch [%d]\tSpeed: %.2f samples/sec", param.epoch, count, speed)
        else:
            values = param.eval_metric.get_name_value()
            first = count - self.frequent if self.auto_reset else 0
            if self.auto_reset:
                param.eval_metric.reset_local()
            metrics = "".join(f"\t{name}={value:f}" for name, value in values)
            logging.info(
                "Epoch[%d] Batch [%d-%d]\tSpeed: %.2f samples/sec%s", param.epoch, first, count, speed, metrics
            )
        self.tic = time.time()


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
            for name, value in param.eval_metric.get_name_value():
                logging.info("Epoch[%d] Validation-%s=%f", param.epoch, name, value)
