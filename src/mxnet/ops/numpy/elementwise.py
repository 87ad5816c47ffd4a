"""NumPy's element-by-element operators: ``mx.np`` arithmetic with its promotion of dtypes, comparisons, functions.

A float wins over integers and booleans, and the wider of two floats or integers wins; dividing integers gives float32;
comparisons give booleans and ask for one dtype. An integer array with a number that is no integer takes the number's
integer part. Functions of one array are those of ``nd`` under other names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from ...base import DTYPE_CODES, MXNetError, dtype_name, held
from ..dtype_rules import always, computed, follows
from ..gradients import piecewise_constant
from ..math.broadcast import explained, hypotenuse, modulo, power
from ..registry import OPERATORS, Scalar, operator, rule
from ..shape_rules import alike, broadcast, broadcast_back

__all__ = ["BINARY", "COMPARISONS", "UNARY"]

Kernel = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def _promoted(name: str, lhs: torch.Tensor, rhs: torch.Tensor) -> torch.dtype:
    """The dtype of a result.

    Raises
    ------
    MXNetError
        MXNet has no dtype for it (that of int8 and uint8 would be int16), or no such operation on booleans
    """
    dtype = torch.promote_types(lhs.dtype, rhs.dtype)
    if dtype not in DTYPE_CODES or (dtype is torch.bool and name in ("subtract", "mod")):
        kinds = f"{dtype_name(lhs.dtype)} and {dtype_name(rhs.dtype)}"
        raise MXNetError(f"np.{name}: operands are {kinds}; convert one of them with astype")
    return dtype


def _broadcast(name: str, kernel: Kernel, lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    try:
        return kernel(lhs, rhs)
    except RuntimeError as error:
        raise explained(name, lhs, rhs, error) from error


def _divide(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    return torch.true_divide(lhs, rhs)


def _ldexp(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    return lhs * torch.pow(2.0, rhs)


#: NumPy's name -> (kernel, whether integers give float32)
BINARY: dict[str, tuple[Kernel, bool]] = {
    "add": (torch.add, False),
    "subtract": (torch.sub, False),
    "multiply": (torch.mul, False),
    "true_divide": (_divide, True),
    "mod": (modulo, False),
    "power": (power, False),
    "copysign": (torch.copysign, True),
    "arctan2": (torch.atan2, True),
    "hypot": (hypotenuse, True),
    "ldexp": (_ldexp, True),
}
#: those that give floats for integers; the others compute in float32 and cut
FLOAT_RESULTS = ("true_divide", "arctan2", "hypot")
_INTEGERS: dict[str, Kernel] = {
    "bitwise_and": torch.bitwise_and,
    "bitwise_or": torch.bitwise_or,
    "bitwise_xor": torch.bitwise_xor,
    "lcm": torch.lcm,
}
COMPARISONS: dict[str, tuple[Kernel, str]] = {
    # the comparison with the operands changed over
    "equal": (torch.eq, "equal"),
    "not_equal": (torch.ne, "not_equal"),
    "greater": (torch.gt, "less"),
    "less": (torch.lt, "greater"),
    "greater_equal": (torch.ge, "less_equal"),
    "less_equal": (torch.le, "greater_equal"),
}
#: functions of one array: NumPy's name -> that of the same operator in ``nd``
UNARY: dict[str, str] = {
    name: name
    for name in (
        "arccos arccosh arcsin arcsinh arctan arctanh cbrt ceil cos cosh degrees exp expm1 fix floor log log10 "
        "log1p log2 negative radians reciprocal rint sign sin sinh sqrt square tan tanh trunc"
    ).split()
} | {"absolute": "abs"}


#: what operators of two arrays and of one say about shapes
_PAIR: dict[str, Any] = {"inputs": broadcast_back, "outputs": broadcast}
_ALONE: dict[str, Any] = {"inputs": alike}


def _declare_binary(name: str, kernel: Kernel, to_float: bool) -> None:
    def arrays(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
        dtype = _promoted(name, lhs, rhs)
        # booleans add up, and so on, as numbers; 0 is False again
        computed = torch.float32 if dtype is torch.bool or (to_float and not dtype.is_floating_point) else dtype
        if lhs.dtype is not computed:
            lhs = lhs.to(computed)
        if rhs.dtype is not computed:
            rhs = rhs.to(computed)
        result = _broadcast(f"np.{name}", kernel, lhs, rhs)
        return result if computed is dtype or name in FLOAT_RESULTS else result.to(dtype)

    def arrays_by_numpys_names(x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
        return arrays(x1, x2)

    def of_two(attributes: Mapping[str, Any], lhs: torch.dtype, rhs: torch.dtype) -> torch.dtype | None:
        kind = torch.promote_types(lhs, rhs)
        if kind not in DTYPE_CODES:
            return None
        return torch.float32 if name in FLOAT_RESULTS and not kind.is_floating_point else kind

    operator(f"_npi_{name}", rules={**_PAIR, "dtype": computed(of_two)})(
        arrays_by_numpys_names if name in ("arctan2", "hypot") else arrays
    )

    def with_number(data: torch.Tensor, scalar: float, reflected: bool = False) -> torch.Tensor:
        if data.dtype is torch.bool and name != "true_divide":
            data = data.long()
        dtype = data.dtype
        if not dtype.is_floating_point and name != "true_divide":
            scalar = int(scalar)
        if to_float and not dtype.is_floating_point:
            data = data.float()
        number = torch.full((), held(scalar, data.dtype), dtype=data.dtype, device=data.device)
        result = kernel(number, data) if reflected else kernel(data, number)
        return result if name == "true_divide" else result.to(dtype)

    def of_one(attributes: Mapping[str, Any], data: torch.dtype) -> torch.dtype:
        if name == "true_divide":
            return data if data.is_floating_point else torch.float32
        return torch.int64 if data is torch.bool else data

    with_a_number = {**_ALONE, "dtype": computed(of_one)}

    @operator(f"_npi_{name}_scalar", rules=with_a_number)
    def scalar_after(data: torch.Tensor, *, scalar: Scalar = 1.0, is_int: bool = True) -> torch.Tensor:
        return with_number(data, scalar)

    if name not in ("add", "multiply", "hypot"):

        @operator(f"_npi_r{name}_scalar", rules=with_a_number)
        def scalar_before(data: torch.Tensor, *, scalar: Scalar = 1.0, is_int: bool = True) -> torch.Tensor:
            return with_number(data, scalar, reflected=True)


def _declare_integers(name: str, kernel: Kernel) -> None:
    def checked(data: torch.Tensor) -> None:
        if data.is_floating_point():
            raise MXNetError(f"np.{name}: an operand is {dtype_name(data.dtype)}; expected integers")

    @operator(f"_npi_{name}", same_dtype=True, rules=_PAIR)
    def arrays(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
        checked(lhs)
        return _broadcast(f"np.{name}", kernel, lhs, rhs)

    @operator(f"_npi_{name}_scalar", rules=_ALONE)
    def scalar_after(data: torch.Tensor, *, scalar: Scalar = 1.0, is_int: bool = True) -> torch.Tensor:
        checked(data)
        return kernel(data, torch.full((), held(int(scalar), data.dtype), dtype=data.dtype, device=data.device))


def _declare_comparison(name: str, kernel: Kernel) -> None:
    @operator(f"_npi_{name}", same_dtype=True, rules={**_PAIR, "dtype": always(torch.bool, inputs_alike=True)})
    def arrays(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
        return _broadcast(f"np.{name}", kernel, lhs, rhs)

    @operator(f"_npi_{name}_scalar", rules={**_ALONE, "dtype": always(torch.bool)})
    def scalar_after(data: torch.Tensor, *, scalar: Scalar = 1.0, is_int: bool = True) -> torch.Tensor:
        try:
            return kernel(data, scalar)  # type: ignore[arg-type]
        except OverflowError:  # torch takes no integers beyond 64 bits
            return kernel(data, held(scalar, data.dtype))


def _declare_unary(name: str, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
    def unary(x: torch.Tensor) -> torch.Tensor:
        return function(x.long() if name == "negative" and x.dtype is torch.bool else x)

    unary.__doc__ = function.__doc__
    operator(f"_npi_{name}", *(("_npi_abs",) if name == "absolute" else ()), rules=_ALONE)(unary)


for _name, (_kernel, _to_float) in BINARY.items():
    _declare_binary(_name, _kernel, _to_float)
for _name, _kernel in _INTEGERS.items():
    _declare_integers(_name, _kernel)
for _name, (_kernel, _) in COMPARISONS.items():
    _declare_comparison(_name, _kernel)
for _name, _same in UNARY.items():
    _declare_unary(_name, OPERATORS[_same].function)


@operator("_npi_logical_not")
def logical_not(x: torch.Tensor) -> torch.Tensor:
    """Whether each element is zero."""
    return torch.logical_not(x)


@operator("_npi_bitwise_not")
def bitwise_not(x: torch.Tensor) -> torch.Tensor:
    """Every bit of integers turned over, or the opposite of booleans."""
    if x.is_floating_point():
        raise MXNetError(f"np.bitwise_not: x is {dtype_name(x.dtype)}; expected integers or booleans")
    return torch.bitwise_not(x)


@operator("_npi_isnan")
def isnan(x: torch.Tensor) -> torch.Tensor:
    """Whether each element is no number."""
    return torch.isnan(x)


@operator("_npi_isinf")
def isinf(x: torch.Tensor) -> torch.Tensor:
    """Whether each element is infinite."""
    return torch.isinf(x)


@operator("_npi_isposinf")
def isposinf(x: torch.Tensor) -> torch.Tensor:
    """Whether each element is infinite and positive."""
    return torch.isposinf(x)


@operator("_npi_isneginf")
def isneginf(x: torch.Tensor) -> torch.Tensor:
    """Whether each element is infinite and negative."""
    return torch.isneginf(x)


@operator("_npi_isfinite")
def isfinite(x: torch.Tensor) -> torch.Tensor:
    """Whether each element is a finite number."""
    return torch.isfinite(x)


@operator("_npi_around")
def around(x: torch.Tensor, *, decimals: int = 0) -> torch.Tensor:
    """Each element rounded to a number of decimals, a half to the even neighbour."""
    if not x.is_floating_point():
        if decimals >= 0 or x.dtype is torch.bool:
            return x.clone()
        unit = 10**-decimals  # integers are cut, as in MXNet
        return (torch.div(x.long(), unit, rounding_mode="trunc") * unit).to(x.dtype)
    scale = 10.0**decimals
    return torch.round(x * scale) / scale


@operator("_npi_nan_to_num")
def nan_to_num(
    data: torch.Tensor, *, copy: bool = True, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> torch.Tensor:
    """NaN and the infinities replaced by numbers: 0 and the dtype's largest and least unless others are given."""
    return torch.nan_to_num(data, nan, posinf, neginf)


