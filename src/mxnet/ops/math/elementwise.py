"""Functions of one array, element by element: rounding, powers, exponentials, trigonometry, special functions.

Arithmetic of two arrays is in :mod:`.broadcast`, dtype conversion in :mod:`.cast`, activation functions in the neural
operators. What differs from torch: integers go through double precision and are cut back to their dtype, booleans are
refused, ``round`` goes away from zero at a half and ``rint`` down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError, held
from ..gradients import constant, piecewise_constant, straight_through
from ..registry import Scalar, operator, rule, unchanged
from ..shape_rules import alike
from .bounds import within

Kernel = Callable[[torch.Tensor], torch.Tensor]

_DOC = """{summary}.

Parameters
----------
data : NDArray
    numbers, of any shape{domain}

Returns
-------
NDArray
    of the shape and dtype of ``data``; of integers cut to integers

Raises
------
MXNetError
    ``data`` is boolean

Examples
--------
>>> print(mx.nd.{name}(mx.nd.array({given})).asnumpy().round(3))
{result}
"""


def _declare(
    kernel: Kernel,
    summary: str,
    name: str,
    *aliases: str,
    example: tuple[str, str],
    domain: str = "",
    method: bool = True,
    ignored: tuple[str, ...] = (),
) -> Kernel:
    """Declare a function of one array from a kernel for floating-point tensors."""

    def function(data: torch.Tensor) -> torch.Tensor:
        dtype = data.dtype
        if dtype.is_floating_point:
            return kernel(data)
        if dtype is torch.bool:
            raise refused_booleans(name)
        return kernel(data.double()).to(dtype)

    return _registered(function, summary, name, aliases, example, domain, method, ignored)


def _declare_exact(
    kernel: Kernel, summary: str, name: str, *aliases: str, example: tuple[str, str], method: bool = True
) -> Kernel:
    """Declare a function of one array from a kernel that keeps integers integers."""

    def function(data: torch.Tensor) -> torch.Tensor:
        if data.dtype is torch.bool:
            raise refused_booleans(name)
        return kernel(data)

    return _registered(function, summary, name, aliases, example, "", method)


def _registered(
    function: Kernel,
    summary: str,
    name: str,
    aliases: tuple[str, ...],
    example: tuple[str, str],
    domain: str,
    method: bool,
    ignored: tuple[str, ...] = (),
) -> Kernel:
    function.__name__ = function.__qualname__ = name
    function.__doc__ = _DOC.format(
        summary=summary, name=name, domain=domain and "; " + domain, given=example[0], result=example[1]
    )
    declared = operator(name, *aliases, shape=unchanged, method=method, rules={"inputs": alike}, ignored=ignored)
    return declared(function)


def refused_booleans(name: str) -> MXNetError:
    """The error of an operator that takes no booleans."""
    return MXNetError(f"{name}: data is boolean; expected numbers, convert it with astype")


# --- kernels torch has not, or has otherwise -----------------------------------------------------------------------


def _round(data: torch.Tensor) -> torch.Tensor:
    """To the nearest integer, a half away from zero; torch takes a half to the even side."""
    if not data.dtype.is_floating_point:
        return data.clone()
    cut = torch.trunc(data)
    return torch.where((data - cut).abs() >= 0.5, cut + torch.sign(data), cut)


def _rint(data: torch.Tensor) -> torch.Tensor:
    """To the nearest integer, a half down; torch takes a half to the even side."""
    if not data.dtype.is_floating_point:
        return data.clone()
    below, above = torch.floor(data), torch.ceil(data)
    return torch.where(data - below <= above - data, below, above)


def _in_double(function: Kernel, data: torch.Tensor) -> torch.Tensor:
    return function(data.double()).to(data.dtype)


class _CubeRoot(torch.autograd.Function):
    """The real cube root, which torch has not."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor) -> torch.Tensor:
        root = _in_double(lambda x: torch.copysign(torch.pow(x.abs(), 1 / 3), x), data)
        ctx.save_for_backward(root)
        return root

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (root,) = ctx.saved_tensors
        return gradient / (3 * root * root)


