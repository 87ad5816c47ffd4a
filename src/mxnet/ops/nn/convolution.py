"""Convolution (cross-correlation) and its transpose, over one, two or three axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F

from ...base import MXNetError
from ...kernels import Convolve
from ..registry import Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Inputs, Partials, length_or
from .layouts import wrong_axes
from .memory_format import convolution_operands, output_lengths, transposed_operands

__all__ = ["convolution", "deconvolution"]

_CONVOLUTIONS = (torch.conv1d, torch.conv2d, torch.conv3d)
_TRANSPOSED = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)
_CHANNELS_LAST = ("NWC", "NHWC", "NDHWC")


def _groups(name: str, attributes: Mapping[str, Any]) -> int:
    groups: int = attributes["num_group"]
    if groups < 1:
        raise MXNetError(f"{name}: num_group={groups}; expected 1 or more")
    return groups


def _channels(name: str, data: Shape, attributes: Mapping[str, Any]) -> int:
    layout, axes = attributes["layout"], len(attributes["kernel"])
    if len(data) != axes + 2:
        raise MXNetError(f"{name}: {wrong_axes(data, axes, layout)}")
    return data[-1 if layout in _CHANNELS_LAST else 1]


def _convolution_params(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    layout, filters = attributes["layout"], attributes["num_filter"]
    inputs = _channels("Convolution", shapes["data"], attributes) // _groups("Convolution", attributes)
    last = layout in _CHANNELS_LAST
    weight = (filters, *attributes["kernel"], inputs) if last else (filters, inputs, *attributes["kernel"])
    return {"weight": weight, "bias": (filters,)}


def _shape(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    """The shape of a convolution's result, channels first."""
    data, kernel = shapes[0], attributes["kernel"]
    axes = len(kernel)
    if attributes["layout"] in _CHANNELS_LAST or len(data) != axes + 2 or not 1 <= axes <= 3:
        return None
    if shapes[1] != _convolution_params({"data": data}, attributes)["weight"]:
        return None
    stride, dilate, pad = (attributes[name] for name in ("stride", "dilate", "pad"))
    if any(len(each) not in (0, axes) for each in (stride, dilate, pad)):
        return None
    lengths = output_lengths(data[2:], kernel, stride or (1,) * axes, dilate or (1,) * axes, pad or (0,) * axes)
    return (data[0], attributes["num_filter"], *lengths) if min(lengths) > 0 else None


def _in_a_chain(attributes: Mapping[str, Any]) -> Convolve | None:
    """A plain convolution over two axes as a stage of a chain."""
    plain = len(attributes["kernel"]) == 2 and attributes["num_group"] == 1 and attributes["layout"] in (None, "NCHW")
    if not plain or any(step != 1 for step in (*attributes["stride"], *attributes["dilate"])):
        return None
    return Convolve(
        attributes["num_filter"], attributes["kernel"], attributes["pad"] or (0, 0), not attributes["no_bias"]
    )


