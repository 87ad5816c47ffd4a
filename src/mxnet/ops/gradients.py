"""Gradients that MXNet defines and torch does not.

MXNet differentiates comparisons, roundings, positions and shapes to zero; torch leaves such a result outside the graph,
and a backward pass from it would be an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

__all__ = ["constant", "piecewise_constant", "straight_through"]


class _Constant(torch.autograd.Function):
    """A result with a gradient of zero to all it was computed from."""

    @staticmethod
    def forward(ctx: Any, result: torch.Tensor, *inputs: torch.Tensor) -> torch.Tensor:
        ctx.like = [(item.shape, item.dtype, item.device) for item in inputs]
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        zeros = (
            torch.zeros(shape, dtype=dtype, device=device) if needed else None
            for (shape, dtype, device), needed in zip(ctx.like, ctx.needs_input_grad[1:])
        )
        return (None, *zeros)


def constant(result: torch.Tensor, *inputs: torch.Tensor) -> torch.Tensor:
    """Put a result into the graph of its inputs with a gradient of zero."""
    for item in inputs:
        if item.requires_grad and result.is_floating_point():
            return _Constant.apply(result.detach(), *inputs)
    return result


class _StraightThrough(torch.autograd.Function):
    """A result through which the gradient passes to the input as if nothing had happened."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient, None


def straight_through(data: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    """Put a result into the graph of its input as if it were the input itself."""
    return _StraightThrough.apply(data, result) if data.requires_grad else result


def piecewise_constant(attributes: Mapping[str, Any], output: int) -> bool:
    """The rule of kind "head" of what is constant piece by piece: its gradient is zero, whatever arrives from above."""
    return False
