"""Operators of ONNX that change shapes, join and part."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ....symbol import Symbol
from ..folding import slices
from ..table import At, reads
from ..values import DependsOnLength, Value, both

__all__ = ["padded"]


@reads("Shape", "Size", "Constant", "ConstantOfShape", "Range", "EyeLike")
def of_what_is_known(at: At) -> Any:
    """What has to be computed before a graph runs."""
    raise at.refuse("its shape depends on elements that are computed while the graph runs")


@reads("Reshape")
def reshape(at: At) -> Any:
    """The same elements in another shape."""
    value = at.value(0)
    if at.has(1):
        asked = at.pair(1, "shape")
    else:
        asked = (np.array(at.attribute("shape", [])),) * 2
    zeros = bool(at.attribute("allowzero", 0))
    lengths = []
    for shape, wanted in zip(value.shapes, asked):
        full = [shape[p] if not n and not zeros else int(n) for p, n in enumerate(wanted.reshape(-1).tolist())]
        if -1 in full:
            rest = math.prod(n for n in full if n != -1)
            full[full.index(-1)] = math.prod(shape) // rest if rest else 0
        lengths.append(tuple(full))
    if not lengths[0]:
        return at.result(at.reshape(at.symbol(0), ((1,), (1,))), value.dtype, scalar=True)
    return at.result(at.reshape(at.symbol(0), (lengths[0], lengths[1])), value.dtype)


@reads("Flatten")
def flatten(at: At) -> Symbol:
    """As a matrix: the axes before one, and the others."""
    axis = at.attribute("axis", 1)
    rank = at.value(0).rank
    axis = axis + rank if axis < 0 else axis
    if axis == 1 and rank > 1:
        return at.call("Flatten", at.symbol(0))
    one, other = ((math.prod(shape[:axis]), math.prod(shape[axis:])) for shape in at.value(0).shapes)
    return at.reshape(at.symbol(0), (one, other))


@reads("Transpose")
def transpose(at: At) -> Symbol:
    """The axes in another order, by default turned round."""
    return at.call("transpose", at.symbol(0), axes=tuple(at.attribute("perm", list(range(at.value(0).rank))[::-1])))


@reads("Squeeze")
def squeeze(at: At) -> Any:
    """Without axes of length 1."""
    value = at.value(0)
    axes = at.given("axes", 1)
    chosen = (
        {place for place, length in enumerate(value.shape) if length == 1}
        if axes is None
        else {at.axis(axis) for axis in np.reshape(axes, -1).tolist()}
    )
    if any(value.shape[place] != 1 for place in chosen):
        raise at.refuse(f"axes {sorted(chosen)} of {list(value.shape)} are not all of length 1")
    left = [tuple(n for place, n in enumerate(shape) if place not in chosen) for shape in value.shapes]
    if not left[0]:
        return at.result(at.reshape(at.symbol(0), ((1,), (1,))), value.dtype, scalar=True)
    if not chosen:
        return at.result(at.call("_copy", at.symbol(0)), value.dtype)
    return at.result(at.call("squeeze", at.symbol(0), axis=tuple(sorted(chosen))), value.dtype)


@reads("Unsqueeze")
def unsqueeze(at: At) -> Any:
    """With more axes of length 1."""
    value = at.value(0)
    axes = np.reshape(at.given("axes", 1), -1).tolist()
    rank = value.rank + len(axes)
    symbol = at.symbol(0)
    places = sorted(at.axis(axis, rank) for axis in axes)
    if not value.shape:  # one element already has an axis here
        return at.result(at.reshape(symbol, ((1,) * rank, (1,) * rank)), value.dtype)
    for place in places:
        symbol = at.call("expand_dims", symbol, axis=place)
    return at.result(symbol, value.dtype)


@reads("Concat")
def concat(at: At) -> Any:
    """One behind the other along an axis."""
    symbols = [at.symbol(place) for place in range(len(at.inputs)) if 0 not in at.shape(place)]
    if len(symbols) == 1:
        return at.call("_copy", symbols[0])
    axis = at.axis(at.attribute("axis", 1))
    return at.result(at.call("Concat", *symbols, dim=axis), at.value(0).dtype)


@reads("Split")
def split(at: At) -> Any:
    """Parts along an axis, of equal lengths or of those given."""
    value, count = at.value(0), len(at.node.output)
    axis = at.axis(at.attribute("axis", 0))
    sizes = at.given("split", 1)
    length = value.shape[axis]
    if sizes is None:
        size = -(-length // count)
        sizes = [min(size, length - size * place) for place in range(count)]
    if sum(sizes) != length or len(sizes) != count:
        raise at.refuse(f"parts of {sizes} do not make up {length}")
    if count == 1:
        return at.call("_copy", at.symbol(0))
    if len(set(sizes)) == 1:
        whole = at.call("SliceChannel", at.symbol(0), num_outputs=count, axis=axis)
        return [whole[place] for place in range(count)]
    ends = np.cumsum(sizes).tolist()
    return [
        at.call("slice_axis", at.symbol(0), axis=axis, begin=end - size, end=end) if size else _nothing(at, place, axis)
        for place, (size, end) in enumerate(zip(sizes, ends))
    ]


def _nothing(at: At, place: int, axis: int) -> Value:
    """A part without elements."""
    shapes = ((*shape[:axis], 0, *shape[axis + 1 :]) for shape in at.value(0).shapes)
    one, other = (np.zeros(shape, at.value(0).dtype) for shape in shapes)
    return Value.known(at.node.output[place], both(one, other))


@reads("Slice")
def slice_(at: At) -> Symbol:
    """Parts of axes, from one place to another in steps."""
    value = at.value(0)
    bounds = [at.pair(place, "bounds") if at.has(place) else None for place in range(1, 5)]
    asked: list[tuple[slice, ...]] = []
    for size in (0, 1):
        known = [None if pair is None else pair[size].reshape(-1).tolist() for pair in bounds]
        asked.append(slices(at, value.rank, known))
    parts = [
        each if each == other else _of_open_lengths(at, each, other, (value.shapes[0][axis], value.shapes[1][axis]))
        for axis, (each, other) in enumerate(zip(*asked))
    ]
    begin, end, step = (
        tuple(getattr(part, which) for part in parts) for which in ("start", "stop", "step")
    )  # fmt: skip
    step = tuple(1 if each is None else each for each in step)
    return at.call("slice", at.symbol(0), begin=begin, end=tuple(map(_within, end)), step=step)


def _within(place: int | None) -> int | None:
    """An end as far behind as can be said, which exporters write for one that there is not."""
    return None if place is None or place >= _BEHIND else place


#: no axis is as long
_BEHIND = 2**31 - 1


def _of_open_lengths(at: At, one: slice, other: slice, lengths: tuple[int, int]) -> slice:
    """A part whose bounds are computed from a length that is open, by bounds that are the same for all lengths."""
    first, second = (each.indices(length) for each, length in zip((one, other), lengths))
    if first[2] != second[2] or (first[0] != second[0] and not _last(first[0], second[0], lengths)):
        raise DependsOnLength(f"{at!r}: where it begins depends on a length that is open")
    backwards = first[2] < 0
    whole = (first[0], first[2]) == (0, 1) and (first[1], second[1]) == lengths
    begin = None if whole or (backwards and first[0] == lengths[0] - 1) else _place(first[0], second[0], lengths)
    if whole or (first[1] < 0 if backwards else (first[1], second[1]) == lengths):
        end = None
    elif first[1] == second[1]:
        end = first[1]
    elif lengths[0] - first[1] == lengths[1] - second[1]:
        end = first[1] - lengths[0]
    else:
        raise DependsOnLength(f"{at!r}: where it ends depends on a length that is open")
    return slice(begin, end, first[2])


def _last(one: int, other: int, lengths: tuple[int, int]) -> bool:
    """Whether a place is as far from the end for both lengths."""
    return lengths[0] - one == lengths[1] - other


def _place(one: int, other: int, lengths: tuple[int, int]) -> int:
    return one if one == other else one - lengths[0]


@reads("Expand")
def expand(at: At) -> Any:
    """Broadcast to a shape."""
    value, asked = at.value(0), at.pair(1, "shape")
    wanted = [np.broadcast_shapes(shape, tuple(to.reshape(-1).tolist())) for shape, to in zip(value.shapes, asked)]
    if wanted == list(value.shapes):
        return at.result(at.call("_copy", at.symbol(0)), value.dtype, scalar=not value.shape)
    symbol, rank = at.symbol(0), len(wanted[0])
    if value.rank < rank:
        more = rank - value.rank
        symbol = at.reshape(symbol, tuple((1,) * more + shape for shape in value.shapes))
    lengths = []
    for now, one, other in zip(((1,) * (rank - value.rank) + value.shape), *wanted):
        if one != other and now == 1:
            raise DependsOnLength(f"{at!r}: the shape depends on a length that is open")
        lengths.append(0 if now == one else one)
    return at.result(at.call("broadcast_to", symbol, shape=tuple(lengths)), value.dtype)


@reads("Tile")
def tile(at: At) -> Symbol:
    """The whole of it several times along each axis."""
    return at.call("tile", at.symbol(0), reps=tuple(at.constant(1, "repeats").tolist()))


@reads("Pad")
def pad(at: At) -> Symbol:
    """More elements at the ends of axes."""
    mode = at.attribute("mode", "constant")
    pads = at.given("pads", 1)
    value = at.given("value", 2, 0.0)
    number = float(np.reshape(value, -1)[0]) if value is not None else 0.0
    rank = at.value(0).rank
    axes = at.constant(3, "axes").tolist() if at.has(3) else range(rank)
    begins, ends = [0] * rank, [0] * rank
    for place, axis in enumerate(axes):
        begins[at.axis(axis)], ends[at.axis(axis)] = pads[place], pads[place + len(axes)]
    return padded(at, at.symbol(0), begins, ends, mode, number)


def padded(at: At, symbol: Symbol, begins: Any, ends: Any, mode: str = "constant", number: float = 0.0) -> Symbol:
    """A symbol with more, or with negative numbers fewer, elements at the ends of its axes."""
    if min(*begins, *ends) < 0:
        cut = [(max(0, -b), None if e >= 0 else e) for b, e in zip(begins, ends)]
        symbol = at.call(
            "slice", symbol, begin=tuple(b or None for b, _ in cut), end=tuple(e for _, e in cut)
        )  # fmt: skip
        begins, ends = [max(0, b) for b in begins], [max(0, e) for e in ends]
    if not any(begins) and not any(ends):
        return symbol
    modes = {"constant": "constant", "edge": "edge", "reflect": "reflect"}
    if mode not in modes:
        raise at.refuse(f"mode {mode!r}; expected one of {', '.join(modes)}")
    width = tuple(each for pair in zip(begins, ends) for each in pair)
    rank = len(begins)
    if rank in (4, 5) and not any(width[:4]):
        return at.call("Pad", symbol, mode=mode, pad_width=width, constant_value=number)
    attributes = {"constant_value": number} if mode == "constant" else {}
    return at.call("_npi_pad", symbol, mode=mode, pad_width=tuple(zip(begins, ends)), **attributes)


@reads("DepthToSpace")
def depth_to_space(at: At) -> Symbol:
    """Channels as blocks of pixels."""
    size, symbol = at.attribute("blocksize"), at.symbol(0)
    if at.attribute("mode", "DCR") == "DCR":
        return at.call("depth_to_space", symbol, block_size=size)
    one, other = at.value(0).shapes
    parts = [(n, c // size**2, size, size, h, w) for n, c, h, w in (one, other)]
    split = at.reshape(symbol, (parts[0], parts[1]))
    turned = at.call("transpose", split, axes=(0, 1, 4, 2, 5, 3))
    whole = [(n, c // size**2, h * size, w * size) for n, c, h, w in (one, other)]
    return at.reshape(turned, (whole[0], whole[1]))


@reads("SpaceToDepth")
def space_to_depth(at: At) -> Symbol:
    """Blocks of pixels as channels."""
    if at.attribute("mode", "DCR") != "DCR":
        raise at.refuse("mode other than DCR")
    return at.call("space_to_depth", at.symbol(0), block_size=at.attribute("blocksize"))


@reads("Trilu")
def trilu(at: At) -> Symbol:
    """The upper or the lower triangle of matrices."""
    k = int(at.constant(1, "k").reshape(-1)[0]) if at.has(1) else 0
    return at.call("_npi_triu" if at.attribute("upper", 1) else "_npi_tril", at.symbol(0), k=k)
