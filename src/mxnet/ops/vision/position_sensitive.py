"""Features of regions of images of which every field has channels of its own, and features of turned regions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from ...base import MXNetError
from .. import host
from ..registry import Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, length_or

__all__ = ["deformable_psroi_pooling", "psroi_pooling", "rroi_align"]


def _check(name: str, data: torch.Tensor, rois: torch.Tensor, numbers: int, spatial_scale: float) -> None:
    if data.dim() != 4 or not data.is_floating_point() or data.dtype is not rois.dtype:
        raise MXNetError(
            f"{name}: data {describe(data)} and rois {describe(rois)}; expected images (n, channels, height, width) "
            "and rois of the same floating dtype"
        )
    if rois.dim() != 2 or rois.shape[1] != numbers:
        raise MXNetError(f"{name}: rois is {describe(rois)}; expected (regions, {numbers})")
    if not 0 <= spatial_scale <= 1:
        raise MXNetError(f"{name}: spatial_scale={spatial_scale}; expected a number from 0 to 1")


def _check_channels(name: str, data: torch.Tensor, output_dim: int, group_size: int, pooled_size: int) -> None:
    if min(output_dim, group_size, pooled_size) < 1:
        raise MXNetError(
            f"{name}: output_dim={output_dim}, group_size={group_size}, pooled_size={pooled_size}; expected 1 or more"
        )
    if data.shape[1] < output_dim * group_size**2:
        raise MXNetError(
            f"{name}: data is {describe(data)}; expected {output_dim * group_size**2} channels for "
            f"output_dim={output_dim} and group_size={group_size}"
        )


def _rounded(numbers: torch.Tensor) -> torch.Tensor:
    """The nearest whole number, halves away from zero."""
    return torch.copysign((numbers.abs() + 0.5).floor(), numbers)


def _groups(pooled: int, group: int, where: torch.device) -> torch.Tensor:
    """The group of channels that each field along an axis looks at."""
    return (torch.arange(pooled, device=where) * group // pooled).clamp(max=group - 1)


def _bounds(start: torch.Tensor, end: torch.Tensor, pooled: int, length: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The elements (regions, fields) where each field begins and before which it ends, along one axis."""
    size = (end - start).clamp(min=0.1) / pooled
    steps = torch.arange(pooled + 1, device=start.device, dtype=start.dtype)
    low = (steps[:-1] * size[:, None] + start[:, None]).floor().clamp(0, length)
    high = (steps[1:] * size[:, None] + start[:, None]).ceil().clamp(0, length)
    return low.long(), high.long()


@operator("_contrib_PSROIPooling", host=host.CHECKS, unlearned=("rois",))
def psroi_pooling(
    data: torch.Tensor,
    rois: torch.Tensor,
    *,
    spatial_scale: float,
    output_dim: int,
    pooled_size: int,
    group_size: int = 0,
) -> torch.Tensor:
    """Means over the fields of regions of images; every field has channels of its own.

    Parameters
    ----------
    data : NDArray (n, output_dim * group_size ** 2, height, width)
        features of images
    rois : NDArray (regions, 5)
        the number of the image, and left, top, right and bottom, rounded and inclusive; there is no gradient for them
    spatial_scale : float
        what the corners are multiplied by, at most 1
    output_dim : int
        channels that come out
    pooled_size : int
        how many fields a region has in each direction
    group_size : int
        how many fields in each direction have channels of their own; `pooled_size` for 0

    Returns
    -------
    NDArray (regions, output_dim, pooled_size, pooled_size)
        0 for a field that lies outside

    Raises
    ------
    MXNetError
        shapes, dtypes or attributes that do not fit, a region of an image that is not there

    References
    ----------
    Dai and others 2016, R-FCN
    """
    group = group_size or pooled_size
    _check("PSROIPooling", data, rois, 5, spatial_scale)
    _check_channels("PSROIPooling", data, output_dim, group, pooled_size)
    out = (rois.shape[0], output_dim, pooled_size, pooled_size)
    if data.is_meta or not rois.shape[0]:
        return data.new_empty(out)
    boxes = rois.detach()
    image = _images("PSROIPooling", data, boxes)
    left, top, right, bottom = _rounded(boxes[:, 1:]).unbind(1)
    across = _bounds(left * spatial_scale, (right + 1) * spatial_scale, pooled_size, data.shape[3])
    down = _bounds(top * spatial_scale, (bottom + 1) * spatial_scale, pooled_size, data.shape[2])
    of = _groups(pooled_size, group, data.device)
    fields = data[:, : output_dim * group**2].reshape(len(data), output_dim, group, group, *data.shape[2:])
    found = []
    for place, (number, *limits) in enumerate(zip(image.tolist(), *(each.tolist() for each in (*down, *across)))):
        first_row, last_row, first_column, last_column = limits
        rows, columns = slice(min(first_row), max(last_row)), slice(min(first_column), max(last_column))
        part = fields[number, :, :, :, rows, columns][:, of][:, :, of]
        weights = [
            _share(low[place], high[place], span, data.dtype) for (low, high), span in ((down, rows), (across, columns))
        ]
        found.append(torch.einsum("crkhw,rh,kw->crk", part, *weights))
    return torch.stack(found)


