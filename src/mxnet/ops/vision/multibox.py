"""Detection in one pass (SSD): anchor boxes, what each of them is to learn, and the boxes that a network found.

Coordinates are parts of the image's width and height, boxes (left, top, right, bottom).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from ...base import MXNetError
from .. import host
from ..dtype_rules import fixed
from ..gradients import constant, piecewise_constant
from ..registry import Floats, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, length_or, product
from .boxes import overlap, overlap_of_rows, survivors

__all__ = ["multibox_detection", "multibox_prior", "multibox_target"]

#: overlaps up to this one are none where every object is given its anchor
_LEAST_OVERLAP = 1e-6


def _single(name: str, **tensors: torch.Tensor) -> None:
    """Refuse what is not float32, as MXNet does."""
    for argument, tensor in tensors.items():
        if tensor.dtype is not torch.float32:
            raise MXNetError(f"{name}: {argument} is {describe(tensor)}; expected float32")


def _numbers(name: str, count: int, **given: Floats) -> None:
    for attribute, numbers in given.items():
        if len(numbers) != count:
            raise MXNetError(f"{name}: {attribute}={numbers}; expected {count} numbers")


@operator("_contrib_MultiBoxPrior", "_npx_multibox_prior")
def multibox_prior(
    data: torch.Tensor,
    *,
    sizes: Floats = (1.0,),
    ratios: Floats = (1.0,),
    clip: bool = False,
    steps: Floats = (-1.0, -1.0),
    offsets: Floats = (0.5, 0.5),
) -> torch.Tensor:
    """Anchor boxes around every element of a feature map.

    Around each element lie boxes of all sizes with the first ratio, then of the first size with the other ratios.

    Parameters
    ----------
    data : NDArray (n, channels, height, width)
        the feature map, of which only height and width matter; there is no gradient for it
    sizes : tuple of float
        sides of the boxes, as parts of the image's height
    ratios : tuple of float
        width by height; both change by the square root, so that the area stays
    clip : bool
        keep coordinates between 0 and 1
    steps : (y, x)
        the distance of neighbours, 1 / height and 1 / width where one is not positive
    offsets : (y, x)
        where the center lies, in steps

    Returns
    -------
    NDArray (1, height * width * (sizes + ratios - 1), 4)
        left, top, right and bottom

    Raises
    ------
    MXNetError
        data with less than 4 axes or of another dtype than float32, no sizes, no ratios, one step without the other

    References
    ----------
    Liu and others 2016, SSD: Single Shot MultiBox Detector

    Examples
    --------
    >>> print(mx.nd.contrib.MultiBoxPrior(mx.nd.zeros((1, 3, 1, 2)), sizes=(1, 0.5)).asnumpy())
    [[[0.    0.    0.5   1.   ]
      [0.125 0.25  0.375 0.75 ]
      [0.5   0.    1.    1.   ]
      [0.625 0.25  0.875 0.75 ]]]
    """
    _single("MultiBoxPrior", data=data)
    if data.dim() < 4:
        raise MXNetError(f"MultiBoxPrior: data is {describe(data)}; expected (n, channels, height, width)")
    if not sizes or not ratios:
        raise MXNetError(f"MultiBoxPrior: sizes={sizes}, ratios={ratios}; expected one or more of each")
    _numbers("MultiBoxPrior", 2, steps=steps, offsets=offsets)
    if steps[0] * steps[1] < 0:
        raise MXNetError(f"MultiBoxPrior: steps={steps}; expected both above 0, or neither")
    height, width = data.shape[2:4]
    distances = steps if min(steps) > 0 else (1 / height, 1 / width)
    y, x = (
        (torch.arange(length, dtype=torch.float32, device=data.device) + offset) * step
        for length, offset, step in zip((height, width), offsets, distances)
    )
    boxes = []
    for half_width, half_height in _half_sides(sizes, ratios, height, width):
        edges = (x - half_width)[None], (y - half_height)[:, None], (x + half_width)[None], (y + half_height)[:, None]
        boxes.append(torch.stack([edge.expand(height, width) for edge in edges], -1))
    anchors = torch.stack(boxes, 2).reshape(1, -1, 4)
    return constant(anchors.clamp(0, 1) if clip else anchors, data)


def _half_sides(sizes: Floats, ratios: Floats, height: int, width: int) -> list[tuple[float, float]]:
    """Half the width and half the height of the boxes around one element, computed in single precision."""
    side = np.array([*sizes, *(sizes[0] for _ in ratios[1:])], np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):  # a ratio of 0 or less: nan and inf, as in MXNet
        root = np.sqrt(np.array([*(ratios[0] for _ in sizes), *ratios[1:]], np.float32))
        wide = side * np.float32(height) / np.float32(width) * root / 2
        return list(zip(wide.tolist(), (side / root / 2).tolist()))


def _matched(overlaps: torch.Tensor, threshold: float) -> torch.Tensor:
    """The object that each anchor belongs to, -1 for none.

    Every object gets the anchor that it overlaps most, the largest overlap first; then every other anchor gets the
    object that it overlaps most, if by more than the threshold.

    Parameters
    ----------
    overlaps : torch.Tensor (n, anchors, objects)
        -1 where there is no such object
    threshold : float
        only the first step where it is not positive
    """
    images, anchors, objects = overlaps.shape
    found = torch.full((images, anchors), -1, dtype=torch.long, device=overlaps.device)
    if not anchors or not objects:
        return found
    free, image = overlaps.clone(), torch.arange(images, device=overlaps.device)
    for _ in range(objects):
        pair = free.view(images, -1).argmax(1)
        anchor, one = pair // objects, pair % objects
        better = free[image, anchor, one] > _LEAST_OVERLAP
        found[image, anchor] = torch.where(better, one, found[image, anchor])
        free[image, anchor, :] = -1  # where nothing overlaps there is nothing to take away either
        free[image, :, one] = -1
    if threshold > 0:
        best, one = overlaps.max(2).values, overlaps.argmax(2)
        found = torch.where((found < 0) & (best > threshold), one, found)
    return found


def _negatives(
    scores: torch.Tensor, overlaps: torch.Tensor, positive: torch.Tensor, ratio: float, threshold: float
) -> torch.Tensor:
    """The anchors learned as background: so many for each with an object, those that are least taken for it first.

    Parameters
    ----------
    scores : torch.Tensor (n, classes, anchors)
        what the network says, background first
    overlaps : torch.Tensor (n, anchors)
        the largest overlap with an object; from the threshold on an anchor is left out
    positive : torch.Tensor (n, anchors)
        the anchors with an object
    """
    count = torch.minimum((positive.sum(1) * torch.tensor(ratio)).long(), (~positive).sum(1))
    shifted = (scores - scores.amax(1, keepdim=True)).exp()
    background = shifted[:, 0] / shifted.sum(1)
    candidate = ~positive & (overlaps < threshold)
    if bool((candidate.sum(1) < count).any()):
        few = int((candidate.sum(1) < count).nonzero()[0])
        raise MXNetError(
            f"MultiBoxTarget: negative_mining_ratio={ratio} asks for {int(count[few])} anchors of image {few} that "
            f"overlap no object by negative_mining_thresh={threshold} or more; there are {int(candidate[few].sum())}"
        )
    order = background.nan_to_num(2).masked_fill(~candidate, torch.inf).sort(dim=1, stable=True).indices
    rank = torch.arange(order.shape[1], device=order.device).expand_as(order)
    place = torch.empty_like(order).scatter_(1, order, rank)
    return candidate & (place < count.unsqueeze(1))


def _encoded(anchors: torch.Tensor, boxes: torch.Tensor, variances: Floats) -> torch.Tensor:
    """Boxes (n, anchors, 4) as steps from their anchors (anchors, 4): of the center, and of the sides' logarithm."""
    left, top, right, bottom = anchors.unbind(-1)
    width, height = right - left, bottom - top
    x, y = (left + right) * 0.5, (top + bottom) * 0.5
    theirs = boxes.unbind(-1)
    wide, high = theirs[2] - theirs[0], theirs[3] - theirs[1]
    steps = (
        ((theirs[0] + theirs[2]) * 0.5 - x) / width / variances[0],
        ((theirs[1] + theirs[3]) * 0.5 - y) / height / variances[1],
        torch.log(wide / width) / variances[2],
        torch.log(high / height) / variances[3],
    )
    return torch.stack(steps, -1)


