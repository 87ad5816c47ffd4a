"""Made by tools/carried.py from mxnet.ops.array.creation; edits are lost."""

from __future__ import annotations

import torch


def counted(
    count: int,
    start: float,
    step: float,
    repeat: int,
    dtype: torch.dtype,
    device: torch.device,
) -> torch.Tensor:
    """`count` numbers from `start` by `step`, each `repeat` times, computed in `dtype`
    as MXNet does.
    """
    positions = torch.arange(count, dtype=dtype, device=device)
    first, by = (start, step) if dtype.is_floating_point else (int(start), int(step))
    numbers = positions * by + first
    return numbers.repeat_interleave(repeat) if repeat != 1 else numbers


def arange_like(
    data: torch.Tensor,
    *,
    start: float = 0.0,
    step: float = 1.0,
    repeat: int = 1,
    ctx: str = "",
    axis: int | None = None,
) -> torch.Tensor:
    """Numbers `step` apart, as many as an array has elements or an axis of it has
    places.
    """
    shape = data.shape
    if axis is not None:
        shape = data.shape[axis % data.dim() :][:1]
    count = shape.numel()
    numbers = counted(-(-count // repeat), start, step, repeat, data.dtype, data.device)
    return numbers[:count].reshape(shape)
