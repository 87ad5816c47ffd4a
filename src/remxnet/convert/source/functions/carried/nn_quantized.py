"""Made by tools/carried.py from mxnet.ops.nn.quantized; edits are lost."""

from __future__ import annotations

import math
from typing import Any

import torch

from .nn_convolution import convolution
from .nn_pooling import pooling
from .nn_quantizing import STEPS, farthest, float_per_step, rounded


def _checked(
    name: str,
    data: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    min_data: torch.Tensor | None,
    max_data: torch.Tensor | None,
    min_weight: torch.Tensor | None,
    max_weight: torch.Tensor | None,
    min_bias: torch.Tensor | None,
    max_bias: torch.Tensor | None,
    no_bias: bool,
) -> list[Any]:
    """The ranges of data, weight and bias, after all arrays were looked at."""
    return [(min_data, max_data), (min_weight, max_weight), (min_bias, max_bias)]


_EXACT = 2**24


_GREATEST = {torch.int8: 128, torch.uint8: 255}


def exact(data: torch.Tensor, weight: torch.Tensor, layer) -> torch.Tensor:
    """What a layer that multiplies and adds gives of integers of 8 bits, in int32."""
    wide = torch.float32
    if weight.numel():
        sums = weight.to(torch.int32).abs().flatten(1).sum(1, dtype=torch.int64)
        if int(sums.max()) * _GREATEST[data.dtype] >= _EXACT:
            wide = torch.float64
    return layer(data.to(wide), weight.to(wide)).to(torch.int32)


_CHANNELS_LAST_of_quantized = ("NWC", "NHWC", "NDHWC")


