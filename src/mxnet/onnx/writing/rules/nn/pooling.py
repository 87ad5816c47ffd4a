"""Pooling by windows and over whole axes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .....ops.registry import rule
from ...lengths import Length, Varying
from ...terms import Term
from ...walking import At
from .convolution import channels_first, channels_last, is_channels_last

Pairs = list[tuple[int, int]]


@rule("onnx", "Pooling")
def pooling(at: At, data: Term) -> Term:
    return pooled(at, data, at["pool_type"])


def pooled(at: At, data: Term, kind: str) -> Term:
    """The data of a call of pooling, of this kind."""
    rank = data.rank
    last = is_channels_last(at)
    lengths = data.lengths[1:-1] if last else data.lengths[2:]
    if last:
        data = channels_first(data, rank)
    if at["global_pool"]:
        out = _over(at, data, list(range(2, rank)), kind)
    else:
        out = _windows(at, data, lengths, kind)
    return channels_last(out, rank) if last else out


def _over(at: At, data: Term, axes: list[int], kind: str) -> Term:
    """One window over whole axes."""
    if kind in ("max", "avg"):
        return at.op("GlobalMaxPool" if kind == "max" else "GlobalAveragePool", data)
    if kind == "sum":
        return data.reduce("Sum", axes)
    return _root(at, _power(data, at["p_value"]).reduce("Sum", axes), at["p_value"])


def _power(data: Term, p: int) -> Term:
    return data if p == 1 else data * data if p == 2 else data * data * data


def _root(at: At, total: Term, p: int) -> Term:
    """The p-th root, of a sum of cubes with its sign."""
    if p == 1:
        return total
    return at.op("Sqrt", total) if p == 2 else at.op("Sign", total) * at.op("Abs", total) ** (1 / 3)


def _windows(at: At, data: Term, lengths: Sequence[Length], kind: str) -> Term:
    kernel = at["kernel"]
    axes = len(kernel)
    steps, zeros = at["stride"] or (1,) * axes, at["pad"] or (0,) * axes
    convention = at["pooling_convention"]
    varies = any(isinstance(each, Varying) for each in lengths)
    ceil = 1 if varies and convention == "full" else None
    if ceil:  # how far the last window reaches is known when the model runs
        beyond: Pairs = [(0, 0)] * axes
    else:
        beyond = [_beyond(convention, *sizes) for sizes in zip(lengths, kernel, steps, zeros)]
    borders = [(zero + before, zero + after) for zero, (before, after) in zip(zeros, beyond)]
    narrow = all(max(pair) < width for pair, width in zip(borders, kernel))
    shape = {"kernel_shape": kernel, "strides": steps, "ceil_mode": ceil}
    if kind == "max":
        if not narrow:
            data, borders = _padded(at, data, borders, float(np.finfo(data.dtype).min)), [(0, 0)] * axes
        return at.op("MaxPool", data, pads=_pads(borders), **shape)
    if kind == "avg":
        inside = at["count_include_pad"] is not False
        plain = not any(map(any, beyond))
        if narrow and inside and plain and not (ceil and any(zeros)):
            return at.op("AveragePool", data, pads=_pads(borders), count_include_pad=int(any(zeros)), **shape)
        if inside:
            if all(max(pair) < width for pair, width in zip(beyond, kernel)):  # the border counts, what is beyond not
                bordered = _padded(at, data, [(zero, zero) for zero in zeros], 0.0)
                return at.op("AveragePool", bordered, pads=_pads(beyond), count_include_pad=0, **shape)
        elif narrow and all(_meets(*sizes) for sizes in zip(lengths, kernel, steps, borders)):
            return at.op("AveragePool", data, pads=_pads(borders), count_include_pad=0, **shape)
        counts = _counts([int(each) for each in lengths], kernel, steps, zeros if inside else (0,) * axes, borders)
        return _sums(at, data, borders, shape) / at.constant(counts, data.dtype)
    if kind == "sum":
        return _sums(at, data, borders, shape)
    return _root(at, _sums(at, _power(data, at["p_value"]), borders, shape), at["p_value"])


def _sums(at: At, data: Term, borders: Pairs, shape: dict[str, Any]) -> Term:
    if shape["ceil_mode"]:
        raise at.refuse(
            "sums of windows that reach beyond the data need its lengths; leave them out of the dynamic axes"
        )
    padded, count = _padded(at, data, borders, 0.0), float(math.prod(shape["kernel_shape"]))
    if any(max(pair) >= width for pair, width in zip(borders, shape["kernel_shape"])):
        # multiplied before: onnxruntime 1.23 joins a border with the pooling behind it, and refuses one as wide
        return at.op("AveragePool", padded * count, **shape)
    return at.op("AveragePool", padded, **shape) * count


def _beyond(convention: str, length: Length, width: int, step: int, border: int) -> tuple[int, int]:
    """How far the windows reach beyond the padded input, before and after it."""
    if convention == "valid":
        return 0, 0
    length = int(length)
    if convention == "full":
        count = -(-(length + 2 * border - width) // step) + 1
        return 0, max(0, (count - 1) * step + width - length - 2 * border)
    excess = max(0, (-(-length // step) - 1) * step + width - length)
    return excess // 2, excess - excess // 2


def _meets(length: Length, width: int, step: int, border: tuple[int, int]) -> bool:
    """Whether every window has elements of the data."""
    if isinstance(length, Varying):
        return True
    last = (length + sum(border) - width) // step * step
    return last < border[0] + length


def _counts(
    lengths: list[int], kernel: Sequence[int], steps: Sequence[int], inside: Sequence[int], borders: Pairs
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """How many elements each window counts."""
    counts = np.ones((1, 1, *(1 for _ in lengths)))
    for axis, (length, width, step, own, border) in enumerate(zip(lengths, kernel, steps, inside, borders)):
        counted = np.zeros(length + sum(border))
        counted[border[0] - own : border[0] + length + own] = 1
        starts = range(0, len(counted) - width + 1, step)
        along = [counted[start : start + width].sum() for start in starts]
        counts = counts * np.reshape(along, [-1 if each == axis + 2 else 1 for each in range(len(lengths) + 2)])
    return np.maximum(counts, 1)


def _pads(borders: Pairs) -> list[int]:
    return [before for before, _ in borders] + [after for _, after in borders]


def _padded(at: At, data: Term, borders: Pairs, value: float) -> Term:
    if not any(itertools.chain(*borders)):
        return data
    pads = at.constant(_pads([(0, 0), (0, 0), *borders]))
    return at.op("Pad", data, pads, at.constant(value, data.dtype), mode="constant")


@rule("onnx", "Pooling_v1")
def pooling_v1(at: At, data: Term) -> Term:
    if at["global_pool"]:
        return _over(at, data, list(range(2, data.rank)), at["pool_type"])
    kernel = at["kernel"]
    axes = len(kernel)
    steps, zeros = at["stride"] or (1,) * axes, at["pad"] or (0,) * axes
    beyond = [_beyond(at["pooling_convention"], *sizes) for sizes in zip(data.lengths[2:], kernel, steps, zeros)]
    border = [(zero, zero) for zero in zeros]  # of zeros, for 'max' too
    shape = {"kernel_shape": kernel, "strides": steps}
    if at["pool_type"] == "max":
        # behind a sign: onnxruntime 1.23 joins a border of zeros with the pooling, and takes the lowest number for them
        bordered = -_padded(at, -data, border, 0.0) if any(zeros) else data
        return at.op("MaxPool", bordered, pads=_pads(beyond), **shape)
    padded = _padded(at, data, border, 0.0)
    total = at.op("AveragePool", _padded(at, padded, beyond, 0.0), **shape)
    return total if at["pool_type"] == "avg" else total * float(math.prod(kernel))
