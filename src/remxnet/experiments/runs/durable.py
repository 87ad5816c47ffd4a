"""Files of a run or a comparison that outlive a crash: written beside, forced to the disk, and only then put in place.

They are replaced by their names inside their directory: where a name is a link, the link goes, and what it pointed to
stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from mxnet.serialization import files

__all__ = ["durably", "remove_leftovers"]


@contextmanager
def durably(path: Path, mode: str = "wb") -> Iterator[IO[Any]]:
    """Like `mxnet.serialization.files.replacing` without following links, and on the disk when the block ends.

    Raises
    ------
    OSError
        The folder cannot be written to, or the disk is full; what stood at `path` still stands there.
    """
    with files.replacing(path, mode, follow=False) as stream:
        yield stream
        with files.writing(path):
            stream.flush()
            os.fsync(stream.fileno())
    if os.name == "posix":  # elsewhere a folder cannot be opened, and renaming is on the disk at once
        with files.writing(path):
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def remove_leftovers(directory: Path, names: tuple[str, ...]) -> None:
    """Remove what processes killed while they wrote one of these files left beside it."""
    for name in names:
        files.remove_leftovers(directory / name)
