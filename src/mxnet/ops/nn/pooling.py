"""Pooling: the largest, mean, sum or p-norm of windows, over one, two or three axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F

from ...base import MXNetError
from ...kernels import Pool
from ..registry import Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials
from .layouts import wrong_axes
from .memory_format import gradient_as_it_lies

__all__ = ["pooling"]

_CHANNELS_LAST = ("NWC", "NHWC", "NDHWC")
_MAX = (F.max_pool1d, F.max_pool2d, F.max_pool3d)
_AVERAGE: tuple[Callable[..., torch.Tensor], ...] = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)


def _in_a_chain(attributes: Mapping[str, Any]) -> Pool | None:
    """Plain pooling over two axes as a stage of a chain."""
    kernel, stride = attributes["kernel"], attributes["stride"]
    if attributes["global_pool"] or len(kernel) != 2 or any(attributes["pad"]):
        return None
    if attributes["pool_type"] not in ("max", "avg") or attributes["pooling_convention"] != "valid":
        return None
    return Pool(attributes["pool_type"], kernel, stride or (1, 1)) if attributes["layout"] in (None, "NCHW") else None


def _shape(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    """The shape of a pooling's result, channels first and with whole windows or one."""
    (data,), kernel = shapes, attributes["kernel"]
    axes = len(data) - 2
    if attributes["layout"] in _CHANNELS_LAST or not 1 <= axes <= 3:
        return None
    if attributes["global_pool"]:
        return (*data[:2], *(1,) * axes)
    stride, pad = attributes["stride"] or (1,) * axes, attributes["pad"] or (0,) * axes
    if attributes["pooling_convention"] != "valid" or not len(kernel) == len(stride) == len(pad) == axes:
        return None
    if min(stride) < 1:
        return None
    lengths = [(n + 2 * border - k) // step + 1 for n, k, step, border in zip(data[2:], kernel, stride, pad)]
    return (*data[:2], *lengths) if min(lengths) > 0 else None


def _named_outputs(attributes: Mapping[str, Any]) -> tuple[str, ...]:
    """A graph counts a workspace among the outputs of a pooling by the maximum with a kernel, channels first."""
    channels_first = (attributes["layout"] or "NC").startswith("NC")
    keeps_workspace = attributes["pool_type"] == "max" and bool(attributes["kernel"]) and channels_first
    return ("output", "workspace") if keeps_workspace else ("output",)


@operator("Pooling", "_npx_pooling", stage=_in_a_chain, shape=_shape, outputs=_named_outputs)
def pooling(
    data: torch.Tensor,
    *,
    kernel: Shape = (),
    pool_type: Literal["avg", "lp", "max", "sum"] = "max",
    global_pool: bool = False,
    cudnn_off: bool = False,
    pooling_convention: Literal["full", "same", "valid"] = "valid",
    stride: Shape = (),
    pad: Shape = (),
    p_value: int | None = None,
    count_include_pad: bool | None = None,
    layout: Literal["NCDHW", "NCHW", "NCW", "NDHWC", "NHWC", "NWC"] | None = None,
) -> torch.Tensor:
    """One number for each window: its largest element, mean, sum or p-norm.

    Parameters
    ----------
    data : NDArray (n, channels, ...)
        one, two or three axes after the channels (before them in a layout that ends in C)
    kernel, stride, pad : tuple of int
        one number for each axis: the window's length, the distance of windows (1 by default), the border on each side
    pool_type : str
        'max', 'avg', 'sum' or 'lp'; of a window that lies on the border alone 'max' is the least number there is, the
        others 0
    global_pool : bool
        one window over everything
    pooling_convention : str
        'valid': only windows within the padded input; 'full': the last one may reach beyond; 'same': as many windows as
        the length over the stride, rounded up
    p_value : int
        the p of 'lp': 1, 2 or 3
    count_include_pad : bool
        whether 'avg' counts the border's zeros; True by default

    Raises
    ------
    MXNetError
        a window larger than the padded input, numbers that do not fit

    Examples
    --------
    >>> mx.nd.Pooling(mx.nd.arange(16).reshape((1, 1, 4, 4)), kernel=(2, 2), stride=(2, 2)).asnumpy().tolist()
    [[[[5.0, 7.0], [13.0, 15.0]]]]
    """
    axes = data.dim() - 2
    if not 1 <= axes <= 3 or not data.is_floating_point():
        raise MXNetError(f"Pooling: data is {describe(data)}; expected floats along 3, 4 or 5 axes")
    over = len(kernel) if kernel and not global_pool else len(layout or data.shape) - 2
    if data.dim() != over + 2:
        raise MXNetError(f"Pooling: {wrong_axes(tuple(data.shape), over, layout)}")
    if layout is not None and len(layout) != data.dim():
        raise MXNetError(f"Pooling: layout={layout!r} for data {describe(data)}; expected {data.dim()} axes")
    if pool_type == "lp" and p_value not in (1, 2, 3):
        raise MXNetError(f"Pooling: pool_type='lp' with p_value={p_value}; expected 1, 2 or 3")
    if layout in _CHANNELS_LAST:
        data = data.movedim(-1, 1)
    if global_pool:
        out = _over(data, tuple(range(2, data.dim())), pool_type, p_value)
    else:
        out = _windows(data, kernel, pool_type, pooling_convention, stride, pad, p_value, count_include_pad)
    return out.movedim(1, -1).contiguous() if layout in _CHANNELS_LAST else out


def _over(data: torch.Tensor, axes: Shape, kind: str, p: int | None) -> torch.Tensor:
    """One window over whole axes."""
    if kind == "max":  # not amax, which spreads the gradient over equal elements
        return _MAX[len(axes) - 1](data, tuple(data.shape[2:]))
    if kind == "lp":
        return _root(data.pow(p).sum(axes, keepdim=True), p)  # type: ignore[arg-type]
    return data.mean(axes, keepdim=True) if kind == "avg" else data.sum(axes, keepdim=True)


def _windows(
    data: torch.Tensor,
    kernel: Shape,
    kind: str,
    convention: str,
    stride: Shape,
    pad: Shape,
    p: int | None,
    include_pad: bool | None,
) -> torch.Tensor:
    axes = data.dim() - 2
    steps, zeros = stride or (1,) * axes, pad or (0,) * axes
    if len(kernel) != axes or len(steps) != axes or len(zeros) != axes:
        raise MXNetError(
            f"Pooling: kernel={kernel}, stride={stride}, pad={pad} for data {describe(data)}; expected {axes} of each"
        )
    lengths = data.shape[2:]
    for each in range(axes):
        if kernel[each] < 1 or steps[each] < 1 or zeros[each] < 0:
            raise MXNetError(f"Pooling: kernel={kernel}, stride={stride}, pad={pad}; expected 1 or more, and for pad 0")
        if convention != "same" and kernel[each] > lengths[each] + 2 * zeros[each]:
            padded = tuple(length + 2 * border for length, border in zip(lengths, zeros))
            raise MXNetError(f"Pooling: kernel {kernel} is larger than the padded input {padded}")
    if convention == "same" and any(zeros):
        raise MXNetError(f"Pooling: pad={pad} with pooling_convention='same'; expected no pad")
    beyond = [_beyond(convention, *sizes) for sizes in zip(lengths, kernel, steps, zeros)]
    small = all(2 * border <= width for border, width in zip(zeros, kernel))
    plain = small and not any(any(pair) for pair in beyond)
    if axes == 3 and kind == "avg":  # where torch wants a window to fit into the data without the border
        plain = plain and all(width <= length for width, length in zip(kernel, lengths))
    if plain and kind == "max":
        return gradient_as_it_lies(_MAX[axes - 1](data, kernel, steps, zeros))
    if plain and kind == "avg" and (include_pad is not False or not any(zeros)):
        return gradient_as_it_lies(_AVERAGE[axes - 1](data, kernel, steps, zeros))
    border = [zeros_beyond for each in reversed(range(axes)) for zeros_beyond in _border(zeros[each], beyond[each])]
    if kind == "max":
        least = torch.finfo(data.dtype).min
        return gradient_as_it_lies(_MAX[axes - 1](F.pad(data, border, value=least), kernel, steps))
    if kind == "lp":
        return _root(_sums(F.pad(data.pow(p), border), kernel, steps), p)  # type: ignore[arg-type]
    total = _sums(F.pad(data, border), kernel, steps)
    if kind == "sum":
        return total
    ones = torch.ones((1, 1, *lengths), dtype=data.dtype, device=data.device)
    inside = [0 if include_pad is False else border for border in zeros for _ in range(2)]
    counted = F.pad(ones, list(reversed(inside)), value=1.0)
    outside = [
        extra
        for each in reversed(range(axes))
        for extra in (
            pair - inner for pair, inner in zip(_border(zeros[each], beyond[each]), inside[2 * each : 2 * each + 2])
        )
    ]
    return total / _sums(F.pad(counted, outside), kernel, steps).clamp(min=1)


def _root(total: torch.Tensor, p: int | None) -> torch.Tensor:
    """The p-th root; MXNet sums powers with their sign, so that a sum of cubes may be negative.

    The gradient of a root of 0 is 0, as in MXNet, and not the infinity that torch multiplies with 0.
    """
    if p == 1:
        return total
    nothing = total == 0
    total = total.masked_fill(nothing, 1)
    root = torch.sqrt(total) if p == 2 else total.sign() * total.abs().pow(1 / 3)
    return root.masked_fill(nothing, 0)


def _beyond(convention: str, length: int, width: int, step: int, border: int) -> tuple[int, int]:
    """How far the windows reach beyond the padded input, before and after it."""
    if convention == "valid":
        return 0, 0
    if convention == "full":
        count = -(-(length + 2 * border - width) // step) + 1
        return 0, max(0, (count - 1) * step + width - length - 2 * border)
    excess = max(0, (-(-length // step) - 1) * step + width - length)
    return excess // 2, excess - excess // 2


def _border(border: int, beyond: tuple[int, int]) -> tuple[int, int]:
    return border + beyond[0], border + beyond[1]


def _sums(data: torch.Tensor, kernel: Shape, steps: Shape) -> torch.Tensor:
    """The sums of windows."""
    if len(kernel) == 1:
        return F.avg_pool2d(data.unsqueeze(2), (1, *kernel), (1, *steps), divisor_override=1).squeeze(2)
    return _AVERAGE[len(kernel) - 1](data, kernel, steps, divisor_override=1)


@operator("Pooling_v1")
def pooling_v1(
    data: torch.Tensor,
    *,
    kernel: Shape = (),
    pool_type: Literal["avg", "max", "sum"] = "max",
    global_pool: bool = False,
    pooling_convention: Literal["full", "valid"] = "valid",
    stride: Shape = (),
    pad: Shape = (),
) -> torch.Tensor:
    """:func:`pooling` in its first form, as old graphs call it.

    The border takes part as zeros in 'max' too, and 'avg' always divides by the size of the whole window.
    """
    if global_pool or not 1 <= data.dim() - 2 <= 2:
        return pooling(data, kernel=kernel, pool_type=pool_type, global_pool=global_pool)
    zeros = pad or (0,) * len(kernel)
    padded = F.pad(data, [border for each in reversed(zeros) for border in (each, each)])
    out = pooling(
        padded, kernel=kernel, pool_type="max" if pool_type == "max" else "sum", stride=stride,
        pooling_convention=pooling_convention,
    )  # fmt: skip
    return out / math.prod(kernel) if pool_type == "avg" else out


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "Pooling", "Pooling_v1")
def _batch_and_channels(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """Batch and channels stay; data of several lengths has as many windows."""
    out = outputs[0]
    if out is None or len(out) < 3:
        return (None,)
    last = attributes.get("layout") in _CHANNELS_LAST
    unknown = (UNKNOWN,) * (len(out) - 2)
    return ((out[0], *unknown, out[-1]) if last else (*out[:2], *unknown),)
