"""Products of matrices by the quicker of torch's two libraries.

Torch multiplies float32 matrices by the BLAS it was built with, on x86 MKL, which does not use the wide vectors of
other makers' processors. oneDNN, which torch has for convolutions, does: on an AMD EPYC with AVX-512 it is 2.2 times as
fast, from a few hundred thousand products on, where its longer call has paid. Where torch has no such function, as on
other processors and devices, everything goes through torch's own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

__all__ = ["linear", "product"]

#: multiply-adds from which on oneDNN's call is the shorter one
_WORTH_CALLING = 2_000_000


@functools.cache
def _onednn() -> Callable[..., torch.Tensor] | None:
    """OneDNN's x · weightᵀ + bias, called with (x, weight, bias, "none", [], ""); None where torch has it not."""
    if not torch.backends.mkldnn.is_available():
        return None
    try:
        return torch.ops.mkldnn._linear_pointwise.default
    except (AttributeError, RuntimeError):
        return None


def _pays(rows: int, inner: int, columns: int, *operands: torch.Tensor | None) -> bool:
    """Whether oneDNN is there, takes these operands, and is quicker."""
    if rows * inner * columns < _WORTH_CALLING or rows < 2 or _onednn() is None:
        return False
    return all(
        each is None or (each.dtype is torch.float32 and each.device.type == "cpu" and not each.is_meta)
        for each in operands
    )


def _multiplied(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """A · bᵀ by the quicker library, differentiable; the operands may lie in any order."""
    if _pays(a.shape[0], a.shape[1], b.shape[0], a, b):
        return _Product.apply(a, b, None)
    return F.linear(a, b)


def linear(data: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """Data (..., inputs) · weightᵀ (inputs, units) + bias; ``torch.nn.functional.linear`` by the quicker library."""
    inputs, units = data.shape[-1], weight.shape[0]
    rows = data.numel() // max(inputs, 1)
    if not _pays(rows, inputs, units, data, weight, bias):
        return F.linear(data, weight, bias)
    if data.dim() == 2:
        return _Product.apply(data, weight, bias)
    return _Product.apply(data.reshape(rows, inputs), weight, bias).reshape(*data.shape[:-1], units)


def product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Matrix a (n, m) · matrix b (m, k); ``torch.mm`` by the quicker library."""
    if not _pays(a.shape[0], a.shape[1], b.shape[1], a, b):
        return torch.mm(a, b)
    return _Product.apply(a, b.t(), None)


class _Product(torch.autograd.Function):
    """A · bᵀ + bias as a node of torch's graph."""

    @staticmethod
    def forward(ctx: Any, a: torch.Tensor, b: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        ctx.save_for_backward(a, b)
        return _onednn()(a, b, bias, "none", [], "")  # type: ignore[misc]

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Any:
        a, b = ctx.saved_tensors
        of_a, of_b, of_bias = ctx.needs_input_grad
        return (
            _multiplied(gradient, b.t()) if of_a else None,
            _multiplied(gradient.t(), a.t()) if of_b else None,
            gradient.sum(0) if of_bias else None,
        )
