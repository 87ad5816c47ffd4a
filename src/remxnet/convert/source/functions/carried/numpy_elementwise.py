"""Made by tools/carried.py from mxnet.ops.numpy.elementwise; edits are lost."""

from __future__ import annotations

import torch


def around(x: torch.Tensor, *, decimals: int = 0) -> torch.Tensor:
    """Each element rounded to a number of decimals, a half to the even neighbour."""
    if not x.is_floating_point():
        if decimals >= 0 or x.dtype is torch.bool:
            return x.clone()
        unit = 10 ** (-decimals)
        return (torch.div(x.long(), unit, rounding_mode="trunc") * unit).to(x.dtype)
    scale = 10.0**decimals
    return torch.round(x * scale) / scale


def nan_to_num(
    data: torch.Tensor,
    *,
    copy: bool = True,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
) -> torch.Tensor:
    """NaN and the infinities replaced by numbers: 0 and the dtype's largest and least
    unless others are given.
    """
    return torch.nan_to_num(data, nan, posinf, neginf)
