"""MXNet's `.params` format, both directions, on NumPy arrays.

A file holds a list of arrays, or as many arrays and names. All numbers are little-endian::

    file   u64 0x112 | u64 reserved | u64 count | array × count | u64 names | (u64 length, UTF-8) × names
    array  u32 magic | i32 storage | shape | i32 device type, i32 device id | i32 dtype code | elements
    shape  i32 dimensions | i64 × dimensions

A sparse array (storage 1, row_sparse, or 2, csr) has the shape of what is stored before its own, and of each kind of
positions a dtype code and a shape after its own dtype code; the positions stand after the elements, for csr where rows
begin and then columns::

    sparse u32 magic | i32 storage | shape | shape | device | i32 dtype code | (i32 dtype code | shape) × kinds
           | elements | positions × kinds

The magic number says how old an array is. ``0xF993FAC9`` is what MXNet 1.x writes, ``0xF993FACA`` the same written
under NumPy's shape semantics, where ``()`` is a scalar; ``0xF993FAC8`` has no storage field; before that the number
of dimensions stood in the magic's place and a dimension was a u32.

The device an array lived on is written for MXNet's sake and ignored when read. Under NumPy's shape semantics there are
no sparse arrays.
"""

from __future__ import annotations

import io
import math
import os
import struct
from collections.abc import Mapping, Sequence
from typing import IO, Any, NamedTuple

import numpy as np

from ..base import DTYPES, MXNetError
from .files import replacing

__all__ = ["Sparse", "dumps", "dumps_array", "headers", "load", "loads", "loads_array", "save"]

FILE_MAGIC = 0x112
MAGIC_WITHOUT_STORAGE = 0xF993FAC8
MAGIC = 0xF993FAC9
MAGIC_NUMPY_SHAPE = 0xF993FACA
#: of a storage type its name, and how many kinds of positions it has
STORAGES = {1: ("row_sparse", 1), 2: ("csr", 2)}
MAX_DIMENSIONS = 32  # what NumPy 1.x holds, and MXNet
CPU = (1, 0)

FILE_DTYPES: dict[int, np.dtype[Any]] = {each.code: np.dtype(each.shown).newbyteorder("<") for each in DTYPES}
INT64 = next(each.code for each in DTYPES if each.name == "int64")
CODES = {dtype: code for code, dtype in FILE_DTYPES.items()}


class Sparse(NamedTuple):
    """A sparse array as a file holds it.

    Attributes
    ----------
    storage : int
        1 for row_sparse, 2 for csr
    shape : tuple of int
        of the whole array
    values : numpy.ndarray
        what is stored
    positions : tuple of numpy.ndarray
        of row_sparse which rows they are; of csr where rows begin, and columns
    """

    storage: int
    shape: tuple[int, ...]
    values: np.ndarray
    positions: tuple[np.ndarray, ...]


Array = np.ndarray | Sparse
Arrays = list[Any] | dict[str, Any]


# --- writing ------------------------------------------------------------------------------------------------------


def save(
    path: str | os.PathLike[str],
    arrays: Sequence[Array] | Mapping[str, Array],
    *,
    np_shape: bool = False,
    devices: Sequence[tuple[int, int]] | None = None,
) -> None:
    """Write arrays to a `.params` file; an existing file is replaced only once the new one is whole.

    Parameters
    ----------
    path
        The file to write.
    arrays
        A list of arrays, or a mapping of names to arrays.
    np_shape
        Write as MXNet does under NumPy's shape semantics (``npx.set_np()``). Needed for arrays of shape ``()``.
    devices
        MXNet's (device type, device id) of each array; ``cpu(0)`` where not given.

    Raises
    ------
    MXNetError
        The file cannot be written, or an array has a dtype the format has no code for.

    Examples
    --------
    >>> import os, tempfile, numpy as np
    >>> from mxnet.serialization import params
    >>> path = os.path.join(tempfile.mkdtemp(), "a.params")
    >>> params.save(path, {"weight": np.ones((2, 3), "float32")})
    >>> params.load(path)["weight"].shape
    (2, 3)
    """
    names, values = _split(arrays)
    headers = [_header(i, value, np_shape, device) for i, (value, device) in enumerate(_with_devices(values, devices))]
    try:
        with replacing(path) as stream:
            _write(stream, names, values, headers)
    except OSError as error:
        raise MXNetError(f"save: cannot write {os.fspath(path)!r}: {error.strerror or error}") from error


