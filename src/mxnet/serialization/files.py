"""Writing a file so that a reader sees the old one or the new one, never half of either.

The new content goes into a temporary file beside the old one, which is renamed when it is whole. While it is written it
is locked; one without a lock was left by a process that was killed, and goes when the same file is written next. What
goes wrong is an OSError with the name that the caller gave, never that of the temporary file.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import stat
import uuid
from collections.abc import Iterator
from typing import IO, Any

try:
    import fcntl
except ImportError:  # elsewhere than on POSIX, where a file that is open cannot be removed
    fcntl = None  # type: ignore[assignment]

__all__ = ["opened", "remove_leftovers", "replacing", "writing"]

Path = str | os.PathLike[str]

SUFFIX = re.compile(r"\.[0-9a-f]{12}\.tmp")
ROOM = 17  # what the suffix takes
LONGEST = 255  # bytes that a name may have
OPEN = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextlib.contextmanager
def replacing(path: Path, mode: str = "wb", *, follow: bool = True) -> Iterator[IO[Any]]:
    """Open a temporary file beside `path` for writing and rename it to `path` when the block ends well.

    When the block raises, the temporary file goes and whatever stood at `path` is untouched. A replaced file keeps its
    permissions, and nobody who could not read it can read the new one while it is written. Of files that belong
    together one is written, flushed, and the others saved inside its block, so that all are whole before the first is
    in place.

    Parameters
    ----------
    path
        The file to write.
    mode
        ``"wb"``, or ``"w"`` for UTF-8 text.
    follow
        Where `path` is a symbolic link, whether the file that it points to is replaced, or the link itself.

    Raises
    ------
    OSError
        The folder is missing or cannot be written to, or the disk is full; its `filename` is `path`.

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
    replacement = _Replacement(path, mode, follow)
    try:
        yield replacement.stream
        replacement.put()
    except BaseException:
        replacement.discard()
        raise


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Give the OSErrors of a block the name of the file that it writes.

    Raises
    ------
    OSError
        With `path` for its `filename`.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def opened(path: Path, flags: str) -> IO[bytes]:
    """Open a file to write bytes into it where it stands, with errors that name it: for what grows record by record."""
    return io.BufferedWriter(_File(os.fspath(path), flags, path))


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files beside `path` that processes left which were killed while they wrote it."""
    folder, name = os.path.split(os.fspath(path))
    stem = _stem(name)
    try:
        names = [each for each in os.listdir(folder or ".") if each.startswith(stem)]
    except OSError:  # a folder that cannot be listed can still be written to
        return
    for each in names:
        if SUFFIX.fullmatch(each[len(stem) :]):
            with contextlib.suppress(OSError):  # somebody else's, or being written, or removed meanwhile
                _remove_unlocked(os.path.join(folder, each))


# --- one file -----------------------------------------------------------------------------------------------------


class _File(io.FileIO):
    """A raw file whose errors name the file it is to become; BufferedWriter and TextIOWrapper write through it."""

    def __init__(self, file: int | str, mode: str, shown: Path) -> None:
        self.shown = shown
        super().__init__(file, mode)

    def write(self, data: Any) -> int:
        with writing(self.shown):
            return super().write(data)


class _Replacement:
    """A file in the making: a stream to write to, and then :meth:`put` or :meth:`discard`."""

    def __init__(self, path: Path, mode: str, follow: bool) -> None:
        self.path = path
        self.target = os.path.realpath(path) if follow else os.fspath(path)
        self.beside: str | None = None
        with writing(path):
            before = _status(self.target)
            if follow and before is not None and not stat.S_ISREG(before.st_mode):
                raw = _File(self.target, "wb", path)  # devices and pipes are written to, not replaced
            else:
                remove_leftovers(self.target)
                self.mode = stat.S_IMODE(before.st_mode) if before and stat.S_ISREG(before.st_mode) else None
                raw = self._open()
        buffer = io.BufferedWriter(raw)
        self.stream: IO[Any] = buffer if "b" in mode else io.TextIOWrapper(buffer, encoding="utf-8")

    def _open(self) -> _File:
        """The temporary file, locked."""
        folder, name = os.path.split(self.target)
        while True:
            beside = os.path.join(folder, f"{_stem(name)}.{uuid.uuid4().hex[:12]}.tmp")
            descriptor = os.open(beside, OPEN, 0o666 if self.mode is None else 0o600)
            if fcntl is not None:
                with contextlib.suppress(OSError):  # a file system without locks
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                if not os.fstat(descriptor).st_nlink:  # taken for a leftover before it was locked
                    os.close(descriptor)
                    continue
            self.beside = beside
            return _File(descriptor, "wb", self.path)

    def put(self) -> None:
        """Put it in place."""
        if self.beside is None:
            self.stream.close()
            return
        self.stream.flush()
        if fcntl is None:
            self.stream.close()  # where what is open cannot be renamed; elsewhere the lock is held until it is in place
        with writing(self.path):
            if self.mode is not None:
                os.chmod(self.beside, self.mode)
            os.replace(self.beside, self.target)
        self.beside = None
        self.stream.close()

    def discard(self) -> None:
        """Leave what was there as it was."""
        with contextlib.suppress(OSError):  # the disk may be full, which is why it is discarded
            self.stream.close()
        if self.beside is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.beside)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _stem(name: str) -> str:
    """What the names of temporary files begin with; of a name that leaves no room for more, a part and its digest."""
    encoded = os.fsencode(name)
    if len(encoded) + ROOM <= LONGEST:
        return name
    digest = hashlib.blake2b(encoded, digest_size=8).hexdigest()
    return encoded[: LONGEST - ROOM - len(digest)].decode(errors="ignore") + digest


def _remove_unlocked(path: str) -> None:
    if fcntl is None:
        os.unlink(path)
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    finally:
        os.close(descriptor)
