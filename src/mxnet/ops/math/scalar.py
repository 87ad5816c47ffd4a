"""Arithmetic, comparison and logic of an array and a number: the operators behind ``a + 1`` and ``1 - a``.

MXNet's rules, which are not torch's: the number takes the dtype of the array, so an integer array cuts a fraction off
and wraps (``uint8`` 1 + 300 is 45); with ``is_int=False`` an integer array becomes float64 instead. A boolean array
becomes int64. Comparisons give 1 and 0 of the array's dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ...base import held
from ..dtype_rules import computed
from ..gradients import constant, piecewise_constant
from ..integers import no_gradient
from ..registry import Scalar, operator, rule, unchanged
from ..shape_rules import alike
from .bounds import at_least, at_most
from .broadcast import divide, hypotenuse, modulo, power

Number = Any  # int or float
Kernel = Callable[[torch.Tensor, Number], torch.Tensor]

_DOC = """{summary}, for every element of an array and one number.

Parameters
----------
data : NDArray
    of any shape
scalar : int or float
    the number
is_int : bool
    only where ``data`` holds integers or booleans: whether the number counts as an integer

Returns
-------
NDArray
    of the shape of ``data`` and of its dtype; of integers with ``is_int=False`` float64, of booleans int64

Examples
--------
>>> print(mx.nd._internal.{name}(mx.nd.array([-1, 2]), scalar=2).asnumpy().round(3))
{example}
"""

_BITS = {torch.uint8: 8, torch.int8: 8, torch.int32: 32, torch.int64: 64}
#: dtypes of fewer digits than a number has by itself
_SHORT = (torch.float16, torch.bfloat16)


def to_integer(scalar: Number, dtype: torch.dtype) -> int:
    """The number cut to an integer and wrapped into an integer dtype, as the processor casts it.

    It casts by way of an integer of 32 bits, or 64 for int64, whose smallest stands for whatever does not fit in there.

    Raises
    ------
    OverflowError
        the number is an integer beyond doubles
    """
    wide = torch.int64 if dtype is torch.int64 else torch.int32
    least = torch.iinfo(wide).min
    try:
        value = int(scalar)
    except (OverflowError, ValueError):  # infinities and nan have no integer
        value = least
    if not least <= value < -least:
        float(value)  # OverflowError: what is no double is no number for MXNet either
        value = least
    bits = _BITS[dtype]
    value &= (1 << bits) - 1
    if dtype is not torch.uint8 and value >> (bits - 1):
        value -= 1 << bits
    return value


def _operands(data: torch.Tensor, scalar: Number, is_int: bool) -> tuple[torch.Tensor, Number]:
    """An array of integers or booleans and a number, brought to one dtype."""
    if not is_int:
        return data.double(), float(scalar)
    if data.dtype is torch.bool:
        data = data.long()
    return data, to_integer(scalar, data.dtype)


def _result(attributes: Mapping[str, Any], data: torch.dtype) -> torch.dtype:
    """The dtype that :func:`_operands` brings an array to."""
    if data.is_floating_point:
        return data
    if not attributes["is_int"]:
        return torch.float64
    return torch.int64 if data is torch.bool else data


def _declare(
    kernel: Kernel,
    summary: str,
    *names: str,
    example: str,
    kept_names: tuple[str, ...] = (),
    python: Mapping[str, str] | None = None,
    role: str | None = None,
) -> Callable[..., torch.Tensor]:
    """Declare an operation from a kernel for an array and a number of its dtype."""

    def function(data: torch.Tensor, *, scalar: Scalar = 1.0, is_int: bool = True) -> torch.Tensor:
        if data.dtype.is_floating_point:
            try:
                return kernel(data, _rounded(scalar, data.dtype) if data.dtype in _SHORT else scalar)
            except OverflowError:  # torch takes no integers beyond 64 bits
                return kernel(data, float(scalar))
        return kernel(*_operands(data, scalar, is_int))

    function.__name__ = function.__qualname__ = names[0]
    function.__doc__ = _DOC.format(summary=summary, name=names[0], example=example)
    rules: dict[str, Any] = {"inputs": alike, "dtype": computed(_result)}
    return operator(*names, shape=unchanged, kept_names=kept_names, python=python, role=role, rules=rules)(function)


def _rounded(scalar: Number, dtype: torch.dtype) -> float:
    """The number as it is in a dtype of few digits, an infinity where it is too large for it."""
    with np.errstate(over="ignore"):
        if dtype is torch.float16:
            return float(np.float16(scalar))
        single = np.float32(scalar)
    if not np.isfinite(single):
        return float(single)
    bits = int(single.view(np.uint32))
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000  # to the nearest, ties to even
    return float(np.uint32(bits).view(np.float32))


def _filled(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    """The number as an array without axes, for functions that take no number there."""
    return torch.full((), held(scalar, data.dtype), dtype=data.dtype, device=data.device)


def _rdivide(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    return divide(_filled(data, scalar), data)


def _divide(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    return torch.div(data, scalar) if data.dtype.is_floating_point else divide(data, _filled(data, scalar))


def _modulo(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    # by -1 the smallest integer traps in older versions of torch, as by 0 it does in all
    return torch.remainder(data, scalar) if scalar not in (0, -1) else modulo(data, _filled(data, scalar))


def _rmodulo(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    return modulo(_filled(data, scalar), data)


def _power(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    if not data.dtype.is_floating_point or scalar in _ROOTS:
        return power(data, _filled(data, scalar))
    return torch.pow(data, scalar) if scalar or not data.requires_grad else _ToNothing.apply(data)


#: exponents that torch takes for square roots when they are numbers: (-inf) ** 0.5 and (-0.0) ** 0.5 differ from that,
#: and so does the gradient of a power of 1.5
_ROOTS = (0.5, -0.5, 1.5)


class _ToNothing(torch.autograd.Function):
    """x to the power of 0, with MXNet's gradient 0 / x, which is nan at 0 (torch: 0)."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(data)
        return torch.ones_like(data)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return gradient * (0 / ctx.saved_tensors[0])


