"""Made by tools/carried.py from mxnet.ops.vision.resizing; edits are lost."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def adaptive_avg_pooling(
    data: torch.Tensor, *, output_size: tuple[int, ...] = ()
) -> torch.Tensor:
    """Means of an image over a given number of fields, whatever its size."""
    rows, columns = ((output_size or (1,))[0], (output_size or (1,))[-1])
    return F.adaptive_avg_pool2d(data, (rows, columns))


def _resized(
    data: torch.Tensor,
    like: torch.Tensor | None,
    height: int,
    width: int,
    scale_height: float | None,
    scale_width: float | None,
    mode: str,
) -> tuple[int, int]:
    """Height and width of the result."""
    old = (data.shape[2], data.shape[3])
    if mode == "like":
        return (like.shape[2], like.shape[3])
    if mode in ("size", "odd_scale") and (
        scale_height is not None or mode == "odd_scale"
    ):
        scales = (scale_height, scale_width)
        if mode == "size":
            return (int(old[0] * scales[0]), int(old[1] * scales[1]))
        sizes = [
            int((n - 1) * scale) + 1 if n % 2 else int(n * scale)
            for n, scale in zip(old, scales)
        ]
        return (sizes[0], sizes[1])
    if mode == "size":
        return (height, width)
    wanted, step = (0 if "even" in mode else 1, 1 if mode.endswith("up") else -1)
    sizes = [n if n % 2 == wanted else n + step for n in old]
    return (sizes[0], sizes[1])


def bilinear_resize(
    data: torch.Tensor,
    like: torch.Tensor | None = None,
    *,
    height: int = 1,
    width: int = 1,
    scale_height: float | None = None,
    scale_width: float | None = None,
    mode: str = "size",
    align_corners: bool = True,
) -> torch.Tensor:
    """Images at another size, by bilinear interpolation."""
    size = _resized(data, like, height, width, scale_height, scale_width, mode)
    if not align_corners:
        data = data[:, :, : 1 if size[0] == 1 else None, : 1 if size[1] == 1 else None]
    return F.interpolate(data, size=size, mode="bilinear", align_corners=align_corners)
