"""Fashion-MNIST the way the books load it, and their downloadable data files."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mxnet import gluon
from mxnet.gluon.data import vision

from .archives import unpack
from .arrays import scalar

__all__ = [
    "DATA_HUB",
    "DATA_URL",
    "download",
    "download_all",
    "download_extract",
    "get_dataloader_workers",
    "get_fashion_mnist_labels",
    "load_data_fashion_mnist",
    "load_data_fashion_mnist_as_floats",
]

FASHION_MNIST_LABELS = (
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)

# Name -> (address, SHA-1). A notebook adds its own entries and asks for them by name.
DATA_HUB: dict[str, tuple[str, str]] = {}
DATA_URL = "http://d2l-data.s3-accelerate.amazonaws.com/"


def get_dataloader_workers(num_workers: int = 4) -> int:
    """How many processes a loader should use: none on Windows, where starting one costs more than it brings."""
    return 0 if sys.platform.startswith("win") else num_workers


def get_fashion_mnist_labels(labels: Iterable[Any]) -> list[str]:
    """The names of the classes 0 to 9."""
    return [FASHION_MNIST_LABELS[int(scalar(label))] for label in labels]


def load_data_fashion_mnist(
    batch_size: int, resize: int | None = None, root: str | None = None
) -> tuple[gluon.data.DataLoader, gluon.data.DataLoader]:
    """Loaders for the training and the test images of Fashion-MNIST.

    Parameters
    ----------
    batch_size : int
    resize : int, optional
        Side in pixels to scale the 28×28 images to.
    root : str, optional
        Where the archives are kept; by default where MXNet keeps its data sets.

    Returns
    -------
    Two DataLoaders of (images, labels): float32 (batch, 1, side, side) in [0, 1], and int32 (batch,). The first is
    shuffled.
    """
    return loaders(fashion_mnist(root), batch_size, resize)


def load_data_fashion_mnist_as_floats(
    batch_size: int, resize: int | None = None, root: str | None = None
) -> tuple[gluon.data.DataLoader, gluon.data.DataLoader]:
    """The same with float32 labels, as the older tutorials' loops expect them."""
    train, test = (
        gluon.data.ArrayDataset(images, labels.astype("float32"))
        for images, labels in (dataset[:] for dataset in fashion_mnist(root))
    )
    return loaders((train, test), batch_size, resize)


def fashion_mnist(root: str | None) -> tuple[vision.FashionMNIST, vision.FashionMNIST]:
    """The training and the test set."""
    if root is None:
        return vision.FashionMNIST(train=True), vision.FashionMNIST(train=False)
    place = os.path.expanduser(root)
    return vision.FashionMNIST(root=place, train=True), vision.FashionMNIST(root=place, train=False)


def loaders(
    datasets: tuple[gluon.data.Dataset, gluon.data.Dataset], batch_size: int, resize: int | None
) -> tuple[gluon.data.DataLoader, gluon.data.DataLoader]:
    """A shuffled loader of the first and an ordered one of the second, with images scaled to [0, 1]."""
    steps = [vision.transforms.Resize(resize)] if resize else []
    transform = vision.transforms.Compose([*steps, vision.transforms.ToTensor()])
    train, test = (
        gluon.data.DataLoader(
            dataset.transform_first(transform), batch_size, shuffle=shuffle, num_workers=get_dataloader_workers()
        )
        for dataset, shuffle in zip(datasets, (True, False))
    )
    return train, test


def download(name: str, cache_dir: str = os.path.join("..", "data")) -> str:
    """Fetch the file registered as `name` in `DATA_HUB` unless it is there already, and return its path.

    Raises
    ------
    KeyError
        If `DATA_HUB` has no such name.
    """
    if name not in DATA_HUB:
        raise KeyError(f"download: {name!r} is not in DATA_HUB; it has {sorted(DATA_HUB)}")
    url, sha1 = DATA_HUB[name]
    Path(cache_dir).mkdir(parents=True, exist_ok=True)
    return gluon.utils.download(url, os.path.join(cache_dir, url.rsplit("/", 1)[-1]), sha1_hash=sha1)


def download_extract(name: str, folder: str | None = None) -> str:
    """Fetch and unpack a zip or tar archive; returns the folder it unpacked to, or `folder` beside it.

    Raises
    ------
    ValueError
        If the file is no such archive, is damaged or much too large for its size, or holds what is no plain file inside
        its folder; nothing is unpacked then.
    """
    archive = Path(download(name))
    if archive.suffix not in (".zip", ".tar", ".gz", ".tgz"):
        raise ValueError(f"download_extract: {archive.name} is neither a .zip nor a .tar, .tgz or .tar.gz")
    unpack(archive)
    return str(archive.parent / folder if folder else archive.with_suffix(""))


def download_all() -> None:
    """Fetch everything in `DATA_HUB`."""
    for name in DATA_HUB:
        download(name)
