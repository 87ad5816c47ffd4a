"""Made by tools/carried.py from mxnet.ops.nn.quantizing; edits are lost."""

from __future__ import annotations

import torch


def farthest(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    """How far from 0 a range reaches."""
    return torch.maximum(low.abs(), high.abs())


def _symmetric(reach: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return (-reach, reach)


_BOUNDS = {torch.int8: (-128, 127), torch.uint8: (0, 255)}


_NOT_A_NUMBER = {torch.int8: 127.0, torch.uint8: 0.0}


def rounded(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Floats as integers of 8 bits: the nearest, halves to the even one, and the last
    where they reach beyond.
    """
    low, high = _BOUNDS[dtype]
    return (
        values.round().clamp(low, high).nan_to_num(nan=_NOT_A_NUMBER[dtype]).to(dtype)
    )


def per_float(number: float, reach: torch.Tensor) -> torch.Tensor:
    """How many integers a float of 1 stands for, of so many up to the end of a range."""
    return torch.full_like(reach, number) / reach


STEPS = {torch.int8: 127.0, torch.uint8: 255.0, torch.int32: float(2**31 - 1)}


def quantize(
    data: torch.Tensor,
    min_range: torch.Tensor,
    max_range: torch.Tensor,
    *,
    out_type: str = "uint8",
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Floats as integers of 8 bits."""
    reach, dtype = (farthest(min_range, max_range), getattr(torch, out_type))
    ends = (
        _symmetric(reach)
        if dtype is torch.int8
        else (min_range.clone(), max_range.clone())
    )
    ends = (ends[0], ends[1])
    return (rounded(data * per_float(STEPS[dtype], reach), dtype), *ends)


def calibrated(low: float | None, high: float | None) -> bool:
    """Whether both ends of a range were found beforehand."""
    return low is not None and high is not None


def _is_unsigned(attributes) -> bool:
    """Whether 'auto', or the type itself, means uint8: where a calibrated range has
    nothing below 0.
    """
    low, high = (attributes["min_calib_range"], attributes["max_calib_range"])
    kind = attributes["out_type"]
    return kind == "uint8" or (kind == "auto" and calibrated(low, high) and (low >= 0))


def _chosen(attributes) -> torch.dtype:
    return torch.uint8 if _is_unsigned(attributes) else torch.int8


def _ends(
    low: float, high: float, like: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """A range's ends as arrays."""
    return (
        torch.full((1,), low, dtype=torch.float32, device=like.device),
        torch.full((1,), high, dtype=torch.float32, device=like.device),
    )


OWN_RANGE = {torch.int8: (-127.5, 127.5), torch.uint8: (0.0, 255.5)}


HALF_STEPS = {torch.int8: 127.5, torch.uint8: 255.5, torch.int32: float(2**31 - 1)}


def quantize_v2(
    data: torch.Tensor,
    *,
    out_type: str = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Floats as integers of 8 bits, by a range found beforehand or by the data's own."""
    given = {
        "out_type": out_type,
        "min_calib_range": min_calib_range,
        "max_calib_range": max_calib_range,
    }
    dtype = _chosen(given)
    known = calibrated(min_calib_range, max_calib_range)
    if data.dtype in _BOUNDS:
        low, high = (
            (min_calib_range, max_calib_range) if known else OWN_RANGE[data.dtype]
        )
        return (data.to(dtype, copy=True), *_ends(low, high, data))
    if known:
        low, high = _ends(min_calib_range, max_calib_range, data)
    else:
        low = (
            data.detach()
            .nan_to_num(nan=torch.inf, posinf=torch.inf, neginf=-torch.inf)
            .amin()
            .reshape(1)
        )
        high = (
            data.detach()
            .nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf)
            .amax()
            .reshape(1)
        )
    reach = farthest(low, high)
    ends = _symmetric(reach) if dtype is torch.int8 else (low, high)
    ends = (ends[0], ends[1])
    return (rounded(data * per_float(HALF_STEPS[dtype], reach), dtype), *ends)


def float_per_step(
    low: torch.Tensor, high: torch.Tensor, dtype: torch.dtype
) -> torch.Tensor:
    """The float that the integer 1 stands for."""
    return farthest(low, high) / HALF_STEPS[dtype]


def dequantize(
    data: torch.Tensor,
    min_range: torch.Tensor,
    max_range: torch.Tensor,
    *,
    out_type: str = "float32",
) -> torch.Tensor:
    """The floats that integers of 8 bits stand for."""
    return data * float_per_step(min_range, max_range, data.dtype).detach()


def requantize(
    data: torch.Tensor,
    min_range: torch.Tensor,
    max_range: torch.Tensor,
    *,
    out_type: str = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Integers of 32 bits, as sums of products of integers of 8 are, as integers of 8
    bits.
    """
    given = {
        "out_type": out_type,
        "min_calib_range": min_calib_range,
        "max_calib_range": max_calib_range,
    }
    dtype = _chosen(given)
    per_integer = float_per_step(min_range, max_range, torch.int32)
    if calibrated(min_calib_range, max_calib_range):
        reach = farthest(*_ends(min_calib_range, max_calib_range, data))
    else:
        reach = data.abs().max().to(torch.float32).reshape(1) * per_integer
    ends = (
        _symmetric(reach) if dtype is torch.int8 else (torch.zeros_like(reach), reach)
    )
    return (
        rounded(data * (per_integer * per_float(STEPS[dtype], reach)), dtype),
        *ends,
    )


def integers(values: torch.Tensor) -> torch.Tensor:
    """Floats as integers of 32 bits: the nearest, and the last where they reach beyond."""
    return (
        values.to(torch.float64)
        .round()
        .clamp(-(2**31), 2**31 - 1)
        .nan_to_num(nan=0.0)
        .to(torch.int32)
    )
