"""Functions of ``mx.np`` that select, sort, count and compare."""

from __future__ import annotations

from typing import Any

import numpy as onp
import torch

from ..base import Operand
from ..ndarray import NDArray
from ..ops import OPERATORS
from .array import ndarray
from .calling import invoke

__all__ = [
    "allclose", "argsort", "argwhere", "array_equal", "bincount", "delete", "diff", "ediff1d", "flatnonzero",
    "histogram", "isclose", "may_share_memory", "ndim", "nonzero", "percentile", "polyval", "quantile", "shape",
    "shares_memory", "size", "sort", "take", "unique", "where",
]  # fmt: skip


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Elements of ``x`` where the condition holds and of ``y`` elsewhere; without both, the indices where it holds."""
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise TypeError("np.where: one of x and y is given; expected both or none")
    if not isinstance(condition, Operand):
        return x if condition else y
    of_x, of_y = isinstance(x, Operand), isinstance(y, Operand)
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


def argwhere(a: ndarray) -> ndarray:
    """The indices of the elements other than zero as rows; int64."""
    return ndarray._wrap(a._t.detach().nonzero(), a._ctx)  # type: ignore[return-value]


def take(a: ndarray, indices: ndarray, axis: int | None = None, mode: str = "raise", out: Any = None) -> ndarray:
    """Elements (slices along an axis) at indices; ``mode`` 'clip', 'wrap' or 'raise' says what becomes of others."""
    if mode not in ("clip", "wrap", "raise"):
        raise NotImplementedError(f"np.take: mode={mode!r}; expected 'clip', 'wrap' or 'raise'")
    if axis is None:
        a, axis = a.reshape(-1), 0
    return invoke(OPERATORS["take"], (a, indices), {"axis": axis, "mode": mode}, out)


def delete(arr: ndarray, obj: Any, axis: int | None = None) -> ndarray:
    """An array without the slices along an axis that an integer, a slice or an array of integers names."""
    if axis is None:
        arr, axis = arr.reshape(-1), 0
    elif not arr.ndim:
        return arr.copy()  # there is nothing along an axis to leave out
    if isinstance(obj, NDArray):
        obj = obj.asnumpy().astype(onp.int64)
    kept = onp.delete(onp.arange(arr.shape[axis]), obj)
    places = ndarray._wrap(torch.from_numpy(kept).to(arr._t.device), arr._ctx)
    return invoke(OPERATORS["take"], (arr, places), {"axis": axis})


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
    if minlength < 0:
        raise ValueError(f"np.bincount: minlength={minlength}; expected no negative number")
    return invoke(
        OPERATORS["_npi_bincount"], (x, weights), {"minlength": minlength, "has_weights": weights is not None}
    )


def diff(a: ndarray, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> ndarray:
    """The n-th differences of neighbours along an axis."""
    if prepend is not None or append is not None:
        raise NotImplementedError("np.diff: prepend and append are not supported")
    return invoke(OPERATORS["_npi_diff"], (a,), {"n": n, "axis": axis})


def ediff1d(ary: ndarray, to_end: Any = None, to_begin: Any = None) -> ndarray:
    """The differences of neighbours in the flattened array, with more before and after them if they are given."""
    parts = [diff(ary.reshape(-1))]
    for place, more in ((0, to_begin), (2, to_end)):
        if more is not None:
            added = more._t if isinstance(more, NDArray) else torch.as_tensor(more, device=ary._t.device)
            parts.insert(place, ndarray._wrap(added.reshape(-1).to(ary._t.dtype), ary._ctx))  # type: ignore[arg-type]
    return invoke(OPERATORS["_npi_concatenate"], parts, {"axis": 0})


def polyval(p: ndarray, x: ndarray) -> ndarray:
    """The values at ``x`` of the polynomial with coefficients ``p``, that of the highest power first."""
    value = x * 0 + p[0]
    for power in range(1, len(p)):
        value = value * x + p[power]
    return value


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
    if isinstance(bins, Operand):
        return list(invoke(OPERATORS["_histogram"], (a, bins), {}))
    if range is None:
        raise NotImplementedError("np.histogram: range is needed where bins is a number")
    return list(invoke(OPERATORS["_histogram"], (a, None), {"bin_cnt": bins, "range": range}))


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
    """Whether two arrays have memory in common; both are contiguous, as all are."""
    if a._t.untyped_storage().data_ptr() != b._t.untyped_storage().data_ptr() or not a.size or not b.size:
        return False
    low, start = a._t.data_ptr(), b._t.data_ptr()
    return low < start + b.nbytes and start < low + a.nbytes


shares_memory = may_share_memory
