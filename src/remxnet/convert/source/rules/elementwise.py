"""Functions of each element, and arithmetic of arrays and numbers, MXNet's and NumPy's."""

from __future__ import annotations

from collections.abc import Callable

from mxnet.ops.registry import rule

from ..steps import At, literal, number
from .carried import carried

__all__ = ["as_dtype", "like_input"]

#: functions of floating-point numbers; integers go through double precision, as in MXNet
_FLOATING = {
    "sqrt": "torch.sqrt", "rsqrt": "torch.rsqrt", "reciprocal": "torch.reciprocal", "exp": "torch.exp",
    "expm1": "torch.expm1", "log": "torch.log", "log2": "torch.log2", "log10": "torch.log10", "log1p": "torch.log1p",
    "sin": "torch.sin", "cos": "torch.cos", "tan": "torch.tan", "arcsin": "torch.asin", "arccos": "torch.acos",
    "arctan": "torch.atan", "sinh": "torch.sinh", "cosh": "torch.cosh", "tanh": "torch.tanh", "arcsinh": "torch.asinh",
    "arccosh": "torch.acosh", "arctanh": "torch.atanh", "degrees": "torch.rad2deg", "radians": "torch.deg2rad",
    "erf": "torch.erf", "erfinv": "torch.erfinv", "softsign": "F.softsign", "sigmoid": "torch.sigmoid",
}  # fmt: skip
#: functions that keep integers integers
_EXACT = {
    "abs": "torch.abs", "sign": "torch.sign", "ceil": "torch.ceil", "floor": "torch.floor", "trunc": "torch.trunc",
    "fix": "torch.trunc", "square": "torch.square",
}  # fmt: skip
#: functions of the library
_OWN = {
    "cbrt": "CubeRoot.apply", "gamma": "Gamma.apply", "gammaln": "GammaLogarithm.apply", "rint": "round_down",
    "round": "round_away",
}  # fmt: skip
#: what NumPy's operators are called where they are others' under another name
_NUMPYS = {name: f"_npi_{name}" for name in (
    "arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cos cosh degrees exp expm1 fix floor log log10 log1p log2 "
    "radians reciprocal rint sign sin sinh sqrt square tan tanh trunc"
).split()} | {"abs": "_npi_absolute"}  # fmt: skip


def like_input(at: At, text: str, place: int = 0) -> str:
    """A truth as numbers of an input's dtype."""
    return f"({text}).float()" if at.dtype(place) == "float32" else f"({text}).to({at.inputs[place]}.dtype)"


def as_dtype(at: At, text: str) -> str:
    """A result of double precision in the input's dtype."""
    return f"({text}).to({at.data}.dtype)"


def _floating(function: str) -> Callable[[At], str]:
    def write(at: At) -> str:
        if at.is_float():
            return f"{function}({at.data})"
        return f"{function}({at.data}.double()).to({at.data}.dtype)"

    return write


def _own(function: str) -> Callable[[At], str]:
    def write(at: At) -> str:
        at.uses(function.split(".")[0])
        if at.is_float() or "." not in function:
            return f"{function}({at.data})"
        return f"{function}({at.data}.double()).to({at.data}.dtype)"

    return write


def _exact(function: str) -> Callable[[At], str]:
    return lambda at: f"{function}({at.data})"


for _table, _make in ((_FLOATING, _floating), (_EXACT, _exact), (_OWN, _own)):
    for _name, _function in _table.items():
        rule("source", _name, *([_NUMPYS[_name]] if _name in _NUMPYS else []))(_make(_function))
rule("source", "negative", "_npi_negative")(lambda at: f"-{at.data}")
rule("source", "relu")(lambda at: f"F.relu({at.data})")


@rule("source", "rcbrt")
def _one_over_the_cube_root(at: At) -> str:
    return f"torch.reciprocal({_own('CubeRoot.apply')(at)})"


rule("source", "logical_not")(lambda at: like_input(at, f"{at.data} == 0"))
rule("source", "_copy", "_np_copy", "_identity_with_attr_like_rhs")(lambda at: at.data)
rule("source", "_npi_share_memory")("it asks whether two arrays share memory, which is nothing that a network computes")
rule("source", "zeros_like")(lambda at: f"torch.zeros_like({at.data})")
rule("source", "ones_like")(lambda at: f"torch.ones_like({at.data})")
rule("source", "add_n")(lambda at: " + ".join(str(each) for each in at.inputs))


@rule("source", "_contrib_div_sqrt_dim")
def _over_the_root_of_the_length(at: At) -> str:
    text = f"{at.data} / math.sqrt({at.data}.shape[-1])"
    return text if at.is_float() else as_dtype(at, text)


