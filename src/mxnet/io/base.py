"""What goes through data says of it: the description of an array, a batch, and the base of iterators."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..ndarray import NDArray

__all__ = ["DataBatch", "DataDesc", "DataIter"]


class DataDesc(namedtuple("DataDesc", ["name", "shape"])):
    """An input's name and shape, and beside them its dtype and layout.

    It compares, unpacks and hashes as the pair of name and shape.

    Parameters
    ----------
    name : str
        of the variable that is fed
    shape : tuple of int
        with the batch's length in it
    dtype : dtype
        of the elements
    layout : str
        a letter for each axis; the batch's is N

    Examples
    --------
    >>> desc = mx.io.DataDesc('data', (32, 1, 28, 28))
    >>> desc
    DataDesc[data,(32, 1, 28, 28),<class 'numpy.float32'>,NCHW]
    >>> name, shape = desc
    """

    dtype: Any
    layout: str | None

    def __new__(cls, name: str, shape: Sequence[int], dtype: Any = np.float32, layout: str | None = "NCHW") -> DataDesc:  # noqa: D102
        made = super().__new__(cls, name, shape)
        made.dtype, made.layout = dtype, layout
        return made

    def __getnewargs__(self) -> tuple[Any, ...]:  # the pair, and what stands beside it
        return (self.name, self.shape, self.dtype, self.layout)

    def __repr__(self) -> str:
        return f"DataDesc[{self.name},{self.shape},{self.dtype},{self.layout}]"

    @staticmethod
    def get_batch_axis(layout: str | None) -> int:
        """Where N stands in a layout: 0 without a layout, -1 if it has none.

        Examples
        --------
        >>> mx.io.DataDesc.get_batch_axis('TNC')
        1
        """
        return 0 if layout is None else layout.find("N")

    @staticmethod
    def get_list(shapes: Iterable[tuple[str, Any]], types: Iterable[tuple[str, Any]] | None) -> list[DataDesc]:
        """Descriptions of pairs of name and shape, and pairs of name and dtype where these are known."""
        if types is None:
            return [DataDesc(name, shape) for name, shape in shapes]
        dtypes = dict(types)
        return [DataDesc(name, shape, dtypes[name]) for name, shape in shapes]


class DataBatch:
    """The arrays of one batch.

    Parameters
    ----------
    data : list of NDArray
        one for each input
    label : list of NDArray, optional
        one for each label
    pad : int, optional
        how many samples at the end do not count
    index : numpy.ndarray, optional
        the samples' numbers
    bucket_key : object, optional
        which graph the batch is for, see :class:`mxnet.mod.BucketingModule`
    provide_data, provide_label : list of DataDesc, optional
        what the arrays are

    Raises
    ------
    AssertionError
        `data` or `label` is neither a list nor a tuple

    Examples
    --------
    >>> print(mx.io.DataBatch(data=[mx.nd.ones((2, 3))], label=[mx.nd.zeros((2,))]))
    DataBatch: data shapes: [(2, 3)] label shapes: [(2,)]
    """

    def __init__(
        self,
        data: Any,
        label: Any = None,
        pad: int | None = None,
        index: Any = None,
        bucket_key: Any = None,
        provide_data: Any = None,
        provide_label: Any = None,
    ) -> None:
        for what, arrays in (("data", data), ("label", label)):
            if arrays is not None and not isinstance(arrays, (list, tuple)):
                raise AssertionError(f"DataBatch: {what} must be a list of NDArrays, got a {type(arrays).__name__}")
        self.data, self.label, self.pad, self.index = data, label, pad, index
        self.bucket_key, self.provide_data, self.provide_label = bucket_key, provide_data, provide_label

    def __str__(self) -> str:
        labels = [array.shape for array in self.label] if self.label else None
        return f"{type(self).__name__}: data shapes: {[array.shape for array in self.data]} label shapes: {labels}"


class DataIter:
    """Base of iterators over batches.

    A subclass defines `iter_next`, `getdata`, `getlabel`, `getindex` and `getpad`, or `next` itself, and the
    attributes or properties `provide_data` and `provide_label`, lists of :class:`DataDesc`.

    Parameters
    ----------
    batch_size : int
        samples in a batch
    """

    def __init__(self, batch_size: int = 0) -> None:
        self.batch_size = batch_size

    def __iter__(self) -> DataIter:
        return self

    def reset(self) -> None:
        """Begin again."""

    def next(self) -> DataBatch:
        """The next batch.

        Raises
        ------
        StopIteration
            there is none
        """
        if not self.iter_next():
            raise StopIteration
        return DataBatch(self.getdata(), self.getlabel(), self.getpad(), self.getindex())

    def __next__(self) -> DataBatch:
        return self.next()

    def iter_next(self) -> bool:
        """Go to the next batch, and say whether there is one."""
        return None  # type: ignore[return-value]  # MXNet's base has none, and says None

    def getdata(self) -> list[NDArray]:
        """The arrays of the present batch."""
        return None  # type: ignore[return-value]

    def getlabel(self) -> list[NDArray]:
        """The labels of the present batch."""
        return None  # type: ignore[return-value]

    def getindex(self) -> Any:
        """The numbers of the present batch's samples, None where they are not known."""
        return None

    def getpad(self) -> int | None:
        """How many samples at the end of the present batch do not count."""
        return None
