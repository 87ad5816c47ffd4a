"""Made by tools/carried.py from mxnet.ops.numpy.reduce; edits are lost."""

from __future__ import annotations

import math
from typing import Any

import torch

from .math_reduce import axes_within, without_axes


def _with_axis(
    data: torch.Tensor, axis: Any, keepdims: bool
) -> tuple[torch.Tensor, bool]:
    """The array with an axis of length 1 to reduce where `axis` is `()`, which torch
    takes for all axes.
    """
    return (data.unsqueeze(-1), False) if axis == () else (data, keepdims)


def _summed(data: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    """What a sum adds up: booleans as int64, anything else in its own dtype unless one
    is asked for.
    """
    if dtype is None and data.dtype is torch.bool:
        dtype = torch.int64
    return data if dtype is None else data.to(dtype)


def axes_of_reduction(name: str, data: torch.Tensor, axis: Any) -> tuple[int, ...]:
    """The axes to reduce; the one of :func:`_with_axis` where there are none."""
    if axis == ():
        return (data.dim() - 1,)
    if axis is None or without_axes(data, axis):
        return tuple(range(data.dim()))
    return axes_within(name, axis, data.dim())


def np_sum(
    a: torch.Tensor,
    *,
    axis: int | tuple[int, ...] | None = None,
    dtype: torch.dtype | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> torch.Tensor:
    """The sum over axes, over all by default."""
    a, keepdims = _with_axis(_summed(a, dtype), axis, keepdims)
    total = a.sum(axes_of_reduction("np.sum", a, axis), keepdim=keepdims, dtype=a.dtype)
    return total if initial is None else total + initial


def np_prod(
    a: torch.Tensor,
    *,
    axis: int | tuple[int, ...] | None = None,
    dtype: torch.dtype | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> torch.Tensor:
    """The product over axes, over all by default."""
    a, keepdims = _with_axis(_summed(a, dtype), axis, keepdims)
    for each in sorted(axes_of_reduction("np.prod", a, axis), reverse=True):
        a = a.prod(each, keepdim=keepdims, dtype=a.dtype)
    return a if initial is None else a * initial


def np_mean(
    a: torch.Tensor,
    *,
    axis: int | tuple[int, ...] | None = None,
    dtype: torch.dtype | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> torch.Tensor:
    """The mean over axes, over all by default; of integers in float32."""
    wanted = dtype or (a.dtype if a.is_floating_point() else torch.float32)
    a, keepdims = _with_axis(a, axis, keepdims)
    computed = a.to(wanted if wanted.is_floating_point else torch.float32)
    return computed.mean(axes_of_reduction("np.mean", a, axis), keepdim=keepdims).to(
        wanted
    )


def _spread(
    name: str,
    a: torch.Tensor,
    axis: int | tuple[int, ...] | None,
    dtype: Any,
    ddof: int,
    keepdims: bool,
    root: bool,
) -> torch.Tensor:
    wanted = dtype or a.dtype
    a, keepdims = _with_axis(a, axis, keepdims)
    axes = axes_of_reduction(name, a, axis)
    count = math.prod(a.shape[each] for each in axes)
    if a.is_floating_point():
        deviations = a - a.mean(axes, keepdim=True)
        squares = deviations.square().to(torch.promote_types(a.dtype, wanted))
    else:
        total = a.sum(axes, keepdim=True, dtype=a.dtype)
        deviations = a - (total.double() / count).trunc().to(a.dtype)
        squares = deviations * deviations
    kind = wanted if wanted.is_floating_point else torch.float64
    spread = squares.sum(
        axes, keepdim=keepdims, dtype=None if squares.is_floating_point() else wanted
    ).to(kind)
    spread = spread / max(count - ddof, 0)
    if not wanted.is_floating_point:
        spread = spread.trunc()
    result = spread.sqrt() if root else spread
    return (result if wanted.is_floating_point else result.nan_to_num(0)).to(wanted)


def np_std(
    a: torch.Tensor,
    *,
    axis: int | tuple[int, ...] | None = None,
    dtype: torch.dtype | None = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> torch.Tensor:
    """The standard deviation over axes: the root of the squared deviations' sum over
    (count - ddof).
    """
    return _spread("np.std", a, axis, dtype, ddof, keepdims, root=True)


def np_var(
    a: torch.Tensor,
    *,
    axis: int | tuple[int, ...] | None = None,
    dtype: torch.dtype | None = None,
    ddof: int = 0,
    keepdims: bool = False,
) -> torch.Tensor:
    """The variance over axes: the squared deviations' sum over (count - ddof)."""
    return _spread("np.var", a, axis, dtype, ddof, keepdims, root=False)


def _extreme(
    name: str,
    a: torch.Tensor,
    axis: int | tuple[int, ...] | None,
    keepdims: bool,
    initial: Any,
    least: bool,
) -> torch.Tensor:
    a, keepdims = _with_axis(a, axis, keepdims)
    axes = axes_of_reduction(name, a, axis)
    function = torch.amin if least else torch.amax
    result = function(a, axes, keepdim=keepdims)
    if initial is None:
        return result
    bound = torch.full((), initial, dtype=a.dtype, device=a.device)
    return torch.minimum(result, bound) if least else torch.maximum(result, bound)


def np_max(
    a: torch.Tensor,
    *,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> torch.Tensor:
    """The largest element over axes, over all by default."""
    return _extreme("np.max", a, axis, keepdims, initial, least=False)


def np_min(
    a: torch.Tensor,
    *,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
    initial: float | None = None,
) -> torch.Tensor:
    """The least element over axes, over all by default."""
    return _extreme("np.min", a, axis, keepdims, initial, least=True)


def _position(
    name: str, data: torch.Tensor, axis: int | None, keepdims: bool, least: bool
) -> torch.Tensor:
    if axis is not None and (not without_axes(data, axis)):
        axis = axis % data.dim()
    return (torch.argmin if least else torch.argmax)(
        data, axis, keepdim=keepdims and axis is not None
    )


def np_argmax(
    data: torch.Tensor, *, axis: int | None = None, keepdims: bool = False
) -> torch.Tensor:
    """Where the largest element stands along an axis, or in the array read row by row;
    int64.
    """
    return _position("np.argmax", data, axis, keepdims, least=False)


def np_argmin(
    data: torch.Tensor, *, axis: int | None = None, keepdims: bool = False
) -> torch.Tensor:
    """Where the least element stands along an axis, or in the array read row by row;
    int64.
    """
    return _position("np.argmin", data, axis, keepdims, least=True)


def np_any(
    data: torch.Tensor,
    *,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
) -> torch.Tensor:
    """Whether some element over axes is other than zero."""
    data, keepdims = _with_axis(data, axis, keepdims)
    found = data.bool()
    for each in sorted(axes_of_reduction("np.any", data, axis), reverse=True):
        found = found.any(each, keepdim=keepdims)
    return found


def np_all(
    data: torch.Tensor,
    *,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
) -> torch.Tensor:
    """Whether every element over axes is other than zero."""
    data, keepdims = _with_axis(data, axis, keepdims)
    found = data.bool()
    for each in sorted(axes_of_reduction("np.all", data, axis), reverse=True):
        found = found.all(each, keepdim=keepdims)
    return found
