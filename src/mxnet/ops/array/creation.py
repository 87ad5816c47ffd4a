"""Arrays from nothing but numbers: filled, counted, identity. The context is the caller's; ``ctx`` is read there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from ...base import MXNetError
from ..dtype_rules import by_attribute
from ..gradients import constant, piecewise_constant
from ..math.reduce import axis_within
from ..registry import Device, DType, Shape, operator, rule
from ..shape_rules import UNKNOWN, Partials, by_shape_attribute, with_axis

__all__ = ["arange", "arange_like", "eye", "full", "linspace", "ones", "zeros"]


@operator("_zeros")
def zeros(*, shape: Shape = (), ctx: str = "", dtype: DType = torch.float32, device: Device = None) -> torch.Tensor:
    """Zeros.

    Parameters
    ----------
    shape : tuple of int
        the shape
    ctx : str
        the context, such as ``cpu(0)``
    dtype : str or NumPy dtype
        the dtype
    """
    return torch.zeros(shape, dtype=dtype, device=device)


@operator("_ones")
def ones(*, shape: Shape = (), ctx: str = "", dtype: DType = torch.float32, device: Device = None) -> torch.Tensor:
    """Ones; the parameters are those of ``_zeros``."""
    return torch.ones(shape, dtype=dtype, device=device)


@operator("_full", "_npi_full")
def full(
    *,
    shape: Shape | None = None,
    ctx: str = "",
    dtype: DType = torch.float32,
    value: float,
    device: Device = None,
) -> torch.Tensor:
    """One ``value`` everywhere, cut where ``dtype`` holds integers; the other parameters are those of ``_zeros``."""
    if shape is None:
        raise MXNetError("_full: shape is not given")
    return torch.full(shape, value, dtype=torch.float64, device=device).to(dtype)


@operator("_arange")
def arange(
    *,
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    ctx: str = "",
    dtype: DType = torch.float32,
    device: Device = None,
) -> torch.Tensor:
    """Numbers ``step`` apart from ``start`` up to but without ``stop``.

    Parameters
    ----------
    start, stop, step : float
        without ``stop`` the numbers run from 0 to ``start``; computed in ``dtype``, so that an integer type cuts start
        and step
    repeat : int
        how often each number stands
    infer_range : bool
        not supported: the length follows from start, stop and step
    ctx : str
        the context
    dtype : str or NumPy dtype
        the dtype

    Raises
    ------
    MXNetError
        ``step`` is 0, or leads away from ``stop``
    """
    if infer_range:
        raise MXNetError("_arange: infer_range=True is not supported; give stop")
    if stop is None:
        start, stop = 0.0, start
    if step == 0:
        raise MXNetError("_arange: step=0; expected another number")
    if not math.isfinite((stop - start) / step):
        raise MXNetError(f"_arange: start={start}, stop={stop}, step={step}; expected a finite number of steps")
    if (stop - start) * step <= 0:
        raise MXNetError(f"_arange: no number from start={start} to stop={stop} by step={step}")
    if repeat < 1:
        raise MXNetError(f"_arange: repeat={repeat}; expected at least 1")
    return counted(math.ceil((stop - start) / step), start, step, repeat, dtype, device)


def counted(
    count: int, start: float, step: float, repeat: int, dtype: torch.dtype, device: torch.device
) -> torch.Tensor:
    """``count`` numbers from ``start`` by ``step``, each ``repeat`` times, computed in ``dtype`` as MXNet does."""
    positions = torch.arange(count, dtype=dtype, device=device)
    first, by = (start, step) if dtype.is_floating_point else (int(start), int(step))
    numbers = positions * by + first
    return numbers.repeat_interleave(repeat) if repeat != 1 else numbers


@operator("_linspace", "_npi_linspace")
def linspace(
    *,
    start: float,
    stop: float,
    num: int,
    endpoint: bool = True,
    ctx: str = "",
    dtype: DType = torch.float32,
    device: Device = None,
) -> torch.Tensor:
    """``num`` numbers at equal distances from ``start`` to ``stop``.

    Parameters
    ----------
    start, stop : float
        the bounds
    num : int
        how many numbers
    endpoint : bool
        whether ``stop`` is the last of them, or one distance beyond
    ctx : str
        the context
    dtype : str or NumPy dtype
        the dtype

    Raises
    ------
    MXNetError
        ``num`` is negative
    """
    if num < 0:
        raise MXNetError(f"_linspace: num={num}; expected 0 or more")
    parts = num - 1 if endpoint else num
    step = (stop - start) / parts if parts > 0 else 0.0
    return (torch.arange(num, dtype=torch.float64, device=device) * step + start).to(dtype)


@operator("_eye")
def eye(
    *, N: int, M: int = 0, k: int = 0, ctx: str = "", dtype: DType = torch.float32, device: Device = None
) -> torch.Tensor:
    """A matrix of ``N`` rows and ``M`` columns (``N`` where 0) with ones on the diagonal ``k`` above the main one."""
    if N < 0 or M < 0:
        raise MXNetError(f"_eye: N={N}, M={M}; expected no negative length")
    rows = torch.arange(N, device=device).unsqueeze(1)
    return torch.eq(torch.arange(M or N, device=device), rows + k).to(dtype)


@operator("_contrib_arange_like", "_npx_arange_like")
def arange_like(
    data: torch.Tensor,
    *,
    start: float = 0.0,
    step: float = 1.0,
    repeat: int = 1,
    ctx: str = "",
    axis: int | None = None,
) -> torch.Tensor:
    """Numbers ``step`` apart, as many as an array has elements or an axis of it has places.

    Parameters
    ----------
    data : NDArray
        tells shape, dtype and context
    start, step : float
        the first number and the distance
    repeat : int
        how often each number stands before the next
    ctx : str
        not used: the context is that of ``data``
    axis : int, optional
        with it the result has one axis, as long as this one of ``data``; else the shape of ``data``

    Examples
    --------
    >>> print(mx.nd.contrib.arange_like(mx.nd.zeros((2, 3)), axis=1).asnumpy())
    [0. 1. 2.]
    """
    if repeat < 1:
        raise MXNetError(f"_contrib_arange_like: repeat={repeat}; expected at least 1")
    shape = data.shape
    if axis is not None:
        shape = data.shape[axis_within("_contrib_arange_like", axis, data.dim()) :][:1]
    count = shape.numel()
    numbers = counted(-(-count // repeat), start, step, repeat, data.dtype, data.device)
    return constant(numbers[:count].reshape(shape), data)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("outputs", "_zeros", "_ones", "_full")(by_shape_attribute("shape"))


@rule("inputs", "_contrib_arange_like")
def _counted_along(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    axis, shape, out = attributes["axis"], inputs[0], outputs[0]
    if axis is None:
        return outputs
    if shape is None or out is None or attributes["repeat"] != 1 or not -len(shape) <= axis < len(shape):
        return (None,)
    return (with_axis((UNKNOWN,) * len(shape), axis, out[0]),)


rule("dtype", "_zeros", "_ones", "_full", "_arange", "_linspace", "_eye")(by_attribute())
rule("head", "_contrib_arange_like")(piecewise_constant)