class _InverseRoot(torch.autograd.Function):
    """1 over the square root, with MXNet's gradient -1 / (2 x sqrt(x)), which is minus infinity at -0 as well."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(data)
        return torch.rsqrt(data)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (data,) = ctx.saved_tensors
        return gradient * (-0.5 / (data * torch.sqrt(data)))


def _rsqrt(data: torch.Tensor) -> torch.Tensor:
    return _InverseRoot.apply(data) if data.requires_grad else torch.rsqrt(data)


def _rcbrt(data: torch.Tensor) -> torch.Tensor:
    return torch.reciprocal(_CubeRoot.apply(data))


def _digamma(data: torch.Tensor) -> torch.Tensor:
    """The derivative of gamma's logarithm; infinite at its poles, 0 and the negative integers, from above."""
    pole = (data <= 0) & (data == torch.floor(data))
    return torch.digamma(data).masked_fill(pole, math.inf)


class _GammaLogarithm(torch.autograd.Function):
    """The logarithm of gamma's absolute value, with MXNet's gradient at the poles."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(data)
        return torch.lgamma(data)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (data,) = ctx.saved_tensors
        return gradient * _digamma(data)


class _Gamma(torch.autograd.Function):
    """The gamma function, of which torch has only the logarithm; below zero by reflection."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor) -> torch.Tensor:
        x = data.double()
        reflected = math.pi / (torch.sin(math.pi * x) * torch.exp(torch.lgamma(1 - x)))
        pole = (x < 0) & (x == torch.floor(x))
        value = torch.where(x < 0, reflected.masked_fill(pole, math.nan), torch.exp(torch.lgamma(x))).to(data.dtype)
        value = torch.where(data == 0, torch.reciprocal(data), value)
        ctx.save_for_backward(data, value)
        return value

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        data, value = ctx.saved_tensors
        return gradient * value * _digamma(data)


def _logical_not(data: torch.Tensor) -> torch.Tensor:
    return constant(torch.eq(data, 0).to(data.dtype), data)


# --- rounding and sign ---------------------------------------------------------------------------------------------

absolute = _declare_exact(torch.abs, "Absolute value", "abs", "_sparse_abs", example=("[-2, 3]", "[2. 3.]"))
sign = _declare_exact(torch.sign, "Sign: -1, 0 or 1", "sign", "_sparse_sign", example=("[-2, 0, 3]", "[-1.  0.  1.]"))
negative = _declare_exact(
    torch.neg, "Negated", "negative", "_sparse_negative", example=("[-2, 3]", "[ 2. -3.]"), method=False
)
ceil = _declare_exact(
    torch.ceil, "The next integer above", "ceil", "_sparse_ceil", example=("[-1.5, 1.5]", "[-1.  2.]")
)
floor = _declare_exact(
    torch.floor, "The next integer below", "floor", "_sparse_floor", example=("[-1.5, 1.5]", "[-2.  1.]")
)
trunc = _declare_exact(
    torch.trunc, "The next integer toward zero", "trunc", "_sparse_trunc", example=("[-1.5, 1.5]", "[-1.  1.]")
)
fix = _declare_exact(
    torch.trunc, "The next integer toward zero", "fix", "_sparse_fix", example=("[-1.5, 1.5]", "[-1.  1.]")
)
rint = _declare_exact(
    _rint,
    "The nearest integer, the lower of two at a half",
    "rint",
    "_sparse_rint",
    example=("[-1.5, 0.5, 1.6]", "[-2.  0.  2.]"),
)
round_ = _declare_exact(
    _round,
    "The nearest integer, away from zero at a half",
    "round",
    "_sparse_round",
    example=("[-1.5, 0.5, 1.6]", "[-2.  1.  2.]"),
)
logical_not = _declare_exact(
    _logical_not, "1 where an element is zero, else 0", "logical_not", example=("[-2, 0]", "[0. 1.]"), method=False
)

# --- powers and exponentials ---------------------------------------------------------------------------------------

