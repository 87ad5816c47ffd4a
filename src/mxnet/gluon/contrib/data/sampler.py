"""A sampler for sequences that are cut into parts."""

from __future__ import annotations

from collections.abc import Iterator

from ...data.sampler import Sampler

__all__ = ["IntervalSampler"]


class IntervalSampler(Sampler):
    """Draw every so many indices, then those in between.

    Parameters
    ----------
    length : int
        How many there are.
    interval : int
        The step.
    rollover : bool
        Whether to go on from index 1, 2 and so on where the end is reached, until all are drawn.

    Raises
    ------
    AssertionError
        The interval is longer than the sequence.

    Examples
    --------
    >>> from mxnet.gluon.contrib.data import IntervalSampler
    >>> list(IntervalSampler(7, interval=3))
    [0, 3, 6, 1, 4, 2, 5]
    >>> list(IntervalSampler(7, interval=3, rollover=False))
    [0, 3, 6]
    """

    def __init__(self, length: int, interval: int, rollover: bool = True):
        if interval > length:
            raise AssertionError(f"IntervalSampler: interval {interval} is longer than length {length}")
        self._length = length
        self._interval = interval
        self._rollover = rollover

    def __iter__(self) -> Iterator[int]:
        for start in range(self._interval if self._rollover else 1):
            yield from range(start, self._length, self._interval)

    def __len__(self) -> int:
        return self._length  # also without rollover, as MXNet has it
