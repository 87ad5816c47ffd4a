"""Iterators over files: what they have in common, and the face they have in MXNet."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from ..base import MXNetError
from ..ndarray import NDArray, from_numpy
from ..streams.mt19937 import Bank
from .base import DataBatch, DataDesc, DataIter

__all__ = ["ArrayReader", "MXDataIter", "Read", "Reader", "Rounds", "Shuffler", "part_of"]

_WIDTH = 1 << 32  # how many words there are


class Read(NamedTuple):
    """A batch as it is read: arrays of full length, NumPy's or those of ``nd``, how much at the end does not count, and
    the samples' numbers.
    """

    data: Any
    label: Any
    pad: int
    numbers: np.ndarray


class Reader(Protocol):
    """What an iterator over files reads from."""

    name: str
    #: shapes and dtypes of a batch
    data: tuple[tuple[int, ...], Any]
    label: tuple[tuple[int, ...], Any]

    def begin(self) -> None:
        """Begin another pass."""

    def read(self) -> Read | None:
        """The next batch, None at the end of a pass."""


class Shuffler:
    """The orders that MXNet's readers draw: those of the C++ library's ``shuffle`` over an MT19937 generator.

    Parameters
    ----------
    seed : int
        of the generator

    Examples
    --------
    >>> from mxnet.io.reading import Shuffler
    >>> Shuffler(0).shuffled([0, 1, 2, 3, 4])[0]
    0
    """

    def __init__(self, seed: int) -> None:
        self._words = Bank(seed, 1)

    def below(self, bound: int) -> int:
        """A whole number from 0 to below `bound`: words beyond the last multiple of it are left out."""
        step = (_WIDTH - 1) // bound
        while True:
            window = self._words.window(slice(0, 1), 1)
            word = int(window.words[0, 0])
            window.commit(1)
            if word < step * bound:
                return word // step

    def uniform(self, low: float, high: float) -> float:
        """A number from `low` to below `high`."""
        return low + (high - low) * self.below(1 << 24) / (1 << 24)

    def shuffled(self, order: list[int]) -> list[int]:
        """Another order of the same numbers: each in turn changes places with one up to it."""
        order = list(order)
        count = len(order)
        bounds = np.arange(2, count + 1, dtype=np.uint64)
        steps = (_WIDTH - 1) // bounds
        window = self._words.window(slice(0, 1), max(count - 1, 1))
        words = window.words[0, : count - 1].astype(np.uint64)
        if np.all(words < steps * bounds):  # nearly always: no word is left out
            window.commit(max(count - 1, 0))
            drawn = (words // steps).tolist()
        else:
            drawn = [self.below(bound) for bound in bounds.tolist()]
        for place, other in enumerate(drawn, 1):
            order[place], order[other] = order[other], order[place]
        return order


def part_of(count: int, parts: int, part: int, name: str) -> tuple[int, int]:
    """The bounds of one of several parts.

    Raises
    ------
    MXNetError
        there is no such part
    """
    if not 0 <= part < parts:
        raise MXNetError(f"{name}: part_index={part} with num_parts={parts}; expected 0 to {parts - 1}")
    return count * part // parts, count * (part + 1) // parts


class Rounds:
    """Which samples the batches of each pass have.

    Parameters
    ----------
    name : str
        of the iterator, for errors
    order : list of int
        the samples
    batch_size : int
        samples in a batch
    last : str
        what becomes of a last batch that is not full: 'round' fills it from the next pass, which goes on behind that;
        'short' gives it as it is; 'discard' leaves it out
    shuffler : Shuffler, optional
        draws an order for each pass
    """

    def __init__(
        self, name: str, order: list[int], batch_size: int, last: str, shuffler: Shuffler | None = None
    ) -> None:
        if batch_size < 1:
            raise MXNetError(f"{name}: batch_size={batch_size}; expected 1 or more")
        self._name, self._size, self._last, self._shuffler = name, batch_size, last, shuffler
        self._samples = self._order = list(order)
        self._at = 0
        self._rounded = 0  # how many samples of the next pass the last batch of this one took
        self._new_order()

    def _new_order(self) -> None:
        if self._shuffler is not None:
            self._order = self._shuffler.shuffled(self._samples)

    def begin(self) -> None:
        """Begin another pass."""
        self._at, self._rounded = self._rounded, 0
        if not self._at:
            self._new_order()

    def next(self) -> tuple[list[int], int] | None:
        """The samples of the next batch, and how many at its end are no new ones or missing; None at the end."""
        chosen = self._order[self._at : self._at + self._size]
        missing = self._size - len(chosen)
        if not chosen or self._rounded or (missing and self._last == "discard"):
            return None
        self._at += self._size
        if missing and self._last == "round":
            self._new_order()
            if missing > len(self._samples):
                raise MXNetError(
                    f"{self._name}: round_batch with batch_size={self._size} and {len(self._order)} samples; "
                    "a batch cannot be longer than two passes"
                )
            chosen += self._order[:missing]
            self._rounded = missing
        return chosen, missing


class ArrayReader:
    """Batches of arrays that were read from files.

    Parameters
    ----------
    name : str
        of the iterator
    data, label : numpy.ndarray
        all samples, and their labels
    rounds : Rounds
        which samples a batch has
    batch_size : int
        samples in a batch
    numbered : bool
        whether batches tell their samples' numbers, or zeros
    """

    def __init__(
        self, name: str, data: np.ndarray, label: np.ndarray, rounds: Rounds, batch_size: int, numbered: bool = True
    ) -> None:
        self.name = name
        self._data, self._label, self._rounds, self._numbered = data, label, rounds, numbered
        self.data = (batch_size, *data.shape[1:]), data.dtype.type
        self.label = (batch_size, *label.shape[1:]), label.dtype.type

    def begin(self) -> None:
        """Begin another pass."""
        self._rounds.begin()

    def read(self) -> Read | None:
        """The next batch, None at the end of a pass."""
        chosen = self._rounds.next()
        if chosen is None:
            return None
        order, pad = chosen
        batch_size = self.data[0][0]
        index = np.zeros(batch_size, np.uint64)
        if self._numbered:
            index[: len(order)] = order
        return Read(filled(self._data[order], batch_size), filled(self._label[order], batch_size), pad, index)


def filled(array: np.ndarray, length: int) -> np.ndarray:
    """An array with zeros behind it, up to a length."""
    if len(array) == length:
        return array
    return np.concatenate([array, np.zeros((length - len(array), *array.shape[1:]), array.dtype)])


class MXDataIter(DataIter):
    """An iterator over files, as ``CSVIter`` and the like give it.

    Parameters
    ----------
    handle : Reader
        what it reads from
    data_name, label_name : str
        what the arrays are called

    Attributes
    ----------
    first_batch : DataBatch or None
        the batch that was read to see that there is one, until it is given

    Raises
    ------
    StopIteration
        there is no batch
    """

    def __init__(self, handle: Reader, data_name: str = "data", label_name: str = "softmax_label") -> None:
        super().__init__()
        self.handle = handle
        self._debug_skip_load = False
        self._debug_at_begin = True
        self._batch: Read | None = None
        self.provide_data = [DataDesc(data_name, *handle.data)]
        self.provide_label = [DataDesc(label_name, *handle.label)]
        self.batch_size = handle.data[0][0]
        # a file that cannot be read says so now
        if not self.iter_next():
            raise StopIteration(f"{handle.name}: there is no batch of {self.batch_size} samples")
        self.first_batch: DataBatch | None = self._made()

    def debug_skip_load(self) -> None:
        """Give one batch over and over from now on, to see how fast the rest of a program is."""
        self._debug_skip_load = True

    def reset(self) -> None:
        """Begin another pass."""
        self._debug_at_begin = True
        self.first_batch = None
        self.handle.begin()

    def _made(self) -> DataBatch:
        return DataBatch([self.getdata()], [self.getlabel()], self.getpad(), self.getindex())

    def next(self) -> DataBatch:
        """The next batch; StopIteration at the end of a pass."""
        if self._debug_skip_load and not self._debug_at_begin:
            return self._made()
        batch, self.first_batch = self.first_batch, None
        if batch is not None:
            self._debug_at_begin = False
            return batch
        if not self.iter_next():
            raise StopIteration
        self._debug_at_begin = False
        return self._made()

    def iter_next(self) -> bool:
        """Go to the next batch, and say whether there is one."""
        if getattr(self, "first_batch", None) is not None:
            self.first_batch = None
            return True
        read = self.handle.read()
        if read is not None:
            self._batch = read
        return read is not None

    def _present(self) -> Read:
        if self._batch is None:
            raise MXNetError(f"{self.handle.name}: no batch yet; next() goes to the first")
        return self._batch

    def getdata(self) -> NDArray:  # type: ignore[override]  # one array, where other iterators have lists
        """The data of the present batch."""
        return _given_out(self._present().data)

    def getlabel(self) -> NDArray:  # type: ignore[override]
        """The labels of the present batch."""
        return _given_out(self._present().label)

    def getindex(self) -> np.ndarray:
        """The numbers of the present batch's samples."""
        return self._present().numbers.copy()

    def getpad(self) -> int:
        """How many samples at the end of the present batch do not count."""
        return self._present().pad


def _given_out(elements: Any) -> NDArray:
    """A batch's array, in memory of its own."""
    return elements.copy() if isinstance(elements, NDArray) else from_numpy(elements, zero_copy=False)


def iterator(reader: Reader, names: dict[str, Any]) -> MXDataIter:
    """The iterator over a reader, its arrays named as the call of the iterator says."""
    return MXDataIter(reader, **{key: names[key] for key in ("data_name", "label_name") if key in names})
