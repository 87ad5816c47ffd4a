"""Operators of the ``contrib`` namespace, made from the table, and what kind of number the elements are."""

from __future__ import annotations

import math

from .control import cond, foreach, while_loop
from .namespaces import populate
from .ndarray import NDArray
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
    "multi_lamb_update", "multi_mp_adamw_update", "multi_mp_lamb_update", "while_loop",
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


__all__.extend(populate(globals(), "contrib"))
