"""Operators that are there for sparse arrays: changing the storage type, keeping rows, counting, looking up edges.

The functions here say what they are of dense arrays, which is what a graph without sparse arrays computes; their rules
of kind "sparse" are in the other files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch

from ...base import MXNetError
from ..dtype_rules import follows
from ..registry import describe, operator, rule, unchanged
from ..shape_rules import Partials, alike, as_first_input

__all__ = ["cast_storage", "edge_id", "getnnz", "retain"]

Shape = tuple[int, ...]


@operator("cast_storage", "_sparse_cast_storage", shape=unchanged, view=True, stores=True, rules={"inputs": alike})
def cast_storage(data: torch.Tensor, *, stype: Literal["csr", "default", "row_sparse"]) -> torch.Tensor:
    """An array in another storage type.

    Parameters
    ----------
    data : NDArray
        dense, or of one of the types
    stype : str
        'default' for a dense array, 'csr' for a matrix, 'row_sparse' for an array of one axis at least

    Raises
    ------
    MXNetError
        the array cannot have that type, or is sparse in another way

    Examples
    --------
    >>> mx.nd.cast_storage(mx.nd.array([[0, 0], [1, 2]]), stype='row_sparse').indices.asnumpy().tolist()
    [1]
    """
    return data


def _rows_alone(indices: torch.Tensor, rows: int, name: str) -> torch.Tensor:
    if indices.dim() != 1:
        raise MXNetError(f"{name}: indices is {describe(indices)}; expected one axis")
    if indices.device.type == "meta":
        return indices.long()
    wanted = indices.long()
    if wanted.numel() and (int(wanted.min()) < 0 or int(wanted.max()) >= rows):
        raise MXNetError(f"{name}: indices from {int(wanted.min())} to {int(wanted.max())}; there are {rows} rows")
    return wanted


@operator("_sparse_retain", unlearned=("indices",))
def retain(data: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """The array with some of its rows alone.

    Parameters
    ----------
    data : RowSparseNDArray
        of a dense array, which MXNet does not take, all other rows become zero
    indices : NDArray
        which rows to keep

    Examples
    --------
    >>> rows = mx.nd.sparse.row_sparse_array(([[1, 2], [3, 4]], [0, 2]), shape=(3, 2))
    >>> mx.nd.sparse.retain(rows, mx.nd.array([2])).asnumpy().tolist()
    [[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]]
    """
    wanted = _rows_alone(indices, data.shape[0], "retain")
    kept = torch.zeros(data.shape[0], dtype=torch.bool, device=data.device)
    kept[wanted] = True
    return data * kept.reshape(-1, *(1,) * (data.dim() - 1))


@operator("_contrib_getnnz")
def getnnz(data: torch.Tensor, *, axis: int | None = None) -> torch.Tensor:
    """How many elements of a matrix are stored; of a dense one, which MXNet does not take, how many are not zero.

    Parameters
    ----------
    data : CSRNDArray
        the matrix
    axis : int, optional
        1 for the count of each row; of all where None

    Returns
    -------
    NDArray
        int64, of shape (1,) or (rows,)

    Raises
    ------
    MXNetError
        another axis

    Examples
    --------
    >>> mx.nd.contrib.getnnz(mx.nd.array([[0, 1], [2, 3]]).tostype('csr'), axis=1).asnumpy().tolist()
    [1, 2]
    """
    check_axis(axis)
    return (data != 0).sum(1) if axis == 1 else (data != 0).sum().reshape(1)


def check_axis(axis: int | None) -> None:
    """Refuse an axis along which elements are not counted."""
    if axis not in (None, 1):
        raise MXNetError(f"getnnz: axis={axis}; expected None or 1")


@operator("_contrib_edge_id")
def edge_id(data: torch.Tensor, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """The elements of a matrix at (u, v), and -1 where none is stored: edges of a graph by their ends.

    Parameters
    ----------
    data : CSRNDArray
        the matrix; of a dense one, which MXNet does not take, zeros count as not stored
    u, v : NDArray
        (n,): rows and columns

    Examples
    --------
    >>> graph = mx.nd.sparse.csr_matrix(([5, 7], [1, 0], [0, 1, 2]), shape=(2, 2))
    >>> mx.nd.contrib.edge_id(graph, mx.nd.array([0, 0]), mx.nd.array([0, 1])).asnumpy().tolist()
    [-1.0, 5.0]
    """
    if u.shape != v.shape or u.dim() != 1 or data.dim() != 2:
        raise MXNetError(
            f"edge_id: data is {describe(data)}, u {describe(u)}, v {describe(v)}; expected a matrix and two vectors "
            "of one length"
        )
    found = data[_rows_alone(u, data.shape[0], "edge_id"), _rows_alone(v, data.shape[1], "edge_id")]
    return torch.where(found != 0, found, torch.full_like(found, -1))


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "_sparse_retain")
def _kept(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (outputs[0], None)


rule("inputs", "_contrib_getnnz")("a count says nothing of what is counted")


@rule("inputs", "_contrib_edge_id")
def _ends(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Sequence[Shape | None]:
    return (None, outputs[0], outputs[0])


rule("outputs", "_sparse_retain")(as_first_input)


@rule("outputs", "_contrib_edge_id")
def _of_ends(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (inputs[1],)


rule("dtype", "_sparse_retain", "_contrib_edge_id")(follows(0))


@rule("dtype", "_contrib_getnnz")
def _counts(inputs: Any, outputs: Any, attributes: Any) -> Any:
    return (None,), (torch.int64,)
