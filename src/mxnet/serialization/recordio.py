"""RecordIO's framing: how records of bytes lie in a `.rec` file, and where its index says they start.

A record is one part or several. A part is ``u32 0xCED7230A | u32 length``, its bytes, and zeros up to a multiple of
four; the length's upper three bits say which part it is. A record whose bytes hold the magic number at a multiple of
four is split there: the magic is left out between two parts and put back by the reader, so that in a damaged file the
next record can be found by looking for the magic.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import IO, Any

from ..base import MXNetError

MAGIC = struct.pack("<I", 0xCED7230A)
PART_HEADER = struct.Struct("<4sI")
LENGTH_BITS = 29
MAX_LENGTH = (1 << LENGTH_BITS) - 1
WHOLE, FIRST, MIDDLE, LAST = range(4)
SHOWN = 60  # bytes of a line in an error


def split_at_magic(payload: bytes) -> list[bytes]:
    """Split a record at every magic number that lies at a multiple of four bytes from its start."""
    parts, start = [], 0
    at = payload.find(MAGIC)
    while at >= 0:
        if at % 4 == 0:
            parts.append(payload[start:at])
            start = at + len(MAGIC)
            at = payload.find(MAGIC, start)
        else:
            at = payload.find(MAGIC, at + 1)
    parts.append(payload[start:])
    return parts


def write_record(stream: IO[bytes], payload: bytes) -> None:
    """Append one record.

    Parameters
    ----------
    stream
        A binary stream open for writing.
    payload
        The record, shorter than 2**29 bytes.

    Raises
    ------
    MXNetError
        The record is too long.
    """
    if len(payload) > MAX_LENGTH:
        raise MXNetError(f"RecordIO: a record holds at most {MAX_LENGTH} bytes, got {len(payload)}")
    parts = split_at_magic(payload)
    framed = []
    for index, part in enumerate(parts):
        if len(parts) == 1:
            position = WHOLE
        else:
            position = FIRST if index == 0 else LAST if index == len(parts) - 1 else MIDDLE
        framed += [PART_HEADER.pack(MAGIC, position << LENGTH_BITS | len(part)), part, b"\0" * (-len(part) % 4)]
    stream.write(b"".join(framed))


def read_record(stream: IO[bytes], name: str) -> bytes | None:
    """Read the record that starts at the stream's position.

    Parameters
    ----------
    stream
        A binary stream of an ordinary file, open for reading.
    name
        What to call the file in an error.

    Returns
    -------
    bytes or None
        The record; None at the end of the file.

    Raises
    ------
    MXNetError
        No record starts here, or it is cut short.
    """
    start = stream.tell()
    parts: list[bytes] = []
    while True:
        header = stream.read(PART_HEADER.size)
        if not header and not parts:
            return None
        if len(header) < PART_HEADER.size:
            raise MXNetError(f"RecordIO: {name!r} ends within the record at byte {start}")
        magic, word = PART_HEADER.unpack(header)
        position, length = word >> LENGTH_BITS, word & MAX_LENGTH
        expected = (MIDDLE, LAST) if parts else (WHOLE, FIRST)
        if magic != MAGIC or position not in expected:
            raise MXNetError(f"RecordIO: {name!r} has no valid record at byte {start}")
        padded = length + -length % 4
        part = _read_exactly(stream, padded)
        if part is None:
            raise MXNetError(
                f"RecordIO: the record at byte {start} of {name!r} has a part of {length} bytes, "
                "more than the file holds"
            )
        parts.append(part[:length])
        if position in (WHOLE, LAST):
            return MAGIC.join(parts)


def record_starts(stream: IO[bytes], name: str) -> list[int]:
    """The bytes where the records of a file start, found by its headers alone.

    Raises
    ------
    MXNetError
        The file holds something else than records.
    """
    size = os.fstat(stream.fileno()).st_size
    starts, at = [], 0
    while at < size:
        stream.seek(at)
        header = stream.read(PART_HEADER.size)
        if len(header) < PART_HEADER.size:
            raise MXNetError(f"RecordIO: {name!r} ends within the record at byte {at}")
        magic, word = PART_HEADER.unpack(header)
        position, length = word >> LENGTH_BITS, word & MAX_LENGTH
        if magic != MAGIC or position > LAST:
            raise MXNetError(f"RecordIO: {name!r} has no valid record at byte {at}")
        if position in (WHOLE, FIRST):
            starts.append(at)
        at += PART_HEADER.size + length + -length % 4
    return starts


def _read_exactly(stream: IO[bytes], count: int) -> bytes | None:
    """Read `count` bytes, or give None, without taking memory, where a file holds fewer."""
    if count > 1 << 16 and count > os.fstat(stream.fileno()).st_size - stream.tell():
        return None
    content = stream.read(count)
    return content if len(content) == count else None


def read_index(path: str | os.PathLike[str], key_type: Callable[[str], Any] = int) -> list[tuple[Any, int]]:
    """Read an index: a line for each record, its key and the byte where it starts, with a tab between.

    Parameters
    ----------
    path
        The `.idx` file.
    key_type
        Makes a key of its text.

    Raises
    ------
    ValueError
        A line is not a key, a tab and a number, or no text.
    OSError
        The file cannot be read.
    """
    entries = []
    with open(path, "rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                fields = line.decode().strip().split("\t")
                entries.append((key_type(fields[0]), int(fields[1])))
            except (ValueError, IndexError) as error:
                got = repr(line[:SHOWN])[1:] + ("…" if len(line) > SHOWN else "")
                raise ValueError(
                    f"{os.fspath(path)!r}, line {number}: expected a key, a tab and a byte offset, got {got}"
                ) from error
    return entries
