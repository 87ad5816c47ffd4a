"""Numbers of 8 bits in the place of floats, and back: quantize, dequantize, requantize, and where to cut a range off.

An array of 8 bits goes with two arrays of one element, the least and the greatest float that it stands for. A float is
the integer times the greatest of their absolute values, over :data:`HALF_STEPS`; there is no offset.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from ...base import MXNetError
from ..dtype_rules import Kinds
from ..gradients import constant
from ..registry import describe, operator, rule
from ..shape_rules import Partials

__all__ = [
    "HALF_STEPS", "OWN_RANGE", "STEPS", "calibrated", "dequantize", "farthest", "float_per_step",
    "integers", "per_float", "quantize", "quantize_v2", "range_checked", "requantize", "rounded",
]  # fmt: skip

#: the integers that an array's greatest float stands for: what a range of 32 bits and `quantize` count by …
STEPS = {torch.int8: 127.0, torch.uint8: 255.0, torch.int32: float(2**31 - 1)}
#: … and what MXNet's library for the processor, and so everything else, counts by: half a step beyond the last
HALF_STEPS = {torch.int8: 127.5, torch.uint8: 255.5, torch.int32: float(2**31 - 1)}
_BOUNDS = {torch.int8: (-128, 127), torch.uint8: (0, 255)}
#: what a float that is no number becomes
_NOT_A_NUMBER = {torch.int8: 127.0, torch.uint8: 0.0}


def range_checked(name: str, **bounds: torch.Tensor | None) -> None:
    """Refuse arrays for an end of a range that have more or less than one element.

    Raises
    ------
    MXNetError
        another shape than (1,), or another dtype than float32
    """
    for argument, bound in bounds.items():
        if bound is None or tuple(bound.shape) != (1,) or bound.dtype is not torch.float32:
            raise MXNetError(f"{name}: {argument} is {describe(bound)}; expected (1,) float32")


def farthest(low: torch.Tensor, high: torch.Tensor) -> torch.Tensor:
    """How far from 0 a range reaches."""
    return torch.maximum(low.abs(), high.abs())


def float_per_step(low: torch.Tensor, high: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """The float that the integer 1 stands for."""
    return farthest(low, high) / HALF_STEPS[dtype]


def per_float(number: float, reach: torch.Tensor) -> torch.Tensor:
    """How many integers a float of 1 stands for, of so many up to the end of a range.

    A quotient of two arrays: torch makes that of a number and an array by way of 1 over the array, and rounds twice.
    """
    return torch.full_like(reach, number) / reach


def rounded(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Floats as integers of 8 bits: the nearest, halves to the even one, and the last where they reach beyond."""
    low, high = _BOUNDS[dtype]
    return values.round().clamp(low, high).nan_to_num(nan=_NOT_A_NUMBER[dtype]).to(dtype)


def integers(values: torch.Tensor) -> torch.Tensor:
    """Floats as integers of 32 bits: the nearest, and the last where they reach beyond."""
    return values.to(torch.float64).round().clamp(-(2**31), 2**31 - 1).nan_to_num(nan=0.0).to(torch.int32)


def calibrated(low: float | None, high: float | None) -> bool:
    """Whether both ends of a range were found beforehand."""
    return low is not None and high is not None


