"""Integers of 8 bits: as MXNet computes them, scale by scale."""

from __future__ import annotations

import math

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

Three = tuple[Term, Term, Term]
Pair = tuple[Term, Term]

_BOUNDS = {"int8": (-128, 127), "uint8": (0, 255)}


def _steps(dtype: str, half: bool = True) -> float:
    """How many integers the end of a range stands for."""
    return (HALF_STEPS if half else STEPS)[to_torch_dtype(dtype)]


def _farthest(at: At, low: Term, high: Term) -> Term:
    return at.op("Max", at.op("Abs", low), at.op("Abs", high))


def _per_step(at: At, low: Term, high: Term, dtype: str) -> Term:
    """The float that an integer of 1 stands for."""
    return _farthest(at, low, high) / _steps(dtype)


def _rounded(at: At, values: Term, dtype: str) -> Term:
    """Floats as integers of 8 bits: the nearest, and the last where they reach beyond."""
    low, high = _BOUNDS[dtype]
    near = at.op("Clip", rounded_to_even(at, values), at.constant(low, "float32"), at.constant(high, "float32"))
    return near.cast(dtype)


def _floats(data: Term) -> Term:
    return data.cast("float32")


def _told(at: At) -> tuple[Term, Term]:
    """The range that was found by calibration."""
    return at.constant([at["min_calib_range"]], "float32"), at.constant([at["max_calib_range"]], "float32")


def _is_told(at: At) -> bool:
    return calibrated(at["min_calib_range"], at["max_calib_range"])


@rule("onnx", "_contrib_quantize")
def quantize(at: At, data: Term, min_range: Term, max_range: Term) -> Three:
    reach, dtype = _farthest(at, min_range, max_range), at["out_type"]
    scale = at.constant(_steps(dtype, half=False), "float32") / reach
    ends = (-reach, reach) if dtype == "int8" else (min_range, max_range)
    return _rounded(at, data * scale, dtype), *ends


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
    reach = _farthest(at, low, high)
    ends = (-reach, reach) if dtype == "int8" else (low, high)
    return _rounded(at, data * (at.constant(_steps(dtype), "float32") / reach), dtype), *ends


@rule("onnx", "_contrib_dequantize")
def dequantize(at: At, data: Term, min_range: Term, max_range: Term) -> Term:
    return _floats(data) * _per_step(at, min_range, max_range, data.dtype)


@rule("onnx", "_contrib_requantize")
def requantize(at: At, data: Term, min_range: Term, max_range: Term) -> Three:
    dtype, per_integer = at.dtype, _per_step(at, min_range, max_range, "int32")
    if _is_told(at):
        reach = _farthest(at, *_told(at))
    else:
        reach = _floats(at.op("Abs", data)).reduce("Max", None, keepdims=False).reshape(1) * per_integer
    scale = per_integer * (at.constant(_steps(dtype, half=False), "float32") / reach)
    ends = (-reach if dtype == "int8" else reach * 0.0), reach
    return _rounded(at, _floats(data) * scale, dtype), *ends


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


def _range_of_sums(at: At, data: Pair, weight: Pair, dtype: str) -> tuple[Term, Term]:
    step = (_farthest(at, *data) / _steps(dtype, half=False)) * (_farthest(at, *weight) / _steps("int8", half=False))
    reach = step * STEPS[torch.int32]
    return -reach, reach


