"""The data sets that have a name, and folders of images, as batches ready to train on."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import mxnet as mx
from mxnet import gluon
from mxnet.gluon.data import vision

from ...data import fashion_mnist_sample
from ...errors import InputError, or_rather
from .batches import BatchOrder, TrainingBatches, shift_and_mirror

__all__ = ["DATA_SETS", "ImageData", "load_images"]


@dataclass(frozen=True)
class ImageData:
    """Images to train and to test on.

    Attributes
    ----------
    name : str
        What it is called.
    train : TrainingBatches
        Batches of images, float32 (batch, channels, height, width) in [0, 1], and labels (batch,), shuffled anew for
        each epoch from the seed alone.
    test : DataLoader
        The same of the test images, in order.
    train_size, test_size : int
        Numbers of images.
    shape : tuple
        (channels, height, width)
    class_names : tuple of str
        By label.
    notice : str or None
        What the user should know, such as that this is not what was asked for.
    """

    name: str
    train: TrainingBatches
    test: gluon.data.DataLoader
    train_size: int
    test_size: int
    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    notice: str | None = None

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.class_names)


DATA_SETS: dict[str, Callable[[bool], Any]] = {
    "fashion-mnist": lambda train: vision.FashionMNIST(train=train),
    "mnist": lambda train: vision.MNIST(train=train),
    "cifar10": lambda train: vision.CIFAR10(train=train),
    "sample": fashion_mnist_sample,
}
CLOTHES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
CLASS_NAMES = {
    "fashion-mnist": CLOTHES,
    "sample": CLOTHES,
    "mnist": tuple("0123456789"),
    "cifar10": ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
}
TEST_PARTS = (
    "test",
    "val",
    "valid",
    "validation",
)  # what the folder of images to test on is called, the first there is
NOT_MIRRORED = ("mnist",)  # the mirror image of a digit is none


def load_images(
    name: str, batch_size: int, side: int | None = None, *, seed: int = 0, augment: bool = False
) -> ImageData:
    """Load a data set, scaled to `side` pixels if that is given.

    Where Fashion-MNIST is not to be had, the sample of it that comes with this package is what you get, and `notice`
    says so.

    Parameters
    ----------
    name : str
        One of `DATA_SETS`, or a folder with the folders `train` and `test` (or `val`), which have a folder of images
        each for every class.
    batch_size : int
    side : int, optional
    seed : int
        Of the order of the training images and of what is done to them.
    augment : bool
        Shift and mirror the training images at random.

    Raises
    ------
    InputError
        If there is no such data set, or it is damaged or not to be had.
    """
    if name not in DATA_SETS and not Path(name).is_dir():
        rather = or_rather(name, DATA_SETS)
        raise InputError(f"no data set is called {name!r}{rather}; there are {', '.join(DATA_SETS)}, or give a folder")
    notice = None
    try:
        train, test, class_names = load_parts(name)
    except (mx.MXNetError, OSError) as error:
        if name != "fashion-mnist" or "cannot be fetched" not in str(error):
            raise InputError(f"{name} cannot be loaded: {error}") from error
        name = "sample"
        train, test, class_names = load_parts(name)
        notice = (
            f"Fashion-MNIST is not to be had here, so this trains on the sample of it that comes with remxnet: "
            f"{len(train)} images instead of 60000. Accuracies will be lower. ({error})"
        )
    for part, dataset in (("training", train), ("test", test)):
        check_labels(f"{name}: the {part} images", dataset, len(class_names))
    steps = [vision.transforms.Resize(side)] if side else []
    transform = vision.transforms.Compose([*steps, vision.transforms.ToTensor()])
    train, test = train.transform_first(transform), test.transform_first(transform)
    try:
        shape = train[0][0].shape
    except mx.MXNetError as error:
        raise InputError(f"{name} cannot be {'scaled' if side else 'read'}: {error}") from error
    augmentation = partial(shift_and_mirror, mirror=name not in NOT_MIRRORED) if augment else None
    return ImageData(
        name=name,
        train=TrainingBatches(train, BatchOrder(len(train), batch_size, seed), augmentation),
        test=gluon.data.DataLoader(test, batch_size),
        train_size=len(train),
        test_size=len(test),
        shape=shape,
        class_names=class_names,
        notice=notice,
    )


def load_parts(name: str) -> tuple[Any, Any, tuple[str, ...]]:
    """The training and the test part of a data set, and the names of its classes."""
    if name in DATA_SETS:
        train, test = (DATA_SETS[name](part) for part in (True, False))
        return train, test, CLASS_NAMES[name]
    part = next((each for each in TEST_PARTS if (Path(name) / each).is_dir()), TEST_PARTS[0])
    train, test = load_folder(Path(name) / "train"), load_folder(Path(name) / part)
    if train.synsets != test.synsets:
        odd = sorted(set(train.synsets) ^ set(test.synsets))[0]
        where = "train" if odd in train.synsets else part
        raise InputError(f"{name}: the class {odd!r} is in {where} alone; train and {part} need the same folders")
    return train, test, tuple(train.synsets)


def load_folder(folder: Path) -> vision.ImageFolderDataset:
    """The images of a folder that has a folder for each class."""
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; a data set of images has the folders train and test (or val)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of files that are no images, such as a README
        dataset = vision.ImageFolderDataset(os.fspath(folder))
    if not len(dataset):
        raise InputError(f"{folder} holds no images: expected a folder of .png or .jpg files for each class")
    return dataset


def check_labels(name: str, dataset: Any, classes: int) -> None:
    """Raise InputError where there are no images, or a label is not the number of a class."""
    if not len(dataset):
        raise InputError(f"{name} are none")
    labels = np.asarray(labels_of(dataset))
    strange = labels[(labels < 0) | (labels >= classes) | (labels != np.floor(labels))]
    if len(strange):
        raise InputError(f"{name} have a label {strange[0]}; expected 0 to {classes - 1}, one of {classes} classes")


def labels_of(dataset: Any) -> Sequence[Any]:
    """All labels, without decoding the images where that can be."""
    if isinstance(dataset, vision.ImageFolderDataset):
        return [label for _, label in dataset.items]
    if hasattr(dataset, "_label"):  # of MXNet's data sets that are downloaded
        return dataset._label
    if isinstance(dataset, gluon.data.ArrayDataset):
        return dataset._data[1]
    return [label for _, label in (dataset[index] for index in range(len(dataset)))]
