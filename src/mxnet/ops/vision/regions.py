"""Regions of interest: features of boxes in images, overlap of boxes, and choosing among boxes that overlap.

Boxes are given by their corners, (left, top, right, bottom), or by center and size, (x, y, width, height).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from ...base import MXNetError
from .. import host
from ..gradients import constant, straight_through
from ..registry import Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, alike, length_or
from .boxes import Format, centers, corners, overlap, overlap_of_rows, survivors

__all__ = ["box_iou", "box_nms", "roi_align", "roi_pooling"]


def _check_regions(
    name: str, data: torch.Tensor, rois: torch.Tensor, pooled_size: Shape, spatial_scale: float
) -> tuple[int, int]:
    if data.dim() != 4 or not data.is_floating_point() or data.dtype != rois.dtype:
        raise MXNetError(
            f"{name}: data {describe(data)} and rois {describe(rois)}; expected images (n, channels, height, width) "
            "and rois of the same floating dtype"
        )
    if rois.dim() != 2 or rois.shape[1] != 5:
        raise MXNetError(f"{name}: rois is {describe(rois)}; expected (regions, 5): image, left, top, right, bottom")
    if len(pooled_size) != 2 or min(pooled_size) < 1:
        raise MXNetError(f"{name}: pooled_size={pooled_size}; expected two lengths of 1 or more")
    if not 0 <= spatial_scale <= 1:
        raise MXNetError(f"{name}: spatial_scale={spatial_scale}; expected a number from 0 to 1")
    return pooled_size[0], pooled_size[1]


def _fields(start: np.float32, end: np.float32, count: int, length: int) -> list[range]:
    """The rows (or columns) that each of ``count`` fields of a region covers; neighbours may share one."""
    size = np.maximum(end - start + np.float32(1), np.float32(1)) / np.float32(count)
    steps = np.arange(count + 1, dtype=np.float32)
    low, high = np.floor(steps[:-1] * size) + start, np.ceil(steps[1:] * size) + start
    low, high = (np.clip(bound, 0, length).astype(int) for bound in (low, high))
    return [range(first, last) for first, last in zip(low, high)]


@operator("ROIPooling", "_npx_roi_pooling", outputs=("output", "places"), host=host.COMPUTES, unlearned=("rois",))
def roi_pooling(data: torch.Tensor, rois: torch.Tensor, *, pooled_size: Shape, spatial_scale: float) -> torch.Tensor:
    """The largest elements of the fields of regions of images; each region has the same number of fields.

    Parameters
    ----------
    data : NDArray (n, channels, height, width)
        features of images
    rois : NDArray (regions, 5)
        the number of the image, and left, top, right and bottom, rounded and inclusive; there is no gradient for them
    pooled_size : (rows, columns)
        how many fields a region has
    spatial_scale : float
        what the corners are multiplied by, at most 1

    Returns
    -------
    NDArray (regions, channels, rows, columns)
        0 for a field that lies outside, and for a region of an image that is not there

    Raises
    ------
    MXNetError
        shapes, dtypes or attributes that do not fit

    References
    ----------
    Girshick 2015, Fast R-CNN

    Examples
    --------
    >>> x = mx.nd.arange(16).reshape((1, 1, 4, 4))
    >>> mx.nd.ROIPooling(x, mx.nd.array([[0, 0, 0, 3, 3]]), pooled_size=(2, 2), spatial_scale=1).asnumpy().tolist()
    [[[[5.0, 7.0], [13.0, 15.0]]]]
    """
    rows, columns = _check_regions("ROIPooling", data, rois, pooled_size, spatial_scale)
    images, channels, height, width = data.shape
    if data.is_meta:
        return data.new_empty((rois.shape[0], channels, rows, columns))
    boxes = rois.detach().cpu().float().numpy()
    scaled = boxes[:, 1:] * np.float32(spatial_scale)
    corners = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), scaled)  # halves away from zero
    flat = data.reshape(images, channels, -1)
    found = []
    for image, (left, top, right, bottom) in zip(boxes[:, 0].astype(int), corners):
        across = _fields(left, right, columns, width)
        down = _fields(top, bottom, rows, height)
        longest = max(map(len, down)) * max(map(len, across))
        if not 0 <= image < images or not longest:
            found.append(data.new_zeros((channels, rows, columns)))
            continue
        places = np.empty((rows * columns, longest), dtype=np.int64)
        empty = np.zeros(rows * columns, dtype=bool)
        for field, (ys, xs) in enumerate((ys, xs) for ys in down for xs in across):
            inside = (np.array(ys, dtype=np.int64)[:, None] * width + np.array(xs, dtype=np.int64)).ravel()
            empty[field] = inside.size == 0
            places[field, : inside.size] = inside
            places[field, inside.size :] = inside[-1] if inside.size else 0  # the last again: no larger, and no earlier
        fields = flat[image][:, torch.from_numpy(places).to(data.device)]
        largest = fields.max(2).values.masked_fill(torch.from_numpy(empty).to(data.device), 0)
        found.append(largest.reshape(channels, rows, columns))
    return torch.stack(found) if found else data.new_zeros((0, channels, rows, columns))


def _axis_weights(start: float, size: float, count: int, samples: int, length: int, dtype: torch.dtype) -> torch.Tensor:
    """How much each row (or column) of an image counts in each field: (count, length), means over the samples."""
    steps = (np.arange(count * samples, dtype=np.float32) + np.float32(0.5)) * np.float32(size / samples)
    at = np.float32(start) + steps
    inside = (at >= -1) & (at <= length)
    at = np.clip(at, 0, length - 1)
    low = at.astype(int)
    part = at - low
    weights = np.zeros((count * samples, length), dtype=np.float32)
    every = np.arange(count * samples)
    weights[every, low] += 1 - part
    weights[every, np.minimum(low + 1, length - 1)] += part
    weights *= inside[:, None]
    return torch.from_numpy(weights.reshape(count, samples, length).mean(1)).to(dtype)


@operator("_contrib_ROIAlign", host=host.COMPUTES, unlearned=("rois",))
def roi_align(
    data: torch.Tensor,
    rois: torch.Tensor,
    *,
    pooled_size: Shape,
    spatial_scale: float,
    sample_ratio: int = -1,
    position_sensitive: bool = False,
    aligned: bool = False,
) -> torch.Tensor:
    """Means of the fields of regions of images, sampled between elements, so that nothing is rounded.

    Parameters
    ----------
    data : NDArray (n, channels, height, width)
        features of images
    rois : NDArray (regions, 5)
        the number of the image, and left, top, right and bottom; there is no gradient for them
    pooled_size : (rows, columns)
        how many fields a region has
    spatial_scale : float
        what the corners are multiplied by, at most 1
    sample_ratio : int
        how many samples a field has in each direction; from its size where it is not positive
    position_sensitive : bool
        each field has channels of its own: channels / (rows * columns) come out
    aligned : bool
        take an element's value to be at its center, half an element from its corner

    Returns
    -------
    NDArray (regions, channels, rows, columns)
        0 for a region of an image that is not there

    Raises
    ------
    MXNetError
        shapes, dtypes or attributes that do not fit; with ``aligned`` a region without an area

    References
    ----------
    He and others 2017, Mask R-CNN; Dai and others 2016, R-FCN, for ``position_sensitive``
    """
    rows, columns = _check_regions("ROIAlign", data, rois, pooled_size, spatial_scale)
    images, channels, height, width = data.shape
    if position_sensitive:
        if channels % (rows * columns):
            raise MXNetError(
                f"ROIAlign: data {describe(data)} with position_sensitive=True; expected channels in multiples of "
                f"{rows} * {columns}"
            )
        channels //= rows * columns
    if data.is_meta:
        return data.new_empty((rois.shape[0], channels, rows, columns))
    boxes = rois.detach().cpu().float().numpy()
    corners = boxes[:, 1:] * np.float32(spatial_scale) - np.float32(0.5 if aligned else 0)
    found = []
    for image, (left, top, right, bottom) in zip(boxes[:, 0].astype(int), corners):
        wide, high = right - left, bottom - top
        if not aligned:
            wide, high = max(wide, np.float32(1)), max(high, np.float32(1))
        elif wide <= 0 or high <= 0:
            raise MXNetError(f"ROIAlign: a region is {wide} wide and {high} high; expected an area with aligned=True")
        if not 0 <= image < images:
            found.append(data.new_zeros((channels, rows, columns)))
            continue
        samples = [sample_ratio] * 2 if sample_ratio > 0 else [int(np.ceil(high / rows)), int(np.ceil(wide / columns))]
        down = _axis_weights(top, high / rows, rows, samples[0], height, data.dtype).to(data.device)
        across = _axis_weights(left, wide / columns, columns, samples[1], width, data.dtype).to(data.device)
        if position_sensitive:
            fields = data[image].reshape(channels, rows, columns, height, width)
            found.append(torch.einsum("crkhw,rh,kw->crk", fields, down, across))
        else:
            found.append(down @ data[image] @ across.t())
    return torch.stack(found) if found else data.new_zeros((0, channels, rows, columns))


@operator("_contrib_box_iou", same_dtype=True)
def box_iou(lhs: torch.Tensor, rhs: torch.Tensor, *, format: Format = "corner") -> torch.Tensor:
    """The overlap of each of some boxes with each of others: their common area divided by that of their union.

    Parameters
    ----------
    lhs, rhs : NDArray (..., 4)
        boxes; there is no gradient for them
    format : str
        'corner' for (left, top, right, bottom), 'center' for (x, y, width, height)

    Returns
    -------
    NDArray
        the axes of lhs without the last, then those of rhs; numbers from 0 to 1

    Raises
    ------
    MXNetError
        a last axis that is not of 4, less than 2 axes, integers

    Examples
    --------
    >>> a, b = mx.nd.array([[0, 0, 2, 2]]), mx.nd.array([[1, 1, 3, 3], [0, 0, 2, 1]])
    >>> print(mx.nd.contrib.box_iou(a, b).asnumpy().round(3))
    [[0.143 0.5  ]]
    """
    for argument, boxes in (("lhs", lhs), ("rhs", rhs)):
        if boxes.dim() < 2 or boxes.shape[-1] != 4 or not boxes.is_floating_point():
            raise MXNetError(f"box_iou: {argument} is {describe(boxes)}; expected floats (..., 4) of 2 or more axes")
    ours, theirs = corners(lhs.detach(), format), corners(rhs.detach(), format)
    ours = ours.reshape(*ours.shape[:-1], *(1,) * (theirs.dim() - 1), 4)
    return constant(overlap(ours, theirs), lhs, rhs)


def _covering(boxes: np.ndarray, threshold: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Which boxes others cover: those that they overlap by more than the threshold."""
    return lambda some, others: overlap_of_rows(boxes, some, others) > threshold


