"""NumPy's reductions for ``mx.np``: scalars come out without axes, integers sum as integers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch

from ...base import MXNetError
from ..dtype_rules import Kinds, always, by_attribute, floating
from ..gradients import piecewise_constant
from ..math.reduce import axes_within, axis_within, reduced_back, running_total, without_axes
from ..registry import Axis, DType, operator, rule


def axes_of_reduction(name: str, data: torch.Tensor, axis: Any) -> tuple[int, ...]:
    """The axes to reduce; the one of :func:`_with_axis` where there are none."""
    if axis == ():
        return (data.dim() - 1,)
    if axis is None or without_axes(data, axis):
        return tuple(range(data.dim()))
    return axes_within(name, axis, data.dim())


def _with_axis(data: torch.Tensor, axis: Any, keepdims: bool) -> tuple[torch.Tensor, bool]:
    """The array with an axis of length 1 to reduce where ``axis`` is ``()``, which torch takes for all axes."""
    return (data.unsqueeze(-1), False) if axis == () else (data, keepdims)


def _summed(data: torch.Tensor, dtype: torch.dtype | None) -> torch.Tensor:
    """What a sum adds up: booleans as int64, anything else in its own dtype unless one is asked for."""
    if dtype is None and data.dtype is torch.bool:
        dtype = torch.int64
    return data if dtype is None else data.to(dtype)


@operator("_np_sum")
def sum_(
    a: torch.Tensor, *, axis: Axis = None, dtype: DType = None, keepdims: bool = False, initial: float | None = None
) -> torch.Tensor:
    """The sum over axes, over all by default."""
    a, keepdims = _with_axis(_summed(a, dtype), axis, keepdims)
    total = a.sum(axes_of_reduction("np.sum", a, axis), keepdim=keepdims, dtype=a.dtype)
    return total if initial is None else total + initial


@operator("_np_prod", "_np_product")
def prod(
    a: torch.Tensor, *, axis: Axis = None, dtype: DType = None, keepdims: bool = False, initial: float | None = None
) -> torch.Tensor:
    """The product over axes, over all by default."""
    a, keepdims = _with_axis(_summed(a, dtype), axis, keepdims)
    for each in sorted(axes_of_reduction("np.prod", a, axis), reverse=True):
        a = a.prod(each, keepdim=keepdims, dtype=a.dtype)
    return a if initial is None else a * initial


@operator("_npi_mean")
def mean(
    a: torch.Tensor, *, axis: Axis = None, dtype: DType = None, keepdims: bool = False, initial: float | None = None
) -> torch.Tensor:
    """The mean over axes, over all by default; of integers in float32."""
    wanted = dtype or (a.dtype if a.is_floating_point() else torch.float32)
    a, keepdims = _with_axis(a, axis, keepdims)
    computed = a.to(wanted if wanted.is_floating_point else torch.float32)
    return computed.mean(axes_of_reduction("np.mean", a, axis), keepdim=keepdims).to(wanted)


def _spread(name: str, a: torch.Tensor, axis: Axis, dtype: Any, ddof: int, keepdims: bool, root: bool) -> torch.Tensor:
    if a.dtype is torch.bool:
        raise MXNetError(f"{name}: an array of booleans; expected numbers")
    wanted = dtype or a.dtype
    a, keepdims = _with_axis(a, axis, keepdims)
    axes = axes_of_reduction(name, a, axis)
    count = math.prod(a.shape[each] for each in axes)
    if a.is_floating_point():
        deviations = a - a.mean(axes, keepdim=True)
        squares = deviations.square().to(torch.promote_types(a.dtype, wanted))
    else:  # MXNet stays in the dtype, wraps, and cuts the mean
        total = a.sum(axes, keepdim=True, dtype=a.dtype)
        deviations = a - (total.double() / count).trunc().to(a.dtype)
        squares = deviations * deviations
    kind = wanted if wanted.is_floating_point else torch.float64
    spread = squares.sum(axes, keepdim=keepdims, dtype=None if squares.is_floating_point() else wanted).to(kind)
    spread = spread / max(count - ddof, 0)
    if not wanted.is_floating_point:
        spread = spread.trunc()
    result = spread.sqrt() if root else spread
    return (result if wanted.is_floating_point else result.nan_to_num(0)).to(wanted)


@operator("_npi_std", outputs=("std", "mean"))
def std(
    a: torch.Tensor, *, axis: Axis = None, dtype: DType = None, ddof: int = 0, keepdims: bool = False
) -> torch.Tensor:
    """The standard deviation over axes: the root of the squared deviations' sum over (count - ddof)."""
    return _spread("np.std", a, axis, dtype, ddof, keepdims, root=True)


