"""Batches of arrays that are in memory."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..base import MXNetError
from ..ndarray import NDArray, array, concatenate, from_numpy
from .base import DataBatch, DataDesc, DataIter

__all__ = ["NDArrayIter"]

_EXPECTED = "an NDArray, a numpy.ndarray, an h5py.Dataset, a list of them or a dict of them"


def _is_h5py(value: Any) -> bool:
    """Whether a value is a data set of h5py, which nobody has without having imported it."""
    h5py = sys.modules.get("h5py")
    return h5py is not None and isinstance(value, h5py.Dataset)


def _init_data(data: Any, allow_empty: bool, default_name: str) -> list[tuple[str, Any]]:
    """Pairs of name and array of what an iterator was given.

    Parameters
    ----------
    data : NDArray, numpy.ndarray, h5py.Dataset, list or dict
        one array takes the default name, those of a list it with their number before it; a dict goes by its names
    allow_empty : bool
        whether None stands for no arrays
    default_name : str
        what the arrays are called

    Raises
    ------
    AssertionError
        there is none, unless `allow_empty`
    TypeError
        something is no array
    """
    if data is None:
        if not allow_empty:
            raise AssertionError(f"NDArrayIter: {default_name} is None; expected {_EXPECTED}")
        return []
    if isinstance(data, (np.ndarray, NDArray)) or _is_h5py(data):
        data = [data]
    if isinstance(data, (list, tuple)):
        if not data and not allow_empty:
            raise AssertionError(f"NDArrayIter: {default_name} is an empty list; expected {_EXPECTED}")
        several = len(data) > 1
        data = {f"_{place}_{default_name}" if several else default_name: each for place, each in enumerate(data)}
    if not isinstance(data, Mapping):
        raise TypeError(f"NDArrayIter: {default_name} is a {type(data).__name__}; expected {_EXPECTED}")
    return [(name, _as_array(name, data[name])) for name in sorted(data)]


def _as_array(name: str, value: Any) -> Any:
    """An array as the iterator keeps it: an NDArray as it is, what NumPy takes as float32, h5py's on its disk."""
    if isinstance(value, NDArray):
        return value.tostype("default") if value.stype == "row_sparse" else value
    if _is_h5py(value):
        return value
    try:
        return array(value)
    except (TypeError, ValueError, MXNetError) as error:
        raise TypeError(f"NDArrayIter: {name} is a {type(value).__name__}; expected {_EXPECTED}") from error


