"""NumPy's reductions for ``mx.np``: scalars come out without axes, integers sum as integers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ..base import MXNetError
from .reduce import axes_within, axis_within
from .registry import Axis, DType, operator


def _axes(name: str, data: torch.Tensor, axis: Any) -> tuple[int, ...]:
    return tuple(range(data.dim())) if axis is None or axis == () else axes_within(name, axis, data.dim())


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
    a = _summed(a, dtype)
    total = a.sum(_axes("np.sum", a, axis), keepdim=keepdims, dtype=a.dtype)
    return total if initial is None else total + initial


@operator("_np_prod", "_np_product")
def prod(
    a: torch.Tensor, *, axis: Axis = None, dtype: DType = None, keepdims: bool = False, initial: float | None = None
) -> torch.Tensor:
    """The product over axes, over all by default."""
    a = _summed(a, dtype)
    for each in sorted(_axes("np.prod", a, axis), reverse=True):
        a = a.prod(each, keepdim=keepdims, dtype=a.dtype)
    return a if initial is None else a * initial


@operator("_npi_mean")
def mean(
    a: torch.Tensor, *, axis: Axis = None, dtype: DType = None, keepdims: bool = False, initial: float | None = None
) -> torch.Tensor:
    """The mean over axes, over all by default; of integers in float32."""
    wanted = dtype or (a.dtype if a.is_floating_point() else torch.float32)
    computed = a.to(wanted if wanted.is_floating_point else torch.float32)
    return computed.mean(_axes("np.mean", a, axis), keepdim=keepdims).to(wanted)


def _spread(name: str, a: torch.Tensor, axis: Axis, dtype: Any, ddof: int, keepdims: bool, root: bool) -> torch.Tensor:
    wanted = dtype or a.dtype
    computed = a if a.is_floating_point() else a.to(dtype or torch.float32)
    function = torch.std if root else torch.var
    return function(computed, _axes(name, a, axis), correction=ddof, keepdim=keepdims).to(wanted)


@operator("_npi_std")
def std(
    a: torch.Tensor, *, axis: Axis = None, dtype: DType = None, ddof: int = 0, keepdims: bool = False
) -> torch.Tensor:
    """The standard deviation over axes: the root of the squared deviations' sum over (count - ddof)."""
    return _spread("np.std", a, axis, dtype, ddof, keepdims, root=True)


@operator("_npi_var")
def var(
    a: torch.Tensor, *, axis: Axis = None, dtype: DType = None, ddof: int = 0, keepdims: bool = False
) -> torch.Tensor:
    """The variance over axes: the squared deviations' sum over (count - ddof)."""
    return _spread("np.var", a, axis, dtype, ddof, keepdims, root=False)


def _extreme(name: str, a: torch.Tensor, axis: Axis, keepdims: bool, initial: Any, least: bool) -> torch.Tensor:
    if not a.numel() and initial is None:
        raise MXNetError(f"{name}: an array of shape {tuple(a.shape)} has no elements")
    function: Callable[..., torch.Tensor] = torch.amin if least else torch.amax
    result = function(a, _axes(name, a, axis), keepdim=keepdims)
    if initial is None:
        return result
    bound = torch.tensor(initial, dtype=a.dtype, device=a.device)
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
    if axis is not None:
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
    found = data.bool()
    for each in sorted(_axes("np.any", data, axis), reverse=True):
        found = found.any(each, keepdim=keepdims)
    return found


@operator("_np_all")
def all_(data: torch.Tensor, *, axis: Axis = None, keepdims: bool = False) -> torch.Tensor:
    """Whether every element over axes is other than zero."""
    found = data.bool()
    for each in sorted(_axes("np.all", data, axis), reverse=True):
        found = found.all(each, keepdim=keepdims)
    return found
