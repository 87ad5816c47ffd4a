"""Made by tools/carried.py from mxnet.ops.vision.spatial; edits are lost."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def _places(length: int, like: torch.Tensor) -> torch.Tensor:
    """The positions of a row's elements from -1 to 1; nan for a row of one, which has
    no such positions.
    """
    steps = torch.arange(length, dtype=like.dtype, device=like.device)
    return steps * 2 / (length - 1) - 1


def _affine_grid(
    name: str, matrices: torch.Tensor, target_shape: tuple[int, ...]
) -> torch.Tensor:
    height, width = target_shape
    x, y = (_places(width, matrices), _places(height, matrices))
    ones = torch.ones((height, width), dtype=matrices.dtype, device=matrices.device)
    targets = torch.stack(
        [x.expand(height, width), y.unsqueeze(1).expand(height, width), ones]
    ).reshape(3, -1)
    return (matrices.reshape(-1, 2, 3) @ targets).reshape(-1, 2, height, width)


def grid_generator(
    data: torch.Tensor, *, transform_type: str, target_shape: tuple[int, ...] = (0, 0)
) -> torch.Tensor:
    """For each element of an image the position (x, y) it comes from, -1 and 1 being
    the borders of the source.
    """
    if transform_type == "affine":
        return _affine_grid("GridGenerator", data, target_shape)
    height, width = data.shape[2:]
    columns = torch.arange(width, dtype=data.dtype, device=data.device).expand(
        height, width
    )
    rows = (
        torch.arange(height, dtype=data.dtype, device=data.device)
        .unsqueeze(1)
        .expand(height, width)
    )
    half = torch.tensor(
        [(width - 1) / 2, (height - 1) / 2], dtype=data.dtype, device=data.device
    ).reshape(2, 1, 1)
    return (data + torch.stack([columns, rows])) / half - 1


def _sampled_of_spatial(data: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    kind = (
        torch.float32
        if data.dtype is torch.float16 and data.device.type == "cpu"
        else data.dtype
    )
    places = grid.permute(0, 2, 3, 1).to(kind)
    sampled = F.grid_sample(
        data.to(kind), places, mode="bilinear", padding_mode="zeros", align_corners=True
    )
    return sampled.to(data.dtype)


def bilinear_sampler(data: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    """Images read at given positions, between elements by bilinear interpolation, and 0
    outside of the image.
    """
    return _sampled_of_spatial(data, grid)


def spatial_transformer(
    data: torch.Tensor,
    loc: torch.Tensor,
    *,
    target_shape: tuple[int, ...] = (0, 0),
    transform_type: str,
    sampler_type: str,
) -> torch.Tensor:
    """Images under affine maps: :func:`GridGenerator` and :func:`BilinearSampler` in
    one.
    """
    return _sampled_of_spatial(
        data, _affine_grid("SpatialTransformer", loc, target_shape)
    )


def correlation(
    data1: torch.Tensor,
    data2: torch.Tensor,
    *,
    kernel_size: int = 1,
    max_displacement: int = 1,
    stride1: int = 1,
    stride2: int = 1,
    pad_size: int = 0,
    is_multiply: bool = True,
) -> torch.Tensor:
    """How alike patches of an image are to patches of another one nearby."""
    first, second = (F.pad(data1, (pad_size,) * 4), F.pad(data2, (pad_size,) * 4))
    border = 2 * max_displacement + kernel_size - 1
    rows, columns = (-(-(length - border) // stride1) for length in first.shape[2:])
    height, width = (
        (rows - 1) * stride1 + kernel_size,
        (columns - 1) * stride1 + kernel_size,
    )
    patches = first[
        :,
        :,
        max_displacement : max_displacement + height,
        max_displacement : max_displacement + width,
    ]
    reach = max_displacement // stride2 * stride2
    found = []
    for down in range(-reach, reach + 1, stride2):
        for right in range(-reach, reach + 1, stride2):
            top, left = (max_displacement + down, max_displacement + right)
            others = second[:, :, top : top + height, left : left + width]
            if is_multiply:
                alike = patches * others
            else:
                alike = torch.where(
                    patches >= others, patches - others, others - patches
                )
            found.append(alike.mean(1, keepdim=True))
    means = torch.cat(found, 1)
    return (
        means
        if kernel_size == stride1 == 1
        else F.avg_pool2d(means, kernel_size, stride1)
    )
