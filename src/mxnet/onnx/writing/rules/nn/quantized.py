"""Integers of 8 bits: as MXNet computes them, scale by scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from .....base import to_torch_dtype
from .....ops.nn.quantizing import HALF_STEPS, OWN_RANGE, STEPS, calibrated
from .....ops.registry import rule
from ...terms import Term
from ...walking import At
from ..array.indexing import within
from ..math.functions import rounded_to_even
from .convolution import channels_first, channels_last, is_channels_last
from .pooling import pooled

__all__ = [
    "Pair", "Three", "dense_sums", "farthest", "floats", "in_integers", "per_step", "range_of_sums", "rounded",
    "scaled_bias", "steps", "sums_of_convolution",
]  # fmt: skip

Three = tuple[Term, Term, Term]
Pair = tuple[Term, Term]

_BOUNDS = {"int8": (-128, 127), "uint8": (0, 255)}


def steps(dtype: str, half: bool = True) -> float:
    """How many integers the end of a range stands for."""
    return (HALF_STEPS if half else STEPS)[to_torch_dtype(dtype)]


def farthest(at: At, low: Term, high: Term) -> Term:
    """How far from 0 a range reaches."""
    return at.op("Max", at.op("Abs", low), at.op("Abs", high))


def per_step(at: At, low: Term, high: Term, dtype: str) -> Term:
    """The float that an integer of 1 stands for."""
    return farthest(at, low, high) / steps(dtype)


def rounded(at: At, values: Term, dtype: str) -> Term:
    """Floats as integers of 8 bits: the nearest, and the last where they reach beyond."""
    low, high = _BOUNDS[dtype]
    near = at.op("Clip", rounded_to_even(at, values), at.constant(low, "float32"), at.constant(high, "float32"))
    return near.cast(dtype)


def in_integers(at: At, values: Term) -> Term:
    """Floats as integers of 32 bits: the nearest, and the last where they reach beyond."""
    bounds = (at.constant(bound, "float64") for bound in (-(2.0**31), 2.0**31 - 1))
    return at.op("Clip", rounded_to_even(at, values.cast("float64")), *bounds).cast("int32")


def floats(data: Term) -> Term:
    return data.cast("float32")


def _told(at: At) -> tuple[Term, Term]:
    """The range that was found by calibration."""
    return at.constant([at["min_calib_range"]], "float32"), at.constant([at["max_calib_range"]], "float32")


def _is_told(at: At) -> bool:
    return calibrated(at["min_calib_range"], at["max_calib_range"])


@rule("onnx", "_contrib_quantize")
def quantize(at: At, data: Term, min_range: Term, max_range: Term) -> Three:
    reach, dtype = farthest(at, min_range, max_range), at["out_type"]
    scale = at.constant(steps(dtype, half=False), "float32") / reach
    ends = (-reach, reach) if dtype == "int8" else (min_range, max_range)
    return rounded(at, data * scale, dtype), *ends


@rule("onnx", "_contrib_quantize_v2")
def quantize_v2(at: At, data: Term) -> Three:
    dtype = at.dtype
    if data.dtype in _BOUNDS:
        if _is_told(at):
            return data, *_told(at)
        own = OWN_RANGE[to_torch_dtype(data.dtype)]
        return data, at.constant([own[0]], "float32"), at.constant([own[1]], "float32")
    if _is_told(at):
        low, high = _told(at)
    else:
        low, high = (data.reduce(kind, None, keepdims=False).reshape(1) for kind in ("Min", "Max"))
    reach = farthest(at, low, high)
    ends = (-reach, reach) if dtype == "int8" else (low, high)
    return rounded(at, data * (at.constant(steps(dtype), "float32") / reach), dtype), *ends


@rule("onnx", "_contrib_dequantize")
def dequantize(at: At, data: Term, min_range: Term, max_range: Term) -> Term:
    return floats(data) * per_step(at, min_range, max_range, data.dtype)


@rule("onnx", "_contrib_requantize")
def requantize(at: At, data: Term, min_range: Term, max_range: Term) -> Three:
    dtype, per_integer = at.dtype, per_step(at, min_range, max_range, "int32")
    if _is_told(at):
        reach = farthest(at, *_told(at))
    else:
        reach = floats(at.op("Abs", data)).reduce("Max", None, keepdims=False).reshape(1) * per_integer
    scale = per_integer * (at.constant(steps(dtype, half=False), "float32") / reach)
    ends = (-reach if dtype == "int8" else reach * 0.0), reach
    return rounded(at, floats(data) * scale, dtype), *ends


def _without_sign(at: At, data: Term) -> tuple[Term, Term | None]:
    """Integers as such from 0 to 255, with the one that is their 0.

    Some runtimes have convolutions of these alone, and some cut the sums of others to 16 bits on the way.
    """
    if data.dtype == "uint8":
        return data, None
    zero = at.constant(128, "uint8")
    known = data.constant
    if known is not None:
        return at.constant(known.astype("int16") + 128, "uint8"), zero
    return (data.cast("int32") + 128).cast("uint8"), zero


# --- layers ----------------------------------------------------------------------------------------------------------


def range_of_sums(at: At, data: Pair, weight: Pair, dtype: str) -> tuple[Term, Term]:
    step = (farthest(at, *data) / steps(dtype, half=False)) * (farthest(at, *weight) / steps("int8", half=False))
    reach = step * STEPS[torch.int32]
    return -reach, reach


def scaled_bias(at: At, bias: Term, ends: Pair, data: Pair, weight: Pair, dtype: str) -> Term:
    """A bias of 8 bits in the steps of the sums, cut to integers of 32 bits."""
    step = per_step(at, *data, dtype) * per_step(at, *weight, "int8")
    return (floats(bias) * (per_step(at, *ends, "int8") / step)).cast("int32")


def sums_of_convolution(at: At, attributes: Mapping[str, Any], data: Term, weight: Term) -> Term:
    """What a convolution adds up of integers of 8 bits, in int32."""
    axes, last = len(attributes["kernel"]), is_channels_last(attributes)
    if last:
        data, weight = channels_first(data, axes + 2), channels_first(weight, axes + 2)
    (data, zero), (weight, zero_of_weight) = _without_sign(at, data), _without_sign(at, weight)
    out = at.op(
        "ConvInteger", data, weight, zero, zero_of_weight, of="int32", kernel_shape=attributes["kernel"],
        strides=attributes["stride"] or (1,) * axes, dilations=attributes["dilate"] or (1,) * axes,
        pads=(attributes["pad"] or (0,) * axes) * 2, group=attributes["num_group"],
    )  # fmt: skip
    return channels_last(out, axes + 2) if last else out


def dense_sums(at: At, attributes: Mapping[str, Any], data: Term, weight: Term) -> Term:
    """What a fully connected layer adds up of integers of 8 bits, in int32."""
    rows = data
    if attributes["flatten"] and data.rank != 2:
        rows = at.op("Flatten", data, axis=1) if data.rank > 2 else data.unsqueeze(1)
    # not MatMulInteger, whose sums of bytes some processors cut to 16 bits on the way
    return at.op("MatMul", rows.cast("int32"), weight.cast("int32").transpose(1, 0))


@rule("onnx", "_contrib_quantized_conv")
def quantized_conv(
    at: At,
    data: Term,
    weight: Term,
    bias: Term | None,
    min_data: Term,
    max_data: Term,
    min_weight: Term,
    max_weight: Term,
    min_bias: Term | None = None,
    max_bias: Term | None = None,
) -> Three:
    of_data, of_weight = (min_data, max_data), (min_weight, max_weight)
    dtype, out = data.dtype, sums_of_convolution(at, at.call.attributes, data, weight)
    if not at["no_bias"]:
        assert bias is not None and min_bias is not None and max_bias is not None
        scaled = scaled_bias(at, bias, (min_bias, max_bias), of_data, of_weight, dtype)
        out = out + scaled.unsqueeze(*range(1, 1 if is_channels_last(at) else len(at["kernel"]) + 1))
    return out, *range_of_sums(at, of_data, of_weight, dtype)


@rule("onnx", "_contrib_quantized_fully_connected")
def quantized_fully_connected(
    at: At,
    data: Term,
    weight: Term,
    bias: Term | None,
    min_data: Term,
    max_data: Term,
    min_weight: Term,
    max_weight: Term,
    min_bias: Term | None = None,
    max_bias: Term | None = None,
) -> Three:
    of_data, of_weight = (min_data, max_data), (min_weight, max_weight)
    dtype, out = data.dtype, dense_sums(at, at.call.attributes, data, weight)
    if not at["no_bias"]:
        assert bias is not None and min_bias is not None and max_bias is not None
        out = out + scaled_bias(at, bias, (min_bias, max_bias), of_data, of_weight, dtype)
    return out, *range_of_sums(at, of_data, of_weight, dtype)


@rule("onnx", "_contrib_quantized_pooling")
def quantized_pooling(at: At, data: Term, min_data: Term, max_data: Term) -> Three:
    whole = at["pool_type"] == "avg" and at["pooling_convention"] == "full" and at["count_include_pad"] is not False
    whole = whole and not at["global_pool"]
    # every window counts all of its places
    kind = "sum" if whole else at["pool_type"]
    out = pooled(at, floats(data).shaped(data.lengths), kind)
    if whole:
        out = out / float(math.prod(at["kernel"]))
    return rounded(at, out, data.dtype), min_data, max_data


@rule("onnx", "_contrib_quantized_flatten")
def quantized_flatten(at: At, data: Term, min_data: Term, max_data: Term) -> Three:
    return at.op("Flatten", data, axis=1), min_data, max_data


@rule("onnx", "_contrib_quantized_act")
def quantized_act(at: At, data: Term, min_data: Term, max_data: Term) -> Three:
    if at["act_type"] != "relu":
        raise at.refuse(f"act_type={at['act_type']!r}; integers have relu alone")
    return at.op("Max", at.wide(data), at.constant(0, "int32")).cast(data.dtype), min_data, max_data


@rule("onnx", "_contrib_quantized_embedding")
def quantized_embedding(at: At, data: Term, weight: Term, min_weight: Term, max_weight: Term) -> Three:
    return at.op("Gather", weight, within(at, data, at["input_dim"]), axis=0), min_weight, max_weight


# --- element by element ----------------------------------------------------------------------------------------------


@rule("onnx", "_contrib_quantized_concat")
def quantized_concat(at: At, *data: Term) -> Three:
    count = len(data) // 3
    arrays, lows, highs = data[:count], data[count::2], data[count + 1 :: 2]
    dtype = at.dtype
    low = at.op("Min", *lows) if count > 1 else lows[0]
    high = at.op("Max", *highs) if count > 1 else highs[0]
    step = per_step(at, low, high, dtype)
    parts = [
        rounded(at, floats(each) * (per_step(at, one, other, each.dtype) / step), dtype)
        for each, one, other in zip(arrays, lows, highs)
    ]
    return at.concat(parts, at["dim"]), low, high


@rule("onnx", "_contrib_quantized_elemwise_add")
def quantized_elemwise_add(
    at: At, lhs: Term, rhs: Term, lhs_min: Term, lhs_max: Term, rhs_min: Term, rhs_max: Term
) -> Three:
    dtype, left, right = at.dtype, (lhs_min, lhs_max), (rhs_min, rhs_max)
    if _is_told(at):
        low, high = _told(at)
    else:
        high = farthest(at, *left) + farthest(at, *right)
        low = -high
    step = farthest(at, low, high) / steps(dtype)
    scales = [per_step(at, *each, kind) / step for each, kind in ((left, lhs.dtype), (right, rhs.dtype))]
    total = floats(lhs) * scales[0] + floats(rhs) * scales[1]
    if _is_told(at):
        return rounded(at, total, dtype), low, high
    return in_integers(at, total), low, high


@rule("onnx", "_contrib_quantized_elemwise_mul")
def quantized_elemwise_mul(
    at: At, lhs: Term, rhs: Term, lhs_min: Term, lhs_max: Term, rhs_min: Term, rhs_max: Term
) -> Term | Three:
    left, right = (lhs_min, lhs_max), (rhs_min, rhs_max)
    product = lhs.cast("int32") * rhs.cast("int32")
    step = per_step(at, *left, "int8") * per_step(at, *right, "int8")
    if at["enable_float_output"]:
        return floats(product) * step
    if not _is_told(at):
        return product, *range_of_sums(at, left, right, "int8")
    low, high = _told(at)
    scaled = floats(product) * (step / per_step(at, low, high, "int8"))
    cut = at.op("Sign", scaled) * at.op("Floor", at.op("Abs", scaled))
    return rounded(at, cut, "int8"), low, high


@rule("onnx", "_contrib_quantized_batch_norm")
def quantized_batch_norm(
    at: At, data: Term, gamma: Term, beta: Term, mean: Term, var: Term, min_data: Term, max_data: Term
) -> Three:
    ends, dtype = _told(at), data.dtype
    scale = 1.0 / at.op("Sqrt", var + at["eps"])
    if not at["fix_gamma"]:
        scale = scale * gamma
    step = per_step(at, *ends, "int8")
    factor = scale * (per_step(at, min_data, max_data, dtype) / step)
    offset = (beta - mean * scale) / step
    after = range(1, data.rank - at["axis"] % data.rank)
    out = floats(data) * factor.unsqueeze(*after) + offset.unsqueeze(*after)
    return rounded(at, out, "int8"), *ends