def dumps(
    arrays: Sequence[Array] | Mapping[str, Array],
    *,
    np_shape: bool = False,
    devices: Sequence[tuple[int, int]] | None = None,
) -> bytes:
    """Give the bytes that `save` writes.

    Examples
    --------
    >>> import numpy as np
    >>> from mxnet.serialization import params
    >>> params.loads(params.dumps([np.arange(3, dtype="int8")]))
    [array([0, 1, 2], dtype=int8)]
    """
    names, values = _split(arrays)
    headers = [_header(i, value, np_shape, device) for i, (value, device) in enumerate(_with_devices(values, devices))]
    stream = io.BytesIO()
    _write(stream, names, values, headers)
    return stream.getvalue()


def dumps_array(array: Array, *, np_shape: bool = False, device: tuple[int, int] = CPU) -> bytes:
    """Give the bytes of one array as they stand in a file, without what is around them: what MXNet's pickles hold.

    Examples
    --------
    >>> import numpy as np
    >>> from mxnet.serialization import params
    >>> params.loads_array(params.dumps_array(np.arange(3, dtype="int8")))
    (array([0, 1, 2], dtype=int8), (1, 0))
    """
    np_shape = np_shape or (isinstance(array, np.ndarray) and array.ndim == 0)
    return b"".join((_header(0, array, np_shape, device), *_parts(array)))


def _split(arrays: Sequence[Array] | Mapping[str, Array]) -> tuple[list[str], list[Array]]:
    if isinstance(arrays, Mapping):
        return list(arrays), list(arrays.values())
    return [], list(arrays)


def _with_devices(
    values: list[Array], devices: Sequence[tuple[int, int]] | None
) -> list[tuple[Array, tuple[int, int]]]:
    if devices is None:
        devices = [CPU] * len(values)
    return list(zip(values, devices, strict=True))


def _code(index: int, elements: np.ndarray) -> int:
    code = CODES.get(elements.dtype.newbyteorder("<"))
    if code is None:
        known = ", ".join(each.name for each in DTYPES)
        raise MXNetError(f"save: array {index} has dtype {elements.dtype}, expected one of {known}")
    return code


def _shape_bytes(shape: tuple[int, ...]) -> bytes:
    return struct.pack(f"<i{len(shape)}q", len(shape), *shape)


def _header(index: int, value: Array, np_shape: bool, device: tuple[int, int]) -> bytes:
    if isinstance(value, Sparse):
        if np_shape:
            raise MXNetError(
                f"save: array {index} is {STORAGES[value.storage][0]}, which the format does not hold under NumPy's "
                "shape semantics; call npx.reset_np() or tostype('default')"
            )
        return b"".join((
            struct.pack("<Ii", MAGIC, value.storage), _shape_bytes(value.values.shape), _shape_bytes(value.shape),
            struct.pack("<iii", *device, _code(index, value.values)),
            *(struct.pack("<i", _code(index, each)) + _shape_bytes(each.shape) for each in value.positions),
        ))  # fmt: skip
    code = _code(index, value)
    if value.ndim == 0 and not np_shape:
        raise MXNetError(
            f"save: array {index} has shape (), which the format holds only under NumPy's shape semantics; "
            "call npx.set_np() or reshape it to (1,)"
        )
    magic = MAGIC_NUMPY_SHAPE if np_shape else MAGIC
    return struct.pack(f"<Iii{value.ndim}qiii", magic, 0, value.ndim, *value.shape, *device, code)


def _write(stream: IO[bytes], names: list[str], values: list[Array], headers: list[bytes]) -> None:
    stream.write(struct.pack("<QQQ", FILE_MAGIC, 0, len(values)))
    for value, header in zip(values, headers, strict=True):
        stream.write(header)
        for part in _parts(value):
            stream.write(part)
    stream.write(struct.pack("<Q", len(names)))
    for name in names:
        encoded = name.encode()
        stream.write(struct.pack("<Q", len(encoded)) + encoded)


def _parts(value: Array) -> list[Any]:
    """What follows a header."""
    if isinstance(value, Sparse):
        return [_elements(value.values), *map(_elements, value.positions)]
    return [_elements(value)]


def _elements(value: np.ndarray) -> Any:
    """The memory of an array, little-endian and in row order."""
    little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
    return little.reshape(-1).view(np.uint8).data if little.size else b""


# --- reading ------------------------------------------------------------------------------------------------------


