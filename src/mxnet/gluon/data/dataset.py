"""Data sets: things with a length and samples, transformed, filtered and divided lazily.

Besides one sample at a time, a data set may offer many at once (`_gather`), which is what makes a `DataLoader` over
arrays fast; `mxnet.gluon.data.columns` says how.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ...ndarray import NDArray
from ...recordio import MXIndexedRecordIO
from .batched import has_form
from .columns import Columns, column_of, take, valid_indices
from .sampler import FilterSampler, Sampler, SequentialSampler

__all__ = ["ArrayDataset", "Dataset", "RecordFileDataset", "SimpleDataset"]


class Dataset:
    """Base of data sets: subclasses define ``__getitem__``, which gives a sample, and ``__len__``."""

    def __getitem__(self, idx: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} must define __len__")

    def filter(self, fn: Callable[[Any], Any]) -> Dataset:
        """Keep the samples for which a function is true; it is called once for each, at once.

        Examples
        --------
        >>> from mxnet.gluon.data import SimpleDataset
        >>> list(SimpleDataset([0, 1, 2, 3]).filter(lambda sample: sample % 2 == 1))
        [1, 3]
        """
        return _SampledDataset(self, FilterSampler(fn, self))

    def shard(self, num_shards: int, index: int) -> Dataset:
        """Keep one of several parts, which differ in length by at most one.

        Parameters
        ----------
        num_shards : int
            How many parts there are.
        index : int
            Which one to keep, from 0.

        Examples
        --------
        >>> from mxnet.gluon.data import SimpleDataset
        >>> [list(SimpleDataset(range(7)).shard(3, i)) for i in range(3)]
        [[0, 1, 2], [3, 4], [5, 6]]
        """
        if index >= num_shards:
            raise AssertionError(f"Dataset.shard: index {index} is out of bounds for {num_shards} shards")
        if num_shards <= 0:
            raise AssertionError(f"Dataset.shard: num_shards must be positive, got {num_shards}")
        if index < 0:
            raise AssertionError(f"Dataset.shard: index must not be negative, got {index}")
        step, longer = divmod(len(self), num_shards)
        start = step * index + min(index, longer)
        return _SampledDataset(self, SequentialSampler(step + (index < longer), start))

    def take(self, count: int | None) -> Dataset:
        """Keep the first `count` samples, or all of them where it is None or more than there are.

        Examples
        --------
        >>> from mxnet.gluon.data import SimpleDataset
        >>> list(SimpleDataset([5, 6, 7]).take(2))
        [5, 6]
        """
        available = len(self)
        return _SampledDataset(self, SequentialSampler(available if count is None else min(count, available)))

    def sample(self, sampler: Sampler) -> Dataset:
        """Keep the samples that a sampler draws, in its order; it is asked once, at once.

        Raises
        ------
        TypeError
            `sampler` is not a Sampler.
        """
        if not isinstance(sampler, Sampler):
            raise TypeError(f"Dataset.sample: expected a gluon.data.Sampler, got {type(sampler).__name__}")
        return _SampledDataset(self, sampler)

    def transform(self, fn: Callable[..., Any], lazy: bool = True) -> Dataset:
        """Apply a function to each sample; it gets the parts of a tuple as so many arguments.

        Parameters
        ----------
        fn : callable
        lazy : bool
            Whether to apply it at each access, which is what a random transformation needs, or once to all now.

        Examples
        --------
        >>> from mxnet.gluon.data import ArrayDataset
        >>> ArrayDataset([1, 2], [10, 20]).transform(lambda a, b: a + b)[1]
        22
        """
        transformed = _LazyTransformDataset(self, fn)
        return transformed if lazy else SimpleDataset([transformed[i] for i in range(len(transformed))])

    def transform_first(self, fn: Callable[..., Any], lazy: bool = True) -> Dataset:
        """Apply a function to the first part of each sample, usually the image, and leave the others.

        Examples
        --------
        >>> from mxnet.gluon.data import ArrayDataset
        >>> ArrayDataset([1, 2], [10, 20]).transform_first(lambda a: -a)[1]
        (-2, 20)
        """
        return self.transform(_TransformFirstClosure(fn), lazy)

    def _gather(self, indices: np.ndarray) -> Columns | None:
        """Give many samples at once, or None if this data set cannot; `mxnet.gluon.data.columns` has the contract."""
        return None


class SimpleDataset(Dataset):
    """A list, or anything else with a length and indices, as a data set.

    Examples
    --------
    >>> from mxnet.gluon.data import SimpleDataset
    >>> data = SimpleDataset(["a", "b"])
    >>> len(data), data[1]
    (2, 'b')
    """

    def __init__(self, data: Any):
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, idx: Any) -> Any:
        return self._data[idx]


class ArrayDataset(Dataset):
    """Several arrays, lists or data sets of one length side by side: a sample is a tuple of their elements.

    With one array a sample is its element. The elements of an NDArray with one axis come as NumPy scalars.

    Raises
    ------
    AssertionError
        There is no array, or they differ in length.

    Examples
    --------
    >>> import mxnet as mx
    >>> data = mx.gluon.data.ArrayDataset(mx.nd.ones((3, 2)), [7, 8, 9])
    >>> data[2][1], data[2][0].shape
    (9, (2,))
    """

    def __init__(self, *args: Any):
        if not args:
            raise AssertionError("ArrayDataset: expected at least one array")
        self._length = len(args[0])
        self._data: list[Any] = []
        for position, data in enumerate(args):
            if len(data) != self._length:
                raise AssertionError(
                    f"ArrayDataset: all arrays must have the same length; array 0 has {self._length}, "
                    f"array {position} has {len(data)}"
                )
            self._data.append(data.asnumpy() if isinstance(data, NDArray) and len(data.shape) == 1 else data)

    def __getitem__(self, idx: Any) -> Any:
        sample = tuple([data[idx] for data in self._data])
        return sample if len(sample) > 1 else sample[0]

    def __len__(self) -> int:
        return self._length

    def _gather(self, indices: np.ndarray) -> Columns | None:
        if type(self).__getitem__ is not ArrayDataset.__getitem__:
            return None
        columns = [column_of(data, indices) for data in self._data]
        if all(column is None for column in columns):
            return None
        parts = [take(data, indices) if column is None else column for data, column in zip(self._data, columns)]
        filled = [part for part in parts if part is not None]
        return Columns(filled, single=len(filled) == 1) if len(filled) == len(parts) else None


class RecordFileDataset(Dataset):
    """The records of an indexed RecordIO file, as bytes.

    Parameters
    ----------
    filename : str
        The `.rec` file; its index has the same name with the suffix `.idx`.
    """

    def __init__(self, filename: str):
        stem, _ = os.path.splitext(filename)
        self.filename, self.idx_file = filename, f"{stem}.idx"
        self._record = MXIndexedRecordIO(self.idx_file, self.filename, "r")

    def __getitem__(self, idx: int) -> Any:
        return self._record.read_idx(self._record.keys[idx])

    def __len__(self) -> int:
        return len(self._record.keys)


class _LazyTransformDataset(Dataset):
    """A data set with a function applied at each access."""

    def __init__(self, data: Dataset, fn: Callable[..., Any]):
        self._data = data
        self._fn = fn

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, idx: Any) -> Any:
        sample = self._data[idx]
        return self._fn(*sample) if isinstance(sample, tuple) else self._fn(sample)

    def _gather(self, indices: np.ndarray) -> Columns | None:
        first = isinstance(self._fn, _TransformFirstClosure)
        transform = self._fn._fn if first else self._fn  # type: ignore[attr-defined]
        if not has_form(transform) or not isinstance(self._data, Dataset):
            return None
        columns = self._data._gather(indices)
        return None if columns is None else columns.transformed(transform, first=first)


class _TransformFirstClosure:
    """Apply a function to the first part of a sample; a class, so that it can be pickled."""

    def __init__(self, fn: Callable[..., Any]):
        self._fn = fn

    def __call__(self, x: Any, *args: Any) -> Any:
        return (self._fn(x), *args) if args else self._fn(x)


class _SampledDataset(Dataset):
    """The samples of a data set that a sampler draws."""

    def __init__(self, dataset: Dataset, sampler: Sampler):
        self._dataset = dataset
        self._sampler = sampler
        self._indices = list(sampler)
        self._positions: np.ndarray | None = None  # the same as an array, once batches are asked for

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, idx: Any) -> Any:
        return self._dataset[self._indices[idx]]

    def _gather(self, indices: np.ndarray) -> Columns | None:
        if self._positions is None:
            self._positions = np.asarray(self._indices)
        valid = valid_indices(indices, len(self._indices))
        if valid is None or self._positions.dtype.kind != "i" or not isinstance(self._dataset, Dataset):
            return None
        return self._dataset._gather(self._positions[valid])


class _DownloadedDataset(Dataset):
    """Images and labels in memory, read from files that are downloaded where they are missing.

    Subclasses define ``_get_data``, which sets ``_data`` and ``_label``.
    """

    def __init__(self, root: str, transform: Callable[..., Any] | None):
        self._transform = transform
        self._data: Any = None
        self._label: Any = None
        self._root = os.path.expanduser(root)
        self._get_data()

    def __getitem__(self, idx: Any) -> Any:
        sample = self._data[idx], self._label[idx]
        return sample if self._transform is None else self._transform(*sample)

    def __len__(self) -> int:
        return len(self._label)

    def _get_data(self) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define _get_data")

    def _gather(self, indices: np.ndarray) -> Columns | None:
        if self._transform is not None or type(self).__getitem__ is not _DownloadedDataset.__getitem__:
            return None
        images, labels = column_of(self._data, indices), column_of(self._label, indices)
        return None if images is None or labels is None else Columns([images, labels], single=False)
