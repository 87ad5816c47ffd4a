"""The factor that keeps gradients of low precision from becoming zero, and its changes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from ... import ndarray

__all__ = ["LossScaler"]


class LossScaler:
    """A factor that is halved when a gradient is infinite or nan, and doubled after 2000 steps without one.

    Attributes
    ----------
    loss_scale : float
        the factor of the step that was taken last
    """

    def __init__(self) -> None:
        self._loss_scale = self._next_loss_scale = 2.0**16
        self._max_loss_scale = 2.0**24
        self._scale_seq_len = 2000
        self._unskipped = 0

    @property
    def loss_scale(self) -> float:
        """The factor."""
        return self._loss_scale

    def has_overflow(self, params: Iterable[Any]) -> bool:
        """Whether a gradient is infinite or nan; the factor is changed for the step after the next look.

        Parameters
        ----------
        params : iterable of Parameter
            whose gradients
        """
        gradients = [gradient for each in params if each.grad_req != "null" for gradient in each.list_grad()]
        self._loss_scale = self._next_loss_scale
        overflow = bool(gradients) and not ndarray.multi_all_finite(*gradients, num_arrays=len(gradients)).asscalar()
        self._unskipped = 0 if overflow else self._unskipped + 1
        if overflow:
            self._change("decreasing", self._loss_scale / 2)
        elif self._unskipped == self._scale_seq_len:
            self._change("increasing", min(self._loss_scale * 2, self._max_loss_scale))
        return overflow

    def _change(self, how: str, scale: float) -> None:
        """Take another scale from the next step on, and begin to count anew."""
        self._next_loss_scale, self._unskipped = scale, 0
        logging.info("AMP: %s loss scale to %f", how, scale)
