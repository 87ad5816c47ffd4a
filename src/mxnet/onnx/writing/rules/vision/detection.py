"""Detection: what anchors and scores propose, and features of regions."""

from __future__ import annotations

import numpy as np

from .....ops.registry import rule
from .....ops.vision.proposals import anchors_around
from ...lengths import Length
from ...terms import Term
from ...walking import At
from ..array.indexing import numbers
from .boxes import in_order, surviving, taken, to_the_front

Terms = Term | tuple[Term, ...]


@rule("onnx", "_contrib_MultiBoxDetection")
def multibox_detection(at: At, cls_prob: Term, loc_pred: Term, anchor: Term) -> Term:
    batch, classes, count = cls_prob.lengths
    boxes = _decoded(at, anchor, loc_pred.reshape(batch, count, 4))
    if classes == 1:
        return at.expand(at.constant(-1.0, "float32"), at.shape)
    scores = cls_prob.slice(1, 1, None)
    scores = at.where(at.op("IsNaN", scores), -1.0, scores)
    best = at.op("ArgMax", scores, axis=1, keepdims=0).cast("float32")
    score = scores.reduce("Max", [1], keepdims=False)
    valid = (score > -1.0) & (score >= at["threshold"])
    rows = at.concat([best.unsqueeze(2), score.unsqueeze(2), boxes], 2)
    front, shown = to_the_front(at, valid, count)
    compact = taken(at, rows, front)
    if not 0 < at["nms_threshold"] <= 1:
        return at.where(shown.unsqueeze(2), compact, -1.0)
    order, candidates = in_order(at, score, count, valid)
    ordered = taken(at, rows, order)
    if at["nms_topk"] > 0:
        first = (numbers(at, count) < at["nms_topk"]).unsqueeze(0)
        candidates = candidates & first
        ordered = at.where(first.unsqueeze(2), ordered, compact)  # beyond stand the others, as they came
    own = None if at["force_suppress"] else ordered.slice(2, 0, 1).squeeze(2).cast("int64")
    # an overlap of just the threshold is enough
    threshold = float(np.nextafter(np.float32(at["nms_threshold"]), np.float32(0)))
    kept = surviving(at, ordered.slice(2, 2, 6), candidates, threshold, batch, count, own)
    label = at.where(kept.unsqueeze(2), ordered.slice(2, 0, 1), -1.0)
    return at.where(shown.unsqueeze(2), at.concat([label, ordered.slice(2, 1, None)], 2), -1.0)


def _decoded(at: At, anchor: Term, steps: Term) -> Term:
    """Boxes from anchors (1, count, 4) and steps (batch, count, 4)."""
    variances = at["variances"]
    low, high = anchor.slice(2, 0, 2), anchor.slice(2, 2, 4)
    sides, middle = high - low, (low + high) / 2.0
    moves = steps.slice(2, 0, 2) * at.constant(variances[:2], "float32")
    grows = steps.slice(2, 2, 4) * at.constant(variances[2:], "float32")
    center, half = moves * sides + middle, at.op("Exp", grows) * sides / 2.0
    boxes = at.concat([center - half, center + half], 2)
    return at.op("Clip", boxes, at.constant(0.0, "float32"), at.constant(1.0, "float32")) if at["clip"] else boxes


rule("onnx", "_contrib_MultiBoxTarget")("it makes targets for training; a model that predicts does without")


# --- proposals -------------------------------------------------------------------------------------------------------


@rule("onnx", "_contrib_Proposal", "_contrib_MultiProposal")
def proposal(at: At, cls_prob: Term, bbox_pred: Term, im_info: Term) -> Terms:
    images, after = int(cls_prob.lengths[0]), at["rpn_post_nms_top_n"]
    rois, scores = [], []
    for image in range(images):
        own = [each.slice(0, image, image + 1) for each in (cls_prob, bbox_pred, im_info)]
        boxes, score = _proposed(at, own[0], own[1], own[2], cls_prob.lengths[2:])
        number = at.constant(np.full((after, 1), image), "float32")
        rois.append(at.concat([number, boxes], 1))
        scores.append(score)
    found = at.concat(rois, 0)
    return (found, at.concat(scores, 0)) if at["output_score"] else found


