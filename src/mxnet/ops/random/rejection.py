"""Gamma, Poisson and negative binomial numbers, in the three forms that :mod:`.random` describes."""

from __future__ import annotations

from typing import Optional

import torch

from .. import host
from ..dtype_rules import by_attribute
from ..gradients import piecewise_constant
from ..registry import Device, DType, Rng, Shape, operator, rule
from ..shape_rules import alike, by_shape_attribute, sampled, sampled_back
from .drawing import like, random, sample

__all__ = [
    "random_gamma",
    "random_gamma_like",
    "random_generalized_negative_binomial",
    "random_generalized_negative_binomial_like",
    "random_negative_binomial",
    "random_negative_binomial_like",
    "random_poisson",
    "random_poisson_like",
    "sample_gamma",
    "sample_generalized_negative_binomial",
    "sample_negative_binomial",
    "sample_poisson",
]


@operator("_random_gamma", "random_gamma")
def random_gamma(
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    shape: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "",
    dtype: DType = None,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Gamma distributed numbers of shape ``alpha`` and scale ``beta``.

    Parameters
    ----------
    alpha, beta : float
        shape and scale; the mean is their product
    shape, ctx, dtype
        as of ``_random_uniform``

    Raises
    ------
    MXNetError
        a parameter not above 0, no shape, another dtype

    Examples
    --------
    >>> mx.nd.random_gamma(alpha=9, beta=0.5, shape=(2, 2)).shape
    (2, 2)
    """
    return random("gamma", (alpha, beta), shape, dtype, rng, device)


@operator("_sample_gamma", "sample_gamma", same_dtype=True, host=host.CHECKS)
def sample_gamma(
    alpha: torch.Tensor, beta: torch.Tensor, *, shape: Shape = (), dtype: DType = None, rng: Rng = None
) -> torch.Tensor:
    """A block of ``shape`` numbers for each element of the parameters; see ``_random_gamma``.

    The result has the parameters' shape followed by ``shape``; the gradient to the parameters is zero.
    """
    return sample("gamma", (alpha, beta), shape, dtype, rng)


@operator("_random_gamma_like")
def random_gamma_like(data: torch.Tensor, *, alpha: float = 1.0, beta: float = 1.0, rng: Rng = None) -> torch.Tensor:
    """Numbers as ``_random_gamma`` draws them, in the shape and dtype of ``data``."""
    return like("gamma", (alpha, beta), data, rng)


@operator("_random_poisson", "random_poisson")
def random_poisson(
    *,
    lam: float = 1.0,
    shape: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "",
    dtype: DType = None,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Poisson distributed numbers of mean ``lam``, as floats.

    Parameters
    ----------
    lam : float
        the mean
    shape, ctx, dtype
        as of ``_random_uniform``

    Raises
    ------
    MXNetError
        ``lam`` below 0, no shape, another dtype

    Examples
    --------
    >>> mx.nd.random_poisson(lam=4, shape=(2, 2)).dtype
    <class 'numpy.float32'>
    """
    return random("poisson", (lam,), shape, dtype, rng, device)


@operator("_sample_poisson", "sample_poisson", host=host.CHECKS)
def sample_poisson(lam: torch.Tensor, *, shape: Shape = (), dtype: DType = None, rng: Rng = None) -> torch.Tensor:
    """A block of ``shape`` numbers for each element of the parameters; see ``_random_poisson``.

    The result has the parameters' shape followed by ``shape``; the gradient to the parameters is zero.
    """
    return sample("poisson", (lam,), shape, dtype, rng)


@operator("_random_poisson_like")
def random_poisson_like(data: torch.Tensor, *, lam: float = 1.0, rng: Rng = None) -> torch.Tensor:
    """Numbers as ``_random_poisson`` draws them, in the shape and dtype of ``data``."""
    return like("poisson", (lam,), data, rng)


@operator("_random_negative_binomial", "random_negative_binomial")
def random_negative_binomial(
    *,
    k: int = 1,
    p: float = 1.0,
    shape: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "",
    dtype: DType = None,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """How many failures come before the ``k``-th success, as floats.

    Parameters
    ----------
    k : int
        how many successes
    p : float
        the probability of a success
    shape, ctx, dtype
        as of ``_random_uniform``

    Raises
    ------
    MXNetError
        ``k`` below 0, ``p`` not above 0 or above 1, no shape, another dtype

    Examples
    --------
    >>> mx.nd.random_negative_binomial(k=3, p=0.4, shape=(2, 2)).shape
    (2, 2)
    """
    return random("negative_binomial", (k, p), shape, dtype, rng, device)


@operator("_sample_negative_binomial", "sample_negative_binomial", same_dtype=True, host=host.CHECKS)
def sample_negative_binomial(
    k: torch.Tensor, p: torch.Tensor, *, shape: Shape = (), dtype: DType = None, rng: Rng = None
) -> torch.Tensor:
    """A block of ``shape`` numbers for each element of the parameters; see ``_random_negative_binomial``.

    The result has the parameters' shape followed by ``shape``; the gradient to the parameters is zero.
    """
    return sample("negative_binomial", (k, p), shape, dtype, rng)


@operator("_random_negative_binomial_like")
def random_negative_binomial_like(data: torch.Tensor, *, k: int = 1, p: float = 1.0, rng: Rng = None) -> torch.Tensor:
    """Numbers as ``_random_negative_binomial`` draws them, in the shape and dtype of ``data``."""
    return like("negative_binomial", (k, p), data, rng)


@operator("_random_generalized_negative_binomial", "random_generalized_negative_binomial")
def random_generalized_negative_binomial(
    *,
    mu: float = 1.0,
    alpha: float = 1.0,
    shape: Optional[Shape] = None,  # noqa: UP045
    ctx: str = "",
    dtype: DType = None,
    rng: Rng = None,
    device: Device = None,
) -> torch.Tensor:
    """Poisson numbers whose own mean is gamma distributed, as floats.

    Parameters
    ----------
    mu, alpha : float
        mean and dispersion; the variance is ``mu + alpha * mu ** 2``
    shape, ctx, dtype
        as of ``_random_uniform``

    Raises
    ------
    MXNetError
        a parameter below 0, no shape, another dtype

    Examples
    --------
    >>> mx.nd.random_generalized_negative_binomial(mu=2, alpha=0.3, shape=(2, 2)).shape
    (2, 2)
    """
    return random("generalized_negative_binomial", (mu, alpha), shape, dtype, rng, device)


@operator(
    "_sample_generalized_negative_binomial", "sample_generalized_negative_binomial", same_dtype=True, host=host.CHECKS
)
def sample_generalized_negative_binomial(
    mu: torch.Tensor, alpha: torch.Tensor, *, shape: Shape = (), dtype: DType = None, rng: Rng = None
) -> torch.Tensor:
    """A block of ``shape`` numbers for each element of the parameters; see ``_random_generalized_negative_binomial``.

    The result has the parameters' shape followed by ``shape``; the gradient to the parameters is zero.
    """
    return sample("generalized_negative_binomial", (mu, alpha), shape, dtype, rng)


@operator("_random_generalized_negative_binomial_like")
def random_generalized_negative_binomial_like(
    data: torch.Tensor, *, mu: float = 1.0, alpha: float = 1.0, rng: Rng = None
) -> torch.Tensor:
    """Numbers as ``_random_generalized_negative_binomial`` draws them, in the shape and dtype of ``data``."""
    return like("generalized_negative_binomial", (mu, alpha), data, rng)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule(
    "outputs", "_random_gamma", "_random_poisson", "_random_negative_binomial",
    "_random_generalized_negative_binomial",
)(by_shape_attribute("shape"))  # fmt: skip
rule(
    "inputs", "_random_gamma_like", "_random_poisson_like", "_random_negative_binomial_like",
    "_random_generalized_negative_binomial_like",
)(alike)  # fmt: skip
_SAMPLES = (
    "_sample_gamma", "_sample_poisson", "_sample_negative_binomial", "_sample_generalized_negative_binomial",
)  # fmt: skip
rule("outputs", *_SAMPLES)(sampled)
rule("inputs", *_SAMPLES)(sampled_back)


rule(
    "dtype",
    "_random_gamma",
    "_random_poisson",
    "_random_negative_binomial",
    "_random_generalized_negative_binomial",
    *_SAMPLES,
)(by_attribute(inputs_alike=True))
rule(
    "head", "_random_gamma_like", "_random_generalized_negative_binomial_like", "_random_negative_binomial_like",
    "_random_poisson_like", "_sample_gamma", "_sample_generalized_negative_binomial", "_sample_negative_binomial",
    "_sample_poisson",
)(piecewise_constant)  # fmt: skip
