"""Batches of the files of MNIST and data sets in its format."""

from __future__ import annotations

import logging
import os
from typing import Any, Literal

import numpy as np

from ..base import MXNetError
from ..serialization import idx
from .reading import ArrayReader, MXDataIter, Rounds, Shuffler, iterator, part_of
from .settings import declared, parsed

__all__ = ["MNISTIter"]

_LARGEST = 1 << 31  # bytes of a file, decompressed


@declared("MNISTIter")
def _declared(
    *,
    image: str = "./train-images-idx3-ubyte",
    label: str = "./train-labels-idx1-ubyte",
    batch_size: int = 128,
    shuffle: bool = True,
    flat: bool = False,
    seed: int = 0,
    silent: bool = False,
    num_parts: int = 1,
    part_index: int = 0,
    prefetch_buffer: int = 4,
    ctx: Literal["cpu", "gpu"] = "gpu",
    dtype: str = "None",
) -> None:
    """The parameters of MNISTIter."""


def _content(path: str, dimensions: int) -> np.ndarray:
    """The bytes that a file holds, compressed by gzip or not."""
    try:
        with open(path, "rb") as stream:
            if stream.read(2) == b"\x1f\x8b":
                content = idx.decompress(path, _LARGEST)
            elif os.fstat(stream.fileno()).st_size > _LARGEST:
                raise MXNetError(f"MNISTIter: {path!r} is larger than {_LARGEST} bytes")
            else:
                stream.seek(0)
                content = stream.read()
    except OSError as error:
        raise MXNetError(f"MNISTIter: cannot read {path!r}: {error.strerror or error}") from error
    found = idx.parse(content, path)
    if found.ndim != dimensions:
        raise MXNetError(f"MNISTIter: {path!r} holds an array of shape {found.shape}; expected {dimensions} axes")
    return found


def MNISTIter(*args: Any, **kwargs: Any) -> MXDataIter:
    """Batches of the files of MNIST, its elements from 0 to below 1; parameters are given by name.

    A last batch that is not full is left out.

    Parameters
    ----------
    image, label : str
        the files of images and labels, as they are distributed or decompressed
    batch_size : int
        samples in a batch
    shuffle : bool
        in an order drawn once
    flat : bool
        samples as rows, else with the shape (1, height, width)
    seed : int
        of the order
    silent : bool
        say nothing of what was read
    num_parts, part_index : int
        read one of so many parts
    dtype : str
        'float32'
    data_name, label_name : str
        what the arrays are called
    prefetch_buffer, ctx
        have no meaning here: the file is read once, into memory

    Raises
    ------
    MXNetError
        a parameter does not fit, a file cannot be read or is damaged, or the files do not belong together
    """
    chosen = parsed(_declared, args, kwargs)
    if str(kwargs.get("dtype") or "None") not in ("None", "float32"):
        raise MXNetError(f"MNISTIter: dtype={kwargs['dtype']!r}; expected 'float32'")
    images, labels = _content(chosen["image"], 3), _content(chosen["label"], 1)
    if len(labels) < len(images):
        raise MXNetError(
            f"MNISTIter: {chosen['label']!r} has {len(labels)} labels for the {len(images)} images of "
            f"{chosen['image']!r}"
        )
    start, end = part_of(len(images), chosen["num_parts"], chosen["part_index"], "MNISTIter")
    order = list(range(start, end))
    if chosen["shuffle"]:
        order = Shuffler(chosen["seed"]).shuffled(order)
    data = images[order].astype(np.float32) / 256
    data = data.reshape(len(order), -1) if chosen["flat"] else data[:, None]
    size = chosen["batch_size"]
    if not chosen["silent"]:
        logging.info("MNISTIter: load %d images, shuffle=%d", len(order), chosen["shuffle"])
    rounds = Rounds("MNISTIter", list(range(len(order))), size, "discard")
    reader = ArrayReader("MNISTIter", data, labels[order].astype(np.float32), rounds, size, numbered=False)
    return iterator(reader, kwargs)
