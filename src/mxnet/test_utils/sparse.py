"""Arrays of any storage type to test with, most of them drawn by NumPy's global generator."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base import MXNetError
from ..context import Context
from ..ndarray import NDArray, array
from ..ndarray.sparse import csr_matrix, row_sparse_array, zeros
from .making import assign_each, random_arrays
from .surroundings import default_context, default_dtype

__all__ = [
    "create_sparse_array",
    "create_sparse_array_zd",
    "rand_ndarray",
    "rand_sparse_ndarray",
    "shuffle_csr_column_indices",
]

Modifier = Callable[[Any], Any] | None


def shuffle_csr_column_indices(csr: Any) -> None:
    """Put the columns of each row of one of SciPy's csr matrices into another order, the elements staying behind."""
    _shuffle(csr.indices, csr.indptr)


def _shuffle(columns: np.ndarray, beginnings: np.ndarray) -> None:
    for start, stop in itertools.pairwise(beginnings):
        part = columns[start:stop].copy()
        np.random.shuffle(part)
        columns[start:stop] = part


def _drawn_csr(
    shape: tuple[int, int], density: float, dtype: Any, data_init: float | None, shuffled: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Elements, columns and beginnings of rows: so many places of all, drawn without return, by their columns."""
    rows, columns = shape
    count = round(density * rows * columns)
    places = np.random.choice(rows * columns, size=count, replace=False)
    values = np.random.uniform(size=count).astype(dtype)
    of_column, of_row = np.divmod(places, rows)
    order = np.lexsort((of_column, of_row))
    values, of_column = values[order], of_column[order].astype(np.int64)
    beginnings = np.concatenate([[0], np.cumsum(np.bincount(of_row, minlength=rows))]).astype(np.int64)
    if data_init is not None:
        values[:] = data_init
    if shuffled:
        _shuffle(of_column, beginnings)
    return values, of_column, beginnings


def rand_sparse_ndarray(
    shape: Sequence[int],
    stype: str,
    density: float | None = None,
    dtype: Any = None,
    distribution: str | None = None,
    data_init: float | None = None,
    rsp_indices: Any = None,
    modifier_func: Modifier = None,
    shuffle_csr_indices: bool = False,
    ctx: Context | None = None,
) -> tuple[NDArray, tuple[Any, ...]]:
    """A sparse array of numbers from 0 to 1, and what it is made of.

    Parameters
    ----------
    shape : tuple of int
        its shape
    stype : str
        'csr' or 'row_sparse'
    density : float, optional
        the share of what is stored, from 0 to 1; drawn by default
    dtype : dtype, optional
        of the elements
    distribution : str, optional
        'uniform', which is the default
    data_init : float, optional
        a number for all elements
    rsp_indices : sequence of int, optional
        which rows of a row_sparse array are stored
    modifier_func : callable, optional
        of each element of a row_sparse array
    shuffle_csr_indices : bool
        put the columns of each row of a csr matrix into another order
    ctx : Context, optional
        where it is

    Returns
    -------
    NDArray and tuple
        the array, and of csr where rows begin, columns and elements as NDArrays; of row_sparse rows and indices as
        NumPy's arrays

    Raises
    ------
    AssertionError
        the density, the distribution or the storage type is another
    MXNetError
        the distribution is 'powerlaw'
    """
    if density is None:
        density = np.random.rand()
    dtype = dtype or default_dtype()
    if not 0 <= density <= 1:
        raise AssertionError(f"rand_sparse_ndarray: density={density}; expected 0 to 1")
    distribution = "uniform" if distribution is None else distribution
    if stype == "row_sparse":
        if distribution != "uniform":
            raise AssertionError(f"rand_sparse_ndarray: distribution={distribution!r} of rows; expected 'uniform'")
        return _drawn_rows(tuple(shape), density, dtype, data_init, rsp_indices, modifier_func, ctx)
    if stype != "csr":
        raise AssertionError(f"rand_sparse_ndarray: stype={stype!r}; expected 'csr' or 'row_sparse'")
    if len(shape) != 2:
        raise AssertionError(f"rand_sparse_ndarray: a csr matrix of shape {tuple(shape)}; expected two axes")
    if distribution == "powerlaw":
        raise MXNetError("rand_sparse_ndarray: distribution='powerlaw' is not supported; use 'uniform'")
    if distribution != "uniform":
        raise AssertionError(f"rand_sparse_ndarray: distribution={distribution!r}; expected 'uniform'")
    rows, columns = shape
    made = csr_matrix(
        _drawn_csr((rows, columns), density, dtype, data_init, shuffle_csr_indices), shape=(rows, columns), ctx=ctx,
        dtype=dtype,
    )  # fmt: skip
    return made, (made.indptr, made.indices, made.data)


def _drawn_rows(
    shape: tuple[int, ...], density: float, dtype: Any, data_init: Any, rsp_indices: Any, modifier: Modifier, ctx: Any
) -> tuple[NDArray, tuple[np.ndarray, np.ndarray]]:
    if rsp_indices is not None:
        indices = np.asarray(rsp_indices)
        if len(indices) > shape[0]:
            raise AssertionError(f"rand_sparse_ndarray: {len(indices)} indices of {shape[0]} rows")
    else:
        indices = np.argwhere(np.random.rand(shape[0]) < density).flatten()
    if not len(indices):
        return zeros("row_sparse", shape, ctx, dtype), (np.array([], dtype=dtype), np.array([]))
    drawn = np.random.rand(len(indices), *shape[1:])
    values = drawn.astype(dtype) if data_init is None else np.full(drawn.shape, data_init, dtype)
    if modifier is not None:
        values = assign_each(values, modifier)
    return row_sparse_array((values, indices), shape=shape, ctx=ctx, dtype=dtype), (values, indices)


def rand_ndarray(
    shape: Sequence[int],
    stype: str = "default",
    density: float | None = None,
    dtype: Any = None,
    modifier_func: Modifier = None,
    shuffle_csr_indices: bool = False,
    distribution: str | None = None,
    ctx: Context | None = None,
) -> NDArray:
    """An array of normal variates, or a sparse one of numbers from 0 to 1.

    Parameters
    ----------
    shape : tuple of int
        its shape
    stype : str
        its storage type
    density, modifier_func, shuffle_csr_indices, distribution
        of sparse arrays, see :func:`rand_sparse_ndarray`
    dtype : dtype, optional
        of the elements
    ctx : Context, optional
        where it is
    """
    if stype == "default":
        return array(random_arrays(shape), dtype=dtype, ctx=ctx or default_context())
    made, _ = rand_sparse_ndarray(
        shape, stype, density=density, modifier_func=modifier_func, dtype=dtype,
        shuffle_csr_indices=shuffle_csr_indices, distribution=distribution, ctx=ctx,
    )  # fmt: skip
    return made


def create_sparse_array(
    shape: Sequence[int],
    stype: str,
    data_init: float | None = None,
    rsp_indices: Any = None,
    dtype: Any = None,
    modifier_func: Modifier = None,
    density: float = 0.5,
    shuffle_csr_indices: bool = False,
) -> NDArray:
    """A sparse array; see :func:`rand_sparse_ndarray`."""
    if stype == "csr" and rsp_indices is not None:
        raise AssertionError("create_sparse_array: rsp_indices are for row_sparse arrays")
    made, _ = rand_sparse_ndarray(
        shape, stype, density=density, data_init=data_init, rsp_indices=rsp_indices, dtype=dtype,
        modifier_func=modifier_func, shuffle_csr_indices=shuffle_csr_indices,
    )  # fmt: skip
    return made


def create_sparse_array_zd(
    shape: Sequence[int],
    stype: str,
    density: float,
    data_init: float | None = None,
    rsp_indices: Any = None,
    dtype: Any = None,
    modifier_func: Modifier = None,
    shuffle_csr_indices: bool = False,
) -> NDArray:
    """A sparse array in which nothing may be stored; see :func:`rand_sparse_ndarray`."""
    if stype == "row_sparse" and rsp_indices is not None and len(rsp_indices) > shape[0]:
        raise AssertionError(f"create_sparse_array_zd: {len(rsp_indices)} indices of {shape[0]} rows")
    return create_sparse_array(shape, stype, data_init, rsp_indices, dtype, modifier_func, density, shuffle_csr_indices)
