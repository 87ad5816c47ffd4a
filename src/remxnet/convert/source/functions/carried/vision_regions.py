"""Made by tools/carried.py from mxnet.ops.vision.regions; edits are lost."""

from __future__ import annotations

import numpy as np
import torch

from .gradients import straight_through
from .vision_boxes import centers, corners, overlap, overlap_of_rows, survivors


def _check_regions(
    name: str,
    data: torch.Tensor,
    rois: torch.Tensor,
    pooled_size: tuple[int, ...],
    spatial_scale: float,
) -> tuple[int, int]:
    return (pooled_size[0], pooled_size[1])


def _fields(start: np.float32, end: np.float32, count: int, length: int) -> list[range]:
    """The rows (or columns) that each of `count` fields of a region covers; neighbours
    may share one.
    """
    size = np.maximum(end - start + np.float32(1), np.float32(1)) / np.float32(count)
    steps = np.arange(count + 1, dtype=np.float32)
    low, high = (np.floor(steps[:-1] * size) + start, np.ceil(steps[1:] * size) + start)
    low, high = (np.clip(bound, 0, length).astype(int) for bound in (low, high))
    return [range(first, last) for first, last in zip(low, high)]


def roi_pooling(
    data: torch.Tensor,
    rois: torch.Tensor,
    *,
    pooled_size: tuple[int, ...],
    spatial_scale: float,
) -> torch.Tensor:
    """The largest elements of the fields of regions of images; each region has the same
    number of fields.
    """
    rows, columns = _check_regions("ROIPooling", data, rois, pooled_size, spatial_scale)
    images, channels, height, width = data.shape
    boxes = rois.detach().cpu().float().numpy()
    scaled = boxes[:, 1:] * np.float32(spatial_scale)
    corners = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), scaled)
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
            inside = (
                np.array(ys, dtype=np.int64)[:, None] * width
                + np.array(xs, dtype=np.int64)
            ).ravel()
            empty[field] = inside.size == 0
            places[field, : inside.size] = inside
            places[field, inside.size :] = inside[-1] if inside.size else 0
        fields = flat[image][:, torch.from_numpy(places).to(data.device)]
        largest = fields.max(2).values.masked_fill(
            torch.from_numpy(empty).to(data.device), 0
        )
        found.append(largest.reshape(channels, rows, columns))
    return torch.stack(found) if found else data.new_zeros((0, channels, rows, columns))


def _axis_weights(
    start: float, size: float, count: int, samples: int, length: int, dtype: torch.dtype
) -> torch.Tensor:
    """How much each row (or column) of an image counts in each field: (count, length),
    means over the samples.
    """
    steps = (
        np.arange(count * samples, dtype=np.float32) + np.float32(0.5)
    ) * np.float32(size / samples)
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


def roi_align(
    data: torch.Tensor,
    rois: torch.Tensor,
    *,
    pooled_size: tuple[int, ...],
    spatial_scale: float,
    sample_ratio: int = -1,
    position_sensitive: bool = False,
    aligned: bool = False,
) -> torch.Tensor:
    """Means of the fields of regions of images, sampled between elements, so that
    nothing is rounded.
    """
    rows, columns = _check_regions("ROIAlign", data, rois, pooled_size, spatial_scale)
    images, channels, height, width = data.shape
    if position_sensitive:
        channels //= rows * columns
    boxes = rois.detach().cpu().float().numpy()
    corners = boxes[:, 1:] * np.float32(spatial_scale) - np.float32(
        0.5 if aligned else 0
    )
    found = []
    for image, (left, top, right, bottom) in zip(boxes[:, 0].astype(int), corners):
        wide, high = (right - left, bottom - top)
        if not aligned:
            wide, high = (max(wide, np.float32(1)), max(high, np.float32(1)))
        if not 0 <= image < images:
            found.append(data.new_zeros((channels, rows, columns)))
            continue
        samples = (
            [sample_ratio] * 2
            if sample_ratio > 0
            else [int(np.ceil(high / rows)), int(np.ceil(wide / columns))]
        )
        down = _axis_weights(top, high / rows, rows, samples[0], height, data.dtype).to(
            data.device
        )
        across = _axis_weights(
            left, wide / columns, columns, samples[1], width, data.dtype
        ).to(data.device)
        if position_sensitive:
            fields = data[image].reshape(channels, rows, columns, height, width)
            found.append(torch.einsum("crkhw,rh,kw->crk", fields, down, across))
        else:
            found.append(down @ data[image] @ across.t())
    return torch.stack(found) if found else data.new_zeros((0, channels, rows, columns))


def box_iou(
    lhs: torch.Tensor, rhs: torch.Tensor, *, format: str = "corner"
) -> torch.Tensor:
    """The overlap of each of some boxes with each of others: their common area divided
    by that of their union.
    """
    ours, theirs = (corners(lhs.detach(), format), corners(rhs.detach(), format))
    ours = ours.reshape(*ours.shape[:-1], *(1,) * (theirs.dim() - 1), 4)
    return overlap(ours, theirs)


def _covering_of_regions(boxes: np.ndarray, threshold: float):
    """Which boxes others cover: those that they overlap by more than the threshold."""
    return lambda some, others: overlap_of_rows(boxes, some, others) > threshold


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
    in_format: str = "corner",
    out_format: str = "corner",
) -> torch.Tensor:
    """Detections without those that a better one overlaps, best first."""
    numbers = data.shape[-1] if data.dim() else 0
    coordinates = slice(coord_start, coord_start + 4)
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
        chosen = survivors(
            order,
            _covering_of_regions(boxes, overlap_thresh),
            None if force_suppress else classes,
        )
        place[: len(chosen)] = torch.from_numpy(chosen) + 1
    places = places.to(data.device)
    indices = (places - 1).clamp(min=0).unsqueeze(2).expand(-1, -1, numbers)
    rows = batches.gather(1, indices)
    if in_format != out_format:
        plain = rows.detach().clone()
        convert = corners if in_format == "center" else centers
        plain[..., coordinates] = convert(plain[..., coordinates])
        rows = straight_through(rows, plain)
    return rows.masked_fill((places == 0).unsqueeze(2), -1).reshape(data.shape)
