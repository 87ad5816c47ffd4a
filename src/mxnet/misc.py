"""The learning rate schedulers of MXNet's first days, which are called with a number of iterations."""

from __future__ import annotations

import logging

__all__ = ["FactorScheduler", "LearningRateScheduler"]


class LearningRateScheduler:
    """A learning rate for each iteration; subclasses say which.

    Attributes
    ----------
    base_lr : float
        the rate at the beginning, which an optimizer sets
    """

    def __init__(self) -> None:
        self.base_lr = 0.01

    def __call__(self, iteration: int) -> float:
        """The rate at an iteration."""
        raise NotImplementedError(f"{type(self).__name__} has no __call__, which says the learning rate")


class FactorScheduler(LearningRateScheduler):
    """A learning rate that is multiplied by a factor every so many iterations.

    Parameters
    ----------
    step : int
        how many iterations one rate lasts
    factor : float
        less than 1

    Raises
    ------
    ValueError
        a step below 1, or a factor that does not reduce

    Examples
    --------
    >>> rate = mx.misc.FactorScheduler(step=10, factor=0.5)
    >>> rate(0), rate(10), rate(25)
    (0.01, 0.005, 0.0025)
    """

    def __init__(self, step: int, factor: float = 0.1) -> None:
        super().__init__()
        if step < 1:
            raise ValueError(f"FactorScheduler: step={step}; expected at least 1")
        if factor >= 1.0:
            raise ValueError(f"FactorScheduler: factor={factor}; expected less than 1, to reduce the rate")
        self.step, self.factor = step, factor
        self.old_lr, self.init = self.base_lr, False

    def __call__(self, iteration: int) -> float:
        """The rate at an iteration; a new one is logged."""
        if not self.init:
            self.init, self.old_lr = True, self.base_lr
        rate = self.base_lr * self.factor ** int(iteration / self.step)
        if rate != self.old_lr:
            self.old_lr = rate
            logging.info("At Iteration [%d]: Swith to new learning rate %.5f", iteration, rate)
        return rate
