"""Batches of images from RecordIO files, lists and folders, decoded and augmented one by one in Python.

:func:`mxnet.io.ImageRecordIter` reads the same files with several threads and fewer kinds of augmentation.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ndarray
from ..base import MXNetError
from ..io import DataBatch, DataIter
from ..ndarray import NDArray
from ..recordio import MXIndexedRecordIO, MXRecordIO, unpack
from ..util import is_np_array
from . import image
from .augmenters import CreateAugmenter

__all__ = ["ImageIter"]

_HANDLES = ("pad", "discard", "roll_over")
_LABEL_DTYPES = ("int32", "float32", "int64", "float64")


class ImageIter(DataIter):
    """Batches of images from a RecordIO file, a list of files, or a list in Python.

    A subclass may define any of `next_sample`, `imdecode`, `check_valid_image`, `augmentation_transform` and
    `postprocess_data` anew, which a sample goes through in this order.

    Parameters
    ----------
    batch_size : int
        images in a batch
    data_shape : (int, int, int)
        channels (3), height and width of what the network is given
    label_width : int
        labels of an image
    path_imgrec, path_imgidx : str, optional
        a RecordIO file, and its index, which shuffling and parts need
    path_imglist : str, optional
        a text file with a line for each image: number, labels and path with tabs between. Beside a RecordIO file it
        replaces the labels in it
    imglist : list, optional
        the same as a list of ``[label, path]``, ``[label, ..., path]`` or ``[labels, path]``
    path_root : str, optional
        the folder that paths in lists start from
    shuffle : bool
        another order for each pass, which Python's global generator draws
    part_index, num_parts : int
        read one of so many parts; what is left over is read by none
    aug_list : list of Augmenter, optional
        applied one after the other; by default what :func:`CreateAugmenter` makes of `kwargs`
    data_name, label_name : str
        what the arrays are called
    dtype : {'float32', 'float64', 'int32', 'int64'}
        of labels in lists, before they come into a batch, whose arrays are float32
    last_batch_handle : {'pad', 'discard', 'roll_over'}
        what becomes of a last batch that is not full: 'pad' fills it with the first images (`pad` says how many),
        'discard' leaves it out, and 'roll_over' keeps it to begin the next pass with
    **kwargs
        for :func:`CreateAugmenter`

    Raises
    ------
    AssertionError
        there is no source, `dtype` is another, or shuffling or parts are asked for without an index
    ValueError
        the shape, or an image or label that does not fit it, when it is read
    MXNetError
        a file cannot be read, or, when it is read, an image is broken
    StopIteration
        by `next`: there is no batch left

    Examples
    --------
    >>> import os, tempfile, cv2, numpy as np, mxnet as mx
    >>> folder = tempfile.mkdtemp()
    >>> for name in "ab":
    ...     written = cv2.imwrite(os.path.join(folder, name + ".png"), np.zeros((40, 50, 3), "uint8"))
    >>> images = mx.image.ImageIter(2, (3, 32, 32), imglist=[[0, "a.png"], [1, "b.png"]], path_root=folder)
    >>> print(images.next())
    DataBatch: data shapes: [(2, 3, 32, 32)] label shapes: [(2,)]
    """

    def __init__(
        self,
        batch_size: int,
        data_shape: Sequence[int],
        label_width: int = 1,
        path_imgrec: str | None = None,
        path_imglist: str | None = None,
        path_root: str | None = None,
        path_imgidx: str | None = None,
        shuffle: bool = False,
        part_index: int = 0,
        num_parts: int = 1,
        aug_list: Sequence[Any] | None = None,
        imglist: list[Sequence[Any]] | None = None,
        data_name: str = "data",
        label_name: str = "softmax_label",
        dtype: str = "float32",
        last_batch_handle: str = "pad",
        **kwargs: Any,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if not (path_imgrec or path_imglist or isinstance(imglist, list)):
            raise AssertionError(f"{name}: no images; expected path_imgrec, path_imglist or imglist (a list)")
        if dtype not in _LABEL_DTYPES:
            raise AssertionError(f"{name}: dtype={dtype!r}; expected one of {', '.join(map(repr, _LABEL_DTYPES))}")
        if last_batch_handle not in _HANDLES:
            raise ValueError(f"{name}: last_batch_handle={last_batch_handle!r}; expected one of {', '.join(_HANDLES)}")
        if not isinstance(batch_size, int) or batch_size < 1:
            raise MXNetError(f"{name}: batch_size={batch_size!r}; expected 1 or more images")
        self.check_data_shape(data_shape)
        self.imgrec = _records(path_imgrec, path_imgidx) if path_imgrec else None
        self.imgidx = list(self.imgrec.keys) if isinstance(self.imgrec, MXIndexedRecordIO) else None
        self.imglist: dict[Any, tuple[NDArray, str]] | None = None
        if path_imglist:
            self.imglist = _read_list(name, path_imglist, dtype)
        elif isinstance(imglist, list):
            self.imglist = _numbered(name, imglist, dtype)
        self.path_root = path_root
        self.batch_size, self.data_shape, self.label_width = batch_size, tuple(data_shape), label_width
        self.provide_data = [(data_name, (batch_size, *data_shape))]
        labels: tuple[int, ...] = (batch_size, label_width) if label_width > 1 else (batch_size,)
        self.provide_label = [(label_name, labels)]
        self.shuffle, self.last_batch_handle = shuffle, last_batch_handle
        self.seq = self._order(part_index, num_parts)
        self.num_image = None if self.seq is None else len(self.seq)
        self.auglist: Sequence[Any] = CreateAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        iter(self.auglist)  # that it is none says so now
        self.cur = 0
        self._filled = False  # whether the last batch was filled with images from the beginning
        self._kept: tuple[NDArray, NDArray, int] | None = None  # a batch that is not full, for the next pass
        self.reset()

    def _order(self, part: int, parts: int) -> list[Any] | None:
        """The keys of the images that are read; None where they are read one after the other."""
        if self.imgrec is None:
            order = list(self.imglist or ())
        elif self.imgidx is None:
            if self.shuffle or parts > 1:
                raise AssertionError(f"{type(self).__name__}: shuffle and num_parts need path_imgidx")
            return None
        else:
            order = list(self.imgidx)
        if parts > 1:
            if not 0 <= part < parts:
                raise AssertionError(
                    f"{type(self).__name__}: part_index={part} with num_parts={parts}; expected 0 to {parts - 1}"
                )
            length = len(order) // parts
            order = order[part * length : (part + 1) * length]
        return order

    # --- passes ---------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Begin another pass, with what an unfinished batch of the one before left."""
        if self.shuffle:
            random.shuffle(self.seq or [])
        self._go_back()
        self._filled = False

    def hard_reset(self) -> None:
        """Begin another pass, and forget what was left of the one before."""
        self.reset()
        self._kept = None

    def _go_back(self) -> None:
        """Go to the first image again."""
        self.cur = 0
        if self.imgrec is not None:
            self.imgrec.reset()

    def next_sample(self) -> tuple[Any, bytes]:
        """The labels of the next image, and the bytes of its file.

        Raises
        ------
        StopIteration
            there is none
        """
        if self._filled:
            raise StopIteration
        found = self._read_next()
        if found is None:
            if self.last_batch_handle != "discard":  # what is missing in a batch comes from the beginning
                self._go_back()
            raise StopIteration
        return found

    def _read_next(self) -> tuple[Any, bytes] | None:
        if self.seq is None:
            assert self.imgrec is not None
            record = self.imgrec.read()
            if record is None:
                return None
            header, content = unpack(record)
            return header.label, content
        if self.cur >= len(self.seq):
            return None
        key = self.seq[self.cur]
        self.cur += 1
        if isinstance(self.imgrec, MXIndexedRecordIO):
            header, content = unpack(self.imgrec.read_idx(key) or b"")
            if self.imglist is None:
                return header.label, content
            if key not in self.imglist:
                raise KeyError(f"{type(self).__name__}: the list of images has no number {key!r}, the index has")
            return self.imglist[key][0], content
        assert self.imglist is not None
        label, path = self.imglist[key]
        return label, self.read_image(path)

    def next(self) -> DataBatch:
        """The next batch; StopIteration at the end of a pass."""
        rolled_over, self._kept = self._kept, None
        if rolled_over is not None:
            data, label, count = rolled_over
        else:
            data, label = self._empty(self.provide_data[0][1]), self._empty(self.provide_label[0][1])
            count = self._batchify(data, label)
        missing = self.batch_size - count
        if missing and rolled_over is None:
            if self.last_batch_handle == "roll_over":
                self._kept = data, label, count
            if self.last_batch_handle != "pad":
                raise StopIteration
        if missing:
            self._batchify(data, label, count)
            self._filled = self.last_batch_handle == "pad"
        return DataBatch([data], [label], pad=missing)

    @staticmethod
    def _empty(shape: tuple[int, ...]) -> NDArray:
        zeros = ndarray.zeros(shape)
        return zeros.as_np_ndarray() if is_np_array() else zeros

    def _batchify(self, batch_data: NDArray, batch_label: NDArray, start: int = 0) -> int:
        """Put images into a batch from a place on until it is full or there are no more; gives the place after."""
        place = start
        try:
            while place < self.batch_size:
                label, content = self.next_sample()
                sample = self._sample(self.imdecode(content), label)
                if sample is None:
                    continue
                pixels, label = sample
                pixels = self.postprocess_data(pixels)
                if tuple(pixels.shape) != tuple(batch_data.shape[1:]):
                    raise ValueError(
                        f"{type(self).__name__}: {self._present()} has the shape {tuple(pixels.shape)} after "
                        f"augmentation; expected {tuple(batch_data.shape[1:])}"
                    )
                batch_data[place] = pixels
                self._put_label(batch_label, place, label)
                place += 1
        except StopIteration:
            if not place:
                raise
        return place

    def _sample(self, pixels: NDArray, label: Any) -> tuple[NDArray, Any] | None:
        """An image as the augmenters leave it, and its labels; None where it is left out."""
        try:
            self.check_valid_image(pixels)
        except RuntimeError as error:
            self._left_out(error)
            return None
        return self.augmentation_transform(pixels), label

    def _left_out(self, error: Exception) -> None:
        logging.debug("%s: %s is left out: %s", type(self).__name__, self._present(), error)

    def _put_label(self, batch_label: NDArray, place: int, label: Any) -> None:
        given = label.asnumpy() if isinstance(label, NDArray) else np.asarray(label)
        if given.shape not in ((), (1,), (self.label_width,)):
            raise ValueError(
                f"{type(self).__name__}: {self._present()} has labels of the shape {given.shape}; "
                f"label_width={self.label_width}"
            )
        batch_label[place] = given.item() if given.size == 1 else given.astype(np.float32)

    def _present(self) -> str:
        """The image that was read last, for errors."""
        if self.seq is None:
            return "an image"
        key = self.seq[max(self.cur - 1, 0)]
        if self.imgrec is None and self.imglist is not None:
            return f"image {self.imglist[key][1]!r}"
        return f"image {key!r}"

    # --- what a sample goes through -------------------------------------------------------------------------------

    def check_data_shape(self, data_shape: Sequence[int]) -> None:
        """Raise a ValueError where this is no shape (3, height, width)."""
        name = type(self).__name__
        if len(data_shape) != 3:
            raise ValueError(f"{name}: data_shape={data_shape}; expected (channels, height, width)")
        if data_shape[0] != 3:
            raise ValueError(f"{name}: data_shape={data_shape}; expected 3 channels")
        if not all(isinstance(each, (int, np.integer)) and each > 0 for each in data_shape):
            raise MXNetError(f"{name}: data_shape={data_shape}; expected whole numbers above 0")

    def check_valid_image(self, data: Any) -> None:
        """Raise a RuntimeError where an image, or the first of a list, is none; the sample is then left out."""
        if len(data[0].shape) == 0:
            raise RuntimeError(f"{type(self).__name__}: an image has the shape ()")

    def imdecode(self, s: bytes) -> NDArray:
        """The pixels of an image from the bytes of its file, uint8, height × width × channels."""
        try:
            return image.imdecode(s)
        except MXNetError as error:
            raise MXNetError(f"{type(self).__name__}: {self._present()} is broken: {error}") from error

    def read_image(self, fname: str) -> bytes:
        """The bytes of a file, whose path starts from `path_root`."""
        with open(os.path.join(self.path_root or "", fname), "rb") as stream:
            return stream.read()

    def augmentation_transform(self, data: NDArray) -> NDArray:
        """The image after all augmenters."""
        for augmenter in self.auglist:
            data = augmenter(data)
        return data

    def postprocess_data(self, datum: NDArray) -> NDArray:
        """The image as it comes into a batch: channels first."""
        return ndarray.transpose(datum, axes=(2, 0, 1))


