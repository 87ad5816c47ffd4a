"""Functions of ``mx.np`` element by element and over axes: arithmetic, comparison, reductions, sorting, selection."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as onp
import torch

from ..base import MXNetError
from ..ndarray import NDArray
from ..ndarray.invoke import invoke
from ..ops import OPERATORS
from ..ops.np_elementwise import BINARY, COMPARISONS, UNARY
from .array import ndarray

_NUMBERS = (float, int, onp.generic)


def _only_everywhere(name: str, where: Any) -> None:
    if where is not True:
        raise NotImplementedError(f"np.{name}: where={where!r} is not supported; expected True")


def _unary(name: str, operator: str, numpy_name: str | None = None) -> Callable[..., Any]:
    spec = OPERATORS[operator]

    def function(x: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any:
        _only_everywhere(name, where)
        if kwargs:
            raise TypeError(f"np.{name}: unexpected arguments {sorted(kwargs)}")
        if isinstance(x, _NUMBERS):
            return getattr(onp, numpy_name or name)(x)
        if not isinstance(x, NDArray):
            raise TypeError(f"np.{name}: x of type {type(x).__name__}; expected an mx.np array or a number")
        return invoke(spec, (x,), {}, out)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = spec.doc
    return function


def _binary(name: str, operator: str, reflected: str, numpy_name: str | None = None) -> Callable[..., Any]:
    arrays, after, before = OPERATORS[f"_npi_{operator}"], OPERATORS[f"_npi_{operator}_scalar"], OPERATORS[reflected]

    def function(x1: Any, x2: Any, out: Any = None, where: Any = True, **kwargs: Any) -> Any:
        _only_everywhere(name, where)
        if kwargs:
            raise TypeError(f"np.{name}: unexpected arguments {sorted(kwargs)}")
        if isinstance(x1, NDArray):
            if isinstance(x2, NDArray):
                return invoke(arrays, (x1, x2), {}, out)
            if isinstance(x2, _NUMBERS):
                return invoke(after, (x1,), {"scalar": x2}, out)
        elif isinstance(x1, _NUMBERS):
            if isinstance(x2, NDArray):
                return invoke(before, (x2,), {"scalar": x1}, out)
            if isinstance(x2, _NUMBERS):
                return getattr(onp, numpy_name or name)(x1, x2)
        kinds = f"{type(x1).__name__} and {type(x2).__name__}"
        raise TypeError(f"np.{name}: operands of types {kinds}; expected mx.np arrays or numbers")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = arrays.doc or f"{name} of two arrays, or of an array and a number, element by element."
    return function


_ELEMENTWISE: dict[str, Callable[..., Any]] = {}
for _name in UNARY:
    _ELEMENTWISE[_name] = _unary(_name, f"_npi_{_name}")
for _name in ("isnan", "isinf", "isposinf", "isneginf", "isfinite", "logical_not", "bitwise_not"):
    _ELEMENTWISE[_name] = _unary(_name, f"_npi_{_name}")
for _name in BINARY:
    _same = _name in ("add", "multiply", "hypot")
    _ELEMENTWISE[_name] = _binary(_name, _name, f"_npi_{_name}_scalar" if _same else f"_npi_r{_name}_scalar")
for _name, (_, _reflected) in COMPARISONS.items():
    _ELEMENTWISE[_name] = _binary(_name, _name, f"_npi_{_reflected}_scalar")
for _name in ("bitwise_and", "bitwise_or", "bitwise_xor", "lcm"):
    _ELEMENTWISE[_name] = _binary(_name, _name, f"_npi_{_name}_scalar")
_ELEMENTWISE |= {
    "abs": _ELEMENTWISE["absolute"],
    "fabs": _ELEMENTWISE["absolute"],
    "divide": _ELEMENTWISE["true_divide"],
    "remainder": _ELEMENTWISE["mod"],
    "fmod": _ELEMENTWISE["mod"],
    "invert": _ELEMENTWISE["bitwise_not"],
    "deg2rad": _unary("deg2rad", "_npi_radians"),
    "rad2deg": _unary("rad2deg", "_npi_degrees"),
}
globals().update(_ELEMENTWISE)


def _extreme(name: str, arrays: str, scalar: str) -> Callable[..., Any]:
    def function(x1: Any, x2: Any, out: Any = None, where: Any = True) -> Any:
        _only_everywhere(name, where)
        if isinstance(x1, NDArray) and isinstance(x2, NDArray):
            return invoke(OPERATORS[arrays], (x1, x2), {}, out)
        if isinstance(x1, NDArray) and isinstance(x2, _NUMBERS):
            return invoke(OPERATORS[scalar], (x1,), {"scalar": x2}, out)
        if isinstance(x2, NDArray) and isinstance(x1, _NUMBERS):
            return invoke(OPERATORS[scalar], (x2,), {"scalar": x1}, out)
        return getattr(onp, name)(x1, x2)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The element-by-element {name} of two arrays, or of an array and a number."
    return function


maximum = _extreme("maximum", "broadcast_maximum", "_maximum_scalar")
minimum = _extreme("minimum", "broadcast_minimum", "_minimum_scalar")


# --- over axes ----------------------------------------------------------------------------------------------------


def _array(name: str, a: Any) -> NDArray:
    if not isinstance(a, NDArray):
        raise TypeError(f"np.{name}: a of type {type(a).__name__}; expected an mx.np array")
    return a


def sum(
    a: ndarray, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None,
    where: Any = None,
) -> ndarray:  # fmt: skip
    """The sum over axes, over all by default; booleans count as int64."""
    if where is not None:
        raise ValueError("np.sum: where is not supported")
    return invoke(
        OPERATORS["_np_sum"],
        (_array("sum", a),),
        {"axis": axis, "dtype": dtype, "keepdims": keepdims, "initial": initial},
        out,
    )


def prod(
    a: ndarray, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False, initial: Any = None
) -> ndarray:
    """The product over axes, over all by default."""
    attributes = {"axis": axis, "dtype": dtype, "keepdims": keepdims, "initial": initial}
    return invoke(OPERATORS["_np_prod"], (_array("prod", a),), attributes, out)


def mean(a: ndarray, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
    """The mean over axes, over all by default; of integers in float32."""
    return invoke(
        OPERATORS["_npi_mean"], (_array("mean", a),), {"axis": axis, "dtype": dtype, "keepdims": keepdims}, out
    )


def std(
    a: ndarray, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False
) -> ndarray:
    """The standard deviation over axes, over all by default."""
    attributes = {"axis": axis, "dtype": dtype, "ddof": ddof, "keepdims": keepdims}
    return invoke(OPERATORS["_npi_std"], (_array("std", a),), attributes, out)


def var(
    a: ndarray, axis: Any = None, dtype: Any = None, out: Any = None, ddof: int = 0, keepdims: bool = False
) -> ndarray:
    """The variance over axes, over all by default."""
    attributes = {"axis": axis, "dtype": dtype, "ddof": ddof, "keepdims": keepdims}
    return invoke(OPERATORS["_npi_var"], (_array("var", a),), attributes, out)


def max(a: ndarray, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
    """The largest element over axes, over all by default."""
    return invoke(OPERATORS["_np_max"], (_array("max", a),), {"axis": axis, "keepdims": keepdims}, out)


def min(a: ndarray, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
    """The least element over axes, over all by default."""
    return invoke(OPERATORS["_np_min"], (_array("min", a),), {"axis": axis, "keepdims": keepdims}, out)


amax, amin = max, min


def argmax(a: ndarray, axis: int | None = None, out: Any = None) -> ndarray:
    """Where the largest element stands along an axis, or in the flattened array; int64."""
    return invoke(OPERATORS["_npi_argmax"], (_array("argmax", a),), {"axis": axis}, out)


def argmin(a: ndarray, axis: int | None = None, out: Any = None) -> ndarray:
    """Where the least element stands along an axis, or in the flattened array; int64."""
    return invoke(OPERATORS["_npi_argmin"], (_array("argmin", a),), {"axis": axis}, out)


def any(a: ndarray, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
    """Whether some element over axes is other than zero."""
    return invoke(OPERATORS["_np_any"], (_array("any", a),), {"axis": axis, "keepdims": keepdims}, out)


def all(a: ndarray, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
    """Whether every element over axes is other than zero."""
    return invoke(OPERATORS["_np_all"], (_array("all", a),), {"axis": axis, "keepdims": keepdims}, out)


def cumsum(a: ndarray, axis: int | None = None, dtype: Any = None, out: Any = None) -> ndarray:
    """The running sum along an axis, or of the flattened array."""
    return invoke(OPERATORS["_np_cumsum"], (_array("cumsum", a),), {"axis": axis, "dtype": dtype}, out)


def average(
    a: ndarray, axis: Any = None, weights: ndarray | None = None, returned: bool = False, out: Any = None
) -> Any:
    """The weighted mean over axes; with ``returned`` the sum of the weights as well."""
    if weights is None:
        result = mean(a, axis, dtype=a.dtype, out=out)
        count = a.size / builtins.max(result.size, 1)
        return (result, full_like_of(result, count)) if returned else result
    if weights.shape != a.shape:
        if axis is None or isinstance(axis, tuple) or weights.ndim != 1 or weights.shape[0] != a.shape[axis]:
            raise MXNetError(
                f"np.average: weights of shape {weights.shape} for an array of shape {a.shape}, axis={axis}"
            )
        shape = [1] * a.ndim
        shape[axis] = -1
        weights = weights.reshape(shape)
    scale = sum(weights * (a * 0 + 1), axis)
    result = sum(a * weights, axis, out=out) / scale
    return (result, scale) if returned else result


def full_like_of(array: NDArray, value: float) -> ndarray:
    """One number in the shape of an array."""
    return ndarray._wrap(torch.full_like(array._t, value), array._ctx)  # type: ignore[return-value]


# --- rounding, selecting, sorting ---------------------------------------------------------------------------------


def around(x: Any, decimals: int = 0, out: Any = None) -> Any:
    """Elements rounded to a number of decimals."""
    if isinstance(x, _NUMBERS):
        return onp.around(x, decimals)
    return invoke(OPERATORS["_npi_around"], (x,), {"decimals": decimals}, out)


round = round_ = around


def clip(a: ndarray, a_min: float | None, a_max: float | None, out: Any = None) -> ndarray:
    """Elements no less than ``a_min`` and no more than ``a_max``; one of them may be None."""
    if a_min is None and a_max is None:
        raise ValueError("np.clip: a_min and a_max are both None; expected a number")
    low = float("-inf") if a_min is None else a_min
    return invoke(OPERATORS["clip"], (a,), {"a_min": low, "a_max": float("inf") if a_max is None else a_max}, out)


def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None, **kwargs: Any
) -> Any:
    """NaN and the infinities replaced by numbers."""
    if isinstance(x, _NUMBERS):
        return onp.nan_to_num(x, copy, nan, posinf, neginf)
    result = invoke(
        OPERATORS["_npi_nan_to_num"], (x,), {"nan": nan, "posinf": posinf, "neginf": neginf}, kwargs.pop("out", None)
    )
    if not copy:
        x[...] = result
        return x
    return result


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Elements of ``x`` where the condition holds and of ``y`` elsewhere; without both, the indices where it holds."""
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ValueError("np.where: one of x and y is given; expected both or none")
    if not isinstance(condition, NDArray):
        return x if condition else y
    of_x, of_y = isinstance(x, NDArray), isinstance(y, NDArray)
    if of_x and of_y:
        return invoke(OPERATORS["_npi_where"], (condition, x, y), {})
    if of_x:
        return invoke(OPERATORS["_npi_where_rscalar"], (condition, x), {"scalar": y})
    if of_y:
        return invoke(OPERATORS["_npi_where_lscalar"], (condition, y), {"scalar": x})
    return invoke(OPERATORS["_npi_where_scalar2"], (condition,), {"x": x, "y": y})


