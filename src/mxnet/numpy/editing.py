"""Functions of ``mx.np`` that leave slices out and put slices in, and those that tell indices of places."""

from __future__ import annotations

from typing import Any

import numpy as onp
import torch

from ..base import MXNetError, Operand, integer_types, numeric_types
from ..ops import OPERATORS
from .array import ndarray
from .calling import checked, composing, invoke

__all__ = ["delete", "diag_indices_from", "insert", "resize", "unravel_index"]


def _positions(name: str, obj: Any, like: Any) -> Any:
    """Positions as an array: a list of integers becomes one."""
    if isinstance(obj, Operand):
        return obj
    if isinstance(obj, (list, tuple)) and not composing():
        found = onp.asarray(obj)
        if found.dtype.kind in "iu" or not found.size:
            return ndarray._wrap(torch.as_tensor(found.astype(onp.int64)).to(like._t.device), like._ctx)
    raise TypeError(f"np.{name}: obj {obj!r} of type {type(obj).__name__}; expected an integer, a slice or integers")


def _slice_of(obj: slice) -> dict[str, Any]:
    """The bounds of a slice; its step always says a number."""
    return {"start": obj.start, "stop": obj.stop, "step": 1 if obj.step is None else obj.step}


def delete(arr: ndarray, obj: Any, axis: int | None = None) -> ndarray:
    """An array without the slices along an axis that an integer, a slice or an array of integers names.

    Parameters
    ----------
    arr : ndarray
        the array
    obj : int, slice, ndarray or list of int
        which; counted from the end where negative
    axis : int, optional
        along which axis; of the array read row by row by default
    """
    if not isinstance(arr, Operand):
        raise TypeError(f"np.delete: arr of type {type(arr).__name__}; expected an mx.np array")
    if isinstance(obj, integer_types):
        return invoke(OPERATORS["_npi_delete"], (arr,), {"int_ind": int(obj), "axis": axis})
    if isinstance(obj, slice):
        return invoke(OPERATORS["_npi_delete"], (arr,), {**_slice_of(obj), "axis": axis})
    return invoke(OPERATORS["_npi_delete"], (arr, _positions("delete", obj, arr)), {"axis": axis})


def insert(arr: ndarray, obj: Any, values: Any, axis: int | None = None) -> ndarray:
    """An array with values put in before positions along an axis.

    Parameters
    ----------
    arr : ndarray
        the array
    obj : int, slice, ndarray or list of int
        before which positions, counted in the array as it is
    values : number, ndarray or list of numbers
        what to put in; broadcasts to the slices that come of it, in the dtype of the array
    axis : int, optional
        along which axis; of the array read row by row by default
    """
    checked("np.insert", "arr", arr)
    if isinstance(values, (list, tuple, onp.ndarray)) and not composing():
        values = ndarray._wrap(torch.as_tensor(onp.asarray(values)).to(arr._t.device), arr._ctx)
    number = isinstance(values, numeric_types)
    if not number and not isinstance(values, Operand):
        raise TypeError(f"np.insert: values of type {type(values).__name__}; expected a number or an array")
    given = {"val": values, "axis": axis} if number else {"axis": axis}
    inputs = (arr,) if number else (arr, values)
    if isinstance(obj, integer_types):
        return invoke(OPERATORS["_npi_insert_scalar"], inputs, {**given, "int_ind": int(obj)})
    if isinstance(obj, slice):
        return invoke(OPERATORS["_npi_insert_slice"], inputs, {**given, **_slice_of(obj)})
    return invoke(OPERATORS["_npi_insert_tensor"], (*inputs, _positions("insert", obj, arr)), given)


def resize(a: ndarray, new_shape: Any) -> ndarray:
    """The elements repeated, or cut off, until they fill a shape; without a gradient.

    Raises
    ------
    MXNetError
        a length is negative, or a gradient comes back to it
    """
    checked("np.resize", "a", a)
    return invoke(OPERATORS["Custom"], (a,), {"op_type": "resize_fallback", "new_shape": new_shape})


def unravel_index(indices: ndarray, shape: Any, order: str = "C") -> Any:
    """The index along each axis of positions in the array read row by row, as a tuple; in a graph as rows.

    Raises
    ------
    MXNetError
        a position is beyond the last
    """
    if order != "C":
        raise NotImplementedError(f"np.unravel_index: order={order!r} is not supported; expected 'C'")
    if composing():
        checked("np.unravel_index", "indices", indices)
        return invoke(OPERATORS["Custom"], (indices,), {"op_type": "unravel_index_fallback", "shape": shape})
    if isinstance(indices, integer_types):
        return onp.unravel_index(indices, shape)
    checked("np.unravel_index", "indices", indices)
    lengths = (shape,) if isinstance(shape, int) else tuple(shape)
    total = int(onp.prod(lengths, dtype=onp.int64))
    positions = indices._t
    if positions.is_floating_point() or positions.dtype is torch.bool:
        raise MXNetError(f"np.unravel_index: indices are of {indices.dtype}; expected integers")
    if positions.numel() and not 0 <= int(positions.min()) <= int(positions.max()) < total:
        raise MXNetError(f"np.unravel_index: an index is not from 0 to {total - 1}, the places of shape {lengths}")
    parts = torch.unravel_index(positions.long(), lengths)
    return tuple(ndarray._wrap(part.to(positions.dtype), indices._ctx) for part in parts)


def diag_indices_from(arr: ndarray) -> Any:
    """The index along each axis of the places on an array's diagonal, as a tuple; in a graph as rows. int64.

    Raises
    ------
    ValueError
        fewer than two axes, or axes of different lengths
    """
    rows = invoke(OPERATORS["_npi_diag_indices_from"], (checked("np.diag_indices_from", "arr", arr),), {})
    return rows if composing() else tuple(rows[axis] for axis in range(arr.ndim))
