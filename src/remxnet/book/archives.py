"""Zip and tar archives, unpacked whole or not at all."""

import errno
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["unpack"]

MOST_FOR_ITS_SIZE = 100  # times the size of the archive, or
MOST = 1 << 30  # bytes, if that is more
SYSTEM = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.EFBIG)


def unpack(archive: Path) -> None:
    """Unpack an archive beside itself: plain files and folders, none outside; nothing if anything is wrong with it.

    Raises
    ------
    ValueError
        It is damaged, encrypted, of a kind that cannot be read, much too large for its size, or holds what is no plain
        file in its folder.
    OSError
        The files cannot be written.
    """
    place = archive.parent.resolve()
    with damage_named(archive), tempfile.TemporaryDirectory(dir=place, prefix=".unpacking-") as folder:
        if archive.suffix == ".zip":
            unpack_zip(archive, Path(folder), place)
        else:
            unpack_tar(archive, Path(folder), place)
        put_in_place(Path(folder), place)


@contextmanager
def damage_named(archive: Path) -> Iterator[None]:
    """Turn whatever a damaged archive raises into a ValueError that names it."""
    try:
        yield
    except OSError as error:
        if error.errno in SYSTEM:
            raise OSError(error.errno, error.strerror, os.fspath(archive.parent)) from error
        raise ValueError(f"download_extract: {archive.name}: {error.strerror or error}") from error
    except Exception as error:  # of zipfile, tarfile and three decompressors
        raise ValueError(f"download_extract: {archive.name}: {error or type(error).__name__}") from error


def unpack_zip(archive: Path, folder: Path, place: Path) -> None:
    """Unpack a zip archive into a folder."""
    room = Room(archive)
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            room.take(member.file_size)
            check_inside(member.filename, place)
        opened.extractall(folder)


def unpack_tar(archive: Path, folder: Path, place: Path) -> None:
    """Unpack a tar archive, compressed or not, into a folder."""
    room = Room(archive)
    with tarfile.open(archive) as opened:
        for member in opened:
            if not (member.isfile() or member.isdir()):
                raise ValueError(f"it holds {member.name!r:.200}, which is not a plain file inside it")
            check_inside(member.name, place)
            room.take(member.size)
        opened.extraction_filter = getattr(tarfile, "data_filter", tarfile.TarFile.extraction_filter)
        opened.extractall(folder)


def check_inside(name: str, place: Path) -> None:
    """Raise ValueError where a member would be outside."""
    if not (place / name).resolve().is_relative_to(place):
        raise ValueError(f"it holds {name!r:.200}, which is not a plain file inside it")


class Room:
    """How much an archive may still unpack to."""

    def __init__(self, archive: Path) -> None:
        self.left = min(max(MOST, MOST_FOR_ITS_SIZE * archive.stat().st_size), shutil.disk_usage(archive.parent).free)

    def take(self, size: int) -> None:
        """Count a member."""
        self.left -= size
        if self.left < 0:
            raise ValueError("it unpacks to more than there is room for, or than an archive of its size holds")


def put_in_place(folder: Path, place: Path) -> None:
    """Move everything in a folder to the same place in another; what cannot go there is found before the first move."""
    found = sorted(path for path in folder.rglob("*"))
    for path in found:
        target = place / path.relative_to(folder)
        if target.exists() and target.is_dir() != path.is_dir():
            raise ValueError(f"it holds {str(target.relative_to(place))!r}, which is there already as something else")
    for path in found:
        target = place / path.relative_to(folder)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            os.replace(path, target)