def _proposed(at: At, probabilities: Term, steps: Term, info: Term, area: tuple[Length, ...]) -> tuple[Term, Term]:
    """The proposals (after, 4) for one image, and their scores (after, 1)."""
    stride, corners_moved = at["feature_stride"], at["iou_loss"]
    around = anchors_around(stride, at["ratios"], at["scales"])
    count, (rows, columns) = len(around), (int(each) for each in area)
    y, x = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    shift = (np.stack([x, y, x, y], -1) * stride).astype("float32").reshape(-1, 1, 4)
    anchors = (shift + around).reshape(1, -1, 4)
    total = anchors.shape[1]
    moves = steps.reshape(count, 4, rows, columns).transpose(2, 3, 0, 1).reshape(1, total, 4)
    size = [info.slice(1, place, place + 1).reshape(1, 1, 1) for place in range(3)]
    last = at.concat([size[1], size[0]] * 2, 2) - 1.0
    boxes = _moved(at, anchors, moves, corners_moved)
    boxes = at.op("Max", at.op("Min", boxes, last), at.constant(0.0, "float32"))
    score = probabilities.slice(1, count, None).transpose(0, 2, 3, 1).reshape(1, total)
    inside = [
        at.constant(np.repeat(each.reshape(1, -1), count, 1)) < (whole.squeeze(2) / float(stride)).cast("int64")
        for each, whole in ((y, size[0]), (x, size[1]))
    ]
    score = at.where(inside[0] & inside[1], score, -1.0)
    least = size[2] * float(at["rpn_min_size"])
    narrow = (boxes.slice(2, 2, 4) - boxes.slice(2, 0, 2) + 1.0) < least
    small = narrow.cast("int32").reduce("Max", [2]).cast("bool")
    spread = at.constant([-1, -1, 1, 1], "float32") * (least / 2.0)
    boxes = at.where(small, boxes + spread, boxes)
    score = at.where(small.squeeze(2), -1.0, score)
    before, after = at["rpn_pre_nms_top_n"], at["rpn_post_nms_top_n"]
    before = min(before, total) if before > 0 else total
    values, order = at.ops(
        "TopK", score, at.constant([before]), dtypes=["float32", "int64"], axis=1, largest=1, sorted=1
    )
    best = taken(at, boxes, order)
    # sides count the pixels they end in
    wide = best + at.constant([0, 0, 1, 1], "float32")
    everything = at.constant(np.ones((1, before)), "bool")
    kept = surviving(at, wide, everything, at["threshold"], 1, before)
    places = at.op("NonZero", kept.squeeze(0)).squeeze(0)
    few = at.op("Min", at.op("Shape", places), at.constant([after]))
    chosen = at.op(
        "Gather", places, at.op("Mod", at.constant(np.arange(after)), few), axis=0
    )  # over again from the first
    found = at.op("Gather", best.squeeze(0), chosen, axis=0)
    return found, at.op("Gather", values.squeeze(0), chosen, axis=0).unsqueeze(1)


def _moved(at: At, anchors: np.ndarray[tuple[int, ...], np.dtype[np.float32]], moves: Term, corners: bool) -> Term:
    if corners:
        return at.constant(anchors, "float32") + moves
    sides = anchors[..., 2:] - anchors[..., :2] + 1
    middle = anchors[..., :2] + 0.5 * (sides - 1)
    wide = at.constant(sides, "float32")
    center = moves.slice(2, 0, 2) * wide + at.constant(middle, "float32")
    half = (at.op("Exp", moves.slice(2, 2, 4)) * wide - 1.0) * 0.5
    return at.concat([center - half, center + half], 2)


# --- features of regions ---------------------------------------------------------------------------------------------


def _of_images(at: At, data: Term, rois: Term, pooled: Term, images: Length) -> Term:
    """Zeros for regions of images that are not there."""
    number = rois.slice(1, 0, 1).cast("int64")
    there = ~(number < 0) & (number < at.builder.length(images))
    return at.where(there.unsqueeze(2, 3), pooled, 0.0)


def _image_numbers(at: At, rois: Term, images: Length) -> Term:
    number = rois.slice(1, 0, 1).cast("int64")
    return at.op("Min", at.op("Max", number, at.constant(0)), at.builder.length(images) - 1)


@rule("onnx", "ROIPooling")
def roi_pooling(at: At, data: Term, rois: Term) -> Term:
    images = data.lengths[0]
    number = _image_numbers(at, rois, images).cast(rois.dtype)
    # to the nearest pixel, a half away from zero
    scaled = rois.slice(1, 1, 5) * at["spatial_scale"]
    pixels = at.op("Sign", scaled) * at.op("Floor", at.op("Abs", scaled) + 0.5)
    regions = at.concat([number, pixels], 1)
    pooled = at.op("MaxRoiPool", data, regions, pooled_shape=at["pooled_size"], spatial_scale=1.0)
    return _of_images(at, data, rois, pooled, images)


@rule("onnx", "_contrib_ROIAlign")
def roi_align(at: At, data: Term, rois: Term) -> Term:
    images = data.lengths[0]
    rows, columns = at["pooled_size"]
    pooled = at.op(
        "RoiAlign", data, rois.slice(1, 1, 5), _image_numbers(at, rois, images).squeeze(1), mode="avg",
        output_height=rows, output_width=columns, sampling_ratio=max(at["sample_ratio"], 0),
        spatial_scale=at["spatial_scale"],
        coordinate_transformation_mode="half_pixel" if at["aligned"] else "output_half_pixel",
    )  # fmt: skip
    if at["position_sensitive"]:  # each field has channels of its own
        fields = rows * columns
        channels = int(data.lengths[1]) // fields
        flat = pooled.reshape(rois.lengths[0], channels, fields * fields)
        own = at.op("Gather", flat, at.constant(np.arange(fields) * (fields + 1)), axis=2)
        pooled = own.reshape(rois.lengths[0], channels, rows, columns)
    return _of_images(at, data, rois, pooled, images)


_OWN = "ONNX has no operator that samples regions like this; its RoiAlign and MaxRoiPool read other places"
rule("onnx", "_contrib_PSROIPooling", "_contrib_DeformablePSROIPooling", "_contrib_RROIAlign")(_OWN)
