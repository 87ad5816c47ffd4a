"""Boxes as numbers: their two layouts, how far they overlap, and which are left where they overlap too far.

Boxes are given by their corners, (left, top, right, bottom), or by center and size, (x, y, width, height).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch

__all__ = ["Format", "centers", "corners", "overlap", "overlap_of_rows", "survivors"]

Format = Literal["center", "corner"]


def corners(boxes: torch.Tensor, layout: Format = "center") -> torch.Tensor:
    """Boxes (..., 4) of a layout by their corners."""
    if layout == "corner":
        return boxes
    center, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat([center - half, center + half], -1)


def centers(boxes: torch.Tensor, layout: Format = "corner") -> torch.Tensor:
    """Boxes (..., 4) of a layout by center and size."""
    if layout == "center":
        return boxes
    low, high = boxes[..., :2], boxes[..., 2:]
    return torch.cat([(low + high) / 2, high - low], -1)


def _side(lhs: torch.Tensor, rhs: torch.Tensor, axis: int) -> torch.Tensor:
    """The common length of boxes along an axis."""
    low = torch.maximum(lhs[..., axis], rhs[..., axis])
    return torch.minimum(lhs[..., axis + 2], rhs[..., axis + 2]).sub_(low).clamp_(min=0)


def overlap(lhs: torch.Tensor, rhs: torch.Tensor, negative_sides: bool = False) -> torch.Tensor:
    """Intersection over union of boxes, given by their corners, that broadcast against each other.

    Parameters
    ----------
    lhs, rhs : torch.Tensor (..., 4)
        the boxes
    negative_sides : bool
        a box whose right lies left of its left has a negative width, instead of none

    Returns
    -------
    torch.Tensor (...)
        0 where both boxes are empty
    """
    both = _side(lhs, rhs, 0).mul_(_side(lhs, rhs, 1))
    areas = []
    for box in (lhs, rhs):
        sides = box[..., 2:] - box[..., :2]
        sides = sides if negative_sides else sides.clamp(min=0)
        areas.append(sides[..., 0] * sides[..., 1])
    union = areas[0] + areas[1] - both
    return torch.where(union > 0, both / union, torch.zeros_like(union))


def overlap_of_rows(
    boxes: np.ndarray, some: np.ndarray, others: np.ndarray, negative_sides: bool = False
) -> np.ndarray:
    """Intersection over union of some rows of boxes (n, 4) with others: (some, others)."""
    lhs, rhs = boxes[some][:, None], boxes[others][None]
    wide, high = (
        np.maximum(np.minimum(lhs[..., axis + 2], rhs[..., axis + 2]) - np.maximum(lhs[..., axis], rhs[..., axis]), 0)
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


#: so many boxes are compared with each other, and then with all worse ones, at once
_TOGETHER = 128


def _free(order: np.ndarray, covered: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> list[np.ndarray]:
    """The boxes that no better one covers, in parts."""
    found = []
    while order.size:
        best, order = order[:_TOGETHER], order[_TOGETHER:]
        taken, stays = covered(best, best), np.ones(len(best), dtype=bool)
        for place in range(len(best)):
            if stays[place]:
                stays[place + 1 :] &= ~taken[place, place + 1 :]
        found.append(best[stays])
        if order.size:
            order = order[~covered(found[-1], order).any(0)]
    return found


def survivors(
    order: np.ndarray, covered: Callable[[np.ndarray, np.ndarray], np.ndarray], classes: np.ndarray | None = None
) -> np.ndarray:
    """Those of some boxes that no better one covers: greedy suppression.

    Parameters
    ----------
    order : numpy.ndarray of int
        the boxes by their numbers, best first
    covered : callable(some, others) -> numpy.ndarray of bool (some, others)
        which of the others each of some boxes takes away, if it stays
    classes : numpy.ndarray, optional
        the class of each box; a box takes away none of another class

    Returns
    -------
    numpy.ndarray of int
        the boxes that stay, best first
    """
    groups = [order]
    if classes is not None:
        of = classes[order]
        groups = [order[of == each] for each in np.unique(of)]
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):  # boxes of nan and inf cover nothing
        found = np.concatenate([part for group in groups for part in _free(group, covered)] or [order[:0]])
    return order[np.isin(order, found)]