@operator("_npi_where")
def where(condition: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Elements of ``x`` where the condition holds, of ``y`` elsewhere; the three broadcast."""
    return torch.where(condition.bool(), x, y)


@operator("_npi_where_lscalar")
def where_number_for_x(condition: torch.Tensor, x: torch.Tensor, *, scalar: Scalar = 0.0) -> torch.Tensor:
    """A number where the condition holds, elements of the array elsewhere."""
    return torch.where(condition.bool(), torch.full((), held(scalar, x.dtype), dtype=x.dtype, device=x.device), x)


@operator("_npi_where_rscalar", unlearned=("condition",))
def where_number_for_y(condition: torch.Tensor, y: torch.Tensor, *, scalar: Scalar = 0.0) -> torch.Tensor:
    """Elements of the array where the condition holds, a number elsewhere."""
    return torch.where(condition.bool(), y, torch.full((), held(scalar, y.dtype), dtype=y.dtype, device=y.device))


@operator("_npi_where_scalar2")
def where_numbers(condition: torch.Tensor, *, x: Scalar = 0.0, y: Scalar = 0.0) -> torch.Tensor:
    """One number where the condition holds, another elsewhere; float32."""
    return torch.where(condition.bool(), float(x), float(y)).float()


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule(
    "inputs", "_npi_logical_not", "_npi_bitwise_not", "_npi_isnan", "_npi_isinf", "_npi_isposinf", "_npi_isneginf",
    "_npi_isfinite", "_npi_around", "_npi_nan_to_num", "_npi_where_scalar2",
)(alike)  # fmt: skip
rule("inputs", "_npi_where", "_npi_where_lscalar", "_npi_where_rscalar")(broadcast_back)
rule("outputs", "_npi_where", "_npi_where_lscalar", "_npi_where_rscalar")(broadcast)


rule("dtype", "_npi_negative")(computed(lambda attributes, x: torch.int64 if x is torch.bool else x))
rule("dtype", "_npi_logical_not", "_npi_isnan", "_npi_isinf", "_npi_isposinf", "_npi_isneginf", "_npi_isfinite")(
    always(torch.bool)
)
rule("dtype", "_npi_where")(follows(1, 2))
rule("dtype", "_npi_where_lscalar", "_npi_where_rscalar")(follows(1))
rule("dtype", "_npi_where_scalar2")(always(torch.float32))
rule(
    "head", "_npi_around", "_npi_ceil", "_npi_equal", "_npi_equal_scalar", "_npi_fix", "_npi_floor", "_npi_greater",
    "_npi_greater_equal", "_npi_greater_equal_scalar", "_npi_greater_scalar", "_npi_isfinite", "_npi_isinf",
    "_npi_isnan", "_npi_isneginf", "_npi_isposinf", "_npi_less", "_npi_less_equal", "_npi_less_equal_scalar",
    "_npi_less_scalar", "_npi_logical_not", "_npi_not_equal", "_npi_not_equal_scalar", "_npi_rint", "_npi_trunc",
)(piecewise_constant)  # fmt: skip
