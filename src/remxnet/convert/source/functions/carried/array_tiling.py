"""Made by tools/carried.py from mxnet.ops.array.tiling; edits are lost."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .memory import copied


def _expanded(name: str, data: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """A copy of the array broadcast to a shape of as many axes."""
    return copied(data.expand(shape))


def broadcast_like(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    *,
    lhs_axes: tuple[int, ...] | None = None,
    rhs_axes: tuple[int, ...] | None = None,
) -> torch.Tensor:
    """Axes of length 1 repeated up to the lengths of another array."""
    if lhs_axes is None or rhs_axes is None:
        return _expanded("broadcast_like", lhs, tuple(rhs.shape))
    shape = list(lhs.shape)
    for left, right in zip(lhs_axes, rhs_axes):
        axis = left % lhs.dim()
        shape[axis] = rhs.shape[right % rhs.dim()]
    return _expanded("broadcast_like", lhs, tuple(shape))


def diagonal(
    data: torch.Tensor, *, k: int = 0, axis1: int = 0, axis2: int = 1
) -> torch.Tensor:
    """The diagonal of an array, or the matrix that has a vector as its diagonal."""
    if data.dim() == 1:
        return torch.diag_embed(data, k)
    first, second = (axis1 % data.dim(), axis2 % data.dim())
    return copied(torch.diagonal(data, k, first, second))


def _pair(
    name: str, argument: str, value: tuple[int, ...], default: int
) -> tuple[int, ...]:
    return value or (default, default)


def im2col(
    data: torch.Tensor,
    *,
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
) -> torch.Tensor:
    """The patches that a convolution's kernel covers, each as a column: (N, C, H, W) to
    (N, C * kH * kW, patches).
    """
    window, gaps = (
        _pair("im2col", "kernel", kernel, 1),
        _pair("im2col", "dilate", dilate, 1),
    )
    steps, border = (
        _pair("im2col", "stride", stride, 1),
        _pair("im2col", "pad", pad, 0),
    )
    return F.unfold(data, window, gaps, border, steps)


def col2im(
    data: torch.Tensor,
    *,
    output_size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
) -> torch.Tensor:
    """Columns put back as the patches of an image and added up: the reverse of
    `im2col`.
    """
    size, window = (
        _pair("col2im", "output_size", output_size, 1),
        _pair("col2im", "kernel", kernel, 1),
    )
    gaps, steps = (
        _pair("col2im", "dilate", dilate, 1),
        _pair("col2im", "stride", stride, 1),
    )
    border = _pair("col2im", "pad", pad, 0)
    places = 1
    for length, side, gap, step, extra in zip(size, window, gaps, steps, border):
        places *= (length + 2 * extra - (side - 1) * gap - 1) // step + 1
    return F.fold(data, size, window, gaps, border, steps)
