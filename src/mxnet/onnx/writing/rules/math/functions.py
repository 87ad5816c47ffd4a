"""Functions of one array, element by element."""

from __future__ import annotations

import math
from collections.abc import Callable

from .....ops.registry import rule
from ...terms import Term
from ...walking import At

__all__ = ["arctan2", "rounded_to_even", "truncated"]

Function = Callable[[At, Term], Term]


def _op(kind: str) -> Function:
    return lambda at, x: at.op(kind, x)


def _sign(at: At, x: Term) -> Term:
    """-1, 0 or 1; 0 where it is no number."""
    found = at.op("Sign", x)
    return at.where(at.op("IsNaN", x), 0.0, found) if x.is_float else found


def truncated(at: At, x: Term) -> Term:
    """The next integer toward zero."""
    return at.op("Sign", x) * at.op("Floor", at.op("Abs", x))


def rounded_to_even(at: At, x: Term) -> Term:
    """The nearest integer, a half to the even one."""
    return at.op("Round", x)


def _round(at: At, x: Term) -> Term:
    """The nearest integer, a half away from zero."""
    cut = truncated(at, x)
    return at.where(at.op("Abs", x - cut) >= 0.5, cut + at.op("Sign", x), cut)


def _rint(at: At, x: Term) -> Term:
    """The nearest integer, the lower of two at a half."""
    below, above = at.op("Floor", x), at.op("Ceil", x)
    return at.where((x - below) <= (above - x), below, above)


def cube_root(at: At, x: Term) -> Term:
    """The real cube root."""
    return at.op("Sign", x) * at.op("Abs", x) ** (1 / 3)


def _expm1(at: At, x: Term) -> Term:
    return at.op("Tanh", x * 0.5) * (at.op("Exp", x) + 1.0)  # exact near zero, and infinite where exp is


def _log1p(at: At, x: Term) -> Term:
    """log(1 + x), exact near zero: what 1 + x loses of x is made good by a factor."""
    one_more = x + 1.0
    kept = one_more - 1.0
    logarithm = at.op("Log", one_more)
    nothing = kept.equal(0.0)
    scaled = logarithm * (x / at.where(nothing, 1.0, kept))
    return at.where(nothing, x, at.where(kept.equal(x), logarithm, scaled))


#: coefficients of Lanczos' approximation of the gamma function for g = 7, from 1 / x on
_LANCZOS = (
    676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
    -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
)  # fmt: skip


def _log_gamma_above(at: At, x: Term) -> Term:
    """The logarithm of gamma, for x of 0.5 and more, in double precision."""
    total = at.constant(0.99999999999980993, "float64") + _LANCZOS[0] / x
    for place, coefficient in enumerate(_LANCZOS[1:], 1):
        total = total + coefficient / (x + float(place))
    top = x + 6.5
    return (x - 0.5) * at.op("Log", top) - top + at.op("Log", total * math.sqrt(2 * math.pi))


def gamma_logarithm(at: At, x: Term) -> Term:
    """The logarithm of gamma's absolute value; below 0.5 by reflection."""
    x = x.cast("float64")
    low = x < 0.5
    above = _log_gamma_above(at, at.where(low, 1.0 - x, x))
    away = at.op("Abs", x - at.op("Floor", x + 0.5))  # from the next integer: so a pole is exactly 0
    reflected = math.log(math.pi) - at.op("Log", at.op("Sin", away * math.pi)) - above
    return at.where(at.op("Abs", x).equal(math.inf), math.inf, at.where(low, reflected, above))


def _gamma(at: At, x: Term) -> Term:
    """The gamma function; nan at its poles but 0, where it is infinite with the sign of the zero."""
    wide = x.cast("float64")
    size = at.op("Exp", gamma_logarithm(at, x))
    # below zero the sign changes at every integer
    odd = at.op("Mod", at.op("Floor", wide), at.constant(2.0, "float64"), fmod=1)
    value = at.where((wide < 0.0) & ~odd.equal(0.0), -size, size)
    pole = (wide < 0.0) & wide.equal(at.op("Floor", wide))
    return at.where(wide.equal(0.0), 1.0 / wide, at.where(pole, math.nan, value))


#: coefficients of Giles' approximations of erfinv(x) / x, from the highest power down, near the middle and beyond
_MIDDLE = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087, -0.00125372503, -0.00417768164,
    0.246640727, 1.50140941,
)  # fmt: skip
_TAILS = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
    1.00167406, 2.83297682,
)  # fmt: skip


