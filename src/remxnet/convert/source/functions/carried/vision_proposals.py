"""Made by tools/carried.py from mxnet.ops.vision.proposals; edits are lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from .vision_boxes import survivors

_HALF = np.float32(0.5)


_ONE = np.float32(1)


def anchors_around(
    side: int, ratios: tuple[float, ...], scales: tuple[float, ...]
) -> np.ndarray:
    """The boxes around one element of a feature map, in pixels: of all ratios (height
    by width) and scales.
    """
    found, center, area = ([], _HALF * np.float32(side - 1), np.float32(side * side))
    for ratio in np.array(ratios, np.float32):
        width = np.floor(np.sqrt(np.floor(area / ratio)) + _HALF)
        height = np.floor(width * ratio + _HALF)
        for scale in np.array(scales, np.float32):
            half = _HALF * (np.array([width, height]) * scale - _ONE)
            found.append(np.concatenate([center - half, center + half]))
    return np.array(found, np.float32)


def _moved(anchors: np.ndarray, steps: np.ndarray, corners: bool) -> np.ndarray:
    """The boxes that steps from anchors lead to; right and bottom belong to a box."""
    if corners:
        return anchors + steps
    sides = anchors[:, 2:] - anchors[:, :2] + _ONE
    middle = anchors[:, :2] + _HALF * (sides - _ONE)
    middle = steps[:, :2] * sides + middle
    with np.errstate(over="ignore"):
        sides = np.exp(steps[:, 2:]) * sides
    half = _HALF * (sides - _ONE)
    return np.concatenate([middle - half, middle + half], 1)


def _covering_of_proposals(boxes: np.ndarray, threshold: float):
    """Which boxes others cover: those that they overlap by more than the threshold."""
    areas = np.prod(boxes[:, 2:] - boxes[:, :2] + _ONE, 1)

    def covered(some: np.ndarray, others: np.ndarray) -> np.ndarray:
        lhs, rhs = (boxes[some][:, None], boxes[others][None])
        wide, high = (
            np.minimum(lhs[..., axis + 2], rhs[..., axis + 2])
            - np.maximum(lhs[..., axis], rhs[..., axis])
            + _ONE
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
    scales: tuple[float, ...],
    ratios: tuple[float, ...],
    stride: int,
    corners: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """The boxes of one image, best first, and their scores."""
    around = anchors_around(stride, ratios, scales)
    count, rows, columns = scores.shape
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    shift = (np.stack([x, y, x, y], -1) * stride).astype(np.float32).reshape(-1, 1, 4)
    anchors = (shift + around).reshape(-1, 4)
    moves = steps.reshape(count, 4, rows, columns).transpose(2, 3, 0, 1).reshape(-1, 4)
    last = np.array([info[1], info[0]] * 2, np.float32) - _ONE
    boxes = np.maximum(np.minimum(_moved(anchors, moves, corners), last), np.float32(0))
    score = scores.transpose(1, 2, 0).reshape(-1).copy()
    inside = (y < int(info[0] / np.float32(stride))) & (
        x < int(info[1] / np.float32(stride))
    )
    score[~np.repeat(inside.reshape(-1), count)] = -1
    least = np.float32(smallest) * info[2]
    small = (boxes[:, 2:] - boxes[:, :2] + _ONE < least).any(1)
    boxes[small] += np.array([-1, -1, 1, 1], np.float32) * (least / 2)
    score[small] = -1
    order = np.argsort(-score, kind="stable")
    best, score = (boxes[order[:before]], score[order[:before]])
    kept = survivors(np.arange(len(best)), _covering_of_proposals(best, threshold))[
        :after
    ]
    places = np.resize(kept, after)
    return (best[places], score[places])


def _propose(
    name: str,
    cls_prob: torch.Tensor,
    bbox_pred: torch.Tensor,
    im_info: torch.Tensor,
    attributes: dict[str, Any],
) -> Any:
    """What both operators have in common."""
    scales, ratios = (attributes["scales"], attributes["ratios"])
    count, output_score, iou_loss = (
        len(scales) * len(ratios),
        attributes["output_score"],
        attributes["iou_loss"],
    )
    images = cls_prob.shape[0] if cls_prob.dim() else 0
    area = tuple(cls_prob.shape[2:])
    total = count * area[0] * area[1]
    before = attributes["rpn_pre_nms_top_n"]
    before = min(before, total) if before > 0 else total
    after = attributes["rpn_post_nms_top_n"]
    rois = cls_prob.new_zeros((images * after, 5))
    scores = cls_prob.new_zeros((images * after, 1))
    if total:
        given = [
            tensor.detach().cpu().numpy() for tensor in (cls_prob, bbox_pred, im_info)
        ]
        for image, (of_classes, steps, info) in enumerate(zip(*given)):
            boxes, score = _proposed(
                of_classes[count:],
                steps,
                info,
                before,
                after,
                attributes["threshold"],
                attributes["rpn_min_size"],
                scales,
                ratios,
                attributes["feature_stride"],
                iou_loss,
            )
            mine = slice(image * after, (image + 1) * after)
            rois[mine, 0] = image
            rois[mine, 1:] = torch.from_numpy(boxes).to(rois.device)
            scores[mine, 0] = torch.from_numpy(score).to(rois.device)
    return (rois, scores) if output_score else rois


def multi_proposal(
    cls_prob: torch.Tensor,
    bbox_pred: torch.Tensor,
    im_info: torch.Tensor,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: tuple[float, ...] = (4.0, 8.0, 16.0, 32.0),
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> Any:
    """Regions of images that may hold an object."""
    return _propose(
        "MultiProposal",
        cls_prob,
        bbox_pred,
        im_info,
        {
            "rpn_pre_nms_top_n": rpn_pre_nms_top_n,
            "rpn_post_nms_top_n": rpn_post_nms_top_n,
            "threshold": threshold,
            "rpn_min_size": rpn_min_size,
            "scales": scales,
            "ratios": ratios,
            "feature_stride": feature_stride,
            "output_score": output_score,
            "iou_loss": iou_loss,
        },
    )


def proposal(
    cls_prob: torch.Tensor,
    bbox_pred: torch.Tensor,
    im_info: torch.Tensor,
    *,
    rpn_pre_nms_top_n: int = 6000,
    rpn_post_nms_top_n: int = 300,
    threshold: float = 0.7,
    rpn_min_size: int = 16,
    scales: tuple[float, ...] = (4.0, 8.0, 16.0, 32.0),
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0),
    feature_stride: int = 16,
    output_score: bool = False,
    iou_loss: bool = False,
) -> Any:
    """Regions of one image that may hold an object: :func:`multi_proposal` for a batch
    of one.
    """
    return _propose(
        "Proposal",
        cls_prob,
        bbox_pred,
        im_info,
        {
            "rpn_pre_nms_top_n": rpn_pre_nms_top_n,
            "rpn_post_nms_top_n": rpn_post_nms_top_n,
            "threshold": threshold,
            "rpn_min_size": rpn_min_size,
            "scales": scales,
            "ratios": ratios,
            "feature_stride": feature_stride,
            "output_score": output_score,
            "iou_loss": iou_loss,
        },
    )
