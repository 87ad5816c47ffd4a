"""The optimizer of a run, and the schedule of its learning rate, from the settings."""

from __future__ import annotations

from typing import Any

from mxnet import lr_scheduler
from mxnet.lr_scheduler import LRScheduler
from mxnet.optimizer import Optimizer

from ..settings import Settings, find_optimizer

__all__ = ["make_optimizer", "make_schedule"]

STEPS, FACTOR = (0.5, 0.75), 0.1  # of the training, and what the rate is multiplied by after each


def make_schedule(settings: Settings, batches: int) -> LRScheduler | None:
    """The schedule that the settings name; None where the learning rate stays as it is.

    Parameters
    ----------
    settings : Settings
        Completed.
    batches : int
        Updates in an epoch.

    Examples
    --------
    >>> from remxnet.experiments.settings import Settings
    >>> schedule = make_schedule(Settings(epochs=4, learning_rate=1.0, schedule="step"), batches=10)
    >>> [round(schedule(update), 3) for update in (1, 20, 21, 30, 31, 40)]
    [1.0, 1.0, 0.1, 0.1, 0.01, 0.01]
    """
    updates = settings.epochs * batches
    rising: dict[str, Any] = {"base_lr": settings.learning_rate, "warmup_steps": round(settings.warmup * batches)}
    if settings.schedule == "cosine" and rising["warmup_steps"] < updates:
        return lr_scheduler.CosineScheduler(updates, **rising)
    if settings.schedule == "poly" and rising["warmup_steps"] < updates:
        return lr_scheduler.PolyScheduler(updates, **rising)
    if settings.schedule == "step":
        steps = sorted({max(1, round(updates * part)) for part in STEPS})
        return lr_scheduler.MultiFactorScheduler(steps, FACTOR, **rising)
    if rising["warmup_steps"]:
        return lr_scheduler.FactorScheduler(1, factor=1, **rising)
    return None


def make_optimizer(settings: Settings, batches: int) -> Optimizer:
    """The optimizer that completed settings name, with their schedule over epochs of so many batches."""
    arguments: dict[str, Any] = {"learning_rate": settings.learning_rate, "wd": settings.weight_decay}
    if settings.momentum is not None:
        arguments["momentum"] = settings.momentum
    schedule = make_schedule(settings, batches)
    return find_optimizer(settings.optimizer)(**arguments, lr_scheduler=schedule)
