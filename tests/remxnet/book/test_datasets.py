import io
import os
import re
import resource
import tarfile
import zipfile

import numpy
import pytest

from mxnet import gluon, nd
from remxnet.book import archives, datasets

PIXELS = numpy.arange(6 * 28 * 28, dtype="uint8").reshape((6, 28, 28, 1))


@pytest.fixture
def few_images(monkeypatch):
    """Six images instead of Fashion-MNIST, and no worker processes."""
    images = gluon.data.ArrayDataset(nd.array(PIXELS, dtype="uint8"), numpy.arange(6, dtype="int32"))
    monkeypatch.setattr(datasets, "fashion_mnist", lambda root: (images, images))
    monkeypatch.setattr(datasets, "get_dataloader_workers", lambda: 0)


def test_labels_have_names():
    assert datasets.get_fashion_mnist_labels([0, 9.0, nd.array([3])]) == ["t-shirt", "ankle boot", "dress"]


@pytest.mark.parametrize(
    ("load", "dtype"),
    [(datasets.load_data_fashion_mnist, "int32"), (datasets.load_data_fashion_mnist_as_floats, "float32")],
)
def test_loaders_give_scaled_images_with_their_channel_first(few_images, load, dtype):
    train, test = load(4)
    assert (len(train), len(test)) == (2, 2)
    X, y = next(iter(test))
    assert X.shape == (4, 1, 28, 28)
    assert X.dtype == numpy.float32
    assert y.dtype == numpy.dtype(dtype)
    assert y.asnumpy().tolist() == [0, 1, 2, 3]
    numpy.testing.assert_allclose(X.asnumpy()[:, 0], PIXELS[:4, ..., 0] / 255.0, rtol=1e-6)


def test_the_training_images_are_shuffled_with_their_labels(few_images):
    numpy.random.seed(3)
    train, _ = datasets.load_data_fashion_mnist(6)
    X, y = next(iter(train))
    order = y.asnumpy().tolist()
    assert order != sorted(order)
    assert sorted(order) == list(range(6))
    numpy.testing.assert_allclose(X.asnumpy()[:, 0], PIXELS[order][..., 0] / 255.0, rtol=1e-6)


def test_images_can_be_resized(few_images):
    pytest.importorskip("cv2")
    _, test = datasets.load_data_fashion_mnist(3, resize=56)
    assert next(iter(test))[0].shape == (3, 1, 56, 56)


def test_download_knows_what_it_has(monkeypatch):
    monkeypatch.setitem(datasets.DATA_HUB, "banana", ("http://localhost/banana.zip", "00"))
    with pytest.raises(KeyError, match="'kaggle' is not in DATA_HUB; it has \\['banana'\\]"):
        datasets.download("kaggle")