def _checked(
    name: str,
    data: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    kernel: Shape,
    no_bias: bool,
    layout: str | None,
    **per_axis: Shape,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Data and weight with their channels first, after the checks that cost nothing."""
    axes = len(kernel)
    if not 1 <= axes <= 3:
        raise MXNetError(f"{name}: kernel={kernel}; expected 1, 2 or 3 lengths")
    if data.dim() != axes + 2:
        raise MXNetError(f"{name}: {wrong_axes(tuple(data.shape), axes, layout)}")
    if weight.dim() != axes + 2:
        raise MXNetError(f"{name}: weight is {describe(weight)}; expected {axes + 2} axes for kernel={kernel}")
    if not data.is_floating_point():
        raise MXNetError(f"{name}: data is {describe(data)}; expected floats")
    for attribute, value in per_axis.items():
        if value and len(value) != axes:
            raise MXNetError(f"{name}: {attribute}={value}; expected as many numbers as kernel={kernel}")
    if layout is not None and len(layout) != axes + 2:
        raise MXNetError(f"{name}: layout={layout!r} for kernel={kernel}; expected a layout of {axes + 2} axes")
    if not no_bias and bias is None:
        raise MXNetError(f"{name}: no bias given; expected one, or no_bias=True")
    if layout in _CHANNELS_LAST:
        return data.movedim(-1, 1), weight.movedim(-1, 1)
    return data, weight


@operator(
    "Convolution",
    "_npx_convolution",
    params=_convolution_params,
    stage=_in_a_chain,
    shape=_shape,
    asks={"bias": lambda attributes: not attributes["no_bias"]},
    role="convolution",
)
def convolution(
    data: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: int,
    num_group: int = 1,
    workspace: int = 1024,
    no_bias: bool = False,
    cudnn_tune: Literal["fastest", "limited_workspace", "off"] | None = None,
    cudnn_off: bool = False,
    layout: Literal["NCDHW", "NCHW", "NCW", "NDHWC", "NHWC", "NWC"] | None = None,
) -> torch.Tensor:
    """Each output is the sum over channels and kernel of the weight times the window at its place, plus the bias.

    Parameters
    ----------
    data : NDArray (n, channels, ...)
        one, two or three axes after the channels (before them in a layout that ends in C)
    weight : NDArray (num_filter, channels / num_group, ...)
        the kernels
    bias : NDArray (num_filter,)
        left out with ``no_bias``
    kernel, stride, dilate, pad : tuple of int
        one number for each axis: the kernel's length, the distance of windows, that of taps, the zeros on each side
    num_filter : int
        output channels
    num_group : int
        groups of channels that see only each other
    layout : str, optional
        the order of the axes
    workspace, cudnn_tune, cudnn_off
        taken for MXNet's sake; they change no result

    Returns
    -------
    NDArray (n, num_filter, ...)
        lengths floor((length + 2 pad - dilate (kernel - 1) - 1) / stride) + 1

    Raises
    ------
    MXNetError
        shapes that do not fit, a kernel larger than the padded input

    Examples
    --------
    >>> x, w = mx.nd.arange(9).reshape((1, 1, 3, 3)), mx.nd.array([[[[0, 1], [2, 3]]]])
    >>> mx.nd.Convolution(x, w, kernel=(2, 2), num_filter=1, no_bias=True).asnumpy().tolist()
    [[[[19.0, 25.0], [37.0, 43.0]]]]
    """
    x, w = _checked("Convolution", data, weight, bias, kernel, no_bias, layout, stride=stride, dilate=dilate, pad=pad)
    axes = len(kernel)
    steps, taps, zeros = stride or (1,) * axes, dilate or (1,) * axes, pad or (0,) * axes
    if any(number < 1 for number in (*kernel, *steps, *taps)) or any(number < 0 for number in zeros):
        raise MXNetError(
            f"Convolution: kernel={kernel}, stride={stride}, dilate={dilate}, pad={pad}; expected 1 or more (pad: 0)"
        )
    if x.is_meta and min(output_lengths(x.shape[2:], kernel, steps, taps, zeros)) < 1:
        # without elements not every torch sees that no window fits
        raise _convolution_error(x, w, bias, kernel, taps, zeros, num_filter, num_group, no_bias, None)
    x, w = convolution_operands(x, w, steps, taps, zeros)
    try:
        out = _CONVOLUTIONS[axes - 1](x, w, None if no_bias else bias, steps, zeros, taps, num_group)
    except RuntimeError as error:
        raise _convolution_error(x, w, bias, kernel, taps, zeros, num_filter, num_group, no_bias, error) from error
    if w.shape[0] != num_filter or tuple(w.shape[2:]) != kernel:
        raise _convolution_error(x, w, bias, kernel, taps, zeros, num_filter, num_group, no_bias, None)
    return out.movedim(1, -1).contiguous() if layout in _CHANNELS_LAST else out


def _convolution_error(
    x: torch.Tensor,
    w: torch.Tensor,
    bias: torch.Tensor | None,
    kernel: Shape,
    dilate: Shape,
    pad: Shape,
    num_filter: int,
    num_group: int,
    no_bias: bool,
    error: Exception | None,
) -> MXNetError:
    """Why a convolution could not be computed."""
    if w.dtype is not x.dtype:
        return MXNetError(f"Convolution: weight is {describe(w)} and data {describe(x)}; expected one dtype")
    if num_group < 1 or x.shape[1] % num_group or num_filter % num_group:
        return MXNetError(
            f"Convolution: num_group={num_group}; expected a divisor of data's {x.shape[1]} channels and of "
            f"num_filter={num_filter}"
        )
    wanted = (num_filter, x.shape[1] // num_group, *kernel)
    if tuple(w.shape) != wanted:
        known = num_filter, *kernel
        channels = w.shape[1] * num_group
        if (w.shape[0], *w.shape[2:]) == known:
            return MXNetError(
                f"Convolution: data {describe(x)} has {x.shape[1]} channels; expected {channels}, by weight "
                f"{describe(w)}"
            )
        return MXNetError(f"Convolution: weight is {describe(w)}; expected {wanted} for data {describe(x)}")
    padded = tuple(length + 2 * zeros for length, zeros in zip(x.shape[2:], pad))
    reach = tuple(step * (length - 1) + 1 for length, step in zip(kernel, dilate))
    if any(wide > length for wide, length in zip(reach, padded)):
        return MXNetError(f"Convolution: kernel {reach} is larger than the padded input {padded}")
    if not no_bias and bias is not None and tuple(bias.shape) != (num_filter,):
        return MXNetError(f"Convolution: bias is {describe(bias)}; expected ({num_filter},)")
    return MXNetError(f"Convolution: data {describe(x)} and weight {describe(w)}: {error}")


@operator("Convolution_v1", params=_convolution_params, asks={"bias": lambda attributes: not attributes["no_bias"]})
def convolution_v1(
    data: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: int,
    num_group: int = 1,
    workspace: int = 1024,
    no_bias: bool = False,
    cudnn_tune: Literal["fastest", "limited_workspace", "off"] | None = None,
    cudnn_off: bool = False,
    layout: Literal["NCDHW", "NCHW", "NDHWC", "NHWC"] | None = None,
) -> torch.Tensor:
    """:func:`convolution` under its first name, as old graphs call it."""
    return convolution(
        data, weight, bias, kernel=kernel, stride=stride, dilate=dilate, pad=pad, num_filter=num_filter,
        num_group=num_group, no_bias=no_bias, layout=layout,
    )  # fmt: skip


def _deconvolution_params(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    layout, filters = attributes["layout"], attributes["num_filter"]
    channels, per_group = (
        _channels("Deconvolution", shapes["data"], attributes),
        filters // _groups("Deconvolution", attributes),
    )
    last = layout in _CHANNELS_LAST
    weight = (channels, *attributes["kernel"], per_group) if last else (channels, per_group, *attributes["kernel"])
    return {"weight": weight, "bias": (filters,)}


@operator(
    "Deconvolution",
    "_npx_deconvolution",
    params=_deconvolution_params,
    asks={"bias": lambda attributes: not attributes["no_bias"]},
    role="deconvolution",
)
def deconvolution(
    data: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    adj: Shape = (),
    target_shape: Shape = (),
    num_filter: int,
    num_group: int = 1,
    workspace: int = 512,
    no_bias: bool = True,
    cudnn_tune: Literal["fastest", "limited_workspace", "off"] | None = None,
    cudnn_off: bool = False,
    layout: Literal["NCDHW", "NCHW", "NCW", "NDHWC", "NHWC", "NWC"] | None = None,
) -> torch.Tensor:
    """The transpose of :func:`convolution`: every input adds its kernel to the output at its place.

    Parameters
    ----------
    data : NDArray (n, channels, ...)
        one, two or three axes after the channels
    weight : NDArray (channels, num_filter / num_group, ...)
        the kernels
    bias : NDArray (num_filter,)
        only with ``no_bias=False``
    kernel, stride, dilate, pad : tuple of int
        of the convolution it transposes
    adj : tuple of int
        added to the output's lengths at their end
    target_shape : tuple of int
        the output's lengths; pad and adj follow from it

    Returns
    -------
    NDArray (n, num_filter, ...)
        lengths stride (length - 1) + dilate (kernel - 1) + 1 - 2 pad + adj

    Examples
    --------
    >>> mx.nd.Deconvolution(mx.nd.ones((1, 1, 2, 2)), mx.nd.ones((1, 1, 2, 2)), kernel=(2, 2), num_filter=1)
    <BLANKLINE>
    [[[[1. 2. 1.]
       [2. 4. 2.]
       [1. 2. 1.]]]]
    <NDArray 1x1x3x3 @cpu(0)>
    """
    x, w = _checked(
        "Deconvolution", data, weight, bias, kernel, no_bias, layout, stride=stride, dilate=dilate, pad=pad, adj=adj,
        target_shape=target_shape,
    )  # fmt: skip
    axes = len(kernel)
    steps, taps = stride or (1,) * axes, dilate or (1,) * axes
    zeros, more = pad or (0,) * axes, adj or (0,) * axes
    if target_shape and any(target_shape):
        full = [(n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(x.shape[2:], steps, taps, kernel)]
        excess = [length - wanted for length, wanted in zip(full, target_shape)]
        if any(each < 0 for each in excess):
            raise MXNetError(f"Deconvolution: target_shape={target_shape}; expected no more than {tuple(full)}")
        zeros, more = tuple((each + 1) // 2 for each in excess), tuple(each % 2 for each in excess)
    wanted = (x.shape[1], num_filter // max(num_group, 1), *kernel)
    if num_group < 1 or x.shape[1] % num_group or num_filter % num_group or tuple(w.shape) != wanted:
        raise MXNetError(
            f"Deconvolution: weight is {describe(w)} with num_group={num_group}; expected {wanted} "
            f"for num_filter={num_filter} and data {describe(x)}"
        )
    if any(extra >= step for extra, step in zip(more, steps)):
        raise MXNetError(f"Deconvolution: adj={more}; expected less than stride={steps}")
    lengths = tuple(
        (n - 1) * s + d * (k - 1) + 1 - 2 * z + m
        for n, s, d, k, z, m in zip(x.shape[2:], steps, taps, kernel, zeros, more)
    )
    x, w = transposed_operands(x, w, (x.shape[0], num_filter, *lengths), steps, taps, zeros)
    out = _TRANSPOSED[axes - 1](x, w, None if no_bias else bias, steps, zeros, more, num_group, taps)
    return out.movedim(1, -1).contiguous() if layout in _CHANNELS_LAST else out


# --- what inputs and outputs say about each other ------------------------------------------------------------------


def _windows_back(transposed: bool) -> Inputs:
    """The batch and the channels of the data and, along the other axes, the shortest data with so many windows."""

    def rule(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        data, weight, out = inputs[0], inputs[1], outputs[0]
        kernel, groups, filters = attributes["kernel"], attributes["num_group"], attributes["num_filter"]
        axes, last = len(kernel), attributes["layout"] in _CHANNELS_LAST
        if data is None and weight is None and out is None:
            return (None,)
        spatial = range(1, axes + 1) if last else range(2, axes + 2)
        channel = -1 if last else 1
        found = [UNKNOWN] * (axes + 2) if data is None else list(data)
        if len(found) != axes + 2:
            return (None,)
        found[0] = length_or(out, 0)
        per_group = length_or(weight, 0 if transposed else channel)
        if found[channel] == UNKNOWN and per_group != UNKNOWN:
            found[channel] = per_group if transposed else per_group * groups
        full = [each or (default,) * axes for each, default in zip(_steps(attributes), (1, 1, 0))]
        for axis, width, step, taps, zeros in zip(spatial, kernel, *full):
            windows = length_or(out, axis)
            if windows != UNKNOWN and data is not None and not transposed:
                found[axis] = (windows - 1) * step + taps * (width - 1) + 1 - 2 * zeros
        channels = found[channel]
        if transposed:
            shape = (channels, *kernel, filters // groups) if last else (channels, filters // groups, *kernel)
        else:
            channels = channels if channels == UNKNOWN else channels // groups
            shape = (filters, *kernel, channels) if last else (filters, channels, *kernel)
        length = [known if known != UNKNOWN else new for known, new in zip(data or found, found)]
        return (None if data is None and out is None and per_group == UNKNOWN else tuple(length)), shape, (filters,)

    return rule


def _steps(attributes: Mapping[str, Any]) -> list[Shape]:
    return [attributes[name] for name in ("stride", "dilate", "pad")]


rule("inputs", "Convolution", "Convolution_v1")(_windows_back(transposed=False))
rule("inputs", "Deconvolution")(_windows_back(transposed=True))
