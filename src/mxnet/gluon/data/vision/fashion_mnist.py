"""Where the four files of Fashion-MNIST come from, and how they are checked.

Looked for in this order: the cache; the system's data directories, where Debian's package `dataset-fashion-mnist`
puts them; MXNet's server; that Debian package, downloaded by `apt-get` without installing it. A file is known by the
SHA-256 sum of what it holds, since archives of the same data differ from one compressor to the next.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from typing import IO

from ....base import MXNetError, brief
from ....serialization.files import replacing
from ....serialization.idx import decompress
from ...utils import _get_repo_file_url, download

#: name of a file -> bytes it holds, and their SHA-256 sum
FILES = {
    "train-images-idx3-ubyte.gz": (47040016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
    "train-labels-idx1-ubyte.gz": (60008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
    "t10k-images-idx3-ubyte.gz": (7840016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
    "t10k-labels-idx1-ubyte.gz": (10008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
}
NAMESPACE = "gluon/dataset/fashion-mnist"
PACKAGE = "dataset-fashion-mnist"
SECONDS_FOR_APT = 600


def contents(root: str, names: Iterable[str]) -> list[bytes]:
    """Give what files of Fashion-MNIST hold, decompressed, wherever they are to be had.

    Parameters
    ----------
    root
        The cache; what had to be fetched is kept here.
    names
        Of `FILES`.

    Raises
    ------
    MXNetError
        A file is damaged (it is left as it is), or is nowhere to be had.
    """
    found = {name: path for name in names for path in [_on_this_machine(root, name)] if path is not None}
    missing = [name for name in names if name not in found]
    if missing:
        found.update({name: os.path.join(root, name) for name in _fetch(root, missing)})
    return [verified(found[name], name) for name in names]


def verified(path: str, name: str) -> bytes:
    """Give what an archive holds if it is the file of this name.

    Raises
    ------
    MXNetError
        It is not, or is damaged.
    """
    size, expected = FILES[name]
    try:
        content = decompress(path, size)
    except MXNetError as error:
        raise MXNetError(
            f"Fashion-MNIST: {path!r} is damaged: {brief(error)}; remove the file to have it fetched again"
        ) from error
    got = hashlib.sha256(content).hexdigest()
    if got != expected:
        raise MXNetError(
            f"Fashion-MNIST: {path!r} is damaged: its content has SHA-256 sum {got}, expected {expected}; "
            "remove the file to have it fetched again"
        )
    return content


def system_directories() -> list[str]:
    """Give the folders in which the system's packages put the data set."""
    data = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [os.path.join(folder, "datasets", "fashion-mnist") for folder in data.split(":") if folder]


def _on_this_machine(root: str, name: str) -> str | None:
    paths = [os.path.join(folder, name) for folder in (root, *system_directories())]
    return next((path for path in paths if os.path.exists(path)), None)


def _fetch(root: str, names: list[str]) -> list[str]:
    """Put files into the cache and give their names: the missing ones, or all four."""
    try:
        for name in names:
            _fetch_from_server(root, name)
        return names
    except _UnavailableError as error:
        no_server = error
    try:
        return _fetch_from_debian(root)
    except _UnavailableError as error:
        raise MXNetError(
            f"Fashion-MNIST is not on this machine and cannot be fetched; looked in {root!r} and "
            f"{', '.join(map(repr, system_directories()))}; MXNet's server: {no_server}; Debian's package: {error}"
        ) from error


class _UnavailableError(Exception):
    """A source does not have the files, or cannot be reached."""


def _fetch_from_server(root: str, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            path = download(_get_repo_file_url(NAMESPACE, name), path=os.path.join(folder, name), retries=1)
        except MXNetError as error:
            raise _UnavailableError(error) from error
        try:
            verified(path, name)
        except MXNetError as error:
            raise MXNetError(f"{error}; it came from {_get_repo_file_url(NAMESPACE, name)}") from error
        with open(path, "rb") as archive:
            _keep(root, name, archive)


def _fetch_from_debian(root: str) -> list[str]:
    """Download Debian's package, without installing it, and take the four files out."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise _UnavailableError("no apt-get and dpkg-deb here")
    with tempfile.TemporaryDirectory() as folder:
        print(f"Downloading Debian's package {PACKAGE} with apt-get...", flush=True)
        _apt_download(folder)
        packages = [name for name in os.listdir(folder) if name.endswith(".deb")]
        if len(packages) != 1:
            raise _UnavailableError(f"apt-get download gave {packages or 'nothing'}")
        _unpack(os.path.join(folder, packages[0]), folder)
        for name in FILES:
            path = os.path.join(folder, name)
            if not os.path.exists(path):
                raise MXNetError(f"Fashion-MNIST: {packages[0]} holds no {name}")
            verified(path, name)
        for name in FILES:
            with open(os.path.join(folder, name), "rb") as archive:
                _keep(root, name, archive)
    return list(FILES)


def _apt_download(folder: str) -> None:
    """Run `apt-get download`; where the machine has no package lists, with lists fetched into the same folder."""
    try:
        _apt(folder, "download", PACKAGE)
        return
    except _UnavailableError:
        lists, cache = os.path.join(folder, "lists"), os.path.join(folder, "cache")
        os.makedirs(os.path.join(lists, "partial"))
        os.makedirs(os.path.join(cache, "archives", "partial"))
        own = ("-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={cache}")
    _apt(folder, *own, "update")
    _apt(folder, *own, "download", PACKAGE)


def _apt(folder: str, *arguments: str) -> None:
    try:
        subprocess.run(
            ["apt-get", "-q", *arguments],
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            text=True,
            timeout=SECONDS_FOR_APT,
        )
    except subprocess.CalledProcessError as error:
        told = [line for line in error.stderr.splitlines() if line.startswith("E:")] or [f"exit {error.returncode}"]
        raise _UnavailableError(
            f"apt-get {arguments[-1]}: {told[-1] if told else f'exit {error.returncode}'}"
        ) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _UnavailableError(f"apt-get {arguments[-1]}: {error}") from error


def _unpack(package: str, folder: str) -> None:
    """Take the four files out of a `.deb`, and nothing else."""
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as unpacker:
        assert unpacker.stdout is not None
        try:
            with tarfile.open(fileobj=unpacker.stdout, mode="r|") as tar:
                for member in tar:
                    name = os.path.basename(member.name)
                    content = tar.extractfile(member) if name in FILES and member.isfile() else None
                    if content is not None:
                        with open(os.path.join(folder, name), "wb") as out:
                            shutil.copyfileobj(content, out)
        except tarfile.TarError as error:
            raise MXNetError(f"Fashion-MNIST: {os.path.basename(package)} is damaged: {brief(error)}") from error


def _keep(root: str, name: str, archive: IO[bytes]) -> None:
    try:
        os.makedirs(root, exist_ok=True)
        with replacing(os.path.join(root, name)) as out:
            shutil.copyfileobj(archive, out)
    except OSError as error:
        raise MXNetError(f"Fashion-MNIST: cannot write to {root!r}: {error.strerror or error}") from error
