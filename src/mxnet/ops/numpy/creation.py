"""Arrays from nothing but numbers, as graphs with NumPy's semantics hold them.

Calls on arrays make theirs without these (:mod:`mxnet.numpy.creation`). The context is the caller's; ``ctx`` is read
there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from ...base import MXNetError
from ..dtype_rules import Kinds, by_attribute
from ..gradients import constant, piecewise_constant
from ..registry import Device, DType, Shape, operator, rule
from ..shape_rules import alike, by_shape_attribute

__all__ = ["arange", "eye", "full_like", "identity", "indices", "logspace", "ones", "zeros"]


@operator("_npi_zeros")
def zeros(*, shape: Shape = (), ctx: str = "", dtype: DType = torch.float32, device: Device = None) -> torch.Tensor:
    """Zeros."""
    return torch.zeros(shape, dtype=dtype, device=device)


@operator("_npi_ones")
def ones(*, shape: Shape = (), ctx: str = "", dtype: DType = torch.float32, device: Device = None) -> torch.Tensor:
    """Ones."""
    return torch.ones(shape, dtype=dtype, device=device)


@operator("_npi_identity")
def identity(*, shape: Shape = (), ctx: str = "", dtype: DType = torch.float32, device: Device = None) -> torch.Tensor:
    """The square matrix with ones on its diagonal."""
    if len(shape) != 2 or shape[0] != shape[1]:
        raise MXNetError(f"np.identity: shape={shape}; expected a square")
    return torch.eye(shape[0], dtype=dtype, device=device)


@operator("_npi_eye")
def eye(
    *,
    N: int,
    M: int | None = None,
    k: int = 0,
    ctx: str = "",
    dtype: DType = torch.float32,
    device: Device = None,
) -> torch.Tensor:
    """A matrix of ``N`` rows and ``M`` columns (``N`` where None) with ones on the k-th diagonal."""
    if N < 0 or (M is not None and M < 0):
        raise MXNetError(f"np.eye: N={N}, M={M}; expected no negative length")
    rows = torch.arange(N, device=device).unsqueeze(1)
    return torch.eq(torch.arange(N if M is None else M, device=device), rows + k).to(dtype)


@operator("_npi_full_like")
def full_like(a: torch.Tensor, *, fill_value: float, ctx: str = "", dtype: DType = None) -> torch.Tensor:
    """One number in the shape and, unless told otherwise, the dtype of an array."""
    filled = torch.full(a.shape, fill_value, dtype=torch.float64, device=a.device)
    return constant(filled.to(a.dtype if dtype is None else dtype), a)


@operator("_npi_arange")
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
    """Numbers ``step`` apart from ``start`` (0 where only one bound is given) up to but without ``stop``."""
    if stop is None:
        start, stop = 0.0, start
    if step == 0:
        raise MXNetError("np.arange: step=0; expected another number")
    if not math.isfinite((stop - start) / step):
        raise MXNetError(f"np.arange: start={start}, stop={stop}, step={step}; expected a finite number of steps")
    if infer_range or repeat != 1:
        raise MXNetError(f"np.arange: infer_range={infer_range}, repeat={repeat}; expected False, 1")
    count = max(math.ceil((stop - start) / step), 0)
    if dtype is not None and not dtype.is_floating_point:  # MXNet counts in the dtype
        start, step = float(int(start)), float(int(step))
    apart = (start + step) - start  # NumPy's distance, which the first two numbers have
    return (torch.arange(count, dtype=torch.float64, device=device) * apart + start).to(dtype)


@operator("_npi_logspace")
def logspace(
    *,
    start: float,
    stop: float,
    num: int,
    endpoint: bool = True,
    base: float = 10.0,
    ctx: str = "",
    dtype: DType = torch.float32,
    device: Device = None,
) -> torch.Tensor:
    """``num`` numbers evenly spaced on a logarithmic scale, from ``base**start`` to ``base**stop``."""
    if num < 0:
        raise MXNetError(f"np.logspace: num={num}; expected no negative number")
    parts = num - 1 if endpoint else num
    apart = (stop - start) / parts if parts > 0 else 0.0
    exponents = torch.arange(num, dtype=torch.float64, device=device) * apart + start
    return torch.pow(torch.full((), base, dtype=torch.float64, device=device), exponents).to(dtype)


@operator("_npi_indices")
def indices(*, dimensions: Shape, dtype: DType = torch.int32, ctx: str = "", device: Device = None) -> torch.Tensor:
    """The index of every element of an array of a shape, one array for each axis."""
    if not dimensions:
        return torch.empty((0,), dtype=dtype, device=device)
    along = [torch.arange(length, dtype=dtype, device=device) for length in dimensions]
    return torch.stack(torch.meshgrid(along, indexing="ij"))


def _declare_window(name: str, terms: tuple[float, ...]) -> Callable[..., torch.Tensor]:
    @operator(f"_npi_{name}")
    def window(
        *, M: int | None = None, ctx: str = "", dtype: DType = torch.float32, device: Device = None
    ) -> torch.Tensor:
        if M is None or M < 0:
            raise MXNetError(f"np.{name}: M={M}; expected the number of points")
        if M < 2:
            return torch.ones((M,), dtype=dtype, device=device)
        angle = torch.arange(M, dtype=torch.float64, device=device) * (2 * math.pi / (M - 1))
        total: Any = 0.0
        for number, term in enumerate(terms):
            total = total + term * torch.cos(number * angle)
        return total.to(dtype)

    window.__doc__ = f"The {name} window of ``M`` points."
    return window


for _name, _terms in {"hanning": (0.5, -0.5), "hamming": (0.54, -0.46), "blackman": (0.42, -0.5, 0.08)}.items():
    _declare_window(_name, _terms)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("outputs", "_npi_zeros", "_npi_ones", "_npi_identity")(by_shape_attribute("shape"))
rule("head", "_npi_full_like")(piecewise_constant)
rule("inputs", "_npi_full_like")(alike)
rule(
    "dtype", "_npi_zeros", "_npi_ones", "_npi_identity", "_npi_eye", "_npi_arange", "_npi_logspace", "_npi_indices",
    "_npi_hanning", "_npi_hamming", "_npi_blackman",
)(by_attribute())  # fmt: skip


@rule("dtype", "_npi_full_like")
def _asked_or_the_same(inputs: Kinds, outputs: Kinds, attributes: Any) -> tuple[Kinds, Kinds]:
    asked = attributes["dtype"]
    return (inputs, (asked,)) if asked is not None else ((outputs[0],), (inputs[0],))
