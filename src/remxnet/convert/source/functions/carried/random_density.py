"""Made by tools/carried.py from mxnet.ops.random.density; edits are lost."""

from __future__ import annotations

import math

import torch


def _beside(
    name: str, sample: torch.Tensor, *parameters: torch.Tensor, event: int = 0
) -> list[torch.Tensor]:
    """The parameters with axes of length 1 where only the sample has some; the last
    `event` axes belong to both.
    """
    found = []
    for parameter in parameters:
        leading = parameter.dim() - event
        ending = parameter.shape[leading:]
        inserted = (1,) * (sample.dim() - parameter.dim())
        found.append(parameter.reshape(*parameter.shape[:leading], *inserted, *ending))
    return found


def pdf_uniform(
    sample: torch.Tensor, low: torch.Tensor, high: torch.Tensor, *, is_log: bool = False
) -> torch.Tensor:
    """The density of uniform numbers from `low` to `high`, which samples are taken to
    lie between.
    """
    low, high = _beside("_random_pdf_uniform", sample, low, high)
    width = (high - low).expand(sample.shape)
    return -width.log() if is_log else 1 / width


def _of_log(log_density: torch.Tensor, is_log: bool) -> torch.Tensor:
    return log_density if is_log else log_density.exp()


def pdf_normal(
    sample: torch.Tensor, mu: torch.Tensor, sigma: torch.Tensor, *, is_log: bool = False
) -> torch.Tensor:
    """The density of normal numbers of mean `mu` and standard deviation `sigma`; see
    `_random_pdf_uniform`.
    """
    mu, sigma = _beside("_random_pdf_normal", sample, mu, sigma)
    distance = (sample - mu) / sigma
    return _of_log(
        -distance * distance / 2 - sigma.log() - math.log(2 * math.pi) / 2, is_log
    )


def pdf_gamma(
    sample: torch.Tensor,
    alpha: torch.Tensor,
    beta: torch.Tensor,
    *,
    is_log: bool = False,
) -> torch.Tensor:
    """The density of gamma distributed numbers of shape `alpha` and rate `beta`, unlike
    the draws' scale.
    """
    alpha, beta = _beside("_random_pdf_gamma", sample, alpha, beta)
    density = (
        alpha * beta.log()
        + (alpha - 1) * sample.log()
        - beta * sample
        - torch.lgamma(alpha)
    )
    return _of_log(density, is_log)


def pdf_exponential(
    sample: torch.Tensor, lam: torch.Tensor, *, is_log: bool = False
) -> torch.Tensor:
    """The density of exponentially distributed numbers of the rate `lam`; see
    `_random_pdf_uniform`.
    """
    (lam,) = _beside("_random_pdf_exponential", sample, lam)
    return _of_log(lam.log() - lam * sample, is_log)


def pdf_poisson(
    sample: torch.Tensor, lam: torch.Tensor, *, is_log: bool = False
) -> torch.Tensor:
    """The probability of counts of the Poisson distribution of mean `lam`; see
    `_random_pdf_uniform`.
    """
    (lam,) = _beside("_random_pdf_poisson", sample, lam)
    counts = sample.detach()
    return _of_log(counts * lam.log() - torch.lgamma(counts + 1) - lam, is_log)


def _log_negative_binomial(
    counts: torch.Tensor, limit: torch.Tensor, p: torch.Tensor
) -> torch.Tensor:
    choices = (
        torch.lgamma(counts + limit) - torch.lgamma(counts + 1) - torch.lgamma(limit)
    )
    return choices + limit * p.log() + counts * (1 - p).log()


def pdf_negative_binomial(
    sample: torch.Tensor, k: torch.Tensor, p: torch.Tensor, *, is_log: bool = False
) -> torch.Tensor:
    """The probability of so many failures before the `k`-th success of probability `p`."""
    k, p = _beside("_random_pdf_negative_binomial", sample, k, p)
    return _of_log(_log_negative_binomial(sample.detach(), k, p), is_log)


def pdf_generalized_negative_binomial(
    sample: torch.Tensor, mu: torch.Tensor, alpha: torch.Tensor, *, is_log: bool = False
) -> torch.Tensor:
    """The probability of counts whose distribution has the mean `mu` and the dispersion
    `alpha`.
    """
    mu, alpha = _beside("_random_pdf_generalized_negative_binomial", sample, mu, alpha)
    return _of_log(
        _log_negative_binomial(sample.detach(), 1 / alpha, 1 / (mu * alpha + 1)), is_log
    )


def pdf_dirichlet(
    sample: torch.Tensor, alpha: torch.Tensor, *, is_log: bool = False
) -> torch.Tensor:
    """The density of the Dirichlet distribution."""
    (alpha,) = _beside("_random_pdf_dirichlet", sample, alpha, event=1)
    density = (
        ((alpha - 1) * sample.log()).sum(-1)
        + torch.lgamma(alpha.sum(-1))
        - torch.lgamma(alpha).sum(-1)
    )
    return _of_log(density, is_log)
