"""Numbers that take an unknown count of words each, drawn in step from many streams.

Every stream is a lane. A lane takes its next uniform number when, and only when, the algorithm run for that lane alone
would take it, so what a lane gives does not depend on the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .conversions import doubles, in_disc, polar_factor, singles
from .mt19937 import STATE_WORDS, Bank, Window

__all__ = ["Lanes", "dispersed_poisson", "gamma", "gamma_poisson", "normal", "poisson"]

Rows = NDArray[np.int64]


class Lanes:
    """Streams 0 to `count` - 1 of a bank as lanes of uniform numbers.

    Parameters
    ----------
    bank : Bank
    count : int
    dtype : numpy.float32 or numpy.float64
        of the numbers; the second takes two words each
    """

    def __init__(self, bank: Bank, count: int, dtype: Any) -> None:
        self._bank, self._count, self.dtype = bank, count, dtype
        self._words = 1 if dtype == np.float32 else 2
        self._open()

    def _open(self) -> None:
        """Look ahead from where the lanes are."""
        self._window: Window = self._bank.window(slice(0, self._count), STATE_WORDS)
        width = self._window.words.shape[1] // self._words * self._words
        numbers = (singles if self._words == 1 else doubles)(self._window.words[:, :width])
        self._numbers = numbers.reshape(-1)
        self._starts = np.arange(self._count) * numbers.shape[1]
        self._next = self._starts.copy()
        self._left = numbers.shape[1]  # draws until some lane may have nothing left

    def close(self) -> None:
        """Leave the streams after the last number that was taken."""
        self._window.commit((self._next - self._starts) * self._words)

    def uniform(self, rows: Rows) -> NDArray[Any]:
        """The next number of some lanes."""
        if self._left == 0:
            self.close()
            self._open()
        self._left -= 1
        places = self._next[rows]
        self._next[rows] = places + 1
        return self._numbers[places]


def normal(lanes: Lanes, rows: Rows) -> NDArray[Any]:
    """A normal number of each of some lanes, by the polar method; the second of the pair is dropped."""
    out = np.empty(len(rows), lanes.dtype)
    todo = np.arange(len(rows))
    while len(todo):
        x = 2 * lanes.uniform(rows[todo]) - 1
        y = 2 * lanes.uniform(rows[todo]) - 1
        radius, accepted = in_disc(x, y)
        out[todo[accepted]] = y[accepted] * polar_factor(radius[accepted])
        todo = todo[~accepted]
    return out


def gamma(lanes: Lanes, rows: Rows, alpha: NDArray[Any], beta: NDArray[Any]) -> NDArray[Any]:
    """A gamma distributed number of shape `alpha` and scale `beta` of each of some lanes.

    G. Marsaglia and W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000, with their
    boost by a power of a uniform number where the shape is below 1.
    """
    kind = lanes.dtype
    alpha, beta = alpha.astype(kind), beta.astype(kind)
    d = alpha + np.where(alpha < 1, kind(2 / 3), kind(-1 / 3))
    c = 1 / np.sqrt(9 * d)
    with np.errstate(divide="ignore"):
        power = 1 / alpha  # infinite for the shape 0, whose numbers are 0
    out = np.empty(len(rows), kind)
    todo = np.arange(len(rows))
    while len(todo):
        z = normal(lanes, rows[todo])
        root = 1 + c[todo] * z
        valid = root > 0
        at, z, root = todo[valid], z[valid], root[valid]
        cube = root * root * root
        chance = np.log(1 - lanes.uniform(rows[at]))
        accepted = chance < z * z / 2 + d[at] * (1 - cube + np.log(cube))
        done = at[accepted]
        out[done] = d[done] * cube[accepted] * beta[done]
        boosted = done[alpha[done] < 1]
        out[boosted] = out[boosted] * lanes.uniform(rows[boosted]).astype(np.float64) ** power[boosted]
        valid[valid] = accepted
        todo = todo[~valid]
    return out


def poisson(lanes: Lanes, rows: Rows, lam: NDArray[Any]) -> NDArray[Any]:
    """A Poisson distributed number of mean `lam` of each of some lanes."""
    lam = lam.astype(lanes.dtype)
    out = np.empty(len(rows), lanes.dtype)
    low = lam < 12
    out[low] = _poisson_by_product(lanes, rows[low], lam[low])
    out[~low] = _poisson_by_rejection(lanes, rows[~low], lam[~low])
    return out


def _poisson_by_product(lanes: Lanes, rows: Rows, lam: NDArray[Any]) -> NDArray[Any]:
    """How many uniform numbers can be multiplied before the product falls to exp(-lam): Knuth's method, TAOCP 3.4.1."""
    floor = np.exp(-lam)
    out = np.zeros(len(rows), lanes.dtype)
    todo = np.arange(len(rows))
    product = lanes.uniform(rows)
    while len(todo := todo[product[todo] > floor[todo]]):
        out[todo] += 1
        product[todo] *= lanes.uniform(rows[todo])
    return out


def _log_gamma(x: NDArray[Any]) -> NDArray[Any]:
    return torch.lgamma(torch.from_numpy(x.astype(np.float64))).numpy().astype(x.dtype)


def _poisson_by_rejection(lanes: Lanes, rows: Rows, lam: NDArray[Any]) -> NDArray[Any]:
    """Rejection from a Lorentzian: W. H. Press et al., "Numerical Recipes in C", 2nd ed., section 7.3 (the method)."""
    kind = lanes.dtype
    width, log_lam = np.sqrt(2 * lam), np.log(lam)
    level = lam * log_lam - _log_gamma(lam + 1)
    out = np.empty(len(rows), kind)
    todo = np.arange(len(rows))
    while len(todo):
        slope = np.tan(kind(np.pi) * lanes.uniform(rows[todo]))
        number = width[todo] * slope + lam[todo]
        valid = number >= 0
        at, slope, number = todo[valid], slope[valid], np.floor(number[valid])
        ratio = np.exp(number * log_lam[at] - _log_gamma(number + 1) - level[at])
        accepted = lanes.uniform(rows[at]) <= kind(0.9) * (1 + slope * slope) * ratio
        out[at[accepted]] = number[accepted]
        valid[valid] = accepted
        todo = todo[~valid]
    return out


def gamma_poisson(lanes: Lanes, rows: Rows, shape: NDArray[Any], scale: NDArray[Any]) -> NDArray[Any]:
    """A Poisson number whose mean is gamma distributed: the negative binomial distribution."""
    return poisson(lanes, rows, gamma(lanes, rows, shape, scale))


def dispersed_poisson(lanes: Lanes, rows: Rows, mu: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """:func:`gamma_poisson` by its mean and dispersion; without dispersion it is a plain Poisson number."""
    out = np.empty(len(rows), lanes.dtype)
    spread = alpha != 0
    share = alpha[spread]
    out[spread] = gamma_poisson(lanes, rows[spread], 1 / share, mu[spread] * share)
    out[~spread] = poisson(lanes, rows[~spread], mu[~spread])
    return out
