"""Made by tools/carried.py from mxnet.base; edits are lost."""

from __future__ import annotations

import math
from typing import Any

import torch


def held(number: Any, dtype: torch.dtype) -> Any:
    """A number as an array of a dtype holds it: integers out of its range wrap, as
    MXNet's conversion in C has it.
    """
    if (
        dtype.is_floating_point
        or dtype is torch.bool
        or (not isinstance(number, (int, float)))
    ):
        return number
    limits = torch.iinfo(dtype)
    if limits.min <= number <= limits.max or math.isnan(number):
        return number
    wide = torch.iinfo(torch.int32 if limits.bits < 64 else dtype)
    whole = int(number) if wide.min <= number <= wide.max else wide.min
    return (whole - limits.min) % 2**limits.bits + limits.min
