"""Making ``mx.np`` arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as onp
import torch

from ..base import MXNetError, held, same_dtype, to_torch_dtype
from ..context import Context, as_context
from ..ndarray import NDArray
from ..ndarray.creation import checked_shape, room_for, tensor_from
from ..ops import OPERATORS
from ..ops.registry import OpSpec
from .array import ndarray, unlisted
from .calling import composing, invoke

__all__ = [
    "arange", "array", "asarray", "blackman", "copy", "empty", "empty_like", "eye", "full", "full_like",
    "hamming", "hanning", "identity", "indices", "linspace", "logspace", "meshgrid", "ones", "ones_like",
    "tri", "zeros", "zeros_like",
]  # fmt: skip


def _made(elements: Any, dtype: Any, ctx: Any, default: torch.dtype = torch.float32) -> ndarray:
    context = as_context(ctx)
    wanted = default if dtype is None else to_torch_dtype(dtype)
    return ndarray._wrap(torch.as_tensor(elements).to(context.torch_device, wanted), context)  # type: ignore[return-value]


def _node(operator: str, inputs: Any = (), *, dtype: Any = "float32", **attributes: Any) -> Any:
    """The symbol of an operator that makes an array in a graph."""
    return invoke(OPERATORS[operator], inputs, {**attributes, "dtype": dtype})


def _c_order(call: str, order: str) -> None:
    if order not in ("C", "K", "A"):
        raise NotImplementedError(f"np.{call}: order={order!r} is not supported; expected 'C'")


def array(object: Any, dtype: Any = None, ctx: Context | None = None) -> ndarray:
    """An array with the given elements.

    Parameters
    ----------
    object : array or nested sequence
        the elements
    dtype : str or NumPy dtype, optional
        that of a source that has one; float32 for Python's numbers
    ctx : Context, optional
        where to put it; the current context by default

    Examples
    --------
    >>> mx.np.array([[1, 2], [3, 4]])
    array([[1., 2.],
           [3., 4.]])
    """
    context = as_context(ctx)
    if dtype is not None:
        wanted = to_torch_dtype(dtype)
    elif isinstance(object, NDArray):
        wanted = object._t.dtype
    elif isinstance(object, (onp.ndarray, onp.generic)):
        wanted = to_torch_dtype(object.dtype)
    else:
        wanted = torch.float32
    return ndarray._wrap(tensor_from(object, wanted, context.torch_device), context)  # type: ignore[return-value]


def asarray(object: Any, dtype: Any = None, ctx: Context | None = None) -> ndarray:
    """The array itself where it is one of the dtype, else a new one."""
    if isinstance(object, ndarray) and (dtype is None or same_dtype(dtype, object.dtype)):
        return object
    return array(object, dtype, ctx)


def copy(a: ndarray) -> ndarray:
    """A copy."""
    if composing():
        return invoke(OPERATORS["_np_copy"], (a,), {})
    return array(a) if not isinstance(a, ndarray) else a.copy()


def zeros(shape: Any, dtype: Any = None, order: str = "C", ctx: Context | None = None) -> ndarray:
    """Zeros of a shape; float32 by default."""
    _c_order("zeros", order)
    if composing():
        return _node("_npi_zeros", shape=shape, dtype=dtype or "float32", ctx=ctx)
    dims = checked_shape("np.zeros", shape)
    with room_for("np.zeros", dims):
        return _made(torch.zeros(dims, dtype=torch.uint8), dtype, ctx)


def ones(shape: Any, dtype: Any = None, order: str = "C", ctx: Context | None = None) -> ndarray:
    """Ones of a shape; float32 by default."""
    _c_order("ones", order)
    if composing():
        return _node("_npi_ones", shape=shape, dtype=dtype or "float32", ctx=ctx)
    dims = checked_shape("np.ones", shape)
    with room_for("np.ones", dims):
        return _made(torch.ones(dims, dtype=torch.uint8), dtype, ctx)


def empty(shape: Any, dtype: Any = None, order: str = "C", ctx: Context | None = None) -> ndarray:
    """An array of a shape whose elements are not set."""
    _c_order("empty", order)
    if composing():
        return _node("_npi_zeros", shape=shape, dtype=dtype or "float32", ctx=ctx)
    wanted = torch.float32 if dtype is None else to_torch_dtype(dtype)
    dims = checked_shape("np.empty", shape)
    with room_for("np.empty", dims):
        return _made(torch.empty(dims, dtype=wanted), dtype, ctx)


def full(
    shape: Any, fill_value: Any, dtype: Any = None, order: str = "C", ctx: Context | None = None, out: Any = None
) -> ndarray:
    """An array of a shape filled with one number, or with an array that broadcasts; booleans stay booleans."""
    _c_order("full", order)
    if composing():
        kind = dtype or ("bool" if isinstance(fill_value, bool) else "float32")
        return _node("_full", shape=shape, value=fill_value, dtype=kind, ctx=ctx)
    dims = checked_shape("np.full", shape)
    if isinstance(fill_value, NDArray):
        result = _made(fill_value._t.broadcast_to(dims).clone(), dtype, ctx, fill_value._t.dtype)
    else:
        default = torch.bool if isinstance(fill_value, bool) else torch.float32
        wanted = default if dtype is None else to_torch_dtype(dtype)
        value = held(fill_value, wanted)
        with room_for("np.full", dims):
            result = _made(torch.full(dims, value), dtype, ctx, default)
    if out is not None:
        out[...] = result
        return out
    return result


def _like(a: NDArray, value: float, dtype: Any, ctx: Any) -> ndarray:
    wanted = a._t.dtype if dtype is None else to_torch_dtype(dtype)
    return _made(torch.full(a.shape, held(value, wanted)), dtype, ctx or a.context, a._t.dtype)


def zeros_like(a: ndarray, dtype: Any = None, order: str = "C", ctx: Context | None = None, out: Any = None) -> ndarray:
    """Zeros in the shape and dtype of an array."""
    return full_like(a, 0, dtype, order, ctx, out)


def ones_like(a: ndarray, dtype: Any = None, order: str = "C", ctx: Context | None = None, out: Any = None) -> ndarray:
    """Ones in the shape and dtype of an array."""
    return full_like(a, 1, dtype, order, ctx, out)


def empty_like(
    prototype: ndarray, dtype: Any = None, order: str = "C", subok: bool = False, shape: Any = None
) -> ndarray:
    """An array in the shape and dtype of another whose elements are not set."""
    _c_order("empty_like", order)
    if composing() and shape is None:
        return _node("_npi_full_like", (prototype,), fill_value=0, dtype=dtype)
    return empty(prototype.shape if shape is None else shape, dtype or prototype.dtype, ctx=prototype.context)


def full_like(
    a: ndarray, fill_value: Any, dtype: Any = None, order: str = "C", ctx: Context | None = None, out: Any = None
) -> ndarray:
    """One number in the shape and dtype of an array."""
    _c_order("full_like", order)
    if composing():
        return _node("_npi_full_like", (a,), fill_value=fill_value, dtype=dtype, ctx=ctx)
    result = _like(a, fill_value, dtype, ctx)
    if out is not None:
        out[...] = result
        return out
    return result


def arange(start: float, stop: Any = None, step: float = 1, dtype: Any = None, ctx: Context | None = None) -> ndarray:
    """Numbers from ``start`` (0 where only one bound is given) up to but without ``stop``; float32 by default."""
    if stop is None:
        start, stop = 0, start
    if step == 0:
        raise ZeroDivisionError("np.arange: step=0; expected a number other than 0")
    if composing():
        return _node(
            "_npi_arange", start=start, stop=stop, step=1 if step is None else step, dtype=dtype or "float32", ctx=ctx
        )
    step = 1 if step is None else step
    if not math.isfinite((stop - start) / step):
        raise MXNetError(f"np.arange: start={start}, stop={stop}, step={step}; expected a finite number of steps")
    with room_for("np.arange", f"({(stop - start) / step:.0f},)"):
        numbers = onp.arange(start, stop, step, dtype=onp.float64)
    if dtype is not None and not to_torch_dtype(dtype).is_floating_point:  # MXNet counts in the dtype
        numbers = int(start) + int(step) * onp.arange(len(numbers))
    return _made(torch.from_numpy(numbers), dtype, ctx)


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None,
    axis: int = 0,
    ctx: Context | None = None,
) -> Any:  # fmt: skip
    """``num`` numbers evenly spaced from ``start`` to ``stop``; with ``retstep`` their distance as well."""
    if axis != 0:
        raise NotImplementedError(f"np.linspace: axis={axis} is not supported; expected 0")
    if composing():
        if retstep:
            raise NotImplementedError("np.linspace: retstep=True in a graph; compute the distance from the bounds")
        bounds = {"start": start, "stop": stop, "endpoint": endpoint}
        return _node("_linspace", num=num, dtype=dtype or "float32", ctx=ctx, **bounds)
    with room_for("np.linspace", (num,)):
        numbers, step = onp.linspace(start, stop, num, endpoint=endpoint, retstep=True)
    result = _made(torch.from_numpy(numbers), dtype, ctx)
    return (result, float(step)) if retstep else result


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: float = 10.0, dtype: Any = None, axis: int = 0,
    ctx: Context | None = None,
) -> ndarray:  # fmt: skip
    """``num`` numbers evenly spaced on a logarithmic scale, from ``base**start`` to ``base**stop``."""
    if axis != 0:
        raise NotImplementedError(f"np.logspace: axis={axis} is not supported; expected 0")
    if composing():
        attributes = {"start": start, "stop": stop, "num": num, "endpoint": endpoint, "base": base, "ctx": ctx}
        return _node("_npi_logspace", dtype=dtype or "float32", **attributes)
    with room_for("np.logspace", (num,)):
        numbers = onp.logspace(start, stop, num, endpoint=endpoint, base=base)
    return _made(torch.from_numpy(numbers), dtype, ctx)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None, **kwargs: Any) -> ndarray:
    """A matrix with ones on the k-th diagonal and zeros elsewhere."""
    ctx = kwargs.pop("ctx", None)
    if kwargs:
        raise TypeError(f"np.eye: unexpected arguments {sorted(kwargs)}")
    if composing():
        return _node("_npi_eye", N=N, M=M, k=k, dtype=dtype or "float32", ctx=ctx)
    rows, columns = checked_shape("np.eye", (N, N if M is None else M))
    with room_for("np.eye", (rows, columns)):
        diagonal = onp.eye(rows, columns, k)
    return _made(torch.from_numpy(diagonal), dtype, ctx)


def identity(n: int, dtype: Any = None, ctx: Context | None = None) -> ndarray:
    """The square matrix with ones on its diagonal."""
    if composing():
        return _node("_npi_identity", shape=(n, n), dtype=dtype or "float32", ctx=ctx)
    return eye(n, dtype=dtype, ctx=ctx)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None, ctx: Context | None = None) -> ndarray:
    """A matrix with ones on and below the k-th diagonal."""
    shape = (max(N, 0), max(N if M is None else M, 0))
    with room_for("np.tri", shape):  # not NumPy's, which makes both axes' positions before the matrix
        triangle = torch.ones(shape, dtype=torch.float64).tril(k)
    return _made(triangle, dtype, ctx)


def indices(dimensions: Any, dtype: Any = None, ctx: Context | None = None) -> ndarray:
    """The index of every element of an array of a shape, one array for each axis; int32 by default."""
    if composing():
        return _node("_npi_indices", dimensions=dimensions, dtype=dtype or "int32", ctx=ctx)
    return _made(torch.from_numpy(onp.indices(dimensions)), dtype, ctx, torch.int32)


def _grids(indexing: str) -> OpSpec:
    def grids(*xi: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(grid.clone() for grid in torch.meshgrid([x.reshape(-1) for x in xi], indexing=indexing))

    return unlisted("np.meshgrid", grids)


_GRIDS = {indexing: _grids(indexing) for indexing in ("xy", "ij")}


def meshgrid(*xi: ndarray, **kwargs: Any) -> list[ndarray]:
    """The coordinates of a grid from those along each axis; ``indexing`` is 'xy' or 'ij'."""
    indexing = kwargs.pop("indexing", "xy")
    if not kwargs.pop("copy", True) or kwargs.pop("sparse", False) or kwargs:
        raise NotImplementedError("np.meshgrid: only copy=True and sparse=False are supported")
    if indexing not in ("xy", "ij"):
        raise ValueError(f"np.meshgrid: indexing={indexing!r}; expected 'xy' or 'ij'")
    found = invoke(_GRIDS[indexing], xi, {})
    return found if isinstance(found, list) else [found]


def _window(name: str, function: Any) -> Any:
    def window(M: int, dtype: Any = None, ctx: Context | None = None) -> ndarray:
        if M < 0:
            raise MXNetError(f"np.{name}: M={M}; expected no negative number")
        if composing():
            return _node(f"_npi_{name}", M=M, dtype=dtype or "float32", ctx=ctx)
        return _made(torch.from_numpy(function(M)), dtype, ctx)

    window.__name__ = window.__qualname__ = name
    window.__doc__ = f"The {name} window of ``M`` points; float32 by default."
    return window


blackman = _window("blackman", onp.blackman)
hamming = _window("hamming", onp.hamming)
hanning = _window("hanning", onp.hanning)
