"""Made by tools/carried.py from mxnet.ops.math.scalar; edits are lost."""

from __future__ import annotations

import torch

_BITS = {torch.uint8: 8, torch.int8: 8, torch.int32: 32, torch.int64: 64}


def to_integer(scalar: float, dtype: torch.dtype) -> int:
    """The number cut to an integer and wrapped into an integer dtype, as the processor
    casts it.
    """
    wide = torch.int64 if dtype is torch.int64 else torch.int32
    least = torch.iinfo(wide).min
    try:
        value = int(scalar)
    except (OverflowError, ValueError):
        value = least
    if not least <= value < -least:
        float(value)
        value = least
    bits = _BITS[dtype]
    value &= (1 << bits) - 1
    if dtype is not torch.uint8 and value >> bits - 1:
        value -= 1 << bits
    return value
