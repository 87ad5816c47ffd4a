"""Made by tools/carried.py from mxnet.ops.array.shape; edits are lost."""

from __future__ import annotations

import torch

from .memory import copied


def _span(
    which: str, data: torch.Tensor, begin: int | None, end: int | None
) -> tuple[int, int]:
    rank = data.dim()
    first = 0 if begin is None else begin + rank if begin < 0 else begin
    last = rank if end is None else end + rank if end < 0 else end
    return (first, last)


def reshape_like(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    *,
    lhs_begin: int | None = None,
    lhs_end: int | None = None,
    rhs_begin: int | None = None,
    rhs_end: int | None = None,
) -> torch.Tensor:
    """The elements of `lhs` in the shape of `rhs`, or with some axes replaced by some
    of `rhs`.
    """
    first, last = _span("lhs", lhs, lhs_begin, lhs_end)
    rhs_first, rhs_last = _span("rhs", rhs, rhs_begin, rhs_end)
    shape = (*lhs.shape[:first], *rhs.shape[rhs_first:rhs_last], *lhs.shape[last:])
    return copied(lhs).view(shape)


def depth_to_space(data: torch.Tensor, *, block_size: int) -> torch.Tensor:
    """Channels laid out as blocks of pixels: (N, C, H, W) becomes (N, C / b², H * b, W
    * b).
    """
    n, c, h, w = data.shape
    b = block_size
    blocks = data.reshape(n, b, b, c // (b * b), h, w).permute(0, 3, 4, 1, 5, 2)
    return copied(blocks).view(n, c // (b * b), h * b, w * b)


def space_to_depth(data: torch.Tensor, *, block_size: int) -> torch.Tensor:
    """Blocks of pixels laid out as channels: (N, C, H, W) becomes (N, C * b², H / b, W
    / b).
    """
    n, c, h, w = data.shape
    b = block_size
    blocks = data.reshape(n, c, h // b, b, w // b, b).permute(0, 3, 5, 1, 2, 4)
    return copied(blocks).view(n, c * b * b, h // b, w // b)
