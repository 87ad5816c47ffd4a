"""The data sets that have a name, as loaders of batches ready to train on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mxnet as mx
from mxnet import gluon
from mxnet.gluon.data import vision

from ..data import fashion_mnist_sample
from ..errors import InputError

__all__ = ["DATA_SETS", "ImageData", "load_images"]


@dataclass(frozen=True)
class ImageData:
    """Images to train and to test on.

    Attributes
    ----------
    name : str
        What it is called.
    train, test : DataLoader
        Batches of images, float32 (batch, channels, height, width) in [0, 1], and labels (batch,); the first shuffled.
    train_size, test_size : int
        Numbers of images.
    shape : tuple
        (channels, height, width)
    classes : int
    notice : str or None
        What the user should know, such as that this is not what was asked for.
    """

    name: str
    train: gluon.data.DataLoader
    test: gluon.data.DataLoader
    train_size: int
    test_size: int
    shape: tuple[int, int, int]
    classes: int = 10
    notice: str | None = None


DATA_SETS: dict[str, Callable[[bool], Any]] = {
    "fashion-mnist": lambda train: vision.FashionMNIST(train=train),
    "mnist": lambda train: vision.MNIST(train=train),
    "cifar10": lambda train: vision.CIFAR10(train=train),
    "sample": fashion_mnist_sample,
}


def load_images(name: str, batch_size: int, side: int | None = None) -> ImageData:
    """Load a data set, scaled to `side` pixels if that is given.

    Where Fashion-MNIST is not to be had, the sample of it that comes with this package is what you get, and `notice`
    says so.

    Raises
    ------
    InputError
        If there is no such data set, or it is damaged or not to be had.
    """
    if name not in DATA_SETS:
        raise InputError(f"no data set is called {name!r}; there are {', '.join(DATA_SETS)}")
    notice = None
    try:
        train, test = (DATA_SETS[name](part) for part in (True, False))
    except (mx.MXNetError, OSError) as error:
        if name != "fashion-mnist" or "cannot be fetched" not in str(error):
            raise InputError(f"{name} cannot be loaded: {error}") from error
        name = "sample"
        train, test = (DATA_SETS[name](part) for part in (True, False))
        notice = (
            f"Fashion-MNIST is not to be had here, so this trains on the sample of it that comes with remxnet: "
            f"{len(train)} images instead of 60000. Accuracies will be lower. ({error})"
        )
    steps = [vision.transforms.Resize(side)] if side else []
    transform = vision.transforms.Compose([*steps, vision.transforms.ToTensor()])
    train, test = train.transform_first(transform), test.transform_first(transform)
    try:
        shape = train[0][0].shape
    except mx.MXNetError as error:
        raise InputError(f"{name} cannot be scaled: {error}") from error
    return ImageData(
        name=name,
        train=gluon.data.DataLoader(train, batch_size, shuffle=True),
        test=gluon.data.DataLoader(test, batch_size),
        train_size=len(train),
        test_size=len(test),
        shape=shape,
        notice=notice,
    )
