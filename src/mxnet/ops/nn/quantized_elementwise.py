"""Arithmetic, concatenation and normalization of integers of 8 bits, whose steps have to be brought together.

Every array goes with two arrays of one element, the ends of the range it stands for (:mod:`.quantizing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ...base import MXNetError
from ..dtype_rules import Kinds
from ..registry import describe, operator, rule
from ..shape_rules import UNKNOWN, Partial, Partials, merged, rank_or
from .quantized import OUTPUTS, bytes_checked, range_of_sums
from .quantizing import HALF_STEPS, calibrated, farthest, float_per_step, integers, range_checked, rounded

__all__ = [
    "quantized_batch_norm", "quantized_concat", "quantized_elemwise_add", "quantized_elemwise_mul",
]  # fmt: skip

Ends = tuple[torch.Tensor, torch.Tensor]


def _told(low: float | None, high: float | None, like: torch.Tensor) -> Ends:
    """A range that was found beforehand, as arrays."""
    return like.new_full((1,), low), like.new_full((1,), high)  # type: ignore[arg-type]


def _ranges(kinds: Kinds) -> Kinds:
    """The dtypes of ends of ranges of which nothing is known."""
    return [torch.float32 if kind is None else None for kind in kinds]


# --- concatenation -------------------------------------------------------------------------------------------------


def _joined_dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    """uint8 where all arrays are, else int8."""
    count = len(inputs) // 3
    data = inputs[:count]
    kind = None
    if torch.int8 in data:
        kind = torch.int8
    elif all(each is torch.uint8 for each in data):
        kind = torch.uint8
    return (*(None,) * count, *_ranges(inputs[count:])), (kind, torch.float32, torch.float32)


def _ends_of_each(attributes: Mapping[str, Any], count: int) -> list[str]:
    """A graph makes the ends of each array's range."""
    return [f"arg{place}_{end}" for place in range(count) for end in ("min", "max")] if count % 3 else []


