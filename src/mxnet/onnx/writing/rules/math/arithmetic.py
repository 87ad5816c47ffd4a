"""Arithmetic, comparison and logic of two arrays, and of an array and a number."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .....base import to_torch_dtype
from .....ops.math.scalar import to_integer
from .....ops.registry import rule
from ...terms import Term
from ...walking import At
from .functions import arctan2

Kernel = Callable[[At, Term, Term], Term]


def _op(kind: str) -> Kernel:
    return lambda at, lhs, rhs: at.op(kind, lhs, rhs)


def _divide(at: At, lhs: Term, rhs: Term) -> Term:
    """Quotient; integers toward zero, and 0 where the divisor is 0."""
    if lhs.is_float:
        return lhs / rhs
    nothing = rhs.equal(0)
    return at.where(nothing, 0, lhs / at.where(nothing, 1, rhs))


def _modulo(at: At, lhs: Term, rhs: Term) -> Term:
    """Remainder of the sign of the divisor, 0 where that is 0."""
    nothing = rhs.equal(0)
    divisor = at.where(nothing, 1, rhs)
    if not lhs.is_float:
        return at.where(nothing, 0, at.op("Mod", lhs, divisor))
    rest = at.op("Mod", lhs, divisor, fmod=1)
    other_sign = ~rest.equal(0.0) & ((rest < 0.0) ^ (divisor < 0.0))
    return at.where(nothing, 0.0, at.where(other_sign, rest + divisor, rest))


def _power(at: At, lhs: Term, rhs: Term) -> Term:
    if lhs.is_float:
        return lhs**rhs
    return lhs.cast("float64") ** rhs.cast("float64")


def _hypotenuse(at: At, lhs: Term, rhs: Term) -> Term:
    """Without squares that overflow where the result does not."""
    if not lhs.is_float:
        lhs, rhs = lhs.cast("float64"), rhs.cast("float64")
    one, other = at.op("Abs", lhs), at.op("Abs", rhs)
    large, small = at.op("Max", one, other), at.op("Min", one, other)
    ratio = small / at.where(large.equal(0.0), 1.0, large)
    length = large * at.op("Sqrt", ratio * ratio + 1.0)
    return at.where(one.equal(math.inf) | other.equal(math.inf), math.inf, length)


def _not_equal(at: At, lhs: Term, rhs: Term) -> Term:
    return ~lhs.equal(rhs)


def _true(data: Term) -> Term:
    return data if data.dtype == "bool" else ~data.equal(0)


def _logical(kind: str) -> Kernel:
    return lambda at, lhs, rhs: at.op(kind, _true(lhs), _true(rhs))


def _copysign(at: At, lhs: Term, rhs: Term) -> Term:
    size = at.op("Abs", lhs)
    negative = (rhs < 0.0) | (rhs.equal(0.0) & (at.op("Reciprocal", rhs) < 0.0))
    return at.where(negative, -size, size)


def _ldexp(at: At, lhs: Term, rhs: Term) -> Term:
    return lhs * (at.constant(2.0, rhs.dtype) ** rhs)


_ARITHMETIC: dict[str, Kernel] = {
    "add": _op("Add"), "sub": _op("Sub"), "mul": _op("Mul"), "div": _divide, "mod": _modulo, "power": _power,
    "maximum": _op("Max"), "minimum": _op("Min"), "hypot": _hypotenuse,
}  # fmt: skip
_TRUTHS: dict[str, Kernel] = {
    "equal": lambda at, lhs, rhs: lhs.equal(rhs), "not_equal": _not_equal, "greater": _op("Greater"),
    "greater_equal": _op("GreaterOrEqual"), "lesser": _op("Less"), "lesser_equal": _op("LessOrEqual"),
    "logical_and": _logical("And"), "logical_or": _logical("Or"), "logical_xor": _logical("Xor"),
}  # fmt: skip
_KERNELS = {**_ARITHMETIC, **_TRUTHS}

for _name, _kernel in _KERNELS.items():
    rule("onnx", f"broadcast_{_name}")(_kernel)
for _name in ("add", "sub", "mul", "div"):
    rule("onnx", f"elemwise_{_name}")(_KERNELS[_name])
for _name in ("mod", "power", "maximum", "minimum", "hypot", *_TRUTHS):
    rule("onnx", f"_{_name}")(_KERNELS[_name])


@rule("onnx", "add_n")
def add_n(at: At, *args: Term) -> Term:
    if len(args) == 1:
        return args[0]
    if args[0].is_float:
        return at.op("Sum", *args)
    total = args[0]
    for each in args[1:]:
        total = total + each
    return total


# --- with a number ---------------------------------------------------------------------------------------------------


def number_operands(at: At, data: Term) -> tuple[Term, Term]:
    """An array and the call's number, brought to one dtype as MXNet's functions of `nd` do."""
    scalar = at["scalar"]
    if data.is_float:
        return data, _number(at, scalar, data.dtype)
    if not at["is_int"]:
        return data.cast("float64"), at.constant(float(scalar), "float64")
    if data.dtype == "bool":
        data = data.cast("int64")
    return data, at.constant(to_integer(scalar, to_torch_dtype(data.dtype)), data.dtype)


def _number(at: At, scalar: float, dtype: str) -> Term:
    with np.errstate(over="ignore"):
        return at.constant(np.float64(scalar) if dtype == "bfloat16" else np.dtype(dtype).type(scalar), dtype)


def _with_number(kernel: Kernel, reflected: bool = False) -> Callable[[At, Term], Term]:
    def written(at: At, data: Term) -> Term:
        data, number = number_operands(at, data)
        return kernel(at, number, data) if reflected else kernel(at, data, number)

    return written


for _scalar_name, _name in {
    "plus": "add", "minus": "sub", "mul": "mul", "div": "div", "mod": "mod", "power": "power", "maximum": "maximum",
    "minimum": "minimum", "hypot": "hypot", **{each: each for each in _TRUTHS},
}.items():  # fmt: skip
    rule("onnx", f"_{_scalar_name}_scalar")(_with_number(_KERNELS[_name]))
for _scalar_name, _name in {"rminus": "sub", "rdiv": "div", "rmod": "mod", "rpower": "power"}.items():
    rule("onnx", f"_{_scalar_name}_scalar")(_with_number(_KERNELS[_name], reflected=True))


# --- NumPy's operators -----------------------------------------------------------------------------------------------

_NUMPYS: dict[str, Kernel] = {
    "add": _op("Add"), "subtract": _op("Sub"), "multiply": _op("Mul"), "true_divide": _op("Div"), "mod": _modulo,
    "power": _power, "copysign": _copysign, "arctan2": arctan2, "hypot": _hypotenuse, "ldexp": _ldexp,
}  # fmt: skip
#: those whose integers are computed as floats
_AS_FLOATS = {"true_divide", "copysign", "arctan2", "hypot", "ldexp"}


def _promoted(lhs: Term, rhs: Term) -> str:
    import torch

    kind = torch.promote_types(to_torch_dtype(lhs.dtype), to_torch_dtype(rhs.dtype))
    return str(kind).removeprefix("torch.")


def _numpys(name: str, kernel: Kernel) -> Kernel:
    def written(at: At, lhs: Term, rhs: Term) -> Term:
        dtype = _promoted(lhs, rhs)
        if dtype == "bool" or (name in _AS_FLOATS and "float" not in dtype):
            computed = "float32"
        else:
            computed = dtype
        result = kernel(at, lhs.cast(computed), rhs.cast(computed))
        return ~result.equal(0.0) if at.dtype == "bool" and result.dtype != "bool" else result

    return written


def _numpys_with_number(name: str, kernel: Kernel, reflected: bool) -> Callable[[At, Term], Term]:
    def written(at: At, data: Term) -> Term:
        scalar = at["scalar"]
        if data.dtype == "bool" and name != "true_divide":
            data = data.cast("int64")
        if not data.is_float and name != "true_divide":
            scalar = int(scalar)
        if name in _AS_FLOATS and not data.is_float:
            data = data.cast("float32")
        number = at.constant(scalar, data.dtype)
        return kernel(at, number, data) if reflected else kernel(at, data, number)

    return written


for _name, _kernel in _NUMPYS.items():
    rule("onnx", f"_npi_{_name}")(_numpys(_name, _kernel))
    rule("onnx", f"_npi_{_name}_scalar")(_numpys_with_number(_name, _kernel, reflected=False))
    if _name not in ("add", "multiply", "hypot"):
        rule("onnx", f"_npi_r{_name}_scalar")(_numpys_with_number(_name, _kernel, reflected=True))


def _comparison_with_number(kernel: Kernel) -> Callable[[At, Term], Term]:
    def written(at: At, data: Term) -> Term:
        scalar = at["scalar"]
        if not data.is_float and float(scalar) != int(scalar):
            data = data.cast("float32")
        elif data.dtype == "bool":
            data = data.cast("int64")
        return kernel(at, data, at.constant(scalar, data.dtype))

    return written


def _comparison(kernel: Kernel) -> Kernel:
    def written(at: At, lhs: Term, rhs: Term) -> Term:
        if lhs.dtype == "bool":
            lhs, rhs = lhs.cast("int32"), rhs.cast("int32")
        return kernel(at, lhs, rhs)

    return written


for _name, _nds in {
    "equal": "equal", "not_equal": "not_equal", "greater": "greater", "greater_equal": "greater_equal",
    "less": "lesser", "less_equal": "lesser_equal",
}.items():  # fmt: skip
    rule("onnx", f"_npi_{_name}")(_comparison(_TRUTHS[_nds]))
    rule("onnx", f"_npi_{_name}_scalar")(_comparison_with_number(_TRUTHS[_nds]))


def _bits(kind: str) -> Kernel:
    def written(at: At, lhs: Term, rhs: Term) -> Term:
        if lhs.dtype == "bool":
            return at.op({"BitwiseAnd": "And", "BitwiseOr": "Or", "BitwiseXor": "Xor"}[kind], lhs, rhs)
        if at.opset < 18:
            raise at.refuse(f"{kind} is in ONNX from opset 18 on: ask for opset=18 or later")
        return at.op(kind, lhs, rhs)

    return written


for _name in ("and", "or", "xor"):
    _kernel = _bits(f"Bitwise{_name.title()}")
    rule("onnx", f"_npi_bitwise_{_name}")(_kernel)
    rule("onnx", f"_npi_bitwise_{_name}_scalar")(
        lambda at, data, kernel=_kernel: kernel(at, data, at.constant(int(at["scalar"]), data.dtype))
    )
rule("onnx", "_npi_lcm", "_npi_lcm_scalar")(
    "the least common multiple takes as many steps as its numbers ask for, and ONNX has no operator for it"
)


# --- choices ---------------------------------------------------------------------------------------------------------


@rule("onnx", "_npi_where")
def where(at: At, condition: Term, x: Term, y: Term) -> Term:
    return at.where(_true(condition), x.cast(at.dtype), y.cast(at.dtype))


@rule("onnx", "_npi_where_lscalar")
def where_number_for_x(at: At, condition: Term, x: Term) -> Term:
    return at.where(_true(condition), at["scalar"], x)


@rule("onnx", "_npi_where_rscalar")
def where_number_for_y(at: At, condition: Term, y: Term) -> Term:
    return at.where(_true(condition), y, at["scalar"])


@rule("onnx", "_npi_where_scalar2")
def where_numbers(at: At, condition: Term) -> Term:
    return at.where(_true(condition), float(at["x"]), float(at["y"]), dtype="float32")


@rule("onnx", "where")
def where_rows(at: At, condition: Term, x: Term, y: Term) -> Term:
    holds = _true(condition)
    if condition.rank == 1 and x.rank > 1:  # one for each row
        holds = holds.unsqueeze(*range(1, x.rank))
    return at.where(holds, x, y)


@rule("onnx", "_contrib_allclose")
def allclose(at: At, a: Term, b: Term) -> Term:
    a, b = at.floating(a), at.floating(b)
    near = at.op("Abs", a - b) <= (at.op("Abs", b) * at["rtol"] + at["atol"])
    near = near | a.equal(b)
    if at["equal_nan"]:
        near = near | (at.op("IsNaN", a) & at.op("IsNaN", b))
    return near.cast("int32").reduce("Min", None, keepdims=False).reshape(*at.shape)


@rule("onnx", "all_finite", "multi_all_finite")
def all_finite(at: At, *data: Term) -> Term:
    found = []
    for each in data:
        wild = at.op("IsNaN", each) | at.op("IsInf", each.cast("float32"))
        found.append((~wild).cast("int32").reduce("Min", None, keepdims=False).reshape(1))
    return at.concat(found, 0).reduce("Min", [0], keepdims=True).cast(at.dtype)
