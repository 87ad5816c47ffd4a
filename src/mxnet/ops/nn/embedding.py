"""Looking up by index: rows of a table, an element of each slice, one-hot rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch

from ...base import MXNetError
from .. import host
from ..dtype_rules import Kinds, by_attribute, first_known, follows
from ..gradients import constant, piecewise_constant
from ..math.reduce import axis_within
from ..registry import DType, Scalar, Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, length_or, merged, with_axis, with_new_axis, without_axis

__all__ = ["embedding", "fill_element_0index", "one_hot", "pick"]


def _table(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    return {"weight": (attributes["input_dim"], attributes["output_dim"])}


class _RowsOf(torch.autograd.Function):
    """Rows of a table, whose gradient is sparse: the rows that were looked up, in torch's format of coordinates."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        ctx.rows, ctx.shape = rows, weight.shape
        return torch.nn.functional.embedding(rows, weight)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[None, torch.Tensor]:
        values = gradient.reshape(ctx.rows.numel(), -1)
        return None, torch.sparse_coo_tensor(ctx.rows.reshape(1, -1), values, ctx.shape, check_invariants=False)


@operator(
    "Embedding", "_npx_embedding", "_sparse_Embedding", "_contrib_SparseEmbedding", params=_table,
    unlearned=("data",), kept_names=("_contrib_SparseEmbedding",),
)  # fmt: skip
def embedding(
    data: torch.Tensor,
    weight: torch.Tensor,
    *,
    input_dim: int,
    output_dim: int,
    dtype: DType = torch.float32,
    sparse_grad: bool = False,
) -> torch.Tensor:
    """The rows of a table at given indices; an index out of range takes the nearest row.

    Parameters
    ----------
    data : NDArray
        indices, of any shape and dtype
    weight : NDArray (input_dim, output_dim)
        the table
    sparse_grad : bool
        the gradient of a table that is a variable is the rows that were looked up, which a row_sparse buffer takes as
        they are

    Examples
    --------
    >>> mx.nd.Embedding(mx.nd.array([2, 0]), mx.nd.arange(6).reshape((3, 2)), input_dim=3, output_dim=2)
    <BLANKLINE>
    [[4. 5.]
     [0. 1.]]
    <NDArray 2x2 @cpu(0)>
    """
    if tuple(weight.shape) != (input_dim, output_dim):
        raise MXNetError(f"Embedding: weight is {describe(weight)}; expected {(input_dim, output_dim)}")
    rows = data.long().clamp(0, input_dim - 1)
    if sparse_grad and weight.requires_grad and weight.is_leaf:
        return _RowsOf.apply(rows, weight)
    return torch.nn.functional.embedding(rows, weight)


