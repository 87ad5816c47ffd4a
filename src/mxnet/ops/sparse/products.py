"""``dot`` of sparse matrices, and looking up rows."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
from ..registry import describe
from ..storage import Csr, RowSparse, Stored, cast, wants_rows
from . import operators  # noqa: F401 - its operators get rules here
from .elementwise import at_stored
from .rules import Operands, dense, sparse_only, stypes, takes

__all__ = ["times"]

Tensor = torch.Tensor
Attributes = Mapping[str, Any]


@functools.cache
def _made_once() -> None:
    """Make one matrix in torch's csr format: torch says once that the format is in beta."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.sparse_csr_tensor(torch.tensor([0, 0]), torch.tensor([], dtype=torch.int64), torch.tensor([]), (1, 1))


def _torch_csr(record: Csr) -> Tensor:
    _made_once()
    return torch.sparse_csr_tensor(record.indptr, record.indices, record.values, record.shape, check_invariants=False)


def times(record: Csr, right: Tensor) -> Tensor:
    """A csr matrix times a dense one.

    Parameters
    ----------
    record : Csr
        (n, m)
    right : Tensor
        (m, k)

    Returns
    -------
    Tensor
        (n, k)
    """
    if not record.values.numel() or not right.numel():
        return torch.zeros(record.shape[0], right.shape[1], dtype=right.dtype, device=right.device)
    return _torch_csr(record.proper()) @ right


def transposed_times(record: Csr, right: Tensor) -> RowSparse:
    """The transpose of a csr matrix times a dense one: of the product the rows of columns that are stored.

    Parameters
    ----------
    record : Csr
        (n, m)
    right : Tensor
        (n, k)

    Returns
    -------
    RowSparse
        (m, k)
    """
    record = record.proper()
    shape = (record.shape[1], right.shape[1])
    columns, places = torch.unique(record.indices, return_inverse=True)
    if not columns.numel():
        return RowSparse.empty(shape, right.dtype, right.device)
    order = torch.argsort(places, stable=True)
    small = Csr.placed(
        record.values[order], places[order], record.row_of_each[order], (columns.numel(), record.shape[0])
    )
    return RowSparse(times(small, right), columns, shape, True)


def _of_rows(record: Csr, other: RowSparse) -> tuple[Csr, Tensor]:
    """The rows of a csr matrix that are stored of another array, and those rows of that."""
    rows = record.row_of_each
    places = torch.searchsorted(other.indices, rows).clamp_(max=max(other.indices.numel() - 1, 0))
    kept = other.indices[places] == rows if other.indices.numel() else torch.zeros_like(rows, dtype=torch.bool)
    shape = (other.indices.numel(), record.shape[1])
    return Csr.placed(record.values[kept], places[kept], record.indices[kept], shape), other.values


def _checked(one: Any, other: Any, transpose_a: bool, transpose_b: bool) -> None:
    if len(one.shape) != 2 or len(other.shape) != 2:
        raise MXNetError(f"dot: {tuple(one.shape)} and {tuple(other.shape)}; sparse matrices go with matrices alone")
    if one.dtype is not other.dtype:
        raise MXNetError(f"dot: lhs is {_words(one)}, rhs is {_words(other)}; expected one dtype")
    if one.dtype not in (torch.float32, torch.float64):
        raise MXNetError(f"dot: lhs is {_words(one)}; sparse products are of float32 or float64")
    inner, outer = one.shape[0 if transpose_a else 1], other.shape[1 if transpose_b else 0]
    if inner != outer:
        raise MXNetError(
            f"dot: {tuple(one.shape)} (transpose_a={transpose_a}) and {tuple(other.shape)} "
            f"(transpose_b={transpose_b}) do not fit: {inner} columns and {outer} rows"
        )


def _words(value: Any) -> str:
    return repr(value) if isinstance(value, Stored) else describe(value)


def _csr_dot(one: Csr, other: Any, transpose_a: bool, forward: str | None) -> Any:
    """A csr matrix times a dense or row-sparse one: dense, or with the transpose a matrix of rows."""
    if not transpose_a:
        return times(one, dense(other)) if forward in (None, "default") else None
    if forward == "csr":
        return None
    if isinstance(other, RowSparse):
        one, right = _of_rows(one.proper(), other.proper())
    else:
        right = other
    product = transposed_times(one, right)
    return product.dense() if forward == "default" else product


def _dense_dot(one: Tensor, other: Csr, transpose_b: bool, forward: str | None) -> Any:
    """A dense matrix times a csr one: csr, with every column that the csr one has; or dense."""
    if transpose_b:
        return times(other, one.T).T.contiguous() if forward == "default" else None
    if forward == "row_sparse":
        return None
    product = transposed_times(other, one.T)  # (columns, rows of the product)
    if forward == "default":
        return product.dense().T.contiguous()
    columns, rows = product.indices, one.shape[0]
    row_of_each = torch.arange(rows, device=one.device).repeat_interleave(columns.numel())
    return Csr.placed(product.values.T.reshape(-1), row_of_each, columns.repeat(rows), (rows, other.shape[1]))


