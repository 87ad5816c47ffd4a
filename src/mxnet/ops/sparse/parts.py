"""Storage types, parts of matrices, sums: what operators say of sparse inputs whose result has another shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
from ..array.slicing import bounds_of
from ..math.reduce import reduced_axes
from ..registry import OPERATORS, describe
from ..storage import Csr, RowSparse, Stored, cast
from . import operators
from .elementwise import at_stored, placed
from .rules import Operands, dense, sparse_only, stypes, takes

Tensor = torch.Tensor
Attributes = Mapping[str, Any]


def _passed_on(
    above: Tensor, inputs: Operands, result: Any, attributes: Attributes, wanted: Sequence[bool]
) -> list[Tensor]:
    return [above]


@takes("cast_storage", gradient=_passed_on)
def cast_storage(inputs: Operands, attributes: Attributes) -> Any:
    """The elements as they are."""
    return cast(inputs[0], attributes["stype"])


@takes("slice")
def slice_(inputs: Operands, attributes: Attributes) -> Any:
    """A window of a csr matrix, without steps."""
    record = inputs[0]
    if not isinstance(record, Csr) or any(step not in (None, 1) for step in attributes["step"]):
        return None
    bounds = bounds_of("slice", record.shape, attributes["begin"], attributes["end"])
    record = record.proper().sliced(*bounds[0])
    if len(bounds) > 1:
        first, last = bounds[1]
        kept = (record.indices >= first) & (record.indices < last)
        rows = record.row_of_each[kept]
        record = Csr.placed(record.values[kept], rows, record.indices[kept] - first, (record.shape[0], last - first))
    return record


@takes("Concat")
def concat(inputs: Operands, attributes: Attributes) -> Any:
    """Csr matrices below each other."""
    if attributes["dim"] != 0 or set(stypes(inputs)) != {"csr"}:
        return None
    if len({(each.shape[1], each.dtype) for each in inputs}) > 1:
        return None
    records = [each.proper() for each in inputs]
    rows = sum(each.shape[0] for each in records)
    beginnings, before = [torch.zeros(1, dtype=torch.int64, device=records[0].device)], 0
    for each in records:
        beginnings.append(each.indptr[1:] + before)
        before += each.values.numel()
    values, columns = (torch.cat([getattr(each, name) for each in records]) for name in ("values", "indices"))
    return Csr(values, columns, torch.cat(beginnings), (rows, records[0].shape[1]), True)


@takes("take")
def take(inputs: Operands, attributes: Attributes) -> Any:
    """Rows of a csr matrix."""
    record, indices = inputs
    mode = attributes["mode"]
    if stypes(inputs) != ("csr", "default") or attributes["axis"] != 0 or mode == "raise":
        return None
    if indices.dim() != 1:
        raise MXNetError(f"take: indices is {describe(indices)}; expected one axis for rows of a csr matrix")
    record, count = record.checked(), record.shape[0]
    wanted = indices.long()
    wanted = wanted.clamp(0, count - 1) if mode == "clip" else wanted % count
    return record.taken(wanted)


@takes("where")
def where(inputs: Operands, attributes: Attributes) -> Any:
    """Dense elements by a csr matrix: those of y, and of x where the matrix has any but zeros."""
    condition, one, other = inputs
    if stypes(inputs) != ("csr", "default", "default") or not condition.shape == one.shape == other.shape:
        return None
    condition = condition.proper()
    chosen = condition.values != 0
    rows, columns = condition.row_of_each[chosen], condition.indices[chosen]
    result = other.clone()
    result[rows, columns] = one[rows, columns]
    return result


# --- sums -----------------------------------------------------------------------------------------------------------


def _sums(record: Csr, axis: int) -> Tensor:
    """(columns,) or (rows,): the sums along an axis of a csr matrix."""
    places = record.indices if axis == 0 else record.row_of_each
    total = torch.zeros(record.shape[1 - axis], dtype=record.dtype, device=record.device)
    return total.index_add_(0, places, record.values)


def _reduced(name: str, mean: bool) -> Any:
    def compute(inputs: Operands, attributes: Attributes) -> Any:
        record = inputs[0]
        if not isinstance(record, Csr) or not record.dtype.is_floating_point:
            return None
        axes = reduced_axes(name, torch.empty(record.shape, device="meta"), attributes["axis"], attributes["exclude"])
        if len(axes) != 1:
            return None
        axis = axes[0]
        total = _sums(record.proper(), axis)
        if mean:
            total /= record.shape[axis]
        return total.unsqueeze(axis) if attributes["keepdims"] else total

    return compute


takes("sum")(_reduced("sum", False))
takes("mean")(_reduced("mean", True))


@takes("norm")
def norm(inputs: Operands, attributes: Attributes) -> Any:
    """The norm of all elements, which is that of those that are stored."""
    if attributes["axis"] is not None or attributes["keepdims"]:
        return None
    return OPERATORS["norm"].function(inputs[0].proper().values, **attributes)


def _square_sum_gradient(
    above: Tensor, inputs: Operands, result: Any, attributes: Attributes, wanted: Sequence[bool]
) -> list[Tensor]:
    record, above = inputs[0].proper(), dense(above)
    axis = attributes["axis"][0] if isinstance(attributes["axis"], tuple) else attributes["axis"]
    if not attributes["keepdims"]:
        above = above.unsqueeze(axis)
    return [placed(2 * record.values * at_stored(above.expand(record.shape), record), record)]


@takes("_square_sum", gradient=_square_sum_gradient)
def square_sum(inputs: Operands, attributes: Attributes) -> Any:
    """Sums of squares of an array of rows, along one of its two axes."""
    record = inputs[0]
    axes = reduced_axes(
        "_square_sum", torch.empty(record.shape, device="meta"), attributes["axis"], attributes["exclude"]
    )
    if not isinstance(record, RowSparse) or len(record.shape) != 2 or len(axes) != 1:
        raise sparse_only("_square_sum", inputs, "a row_sparse matrix and one axis")
    record = record.proper()
    squares = record.values.square()
    if axes[0] == 0:
        return squares.sum(0, keepdim=attributes["keepdims"])
    of_rows = RowSparse(squares.sum(1, keepdim=True), record.indices, (record.shape[0], 1), True)
    return of_rows if attributes["keepdims"] else of_rows.dense().reshape(-1)


# --- what is stored -------------------------------------------------------------------------------------------------


@takes("_contrib_getnnz")
def getnnz(inputs: Operands, attributes: Attributes) -> Any:
    """Counted by the beginnings of rows."""
    record = inputs[0]
    operators.check_axis(attributes["axis"])
    if not isinstance(record, Csr):
        raise sparse_only("_contrib_getnnz", inputs, "a csr matrix")
    if attributes["axis"] == 1:
        return record.indptr[1:] - record.indptr[:-1]
    return torch.tensor([record.values.numel()], device=record.device)


@takes("_contrib_edge_id")
def edge_id(inputs: Operands, attributes: Attributes) -> Any:
    """Looked up among what is stored."""
    record, u, v = inputs
    if not isinstance(record, Csr) or any(isinstance(each, Stored) for each in (u, v)):
        raise sparse_only("_contrib_edge_id", inputs, "a csr matrix and two dense vectors")
    record = record.proper()
    rows, columns = u.long(), v.long()
    within = (rows >= 0) & (rows < record.shape[0]) & (columns >= 0) & (columns < record.shape[1])
    found = torch.full(rows.shape, -1, dtype=record.dtype, device=record.device)
    count = record.values.numel()
    if count:
        wanted = torch.where(within, rows * record.shape[1] + columns, -1)
        places = torch.searchsorted(record.keys, wanted).clamp_(max=count - 1)
        there = record.keys[places] == wanted
        found[there] = record.values[places[there]]
    return found