def _polynomial(x: Term, coefficients: tuple[float, ...]) -> Term:
    total: Term | float = coefficients[0]
    for coefficient in coefficients[1:]:
        total = x * total + coefficient
    assert isinstance(total, Term)
    return total


def _erfinv(at: At, x: Term) -> Term:
    """The inverse of the error function, by Giles' approximation for single precision."""
    wide = x.cast("float32")
    w = -at.op("Log", (1.0 - wide) * (1.0 + wide))
    tails = at.op("Sqrt", at.op("Max", w, at.constant(5.0, "float32"))) - 3.0
    found = at.where(w < 5.0, _polynomial(w - 2.5, _MIDDLE), _polynomial(tails, _TAILS)) * wide
    edge = at.op("Abs", wide).equal(1.0)
    return at.where(edge, wide * math.inf, found)


#: names of operators -> function of floats
_FLOATING: dict[str, Function] = {
    **{name: _op(kind) for name, kind in {
        "sqrt": "Sqrt", "reciprocal": "Reciprocal", "exp": "Exp", "log": "Log", "sin": "Sin", "cos": "Cos",
        "tan": "Tan",
        "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "sinh": "Sinh", "cosh": "Cosh", "tanh": "Tanh",
        "arcsinh": "Asinh", "arccosh": "Acosh", "arctanh": "Atanh", "erf": "Erf",
    }.items()},
    "rsqrt": lambda at, x: at.op("Reciprocal", at.op("Sqrt", x)),
    "cbrt": cube_root,
    "rcbrt": lambda at, x: at.op("Reciprocal", cube_root(at, x)),
    "expm1": _expm1,
    "log1p": _log1p,
    "log2": lambda at, x: at.op("Log", x) * (1 / math.log(2)),
    "log10": lambda at, x: at.op("Log", x) * (1 / math.log(10)),
    "degrees": lambda at, x: x * (180 / math.pi),
    "radians": lambda at, x: x * (math.pi / 180),
    "erfinv": _erfinv,
    "gamma": _gamma,
    "gammaln": gamma_logarithm,
}  # fmt: skip

#: the same for functions that leave integers what they are
_ROUNDING: dict[str, Function] = {
    "ceil": _op("Ceil"), "floor": _op("Floor"), "trunc": truncated, "fix": truncated, "rint": _rint, "round": _round,
    "_contrib_round_ste": _round, "_npi_around": lambda at, x: _around(at, x),
}  # fmt: skip

#: the same for functions of numbers of any kind
_EXACT: dict[str, Function] = {
    "abs": _op("Abs"), "sign": _sign, "negative": _op("Neg"), "square": lambda at, x: x * x,
    "_contrib_sign_ste": _sign,
}  # fmt: skip

#: those that runtimes have in double precision
_IN_DOUBLE = {
    "sqrt", "reciprocal", "exp", "log", "sin", "cos", "tanh", "rsqrt", "cbrt", "rcbrt", "expm1", "log1p", "log2",
    "log10", "degrees", "radians", "gamma", "gammaln",
}  # fmt: skip


def _around(at: At, x: Term) -> Term:
    scale = 10.0 ** at["decimals"]
    return at.op("Round", x * scale) / scale if at["decimals"] else at.op("Round", x)


def _floats_alone(name: str, function: Function) -> Function:
    """A function of floats as a rule: integers are computed as floats, and the result cut."""

    def written(at: At, data: Term) -> Term:
        if not data.is_float:
            data = data.cast("float64" if name in _IN_DOUBLE else "float32")
        return function(at, data)

    return written


def _rounding(function: Function) -> Function:
    def written(at: At, data: Term) -> Term:
        if data.is_float:
            return function(at, data)
        decimals = at.get("decimals", 0)
        if decimals >= 0 or data.dtype == "bool":
            return data
        unit = 10**-decimals  # integers are cut
        whole = data.cast("int64")
        return whole / unit * unit

    return written


def _exact(function: Function) -> Function:
    def written(at: At, data: Term) -> Term:
        data = data.cast("int64") if data.dtype == "bool" else data
        if data.dtype == "uint8" and at.call.spec.name.endswith("negative"):
            data = data.cast("int32")
        return function(at, data)

    return written