def _scaled_bias(at: At, bias: Term, ends: Pair, data: Pair, weight: Pair, dtype: str) -> Term:
    """A bias of 8 bits in the steps of the sums, cut to integers of 32 bits."""
    step = _per_step(at, *data, dtype) * _per_step(at, *weight, "int8")
    return (_floats(bias) * (_per_step(at, *ends, "int8") / step)).cast("int32")


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
    kernel, axes = at["kernel"], len(at["kernel"])
    last, dtype = is_channels_last(at), data.dtype
    if last:
        data, weight = channels_first(data, axes + 2), channels_first(weight, axes + 2)
    (data, zero), (weight, zero_of_weight) = _without_sign(at, data), _without_sign(at, weight)
    out = at.op(
        "ConvInteger", data, weight, zero, zero_of_weight, of="int32", kernel_shape=kernel,
        strides=at["stride"] or (1,) * axes, dilations=at["dilate"] or (1,) * axes,
        pads=(at["pad"] or (0,) * axes) * 2, group=at["num_group"],
    )  # fmt: skip
    if not at["no_bias"]:
        assert bias is not None and min_bias is not None and max_bias is not None
        scaled = _scaled_bias(at, bias, (min_bias, max_bias), of_data, of_weight, dtype)
        out = out + scaled.unsqueeze(*range(1, axes + 1))
    out = channels_last(out, axes + 2) if last else out
    return out, *_range_of_sums(at, of_data, of_weight, dtype)


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
    rows, dtype = data, data.dtype
    if at["flatten"] and data.rank != 2:
        rows = at.op("Flatten", data, axis=1) if data.rank > 2 else data.unsqueeze(1)
    # not MatMulInteger, whose sums of bytes some processors cut to 16 bits on the way
    out = at.op("MatMul", rows.cast("int32"), weight.transpose(1, 0).cast("int32"))
    if not at["no_bias"]:
        assert bias is not None and min_bias is not None and max_bias is not None
        out = out + _scaled_bias(at, bias, (min_bias, max_bias), of_data, of_weight, dtype)
    return out, *_range_of_sums(at, of_data, of_weight, dtype)


@rule("onnx", "_contrib_quantized_pooling")
def quantized_pooling(at: At, data: Term, min_data: Term, max_data: Term) -> Three:
    whole = at["pool_type"] == "avg" and at["pooling_convention"] == "full" and at["count_include_pad"] is not False
    whole = whole and not at["global_pool"]
    # every window counts all of its places
    kind = "sum" if whole else at["pool_type"]
    out = pooled(at, _floats(data).shaped(data.lengths), kind)
    if whole:
        out = out / float(math.prod(at["kernel"]))
    return _rounded(at, out, data.dtype), min_data, max_data


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
    step = _per_step(at, low, high, dtype)
    parts = [
        _rounded(at, _floats(each) * (_per_step(at, one, other, each.dtype) / step), dtype)
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
        high = _farthest(at, *left) + _farthest(at, *right)
        low = -high
    step = _farthest(at, low, high) / _steps(dtype)
    scales = [_per_step(at, *each, kind) / step for each, kind in ((left, lhs.dtype), (right, rhs.dtype))]
    total = _floats(lhs) * scales[0] + _floats(rhs) * scales[1]
    if _is_told(at):
        return _rounded(at, total, dtype), low, high
    bounds = (at.constant(bound, "float64") for bound in (-(2.0**31), 2.0**31 - 1))
    return at.op("Clip", rounded_to_even(at, total.cast("float64")), *bounds).cast("int32"), low, high


@rule("onnx", "_contrib_quantized_elemwise_mul")
def quantized_elemwise_mul(
    at: At, lhs: Term, rhs: Term, lhs_min: Term, lhs_max: Term, rhs_min: Term, rhs_max: Term
) -> Term | Three:
    left, right = (lhs_min, lhs_max), (rhs_min, rhs_max)
    product = lhs.cast("int32") * rhs.cast("int32")
    step = _per_step(at, *left, "int8") * _per_step(at, *right, "int8")
    if at["enable_float_output"]:
        return _floats(product) * step
    if not _is_told(at):
        return product, *_range_of_sums(at, left, right, "int8")
    low, high = _told(at)
    scaled = _floats(product) * (step / _per_step(at, low, high, "int8"))
    cut = at.op("Sign", scaled) * at.op("Floor", at.op("Abs", scaled))
    return _rounded(at, cut, "int8"), low, high


rule("onnx", "_sg_mkldnn_conv", "_sg_mkldnn_fully_connected")(
    "a fused layer over integers of 8 bits; write the network that it was made of"
)


@rule("onnx", "_contrib_quantized_batch_norm")
def quantized_batch_norm(
    at: At, data: Term, gamma: Term, beta: Term, mean: Term, var: Term, min_data: Term, max_data: Term
) -> Three:
    ends, dtype = _told(at), data.dtype
    scale = 1.0 / at.op("Sqrt", var + at["eps"])
    if not at["fix_gamma"]:
        scale = scale * gamma
    per_step = _per_step(at, *ends, "int8")
    factor = scale * (_per_step(at, min_data, max_data, dtype) / per_step)
    offset = (beta - mean * scale) / per_step
    after = range(1, data.rank - at["axis"] % data.rank)
    out = _floats(data) * factor.unsqueeze(*after) + offset.unsqueeze(*after)
    return _rounded(at, out, "int8"), *ends
