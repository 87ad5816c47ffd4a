"""Functions of ``mx.np`` over axes: sums, means, extremes, and where they stand."""

from __future__ import annotations

from typing import Any

from ..ops import OPERATORS
from .array import ndarray
from .calling import checked, invoke

__all__ = [
    "all", "alltrue", "amax", "amin", "any", "argmax", "argmin", "average", "cumsum", "max", "mean", "min", "prod",
    "product", "sometrue", "std", "sum", "var",
]  # fmt: skip


def _array(name: str, a: Any) -> Any:
    return checked(f"np.{name}", "a", a)


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
    """The weighted mean over axes; with ``returned`` a list of it and the sum of the weights."""
    checked("np.average", "a", a)
    attributes = {"axis": axis, "returned": returned}
    if weights is None:
        return invoke(OPERATORS["_npi_average"], (a,), {**attributes, "weighted": False}, out)
    return invoke(OPERATORS["_npi_average"], (a, checked("np.average", "weights", weights)), attributes, out)


product, sometrue, alltrue = prod, any, all
