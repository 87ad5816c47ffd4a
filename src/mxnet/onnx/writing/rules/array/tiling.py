"""Elements repeated, turned round, and laid along diagonals."""

from __future__ import annotations

import numpy as np

from .....ops.registry import rule
from ...lengths import product
from ...terms import Term
from ...walking import At


@rule("onnx", "tile")
def tile(at: At, data: Term) -> Term:
    reps = at["reps"]
    rank = max(data.rank, len(reps))
    if data.rank < rank:
        data = data.reshape(*[1] * (rank - data.rank), *data.lengths)
    return at.op("Tile", data, at.constant([1] * (rank - len(reps)) + list(reps))) if rank else data


@rule("onnx", "repeat")
def repeat(at: At, data: Term) -> Term:
    axis, times = at["axis"], at["repeats"]
    if axis is None:
        data, axis, rank = data.reshape(-1), 0, 1
    else:
        axis, rank = axis % data.rank, data.rank
    repeated = at.op(
        "Tile", data.unsqueeze(axis + 1), at.constant([1] * (axis + 1) + [times] + [1] * (rank - axis - 1))
    )
    return repeated.reshape(*at.shape)


@rule("onnx", "reverse", "_npi_flip")
def reverse(at: At, data: Term) -> Term:
    given = range(data.rank) if at["axis"] is None else [each % data.rank for each in at["axis"]]
    axes = sorted({each for each in given if list(given).count(each) % 2})
    ones = [1] * len(axes)
    return (
        at.builder.slice(data, axes, [-each for each in ones], [None] * len(axes), [-each for each in ones])
        if axes
        else data
    )


@rule("onnx", "broadcast_to", "broadcast_axis", "_npi_broadcast_to")
def broadcast_to(at: At, data: Term) -> Term:
    return at.expand(data, at.shape)


@rule("onnx", "broadcast_like")
def broadcast_like(at: At, lhs: Term, rhs: Term) -> Term:
    return at.expand(lhs, at.shape)


# --- diagonals -------------------------------------------------------------------------------------------------------


def diagonal(at: At, data: Term, k: int, axis1: int, axis2: int) -> Term:
    """The elements along the diagonal of two axes, as the last axis."""
    first, second = axis1 % data.rank, axis2 % data.rank
    rows, columns = int(data.lengths[first]), int(data.lengths[second])
    others = [axis for axis in range(data.rank) if axis not in (first, second)]
    moved = data.transpose(*others, first, second).reshape(*[data.lengths[axis] for axis in others], rows * columns)
    places = [row * columns + row + k for row in range(rows) if 0 <= row + k < columns]
    return at.op("Gather", moved, at.constant(np.array(places, "int64")), axis=len(others))


def embedded(at: At, data: Term, k: int) -> Term:
    """Matrices that have the last axis along a diagonal."""
    count = int(data.lengths[-1])
    side = count + abs(k)
    places = np.full((side, side), count)  # past the last element stands a zero
    at_row, at_column = max(-k, 0), max(k, 0)
    places[np.arange(count) + at_row, np.arange(count) + at_column] = np.arange(count)
    return _placed(at, data, places)


def _placed(at: At, data: Term, places: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Term:
    """Elements of the last axis at places; zero where a place is past the last."""
    rank = data.rank
    zero = at.expand(at.constant(0, data.dtype), (*data.lengths[:-1], 1))
    return at.op("Gather", at.concat([data, zero], rank - 1), at.constant(places), axis=rank - 1)


@rule("onnx", "diag")
def diag(at: At, data: Term) -> Term:
    return embedded(at, data, at["k"]) if data.rank == 1 else diagonal(at, data, at["k"], at["axis1"], at["axis2"])


@rule("onnx", "_np_diag")
def np_diag(at: At, data: Term) -> Term:
    return embedded(at, data, at["k"]) if data.rank == 1 else diagonal(at, data, at["k"], 0, 1)


@rule("onnx", "_np_diagflat")
def np_diagflat(at: At, data: Term) -> Term:
    return embedded(at, data.reshape(-1).shaped([product(data.lengths)]), at["k"])


@rule("onnx", "_np_diagonal")
def np_diagonal(at: At, data: Term) -> Term:
    return diagonal(at, data, at["offset"], at["axis1"], at["axis2"])


@rule("onnx", "_np_trace")
def np_trace(at: At, data: Term) -> Term:
    return at.wide(diagonal(at, data, at["offset"], at["axis1"], at["axis2"])).reduce(
        "Sum", [-1 % (data.rank - 1)], False
    )


@rule("onnx", "_linalg_extractdiag")
def extractdiag(at: At, A: Term) -> Term:
    return diagonal(at, A, at["offset"], -2, -1)


@rule("onnx", "_linalg_makediag")
def makediag(at: At, A: Term) -> Term:
    return embedded(at, A, at["offset"])


def _triangle(side: int, offset: int, lower: bool) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]:
    """The places of a triangle of a square, row by row (column by column of an upper one)."""
    if offset > 0 or (offset == 0 and not lower):
        columns, rows = np.tril_indices(side, -offset)
    else:
        rows, columns = np.tril_indices(side, offset)
    return rows, columns