def _ends(low: float, high: float, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A range's ends as arrays."""
    return (
        torch.full((1,), low, dtype=torch.float32, device=like.device),
        torch.full((1,), high, dtype=torch.float32, device=like.device),
    )


def _symmetric(reach: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return -reach, reach


def _data_and_ends(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The shapes of integers for the data, and of their range."""
    return (inputs[0], (1,), (1,))


def _types(out: torch.dtype, count: int) -> Kinds:
    return (out, *(torch.float32,) * (count - 1))


# --- from floats ---------------------------------------------------------------------------------------------------


def _quantize_dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    return (torch.float32,) * 3, _types(getattr(torch, attributes["out_type"]), 3)


@operator("_contrib_quantize", num_outputs=3, rules={"dtype": _quantize_dtypes, "outputs": _data_and_ends})
def quantize(
    data: torch.Tensor,
    min_range: torch.Tensor,
    max_range: torch.Tensor,
    *,
    out_type: Literal["int8", "uint8"] = "uint8",
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Floats as integers of 8 bits.

    Parameters
    ----------
    data : NDArray
        float32, of any shape
    min_range, max_range : NDArray (1,)
        the least and the greatest float of interest; what lies beyond becomes the last integer
    out_type : str
        'int8' has 127 steps on each side of 0, 'uint8' has 255 above it and makes 0 of negative floats

    Returns
    -------
    output, min_output, max_output : NDArray
        the integers and the range they stand for: for int8 it is made symmetric

    Raises
    ------
    MXNetError
        data that are not float32, ends of the range of another shape than (1,)

    Examples
    --------
    >>> low, high = mx.nd.array([-1]), mx.nd.array([1])
    >>> q, low, high = mx.nd.contrib.quantize(mx.nd.array([-2, 0, 0.5, 1]), low, high, out_type='int8')
    >>> q.asnumpy().tolist()
    [-128, 0, 64, 127]
    """
    _floats("_contrib_quantize", data)
    range_checked("_contrib_quantize", min_range=min_range, max_range=max_range)
    reach, dtype = farthest(min_range, max_range), getattr(torch, out_type)
    ends = _symmetric(reach) if dtype is torch.int8 else (min_range.clone(), max_range.clone())
    ends = constant(ends[0], data), constant(ends[1], data)
    return rounded(data * per_float(STEPS[dtype], reach), dtype), *ends


def _floats(name: str, data: torch.Tensor) -> None:
    if data.dtype is not torch.float32 or not data.numel():
        raise MXNetError(f"{name}: data is {describe(data)}; expected float32, one element at least")


def _is_unsigned(attributes: Mapping[str, Any]) -> bool:
    """Whether 'auto', or the type itself, means uint8: where a calibrated range has nothing below 0."""
    low, high = attributes["min_calib_range"], attributes["max_calib_range"]
    kind = attributes["out_type"]
    return kind == "uint8" or (kind == "auto" and calibrated(low, high) and low >= 0)


def _chosen(attributes: Mapping[str, Any]) -> torch.dtype:
    return torch.uint8 if _is_unsigned(attributes) else torch.int8


def _quantize_v2_dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    return (None,), _types(_chosen(attributes), 3)


@operator("_contrib_quantize_v2", num_outputs=3, rules={"dtype": _quantize_v2_dtypes, "outputs": _data_and_ends})
def quantize_v2(
    data: torch.Tensor,
    *,
    out_type: Literal["auto", "int8", "uint8"] = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Floats as integers of 8 bits, by a range found beforehand or by the data's own.

    Parameters
    ----------
    data : NDArray
        float32, of any shape; int8 and uint8 are handed on as they are
    out_type : str
        'int8', 'uint8', or 'auto': uint8 where the range was found beforehand and has nothing below 0
    min_calib_range, max_calib_range : float, optional
        the range; only both together count

    Returns
    -------
    output, min_output, max_output : NDArray
        the integers and the range they stand for: for int8 it is made symmetric

    Raises
    ------
    MXNetError
        data of another dtype

    Examples
    --------
    >>> q, low, high = mx.nd.contrib.quantize_v2(mx.nd.array([-2, 0, 0.5, 1]))
    >>> q.asnumpy().tolist(), low.asscalar(), high.asscalar()
    ([-128, 0, 32, 64], -2.0, 2.0)
    """
    given = {"out_type": out_type, "min_calib_range": min_calib_range, "max_calib_range": max_calib_range}
    dtype = _chosen(given)
    known = calibrated(min_calib_range, max_calib_range)
    if data.dtype in _BOUNDS:
        low, high = (min_calib_range, max_calib_range) if known else OWN_RANGE[data.dtype]
        return data.to(dtype, copy=True), *_ends(low, high, data)  # type: ignore[arg-type]
    _floats("_contrib_quantize_v2", data)
    if known:
        low, high = _ends(min_calib_range, max_calib_range, data)  # type: ignore[arg-type,assignment]
    else:
        low = data.detach().nan_to_num(nan=torch.inf, posinf=torch.inf, neginf=-torch.inf).amin().reshape(1)  # type: ignore[assignment]
        high = data.detach().nan_to_num(nan=-torch.inf, posinf=torch.inf, neginf=-torch.inf).amax().reshape(1)  # type: ignore[assignment]
    reach = farthest(low, high)  # type: ignore[arg-type]
    ends = _symmetric(reach) if dtype is torch.int8 else (low, high)
    ends = constant(ends[0], data), constant(ends[1], data)  # type: ignore[arg-type]
    return rounded(data * per_float(HALF_STEPS[dtype], reach), dtype), *ends


#: the range of integers that came without one
OWN_RANGE = {torch.int8: (-127.5, 127.5), torch.uint8: (0.0, 255.5)}


# --- back, and from 32 bits ----------------------------------------------------------------------------------------


@operator(
    "_contrib_dequantize",
    rules={"dtype": lambda inputs, outputs, attributes: ((None, torch.float32, torch.float32), (torch.float32,))},
)
def dequantize(
    data: torch.Tensor,
    min_range: torch.Tensor,
    max_range: torch.Tensor,
    *,
    out_type: Literal["float32"] = "float32",
) -> torch.Tensor:
    """The floats that integers of 8 bits stand for.

    Parameters
    ----------
    data : NDArray
        int8 or uint8
    min_range, max_range : NDArray (1,)
        the range they stand for

    Raises
    ------
    MXNetError
        data of another dtype, ends of the range of another shape than (1,)

    Examples
    --------
    >>> q, low, high = mx.nd.contrib.quantize_v2(mx.nd.array([-2, 0, 0.5, 1]))
    >>> print(mx.nd.contrib.dequantize(q, low, high).asnumpy().round(2))
    [-2.01  0.    0.5   1.  ]
    """
    if data.dtype not in _BOUNDS:
        raise MXNetError(f"_contrib_dequantize: data is {describe(data)}; expected int8 or uint8")
    range_checked("_contrib_dequantize", min_range=min_range, max_range=max_range)
    return constant(data * float_per_step(min_range, max_range, data.dtype).detach(), min_range, max_range)


def _requantize_dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    return (torch.int32, torch.float32, torch.float32), _types(_chosen(attributes), 3)


@operator("_contrib_requantize", num_outputs=3, rules={"dtype": _requantize_dtypes, "outputs": _data_and_ends})
def requantize(
    data: torch.Tensor,
    min_range: torch.Tensor,
    max_range: torch.Tensor,
    *,
    out_type: Literal["auto", "int8", "uint8"] = "int8",
    min_calib_range: float | None = None,
    max_calib_range: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Integers of 32 bits, as sums of products of integers of 8 are, as integers of 8 bits.

    Parameters
    ----------
    data : NDArray
        int32
    min_range, max_range : NDArray (1,)
        the range that all integers of 32 bits stand for
    out_type, min_calib_range, max_calib_range
        as in :func:`quantize_v2`; without a range found beforehand that of the data serves

    Returns
    -------
    output, min_output, max_output : NDArray
        the integers and the range they stand for, from 0 for uint8, else symmetric

    Raises
    ------
    MXNetError
        data that are not int32, ends of the range of another shape than (1,)

    Examples
    --------
    >>> low, high = mx.nd.array([-(2.0**31)]), mx.nd.array([2.0**31])
    >>> data = mx.nd.array([-100, 0, 50], dtype='int32')
    >>> mx.nd.contrib.requantize(data, low, high)[0].asnumpy().tolist()
    [-127, 0, 64]
    """
    if data.dtype is not torch.int32:
        raise MXNetError(f"_contrib_requantize: data is {describe(data)}; expected int32")
    range_checked("_contrib_requantize", min_range=min_range, max_range=max_range)
    given = {"out_type": out_type, "min_calib_range": min_calib_range, "max_calib_range": max_calib_range}
    dtype = _chosen(given)
    per_integer = float_per_step(min_range, max_range, torch.int32)
    if calibrated(min_calib_range, max_calib_range):
        reach = farthest(*_ends(min_calib_range, max_calib_range, data))  # type: ignore[arg-type]
    else:
        reach = data.abs().max().to(torch.float32).reshape(1) * per_integer
    ends = _symmetric(reach) if dtype is torch.int8 else (torch.zeros_like(reach), reach)
    return rounded(data * (per_integer * per_float(STEPS[dtype], reach)), dtype), *ends


# --- what inputs and outputs say about each other ------------------------------------------------------------------


def _with_ends(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The data have the first output's shape, the ends of ranges one element."""
    return (outputs[0], *((1,),) * (len(inputs) - 1))


rule("inputs", "_contrib_quantize", "_contrib_quantize_v2", "_contrib_dequantize", "_contrib_requantize")(_with_ends)
