"""Files that outlive a crash: written beside, forced to the disk, and only then put in place."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mxnet.serialization.files import replacing

__all__ = ["durably", "remove_leftovers"]

LEFTOVER = re.compile(r"(.+)\.[0-9a-f]{12}\.tmp")


@contextmanager
def durably(path: Path, mode: str = "wb") -> Iterator[IO[Any]]:
    """Like `mxnet.serialization.files.replacing`, and on the disk when the block ends.

    Raises
    ------
    OSError
        The folder cannot be written to, or the disk is full; what stood at `path` still stands there.
    """
    with replacing(path, mode) as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
    if os.name == "posix":  # elsewhere a folder cannot be opened, and renaming is on the disk at once
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def remove_leftovers(directory: Path, names: tuple[str, ...]) -> None:
    """Remove what a process killed while it wrote one of these files left beside it."""
    for path in directory.glob("*.tmp"):
        found = LEFTOVER.fullmatch(path.name)
        if found and found[1] in names:
            path.unlink(missing_ok=True)
