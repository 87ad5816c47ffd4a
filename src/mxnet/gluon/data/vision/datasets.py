"""Image data sets: MNIST and its family, CIFAR, folders of images and RecordIO files of images.

A sample is an image, an NDArray of uint8 with height × width × channels, and a label.
"""

from __future__ import annotations

import os
import tarfile
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .... import image, ndarray
from ....base import MXNetError, data_dir
from ....recordio import unpack
from ....serialization import idx
from ....serialization.files import replacing
from ....util import is_np_array
from ...utils import _get_repo_file_url, check_sha1, download
from .. import dataset
from . import fashion_mnist

__all__ = ["CIFAR10", "CIFAR100", "MNIST", "FashionMNIST", "ImageFolderDataset", "ImageRecordDataset"]

Transform = Callable[[Any, Any], Any]

LARGEST_IDX_FILE = 1 << 28  # bytes, decompressed; four times what MNIST's family holds


def _default_root(name: str) -> str:
    return os.path.join(data_dir(), "datasets", name)


def _arrays(images: np.ndarray, labels: np.ndarray) -> tuple[Any, Any]:
    """Give images and labels as MXNet's data sets hold them: labels stay in NumPy unless its semantics are in force."""
    if is_np_array():
        from .... import numpy as mxnet_numpy

        return mxnet_numpy.array(images, dtype="uint8"), mxnet_numpy.array(labels, dtype="int32")
    return ndarray.array(images, dtype="uint8"), labels


def _check_sum(path: str, sha1: str) -> None:
    if not check_sha1(path, sha1):
        raise MXNetError(
            f"{path!r} is damaged: its SHA-1 sum is not {sha1}; remove the file to have it downloaded again"
        )


def _obtained(root: str, namespace: str, name: str, sha1: str) -> str:
    """Give the path of a data set's file, downloaded where it is missing."""
    path = os.path.join(root, name)
    if os.path.exists(path):
        _check_sum(path, sha1)
        return path
    return download(_get_repo_file_url(f"gluon/dataset/{namespace}", name), path=path, sha1_hash=sha1, retries=1)


class MNIST(dataset._DownloadedDataset):
    """Handwritten digits: 60000 for training and 10000 for testing, 28 × 28 × 1.

    Parameters
    ----------
    root : str
        The folder of the four files; ``~/.mxnet/datasets/mnist`` (``$MXNET_HOME/datasets/mnist``) by default.
    train : bool
        The training or the test images.
    transform : callable, optional
        Applied to image and label at each access.

    Raises
    ------
    MXNetError
        A file is damaged, or is missing and cannot be downloaded.
    """

    def __init__(self, root: str | None = None, train: bool = True, transform: Transform | None = None):
        self._train = train
        self._train_data = ("train-images-idx3-ubyte.gz", "6c95f4b05d2bf285e1bfb0e7960c31bd3b3f8a7d")
        self._train_label = ("train-labels-idx1-ubyte.gz", "2a80914081dc54586dbdf242f9805a6b8d2a15fc")
        self._test_data = ("t10k-images-idx3-ubyte.gz", "c3a25af1f52dad7f726cce8cacb138654b760d48")
        self._test_label = ("t10k-labels-idx1-ubyte.gz", "763e7fa3757d93b0cdec073cef058b2004252c17")
        self._namespace = "mnist"
        super().__init__(_default_root("mnist") if root is None else root, transform)

    def _get_data(self) -> None:
        files = (self._train_data, self._train_label) if self._train else (self._test_data, self._test_label)
        paths = [_obtained(self._root, self._namespace, *file) for file in files]
        self._set(paths[0], *(idx.decompress(path, LARGEST_IDX_FILE) for path in paths))

    def _set(self, name: str, images: bytes, labels: bytes) -> None:
        pixels, classes = idx.parse(images, name), idx.parse(labels, name)
        if pixels.ndim != 3 or classes.ndim != 1 or len(pixels) != len(classes):
            raise MXNetError(f"{name!r} holds images of shape {pixels.shape} for labels of shape {classes.shape}")
        self._data, self._label = _arrays(pixels[..., None], classes.astype(np.int32))