@operator(
    "_contrib_quantized_concat",
    num_outputs=3,
    outputs=OUTPUTS,
    rules={"dtype": _joined_dtypes, "more": _ends_of_each},
)
def quantized_concat(*data: torch.Tensor, dim: int = 1) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Arrays of integers of 8 bits along an axis, all in the steps of the widest range.

    Parameters
    ----------
    data : NDArray
        the arrays, int8 or uint8, then for each of them the two ends of its range
    dim : int
        the axis

    Returns
    -------
    output, min_output, max_output : NDArray
        uint8 where all arrays are, else int8; the range from the least to the greatest end

    Raises
    ------
    MXNetError
        not three inputs for each array, arrays of other dtypes or of shapes that do not fit
    """
    name, count = "_contrib_quantized_concat", len(data) // 3
    if not count or len(data) != 3 * count:
        raise MXNetError(f"{name}: {len(data)} inputs; expected arrays, and two ends of a range for each")
    arrays, lows, highs = data[:count], data[count::2], data[count + 1 :: 2]
    bytes_checked(name, **{f"data{place}": each for place, each in enumerate(arrays)})
    range_checked(name, **{f"min{place}": each for place, each in enumerate(lows)})
    range_checked(name, **{f"max{place}": each for place, each in enumerate(highs)})
    dtype = torch.uint8 if all(each.dtype is torch.uint8 for each in arrays) else torch.int8
    low, high = torch.stack(lows).amin(0), torch.stack(highs).amax(0)
    step = float_per_step(low, high, dtype)
    parts = [
        rounded(each * (float_per_step(one, other, each.dtype) / step), dtype)
        for each, one, other in zip(arrays, lows, highs)
    ]
    try:
        return torch.cat(parts, dim), low, high
    except (RuntimeError, IndexError) as error:
        shown = ", ".join(describe(each) for each in arrays)
        raise MXNetError(f"{name}: dim={dim} of {shown}; expected lengths that differ there alone") from error


# --- sums and products ---------------------------------------------------------------------------------------------


def _sum_dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    """int32 without a range found beforehand, else uint8 where both are, else int8."""
    kind: torch.dtype | None = torch.int32
    if calibrated(attributes["min_calib_range"], attributes["max_calib_range"]):
        kind = torch.int8 if torch.int8 in inputs[:2] else None
        if inputs[0] is torch.uint8 and inputs[1] is torch.uint8:
            kind = torch.uint8
    return (None, None, *_ranges(inputs[2:])), (kind, torch.float32, torch.float32)


def _pair(
    name: str, lhs: torch.Tensor, rhs: torch.Tensor, ends: Sequence[torch.Tensor], names: Sequence[str]
) -> tuple[Ends, Ends]:
    """The ranges of two arrays, after all was looked at."""
    bytes_checked(name, lhs=lhs, rhs=rhs)
    if lhs.shape != rhs.shape:
        raise MXNetError(f"{name}: lhs is {describe(lhs)} and rhs {describe(rhs)}; expected one shape")
    range_checked(name, **dict(zip(names, ends)))
    return (ends[0], ends[1]), (ends[2], ends[3])


_FOUR = ("lhs_min", "lhs_max", "rhs_min", "rhs_max")


@operator("_contrib_quantized_elemwise_add", num_outputs=3, outputs=OUTPUTS, rules={"dtype": _sum_dtypes})
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
    """Sums of integers of 8 bits.

    Parameters
    ----------
    lhs, rhs : NDArray
        int8 or uint8, of one shape
    lhs_min, lhs_max, rhs_min, rhs_max : NDArray (1,)
        the ranges they stand for
    min_calib_range, max_calib_range : float, optional
        the range of the sums; only both together count

    Returns
    -------
    output, min_output, max_output : NDArray
        int32 over all that sums can be, or, for a range found beforehand, uint8 where both are, else int8

    Raises
    ------
    MXNetError
        arrays of other dtypes or two shapes
    """
    name = "_contrib_quantized_elemwise_add"
    left, right = _pair(name, lhs, rhs, (lhs_min, lhs_max, rhs_min, rhs_max), _FOUR)
    dtype, known = torch.int32, calibrated(min_calib_range, max_calib_range)
    if known:
        dtype = torch.uint8 if lhs.dtype is rhs.dtype is torch.uint8 else torch.int8
        ends = _told(min_calib_range, max_calib_range, lhs_min)
    else:
        reach = farthest(*left) + farthest(*right)
        ends = (-reach, reach)
    step = farthest(*ends) / HALF_STEPS[dtype]
    scales = [float_per_step(*each, kind) / step for each, kind in ((left, lhs.dtype), (right, rhs.dtype))]
    total = lhs * scales[0] + rhs * scales[1]
    return (rounded(total, dtype) if known else integers(total)), *ends


def _product_dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    told = (torch.int8, torch.int8, *(torch.float32,) * 4)
    if attributes["enable_float_output"]:
        return told, (torch.float32,)
    known = calibrated(attributes["min_calib_range"], attributes["max_calib_range"])
    return told, (torch.int8 if known else torch.int32, torch.float32, torch.float32)


@operator(
    "_contrib_quantized_elemwise_mul",
    num_outputs=lambda attributes: 1 if attributes["enable_float_output"] else 3,
    outputs=lambda attributes: OUTPUTS[:1] if attributes["enable_float_output"] else OUTPUTS,
    rules={"dtype": _product_dtypes},
)
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
    """Products of integers of 8 bits.

    Parameters
    ----------
    lhs, rhs : NDArray
        int8, of one shape
    lhs_min, lhs_max, rhs_min, rhs_max : NDArray (1,)
        the ranges they stand for
    min_calib_range, max_calib_range : float, optional
        the range of the products; only both together count
    enable_float_output : bool
        whether to return the floats that the products stand for, alone

    Returns
    -------
    output, min_output, max_output : NDArray
        int32, exact, or for a range found beforehand int8, cut off towards 0

    Raises
    ------
    MXNetError
        arrays of another dtype or two shapes
    """
    name = "_contrib_quantized_elemwise_mul"
    left, right = _pair(name, lhs, rhs, (lhs_min, lhs_max, rhs_min, rhs_max), _FOUR)
    if lhs.dtype is not torch.int8 or rhs.dtype is not torch.int8:
        raise MXNetError(f"{name}: lhs is {describe(lhs)} and rhs {describe(rhs)}; expected int8")
    product = lhs.to(torch.int32) * rhs.to(torch.int32)
    step = float_per_step(*left, torch.int8) * float_per_step(*right, torch.int8)
    if enable_float_output:
        return product * step
    if not calibrated(min_calib_range, max_calib_range):
        return product, *range_of_sums(left, right, torch.int8)
    ends = _told(min_calib_range, max_calib_range, lhs_min)
    scaled = product * (step / float_per_step(*ends, torch.int8))
    return rounded(scaled.trunc(), torch.int8), *ends


# --- normalization -------------------------------------------------------------------------------------------------


def _norm_dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    return (None, *(torch.float32,) * 6), (torch.int8, torch.float32, torch.float32)


def _norm_params(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    channels: tuple[int, ...] = (shapes["data"][attributes["axis"]],)
    told = dict.fromkeys(("gamma", "beta", "moving_mean", "moving_var"), channels)
    return told | {"min_data": (1,), "max_data": (1,)}


@operator(
    "_contrib_quantized_batch_norm",
    num_outputs=3,
    outputs=OUTPUTS,
    params=_norm_params,
    starts={"moving_mean": '["zero", {}]', "moving_var": '["one", {}]'},
    aux=("moving_mean", "moving_var"),
    rules={"dtype": _norm_dtypes},
)
def quantized_batch_norm(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    moving_mean: torch.Tensor,
    moving_var: torch.Tensor,
    min_data: torch.Tensor,
    max_data: torch.Tensor,
    *,
    eps: float = 1e-3,
    momentum: float = 0.9,
    fix_gamma: bool = True,
    use_global_stats: bool = False,
    output_mean_var: bool = False,
    axis: int = 1,
    cudnn_off: bool = False,
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> Any:
    """Batch norm by the running statistics, of integers of 8 bits.

    Parameters
    ----------
    data : NDArray
        int8 or uint8
    gamma, beta, moving_mean, moving_var : NDArray (channels,)
        float32
    min_data, max_data : NDArray (1,)
        the range the data stand for
    min_calib_range, max_calib_range : float
        the range of the result, found beforehand

    Returns
    -------
    output, min_output, max_output : NDArray
        int8

    Raises
    ------
    MXNetError
        no range, data of another dtype, parameters of another shape
    """
    name = "_contrib_quantized_batch_norm"
    bytes_checked(name, data=data)
    range_checked(name, min_data=min_data, max_data=max_data)
    if not calibrated(min_calib_range, max_calib_range):
        raise MXNetError(f"{name}: no range; expected min_calib_range and max_calib_range, from a calibration")
    if not -data.dim() <= axis < data.dim():
        raise MXNetError(f"{name}: axis={axis} of data {describe(data)}; expected one of its axes")
    wanted = (data.shape[axis],)
    shape = [1] * data.dim()
    shape[axis] = -1
    for argument, each in (("gamma", gamma), ("beta", beta), ("moving_mean", moving_mean), ("moving_var", moving_var)):
        if tuple(each.shape) != wanted:
            raise MXNetError(f"{name}: {argument} is {describe(each)}; expected {wanted}")
    ends = _told(min_calib_range, max_calib_range, min_data)
    scale = torch.rsqrt(moving_var + eps) * (1 if fix_gamma else gamma)
    per_step = float_per_step(*ends, torch.int8)
    factor = scale * float_per_step(min_data, max_data, data.dtype) / per_step
    offset = (beta - moving_mean * scale) / per_step
    out = data * factor.reshape(shape) + offset.reshape(shape)
    return rounded(out, torch.int8), *ends, moving_mean, moving_var


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "_contrib_quantized_concat")
def _parts_back(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """All lengths but those along the axis; the last of these where the others are known."""
    count, axis, out = len(inputs) // 3, attributes["dim"], outputs[0]
    arrays = [list(each) if each is not None else None for each in inputs[:count]]
    rank = next((len(each) for each in (*arrays, out) if each is not None), None)
    ends = ((1,),) * (2 * count)
    if rank is None or not -rank <= axis < rank:
        return (*(None,) * count, *ends)
    axis %= rank
    open_out: Partial = None if out is None else (*out[:axis], UNKNOWN, *out[axis + 1 :])
    others = merged(
        [open_out, *[None if each is None else (*each[:axis], UNKNOWN, *each[axis + 1 :]) for each in arrays]]
    )
    told = [list(rank_or(others, rank)) for _ in arrays]
    lengths = [UNKNOWN if each is None else each[axis] for each in arrays]
    if out is not None and out[axis] != UNKNOWN and lengths.count(UNKNOWN) == 1:
        place = lengths.index(UNKNOWN)
        lengths[place] = out[axis] - sum(length for length in lengths if length != UNKNOWN)
    for each, length in zip(told, lengths):
        each[axis] = length
    return (*[tuple(each) for each in told], *ends)


@rule("inputs", "_contrib_quantized_elemwise_add", "_contrib_quantized_elemwise_mul")
def _alike_back(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    shape = merged([inputs[0], inputs[1], outputs[0]])
    return (shape, shape, *((1,),) * 4)


@rule("inputs", "_contrib_quantized_batch_norm")
def _norm_back(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data = merged([inputs[0], outputs[0]])
    axis = attributes["axis"]
    channels = None if data is None or not -len(data) <= axis < len(data) else (data[axis],)
    return (data, *(channels,) * 4, (1,), (1,))
