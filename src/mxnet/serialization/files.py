"""Writing a file so that a reader sees the old one or the new one, never half of either."""

from __future__ import annotations

import os
import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any


def _is_replaceable(path: str) -> bool:
    """Whether `path` is absent or an ordinary file: devices and pipes are written to, not replaced."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True


@contextmanager
def replacing(path: str | os.PathLike[str], mode: str = "wb") -> Iterator[IO[Any]]:
    """Open a temporary file beside `path` for writing and rename it to `path` when the block ends well.

    When the block raises, the temporary file goes and whatever stood at `path` is untouched. A symbolic link stays a
    link: the file it points to is the one replaced. A replaced file keeps its permissions.

    Parameters
    ----------
    path
        The file to write.
    mode
        ``"wb"``, or ``"w"`` for UTF-8 text.

    Raises
    ------
    OSError
        The folder is missing or cannot be written to, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from mxnet.serialization.files import replacing
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(target, "w") as stream:
    ...     _ = stream.write("new")
    >>> target.read_text()
    'new'
    """
    target = os.path.realpath(path)
    encoding = None if "b" in mode else "utf-8"
    if not _is_replaceable(target):
        with open(target, mode, encoding=encoding) as stream:
            yield stream
        return
    beside = f"{target}.{uuid.uuid4().hex[:12]}.tmp"
    try:
        with open(beside, mode.replace("w", "x"), encoding=encoding) as stream:
            yield stream
        if os.path.exists(target):
            os.chmod(beside, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(beside, target)
    except BaseException:
        if os.path.exists(beside):
            os.unlink(beside)
        raise