@operator(
    "_contrib_MultiBoxTarget",
    "_npx_multibox_target",
    num_outputs=3,
    outputs=("loc_target", "loc_mask", "cls_target"),
    host=host.CHECKS,
)
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
    variances: Floats = (0.1, 0.1, 0.2, 0.2),
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What every anchor box is to learn: its object's class, and how far the object lies from it.

    Every object gets the anchor that it overlaps most, the largest overlap first; every other anchor gets the object
    that it overlaps most, if they overlap by more than the threshold.

    Parameters
    ----------
    anchor : NDArray (1, anchors, 4)
        left, top, right and bottom, from :func:`multibox_prior`
    label : NDArray (n, objects, 5 or more)
        class, left, top, right and bottom; an image with fewer objects has rows of -1 after them
    cls_pred : NDArray (n, classes + 1, anchors)
        what the network says of classes, background first; looked at with ``negative_mining_ratio``
    overlap_threshold : float
        see above; if it is not positive only the anchors that are best for an object get one
    ignore_label : float
        the class of anchors that are not to be learned, and of all anchors of an image without objects
    negative_mining_ratio : float
        how many anchors are learned as background for each that has an object, those first that the network takes least
        for background; all of them where it is not positive
    negative_mining_thresh : float
        with ``negative_mining_ratio``: an anchor that overlaps an object by this much or more is ignored
    minimum_negative_samples : int
        taken for MXNet's sake, which does not look at it
    variances : tuple of 4 floats
        what the steps of x, y, width and height are divided by

    Returns
    -------
    loc_target, loc_mask : NDArray (n, 4 * anchors)
        steps from the anchors to their objects, and 1 where there are some; both 0 for anchors without an object
    cls_target : NDArray (n, anchors)
        1 + the class of the object, 0 for background, or `ignore_label`

    There are no gradients.

    Raises
    ------
    MXNetError
        shapes or dtypes that do not fit; a row of class -1 with coordinates; attributes out of range

    References
    ----------
    Liu and others 2016, SSD: Single Shot MultiBox Detector

    Examples
    --------
    >>> anchors = mx.nd.array([[[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]]])
    >>> labels = mx.nd.array([[[1, 0, 0, 0.5, 0.4]]])
    >>> steps, mask, classes = mx.nd.contrib.MultiBoxTarget(anchors, labels, mx.nd.zeros((1, 3, 2)))
    >>> print(classes.asnumpy(), mask.asnumpy())
    [[2. 0.]] [[1. 1. 1. 1. 0. 0. 0. 0.]]
    """
    _single("MultiBoxTarget", anchor=anchor, label=label, cls_pred=cls_pred)
    if anchor.dim() != 3 or anchor.shape[0] != 1 or anchor.shape[2] != 4:
        raise MXNetError(f"MultiBoxTarget: anchor is {describe(anchor)}; expected (1, anchors, 4)")
    if label.dim() != 3 or label.shape[2] < 5:
        raise MXNetError(f"MultiBoxTarget: label is {describe(label)}; expected (n, objects, 5 or more)")
    count = anchor.shape[1]
    if cls_pred.dim() != 3 or cls_pred.shape[2] != count or cls_pred.shape[0] != label.shape[0]:
        raise MXNetError(
            f"MultiBoxTarget: cls_pred is {describe(cls_pred)} with label {describe(label)} and anchor "
            f"{describe(anchor)}; expected ({label.shape[0]}, classes, {count})"
        )
    _numbers("MultiBoxTarget", 4, variances=variances)
    if negative_mining_ratio > 0 and negative_mining_thresh <= 0:
        raise MXNetError(
            f"MultiBoxTarget: negative_mining_thresh={negative_mining_thresh} with negative_mining_ratio="
            f"{negative_mining_ratio}; expected above 0"
        )
    boxes, labels, scores = anchor.detach()[0], label.detach(), cls_pred.detach()
    if labels.is_meta:
        shapes = ((4 * count,), (4 * count,), (count,))
        steps, mask, classes = (labels.new_empty((labels.shape[0], *shape)) for shape in shapes)
        return steps, mask, classes
    real = (labels[:, :, 0] != -1).cummin(1).values  # what follows the first row of -1 is not looked at
    _check_padding(labels, real)
    labels = labels[:, : int(real.sum(1).max()) if real.numel() else 0]
    real = real[:, : labels.shape[1]]
    overlaps = overlap(boxes[None, :, None], labels[:, None, :, 1:5], negative_sides=True)
    overlaps = overlaps.nan_to_num(-1).masked_fill(~real[:, None], -1)
    owner = _matched(overlaps, overlap_threshold)
    positive, some = owner >= 0, real.any(1, keepdim=True)
    if not labels.shape[1]:
        labels, owner = labels.new_zeros((labels.shape[0], 1, label.shape[2])), owner.clamp(min=0)
    objects = labels.gather(1, owner.clamp(min=0).unsqueeze(2).expand(-1, -1, labels.shape[2]))
    steps = _encoded(boxes, objects[..., 1:5], variances).masked_fill(~positive.unsqueeze(2), 0)
    if negative_mining_ratio > 0 and overlaps.shape[2]:
        negative = _negatives(scores, overlaps.amax(2), positive, negative_mining_ratio, negative_mining_thresh)
    else:
        negative = ~positive
    classes = torch.full_like(steps[..., 0], ignore_label).masked_fill(negative & some, 0)
    classes = torch.where(positive, objects[..., 0] + 1, classes)
    mask = positive.unsqueeze(2).expand_as(steps).to(steps.dtype)
    results = (steps.flatten(1), mask.flatten(1), classes)
    first, second, third = (constant(each, anchor, label, cls_pred) for each in results)
    return first, second, third


def _check_padding(labels: torch.Tensor, real: torch.Tensor) -> None:
    """Refuse coordinates in the first row of class -1."""
    first = ~real & torch.cat([torch.ones_like(real[:, :1]), real], 1)[:, :-1]
    wrong = first & (labels[:, :, 1:5] != -1).any(2)
    if bool(wrong.any()):
        image, row = wrong.nonzero()[0].tolist()
        raise MXNetError(
            f"MultiBoxTarget: label[{image}, {row}] is {labels[image, row].tolist()}; expected -1 for coordinates too "
            "where the class is -1"
        )


def _decoded(anchors: torch.Tensor, steps: torch.Tensor, variances: Floats, clip: bool) -> torch.Tensor:
    """The boxes (n, anchors, 4) that steps from anchors (anchors, 4) lead to."""
    left, top, right, bottom = anchors.unbind(-1)
    width, height = right - left, bottom - top
    x, y = (left + right) / 2, (top + bottom) / 2
    across, down, wider, higher = steps.unbind(-1)
    x, y = across * variances[0] * width + x, down * variances[1] * height + y
    half_width, half_height = (wider * variances[2]).exp() * width / 2, (higher * variances[3]).exp() * height / 2
    boxes = torch.stack([x - half_width, y - half_height, x + half_width, y + half_height], -1)
    return boxes.clamp(0, 1).nan_to_num(1) if clip else boxes  # nan is 1 then in MXNet


def _covering(boxes: np.ndarray, threshold: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Which boxes others cover: those that they overlap by the threshold or more."""
    return lambda some, others: overlap_of_rows(boxes, some, others, negative_sides=True) >= threshold


