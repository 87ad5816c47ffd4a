"""Made by tools/carried.py from mxnet.ops.vision.regions; edits are lost."""

from __future__ import annotations

import numpy as np
import torch

from .vision_boxes import corners, overlap


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


def box_iou(
    lhs: torch.Tensor, rhs: torch.Tensor, *, format: str = "corner"
) -> torch.Tensor:
    """The overlap of each of some boxes with each of others: their common area divided
    by that of their union.
    """
    ours, theirs = (corners(lhs.detach(), format), corners(rhs.detach(), format))
    ours = ours.reshape(*ours.shape[:-1], *(1,) * (theirs.dim() - 1), 4)
    return overlap(ours, theirs)
