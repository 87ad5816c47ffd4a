"""Made by tools/carried.py from mxnet.ops.nn.quantized_elementwise; edits are lost."""

from __future__ import annotations

from typing import Any

import torch

from .nn_quantized import range_of_sums
from .nn_quantizing import (
    HALF_STEPS,
    calibrated,
    farthest,
    float_per_step,
    integers,
    rounded,
)


def quantized_concat(
    *data: torch.Tensor, dim: int = 1
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Arrays of integers of 8 bits along an axis, all in the steps of the widest range."""
    _, count = ("_contrib_quantized_concat", len(data) // 3)
    arrays, lows, highs = (data[:count], data[count::2], data[count + 1 :: 2])
    dtype = (
        torch.uint8 if all(each.dtype is torch.uint8 for each in arrays) else torch.int8
    )
    low, high = (torch.stack(lows).amin(0), torch.stack(highs).amax(0))
    step = float_per_step(low, high, dtype)
    parts = [
        rounded(each * (float_per_step(one, other, each.dtype) / step), dtype)
        for each, one, other in zip(arrays, lows, highs)
    ]
    return (torch.cat(parts, dim), low, high)


Ends = tuple[torch.Tensor, torch.Tensor]


def _pair_of_quantized_elementwise(
    name: str, lhs: torch.Tensor, rhs: torch.Tensor, ends, names
) -> tuple[Ends, Ends]:
    """The ranges of two arrays, after all was looked at."""
    return ((ends[0], ends[1]), (ends[2], ends[3]))


_FOUR = ("lhs_min", "lhs_max", "rhs_min", "rhs_max")


def _told(low: float | None, high: float | None, like: torch.Tensor) -> Ends:
    """A range that was found beforehand, as arrays."""
    return (like.new_full((1,), low), like.new_full((1,), high))


def quantized_elemwise_add(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    lhs_min: torch.Tensor,
    lhs_max: torch.Tensor,
    rhs_min: torch.Tensor,
    rhs_max: torch.Tensor,
    *,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sums of integers of 8 bits."""
    name = "_contrib_quantized_elemwise_add"
    left, right = _pair_of_quantized_elementwise(
        name, lhs, rhs, (lhs_min, lhs_max, rhs_min, rhs_max), _FOUR
    )
    dtype, known = (torch.int32, calibrated(min_calib_range, max_calib_range))
    if known:
        dtype = torch.uint8 if lhs.dtype is rhs.dtype is torch.uint8 else torch.int8
        ends = _told(min_calib_range, max_calib_range, lhs_min)
    else:
        reach = farthest(*left) + farthest(*right)
        ends = (-reach, reach)
    step = farthest(*ends) / HALF_STEPS[dtype]
    scales = [
        float_per_step(*each, kind) / step
        for each, kind in ((left, lhs.dtype), (right, rhs.dtype))
    ]
    total = lhs * scales[0] + rhs * scales[1]
    return (rounded(total, dtype) if known else integers(total), *ends)


def quantized_elemwise_mul(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    lhs_min: torch.Tensor,
    lhs_max: torch.Tensor,
    rhs_min: torch.Tensor,
    rhs_max: torch.Tensor,
    *,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
    enable_float_output: bool = False,
) -> Any:
    """Products of integers of 8 bits."""
    name = "_contrib_quantized_elemwise_mul"
    left, right = _pair_of_quantized_elementwise(
        name, lhs, rhs, (lhs_min, lhs_max, rhs_min, rhs_max), _FOUR
    )
    product = lhs.to(torch.int32) * rhs.to(torch.int32)
    step = float_per_step(*left, torch.int8) * float_per_step(*right, torch.int8)
    if enable_float_output:
        return product * step
    if not calibrated(min_calib_range, max_calib_range):
        return (product, *range_of_sums(left, right, torch.int8))
    ends = _told(min_calib_range, max_calib_range, lhs_min)
    scaled = product * (step / float_per_step(*ends, torch.int8))
    return (rounded(scaled.trunc(), torch.int8), *ends)


def quantized_batch_norm(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    moving_mean: torch.Tensor,
    moving_var: torch.Tensor,
    min_data: torch.Tensor,
    max_data: torch.Tensor,
    *,
    eps: float = 0.001,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> Any:
    """Batch norm by the running statistics, of integers of 8 bits."""
    shape = [1] * data.dim()
    shape[axis] = -1
    ends = _told(min_calib_range, max_calib_range, min_data)
    scale = torch.rsqrt(moving_var + eps) * (1 if fix_gamma else gamma)
    per_step = float_per_step(*ends, torch.int8)
    factor = scale * float_per_step(min_data, max_data, data.dtype) / per_step
    offset = (beta - moving_mean * scale) / per_step
    out = data * factor.reshape(shape) + offset.reshape(shape)
    return (rounded(out, torch.int8), *ends, moving_mean, moving_var)
