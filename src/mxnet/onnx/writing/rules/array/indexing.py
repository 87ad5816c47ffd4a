"""Elements at positions."""

from __future__ import annotations

import numpy as np

from .....ops.registry import rule
from ...lengths import Length, Varying
from ...terms import Term
from ...walking import At

__all__ = ["count", "numbers", "within"]


def count(at: At, length: Length) -> Term:
    """A length as a term without axes."""
    return at.builder.length(length).squeeze(0) if isinstance(length, Varying) else at.constant(length)


def numbers(at: At, length: Length, dtype: str = "int64") -> Term:
    """0, 1, 2, … up to a length."""
    if isinstance(length, Varying):
        return at.op("Range", at.constant(0), count(at, length), at.constant(1)).cast(dtype)
    return at.constant(np.arange(length), dtype)


def within(at: At, positions: Term, length: Length, mode: str = "clip") -> Term:
    """Positions as int64, those outside an axis moved to its ends, or counted modulo its length."""
    positions = positions.cast("int64")
    if mode == "raise":
        return positions
    if mode == "wrap":
        return at.op("Mod", positions, count(at, length))
    return at.op("Clip", positions, at.constant(0), count(at, length - 1))


@rule("onnx", "take")
def take(at: At, a: Term, indices: Term) -> Term:
    axis = at["axis"] % a.rank
    return at.op("Gather", a, within(at, indices, a.lengths[axis], at["mode"]), axis=axis)


@rule("onnx", "Embedding")
def embedding(at: At, data: Term, weight: Term) -> Term:
    return at.op("Gather", weight, within(at, data, at["input_dim"]), axis=0)


@rule("onnx", "pick")
def pick(at: At, data: Term, index: Term) -> Term:
    axis = at["axis"] % data.rank
    places = within(at, index, data.lengths[axis], at["mode"])
    if index.rank != data.rank:
        places = places.unsqueeze(axis)
    found = at.op("GatherElements", data, places, axis=axis)
    return found if at["keepdims"] or data.rank == 1 else found.squeeze(axis)


@rule("onnx", "batch_take")
def batch_take(at: At, a: Term, indices: Term) -> Term:
    classes = a.lengths[-1]
    rows = a if a.rank == 2 else a.reshape(-1, classes)
    places = within(at, indices.reshape(-1), classes).unsqueeze(1)
    found = at.op("GatherElements", rows, places, axis=1)
    return found.squeeze(1) if indices.rank == 1 else found.reshape(*indices.lengths)


def _tuples(indices: Term) -> Term:
    """Positions along several axes, from rows to the last axis."""
    return indices.cast("int64").transpose(*range(1, indices.rank), 0)


@rule("onnx", "gather_nd")
def gather_nd(at: At, data: Term, indices: Term) -> Term:
    return at.op("GatherND", data, _tuples(indices))


@rule("onnx", "scatter_nd")
def scatter_nd(at: At, data: Term, indices: Term) -> Term:
    return at.op("ScatterND", at.expand(at.constant(0, data.dtype), at.shape), _tuples(indices), data)


@rule("onnx", "_scatter_set_nd")
def scatter_set_nd(at: At, lhs: Term, rhs: Term, indices: Term) -> Term:
    return at.op("ScatterND", lhs, _tuples(indices), rhs)


@rule("onnx", "_contrib_index_copy")
def index_copy(at: At, old_tensor: Term, index_vector: Term, new_tensor: Term) -> Term:
    return at.op("ScatterND", old_tensor, index_vector.cast("int64").unsqueeze(1), new_tensor)


@rule("onnx", "fill_element_0index")
def fill_element_0index(at: At, lhs: Term, mhs: Term, rhs: Term) -> Term:
    return at.op("ScatterElements", lhs, rhs.cast("int64").unsqueeze(1), mhs.unsqueeze(1), axis=1)


