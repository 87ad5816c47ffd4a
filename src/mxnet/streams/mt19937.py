"""A bank of MT19937 generators that are advanced together, as arrays.

Only the generator: words in, words out. How draws are split over the streams is :mod:`.parallel`'s business, what the
words become :mod:`.parallel`'s and :mod:`.lanes`'s.

The recurrence, the tempering and the seeding by one integer are those of M. Matsumoto and T. Nishimura, "Mersenne
Twister: a 623-dimensionally equidistributed uniform pseudo-random number generator", ACM TOMACS 8(1), 1998, and of
their 2002 revision of the seeding; ``std::mt19937`` is the same generator.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..base import MXNetError

__all__ = ["STATE_WORDS", "Bank", "Window"]

Words = NDArray[np.uint32]
Counts = NDArray[np.int64]

#: words of state, and words that one step of the recurrence yields
STATE_WORDS = 624
_SHIFT = 397
_UPPER, _LOWER = np.uint32(0x80000000), np.uint32(0x7FFFFFFF)
_MATRIX = np.uint32(0x9908B0DF)
_SEED_FACTOR = np.uint32(1812433253)
# rows handled at once: a block of so many streams stays in a core's cache
_ROWS = 64


def _seed_states(seeds: Words) -> Words:
    """The initial states of generators seeded with `seeds`, one row each."""
    state = np.empty((STATE_WORDS, len(seeds)), np.uint32)
    state[0] = seeds
    if len(seeds) == 1:  # plain integers beat 2500 calls on arrays of one element
        word, column = int(seeds[0]), [int(seeds[0])]
        for i in range(1, STATE_WORDS):
            word = (1812433253 * (word ^ (word >> 30)) + i) & 0xFFFFFFFF
            column.append(word)
        state[:, 0] = column
    else:
        thirty, positions = np.uint32(30), np.arange(STATE_WORDS, dtype=np.uint32)
        for i in range(1, STATE_WORDS):
            previous, word = state[i - 1], state[i]
            np.right_shift(previous, thirty, out=word)
            np.bitwise_xor(word, previous, out=word)
            np.multiply(word, _SEED_FACTOR, out=word)
            np.add(word, positions[i], out=word)
    return np.ascontiguousarray(state.T)


def _next_states(state: Words) -> Words:
    """The states one step of the recurrence later."""
    mixed = state[:, :-1] & _UPPER
    mixed |= state[:, 1:] & _LOWER
    odd = mixed & np.uint32(1)
    odd *= _MATRIX
    mixed >>= np.uint32(1)
    mixed ^= odd
    following = np.empty_like(state)
    # each third needs the third before it, which is why there are three
    first = STATE_WORDS - _SHIFT
    np.bitwise_xor(state[:, _SHIFT:], mixed[:, :first], out=following[:, :first])
    np.bitwise_xor(following[:, :first], mixed[:, first : 2 * first], out=following[:, first : 2 * first])
    np.bitwise_xor(following[:, first : _SHIFT - 1], mixed[:, 2 * first :], out=following[:, 2 * first : -1])
    last = (state[:, -1] & _UPPER) | (following[:, 0] & _LOWER)
    following[:, -1] = following[:, _SHIFT - 1] ^ (last >> np.uint32(1)) ^ ((last & np.uint32(1)) * _MATRIX)
    return following


def _temper(state: Words) -> Words:
    """The words that states stand for."""
    words = state >> np.uint32(11)
    words ^= state
    step = words << np.uint32(7)
    step &= np.uint32(0x9D2C5680)
    words ^= step
    np.left_shift(words, np.uint32(15), out=step)
    step &= np.uint32(0xEFC60000)
    words ^= step
    np.right_shift(words, np.uint32(18), out=step)
    words ^= step
    return words


class Bank:
    """Generators numbered from 0, each with its own seed, seeded when they are first used.

    Parameters
    ----------
    seed : int
        the seed of stream 0; stream i has ``seed + i``, modulo 2**32
    size : int
        how many streams there are

    Notes
    -----
    ``states`` holds the recurrence's state of each stream, ``words`` what that state tempers to, ``positions`` how many
    of these words are used up: the layout every MT19937 has, NumPy's included.
    """

    def __init__(self, seed: int, size: int = 1024) -> None:
        self.size = size
        self.states: Words = np.empty((size, STATE_WORDS), np.uint32)
        self.words: Words = np.empty((size, STATE_WORDS), np.uint32)
        self.positions: Counts = np.full(size, STATE_WORDS, np.int64)
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start all streams again from `seed`."""
        self.first_seed = seed & 0xFFFFFFFF
        self.seeded = 0

    def require(self, streams: int) -> None:
        """Seed the streams below `streams` that have not been."""
        if streams > self.seeded:
            fresh = slice(self.seeded, streams)
            seeds = self.first_seed + np.arange(self.seeded, streams, dtype=np.uint64)
            self.states[fresh] = _seed_states((seeds & np.uint64(0xFFFFFFFF)).astype(np.uint32))
            self.positions[fresh] = STATE_WORDS
            self.seeded = streams

    def window(self, rows: slice, width: int) -> Window:
        """The next `width` words of some streams, to be looked at before they are used up."""
        self.require(rows.stop)
        return Window(self, rows, width)

    def windows(self, streams: int, width: int) -> list[slice]:
        """Slices of the streams below `streams` that are best handled together when each gives `width` words."""
        self.require(streams)  # all at once: a step of the seeding costs the same for one and for a thousand
        rows = max(1, min(_ROWS, _ROWS * 4 * STATE_WORDS // max(width, 1)))
        return [slice(start, min(start + rows, streams)) for start in range(0, streams, rows)]

    def get_state(self) -> dict[str, Any]:
        """Everything needed to go on from here, as arrays and numbers."""
        return {
            "seed": self.first_seed,
            "states": self.states[: self.seeded].copy(),
            "positions": self.positions[: self.seeded].copy(),
        }

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from where :meth:`get_state` was called.

        Raises
        ------
        MXNetError
            arrays that cannot be a state
        """
        states, positions = np.asarray(state["states"]), np.asarray(state["positions"])
        seeded = len(positions)
        if (
            states.dtype != np.uint32
            or states.shape != (seeded, STATE_WORDS)
            or seeded > self.size
            or (seeded and not 0 <= positions.min() <= positions.max() <= STATE_WORDS)
        ):
            raise MXNetError(
                f"random state: states {states.shape} {states.dtype} with positions {positions.shape}; expected "
                f"(n, {STATE_WORDS}) uint32 and n positions from 0 to {STATE_WORDS}, n at most {self.size}"
            )
        self.seed(int(state["seed"]))
        self.seeded = seeded
        self.states[:seeded], self.positions[:seeded] = states, positions
        for rows in self.windows(seeded, STATE_WORDS):
            self.words[rows] = _temper(self.states[rows])


class Window:
    """The coming words of some streams of a bank.

    Reading takes nothing away; :meth:`commit` says how many words of each stream are used up, and ends the window:
    ``words`` may share the bank's memory. Made by :meth:`Bank.window`.

    Attributes
    ----------
    words : (streams, at least the width asked for) array of uint32
        row by row the next words of each stream
    """

    def __init__(self, bank: Bank, rows: slice, width: int) -> None:
        self._bank, self._rows = bank, rows
        self._positions = bank.positions[rows].copy()
        self._states, self._blocks = [bank.states[rows]], [bank.words[rows]]
        self.words: Words
        self.extend(width)

    def extend(self, width: int) -> None:
        """Look ahead at least `width` words."""
        lowest, highest = int(self._positions.min()), int(self._positions.max())
        while STATE_WORDS * len(self._blocks) - highest < width:
            self._states.append(_next_states(self._states[-1]))
            self._blocks.append(_temper(self._states[-1]))
        first = 1 if lowest == STATE_WORDS else 0  # the current block is used up in every stream: skip it
        blocks = self._blocks[first:]
        joined = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
        starts = self._positions - first * STATE_WORDS
        if lowest == highest:
            self.words = joined[:, int(starts[0]) :]
        else:
            available = joined.shape[1] - int(starts.max())
            self.words = np.empty((len(starts), available), np.uint32)
            for row, start in enumerate(starts.tolist()):
                self.words[row] = joined[row, start : start + available]

    def commit(self, used: int | Counts) -> None:
        """Move each stream on by the number of its words that were used."""
        bank, rows = self._bank, self._rows
        ends = self._positions + used
        blocks = np.maximum(ends - 1, 0) // STATE_WORDS
        last = int(blocks.max())
        if last:
            if last == int(blocks.min()):
                bank.states[rows], bank.words[rows] = self._states[last], self._blocks[last]
            else:
                for row, block in enumerate(blocks.tolist()):
                    if block:
                        bank.states[rows.start + row] = self._states[block][row]
                        bank.words[rows.start + row] = self._blocks[block][row]
        bank.positions[rows] = ends - blocks * STATE_WORDS