def _dot_gradient(
    above: Tensor, inputs: Operands, result: Any, attributes: Attributes, wanted: Sequence[bool]
) -> list[Tensor | None]:
    """Of the dense or row-sparse factor; that of a csr matrix is dense."""
    one, other = inputs
    transpose_a, transpose_b = attributes["transpose_a"], attributes["transpose_b"]
    above = dense(above)
    found: list[Tensor | None] = [None, None]
    if wanted[1]:
        if isinstance(one, Csr):
            side: Any = times(one, above) if transpose_a else transposed_times(one, above)
            if isinstance(side, RowSparse):
                side = side.coo() if not transpose_b and wants_rows(other) else side.dense()
        else:
            left = dense(one)
            side = (left if transpose_a else left.T) @ above
        found[1] = side.T if transpose_b else side
    if wanted[0]:
        if isinstance(other, Csr):
            turned = above.T.contiguous()
            side = transposed_times(other, turned).dense() if transpose_b else times(other, turned)
            side = side.T
        else:
            right = dense(other)
            side = above @ (right if transpose_b else right.T)
        found[0] = side.T if transpose_a else side
    return [None if each is None else each if each.is_sparse else each.contiguous() for each in found]


@takes("dot", gradient=_dot_gradient)
def dot(inputs: Operands, attributes: Attributes) -> Any:
    """Products with a csr matrix on either side; in what storage the product is, MXNet says."""
    one, other = inputs
    transpose_a, transpose_b = attributes["transpose_a"], attributes["transpose_b"]
    forward = attributes["forward_stype"]
    _checked(one, other, transpose_a, transpose_b)
    kinds = stypes(inputs)
    if kinds[0] == "csr" and kinds[1] in ("default", "row_sparse") and not transpose_b:
        result = _csr_dot(one, other, transpose_a, forward)
    elif kinds == ("default", "csr") and not transpose_a:
        result = _dense_dot(one, other, transpose_b, forward)
    else:
        result = None
    if result is not None:
        return result
    left, right = dense(one), dense(other)
    product = (left.T if transpose_a else left) @ (right.T if transpose_b else right)
    default = "csr" if kinds == ("default", "csr") and not transpose_a else "default"
    return cast(product, forward or default)


# --- rows -----------------------------------------------------------------------------------------------------------


def _indices(data: Any, rows: int, name: str) -> Tensor:
    wanted = dense(data).long()
    if wanted.numel() and (int(wanted.min()) < 0 or int(wanted.max()) >= rows):
        raise MXNetError(f"{name}: indices from {int(wanted.min())} to {int(wanted.max())}; there are {rows} rows")
    return wanted


def _embedding_gradient(
    above: Tensor, inputs: Operands, result: Any, attributes: Attributes, wanted: Sequence[bool]
) -> list[Tensor | None]:
    data, weight = inputs
    rows = dense(data).long().reshape(1, -1)
    values = dense(above).reshape(rows.numel(), -1)
    sums = torch.sparse_coo_tensor(rows, values, weight.shape, check_invariants=False)
    return [None, sums]


@takes("Embedding", gradient=_embedding_gradient)
def embedding(inputs: Operands, attributes: Attributes) -> Any:
    """Rows of a table that has some; those it has not are zero."""
    data, weight = inputs
    if not isinstance(weight, RowSparse):
        return None
    expected = (attributes["input_dim"], attributes["output_dim"])
    if weight.shape != expected:
        raise MXNetError(f"Embedding: weight is {weight!r}; expected {expected}")
    wanted = _indices(data, weight.shape[0], "Embedding")
    return weight.rows(wanted.reshape(-1)).reshape(*wanted.shape, weight.shape[1])


def _retain_gradient(
    above: Tensor, inputs: Operands, result: Any, attributes: Attributes, wanted: Sequence[bool]
) -> list[Tensor | None]:
    rows = torch.unique(dense(inputs[1]).long().reshape(-1))
    shape = inputs[0].shape
    kept = RowSparse(at_stored(above, RowSparse(rows, rows, shape, True)), rows, shape, True)
    return [kept.coo(), None]


def retained(record: RowSparse, wanted: Tensor) -> RowSparse:
    """The rows of some indices, in the order in which those are given; none of an array that has none."""
    if not record.indices.numel():
        return RowSparse.empty(record.shape, record.dtype, record.device)
    return RowSparse(record.rows(wanted), wanted, record.shape)


@takes("_sparse_retain", gradient=_retain_gradient)
def retain(inputs: Operands, attributes: Attributes) -> Any:
    """Some rows, as they are asked for."""
    data, indices = inputs
    if not isinstance(data, RowSparse):
        raise sparse_only("_sparse_retain", inputs, "a row_sparse array and its indices")
    return retained(data, _indices(indices, data.shape[0], "retain").reshape(-1))
