"""The continuous distributions of ``np.random`` and ``npx.random``; choices are in :mod:`.random_choice`.

Parameters are numbers or arrays that broadcast with each other and with ``size``; an array takes the place of the
attribute that is None. Where a number is a smooth function of its parameters, gradients flow to them. All but integers
are drawn from the serial stream (:mod:`mxnet.streams`) and computed as MXNet computes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

import torch

from ...base import to_host_dtype
from .. import host
from ..dtype_rules import always, by_attribute
from ..gradients import constant, piecewise_constant
from ..registry import Device, DType, Rng, Shape, operator, rule
from ..shape_rules import Partials
from .drawing import drawn, flat_parameter, floating
from .parameters import Input, Parameters

__all__ = [
    "exponential", "gamma", "gumbel", "logistic", "normal", "normal_n", "pareto", "powerd", "rayleigh", "uniform",
    "uniform_n", "weibull",
]  # fmt: skip

# --- two parameters: a place and a width ----------------------------------------------------------------------------


def _uniform(name: str, parameters: Parameters, dtype: torch.dtype | None, rng: Any) -> torch.Tensor:
    low, high = parameters.tensors
    numbers = parameters.unit(rng) * (high - low).detach() + low.detach()
    return constant(numbers.to(floating(name, dtype)), *parameters.arrays)


def _normal(name: str, parameters: Parameters, dtype: torch.dtype | None, rng: Any) -> torch.Tensor:
    loc, scale = parameters.tensors[0], parameters.require(name, 1, "not below 0")
    noise = drawn(parameters.shape, torch.float32, parameters.device, lambda n: rng.serial.normal(n))
    return (noise * scale + loc).to(floating(name, dtype))


@operator("_npi_uniform")
def uniform(
    input1: Input = None,
    input2: Input = None,
    *,
    low: Optional[float],  # noqa: UP045
    high: Optional[float],  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    dtype: DType = torch.float32,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Uniform numbers from ``low`` to ``high``; the gradient to the bounds is zero.

    Parameters
    ----------
    input1, input2 : array, optional
        the bounds that are arrays, in order
    low, high : float or None
        the bounds that are numbers
    size : tuple of int, optional
        the shape of the result; that of the bounds by default
    ctx : str
        the context where no bound is an array
    dtype : str or NumPy dtype
        float16, float32 or float64; computed in float32

    Raises
    ------
    MXNetError
        shapes that do not broadcast, another dtype

    Examples
    --------
    >>> mx.random.seed(5)
    >>> mx.np.random.uniform(0, 10, size=(2,))
    array([8.607373 , 3.2262025])
    """
    name = "_npi_uniform"
    return _uniform(name, Parameters(name, {"low": low, "high": high}, (input1, input2), size, device), dtype, rng)