def _suppressed(rows: np.ndarray, topk: int, threshold: float, every_class: bool) -> np.ndarray:
    """Detections (class, score, box), best first, of class -1 where a better one covers them or they are too many.

    Of those that are not among the best `topk` MXNet leaves what stood in their places before.
    """
    order = np.argsort(-rows[:, 1], kind="stable")
    order = order[:topk] if topk > 0 else order
    best, result = rows[order], rows.copy()
    result[:, 0] = -1
    result[: len(best)] = best
    classes = None if every_class else best[:, 0]
    kept = survivors(np.arange(len(best)), _covering(best[:, 2:], threshold), classes)
    result[:, 0] = -1
    result[kept, 0] = best[kept, 0]
    return result


@operator("_contrib_MultiBoxDetection", "_npx_multibox_detection", host=host.COMPUTES)
def multibox_detection(
    cls_prob: torch.Tensor,
    loc_pred: torch.Tensor,
    anchor: torch.Tensor,
    *,
    clip: bool = True,
    threshold: float = 0.01,
    background_id: int = 0,
    nms_threshold: float = 0.5,
    force_suppress: bool = False,
    variances: Floats = (0.1, 0.1, 0.2, 0.2),
    nms_topk: int = -1,
) -> torch.Tensor:
    """The boxes that a network found: each anchor's best class and its box, without those that a better one covers.

    Parameters
    ----------
    cls_prob : NDArray (n, classes + 1, anchors)
        probabilities of classes, background first
    loc_pred : NDArray (n, 4 * anchors)
        steps from the anchors to the boxes, as :func:`multibox_target` has them
    anchor : NDArray (1, anchors, 4)
        left, top, right and bottom
    clip : bool
        keep coordinates between 0 and 1
    threshold : float
        anchors whose best class is less probable go
    background_id : int
        taken for MXNet's sake, for which it is 0 always
    nms_threshold : float
        a box goes that overlaps a better one by this much or more; where it is not above 0 and at most 1 nothing is
        sorted and nothing goes
    force_suppress : bool
        a box takes away those of other classes too
    variances : tuple of 4 floats
        what the steps of x, y, width and height are multiplied by
    nms_topk : int
        how many of the best boxes are looked at, all where it is not positive

    Returns
    -------
    NDArray (n, anchors, 6)
        class, probability, left, top, right and bottom, the most probable first; the class is -1 for what was taken
        away, and everything is -1 in rows that nothing was found for. There are no gradients

    Raises
    ------
    MXNetError
        shapes or dtypes that do not fit

    References
    ----------
    Liu and others 2016, SSD: Single Shot MultiBox Detector

    Examples
    --------
    >>> anchors = mx.nd.array([[[0, 0, 0.5, 0.5], [0, 0, 0.5, 0.6]]])
    >>> found = mx.nd.array([[[0.1, 0.2], [0.9, 0.8]]])
    >>> print(mx.nd.contrib.MultiBoxDetection(found, mx.nd.zeros((1, 8)), anchors).asnumpy())
    [[[ 0.   0.9  0.   0.   0.5  0.5]
      [-1.   0.8  0.   0.   0.5  0.6]]]
    """
    _single("MultiBoxDetection", cls_prob=cls_prob, loc_pred=loc_pred, anchor=anchor)
    if cls_prob.dim() != 3 or anchor.dim() != 3 or loc_pred.dim() != 2:
        raise MXNetError(
            f"MultiBoxDetection: cls_prob {describe(cls_prob)}, loc_pred {describe(loc_pred)}, anchor "
            f"{describe(anchor)}; expected (n, classes, anchors), (n, 4 * anchors) and (1, anchors, 4)"
        )
    images, classes, count = cls_prob.shape
    if tuple(loc_pred.shape) != (images, 4 * count) or tuple(anchor.shape) != (1, count, 4):
        raise MXNetError(
            f"MultiBoxDetection: loc_pred is {describe(loc_pred)} and anchor {describe(anchor)}; expected "
            f"({images}, {4 * count}) and (1, {count}, 4) for cls_prob {describe(cls_prob)}"
        )
    _numbers("MultiBoxDetection", 4, variances=variances)
    if cls_prob.is_meta:
        return cls_prob.new_empty((images, count, 6))
    boxes = _decoded(anchor.detach()[0], loc_pred.detach().reshape(images, count, 4), variances, clip)
    result = cls_prob.new_full((images, count, 6), -1)
    if classes > 1:
        scores = cls_prob.detach()[:, 1:].nan_to_num(-1, torch.inf, -torch.inf)
        best = scores.argmax(1)
        score = scores.gather(1, best.unsqueeze(1)).squeeze(1)
        rows = torch.cat([best.unsqueeze(2).to(score.dtype), score.unsqueeze(2), boxes], 2).cpu().numpy()
        found = ((score > -1) & (score >= threshold)).cpu().numpy()
        for place, (row, valid) in enumerate(zip(rows, found)):
            kept = row[valid]
            if 0 < nms_threshold <= 1:
                kept = _suppressed(kept, nms_topk, nms_threshold, force_suppress)
            result[place, : len(kept)] = torch.from_numpy(kept).to(result.device)
    return constant(result, cls_prob, loc_pred, anchor)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

