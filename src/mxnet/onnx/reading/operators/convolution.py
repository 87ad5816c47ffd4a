"""Convolutions and poolings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....symbol import Symbol
from ..table import At, reads
from ..values import DependsOnLength
from .shapes import padded

__all__ = ["convolved", "same_pads"]


def _spatial(at: At, kernel: Sequence[int]) -> tuple[list[int], list[int], list[int], list[int]]:
    """Strides, dilations, and the padding before and after."""
    count = len(kernel)
    strides = at.attribute("strides", [1] * count)
    dilations = at.attribute("dilations", [1] * count)
    pads = at.attribute("pads", [0] * 2 * count)
    mode = at.attribute("auto_pad", "NOTSET")
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        found = [same_pads(shape[2:], kernel, strides, dilations, mode == "SAME_UPPER") for shape in at.value(0).shapes]
        if found[0] != found[1]:
            raise DependsOnLength(f"{at!r}: its padding depends on a length that is open")
        pads = found[0]
    elif mode == "VALID":
        pads = [0] * 2 * count
    return strides, dilations, pads[:count], pads[count:]


def same_pads(
    lengths: Sequence[int], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int], upper: bool
) -> list[int]:
    """The padding with which the output is as long as the input over the stride, rounded up."""
    begins, ends = [], []
    for length, size, stride, dilation in zip(lengths, kernel, strides, dilations):
        reach = (size - 1) * dilation + 1
        whole = max(0, (-(-length // stride) - 1) * stride + reach - length)
        small, large = whole // 2, whole - whole // 2
        begins.append(small if upper else large)
        ends.append(large if upper else small)
    return begins + ends


def _even(at: At, symbol: Symbol, begins: list[int], ends: list[int], number: float = 0.0) -> tuple[Symbol, list[int]]:
    """A symbol padded by what the padding before and after differs, and the padding that is left for both sides."""
    if begins == ends:
        return symbol, begins
    least = [min(pair) for pair in zip(begins, ends)]
    before, after = ([0, 0, *(each - low for each, low in zip(side, least))] for side in (begins, ends))
    return padded(at, symbol, before, after, number=number), least


@reads("Conv")
def convolution(at: At) -> Symbol:
    """Over one, two or three axes, in groups."""
    return convolved(at, at.symbol(0), at.symbol(1), at.shape(1), at.symbol(2) if at.has(2) else None)


def convolved(at: At, data: Symbol, weight: Symbol, shape: Sequence[int], bias: Symbol | None = None) -> Symbol:
    """A convolution of the node's kernel, strides, dilations, padding and groups; `shape` is the weight's."""
    kernel = at.attribute("kernel_shape", list(shape[2:]))
    strides, dilations, begins, ends = _spatial(at, kernel)
    data, pads = _even(at, data, begins, ends)
    inputs = [data, weight] if bias is None else [data, weight, bias]
    return at.call(
        "Convolution", *inputs, kernel=tuple(kernel), stride=tuple(strides), dilate=tuple(dilations), pad=tuple(pads),
        num_filter=shape[0], num_group=at.attribute("group", 1), no_bias=bias is None,
    )  # fmt: skip


@reads("ConvTranspose")
def transposed(at: At) -> Symbol:
    """A convolution the other way."""
    shape, groups = at.shape(1), at.attribute("group", 1)
    kernel = at.attribute("kernel_shape", list(shape[2:]))
    count = len(kernel)
    strides = at.attribute("strides", [1] * count)
    dilations = at.attribute("dilations", [1] * count)
    extra = at.attribute("output_padding", [0] * count)
    pads = at.attribute("pads", [0] * 2 * count)
    mode, wanted = at.attribute("auto_pad", "NOTSET"), at.attribute("output_shape")
    if mode == "VALID":
        pads = [0] * 2 * count
    lengths = at.shape()[2:]
    if mode in ("SAME_UPPER", "SAME_LOWER") and wanted is None:
        wanted = [length * stride for length, stride in zip(lengths, strides)]
    if wanted is not None:
        wanted = wanted[-count:]
        whole = [
            stride * (length - 1) + more + (size - 1) * dilation + 1 - goal
            for stride, length, more, size, dilation, goal in zip(strides, lengths, extra, kernel, dilations, wanted)
        ]
        small, large = [max(each, 0) // 2 for each in whole], [max(each, 0) - max(each, 0) // 2 for each in whole]
        pads = small + large if mode == "SAME_UPPER" else large + small
        extra = [more - min(each, 0) for more, each in zip(extra, whole)]
    begins, ends = pads[:count], pads[count:]
    inputs = [at.symbol(0), at.symbol(1)] + ([at.symbol(2)] if at.has(2) else [])
    plain = begins == ends and all(more < stride for more, stride in zip(extra, strides))
    result = at.call(
        "Deconvolution", *inputs, kernel=tuple(kernel), stride=tuple(strides), dilate=tuple(dilations),
        pad=tuple(begins if plain else [0] * count), adj=tuple(extra if plain else [0] * count),
        num_filter=shape[1] * groups, num_group=groups, no_bias=not at.has(2),
    )  # fmt: skip
    if plain:
        return result
    if any(extra):
        if at.has(2):
            raise at.refuse("output_padding beyond a stride, with a bias")
        result = padded(at, result, [0] * (count + 2), [0, 0, *extra])
    return padded(at, result, [0, 0, *(-each for each in begins)], [0, 0, *(-each for each in ends)])


# --- pooling ------------------------------------------------------------------------------------------------------


@reads("MaxPool")
def max_pool(at: At) -> Any:
    """The largest element of each window."""
    kernel = at.attribute("kernel_shape")
    strides, dilations, begins, ends = _spatial(at, kernel)
    if any(each != 1 for each in dilations):
        lowest = float(np.finfo(np.float32).min)
        data = padded(at, at.symbol(0), [0, 0, *begins], [0, 0, *ends], number=lowest)
        return [_dilated(at, data, kernel, strides, dilations, "_maximum"), None]
    lowest = float(np.finfo(np.float32).min)
    data, pads = _even(at, at.symbol(0), begins, ends, lowest)
    return [_pool(at, data, kernel, strides, begins, pads, "max"), None]


def _pool(at: At, data: Symbol, kernel: Any, strides: Any, begins: Any, pads: Any, kind: str, **more: Any) -> Symbol:
    """Windows over data that is padded by `pads` and, so far, by as much that the whole padding before is `begins`."""
    convention = "full" if at.attribute("ceil_mode", 0) else "valid"
    result = at.call(
        "Pooling", data, kernel=tuple(kernel), stride=tuple(strides), pad=tuple(pads), pool_type=kind,
        pooling_convention=convention, **more,
    )  # fmt: skip
    if convention == "full":  # ONNX has no window that begins behind the data
        found = at.pair_of(result)
        for axis, (stride, begin) in enumerate(zip(strides, begins), 2):
            over = [(n[axis] - 1) * stride >= shape[axis] + begin for n, shape in zip(found, at.value(0).shapes)]
            if over[0] != over[1]:
                raise DependsOnLength(f"{at!r}: how many windows there are depends on a length that is open")
            if over[0]:
                result = at.call("slice_axis", result, axis=axis, begin=0, end=-1)
    return result


def _dilated(at: At, data: Symbol, kernel: Any, strides: Any, dilations: Any, op: str) -> Symbol:
    """An operator over slices of padded data, one for each place of the window."""
    if at.attribute("ceil_mode", 0):
        raise at.refuse("dilations together with ceil_mode")
    one, other = at.pair_of(data)
    if one[2:] != other[2:]:
        raise DependsOnLength(f"{at!r}: windows with holes over a length that is open")
    counts = [(n - (k - 1) * d - 1) // s + 1 for n, k, d, s in zip(one[2:], kernel, dilations, strides)]
    result = None
    for place in np.ndindex(*kernel):
        starts = [offset * d for offset, d in zip(place, dilations)]
        stops = [start + (count - 1) * s + 1 for start, count, s in zip(starts, counts, strides)]
        part = at.call(
            "slice", data, begin=(None, None, *starts), end=(None, None, *stops), step=(1, 1, *strides)
        )  # fmt: skip
        result = part if result is None else at.call(op, result, part)
    assert result is not None
    return result


@reads("AveragePool")
def average_pool(at: At) -> Symbol:
    """The mean of each window, over what is padded too where the node says so."""
    kernel = at.attribute("kernel_shape")
    strides, dilations, begins, ends = _spatial(at, kernel)
    counted = bool(at.attribute("count_include_pad", 0))
    if any(each != 1 for each in dilations):
        sides = [0, 0, *begins], [0, 0, *ends]
        there = padded(at, at.call("ones_like", at.symbol(0)), *sides, number=float(counted))
        total, count = (
            _dilated(at, each, kernel, strides, dilations, "elemwise_add")
            for each in (padded(at, at.symbol(0), *sides), there)
        )
        return at.call("elemwise_div", total, count)
    if begins == ends and not (at.attribute("ceil_mode", 0) and any(begins)):
        return _pool(at, at.symbol(0), kernel, strides, begins, begins, "avg", count_include_pad=counted)
    if counted and not at.attribute("ceil_mode", 0):
        data, pads = _even(at, at.symbol(0), begins, ends)
        return _pool(at, data, kernel, strides, begins, pads, "avg", count_include_pad=True)
    # the sum of what is there over how much of it there is
    sides = [0, 0, *begins], [0, 0, *ends]
    total = _pool(at, padded(at, at.symbol(0), *sides), kernel, strides, begins, [0] * len(kernel), "sum")
    there = padded(at, at.call("ones_like", at.symbol(0)), *sides, number=float(counted))
    count = _pool(at, there, kernel, strides, begins, [0] * len(kernel), "sum")
    return at.call("elemwise_div", total, count)


@reads("LpPool")
def lp_pool(at: At) -> Symbol:
    """The norm of each window."""
    kernel = at.attribute("kernel_shape")
    strides, dilations, begins, ends = _spatial(at, kernel)
    if any(each != 1 for each in dilations):
        raise at.refuse("norms of windows with holes (dilations)")
    data, pads = _even(at, at.call("abs", at.symbol(0)), begins, ends)
    return _pool(at, data, kernel, strides, begins, pads, "lp", p_value=at.attribute("p", 2))


@reads("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool")
def global_pool(at: At) -> Symbol:
    """One number for each channel."""
    kind = {"GlobalAveragePool": "avg", "GlobalMaxPool": "max", "GlobalLpPool": "lp"}[at.op]
    more = {"p_value": at.attribute("p", 2)} if kind == "lp" else {}
    rank = at.value(0).rank - 2
    data = at.call("abs", at.symbol(0)) if kind == "lp" else at.symbol(0)
    return at.call("Pooling", data, kernel=(1,) * rank, global_pool=True, pool_type=kind, **more)
