"""Made by tools/carried.py from mxnet.ops.vision.boxes; edits are lost."""

from __future__ import annotations

import torch


def _side(lhs: torch.Tensor, rhs: torch.Tensor, axis: int) -> torch.Tensor:
    """The common length of boxes along an axis."""
    low = torch.maximum(lhs[..., axis], rhs[..., axis])
    return torch.minimum(lhs[..., axis + 2], rhs[..., axis + 2]).sub_(low).clamp_(min=0)


def overlap(
    lhs: torch.Tensor, rhs: torch.Tensor, negative_sides: bool = False
) -> torch.Tensor:
    """Intersection over union of boxes, given by their corners, that broadcast against
    each other.
    """
    both = _side(lhs, rhs, 0).mul_(_side(lhs, rhs, 1))
    areas = []
    for box in (lhs, rhs):
        sides = box[..., 2:] - box[..., :2]
        sides = sides if negative_sides else sides.clamp(min=0)
        areas.append(sides[..., 0] * sides[..., 1])
    union = areas[0] + areas[1] - both
    return torch.where(union > 0, both / union, torch.zeros_like(union))


def centers(boxes: torch.Tensor, layout: str = "corner") -> torch.Tensor:
    """Boxes (..., 4) of a layout by center and size."""
    if layout == "center":
        return boxes
    low, high = (boxes[..., :2], boxes[..., 2:])
    return torch.cat([(low + high) / 2, high - low], -1)


def corners(boxes: torch.Tensor, layout: str = "center") -> torch.Tensor:
    """Boxes (..., 4) of a layout by their corners."""
    if layout == "corner":
        return boxes
    center, half = (boxes[..., :2], boxes[..., 2:] / 2)
    return torch.cat([center - half, center + half], -1)
