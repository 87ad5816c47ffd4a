"""Made by tools/carried.py from mxnet.ops.vision.image; edits are lost."""

from __future__ import annotations

import torch


def to_tensor(data: torch.Tensor) -> torch.Tensor:
    """Turn images into what a network takes: channels first, float32, 0 to 1 instead of
    0 to 255.
    """
    scaled = (data / 255).float() if data.is_floating_point() else data.float() / 255
    return scaled.movedim(-1, -3).contiguous()


def _computed_of_image(data: torch.Tensor) -> torch.Tensor:
    """Give colours in the dtype they are computed in."""
    return data if data.dtype in (torch.float32, torch.float64) else data.float()


def normalize(
    data: torch.Tensor,
    *,
    mean: tuple[float, ...] = (0, 0, 0, 0),
    std: tuple[float, ...] = (1, 1, 1, 1),
) -> torch.Tensor:
    """Subtract a mean from each channel and divide by a standard deviation."""
    wide = _computed_of_image(data)
    center, scale = (
        torch.tensor(v, dtype=torch.float32, device=data.device).view(-1, 1, 1)
        for v in (mean, std)
    )
    centered = wide - center
    if data.dtype == torch.float16:
        centered = centered.half().float()
    return (centered / scale).to(data.dtype)


def crop_image(
    data: torch.Tensor, *, x: int, y: int, width: int, height: int
) -> torch.Tensor:
    """Cut a rectangle out of images."""
    return data[..., y : y + height, x : x + width, :].clone()


COLOR_COMPONENTS = (
    (55.46 * -0.5675, 4.794 * 0.7192, 1.148 * 0.4009),
    (55.46 * -0.5808, 4.794 * -0.0045, 1.148 * -0.814),
    (55.46 * -0.5836, 4.794 * -0.6948, 1.148 * 0.4203),
)


def _saturated(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Convert colours to the dtype of the image they came from; bytes stop at 0 and 255
    and drop the fraction.
    """
    return values.clamp(0, 255).to(dtype) if dtype == torch.uint8 else values.to(dtype)


def _lit(data: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    components = torch.tensor(COLOR_COMPONENTS, dtype=torch.float32, device=data.device)
    added = components @ alpha.to(data.device, torch.float32)
    return _saturated(
        _computed_of_image(data) + (added if data.shape[2] == 3 else added[:1]),
        data.dtype,
    )


def adjust_lighting(data: torch.Tensor, *, alpha: tuple[float, ...]) -> torch.Tensor:
    """Shift the colours of an image along the principal components of natural images'
    colours, as AlexNet does.
    """
    return _lit(data, torch.tensor(alpha))
