"""Made by tools/carried.py from mxnet.ops.vision.boxes; edits are lost."""

from __future__ import annotations

import numpy as np
import torch


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


_TOGETHER = 128


def _free(order: np.ndarray, covered) -> list[np.ndarray]:
    """The boxes that no better one covers, in parts."""
    found = []
    while order.size:
        best, order = (order[:_TOGETHER], order[_TOGETHER:])
        taken, stays = (covered(best, best), np.ones(len(best), dtype=bool))
        for place in range(len(best)):
            if stays[place]:
                stays[place + 1 :] &= ~taken[place, place + 1 :]
        found.append(best[stays])
        if order.size:
            order = order[~covered(found[-1], order).any(0)]
    return found


def survivors(
    order: np.ndarray, covered, classes: np.ndarray | None = None
) -> np.ndarray:
    """Those of some boxes that no better one covers: greedy suppression."""
    groups = [order]
    if classes is not None:
        of = classes[order]
        groups = [order[of == each] for each in np.unique(of)]
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        found = np.concatenate(
            [part for group in groups for part in _free(group, covered)] or [order[:0]]
        )
    return order[np.isin(order, found)]


def overlap_of_rows(
    boxes: np.ndarray,
    some: np.ndarray,
    others: np.ndarray,
    negative_sides: bool = False,
) -> np.ndarray:
    """Intersection over union of some rows of boxes (n, 4) with others: (some, others)."""
    lhs, rhs = (boxes[some][:, None], boxes[others][None])
    wide, high = (
        np.maximum(
            np.minimum(lhs[..., axis + 2], rhs[..., axis + 2])
            - np.maximum(lhs[..., axis], rhs[..., axis]),
            0,
        )
        for axis in (0, 1)
    )
    both = wide * high
    areas = []
    for box in (lhs, rhs):
        sides = box[..., 2:] - box[..., :2]
        sides = sides if negative_sides else np.maximum(sides, 0)
        areas.append(sides[..., 0] * sides[..., 1])
    union = areas[1] + areas[0] - both
    return np.divide(both, union, out=np.zeros_like(both), where=union > 0)
