"""The draws MXNet makes from one stream: most of ``mx.np.random``, shuffling and multinomial draws.

The stream's seed is that of stream 0 of the parallel ones, but it is another generator with a place of its own. Here
both numbers of the polar method are kept. NumPy's own MT19937 supplies the words.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base import MXNetError
from .conversions import Parameter, cast, doubles, in_disc, parameter, polar_factor, singles
from .exclusive import exclusive
from .mt19937 import STATE_WORDS, Words

__all__ = ["SerialStream"]

_BLOCK = 1 << 16


class SerialStream:
    """MXNet's one random stream of a seed.

    Parameters
    ----------
    seed : int
        what ``mx.random.seed`` was given
    """

    def __init__(self, seed: int = 0) -> None:
        self.lock = threading.RLock()
        self._generator = np.random.RandomState(0)
        self.seed(seed)

    @exclusive
    def seed(self, seed: int) -> None:
        """Start again from `seed`."""
        self._generator.seed((127 * seed) & 0xFFFFFFFF)
        self._ahead: Words = np.empty(0, np.uint32)  # words that were looked at and not used

    @exclusive
    def words(self, n: int) -> Words:
        """The next `n` words."""
        if len(self._ahead) >= n:
            taken, self._ahead = self._ahead[:n], self._ahead[n:]
            return taken
        fresh = self._generator.randint(0, 2**32, n - len(self._ahead), np.uint32)
        taken = np.concatenate([self._ahead, fresh]) if len(self._ahead) else fresh
        self._ahead = self._ahead[:0]
        return taken

    def _give_back(self, words: Words) -> None:
        """Put unused words back in front."""
        self._ahead = np.concatenate([words, self._ahead])

    @exclusive
    def get_state(self) -> dict[str, Any]:
        """Everything needed to go on from here, as arrays and numbers."""
        _, state, position, _, _ = self._generator.get_state(legacy=True)
        return {"state": state, "position": position, "ahead": self._ahead.copy()}

    @exclusive
    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from where :meth:`get_state` was called.

        Raises
        ------
        MXNetError
            arrays that cannot be a state
        """
        words, ahead, position = np.asarray(state["state"]), np.asarray(state["ahead"]), int(state["position"])
        if (
            words.shape != (STATE_WORDS,)
            or words.dtype != np.uint32
            or not 0 <= position <= STATE_WORDS
            or ahead.dtype != np.uint32
            or ahead.ndim != 1
        ):
            raise MXNetError(
                f"random state: state {words.shape} {words.dtype} at {position} and ahead {ahead.shape} {ahead.dtype}; "
                f"expected ({STATE_WORDS},) uint32 at 0 to {STATE_WORDS} and (n,) uint32"
            )
        self._generator.set_state(("MT19937", words, position, 0, 0.0))
        self._ahead = ahead.copy()

    # --- uniform numbers and integers ---------------------------------------------------------------------------------

    @exclusive
    def unit(self, n: int) -> NDArray[np.float32]:
        """Uniform float32 numbers from 0 to 1, one word each."""
        return singles(self.words(n))

    @exclusive
    def unit_double(self, n: int) -> NDArray[np.float64]:
        """Uniform float64 numbers from 0 to 1, two words each."""
        return doubles(self.words(2 * n))

    @exclusive
    def uniform(self, n: int, low: Parameter = 0.0, high: Parameter = 1.0, dtype: Any = np.float32) -> NDArray[Any]:
        """Uniform numbers from `low` to `high`, computed in float32."""
        low, high = parameter(low), parameter(high)
        numbers = self.unit(n) * (high - low)
        numbers += low
        return cast(numbers, dtype)

    @exclusive
    def integers(self, n: int, high: int) -> NDArray[np.int64]:
        """Integers from 0 to `high` - 1: one word each, modulo `high`."""
        return (self.words(n) % np.uint32(high)).astype(np.int64)

    @exclusive
    def permutation(self, n: int) -> NDArray[np.int64]:
        """The numbers 0 to `n` - 1 shuffled: from the second on, each changes places with one up to itself.

        R. A. Fisher and F. Yates's shuffle as R. Durstenfeld wrote it down (Communications of the ACM 7(7), 1964), but
        upwards; ``std::shuffle`` draws the places as in :meth:`_places`.
        """
        return self._exchanged(n, np.arange(1, n))

    @exclusive
    def row_permutation(self, n: int) -> NDArray[np.int64]:
        """The numbers 0 to `n` - 1 shuffled in Durstenfeld's own order: from the last to the second."""
        return self._exchanged(n, np.arange(n - 1, 0, -1))

    def _exchanged(self, n: int, visited: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers 0 to `n` - 1, each visited place exchanged with one up to itself."""
        order = list(range(n))
        for i, j in zip(visited.tolist(), self._places(visited).tolist()):
            order[i], order[j] = order[j], order[i]
        return np.array(order, np.int64)

    def _places(self, visited: NDArray[np.int64]) -> NDArray[np.uint32]:
        """For each i an integer from 0 to i; words that would favour some are skipped."""
        ranges = visited.astype(np.uint32) + np.uint32(1)
        scales = np.uint32(0xFFFFFFFF) // ranges
        places = np.empty(len(ranges), np.uint32)
        filled = 0
        while filled < len(ranges):
            block = slice(filled, filled + _BLOCK)
            words = self.words(len(ranges[block]))
            skipped = np.flatnonzero(words >= ranges[block] * scales[block])
            count = int(skipped[0]) if len(skipped) else len(words)
            if len(skipped):
                self._give_back(words[count + 1 :])
            block = slice(filled, filled + count)
            places[block] = words[:count] // scales[block]
            filled += count
        return places

    @exclusive
    def choice_without_replacement(self, n: int, population: int) -> NDArray[np.int64]:
        """`n` different integers below `population`.

        Reservoir sampling (A. G. Waterman's algorithm R, TAOCP 3.4.2) of `n` elements or, where that is less work, of
        the elements that are left out.
        """
        kept = max(n, population - n)
        places = (self.words(population - kept) % np.arange(kept + 1, population + 1, dtype=np.uint32)).tolist()
        order = np.arange(population)
        for i, j in enumerate(places, kept):
            if j < kept:
                order[i], order[j] = order[j], order[i]
        return order[:n] if n == kept else order[kept:]

    # --- other distributions ------------------------------------------------------------------------------------------

    def _polar(self, points: int, words: int, unit: Any) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """The next `points` points that the polar method takes, `words` words each, and what to multiply them with."""
        kind = unit(np.zeros(words, np.uint32)).dtype
        found = np.empty((3, points), kind)  # taken at once: where there is not so much memory, that shows here
        missing = points
        while missing > 0:
            count = min(_BLOCK, int(missing * 1.2733 + 3.6 * missing**0.5) + 4)
            block = self.words(count * words)
            numbers = unit(block)
            numbers += numbers
            numbers -= 1
            x, y = numbers[0::2], numbers[1::2]
            radius, accepted = in_disc(x, y)
            places = np.flatnonzero(accepted)[:missing]
            if len(places) == missing:
                self._give_back(block[(int(places[-1]) + 1) * words :])
            done = points - missing
            for row, column in zip(found, (x[places], y[places], polar_factor(radius[places]))):
                row[done : done + len(places)] = column
            missing -= len(places)
        x, y, factor = found
        return x, y, factor

    @exclusive
    def normal(self, n: int, loc: Parameter = 0.0, scale: Parameter = 1.0, dtype: Any = np.float32) -> NDArray[Any]:
        """Normal numbers, computed in float32; the last of an odd count leaves its partner unused."""
        if n == 0:
            return np.empty(0, dtype)
        x, y, factor = self._polar(-(-n // 2), 2, singles)
        numbers = np.stack([y * factor, x * factor], axis=1).reshape(-1)[:n]
        numbers *= parameter(scale)
        numbers += parameter(loc)
        return cast(numbers, dtype)

    @exclusive
    def gamma(self, n: int, shape: Parameter, scale: Parameter = 1.0, dtype: Any = np.float32) -> NDArray[Any]:
        """Gamma distributed numbers, computed in float64.

        The method of :func:`mxnet.streams.rejection.gamma`, in rounds: each draws two uniform numbers for every element
        and then a normal one, and serves the elements that have no number yet.
        """
        alpha = np.broadcast_to(np.asarray(parameter(shape), np.float64), n)
        d = alpha + np.where(alpha < 1, 2 / 3, -1 / 3)
        c = 1 / np.sqrt(9 * d)
        out = np.empty(n)
        todo = np.ones(n, bool)
        while todo.any():
            chance, power = self.unit_double(2 * n).reshape(n, 2).T
            _, y, factor = self._polar(n, 4, doubles)
            z = y * factor
            root = 1 + c * z
            cube = root**3
            with np.errstate(invalid="ignore", divide="ignore"):
                accepted = (root > 0) & (np.log(chance) < z * z / 2 + d * (1 - cube + np.log(cube)))
            boost = np.where(alpha < 1, power.astype(np.float32) ** (np.float32(1) / alpha.astype(np.float32)), 1.0)
            accepted &= todo
            out[accepted] = (d * cube * boost)[accepted]
            todo &= ~accepted
        out *= np.asarray(parameter(scale), np.float64)
        return cast(out, dtype)

    @exclusive
    def categories(self, cumulative: NDArray[Any], trials: int) -> NDArray[np.int64]:
        """For each row of cumulative probabilities `trials` indices, drawn with one float32 number each."""
        numbers = self.unit(len(cumulative) * trials).reshape(len(cumulative), trials)
        return _indices(cumulative, numbers)

    @exclusive
    def categories_double(self, cumulative: NDArray[Any], trials: int) -> NDArray[np.int64]:
        """:meth:`categories` of one row, drawn with float64 numbers."""
        return _indices(cumulative[None], self.unit_double(trials)[None])[0]


def _indices(cumulative: NDArray[Any], numbers: NDArray[Any]) -> NDArray[np.int64]:
    """Row by row the first index whose cumulative probability reaches each number; the last one where none does."""
    rows, categories = cumulative.shape
    found = np.zeros(numbers.shape, np.int64)
    if rows < categories:
        for row in range(rows):
            found[row] = np.searchsorted(cumulative[row], numbers[row], side="left")
    else:
        for category in range(categories):
            found += cumulative[:, category, None] < numbers
    return np.minimum(found, categories - 1, out=found)