def _share(low: torch.Tensor, high: torch.Tensor, span: slice, dtype: torch.dtype) -> torch.Tensor:
    """How much each element of a span counts in each field: the same for all in it, together 1, or all 0."""
    at = torch.arange(span.start, max(span.stop, span.start), device=low.device)
    inside = (at >= low[:, None]) & (at < high[:, None])
    return inside.to(dtype) / (high - low).clamp(min=1)[:, None].to(dtype)


def _images(name: str, data: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """The images that regions are of."""
    image = boxes[:, 0].long()
    if bool(((image < 0) | (image >= data.shape[0])).any()):
        raise MXNetError(f"{name}: rois are of the images {sorted(set(image.tolist()))}; there are {data.shape[0]}")
    return image


def _between(flat: torch.Tensor, size: tuple[int, int], y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Elements between those of maps.

    Parameters
    ----------
    flat : torch.Tensor (maps, height * width)
    size : (height, width)
    y, x : torch.Tensor (maps, places)
        within the maps
    """
    height, width = size
    result: torch.Tensor | None = None
    low = [at.detach().floor() for at in (y, x)]
    part = [at - base for at, base in zip((y, x), low)]
    for down in (0, 1):
        for right in (0, 1):
            # where a place lies on an element, both neighbours are that element, and nothing is told of slopes
            row = low[0] if not down else y.detach().ceil()
            column = low[1] if not right else x.detach().ceil()
            place = (row * width + column).long().clamp(0, height * width - 1)
            weight = (part[0] if down else 1 - part[0]) * (part[1] if right else 1 - part[1])
            each = flat.gather(1, place) * weight
            result = each if result is None else result + each
    assert result is not None
    return result


@operator(
    "_contrib_DeformablePSROIPooling",
    asks={"trans": lambda attributes: not attributes["no_trans"]},
    host=host.CHECKS,
    unlearned=("rois",),
)
def deformable_psroi_pooling(
    data: torch.Tensor,
    rois: torch.Tensor,
    trans: torch.Tensor | None = None,
    *,
    spatial_scale: float,
    output_dim: int,
    group_size: int,
    pooled_size: int,
    part_size: int = 0,
    sample_per_part: int = 1,
    trans_std: float = 0.0,
    no_trans: bool = False,
) -> torch.Tensor:
    """Means of samples of the fields of regions of images; every field has channels of its own, and may be moved.

    Parameters
    ----------
    data : NDArray (n, output_dim * group_size ** 2, height, width)
        features of images
    rois : NDArray (regions, 5)
        the number of the image, and left, top, right and bottom, rounded and inclusive; there is no gradient for them
    trans : NDArray (regions, 2 * classes, part_size, part_size)
        how far the fields are moved right and down, in parts of the region's sides; left out with ``no_trans``. The
        classes share the channels that come out
    spatial_scale : float
        what the corners are multiplied by, at most 1
    output_dim : int
        channels that come out
    group_size : int
        how many fields in each direction have channels of their own
    pooled_size : int
        how many fields a region has in each direction
    part_size : int
        how many fields in each direction are moved by themselves; `pooled_size` for 0
    sample_per_part : int
        samples of a field in each direction
    trans_std : float
        what `trans` is multiplied by
    no_trans : bool
        nothing is moved

    Returns
    -------
    NDArray (regions, output_dim, pooled_size, pooled_size)
        0 for a field that lies outside

    Raises
    ------
    MXNetError
        shapes, dtypes or attributes that do not fit, a region of an image that is not there

    References
    ----------
    Dai and others 2017, Deformable Convolutional Networks
    """
    name, parts = "DeformablePSROIPooling", part_size or pooled_size
    _check(name, data, rois, 5, spatial_scale)
    _check_channels(name, data, output_dim, group_size, pooled_size)
    if parts < 1 or sample_per_part < 1:
        raise MXNetError(f"{name}: part_size={part_size}, sample_per_part={sample_per_part}; expected 1 or more")
    count = rois.shape[0]
    classes = 1
    if not no_trans:
        if trans is None or trans.dim() != 4 or trans.shape[0] != count or tuple(trans.shape[2:]) != (parts, parts):
            raise MXNetError(f"{name}: trans is {describe(trans)}; expected ({count}, 2 * classes, {parts}, {parts})")
        classes = trans.shape[1] // 2
        if trans.shape[1] % 2 or classes < 1 or output_dim % classes or trans.dtype is not data.dtype:
            raise MXNetError(
                f"{name}: trans is {describe(trans)}; expected 2 channels for each class, data's dtype, and as many "
                f"classes as divide output_dim={output_dim}"
            )
    if data.is_meta or not count:
        return data.new_empty((count, output_dim, pooled_size, pooled_size))
    boxes, height, width = rois.detach(), data.shape[2], data.shape[3]
    image = _images(name, data, boxes)
    left, top, right, bottom = _rounded(boxes[:, 1:]).unbind(1)
    left, top = left * spatial_scale - 0.5, top * spatial_scale - 0.5
    wide = ((right + 1) * spatial_scale - 0.5 - left).clamp(min=0.1)
    high = ((bottom + 1) * spatial_scale - 0.5 - top).clamp(min=0.1)
    fields = torch.arange(pooled_size, device=data.device)
    samples = torch.arange(sample_per_part, device=data.device)

    def along(start: torch.Tensor, side: torch.Tensor) -> torch.Tensor:
        """Where samples lie before they are moved: (regions, fields, samples)."""
        size = side / pooled_size
        return (
            start[:, None, None]
            + fields[:, None] * size[:, None, None]
            + samples * (size / sample_per_part)[:, None, None]
        )

    y = along(top, high)[:, None, :, None, :, None]  # regions, classes, rows, columns, samples down, samples across
    x = along(left, wide)[:, None, None, :, None, :]
    if trans is not None and not no_trans:
        part = fields * parts // pooled_size
        moves = trans.reshape(count, classes, 2, parts, parts)[:, :, :, part][..., part] * trans_std
        x = x + (moves[:, :, 0] * wide[:, None, None, None])[..., None, None]
        y = y + (moves[:, :, 1] * high[:, None, None, None])[..., None, None]
    shape = (count, classes, pooled_size, pooled_size, sample_per_part, sample_per_part)
    y, x = y.expand(shape), x.expand(shape)
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    of = _groups(pooled_size, group_size, data.device)
    channel = (torch.arange(output_dim, device=data.device)[:, None, None] * group_size + of[:, None]) * group_size + of
    maps = image[:, None, None, None] * data.shape[1] + channel  # regions, output channels, rows, columns
    flat = data.reshape(-1, height * width)[maps.reshape(-1)]
    each = output_dim // classes
    places = [at.repeat_interleave(each, 1).reshape(len(flat), -1) for at in (y, x)]
    found = _between(flat, (height, width), *places)
    counted = inside.repeat_interleave(each, 1).reshape(len(flat), -1)
    total = torch.where(counted, found, torch.zeros_like(found)).sum(1)
    return (total / counted.sum(1).clamp(min=1)).reshape(count, output_dim, pooled_size, pooled_size)


@operator("_contrib_RROIAlign", host=host.CHECKS, unlearned=("rois",))
def rroi_align(
    data: torch.Tensor, rois: torch.Tensor, *, pooled_size: Shape, spatial_scale: float, sampling_ratio: int = -1
) -> torch.Tensor:
    """Means of the fields of turned regions of images, sampled between elements.

    Parameters
    ----------
    data : NDArray (n, channels, height, width)
        features of images
    rois : NDArray (regions, 6)
        the number of the image, x and y of the center, width, height, and the angle in degrees, counter-clockwise;
        there is no gradient for them
    pooled_size : (rows, columns)
        how many fields a region has
    spatial_scale : float
        what centers and sides are multiplied by, at most 1
    sampling_ratio : int
        how many samples a field has in each direction; from its size where it is not positive

    Returns
    -------
    NDArray (regions, channels, rows, columns)

    Raises
    ------
    MXNetError
        shapes, dtypes or attributes that do not fit, a region of an image that is not there

    References
    ----------
    Ma and others 2018, Arbitrary-Oriented Scene Text Detection via Rotation Proposals
    """
    _check("RROIAlign", data, rois, 6, spatial_scale)
    if len(pooled_size) != 2 or min(pooled_size) < 1:
        raise MXNetError(f"RROIAlign: pooled_size={pooled_size}; expected two lengths of 1 or more")
    rows, columns = pooled_size
    images, channels, height, width = data.shape
    if data.is_meta or not rois.shape[0]:
        return data.new_empty((rois.shape[0], channels, rows, columns))
    boxes = rois.detach()
    flat, found = data.reshape(images, channels, -1), []
    for number, box in zip(_images("RROIAlign", data, boxes).tolist(), boxes[:, 1:].to(torch.float32)):
        x0, y0, wide, high = (box[:4] * spatial_scale).unbind()
        wide, high = wide.clamp(min=1), high.clamp(min=1)
        turn = box[4] * (math.pi / 180)
        steps = []
        for side, fields in ((high, rows), (wide, columns)):
            samples = sampling_ratio if sampling_ratio > 0 else max(int(torch.ceil(side / fields)), 1)
            at = (torch.arange(fields * samples, device=data.device) + 0.5) * (side / fields / samples)
            steps.append((at - side / 2).reshape(fields, samples))
        down, across = steps[0][:, None, :, None], steps[1][None, :, None, :]
        x = across * turn.cos() + down * turn.sin() + x0
        y = down * turn.cos() - across * turn.sin() + y0
        inside = (y >= -1) & (y <= height) & (x >= -1) & (x <= width)
        y, x = y.clamp(0, height - 1), x.clamp(0, width - 1)
        places = [at.reshape(1, -1).to(data.dtype).expand(channels, -1) for at in (y, x)]
        values = _between(flat[number], (height, width), *places).reshape(channels, *inside.shape)
        found.append(torch.where(inside, values, torch.zeros_like(values)).mean((3, 4)))
    return torch.stack(found)


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "_contrib_PSROIPooling", "_contrib_RROIAlign")
def _regions(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (UNKNOWN,) * 4, (length_or(outputs[0], 0), 6 if "sampling_ratio" in attributes else 5)


@rule("inputs", "_contrib_DeformablePSROIPooling")
def _moved_regions(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    count = max(length_or(each, 0) for each in (inputs[1], outputs[0], *inputs[2:3]))
    parts = attributes["part_size"] or attributes["pooled_size"]
    return (UNKNOWN,) * 4, (count, 5), (count, UNKNOWN, parts, parts)
