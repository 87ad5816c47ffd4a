"""Made by tools/carried.py from mxnet.ops.nn.deformable; edits are lost."""

from __future__ import annotations

import torch


def _sampled(
    data: torch.Tensor, y: torch.Tensor, x: torch.Tensor, edges: bool
) -> torch.Tensor:
    """Elements between those of the data, by bilinear interpolation."""
    height, width = data.shape[3:]
    if edges:
        inside = (y >= 0) & (x >= 0) & (y < height) & (x < width)
        y, x = (
            torch.where(at >= length - 1, length - 1, at)
            for at, length in ((y, height), (x, width))
        )
    else:
        inside = (y > -1) & (x > -1) & (y < height) & (x < width)
    low = [at.detach().floor() for at in (y, x)]
    part = [at - base for at, base in zip((y, x), low)]
    flat, result = (data.flatten(3), None)
    for down in (0, 1):
        for right in (0, 1):
            row, column = (low[0] + down, low[1] + right)
            there = (
                inside & (row >= 0) & (row < height) & (column >= 0) & (column < width)
            )
            place = (
                (row.clamp(0, height - 1) * width + column.clamp(0, width - 1))
                .nan_to_num(0)
                .long()
            )
            found = flat.gather(3, place.unsqueeze(2).expand(-1, -1, flat.shape[2], -1))
            weight = (part[0] if down else 1 - part[0]) * (
                part[1] if right else 1 - part[1]
            )
            each = found * torch.where(
                there, weight, torch.zeros_like(weight)
            ).unsqueeze(2)
            result = each if result is None else result + each
    assert result is not None
    return result


def _convolved(
    data: torch.Tensor,
    offset: torch.Tensor,
    mask: torch.Tensor | None,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    groups: int,
    moved: int,
    stride: tuple[int, ...],
    dilate: tuple[int, ...],
    pad: tuple[int, ...],
) -> torch.Tensor:
    """The sum over channels and taps of the weight times what lies where the taps have
    been moved to.
    """
    n, channels, _, _ = data.shape
    filters, (kh, kw), (rows, columns) = (
        weight.shape[0],
        weight.shape[2:],
        offset.shape[2:],
    )
    taps, places = (kh * kw, rows * columns)
    moves = offset.reshape(n, moved, taps, 2, rows, columns)

    def along(
        axis: int, taps_of_axis: torch.Tensor, count: int, shape: tuple[int, ...]
    ) -> torch.Tensor:
        start = torch.arange(count, device=data.device) * stride[axis] - pad[axis]
        return (taps_of_axis * dilate[axis])[:, None, None] + start.reshape(shape)

    tap = torch.arange(taps, device=data.device)
    y = along(0, tap // kw, rows, (rows, 1)) + moves[:, :, :, 0]
    x = along(1, tap % kw, columns, (1, columns)) + moves[:, :, :, 1]
    images = data.reshape(n, moved, channels // moved, *data.shape[2:])
    found = _sampled(images, y.flatten(2), x.flatten(2), edges=mask is None)
    if mask is not None:
        found = found * mask.reshape(n, moved, 1, taps * places)
    found = found.reshape(n, groups, channels // groups * taps, places)
    out = weight.reshape(groups, filters // groups, -1) @ found
    out = out.reshape(n, filters, rows, columns)
    return out if bias is None else out + bias[:, None, None]


def deformable_convolution(
    data: torch.Tensor,
    offset: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    num_filter: int,
    num_group: int = 1,
    num_deformable_group: int = 1,
    no_bias: bool = False,
    layout: str | None = None,
) -> torch.Tensor:
    """A convolution whose taps are moved, at every place of their own."""
    steps = (stride or (1, 1), dilate or (1, 1), pad or (0, 0))
    return _convolved(
        data,
        offset,
        None,
        weight,
        None if no_bias else bias,
        num_group,
        num_deformable_group,
        *steps,
    )


def modulated_deformable_convolution(
    data: torch.Tensor,
    offset: torch.Tensor,
    mask: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    num_filter: int,
    num_group: int = 1,
    num_deformable_group: int = 1,
    no_bias: bool = False,
    im2col_step: int = 64,
    layout: str | None = None,
) -> torch.Tensor:
    """A convolution whose taps are moved and weighted, at every place of their own."""
    steps = (stride or (1, 1), dilate or (1, 1), pad or (0, 0))
    return _convolved(
        data,
        offset,
        mask,
        weight,
        None if no_bias else bias,
        num_group,
        num_deformable_group,
        *steps,
    )
