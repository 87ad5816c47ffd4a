"""Files and data sets to test with: what is there is used, and what is damaged is refused."""

from __future__ import annotations

import bz2
import gzip
import zipfile

import numpy as np
import pytest

import mxnet as mx
from mxnet.test_utils import datasets


@pytest.fixture
def mnist(tmp_path, monkeypatch):
    """A folder to work in, and a small MNIST in the place of the real one."""
    root = tmp_path / "mnist"
    root.mkdir()
    for part, count in (("train", 6), ("t10k", 4)):
        pixels = np.arange(count * 784).astype("uint8").tobytes()
        head = bytes([0, 0, 8, 3]) + b"".join(each.to_bytes(4, "big") for each in (count, 28, 28))
        for name, content in (
            ("images-idx3", head + pixels),
            ("labels-idx1", bytes([0, 0, 8, 1]) + count.to_bytes(4, "big") + bytes(range(count))),
        ):
            with gzip.open(root / f"{part}-{name}-ubyte.gz", "wb") as stream:
                stream.write(content)

    class Small(datasets.MNIST):
        _sums = dict.fromkeys(datasets.MNIST._sums)

        def __init__(self, train=True):
            super().__init__(str(root), train)

        def _get_data(self):
            paths = [str(root / name) for name in self._names]
            self._set(paths[0], *(datasets.idx.decompress(path, 1 << 20) for path in paths))

    monkeypatch.setattr(datasets, "MNIST", Small)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_mnist_in_memory(mnist):
    found = mx.test_utils.get_mnist()
    assert list(found) == ["train_data", "train_label", "test_data", "test_label"]
    assert found["train_data"].shape == (6, 1, 28, 28)
    assert found["train_data"].dtype == np.float32
    assert found["train_data"].max() == 1
    assert found["test_label"].tolist() == [0, 1, 2, 3]
    assert found["test_label"].dtype == np.int8


def test_iterators_over_mnist(mnist):
    train, test = mx.test_utils.get_mnist_iterator(2, (784,))
    assert (mnist / "data" / "t10k-images-idx3-ubyte").exists()
    assert sorted(int(each) for batch in train for each in batch.label[0].asnumpy()) == list(range(6))
    assert [batch.label[0].asnumpy().tolist() for batch in test] == [[0, 1], [2, 3]]
    assert train.provide_data[0].shape == (2, 784)
    pictures, _ = mx.test_utils.get_mnist_iterator(1, (1, 28, 28), num_parts=2, part_index=1)
    assert pictures.provide_data[0].shape == (1, 1, 28, 28)
    assert len(list(pictures)) == 3


def test_what_is_there_is_not_downloaded(tmp_path):
    (tmp_path / "a.txt").write_text("here")
    found = mx.test_utils.download("http://localhost:1/x/a.txt", dirname=str(tmp_path))
    assert found == str(tmp_path / "a.txt")


def test_archives(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("folder/a.txt", "inside")
    mx.test_utils.get_zip_data(str(tmp_path), "http://localhost:1/a.zip", "a.zip")
    assert (tmp_path / "folder" / "a.txt").read_text() == "inside"
    (tmp_path / "b.bz2").write_bytes(bz2.compress(b"inside"))
    mx.test_utils.get_bz2_data(str(tmp_path), "b", "http://localhost:1/b.bz2", "b.bz2")
    assert (tmp_path / "b").read_bytes() == b"inside"


def test_archives_that_cannot_be(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../a.txt", "outside")
    with pytest.raises(mx.MXNetError, match="has a file '../a.txt' outside of its folder"):
        mx.test_utils.get_zip_data(str(tmp_path), "http://localhost:1/a.zip", "a.zip")
    for name in ("b.zip", "b.bz2"):
        (tmp_path / name).write_bytes(b"neither")
    with pytest.raises(mx.MXNetError, match="is no zip archive"):
        mx.test_utils.get_zip_data(str(tmp_path), "http://localhost:1/b.zip", "b.zip")
    with pytest.raises(mx.MXNetError, match="is not a valid bzip2 file"):
        mx.test_utils.get_bz2_data(str(tmp_path), "c", "http://localhost:1/b.bz2", "b.bz2")
    assert not (tmp_path / "c").exists()


def test_the_program_that_packs_images_is_not_here():
    with pytest.raises(mx.MXNetError, match="tells no folder with tools/im2rec.py"):
        mx.test_utils.get_im2rec_path("REMXNET_NOWHERE")
