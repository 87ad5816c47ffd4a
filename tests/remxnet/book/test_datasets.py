import io
import tarfile
import zipfile

import numpy
import pytest

from mxnet import gluon, nd
from remxnet.book import datasets

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

    def test_other_files_are_refused(self, arrives):
        arrives("house.rar", lambda path: path.write_bytes(b""))
        with pytest.raises(ValueError, match=r"house\.rar is neither"):
            datasets.download_extract("house")
