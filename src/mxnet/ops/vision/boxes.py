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


def overlap_of_rows(boxes: np.ndarray, best: int, others: np.ndarray, negative_sides: bool = False) -> np.ndarray:
    """Intersection over union of one row of some boxes (n, 4) with other rows of them."""
    box, rest = boxes[best], boxes[others]
    shared = np.maximum(np.minimum(rest[:, 2:], box[2:]) - np.maximum(rest[:, :2], box[:2]), 0)
    both = shared[:, 0] * shared[:, 1]
    sides, own = rest[:, 2:] - rest[:, :2], box[2:] - box[:2]
    if not negative_sides:
        sides, own = np.maximum(sides, 0), np.maximum(own, 0)
    union = sides[:, 0] * sides[:, 1] + own[0] * own[1] - both
    return np.divide(both, union, out=np.zeros_like(both), where=union > 0)


def survivors(order: np.ndarray, covered: Callable[[int, np.ndarray], np.ndarray]) -> list[int]:
    """Those of some boxes that no better one covers: greedy suppression.

    Parameters
    ----------
    order : numpy.ndarray of int
        the boxes by their numbers, best first
    covered : callable(best, others) -> numpy.ndarray of bool
        which of the others a box that stays takes away

    Returns
    -------
    list of int
        the boxes that stay, best first
    """
    found, left = [], order
    while left.size:
        best, left = int(left[0]), left[1:]
        found.append(best)
        left = left[~covered(best, left)]
    return found