@rule("onnx", "_linalg_extracttrian")
def extracttrian(at: At, A: Term) -> Term:
    side = int(A.lengths[-1])
    rows, columns = _triangle(side, at["offset"], at["lower"])
    flat = A.reshape(*A.lengths[:-2], side * side)
    return at.op("Gather", flat, at.constant(rows * side + columns), axis=A.rank - 2)


@rule("onnx", "_linalg_maketrian")
def maketrian(at: At, A: Term) -> Term:
    count = int(A.lengths[-1])
    side = int(at.shape[-1])
    places = np.full((side, side), count)
    places[_triangle(side, at["offset"], at["lower"])] = np.arange(count)
    return _placed(at, A, places)


@rule("onnx", "_npi_tril", "_npi_triu")
def triangle(at: At, data: Term) -> Term:
    if data.rank == 1:
        data = at.expand(data, (data.lengths[0], data.lengths[0])).shaped((data.lengths[0], data.lengths[0]))
    upper = int(at.call.spec.name == "_npi_triu")
    if data.dtype in ("float32", "float64", "int64"):
        return at.op("Trilu", data, at.constant(at["k"]), upper=upper)
    rows, columns = (int(each) for each in data.lengths[-2:])
    ones = np.ones((rows, columns), bool)
    kept = np.triu(ones, at["k"]) if upper else np.tril(ones, at["k"])
    return at.where(at.constant(kept, "bool"), data, 0)


# --- patches ---------------------------------------------------------------------------------------------------------


def _patches(at: At, height: int, width: int) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int64]], int, int]:
    """For each element of a kernel and each of its places the position in the flat, padded image, and its sizes."""
    kernel = at["kernel"]
    steps, gaps, border = at["stride"] or (1, 1), at["dilate"] or (1, 1), at["pad"] or (0, 0)
    rows, columns = height + 2 * border[0], width + 2 * border[1]
    down = (rows - (kernel[0] - 1) * gaps[0] - 1) // steps[0] + 1
    right = (columns - (kernel[1] - 1) * gaps[1] - 1) // steps[1] + 1
    taps = (np.arange(kernel[0]) * gaps[0])[:, None] * columns + np.arange(kernel[1]) * gaps[1]
    places = (np.arange(down) * steps[0])[:, None] * columns + np.arange(right) * steps[1]
    return taps.reshape(-1, 1) + places.reshape(-1), rows, columns


@rule("onnx", "im2col")
def im2col(at: At, data: Term) -> Term:
    batch, channels, height, width = data.lengths
    border = at["pad"] or (0, 0)
    places, rows, columns = _patches(at, int(height), int(width))
    if any(border):
        data = at.op("Pad", data, at.constant([0, 0, *border] * 2))
    flat = data.reshape(batch, channels, rows * columns)
    return at.op("Gather", flat, at.constant(places), axis=2).reshape(batch, channels * len(places), places.shape[1])


@rule("onnx", "col2im")
def col2im(at: At, data: Term) -> Term:
    if at.opset < 18:
        raise at.refuse("Col2Im is in ONNX from opset 18 on: ask for opset=18 or later")
    return at.op(
        "Col2Im", data, at.constant(list(at["output_size"])), at.constant(list(at["kernel"])),
        dilations=at["dilate"] or (1, 1), strides=at["stride"] or (1, 1), pads=(at["pad"] or (0, 0)) * 2,
    )  # fmt: skip


# --- borders ---------------------------------------------------------------------------------------------------------


@rule("onnx", "Pad")
def pad(at: At, data: Term) -> Term:
    widths = at["pad_width"]
    value = at.constant(at["constant_value"], data.dtype) if at["mode"] == "constant" else None
    return at.op("Pad", data, at.constant([*widths[::2], *widths[1::2]]), value, mode=at["mode"])


@rule("onnx", "_npi_pad")
def np_pad(at: At, data: Term) -> Term:
    widths, mode = at["pad_width"], at["mode"]
    if mode == "constant":
        wide = data.cast("int32") if data.dtype == "bool" else data
        value = at.constant(at["constant_value"], wide.dtype)
        return at.op("Pad", wide, at.constant([*widths[::2], *widths[1::2]]), value, mode="constant")
    for axis, (before, after) in enumerate(zip(widths[::2], widths[1::2])):
        if not before and not after:
            continue
        if mode in ("maximum", "minimum"):
            edge = data.reduce("Max" if mode == "maximum" else "Min", [axis])
            data = at.concat([edge] * before + [data] + [edge] * after, axis)
            continue
        length = int(at.shape[axis]) - before - after
        places = np.arange(-before, length + after)
        if mode == "edge":
            places = places.clip(0, length - 1)
        elif mode == "symmetric":
            places = places % (2 * length)
            places = np.where(places >= length, 2 * length - 1 - places, places)
        elif length > 1:
            places = places % (2 * length - 2)
            places = np.where(places >= length, 2 * length - 2 - places, places)
        else:
            places = places * 0
        data = at.op("Gather", data, at.constant(places), axis=axis)
    return data
