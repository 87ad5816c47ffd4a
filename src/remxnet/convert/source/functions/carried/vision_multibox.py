"""Made by tools/carried.py from mxnet.ops.vision.multibox; edits are lost."""

from __future__ import annotations

import numpy as np
import torch

from .vision_boxes import overlap


def boxes_of_steps(
    anchors: torch.Tensor, steps: torch.Tensor, variances: tuple[float, ...], clip: bool
) -> torch.Tensor:
    """The boxes (n, anchors, 4) that steps from anchors (anchors, 4) lead to."""
    left, top, right, bottom = anchors.unbind(-1)
    width, height = (right - left, bottom - top)
    x, y = ((left + right) / 2, (top + bottom) / 2)
    across, down, wider, higher = steps.unbind(-1)
    x, y = (across * variances[0] * width + x, down * variances[1] * height + y)
    half_width, half_height = (
        (wider * variances[2]).exp() * width / 2,
        (higher * variances[3]).exp() * height / 2,
    )
    boxes = torch.stack(
        [x - half_width, y - half_height, x + half_width, y + half_height], -1
    )
    return boxes.clamp(0, 1).nan_to_num(1) if clip else boxes


def _half_sides(
    sizes: tuple[float, ...], ratios: tuple[float, ...], height: int, width: int
) -> list[tuple[float, float]]:
    """Half the width and half the height of the boxes around one element, computed in
    single precision.
    """
    side = np.array([*sizes, *(sizes[0] for _ in ratios[1:])], np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(np.array([*(ratios[0] for _ in sizes), *ratios[1:]], np.float32))
        wide = side * np.float32(height) / np.float32(width) * root / 2
        return list(zip(wide.tolist(), (side / root / 2).tolist()))


def multibox_prior(
    data: torch.Tensor,
    *,
    sizes: tuple[float, ...] = (1.0,),
    ratios: tuple[float, ...] = (1.0,),
    clip: bool = False,
    steps: tuple[float, ...] = (-1.0, -1.0),
    offsets: tuple[float, ...] = (0.5, 0.5),
) -> torch.Tensor:
    """Anchor boxes around every element of a feature map."""
    height, width = data.shape[2:4]
    distances = steps if min(steps) > 0 else (1 / height, 1 / width)
    y, x = (
        (torch.arange(length, dtype=torch.float32, device=data.device) + offset) * step
        for length, offset, step in zip((height, width), offsets, distances)
    )
    boxes = []
    for half_width, half_height in _half_sides(sizes, ratios, height, width):
        edges = (
            (x - half_width)[None],
            (y - half_height)[:, None],
            (x + half_width)[None],
            (y + half_height)[:, None],
        )
        boxes.append(torch.stack([edge.expand(height, width) for edge in edges], -1))
    anchors = torch.stack(boxes, 2).reshape(1, -1, 4)
    return anchors.clamp(0, 1) if clip else anchors


_LEAST_OVERLAP = 1e-06


def _matched(overlaps: torch.Tensor, threshold: float) -> torch.Tensor:
    """The object that each anchor belongs to, -1 for none."""
    images, anchors, objects = overlaps.shape
    found = torch.full((images, anchors), -1, dtype=torch.long, device=overlaps.device)
    if not anchors or not objects:
        return found
    free, image = (overlaps.clone(), torch.arange(images, device=overlaps.device))
    for _ in range(objects):
        pair = free.view(images, -1).argmax(1)
        anchor, one = (pair // objects, pair % objects)
        better = free[image, anchor, one] > _LEAST_OVERLAP
        found[image, anchor] = torch.where(better, one, found[image, anchor])
        free[image, anchor, :] = -1
        free[image, :, one] = -1
    if threshold > 0:
        best, one = (overlaps.max(2).values, overlaps.argmax(2))
        found = torch.where((found < 0) & (best > threshold), one, found)
    return found


def _negatives(
    scores: torch.Tensor,
    overlaps: torch.Tensor,
    positive: torch.Tensor,
    ratio: float,
    threshold: float,
) -> torch.Tensor:
    """The anchors learned as background: so many for each with an object, those that
    are least taken for it first.
    """
    count = torch.minimum(
        (positive.sum(1) * torch.tensor(ratio)).long(), (~positive).sum(1)
    )
    shifted = (scores - scores.amax(1, keepdim=True)).exp()
    background = shifted[:, 0] / shifted.sum(1)
    candidate = ~positive & (overlaps < threshold)
    order = (
        background.nan_to_num(2)
        .masked_fill(~candidate, torch.inf)
        .sort(dim=1, stable=True)
        .indices
    )
    rank = torch.arange(order.shape[1], device=order.device).expand_as(order)
    place = torch.empty_like(order).scatter_(1, order, rank)
    return candidate & (place < count.unsqueeze(1))


def _encoded(
    anchors: torch.Tensor, boxes: torch.Tensor, variances: tuple[float, ...]
) -> torch.Tensor:
    """Boxes (n, anchors, 4) as steps from their anchors (anchors, 4): of the center,
    and of the sides' logarithm.
    """
    left, top, right, bottom = anchors.unbind(-1)
    width, height = (right - left, bottom - top)
    x, y = ((left + right) * 0.5, (top + bottom) * 0.5)
    theirs = boxes.unbind(-1)
    wide, high = (theirs[2] - theirs[0], theirs[3] - theirs[1])
    steps = (
        ((theirs[0] + theirs[2]) * 0.5 - x) / width / variances[0],
        ((theirs[1] + theirs[3]) * 0.5 - y) / height / variances[1],
        torch.log(wide / width) / variances[2],
        torch.log(high / height) / variances[3],
    )
    return torch.stack(steps, -1)


def multibox_target(
    anchor: torch.Tensor,
    label: torch.Tensor,
    cls_pred: torch.Tensor,
    *,
    overlap_threshold: float = 0.5,
    ignore_label: float = -1.0,
    negative_mining_ratio: float = -1.0,
    negative_mining_thresh: float = 0.5,
    minimum_negative_samples: int = 0,
    variances: tuple[float, ...] = (0.1, 0.1, 0.2, 0.2),
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What every anchor box is to learn: its object's class, and how far the object
    lies from it.
    """
    boxes, labels, scores = (anchor.detach()[0], label.detach(), cls_pred.detach())
    real = (labels[:, :, 0] != -1).cummin(1).values
    labels = labels[:, : int(real.sum(1).max()) if real.numel() else 0]
    real = real[:, : labels.shape[1]]
    overlaps = overlap(
        boxes[None, :, None], labels[:, None, :, 1:5], negative_sides=True
    )
    overlaps = overlaps.nan_to_num(-1).masked_fill(~real[:, None], -1)
    owner = _matched(overlaps, overlap_threshold)
    positive, some = (owner >= 0, real.any(1, keepdim=True))
    if not labels.shape[1]:
        labels, owner = (
            labels.new_zeros((labels.shape[0], 1, label.shape[2])),
            owner.clamp(min=0),
        )
    objects = labels.gather(
        1, owner.clamp(min=0).unsqueeze(2).expand(-1, -1, labels.shape[2])
    )
    steps = _encoded(boxes, objects[..., 1:5], variances).masked_fill(
        ~positive.unsqueeze(2), 0
    )
    if negative_mining_ratio > 0 and overlaps.shape[2]:
        negative = _negatives(
            scores,
            overlaps.amax(2),
            positive,
            negative_mining_ratio,
            negative_mining_thresh,
        )
    else:
        negative = ~positive
    classes = torch.full_like(steps[..., 0], ignore_label).masked_fill(
        negative & some, 0
    )
    classes = torch.where(positive, objects[..., 0] + 1, classes)
    mask = positive.unsqueeze(2).expand_as(steps).to(steps.dtype)
    results = (steps.flatten(1), mask.flatten(1), classes)
    first, second, third = (each for each in results)
    return (first, second, third)
