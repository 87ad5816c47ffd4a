"""Made by tools/carried.py from mxnet.ops.math.reduce; edits are lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

Axes = tuple[int, ...]


def axes_within(name: str, axis: int | Axes, rank: int, argument: str = "axis") -> Axes:
    """Axes counted from the front, in order, each once."""
    given = (axis,) if isinstance(axis, int) else axis
    axes = sorted(item % rank for item in given)
    return tuple(axes)


def reduced_axes(
    name: str, data: torch.Tensor, axis: Any, exclude: bool = False
) -> Axes:
    """The axes that a reduction takes away."""
    rank = data.dim()
    if axis is None or axis == ():
        return tuple(range(rank))
    if type(axis) is int and (not exclude):
        return (axis % rank,)
    axes = axes_within(name, axis, rank)
    return tuple(item for item in range(rank) if item not in axes) if exclude else axes


def _without_scalars_of_reduce(result: torch.Tensor) -> torch.Tensor:
    """A fresh result, with an axis where it has none; in place where no graph has to
    follow, which is quicker.
    """
    if result.dim():
        return result
    return result.view(1) if result.requires_grad else result.resize_(1)


def norm(
    data: torch.Tensor,
    *,
    ord: int = 2,
    axis: int | tuple[int, ...] | None = None,
    out_dtype: str | None = None,
    keepdims: bool = False,
) -> torch.Tensor:
    """The L1 or L2 norm of vectors along axes."""
    axes = reduced_axes("norm", data, axis)
    vectors = data if data.dtype.is_floating_point else data.double()
    return _without_scalars_of_reduce(
        torch.linalg.vector_norm(vectors, ord, axes, keepdims).to(data.dtype)
    )


def _mean(data: torch.Tensor, axes: Axes, keepdims: bool) -> torch.Tensor:
    if data.dtype.is_floating_point:
        return torch.mean(data, axes, keepdims)
    return torch.mean(data, axes, keepdims, dtype=torch.float64).to(data.dtype)


def moments(
    data: torch.Tensor,
    *,
    axes: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and variance (of the population) over axes."""
    reduced = reduced_axes("moments", data, axes)
    mean_kept = _mean(data, reduced, True)
    variance = _mean(torch.square(data - mean_kept), reduced, keepdims)
    return (
        _without_scalars_of_reduce(
            mean_kept if keepdims else mean_kept.squeeze(reduced)
        ),
        _without_scalars_of_reduce(variance),
    )


class _HalfRunningSum(torch.autograd.Function):
    """Running sums of which each is rounded to float16 before the next is added, as
    MXNet adds them.
    """

    @staticmethod
    def forward(ctx: Any, a: torch.Tensor, axis: int) -> torch.Tensor:
        ctx.axis = axis
        return torch.from_numpy(
            np.add.accumulate(a.detach().numpy(), axis, dtype=np.float16)
        )

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor, None]:
        return (
            _HalfRunningSum.apply(grad.flip(ctx.axis), ctx.axis).flip(ctx.axis),
            None,
        )


def cumsum(
    a: torch.Tensor, *, axis: int | None = None, dtype: torch.dtype | None = None
) -> torch.Tensor:
    """Running sums along an axis."""
    if dtype is None:
        dtype = torch.int64 if a.dtype is torch.bool else a.dtype
    flat, along = (a.reshape(-1), 0) if axis is None else (a, axis % a.dim())
    if dtype is torch.float16 and a.device.type == "cpu":
        return _HalfRunningSum.apply(flat.to(dtype), along)
    counted = flat if dtype.is_floating_point else flat.detach()
    return torch.cumsum(counted, along, dtype=dtype)


def allclose(
    a: torch.Tensor,
    b: torch.Tensor,
    *,
    rtol: float = 1e-05,
    atol: float = 1e-08,
    equal_nan: bool = True,
) -> torch.Tensor:
    """Whether all elements of two arrays are close: `|a - b| <= atol + rtol * |b|`."""
    return torch.isclose(a, b, rtol, atol, equal_nan).all().to(torch.uint8)


def without_axes(data: torch.Tensor, axis: Any) -> bool:
    """Whether an array without axes is asked for its first or last, which MXNet takes
    for all of it.
    """
    return not data.dim() and axis in (0, -1, (0,), (-1,))
