"""Learning rates that depend on the number of updates made.

A scheduler is called with the number of updates and returns the rate for it; `base_lr` is what it returned last once
the warm-up is over. An optimizer calls it with its ``num_update``.
"""

from __future__ import annotations

import itertools
import logging
from bisect import bisect_left
from math import cos, pi

__all__ = ["CosineScheduler", "FactorScheduler", "LRScheduler", "MultiFactorScheduler", "PolyScheduler"]

CHANGED = "Update[%d]: Change learning rate to %0.5e"
ARRIVED = "Update[%d]: the learning rate is at its lowest, %0.5e, and stays there"


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)


class LRScheduler:
    """What every scheduler shares: the base rate and the warm-up before it.

    Parameters
    ----------
    base_lr : float
        the rate the schedule begins with
    warmup_steps : int
        number of updates before the schedule begins
    warmup_begin_lr : float
        the rate of the first update of the warm-up; at most `base_lr`
    warmup_mode : {'linear', 'constant'}
        'linear' rises from `warmup_begin_lr` to `base_lr`, 'constant' stays at `warmup_begin_lr`

    Raises
    ------
    ValueError
        a warm-up that begins above `base_lr`, lasts a negative number of updates, or has an unknown mode
    """

    def __init__(
        self,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        _require(
            isinstance(warmup_steps, int),
            f"{type(self).__name__}: warmup_steps is a number of updates, an int, got {warmup_steps!r}",
        )
        self.base_lr = base_lr
        self.warmup_steps = warmup_steps
        self.warmup_final_lr = base_lr
        self.warmup_begin_lr = warmup_begin_lr
        if warmup_begin_lr > base_lr:
            raise ValueError(
                f"{type(self).__name__}: warmup_begin_lr {warmup_begin_lr} is above base_lr {base_lr}, which ends it"
            )
        if warmup_steps < 0:
            raise ValueError(f"{type(self).__name__}: warmup_steps is {warmup_steps}, expected 0 or more")
        if warmup_mode not in ("linear", "constant"):
            raise ValueError(f"{type(self).__name__}: warmup_mode is {warmup_mode!r}, expected 'linear' or 'constant'")
        self.warmup_mode = warmup_mode

    def get_warmup_lr(self, num_update: int) -> float:
        """The rate of update number `num_update`, which lies within the warm-up."""
        _require(
            num_update < self.warmup_steps,
            f"{type(self).__name__}: update {num_update} is past the warm-up of {self.warmup_steps} updates",
        )
        begin, end = self.warmup_begin_lr, self.warmup_final_lr
        return begin if self.warmup_mode == "constant" else begin + (end - begin) * num_update / self.warmup_steps

    def __call__(self, num_update: int) -> float:
        """The learning rate after `num_update` updates."""
        raise NotImplementedError(f"{type(self).__name__} does not say what the rate after {num_update} updates is")


class _WarmedUpScheduler(LRScheduler):
    """A schedule that leaves the warm-up to its base and says in `_scheduled` what comes then."""

    def __call__(self, num_update: int) -> float:
        """The learning rate after `num_update` updates."""
        rate = self.get_warmup_lr if num_update < self.warmup_steps else self._scheduled
        return rate(num_update)

    def _scheduled(self, num_update: int) -> float:
        raise NotImplementedError


class FactorScheduler(_WarmedUpScheduler):
    """Multiplies the rate by `factor` after every `step` updates, down to `stop_factor_lr`.

    A number of updates lower than in the last call changes nothing.

    Parameters
    ----------
    step : int
        updates between two changes
    factor : float
        at most 1
    stop_factor_lr : float
        the rate stays here once it would fall below

    Examples
    --------
    >>> schedule = mx.lr_scheduler.FactorScheduler(step=2, factor=0.5, base_lr=1.0)
    >>> [schedule(update) for update in range(1, 7)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(
        self,
        step: int,
        factor: float = 1,
        stop_factor_lr: float = 1e-8,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        if step < 1:
            raise ValueError(f"FactorScheduler: step is {step}, expected at least 1 update")
        if factor > 1.0:
            raise ValueError(f"FactorScheduler: factor is {factor}, expected at most 1, or the rate would grow")
        self.step = step
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.count = 0  # the number of updates at which the rate was changed last

    def _scheduled(self, num_update: int) -> float:
        changes = itertools.count(self.count + self.step, self.step)
        for change in itertools.takewhile(lambda change: change < num_update, changes):
            self.count = change
            lowered = self.base_lr * self.factor
            self.base_lr = max(lowered, self.stop_factor_lr)
            logging.info(ARRIVED if lowered < self.stop_factor_lr else CHANGED, num_update, self.base_lr)
        return self.base_lr


class MultiFactorScheduler(_WarmedUpScheduler):
    """Multiplies the rate by `factor` after each of the given numbers of updates.

    A number of updates lower than in the last call changes nothing.

    Parameters
    ----------
    step : list of int
        increasing numbers of updates
    factor : float
        at most 1

    Examples
    --------
    >>> schedule = mx.lr_scheduler.MultiFactorScheduler(step=[2, 3], factor=0.5, base_lr=1.0)
    >>> [schedule(update) for update in range(1, 6)]
    [1.0, 1.0, 0.5, 0.25, 0.25]
    """

    def __init__(
        self,
        step: list[int],
        factor: float = 1,
        base_lr: float = 0.01,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        _require(
            isinstance(step, list) and len(step) >= 1,
            f"MultiFactorScheduler: step is a list of at least one number of updates, got {step!r}",
        )
        if any(updates < 1 for updates in step):
            raise ValueError(f"MultiFactorScheduler: step is {step}, expected at least 1 update everywhere")
        if any(later <= earlier for earlier, later in itertools.pairwise(step)):
            raise ValueError(f"MultiFactorScheduler: step is {step}, expected increasing numbers of updates")
        if factor > 1.0:
            raise ValueError(f"MultiFactorScheduler: factor is {factor}, expected at most 1, or the rate would grow")
        self.step = step
        self.factor = factor
        self.count = 0  # the number of updates at which the rate was changed last
        self.cur_step_ind = 0  # how many of the changes are made

    def _scheduled(self, num_update: int) -> float:
        made, self.cur_step_ind = self.cur_step_ind, max(self.cur_step_ind, bisect_left(self.step, num_update))
        for change in self.step[made : self.cur_step_ind]:
            self.count = change
            self.base_lr *= self.factor
            logging.info(CHANGED, num_update, self.base_lr)
        return self.base_lr


class _DecayingScheduler(_WarmedUpScheduler):
    """A rate that falls from `base_lr` to `final_lr` along a curve until `max_update`, and then stays as it is."""

    def __init__(
        self,
        max_update: int,
        base_lr: float,
        final_lr: float,
        warmup_steps: int,
        warmup_begin_lr: float,
        warmup_mode: str,
    ) -> None:
        super().__init__(base_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        _require(
            isinstance(max_update, int),
            f"{type(self).__name__}: max_update is a number of updates, an int, got {max_update!r}",
        )
        if max_update < 1:
            raise ValueError(f"{type(self).__name__}: max_update is {max_update}, expected at least 1")
        self.base_lr_orig, self.final_lr = base_lr, final_lr
        self.max_update, self.max_steps = max_update, max_update - warmup_steps

    def remaining(self, progress: float) -> float:
        """How much of the way from `final_lr` up to `base_lr` is left when `progress`, from 0 to 1, is made."""
        raise NotImplementedError

    def _scheduled(self, num_update: int) -> float:
        if num_update <= self.max_update:
            height = self.base_lr_orig - self.final_lr
            progress = (num_update - self.warmup_steps) / self.max_steps
            self.base_lr = self.final_lr + self.remaining(progress) * height
        return self.base_lr


class PolyScheduler(_DecayingScheduler):
    """Lowers the rate as a power of the updates that remain.

    Parameters
    ----------
    max_update : int
        number of updates, the warm-up included, after which the rate is `final_lr`
    pwr : float
        the power
    final_lr : float
        the rate at the end

    Examples
    --------
    >>> schedule = mx.lr_scheduler.PolyScheduler(max_update=4, base_lr=1.0, pwr=2)
    >>> [schedule(update) for update in range(6)]
    [1.0, 0.5625, 0.25, 0.0625, 0.0, 0.0]
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        pwr: float = 2,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr, warmup_mode)
        self.power = pwr

    def remaining(self, progress: float) -> float:
        """A power of the part that is left."""
        return pow(1 - progress, self.power)


class CosineScheduler(_DecayingScheduler):
    """Lowers the rate along half a period of a cosine (Loshchilov & Hutter, SGDR, arXiv:1608.03983).

    Parameters
    ----------
    max_update : int
        number of updates, the warm-up included, after which the rate is `final_lr`
    final_lr : float
        the rate at the end

    Examples
    --------
    >>> schedule = mx.lr_scheduler.CosineScheduler(max_update=4, base_lr=1.0)
    >>> [round(schedule(update), 4) for update in range(6)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.0]
    """

    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
        warmup_mode: str = "linear",
    ) -> None:
        super().__init__(max_update, base_lr, final_lr, warmup_steps, warmup_begin_lr, warmup_mode)

    def remaining(self, progress: float) -> float:
        """From 1 down to 0 along a cosine."""
        return (1 + cos(pi * progress)) / 2
