"""Convolution and its transpose."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .....ops.registry import rule
from ...terms import Term
from ...walking import At

__all__ = ["channels_first", "channels_last", "is_channels_last"]

_CHANNELS_LAST = ("NWC", "NHWC", "NDHWC")


def is_channels_last(attributes: At | Mapping[str, Any]) -> bool:
    """Whether the layout that a call asks for has the channels at the end."""
    return attributes.get("layout") in _CHANNELS_LAST


def channels_first(term: Term, rank: int) -> Term:
    """With the last axis as the second."""
    return term.transpose(0, rank - 1, *range(1, rank - 1))


def channels_last(term: Term, rank: int) -> Term:
    """With the second axis as the last."""
    return term.transpose(0, *range(2, rank), 1)


@rule("onnx", "Convolution", "Convolution_v1")
def convolution(at: At, data: Term, weight: Term, bias: Term | None = None) -> Term:
    kernel, axes = at["kernel"], len(at["kernel"])
    last = is_channels_last(at)
    if last:
        data, weight = channels_first(data, axes + 2), channels_first(weight, axes + 2)
    out = at.op(
        "Conv", data, weight, None if at["no_bias"] else bias,
        kernel_shape=kernel, strides=at["stride"] or (1,) * axes, dilations=at["dilate"] or (1,) * axes,
        pads=(at["pad"] or (0,) * axes) * 2, group=at["num_group"],
    )  # fmt: skip
    return channels_last(out, axes + 2) if last else out


@rule("onnx", "Deconvolution")
def deconvolution(at: At, data: Term, weight: Term, bias: Term | None = None) -> Term:
    kernel, axes = at["kernel"], len(at["kernel"])
    last = is_channels_last(at)
    steps, taps = at["stride"] or (1,) * axes, at["dilate"] or (1,) * axes
    zeros, more = at["pad"] or (0,) * axes, at["adj"] or (0,) * axes
    if any(at["target_shape"]):  # pad and adj follow from the lengths
        lengths = data.lengths[1:-1] if last else data.lengths[2:]
        full = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(map(int, lengths), steps, taps, kernel)]
        excess = [length - wanted for length, wanted in zip(full, at["target_shape"])]
        zeros, more = tuple((each + 1) // 2 for each in excess), tuple(each % 2 for each in excess)
    if last:
        data, weight = channels_first(data, axes + 2), channels_first(weight, axes + 2)
    out = at.op(
        "ConvTranspose", data, weight, None if at["no_bias"] else bias,
        kernel_shape=kernel, strides=steps, dilations=taps, pads=zeros * 2, output_padding=more, group=at["num_group"],
    )  # fmt: skip
    return channels_last(out, axes + 2) if last else out


# --- with windows that are moved -------------------------------------------------------------------------------------


@rule("onnx", "_contrib_DeformableConvolution")
def deformable(at: At, data: Term, offset: Term, weight: Term, bias: Term | None = None) -> Term:
    return _deformed(at, data, offset, None, weight, bias)


@rule("onnx", "_contrib_ModulatedDeformableConvolution")
def modulated(at: At, data: Term, offset: Term, mask: Term, weight: Term, bias: Term | None = None) -> Term:
    return _deformed(at, data, offset, mask, weight, bias)


def _deformed(at: At, data: Term, offset: Term, mask: Term | None, weight: Term, bias: Term | None) -> Term:
    """Elements between pixels are gathered for every tap, and multiplied as one matrix.

    ONNX's DeformConv treats the border as the modulated form does, the other reads beyond it from the edge.
    """
    batch, channels, height, width = data.lengths
    kernel, groups, moved = at["kernel"], at["num_group"], at["num_deformable_group"]
    stride, gaps, pad = at["stride"] or (1, 1), at["dilate"] or (1, 1), at["pad"] or (0, 0)
    rows, columns = (int(each) for each in offset.lengths[2:])
    taps, places = math.prod(kernel), rows * columns
    moves = offset.reshape(batch, moved, taps, 2, places)
    down, right = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    tap_down, tap_right = np.meshgrid(np.arange(kernel[0]), np.arange(kernel[1]), indexing="ij")
    starts = [
        (tap * gap).reshape(-1, 1) + (place * step - border).reshape(1, -1)
        for tap, gap, place, step, border in zip((tap_down, tap_right), gaps, (down, right), stride, pad)
    ]
    y, x = (
        (moves.slice(3, axis, axis + 1).squeeze(3) + at.constant(start, data.dtype)).reshape(
            batch, moved, taps * places
        )
        for axis, start in enumerate(starts)
    )
    own = channels // moved
    images = data.reshape(batch, moved, own, height * width)
    found = _between(at, images, y, x, (int(height), int(width)), edges=mask is None)
    if mask is not None:
        found = found * mask.reshape(batch, moved, taps * places).unsqueeze(2)
    found = found.reshape(batch, groups, channels // groups * taps, places)
    filters = at["num_filter"]
    out = at.op("MatMul", weight.reshape(groups, filters // groups, channels // groups * taps), found)
    out = out.reshape(batch, filters, rows, columns)
    return out if bias is None or at["no_bias"] else out + bias.unsqueeze(1, 2)


def _between(at: At, images: Term, y: Term, x: Term, size: tuple[int, int], edges: bool) -> Term:
    """Elements of flat images (batch, groups, channels, pixels) at places (batch, groups, count) between pixels."""
    height, width = size
    if edges:
        inside = (y >= 0.0) & (x >= 0.0) & (y < float(height)) & (x < float(width))
        y, x = (at.op("Min", each, at.constant(length - 1, each.dtype)) for each, length in ((y, height), (x, width)))
    else:
        inside = (y > -1.0) & (x > -1.0) & (y < float(height)) & (x < float(width))
    low = [at.op("Floor", each) for each in (y, x)]
    part = [each - base for each, base in zip((y, x), low)]
    total = None
    for to_row in (0, 1):
        for to_column in (0, 1):
            row, column = low[0] + float(to_row), low[1] + float(to_column)
            there = inside & (row >= 0.0) & (row < float(height)) & (column >= 0.0) & (column < float(width))
            zero = at.constant(0, row.dtype)
            row = at.op("Clip", row, zero, at.constant(height - 1, row.dtype))
            column = at.op("Clip", column, zero, at.constant(width - 1, row.dtype))
            place = (row * float(width) + column).cast("int64")
            each = at.op("GatherND", _channels_at_the_end(images), place.unsqueeze(3), batch_dims=2)
            weight = (part[0] if to_row else 1.0 - part[0]) * (part[1] if to_column else 1.0 - part[1])
            weighted = each.transpose(0, 1, 3, 2) * at.where(there, weight, 0.0).unsqueeze(2)
            total = weighted if total is None else total + weighted
    assert total is not None
    return total


def _channels_at_the_end(images: Term) -> Term:
    return images.transpose(0, 1, 3, 2)
