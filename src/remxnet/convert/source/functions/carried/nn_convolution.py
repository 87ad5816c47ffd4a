"""Made by tools/carried.py from mxnet.ops.nn.convolution; edits are lost."""

from __future__ import annotations

import torch

from .nn_memory_format import output_lengths
from .registry import describe

_CHANNELS_LAST_of_convolution = ("NWC", "NHWC", "NDHWC")


def _checked_of_convolution(
    name: str,
    data: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    kernel: tuple[int, ...],
    no_bias: bool,
    layout: str | None,
    **per_axis: tuple[int, ...],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Data and weight with their channels first, after the checks that cost nothing."""
    if layout in _CHANNELS_LAST_of_convolution:
        return (data.movedim(-1, 1), weight.movedim(-1, 1))
    return (data, weight)


def _convolution_error(
    x: torch.Tensor,
    w: torch.Tensor,
    bias: torch.Tensor | None,
    kernel: tuple[int, ...],
    dilate: tuple[int, ...],
    pad: tuple[int, ...],
    num_filter: int,
    num_group: int,
    no_bias: bool,
    error: Exception | None,
) -> ValueError:
    """Why a convolution could not be computed."""
    if w.dtype is not x.dtype:
        return ValueError(
            f"Convolution: weight is {describe(w)} and data {describe(x)}; expected one dtype"
        )
    if num_group < 1 or x.shape[1] % num_group or num_filter % num_group:
        return ValueError(
            f"Convolution: num_group={num_group}; expected a divisor of data's {x.shape[1]} channels and of num_filter={num_filter}"
        )
    wanted = (num_filter, x.shape[1] // num_group, *kernel)
    if tuple(w.shape) != wanted:
        known = (num_filter, *kernel)
        channels = w.shape[1] * num_group
        if (w.shape[0], *w.shape[2:]) == known:
            return ValueError(
                f"Convolution: data {describe(x)} has {x.shape[1]} channels; expected {channels}, by weight {describe(w)}"
            )
        return ValueError(
            f"Convolution: weight is {describe(w)}; expected {wanted} for data {describe(x)}"
        )
    padded = tuple((length + 2 * zeros for length, zeros in zip(x.shape[2:], pad)))
    reach = tuple((step * (length - 1) + 1 for length, step in zip(kernel, dilate)))
    if any((wide > length for wide, length in zip(reach, padded))):
        return ValueError(
            f"Convolution: kernel {reach} is larger than the padded input {padded}"
        )
    if not no_bias and bias is not None and (tuple(bias.shape) != (num_filter,)):
        return ValueError(
            f"Convolution: bias is {describe(bias)}; expected ({num_filter},)"
        )
    return ValueError(
        f"Convolution: data {describe(x)} and weight {describe(w)}: {error}"
    )


_CONVOLUTIONS = (torch.conv1d, torch.conv2d, torch.conv3d)


def convolution(
    data: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    *,
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    num_filter: int,
    num_group: int = 1,
    no_bias: bool = False,
    layout: str | None = None,
) -> torch.Tensor:
    """Each output is the sum over channels and kernel of the weight times the window at
    its place, plus the bias.
    """
    x, w = _checked_of_convolution(
        "Convolution",
        data,
        weight,
        bias,
        kernel,
        no_bias,
        layout,
        stride=stride,
        dilate=dilate,
        pad=pad,
    )
    axes = len(kernel)
    steps, taps, zeros = (
        stride or (1,) * axes,
        dilate or (1,) * axes,
        pad or (0,) * axes,
    )
    if min(output_lengths(x.shape[2:], kernel, steps, taps, zeros)) < 1:
        raise _convolution_error(
            x, w, bias, kernel, taps, zeros, num_filter, num_group, no_bias, None
        )
    try:
        out = _CONVOLUTIONS[axes - 1](
            x, w, None if no_bias else bias, steps, zeros, taps, num_group
        )
    except RuntimeError as error:
        raise _convolution_error(
            x, w, bias, kernel, taps, zeros, num_filter, num_group, no_bias, error
        ) from error
    return (
        out.movedim(1, -1).contiguous()
        if layout in _CHANNELS_LAST_of_convolution
        else out
    )
