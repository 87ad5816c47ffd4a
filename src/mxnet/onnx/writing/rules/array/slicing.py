"""Parts of arrays."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from .....ops.registry import rule
from ...lengths import Length
from ...terms import Term
from ...walking import At

__all__ = ["leading"]


@rule("onnx", "slice")
def slice_(at: At, data: Term) -> Term:
    begins, ends, steps = _bounds(at)
    chosen = [axis for axis, each in enumerate(zip(begins, ends, steps)) if each != (None, None, 1)]
    if not chosen:
        return data
    first = [_first(begins[axis], steps[axis]) for axis in chosen]
    return at.builder.slice(data, chosen, first, [ends[axis] for axis in chosen], [steps[axis] for axis in chosen])


def _bounds(at: At) -> tuple[Sequence[int | None], Sequence[int | None], list[int]]:
    begins, ends = at["begin"], at["end"]
    return begins, ends, [each or 1 for each in (at["step"] or (None,) * len(begins))]


def _first(begin: int | None, step: int) -> int:
    """Where a part begins: at the end in the direction opposite to the step where that is not said."""
    return begin if begin is not None else 0 if step > 0 else 2**31 - 1


@rule("onnx", "slice_axis")
def slice_axis(at: At, data: Term) -> Term:
    return data.slice(at["axis"] % data.rank, at["begin"], at["end"])


@rule("onnx", "slice_like")
def slice_like(at: At, data: Term, shape_like: Term) -> Term:
    axes = at["axes"] or range(data.rank)
    wanted = [shape_like.lengths[axis % shape_like.rank] for axis in axes]
    return leading(at, data, [axis % data.rank for axis in axes], wanted)


def leading(at: At, data: Term, axes: Sequence[int], lengths: Sequence[Length], begins: Sequence[int] = ()) -> Term:
    """The parts of some lengths along some axes, from the beginning or from the given places on."""
    first = list(begins) or [0] * len(axes)
    ends = at.lengths([length + begin for length, begin in zip(lengths, first)])
    return at.op("Slice", data, at.constant(first), ends, at.constant(list(axes)))


@rule("onnx", "Crop")
def crop(at: At, *data: Term) -> Term:
    image = data[0]
    size = data[1].lengths[2:] if len(data) == 2 else at["h_w"]
    if at["center_crop"]:
        top, left = ((int(whole) - int(part)) // 2 for whole, part in zip(image.lengths[2:], size))
    else:
        top, left = at["offset"]
    return leading(at, image, [2, 3], size, [top, left])


# --- parts replaced --------------------------------------------------------------------------------------------------


def _places(at: At, data: Term) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int64]], int] | None:
    """The positions of a part along the axes up to the last that is cut, and how many those are."""
    begins, ends, steps = _bounds(at)
    cut = [axis for axis, each in enumerate(zip(begins, ends, steps)) if each != (None, None, 1)]
    if not cut:
        return None
    count = cut[-1] + 1
    along = [np.arange(int(data.lengths[axis]))[begins[axis] : ends[axis] : steps[axis]] for axis in range(count)]
    return np.stack(np.meshgrid(*along, indexing="ij"), -1), count


@rule("onnx", "_slice_assign")
def slice_assign(at: At, lhs: Term, rhs: Term) -> Term:
    found = _places(at, lhs)
    return rhs if found is None else at.op("ScatterND", lhs, at.constant(found[0]), rhs)


@rule("onnx", "_slice_assign_scalar")
def slice_assign_scalar(at: At, data: Term) -> Term:
    number = at.constant(at["scalar"], data.dtype)
    found = _places(at, data)
    if found is None:
        return at.expand(number, data.lengths)
    places, count = found
    part = at.expand(number, (*places.shape[:-1], *data.lengths[count:]))
    return at.op("ScatterND", data, at.constant(places), part)


# --- cut into pieces -------------------------------------------------------------------------------------------------


@rule("onnx", "SliceChannel")
def split(at: At, data: Term) -> list[Term]:
    axis, count = at["axis"] % data.rank, at["num_outputs"]
    length = int(data.lengths[axis]) // count
    return _pieces(at, data, axis, [length] * count)


@rule("onnx", "_split_v2", "_npi_hsplit", "_npi_dsplit")
def split_v2(at: At, data: Term) -> list[Term]:
    name = at.call.spec.name
    axis = at["axis"] % data.rank if name == "_split_v2" else min(1, data.rank - 1) if name == "_npi_hsplit" else 2
    length = int(data.lengths[axis])
    if at["sections"]:
        return _pieces(at, data, axis, [length // at["sections"]] * at["sections"])
    bounds = (*at["indices"], length)
    return _pieces(at, data, axis, [end - start for start, end in itertools.pairwise(bounds)])


@rule("onnx", "_npi_split")
def np_split(at: At, data: Term) -> list[Term]:
    axis = at["axis"] % data.rank
    whole = np.arange(int(data.lengths[axis]))
    parts = np.array_split(whole, at["sections"] or list(at["indices"]))
    return _pieces(at, data, axis, [len(each) for each in parts])


def _pieces(at: At, data: Term, axis: int, lengths: list[int]) -> list[Term]:
    parts = data.split(axis, lengths)
    if not at.get("squeeze_axis"):
        return parts
    return [part if data.rank == 1 else part.squeeze(axis) for part in parts]
