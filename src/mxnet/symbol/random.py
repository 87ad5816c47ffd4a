"""Random numbers in a graph: ``mx.sym.random``.

A parameter is a number, or a symbol whose every element gives a block of numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..base import _Null, numeric_types
from ..ops.random import draws, rejection
from .call import composed
from .namespaces import populate
from .symbol import Symbol

__all__ = [
    "exponential", "gamma", "generalized_negative_binomial", "multinomial", "negative_binomial", "normal", "poisson",
    "randint", "randn", "shuffle", "uniform",
]  # fmt: skip

Parameter = float | Symbol


def _draw(
    by_numbers: Callable[..., Any],
    by_symbols: Callable[..., Any] | None,
    parameters: dict[str, Any],
    shape: Any,
    dtype: Any,
    keywords: dict[str, Any],
) -> Symbol:
    """A draw with parameters that are all numbers or, where there is an operator for that, all symbols.

    Raises
    ------
    ValueError
        a parameter is neither, or some are numbers and others symbols
    """
    name, attr = keywords.pop("name", None), keywords.pop("attr", None)
    attributes = {"shape": shape, "dtype": dtype, **keywords}
    values = tuple(parameters.values())
    given = [isinstance(each, Symbol) for each in values]
    if by_symbols is not None and all(given):
        return composed(by_symbols, values, attributes, name, attr)
    if any(given) or not all(isinstance(value, numeric_types) for value in values):
        kinds = ", ".join(f"{key}={value!r}" for key, value in parameters.items())
        raise ValueError(f"{by_numbers.__name__.replace('_', '.', 1)}: {kinds}; expected numbers, or symbols for all")
    return composed(by_numbers, (), {**parameters, **attributes}, name, attr)


def uniform(low: Parameter = 0, high: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Uniform numbers from ``low`` to ``high``.

    Parameters
    ----------
    low, high : number or Symbol
        the bounds; with symbols every pair of elements gives a block of numbers
    shape : int or tuple of int, optional
        the shape, with symbols that of a block
    dtype : str, optional
        float16, float32 or float64
    **kwargs
        ``name``, ``attr`` and further attributes of the operator
    """
    return _draw(draws.random_uniform, draws.sample_uniform, {"low": low, "high": high}, shape, dtype, kwargs)


def normal(loc: Parameter = 0, scale: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Normal numbers of mean ``loc`` and standard deviation ``scale``; see :func:`uniform` for the arguments."""
    return _draw(draws.random_normal, draws.sample_normal, {"loc": loc, "scale": scale}, shape, dtype, kwargs)


def randn(*shape: int, loc: Parameter = 0, scale: Parameter = 1, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Normal numbers, the shape given as one argument for each axis."""
    dtype = _Null if dtype is None else dtype
    return _draw(draws.random_normal, draws.sample_normal, {"loc": loc, "scale": scale}, shape, dtype, kwargs)


def exponential(scale: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Exponentially distributed numbers of mean ``scale``; see :func:`uniform` for the arguments."""
    rate: Any = 1.0 / scale  # type: ignore[operator]  # a symbol gets its arithmetic later
    return _draw(draws.random_exponential, draws.sample_exponential, {"lam": rate}, shape, dtype, kwargs)


def gamma(alpha: Parameter = 1, beta: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Gamma distributed numbers of shape ``alpha`` and scale ``beta``; see :func:`uniform` for the arguments."""
    return _draw(rejection.random_gamma, rejection.sample_gamma, {"alpha": alpha, "beta": beta}, shape, dtype, kwargs)


def poisson(lam: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Poisson distributed numbers of mean ``lam``; see :func:`uniform` for the arguments."""
    return _draw(rejection.random_poisson, rejection.sample_poisson, {"lam": lam}, shape, dtype, kwargs)


def negative_binomial(
    k: Parameter = 1, p: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any
) -> Symbol:
    """How many failures come before the ``k``-th success, each of probability ``p``; see :func:`uniform`."""
    return _draw(
        rejection.random_negative_binomial, rejection.sample_negative_binomial, {"k": k, "p": p}, shape, dtype, kwargs
    )


def generalized_negative_binomial(
    mu: Parameter = 1, alpha: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any
) -> Symbol:
    """Poisson numbers whose mean is gamma distributed, of mean ``mu`` and dispersion ``alpha``; see :func:`uniform`."""
    return _draw(
        rejection.random_generalized_negative_binomial,
        rejection.sample_generalized_negative_binomial,
        {"mu": mu, "alpha": alpha},
        shape,
        dtype,
        kwargs,
    )


def randint(low: int, high: int, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Integers from ``low`` to ``high`` - 1; see :func:`uniform` for the other arguments."""
    return _draw(draws.random_randint, None, {"low": low, "high": high}, shape, dtype, kwargs)


def multinomial(data: Symbol, shape: Any = _Null, get_prob: bool = True, dtype: Any = "int32", **kwargs: Any) -> Symbol:
    """Indices drawn with given probabilities, and (``get_prob``) the logarithms of the probabilities."""
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    attributes = {"shape": shape, "get_prob": get_prob, "dtype": dtype, **kwargs}
    return composed(draws.sample_multinomial, (data,), attributes, name, attr)


def shuffle(data: Symbol, **kwargs: Any) -> Symbol:
    """The slices along the first axis in random order."""
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    return composed(draws.shuffle, (data,), kwargs, name, attr)


__all__.extend(populate(globals(), "random"))
