"""Where Fashion-MNIST comes from: the cache, the system, a server, Debian's package; and what a damaged file does."""

import contextlib
import functools
import gzip
import hashlib
import http.server
import os
import shutil
import struct
import tarfile
import threading

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.data.vision import FashionMNIST, fashion_mnist

NAMES = list(fashion_mnist.FILES)


def idx(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """Four files with a few images each, known by their sums as the real ones are, and nothing else to be found."""
    draw = np.random.RandomState(0)
    contents = {}
    for name in NAMES:
        count = 5 if name.startswith("train") else 3
        shape = (count, 28, 28) if "images" in name else (count,)
        contents[name] = idx(draw.randint(0, 256, shape).astype("uint8"))
    sums = {name: (len(content), hashlib.sha256(content).hexdigest()) for name, content in contents.items()}
    monkeypatch.setattr(fashion_mnist, "FILES", sums)
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.setenv("MXNET_GLUON_REPO", "http://127.0.0.1:9/")
    monkeypatch.setattr(fashion_mnist.shutil, "which", lambda name: None)
    return {name: gzip.compress(content) for name, content in contents.items()}


def put(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


@contextlib.contextmanager
def served(folder, monkeypatch):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_request(self, *args):
            self.server.requests.append(self.path)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        server.requests = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("MXNET_GLUON_REPO", f"http://127.0.0.1:{server.server_port}")
        yield server
        server.shutdown()


def with_programs(tmp_path, monkeypatch, programs):
    """Put shell scripts before the machine's own programs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, lines in programs.items():
        (folder / name).write_text("#!/bin/sh\n" + lines)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(fashion_mnist.shutil, "which", lambda name: name)


def deb(path, files):
    """Write a Debian package: an `ar` archive of three members, the last a compressed tar archive."""
    tar = path.with_suffix(".tar.xz")
    with tarfile.open(tar, "w:xz") as archive:
        for name, content in files.items():
            (path.parent / "member").write_bytes(content)
            archive.add(path.parent / "member", f"./usr/share/datasets/fashion-mnist/{name}")
    with tarfile.open(path.parent / "control.tar.xz", "w:xz"):
        pass
    members = {"debian-binary": b"2.0\n", "control.tar.xz": (path.parent / "control.tar.xz").read_bytes()}
    with open(path, "wb") as out:
        out.write(b"!<arch>\n")
        for name, content in {**members, "data.tar.xz": tar.read_bytes()}.items():
            out.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode() + content)
            out.write(b"\n" * (len(content) % 2))


def test_cache_is_read_and_nothing_else(tiny, tmp_path):
    put(tmp_path / "cache", tiny)
    train, test = (FashionMNIST(str(tmp_path / "cache"), train=part) for part in (True, False))
    assert (len(train), len(test)) == (5, 3)
    image, label = train[1]
    assert image.shape == (28, 28, 1) and image.dtype == np.uint8
    assert label.dtype == np.int32 and isinstance(label, np.int32)


def test_default_cache_follows_the_environment(tiny, tmp_path, monkeypatch):
    put(tmp_path / "home" / "datasets" / "fashion-mnist", tiny)
    monkeypatch.setenv("MXNET_HOME", str(tmp_path / "home"))
    assert len(FashionMNIST()) == 5


def test_system_directory_is_used_where_it_lies(tiny, tmp_path):
    put(tmp_path / "share" / "datasets" / "fashion-mnist", tiny)
    assert len(FashionMNIST(str(tmp_path / "cache"))) == 5
    assert not (tmp_path / "cache").exists()


def test_server_fills_the_cache(tiny, tmp_path, monkeypatch, capsys):
    put(tmp_path / "www" / "gluon" / "dataset" / "fashion-mnist", tiny)
    with served(tmp_path / "www", monkeypatch) as server:
        assert len(FashionMNIST(str(tmp_path / "cache"), train=False)) == 3
        asked = len(server.requests)
        assert len(FashionMNIST(str(tmp_path / "cache"), train=False)) == 3
        assert len(server.requests) == asked
    assert sorted(os.listdir(tmp_path / "cache")) == [n for n in sorted(NAMES) if n.startswith("t10k")]
    assert "Downloading" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="dpkg-deb unpacks Debian packages")
@pytest.mark.parametrize("lists_missing", [False, True])
def test_debian_package_fills_the_cache(tiny, tmp_path, monkeypatch, lists_missing):
    deb(tmp_path / "package.deb", tiny)
    copy = f"cp {tmp_path}/package.deb dataset-fashion-mnist_1_all.deb"
    if lists_missing:
        # nothing is found without lists; the options that name others come before the command
        copy = f'case "$2$6" in download*) echo "E: no such package" >&2; exit 100;; *update) ;; *) {copy};; esac'
    with_programs(tmp_path, monkeypatch, {"apt-get": copy})
    assert len(FashionMNIST(str(tmp_path / "cache"))) == 5
    assert sorted(os.listdir(tmp_path / "cache")) == sorted(NAMES)


def test_nowhere_to_be_had_names_every_source(tiny, tmp_path):
    with pytest.raises(
        mx.MXNetError, match=r"cannot be fetched; looked in .*cache.*MXNet's server: .*Debian's package: no apt-get"
    ):
        FashionMNIST(str(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


def test_apt_error_is_told(tiny, tmp_path, monkeypatch):
    failing = 'echo "E: Could not resolve deb.debian.org" >&2; exit 100'
    with_programs(tmp_path, monkeypatch, {"apt-get": failing, "dpkg-deb": "exit 1"})
    with pytest.raises(mx.MXNetError, match="Debian's package: apt-get update: E: Could not resolve deb.debian.org"):
        FashionMNIST(str(tmp_path / "cache"))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda content: b"no archive", "is damaged: .* is not a valid gzip file"),
        (lambda content: content[:-20], "is damaged: .* is not a valid gzip file"),
        (lambda content: b"", "is damaged"),
        (lambda content: gzip.compress(b"other"), "is damaged: its content has SHA-256 sum"),
        (lambda content: gzip.compress(gzip.decompress(content) + b"x"), "is damaged: .* holds more than"),
        (lambda content: gzip.compress(bytes(1 << 26)), "is damaged: .* holds more than"),
    ],
)
@pytest.mark.parametrize("where", ["cache", "share/datasets/fashion-mnist", "server"])
def test_damaged_archive_is_an_error_and_stays(tiny, tmp_path, monkeypatch, damage, problem, where):
    name = "train-labels-idx1-ubyte.gz"
    damaged = {**tiny, name: damage(tiny[name])}
    if where == "server":
        put(tmp_path / "www" / "gluon" / "dataset" / "fashion-mnist", damaged)
        with served(tmp_path / "www", monkeypatch), pytest.raises(mx.MXNetError, match=problem):
            FashionMNIST(str(tmp_path / "cache"))
        assert not (tmp_path / "cache" / name).exists()
        return
    put(tmp_path / where, damaged)
    with pytest.raises(mx.MXNetError, match=problem):
        FashionMNIST(str(tmp_path / "cache"))
    assert (tmp_path / where / name).read_bytes() == damaged[name]


def test_half_a_download_leaves_no_file(tiny, tmp_path, monkeypatch):
    class Short(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Short) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("MXNET_GLUON_REPO", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(mx.MXNetError, match="the connection ended after 4 of 1000 bytes"):
            FashionMNIST(str(tmp_path / "cache"))
        server.shutdown()
    assert not (tmp_path / "cache").exists()
