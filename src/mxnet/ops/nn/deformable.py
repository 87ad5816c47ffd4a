"""Convolutions whose taps lie where a second input moves them, between elements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from ...base import MXNetError
from ..registry import Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, length_or
from .memory_format import output_lengths

__all__ = ["deformable_convolution", "modulated_deformable_convolution"]


def _params(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    """Shapes of weight and bias, from that of the data."""
    filters = attributes["num_filter"]
    weight = (filters, shapes["data"][1] // attributes["num_group"], *attributes["kernel"])
    return {"weight": weight, "bias": (filters,)}


def _all_shapes(data: Shape, attributes: Mapping[str, Any]) -> dict[str, Shape]:
    """Shapes of all other inputs, from that of the data."""
    kernel = attributes["kernel"]
    lengths = output_lengths(data[2:], kernel, *(attributes[name] or (default,) * 2 for name, default in _STEPS))
    taps = attributes["num_deformable_group"] * kernel[0] * kernel[1]
    return {
        "offset": (data[0], 2 * taps, *lengths),
        "mask": (data[0], taps, *lengths),
        **_params({"data": data}, attributes),
    }


_STEPS = (("stride", 1), ("dilate", 1), ("pad", 0))


def _checked(
    name: str, tensors: Mapping[str, torch.Tensor | None], attributes: Mapping[str, Any], **per_axis: Shape
) -> None:
    """Refuse inputs and attributes that do not fit."""
    data, kernel = tensors["data"], attributes["kernel"]
    assert data is not None
    if len(kernel) != 2 or any(len(each) not in (0, 2) for each in per_axis.values()):
        given = ", ".join(f"{attribute}={value}" for attribute, value in {"kernel": kernel, **per_axis}.items())
        raise MXNetError(f"{name}: {given}; expected two numbers each")
    if attributes["layout"] not in (None, "NCHW"):
        raise MXNetError(f"{name}: layout={attributes['layout']!r}; expected 'NCHW'")
    if data.dim() != 4 or not data.is_floating_point():
        raise MXNetError(f"{name}: data is {describe(data)}; expected floats (n, channels, height, width)")
    stride, dilate, pad = (per_axis[each] or (default,) * 2 for each, default in _STEPS)
    if min(*kernel, *stride, *dilate) < 1 or min(pad) < 0:
        raise MXNetError(
            f"{name}: kernel={kernel}, stride={stride}, dilate={dilate}, pad={pad}; expected 1 or more (pad: 0)"
        )
    groups, moved, filters = (attributes[each] for each in ("num_group", "num_deformable_group", "num_filter"))
    for attribute, count in (("num_group", groups), ("num_deformable_group", moved)):
        if count < 1 or data.shape[1] % count:
            raise MXNetError(f"{name}: {attribute}={count}; expected a divisor of data's {data.shape[1]} channels")
    if filters < 1 or filters % groups:
        raise MXNetError(f"{name}: num_filter={filters}; expected a multiple of num_group={groups}")
    if "mask" in tensors and filters % moved:  # nothing needs it, but MXNet refuses it
        raise MXNetError(f"{name}: num_filter={filters}; expected a multiple of num_deformable_group={moved}")
    wanted = _all_shapes(tuple(data.shape), {**attributes, **per_axis})
    if min(wanted["offset"][2:]) < 1:
        raise MXNetError(
            f"{name}: kernel {kernel} with dilate={dilate} is larger than the padded data {describe(data)}"
        )
    for argument, tensor in tensors.items():
        if argument == "data" or (argument == "bias" and attributes["no_bias"]):
            continue
        if tensor is None or tuple(tensor.shape) != wanted[argument] or tensor.dtype is not data.dtype:
            raise MXNetError(
                f"{name}: {argument} is {describe(tensor)}; expected {wanted[argument]} of data's dtype for data "
                f"{describe(data)}"
            )


def _sampled(data: torch.Tensor, y: torch.Tensor, x: torch.Tensor, edges: bool) -> torch.Tensor:
    """Elements between those of the data, by bilinear interpolation.

    Parameters
    ----------
    data : torch.Tensor (n, groups, channels, height, width)
        images
    y, x : torch.Tensor (n, groups, places)
        where, in elements
    edges : bool
        the image ends at its outermost elements, and past the last ones but before 1 further lies what the last ones
        are; else it fades to 0 over one element on each side

    Returns
    -------
    torch.Tensor (n, groups, channels, places)
    """
    height, width = data.shape[3:]
    if edges:
        inside = (y >= 0) & (x >= 0) & (y < height) & (x < width)
        y, x = (torch.where(at >= length - 1, length - 1, at) for at, length in ((y, height), (x, width)))
    else:
        inside = (y > -1) & (x > -1) & (y < height) & (x < width)
    low = [at.detach().floor() for at in (y, x)]
    part = [at - base for at, base in zip((y, x), low)]
    flat, result = data.flatten(3), None
    for down in (0, 1):
        for right in (0, 1):
            row, column = low[0] + down, low[1] + right
            there = inside & (row >= 0) & (row < height) & (column >= 0) & (column < width)
            place = (row.clamp(0, height - 1) * width + column.clamp(0, width - 1)).nan_to_num(0).long()
            found = flat.gather(3, place.unsqueeze(2).expand(-1, -1, flat.shape[2], -1))
            weight = (part[0] if down else 1 - part[0]) * (part[1] if right else 1 - part[1])
            each = found * torch.where(there, weight, torch.zeros_like(weight)).unsqueeze(2)
            result = each if result is None else result + each
    assert result is not None
    return result


def _convolved(
    data: torch.Tensor,
    offset: torch.Tensor,
    mask: torch.Tensor | None,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    groups: int,
    moved: int,
    stride: Shape,
    dilate: Shape,
    pad: Shape,
) -> torch.Tensor:
    """The sum over channels and taps of the weight times what lies where the taps have been moved to."""
    n, channels, _, _ = data.shape
    filters, (kh, kw), (rows, columns) = weight.shape[0], weight.shape[2:], offset.shape[2:]
    taps, places = kh * kw, rows * columns
    moves = offset.reshape(n, moved, taps, 2, rows, columns)

    def along(axis: int, taps_of_axis: torch.Tensor, count: int, shape: tuple[int, ...]) -> torch.Tensor:
        start = torch.arange(count, device=data.device) * stride[axis] - pad[axis]
        return (taps_of_axis * dilate[axis])[:, None, None] + start.reshape(shape)

    tap = torch.arange(taps, device=data.device)
    y = along(0, tap // kw, rows, (rows, 1)) + moves[:, :, :, 0]
    x = along(1, tap % kw, columns, (1, columns)) + moves[:, :, :, 1]
    images = data.reshape(n, moved, channels // moved, *data.shape[2:])
    found = _sampled(images, y.flatten(2), x.flatten(2), edges=mask is None)
    if mask is not None:
        found = found * mask.reshape(n, moved, 1, taps * places)
    found = found.reshape(n, groups, channels // groups * taps, places)
    out = weight.reshape(groups, filters // groups, -1) @ found
    out = out.reshape(n, filters, rows, columns)
    return out if bias is None else out + bias[:, None, None]


@operator("_contrib_DeformableConvolution", params=_params, asks={"bias": lambda attributes: not attributes["no_bias"]})
def deformable_convolution(
    data: torch.Tensor,
    offset: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: int,
    num_group: int = 1,
    num_deformable_group: int = 1,
    workspace: int = 1024,
    no_bias: bool = False,
    layout: Literal["NCDHW", "NCHW", "NCW"] | None = None,
) -> torch.Tensor:
    """A convolution whose taps are moved, at every place of their own.

    Parameters
    ----------
    data : NDArray (n, channels, height, width)
        images
    offset : NDArray (n, num_deformable_group * taps * 2, rows, columns)
        for each tap, row after row of the kernel, how far down and how far right it is moved, in elements
    weight : NDArray (num_filter, channels / num_group, kernel height, kernel width)
        the kernels
    bias : NDArray (num_filter,)
        left out with ``no_bias``
    kernel, stride, dilate, pad : (height, width)
        as of :func:`mxnet.nd.Convolution`
    num_filter, num_group : int
        output channels, and groups of channels that see only each other
    num_deformable_group : int
        groups of channels that have offsets of their own
    workspace
        taken for MXNet's sake
    layout : str, optional
        'NCHW'

    Returns
    -------
    NDArray (n, num_filter, rows, columns)
        outside of the image lies 0

    Raises
    ------
    MXNetError
        shapes, dtypes or attributes that do not fit

    References
    ----------
    Dai and others 2017, Deformable Convolutional Networks

    Examples
    --------
    >>> x, right = mx.nd.array([[[[1, 2, 3, 4]]]]), mx.nd.array([[[[0] * 4], [[0.5] * 4]]])
    >>> out = mx.nd.contrib.DeformableConvolution(
    ...     x, right, mx.nd.ones((1, 1, 1, 1)), kernel=(1, 1), num_filter=1, no_bias=True
    ... )
    >>> out.asnumpy().tolist()
    [[[[1.5, 2.5, 3.5, 4.0]]]]
    """
    attributes = {
        "kernel": kernel, "num_filter": num_filter, "num_group": num_group, "no_bias": no_bias, "layout": layout,
        "num_deformable_group": num_deformable_group,
    }  # fmt: skip
    tensors = {"data": data, "offset": offset, "weight": weight, "bias": bias}
    _checked("DeformableConvolution", tensors, attributes, stride=stride, dilate=dilate, pad=pad)
    steps = (stride or (1, 1), dilate or (1, 1), pad or (0, 0))
    return _convolved(data, offset, None, weight, None if no_bias else bias, num_group, num_deformable_group, *steps)


@operator(
    "_contrib_ModulatedDeformableConvolution",
    params=_params,
    asks={"bias": lambda attributes: not attributes["no_bias"]},
)
def modulated_deformable_convolution(
    data: torch.Tensor,
    offset: torch.Tensor,
    mask: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
    num_filter: int,
    num_group: int = 1,
    num_deformable_group: int = 1,
    workspace: int = 1024,
    no_bias: bool = False,
    im2col_step: int = 64,
    layout: Literal["NCDHW", "NCHW", "NCW"] | None = None,
) -> torch.Tensor:
    """A convolution whose taps are moved and weighted, at every place of their own.

    Parameters
    ----------
    data, offset, weight, bias : NDArray
        as of :func:`deformable_convolution`
    mask : NDArray (n, num_deformable_group * taps, rows, columns)
        what each tap is multiplied by
    kernel, stride, dilate, pad, num_filter, num_group, num_deformable_group, layout
        as of :func:`deformable_convolution`
    workspace, im2col_step
        taken for MXNet's sake

    Returns
    -------
    NDArray (n, num_filter, rows, columns)
        outside of the image lies 0, to which it fades over one element

    Raises
    ------
    MXNetError
        shapes, dtypes or attributes that do not fit

    References
    ----------
    Zhu and others 2019, Deformable ConvNets v2
    """
    attributes = {
        "kernel": kernel, "num_filter": num_filter, "num_group": num_group, "no_bias": no_bias, "layout": layout,
        "num_deformable_group": num_deformable_group,
    }  # fmt: skip
    tensors = {"data": data, "offset": offset, "mask": mask, "weight": weight, "bias": bias}
    _checked("ModulatedDeformableConvolution", tensors, attributes, stride=stride, dilate=dilate, pad=pad)
    steps = (stride or (1, 1), dilate or (1, 1), pad or (0, 0))
    return _convolved(data, offset, mask, weight, None if no_bias else bias, num_group, num_deformable_group, *steps)


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "_contrib_DeformableConvolution", "_contrib_ModulatedDeformableConvolution")
def _moved_windows(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, out = inputs[0], outputs[0]
    kernel, filters, groups = attributes["kernel"], attributes["num_filter"], attributes["num_group"]
    if len(kernel) != 2:
        return (None,)
    taps = attributes["num_deformable_group"] * kernel[0] * kernel[1]
    images = max(length_or(each, 0) for each in (data, inputs[1], out))
    rows, columns = length_or(out, 2), length_or(out, 3)
    channels = length_or(data, 1)
    weight = (filters, UNKNOWN if channels == UNKNOWN else channels // max(groups, 1), *kernel)
    moves = [(images, count * taps, rows, columns) for count in ((2,) if "im2col_step" not in attributes else (2, 1))]
    return (images, UNKNOWN, UNKNOWN, UNKNOWN), *moves, weight, (filters,)
