"""Optimizers MXNet keeps apart as contributions: GroupAdaGrad."""

from __future__ import annotations

from typing import Any

import torch

from ..ndarray.ndarray import NDArray
from ..ndarray.sparse_array import zeros_of
from ..ops.optim import steps
from .base import State, TensorOptimizer, register

__all__ = ["GroupAdaGrad"]


@register
class GroupAdaGrad(TensorOptimizer):
    """AdaGrad with one learning rate for each row of a weight, for embeddings.

    Parameters
    ----------
    eps : float
        added under the root
    **kwargs
        those of :class:`Optimizer`; there is no weight decay

    Raises
    ------
    AssertionError
        when updating: weight decay is not 0
    """

    def __init__(self, eps: float = 1e-5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index: Any, weight: NDArray) -> State:
        """The sum of the mean squares of each row, of shape (rows, 1)."""
        if weight.ndim != 2:
            raise AssertionError(f"GroupAdaGrad: parameter {index} has shape {weight.shape}; expected 2 axes")
        return zeros_of(weight.stype, (weight.shape[0], 1), torch.float32, weight._ctx)

    def _updates_rows(self, weight: NDArray) -> bool:
        return True

    def step(
        self,
        weights: list[torch.Tensor],
        gradients: list[torch.Tensor],
        states: list[Any],
        lr: float,
        wd: float,
        t: int,
    ) -> None:
        """See :meth:`TensorOptimizer.step`."""
        if wd:
            raise AssertionError(f"GroupAdaGrad: wd is {wd}; there is no weight decay in it")
        for weight, gradient, history in zip(weights, gradients, states, strict=True):
            steps.group_adagrad(
                weight, gradient, history,
                lr=lr, epsilon=self.float_stable_eps, rescale=self.rescale_grad, clip=self._clip(),
            )  # fmt: skip