@rule("source", "clip")
def _clip(at: At) -> str:
    low, high = at.attributes["a_min"], at.attributes["a_max"]
    if not at.is_float() or low > high:
        return carried(at)
    return f"{at.data}.clamp({number(low)}, {number(high)})"


# --- two arrays ----------------------------------------------------------------------------------------------------


def _sign(sign: str) -> Callable[[At], str]:
    return lambda at: f"{at.inputs[0]} {sign} {at.inputs[1]}"


def _call(function: str) -> Callable[[At], str]:
    return lambda at: f"{function}({at.inputs[0]}, {at.inputs[1]})"


def _through_double(function: str) -> Callable[[At], str]:
    """Of integers through double precision and back."""

    def write(at: At) -> str:
        lhs, rhs = at.inputs
        if at.is_float():
            return f"{function}({lhs}, {rhs})"
        return f"{function}({lhs}.double(), {rhs}.double()).to({lhs}.dtype)"

    return write


rule("source", "broadcast_add", "elemwise_add")(_sign("+"))
rule("source", "broadcast_sub", "elemwise_sub")(_sign("-"))
rule("source", "broadcast_mul", "elemwise_mul")(_sign("*"))
rule("source", "broadcast_power", "_power")(_through_double("torch.pow"))
rule("source", "broadcast_hypot", "_hypot")(_through_double("torch.hypot"))
rule("source", "broadcast_maximum", "_maximum")(_call("torch.maximum"))
rule("source", "broadcast_minimum", "_minimum")(_call("torch.minimum"))


@rule("source", "broadcast_div", "elemwise_div")
def _divided(at: At) -> str:
    lhs, rhs = at.inputs
    return f"{lhs} / {rhs}" if at.is_float() else f'torch.div({lhs}, {rhs}, rounding_mode="trunc")'


@rule("source", "broadcast_mod", "_mod", "_npi_mod")
def _remainder(at: At) -> str:
    return at.call_of("modulo", *at.inputs)


_COMPARED = {
    "equal": "==", "not_equal": "!=", "greater": ">", "greater_equal": ">=", "lesser": "<", "lesser_equal": "<=",
}  # fmt: skip


def _compared(sign: str) -> Callable[[At], str]:
    return lambda at: like_input(at, f"{at.inputs[0]} {sign} {at.inputs[1]}")


for _name, _symbol in _COMPARED.items():
    rule("source", f"broadcast_{_name}", f"_{_name}")(_compared(_symbol))
    _npis = _name.replace("lesser", "less")
    rule("source", f"_npi_{_npis}")(_sign(_symbol))


def _logical(function: str) -> Callable[[At], str]:
    def write(at: At) -> str:
        text = f"torch.{function}({at.inputs[0]}, {at.inputs[1]})"
        return f"{text}.float()" if at.dtype() == "float32" else f"{text}.to({at.data}.dtype)"

    return write


for _name in ("logical_and", "logical_or", "logical_xor"):
    rule("source", f"broadcast_{_name}", f"_{_name}")(_logical(_name))

# --- an array and a number -----------------------------------------------------------------------------------------


def _is_exact(at: At) -> bool:
    """Whether MXNet computes in whole numbers: those of the array, and the number is one as well."""
    return not at.is_float() and bool(at.attributes["is_int"])


def _operand(at: At) -> tuple[str, str]:
    """The array and the number, of one dtype as MXNet has them."""
    scalar = at.attributes["scalar"]
    if _is_exact(at):
        return f"{at.data}.long()" if at.dtype() == "bool" else at.data, repr(int(scalar))
    return at.data if at.is_float() else f"{at.data}.double()", number(scalar)


def _with_number(pattern: str) -> Callable[[At], str]:
    def write(at: At) -> str:
        data, scalar = _operand(at)
        return pattern.format(x=data, n=scalar)

    return write


for _name, _pattern in {
    "_plus_scalar": "{x} + {n}", "_minus_scalar": "{x} - {n}", "_rminus_scalar": "{n} - {x}",
    "_mul_scalar": "{x} * {n}", "_maximum_scalar": "{x}.clamp(min={n})", "_minimum_scalar": "{x}.clamp(max={n})",
}.items():  # fmt: skip
    rule("source", _name)(_with_number(_pattern))


def _as_array(at: At, data: str, scalar: str) -> str:
    """A number as an array without axes, for functions that take none."""
    return f"torch.full_like({data}, {scalar})"


def _by_kind(floats: str, whole: str) -> Callable[[At], str]:
    """One expression of floating-point numbers, and one of whole numbers."""
    return lambda at: _with_number(whole if _is_exact(at) else floats)(at)


