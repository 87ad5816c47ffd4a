"""Where the kernels are quicker than the library's operators, on the host that runs.

A gain is the time of torch's way divided by the time of ours when both have as many threads. What ours can use of the
host's threads decides the rest: without torch's thread team (:mod:`.library`) the kernels run on the calling thread
alone, and one thread of ours has to beat all of theirs.

The figures were measured for 4, 8 and 16 lanes on x86-64 processors. A measurement on the host itself would stand in
the place of :func:`convolution_gain` and :func:`norm_gain`; nothing else asks for figures.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import torch

from .library import Library, library

__all__ = ["Host", "convolution_gain", "host", "lstm_gain", "lstm_parts", "norm_gain"]


class Host(NamedTuple):
    """What decides where the kernels pay.

    Attributes
    ----------
    lanes : of the best build that runs here; None where there are no kernels
    team : whether they run on torch's threads; if not, on the calling thread
    threads : how many torch has
    """

    lanes: int | None
    team: bool
    threads: int

    @property
    def share(self) -> float:
        """The part of the host's threads that the kernels can use."""
        return 1.0 if self.team else 1.0 / self.threads

    def pays(self, gain: float) -> bool:
        """Whether something with this gain is quicker here."""
        return self.lanes is not None and gain * self.share >= 1.0


def host() -> Host:
    """The host as it is now: the number of threads may change."""
    return _host(library(), torch.get_num_threads())


@functools.lru_cache(maxsize=64)
def _host(lib: Library | None, threads: int) -> Host:
    return Host(None, False, threads) if lib is None else Host(lib.lanes, lib.team is not None, threads)


#: output channels and length of the sums up to which the kernels' blocks stay in the cache
_WIDEST, _DEEPEST = 64, 600
#: vectors filled up to this part are where oneDNN, which lays channels side by side, loses more than the kernels do
_AWKWARD = 2 / 3
#: lanes -> the longest sum with full vectors where the passes over memory that a pooling saves still count
_DEEPEST_FULL = {4: 450, 8: 300, 16: 150}
#: lanes -> the most channels before a kernel of one element where they do
_WIDEST_POINT = {4: 64, 8: 16, 16: 16}


def convolution_gain(channels: int, out_channels: int, taps: int, pooled: bool, lanes: int) -> float:
    """The gain of a convolution and the activation and pooling after it.

    Parameters
    ----------
    channels, out_channels : int
        before and after it
    taps : int
        elements of its kernel
    pooled : bool
        whether a pooling goes into the same pass
    lanes : int
        of the kernels
    """
    depth = channels * taps
    if out_channels > _WIDEST or depth > _DEEPEST:
        return 0.0
    filled = 1.0
    for count in (channels, out_channels):
        filled *= count / (-(-count // lanes) * lanes) if count > 3 else 1.0
    saved = 0.0
    if pooled and depth <= _DEEPEST_FULL[lanes] and (taps > 1 or channels <= _WIDEST_POINT[lanes]):
        saved = 5.0 if channels == 1 else 2.0 - depth / _DEEPEST_FULL[lanes]
    return max(saved, _AWKWARD / filled)


def norm_gain(steps: int) -> float:
    """The gain of a batch norm by the batch's statistics as one call with what follows it.

    Parameters
    ----------
    steps : int
        1 for the norm alone, 2 or 3 with an addition and a relu, each of which saves two passes over memory
    """
    return 1.0 + 0.5 * steps


#: steps from which a layer of long short-term memory is quicker forwards alone: its weights are put in order first
_FEWEST_STEPS = 8
#: sequences in a part at least, which share what is read of the weights
_FEWEST_SEQUENCES = 4


def lstm_parts(batch: int, threads: int) -> int:
    """Into how many parts the sequences of a batch are split: no part waits for another."""
    return max(1, min(threads, batch // _FEWEST_SEQUENCES))


def lstm_gain(steps: int, batch: int, threads: int, recording: bool) -> float:
    """The gain of a layer of long short-term memory.

    Parameters
    ----------
    steps, batch : int
        of the sequences
    threads : int
        of the library, which splits units where there are few sequences
    recording : bool
        whether a backward may follow, which gains the most
    """
    gain = 1.1 if recording or steps >= _FEWEST_STEPS else 0.9
    return gain * lstm_parts(batch, threads) / threads
