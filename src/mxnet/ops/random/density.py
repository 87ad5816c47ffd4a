"""Densities of the distributions that ``nd.random`` draws from: ``nd.random_pdf_X``.

The parameters have the leading axes of ``sample``; each holds for the block of samples at its place. Densities, or with
``is_log`` their logarithms, are differentiable in samples and parameters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from ...base import MXNetError
from ..registry import describe, operator, rule
from ..shape_rules import Partials, as_first_input, merged

__all__ = [
    "pdf_dirichlet", "pdf_exponential", "pdf_gamma", "pdf_generalized_negative_binomial", "pdf_negative_binomial",
    "pdf_normal", "pdf_poisson", "pdf_uniform",
]  # fmt: skip


def _beside(name: str, sample: torch.Tensor, *parameters: torch.Tensor, event: int = 0) -> list[torch.Tensor]:
    """The parameters with axes of length 1 where only the sample has some; the last `event` axes belong to both."""
    if not sample.is_floating_point():
        raise MXNetError(f"{name}: sample is {describe(sample)}; expected floats")
    found = []
    for parameter in parameters:
        leading = parameter.dim() - event
        ending = parameter.shape[leading:]
        if (
            leading < 0
            or sample.dim() < parameter.dim()
            or parameter.shape[:leading] != sample.shape[:leading]
            or ending != sample.shape[sample.dim() - event :]
        ):
            raise MXNetError(
                f"{name}: sample is {describe(sample)}, a parameter {describe(parameter)}; "
                "expected the parameter to have the sample's leading axes"
            )
        inserted = (1,) * (sample.dim() - parameter.dim())
        found.append(parameter.reshape(*parameter.shape[:leading], *inserted, *ending))
    return found


def _of_log(log_density: torch.Tensor, is_log: bool) -> torch.Tensor:
    return log_density if is_log else log_density.exp()


@operator("_random_pdf_uniform", "random_pdf_uniform", same_dtype=True, unlearned=("sample",))
def pdf_uniform(sample: torch.Tensor, low: torch.Tensor, high: torch.Tensor, *, is_log: bool = False) -> torch.Tensor:
    """The density of uniform numbers from ``low`` to ``high``, which samples are taken to lie between.

    Parameters
    ----------
    sample : tensor of shape (..., *m)
        where to evaluate the density
    low, high : tensor of shape (...)
        the bounds of each block of samples
    is_log : bool
        give the logarithm instead

    Returns
    -------
    tensor
        of the sample's shape

    Raises
    ------
    MXNetError
        a parameter without the sample's leading axes, samples that are not floats

    Examples
    --------
    >>> mx.nd.random_pdf_uniform(mx.nd.array([[0.5, 1.5]]), mx.nd.array([0]), mx.nd.array([2]))
    <BLANKLINE>
    [[0.5 0.5]]
    <NDArray 1x2 @cpu(0)>
    """
    low, high = _beside("_random_pdf_uniform", sample, low, high)
    width = (high - low).expand(sample.shape)
    return -width.log() if is_log else 1 / width


@operator("_random_pdf_normal", "random_pdf_normal", same_dtype=True)
def pdf_normal(sample: torch.Tensor, mu: torch.Tensor, sigma: torch.Tensor, *, is_log: bool = False) -> torch.Tensor:
    """The density of normal numbers of mean ``mu`` and standard deviation ``sigma``; see ``_random_pdf_uniform``."""
    mu, sigma = _beside("_random_pdf_normal", sample, mu, sigma)
    distance = (sample - mu) / sigma
    return _of_log(-distance * distance / 2 - sigma.log() - math.log(2 * math.pi) / 2, is_log)


@operator("_random_pdf_gamma", "random_pdf_gamma", same_dtype=True)
def pdf_gamma(sample: torch.Tensor, alpha: torch.Tensor, beta: torch.Tensor, *, is_log: bool = False) -> torch.Tensor:
    """The density of gamma distributed numbers of shape ``alpha`` and rate ``beta``, unlike the draws' scale."""
    alpha, beta = _beside("_random_pdf_gamma", sample, alpha, beta)
    density = alpha * beta.log() + (alpha - 1) * sample.log() - beta * sample - torch.lgamma(alpha)
    return _of_log(density, is_log)


@operator("_random_pdf_exponential", "random_pdf_exponential", same_dtype=True)
def pdf_exponential(sample: torch.Tensor, lam: torch.Tensor, *, is_log: bool = False) -> torch.Tensor:
    """The density of exponentially distributed numbers of the rate ``lam``; see ``_random_pdf_uniform``."""
    (lam,) = _beside("_random_pdf_exponential", sample, lam)
    return _of_log(lam.log() - lam * sample, is_log)


