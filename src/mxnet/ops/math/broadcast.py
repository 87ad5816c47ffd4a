"""Arithmetic, comparison and logic of two arrays: ``broadcast_*`` and the forms that ask for equal shapes.

Both forms of an operation come from one kernel. Operations with a number are in :mod:`.scalar`, functions of one
array in :mod:`.elementwise`. What differs from torch: a comparison gives the dtype of its inputs, integers divide
toward zero and wrap, division and modulo by zero give zero for integers, and ties of maximum and minimum send the
whole gradient to the left array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
from ..gradients import constant, piecewise_constant
from ..integers import no_gradient
from ..registry import Shape, describe, operator, rule
from ..shape_rules import alike, broadcast, broadcast_back

__all__ = [
    "broadcast_add", "broadcast_div", "broadcast_equal", "broadcast_greater", "broadcast_greater_equal",
    "broadcast_hypot", "broadcast_lesser", "broadcast_lesser_equal", "broadcast_logical_and", "broadcast_logical_or",
    "broadcast_logical_xor", "broadcast_maximum", "broadcast_minimum", "broadcast_mod", "broadcast_mul",
    "broadcast_not_equal", "broadcast_power", "broadcast_sub", "elemwise_add", "elemwise_div", "elemwise_mul",
    "elemwise_sub", "explained",
]  # fmt: skip

Kernel = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

_BROADCAST_DOC = """{summary}, the shapes broadcast against each other.

Parameters
----------
lhs, rhs : NDArray
    arrays of one dtype; from the last axis on, their sizes are equal or one of the two is 1

Returns
-------
NDArray
    of the broadcast shape and the dtype of the inputs{returns}

Raises
------
MXNetError
    shapes that cannot be broadcast, different dtypes, boolean arrays

Examples
--------
>>> print(mx.nd.{name}(mx.nd.array([[1], [2]]), mx.nd.array([2, 3])).asnumpy().round(3))
{example}
"""

_ELEMENTWISE_DOC = """{summary}, of two arrays of equal shape.

Parameters
----------
lhs, rhs : NDArray
    arrays of one shape and one dtype

Returns
-------
NDArray
    of the shape and dtype of the inputs{returns}

Raises
------
MXNetError
    different shapes or dtypes, boolean arrays

