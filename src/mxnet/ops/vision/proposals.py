"""Regions that a network proposes (Faster R-CNN): anchors moved as it says, the best of those that do not overlap."""

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
from ..shape_rules import Partials, length_or
from .boxes import survivors

__all__ = ["multi_proposal", "proposal"]

_ONE, _HALF = np.float32(1), np.float32(0.5)


def anchors_around(side: int, ratios: Floats, scales: Floats) -> np.ndarray:
    """The boxes around one element of a feature map, in pixels: of all ratios (height by width) and scales."""
    found, center, area = [], _HALF * np.float32(side - 1), np.float32(side * side)
    for ratio in np.array(ratios, np.float32):
        width = np.floor(np.sqrt(np.floor(area / ratio)) + _HALF)
        height = np.floor(width * ratio + _HALF)
        for scale in np.array(scales, np.float32):
            half = _HALF * (np.array([width, height]) * scale - _ONE)
            found.append(np.concatenate([center - half, center + half]))
    return np.array(found, np.float32)


def _moved(anchors: np.ndarray, steps: np.ndarray, corners: bool) -> np.ndarray:
    """The boxes that steps from anchors lead to; right and bottom belong to a box.

    With `corners` the steps are those of left, top, right and bottom, in pixels.
    """
    if corners:
        return anchors + steps
    sides = anchors[:, 2:] - anchors[:, :2] + _ONE
    middle = anchors[:, :2] + _HALF * (sides - _ONE)
    middle = steps[:, :2] * sides + middle
    with np.errstate(over="ignore"):
        sides = np.exp(steps[:, 2:]) * sides
    half = _HALF * (sides - _ONE)
    return np.concatenate([middle - half, middle + half], 1)