class TestArchives:
    @pytest.fixture
    def arrives(self, monkeypatch, tmp_path):
        """Pretend that downloading NAME leaves a given file."""

        def arrange(name, write):
            path = tmp_path / name
            write(path)
            monkeypatch.setattr(datasets, "download", lambda asked: str(path))
            return tmp_path

        return arrange

    @staticmethod
    def tar(*members):
        def write(path):
            with tarfile.open(path, "w") as archive:
                for name, kind in members:
                    member = tarfile.TarInfo(name)
                    member.type, member.linkname, member.size = kind, "/etc/passwd", 2 if kind == tarfile.REGTYPE else 0
                    archive.addfile(member, io.BytesIO(b"hi") if kind == tarfile.REGTYPE else None)

        return write

    def test_a_zip_is_unpacked_beside_itself(self, arrives):
        def write(path):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("house/train.csv", "1,2")

        place = arrives("house.zip", write)
        assert datasets.download_extract("house") == str(place / "house")
        assert (place / "house" / "train.csv").read_text() == "1,2"

    def test_a_tar_is_unpacked_beside_itself(self, arrives):
        place = arrives("house.tar", self.tar(("inner/train.csv", tarfile.REGTYPE)))
        assert datasets.download_extract("house", "inner") == str(place / "inner")
        assert (place / "inner" / "train.csv").read_text() == "hi"

    @pytest.mark.parametrize("member", [("../evil", tarfile.REGTYPE), ("link", tarfile.SYMTYPE)])
    def test_a_tar_does_not_reach_out(self, arrives, member):
        arrives("house.tar", self.tar(member))
        with pytest.raises(ValueError, match="not a plain file inside it"):
            datasets.download_extract("house")

    @staticmethod
    def zip(**members):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, text in members.items():
                archive.writestr(name.replace("__", "/"), text)
        return content.getvalue()

    @pytest.mark.parametrize(
        ("name", "content", "problem"),
        [
            ("a.zip", "method", "compression (type|method)"),
            ("a.zip", "version", "zip file version"),
            ("a.zip", "encrypted", "encrypted"),
            ("a.zip", "cut", "not a zip file"),
            ("a.zip", "crc", "Bad CRC-32"),
            ("a.tar", b"text that is no archive", "could not be opened|truncated|invalid|bad"),
            ("a.tar.gz", "cut tar", "ended before|end of|EOF|unexpected end"),
            ("a.tar.gz", b"\x1f\x8b" + bytes(40), ""),
            ("a.zip", {"n" * 300: "x"}, "File name too long"),
            ("a.zip", {"a": "file", "a__b": "in it"}, "Not a directory|exists|directory"),
            ("a.zip", {"first": "x", "..__evil": "y"}, "'../evil', which is not a plain file inside it"),
            ("a.zip", {"there": "a file where a folder is"}, "'there', which is there already as something else"),
        ],
    )
    def test_a_damaged_archive_is_named_and_leaves_nothing(self, arrives, name, content, problem):
        def write(path):
            data = content
            if isinstance(content, dict):
                data = self.zip(**content)
            elif content == "cut tar":
                compressed = io.BytesIO()
                with tarfile.open(fileobj=compressed, mode="w:gz") as archive:
                    for member in ("first", "second"):
                        header = tarfile.TarInfo(member)
                        header.size = 100_000
                        archive.addfile(header, io.BytesIO(numpy.random.default_rng(0).bytes(100_000)))
                data = compressed.getvalue()[:-50_000]
            elif isinstance(content, str):
                data = bytearray(self.zip(first="x", second="yyyyyyyy"))
                entry = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
                local = data.index(b"PK\3\4", 5)
                if content == "method":
                    data[entry + 10] = data[local + 8] = 77
                elif content == "version":
                    data[entry + 6] = 99
                elif content == "encrypted":
                    data[entry + 8] |= 1
                    data[local + 6] |= 1
                elif content == "crc":
                    data[data.index(b"yyyy")] = ord("z")
                else:
                    data = data[:-10]
            path.write_bytes(bytes(data))

        place = arrives(name, write)
        (place / "there").mkdir()
        with pytest.raises(ValueError, match=rf"download_extract: {re.escape(name)}: .*({problem})"):
            datasets.download_extract("house")
        assert sorted(path.name for path in place.iterdir()) == sorted([name, "there"])

    def test_an_archive_does_not_unpack_to_more_than_it_could_hold(self, arrives, monkeypatch):
        monkeypatch.setattr(archives, "MOST", 10_000)
        for name in ("a.zip", "a.tar.gz"):

            def write(path):
                if path.suffix == ".zip":
                    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                        archive.writestr("zeros", bytes(1_000_000))
                else:
                    with tarfile.open(path, "w:gz") as archive:
                        header = tarfile.TarInfo("zeros")
                        header.size = 1_000_000
                        archive.addfile(header, io.BytesIO(bytes(1_000_000)))

            place = arrives(name, write)
            with pytest.raises(ValueError, match=f"{name}: it unpacks to more than"):
                datasets.download_extract("house")
            assert not (place / "zeros").exists()

    @pytest.mark.skipif(os.name != "posix", reason="limits are POSIX's")
    def test_a_full_disk_is_an_error_of_the_system_and_leaves_nothing(self, arrives):
        place = arrives("a.zip", lambda path: path.write_bytes(self.zip(first="x", second="y" * 5000)))
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        try:
            with pytest.raises(OSError, match=f"File too large: '{place}'"):
                datasets.download_extract("house")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert [path.name for path in place.iterdir()] == ["a.zip"]

    def test_other_files_are_refused(self, arrives):
        arrives("house.rar", lambda path: path.write_bytes(b""))
        with pytest.raises(ValueError, match=r"house\.rar is neither"):
            datasets.download_extract("house")