def _rpower(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    return torch.pow(scalar, data) if data.dtype.is_floating_point else power(_filled(data, scalar), data)


def _hypot(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    return hypotenuse(data, _filled(data, scalar))


def _logical_and(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    return torch.ne(data, 0) if scalar else torch.zeros_like(data)


def _logical_or(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    return torch.ones_like(data) if scalar else torch.ne(data, 0)


def _logical_xor(data: torch.Tensor, scalar: Number) -> torch.Tensor:
    return torch.eq(data, 0) if scalar else torch.ne(data, 0)


def _of_input_dtype(kernel: Kernel) -> Kernel:
    """A comparison that gives 1 and 0 of the array's dtype where torch gives booleans."""

    def compare(data: torch.Tensor, scalar: Number) -> torch.Tensor:
        return constant(kernel(data, scalar).to(data.dtype), data)

    return compare


plus_scalar = _declare(
    torch.add,
    "data + scalar",
    "_plus_scalar",
    "_PlusScalar",
    "_scatter_plus_scalar",
    example="[1. 4.]",
    kept_names=("_scatter_plus_scalar",),
    python={"a + 1": "_PlusScalar", "1 + a": "_PlusScalar"},
)
minus_scalar = _declare(
    torch.sub,
    "data - scalar",
    "_minus_scalar",
    "_MinusScalar",
    "_scatter_minus_scalar",
    example="[-3.  0.]",
    kept_names=("_scatter_minus_scalar",),
    python={"a - 1": "_MinusScalar"},
)
rminus_scalar = _declare(
    torch.rsub, "scalar - data", "_rminus_scalar", "_RMinusScalar", example="[3. 0.]", python={"1 - a": "_RMinusScalar"}
)
mul_scalar = _declare(
    torch.mul,
    "data * scalar",
    "_mul_scalar",
    "_MulScalar",
    "_contrib_backward_gradientmultiplier",
    kept_names=("_contrib_backward_gradientmultiplier",),
    example="[-2.  4.]",
    python={"a * 1": "_MulScalar", "1 * a": "_MulScalar"},
    role="scaling",
)
div_scalar = _declare(
    _divide, "data / scalar", "_div_scalar", "_DivScalar", example="[-0.5  1. ]", python={"a / 1": "_DivScalar"}
)
rdiv_scalar = _declare(
    _rdivide, "scalar / data", "_rdiv_scalar", "_RDivScalar", example="[-2.  1.]", python={"1 / a": "_RDivScalar"}
)
mod_scalar = _declare(
    _modulo,
    "Remainder of data / scalar",
    "_mod_scalar",
    "_ModScalar",
    example="[1. 0.]",
    python={"a % 1": "_ModScalar"},
)
rmod_scalar = _declare(
    _rmodulo,
    "Remainder of scalar / data",
    "_rmod_scalar",
    "_RModScalar",
    example="[0. 0.]",
    python={"1 % a": "_RModScalar"},
)
power_scalar = _declare(
    _power,
    "data to the power of scalar",
    "_power_scalar",
    "_PowerScalar",
    example="[1. 4.]",
    python={"a ** 1": "_PowerScalar", "power(a, 1)": "_PowerScalar"},
)
rpower_scalar = _declare(
    _rpower,
    "scalar to the power of data",
    "_rpower_scalar",
    "_RPowerScalar",
    example="[0.5 4. ]",
    python={"1 ** a": "_rpower_scalar", "power(1, a)": "_RPowerScalar"},
)
maximum_scalar = _declare(
    at_least,
    "Larger of the two",
    "_maximum_scalar",
    "_npi_maximum_scalar",
    "_MaximumScalar",
    example="[2. 2.]",
    python={"maximum(a, 1)": "_MaximumScalar", "maximum(1, a)": "_MaximumScalar"},
)
minimum_scalar = _declare(
    at_most,
    "Smaller of the two",
    "_minimum_scalar",
    "_npi_minimum_scalar",
    "_MinimumScalar",
    example="[-1.  2.]",
    python={"minimum(a, 1)": "_MinimumScalar", "minimum(1, a)": "_MinimumScalar"},
)
hypot_scalar = _declare(
    _hypot,
    "Hypotenuse sqrt(data² + scalar²)",
    "_hypot_scalar",
    "_HypotScalar",
    example="[2.236 2.828]",
    python={"hypot(a, 1)": "_HypotScalar", "hypot(1, a)": "_HypotScalar"},
)

equal_scalar = _declare(
    _of_input_dtype(torch.eq),
    "data == scalar",
    "_equal_scalar",
    "_EqualScalar",
    example="[0. 1.]",
    python={"a == 1": "_equal_scalar"},
)
not_equal_scalar = _declare(
    _of_input_dtype(torch.ne),
    "data != scalar",
    "_not_equal_scalar",
    "_NotEqualScalar",
    example="[1. 0.]",
    python={"a != 1": "_not_equal_scalar"},
)
greater_scalar = _declare(
    _of_input_dtype(torch.gt),
    "data > scalar",
    "_greater_scalar",
    "_GreaterScalar",
    example="[0. 0.]",
    python={"a > 1": "_greater_scalar"},
)
greater_equal_scalar = _declare(
    _of_input_dtype(torch.ge),
    "data >= scalar",
    "_greater_equal_scalar",
    "_GreaterEqualScalar",
    example="[0. 1.]",
    python={"a >= 1": "_greater_equal_scalar"},
)
lesser_scalar = _declare(
    _of_input_dtype(torch.lt),
    "data < scalar",
    "_lesser_scalar",
    "_LesserScalar",
    example="[1. 0.]",
    python={"a < 1": "_lesser_scalar"},
)
lesser_equal_scalar = _declare(
    _of_input_dtype(torch.le),
    "data <= scalar",
    "_lesser_equal_scalar",
    "_LesserEqualScalar",
    example="[1. 1.]",
    python={"a <= 1": "_lesser_equal_scalar"},
)
logical_and_scalar = _declare(
    _of_input_dtype(_logical_and),
    "Whether data and scalar are not zero",
    "_logical_and_scalar",
    "_LogicalAndScalar",
    example="[1. 1.]",
)
logical_or_scalar = _declare(
    _of_input_dtype(_logical_or),
    "Whether data or scalar is not zero",
    "_logical_or_scalar",
    "_LogicalOrScalar",
    example="[1. 1.]",
)
logical_xor_scalar = _declare(
    _of_input_dtype(_logical_xor),
    "Whether exactly one of data and scalar is not zero",
    "_logical_xor_scalar",
    "_LogicalXorScalar",
    example="[0. 0.]",
)
rule(
    "head", "_equal_scalar", "_greater_equal_scalar", "_greater_scalar", "_lesser_equal_scalar", "_lesser_scalar",
    "_logical_and_scalar", "_logical_or_scalar", "_logical_xor_scalar", "_not_equal_scalar",
)(piecewise_constant)  # fmt: skip
rule("integers", "_mod_scalar", "_rmod_scalar")(no_gradient)


@rule("integers", "_div_scalar")
def _divided_again(
    inputs: Sequence[torch.Tensor], gradient: torch.Tensor, attributes: Mapping[str, Any]
) -> tuple[torch.Tensor]:
    """The gradient is divided as the integers are, by a number without its fraction."""
    return (divide(gradient.long(), torch.tensor(int(attributes["scalar"]))),)
