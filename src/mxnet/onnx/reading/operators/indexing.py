"""Elements chosen by where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....symbol import Symbol
from ..table import At, reads
from ..values import DependsOnLength

__all__: list[str] = []


@reads("Gather")
def gather(at: At) -> Any:
    """Slices along an axis, at places that may count from the end."""
    data, places = at.value(0), at.value(1)
    axis = at.axis(at.attribute("axis", 0))
    scalar = not places.shape and data.rank == 1
    if places.array is not None and not places.shape:
        place = int(places.array)
        # a place from the end is the same for every length
        end = place + 1 if place != -1 else None
        part = at.call("slice_axis", at.symbol(0), axis=axis, begin=place, end=end)
        if data.rank > 1:
            part = at.call("squeeze", part, axis=axis)
        return at.result(part, data.dtype, scalar)
    lengths = [shape[axis] for shape in data.shapes]
    if places.array is not None:
        if (places.array < 0).any():
            if lengths[0] != lengths[1]:
                raise DependsOnLength(f"{at!r}: places from the end of an open length")
            index = at.parameter(places.array % lengths[0], "indices")
        else:
            index = at.symbol(1)
        taken = at.call("take", at.symbol(0), index, axis=axis, mode="clip")
    else:
        # what wraps takes places from the end as well
        taken = at.call("take", at.symbol(0), at.symbol(1), axis=axis, mode="wrap")
    if not places.shape and data.rank > 1:
        taken = at.call("squeeze", taken, axis=axis)
    return at.result(taken, data.dtype, scalar)


def _lengths(at: At, first: int, last: int) -> Symbol:
    """The lengths of some axes of the data as an array of one axis."""
    shapes = [shape[first:last] for shape in at.value(0).shapes]
    if shapes[0] == shapes[1]:
        return at.parameter(np.array(shapes[0], np.int64), "lengths")
    return at.call("slice_axis", at.call("shape_array", at.symbol(0)), axis=0, begin=first, end=last)


def _from_the_front(at: At, places: Symbol, lengths: Symbol) -> Symbol:
    """Places that may count from the end as such that do not; `lengths` are broadcast to them."""
    return at.call("broadcast_mod", at.cast(places, np.int64), lengths)


def _along(at: At, like: Symbol, axis: int) -> Symbol:
    """Of every element of an array where it is along an axis."""
    one, other = at.pair_of(like)
    lengths = tuple(tuple(n if place == axis else 1 for place, n in enumerate(shape)) for shape in (one, other))
    numbers = at.cast(at.call("_contrib_arange_like", like, axis=axis), np.int64)
    zeros = at.cast(at.call("zeros_like", like), np.int64)
    return at.call("broadcast_add", zeros, at.reshape(numbers, lengths))


def _whole_places(at: At, axis: int) -> Symbol:
    """The indices of a node as one array for ``gather_nd``: for each axis, where."""
    index = at.symbol(1)
    own = _from_the_front(at, index, _lengths(at, axis, axis + 1))
    rank = at.value(1).rank
    parts = [own if each == axis else _along(at, index, each) for each in range(rank)]
    return at.call("stack", *parts, axis=0, num_args=rank)


@reads("GatherElements")
def gather_elements(at: At) -> Any:
    """For every index the element at that place along an axis."""
    axis = at.axis(at.attribute("axis", 0))
    return at.result(at.call("gather_nd", at.symbol(0), _whole_places(at, axis)), at.value(0).dtype)


def _several_places(at: At, batches: int = 0) -> Symbol:
    """The indices of a node, of several axes in their last one, as ``gather_nd`` takes them: in the first."""
    rank, count = at.value(1).rank, at.shape(1)[-1]
    places = at.call("transpose", at.symbol(1), axes=(rank - 1, *range(rank - 1)))
    column = at.reshape(_lengths(at, batches, batches + count), ((count, *[1] * (rank - 1)),) * 2)
    own = _from_the_front(at, places, column)
    if not batches:
        return own
    like = at.call("slice_axis", own, axis=0, begin=0, end=1)
    before = [_along(at, like, axis + 1) for axis in range(batches)]
    return at.call("Concat", *before, own, dim=0)


@reads("GatherND")
def gather_nd(at: At) -> Any:
    """Slices at places of several axes, after some that both have."""
    places = _several_places(at, at.attribute("batch_dims", 0))
    result = at.call("gather_nd", at.symbol(0), places)
    return at.result(result, at.value(0).dtype, scalar=at.value(1).rank == 1 and at.shape(1)[0] == at.value(0).rank)


@reads("ScatterND")
def scatter_nd(at: At) -> Any:
    """An array with slices replaced at places of several axes."""
    return _replaced(at, lambda: _several_places(at))


@reads("ScatterElements", "Scatter")
def scatter_elements(at: At) -> Any:
    """An array with elements replaced at places along an axis."""
    return _replaced(at, lambda: _whole_places(at, at.axis(at.attribute("axis", 0))))


def _replaced(at: At, places: Callable[[], Symbol]) -> Any:
    if at.attribute("reduction", "none") != "none":
        raise at.refuse(f"a reduction ({at.attribute('reduction')}) of what is there and what is put there")
    if at.value(0).fixed:
        symbol = at.call("_scatter_set_nd", at.symbol(0), at.symbol(2), places(), shape=at.shape())
    else:
        symbol = _replaced_in_rows(at, places())
    return at.result(symbol, at.value(0).dtype)


def _replaced_in_rows(at: At, places: Symbol) -> Symbol:
    """The same where the first axis has an open length: the axes that have places are taken as one."""
    count = at.pair_of(places)[0][0]
    shapes = at.value(0).shapes
    inner, parts = shapes[0][1:count], shapes[0][count:]
    if any(shape[1:] != shapes[0][1:] for shape in shapes):
        raise DependsOnLength(f"{at!r}: into an array of an open length that is not its first")
    steps = np.cumprod([1, *inner[::-1]])[::-1].reshape(count, *[1] * (len(at.pair_of(places)[0]) - 1))
    flat = at.call("sum", at.call("broadcast_mul", places, at.parameter(steps.astype(np.int64), "steps")), axis=0)
    rows = at.call("Reshape", at.symbol(0), shape=(-1, *parts))
    new = at.call("Reshape", at.symbol(2), shape=(-1, *parts))
    made = at.call("_contrib_index_copy", rows, at.call("Reshape", flat, shape=(-1,)), new)
    return at.call("Reshape", made, shape=(-1, *shapes[0][1:]))


@reads("OneHot")
def one_hot(at: At) -> Any:
    """Vectors with one number at a place and another elsewhere."""
    depth = int(at.constant(1, "depth").reshape(-1)[0])
    off, on = at.constant(2, "values").tolist()
    kind = at.value(2).dtype
    from_end = at.call("_mul_scalar", at.call("_lesser_scalar", at.symbol(0), scalar=0.0), scalar=float(depth))
    places = at.call("elemwise_add", at.symbol(0), from_end)
    result = at.call("one_hot", places, depth=depth, on_value=on, off_value=off, dtype=kind.name)
    rank = at.value(0).rank + 1
    axis = at.axis(at.attribute("axis", -1), rank)
    if axis != rank - 1:
        order = list(range(rank - 1))
        order.insert(axis, rank - 1)
        result = at.call("transpose", result, axes=tuple(order))
    return at.result(result, kind)


@reads("ReverseSequence")
def reverse_sequence(at: At) -> Symbol:
    """Each sequence turned round up to its length."""
    time, batch = at.attribute("time_axis", 0), at.attribute("batch_axis", 1)
    symbol = at.symbol(0)
    if (time, batch) == (1, 0):
        symbol = at.call("SwapAxis", symbol, dim1=0, dim2=1)
    lengths = at.cast(at.symbol(1), np.float32)
    result = at.call("SequenceReverse", symbol, lengths, use_sequence_length=True)
    return at.call("SwapAxis", result, dim1=0, dim2=1) if (time, batch) == (1, 0) else result