_FULL = "torch.full_like({x}, {n})"
for _name, _of_reals, _of_whole in (
    ("_div_scalar", "{x} / {n}", 'torch.div({x}, {n}, rounding_mode="trunc")'),
    ("_rdiv_scalar", "{n} / {x}", f'torch.div({_FULL}, {{x}}, rounding_mode="trunc")'),
    ("_power_scalar", "{x} ** {n}", "torch.pow({x}.double(), {n}).to({x}.dtype)"),
    ("_rpower_scalar", "torch.pow({n}, {x})", "torch.pow({n}, {x}.double()).to({x}.dtype)"),
    (
        "_hypot_scalar",
        f"torch.hypot({{x}}, {_FULL})",
        f"torch.hypot({{x}}.double(), {_FULL}.double()).to({{x}}.dtype)",
    ),
):
    rule("source", _name)(_by_kind(_of_reals, _of_whole))


@rule("source", "_mod_scalar")
def _modulo_a_number(at: At) -> str:
    data, scalar = _operand(at)
    if scalar in ("0", "-1"):
        return f"{at.uses('modulo')}({data}, {_as_array(at, data, scalar)})"
    return f"torch.remainder({data}, {scalar})"


@rule("source", "_rmod_scalar")
def _a_number_modulo(at: At) -> str:
    data, scalar = _operand(at)
    return f"{at.uses('modulo')}({_as_array(at, data, scalar)}, {data})"


def _compared_with_number(sign: str) -> Callable[[At], str]:
    def write(at: At) -> str:
        data, scalar = _operand(at)
        text = f"({data} {sign} {scalar})"
        return f"{text}.float()" if at.dtype() == "float32" else f"{text}.to({data}.dtype)"

    return write


for _name, _symbol in _COMPARED.items():
    rule("source", f"_{_name}_scalar")(_compared_with_number(_symbol))


@rule("source", "_logical_and_scalar", "_logical_or_scalar", "_logical_xor_scalar")
def _logical_with_number(at: At) -> str:
    data, truth = _operand(at)[0], bool(at.attributes["scalar"])
    name = at.call.spec.name
    if "xor" in name:
        return like_input(at, f"{data} {'==' if truth else '!='} 0")
    if ("and" in name) == truth:
        return like_input(at, f"{data} != 0")
    return f"torch.{'ones' if truth else 'zeros'}_like({data})"


# --- NumPy's -------------------------------------------------------------------------------------------------------

rule("source", "_npi_add")(_sign("+"))
rule("source", "_npi_subtract")(_sign("-"))
rule("source", "_npi_multiply")(_sign("*"))
rule("source", "_npi_true_divide")(_sign("/"))


def _of_floats(pattern: str) -> Callable[[At], str]:
    """Of integers computed in float32, and cut again."""

    def write(at: At) -> str:
        lhs, rhs = at.inputs
        if at.is_float(0) or at.is_float(1):
            return pattern.format(a=lhs, b=rhs)
        text = pattern.format(a=f"{lhs}.float()", b=f"{rhs}.float()")
        return text if "atan2" in pattern or "hypot" in pattern else f"({text}).to({lhs}.dtype)"

    return write


@rule("source", "_npi_power")
def _to_an_array(at: At) -> str:
    lhs, rhs = at.inputs
    if at.is_float(0) or at.is_float(1):
        return f"torch.pow({lhs}, {rhs})"
    return f"torch.pow({lhs}.double(), {rhs}.double()).to({lhs}.dtype)"


_NUMPY_FLOATS = {
    "copysign": "torch.copysign({a}, {b})", "arctan2": "torch.atan2({a}, {b})", "hypot": "torch.hypot({a}, {b})",
    "ldexp": "{a} * torch.pow(2, {b})",
}  # fmt: skip
for _name, _pattern in _NUMPY_FLOATS.items():
    rule("source", f"_npi_{_name}")(_of_floats(_pattern))


def _numpy_with_number(pattern: str, floats: bool, back: bool) -> Callable[[At], str]:
    def write(at: At) -> str:
        data, scalar = at.data, at.attributes["scalar"]
        if at.dtype() == "bool" and back:
            data = f"{data}.long()"
        if at.is_float():
            return pattern.format(x=data, n=number(scalar), a=f"torch.full_like({data}, {number(scalar)})")
        shown = number(scalar) if not back else repr(int(scalar))
        inner = f"{data}.float()" if floats else data
        text = pattern.format(x=inner, n=shown, a=f"torch.full_like({inner}, {shown})")
        return f"({text}).to({data}.dtype)" if back and floats else text

    return write


