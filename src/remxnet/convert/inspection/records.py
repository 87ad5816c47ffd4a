"""Files of records, and their indices; the images of the MNIST family, whose files end alike."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mxnet import recordio
from mxnet.serialization import recordio as framing

from ...errors import InputError
from .found import Found

__all__ = ["index", "records"]

_IMAGES = {b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"GIF8": "GIF", b"BM": "BMP", b"RIFF": "WebP"}


def records(path: Path, _: Mapping[str, Sequence[int]]) -> Found:
    """A ``.rec`` file: how many records, and what the first is."""
    with open(path, "rb") as stream:
        starts = framing.record_starts(stream, str(path))
        stream.seek(0)
        first = framing.read_record(stream, str(path)) if starts else None
    facts: dict[str, Any] = {"records": len(starts), "bytes": path.stat().st_size}
    if first is not None:
        facts |= _described(first)
    beside = path.with_suffix(".idx")
    facts["index"] = str(beside) if beside.exists() else "none beside it"
    return Found(str(path), "records (RecordIO)", facts)


def _described(record: bytes) -> dict[str, Any]:
    """What a record is: with the header of images, or of anything."""
    try:
        header, content = recordio.unpack(record)
    except (struct.error, ValueError):
        return {"first record": f"{len(record)} bytes"}
    kind = next((name for start, name in _IMAGES.items() if content.startswith(start)), None)
    if kind is None:
        return {"first record": f"{len(record)} bytes"}
    labels = len(header.label) if header.flag else 1
    return {"first record": f"{kind} of {len(content)} bytes, id {header.id}", "labels of a record": labels}


def index(path: Path, _: Mapping[str, Sequence[int]]) -> Found:
    """An ``.idx`` file: the index of records, or arrays of bytes."""
    with open(path, "rb") as stream:
        start = stream.read(4)
        if start[:2] == b"\0\0" and len(start) == 4:
            shape = [int.from_bytes(stream.read(4), "big") for _ in range(start[3])]
            return Found(str(path), "an array (IDX)", {"shape": shape, "bytes": path.stat().st_size})
    try:
        entries = framing.read_index(path)
    except ValueError as error:
        raise InputError(str(error)) from error
    keys = [key for key, _ in entries]
    facts: dict[str, Any] = {"records": len(entries), "bytes": path.stat().st_size}
    if keys:
        facts["keys"] = f"{keys[0]} to {keys[-1]}"
    return Found(str(path), "the index of a file of records", facts)
