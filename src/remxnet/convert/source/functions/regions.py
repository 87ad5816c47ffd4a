"""Features of regions of images, all at once, by operations that torch can export."""

import torch


def sampled(
    start: torch.Tensor,
    size: torch.Tensor,
    count: int,
    samples: torch.Tensor | int,
    length: int,
) -> torch.Tensor:
    """How much each row (or column) of an image counts in the fields of each region.

    A field is `size` long, and has the mean of so many samples between neighbours; the
    result is (regions, count, length).
    """
    most = samples if isinstance(samples, int) else samples.max().item()
    sample = torch.arange(most, device=start.device)
    field = torch.arange(count, device=start.device).unsqueeze(1)
    start, size = start[:, None, None], size[:, None, None]
    many = samples if isinstance(samples, int) else samples[:, None, None]
    at = start + (field * many + sample + 0.5) * (size / many)
    counts = (at >= -1) & (at <= length) & (sample < many)
    at = at.clamp(0, length - 1).unsqueeze(3)
    # a sample between two elements has parts of both, as far as it is from the other
    near = 1 - (at - torch.arange(length, device=start.device)).abs()
    return (near.clamp(min=0) * counts.unsqueeze(3)).sum(2) / many


def roi_align(
    data: torch.Tensor,
    rois: torch.Tensor,
    *,
    pooled_size: tuple[int, ...],
    spatial_scale: float,
    sample_ratio: int = -1,
    position_sensitive: bool = False,
    aligned: bool = False,
) -> torch.Tensor:
    """Means of the fields of regions: image, left, top, right, bottom."""
    (rows, columns), (height, width) = pooled_size, data.shape[2:]
    image, boxes = rois[:, 0].detach().long(), rois[:, 1:].detach() * spatial_scale
    left, top, right, bottom = (boxes - (0.5 if aligned else 0)).unbind(1)
    high, wide = (bottom - top) / rows, (right - left) / columns
    if not aligned:
        high, wide = high.clamp(min=1 / rows), wide.clamp(min=1 / columns)
    tall = sample_ratio if sample_ratio > 0 else high.ceil().long()
    broad = sample_ratio if sample_ratio > 0 else wide.ceil().long()
    down = sampled(top, high, rows, tall, height).to(data.dtype)
    across = sampled(left, wide, columns, broad, width).to(data.dtype)
    # the rows of all images stand below each other; those of other images count nothing
    own = image.unsqueeze(1) == torch.arange(data.shape[0], device=data.device)
    down = (down.unsqueeze(2) * own[:, None, :, None]).flatten(2)
    found = torch.tensordot(down, data.transpose(1, 2).flatten(0, 1), 1)
    if position_sensitive:
        found = found.unflatten(2, (-1, rows, columns))
        return torch.einsum("ricijw,rjw->rcij", found, across)
    return torch.einsum("ricw,rjw->rcij", found, across)
