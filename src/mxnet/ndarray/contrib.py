"""Operators of the ``contrib`` namespace, made from the table, and what kind of number the elements are."""

from __future__ import annotations

import math
from typing import Any

from .control import cond, foreach, while_loop
from .namespaces import populate
from .ndarray import NDArray
from .random import uniform
from .updates import (
    adamw_update,
    mp_adamw_update,
    multi_adamw_update,
    multi_lamb_update,
    multi_mp_adamw_update,
    multi_mp_lamb_update,
)

__all__ = [
    "adamw_update", "cond", "foreach", "isfinite", "isinf", "isnan", "mp_adamw_update", "multi_adamw_update",
    "multi_lamb_update", "multi_mp_adamw_update", "multi_mp_lamb_update", "rand_zipfian",
    "while_loop",
]  # fmt: skip


def isfinite(data: NDArray) -> NDArray:
    """1 where an element is neither infinite nor nan, else 0, in the dtype of the data."""
    return (data == data) * (abs(data) != math.inf)  # only nan differs from itself


def isinf(data: NDArray) -> NDArray:
    """1 where an element is infinite, else 0, in the dtype of the data."""
    return abs(data) == math.inf


def isnan(data: NDArray) -> NDArray:
    """1 where an element is nan, else 0, in the dtype of the data."""
    return data != data  # only nan differs from itself


def rand_zipfian(
    true_classes: NDArray, num_sampled: int, range_max: int, ctx: Any = None
) -> tuple[NDArray, NDArray, NDArray]:
    """Classes drawn with probabilities that fall as Zipf's law says, for sampled losses.

    Parameters
    ----------
    true_classes : NDArray
        classes that are the answers
    num_sampled : int
        how many are drawn
    range_max : int
        how many classes there are
    ctx : Context, optional
        where they are drawn

    Returns
    -------
    samples, expected_count_true, expected_count_sampled
        the classes (int64), and how often the answers and the classes drawn are expected among them (float64)
    """
    scale = math.log(range_max + 1)
    drawn = uniform(0, scale, shape=(num_sampled,), dtype="float64", ctx=ctx)
    samples = (drawn.exp() - 1).astype("int64") % range_max

    def expected(classes: NDArray) -> NDArray:
        numbers = classes.astype("float64")
        return ((numbers + 2.0) / (numbers + 1.0)).log() / scale * num_sampled

    return samples, expected(true_classes), expected(samples)


__all__.extend(populate(globals(), "contrib"))