def nonzero(a: ndarray) -> tuple[ndarray, ...]:
    """The indices of the elements other than zero, one array for each axis; int64."""
    return ndarray.nonzero(a)


def flatnonzero(a: ndarray) -> ndarray:
    """The indices of the elements other than zero in the flattened array; int64."""
    return nonzero(a.reshape(-1))[0]


def take(a: ndarray, indices: ndarray, axis: int | None = None, mode: str = "raise", out: Any = None) -> ndarray:
    """Elements (slices along an axis) at indices; ``mode`` 'clip', 'wrap' or 'raise' says what becomes of others.

    Without an index out of range the three agree; 'raise' clips, as MXNet's does on the host.
    """
    if mode not in ("clip", "wrap", "raise"):
        raise NotImplementedError(f"np.take: mode={mode!r}; expected 'clip', 'wrap' or 'raise'")
    mode = "clip" if mode == "raise" else mode
    if axis is None:
        a, axis = a.reshape(-1), 0
    return invoke(OPERATORS["take"], (a, indices), {"axis": axis, "mode": mode}, out)


def sort(a: ndarray, axis: int | None = -1, kind: Any = None, order: Any = None) -> ndarray:
    """A sorted copy."""
    if order is not None:
        raise NotImplementedError("np.sort: order is not supported")
    return invoke(OPERATORS["sort"], (a,), {"axis": axis, "is_ascend": True})


