"""Made by tools/carried.py from mxnet.ops.array.joining; edits are lost."""

from __future__ import annotations

from itertools import pairwise

import torch

from .memory import copied


def _parts(
    parts: tuple[torch.Tensor, ...], axis: int, squeeze_axis: bool
) -> tuple[torch.Tensor, ...]:
    """Copies of parts; a part without axes gets one of length 1."""
    if not squeeze_axis:
        return tuple(copied(part) for part in parts)
    squeezed = [copied(part.squeeze(axis)) for part in parts]
    return tuple(part if part.dim() else part.reshape(1) for part in squeezed)


def split_v2(
    data: torch.Tensor,
    *,
    indices: tuple[int, ...],
    axis: int = 1,
    squeeze_axis: bool = False,
    sections: int = 0,
) -> tuple[torch.Tensor, ...]:
    """An array cut along an axis at positions, or into equal parts."""
    axis = axis % data.dim()
    length = data.shape[axis]
    if sections > 0:
        lengths = [length // sections] * sections
    else:
        bounds = (*indices, length)
        lengths = [end - start for start, end in pairwise(bounds)]
    return _parts(torch.split(data, lengths, axis), axis, squeeze_axis)