class NDArrayIter(DataIter):
    """Batches of arrays that are in memory, along their first axis.

    Parameters
    ----------
    data : NDArray, numpy.ndarray, h5py.Dataset, or a list or dict of them
        the inputs; of a dict, sorted by name. Batches of sparse arrays are dense
    label : the same, optional
        the labels
    batch_size : int
        samples in a batch
    shuffle : bool
        draw a new order, by NumPy's global generator, at the beginning and at each reset
    last_batch_handle : str
        what becomes of a last batch that is not full: 'pad' fills it from the beginning and counts what was filled
        in its `pad`, 'discard' leaves it out, 'roll_over' begins the next round with it
    data_name, label_name : str
        what a single array is called
    layout : str
        of the inputs

    Raises
    ------
    TypeError
        something is no array
    ValueError
        a batch has no samples, or an array fewer than the first
    AssertionError
        `data` is None or an empty list
    NotImplementedError
        an array is a csr matrix, and last batches are not left out

    Examples
    --------
    >>> batches = mx.io.NDArrayIter(mx.nd.arange(5), batch_size=2)
    >>> for batch in batches:
    ...     print(batch.data[0].asnumpy().tolist(), batch.pad)
    [0.0, 1.0] 0
    [2.0, 3.0] 0
    [4.0, 0.0] 1
    """

    def __init__(
        self,
        data: Any,
        label: Any = None,
        batch_size: int = 1,
        shuffle: bool = False,
        last_batch_handle: str = "pad",
        data_name: str = "data",
        label_name: str = "softmax_label",
        layout: str = "NCHW",
    ) -> None:
        super().__init__(batch_size)
        if batch_size < 1:
            raise ValueError(f"NDArrayIter: batch_size={batch_size}; expected 1 or more")
        self.data = _init_data(data, allow_empty=False, default_name=data_name)
        self.label = _init_data(label, allow_empty=True, default_name=label_name)
        if not self.data:
            raise IndexError("NDArrayIter: data is an empty dict; expected at least one array")
        self.num_data: int = self.data[0][1].shape[0]
        self.idx = np.arange(self.num_data)
        self.shuffle = shuffle
        self.last_batch_handle = last_batch_handle
        self._check()
        self.layout = layout
        self.cursor = -batch_size
        self.num_source = len(self.data_list)
        #: what the last round left over, to begin the next with ('roll_over')
        self._cache_data: list[NDArray] | None = None
        self._cache_label: list[NDArray] | None = None
        self.reset()

    def _check(self) -> None:
        for name, each in (*self.data, *self.label):
            if getattr(each, "stype", "default") == "csr" and self.last_batch_handle != "discard":
                raise NotImplementedError(
                    f"NDArrayIter: {name} is csr and last_batch_handle={self.last_batch_handle!r}; expected 'discard', "
                    "or an array that tostype('default') made dense"
                )
            if each.shape[0] < self.num_data:
                raise ValueError(f"NDArrayIter: {name} has {each.shape[0]} samples; {self.data[0][0]} {self.num_data}")

    @property
    def data_list(self) -> list[Any]:
        """All arrays, the inputs and then the labels."""
        return [each for _, each in (*self.data, *self.label)]

    @property
    def provide_data(self) -> list[DataDesc]:
        """The inputs' names, shapes and dtypes."""
        return self._described(self.data, self.layout)

    @property
    def provide_label(self) -> list[DataDesc]:
        """The labels' names, shapes and dtypes."""
        return self._described(self.label, "NCHW")

    def _described(self, arrays: list[tuple[str, Any]], layout: str) -> list[DataDesc]:
        return [DataDesc(name, (self.batch_size, *each.shape[1:]), each.dtype, layout) for name, each in arrays]

    def hard_reset(self) -> None:
        """Begin again, without what the last round left over."""
        self._cache_data, self._cache_label = None, None
        self._begin(0)

    def _begin(self, place: int) -> None:
        """Begin a pass, in another order where one is drawn, with the batch that starts at a place."""
        if self.shuffle:
            self._shuffle_data()
        self.cursor = place - self.batch_size

    def reset(self) -> None:
        """Begin again, and with 'roll_over' with what the last round left over."""
        taken = self.num_data - self.cursor  # of this round's last samples by the batch that was not full
        rolls = self.last_batch_handle == "roll_over" and 0 < taken < self.batch_size
        self._begin(-taken if rolls else 0)

    def _shuffle_data(self) -> None:
        """Draw another order and put the arrays, as they are, into it."""
        np.random.shuffle(self.idx)
        self.data = [(name, _taken(each, self.idx)) for name, each in self.data]
        self.label = [(name, _taken(each, self.idx)) for name, each in self.label]

    def iter_next(self) -> bool:
        """Go to the next batch, and say whether it has any samples."""
        self.cursor += self.batch_size
        return self.cursor < self.num_data

    def next(self) -> DataBatch:
        """The next batch; StopIteration where there is none."""
        if not self.iter_next():
            raise StopIteration
        batch = DataBatch(self.getdata(), self.getlabel(), self.getpad())
        if len(batch.data[0]) == self.batch_size:
            return batch
        self._cache_data, self._cache_label = batch.data, batch.label  # not full, and not to be filled
        raise StopIteration

    def getdata(self) -> list[NDArray]:
        """The inputs of the present batch."""
        return self._batchify(self.data, "_cache_data")

    def getlabel(self) -> list[NDArray]:
        """The labels of the present batch."""
        return self._batchify(self.label, "_cache_label")

    def getpad(self) -> int:
        """How many samples were filled in, or come from the last round."""
        beyond, before = self.cursor + self.batch_size - self.num_data, -self.cursor
        if self.last_batch_handle == "pad":
            return max(beyond, 0)
        return before if self.last_batch_handle == "roll_over" and 0 < before < self.batch_size else 0

    def _batchify(self, arrays: list[tuple[str, Any]], cache: str) -> list[NDArray]:
        if self.cursor >= self.num_data:
            raise AssertionError("NDArrayIter: the last batch was given; reset() begins again")
        if self.cursor <= -self.batch_size:
            raise MXNetError("NDArrayIter: no batch yet; next() goes to the first")
        end = self.cursor + self.batch_size
        if self.last_batch_handle == "roll_over" and self.cursor < 0:
            left_over = getattr(self, cache)
            if left_over is None:
                raise MXNetError("NDArrayIter: the last round left nothing over; hard_reset() begins anew")
            setattr(self, cache, None)
            first = [_part(each, 0, end) for _, each in arrays]
            return [concatenate([before, after], axis=0) for before, after in zip(left_over, first)]
        batch = [_part(each, self.cursor, min(end, self.num_data)) for _, each in arrays]
        if self.last_batch_handle != "pad" or end <= self.num_data:
            return batch
        rounds, rest = divmod(end - self.num_data, self.num_data)  # a batch may be longer than all data
        lengths = [self.num_data] * rounds + [rest] * bool(rest)
        return [
            concatenate([part, *(_part(each, 0, length) for length in lengths)], axis=0)
            for part, (_, each) in zip(batch, arrays)
        ]


def _part(source: Any, start: int, end: int) -> NDArray:
    """A batch's part of a source, in memory of its own."""
    if isinstance(source, NDArray):
        return source[start:end].tostype("default").copy()
    return from_numpy(np.ascontiguousarray(source[start:end]), zero_copy=False)


def _taken(source: Any, order: np.ndarray) -> Any:
    """A source in another order."""
    if isinstance(source, NDArray):
        return source[: len(order)].take(array(order, dtype="int64", ctx=source.context))
    return array(source[: len(order)][order])
