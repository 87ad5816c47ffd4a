"""Convolution and its transpose."""

from __future__ import annotations

from ...ops.registry import rule
from .terms import Term
from .walking import At

__all__ = ["channels_first", "channels_last"]

_CHANNELS_LAST = ("NWC", "NHWC", "NDHWC")


def is_channels_last(at: At) -> bool:
    """Whether the layout that a call asks for has the channels at the end."""
    return at.get("layout") in _CHANNELS_LAST


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
