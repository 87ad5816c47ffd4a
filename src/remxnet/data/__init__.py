"""A sample of Fashion-MNIST that comes with the package, for machines that cannot fetch the whole.

The first 600 training and the first 100 test images of each class: real images, but a tenth of them. Whoever uses the
sample in place of the whole says so. The images are Zalando's, under the MIT licence in this folder.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import mxnet as mx
from mxnet.gluon.data import ArrayDataset
from mxnet.serialization import idx

__all__ = ["fashion_mnist_sample"]

FOLDER = Path(__file__).parent
LARGEST_FILE = 1 << 24  # bytes, decompressed


def fashion_mnist_sample(train: bool = True) -> ArrayDataset:
    """Load the sample.

    Parameters
    ----------
    train : bool
        The 6000 training or the 1000 test images, as many of each class.

    Returns
    -------
    ArrayDataset
        Of images, uint8 with 28 × 28 × 1, and labels, int32, as those of `gluon.data.vision.FashionMNIST`.

    Examples
    --------
    >>> import remxnet.data
    >>> images = remxnet.data.fashion_mnist_sample(train=False)
    >>> image, label = images[0]
    >>> len(images), image.shape, int(label)
    (1000, (28, 28, 1), 9)
    """
    part = "train" if train else "t10k"
    images, labels = (
        idx.parse(idx.decompress(FOLDER / name, LARGEST_FILE), name)
        for name in (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz")
    )
    return ArrayDataset(mx.nd.array(images[..., None], dtype="uint8"), labels.astype(np.int32))
