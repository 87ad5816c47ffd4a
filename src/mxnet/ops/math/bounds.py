"""Elements held within bounds, with MXNet's gradients at the bounds: torch's are others in every version."""

from __future__ import annotations

from typing import Any

import torch

from ...base import held

__all__ = ["at_least", "at_most", "within"]


class _Within(torch.autograd.Function):
    """Elements within bounds; the gradient goes to those that were not beyond a bound, also at it, and to nan."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, low: float, high: float) -> torch.Tensor:
        ctx.save_for_backward(data)
        ctx.low, ctx.high = low, high
        return torch.clamp(data, low, high)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (data,) = ctx.saved_tensors
        return gradient.masked_fill((data < ctx.low) | (data > ctx.high), 0), None, None


class _Bounded(torch.autograd.Function):
    """The larger, or smaller, of elements and a number; at a tie the gradient goes to the element, at nan nowhere."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, bound: float, below: bool) -> torch.Tensor:
        ctx.save_for_backward(data)
        ctx.bound, ctx.below = bound, below
        return torch.clamp_min(data, bound) if below else torch.clamp_max(data, bound)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (data,) = ctx.saved_tensors
        kept = data >= ctx.bound if ctx.below else data <= ctx.bound
        return gradient.masked_fill(~kept, 0), None, None


def within(data: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """Elements below a bound raised to it and above another lowered to it."""
    low, high = held(low, data.dtype), held(high, data.dtype)
    return _Within.apply(data, low, high) if data.requires_grad else torch.clamp(data, low, high)


def at_least(data: torch.Tensor, bound: float) -> torch.Tensor:
    """The larger of each element and a number."""
    bound = held(bound, data.dtype)
    return _Bounded.apply(data, bound, True) if data.requires_grad else torch.clamp_min(data, bound)


def at_most(data: torch.Tensor, bound: float) -> torch.Tensor:
    """The smaller of each element and a number."""
    bound = held(bound, data.dtype)
    return _Bounded.apply(data, bound, False) if data.requires_grad else torch.clamp_max(data, bound)
