"""Made by tools/carried.py from mxnet.ops.math.elementwise; edits are lost."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from .base import held
from .gradients import straight_through
from .math_bounds import within


def round_away(data: torch.Tensor) -> torch.Tensor:
    """To the nearest integer, a half away from zero; torch takes a half to the even
    side.
    """
    if not data.dtype.is_floating_point:
        return data.clone()
    cut = torch.trunc(data)
    return torch.where((data - cut).abs() >= 0.5, cut + torch.sign(data), cut)


def round_down(data: torch.Tensor) -> torch.Tensor:
    """To the nearest integer, a half down; torch takes a half to the even side."""
    if not data.dtype.is_floating_point:
        return data.clone()
    below, above = (torch.floor(data), torch.ceil(data))
    return torch.where(data - below <= above - data, below, above)


Kernel = Callable[[torch.Tensor], torch.Tensor]


def _in_double(function: Kernel, data: torch.Tensor) -> torch.Tensor:
    return function(data.double()).to(data.dtype)


class CubeRoot(torch.autograd.Function):
    """The real cube root, which torch has not."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor) -> torch.Tensor:
        root = _in_double(lambda x: torch.copysign(torch.pow(x.abs(), 1 / 3), x), data)
        ctx.save_for_backward(root)
        return root

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (root,) = ctx.saved_tensors
        return gradient / (3 * root * root)


def _digamma(data: torch.Tensor) -> torch.Tensor:
    """The derivative of gamma's logarithm; infinite at its poles, 0 and the negative
    integers, from above.
    """
    pole = (data <= 0) & (data == torch.floor(data))
    return torch.digamma(data).masked_fill(pole, math.inf)


class Gamma(torch.autograd.Function):
    """The gamma function, of which torch has only the logarithm; below zero by
    reflection.
    """

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor) -> torch.Tensor:
        x = data.double()
        reflected = math.pi / (torch.sin(math.pi * x) * torch.exp(torch.lgamma(1 - x)))
        pole = (x < 0) & (x == torch.floor(x))
        value = torch.where(
            x < 0, reflected.masked_fill(pole, math.nan), torch.exp(torch.lgamma(x))
        ).to(data.dtype)
        value = torch.where(data == 0, torch.reciprocal(data), value)
        ctx.save_for_backward(data, value)
        return value

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        data, value = ctx.saved_tensors
        return gradient * value * _digamma(data)


class GammaLogarithm(torch.autograd.Function):
    """The logarithm of gamma's absolute value, with MXNet's gradient at the poles."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(data)
        return torch.lgamma(data)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (data,) = ctx.saved_tensors
        return gradient * _digamma(data)


def quadratic(
    data: torch.Tensor, *, a: float = 0.0, b: float = 0.0, c: float = 0.0
) -> torch.Tensor:
    """`a * x² + b * x + c`."""
    x = data if data.dtype.is_floating_point else data.double()
    return (a * x * x + b * x + c).to(data.dtype)


def round_ste(data: torch.Tensor) -> torch.Tensor:
    """`round`, with a gradient of one: the straight-through estimator (Bengio et al.,
    2013).
    """
    return straight_through(data, round_away(data))


def sign_ste(data: torch.Tensor) -> torch.Tensor:
    """`sign`, with a gradient of one: the straight-through estimator (Bengio et al.,
    2013).
    """
    return straight_through(data, torch.sign(data))


class _GradientMultiplier(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, scalar: float) -> torch.Tensor:
        ctx.scalar = scalar
        return data.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return (gradient * ctx.scalar, None)


def gradient_multiplier(
    data: torch.Tensor, *, scalar: float = 1.0, is_int: bool = True
) -> torch.Tensor:
    """A copy whose gradient is multiplied by `scalar`: negative for gradient reversal
    (Ganin and Lempitsky, 2015).
    """
    return _GradientMultiplier.apply(data, scalar)


def clip(data: torch.Tensor, *, a_min: float, a_max: float) -> torch.Tensor:
    """Elements below `a_min` raised to it and above `a_max` lowered to it."""
    if a_min > a_max:
        swapped = torch.where(
            data > a_max,
            torch.full_like(data, held(a_max, data.dtype)),
            torch.full_like(data, held(a_min, data.dtype)),
        )
        return (
            torch.where(data.isnan(), data, swapped)
            if data.is_floating_point()
            else swapped
        )
    if data.dtype.is_floating_point:
        return within(data, a_min, a_max)
    return torch.clamp(data.double(), a_min, a_max).to(data.dtype)
