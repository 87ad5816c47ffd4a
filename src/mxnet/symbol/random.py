"""Random numbers in a graph: ``mx.sym.random``.

A parameter is a number, or a symbol whose every element gives a block of numbers.
"""

from __future__ import annotations

from typing import Any

from ..base import _Null, numeric_types
from ..ops import OPERATORS
from .call import compose
from .namespaces import populate
from .symbol import Symbol

__all__ = [
    "exponential", "gamma", "generalized_negative_binomial", "multinomial", "negative_binomial", "normal", "poisson",
    "randint", "randn", "shuffle", "uniform",
]  # fmt: skip

Parameter = float | Symbol


def _draw(
    distribution: str,
    numbers: dict[str, Any],
    symbols: tuple[Any, ...],
    shape: Any,
    dtype: Any,
    keywords: dict[str, Any],
) -> Symbol:
    """A draw with parameters that are all numbers or all symbols.

    Raises
    ------
    ValueError
        a parameter is neither, or some are numbers and others symbols
    """
    name, attr = keywords.pop("name", None), keywords.pop("attr", None)
    attributes = {"shape": shape, "dtype": dtype, **keywords}
    given = [isinstance(each, Symbol) for each in symbols]
    if given and all(given):
        op = f"_sample_{distribution}"
        return compose(OPERATORS[op], op, op, symbols, attributes, name, attr)
    if any(given) or not all(isinstance(value, numeric_types) for value in numbers.values()):
        kinds = ", ".join(f"{key}={value!r}" for key, value in numbers.items())
        raise ValueError(f"random.{distribution}: {kinds}; expected numbers, or symbols for all")
    op = f"_random_{distribution}"
    return compose(OPERATORS[op], op, op, (), {**numbers, **attributes}, name, attr)


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
    return _draw("uniform", {"low": low, "high": high}, (low, high), shape, dtype, kwargs)


def normal(loc: Parameter = 0, scale: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Normal numbers of mean ``loc`` and standard deviation ``scale``; see :func:`uniform` for the arguments."""
    return _draw("normal", {"loc": loc, "scale": scale}, (loc, scale), shape, dtype, kwargs)


def randn(*shape: int, loc: Parameter = 0, scale: Parameter = 1, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Normal numbers, the shape given as one argument for each axis."""
    dtype = _Null if dtype is None else dtype
    return _draw("normal", {"loc": loc, "scale": scale}, (loc, scale), shape, dtype, kwargs)


def exponential(scale: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Exponentially distributed numbers of mean ``scale``; see :func:`uniform` for the arguments."""
    rate: Any = 1.0 / scale  # type: ignore[operator]  # a symbol gets its arithmetic later
    return _draw("exponential", {"lam": rate}, (rate,), shape, dtype, kwargs)


def gamma(alpha: Parameter = 1, beta: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Gamma distributed numbers of shape ``alpha`` and scale ``beta``; see :func:`uniform` for the arguments."""
    return _draw("gamma", {"alpha": alpha, "beta": beta}, (alpha, beta), shape, dtype, kwargs)


def poisson(lam: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Poisson distributed numbers of mean ``lam``; see :func:`uniform` for the arguments."""
    return _draw("poisson", {"lam": lam}, (lam,), shape, dtype, kwargs)


def negative_binomial(
    k: Parameter = 1, p: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any
) -> Symbol:
    """How many failures come before the ``k``-th success, each of probability ``p``; see :func:`uniform`."""
    return _draw("negative_binomial", {"k": k, "p": p}, (k, p), shape, dtype, kwargs)


def generalized_negative_binomial(
    mu: Parameter = 1, alpha: Parameter = 1, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any
) -> Symbol:
    """Poisson numbers whose mean is gamma distributed, of mean ``mu`` and dispersion ``alpha``; see :func:`uniform`."""
    return _draw("generalized_negative_binomial", {"mu": mu, "alpha": alpha}, (mu, alpha), shape, dtype, kwargs)


def randint(low: int, high: int, shape: Any = _Null, dtype: Any = _Null, **kwargs: Any) -> Symbol:
    """Integers from ``low`` to ``high`` - 1; see :func:`uniform` for the other arguments."""
    return _draw("randint", {"low": low, "high": high}, (), shape, dtype, kwargs)


def multinomial(data: Symbol, shape: Any = _Null, get_prob: bool = True, dtype: Any = "int32", **kwargs: Any) -> Symbol:
    """Indices drawn with given probabilities, and (``get_prob``) the logarithms of the probabilities."""
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    attributes = {"shape": shape, "get_prob": get_prob, "dtype": dtype, **kwargs}
    op = "_sample_multinomial"
    return compose(OPERATORS[op], op, op, (data,), attributes, name, attr)


def shuffle(data: Symbol, **kwargs: Any) -> Symbol:
    """The slices along the first axis in random order."""
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    return compose(OPERATORS["_shuffle"], "_shuffle", "_shuffle", (data,), kwargs, name, attr)


__all__.extend(populate(globals(), "random"))
