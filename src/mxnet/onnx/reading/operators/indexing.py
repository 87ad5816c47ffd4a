"""Elements chosen by where they are."""

from __future__ import annotations

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


def _grid(at: At, shape: tuple[int, ...], without: int) -> list[np.ndarray[Any, Any]]:
    """Of every element of an array where it is along each axis but one."""
    if not at.value(1).fixed:
        raise DependsOnLength(f"{at!r}: its indices have a length that is open")
    return [each for place, each in enumerate(np.indices(shape, np.int64)) if place != without]


def _whole_places(at: At, axis: int) -> Symbol:
    """The indices of a node as one array for ``gather_nd``: for each axis, where."""
    shape = at.shape(1)
    places = at.call("_mod_scalar", at.symbol(1), scalar=float(at.shape()[axis]))
    parts = []
    others = iter(_grid(at, shape, axis))
    for each in range(len(shape)):
        own = places if each == axis else at.parameter(next(others), f"axis{each}")
        parts.append(at.cast(own, np.int64))
    return at.call("stack", *parts, axis=0, num_args=len(parts))


@reads("GatherElements")
def gather_elements(at: At) -> Any:
    """For every index the element at that place along an axis."""
    axis = at.axis(at.attribute("axis", 0))
    return at.result(at.call("gather_nd", at.symbol(0), _whole_places(at, axis)), at.value(0).dtype)


@reads("GatherND")
def gather_nd(at: At) -> Any:
    """Slices at places of several axes."""
    if at.attribute("batch_dims", 0):
        raise at.refuse("batch_dims other than 0")
    rank = at.value(1).rank
    places = at.call("transpose", at.symbol(1), axes=(rank - 1, *range(rank - 1)))
    lengths = at.shape()[: at.shape(1)[-1]]
    turned = at.call("broadcast_mod", places, at.parameter(_column(lengths, rank, at.value(1).dtype), "lengths"))
    return at.result(at.call("gather_nd", at.symbol(0), turned), at.value(0).dtype)


def _column(lengths: tuple[int, ...], rank: int, dtype: Any) -> np.ndarray[Any, Any]:
    return np.array(lengths, dtype).reshape(-1, *[1] * (rank - 1))


@reads("ScatterND")
def scatter_nd(at: At) -> Any:
    """An array with slices replaced at places of several axes."""
    if at.attribute("reduction", "none") != "none":
        raise at.refuse("a reduction of what is replaced")
    if not at.value(0).fixed:
        raise DependsOnLength(f"{at!r}: into an array of an open length")
    rank = at.value(1).rank
    places = at.call("transpose", at.symbol(1), axes=(rank - 1, *range(rank - 1)))
    lengths = at.shape()[: at.shape(1)[-1]]
    turned = at.call("broadcast_mod", places, at.parameter(_column(lengths, rank, at.value(1).dtype), "lengths"))
    symbol = at.call("_scatter_set_nd", at.symbol(0), at.symbol(2), turned, shape=at.shape())
    return at.result(symbol, at.value(0).dtype)


@reads("ScatterElements", "Scatter")
def scatter_elements(at: At) -> Any:
    """An array with elements replaced at places along an axis."""
    if at.attribute("reduction", "none") != "none":
        raise at.refuse("a reduction of what is replaced")
    if not at.value(0).fixed:
        raise DependsOnLength(f"{at!r}: into an array of an open length")
    axis = at.axis(at.attribute("axis", 0))
    symbol = at.call("_scatter_set_nd", at.symbol(0), at.symbol(2), _whole_places(at, axis), shape=at.shape())
    return at.result(symbol, at.value(0).dtype)


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


@reads("Compress")
def compress(at: At) -> Any:
    """Slices along an axis where a known condition holds."""
    places = np.flatnonzero(at.constant(1, "condition").reshape(-1))
    axis = at.attribute("axis")
    symbol = at.symbol(0)
    if axis is None:
        symbol, axis = at.reshape(symbol, ((-1,), (-1,))), 0
    return at.call("take", symbol, at.parameter(places.astype(np.int64), "indices"), axis=at.axis(axis))
