"""Made by tools/carried.py from mxnet.base; edits are lost."""

from __future__ import annotations

import math
from typing import Any

import torch

ANY_FLOAT_HOLDS = 65504


def _held_as_float(number: float, dtype: torch.dtype) -> float:
    """A large number as a dtype of floats holds it: infinity where it is not nearest to
    the largest one.
    """
    largest = torch.finfo(dtype).max
    if abs(number) <= largest or not math.isfinite(number):
        return number
    step = torch.finfo(dtype).eps * 2.0 ** (math.frexp(largest)[1] - 1)
    return math.copysign(
        largest if abs(number) - largest < step / 2 else math.inf, number
    )


def held(number: Any, dtype: torch.dtype) -> Any:
    """A number as an array of a dtype holds it: integers out of its range wrap, as
    MXNet's conversion in C has it.
    """
    if dtype is torch.bool or not isinstance(number, (int, float)):
        return number
    if dtype.is_floating_point:
        return (
            number
            if -ANY_FLOAT_HOLDS <= number <= ANY_FLOAT_HOLDS
            else _held_as_float(float(number), dtype)
        )
    limits = torch.iinfo(dtype)
    if limits.min <= number <= limits.max or math.isnan(number):
        return number
    wide = torch.iinfo(torch.int32 if limits.bits < 64 else dtype)
    whole = int(number) if wide.min <= number <= wide.max else wide.min
    return (whole - limits.min) % 2**limits.bits + limits.min
