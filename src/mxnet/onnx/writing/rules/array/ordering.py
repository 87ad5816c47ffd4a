"""Sorting, and the largest and smallest elements.

Equal elements come in the order of their positions, as ONNX has it; MXNet leaves theirs to its sorting algorithm.
"""

from __future__ import annotations

import math

from .....ops.registry import rule
from ...lengths import Length, product
from ...terms import Term
from ...walking import At

Terms = Term | tuple[Term, ...]


def ordered(at: At, data: Term, axis: int, count: Length, largest: bool) -> list[Term]:
    """The first elements in order along an axis, and their positions (int64)."""
    exact = at.wide(data)
    values, positions = at.ops(
        "TopK",
        exact,
        at.builder.length(count),
        dtypes=[exact.dtype, "int64"],
        axis=axis,
        largest=int(largest),
        sorted=1,
    )
    return [values.cast(data.dtype), positions]


def _along(at: At, data: Term) -> tuple[Term, int, Length]:
    """The data, flat where there is no axis, with the axis and its length."""
    if at["axis"] is None or not data.rank:
        return data.reshape(-1), 0, product(data.lengths)
    axis = at["axis"] % data.rank
    return data, axis, data.lengths[axis]


@rule("onnx", "topk")
def topk(at: At, data: Term) -> Terms:
    along, axis, length = _along(at, data)
    count = at["k"] if at["k"] > 0 else length
    values, positions = ordered(at, along, axis, count, not at["is_ascend"])
    wanted = at["ret_typ"]
    if wanted == "mask":
        flat = (product(data.lengths),) if at["axis"] is None or not data.rank else data.lengths
        zeros = at.expand(at.constant(0, data.dtype), flat)
        ones = at.expand(at.constant(1, data.dtype), [count if each == axis else n for each, n in enumerate(flat)])
        return at.op("ScatterElements", zeros, positions, ones, axis=axis).reshape(*data.lengths)
    if not data.rank:
        values, positions = values.reshape(*at.shape), positions.reshape(*at.shape)
    if wanted == "both":
        return values, positions
    return values if wanted == "value" else positions


@rule("onnx", "sort")
def sort(at: At, data: Term) -> Term:
    along, axis, length = _along(at, data)
    found = ordered(at, along, axis, length, not at["is_ascend"])[0]
    return found if data.rank or at["axis"] is None else found.reshape(*at.shape)


@rule("onnx", "argsort")
def argsort(at: At, data: Term) -> Term:
    along, axis, length = _along(at, data)
    found = ordered(at, along, axis, length, not at["is_ascend"])[1]
    return found if data.rank or at["axis"] is None else found.reshape(*at.shape)


@rule("onnx", "_npi_percentile")
def percentile(at: At, a: Term, q: Term | None = None) -> Term:
    kind = "float64" if a.dtype == "float64" else "float32"
    if q is None:
        points = at.constant([at["q_scalar"]], "float64")
        shape: tuple[Length, ...] = ()
    else:
        points, shape = q.cast("float64").reshape(-1), q.lengths
    axis, rank = at["axis"], a.rank
    if axis == ():
        axes = []
    elif axis is None or not rank:
        axes = list(range(rank))
    else:
        axes = sorted(each % rank for each in ((axis,) if isinstance(axis, int) else axis))
    left = [each for each in range(rank) if each not in axes]
    count = product([a.lengths[each] for each in axes])
    flat = a.cast(kind).transpose(*left, *axes).reshape(*[a.lengths[each] for each in left], count)
    values = ordered(at, flat, len(left), count, largest=False)[0]
    wrong = at.op("IsNaN", flat).cast("int32").reduce("Max", [len(left)]).cast("bool")
    values = at.where(wrong, math.nan, values)
    place = points * 0.01 * (at.builder.length(count) - 1).cast("float64")
    low, high = at.op("Floor", place), at.op("Ceil", place)
    way = at["interpolation"]
    if way == "nearest":
        low = high = at.op("Floor", place + 0.5)
    elif way == "lower":
        high = low
    elif way == "higher":
        low = high
    share = (high - low) * 0.5 if way == "midpoint" else place - low
    first = at.op("Gather", values, low.cast("int64"), axis=len(left))
    if low is not high:
        second = at.op("Gather", values, high.cast("int64"), axis=len(left))
        first = first + (second - first) * share.cast(kind)
    found = first.transpose(len(left), *range(len(left)))
    return found.reshape(*shape, *at.shape[len(shape) :])
