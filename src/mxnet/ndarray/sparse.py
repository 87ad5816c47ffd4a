"""Arrays kept by what is not zero: ``mx.nd.sparse``.

The classes are in :mod:`mxnet.ndarray.sparse_array`; here they are made, added and multiplied. Operators that know
sparse arrays are made from the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ..base import MXNetError, to_torch_dtype
from ..context import Context, as_context
from ..ops import OPERATORS
from ..ops.storage import Csr, RowSparse
from . import arithmetic
from .creation import array as _dense_array
from .creation import is_scipy, tensor_from
from .invoke import array_function, invoke
from .namespaces import populate
from .ndarray import NDArray
from .sparse_array import BaseSparseNDArray, CSRNDArray, RowSparseNDArray, zeros_of

__all__ = [
    "BaseSparseNDArray", "CSRNDArray", "RowSparseNDArray", "add", "array", "csr_matrix", "divide", "empty", "multiply",
    "row_sparse_array", "subtract", "zeros",
]  # fmt: skip


def _dtype(source: Any, dtype: Any) -> torch.dtype:
    """The dtype asked for, that of an array, or float32."""
    if dtype is None:
        dtype = source.dtype if isinstance(source, (NDArray, np.ndarray)) else "float32"
    return to_torch_dtype(dtype)


def _positions(source: Any, ctx: Context) -> torch.Tensor:
    return tensor_from(source, torch.int64, ctx.torch_device)


def _checked_shape(shape: Any) -> tuple[int, ...]:
    return tuple(int(length) for length in shape)


def csr_matrix(arg1: Any, shape: Any = None, ctx: Context | None = None, dtype: Any = None) -> CSRNDArray:
    """A matrix of which the elements that are not zero are kept.

    Parameters
    ----------
    arg1 : tuple, array or nested sequence
        ``(data, indices, indptr)``: the elements, their columns, and where in them each row begins and the last ends;
        ``(data, (row, col))``: the elements and their places, those of one place added up; ``(rows, columns)``: a
        matrix of zeros; a CSRNDArray or a csr matrix of SciPy's; or anything that is dense
    shape : (int, int), optional
        of the matrix; by default as large as the columns ask for
    ctx : Context, optional
        where to put it; the current context by default
    dtype : str or NumPy dtype, optional
        that of the elements by default where they have one, else float32

    Raises
    ------
    ValueError
        a tuple of another length, an array of other than two axes or of another shape
    MXNetError
        the parts do not fit

    Examples
    --------
    >>> mx.nd.sparse.csr_matrix(([7, 8], ([0, 1], [2, 0])), shape=(2, 3)).asnumpy().tolist()
    [[0, 0, 7], [8, 0, 0]]
    """
    ctx = as_context(ctx)
    if isinstance(arg1, tuple):
        if len(arg1) == 2 and isinstance(arg1[1], (tuple, list)):
            return _from_places(arg1[0], *arg1[1], shape, ctx, dtype)
        if len(arg1) == 2:
            return _zeros_of("csr", arg1, shape, ctx, dtype)
        if len(arg1) == 3:
            return _from_rows(*arg1, shape, ctx, dtype)
        raise ValueError(f"csr_matrix: a tuple of {len(arg1)} parts; expected 2 or 3")
    if isinstance(arg1, CSRNDArray) or is_scipy(arg1):
        _check_shape("csr_matrix", arg1.shape, shape)
        return array(arg1, ctx, dtype)
    if isinstance(arg1, RowSparseNDArray):
        raise ValueError("csr_matrix: got a RowSparseNDArray; expected a CSRNDArray or something dense")
    dense = _dense_array(arg1, ctx, _dtype(arg1, dtype))
    if dense.ndim != 2:
        raise ValueError(f"csr_matrix: an array of shape {dense.shape}; expected two axes")
    _check_shape("csr_matrix", dense.shape, shape)
    return dense.tostype("csr")  # type: ignore[return-value]


def _check_shape(call: str, own: tuple[int, ...], shape: Any) -> None:
    if shape is not None and tuple(own) != tuple(shape):
        raise ValueError(f"{call}: an array of shape {tuple(own)}, and shape={tuple(shape)}")


def _zeros_of(stype: str, lengths: Any, shape: Any, ctx: Context, dtype: Any) -> Any:
    _check_shape(f"zeros of {stype}", lengths, shape)
    return zeros_of(stype, _checked_shape(lengths), _dtype(None, dtype), ctx)


def _from_rows(data: Any, indices: Any, indptr: Any, shape: Any, ctx: Context, dtype: Any) -> CSRNDArray:
    values = tensor_from(data, _dtype(data, dtype), ctx.torch_device)
    columns, beginnings = _positions(indices, ctx), _positions(indptr, ctx)
    if shape is None:
        if not columns.numel():
            raise ValueError("csr_matrix: no element is stored; expected shape")
        shape = (beginnings.numel() - 1, int(columns.max()) + 1)
    lengths = _checked_shape(shape)
    if values.dim() != 1 or columns.shape != values.shape:
        raise MXNetError(
            f"csr_matrix: data of shape {tuple(values.shape)} and indices of shape {tuple(columns.shape)}; expected "
            "vectors of one length"
        )
    if len(lengths) != 2:
        raise ValueError(f"csr_matrix: shape={lengths}; expected two axes")
    return CSRNDArray._made(Csr(values, columns, beginnings, lengths), ctx)


def _from_places(data: Any, rows: Any, columns: Any, shape: Any, ctx: Context, dtype: Any) -> CSRNDArray:
    """A matrix of elements in any order, in the dtype that NumPy finds for them."""
    elements = data.asnumpy() if isinstance(data, NDArray) else np.asarray(data)
    values = tensor_from(elements, to_torch_dtype(elements.dtype if dtype is None else dtype), ctx.torch_device)
    first, second = _positions(rows, ctx), _positions(columns, ctx)
    if values.dim() != 1 or not values.shape == first.shape == second.shape:
        raise ValueError(f"csr_matrix: {values.numel()} elements, {first.numel()} rows and {second.numel()} columns")
    if shape is None:
        if not first.numel():
            raise ValueError("csr_matrix: no element is stored; expected shape")
        shape = (int(first.max()) + 1, int(second.max()) + 1)
    lengths = _checked_shape(shape)
    for axis, places in enumerate((first, second)):
        if places.numel() and not 0 <= int(places.min()) <= int(places.max()) < lengths[axis]:
            raise ValueError(f"csr_matrix: places from {int(places.min())} to {int(places.max())} along axis {axis}")
    keys = first * lengths[1] + second
    return CSRNDArray._made(Csr.summed(values, keys, lengths, zeros=True), ctx)


def row_sparse_array(arg1: Any, shape: Any = None, ctx: Context | None = None, dtype: Any = None) -> RowSparseNDArray:
    """An array of which the rows that are not zero are kept.

    Parameters
    ----------
    arg1 : tuple, array or nested sequence
        ``(data, indices)``: the rows and which they are; a tuple of lengths: an array of zeros; a RowSparseNDArray; or
        anything that is dense
    shape : tuple of int, optional
        of the array; by default as many rows as the indices ask for
    ctx : Context, optional
        where to put it; the current context by default
    dtype : str or NumPy dtype, optional
        that of the rows by default where they have one, else float32

    Raises
    ------
    ValueError
        an array of another shape, or a csr matrix
    MXNetError
        the parts do not fit

    Examples
    --------
    >>> mx.nd.sparse.row_sparse_array(([[1, 2]], [2])).asnumpy().tolist()
    [[0.0, 0.0], [0.0, 0.0], [1.0, 2.0]]
    """
    ctx = as_context(ctx)
    if isinstance(arg1, tuple):
        if len(arg1) == 2 and not isinstance(arg1[0], (int, np.integer)):
            return _from_indices(*arg1, shape, ctx, dtype)
        return _zeros_of("row_sparse", tuple(map(_length, arg1)), shape, ctx, dtype)
    if isinstance(arg1, RowSparseNDArray):
        _check_shape("row_sparse_array", arg1.shape, shape)
        return array(arg1, ctx, dtype)
    if isinstance(arg1, CSRNDArray):
        raise ValueError("row_sparse_array: got a CSRNDArray; expected a RowSparseNDArray or something dense")
    dense = _dense_array(arg1, ctx, _dtype(arg1, dtype))
    _check_shape("row_sparse_array", dense.shape, shape)
    return dense.tostype("row_sparse")  # type: ignore[return-value]


def _length(length: Any) -> int:
    if not isinstance(length, (int, np.integer)):
        raise TypeError(f"row_sparse_array: {length!r} as a length; expected an int")
    return int(length)


def _from_indices(data: Any, indices: Any, shape: Any, ctx: Context, dtype: Any) -> RowSparseNDArray:
    values = tensor_from(data, _dtype(data, dtype), ctx.torch_device)
    rows = _positions(indices, ctx)
    if shape is None:
        if not rows.numel():
            raise ValueError("row_sparse_array: no row is stored; expected shape")
        shape = (int(rows.max()) + 1, *values.shape[1:])
    lengths = _checked_shape(shape)
    if not values.numel():
        values = values.reshape(rows.numel(), *lengths[1:])
    if rows.dim() != 1 or tuple(values.shape) != (rows.numel(), *lengths[1:]):
        raise MXNetError(
            f"row_sparse_array: data of shape {tuple(values.shape)} and indices of shape {tuple(rows.shape)} do not "
            f"fit an array of shape {lengths}"
        )
    return RowSparseNDArray._made(RowSparse(values, rows, lengths), ctx)


def array(source_array: Any, ctx: Context | None = None, dtype: Any = None) -> Any:
    """A copy of a sparse array, or of one of SciPy's csr matrices.

    Parameters
    ----------
    source_array : CSRNDArray, RowSparseNDArray or scipy.sparse.csr_matrix
        what is copied
    ctx : Context, optional
        where to put it; the current context by default
    dtype : str or NumPy dtype, optional
        its own by default

    Raises
    ------
    AssertionError, ValueError
        it is dense
    """
    ctx = as_context(ctx)
    if isinstance(source_array, BaseSparseNDArray):
        wanted = source_array._record.dtype if dtype is None else to_torch_dtype(dtype)
        return source_array._made(source_array._record.moved(ctx.torch_device, wanted), ctx)
    if is_scipy(source_array) and source_array.format == "csr":
        source_array.sort_indices()
        parts = (source_array.data, source_array.indices, source_array.indptr)
        return _from_rows(*parts, source_array.shape, ctx, dtype)
    if isinstance(source_array, NDArray):
        raise AssertionError("nd.sparse.array: got a dense NDArray; tostype makes a sparse one of it")
    raise ValueError(
        f"nd.sparse.array: got a {type(source_array).__name__}; expected a sparse array or a csr matrix of SciPy's"
    )


def zeros(stype: str, shape: Any, ctx: Context | None = None, dtype: Any = None, **kwargs: Any) -> NDArray:
    """An array of zeros in a storage type.

    Parameters
    ----------
    stype : str
        'csr', 'row_sparse' or 'default'
    shape : tuple of int
        of the array
    ctx, dtype
        as of :func:`mxnet.nd.zeros`

    Raises
    ------
    ValueError
        there is no such storage type
    MXNetError
        another keyword than `name`, which arrays have no use for

    Examples
    --------
    >>> mx.nd.sparse.zeros('csr', (1, 2)).asnumpy().tolist()
    [[0.0, 0.0]]
    """
    unknown = sorted(kwargs.keys() - {"name"})
    if unknown:
        raise MXNetError(f"zeros: there is no argument {unknown[0]!r}; expected shape, ctx and dtype")
    lengths = _checked_shape(shape)
    if any(length < 0 for length in lengths) or (lengths and not lengths[0]):
        raise MXNetError(f"zeros: shape={lengths} of a {stype} array; expected a row at least")
    return zeros_of(stype, lengths, _dtype(None, dtype), as_context(ctx))


def empty(stype: str, shape: Any, ctx: Context | None = None, dtype: Any = None) -> NDArray:
    """An array in which nothing is stored: that is :func:`zeros`, for 'csr' and 'row_sparse'."""
    if stype not in ("csr", "row_sparse"):
        raise ValueError(f"empty: stype={stype!r}; expected 'csr' or 'row_sparse'")
    return zeros(stype, shape, ctx, dtype)


# --- arithmetic -----------------------------------------------------------------------------------------------------


def _operation(name: str, alike: str) -> Callable[[Any, Any], Any]:
    """A function of two arrays that takes arrays of one shape for what they are, and others as ``nd`` does."""
    elementwise = OPERATORS[alike]
    general = arithmetic.binary_function(name)

    def function(lhs: Any, rhs: Any) -> Any:
        if isinstance(lhs, NDArray) and isinstance(rhs, NDArray) and lhs.shape == rhs.shape:
            return invoke(elementwise, (lhs, rhs), {})
        return general(lhs, rhs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{name} of two arrays, or of an array and a number, element by element; sparse where both arrays are, and for "
        "a product where one is."
    )
    return function


add = _operation("add", "elemwise_add")
subtract = _operation("subtract", "elemwise_sub")
multiply = _operation("multiply", "elemwise_mul")
divide = _operation("divide", "elemwise_div")


def _method(function: Callable[[Any, Any], Any]) -> Any:
    def method(self: NDArray, other: Any) -> Any:
        return function(self, other)

    method.__name__ = function.__name__
    return method


arithmetic.attach(BaseSparseNDArray)
for _name, _function in (("add", add), ("sub", subtract), ("mul", multiply), ("truediv", divide), ("div", divide)):
    setattr(BaseSparseNDArray, f"__{_name}__", _method(_function))
RowSparseNDArray.retain = array_function(OPERATORS["_sparse_retain"], "retain")  # type: ignore[attr-defined]

__all__.extend(populate(globals(), "sparse"))