def argsort(a: ndarray, axis: int | None = -1, kind: Any = None, order: Any = None) -> ndarray:
    """The indices that sort an array; int64."""
    if order is not None:
        raise NotImplementedError("np.argsort: order is not supported")
    return invoke(OPERATORS["argsort"], (a,), {"axis": axis, "is_ascend": True, "dtype": "int64"})


def unique(
    ar: ndarray,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> Any:
    """The different elements in order; with more asked for, a tuple."""
    attributes = {
        "return_index": return_index, "return_inverse": return_inverse, "return_counts": return_counts, "axis": axis
    }  # fmt: skip
    result = invoke(OPERATORS["_npi_unique"], (ar,), attributes)
    return tuple(result) if isinstance(result, list) else result


def bincount(x: ndarray, weights: ndarray | None = None, minlength: int = 0) -> ndarray:
    """How often each of 0, 1, … stands in an array of integers, or the sum of its weights."""
    return invoke(OPERATORS["_npi_bincount"], (x, weights), {"minlength": minlength})


def diff(a: ndarray, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> ndarray:
    """The n-th differences of neighbours along an axis."""
    if prepend is not None or append is not None:
        raise NotImplementedError("np.diff: prepend and append are not supported")
    return invoke(OPERATORS["_npi_diff"], (a,), {"n": n, "axis": axis})


def percentile(
    a: ndarray, q: Any, axis: Any = None, out: Any = None, overwrite_input: Any = None, interpolation: str = "linear",
    keepdims: bool = False,
) -> ndarray:  # fmt: skip
    """The q-th percentiles over axes."""
    if overwrite_input is not None:
        raise NotImplementedError("np.percentile: overwrite_input is not supported")
    points = q.asnumpy() if isinstance(q, NDArray) else q
    found = onp.percentile(a.asnumpy(), points, axis, method=interpolation, keepdims=keepdims)  # type: ignore[call-overload]
    kind = torch.float64 if a.dtype == onp.float64 else torch.float32
    result = ndarray._wrap(torch.as_tensor(found).to(a._t.device, kind), a._ctx)
    if out is not None:
        out[...] = result
        return out
    return result  # type: ignore[return-value]


def quantile(
    a: ndarray, q: Any, axis: Any = None, out: Any = None, overwrite_input: Any = None, interpolation: str = "linear",
    keepdims: bool = False,
) -> ndarray:  # fmt: skip
    """The q-th quantiles over axes, q from 0 to 1."""
    return percentile(a, q * 100, axis, out, overwrite_input, interpolation, keepdims)


def histogram(
    a: ndarray, bins: Any = 10, range: Any = None, normed: Any = None, weights: Any = None, density: Any = None
) -> Any:
    """Counts of elements in bins, and the bins' edges."""
    if normed or weights is not None or density:
        raise NotImplementedError("np.histogram: normed, weights and density are not supported")
    if isinstance(bins, NDArray):
        return tuple(invoke(OPERATORS["_histogram"], (a, bins), {}))
    if range is None:
        raise NotImplementedError("np.histogram: range is needed where bins is a number")
    return tuple(invoke(OPERATORS["_histogram"], (a, None), {"bin_cnt": bins, "range": range}))


def array_equal(a1: ndarray, a2: ndarray) -> bool:
    """Whether two arrays have the same shape and elements."""
    return a1.shape == a2.shape and bool((a1._t == a2._t).all())


def allclose(a: ndarray, b: ndarray, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all elements are equal within a tolerance."""
    return bool(isclose(a, b, rtol, atol, equal_nan).all())


def isclose(a: ndarray, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> ndarray:
    """Whether each element is equal within a tolerance."""
    other = b._t if isinstance(b, NDArray) else torch.as_tensor(b, dtype=a._t.dtype, device=a._t.device)
    return ndarray._wrap(torch.isclose(a._t, other.to(a._t.dtype), rtol, atol, equal_nan), a._ctx)  # type: ignore[return-value]


def shape(a: Any) -> tuple[int, ...]:
    """The length of each axis."""
    return tuple(onp.shape(a)) if not isinstance(a, NDArray) else a.shape


def ndim(a: Any) -> int:
    """The number of axes."""
    return len(shape(a))


def size(a: Any) -> int:
    """The number of elements."""
    return int(onp.prod(shape(a), dtype=onp.int64))


def may_share_memory(a: ndarray, b: ndarray, max_work: int | None = None) -> bool:
    """Whether two arrays lie in the same memory."""
    return a._t.untyped_storage().data_ptr() == b._t.untyped_storage().data_ptr()


shares_memory = may_share_memory

_OWN = (
    "maximum minimum sum prod mean std var max min amax amin argmax argmin any all cumsum average around "
    "round round_ clip nan_to_num where nonzero flatnonzero take sort argsort unique bincount diff "
    "percentile quantile histogram array_equal allclose isclose shape ndim size may_share_memory "
    "shares_memory"
).split()
__all__: list[str] = []
__all__.extend(_ELEMENTWISE)
__all__.extend(_OWN)
