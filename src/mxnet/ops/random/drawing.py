"""What the random operators share: checks of parameters, shapes and dtypes, and the way from streams to tensors.

The streams come from the caller as ``rng`` (:mod:`mxnet.streams`). On the meta device no numbers are used up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ...base import MXNetError, dtype_name, is_half, to_host_dtype
from ...streams import HostStreams
from ...util import is_np_shape
from ..gradients import constant
from ..registry import Shape

__all__ = ["check_lengths", "cumulative", "drawn", "flat_parameter", "floating", "like", "random", "sample"]

#: what the parameters of a distribution must satisfy, and how an error says so
_VALID: dict[str, tuple[Callable[..., bool], str]] = {
    "uniform": (lambda low, high: low <= high, "low at most high"),
    "normal": (lambda loc, scale: scale > 0, "scale above 0"),
    "gamma": (lambda alpha, beta: alpha > 0 and beta > 0, "alpha and beta above 0"),
    "exponential": (lambda lam: lam > 0, "lam above 0"),
    "poisson": (lambda lam: lam >= 0, "lam not below 0"),
    "negative_binomial": (lambda k, p: k >= 0 and 0 < p <= 1, "k not below 0 and p above 0, at most 1"),
    "generalized_negative_binomial": (lambda mu, alpha: mu >= 0 and alpha >= 0, "mu and alpha not below 0"),
}


def floating(name: str, dtype: torch.dtype | None) -> torch.dtype:
    """The dtype of a draw: float32 by default.

    Raises
    ------
    MXNetError
        a dtype random numbers do not come in
    """
    if dtype is None:
        return torch.float32
    if not dtype.is_floating_point:
        raise MXNetError(f"{name}: dtype {dtype_name(dtype)}; expected one of bfloat16, float16, float32, float64")
    return dtype


def drawn(shape: Shape, dtype: torch.dtype, device: torch.device, draw: Callable[[int], Any]) -> torch.Tensor:
    """What ``draw(count)`` gives, a NumPy array or a tensor, in a shape and on a device; on meta the shape alone."""
    if device.type == "meta":
        return torch.empty(shape, dtype=dtype, device=device)
    numbers = draw(math.prod(shape))
    tensor = torch.from_numpy(numbers) if isinstance(numbers, np.ndarray) else numbers
    return tensor.reshape(shape).to(device, dtype)


def flat_parameter(rng: Any, parameter: torch.Tensor, repeats: int = 1) -> Any:
    """An array parameter with one element for each number drawn, in the library the streams compute with."""
    flat = parameter.detach().reshape(-1)
    if flat.dtype not in (torch.float32, torch.float64):
        flat = flat.float()
    if repeats != 1:
        flat = flat.repeat_interleave(repeats)
    return flat.numpy() if isinstance(rng, HostStreams) else flat


def cumulative(rng: Any, probabilities: torch.Tensor) -> Any:
    """Row by row the sums of the probabilities up to each, one after the other as MXNet adds them."""
    rows = probabilities.detach().reshape(-1, probabilities.shape[-1])
    return np.cumsum(rows.numpy(), axis=1) if isinstance(rng, HostStreams) else rows.cumsum(1)


def _draw_by_numbers(
    name: str,
    distribution: str,
    parameters: tuple[float, ...],
    shape: Shape | None,
    dtype: torch.dtype | None,
    rng: Any,
    device: torch.device,
) -> torch.Tensor:
    """A draw whose parameters are numbers."""
    valid, rule = _VALID[distribution]
    if not valid(*parameters):
        raise MXNetError(f"{name}: the parameters are {parameters}; expected {rule}")
    if shape is None:
        raise MXNetError(f"{name}: shape is not given")
    if any(length < 0 for length in shape):
        raise MXNetError(f"{name}: shape={shape}; expected no negative length")
    dtype = floating(name, dtype)
    kind = to_host_dtype(dtype)
    return drawn(shape, dtype, device, lambda n: getattr(rng.parallel, distribution)(n, *parameters, dtype=kind))


def check_lengths(name: str, shape: Shape | None) -> None:
    """Refuse a shape that is not known without NumPy's semantics: none at all, or with lengths of 0."""
    if shape is not None and not is_np_shape() and (not shape or 0 in shape):
        raise MXNetError(
            f"{name}: shape={shape}; a length of 0 is one that is not known, and () no shape, without NumPy's "
            "semantics (mx.np_shape())"
        )


def random(
    distribution: str,
    parameters: tuple[float, ...],
    shape: Shape | None,
    dtype: torch.dtype | None,
    rng: Any,
    device: torch.device,
) -> torch.Tensor:
    """The operator ``_random_X``."""
    check_lengths(f"_random_{distribution}", shape)
    return _draw_by_numbers(f"_random_{distribution}", distribution, parameters, shape, dtype, rng, device)


def like(distribution: str, parameters: tuple[float, ...], data: torch.Tensor, rng: Any) -> torch.Tensor:
    """The operator ``_random_X_like``."""
    name, shape = f"_random_{distribution}_like", tuple(data.shape)
    return constant(_draw_by_numbers(name, distribution, parameters, shape, data.dtype, rng, data.device), data)


def sample(
    distribution: str, parameters: tuple[torch.Tensor, ...], shape: Shape, dtype: torch.dtype | None, rng: Any
) -> torch.Tensor:
    """The operator ``_sample_X``."""
    name, first = f"_sample_{distribution}", parameters[0]
    if shape:
        check_lengths(name, shape)
    for other in parameters[1:]:
        if other.shape != first.shape:
            shapes = f"{tuple(first.shape)} and {tuple(other.shape)}"
            raise MXNetError(f"{name}: the parameters have the shapes {shapes}; expected one shape")
    dtype = floating(name, dtype)
    kind = to_host_dtype(dtype)

    def draw(count: int) -> Any:
        columns = [flat_parameter(rng, parameter, math.prod(shape)) for parameter in parameters]
        _check_columns(name, distribution, columns)
        return getattr(rng.parallel, distribution)(count, *columns, dtype=kind)

    numbers = drawn((*first.shape, *shape), dtype, first.device, draw)
    if is_half(first.dtype):  # MXNet computes in the parameters' precision
        numbers = numbers.to(first.dtype).to(dtype)
    return constant(numbers, *parameters)


def _check_columns(name: str, distribution: str, columns: list[Any]) -> None:
    """Refuse arrays of parameters that no rejection method ever ends with."""
    if distribution in ("uniform", "normal", "exponential"):
        return
    positive = columns if distribution == "gamma" else []
    if any((column <= 0).any() for column in positive) or any((column < 0).any() for column in columns):
        raise MXNetError(f"{name}: an element of the parameters is out of range; expected {_VALID[distribution][1]}")