@operator("_npi_uniform_n")
def uniform_n(
    input1: Input = None,
    input2: Input = None,
    *,
    low: Optional[float],  # noqa: UP045
    high: Optional[float],  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    dtype: DType = torch.float32,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """``_npi_uniform`` whose result has the shape ``size`` followed by that of the bounds."""
    name = "_npi_uniform_n"
    parameters = Parameters(name, {"low": low, "high": high}, (input1, input2), size, device, block=True)
    return _uniform(name, parameters, dtype, rng)


@operator("_npi_normal", hidden=1, host=host.CHECKS)
def normal(
    input1: Input = None,
    input2: Input = None,
    *,
    loc: Optional[float],  # noqa: UP045
    scale: Optional[float],  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    dtype: DType = torch.float32,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Normal numbers of mean ``loc`` and standard deviation ``scale``, differentiable in both.

    The other arguments are those of ``_npi_uniform``; a negative ``scale`` raises ValueError.
    """
    name = "_npi_normal"
    return _normal(name, Parameters(name, {"loc": loc, "scale": scale}, (input1, input2), size, device), dtype, rng)


@operator("_npi_normal_n", hidden=1, host=host.CHECKS)
def normal_n(
    input1: Input = None,
    input2: Input = None,
    *,
    loc: Optional[float],  # noqa: UP045
    scale: Optional[float],  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    dtype: DType = torch.float32,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """``_npi_normal`` whose result has the shape ``size`` followed by that of the parameters."""
    name = "_npi_normal_n"
    parameters = Parameters(name, {"loc": loc, "scale": scale}, (input1, input2), size, device, block=True)
    return _normal(name, parameters, dtype, rng)


@operator("_npi_gumbel", hidden=1, host=host.CHECKS)
def gumbel(
    input1: Input = None,
    input2: Input = None,
    *,
    loc: Optional[float],  # noqa: UP045
    scale: Optional[float],  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Gumbel distributed numbers, differentiable in ``loc`` and ``scale``; see ``_npi_normal``."""
    name = "_npi_gumbel"
    parameters = Parameters(name, {"loc": loc, "scale": scale}, (input1, input2), size, device)
    noise = -torch.log(-torch.log(parameters.unit(rng).double()))
    return noise.float() * parameters.require(name, 1, "not below 0") + parameters.tensors[0]


@operator("_npi_logistic", hidden=1, host=host.CHECKS)
def logistic(
    input1: Input = None,
    input2: Input = None,
    *,
    loc: Optional[float],  # noqa: UP045
    scale: Optional[float],  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Logistically distributed numbers, differentiable in ``loc`` and ``scale``; see ``_npi_normal``."""
    name = "_npi_logistic"
    parameters = Parameters(name, {"loc": loc, "scale": scale}, (input1, input2), size, device)
    noise = torch.logit(parameters.unit(rng).double()).float()
    return noise * parameters.require(name, 1, "not below 0") + parameters.tensors[0]


@operator("_npi_gamma", host=host.CHECKS)
def gamma(
    input1: Input = None,
    input2: Input = None,
    *,
    shape: Optional[float],  # noqa: UP045
    scale: Optional[float],  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    dtype: DType = torch.float32,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Gamma distributed numbers of a shape and a scale, both above 0; the gradient to them is zero."""
    name = "_npi_gamma"
    parameters = Parameters(name, {"shape": shape, "scale": scale}, (input1, input2), size, device)
    whole, dtype = parameters.shape, floating(name, dtype)
    columns = [parameters.require(name, 0, "above 0"), parameters.require(name, 1, "not below 0")]

    def draw(count: int) -> Any:
        return rng.serial.gamma(count, *(flat_parameter(rng, c.expand(whole)) for c in columns), to_host_dtype(dtype))

    return constant(drawn(whole, dtype, parameters.device, draw), *parameters.arrays)


# --- one parameter --------------------------------------------------------------------------------------------------


@operator("_npi_exponential", hidden=1, host=host.CHECKS)
def exponential(
    input1: Input = None,
    *,
    scale: Optional[float] = 1.0,  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Exponentially distributed numbers of mean ``scale``, which must not be below 0; differentiable in it."""
    name = "_npi_exponential"
    parameters = Parameters(name, {"scale": scale}, (input1,), size, device)
    width = parameters.require(name, 0, "not below 0").double()
    return (-torch.log(parameters.unit(rng).double()) * width).float()


@operator("_npi_rayleigh", hidden=1, host=host.CHECKS)
def rayleigh(
    input1: Input = None,
    *,
    scale: Optional[float] = 1.0,  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Rayleigh distributed numbers; ``scale`` must not be below 0; differentiable in it."""
    name = "_npi_rayleigh"
    parameters = Parameters(name, {"scale": scale}, (input1,), size, device)
    width = parameters.require(name, 0, "not below 0")
    return torch.sqrt(-2 * torch.log(parameters.unit(rng).double())).float() * width


@operator("_npi_pareto", hidden=1, host=host.CHECKS)
def pareto(
    input1: Input = None,
    *,
    a: Optional[float] = None,  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Numbers of the Pareto distribution of the second kind; ``a`` must be above 0; differentiable in it."""
    name = "_npi_pareto"
    parameters = Parameters(name, {"a": a}, (input1,), size, device)
    shape = parameters.require(name, 0, "above 0").double()
    return torch.expm1(-torch.log(parameters.unit(rng).double()) / shape).float()


@operator("_npi_weibull", hidden=1, host=host.CHECKS)
def weibull(
    input1: Input = None,
    *,
    a: Optional[float] = None,  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "cpu",
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Weibull distributed numbers of scale 1; the shape ``a`` must be above 0; differentiable in it."""
    name = "_npi_weibull"
    parameters = Parameters(name, {"a": a}, (input1,), size, device)
    shape = parameters.require(name, 0, "above 0")
    return (-torch.log(parameters.unit(rng).double())).float() ** (1 / shape)


@operator("_npi_powerd", host=host.CHECKS)
def powerd(
    input1: Input = None,
    *,
    a: Optional[float] = None,  # noqa: UP045
    size: Optional[Shape] = None,  # noqa: UP045
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Numbers from 0 to 1 with density ``a * x ** (a - 1)``; ``a`` must be above 0, and its gradient is zero."""
    name = "_npi_powerd"
    parameters = Parameters(name, {"a": a}, (input1,), size, device)
    shape = parameters.require(name, 0, "above 0").detach()
    numbers = drawn(parameters.shape, torch.float32, parameters.device, lambda n: rng.serial.unit(n + 1)[:n])
    return constant((1 - numbers) ** (1 / shape), *parameters.arrays)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule(
    "inputs", "_npi_uniform", "_npi_uniform_n", "_npi_normal", "_npi_normal_n", "_npi_gumbel", "_npi_logistic",
    "_npi_gamma", "_npi_exponential", "_npi_rayleigh", "_npi_pareto", "_npi_weibull", "_npi_powerd",
)("parameters broadcast to the size wanted")  # fmt: skip


rule("dtype", "_npi_uniform", "_npi_uniform_n", "_npi_normal", "_npi_normal_n", "_npi_gamma")(by_attribute())
rule(
    "dtype", "_npi_gumbel", "_npi_logistic", "_npi_exponential", "_npi_rayleigh", "_npi_pareto", "_npi_weibull",
    "_npi_powerd",
)(always(torch.float32))  # fmt: skip


@rule(
    "outputs", "_npi_uniform", "_npi_normal", "_npi_gumbel", "_npi_logistic", "_npi_gamma", "_npi_exponential",
    "_npi_rayleigh", "_npi_pareto", "_npi_weibull", "_npi_powerd",
)  # fmt: skip
def _of_this_size(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The size wanted; without, that of the parameters, as the function says."""
    return (None if attributes["size"] is None else tuple(attributes["size"]),)


rule("head", "_npi_gamma", "_npi_powerd", "_npi_uniform", "_npi_uniform_n")(piecewise_constant)
