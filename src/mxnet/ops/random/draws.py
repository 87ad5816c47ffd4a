"""Uniform, normal and exponential numbers, integers, shuffling and multinomial draws.

Each distribution has three operators: ``_random_X`` with numbers as parameters, ``_sample_X`` with an array of each
parameter, whose every element gives a block of numbers, and ``_random_X_like`` in the shape and dtype of an array.
Distributions drawn by rejection are in :mod:`.random_rejection`, those of ``np.random`` in :mod:`.random_numpy`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Optional

import torch

from ...base import MXNetError, dtype_name, to_host_dtype
from ..dtype_rules import Kinds, by_attribute, first_known
from ..gradients import constant, piecewise_constant
from ..registry import Device, DType, Rng, Shape, operator, rule
from ..shape_rules import alike, by_shape_attribute, sampled, sampled_back
from .drawing import cumulative, drawn, like, random, sample

__all__ = [
    "random_exponential",
    "random_exponential_like",
    "random_normal",
    "random_normal_like",
    "random_randint",
    "random_uniform",
    "random_uniform_like",
    "sample_exponential",
    "sample_multinomial",
    "sample_normal",
    "sample_uniform",
    "shuffle",
]


@operator("_random_uniform", "uniform", "random_uniform")
def random_uniform(
    *,
    low: float = 0.0,
    high: float = 1.0,
    shape: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "",
    dtype: DType = None,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Uniform numbers from ``low`` to ``high``.

    Parameters
    ----------
    low, high : float
        the bounds; rounding can bring out ``high`` itself
    shape : tuple of int
        the shape
    ctx : str
        the context
    dtype : str or NumPy dtype
        float16, float32 (the default) or float64

    Raises
    ------
    MXNetError
        ``low`` above ``high``, no shape, another dtype

    Examples
    --------
    >>> mx.random.seed(7)
    >>> mx.nd.random_uniform(low=0, high=10, shape=(2,))
    <BLANKLINE>
    [4.2855945 9.175162 ]
    <NDArray 2 @cpu(0)>
    """
    return random("uniform", (low, high), shape, dtype, rng, device)


@operator("_sample_uniform", "sample_uniform", same_dtype=True)
def sample_uniform(
    low: torch.Tensor, high: torch.Tensor, *, shape: Shape = (), dtype: DType = None, rng: Rng = None
) -> torch.Tensor:
    """A block of ``shape`` numbers for each element of the parameters; see ``_random_uniform``.

    The result has the parameters' shape followed by ``shape``; the gradient to the parameters is zero.
    """
    return sample("uniform", (low, high), shape, dtype, rng)


@operator("_random_uniform_like")
def random_uniform_like(data: torch.Tensor, *, low: float = 0.0, high: float = 1.0, rng: Rng = None) -> torch.Tensor:
    """Numbers as ``_random_uniform`` draws them, in the shape and dtype of ``data``."""
    return like("uniform", (low, high), data, rng)


