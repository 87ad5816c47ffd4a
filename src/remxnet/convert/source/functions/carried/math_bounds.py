"""Made by tools/carried.py from mxnet.ops.math.bounds; edits are lost."""

from __future__ import annotations

from typing import Any

import torch

from .base import held


class _Within(torch.autograd.Function):
    """Elements within bounds; the gradient goes to those that were not beyond a bound,
    also at it, and to nan.
    """

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, low: float, high: float) -> torch.Tensor:
        ctx.save_for_backward(data)
        ctx.low, ctx.high = (low, high)
        return torch.clamp(data, low, high)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (data,) = ctx.saved_tensors
        return (
            gradient.masked_fill((data < ctx.low) | (data > ctx.high), 0),
            None,
            None,
        )


def within(data: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """Elements below a bound raised to it and above another lowered to it."""
    low, high = (held(low, data.dtype), held(high, data.dtype))
    return (
        _Within.apply(data, low, high)
        if data.requires_grad
        else torch.clamp(data, low, high)
    )