@operator("_npi_var", outputs=("var", "mean"))
def var(
    a: torch.Tensor, *, axis: Axis = None, dtype: DType = None, ddof: int = 0, keepdims: bool = False
) -> torch.Tensor:
    """The variance over axes: the squared deviations' sum over (count - ddof)."""
    return _spread("np.var", a, axis, dtype, ddof, keepdims, root=False)


def _extreme(name: str, a: torch.Tensor, axis: Axis, keepdims: bool, initial: Any, least: bool) -> torch.Tensor:
    shape = tuple(a.shape)
    a, keepdims = _with_axis(a, axis, keepdims)
    axes = axes_of_reduction(name, a, axis)
    if initial is None and any(not a.shape[each] for each in axes):
        raise MXNetError(f"{name}: an array of shape {shape} has no elements along axis={axis}")
    function: Callable[..., torch.Tensor] = torch.amin if least else torch.amax
    result = function(a, axes, keepdim=keepdims)
    if initial is None:
        return result
    bound = torch.full((), initial, dtype=a.dtype, device=a.device)
    return torch.minimum(result, bound) if least else torch.maximum(result, bound)


@operator("_np_max", "_np_amax")
def max_(a: torch.Tensor, *, axis: Axis = None, keepdims: bool = False, initial: float | None = None) -> torch.Tensor:
    """The largest element over axes, over all by default."""
    return _extreme("np.max", a, axis, keepdims, initial, least=False)


@operator("_np_min", "_np_amin")
def min_(a: torch.Tensor, *, axis: Axis = None, keepdims: bool = False, initial: float | None = None) -> torch.Tensor:
    """The least element over axes, over all by default."""
    return _extreme("np.min", a, axis, keepdims, initial, least=True)


def _position(name: str, data: torch.Tensor, axis: int | None, keepdims: bool, least: bool) -> torch.Tensor:
    if axis is not None and not without_axes(data, axis):
        axis = axis_within(name, axis, data.dim())
    return (torch.argmin if least else torch.argmax)(data, axis, keepdim=keepdims and axis is not None)


@operator("_npi_argmax")
def argmax(data: torch.Tensor, *, axis: int | None = None, keepdims: bool = False) -> torch.Tensor:
    """Where the largest element stands along an axis, or in the array read row by row; int64."""
    return _position("np.argmax", data, axis, keepdims, least=False)


@operator("_npi_argmin")
def argmin(data: torch.Tensor, *, axis: int | None = None, keepdims: bool = False) -> torch.Tensor:
    """Where the least element stands along an axis, or in the array read row by row; int64."""
    return _position("np.argmin", data, axis, keepdims, least=True)


@operator("_np_any", "_np_sometrue")
def any_(data: torch.Tensor, *, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Whether some element over axes is other than zero."""
    data, keepdims = _with_axis(data, axis, keepdims)
    found = data.bool()
    for each in sorted(axes_of_reduction("np.any", data, axis), reverse=True):
        found = found.any(each, keepdim=keepdims)
    return found


@operator("_np_all")
def all_(data: torch.Tensor, *, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Whether every element over axes is other than zero."""
    data, keepdims = _with_axis(data, axis, keepdims)
    found = data.bool()
    for each in sorted(axes_of_reduction("np.all", data, axis), reverse=True):
        found = found.all(each, keepdim=keepdims)
    return found


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "_np_sum", "_np_prod", "_npi_mean", "_npi_std", "_npi_var", "_np_max", "_np_min", "_np_any", "_np_all")(
    reduced_back
)
rule("inputs", "_npi_argmax", "_npi_argmin")(reduced_back)


rule("dtype", "_np_sum", "_np_prod")(running_total)
rule("dtype", "_npi_std", "_npi_var")(by_attribute(default=None))


@rule("dtype", "_npi_mean")
def _mean_kind(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    return (by_attribute() if attributes["dtype"] else floating)(inputs, outputs, attributes)


rule("dtype", "_npi_argmax", "_npi_argmin")(always(torch.int64))
rule("dtype", "_np_any", "_np_all")(always(torch.bool))
rule("head", "_np_all", "_np_any", "_npi_argmax", "_npi_argmin")(piecewise_constant)
