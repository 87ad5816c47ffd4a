"""Boxes: corners, overlaps, and which of those that overlap stay."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .....ops.registry import rule
from ...lengths import Length, Varying, product
from ...terms import Term
from ...walking import At
from ..array.indexing import numbers
from ..control import formal, graph_of

__all__ = ["corners", "in_order", "last", "surviving", "taken"]


def last(data: Term, begin: int, end: int | None, rank: int) -> Term:
    """A part along the last axis."""
    return data.slice(rank - 1, begin, end)


def corners(at: At, boxes: Term, rank: int, layout: str = "center") -> Term:
    """Boxes given by centers and sides, as corners."""
    if layout == "corner":
        return boxes
    center, half = last(boxes, 0, 2, rank), last(boxes, 2, 4, rank) / 2.0
    return at.concat([center - half, center + half], rank - 1)


def centers(at: At, boxes: Term, rank: int, layout: str = "corner") -> Term:
    """Boxes given by corners, as centers and sides."""
    if layout == "center":
        return boxes
    low, high = last(boxes, 0, 2, rank), last(boxes, 2, 4, rank)
    return at.concat([(low + high) / 2.0, high - low], rank - 1)


def _side(at: At, lhs: list[Term], rhs: list[Term], axis: int) -> Term:
    low, high = at.op("Max", lhs[axis], rhs[axis]), at.op("Min", lhs[axis + 2], rhs[axis + 2])
    return at.op("Relu", high - low)


@rule("onnx", "_contrib_box_iou")
def box_iou(at: At, lhs: Term, rhs: Term) -> Term:
    ours, theirs = corners(at, lhs, lhs.rank, at["format"]), corners(at, rhs, rhs.rank, at["format"])
    between = list(range(lhs.rank - 1, lhs.rank + rhs.rank - 2))
    ours = ours.unsqueeze(*between)
    left = [each.squeeze(len(at.shape)) for each in ours.split(len(at.shape), [1] * 4)]
    right = [each.squeeze(rhs.rank - 1) for each in theirs.split(rhs.rank - 1, [1] * 4)]
    both = _side(at, left, right, 0) * _side(at, left, right, 1)
    areas = [at.op("Relu", each[2] - each[0]) * at.op("Relu", each[3] - each[1]) for each in (left, right)]
    union = areas[0] + areas[1] - both
    empty = union <= 0.0
    return at.where(empty, 0.0, both / at.where(empty, 1.0, union))


@rule("onnx", "_contrib_box_decode")
def box_decode(at: At, data: Term, anchors: Term) -> Term:
    own = centers(at, anchors, 3, at["format"])
    steps = data * at.constant([at[f"std{place}"] for place in range(4)], data.dtype)
    moves, grows = last(steps, 0, 2, 3), last(steps, 2, 4, 3)
    if at["clip"] > 0:
        grows = at.op("Min", grows, at.constant(at["clip"], data.dtype))
    sides = last(own, 2, 4, 3)
    center = moves * sides + last(own, 0, 2, 3)
    return corners(at, at.concat([center, at.op("Exp", grows) * sides], 2), 3)


@rule("onnx", "_contrib_box_encode")
def box_encode(
    at: At, samples: Term, matches: Term, anchors: Term, refs: Term, means: Term, stds: Term
) -> tuple[Term, Term]:
    sampled = samples > 0.5
    if refs.lengths[1] == 0:
        zeros = at.expand(at.constant(0.0, anchors.dtype), at.shape)
        return zeros, zeros
    place = at.where(sampled, matches, 0.0).cast("int64").unsqueeze(2)
    boxes = centers(at, at.op("GatherND", refs, place, batch_dims=1), 3)
    own = centers(at, anchors, 3)
    sides = last(own, 2, 4, 3)
    moves = (last(boxes, 0, 2, 3) - last(own, 0, 2, 3)) / sides
    steps = at.concat([moves, at.op("Log", last(boxes, 2, 4, 3) / sides)], 2)
    wide = sampled.unsqueeze(2)
    masks = at.expand(wide.cast("float32"), at.shapes[1] or ())
    return at.where(wide, (steps - means) / stds, 0.0), masks


# --- which boxes stay ------------------------------------------------------------------------------------------------


def in_order(at: At, scores: Term, count: Length, valid: Term) -> tuple[Term, Term]:
    """The order (batch, count) of rows by their scores, the best first and those that are not valid at the end, and
    which of the rows in that order are valid.
    """
    ranked = at.where(valid, scores, -math.inf)
    found, order = at.ops(
        "TopK", ranked, at.builder.length(count), dtypes=[scores.dtype, "int64"], axis=1, largest=1, sorted=1
    )
    return order, found > -math.inf


def taken(at: At, rows: Term, order: Term) -> Term:
    """Rows (batch, count, …) in an order (batch, some)."""
    return at.op("GatherND", rows, order.unsqueeze(2), batch_dims=1)


def surviving(
    at: At, boxes: Term, candidates: Term, threshold: float, batch: Length, count: Length, classes: Any = None
) -> Term:
    """Which boxes (batch, count, 4) stay, in the order they are in, the better ones first.

    Boxes that are no candidates are left out. One goes where it overlaps a better one that stays by more than the
    threshold, below 0 wherever there is a better one; with `classes` (batch, count) only one of its own class.
    """
    ranks = _descending(at, count)
    scores = at.where(candidates, ranks, 0.0).unsqueeze(1)
    if classes is not None:
        kinds = at.ops("Unique", classes.reshape(-1), dtypes=[None], sorted=1)[0]
        own = classes.unsqueeze(1).equal(kinds.reshape(1, -1, 1))
        scores = at.where(own, scores, 0.0)
    chosen = at.op(
        "NonMaxSuppression", boxes, scores, at.constant([1]) if threshold < 0 else at.builder.length(count),
        at.constant([min(max(threshold, 0), 1)], "float32"), at.constant([0.5], "float32"),
    )  # fmt: skip
    places = at.op("Gather", chosen, at.constant([0, 2]), axis=1)
    nothing = at.expand(at.constant(0, "int64"), (batch, count))
    ones = at.op("Expand", at.constant(1, "int64"), at.op("Shape", places, start=0, end=1))
    return at.op("ScatterND", nothing, places, ones).cast("bool")


def _descending(at: At, count: Length) -> Term:
    """count, count - 1, …, 1 as float32."""
    if isinstance(count, Varying):
        return (at.builder.length(count) - numbers(at, count)).cast("float32")
    return at.constant(np.arange(count, 0, -1), "float32")


def to_the_front(at: At, kept: Term, count: Length) -> tuple[Term, Term]:
    """The order that brings the rows that are kept to the front, and which those are then."""
    ranked = at.where(kept, _descending(at, count), 0.0)
    found, order = at.ops(
        "TopK", ranked, at.builder.length(count), dtypes=["float32", "int64"], axis=1, largest=1, sorted=1
    )
    return order, found > 0.5


@rule("onnx", "_contrib_box_nms")
def box_nms(at: At, data: Term) -> Term:
    if at["topk"] == 0:
        return data
    width = int(data.lengths[-1])
    batch, count = product(data.lengths[:-2]), data.lengths[-2]
    rows = data if data.rank == 3 else data.reshape(batch, count, width)
    exact = rows.cast("float32")

    def column(rows: Term, place: int) -> Term:
        return rows.slice(2, place, place + 1).squeeze(2)

    scores = column(exact, at["score_index"])
    valid = scores > at["valid_thresh"]
    if at["id_index"] >= 0:
        valid = valid & ~column(exact, at["id_index"]).cast("int64").equal(at["background_id"])
    order, candidates = in_order(at, scores, count, valid)
    if at["topk"] > 0:
        first = numbers(at, count) < at["topk"]
        candidates = candidates & first.unsqueeze(0)
    sorted_rows = taken(at, rows, order)
    exact = sorted_rows.cast("float32")
    start = at["coord_start"]
    boxes = corners(at, exact.slice(2, start, start + 4), 3, at["in_format"])
    classes = None
    if at["id_index"] >= 0 and not at["force_suppress"]:
        classes = column(exact, at["id_index"]).cast("int64")
    kept = surviving(at, boxes, candidates, at["overlap_thresh"], batch, count, classes)
    front, shown = to_the_front(at, kept, count)
    found = taken(at, sorted_rows, front)
    if at["in_format"] != at["out_format"]:
        convert = corners if at["in_format"] == "center" else centers
        coordinates = convert(at, found.slice(2, start, start + 4), 3)
        parts = [found.slice(2, 0, start)] if start else []
        parts += [coordinates] + ([found.slice(2, start + 4, None)] if start + 4 < width else [])
        found = at.concat(parts, 2)
    found = at.where(shown.unsqueeze(2), found, -1.0)
    return found if data.rank == 3 else found.reshape(*data.lengths)


@rule("onnx", "_contrib_bipartite_matching")
def bipartite_matching(at: At, data: Term) -> tuple[Term, Term]:
    """One pair after the other, the best of what is free, as a loop."""
    count, width = (int(each) for each in data.lengths[-2:])
    cases = product(data.lengths[:-2])
    sign = -1.0 if at["is_ascend"] else 1.0
    scores = data.reshape(cases, count * width) * sign
    free = at.where(at.op("IsNaN", scores), -math.inf, scores)
    pairs = min(count, width)
    steps = min(pairs, at["topk"] + 1) if at["topk"] > 0 else pairs
    kind = data.dtype
    number, going = formal(at, "iteration", "int64", ()), formal(at, "condition", "bool", ())
    before = [
        formal(at, "free", kind, (cases, count * width)), formal(at, "rows", kind, (cases, count)),
        formal(at, "columns", kind, (cases, width)), formal(at, "going", "bool", (cases, 1)),
    ]  # fmt: skip
    near = at.builder.near

    def step() -> list[Term]:
        left, rows, columns, matched = before
        best = at.op("ArgMax", left, axis=1, keepdims=1)
        column = at.op("Mod", best, at.constant(width))
        row = (best - column) / width
        value = at.op("GatherElements", left, best, axis=1)
        matched = matched & (value > at["threshold"] * sign)
        mine = at.constant(np.arange(count)[None]).equal(row)
        its = at.constant(np.arange(width)[None]).equal(column)
        rows = at.where(mine & matched, column.cast(kind), rows)
        columns = at.where(its & matched, row.cast(kind), columns)
        gone = (mine.unsqueeze(2) | its.unsqueeze(1)).reshape(cases, count * width)
        after = [at.where(gone, -math.inf, left), rows, columns, matched]
        return [going, *(each.shaped(old.lengths) for each, old in zip(after, before))]

    body = graph_of(at, "match", [number, going, *before], step)
    at.builder.near = near
    start = [
        free, at.expand(at.constant(-1.0, kind), (cases, count)), at.expand(at.constant(-1.0, kind), (cases, width)),
        at.expand(at.constant(True, "bool"), (cases, 1)),
    ]  # fmt: skip
    results = at.ops(
        "Loop", at.constant(steps), at.constant(True, "bool"), *start, dtypes=[kind, kind, kind, "bool"], body=body
    )
    return results[1].reshape(*at.shape), results[2].reshape(*(at.shapes[1] or ()))