def _covering(boxes: np.ndarray, threshold: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Which boxes others cover: those that they overlap by more than the threshold."""
    areas = np.prod(boxes[:, 2:] - boxes[:, :2] + _ONE, 1)

    def covered(some: np.ndarray, others: np.ndarray) -> np.ndarray:
        lhs, rhs = boxes[some][:, None], boxes[others][None]
        wide, high = (
            np.minimum(lhs[..., axis + 2], rhs[..., axis + 2]) - np.maximum(lhs[..., axis], rhs[..., axis]) + _ONE
            for axis in (0, 1)
        )
        both = np.maximum(wide, 0) * np.maximum(high, 0)
        return both / (areas[some][:, None] + areas[others] - both) > threshold

    return covered


def _proposed(
    scores: np.ndarray,
    steps: np.ndarray,
    info: np.ndarray,
    before: int,
    after: int,
    threshold: float,
    smallest: int,
    scales: Floats,
    ratios: Floats,
    stride: int,
    corners: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The boxes of one image, best first, and their scores.

    Parameters
    ----------
    scores : numpy.ndarray (anchors, rows, columns)
    steps : numpy.ndarray (4 * anchors, rows, columns)
    info : numpy.ndarray (3,)
        the image's height, width and scale
    """
    around = anchors_around(stride, ratios, scales)
    count, rows, columns = scores.shape
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    shift = (np.stack([x, y, x, y], -1) * stride).astype(np.float32).reshape(-1, 1, 4)
    anchors = (shift + around).reshape(-1, 4)
    moves = steps.reshape(count, 4, rows, columns).transpose(2, 3, 0, 1).reshape(-1, 4)
    last = np.array([info[1], info[0]] * 2, np.float32) - _ONE
    boxes = np.maximum(np.minimum(_moved(anchors, moves, corners), last), np.float32(0))
    score = scores.transpose(1, 2, 0).reshape(-1).copy()
    inside = (y < int(info[0] / np.float32(stride))) & (x < int(info[1] / np.float32(stride)))
    score[~np.repeat(inside.reshape(-1), count)] = -1
    least = np.float32(smallest) * info[2]
    small = ((boxes[:, 2:] - boxes[:, :2] + _ONE) < least).any(1)
    boxes[small] += np.array([-1, -1, 1, 1], np.float32) * (least / 2)
    score[small] = -1
    order = np.argsort(-score, kind="stable")
    best, score = boxes[order[:before]], score[order[:before]]
    kept = survivors(np.arange(len(best)), _covering(best, threshold))[:after]
    places = np.resize(kept, after)  # where they are too few they come again
    return best[places], score[places]


def _propose(
    name: str, cls_prob: torch.Tensor, bbox_pred: torch.Tensor, im_info: torch.Tensor, attributes: dict[str, Any]
) -> Any:
    """What both operators have in common."""
    for argument, tensor in (("cls_prob", cls_prob), ("bbox_pred", bbox_pred), ("im_info", im_info)):
        if tensor.dtype is not torch.float32:
            raise MXNetError(f"{name}: {argument} is {describe(tensor)}; expected float32")
    scales, ratios = attributes["scales"], attributes["ratios"]
    count, output_score, iou_loss = len(scales) * len(ratios), attributes["output_score"], attributes["iou_loss"]
    images = cls_prob.shape[0] if cls_prob.dim() else 0
    area = tuple(cls_prob.shape[2:])
    if cls_prob.dim() != 4 or cls_prob.shape[1] != 2 * count:
        raise MXNetError(
            f"{name}: cls_prob is {describe(cls_prob)}; expected (n, {2 * count}, height, width) for {len(scales)} "
            f"scales and {len(ratios)} ratios"
        )
    if tuple(bbox_pred.shape) != (images, 4 * count, *area) or tuple(im_info.shape) != (images, 3):
        raise MXNetError(
            f"{name}: bbox_pred is {describe(bbox_pred)} and im_info {describe(im_info)}; expected "
            f"{(images, 4 * count, *area)} and ({images}, 3)"
        )
    total = count * area[0] * area[1]
    before = attributes["rpn_pre_nms_top_n"]
    before = min(before, total) if before > 0 else total
    after = attributes["rpn_post_nms_top_n"]
    if after < 1:
        raise MXNetError(f"{name}: rpn_post_nms_top_n={after}; expected 1 or more")
    rois = cls_prob.new_zeros((images * after, 5))
    scores = cls_prob.new_zeros((images * after, 1))
    if not cls_prob.is_meta and total:
        given = [tensor.detach().cpu().numpy() for tensor in (cls_prob, bbox_pred, im_info)]
        for image, (of_classes, steps, info) in enumerate(zip(*given)):
            boxes, score = _proposed(
                of_classes[count:], steps, info, before, after, attributes["threshold"], attributes["rpn_min_size"],
                scales, ratios, attributes["feature_stride"], iou_loss,
            )  # fmt: skip
            mine = slice(image * after, (image + 1) * after)
            rois[mine, 0] = image
            rois[mine, 1:] = torch.from_numpy(boxes).to(rois.device)
            scores[mine, 0] = torch.from_numpy(score).to(rois.device)
    inputs = (cls_prob, bbox_pred, im_info)
    return (constant(rois, *inputs), constant(scores, *inputs)) if output_score else constant(rois, *inputs)


def _shown(attributes: Mapping[str, Any]) -> int:
    return 2 if attributes["output_score"] else 1


@operator("_contrib_MultiProposal", num_outputs=_shown, outputs=("output", "score"), host=host.COMPUTES)
def multi_proposal(
    cls_prob: torch.Tensor,
    bbox_pred: torch.Tensor,
    im_info: torch.Tensor,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: Floats = (4.0, 8.0, 16.0, 32.0),
    ratios: Floats = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> Any:
    """Regions of images that may hold an object.

    Around each element of the feature map lie anchors of all ratios and scales. They are moved as the network says and
    cut at the image's edges; of those that overlap the most probable stays.

    Parameters
    ----------
    cls_prob : NDArray (n, 2 * anchors, rows, columns)
        for each anchor how probable background is, then for each how probable an object
    bbox_pred : NDArray (n, 4 * anchors, rows, columns)
        steps from the anchors, of the center in parts of the sides, and of the logarithm of the sides
    im_info : NDArray (n, 3)
        height and width of the images in pixels, and what they were enlarged by
    rpn_pre_nms_top_n, rpn_post_nms_top_n : int
        how many regions are looked at (all where it is not positive), and how many come out; where there are too few
        they come again
    threshold : float
        a region goes that a better one overlaps by more than this
    rpn_min_size : int
        regions with a smaller side, in pixels before the image was enlarged, come last
    scales : tuple of float
        sides of the anchors, in `feature_stride`
    ratios : tuple of float
        height by width
    feature_stride : int
        pixels for each element of the feature map
    output_score : bool
        give the probabilities too
    iou_loss : bool
        the steps are those of left, top, right and bottom, in pixels

    Returns
    -------
    rois : NDArray (n * rpn_post_nms_top_n, 5)
        the image, and left, top, right and bottom in pixels. There are no gradients
    score : NDArray (n * rpn_post_nms_top_n, 1)
        with ``output_score``; -1 for what is too small or comes from outside of the image

    Raises
    ------
    MXNetError
        shapes or dtypes that do not fit

    References
    ----------
    Ren and others 2015, Faster R-CNN
    """
    return _propose(
        "MultiProposal", cls_prob, bbox_pred, im_info,
        {
            "rpn_pre_nms_top_n": rpn_pre_nms_top_n, "rpn_post_nms_top_n": rpn_post_nms_top_n, "threshold": threshold,
            "rpn_min_size": rpn_min_size, "scales": scales, "ratios": ratios, "feature_stride": feature_stride,
            "output_score": output_score, "iou_loss": iou_loss,
        },
    )  # fmt: skip


@operator("_contrib_Proposal", num_outputs=_shown, outputs=("output", "score"), host=host.COMPUTES)
def proposal(
    cls_prob: torch.Tensor,
    bbox_pred: torch.Tensor,
    im_info: torch.Tensor,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: Floats = (4.0, 8.0, 16.0, 32.0),
    ratios: Floats = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> Any:
    """Regions of one image that may hold an object: :func:`multi_proposal` for a batch of one.

    Raises
    ------
    MXNetError
        a batch of several images, and what :func:`multi_proposal` refuses
    """
    if cls_prob.dim() == 4 and cls_prob.shape[0] != 1:
        raise MXNetError(
            f"Proposal: cls_prob is {describe(cls_prob)}; expected one image (MultiProposal takes several)"
        )
    return _propose(
        "Proposal", cls_prob, bbox_pred, im_info,
        {
            "rpn_pre_nms_top_n": rpn_pre_nms_top_n, "rpn_post_nms_top_n": rpn_post_nms_top_n, "threshold": threshold,
            "rpn_min_size": rpn_min_size, "scales": scales, "ratios": ratios, "feature_stride": feature_stride,
            "output_score": output_score, "iou_loss": iou_loss,
        },
    )  # fmt: skip


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("head", "_contrib_MultiProposal", "_contrib_Proposal")(piecewise_constant)
rule("dtype", "_contrib_MultiProposal", "_contrib_Proposal")(fixed(torch.float32))


@rule("inputs", "_contrib_MultiProposal", "_contrib_Proposal")
def _scores_steps_sizes(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    scores, steps, info = inputs[:3]
    count = len(attributes["scales"]) * len(attributes["ratios"])
    images = max(length_or(each, 0) for each in (scores, steps, info))
    rows, columns = (max(length_or(each, axis) for each in (scores, steps)) for axis in (2, 3))
    return (images, 2 * count, rows, columns), (images, 4 * count, rows, columns), (images, 3)