def range_of_sums(
    data: tuple[torch.Tensor, torch.Tensor],
    weight: tuple[torch.Tensor, torch.Tensor],
    dtype: torch.dtype,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The range of integers of 32 bits that are sums of products of integers of 8,
    which stand for these ranges.
    """
    step = farthest(*data) / STEPS[dtype] * (farthest(*weight) / STEPS[torch.int8])
    reach = step * STEPS[torch.int32]
    return (-reach, reach)


def scaled_bias(
    bias: torch.Tensor,
    ends: tuple[torch.Tensor, torch.Tensor],
    data: tuple[torch.Tensor, torch.Tensor],
    weight: tuple[torch.Tensor, torch.Tensor],
    dtype: torch.dtype,
) -> torch.Tensor:
    """A bias of 8 bits in the steps of the sums that it is added to, cut off towards 0."""
    step = float_per_step(*data, dtype) * float_per_step(*weight, torch.int8)
    return (bias * (float_per_step(*ends, torch.int8) / step)).to(torch.int32)


def _bias_of(
    name: str, bias: Any, units: int, ranges: list[Any], dtype: torch.dtype
) -> torch.Tensor:
    return scaled_bias(bias, ranges[2], ranges[0], ranges[1], dtype)


def quantized_conv(
    data: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    min_data: torch.Tensor | None = None,
    max_data: torch.Tensor | None = None,
    min_weight: torch.Tensor | None = None,
    max_weight: torch.Tensor | None = None,
    min_bias: torch.Tensor | None = None,
    max_bias: torch.Tensor | None = None,
    *,
    kernel: tuple[int, ...],
    stride: tuple[int, ...] = (),
    dilate: tuple[int, ...] = (),
    pad: tuple[int, ...] = (),
    num_filter: int,
    num_group: int = 1,
    no_bias: bool = False,
    layout: str | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """:func:`.convolution.convolution` of integers of 8 bits, added up exactly."""
    name, attributes = (
        "_contrib_quantized_conv",
        {"kernel": kernel, "stride": stride, "dilate": dilate, "pad": pad},
    )
    ranges = _checked(
        name,
        data,
        weight,
        bias,
        min_data,
        max_data,
        min_weight,
        max_weight,
        min_bias,
        max_bias,
        no_bias,
    )
    out = exact(
        data,
        weight,
        lambda x, w: convolution(
            x,
            w,
            **attributes,
            num_filter=num_filter,
            num_group=num_group,
            no_bias=True,
            layout=layout,
        ),
    )
    if not no_bias:
        axes = (
            (-1,)
            if layout in _CHANNELS_LAST_of_quantized
            else (-1, *(1,) * len(kernel))
        )
        out = out + _bias_of(name, bias, num_filter, ranges, data.dtype).reshape(axes)
    return (out, *range_of_sums(ranges[0], ranges[1], data.dtype))


def exact_dense(
    name: str, data: torch.Tensor, weight: torch.Tensor, units: int, flatten: bool
) -> torch.Tensor:
    """Data times a matrix's rows, in int32."""
    rows = data.flatten(1) if flatten and data.dim() > 2 else data
    rows = rows.unsqueeze(1) if flatten and data.dim() == 1 else rows
    return exact(rows, weight, torch.nn.functional.linear)


def quantized_fully_connected(
    data: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None = None,
    min_data: torch.Tensor | None = None,
    max_data: torch.Tensor | None = None,
    min_weight: torch.Tensor | None = None,
    max_weight: torch.Tensor | None = None,
    min_bias: torch.Tensor | None = None,
    max_bias: torch.Tensor | None = None,
    *,
    num_hidden: int,
    no_bias: bool = False,
    flatten: bool = True,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """:func:`.dense.fully_connected` of integers of 8 bits, added up exactly."""
    name = "_contrib_quantized_fully_connected"
    ranges = _checked(
        name,
        data,
        weight,
        bias,
        min_data,
        max_data,
        min_weight,
        max_weight,
        min_bias,
        max_bias,
        no_bias,
    )
    out = exact_dense(name, data, weight, num_hidden, flatten)
    if not no_bias:
        out = out + _bias_of(name, bias, num_hidden, ranges, data.dtype)
    return (out, *range_of_sums(ranges[0], ranges[1], data.dtype))


def _with_range(
    name: str, data: torch.Tensor, low: torch.Tensor, high: torch.Tensor
) -> None:
    pass


def quantized_pooling(
    data: torch.Tensor,
    min_data: torch.Tensor,
    max_data: torch.Tensor,
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
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """:func:`.pooling.pooling` of integers of 8 bits by 'max' or 'avg', over two or
    three axes.
    """
    name = "_contrib_quantized_pooling"
    _with_range(name, data, min_data, max_data)
    whole = (
        pool_type == "avg"
        and pooling_convention == "full"
        and (count_include_pad is not False)
        and (not global_pool)
    )
    out = pooling(
        data.to(torch.float32),
        kernel=kernel,
        pool_type="sum" if whole else pool_type,
        global_pool=global_pool,
        pooling_convention=pooling_convention,
        stride=stride,
        pad=pad,
        count_include_pad=count_include_pad,
        layout=layout,
    )
    if whole:
        out = out / math.prod(kernel)
    return (rounded(out, data.dtype), min_data.clone(), max_data.clone())


def quantized_flatten(
    data: torch.Tensor, min_data: torch.Tensor, max_data: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """All axes after the first as one, of integers of 8 bits; the range stays."""
    _with_range("_contrib_quantized_flatten", data, min_data, max_data)
    return (data.reshape(data.shape[0], -1).clone(), min_data.clone(), max_data.clone())


def quantized_act(
    data: torch.Tensor, min_data: torch.Tensor, max_data: torch.Tensor, *, act_type: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What is above 0 of integers of 8 bits; the range stays."""
    _with_range("_contrib_quantized_act", data, min_data, max_data)
    return (data.clamp(min=0), min_data.clone(), max_data.clone())


def quantized_embedding(
    data: torch.Tensor,
    weight: torch.Tensor,
    min_weight: torch.Tensor,
    max_weight: torch.Tensor,
    *,
    input_dim: int,
    output_dim: int,
    dtype: torch.dtype | None = "float32",
    sparse_grad: bool = False,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rows of a table of integers of 8 bits; the range is the table's."""
    rows = data.to(torch.int64).clamp(0, max(input_dim - 1, 0))
    return (
        torch.nn.functional.embedding(rows, weight),
        min_weight.clone(),
        max_weight.clone(),
    )
