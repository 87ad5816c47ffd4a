"""Functions of ``mx.np`` that move elements about, and its products of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as onp
import torch

from ..base import Operand
from ..ops import OPERATORS
from .array import ndarray, unlisted
from .calling import checked, composing, invoke

__all__ = [
    "append", "array_split", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_arrays", "broadcast_to",
    "column_stack", "concatenate", "diag", "diagflat", "diagonal", "dot", "dsplit", "dstack", "einsum", "expand_dims",
    "flip", "fliplr", "flipud", "hsplit", "hstack", "inner", "kron", "matmul", "moveaxis", "outer", "pad", "ravel",
    "repeat", "reshape", "roll", "rollaxis", "rot90", "row_stack", "split", "squeeze", "stack", "swapaxes", "tensordot",
    "tile", "trace", "transpose", "tril", "triu", "vdot", "vsplit", "vstack",
]  # fmt: skip


def reshape(a: ndarray, newshape: Any, reverse: bool = False, order: str = "C") -> ndarray:
    """The elements in another shape; one length may be -1."""
    return invoke(OPERATORS["_np_reshape"], (a,), {"newshape": newshape, "order": order})


def ravel(x: ndarray, order: str = "C") -> ndarray:
    """The elements along one axis."""
    if order != "C":
        raise NotImplementedError(f"np.ravel: order={order!r} is not supported; expected 'C'")
    return reshape(x, -1)


def transpose(a: ndarray, axes: Any = None) -> ndarray:
    """The axes in another order, reversed by default."""
    return invoke(OPERATORS["_np_transpose"], (a,), {"axes": axes})


def swapaxes(a: ndarray, axis1: int, axis2: int) -> ndarray:
    """Two axes changed over."""
    return invoke(OPERATORS["SwapAxis"], (a,), {"dim1": axis1, "dim2": axis2})


def moveaxis(a: ndarray, source: Any, destination: Any) -> ndarray:
    """Some axes moved to other places, the rest in their order."""
    return invoke(OPERATORS["_np_moveaxis"], (a,), {"source": source, "destination": destination})


def rollaxis(a: ndarray, axis: int, start: int = 0) -> ndarray:
    """One axis moved before another."""
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


def expand_dims(a: ndarray, axis: int) -> ndarray:
    """A new axis of length 1."""
    return invoke(OPERATORS["expand_dims"], (a,), {"axis": axis})


def squeeze(a: ndarray, axis: Any = None) -> ndarray:
    """Without the axes of length 1, or without the given ones of them."""
    return invoke(OPERATORS["_np_squeeze"], (a,), {"axis": axis})


def broadcast_to(array: Any, shape: Any) -> ndarray:
    """An array (or a number) repeated along new axes and those of length 1 until it has the shape."""
    if not isinstance(array, Operand):
        from .creation import full

        return full(shape, array)
    return invoke(OPERATORS["_npi_broadcast_to"], (array,), {"shape": shape})


def broadcast_arrays(*args: ndarray) -> list[ndarray]:
    """Arrays repeated until all have the same shape."""
    shape = onp.broadcast_shapes(*(array.shape for array in args))
    return [broadcast_to(array, shape) for array in args]


def concatenate(seq: Sequence[ndarray], axis: int | None = 0, out: Any = None) -> ndarray:
    """Arrays joined along an axis; with None, flattened first."""
    return invoke(OPERATORS["_npi_concatenate"], seq, {"axis": axis}, out)


def append(arr: ndarray, values: ndarray, axis: int | None = None) -> ndarray:
    """An array with another at the end of an axis, or both flattened."""
    return concatenate((arr, values), axis)


def stack(arrays: Sequence[ndarray], axis: int = 0, out: Any = None) -> ndarray:
    """Arrays of one shape joined along a new axis."""
    return invoke(OPERATORS["_npi_stack"], arrays, {"axis": axis}, out)


def vstack(arrays: Sequence[ndarray], out: Any = None) -> ndarray:
    """Arrays joined row by row."""
    return invoke(OPERATORS["_npi_vstack"], arrays, {}, out)


row_stack = vstack


def hstack(arrays: Sequence[ndarray]) -> ndarray:
    """Arrays joined column by column."""
    return invoke(OPERATORS["_npi_hstack"], arrays, {})


def dstack(arrays: Sequence[ndarray]) -> ndarray:
    """Arrays joined along the third axis."""
    return invoke(OPERATORS["_npi_dstack"], arrays, {})


def column_stack(tup: Sequence[ndarray]) -> ndarray:
    """One-dimensional arrays as the columns of a matrix."""
    return invoke(OPERATORS["_npi_column_stack"], tup, {})


def _where_cut(indices_or_sections: Any, axis: int) -> dict[str, Any]:
    if isinstance(indices_or_sections, int):
        return {"sections": indices_or_sections, "axis": axis}
    return {"indices": tuple(indices_or_sections), "axis": axis}


def _pieces(ary: ndarray, attributes: dict[str, Any], in_graphs: str = "_split_v2") -> list[ndarray]:
    if composing():  # a graph says the first position too
        indices = (0, *attributes["indices"]) if "indices" in attributes else ()
        result = invoke(OPERATORS[in_graphs], (ary,), {"sections": 0, **attributes, "indices": indices})
    else:
        result = invoke(OPERATORS["_npi_split"], (ary,), attributes)
    return result if isinstance(result, list) else [result]


def split(ary: ndarray, indices_or_sections: Any, axis: int = 0) -> list[ndarray]:
    """Equal parts of an array along an axis, or the pieces between positions.

    Raises
    ------
    ValueError
        the parts are not equal
    """
    if isinstance(indices_or_sections, int):
        if not indices_or_sections:
            raise ZeroDivisionError("np.split: indices_or_sections=0; expected a positive number of parts")
        if composing():  # what does not fit is found when the shapes are known
            return _pieces(ary, _where_cut(indices_or_sections, axis))
        if indices_or_sections < 0 or ary.shape[axis] % indices_or_sections:
            raise ValueError(f"np.split: length {ary.shape[axis]} of axis {axis} in {indices_or_sections} equal parts")
    return _pieces(ary, _where_cut(indices_or_sections, axis))


def array_split(ary: ndarray, indices_or_sections: Any, axis: int = 0) -> list[ndarray]:
    """Parts of an array along an axis, nearly equal where they cannot be equal."""
    if isinstance(indices_or_sections, int):
        return _pieces(ary, {"sections": indices_or_sections, "axis": axis})
    return split(ary, indices_or_sections, axis)


def hsplit(ary: ndarray, indices_or_sections: Any) -> list[ndarray]:
    """Parts column by column."""
    if composing():  # the axis is told by the rank
        return _pieces(ary, _where_cut(indices_or_sections, 1), "_npi_hsplit")
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


def vsplit(ary: ndarray, indices_or_sections: Any) -> list[ndarray]:
    """Parts row by row."""
    if not composing() and ary.ndim < 2:
        raise ValueError(f"np.vsplit: an array of {ary.ndim} axes; expected at least 2")
    return split(ary, indices_or_sections, 0)


def dsplit(ary: ndarray, indices_or_sections: Any) -> list[ndarray]:
    """Parts along the third axis."""
    if not composing() and ary.ndim < 3:
        raise ValueError(f"np.dsplit: an array of {ary.ndim} axes; expected at least 3")
    return split(ary, indices_or_sections, 2)


def tile(A: Any, reps: Any) -> Any:
    """An array laid side by side so many times along each axis."""
    if not isinstance(A, Operand):
        return onp.tile(A, reps)
    if not composing() and 0 in (reps if isinstance(reps, (tuple, list)) else (reps,)):
        return ndarray._wrap(A._t.detach().tile(reps), A._ctx)  # type: ignore[attr-defined]
    return invoke(OPERATORS["tile"], (A,), {"reps": reps})


def repeat(a: ndarray, repeats: int, axis: int | None = None) -> ndarray:
    """Each element (slice along an axis) so many times."""
    return invoke(OPERATORS["repeat"], (a,), {"repeats": repeats, "axis": axis})


def flip(m: ndarray, axis: Any = None, out: Any = None) -> ndarray:
    """The order of the elements reversed along axes, along all by default."""
    return invoke(OPERATORS["_npi_flip"], (m,), {"axis": axis}, out)


def flipud(m: ndarray) -> ndarray:
    """The rows in the opposite order."""
    return flip(m, 0)


def fliplr(m: ndarray) -> ndarray:
    """The columns in the opposite order."""
    return flip(m, 1)


def roll(a: ndarray, shift: Any, axis: Any = None) -> ndarray:
    """The elements shifted along axes, what leaves at one end entering at the other."""
    return invoke(OPERATORS["_np_roll"], (a,), {"shift": shift, "axis": axis})


def rot90(m: ndarray, k: int = 1, axes: Any = (0, 1)) -> ndarray:
    """An array turned by 90 degrees k times."""
    return invoke(OPERATORS["_npi_rot90"], (m,), {"k": k, "axes": tuple(axes)})


def tril(m: ndarray, k: int = 0) -> ndarray:
    """A matrix with zeros above the k-th diagonal."""
    return invoke(OPERATORS["_npi_tril"], (m,), {"k": k})


def triu(m: ndarray, k: int = 0) -> ndarray:
    """A matrix with zeros below the k-th diagonal."""
    return invoke(OPERATORS["_npi_triu"], (m,), {"k": k})


def diag(v: ndarray, k: int = 0) -> ndarray:
    """The k-th diagonal of a matrix, or a matrix with an array on its k-th diagonal."""
    return invoke(OPERATORS["_np_diag"], (v,), {"k": k})


def diagonal(a: ndarray, offset: int = 0, axis1: int = 0, axis2: int = 1) -> ndarray:
    """A diagonal of the matrices in two axes."""
    return invoke(OPERATORS["_np_diagonal"], (a,), {"offset": offset, "axis1": axis1, "axis2": axis2})


def diagflat(v: ndarray, k: int = 0) -> ndarray:
    """A matrix with the flattened array on its k-th diagonal."""
    return invoke(OPERATORS["_np_diagflat"], (v,), {"k": k})


def trace(a: ndarray, offset: int = 0, axis1: int = 0, axis2: int = 1, out: Any = None) -> ndarray:
    """The sum of a diagonal of the matrices in two axes."""
    return invoke(OPERATORS["_np_trace"], (a,), {"offset": offset, "axis1": axis1, "axis2": axis2}, out)


def pad(x: ndarray, pad_width: Any = None, mode: str = "constant", **kwargs: Any) -> ndarray:
    """An array with more elements around it.

    Parameters
    ----------
    x : ndarray
        the array
    pad_width : int, (before, after) or one such pair for each axis
        how many elements to add
    mode : str
        'constant', 'edge', 'reflect', 'symmetric', 'maximum' or 'minimum'
    constant_values : number
        what 'constant' adds; 0 by default
    """
    if pad_width is None:
        raise TypeError("np.pad: pad_width=None; expected how many elements to add")
    widths = onp.asarray(pad_width)
    if composing():
        if widths.ndim != 2:
            raise TypeError(f"np.pad: pad_width={pad_width!r}; in a graph expected a pair of numbers for each axis")
        pairs = widths
    else:
        pairs = onp.broadcast_to(widths, (x.ndim, 2))
    value = kwargs.pop("constant_values", 0)
    kind = kwargs.pop("reflect_type", "even")
    if kwargs or kind != "even":
        raise NotImplementedError(f"np.pad: arguments {sorted(kwargs) or 'reflect_type'} are not supported")
    counts = tuple((int(before), int(after)) for before, after in pairs)
    attributes = {"pad_width": counts, "mode": mode, "constant_value": value}
    return invoke(OPERATORS["_npi_pad"], (x,), attributes)


def _at_least(rank: int, arrays: tuple[Any, ...]) -> Any:
    name = f"np.atleast_{rank}d"
    for item in arrays:
        checked(name, "arys", item)
    return invoke(OPERATORS[f"_np_atleast_{rank}d"], arrays, {"num_args": len(arrays)})


def atleast_1d(*arys: ndarray) -> Any:
    """Arrays with at least one axis; of several, a list."""
    return _at_least(1, arys)


def atleast_2d(*arys: ndarray) -> Any:
    """Arrays with at least two axes; of several, a list."""
    return _at_least(2, arys)


def atleast_3d(*arys: ndarray) -> Any:
    """Arrays with at least three axes; of several, a list."""
    return _at_least(3, arys)


# --- products -----------------------------------------------------------------------------------------------------


def dot(a: Any, b: Any, out: Any = None) -> Any:
    """The product over the last axis of ``a`` and the second last of ``b`` (the only one of a vector)."""
    if not isinstance(a, Operand) or not isinstance(b, Operand):
        return a * b
    return invoke(OPERATORS["_np_dot"], (a, b), {}, out)


def matmul(a: ndarray, b: ndarray, out: Any = None) -> ndarray:
    """The matrix product of the last two axes; the others broadcast."""
    return invoke(OPERATORS["_npi_matmul"], (a, b), {}, out)


def tensordot(a: ndarray, b: ndarray, axes: Any = 2) -> ndarray:
    """The product summed over pairs of axes, or over the last of one and the first of the other."""
    if isinstance(axes, int):
        return invoke(OPERATORS["_npi_tensordot_int_axes"], (a, b), {"axes": axes})
    of_a, of_b = ((each,) if isinstance(each, int) else tuple(each) for each in axes)
    return invoke(OPERATORS["_npi_tensordot"], (a, b), {"a_axes_summed": of_a, "b_axes_summed": of_b})


def inner(a: ndarray, b: ndarray) -> ndarray:
    """The product over the last axes."""
    return tensordot(a, b, ([-1], [-1]))


def outer(a: ndarray, b: ndarray) -> ndarray:
    """The products of every element of one with every element of the other."""
    return tensordot(a.reshape(-1), b.reshape(-1), 0)


def vdot(a: ndarray, b: ndarray) -> ndarray:
    """The product of the flattened arrays."""
    return tensordot(a.reshape(-1), b.reshape(-1), 1)


def _kron(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.kron(a, b)


_KRON = unlisted("np.kron", _kron)


def kron(a: ndarray, b: ndarray) -> ndarray:
    """The Kronecker product."""
    return invoke(_KRON, (a, b), {})


def einsum(subscripts: str, *operands: ndarray, out: Any = None, optimize: Any = False) -> ndarray:
    """The sum of products an Einstein summation describes."""
    return invoke(OPERATORS["_npi_einsum"], operands, {"subscripts": subscripts, "optimize": int(bool(optimize))}, out)
