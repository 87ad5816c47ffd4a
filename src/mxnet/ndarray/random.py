"""Random arrays: ``mx.nd.random``, and the functions of ``mx.random``.

A parameter is a number, or an array whose every element gives a block of numbers; the operators for both are in the
table (:mod:`mxnet.ops.random.draws`). The ``..._like`` functions are made from the table as they are.
"""

from __future__ import annotations

from typing import Any

from ..base import _Null, numeric_types
from ..context import Context
from ..ops import OPERATORS
from ..ops.random.drawing import check_lengths as _check_lengths
from .creation import unused
from .invoke import invoke
from .namespaces import populate
from .ndarray import NDArray

__all__ = [
    "exponential", "gamma", "generalized_negative_binomial", "multinomial", "negative_binomial", "normal", "poisson",
    "randint", "randn", "shuffle", "uniform",
]  # fmt: skip

Parameter = float | NDArray


def _draw(
    distribution: str,
    numbers: dict[str, Any],
    arrays: tuple[Any, ...],
    shape: Any,
    dtype: Any,
    ctx: Context | None,
    out: NDArray | None,
) -> NDArray:
    """A draw with parameters that are all numbers or all arrays.

    Raises
    ------
    ValueError
        a parameter is neither
    AssertionError
        some are numbers, others arrays
    """
    given = [isinstance(array, NDArray) for array in arrays]
    attributes: dict[str, Any] = {}
    if shape is not _Null:
        attributes["shape"] = shape
    elif out is not None and not any(given):
        attributes["shape"] = out.shape
    elif not any(given):
        attributes["shape"] = (1,)
    if dtype is not _Null:
        attributes["dtype"] = "float64" if dtype is None else dtype  # as NumPy reads None, and MXNet with it
    elif out is not None:
        attributes["dtype"] = out.dtype
    if all(given):
        return invoke(OPERATORS[f"_sample_{distribution}"], arrays, attributes, out)
    if any(given):
        kinds = " and ".join(type(value).__name__ for value in arrays)
        raise AssertionError(f"random.{distribution}: parameters are {kinds}; expected all numbers or all NDArray")
    for name, value in numbers.items():
        if not isinstance(value, numeric_types):
            shape = f"; a shape is given by name, shape={value}" if isinstance(value, tuple) else ""
            raise ValueError(
                f"random.{distribution}: {name}={value!r} of type {type(value).__name__}; expected a number or "
                f"NDArray{shape}"
            )
    if ctx is not None:
        attributes["ctx"] = ctx
    return invoke(OPERATORS[f"_random_{distribution}"], (), {**numbers, **attributes}, out)


