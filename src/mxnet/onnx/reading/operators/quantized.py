"""Numbers kept as small integers with a scale: what a graph rounds to them, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....symbol import Symbol
from ..table import At, reads
from .convolution import convolved

__all__: list[str] = []


@reads("QuantizeLinear")
def quantize(at: At) -> Any:
    """The nearest of 256 numbers, or of 65536."""
    kind = at.value(2).dtype if at.has(2) else np.dtype(np.uint8)
    if at.attribute("block_size", 0):
        raise at.refuse("blocks of elements with a scale each")
    if kind.name not in ("int8", "uint8", "int16", "uint16"):
        raise at.refuse(f"numbers of dtype {kind}; expected int8, uint8, int16 or uint16")
    limits = np.iinfo(kind)
    scaled = at.call("_npi_around", at.call("broadcast_div", at.symbol(0), _channel(at, 1)), decimals=0)
    if at.has(2):
        scaled = at.call("broadcast_add", scaled, at.cast(_channel(at, 2), np.float32))
    kept = at.call("clip", scaled, a_min=float(limits.min), a_max=float(limits.max))
    return at.result(at.cast(kept, kind), kind)


@reads("DequantizeLinear")
def dequantize(at: At) -> Symbol:
    """As floating-point numbers again."""
    if at.attribute("block_size", 0):
        raise at.refuse("blocks of elements with a scale each")
    whole = at.cast(at.symbol(0), np.float32)
    if at.has(2):
        whole = at.call("broadcast_sub", whole, at.cast(_channel(at, 2), np.float32))
    return at.call("broadcast_mul", whole, _channel(at, 1))


def _whole(at: At, place: int, zero: int) -> Symbol:
    """An input of small integers as numbers, its zero point taken off."""
    symbol = at.cast(at.symbol(place), np.float32)
    if not at.has(zero):
        return symbol
    return at.call("broadcast_sub", symbol, at.cast(at.symbol(zero), np.float32))


def _kernel(at: At, place: int, zero: int, axis: int) -> Symbol:
    """A known weight as numbers, its zero points, one or one a channel, taken off."""
    array = at.constant(place, "the weight").astype(np.float32)
    if at.has(zero):
        points = at.constant(zero, "its zero point").astype(np.float32)
        lengths = [1] * array.ndim
        if points.size > 1:
            lengths[axis] = -1
        array = array - points.reshape(lengths)
    return at.parameter(array, "weight")


@reads("ConvInteger")
def convolve_integers(at: At) -> Any:
    """The sums of a convolution of small integers."""
    return at.result(
        at.call("Cast", convolved(at, _whole(at, 0, 2), _kernel(at, 1, 3, 0), at.shape(1)), dtype="int32"), np.int32
    )


@reads("MatMulInteger")
def multiply_integers(at: At) -> Any:
    """The sums of a product of matrices of small integers."""
    return at.result(at.call("Cast", _product(at, 1, 2, 3), dtype="int32"), np.int32)


def _product(at: At, matrix: int, zero: int, zero_of_matrix: int) -> Symbol:
    other = at.value(matrix)
    if other.array is None or other.rank != 2:
        return at.call("_npi_matmul", _whole(at, 0, zero), _whole(at, matrix, zero_of_matrix))
    turned = at.call("transpose", _kernel(at, matrix, zero_of_matrix, 1))
    return at.call(
        "FullyConnected", _whole(at, 0, zero), turned, num_hidden=other.shape[1], no_bias=True, flatten=False
    )  # fmt: skip


@reads("QLinearConv")
def quantized_convolution(at: At) -> Any:
    """A convolution of small integers, its sums scaled to small integers again."""
    bias = at.cast(at.symbol(8), np.float32) if at.has(8) else None
    sums = convolved(at, _whole(at, 0, 2), _kernel(at, 3, 5, 0), at.shape(3), bias)
    scale = at.constant(1, "a scale") * at.constant(4, "a scale").reshape(-1) / at.constant(6, "a scale")
    lengths = (1, -1, *[1] * (at.value(0).rank - 2))
    return _requantized(at, sums, scale.reshape(lengths if scale.size > 1 else (1,)), 7)


@reads("QLinearMatMul")
def quantized_product(at: At) -> Any:
    """A product of matrices of small integers, its sums scaled to small integers again."""
    scale = at.constant(1, "a scale") * at.constant(4, "a scale") / at.constant(6, "a scale")
    return _requantized(at, _product(at, 3, 2, 5), scale, 7)


def _requantized(at: At, sums: Symbol, scale: np.ndarray[Any, Any], zero: int) -> Any:
    kind = at.value(zero).dtype
    limits = np.iinfo(kind)
    scaled = at.call("broadcast_mul", sums, at.parameter(scale.astype(np.float32), "scale"))
    rounded = at.call("_npi_around", scaled, decimals=0)
    moved = at.call("broadcast_add", rounded, at.cast(at.symbol(zero), np.float32))
    kept = at.call("clip", moved, a_min=float(limits.min), a_max=float(limits.max))
    return at.result(at.call("Cast", kept, dtype=kind.name), kind)


@reads("DynamicQuantizeLinear")
def quantize_by_range(at: At) -> Any:
    """As 256 numbers between the smallest and the largest element."""
    data = at.symbol(0)
    axes = tuple(range(at.value(0).rank))
    high = at.call("_maximum_scalar", at.call("max", data, axis=axes), scalar=0.0)
    low = at.call("_minimum_scalar", at.call("min", data, axis=axes), scalar=0.0)
    scale = at.call("_div_scalar", at.call("elemwise_sub", high, low), scalar=255.0)
    zero = at.call("clip", at.call("elemwise_div", at.call("negative", low), scale), a_min=0.0, a_max=255.0)
    zero = at.call("_npi_around", zero, decimals=0)
    scaled = at.call("_npi_around", at.call("broadcast_div", data, scale), decimals=0)
    kept = at.call("clip", at.call("broadcast_add", scaled, zero), a_min=0.0, a_max=255.0)
    return [
        at.result(at.call("Cast", kept, dtype="uint8"), np.uint8),
        at.result(scale, np.float32, scalar=True),
        at.result(at.call("Cast", zero, dtype="uint8"), np.uint8, scalar=True),
    ]


def _channel(at: At, place: int) -> Symbol:
    """A scale or zero point: of all, or one a channel."""
    symbol, value = at.symbol(place), at.value(place)
    if value.rank == 1 and value.shape[0] > 1:
        axis = at.axis(at.attribute("axis", 1))
        lengths = tuple(value.shape[0] if each == axis else 1 for each in range(at.value(0).rank))
        return at.reshape(symbol, (lengths, lengths))
    return symbol