Examples
--------
>>> print(mx.nd.{path}(mx.nd.array([1, 2]), mx.nd.array([2, 3])).asnumpy().round(3))
{example}
"""


def same_shape(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    """The rule for an input whose shape is not known: that of the other."""
    known = next((shape for shape in shapes.values() if shape is not None), None)
    return {} if known is None else {name: known for name, shape in shapes.items() if shape is None}


def _common_shape(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    """The shape of an elementwise result, where the inputs have one shape."""
    return shapes[0] if shapes[0] == shapes[1] else None


def _declare(
    kernel: Kernel,
    summary: str,
    names: tuple[str, ...],
    elementwise: tuple[str, ...],
    example: tuple[str, str],
    returns: str = "",
    kept_names: tuple[str, ...] = (),
    python: Mapping[str, str] | None = None,
    role: str | None = None,
) -> tuple[Kernel, Kernel]:
    """Declare an operation in its broadcasting form and in the form for equal shapes.

    `kept_names` and `python` are facts about the form for equal shapes, which is that of symbols.
    """
    name = names[0]

    def broadcasting(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
        if lhs.dtype is torch.bool:
            raise MXNetError(f"{name}: lhs is boolean; expected numbers, convert it with astype")
        try:
            return kernel(lhs, rhs)
        except RuntimeError as error:
            raise explained(name, lhs, rhs, error) from error

    equal_name = elementwise[0]

    def equal_shapes(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
        if lhs.shape != rhs.shape:
            raise MXNetError(
                f"{equal_name}: lhs {tuple(lhs.shape)} and rhs {tuple(rhs.shape)} differ; expected equal shapes"
                f" ({name} broadcasts)"
            )
        if lhs.dtype is torch.bool:
            raise MXNetError(f"{equal_name}: lhs is boolean; expected numbers, convert it with astype")
        return kernel(lhs, rhs)

    broadcasting.__name__ = broadcasting.__qualname__ = name
    broadcasting.__doc__ = _BROADCAST_DOC.format(summary=summary, name=name, returns=returns, example=example[0])
    equal_shapes.__name__ = equal_shapes.__qualname__ = equal_name
    equal_shapes.__doc__ = _ELEMENTWISE_DOC.format(
        summary=summary,
        path=f"_internal.{equal_name}" if equal_name.startswith("_") else equal_name,
        returns=returns,
        example=example[1],
    )
    operator(
        *names, same_dtype=True, shape=_common_shape, role=role, rules={"inputs": broadcast_back, "outputs": broadcast}
    )(broadcasting)
    operator(
        *elementwise, params=same_shape, same_dtype=True, shape=_common_shape, kept_names=kept_names, python=python,
        role=role, rules={"inputs": alike},
    )(equal_shapes)  # fmt: skip
    return broadcasting, equal_shapes


def explained(name: str, lhs: torch.Tensor, rhs: torch.Tensor, error: Exception) -> MXNetError:
    """MXNet's kind of error for torch's: shapes that do not go together, or what else torch says."""
    try:
        torch.broadcast_shapes(lhs.shape, rhs.shape)
    except RuntimeError:
        shapes = f"{tuple(lhs.shape)} and {tuple(rhs.shape)}"
        return MXNetError(f"{name}: shapes {shapes} cannot be broadcast together")
    lines = str(error).strip().splitlines()
    return MXNetError(f"{name}: {lines[0] if lines else error!r} (got lhs {describe(lhs)}, rhs {describe(rhs)})")


# --- kernels where torch's own differ ------------------------------------------------------------------------------


def divide(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    """Quotient; integers toward zero, and 0 where the divisor is 0 (MXNet crashes there)."""
    if lhs.dtype.is_floating_point:
        return torch.div(lhs, rhs)
    # -1 is left out beside 0: the smallest integer divided by it traps
    awkward = (rhs == 0) | _minus_one(rhs)
    quotient = torch.div(lhs, rhs.masked_fill(awkward, 1), rounding_mode="trunc")
    return torch.where(awkward, torch.where(rhs == 0, torch.zeros_like(lhs), -lhs), quotient)


def _minus_one(integers: torch.Tensor) -> torch.Tensor:
    """Which integers are -1, as none are without a sign: torch takes 255 for it there."""
    return integers == -1 if integers.dtype.is_signed else torch.zeros_like(integers, dtype=torch.bool)


class _Modulo(torch.autograd.Function):
    """Remainder of the sign of the divisor; torch gives nan where the divisor is 0, MXNet 0."""

    @staticmethod
    def forward(ctx: Any, lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(lhs, rhs)
        return torch.remainder(lhs, rhs).masked_fill(rhs == 0, 0)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        lhs, rhs = ctx.saved_tensors
        return (
            gradient.sum_to_size(lhs.shape),
            (-torch.floor(lhs / rhs) * gradient).sum_to_size(rhs.shape),
        )


def modulo(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    """Remainder of the sign of the divisor, 0 where the divisor is 0."""
    if lhs.dtype.is_floating_point:
        return _Modulo.apply(lhs, rhs)
    nothing = (rhs == 0) | _minus_one(rhs)  # by -1 nothing is left, and the smallest integer traps
    return torch.remainder(lhs, rhs.masked_fill(nothing, 1)).masked_fill(nothing, 0)


def power(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    """Power; of integers through double precision, so that a negative exponent gives 0 as in MXNet."""
    if lhs.dtype.is_floating_point:
        return torch.pow(lhs, rhs)
    return torch.pow(lhs.double(), rhs.double()).to(lhs.dtype)


def hypotenuse(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    """Length of the hypotenuse; of integers cut to an integer."""
    if lhs.dtype.is_floating_point:
        return torch.hypot(lhs, rhs)
    return torch.hypot(lhs.double(), rhs.double()).to(lhs.dtype)


class _Maximum(torch.autograd.Function):
    """The larger; at a tie the gradient goes to the left array (torch halves it)."""

    @staticmethod
    def forward(ctx: Any, lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(lhs, rhs)
        return torch.maximum(lhs, rhs)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        lhs, rhs = ctx.saved_tensors
        return _given(gradient, lhs >= rhs, lhs), _given(gradient, lhs < rhs, rhs)


class _Minimum(torch.autograd.Function):
    """The smaller; at a tie the gradient goes to the left array (torch halves it)."""

    @staticmethod
    def forward(ctx: Any, lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(lhs, rhs)
        return torch.minimum(lhs, rhs)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        lhs, rhs = ctx.saved_tensors
        return _given(gradient, lhs <= rhs, lhs), _given(gradient, lhs > rhs, rhs)


def maximum(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    """The larger of two, with MXNet's gradient at a tie."""
    return _Maximum.apply(lhs, rhs) if lhs.requires_grad or rhs.requires_grad else torch.maximum(lhs, rhs)


