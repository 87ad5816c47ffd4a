"""Operators whose results are as long as the elements say."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....symbol import Symbol
from ..table import At, reads
from ..values import Value

__all__: list[str] = []


@reads("NonZero")
def non_zero(at: At) -> Any:
    """The places of what is not zero: for each axis a row."""
    places = at.call("_npx_nonzero", at.numbers(at.symbol(0)))
    length, rank = at.found_length(), max(at.value(0).rank, 1)
    at.found(places, [tuple((each, rank) for each in length)], [np.int64])
    rows = at.call("transpose", places, axes=(1, 0))
    return at.result(at.cast(rows, np.int64), np.int64)


@reads("Compress")
def compress(at: At) -> Any:
    """Slices along an axis where a condition holds."""
    axis, symbol = at.attribute("axis"), at.symbol(0)
    if axis is None:
        symbol, axis = at.reshape(symbol, ((-1,), (-1,))), 0
    axis = at.axis(axis)
    condition = at.value(1)
    if condition.array is not None:
        known = np.flatnonzero(condition.array.reshape(-1)).astype(np.int64)
        if not known.size:
            raise at.refuse("its condition holds nowhere")
        return at.result(at.call("take", symbol, at.parameter(known, "indices"), axis=axis), at.value(0).dtype)
    places = at.call("_npx_nonzero", at.numbers(at.symbol(1)))
    length = at.found_length()
    at.found(places, [tuple((each, 1) for each in length)], [np.int64])
    index = at.call("squeeze", places, axis=1)
    return at.result(at.call("take", symbol, index, axis=axis, mode="clip"), at.value(0).dtype)


@reads("Unique")
def unique(at: At) -> Any:
    """The different elements, or slices along an axis, in order."""
    if not at.attribute("sorted", 1):
        raise at.refuse("in the order in which they come (sorted=0)")
    axis = at.attribute("axis")
    if axis is not None:
        axis = at.axis(axis)
    more = {"return_index": True, "return_inverse": True, "return_counts": True}
    whole = at.call("_npi_unique", at.symbol(0), axis=axis, **more)
    length = at.found_length()
    if axis is None:
        shapes = tuple((each,) for each in length)
    else:
        shapes = tuple((*s[:axis], each, *s[axis + 1 :]) for s, each in zip(at.value(0).shapes, length))
    counted = tuple((each,) for each in length)
    size = [(int(np.prod(s)) if axis is None else s[axis],) for s in at.value(0).shapes]
    kinds = [at.value(0).dtype, *[np.int64] * 3]
    at.found(whole[0], [shapes, counted, (size[0], size[1]), counted], kinds)
    results = []
    for place, (shape, kind) in enumerate(zip([shapes, counted, tuple(size), counted], kinds)):
        results.append(Value(at.name, kind, shape, symbol=whole[place]))
    return results


@reads("NonMaxSuppression")
def non_max_suppression(at: At) -> Any:
    """For each image and class the boxes that no better one overlaps: rows of image, class and box."""
    most = int(at.constant_or(2, 0))
    overlap, least = float(at.constant_or(3, 0.0)), float(at.constant_or(4, -np.inf))
    if most <= 0:
        return Value.known(at.name, (np.zeros((0, 3), np.int64),) * 2)
    boxes, scores = at.value(0), at.value(1)
    if boxes.rank != 3 or scores.rank != 3:
        raise at.refuse(f"boxes {list(boxes.shape)} and scores {list(scores.shape)}; expected three axes of both")
    count = [shape[1] for shape in boxes.shapes]
    # each class by itself: (images, classes, boxes, numbers)
    rank = at.call("expand_dims", at.symbol(1), axis=3)
    corners = at.call("expand_dims", _corners(at), axis=1)
    each_class = at.call("broadcast_add", at.call("zeros_like", rank), corners)
    number = at.call("_contrib_arange_like", at.symbol(0), axis=1)
    number = at.reshape(number, tuple((1, 1, each, 1) for each in count))
    number = at.call("broadcast_add", at.call("zeros_like", rank), at.cast(number, np.float32))
    rows = at.call("Concat", rank, each_class, number, dim=3)
    kept = at.call(
        "_contrib_box_nms", rows, overlap_thresh=overlap, valid_thresh=max(least, -3e38), topk=-1, coord_start=1,
        score_index=0, id_index=-1, force_suppress=True,
    )  # fmt: skip
    if most < min(count):
        kept = at.call("slice_axis", kept, axis=2, begin=0, end=most)
    elif count[0] != count[1]:
        kept = at.call("slice", kept, begin=(None, None, None), end=(None, None, most))
    own = at.call("slice_axis", kept, axis=3, begin=5, end=6)
    own = at.call("squeeze", own, axis=3)
    places = at.call("_npx_nonzero", at.call("_greater_equal_scalar", own, scalar=0.0))
    length = at.found_length()
    at.found(places, [tuple((each, 3) for each in length)], [np.int64])
    chosen = at.call("gather_nd", own, at.call("transpose", places, axes=(1, 0)))
    box = at.call("expand_dims", at.cast(chosen, np.int64), axis=1)
    image_and_class = at.call("slice_axis", places, axis=1, begin=0, end=2)
    return at.result(at.call("Concat", image_and_class, box, dim=1), np.int64)


def _corners(at: At) -> Symbol:
    """Boxes by their lowest and highest corners."""
    parts = at.call("SliceChannel", at.symbol(0), num_outputs=4, axis=2)
    first, second, third, fourth = (parts[place] for place in range(4))
    if at.attribute("center_point_box", 0):
        wide, high = (at.call("_mul_scalar", each, scalar=0.5) for each in (third, fourth))
        low = [at.call("elemwise_sub", middle, half) for middle, half in ((first, wide), (second, high))]
        top = [at.call("elemwise_add", middle, half) for middle, half in ((first, wide), (second, high))]
    else:  # any two corners that lie across
        low = [at.call("_minimum", one, other) for one, other in ((first, third), (second, fourth))]
        top = [at.call("_maximum", one, other) for one, other in ((first, third), (second, fourth))]
    return at.call("Concat", *low, *top, dim=2)
