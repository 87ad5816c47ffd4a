"""Operators of ONNX that compute element by element."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ....symbol import Symbol
from ..table import At, reads
from ..values import Value

__all__ = ["affine"]


def _unary(op: str, **attributes: Any) -> Callable[[At], Symbol]:
    def read(at: At) -> Symbol:
        return at.call(op, at.symbol(0), **attributes)

    return read


for _name, _op in {
    "Abs": "abs", "Neg": "negative", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Reciprocal": "reciprocal",
    "Floor": "floor", "Ceil": "ceil", "Sign": "sign", "Sin": "sin", "Cos": "cos", "Tan": "tan", "Asin": "arcsin",
    "Acos": "arccos", "Atan": "arctan", "Sinh": "sinh", "Cosh": "cosh", "Tanh": "tanh", "Asinh": "arcsinh",
    "Acosh": "arccosh", "Atanh": "arctanh", "Sigmoid": "sigmoid", "Relu": "relu", "Softsign": "softsign",
    "Erf": "erf", "Identity": "_copy",
}.items():  # fmt: skip
    reads(_name)(_unary(_op))
reads("Softplus")(_unary("Activation", act_type="softrelu"))


@reads("Round")
def round_to_even(at: At) -> Symbol:
    """The nearest whole number, the even one of two."""
    return at.call("_npi_around", at.symbol(0), decimals=0)


# --- activations --------------------------------------------------------------------------------------------------


@reads("Elu")
def elu(at: At) -> Symbol:
    """Of a slope for negative numbers."""
    return at.call("LeakyReLU", at.symbol(0), act_type="elu", slope=at.attribute("alpha", 1.0))


@reads("LeakyRelu")
def leaky_relu(at: At) -> Symbol:
    """Of one slope for all."""
    return at.call("LeakyReLU", at.symbol(0), act_type="leaky", slope=at.attribute("alpha", 0.01))


@reads("PRelu")
def prelu(at: At) -> Symbol:
    """Of slopes that are learned, one for each channel or broadcast."""
    x, rank = at.symbol(0), at.value(0).rank
    slopes = at.value(1)
    channels = (slopes.shape[:1] if slopes.rank == rank - 1 else slopes.shape[1:2]) if slopes.rank >= rank - 1 else ()
    if slopes.array is not None and rank > 1 and slopes.array.size in (1, *channels):
        return at.call("LeakyReLU", x, at.parameter(slopes.array.reshape(-1), "gamma"), act_type="prelu")
    low = at.call("_minimum_scalar", x, scalar=0.0)
    return at.call("broadcast_add", at.call("relu", x), at.call("broadcast_mul", low, at.symbol(1)))


@reads("Selu")
def selu(at: At) -> Symbol:
    """Of two numbers, by default those that keep variance."""
    alpha, gamma = at.attribute("alpha", 1.67326319217681884765625), at.attribute("gamma", 1.05070102214813232421875)
    x = at.call("LeakyReLU", at.symbol(0), act_type="elu", slope=alpha)
    return at.call("_mul_scalar", x, scalar=gamma)


@reads("Celu")
def celu(at: At) -> Symbol:
    """max(0, x) + min(0, alpha (exp(x / alpha) − 1))."""
    alpha = at.attribute("alpha", 1.0)
    x = at.symbol(0)
    low = at.call("expm1", at.call("_mul_scalar", at.call("_minimum_scalar", x, scalar=0.0), scalar=1 / alpha))
    return at.call("elemwise_add", at.call("relu", x), at.call("_mul_scalar", low, scalar=alpha))


@reads("Gelu")
def gelu(at: At) -> Symbol:
    """X Φ(x), or what is close to it by tanh."""
    x = at.symbol(0)
    if at.attribute("approximate", "none") == "none":
        return at.call("LeakyReLU", x, act_type="gelu")
    cubed = affine(at, at.call("elemwise_mul", at.call("square", x), x), 0.044715)
    inner = affine(at, at.call("elemwise_add", x, cubed), math.sqrt(2 / math.pi))
    return at.call("elemwise_mul", affine(at, x, 0.5), affine(at, at.call("tanh", inner), 1.0, 1.0))


@reads("HardSigmoid")
def hard_sigmoid(at: At) -> Symbol:
    """A line, kept between 0 and 1."""
    return at.call("hard_sigmoid", at.symbol(0), alpha=at.attribute("alpha", 0.2), beta=at.attribute("beta", 0.5))


@reads("HardSwish")
def hard_swish(at: At) -> Symbol:
    """Times a hard sigmoid of itself."""
    x = at.symbol(0)
    return at.call("elemwise_mul", x, at.call("hard_sigmoid", x, alpha=1 / 6, beta=0.5))


@reads("Swish")
def swish(at: At) -> Symbol:
    """Times a sigmoid of itself."""
    x = at.symbol(0)
    return at.call("elemwise_mul", x, at.call("sigmoid", affine(at, x, at.attribute("alpha", 1.0))))


@reads("Mish")
def mish(at: At) -> Symbol:
    """Times tanh of its softplus."""
    x = at.symbol(0)
    return at.call("elemwise_mul", x, at.call("tanh", at.call("Activation", x, act_type="softrelu")))


@reads("ThresholdedRelu")
def thresholded_relu(at: At) -> Symbol:
    """0 up to a threshold."""
    x = at.symbol(0)
    return at.call("elemwise_mul", x, at.call("_greater_scalar", x, scalar=at.attribute("alpha", 1.0)))


@reads("Shrink")
def shrink(at: At) -> Symbol:
    """0 around 0, and nearer to it elsewhere."""
    x, bias, bound = at.symbol(0), at.attribute("bias", 0.0), at.attribute("lambd", 0.5)
    high = at.call("elemwise_mul", affine(at, x, 1.0, -bias), at.call("_greater_scalar", x, scalar=bound))
    low = at.call("elemwise_mul", affine(at, x, 1.0, bias), at.call("_lesser_scalar", x, scalar=-bound))
    return at.call("elemwise_add", high, low)


def affine(at: At, x: Symbol, scale: float = 1.0, shift: float = 0.0) -> Symbol:
    """A symbol times a number, plus a number."""
    if scale != 1.0:
        x = at.call("_mul_scalar", x, scalar=scale)
    return at.call("_plus_scalar", x, scalar=shift) if shift else x


# --- of two, and of several ---------------------------------------------------------------------------------------


def _single(value: Value) -> float | int | None:
    """The number that a value is everywhere, where it is known."""
    return value.array.reshape(-1)[0].item() if value.array is not None and value.array.size == 1 else None


def _binary(op: str, scalar: str, reverse: str) -> Callable[[At], Any]:
    def read(at: At) -> Any:
        one, other = at.value(0), at.value(1)
        if (number := _single(other)) is not None and other.rank <= one.rank:
            result = at.call(scalar, at.symbol(0), scalar=number)
        elif (number := _single(one)) is not None and one.rank <= other.rank:
            result = at.call(reverse, at.symbol(1), scalar=number)
        else:
            result = at.call(op, at.symbol(0), at.symbol(1))
        return at.result(result, one.dtype, scalar=not one.shape and not other.shape)

    return read


for _name, _ops in {
    "Add": ("broadcast_add", "_plus_scalar", "_plus_scalar"),
    "Sub": ("broadcast_sub", "_minus_scalar", "_rminus_scalar"),
    "Mul": ("broadcast_mul", "_mul_scalar", "_mul_scalar"),
}.items():
    reads(_name)(_binary(*_ops))


@reads("Div")
def divide(at: At) -> Any:
    """Of whole numbers towards zero."""
    if at.value(0).dtype.kind not in "iu":
        return _binary("broadcast_div", "_div_scalar", "_rdiv_scalar")(at)
    one, other = (at.cast(each, np.float64) for each in (at.symbol(0), at.symbol(1)))
    quotient = at.call("trunc", at.call("broadcast_div", one, other))
    return at.cast(quotient, at.value(0).dtype)


@reads("Pow")
def power(at: At) -> Any:
    """To a power, which may be of another dtype."""
    kind = at.value(0).dtype
    exponent = _single(at.value(1))
    if exponent == 2 and at.value(1).rank <= at.value(0).rank:
        return at.call("square", at.symbol(0))
    if exponent == 0.5 and at.value(1).rank <= at.value(0).rank and kind.kind == "f":
        return at.call("sqrt", at.symbol(0))
    if exponent is not None and at.value(1).rank <= at.value(0).rank:
        return at.call("_power_scalar", at.symbol(0), scalar=exponent)
    return at.call("broadcast_power", at.symbol(0), at.cast(at.symbol(1), kind))


@reads("Mod")
def modulo(at: At) -> Any:
    """The remainder: with the divisor's sign, or the dividend's with ``fmod``; by 0 it is no number."""
    one, other = at.symbol(0), at.symbol(1)
    if at.attribute("fmod", 0):
        rest = at.call("broadcast_mod", at.call("abs", one), at.call("abs", other))
        rest = at.call("broadcast_mul", rest, at.call("sign", one))
    else:
        rest = at.call("broadcast_mod", one, other)
    if at.value(0).dtype.kind != "f":
        return rest
    by_zero = at.call("_equal_scalar", other, scalar=0.0)
    return at.result(at.call("_npi_where", by_zero, _no_number(at, rest), rest), at.value(0).dtype)


def _no_number(at: At, like: Symbol) -> Symbol:
    """NaN everywhere, in another's shape."""
    return at.call("_plus_scalar", at.call("zeros_like", like), scalar=float("nan"))


