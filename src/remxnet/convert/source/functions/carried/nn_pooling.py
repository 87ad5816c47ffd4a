"""Made by tools/carried.py from mxnet.ops.nn.pooling; edits are lost."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

_CHANNELS_LAST = ("NWC", "NHWC", "NDHWC")


def _root(total: torch.Tensor, p: int | None) -> torch.Tensor:
    """The p-th root; MXNet sums powers with their sign, so that a sum of cubes may be
    negative.
    """
    if p == 1:
        return total
    nothing = total == 0
    total = total.masked_fill(nothing, 1)
    root = torch.sqrt(total) if p == 2 else total.sign() * total.abs().pow(1 / 3)
    return root.masked_fill(nothing, 0)


_MAX = (F.max_pool1d, F.max_pool2d, F.max_pool3d)


def _over(
    data: torch.Tensor, axes: tuple[int, ...], kind: str, p: int | None
) -> torch.Tensor:
    """One window over whole axes."""
    if kind == "max":
        return _MAX[len(axes) - 1](data, tuple(data.shape[2:]))
    if kind == "lp":
        return _root(data.pow(p).sum(axes, keepdim=True), p)
    return (
        data.mean(axes, keepdim=True) if kind == "avg" else data.sum(axes, keepdim=True)
    )


_AVERAGE = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)


def _sums(
    data: torch.Tensor, kernel: tuple[int, ...], steps: tuple[int, ...]
) -> torch.Tensor:
    """The sums of windows."""
    if len(kernel) == 1:
        return F.avg_pool2d(
            data.unsqueeze(2), (1, *kernel), (1, *steps), divisor_override=1
        ).squeeze(2)
    return _AVERAGE[len(kernel) - 1](data, kernel, steps, divisor_override=1)


def _beyond(
    convention: str, length: int, width: int, step: int, border: int
) -> tuple[int, int]:
    """How far the windows reach beyond the padded input, before and after it."""
    if convention == "valid":
        return (0, 0)
    if convention == "full":
        count = -(-(length + 2 * border - width) // step) + 1
        return (0, max(0, (count - 1) * step + width - length - 2 * border))
    excess = max(0, (-(-length // step) - 1) * step + width - length)
    return (excess // 2, excess - excess // 2)


def _border(border: int, beyond: tuple[int, int]) -> tuple[int, int]:
    return (border + beyond[0], border + beyond[1])


def _windows(
    data: torch.Tensor,
    kernel: tuple[int, ...],
    kind: str,
    convention: str,
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    p: int | None,
    include_pad: bool | None,
) -> torch.Tensor:
    axes = data.dim() - 2
    steps, zeros = (stride or (1,) * axes, pad or (0,) * axes)
    lengths = data.shape[2:]
    beyond = [
        _beyond(convention, *sizes) for sizes in zip(lengths, kernel, steps, zeros)
    ]
    small = all((2 * border <= width for border, width in zip(zeros, kernel)))
    plain = small and (not any(any(pair) for pair in beyond))
    if axes == 3 and kind == "avg":
        plain = plain and all(
            (width <= length for width, length in zip(kernel, lengths))
        )
    if plain and kind == "max":
        return _MAX[axes - 1](data, kernel, steps, zeros)
    if plain and kind == "avg" and (include_pad is not False or not any(zeros)):
        return _AVERAGE[axes - 1](data, kernel, steps, zeros)
    border = [
        zeros_beyond
        for each in reversed(range(axes))
        for zeros_beyond in _border(zeros[each], beyond[each])
    ]
    if kind == "max":
        least = torch.finfo(data.dtype).min
        return _MAX[axes - 1](F.pad(data, border, value=least), kernel, steps)
    if kind == "lp":
        return _root(_sums(F.pad(data.pow(p), border), kernel, steps), p)
    total = _sums(F.pad(data, border), kernel, steps)
    if kind == "sum":
        return total
    ones = torch.ones((1, 1, *lengths), dtype=data.dtype, device=data.device)
    inside = [
        0 if include_pad is False else border for border in zeros for _ in range(2)
    ]
    counted = F.pad(ones, list(reversed(inside)), value=1.0)
    outside = [
        extra
        for each in reversed(range(axes))
        for extra in (
            pair - inner
            for pair, inner in zip(
                _border(zeros[each], beyond[each]), inside[2 * each : 2 * each + 2]
            )
        )
    ]
    return total / _sums(F.pad(counted, outside), kernel, steps).clamp(min=1)


def pooling(
    data: torch.Tensor,
    *,
    kernel: tuple[int, ...] = (),
    pool_type: str = "max",
    global_pool: bool = False,
    pooling_convention: str = "valid",
    stride: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    p_value: int | None = None,
    count_include_pad: bool | None = None,
    layout: str | None = None,
) -> torch.Tensor:
    """One number for each window: its largest element, mean, sum or p-norm."""
    if layout in _CHANNELS_LAST:
        data = data.movedim(-1, 1)
    if global_pool:
        out = _over(data, tuple(range(2, data.dim())), pool_type, p_value)
    else:
        out = _windows(
            data,
            kernel,
            pool_type,
            pooling_convention,
            stride,
            pad,
            p_value,
            count_include_pad,
        )
    return out.movedim(1, -1).contiguous() if layout in _CHANNELS_LAST else out


def pooling_v1(
    data: torch.Tensor,
    *,
    kernel: tuple[int, ...] = (),
    pool_type: str = "max",
    global_pool: bool = False,
    pooling_convention: str = "valid",
    stride: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
) -> torch.Tensor:
    """:func:`pooling` in its first form, as old graphs call it."""
    if global_pool or not 1 <= data.dim() - 2 <= 2:
        return pooling(
            data, kernel=kernel, pool_type=pool_type, global_pool=global_pool
        )
    zeros = pad or (0,) * len(kernel)
    padded = F.pad(
        data, [border for each in reversed(zeros) for border in (each, each)]
    )
    out = pooling(
        padded,
        kernel=kernel,
        pool_type="max" if pool_type == "max" else "sum",
        stride=stride,
        pooling_convention=pooling_convention,
    )
    return out / math.prod(kernel) if pool_type == "avg" else out
