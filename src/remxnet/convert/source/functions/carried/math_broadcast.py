"""Made by tools/carried.py from mxnet.ops.math.broadcast; edits are lost."""

from __future__ import annotations

from typing import Any

import torch


def _minus_one(integers: torch.Tensor) -> torch.Tensor:
    """Which integers are -1, as none are without a sign: torch takes 255 for it there."""
    return (
        integers == -1
        if integers.dtype.is_signed
        else torch.zeros_like(integers, dtype=torch.bool)
    )


class _Modulo(torch.autograd.Function):
    """Remainder of the sign of the divisor; torch gives nan where the divisor is 0,
    MXNet 0.
    """

    @staticmethod
    def forward(ctx: Any, lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(lhs, rhs)
        return torch.remainder(lhs, rhs).masked_fill(rhs == 0, 0)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        lhs, rhs = ctx.saved_tensors
        return (
            gradient.sum_to_size(lhs.shape),
            (-torch.floor(lhs / rhs) * gradient).sum_to_size(rhs.shape),
        )


def modulo(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    """Remainder of the sign of the divisor, 0 where the divisor is 0."""
    if lhs.dtype.is_floating_point:
        return _Modulo.apply(lhs, rhs)
    nothing = (rhs == 0) | _minus_one(rhs)
    return torch.remainder(lhs, rhs.masked_fill(nothing, 1)).masked_fill(nothing, 0)