def _folded(op: str) -> Callable[[At], Symbol]:
    def read(at: At) -> Symbol:
        result, *rest = at.symbols()
        for each in rest:
            result = at.call(op, result, each)
        return result if rest else at.call("_copy", result)

    return read


reads("Max")(_folded("broadcast_maximum"))
reads("Min")(_folded("broadcast_minimum"))


@reads("Sum")
def total(at: At) -> Symbol:
    """The sum of all inputs."""
    if len({at.value(place).shapes for place in range(len(at.inputs))}) == 1 and len(at.inputs) > 2:
        return at.call("add_n", *at.symbols())
    return _folded("broadcast_add")(at)


@reads("Mean")
def mean(at: At) -> Symbol:
    """The mean of all inputs."""
    return at.call("_div_scalar", _folded("broadcast_add")(at), scalar=float(len(at.inputs)))


# --- truth --------------------------------------------------------------------------------------------------------


def _compared(op: str) -> Callable[[At], Any]:
    def read(at: At) -> Any:
        one, other = at.value(0), at.value(1)
        inputs = [at.numbers(at.symbol(place)) for place in (0, 1)]
        return at.result(at.call(op, *inputs), np.bool_, scalar=not one.shape and not other.shape)

    return read


for _name, _op in {
    "Equal": "broadcast_equal", "Less": "broadcast_lesser", "Greater": "broadcast_greater",
    "LessOrEqual": "broadcast_lesser_equal", "GreaterOrEqual": "broadcast_greater_equal",
    "And": "broadcast_logical_and", "Or": "broadcast_logical_or", "Xor": "broadcast_logical_xor",
}.items():  # fmt: skip
    reads(_name)(_compared(_op))


