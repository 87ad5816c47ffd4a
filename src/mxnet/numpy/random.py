"""``mx.np.random``: NumPy's names for random arrays, with the numbers MXNet 1.9.1 gives.

Numbers are float32 where no dtype is asked for. Draws with the same seed repeat those of MXNet; NumPy's own global
generator is another one and is left alone.
"""

from __future__ import annotations

from typing import Any

import numpy as onp

from ..base import MXNetError, Operand, integer_types
from ..context import Context
from ..ndarray import NDArray
from ..ops import OPERATORS
from .array import ndarray
from .calling import composing, invoke

__all__ = [
    "beta", "chisquare", "choice", "exponential", "gamma", "gumbel", "logistic", "lognormal", "multinomial",
    "multivariate_normal", "normal", "pareto", "power", "rand", "randint", "randn", "rayleigh", "shuffle", "uniform",
    "weibull",
]  # fmt: skip

Parameter = float | NDArray
Size = int | tuple[int, ...] | None


def draw(
    operator: str,
    parameters: dict[str, Any],
    out: NDArray | None = None,
    fixed: dict[str, Any] | None = None,
    **attributes: Any,
) -> ndarray:
    """Call a random operator of the table.

    Parameters
    ----------
    operator : str
        its name
    parameters : dict
        numbers, or arrays, which become the operator's inputs and leave None as the attribute
    out : ndarray, optional
        where to put the result
    fixed : dict, optional
        attributes to pass even where they are None
    attributes
        attributes to pass unless they are None
    """
    arrays = [value for value in parameters.values() if isinstance(value, Operand)]
    numbers = {name: None if isinstance(value, Operand) else value for name, value in parameters.items()}
    given = {name: value for name, value in attributes.items() if value is not None}
    return invoke(OPERATORS[operator], arrays, {**numbers, **(fixed or {}), **given}, out, ndarray)


# --- a place and a width --------------------------------------------------------------------------------------------


