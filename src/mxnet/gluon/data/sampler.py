"""Samplers: in which order the samples of a data set are drawn, and how they are grouped into batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

__all__ = ["BatchSampler", "FilterSampler", "RandomSampler", "Sampler", "SequentialSampler"]


class Sampler:
    """Base of samplers: an iterable of known length over the indices of a data set.

    Subclasses define ``__iter__``, which starts over at each call, and ``__len__``.
    """

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__")

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"{type(self).__name__} must define __iter__")


class SequentialSampler(Sampler):
    """Draw `length` indices in order, from `start` on.

    Examples
    --------
    >>> from mxnet.gluon.data import SequentialSampler
    >>> list(SequentialSampler(3, start=2))
    [2, 3, 4]
    """

    def __init__(self, length: int, start: int = 0):
        self._length = length
        self._start = start

    def __iter__(self) -> Iterator[int]:
        return iter(self._order())

    def _order(self) -> range:
        """Give all indices in their order."""
        return range(self._start, self._start + self._length)

    def __len__(self) -> int:
        return self._length


class RandomSampler(Sampler):
    """Draw the indices below `length` in an order that NumPy's global generator gives anew each time.

    Examples
    --------
    >>> import numpy
    >>> from mxnet.gluon.data import RandomSampler
    >>> numpy.random.seed(5)
    >>> [int(i) for i in RandomSampler(7)]
    [6, 2, 4, 1, 0, 5, 3]
    """

    def __init__(self, length: int):
        self._length = length

    def __iter__(self) -> Iterator[np.int64]:
        return iter(self._order())

    def _order(self) -> np.ndarray:
        """Give all indices in an order that is drawn now."""
        order = np.arange(self._length)
        np.random.shuffle(order)
        return order

    def __len__(self) -> int:
        return self._length


class FilterSampler(Sampler):
    """Draw in order the indices of the samples for which a function is true; it is called once for each, at once.

    Examples
    --------
    >>> from mxnet.gluon.data import FilterSampler
    >>> list(FilterSampler(lambda sample: sample > 1, [0, 5, 1, 2]))
    [1, 3]
    """

    def __init__(self, fn: Callable[[Any], Any], dataset: Any):
        self._fn = fn
        self._dataset = dataset
        self._indices = [index for index in range(len(dataset)) if fn(dataset[index])]

    def __iter__(self) -> Iterator[int]:
        return iter(self._indices)

    def __len__(self) -> int:
        return len(self._indices)


class BatchSampler(Sampler):
    """Group what another sampler draws into lists.

    Parameters
    ----------
    sampler : Sampler
        Draws the indices.
    batch_size : int
        How many make a batch.
    last_batch : {'keep', 'discard', 'rollover'}
        What becomes of an incomplete last batch: it is given as it is, dropped, or kept for the next round's start.

    Raises
    ------
    ValueError
        `batch_size` is not positive; or, when batches are drawn or counted, `last_batch` is none of these.

    Examples
    --------
    >>> from mxnet.gluon.data import BatchSampler, SequentialSampler
    >>> list(BatchSampler(SequentialSampler(5), 2, "keep"))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, last_batch: str = "keep"):
        if batch_size <= 0:
            raise ValueError(f"BatchSampler: batch_size must be positive, got {batch_size}")
        self._sampler = sampler
        self._batch_size = batch_size
        self._last_batch = last_batch
        self._prev: list[Any] = []

    def __iter__(self) -> Iterator[list[Any]]:
        for run in self._runs():
            yield list(run)

    def _runs(self) -> Iterator[Sequence[Any]]:
        """Give the batches as lists or, where the whole order is known at once, as pieces of it."""
        left, self._prev = self._prev, []
        known = type(self._sampler) in (SequentialSampler, RandomSampler)
        order: Any = self._sampler._order() if known else self._sampler  # type: ignore[attr-defined]
        if known and not left:
            whole = len(order) // self._batch_size * self._batch_size
            for start in range(0, whole, self._batch_size):
                yield order[start : start + self._batch_size]
            left = list(order[whole:])
        else:
            for index in order:
                left.append(index)
                if len(left) == self._batch_size:
                    yield left
                    left = []
        if not left:
            return
        if self._last_batch == "keep":
            yield left
        elif self._last_batch == "rollover":
            self._prev = left
        elif self._last_batch != "discard":
            raise self._unknown()

    def __len__(self) -> int:
        if self._last_batch not in ("keep", "discard", "rollover"):
            raise self._unknown()
        waiting = len(self._prev) if self._last_batch == "rollover" else 0
        full, rest = divmod(waiting + len(self._sampler), self._batch_size)  # type: ignore[arg-type]
        return full + 1 if rest and self._last_batch == "keep" else full

    def _unknown(self) -> ValueError:
        return ValueError(
            f"BatchSampler: last_batch must be one of 'keep', 'discard' and 'rollover', got {self._last_batch!r}"
        )
