"""The IDX format of the MNIST family: unsigned bytes with a shape before them."""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib

import numpy as np

from ..base import MXNetError

UNSIGNED_BYTE = 0x08


def parse(content: bytes, name: str) -> np.ndarray:
    r"""Give the array that an IDX file of unsigned bytes holds.

    Parameters
    ----------
    content
        The whole file, decompressed.
    name
        What to call it in an error.

    Returns
    -------
    numpy.ndarray
        uint8, of the shape the file tells; read-only, on the memory of `content`.

    Raises
    ------
    MXNetError
        The header is not that of an IDX file of bytes, or tells another length than there is.

    Examples
    --------
    >>> from mxnet.serialization import idx
    >>> idx.parse(b"\0\0\x08\x01" b"\0\0\0\x03" b"abc", "labels").tolist()
    [97, 98, 99]
    """
    if len(content) < 4 or content[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise MXNetError(f"{name!r} is not an IDX file of bytes: it starts with {content[:4]!r}")
    dimensions = content[3]
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise MXNetError(f"{name!r} ends within its header: {dimensions} dimensions, {len(content)} bytes")
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    if math.prod(shape) != len(content) - start:
        raise MXNetError(f"{name!r} tells of {shape} bytes and holds {len(content) - start}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def decompress(path: str | os.PathLike[str], at_most: int) -> bytes:
    """Decompress a gzip file of at most so many bytes.

    Raises
    ------
    MXNetError
        The file is damaged, is not of gzip, or holds more.
    """
    try:
        with gzip.open(path) as stream:
            content = stream.read(at_most + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise MXNetError(f"{os.fspath(path)!r} is not a valid gzip file: {error}") from error
    except OSError as error:
        raise MXNetError(f"cannot read {os.fspath(path)!r}: {error.strerror or error}") from error
    if len(content) > at_most:
        raise MXNetError(f"{os.fspath(path)!r} holds more than {at_most} bytes")
    return content
