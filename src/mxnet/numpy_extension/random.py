"""``npx.random``: the seed, coins, and blocks of numbers for every element of the parameters."""

from __future__ import annotations

from typing import Any

from ..context import Context
from ..ndarray import NDArray
from ..numpy.array import ndarray
from ..numpy.random import Parameter, Size, draw
from ..random import seed as _seed

__all__ = ["bernoulli", "normal_n", "seed", "uniform_n"]


def seed(seed: int, ctx: Context | str = "all") -> None:
    """Start the random numbers of contexts again from a seed; the same as ``mx.random.seed``."""
    _seed(seed, ctx)


def bernoulli(
    prob: Parameter | None = None,
    logit: Parameter | None = None,
    size: Size = None,
    dtype: Any = None,
    ctx: Context | None = None,
    out: NDArray | None = None,
) -> ndarray:
    """Ones with a given probability, and zeros.

    Parameters
    ----------
    prob : number or ndarray, optional
        the probability of a one
    logit : number or ndarray, optional
        its logit instead
    size : int or tuple of int, optional
        the shape; that of the parameter by default
    dtype : str or NumPy dtype, optional
        float32 (the default), float16, float64, int32, uint8 or bool
    ctx : Context, optional
        where to put the result if the parameter is a number
    out : ndarray, optional
        where to put it instead

    Raises
    ------
    ValueError
        both or none of ``prob`` and ``logit``, a probability that is none
    """
    if (prob is None) is (logit is None):
        raise ValueError(f"random.bernoulli: prob={prob!r}, logit={logit!r}; expected one of the two")
    parameter = {"logit": logit} if prob is None else {"prob": prob}
    other = {"prob": None} if prob is None else {"logit": None}
    return draw("_npi_bernoulli", parameter, out, other, size=size, dtype=dtype, ctx=ctx, is_logit=prob is None)


def uniform_n(
    low: Parameter = 0.0, high: Parameter = 1.0, batch_shape: Size = None, dtype: Any = None, ctx: Context | None = None
) -> ndarray:
    """Uniform numbers; the result has the shape ``batch_shape`` followed by that of the bounds."""
    return draw("_npi_uniform_n", {"low": low, "high": high}, size=batch_shape, dtype=dtype, ctx=ctx)


def normal_n(
    loc: Parameter = 0.0,
    scale: Parameter = 1.0,
    batch_shape: Size = None,
    dtype: Any = None,
    ctx: Context | None = None,
) -> ndarray:
    """Normal numbers; the result has the shape ``batch_shape`` followed by that of the parameters."""
    return draw("_npi_normal_n", {"loc": loc, "scale": scale}, size=batch_shape, dtype=dtype, ctx=ctx)