for _name, _pattern, _floats, _back in (
    ("add", "{x} + {n}", False, True), ("subtract", "{x} - {n}", False, True),
    ("rsubtract", "{n} - {x}", False, True), ("multiply", "{x} * {n}", False, True),
    ("true_divide", "{x} / {n}", False, False), ("rtrue_divide", "{n} / {x}", False, False),
    ("copysign", "torch.copysign({x}, {n})", True, True), ("rcopysign", "torch.copysign({a}, {x})", True, True),
    ("arctan2", "torch.atan2({x}, {a})", True, True), ("rarctan2", "torch.atan2({a}, {x})", True, True),
    ("hypot", "torch.hypot({x}, {a})", True, True), ("ldexp", "{x} * 2.0**{n}", True, True),
    ("rldexp", "{n} * torch.pow(2, {x})", True, True),
):  # fmt: skip
    rule("source", f"_npi_{_name}_scalar")(_numpy_with_number(_pattern, _floats, _back))


@rule("source", "_npi_mod_scalar", "_npi_rmod_scalar")
def _numpys_remainder(at: At) -> str:
    data, scalar = at.data, at.attributes["scalar"]
    shown = number(scalar) if at.is_float() else repr(int(scalar))
    operands = [data, f"torch.full_like({data}, {shown})"]
    return f"{at.uses('modulo')}({', '.join(operands[:: -1 if '_rmod' in at.call.spec.name else 1])})"


@rule("source", "_npi_power_scalar", "_npi_rpower_scalar")
def _numpys_power(at: At) -> str:
    data, scalar, before = at.data, at.attributes["scalar"], "_rpower" in at.call.spec.name
    if at.is_float():
        return f"torch.pow({number(scalar)}, {data})" if before else f"torch.pow({data}, {number(scalar)})"
    shown = repr(int(scalar))
    text = f"torch.pow({shown}, {data}.double())" if before else f"torch.pow({data}.double(), {shown})"
    return f"{text}.to({data}.dtype)"


for _name, _function in {
    "bitwise_and": "torch.bitwise_and", "bitwise_or": "torch.bitwise_or", "bitwise_xor": "torch.bitwise_xor",
    "lcm": "torch.lcm",
}.items():  # fmt: skip
    rule("source", f"_npi_{_name}")(_call(_function))
    rule("source", f"_npi_{_name}_scalar")(
        lambda at, function=_function: (
            f"{function}({at.data}, torch.full_like({at.data}, {int(at.attributes['scalar'])}))"
        )
    )


def _truth_with_number(sign: str) -> Callable[[At], str]:
    return lambda at: f"{at.data} {sign} {number(at.attributes['scalar'])}"


for _name, _symbol in _COMPARED.items():
    rule("source", f"_npi_{_name.replace('lesser', 'less')}_scalar")(_truth_with_number(_symbol))
for _name, _function in {
    "logical_not": "torch.logical_not", "bitwise_not": "torch.bitwise_not", "isnan": "torch.isnan",
    "isinf": "torch.isinf", "isposinf": "torch.isposinf", "isneginf": "torch.isneginf",
    "isfinite": "torch.isfinite",
}.items():  # fmt: skip
    rule("source", f"_npi_{_name}")(_exact(_function))


# --- choosing ------------------------------------------------------------------------------------------------------


def _condition(at: At) -> str:
    return at.data if at.dtype() == "bool" else f"{at.data} != 0"


@rule("source", "where")
def _where(at: At) -> str:
    condition = _condition(at)
    if at.rank() == 1 and at.rank(1) > 1:
        condition = f"({condition}).reshape(-1, {', '.join(['1'] * (at.rank(1) - 1))})"
    return f"torch.where({condition}, {at.inputs[1]}, {at.inputs[2]})"


rule("source", "_npi_where")(lambda at: f"torch.where({_condition(at)}, {at.inputs[1]}, {at.inputs[2]})")


@rule("source", "_npi_where_lscalar", "_npi_where_rscalar")
def _where_number(at: At) -> str:
    scalar, other = number(at.attributes["scalar"]), str(at.inputs[1])
    if not at.is_float(1):
        scalar = repr(int(at.attributes["scalar"]))
    scalar = f"torch.full_like({other}, {scalar})"
    chosen = [scalar, other] if "lscalar" in at.call.spec.name else [other, scalar]
    return f"torch.where({_condition(at)}, {', '.join(chosen)})"


@rule("source", "_npi_where_scalar2")
def _where_numbers(at: At) -> str:
    return f"torch.where({_condition(at)}, {float(at.attributes['x'])}, {float(at.attributes['y'])})"


# --- dtypes --------------------------------------------------------------------------------------------------------


@rule("source", "Cast")
def _cast(at: At) -> str:
    return f"{at.data}.to({literal(at.attributes['dtype'])})"


@rule("source", "amp_cast")
def _cast_where_floating(at: At) -> str:
    return _cast(at) if at.dtype() in ("float16", "float32", "bfloat16") else at.data


@rule("source", "amp_multicast")
def _cast_together(at: At) -> list[str]:
    return [f"{each}.to(torch.{value.dtype})" for each, value in zip(at.inputs, at.call.outputs) if each is not None]