@operator("_random_normal", "normal", "random_normal")
def random_normal(
    *,
    loc: float = 0.0,
    scale: float = 1.0,
    shape: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "",
    dtype: DType = None,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Normal numbers of mean ``loc`` and standard deviation ``scale``.

    Parameters
    ----------
    loc, scale : float
        mean and standard deviation
    shape, ctx, dtype
        as of ``_random_uniform``

    Raises
    ------
    MXNetError
        ``scale`` not above 0, no shape, another dtype

    Examples
    --------
    >>> mx.random.seed(7)
    >>> mx.nd.random_normal(shape=(3,))
    <BLANKLINE>
    [ 0.80284    -0.83998173 -1.001695  ]
    <NDArray 3 @cpu(0)>
    """
    return random("normal", (loc, scale), shape, dtype, rng, device)


@operator("_sample_normal", "sample_normal", same_dtype=True)
def sample_normal(
    mu: torch.Tensor, sigma: torch.Tensor, *, shape: Shape = (), dtype: DType = None, rng: Rng = None
) -> torch.Tensor:
    """A block of ``shape`` numbers for each element of the parameters; see ``_random_normal``.

    The result has the parameters' shape followed by ``shape``; the gradient to the parameters is zero.
    """
    return sample("normal", (mu, sigma), shape, dtype, rng)


@operator("_random_normal_like")
def random_normal_like(data: torch.Tensor, *, loc: float = 0.0, scale: float = 1.0, rng: Rng = None) -> torch.Tensor:
    """Numbers as ``_random_normal`` draws them, in the shape and dtype of ``data``."""
    return like("normal", (loc, scale), data, rng)


@operator("_random_exponential", "random_exponential")
def random_exponential(
    *,
    lam: float = 1.0,
    shape: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "",
    dtype: DType = None,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Exponentially distributed numbers of the rate ``lam``.

    Parameters
    ----------
    lam : float
        the rate, the inverse of the mean
    shape, ctx, dtype
        as of ``_random_uniform``

    Raises
    ------
    MXNetError
        ``lam`` not above 0, no shape, another dtype

    Examples
    --------
    >>> mx.random.seed(7)
    >>> mx.nd.random_exponential(lam=4, shape=(2,))
    <BLANKLINE>
    [0.1398987 0.6237884]
    <NDArray 2 @cpu(0)>
    """
    return random("exponential", (lam,), shape, dtype, rng, device)


@operator("_sample_exponential", "sample_exponential")
def sample_exponential(lam: torch.Tensor, *, shape: Shape = (), dtype: DType = None, rng: Rng = None) -> torch.Tensor:
    """A block of ``shape`` numbers for each element of the parameters; see ``_random_exponential``.

    The result has the parameters' shape followed by ``shape``; the gradient to the parameters is zero.
    """
    return sample("exponential", (lam,), shape, dtype, rng)


@operator("_random_exponential_like")
def random_exponential_like(data: torch.Tensor, *, lam: float = 1.0, rng: Rng = None) -> torch.Tensor:
    """Numbers as ``_random_exponential`` draws them, in the shape and dtype of ``data``."""
    return like("exponential", (lam,), data, rng)


@operator("_random_randint", "_npi_random_randint", "random_randint")
def random_randint(
    *,
    low: int,
    high: int,
    shape: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "",
    dtype: DType = None,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Integers from ``low`` to ``high`` - 1.

    Parameters
    ----------
    low, high : int
        the bounds; ``high`` itself does not come out
    shape : tuple of int
        the shape
    ctx : str
        the context
    dtype : str or NumPy dtype
        int32 (the default) or int64; int32 keeps the lowest bits of what does not fit

    Raises
    ------
    MXNetError
        ``low`` not below ``high``, no shape, another dtype

    Examples
    --------
    >>> mx.random.seed(5)
    >>> mx.nd.random_randint(low=0, high=100, shape=(3,))
    <BLANKLINE>
    [62 83 44]
    <NDArray 3 @cpu(0)>
    """
    name = "_random_randint"
    if low >= high:
        raise MXNetError(f"{name}: low={low}, high={high}; expected low below high")
    if not (low >= -(2**63) and high < 2**63):
        raise MXNetError(f"{name}: low={low}, high={high}; expected integers of 64 bits")
    if shape is None:
        raise MXNetError(f"{name}: shape is not given")
    if any(length < 0 for length in shape):
        raise MXNetError(f"{name}: shape={shape}; expected no negative length")
    dtype = torch.int32 if dtype is None else dtype
    if dtype not in (torch.int32, torch.int64):
        raise MXNetError(f"{name}: dtype {dtype_name(dtype)}; expected int32 or int64")
    kind = to_host_dtype(dtype)
    return drawn(shape, dtype, device, lambda n: rng.parallel.randint(n, low, high, dtype=kind))


@operator("_shuffle", "shuffle", "_npi_shuffle")
def shuffle(data: torch.Tensor, *, rng: Rng = None) -> torch.Tensor:
    """The rows of ``data``, its slices along the first axis, in random order.

    Examples
    --------
    >>> mx.random.seed(5)
    >>> mx.nd.shuffle(mx.nd.arange(6))
    <BLANKLINE>
    [2. 5. 0. 4. 3. 1.]
    <NDArray 6 @cpu(0)>
    """
    if data.device.type == "meta" or data.dim() == 0:
        return data.clone()
    draw = rng.serial.permutation if data.dim() == 1 else rng.serial.row_permutation
    return data[drawn((data.shape[0],), torch.int64, data.device, draw)]


@operator("_sample_multinomial", "sample_multinomial", num_outputs=lambda attributes: 1 + attributes["get_prob"])
def sample_multinomial(
    data: torch.Tensor,
    *,
    shape: Shape = (),
    get_prob: bool = False,
    dtype: DType = torch.int32,
    rng: Rng = None,
) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
    """Indices drawn with given probabilities.

    Parameters
    ----------
    data : (..., k) array
        probabilities along the last axis; what they lack to 1 goes to the last index
    shape : tuple of int
        how many indices are drawn for each row, one by default
    get_prob : bool
        also return the logarithm of the probability of each index, which is differentiable
    dtype : str or NumPy dtype
        of the indices: int32 (the default), uint8, float16, float32 or float64

    Returns
    -------
    tensor or two tensors
        the rows' shape followed by ``shape``; (1,) where both are empty

    Raises
    ------
    MXNetError
        probabilities that are not floating, another dtype of the indices

    Examples
    --------
    >>> mx.random.seed(5)
    >>> mx.nd.sample_multinomial(mx.nd.array([[0.1, 0.2, 0.7], [0.5, 0.4, 0.1]]), shape=(4,))
    <BLANKLINE>
    [[2 2 2 2]
     [0 1 1 1]]
    <NDArray 2x4 @cpu(0)>
    """
    name = "_sample_multinomial"
    if not data.is_floating_point() or data.dim() == 0 or data.shape[-1] == 0:
        raise MXNetError(
            f"{name}: data is {tuple(data.shape)} {dtype_name(data.dtype)}; expected floating probabilities "
            "along the last axis"
        )
    if dtype not in (torch.int32, torch.uint8, torch.float16, torch.float32, torch.float64):
        given = "None" if dtype is None else dtype_name(dtype)
        raise MXNetError(f"{name}: dtype {given}; expected one of float16, float32, float64, int32, uint8")
    trials = math.prod(shape)
    whole = (*data.shape[:-1], *shape) or (1,)
    indices = drawn(whole, torch.int64, data.device, lambda n: rng.serial.categories(cumulative(rng, data), trials))
    if not get_prob:
        return constant(indices.to(dtype), data)
    rows = data.reshape(-1, data.shape[-1])
    chosen = rows.gather(1, indices.reshape(rows.shape[0], trials)) if data.device.type != "meta" else indices
    return indices.to(dtype), chosen.reshape(whole).to(data.dtype).log()


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("outputs", "_random_uniform", "_random_normal", "_random_exponential", "_random_randint")(
    by_shape_attribute("shape")
)
rule("outputs", "_sample_uniform", "_sample_normal", "_sample_exponential")(sampled)
rule("inputs", "_sample_uniform", "_sample_normal", "_sample_exponential")(sampled_back)
rule("inputs", "_random_uniform_like", "_random_normal_like", "_random_exponential_like", "_shuffle")(alike)
rule("inputs", "_sample_multinomial")("the number of classes is gone")


rule(
    "dtype",
    "_random_uniform",
    "_random_normal",
    "_random_exponential",
    "_sample_uniform",
    "_sample_normal",
    "_sample_exponential",
)(by_attribute(inputs_alike=True))


rule("dtype", "_random_randint")(by_attribute(default=torch.int32))


@rule("dtype", "_sample_multinomial")
def _class_and_probability(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    kind = first_known((inputs[0], *outputs[1:])) if attributes["get_prob"] else inputs[0]
    return (kind,), (attributes["dtype"], kind)[: len(outputs)]


rule(
    "head", "_random_exponential_like", "_random_normal_like", "_random_uniform_like", "_sample_exponential",
    "_sample_normal", "_sample_uniform",
)(piecewise_constant)  # fmt: skip


@rule("head", "_sample_multinomial")
def _probabilities_alone(attributes: Mapping[str, Any], output: int) -> bool:
    return output == 1
