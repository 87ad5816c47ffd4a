"""Functions of ``mx.np`` that select, sort, count and compare."""

from __future__ import annotations

from typing import Any

import numpy as onp
import torch

from ..base import Operand, numeric_types
from ..ndarray import NDArray
from ..ops import OPERATORS
from .array import ndarray
from .calling import checked, composing, invoke

__all__ = [
    "allclose", "argsort", "argwhere", "array_equal", "bincount", "diff", "ediff1d", "flatnonzero",
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


def _end(to: Any, like: Any) -> Any:
    """What stands before or after differences: a number, or an array; a list becomes one."""
    if isinstance(to, (list, tuple, onp.ndarray)) and isinstance(like, NDArray):
        return ndarray._wrap(torch.as_tensor(onp.asarray(to)).to(like._t.device, like._t.dtype), like._ctx)
    return to


def ediff1d(ary: ndarray, to_end: Any = None, to_begin: Any = None) -> ndarray:
    """The differences of neighbours in the array read row by row, with more before and after them where it is given."""
    checked("np.ediff1d", "ary", ary)
    begin, end = _end(to_begin, ary), _end(to_end, ary)
    arrays = [each for each in (begin, end) if isinstance(each, Operand)]
    attributes = {
        "to_begin_arr_given": isinstance(begin, Operand),
        "to_end_arr_given": isinstance(end, Operand),
        "to_begin_scalar": None if isinstance(begin, Operand) else begin,
        "to_end_scalar": None if isinstance(end, Operand) else end,
    }
    return invoke(OPERATORS["_npi_ediff1d"], (ary, *arrays), attributes)


def polyval(p: ndarray, x: ndarray) -> ndarray:
    """The values at ``x`` of the polynomial with coefficients ``p``, that of the highest power first."""
    for name, value in (("p", p), ("x", x)):
        if not isinstance(value, Operand):
            raise TypeError(f"np.polyval: {name} of type {type(value).__name__}; expected an mx.np array")
    return invoke(OPERATORS["_npi_polyval"], (p, x), {})


def percentile(
    a: ndarray, q: Any, axis: Any = None, out: Any = None, overwrite_input: Any = None, interpolation: str = "linear",
    keepdims: bool = False,
) -> ndarray:  # fmt: skip
    """The elements that q percent of those over axes do not exceed; without a gradient.

    Parameters
    ----------
    a : ndarray
        numbers
    q : number, ndarray or list of numbers
        percentages; the axes of an array come first in the result
    axis : int or tuple of int, optional
        over which axes; over all by default
    out : ndarray, optional
        where to put the result
    interpolation : {'linear', 'lower', 'higher', 'midpoint', 'nearest'}
        what is between two elements
    keepdims : bool
        leave axes of length 1

    Raises
    ------
    ValueError
        a percentage is not from 0 to 100
    """
    if overwrite_input is not None:
        raise NotImplementedError("np.percentile: overwrite_input is not supported")
    checked("np.percentile", "a", a)
    attributes = {"axis": axis, "interpolation": interpolation, "keepdims": keepdims}
    if isinstance(q, numeric_types):
        return invoke(OPERATORS["_npi_percentile"], (a,), {**attributes, "q_scalar": q}, out)
    points = _end(q, a.astype("float64")) if isinstance(q, (list, tuple, onp.ndarray)) else q
    return invoke(OPERATORS["_npi_percentile"], (a, checked("np.percentile", "q", points)), attributes, out)


def quantile(
    a: ndarray, q: Any, axis: Any = None, out: Any = None, overwrite_input: Any = None, interpolation: str = "linear",
    keepdims: bool = False,
) -> ndarray:  # fmt: skip
    """The elements that a share q, from 0 to 1, of those over axes do not exceed; see :func:`percentile`."""
    points = onp.asarray(q) * 100 if isinstance(q, (list, tuple)) else q * 100
    return percentile(a, points, axis, out, overwrite_input, interpolation, keepdims)


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


def shares_memory(a: ndarray, b: ndarray, max_work: int | None = None) -> bool:
    """Whether two arrays have memory in common; both are contiguous, as all are."""
    inputs = (checked("np.shares_memory", "a", a), checked("np.shares_memory", "b", b))
    shared = invoke(OPERATORS["_npi_share_memory"], inputs, {})
    return shared if composing() else shared.item()


may_share_memory = shares_memory
