"""RecordIO files and the header that image records carry.

The framing is in `mxnet.serialization.recordio`; this is MXNet's interface to it.
"""

from __future__ import annotations

import numbers
import os
import struct
from collections import namedtuple
from collections.abc import Callable
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from ._opencv import require_opencv
from .base import MXNetError
from .serialization.files import opened
from .serialization.images import png_problem
from .serialization.recordio import read_index, read_record, write_record

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["IRHeader", "MXIndexedRecordIO", "MXRecordIO", "pack", "pack_img", "unpack", "unpack_img"]


class MXRecordIO:
    """Read or write records of bytes one after the other.

    An object opened for reading can be pickled and used after a fork: each process then reads from the start through
    a file of its own.

    Parameters
    ----------
    uri : str
        The `.rec` file.
    flag : str
        ``"r"`` to read, ``"w"`` to write anew.

    Raises
    ------
    ValueError
        `flag` is neither.
    MXNetError
        The file cannot be opened.

    Examples
    --------
    >>> import os, tempfile, mxnet as mx
    >>> path = os.path.join(tempfile.mkdtemp(), "a.rec")
    >>> with mx.recordio.MXRecordIO(path, "w") as record:
    ...     record.write(b"one")
    >>> mx.recordio.MXRecordIO(path, "r").read()
    b'one'
    """

    def __init__(self, uri: str, flag: str):
        self.uri = os.fspath(uri)
        self.flag = flag
        self.is_open = False
        self.pid: int | None = None
        self._stream: IO[bytes] | None = None
        self.open()

    def open(self) -> None:
        """Open the file, at its start."""
        if self.flag not in ("r", "w"):
            raise ValueError(f"MXRecordIO: flag must be 'r' or 'w', got {self.flag!r}")
        self.writable = self.flag == "w"
        try:
            mode = self.flag + "b"
            self._stream = opened(self.uri, mode) if self.writable else open(self.uri, mode)  # noqa: SIM115 - until close()
        except OSError as error:
            raise MXNetError(f"MXRecordIO: cannot open {self.uri!r}: {error.strerror or error}") from error
        self.pid = os.getpid()
        self.is_open = True

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None
        self.is_open = False
        self.pid = None

    def reset(self) -> None:
        """Go back to the first record. A file open for writing is emptied."""
        self.close()
        self.open()

    def write(self, buf: bytes) -> None:
        """Append one record."""
        if not self.writable:
            raise AssertionError(f"MXRecordIO.write: {self.uri!r} is open for reading")
        if not isinstance(buf, bytes):
            raise TypeError(f"MXRecordIO.write: expected bytes, got {type(buf).__name__}")
        write_record(self._opened(), buf)

    def read(self) -> bytes | None:
        """Read the next record; None at the end of the file."""
        if self.writable:
            raise AssertionError(f"MXRecordIO.read: {self.uri!r} is open for writing")
        return read_record(self._opened(), self.uri)

    @property
    def handle(self) -> IO[bytes] | None:
        """The open file, where MXNet has a pointer for its C library; None once it is closed."""
        return self._stream

    def _check_pid(self, allow_reset: bool = False) -> None:
        """Open the file again in a process forked since it was opened, or refuse."""
        if self.pid != os.getpid():
            if not allow_reset:
                raise RuntimeError(f"MXRecordIO: {self.uri!r} was opened for writing in another process")
            self.reset()

    def _opened(self) -> IO[bytes]:
        """Give the stream; a process forked since the file was opened gets one of its own, if it reads."""
        if self._stream is None:
            raise RuntimeError(f"MXRecordIO: {self.uri!r} is closed")
        self._check_pid(allow_reset=not self.writable)
        return self._stream

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_stream", None) is not None:
            self.close()

    def __getstate__(self) -> dict[str, Any]:
        if self.writable:
            raise TypeError(f"MXRecordIO: {self.uri!r} is open for writing and cannot be pickled")
        return {**self.__dict__, "_stream": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self.is_open:
            self.open()


class MXIndexedRecordIO(MXRecordIO):
    """Read or write records by key, through an index that tells where each starts.

    Parameters
    ----------
    idx_path : str
        The index, a text file.
    uri : str
        The `.rec` file.
    flag : str
        ``"r"`` to read, ``"w"`` to write anew.
    key_type : callable
        Makes a key of its text in the index.

    Attributes
    ----------
    keys : list
        The keys in the index's order.
    idx : dict
        Where each key's record starts, in bytes.

    Raises
    ------
    ValueError
        `flag` is neither, or the index is damaged.
    FileNotFoundError
        There is no index.
    MXNetError
        The `.rec` file cannot be opened.

    Examples
    --------
    >>> import os, tempfile, mxnet as mx
    >>> folder = tempfile.mkdtemp()
    >>> paths = os.path.join(folder, "a.idx"), os.path.join(folder, "a.rec")
    >>> with mx.recordio.MXIndexedRecordIO(*paths, "w") as record:
    ...     record.write_idx(7, b"seven")
    >>> mx.recordio.MXIndexedRecordIO(*paths, "r").read_idx(7)
    b'seven'
    """

    def __init__(self, idx_path: str, uri: str, flag: str, key_type: Callable[[str], Any] = int):
        self.idx_path = os.fspath(idx_path)
        self.key_type = key_type
        self.idx: dict[Any, int] = {}
        self.keys: list[Any] = []
        self.fidx: IO[str] | None = None
        super().__init__(uri, flag)

    def open(self) -> None:
        """Open the file, at its start, and its index."""
        super().open()
        self.idx, self.keys = {}, []
        if self.writable:
            self.fidx = open(self.idx_path, "w", encoding="utf-8")  # noqa: SIM115 - held until close()
        else:
            entries = read_index(self.idx_path, self.key_type)
            self.idx = dict(entries)
            self.keys = [key for key, _ in entries]

    def close(self) -> None:
        """Close the file and its index; closing twice is harmless."""
        super().close()
        if self.fidx is not None:
            self.fidx.close()
        self.fidx = None

    def seek(self, idx: Any) -> None:
        """Go to the record of a key, so that `read` gives it."""
        if self.writable:
            raise AssertionError(f"MXIndexedRecordIO.seek: {self.uri!r} is open for writing")
        stream = self._opened()
        position = self.idx[idx]
        size = os.fstat(stream.fileno()).st_size
        if not 0 <= position < size:
            raise MXNetError(
                f"MXIndexedRecordIO: {self.idx_path!r} says that record {idx!r} is at byte {position!r:.40} of "
                f"{self.uri!r}, which has {size}"
            )
        stream.seek(position)

    def tell(self) -> int:
        """Give the byte where the next record will be written."""
        if not self.writable:
            raise AssertionError(f"MXIndexedRecordIO.tell: {self.uri!r} is open for reading")
        return self._opened().tell()

    def read_idx(self, idx: Any) -> bytes | None:
        """Read the record of a key."""
        self.seek(idx)
        return self.read()

    def write_idx(self, idx: Any, buf: bytes) -> None:
        """Append a record and its key."""
        key = self.key_type(idx)
        position = self.tell()
        self.write(buf)
        assert self.fidx is not None
        self.fidx.write(f"{key}\t{position}\n")
        self.keys.append(key)
        self.idx[key] = position


IRHeader = namedtuple("HEADER", ["flag", "label", "id", "id2"])  # type: ignore[name-match]  # so it prints in MXNet
IRHeader.__doc__ = """What an image record starts with.

`flag` is 0 for one label and their number otherwise, `label` a float or a float32 array, `id` and `id2` are 64-bit
numbers of the user's.
"""
_IR_FORMAT = "IfQQ"
_IR_SIZE = struct.calcsize(_IR_FORMAT)


def pack(header: tuple[int, Any, int, int], s: bytes) -> bytes:
    """Put a header before the bytes of an image.

    Parameters
    ----------
    header : IRHeader
        With one label or an array of them; its flag is set to fit.
    s : bytes
        The encoded image, or anything else.

    Examples
    --------
    >>> import mxnet as mx
    >>> record = mx.recordio.pack(mx.recordio.IRHeader(0, [1, 2], 7, 0), b"image")
    >>> mx.recordio.unpack(record)
    (HEADER(flag=2, label=array([1., 2.], dtype=float32), id=7, id2=0), b'image')
    """
    _, label, *ids = header
    if isinstance(label, numbers.Number):
        return struct.pack(_IR_FORMAT, 0, label, *ids) + s
    labels = np.asarray(label, dtype=np.float32)
    return struct.pack(_IR_FORMAT, labels.size, 0, *ids) + labels.tobytes() + s


def unpack(s: bytes) -> tuple[Any, bytes]:
    """Split a record into its header and the bytes behind it.

    Raises
    ------
    struct.error, ValueError
        The record is shorter than a header, or than its header says.
    """
    if len(s) < _IR_SIZE:
        raise struct.error(f"unpack: a record starts with a header of {_IR_SIZE} bytes, got {len(s)} bytes")
    header = IRHeader(*struct.unpack_from(_IR_FORMAT, s))
    content = s[_IR_SIZE:]
    if header.flag > 0:
        if header.flag * 4 > len(content):
            raise ValueError(f"unpack: the header tells of {header.flag} labels, {len(content)} bytes follow")
        header = header._replace(label=np.frombuffer(content, np.float32, header.flag))
        content = content[header.flag * 4 :]
    return header, content


def pack_img(header: tuple[int, Any, int, int], img: np.ndarray, quality: int = 95, img_fmt: str = ".jpg") -> bytes:
    """Encode an image and put a header before it.

    Parameters
    ----------
    header : IRHeader
    img : numpy.ndarray
        uint8, height × width × channels in OpenCV's order (blue, green, red), or height × width.
    quality : int
        For JPEG 1 to 100, best last; for PNG the compression, 1 to 9.
    img_fmt : str
        ``".jpg"``, ``".png"``, or another suffix that OpenCV knows.

    Examples
    --------
    >>> import mxnet as mx, numpy as np
    >>> record = mx.recordio.pack_img((0, 3, 0, 0), np.zeros((8, 8, 3), "uint8"), quality=3, img_fmt=".png")
    >>> mx.recordio.unpack_img(record)[1].shape
    (8, 8, 3)
    """
    cv2 = require_opencv("recordio.pack_img")
    suffix = img_fmt.upper()
    options = None
    if suffix in (".JPG", ".JPEG"):
        options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    elif suffix == ".PNG":
        options = [cv2.IMWRITE_PNG_COMPRESSION, quality]
    done, encoded = cv2.imencode(img_fmt, img, options)
    if not done:
        raise AssertionError(f"pack_img: OpenCV could not encode the image as {img_fmt!r}")
    return pack(header, encoded.tobytes())


def unpack_img(s: bytes, iscolor: int = -1) -> tuple[Any, np.ndarray | None]:
    """Split a record into its header and its image.

    Parameters
    ----------
    s : bytes
        A record written by `pack_img`.
    iscolor : int
        OpenCV's flag: 1 for three channels, 0 for grey, -1 for the image as it is.

    Returns
    -------
    IRHeader, numpy.ndarray or None
        The image as height × width × channels in OpenCV's order; None where the bytes are no image.
    """
    cv2 = require_opencv("recordio.unpack_img")
    header, content = unpack(s)
    if not content or png_problem(content) is not None:
        return header, None
    return header, cv2.imdecode(np.frombuffer(content, dtype=np.uint8), iscolor)
