"""Made by tools/carried.py from mxnet.ops.nn.memory_format; edits are lost."""

from __future__ import annotations

from typing import Any

import torch


class _AsItLies(torch.autograd.Function):
    """A result whose gradient is put in its own order."""

    @staticmethod
    def forward(ctx: Any, result: torch.Tensor) -> torch.Tensor:
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return gradient.contiguous(memory_format=torch.channels_last)


def gradient_as_it_lies(result: torch.Tensor) -> torch.Tensor:
    """A result that lies channels last, whose gradient will do so too, from wherever it
    comes; others as they are.
    """
    if not result.requires_grad or result.dim() != 4 or result.is_contiguous():
        return result
    return (
        _AsItLies.apply(result)
        if result.is_contiguous(memory_format=torch.channels_last)
        else result
    )
