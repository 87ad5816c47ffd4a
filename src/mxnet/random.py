"""The seed of all random numbers, and ``mx.nd.random``'s functions under their short names."""

from __future__ import annotations

from typing import Any

from . import streams
from .base import integer_types
from .context import Context, num_gpus
from .ndarray.random import (
    exponential,
    gamma,
    generalized_negative_binomial,
    multinomial,
    negative_binomial,
    normal,
    poisson,
    randint,
    randn,
    shuffle,
    uniform,
)

__all__ = [
    "exponential", "gamma", "generalized_negative_binomial", "multinomial", "negative_binomial", "normal", "poisson",
    "randint", "randn", "seed", "shuffle", "uniform",
]  # fmt: skip


def seed(seed_state: int, ctx: Context | str | Any = "all") -> None:
    """Start the random numbers of contexts again from a seed.

    The same seed gives on a CPU the numbers that MXNet 1.9.1 gives. NumPy's and Python's own generators, which
    shuffle data sets and choose random crops, are left alone.

    Parameters
    ----------
    seed_state : int
        the seed, taken modulo 2**32; before the first call it is 0
    ctx : Context or 'all'
        whose numbers; all cpu contexts share theirs

    Raises
    ------
    ValueError
        the seed is no integer

    Examples
    --------
    >>> mx.random.seed(7)
    >>> mx.nd.random.uniform(shape=(2,))
    <BLANKLINE>
    [0.42855945 0.91751623]
    <NDArray 2 @cpu(0)>
    """
    if not isinstance(seed_state, integer_types):
        raise ValueError(f"random.seed: seed_state={seed_state!r}; expected an integer")
    where: Context | str = ctx if isinstance(ctx, str) and ctx == "all" else Context(ctx)
    if isinstance(where, Context) and where.device_type == "gpu" and where.device_id >= num_gpus():
        where = Context("cpu")  # as MXNet does where it has no such device
    streams.seed(int(seed_state), where)
