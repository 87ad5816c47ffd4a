"""Functions of NumPy that ``mx.np`` passes on to NumPy itself.

They compute on the host from copies of the arrays, and what they return is put on the first array's context. They have
no gradient: calling one while recording is an error.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as onp
import torch

from ..autograd import state
from ..context import Context, current_context
from ..ndarray import NDArray
from . import financial
from .array import ndarray

__all__: list[str] = []

_NAMES = (
    "apply_along_axis apply_over_axes argpartition array_equiv choose compress corrcoef correlate count_nonzero cov "
    "digitize divmod extract float_power frexp heaviside histogram2d histogram_bin_edges "
    "histogramdd i0 in1d interp intersect1d isin ix_ lexsort min_scalar_type mirr modf msort "
    "nanargmax nanargmin nancumprod nancumsum nanmax nanmedian nanmin nanpercentile nanprod nanquantile npv packbits "
    "partition piecewise poly polyadd polydiv polyfit polyint polymul polysub positive ppmt promote_types ptp "
    "pv rate real result_type roots searchsorted select setdiff1d setxor1d signbit spacing take_along_axis trapz "
    "tril_indices_from trim_zeros triu_indices_from union1d unpackbits unwrap vander"
).split()
#: NumPy's newer names for what it renamed
_RENAMED = {"in1d": "isin", "trapz": "trapezoid"}


def _msort(a: onp.ndarray) -> onp.ndarray:
    """Sort along the first axis."""
    return onp.sort(a, axis=0)


#: what NumPy has no longer
_OF_OUR_OWN = {"msort": _msort, **{name: getattr(financial, name) for name in financial.__all__}}


def in_numpy(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function on ``mx.np`` arrays that computes in NumPy.

    Raises
    ------
    ValueError
        while recording an array that wants a gradient
    """

    def call(*args: Any, **kwargs: Any) -> Any:
        arrays = list(_arrays((args, kwargs)))
        if state.recording and any(array._t.requires_grad for array in arrays):
            raise ValueError(f"np.{name} computes in NumPy and has no gradient; call it outside autograd.record()")
        found = function(*_to_numpy(args), **_to_numpy(kwargs))
        return _from_numpy(found, arrays[0]._ctx if arrays else current_context())

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"NumPy's {name}, computed on the host, without a gradient."
    with contextlib.suppress(ValueError, TypeError):  # a function in C may not tell its parameters
        call.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return call


def _arrays(value: Any) -> Iterator[NDArray]:
    if isinstance(value, NDArray):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _arrays(item)
    elif isinstance(value, dict):
        yield from _arrays(list(value.values()))


def _to_numpy(value: Any) -> Any:
    if isinstance(value, NDArray):
        return value.asnumpy()
    if isinstance(value, (list, tuple)):
        return type(value)(_to_numpy(item) for item in value)
    if isinstance(value, dict):
        return {name: _to_numpy(item) for name, item in value.items()}
    return value


def _from_numpy(value: Any, ctx: Context) -> Any:
    if isinstance(value, onp.ndarray) and value.dtype.kind in "biuf":
        tensor = torch.from_numpy(onp.ascontiguousarray(value).reshape(value.shape))
        return ndarray._wrap(tensor.to(ctx.torch_device), ctx)
    if isinstance(value, (list, tuple)):
        items = [_from_numpy(item, ctx) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value


def _of_numpy(name: str) -> Callable[..., Any] | None:
    return _OF_OUR_OWN.get(name) or getattr(onp, name, None) or getattr(onp, _RENAMED.get(name, ""), None)


for _name in _NAMES:
    _function = _of_numpy(_name)
    if _function is not None:
        globals()[_name] = in_numpy(_function, _name)
        __all__.append(_name)
