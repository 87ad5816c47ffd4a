"""The embedded sample of Fashion-MNIST."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

import remxnet.data
from mxnet.base import data_dir
from mxnet.gluon.data.vision import fashion_mnist
from mxnet.serialization import idx

FOLDER = Path(remxnet.data.__file__).parent


@pytest.mark.parametrize(("train", "count"), [(True, 6000), (False, 1000)])
def test_sample_is_balanced(train, count):
    sample = remxnet.data.fashion_mnist_sample(train=train)
    assert len(sample) == count
    assert np.bincount([int(label) for _, label in (sample[i] for i in range(count))]).tolist() == [count // 10] * 10
    image, label = sample[0]
    assert image.shape == (28, 28, 1) and image.dtype == np.uint8 and isinstance(label, np.int32)


def test_sample_is_small_and_has_its_licence():
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 4_000_000
    assert "Zalando SE" in (FOLDER / "LICENSE").read_text()


@pytest.mark.parametrize("part", ["train", "t10k"])
def test_sample_is_a_part_of_the_whole(part):
    """Where the whole is on this machine."""
    root = os.path.join(data_dir(), "datasets", "fashion-mnist")
    names = [f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"]
    if not all(fashion_mnist._on_this_machine(root, name) for name in names):
        pytest.skip("Fashion-MNIST is not on this machine")
    images, labels = (idx.parse(content, "whole") for content in fashion_mnist.contents(root, names))
    sample, classes = (idx.parse(gzip.decompress((FOLDER / name).read_bytes()), name) for name in names)
    first = np.sort(np.concatenate([np.flatnonzero(labels == c)[: len(classes) // 10] for c in range(10)]))
    np.testing.assert_array_equal(sample, images[first])
    np.testing.assert_array_equal(classes, labels[first])