class FashionMNIST(MNIST):
    """Zalando's pictures of clothes in ten classes: 60000 for training and 10000 for testing, 28 × 28 × 1.

    The files are taken from `root`, else from where the system's packages put them, else they are downloaded from
    MXNet's server, else taken out of Debian's package `dataset-fashion-mnist`, which `apt-get` downloads; what was
    downloaded is kept in `root`.

    Parameters
    ----------
    root : str
        The folder of the four files; ``~/.mxnet/datasets/fashion-mnist`` (``$MXNET_HOME/datasets/fashion-mnist``) by
        default.
    train : bool
        The training or the test images.
    transform : callable, optional
        Applied to image and label at each access.

    Raises
    ------
    MXNetError
        A file is damaged, which is told by the SHA-256 sum of its content; or it is nowhere to be had.

    References
    ----------
    H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
    Algorithms", arXiv:1708.07747.
    """

    def __init__(self, root: str | None = None, train: bool = True, transform: Transform | None = None):
        super().__init__(_default_root("fashion-mnist") if root is None else root, train, transform)

    def _get_data(self) -> None:
        self._namespace = "fashion-mnist"
        part = "train" if self._train else "t10k"
        names = [f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"]
        self._set(names[0], *fashion_mnist.contents(self._root, names))


class CIFAR10(dataset._DownloadedDataset):
    """Small photographs in ten classes: 50000 for training and 10000 for testing, 32 × 32 × 3.

    Parameters
    ----------
    root : str
        The folder of the binary files; ``~/.mxnet/datasets/cifar10`` (``$MXNET_HOME/datasets/cifar10``) by default.
    train : bool
        The training or the test images.
    transform : callable, optional
        Applied to image and label at each access.

    Raises
    ------
    MXNetError
        A file is damaged, or is missing and cannot be downloaded.
    """

    _label_bytes = 1

    def __init__(self, root: str | None = None, train: bool = True, transform: Transform | None = None):
        self._train = train
        self._archive_file = ("cifar-10-binary.tar.gz", "fab780a1e191a7eda0f345501ccd62d20f7ed891")
        self._train_data = [
            ("data_batch_1.bin", "aadd24acce27caa71bf4b10992e9e7b2d74c2540"),
            ("data_batch_2.bin", "c0ba65cce70568cd57b4e03e9ac8d2a5367c1795"),
            ("data_batch_3.bin", "1dd00a74ab1d17a6e7d73e185b69dbf31242f295"),
            ("data_batch_4.bin", "aab85764eb3584312d3c7f65fd2fd016e36a258e"),
            ("data_batch_5.bin", "26e2849e66a845b7f1e4614ae70f4889ae604628"),
        ]
        self._test_data = [("test_batch.bin", "67eb016db431130d61cd03c7ad570b013799c88c")]
        self._namespace = "cifar10"
        super().__init__(_default_root("cifar10") if root is None else root, transform)

    def _read_batch(self, filename: str) -> tuple[np.ndarray, np.ndarray]:
        """Read one file: rows of the label's bytes and 3 × 32 × 32 bytes of an image."""
        content = np.fromfile(filename, dtype=np.uint8)
        width = self._label_bytes + 3 * 32 * 32
        if content.size == 0 or content.size % width:
            raise MXNetError(f"{filename!r} holds {content.size} bytes, expected a multiple of {width}")
        rows = content.reshape(-1, width)
        images = rows[:, self._label_bytes :].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        return images, rows[:, self._label_index()].astype(np.int32)

    def _label_index(self) -> int:
        return 0

    def _get_data(self) -> None:
        files = self._train_data + self._test_data
        missing = [name for name, _ in files if not os.path.exists(os.path.join(self._root, name))]
        if missing:
            archive = _obtained(self._root, self._namespace, *self._archive_file)
            _extract(archive, self._root, {name for name, _ in files})
        for name, sha1 in files:
            _check_sum(os.path.join(self._root, name), sha1)
        wanted = self._train_data if self._train else self._test_data
        batches = [self._read_batch(os.path.join(self._root, name)) for name, _ in wanted]
        images, labels = (np.concatenate(parts) for parts in zip(*batches))
        self._data, self._label = _arrays(images, labels)


class CIFAR100(CIFAR10):
    """Small photographs in a hundred classes and twenty coarse ones: 50000 for training, 10000 for testing.

    Parameters
    ----------
    root : str
        The folder of the binary files; ``~/.mxnet/datasets/cifar100`` (``$MXNET_HOME/datasets/cifar100``) by default.
    fine_label : bool
        Whether labels are the hundred classes or the twenty.
    train : bool
        The training or the test images.
    transform : callable, optional
        Applied to image and label at each access.

    Raises
    ------
    MXNetError
        A file is damaged, or is missing and cannot be downloaded.
    """

    _label_bytes = 2

    def __init__(
        self,
        root: str | None = None,
        fine_label: bool = False,
        train: bool = True,
        transform: Transform | None = None,
    ):
        self._train = train
        self._archive_file = ("cifar-100-binary.tar.gz", "a0bb982c76b83111308126cc779a992fa506b90b")
        self._train_data = [("train.bin", "e207cd2e05b73b1393c74c7f5e7bea451d63e08e")]
        self._test_data = [("test.bin", "8fb6623e830365ff53cf14adec797474f5478006")]
        self._fine_label = fine_label
        self._namespace = "cifar100"
        super(CIFAR10, self).__init__(_default_root("cifar100") if root is None else root, transform)

    def _label_index(self) -> int:
        return int(self._fine_label)


def _extract(archive: str, root: str, names: set[str]) -> None:
    """Take files out of an archive by their last names, wherever they lie in it."""
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = os.path.basename(member.name)
                content = tar.extractfile(member) if name in names and member.isfile() else None
                if content is not None:
                    with replacing(os.path.join(root, name)) as out:
                        while chunk := content.read(1 << 20):
                            out.write(chunk)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise MXNetError(f"cannot unpack {archive!r}: {error}") from error
    missing = sorted(name for name in names if not os.path.exists(os.path.join(root, name)))
    if missing:
        raise MXNetError(f"{archive!r} does not hold {', '.join(missing)}")


class ImageRecordDataset(dataset.RecordFileDataset):
    """The images of a RecordIO file, with the labels in their headers.

    Parameters
    ----------
    filename : str
        The `.rec` file; its index has the same name with the suffix `.idx`.
    flag : {1, 0}
        1 for three channels, 0 for grey.
    transform : callable, optional
        Applied to image and label at each access.
    """

    def __init__(self, filename: str, flag: int = 1, transform: Transform | None = None):
        super().__init__(filename)
        self._flag = flag
        self._transform = transform

    def __getitem__(self, idx: int) -> Any:
        header, encoded = unpack(super().__getitem__(idx))
        pixels = image.imdecode(encoded, self._flag)
        if self._transform is not None:
            return self._transform(pixels, header.label)
        return pixels, header.label


class ImageFolderDataset(dataset.Dataset):
    """The images of a folder that has one folder for each class; classes are numbered in their names' order.

    Parameters
    ----------
    root : str
        The folder.
    flag : {1, 0}
        1 for three channels, 0 for grey.
    transform : callable, optional
        Applied to image and label at each access.

    Attributes
    ----------
    synsets : list of str
        The classes' names.
    items : list of (str, int)
        The images' paths and labels.
    """

    def __init__(self, root: str, flag: int = 1, transform: Transform | None = None):
        self._root = os.path.expanduser(root)
        self._flag = flag
        self._transform = transform
        self._exts = [".jpg", ".jpeg", ".png"]
        self.synsets: list[str] = []
        self.items: list[tuple[str, int]] = []
        self._list_images(self._root)

    def _list_images(self, root: str) -> None:
        for folder in sorted(os.listdir(root)):
            path = os.path.join(root, folder)
            if not os.path.isdir(path):
                warnings.warn(f"ImageFolderDataset: {path} is no folder and is left out", stacklevel=3)
                continue
            label = len(self.synsets)
            self.synsets.append(folder)
            for filename in sorted(os.listdir(path)):
                self._list_image(os.path.join(path, filename), label)

    def _list_image(self, path: str, label: int) -> None:
        if os.path.splitext(path)[1].lower() in self._exts:
            self.items.append((path, label))
        else:
            known = ", ".join(self._exts)
            warnings.warn(f"ImageFolderDataset: {path} is none of {known} and is left out", stacklevel=4)

    def __getitem__(self, idx: int) -> Any:
        path, label = self.items[idx]
        pixels = image.imread(path, self._flag)
        if self._transform is not None:
            return self._transform(pixels, label)
        return pixels, label

    def __len__(self) -> int:
        return len(self.items)