def uniform(
    low: Parameter = 0,
    high: Parameter = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Uniform numbers from ``low`` to ``high``.

    Parameters
    ----------
    low, high : number or NDArray
        the bounds; with arrays, of one shape, every pair of bounds gives a block of numbers
    shape : int or tuple of int, optional
        the shape; with arrays that of a block, which follows the arrays' own. Without it the result has the shape of
        ``out``, or (1,), or that of the arrays.
    dtype : str or NumPy dtype, optional
        float16, float32 or float64; float32, or that of ``out``, by default
    ctx : Context, optional
        where numbers as parameters put the result; the current context by default
    out : NDArray, optional
        where to put the numbers instead

    Raises
    ------
    MXNetError
        ``low`` above ``high``, a shape or dtype that does not fit
    AssertionError
        one bound is a number and the other an array
    ValueError
        a bound is neither

    Examples
    --------
    >>> mx.random.seed(5)
    >>> mx.nd.random.uniform(0, 10, shape=(2,))
    <BLANKLINE>
    [8.607373  3.2262025]
    <NDArray 2 @cpu(0)>
    >>> mx.nd.random.uniform(nd.array([0, 100]), nd.array([1, 200]), shape=3).shape
    (2, 3)
    """
    unused("random.uniform", kwargs)
    return _draw("uniform", {"low": low, "high": high}, (low, high), shape, dtype, ctx, out)


def normal(
    loc: Parameter = 0,
    scale: Parameter = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Normal numbers of mean ``loc`` and standard deviation ``scale``; see :func:`uniform` for the arguments.

    Examples
    --------
    >>> mx.random.seed(7)
    >>> mx.nd.random.normal(shape=3)
    <BLANKLINE>
    [ 0.80284    -0.83998173 -1.001695  ]
    <NDArray 3 @cpu(0)>
    """
    unused("random.normal", kwargs)
    return _draw("normal", {"loc": loc, "scale": scale}, (loc, scale), shape, dtype, ctx, out)


def randn(
    *shape: int,
    loc: Parameter = 0,
    scale: Parameter = 1,
    dtype: Any = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Normal numbers, the shape given as one argument for each axis."""
    unused("random.randn", kwargs)
    dtype = _Null if dtype is None else dtype
    return _draw("normal", {"loc": loc, "scale": scale}, (loc, scale), shape, dtype, ctx, out)


def exponential(
    scale: Parameter = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Exponentially distributed numbers of mean ``scale``; see :func:`uniform` for the arguments.

    Raises
    ------
    ZeroDivisionError
        ``scale`` is 0
    """
    unused("random.exponential", kwargs)
    rate = 1.0 / scale if isinstance(scale, (NDArray, *numeric_types)) else scale
    return _draw("exponential", {"lam": rate}, (rate,), shape, dtype, ctx, out)


def gamma(
    alpha: Parameter = 1,
    beta: Parameter = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Gamma distributed numbers of shape ``alpha`` and scale ``beta``; see :func:`uniform` for the arguments."""
    unused("random.gamma", kwargs)
    return _draw("gamma", {"alpha": alpha, "beta": beta}, (alpha, beta), shape, dtype, ctx, out)


def poisson(
    lam: Parameter = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Poisson distributed numbers of mean ``lam``; see :func:`uniform` for the arguments."""
    unused("random.poisson", kwargs)
    return _draw("poisson", {"lam": lam}, (lam,), shape, dtype, ctx, out)


def negative_binomial(
    k: Parameter = 1,
    p: Parameter = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """How many failures come before the ``k``-th success, each of probability ``p``; see :func:`uniform`."""
    unused("random.negative_binomial", kwargs)
    return _draw("negative_binomial", {"k": k, "p": p}, (k, p), shape, dtype, ctx, out)


def generalized_negative_binomial(
    mu: Parameter = 1,
    alpha: Parameter = 1,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Poisson numbers whose mean is gamma distributed, of mean ``mu`` and dispersion ``alpha``; see :func:`uniform`."""
    unused("random.generalized_negative_binomial", kwargs)
    return _draw("generalized_negative_binomial", {"mu": mu, "alpha": alpha}, (mu, alpha), shape, dtype, ctx, out)


def randint(
    low: int,
    high: int,
    shape: Any = _Null,
    dtype: Any = _Null,
    ctx: Context | None = None,
    out: NDArray | None = None,
    **kwargs: Any,
) -> NDArray:
    """Integers from ``low`` to ``high`` - 1, int32 or int64; see :func:`uniform` for the other arguments.

    Raises
    ------
    TypeError
        a bound is an array
    MXNetError
        a bound is no integer, ``low`` is not below ``high``

    Examples
    --------
    >>> mx.random.seed(5)
    >>> mx.nd.random.randint(0, 100, shape=(3,))
    <BLANKLINE>
    [62 83 44]
    <NDArray 3 @cpu(0)>
    """
    unused("random.randint", kwargs)
    if isinstance(low, NDArray) or isinstance(high, NDArray):
        raise TypeError("random.randint: low and high must be integers, not NDArray")
    if shape is not _Null:
        _check_lengths("random.randint", shape if isinstance(shape, (tuple, list)) else (shape,))
    return _draw("randint", {"low": low, "high": high}, (low, high), shape, dtype, ctx, out)


def multinomial(
    data: NDArray,
    shape: Any = _Null,
    get_prob: bool = False,
    out: NDArray | None = None,
    dtype: Any = "int32",
    **kwargs: Any,
) -> NDArray | list[NDArray]:
    """Indices drawn with given probabilities.

    Parameters
    ----------
    data : NDArray of shape (..., k)
        probabilities along the last axis
    shape : int or tuple of int, optional
        how many indices to draw for each row
    get_prob : bool
        also return the logarithm of each index's probability, for which gradients flow to ``data``
    out : NDArray, optional
        where to put the indices
    dtype : str or NumPy dtype
        int32, uint8, float16, float32 or float64

    Examples
    --------
    >>> mx.random.seed(5)
    >>> mx.nd.random.multinomial(nd.array([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1]]), shape=4)
    <BLANKLINE>
    [[2 2 2 2]
     [0 1 1 1]]
    <NDArray 2x4 @cpu(0)>
    """
    unused("random.multinomial", kwargs)
    attributes = {"shape": shape, "get_prob": get_prob, "dtype": dtype}
    return invoke(OPERATORS["_sample_multinomial"], (data,), attributes, out)


def shuffle(data: NDArray, out: NDArray | None = None) -> NDArray:
    """A copy of ``data`` with its slices along the first axis in random order; with ``out=data`` in place.

    Examples
    --------
    >>> mx.random.seed(5)
    >>> mx.nd.random.shuffle(nd.arange(6))
    <BLANKLINE>
    [2. 5. 0. 4. 3. 1.]
    <NDArray 6 @cpu(0)>
    """
    return invoke(OPERATORS["_shuffle"], (data,), {}, out)


__all__.extend(populate(globals(), "random"))