def uniform(
    low: Parameter = 0.0,
    high: Parameter = 1.0,
    size: Size = None,
    dtype: Any = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> ndarray:
    """Uniform numbers from ``low`` to ``high``.

    Parameters
    ----------
    low, high : number or ndarray
        the bounds, which broadcast with each other
    size : int or tuple of int, optional
        the shape; the bounds broadcast to it, and their shape is the default
    dtype : str or NumPy dtype, optional
        float16, float32 (the default) or float64; the numbers are computed in float32
    ctx : Context, optional
        where to put the result if no bound is an array
    out : ndarray, optional
        where to put the numbers instead; needs their shape and dtype

    Raises
    ------
    MXNetError
        shapes that do not broadcast, another dtype, a bound that is neither number nor array

    Examples
    --------
    >>> mx.random.seed(5)
    >>> np.random.uniform(0, 10, size=(2,))
    array([8.607373 , 3.2262025])
    """
    return draw("_npi_uniform", {"low": low, "high": high}, out, size=size, dtype=dtype, ctx=ctx)


def normal(
    loc: Parameter = 0.0,
    scale: Parameter = 1.0,
    size: Size = None,
    dtype: Any = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> ndarray:
    """Normal numbers of mean ``loc`` and standard deviation ``scale``, differentiable in both.

    The other arguments are those of :func:`uniform`; a negative ``scale`` raises ValueError.

    Examples
    --------
    >>> mx.random.seed(7)
    >>> np.random.normal(size=3)
    array([ 0.80284   , -0.13737269, -0.83998173])
    """
    return draw("_npi_normal", {"loc": loc, "scale": scale}, out, size=size, dtype=dtype, ctx=ctx)


def lognormal(
    mean: Parameter = 0.0,
    sigma: Parameter = 1.0,
    size: Size = None,
    dtype: Any = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> ndarray:
    """Numbers whose logarithm is normal, of mean ``mean`` and standard deviation ``sigma``; see :func:`normal`."""
    return invoke(OPERATORS["exp"], [normal(mean, sigma, size, dtype, ctx)], {}, out)


def gumbel(
    loc: Parameter = 0.0,
    scale: Parameter = 1.0,
    size: Size = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> ndarray:
    """Gumbel distributed numbers, differentiable in ``loc`` and ``scale``; see :func:`normal` for the arguments."""
    return draw("_npi_gumbel", {"loc": loc, "scale": scale}, out, size=size, ctx=ctx)


def logistic(
    loc: Parameter = 0.0,
    scale: Parameter = 1.0,
    size: Size = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> ndarray:
    """Logistically distributed numbers, differentiable in ``loc`` and ``scale``; see :func:`normal`."""
    return draw("_npi_logistic", {"loc": loc, "scale": scale}, out, size=size, ctx=ctx)


# --- one parameter --------------------------------------------------------------------------------------------------


def exponential(
    scale: Parameter = 1.0, size: Size = None, ctx: Context | None = None, out: NDArray | None = None
) -> ndarray:
    """Exponentially distributed numbers of mean ``scale``, differentiable in it; see :func:`normal`."""
    return draw("_npi_exponential", {"scale": scale}, out, size=size, ctx=ctx)


def rayleigh(
    scale: Parameter = 1.0, size: Size = None, ctx: Context | None = None, out: NDArray | None = None
) -> ndarray:
    """Rayleigh distributed numbers, differentiable in ``scale``; see :func:`normal` for the arguments."""
    return draw("_npi_rayleigh", {"scale": scale}, out, size=size, ctx=ctx)


def pareto(a: Parameter, size: Size = None, ctx: Context | None = None, out: NDArray | None = None) -> ndarray:
    """Numbers of the Pareto distribution of the second kind; ValueError where ``a`` is not above 0."""
    return draw("_npi_pareto", {"a": a}, out, size=size, ctx=ctx)


def weibull(a: Parameter, size: Size = None, ctx: Context | None = None, out: NDArray | None = None) -> ndarray:
    """Weibull distributed numbers of scale 1; ValueError where the shape ``a`` is not above 0."""
    return draw("_npi_weibull", {"a": a}, out, size=size, ctx=ctx)


def power(a: Parameter, size: Size = None) -> ndarray:
    """Numbers from 0 to 1 of density ``a * x ** (a - 1)``; ValueError where ``a`` is not above 0."""
    return draw("_npi_powerd", {"a": a}, size=size)


# --- gamma and what is made of it -----------------------------------------------------------------------------------


def gamma(
    shape: Parameter,
    scale: Parameter = 1.0,
    size: Size = None,
    dtype: Any = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> ndarray:
    """Gamma distributed numbers; ValueError where ``shape`` is not above 0 or ``scale`` is below.

    The other arguments are those of :func:`uniform`.
    """
    return draw("_npi_gamma", {"shape": shape, "scale": scale}, out, size=size, dtype=dtype, ctx=ctx)


def beta(a: Parameter, b: Parameter, size: Size = None, dtype: Any = None, ctx: Context | None = None) -> ndarray:
    """Beta distributed numbers, from two gamma distributed ones; see :func:`gamma`."""
    first = gamma(a, 1.0, size, "float64", ctx)
    second = gamma(b, 1.0, size, "float64", ctx)
    return (first / (first + second)).astype("float32" if dtype is None else dtype)


def chisquare(df: Parameter, size: Size = None, dtype: Any = None, ctx: Context | None = None) -> ndarray:
    """Gamma distributed numbers of shape ``df / 2`` and scale 1/2, which MXNet 1.9.1 calls chi-square.

    The chi-square distribution itself has the scale 2: multiply by 4 for that.
    """
    return gamma(df / 2, 0.5, size, dtype, ctx)


# --- integers and choices -------------------------------------------------------------------------------------------


def randint(
    low: int,
    high: int | None = None,
    size: Size = None,
    dtype: Any = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> ndarray:
    """Integers from ``low`` to ``high`` - 1, or from 0 to ``low`` - 1.

    Parameters
    ----------
    low, high : int
        the bounds
    size : int or tuple of int, optional
        the shape; one integer without axes by default
    dtype : str or NumPy dtype, optional
        int64 (the default) or int32
    ctx : Context, optional
        where to put the result
    out : ndarray, optional
        where to put the integers instead

    Raises
    ------
    MXNetError
        a bound that is no integer, an empty range, another dtype

    Examples
    --------
    >>> mx.random.seed(5)
    >>> np.random.randint(100, size=(3,))
    array([62, 83, 44], dtype=int64)
    """
    if high is None:
        low, high = 0, low
    shape = () if size is None else size
    dtype = "int64" if dtype is None or dtype is int else dtype
    return draw("_random_randint", {"low": low, "high": high}, out, shape=shape, dtype=dtype, ctx=ctx)


def choice(
    a: int | NDArray,
    size: Size = None,
    replace: bool = True,
    p: NDArray | None = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> ndarray:
    """Elements drawn from an array, or from the integers below a number.

    Parameters
    ----------
    a : ndarray or int
        what to draw from: slices along the first axis, or the integers below it
    size : int or tuple of int, optional
        the shape; one element by default
    replace : bool
        whether an element can be drawn more than once
    p : ndarray, optional
        the elements' probabilities; equal by default
    ctx : Context, optional
        where to put the result if ``a`` is a number
    out : ndarray, optional
        where to put it instead

    Raises
    ------
    MXNetError
        nothing to draw from, too little without replacement, ``a`` neither number nor array, ``p`` of another length
    AssertionError
        ``p`` is no ndarray

    Examples
    --------
    >>> mx.random.seed(5)
    >>> np.random.choice(10, 4)
    array([4, 0, 1, 5], dtype=int64)
    """
    if p is not None and not isinstance(p, Operand):
        raise AssertionError(f"random.choice: p is {type(p).__name__}; expected an ndarray")
    arrays = [value for value in (a, p) if isinstance(value, Operand)]
    number = None if isinstance(a, Operand) else a
    attributes = {"a": number, "size": size, "replace": replace, "weighted": p is not None}
    return invoke(OPERATORS["_npi_choice"], arrays, attributes | ({"ctx": ctx} if ctx else {}), out, ndarray)


def multinomial(n: int, pvals: Any, size: Size = None) -> ndarray:
    """How often each outcome comes in ``n`` trials.

    Parameters
    ----------
    n : int
        trials in an experiment
    pvals : ndarray, list or tuple
        the outcomes' probabilities; what they lack to 1 goes to the last
    size : int or tuple of int, optional
        how many experiments; one by default

    Returns
    -------
    ndarray of int64
        ``size`` followed by the number of outcomes

    Raises
    ------
    MXNetError
        probabilities that sum to more than 1
    ValueError
        ``pvals`` is a numpy.ndarray
    """
    if isinstance(pvals, onp.ndarray):
        raise ValueError("random.multinomial: pvals is a numpy.ndarray; expected an mx.np.ndarray, list or tuple")
    spec = OPERATORS["_npi_multinomial"]
    if isinstance(pvals, Operand):
        return invoke(spec, [pvals], {"n": n, "size": size}, None, ndarray)
    return invoke(spec, [], {"n": n, "pvals": tuple(pvals), "size": size}, None, ndarray)


def shuffle(x: ndarray) -> Any:
    """Put the slices of an array along its first axis in random order, in place; a graph makes a new array of them."""
    if composing():
        return invoke(OPERATORS["_shuffle"], [x], {})
    invoke(OPERATORS["_shuffle"], [x], {}, x)
    return None


# --- standard shapes, several variables -----------------------------------------------------------------------------


def rand(*size: int, dtype: Any = None, ctx: Context | None = None, out: NDArray | None = None) -> ndarray:
    """Uniform numbers from 0 to 1, the shape given as one argument for each axis."""
    return uniform(0.0, 1.0, size, dtype, ctx, out)


def randn(*size: int, dtype: Any = None, ctx: Context | None = None, out: NDArray | None = None) -> ndarray:
    """Normal numbers of mean 0 and standard deviation 1, the shape given as one argument for each axis."""
    return normal(0.0, 1.0, size, dtype, ctx, out)


def multivariate_normal(
    mean: NDArray, cov: NDArray, size: Size = None, check_valid: Any = None, tol: Any = None
) -> ndarray:
    """Normal vectors.

    Parameters
    ----------
    mean : ndarray of shape (..., k)
    cov : ndarray of shape (..., k, k)
        symmetric and positive definite; broadcasts with ``mean``
    size : int or tuple of int, optional
        comes first in the shape of the result
    check_valid, tol : optional
        without effect, as in MXNet

    Returns
    -------
    ndarray
        of the shape ``size`` + (..., k)

    Raises
    ------
    AssertionError
        ``mean`` or ``cov`` is no ndarray
    MXNetError
        shapes that do not fit, a covariance that is not positive definite
    """
    for name, value in (("mean", mean), ("cov", cov)):
        if not isinstance(value, Operand):
            raise AssertionError(f"random.multivariate_normal: {name} is {type(value).__name__}; expected an ndarray")
    if composing():
        return invoke(OPERATORS["Custom"], (mean, cov), {"op_type": "mvn_fallback", "size": str(size)})
    if mean.ndim < 1 or cov.ndim < 2 or cov.shape[-2:] != (mean.shape[-1],) * 2:
        raise MXNetError(
            f"random.multivariate_normal: mean {mean.shape} and cov {cov.shape}; expected (..., k) and (..., k, k)"
        )
    blocks = (size,) if isinstance(size, integer_types) else tuple(size or ())
    try:
        batch = onp.broadcast_shapes(mean.shape[:-1], cov.shape[:-2])
    except ValueError:
        raise MXNetError(
            f"random.multivariate_normal: mean {mean.shape} and cov {cov.shape} do not broadcast"
        ) from None
    noise = normal(0.0, 1.0, (*blocks, *batch, mean.shape[-1], 1), ctx=mean.context)
    factor = invoke(OPERATORS["_linalg_potrf"], [cov.astype("float32")], {})
    product = factor._t.matmul(noise._t).squeeze(-1) + mean._t
    return ndarray._wrap(product, mean.context)  # type: ignore[return-value]