@reads("Not")
def negation(at: At) -> Any:
    """1 where it is 0."""
    return at.result(at.call("logical_not", at.numbers(at.symbol(0))), np.bool_, scalar=not at.shape())


@reads("IsNaN")
def is_nan(at: At) -> Any:
    """Whether it is no number."""
    return at.result(at.call("_npi_isnan", at.symbol(0)), np.bool_)


@reads("IsInf")
def is_infinite(at: At) -> Any:
    """Whether it is infinite, of both signs or of one."""
    positive, negative = at.attribute("detect_positive", 1), at.attribute("detect_negative", 1)
    op = "_npi_isinf" if positive and negative else "_npi_isposinf" if positive else "_npi_isneginf"
    return at.result(at.call(op, at.symbol(0)), np.bool_)


@reads("Where")
def where(at: At) -> Any:
    """One of two by a condition, all three broadcast."""
    scalar = not any(at.shape(place) for place in range(3))
    symbol = at.call("_npi_where", at.symbol(0), at.symbol(1), at.symbol(2))
    return at.result(symbol, at.value(1).dtype, scalar)


@reads("Clip")
def clip(at: At) -> Symbol:
    """Kept between bounds, one of which may be left out."""
    low, high = at.given("min", 1, None), at.given("max", 2, None)
    symbol = at.symbol(0)
    low, high = (each[0] if isinstance(each, list) else each for each in (low, high))
    if low is not None and high is not None and low <= high:
        return at.call("clip", symbol, a_min=low, a_max=high)
    if low is not None:
        symbol = at.call("_maximum_scalar", symbol, scalar=low)
    if high is not None:
        symbol = at.call("_minimum_scalar", symbol, scalar=high)
    return symbol if low is not None or high is not None else at.call("_copy", symbol)