_ALL = ("_contrib_MultiBoxPrior", "_contrib_MultiBoxTarget", "_contrib_MultiBoxDetection")
rule("head", *_ALL)(piecewise_constant)
rule("dtype", *_ALL)(fixed(torch.float32))
rule("inputs", "_contrib_MultiBoxPrior")("only two lengths of a feature map count, as a product")


@rule("inputs", "_contrib_MultiBoxTarget")
def _anchors_labels_scores(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    label, scores, steps, mask, classes = *inputs[1:], *outputs[:3]
    count = max(length_or(inputs[0], 1), length_or(scores, 2), length_or(classes, 1))
    if count == UNKNOWN:
        count = next((length_or(each, 1) // 4 for each in (steps, mask) if length_or(each, 1) != UNKNOWN), UNKNOWN)
    images = max(length_or(each, 0) for each in (label, scores, steps, mask, classes))
    return (1, count, 4), (images, UNKNOWN, UNKNOWN), (images, UNKNOWN, count)


@rule("inputs", "_contrib_MultiBoxDetection")
def _scores_steps_anchors(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    scores, steps, anchor, out = *inputs[:3], outputs[0]
    images = max(length_or(each, 0) for each in (scores, steps, out))
    count = max(length_or(scores, 2), length_or(anchor, 1), length_or(out, 1))
    if count == UNKNOWN and length_or(steps, 1) != UNKNOWN:
        count = length_or(steps, 1) // 4
    return (images, UNKNOWN, count), (images, product((4, count))), (1, count, 4)
