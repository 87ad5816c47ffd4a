"""The draws MXNet makes from many streams at once: those of ``mx.nd.random`` and ``mx.np.random.randint``.

A draw of n numbers goes to ceil(n / 64) streams, 1024 at most, which give runs of equal length; the last may be
shorter. The streams keep their places between draws. Parameters are scalars or flat arrays with one element per number
drawn; numbers come back flat.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import rejection
from .conversions import Parameter, cast, doubles, in_disc, parameter, polar_factor, singles, threshold
from .exclusive import exclusive
from .mt19937 import Bank, Counts, Window, Words

__all__ = ["ParallelStreams"]

_RUN, _STREAMS = 64, 1024
_MASK64 = 2**64 - 1


class _Runs:
    """How a draw is split: `streams` runs of `length` numbers, the last of them cut off at `total`."""

    __slots__ = ("length", "streams", "total")

    def __init__(self, total: int) -> None:
        self.total = total
        self.length = -(-total // min(_STREAMS, -(-total // _RUN)))
        self.streams = -(-total // self.length)

    def counts(self, rows: slice) -> Counts:
        """How many numbers each of some streams gives."""
        starts = np.arange(rows.start, rows.stop, dtype=np.int64) * self.length
        return np.minimum(self.length, self.total - starts)


class ParallelStreams:
    """MXNet's parallel random streams of one seed.

    Parameters
    ----------
    seed : int
        what ``mx.random.seed`` was given; stream i is seeded with 127 * seed + i
    """

    def __init__(self, seed: int = 0) -> None:
        self.lock = threading.RLock()
        self._bank = Bank(127 * seed, _STREAMS)

    @exclusive
    def seed(self, seed: int) -> None:
        """Start again from `seed`."""
        self._bank.seed(127 * seed)

    @exclusive
    def get_state(self) -> dict[str, Any]:
        """Everything needed to go on from here, as arrays and numbers."""
        return self._bank.get_state()

    @exclusive
    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from where :meth:`get_state` was called; MXNetError for arrays that cannot be a state."""
        self._bank.set_state(state)

    # --- numbers that take the same count of words each ---------------------------------------------------------------

    def _each(self, n: int, dtype: Any, words: int, convert: Callable[[Words, NDArray[Any]], object]) -> NDArray[Any]:
        """`n` numbers of `words` words each; ``convert(words, out)`` fills m columns from m * words."""
        if n == 0:
            return np.empty(0, dtype)
        runs = _Runs(n)
        out = np.empty((runs.streams, runs.length), dtype)
        width = runs.length * words
        for rows in self._bank.windows(runs.streams, width):
            window = self._bank.window(rows, width)
            convert(window.words[:, :width], out[rows])
            window.commit(runs.counts(rows) * words)
        return out.reshape(-1)[:n]

    def _unit(self, n: int, dtype: Any) -> NDArray[Any]:
        """Uniform numbers from 0 to 1 in the dtype MXNet computes with: float64 unless float32 is asked for."""
        if dtype == np.float32:
            return self._each(n, np.float32, 1, singles)
        return self._each(n, np.float64, 2, doubles)

    @exclusive
    def uniform(self, n: int, low: Parameter = 0.0, high: Parameter = 1.0, dtype: Any = np.float32) -> NDArray[Any]:
        """Uniform numbers from `low` to `high`; rounding can bring out `high` itself."""
        low, high = parameter(low), parameter(high)
        numbers = self._unit(n, dtype) * (high - low)
        numbers += low
        return cast(numbers, dtype)

    @exclusive
    def exponential(self, n: int, lam: Parameter = 1.0, dtype: Any = np.float32) -> NDArray[Any]:
        """Exponentially distributed numbers of the rate `lam`."""
        numbers = np.subtract(1.0, self._unit(n, dtype), dtype=np.float64)
        np.log(numbers, out=numbers)
        numbers /= -np.asarray(parameter(lam), np.float64)
        return cast(numbers, dtype)

    @exclusive
    def bernoulli(self, n: int, probability: float, dtype: Any = np.float32) -> NDArray[np.bool_]:
        """True with the given probability, as MXNet's Dropout keeps elements of arrays of `dtype`."""
        if dtype != np.float32:
            return self._each(n, np.bool_, 2, lambda words, out: np.less(doubles(words), probability, out=out))
        level = threshold(probability)
        if level > 0xFFFFFFFF:
            return self._each(n, np.bool_, 1, lambda words, out: out.fill(True))
        return self._each(n, np.bool_, 1, lambda words, out: np.less(words, np.uint32(level), out=out))

    @exclusive
    def randint(self, n: int, low: int, high: int, dtype: Any = np.int32) -> NDArray[Any]:
        """Integers from `low` to `high` - 1: 63 bits modulo the range, cut off to `dtype`."""
        span, start = np.uint64((high - low) & _MASK64), np.uint64(low & _MASK64)

        def convert(words: Words, out: NDArray[np.uint64]) -> None:
            np.left_shift(words[:, 0::2], np.uint64(31), out=out, dtype=np.uint64)
            out += words[:, 1::2]
            # NumPy divides by a scalar with a multiplication; its remainder does not
            out -= out // span * span
            out += start

        return self._each(n, np.uint64, 2, convert).astype(dtype)

    # --- numbers by rejection -----------------------------------------------------------------------------------------

    @exclusive
    def normal(self, n: int, loc: Parameter = 0.0, scale: Parameter = 1.0, dtype: Any = np.float32) -> NDArray[Any]:
        """Normal numbers; of the two that a point of the polar method gives, one."""
        if n == 0:
            return np.empty(0, dtype)
        single = dtype == np.float32
        kind, words, unit = (np.float32, 2, singles) if single else (np.float64, 4, doubles)
        runs = _Runs(n)
        out: NDArray[Any] = np.empty(n, kind)
        # a point lies in the disc with probability pi / 4; the margin is six standard deviations
        points = int(runs.length * 1.2733 + 3.6 * runs.length**0.5) + 4
        for rows in self._bank.windows(runs.streams, points * words):
            counts = runs.counts(rows)
            window = self._bank.window(rows, points * words)
            y, radius, accepted, tally = _points(window, points, words, unit)
            while (tally[:, -1] < counts).any():
                window.extend(window.words.shape[1] + words * 64)
                y, radius, accepted, tally = _points(window, window.words.shape[1] // words, words, unit)
            accepted &= tally <= counts[:, None]
            start = rows.start * runs.length
            np.multiply(y[accepted], polar_factor(radius[accepted]), out=out[start : start + int(counts.sum())])
            window.commit(words * (1 + np.argmax(tally >= counts[:, None], axis=1)))
        out *= parameter(scale)
        out += parameter(loc)
        return cast(out, dtype)

    @exclusive
    def unique_zipfian(self, rows: int, n: int, limit: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each row `n` different integers below `limit`, small ones likelier, and how many draws they took.

        Row i draws from stream i alone, whatever the number of rows.
        """
        found, draws = np.empty((rows, n), np.int64), np.empty(rows, np.int64)
        for row in range(rows):
            stream = row % _STREAMS
            chosen: dict[int, int] = {}
            drawn = 0
            while len(chosen) < n:
                window = self._bank.window(slice(stream, stream + 1), 2 * n)
                numbers = doubles(window.words[0, : 2 * n]) * np.log(float(limit))
                used = 0
                for integer in (np.rint(np.exp(numbers)).astype(np.int64) - 1).tolist():
                    if len(chosen) == n:
                        break
                    used += 1
                    chosen.setdefault(integer, drawn + used)
                drawn += used
                window.commit(2 * used)
            found[row], draws[row] = list(chosen), drawn
        return found, draws

    def _lockstep(self, n: int, unit: Any, draw: Callable[..., NDArray[Any]], *parameters: Any) -> NDArray[Any]:
        """`n` numbers, the first of every run before the second of any.

        ``draw(lanes, rows, *parameters)`` gives one number of each of some lanes; `unit` is the dtype it computes with.
        """
        out = np.empty(n, unit)
        if n == 0:
            return out
        runs = _Runs(n)
        lanes = rejection.Lanes(self._bank, runs.streams, unit)
        starts = np.arange(runs.streams) * runs.length
        for step in range(runs.length):
            elements = starts[: -(-(n - step) // runs.length)] + step
            chosen = [np.broadcast_to(p, n)[elements] for p in parameters]
            out[elements] = draw(lanes, np.arange(len(elements)), *chosen)
        lanes.close()
        return out

    @exclusive
    def gamma(self, n: int, alpha: Parameter = 1.0, beta: Parameter = 1.0, dtype: Any = np.float32) -> NDArray[Any]:
        """Gamma distributed numbers of shape `alpha` and scale `beta`."""
        unit = np.float64 if dtype == np.float64 else np.float32
        numbers = self._lockstep(n, unit, rejection.gamma, parameter(alpha), parameter(beta))
        return cast(numbers, dtype)

    @exclusive
    def poisson(self, n: int, lam: Parameter = 1.0, dtype: Any = np.float32) -> NDArray[Any]:
        """Poisson distributed numbers of mean `lam`."""
        numbers = self._lockstep(n, np.float32, rejection.poisson, parameter(lam))
        return cast(numbers, dtype)

    @exclusive
    def negative_binomial(self, n: int, k: Parameter = 1, p: Parameter = 1.0, dtype: Any = np.float32) -> NDArray[Any]:
        """The failures before the `k`-th success where a success has probability `p`."""
        p = parameter(p)
        numbers = self._lockstep(n, np.float32, rejection.gamma_poisson, parameter(k), (1 - p) / p)
        return cast(numbers, dtype)

    @exclusive
    def generalized_negative_binomial(
        self, n: int, mu: Parameter = 1.0, alpha: Parameter = 1.0, dtype: Any = np.float32
    ) -> NDArray[Any]:
        """Poisson numbers whose mean is gamma distributed with mean `mu` and dispersion `alpha`."""
        numbers = self._lockstep(n, np.float32, rejection.dispersed_poisson, parameter(mu), parameter(alpha))
        return cast(numbers, dtype)


def _points(window: Window, points: int, words: int, unit: Callable[[Words], NDArray[Any]]) -> tuple[NDArray[Any], ...]:
    """The next points of each stream: y, squared radius, which are in the disc, and how many of them up to each."""
    numbers = unit(window.words[:, : points * words])
    numbers += numbers
    numbers -= 1
    x, y = numbers[:, 0::2], numbers[:, 1::2]
    radius, accepted = in_disc(x, y)
    return y, radius, accepted, np.cumsum(accepted, axis=1, dtype=np.int32)