def minimum(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    """The smaller of two, with MXNet's gradient at a tie."""
    return _Minimum.apply(lhs, rhs) if lhs.requires_grad or rhs.requires_grad else torch.minimum(lhs, rhs)


def _given(gradient: torch.Tensor, chosen: torch.Tensor, side: torch.Tensor) -> torch.Tensor:
    """The gradient of one side, which none goes to where neither is chosen because one is nan."""
    return gradient.masked_fill(~chosen, 0).sum_to_size(side.shape)


def _of_input_dtype(kernel: Kernel) -> Kernel:
    """A comparison that gives 1 and 0 of its inputs' dtype where torch gives booleans."""

    def compare(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
        return constant(kernel(lhs, rhs).to(lhs.dtype), lhs, rhs)

    return compare


# --- the operators -------------------------------------------------------------------------------------------------

broadcast_add, elemwise_add = _declare(
    torch.add,
    "Sum",
    ("broadcast_add", "broadcast_plus", "_sparse_broadcast_add", "_sparse_broadcast_plus"),
    ("elemwise_add", "_sparse_elemwise_add", "_add", "_plus", "_Plus", "_grad_add"),
    ("[[3. 4.]\n [4. 5.]]", "[3. 5.]"),
    kept_names=("_grad_add",),
    python={"a + b": "_Plus"},
    role="addition",
)
broadcast_sub, elemwise_sub = _declare(
    torch.sub,
    "Difference",
    ("broadcast_sub", "broadcast_minus", "_sparse_broadcast_sub", "_sparse_broadcast_minus"),
    ("elemwise_sub", "_sparse_elemwise_sub", "_sub", "_minus", "_Minus"),
    ("[[-1. -2.]\n [ 0. -1.]]", "[-1. -1.]"),
    python={"a - b": "_Minus"},
)
broadcast_mul, elemwise_mul = _declare(
    torch.mul,
    "Product",
    ("broadcast_mul", "_sparse_broadcast_mul"),
    ("elemwise_mul", "_sparse_elemwise_mul", "_mul", "_Mul"),
    ("[[2. 3.]\n [4. 6.]]", "[2. 6.]"),
    python={"a * b": "_Mul"},
)
broadcast_div, elemwise_div = _declare(
    divide,
    "Quotient",
    ("broadcast_div", "_sparse_broadcast_div"),
    ("elemwise_div", "_sparse_elemwise_div", "_div", "_Div", "_scatter_elemwise_div"),
    ("[[0.5   0.333]\n [1.    0.667]]", "[0.5   0.667]"),
    "; integers are divided toward zero",
    kept_names=("_scatter_elemwise_div",),
    python={"a / b": "_Div"},
)
broadcast_mod, _mod = _declare(
    modulo,
    "Remainder, of the sign of rhs",
    ("broadcast_mod",),
    ("_mod", "_Mod"),
    ("[[1. 1.]\n [0. 2.]]", "[1. 2.]"),
    "; 0 where rhs is 0",
    python={"a % b": "_Mod"},
)
broadcast_power, _power = _declare(
    power,
    "lhs to the power of rhs",
    ("broadcast_power",),
    ("_power", "_Power"),
    ("[[1. 1.]\n [4. 8.]]", "[1. 8.]"),
    python={"a ** b": "_Power", "power(a, b)": "_Power"},
)
broadcast_maximum, _maximum = _declare(
    maximum,
    "Larger of the two",
    ("broadcast_maximum", "_npi_maximum"),
    ("_maximum", "_Maximum"),
    ("[[2. 3.]\n [2. 3.]]", "[2. 3.]"),
    python={"maximum(a, b)": "_Maximum"},
)
broadcast_minimum, _minimum = _declare(
    minimum,
    "Smaller of the two",
    ("broadcast_minimum", "_npi_minimum"),
    ("_minimum", "_Minimum"),
    ("[[1. 1.]\n [2. 2.]]", "[1. 2.]"),
    python={"minimum(a, b)": "_Minimum"},
)
broadcast_hypot, _hypot = _declare(
    hypotenuse,
    "Hypotenuse sqrt(lhs² + rhs²)",
    ("broadcast_hypot",),
    ("_hypot", "_Hypot"),
    ("[[2.236 3.162]\n [2.828 3.606]]", "[2.236 3.606]"),
    python={"hypot(a, b)": "_Hypot"},
)


def _declare_truth(
    kernel: Kernel, summary: str, name: str, example: tuple[str, str], sign: str | None = None
) -> tuple[Kernel, Kernel]:
    """Declare a comparison, which Python has a sign for, or a logical operation."""
    elementwise = (f"_{name}", "_" + name.title())
    return _declare(
        _of_input_dtype(kernel), summary, (f"broadcast_{name}",), elementwise, example, ": 1 where it holds, else 0",
        python={f"a {sign} b": f"_{name}"} if sign else None,
    )  # fmt: skip


broadcast_equal, _equal = _declare_truth(torch.eq, "lhs == rhs", "equal", ("[[0. 0.]\n [1. 0.]]", "[0. 0.]"), "==")
broadcast_not_equal, _not_equal = _declare_truth(
    torch.ne, "lhs != rhs", "not_equal", ("[[1. 1.]\n [0. 1.]]", "[1. 1.]"), "!="
)
broadcast_greater, _greater = _declare_truth(torch.gt, "lhs > rhs", "greater", ("[[0. 0.]\n [0. 0.]]", "[0. 0.]"), ">")
broadcast_greater_equal, _greater_equal = _declare_truth(
    torch.ge, "lhs >= rhs", "greater_equal", ("[[0. 0.]\n [1. 0.]]", "[0. 0.]"), ">="
)
broadcast_lesser, _lesser = _declare_truth(torch.lt, "lhs < rhs", "lesser", ("[[1. 1.]\n [0. 1.]]", "[1. 1.]"), "<")
broadcast_lesser_equal, _lesser_equal = _declare_truth(
    torch.le, "lhs <= rhs", "lesser_equal", ("[[1. 1.]\n [1. 1.]]", "[1. 1.]"), "<="
)
broadcast_logical_and, _logical_and = _declare_truth(
    torch.logical_and, "Whether both are not zero", "logical_and", ("[[1. 1.]\n [1. 1.]]", "[1. 1.]")
)
broadcast_logical_or, _logical_or = _declare_truth(
    torch.logical_or, "Whether one is not zero", "logical_or", ("[[1. 1.]\n [1. 1.]]", "[1. 1.]")
)
broadcast_logical_xor, _logical_xor = _declare_truth(
    torch.logical_xor, "Whether exactly one is not zero", "logical_xor", ("[[0. 0.]\n [0. 0.]]", "[0. 0.]")
)
rule(
    "head", "_equal", "_greater", "_greater_equal", "_lesser", "_lesser_equal", "_logical_and", "_logical_or",
    "_logical_xor", "_not_equal", "broadcast_equal", "broadcast_greater", "broadcast_greater_equal", "broadcast_lesser",
    "broadcast_lesser_equal", "broadcast_logical_and", "broadcast_logical_or", "broadcast_logical_xor",
    "broadcast_not_equal",
)(piecewise_constant)  # fmt: skip
rule("integers", "broadcast_mod", "_mod")(no_gradient)