@operator("_contrib_box_nms", "_contrib_box_non_maximum_suppression", hidden=1, host=host.COMPUTES)
def box_nms(
    data: torch.Tensor,
    *,
    overlap_thresh: float = 0.5,
    valid_thresh: float = 0.0,
    topk: int = -1,
    coord_start: int = 2,
    score_index: int = 1,
    id_index: int = -1,
    background_id: int = -1,
    force_suppress: bool = False,
    in_format: Format = "corner",
    out_format: Format = "corner",
) -> torch.Tensor:
    """Detections without those that a better one overlaps, best first.

    Parameters
    ----------
    data : NDArray (..., boxes, numbers)
        for each box a score, four coordinates and, if wanted, a class and more
    overlap_thresh : float
        the overlap, as of :func:`box_iou`, above which a worse box goes
    valid_thresh : float
        boxes of this score or less go
    topk : int
        how many of the best boxes are looked at; all where it is negative, and with 0 data come back as they are
    coord_start, score_index, id_index : int
        where coordinates, score and class are among the numbers; -1 for no class
    background_id : int
        boxes of this class go
    force_suppress : bool
        a box suppresses those of other classes, too
    in_format, out_format : str
        'corner' or 'center', as of :func:`box_iou`, of data and of the result

    Returns
    -------
    NDArray
        of the shape of data, the boxes that are left first; the rest is -1. A gradient goes to the boxes that are left

    Raises
    ------
    MXNetError
        places that are not among the numbers, less than 2 axes, integers

    Examples
    --------
    >>> boxes = mx.nd.array([[0, 0.5, 0, 0, 9, 9], [0, 0.8, 0, 0, 8, 9], [0, 0.6, 20, 20, 30, 30]])
    >>> mx.nd.contrib.box_nms(boxes)[:, 1].asnumpy().round(1).tolist()
    [0.800000011920929, 0.6000000238418579, -1.0]
    """
    numbers = data.shape[-1] if data.dim() else 0
    if data.dim() < 2 or not data.is_floating_point():
        raise MXNetError(f"box_nms: data is {describe(data)}; expected floats (..., boxes, numbers)")
    if not 0 <= coord_start <= numbers - 4 or not 0 <= score_index < numbers or not -1 <= id_index < numbers:
        raise MXNetError(
            f"box_nms: coord_start={coord_start}, score_index={score_index}, id_index={id_index}; expected places "
            f"among the {numbers} numbers of a box, four of them coordinates"
        )
    coordinates = slice(coord_start, coord_start + 4)
    taken = range(coord_start, coord_start + 4)
    if score_index in taken or id_index in taken or id_index == score_index:
        raise MXNetError(
            f"box_nms: coord_start={coord_start}, score_index={score_index}, id_index={id_index} share a number; "
            "expected places of their own"
        )
    if data.is_meta:
        return torch.empty_like(data)
    if topk == 0 or not data.numel():
        return data.clone()
    batches = data.reshape(-1, *data.shape[-2:])
    places = torch.zeros(batches.shape[:2], dtype=torch.long)
    for batch, place in zip(batches.detach().cpu().float().numpy(), places):
        scores = batch[:, score_index]
        valid = scores > valid_thresh
        classes = None
        if id_index >= 0:
            classes = batch[:, id_index].astype(int)
            valid &= classes != background_id
        boxes = corners(torch.from_numpy(batch[:, coordinates]), in_format).numpy()
        order = np.flatnonzero(valid)[np.argsort(-scores[valid], kind="stable")]
        order = order[:topk] if topk > 0 else order
        chosen = survivors(order, _covering(boxes, overlap_thresh), None if force_suppress else classes)
        place[: len(chosen)] = torch.from_numpy(chosen) + 1
    places = places.to(data.device)
    indices = (places - 1).clamp(min=0).unsqueeze(2).expand(-1, -1, numbers)
    rows = batches.gather(1, indices)
    if in_format != out_format:
        plain = rows.detach().clone()
        convert = corners if in_format == "center" else centers
        plain[..., coordinates] = convert(plain[..., coordinates])
        rows = straight_through(rows, plain)  # MXNet hands the gradient on as it comes, unconverted
    return rows.masked_fill((places == 0).unsqueeze(2), -1).reshape(data.shape)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "_contrib_box_nms")(alike)


@rule("inputs", "ROIPooling", "_contrib_ROIAlign")
def _regions(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (UNKNOWN,) * 4, (length_or(outputs[0], 0), 5)


@rule("inputs", "_contrib_box_iou")
def _two_lists_of_boxes(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    lhs, rhs, out = inputs[0], inputs[1], outputs[0]
    if out is None or (lhs is None and rhs is None):
        return (None,)
    rank = len(out) - len(rhs or ()) + 2 if lhs is None else len(lhs)
    return (*out[: rank - 1], 4), (*out[rank - 1 :], 4)
