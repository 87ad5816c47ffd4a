"""Gluon's loaders of data for what takes iterators."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import dtype_name
from ..io import DataDesc, DataIter
from ..ndarray import NDArray, concat, zeros

__all__ = ["DataLoaderIter"]


class DataLoaderIter(DataIter):
    """The batches of a Gluon data loader, of pairs of data and label, as an iterator's.

    A last batch that is not full is filled with zeros, counted in its `pad`.

    Parameters
    ----------
    loader : DataLoader
        of samples that are pairs
    data_name, label_name : str
        what the arrays are called
    dtype : str
        of the arrays, data and labels

    Raises
    ------
    StopIteration
        the loader has no batch

    Examples
    --------
    >>> samples = mx.gluon.data.ArrayDataset(mx.nd.ones((3, 2)), mx.nd.arange(3))
    >>> batches = mx.contrib.io.DataLoaderIter(mx.gluon.data.DataLoader(samples, batch_size=2))
    >>> [batch.pad for batch in batches]
    [0, 1]
    """

    def __init__(
        self, loader: Any, data_name: str = "data", label_name: str = "softmax_label", dtype: str = "float32"
    ) -> None:
        super().__init__()
        self._loader, self.dtype = loader, dtype
        first = next(iter(loader))  # tells the shapes, and is read again
        described = [
            [DataDesc(name, array.shape, dtype)] for name, array in zip((data_name, label_name), first, strict=True)
        ]
        self.provide_data, self.provide_label = described
        self.batch_size = len(first[0])
        self.reset()

    def reset(self) -> None:
        """Begin another pass."""
        self._batches = iter(self._loader)
        self._batch: Any = None

    def iter_next(self) -> bool:
        """Go to the next batch, and say whether there is one."""
        self._batch = next(self._batches, None)
        return self._batch is not None

    def getdata(self) -> list[NDArray]:
        """The data of the present batch."""
        return [self._full(self._batch[0])]

    def getlabel(self) -> list[NDArray]:
        """The labels of the present batch."""
        return [self._full(self._batch[1])]

    def getpad(self) -> int:
        """How many samples at the end of the present batch are zeros."""
        return self.batch_size - self._batch[0].shape[0]

    def _full(self, array: NDArray) -> NDArray:
        converted = array if dtype_name(array.dtype) == dtype_name(self.dtype) else array.astype(self.dtype)
        pad = self.getpad()
        if not pad:
            return converted
        return concat(converted, zeros((pad, *array.shape[1:]), ctx=array.context, dtype=np.dtype(self.dtype)), dim=0)