def load(path: str | os.PathLike[str], *, np_shape: bool | None = None) -> Arrays:
    """Read a `.params` file, of any version.

    Parameters
    ----------
    path
        The file to read.
    np_shape
        True or False asks for a file written with, or without, NumPy's shape semantics, as MXNet itself does; None
        takes either.

    Returns
    -------
    list or dict
        The arrays, by name where the file holds names, sparse ones as :class:`Sparse`. They own their memory.

    Raises
    ------
    MXNetError
        The file is missing, damaged, or was written under the other shape semantics.
    """
    try:
        with open(path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if not stream.seekable():  # a pipe has no length to check against, only its content
                whole = stream.read()
                return _read_file(_Reader(io.BytesIO(whole), len(whole), os.fspath(path)), np_shape)
            return _read_file(_Reader(stream, size, os.fspath(path)), np_shape)
    except OSError as error:
        raise MXNetError(f"load: cannot read {os.fspath(path)!r}: {error.strerror or error}") from error


def headers(path: str | os.PathLike[str]) -> Arrays:
    """What `load` gives, without elements: arrays of the shapes and dtypes in a file that take no memory.

    Raises
    ------
    MXNetError
        The file is missing or damaged.

    Examples
    --------
    >>> import os, tempfile, numpy as np
    >>> from mxnet.serialization import params
    >>> path = os.path.join(tempfile.mkdtemp(), "a.params")
    >>> params.save(path, {"weight": np.ones((2, 3), "float32")})
    >>> params.headers(path)["weight"].shape
    (2, 3)
    """
    try:
        with open(path, "rb") as stream:
            return _read_file(_Headers(stream, os.fstat(stream.fileno()).st_size, os.fspath(path)), None)
    except OSError as error:
        raise MXNetError(f"load: cannot read {os.fspath(path)!r}: {error.strerror or error}") from error


def loads(buffer: bytes | bytearray | memoryview, *, np_shape: bool | None = None) -> Arrays:
    """Read the content of a `.params` file from memory; arguments, result and errors as of `load`."""
    return _read_file(_Reader(io.BytesIO(buffer), len(buffer), "buffer"), np_shape)


def loads_array(buffer: bytes | bytearray | memoryview) -> tuple[Any, tuple[int, int]]:
    """Read what `dumps_array` gives: the array, which owns its memory, and the device it was on.

    Raises
    ------
    MXNetError
        The bytes are damaged, or hold more than one array.
    """
    reader = _Reader(_View(buffer), len(buffer), "array")
    array, device = _read_array(reader, 0, None)
    if reader.left:
        raise reader.error(f"{reader.left} bytes follow it")
    return array, device


class _View:
    """A stream over memory that is somebody else's: what is read is copied once."""

    def __init__(self, buffer: bytes | bytearray | memoryview) -> None:
        self.view, self.at = memoryview(buffer), 0

    def read(self, count: int) -> bytes:
        self.at += count
        return bytes(self.view[self.at - count : self.at])

    def readinto(self, target: memoryview) -> int:
        part = self.view[self.at : self.at + len(target)]
        target[: len(part)] = part
        self.at += len(part)
        return len(part)


class _Reader:
    """A stream of known length that never promises more than it holds."""

    def __init__(self, stream: Any, size: int, name: str):
        self.stream = stream
        self.left = size
        self.name = name

    def error(self, problem: str) -> MXNetError:
        return MXNetError(f"load: {self.name!r} is not a valid .params file: {problem}")

    def claim(self, count: int, what: str) -> None:
        if count > self.left:
            raise self.error(f"{what} needs {count} bytes, {self.left} are left")
        self.left -= count

    def bytes(self, count: int, what: str) -> bytes:
        self.claim(count, what)
        content = self.stream.read(count)
        if len(content) != count:
            raise self.error(f"{what} needs {count} bytes, the file ended after {len(content)}")
        return content

    def numbers(self, layout: str, what: str) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, self.bytes(struct.calcsize("<" + layout), what))

    def elements(self, shape: tuple[int, ...], dtype: np.dtype, what: str) -> np.ndarray:
        self.claim(math.prod(shape) * dtype.itemsize, what)
        try:
            array = np.empty(shape, dtype)
        except ValueError as error:  # zero elements, and dimensions whose product NumPy cannot hold
            raise self.error(f"{what} has shape {shape}") from error
        flat = array.reshape(-1).view(np.uint8)
        if flat.size and self.stream.readinto(flat.data) != flat.size:
            raise self.error(f"{what} needs {flat.size} bytes, the file ended before")
        if dtype == np.bool_:
            np.not_equal(flat, 0, out=array.reshape(-1))
        return array


class _Headers(_Reader):
    """A reader that passes over elements."""

    def elements(self, shape: tuple[int, ...], dtype: np.dtype, what: str) -> np.ndarray:
        count = math.prod(shape) * dtype.itemsize
        self.claim(count, what)
        self.stream.seek(count, io.SEEK_CUR)
        try:
            return np.broadcast_to(np.empty((), dtype), shape)
        except ValueError as error:
            raise self.error(f"{what} has shape {shape}") from error