@reads("Cast", "CastLike")
def cast(at: At) -> Any:
    """In another dtype."""
    from ..files import package

    if at.op == "CastLike":
        kind = at.value(1).dtype
    else:
        kind = np.dtype(package().helper.tensor_dtype_to_np_dtype(at.attribute("to")))
    symbol = at.symbol(0)
    if kind == np.bool_:
        if at.value(0).dtype == np.bool_:
            return at.result(symbol, np.bool_, scalar=not at.shape())
        return at.result(at.call("_not_equal_scalar", symbol, scalar=0.0), np.bool_, scalar=not at.shape())
    return at.result(at.cast(symbol, kind), kind, scalar=not at.shape())


@reads("Dropout")
def dropout(at: At) -> Any:
    """Nothing but in training, or always where the node says that this is training."""
    ratio = at.given("ratio", 1, 0.5)
    share = float(ratio[0] if isinstance(ratio, list) else ratio)
    trains = bool(at.constant_or(2, False)) and share > 0
    masked = len(at.node.output) > 1 and at.node.output[1]
    if not trains:
        symbol = at.call("Dropout", at.symbol(0), p=share)
        if not masked:
            return [symbol, None]
        return [symbol, at.result(at.cast(at.call("ones_like", at.symbol(0)), np.bool_), np.bool_)]
    if not masked:
        return [at.call("Dropout", at.symbol(0), p=share, mode="always"), None]
    kept = at.call("Dropout", at.call("ones_like", at.symbol(0)), p=share, mode="always")
    mask = at.cast(kept, np.bool_)
    return [at.call("elemwise_mul", at.symbol(0), kept), at.result(mask, np.bool_)]


# --- bits ---------------------------------------------------------------------------------------------------------


def _bitwise(op: str) -> Callable[[At], Any]:
    def read(at: At) -> Any:
        inputs = [at.symbol(place) for place in range(len(at.inputs))]
        return at.result(at.call(op, *inputs), at.value(0).dtype)

    return read


for _name, _op in {
    "BitwiseAnd": "_npi_bitwise_and",
    "BitwiseOr": "_npi_bitwise_or",
    "BitwiseXor": "_npi_bitwise_xor",
}.items():
    reads(_name)(_bitwise(_op))


@reads("BitwiseNot")
def flip(at: At) -> Any:
    """All bits the other way; of integers without a sign within their bits."""
    kind = at.value(0).dtype
    if kind.kind != "u" or kind.itemsize == 1:
        return at.result(at.call("_npi_bitwise_not", at.symbol(0)), kind)
    if kind.itemsize == 8:
        raise at.refuse("integers of 64 bits without a sign, which no array has")
    return at.result(at.call("_rminus_scalar", at.symbol(0), scalar=int(np.iinfo(kind).max)), kind)


@reads("BitShift")
def shift(at: At) -> Any:
    """All bits so many places up or down."""
    kind = at.value(0).dtype
    if kind.itemsize == 8:
        raise at.refuse("integers of 64 bits without a sign, which no array has")
    bits = 8 * kind.itemsize
    # in these numbers integers of 32 bits are exact, shifted or not
    one, places = (at.cast(at.symbol(place), np.float64) for place in (0, 1))
    # a number below 0 is a large one without a sign: as many places as there are bits, or more, leave nothing
    places = at.call("_minimum_scalar", at.call("_mod_scalar", places, scalar=float(2**bits)), scalar=float(bits))
    factor = at.call("_rpower_scalar", places, scalar=2.0)
    if at.attribute("direction") == "LEFT":
        half = float(2 ** (bits - 1)) if kind.kind == "i" else 0.0
        whole = at.call("broadcast_mul", one, factor)
        whole = affine(at, at.call("_mod_scalar", affine(at, whole, 1.0, half), scalar=float(2**bits)), 1.0, -half)
    else:
        whole = at.call("floor", at.call("broadcast_div", one, factor))
    return at.result(at.cast(whole, at.dtype_of(at.symbol(0))), kind)