square = _declare_exact(torch.square, "Square", "square", "_sparse_square", example=("[-2, 3]", "[4. 9.]"))
sqrt = _declare(torch.sqrt, "Square root", "sqrt", "_sparse_sqrt", example=("[4, 9]", "[2. 3.]"))
rsqrt = _declare(_rsqrt, "1 over the square root", "rsqrt", "_sparse_rsqrt", example=("[4, 16]", "[0.5  0.25]"))
cbrt = _declare(_CubeRoot.apply, "Cube root", "cbrt", "_sparse_cbrt", example=("[-8, 27]", "[-2.  3.]"))
rcbrt = _declare(_rcbrt, "1 over the cube root", "rcbrt", example=("[-8, 64]", "[-0.5   0.25]"))
reciprocal = _declare(torch.reciprocal, "1 over the elements", "reciprocal", example=("[-2, 4]", "[-0.5   0.25]"))
exp = _declare(torch.exp, "e to the power of the elements", "exp", "_sparse_exp", example=("[0, 1]", "[1.    2.718]"))
expm1 = _declare(
    torch.expm1, "exp(x) - 1, exact near zero", "expm1", "_sparse_expm1", example=("[0, 1]", "[0.    1.718]")
)
log = _declare(
    torch.log, "Natural logarithm", "log", "_sparse_log", example=("[1, 2]", "[0.    0.693]"), ignored=("axis",)
)
log2 = _declare(torch.log2, "Logarithm to base 2", "log2", "_sparse_log2", example=("[1, 8]", "[0. 3.]"))
log10 = _declare(torch.log10, "Logarithm to base 10", "log10", "_sparse_log10", example=("[1, 100]", "[0. 2.]"))
log1p = _declare(
    torch.log1p, "log(1 + x), exact near zero", "log1p", "_sparse_log1p", example=("[0, 1]", "[0.    0.693]")
)

# --- trigonometry --------------------------------------------------------------------------------------------------

sin = _declare(torch.sin, "Sine", "sin", "_sparse_sin", domain="radians", example=("[0, 1]", "[0.    0.841]"))
cos = _declare(torch.cos, "Cosine", "cos", "_sparse_cos", domain="radians", example=("[0, 1]", "[1.   0.54]"))
tan = _declare(torch.tan, "Tangent", "tan", "_sparse_tan", domain="radians", example=("[0, 1]", "[0.    1.557]"))
arcsin = _declare(
    torch.asin, "Inverse sine, in radians", "arcsin", "_sparse_arcsin", example=("[0, 1]", "[0.    1.571]")
)
arccos = _declare(
    torch.acos, "Inverse cosine, in radians", "arccos", "_sparse_arccos", example=("[0, 1]", "[1.571 0.   ]")
)
arctan = _declare(
    torch.atan, "Inverse tangent, in radians", "arctan", "_sparse_arctan", example=("[0, 1]", "[0.    0.785]")
)
sinh = _declare(torch.sinh, "Hyperbolic sine", "sinh", "_sparse_sinh", example=("[0, 1]", "[0.    1.175]"))
cosh = _declare(torch.cosh, "Hyperbolic cosine", "cosh", "_sparse_cosh", example=("[0, 1]", "[1.    1.543]"))
tanh = _declare(torch.tanh, "Hyperbolic tangent", "tanh", "_sparse_tanh", example=("[0, 1]", "[0.    0.762]"))
arcsinh = _declare(
    torch.asinh, "Inverse hyperbolic sine", "arcsinh", "_sparse_arcsinh", example=("[0, 1]", "[0.    0.881]")
)
arccosh = _declare(
    torch.acosh, "Inverse hyperbolic cosine", "arccosh", "_sparse_arccosh", example=("[1, 2]", "[0.    1.317]")
)
arctanh = _declare(
    torch.atanh, "Inverse hyperbolic tangent", "arctanh", "_sparse_arctanh", example=("[0, 0.5]", "[0.    0.549]")
)
degrees = _declare(
    torch.rad2deg, "Radians in degrees", "degrees", "_sparse_degrees", example=("[0, 1]", "[ 0.    57.296]")
)
radians = _declare(
    torch.deg2rad, "Degrees in radians", "radians", "_sparse_radians", example=("[0, 180]", "[0.    3.142]")
)

# --- special functions ---------------------------------------------------------------------------------------------