def _declare() -> None:
    from .....ops.numpy.elementwise import UNARY

    numpys: dict[str, list[str]] = {}
    for name, same in UNARY.items():
        numpys.setdefault(same, []).append(f"_npi_{name}")
    for name, function in _FLOATING.items():
        rule("onnx", name, *numpys.get(name, ()))(_floats_alone(name, function))
    for name, function in _ROUNDING.items():
        rule("onnx", name, *numpys.get(name, ()))(_rounding(function))
    for name, function in _EXACT.items():
        rule("onnx", name, *numpys.get(name, ()))(_exact(function))


_declare()


@rule("onnx", "logical_not", "_npi_logical_not")
def logical_not(at: At, data: Term) -> Term:
    return ~data if data.dtype == "bool" else data.equal(0)


@rule("onnx", "_npi_bitwise_not")
def bitwise_not(at: At, x: Term) -> Term:
    if x.dtype == "bool":
        return ~x
    return at.op("BitwiseNot", x) if at.opset >= 18 else -1 - x.cast("int64")


@rule("onnx", "_npi_isnan")
def isnan(at: At, x: Term) -> Term:
    return at.op("IsNaN", at.floating(x))


def _infinite(negative: int, positive: int) -> Function:
    def written(at: At, x: Term) -> Term:
        x = x if x.dtype in ("float32", "float64") else x.cast("float32")
        return at.op("IsInf", x, detect_negative=negative, detect_positive=positive)

    return written


for _name, _sides in {"isinf": (1, 1), "isposinf": (0, 1), "isneginf": (1, 0)}.items():
    rule("onnx", f"_npi_{_name}")(_infinite(*_sides))


@rule("onnx", "_npi_isfinite")
def isfinite(at: At, x: Term) -> Term:
    x = at.floating(x)
    return ~(_infinite(1, 1)(at, x) | at.op("IsNaN", x))


@rule("onnx", "_npi_nan_to_num")
def nan_to_num(at: At, data: Term) -> Term:
    import numpy as np

    if not data.is_float:
        return data
    most = float(np.finfo("float32" if data.dtype == "bfloat16" else data.dtype).max)
    above = most if at["posinf"] is None else at["posinf"]
    below = -most if at["neginf"] is None else at["neginf"]
    found = at.where(at.op("IsNaN", data), at["nan"], data)
    return at.where(found.equal(math.inf), above, at.where(found.equal(-math.inf), below, found))


@rule("onnx", "_copy", "_np_copy", "_contrib_gradientmultiplier")
def unchanged(at: At, data: Term) -> Term:
    return data


@rule("onnx", "_identity_with_attr_like_rhs")
def unchanged_beside(at: At, data: Term, other: Term) -> Term:
    return data


@rule("onnx", "Cast", "amp_cast")
def cast(at: At, data: Term) -> Term:
    return data


@rule("onnx", "cast_storage")
def cast_storage(at: At, data: Term) -> Term:
    return data  # arrays of ONNX are dense


@rule("onnx", "amp_multicast")
def amp_multicast(at: At, *data: Term) -> tuple[Term, ...]:
    return data


@rule("onnx", "clip")
def clip(at: At, data: Term) -> Term:
    low, high = at["a_min"], at["a_max"]
    if low > high:
        swapped = at.where(data.cast("float64") > high, high, low, dtype=data.dtype)
        return at.where(at.op("IsNaN", data), data, swapped) if data.is_float else swapped
    exact = data if data.is_float else data.cast("float64")
    return at.op("Clip", exact, at.constant(low, exact.dtype), at.constant(high, exact.dtype))


@rule("onnx", "_contrib_quadratic")
def quadratic(at: At, data: Term) -> Term:
    return data * data * at["a"] + data * at["b"] + at["c"]


@rule("onnx", "_contrib_div_sqrt_dim")
def div_sqrt_dim(at: At, data: Term) -> Term:
    return data / math.sqrt(int(data.lengths[-1]))


def arctan2(at: At, y: Term, x: Term) -> Term:
    """The angle of a point."""
    flat = x.equal(0.0)
    angle = at.op("Atan", y / at.where(flat, 1.0, x))
    left = at.where(y < 0.0, angle - math.pi, angle + math.pi)
    up = at.op("Sign", y) * (math.pi / 2)
    return at.where(flat, up, at.where(x < 0.0, left, angle))
