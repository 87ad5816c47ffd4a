"""Whether numbers that are drawn have the distribution they should have."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

__all__ = ["chi_square_check", "gen_buckets_probs_with_ppf", "mean_check", "var_check", "verify_generator"]

Generator = Callable[[int], np.ndarray]
_LIKELY = 3  # standard deviations: one in 370 right generators is farther off


def gen_buckets_probs_with_ppf(
    ppf: Callable[[float], float], nbuckets: int
) -> tuple[list[tuple[float, float]], list[float]]:
    """Buckets that numbers fall into with one probability, from the inverse of their distribution.

    Examples
    --------
    >>> from mxnet.test_utils import gen_buckets_probs_with_ppf
    >>> gen_buckets_probs_with_ppf(lambda x: 2 * x, 2)
    ([(0.0, 1.0), (1.0, 2.0)], [0.5, 0.5])
    """
    if nbuckets < 1:
        raise AssertionError(f"gen_buckets_probs_with_ppf: nbuckets={nbuckets}; expected 1 or more")
    edges = [ppf(place / float(nbuckets)) for place in range(nbuckets + 1)]
    return list(itertools.pairwise(edges)), [1.0 / nbuckets] * nbuckets


def mean_check(generator: Generator, mu: float, sigma: float, nsamples: int = 1000000) -> bool:
    """Whether the mean of so many numbers is likely, where their mean is `mu` and their deviation `sigma`."""
    samples = np.asarray(generator(nsamples))
    return bool(abs(samples.mean() - mu) < _LIKELY * sigma / np.sqrt(nsamples))


def var_check(generator: Generator, sigma: float, nsamples: int = 1000000) -> bool:
    """Whether the variance of so many normal variates is likely, where their deviation is `sigma`."""
    found, wanted = np.asarray(generator(nsamples)).var(ddof=1), sigma * sigma
    deviation = wanted * np.sqrt(2 / (nsamples - 1))  # of the variance of so many
    return bool(abs(found - wanted) < _LIKELY * deviation)


def chi_square_check(
    generator: Generator, buckets: Sequence[Any], probs: Sequence[float], nsamples: int = 1000000
) -> tuple[float, np.ndarray, np.ndarray]:
    """Pearson's test of how many numbers fall into buckets.

    Parameters
    ----------
    generator : callable
        gives so many numbers
    buckets : list of (float, float), or list of numbers
        bounds, the lower one included, or single values
    probs : list of float
        the probability of each
    nsamples : int
        how many numbers are drawn

    Returns
    -------
    float, numpy.ndarray, numpy.ndarray
        how probable it is to be that far off, how many fell into each, and how many should have
    """
    if len(buckets) != len(probs):
        raise AssertionError(f"chi_square_check: {len(buckets)} buckets and {len(probs)} probabilities")
    expected = (nsamples * np.array(probs)).astype(np.int64)
    samples = np.asarray(generator(nsamples)).reshape(-1)
    if isinstance(buckets[0], (tuple, list)):
        counts = [np.count_nonzero((samples >= low) & (samples < high)) for low, high in buckets]
    else:
        counts = [np.count_nonzero(samples == value) for value in buckets]
    observed = np.array(counts)
    statistic = float(np.sum((observed - expected) ** 2 / np.maximum(expected, 1)))
    freedom = max(len(buckets) - 1, 1)
    half = torch.tensor([freedom / 2, statistic / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(half[0], half[1])), observed, expected


def verify_generator(
    generator: Generator,
    buckets: Sequence[Any],
    probs: Sequence[float],
    nsamples: int = 1000000,
    nrepeat: int = 5,
    success_rate: float = 0.2,
    alpha: float = 0.05,
) -> list[float]:
    """Raise an error unless numbers pass Pearson's test often enough.

    Parameters
    ----------
    generator, buckets, probs, nsamples
        see :func:`chi_square_check`
    nrepeat : int
        how often it is tested
    success_rate : float
        the share of tests that must pass
    alpha : float
        a test passes where it is more probable than this to be that far off

    Returns
    -------
    list of float
        what each test gave

    Raises
    ------
    AssertionError
        too few tests passed
    """
    found, counted = [], []
    for _ in range(nrepeat):
        probable, observed, expected = chi_square_check(generator, buckets, probs, nsamples)
        found.append(probable)
        counted.append((observed.tolist(), expected.tolist()))
    passed = sum(each > alpha for each in found)
    if passed < nrepeat * success_rate:
        raise AssertionError(
            f"verify_generator: {passed} of {nrepeat} tests passed, expected {nrepeat * success_rate:g}; "
            f"probabilities {found}, counts and what they should be {counted}"
        )
    return found