@rule("onnx", "_contrib_index_array")
def index_array(at: At, data: Term) -> Term:
    axes = range(data.rank) if at["axes"] is None else [axis % data.rank for axis in at["axes"]]
    columns = []
    for axis in axes:
        along = numbers(at, data.lengths[axis]).reshape(*[-1 if each == axis else 1 for each in range(data.rank)])
        columns.append(at.expand(along, data.lengths).unsqueeze(data.rank))
    return at.concat(columns, data.rank)


@rule("onnx", "one_hot")
def one_hot(at: At, indices: Term) -> Term:
    classes = at.constant(np.arange(at["depth"]))
    hits = indices.cast("int64").unsqueeze(indices.rank).equal(classes)
    kind = "int32" if at.dtype == "bool" else at.dtype
    return at.where(hits, at["on_value"], at["off_value"], dtype=kind)


@rule("onnx", "_ravel_multi_index")
def ravel_multi_index(at: At, data: Term) -> Term:
    rows = data.cast("int64").split(0, [1] * len(at["shape"]))
    flat = rows[0]
    for row, length in zip(rows[1:], at["shape"][1:]):
        flat = flat * length + row
    return flat.squeeze(0)


@rule("onnx", "_unravel_index")
def unravel_index(at: At, data: Term) -> Term:
    left, rows = data.cast("int64"), []
    for length in reversed(at["shape"][1:]):
        rest = at.op("Mod", left, at.constant(length))
        rows.append(rest.unsqueeze(0))
        left = (left - rest) / length
    return at.concat([left.unsqueeze(0), *reversed(rows)], 0)


@rule("onnx", "_histogram")
def histogram(at: At, data: Term, bins: Term | None = None) -> tuple[Term, Term]:
    if bins is None:
        low, high = at["range"]
        steps = np.arange(at["bin_cnt"] + 1)
        bins = at.constant(low + steps * ((high - low) / at["bin_cnt"]), data.dtype)
    values, edges = data.reshape(-1, 1).cast("float64"), bins.cast("float64")
    above = (values >= edges).cast("int64").reduce("Sum", [0], keepdims=False)
    beyond = (values > edges).cast("int64").reduce("Sum", [0], keepdims=False)
    # the last bin holds its upper edge too
    upper = at.concat([above.slice(0, 1, -1), beyond.slice(0, -1, None)], 0)
    return above.slice(0, 0, -1) - upper, bins


@rule("onnx", "_npi_boolean_mask_assign_scalar")
def boolean_mask_assign_scalar(at: At, data: Term, mask: Term) -> Term:
    return at.where(_mask(at, data, mask), at["value"], data)


@rule("onnx", "_npi_boolean_mask_assign_tensor")
def boolean_mask_assign_tensor(at: At, data: Term, mask: Term, value: Term) -> Term:
    """The entries of the value in order, at the places where the mask holds."""
    start, after = at["start_axis"], data.rank - at["start_axis"] - mask.rank
    lengths: list[Length] = [*[1] * (start + 1 + after - value.rank), *value.lengths]
    entries = value.cast(data.dtype).reshape(*lengths)
    if lengths[start] == 1:
        entries = entries.squeeze(start).unsqueeze(*range(start, start + mask.rank))
    else:
        holds = mask if mask.dtype == "bool" else ~mask.equal(0)
        number = at.op("CumSum", holds.reshape(-1).cast("int64"), at.constant(0)) - 1
        place = at.op("Max", number, at.constant(0)).reshape(*mask.lengths)
        entries = at.op("Gather", entries, place, axis=start)
    return at.where(_mask(at, data, mask), entries, data)


def _mask(at: At, data: Term, mask: Term) -> Term:
    """A mask with axes for all of the data's."""
    holds = mask if mask.dtype == "bool" else ~mask.equal(0)
    start = at["start_axis"]
    after = data.rank - start - mask.rank
    return holds.unsqueeze(*range(mask.rank, mask.rank + after)) if after else holds
