"""Made by tools/carried.py from mxnet.ops.vision.position_sensitive; edits are lost."""

from __future__ import annotations

import math

import torch


def _images(name: str, data: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    """The images that regions are of."""
    return boxes[:, 0].long()


def _bounds(
    start: torch.Tensor, end: torch.Tensor, pooled: int, length: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The elements (regions, fields) where each field begins and before which it ends,
    along one axis.
    """
    size = (end - start).clamp(min=0.1) / pooled
    steps = torch.arange(pooled + 1, device=start.device, dtype=start.dtype)
    low = (steps[:-1] * size[:, None] + start[:, None]).floor().clamp(0, length)
    high = (steps[1:] * size[:, None] + start[:, None]).ceil().clamp(0, length)
    return (low.long(), high.long())


def _groups(pooled: int, group: int, where: torch.device) -> torch.Tensor:
    """The group of channels that each field along an axis looks at."""
    return (torch.arange(pooled, device=where) * group // pooled).clamp(max=group - 1)


def _rounded(numbers: torch.Tensor) -> torch.Tensor:
    """The nearest whole number, halves away from zero."""
    return torch.copysign((numbers.abs() + 0.5).floor(), numbers)


def _share(
    low: torch.Tensor, high: torch.Tensor, span: slice, dtype: torch.dtype
) -> torch.Tensor:
    """How much each element of a span counts in each field: the same for all in it,
    together 1, or all 0.
    """
    at = torch.arange(span.start, max(span.stop, span.start), device=low.device)
    inside = (at >= low[:, None]) & (at < high[:, None])
    return inside.to(dtype) / (high - low).clamp(min=1)[:, None].to(dtype)


def psroi_pooling(
    data: torch.Tensor,
    rois: torch.Tensor,
    *,
    spatial_scale: float,
    output_dim: int,
    pooled_size: int,
    group_size: int = 0,
) -> torch.Tensor:
    """Means over the fields of regions of images; every field has channels of its own."""
    group = group_size or pooled_size
    boxes = rois.detach()
    image = _images("PSROIPooling", data, boxes)
    left, top, right, bottom = _rounded(boxes[:, 1:]).unbind(1)
    across = _bounds(
        left * spatial_scale, (right + 1) * spatial_scale, pooled_size, data.shape[3]
    )
    down = _bounds(
        top * spatial_scale, (bottom + 1) * spatial_scale, pooled_size, data.shape[2]
    )
    of = _groups(pooled_size, group, data.device)
    fields = data[:, : output_dim * group**2].reshape(
        len(data), output_dim, group, group, *data.shape[2:]
    )
    found = []
    for place, (number, *limits) in enumerate(
        zip(image.tolist(), *(each.tolist() for each in (*down, *across)))
    ):
        first_row, last_row, first_column, last_column = limits
        rows, columns = (
            slice(min(first_row), max(last_row)),
            slice(min(first_column), max(last_column)),
        )
        part = fields[number, :, :, :, rows, columns][:, of][:, :, of]
        weights = [
            _share(low[place], high[place], span, data.dtype)
            for (low, high), span in ((down, rows), (across, columns))
        ]
        found.append(torch.einsum("crkhw,rh,kw->crk", part, *weights))
    return torch.stack(found)


def _between(
    flat: torch.Tensor, size: tuple[int, int], y: torch.Tensor, x: torch.Tensor
) -> torch.Tensor:
    """Elements between those of maps."""
    height, width = size
    result = None
    low = [at.detach().floor() for at in (y, x)]
    part = [at - base for at, base in zip((y, x), low)]
    for down in (0, 1):
        for right in (0, 1):
            row = low[0] if not down else y.detach().ceil()
            column = low[1] if not right else x.detach().ceil()
            place = (row * width + column).long().clamp(0, height * width - 1)
            weight = (part[0] if down else 1 - part[0]) * (
                part[1] if right else 1 - part[1]
            )
            each = flat.gather(1, place) * weight
            result = each if result is None else result + each
    assert result is not None
    return result


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
    """Means of samples of the fields of regions of images; every field has channels of
    its own, and may be moved.
    """
    name, parts = ("DeformablePSROIPooling", part_size or pooled_size)
    count = rois.shape[0]
    classes = 1
    if not no_trans:
        classes = trans.shape[1] // 2
    boxes, height, width = (rois.detach(), data.shape[2], data.shape[3])
    image = _images(name, data, boxes)
    left, top, right, bottom = _rounded(boxes[:, 1:]).unbind(1)
    left, top = (left * spatial_scale - 0.5, top * spatial_scale - 0.5)
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

    y = along(top, high)[:, None, :, None, :, None]
    x = along(left, wide)[:, None, None, :, None, :]
    if trans is not None and (not no_trans):
        part = fields * parts // pooled_size
        moves = (
            trans.reshape(count, classes, 2, parts, parts)[:, :, :, part][..., part]
            * trans_std
        )
        x = x + (moves[:, :, 0] * wide[:, None, None, None])[..., None, None]
        y = y + (moves[:, :, 1] * high[:, None, None, None])[..., None, None]
    shape = (count, classes, pooled_size, pooled_size, sample_per_part, sample_per_part)
    y, x = (y.expand(shape), x.expand(shape))
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    x, y = (x.clamp(0, width - 1), y.clamp(0, height - 1))
    of = _groups(pooled_size, group_size, data.device)
    channel = (
        torch.arange(output_dim, device=data.device)[:, None, None] * group_size
        + of[:, None]
    ) * group_size + of
    maps = image[:, None, None, None] * data.shape[1] + channel
    flat = data.reshape(-1, height * width)[maps.reshape(-1)]
    each = output_dim // classes
    places = [at.repeat_interleave(each, 1).reshape(len(flat), -1) for at in (y, x)]
    found = _between(flat, (height, width), *places)
    counted = inside.repeat_interleave(each, 1).reshape(len(flat), -1)
    total = torch.where(counted, found, torch.zeros_like(found)).sum(1)
    return (total / counted.sum(1).clamp(min=1)).reshape(
        count, output_dim, pooled_size, pooled_size
    )


def rroi_align(
    data: torch.Tensor,
    rois: torch.Tensor,
    *,
    pooled_size: tuple[int, ...],
    spatial_scale: float,
    sampling_ratio: int = -1,
) -> torch.Tensor:
    """Means of the fields of turned regions of images, sampled between elements."""
    rows, columns = pooled_size
    images, channels, height, width = data.shape
    boxes = rois.detach()
    flat, found = (data.reshape(images, channels, -1), [])
    for number, box in zip(
        _images("RROIAlign", data, boxes).tolist(), boxes[:, 1:].to(torch.float32)
    ):
        x0, y0, wide, high = (box[:4] * spatial_scale).unbind()
        wide, high = (wide.clamp(min=1), high.clamp(min=1))
        turn = box[4] * (math.pi / 180)
        steps = []
        for side, fields in ((high, rows), (wide, columns)):
            samples = (
                sampling_ratio
                if sampling_ratio > 0
                else max(int(torch.ceil(side / fields)), 1)
            )
            at = (torch.arange(fields * samples, device=data.device) + 0.5) * (
                side / fields / samples
            )
            steps.append((at - side / 2).reshape(fields, samples))
        down, across = (steps[0][:, None, :, None], steps[1][None, :, None, :])
        x = across * turn.cos() + down * turn.sin() + x0
        y = down * turn.cos() - across * turn.sin() + y0
        inside = (y >= -1) & (y <= height) & (x >= -1) & (x <= width)
        y, x = (y.clamp(0, height - 1), x.clamp(0, width - 1))
        places = [
            at.reshape(1, -1).to(data.dtype).expand(channels, -1) for at in (y, x)
        ]
        values = _between(flat[number], (height, width), *places).reshape(
            channels, *inside.shape
        )
        found.append(torch.where(inside, values, torch.zeros_like(values)).mean((3, 4)))
    return torch.stack(found)