def _places(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    data = list(shapes["data"])
    axis = attributes["axis"]
    del data[axis]
    return {"index": tuple(data)}


def _picked(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    """The shape of what is picked, where the places have just the other axes."""
    data, axis = shapes[0], attributes["axis"]
    if axis is None or not -len(data) <= axis < len(data) or len(data) < 2:
        return None
    axis %= len(data)
    others = (*data[:axis], *data[axis + 1 :])
    if tuple(shapes[1]) != others:
        return None
    return (*data[:axis], 1, *data[axis + 1 :]) if attributes["keepdims"] else others


@operator(
    "pick",
    "_npx_pick",
    "choose_element_0index",
    params=_places,
    shape=_picked,
    method=True,
    role="picking",
    unlearned=("index",),
)
def pick(
    data: torch.Tensor,
    index: torch.Tensor,
    *,
    axis: int | None = -1,
    keepdims: bool = False,
    mode: Literal["clip", "wrap"] = "clip",
) -> torch.Tensor:
    """One element of each slice along an axis.

    Parameters
    ----------
    data : NDArray
        any shape
    index : NDArray
        the element's place in each slice: data's shape without the axis, or with 1 there
    axis : int
        the axis to pick along
    keepdims : bool
        keep that axis with length 1
    mode : str
        an index out of range counts as the nearest ('clip') or modulo the length ('wrap')

    Examples
    --------
    >>> mx.nd.pick(mx.nd.array([[1, 2], [3, 4]]), mx.nd.array([1, 0])).asnumpy().tolist()
    [2.0, 3.0]
    """
    if axis is None:
        raise MXNetError("pick: axis=None; expected an axis")
    axis = axis_within("pick", axis, data.dim())
    kept = tuple(1 if each == axis else length for each, length in enumerate(data.shape))
    dropped = kept[:axis] + kept[axis + 1 :]
    if tuple(index.shape) not in (kept, dropped):
        raise MXNetError(
            f"pick: index is {describe(index)} for data {describe(data)}; expected shape {dropped} or {kept}"
        )
    places = index.long().reshape(kept)
    length = data.shape[axis]
    places = places.remainder(length) if mode == "wrap" else places.clamp(0, length - 1)
    picked = data.gather(axis, places)
    return picked if keepdims or data.dim() == 1 else picked.squeeze(axis)  # no result is without axes


@operator("one_hot", "_npx_one_hot", method=True)
def one_hot(
    indices: torch.Tensor,
    *,
    depth: int,
    on_value: Scalar = 1.0,
    off_value: Scalar = 0.0,
    dtype: DType = torch.float32,
) -> torch.Tensor:
    """A new last axis of length ``depth`` with ``on_value`` at each index and ``off_value`` elsewhere.

    Parameters
    ----------
    indices : NDArray
        any shape; an index out of range gives a row of ``off_value``
    depth : int
        the length of the new axis

    Examples
    --------
    >>> mx.nd.one_hot(mx.nd.array([1, 0]), 3).asnumpy().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    classes = torch.arange(depth, device=indices.device)
    hits = indices.long().unsqueeze(-1) == classes
    dtype = dtype or torch.float32
    on, off = (torch.full((), value, dtype=dtype, device=indices.device) for value in (on_value, off_value))
    return constant(torch.where(hits, on, off), indices)


@operator("fill_element_0index", host=host.CHECKS, unlearned=("rhs",))
def fill_element_0index(lhs: torch.Tensor, mhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    """A matrix of which one element of each row is another number.

    Parameters
    ----------
    lhs : NDArray (rows, columns), float32
        the matrix, which is copied
    mhs : NDArray (rows,)
        the numbers
    rhs : NDArray (rows,)
        the columns they are written to

    Raises
    ------
    MXNetError
        other shapes, another dtype, a column that is not there

    Examples
    --------
    >>> mx.nd.fill_element_0index(mx.nd.zeros((2, 3)), mx.nd.array([5, 6]), mx.nd.array([0, 2])).asnumpy().tolist()
    [[5.0, 0.0, 0.0], [0.0, 0.0, 6.0]]
    """
    rows = lhs.shape[:1]
    if lhs.dim() != 2 or mhs.shape != rows or rhs.shape != rows:
        raise MXNetError(
            f"fill_element_0index: lhs {describe(lhs)}, mhs {describe(mhs)}, rhs {describe(rhs)}; expected a matrix, "
            "and a vector of a number for each row, twice"
        )
    if any(each.dtype is not torch.float32 for each in (lhs, mhs, rhs)):
        raise MXNetError(f"fill_element_0index: lhs is {describe(lhs)}; expected float32 for all inputs")
    place = rhs.detach().long()
    if not lhs.is_meta and bool(((place < 0) | (place >= lhs.shape[1])).any()):
        raise MXNetError(f"fill_element_0index: rhs is {rhs.tolist()}; expected columns of lhs {describe(lhs)}")
    return lhs.scatter(1, place.unsqueeze(1), mhs.unsqueeze(1))


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "Embedding", "one_hot")
def _without_the_last(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if out is None or len(out) < 2 else out[:-1],)


@rule("inputs", "pick")
def _picked_from(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The axes that are left are those of the index and of the output."""
    data, index, out, axis = inputs[0], inputs[1], outputs[0], attributes["axis"]
    if axis is None or (data is not None and not -len(data) <= axis < len(data)):
        return (None,)
    rank = None if data is None else len(data)
    if out is not None:
        rank = len(out) + (not attributes["keepdims"])
    if rank is None or rank == 1:
        return (None,)
    wide = None if out is None else out if attributes["keepdims"] else with_new_axis(out, axis, UNKNOWN)
    known = [
        None if each is None or len(each) != rank else with_axis(each, axis, UNKNOWN) for each in (data, index, wide)
    ]
    if index is not None and len(index) == rank - 1:
        known.append(with_new_axis(index, axis, UNKNOWN))
    together = merged(known)
    if together is None:
        return (None,)
    if index is None:
        return (together,)
    return together, without_axis(together, axis) if len(index) == rank - 1 else with_axis(together, axis, 1)


@rule("inputs", "fill_element_0index")
def _one_of_each_row(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    rows = (max(length_or(each, 0) for each in (*inputs, outputs[0])),)
    matrix = merged((inputs[0], outputs[0]))
    return (*rows, length_or(matrix, 1)), rows, rows


rule("dtype", "pick")(follows(0))
rule("dtype", "one_hot")(by_attribute())


@rule("dtype", "Embedding")
def _vectors(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    kind = first_known((inputs[1], *outputs, attributes["dtype"]))
    return (None, kind), (kind,)


rule("head", "one_hot")(piecewise_constant)