@operator("_random_pdf_poisson", "random_pdf_poisson", same_dtype=True, unlearned=("sample",))
def pdf_poisson(sample: torch.Tensor, lam: torch.Tensor, *, is_log: bool = False) -> torch.Tensor:
    """The probability of counts of the Poisson distribution of mean ``lam``; see ``_random_pdf_uniform``."""
    (lam,) = _beside("_random_pdf_poisson", sample, lam)
    counts = sample.detach()
    return _of_log(counts * lam.log() - torch.lgamma(counts + 1) - lam, is_log)


def _log_negative_binomial(counts: torch.Tensor, limit: torch.Tensor, p: torch.Tensor) -> torch.Tensor:
    choices = torch.lgamma(counts + limit) - torch.lgamma(counts + 1) - torch.lgamma(limit)
    return choices + limit * p.log() + counts * (1 - p).log()


@operator("_random_pdf_negative_binomial", "random_pdf_negative_binomial", same_dtype=True, unlearned=("sample",))
def pdf_negative_binomial(
    sample: torch.Tensor, k: torch.Tensor, p: torch.Tensor, *, is_log: bool = False
) -> torch.Tensor:
    """The probability of so many failures before the ``k``-th success of probability ``p``."""
    k, p = _beside("_random_pdf_negative_binomial", sample, k, p)
    return _of_log(_log_negative_binomial(sample.detach(), k, p), is_log)


@operator(
    "_random_pdf_generalized_negative_binomial",
    "random_pdf_generalized_negative_binomial",
    same_dtype=True,
    unlearned=("sample",),
)
def pdf_generalized_negative_binomial(
    sample: torch.Tensor, mu: torch.Tensor, alpha: torch.Tensor, *, is_log: bool = False
) -> torch.Tensor:
    """The probability of counts whose distribution has the mean ``mu`` and the dispersion ``alpha``."""
    mu, alpha = _beside("_random_pdf_generalized_negative_binomial", sample, mu, alpha)
    return _of_log(_log_negative_binomial(sample.detach(), 1 / alpha, 1 / (mu * alpha + 1)), is_log)


@operator("_random_pdf_dirichlet", "random_pdf_dirichlet", same_dtype=True)
def pdf_dirichlet(sample: torch.Tensor, alpha: torch.Tensor, *, is_log: bool = False) -> torch.Tensor:
    """The density of the Dirichlet distribution.

    Parameters
    ----------
    sample : tensor of shape (..., *m, k)
        shares that sum to 1 along the last axis
    alpha : tensor of shape (..., k)
        the concentrations
    is_log : bool
        give the logarithm instead

    Returns
    -------
    tensor of shape (..., *m)
    """
    (alpha,) = _beside("_random_pdf_dirichlet", sample, alpha, event=1)
    density = ((alpha - 1) * sample.log()).sum(-1) + torch.lgamma(alpha.sum(-1)) - torch.lgamma(alpha).sum(-1)
    return _of_log(density, is_log)


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule(
    "inputs", "_random_pdf_uniform", "_random_pdf_normal", "_random_pdf_gamma", "_random_pdf_exponential",
    "_random_pdf_poisson", "_random_pdf_negative_binomial", "_random_pdf_generalized_negative_binomial",
)  # fmt: skip
def _first_axes(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The samples have the axes of their parameters, and may have more."""
    sample = merged((inputs[0], outputs[0]))
    parameters = merged(inputs[1:])
    if sample is not None and parameters is not None:
        parameters = merged((parameters, sample[: len(parameters)]))
    return sample, *(parameters,) * (len(inputs) - 1)


@rule("inputs", "_random_pdf_dirichlet")
def _first_axes_and_vector(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    sample, alpha = inputs
    if sample is None or not alpha:
        return (None,)
    return None, merged((alpha, (*sample[: len(alpha) - 1], sample[-1])))


rule(
    "outputs", "_random_pdf_uniform", "_random_pdf_normal", "_random_pdf_gamma", "_random_pdf_exponential",
    "_random_pdf_poisson", "_random_pdf_negative_binomial", "_random_pdf_generalized_negative_binomial",
)(as_first_input)  # fmt: skip


@rule("outputs", "_random_pdf_dirichlet")
def _one_density_a_vector(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (None if inputs[0] is None or len(inputs[0]) < 2 else inputs[0][:-1],)