erf = _declare(torch.erf, "Error function", "erf", "_npx_erf", example=("[0, 1]", "[0.    0.843]"), method=False)
erfinv = _declare(
    torch.erfinv,
    "Inverse of the error function",
    "erfinv",
    "_npx_erfinv",
    example=("[0, 0.5]", "[0.    0.477]"),
    method=False,
)
gamma = _declare(
    _Gamma.apply, "Gamma function", "gamma", "_sparse_gamma", "_npx_gamma", example=("[1, 4]", "[1. 6.]"), method=False
)
gammaln = _declare(
    _GammaLogarithm.apply,
    "Logarithm of the absolute value of the gamma function",
    "gammaln",
    "_sparse_gammaln",
    "_npx_gammaln",
    example=("[1, 4]", "[0.    1.792]"),
    method=False,
)


# --- the input itself ----------------------------------------------------------------------------------------------


@operator("_copy", "identity", shape=unchanged)
def copy(data: torch.Tensor) -> torch.Tensor:
    """A copy.

    Examples
    --------
    >>> print(mx.nd.identity(mx.nd.array([1, 2])).asnumpy())
    [1. 2.]
    """
    return data.clone()


@operator("_identity_with_attr_like_rhs", unlearned=("rhs",))
def identity_with_attr_like_rhs(lhs: torch.Tensor, rhs: torch.Tensor) -> torch.Tensor:
    """A copy of ``lhs``; ``rhs`` only tells its shape where a graph does not know it."""
    return lhs.clone()


@operator("zeros_like", "_sparse_zeros_like", method=True, ignored=("dtype",))
def zeros_like(data: torch.Tensor) -> torch.Tensor:
    """Zeros of the shape and dtype of an array.

    Examples
    --------
    >>> print(mx.nd.zeros_like(mx.nd.array([1, 2])).asnumpy())
    [0. 0.]
    """
    return constant(torch.zeros_like(data), data)


@operator("ones_like", method=True, ignored=("dtype",))
def ones_like(data: torch.Tensor) -> torch.Tensor:
    """Ones of the shape and dtype of an array.

    Examples
    --------
    >>> print(mx.nd.ones_like(mx.nd.array([5, 6])).asnumpy())
    [1. 1.]
    """
    return constant(torch.ones_like(data), data)


@operator("clip", "_sparse_clip", "_npi_clip", shape=unchanged, method=True)
def clip(data: torch.Tensor, *, a_min: float, a_max: float) -> torch.Tensor:
    """Elements below ``a_min`` raised to it and above ``a_max`` lowered to it.

    Parameters
    ----------
    data : NDArray
        numbers, of any shape
    a_min, a_max : float
        the bounds; for integers the result is cut to integers

    Raises
    ------
    MXNetError
        ``data`` is boolean

    Examples
    --------
    >>> print(mx.nd.clip(mx.nd.array([-2, 0.5, 2]), 0, 1).asnumpy())
    [0.  0.5 1. ]
    """
    if data.dtype is torch.bool:
        raise refused_booleans("clip")
    if a_min > a_max:  # torch gives a_max everywhere
        swapped = torch.where(
            data > a_max, torch.full_like(data, held(a_max, data.dtype)), torch.full_like(data, held(a_min, data.dtype))
        )
        return torch.where(data.isnan(), data, swapped) if data.is_floating_point() else swapped
    if data.dtype.is_floating_point:
        return within(data, a_min, a_max)
    return torch.clamp(data.double(), a_min, a_max).to(data.dtype)


@operator("add_n", "_sparse_ElementWiseSum", "_sparse_add_n", "ElementWiseSum")
def add_n(*args: torch.Tensor) -> torch.Tensor:
    """The sum of any number of arrays.

    Parameters
    ----------
    *args : NDArray
        at least one, of one shape and dtype

    Raises
    ------
    MXNetError
        no array, or different shapes or dtypes

    Examples
    --------
    >>> print(mx.nd.add_n(mx.nd.array([1, 2]), mx.nd.array([3, 4]), mx.nd.array([5, 6])).asnumpy())
    [ 9. 12.]
    """
    if not args:
        raise MXNetError("add_n: no array; expected at least one")
    for position, array in enumerate(args):
        if array.shape != args[0].shape:
            raise MXNetError(
                f"add_n: array {position} has shape {tuple(array.shape)}; expected {tuple(args[0].shape)} as array 0"
            )
        if array.dtype is not args[0].dtype:
            raise MXNetError(f"add_n: array {position} is {array.dtype}; expected {args[0].dtype} as array 0")
    if args[0].dtype is torch.bool:
        raise refused_booleans("add_n")
    if len(args) == 1:
        return args[0].clone()
    total = torch.add(args[0], args[1])
    for array in args[2:]:
        total = torch.add(total, array)
    return total