def _read_file(reader: _Reader, np_shape: bool | None) -> Arrays:
    magic, _, count = reader.numbers("QQQ", "the file header")
    if magic != FILE_MAGIC:
        raise reader.error(f"it starts with {magic:#x}, expected {FILE_MAGIC:#x}")
    arrays = []
    for index in range(count):
        arrays.append(_read_array(reader, index, np_shape)[0])
    (named,) = reader.numbers("Q", "the number of names")
    if named == 0:
        return arrays
    if named != count:
        raise reader.error(f"it holds {count} arrays and {named} names")
    names = []
    for index in range(named):
        (length,) = reader.numbers("Q", f"the length of name {index}")
        try:
            names.append(reader.bytes(length, f"name {index}").decode())
        except UnicodeDecodeError as error:
            raise reader.error(f"name {index} is not UTF-8") from error
    return dict(zip(names, arrays, strict=True))


def _read_array(reader: _Reader, index: int, np_shape: bool | None) -> tuple[Array, tuple[int, int]]:
    what = f"array {index}"
    (magic,) = reader.numbers("I", what)
    dimension = "q"
    if magic in (MAGIC, MAGIC_NUMPY_SHAPE):
        _check_semantics(reader, magic, np_shape)
        (storage,) = reader.numbers("i", what)
        if storage != 0:
            if storage not in STORAGES or magic != MAGIC:
                raise reader.error(f"{what} has storage {storage}, expected 0 (dense), 1 (row_sparse) or 2 (csr)")
            return _read_sparse(reader, what, storage)
        (ndim,) = reader.numbers("i", what)
    elif magic == MAGIC_WITHOUT_STORAGE:
        _check_semantics(reader, magic, np_shape)
        (ndim,) = reader.numbers("i", what)
    else:
        _check_semantics(reader, magic, np_shape)
        ndim, dimension = magic, "I"
    if not 0 <= ndim <= MAX_DIMENSIONS or (ndim == 0 and magic != MAGIC_NUMPY_SHAPE):
        raise reader.error(f"{what} has {ndim} dimensions")
    shape = reader.numbers(f"{ndim}{dimension}", f"the shape of {what}") if ndim else ()
    if any(size < 0 for size in shape):
        raise reader.error(f"{what} has shape {shape}")
    kind, number, code = reader.numbers("iii", what)
    if code not in FILE_DTYPES:
        raise reader.error(f"{what} has unknown dtype code {code}")
    return reader.elements(shape, FILE_DTYPES[code], what), (kind, number)


def _read_shape(reader: _Reader, what: str) -> tuple[int, ...]:
    (ndim,) = reader.numbers("i", what)
    if not 0 < ndim <= MAX_DIMENSIONS:
        raise reader.error(f"{what} has {ndim} dimensions")
    shape = reader.numbers(f"{ndim}q", f"the shape of {what}")
    if any(size < 0 for size in shape):
        raise reader.error(f"{what} has shape {shape}")
    return shape


def _read_sparse(reader: _Reader, what: str, storage: int) -> tuple[Sparse, tuple[int, int]]:
    """The rest of a sparse array: its parts fit each other; where positions point to is not looked at."""
    name, kinds = STORAGES[storage]
    kept = _read_shape(reader, f"what {what} stores")
    shape = _read_shape(reader, what)
    kind, number, code = reader.numbers("iii", what)
    if code not in FILE_DTYPES:
        raise reader.error(f"{what} has unknown dtype code {code}")
    lengths = []
    for _ in range(kinds):
        (own,) = reader.numbers("i", f"the positions of {what}")
        if own != INT64:
            raise reader.error(f"{what} has positions of dtype code {own}, expected {INT64} (int64)")
        lengths.append(_read_shape(reader, f"the positions of {what}"))
    if storage == 1:
        wanted = [(kept[0],)]
        fits = kept[1:] == shape[1:] and kept[0] <= shape[0]
    else:
        wanted = [(shape[0] + 1,), (kept[0],)]
        fits = len(shape) == 2 and len(kept) == 1
    if not fits or lengths != wanted:
        raise reader.error(f"{what} is {name} of shape {shape} and stores {kept} at positions of shapes {lengths}")
    values = reader.elements(kept, FILE_DTYPES[code], what)
    positions = [reader.elements(each, FILE_DTYPES[INT64], f"the positions of {what}") for each in lengths]
    return Sparse(storage, shape, values, tuple(positions)), (kind, number)


def _check_semantics(reader: _Reader, magic: int, wanted: bool | None) -> None:
    if wanted is not None and wanted != (magic == MAGIC_NUMPY_SHAPE):
        written, way_out = ("without", "npx.reset_np()") if wanted else ("with", "npx.set_np()")
        raise MXNetError(
            f"load: {reader.name!r} was saved {written} NumPy's shape semantics; call {way_out} before loading it"
        )