def _records(path: str, index: str | None) -> MXRecordIO:
    return MXIndexedRecordIO(index, path, "r") if index else MXRecordIO(path, "r")


def _labels(name: str, values: Any, dtype: str, where: str) -> NDArray:
    """Labels as an array."""
    try:
        made = ndarray.array(np.asarray(values, np.float64).astype(dtype), dtype=dtype)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name}: {where}: the labels are {values!r}; expected numbers") from error
    return made.as_np_ndarray() if is_np_array() else made


def _read_list(name: str, path: str, dtype: str) -> dict[Any, tuple[NDArray, str]]:
    """Labels and paths by number, from a text file."""
    found = {}
    with open(path, encoding="utf-8") as stream:
        for line_number, line in enumerate(stream, 1):
            fields = line.strip().split("\t")
            try:
                number = int(fields[0])
            except ValueError as error:
                raise ValueError(
                    f"{name}: {path!r}, line {line_number}: {line.strip()!r:.60}; expected a number, labels and a path "
                    "with tabs between"
                ) from error
            found[number] = (_labels(name, fields[1:-1], dtype, f"{path!r}, line {line_number}"), fields[-1])
    return found


def _numbered(name: str, entries: list[Sequence[Any]], dtype: str) -> dict[Any, tuple[NDArray, str]]:
    """Labels and paths of a list, by texts of their places from 1."""
    found = {}
    for place, entry in enumerate(entries, 1):
        where = f"imglist, entry {place}"
        if isinstance(entry, str) or len(entry) < 2:
            raise TypeError(f"{name}: {where} is {entry!r:.60}; expected labels and a path")
        *values, path = entry
        labels = values[0] if len(values) == 1 and isinstance(values[0], (list, tuple, np.ndarray, NDArray)) else values
        if isinstance(labels, NDArray):
            labels = labels.asnumpy()
        found[str(place)] = (_labels(name, labels, dtype, where), path)
    return found