# --- contrib -------------------------------------------------------------------------------------------------------


@operator("_contrib_quadratic")
def quadratic(data: torch.Tensor, *, a: float = 0.0, b: float = 0.0, c: float = 0.0) -> torch.Tensor:
    """``a * x² + b * x + c``.

    Examples
    --------
    >>> print(mx.nd.contrib.quadratic(mx.nd.array([1, 2]), a=1, b=2, c=3).asnumpy())
    [ 6. 11.]
    """
    if data.dtype is torch.bool:
        raise refused_booleans("_contrib_quadratic")
    x = data if data.dtype.is_floating_point else data.double()
    return (a * x * x + b * x + c).to(data.dtype)


@operator("_contrib_div_sqrt_dim")
def div_sqrt_dim(data: torch.Tensor) -> torch.Tensor:
    """Elements over the square root of the length of the last axis, as attention scales its scores.

    Examples
    --------
    >>> print(mx.nd.contrib.div_sqrt_dim(mx.nd.array([[2, 4, 6, 8]])).asnumpy())
    [[1. 2. 3. 4.]]
    """
    if data.dtype is torch.bool:
        raise refused_booleans("_contrib_div_sqrt_dim")
    return (data / math.sqrt(data.shape[-1])).to(data.dtype)


@operator("_contrib_round_ste", "_sparse__contrib_round_ste")
def round_ste(data: torch.Tensor) -> torch.Tensor:
    """``round``, with a gradient of one: the straight-through estimator (Bengio et al., 2013).

    Examples
    --------
    >>> print(mx.nd.contrib.round_ste(mx.nd.array([-1.5, 0.4])).asnumpy())
    [-2.  0.]
    """
    return straight_through(data, _round(data))


@operator("_contrib_sign_ste", "_sparse__contrib_sign_ste")
def sign_ste(data: torch.Tensor) -> torch.Tensor:
    """``sign``, with a gradient of one: the straight-through estimator (Bengio et al., 2013).

    Examples
    --------
    >>> print(mx.nd.contrib.sign_ste(mx.nd.array([-1.5, 0])).asnumpy())
    [-1.  0.]
    """
    return straight_through(data, torch.sign(data))


class _GradientMultiplier(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, scalar: float) -> torch.Tensor:
        ctx.scalar = scalar
        return data.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient * ctx.scalar, None


@operator("_contrib_gradientmultiplier")
def gradientmultiplier(data: torch.Tensor, *, scalar: Scalar = 1.0, is_int: bool = True) -> torch.Tensor:
    """A copy whose gradient is multiplied by ``scalar``: negative for gradient reversal (Ganin and Lempitsky, 2015).

    Examples
    --------
    >>> x = mx.nd.array([1, 2])
    >>> x.attach_grad()
    >>> with mx.autograd.record():
    ...     y = mx.nd.contrib.gradientmultiplier(x, scalar=-0.5)
    >>> y.backward()
    >>> print(x.grad.asnumpy())
    [-0.5 -0.5]
    """
    return _GradientMultiplier.apply(data, scalar)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule(
    "inputs", "_copy", "_identity_with_attr_like_rhs", "zeros_like", "ones_like", "clip", "add_n", "_contrib_quadratic",
    "_contrib_div_sqrt_dim", "_contrib_round_ste", "_contrib_sign_ste", "_contrib_gradientmultiplier",
)(alike)  # fmt: skip
rule("head", "ceil", "fix", "floor", "logical_not", "ones_like", "rint", "round", "trunc", "zeros_like")(
    piecewise_constant
)


@rule("integers", "tanh")
def _of_the_tangent_cut(
    inputs: Sequence[torch.Tensor], gradient: torch.Tensor, attributes: Mapping[str, Any]
) -> tuple[torch.Tensor]:
    """Its derivative is computed from the result, which is 0 but for arguments beyond all accuracy."""
    return (gradient * (1 - inputs[0].tanh().trunc() ** 2),)
