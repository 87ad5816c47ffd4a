"""Image data sets: MNIST and its family, CIFAR, folders of images and RecordIO files of images.

A sample is an image, an NDArray of uint8 with height × width × channels, and a label.
"""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .... import image, ndarray
from ...._tracebacks import warn
from ....base import MXNetError, brief, data_dir
from ....recordio import unpack
from ....serialization import idx
from ....serialization.files import replacing
from ....util import is_np_array
from ...utils import _get_repo_file_url, check_sha1, download
from .. import dataset
from . import fashion_mnist

__all__ = ["CIFAR10", "CIFAR100", "MNIST", "FashionMNIST", "ImageFolderDataset", "ImageRecordDataset"]

Transform = Callable[[Any, Any], Any]

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png")
LARGEST_IDX_FILE = 1 << 28  # bytes, decompressed; four times what MNIST's family holds


def _folder(root: str | None, name: str) -> str:
    return os.path.join(data_dir(), "datasets", name) if root is None else root


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

    _folder_name = "mnist"
    _sums = {
        "train-images-idx3-ubyte.gz": "6c95f4b05d2bf285e1bfb0e7960c31bd3b3f8a7d",
        "train-labels-idx1-ubyte.gz": "2a80914081dc54586dbdf242f9805a6b8d2a15fc",
        "t10k-images-idx3-ubyte.gz": "c3a25af1f52dad7f726cce8cacb138654b760d48",
        "t10k-labels-idx1-ubyte.gz": "763e7fa3757d93b0cdec073cef058b2004252c17",
    }

    def __init__(self, root: str | None = None, train: bool = True, transform: Transform | None = None):
        part = "train" if train else "t10k"
        self._names = [f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"]
        super().__init__(_folder(root, self._folder_name), transform)

    def _get_data(self) -> None:
        paths = [_obtained(self._root, self._folder_name, name, self._sums[name]) for name in self._names]
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

    _folder_name = "fashion-mnist"

    def _get_data(self) -> None:
        self._set(self._names[0], *fashion_mnist.contents(self._root, self._names))


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

    _folder_name = "cifar10"
    _archive = ("cifar-10-binary.tar.gz", "fab780a1e191a7eda0f345501ccd62d20f7ed891")
    _sums = {
        "data_batch_1.bin": "aadd24acce27caa71bf4b10992e9e7b2d74c2540",
        "data_batch_2.bin": "c0ba65cce70568cd57b4e03e9ac8d2a5367c1795",
        "data_batch_3.bin": "1dd00a74ab1d17a6e7d73e185b69dbf31242f295",
        "data_batch_4.bin": "aab85764eb3584312d3c7f65fd2fd016e36a258e",
        "data_batch_5.bin": "26e2849e66a845b7f1e4614ae70f4889ae604628",
        "test_batch.bin": "67eb016db431130d61cd03c7ad570b013799c88c",
    }
    _record = np.dtype([("label", np.uint8), ("planes", np.uint8, (3, 32, 32))])
    _label_field = "label"

    def __init__(self, root: str | None = None, train: bool = True, transform: Transform | None = None):
        self._names = [name for name in self._sums if name.startswith("test") is not bool(train)]
        super().__init__(_folder(root, self._folder_name), transform)

    def _records(self, name: str) -> np.ndarray:
        """Read one file, which is nothing but records: the label's bytes and the three planes of an image."""
        path = os.path.join(self._root, name)
        size = os.path.getsize(path)
        if size == 0 or size % self._record.itemsize:
            raise MXNetError(f"{path!r} holds {size} bytes, expected a multiple of {self._record.itemsize}")
        return np.fromfile(path, dtype=self._record)

    def _get_data(self) -> None:
        if not all(os.path.exists(os.path.join(self._root, name)) for name in self._sums):
            _extract(_obtained(self._root, self._folder_name, *self._archive), self._root, set(self._sums))
        for name, sha1 in self._sums.items():
            _check_sum(os.path.join(self._root, name), sha1)
        records = np.concatenate([self._records(name) for name in self._names])
        images = np.moveaxis(records["planes"], 1, -1)
        self._data, self._label = _arrays(images, records[self._label_field].astype(np.int32))


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

    _folder_name = "cifar100"
    _archive = ("cifar-100-binary.tar.gz", "a0bb982c76b83111308126cc779a992fa506b90b")
    _sums = {
        "train.bin": "e207cd2e05b73b1393c74c7f5e7bea451d63e08e",
        "test.bin": "8fb6623e830365ff53cf14adec797474f5478006",
    }
    _record = np.dtype([("coarse", np.uint8), ("fine", np.uint8), ("planes", np.uint8, (3, 32, 32))])

    def __init__(
        self,
        root: str | None = None,
        fine_label: bool = False,
        train: bool = True,
        transform: Transform | None = None,
    ):
        self._label_field = "fine" if fine_label else "coarse"
        super().__init__(root, train, transform)


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
        raise MXNetError(f"cannot unpack {archive!r}: {brief(error)}") from error
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
        sample = image.imdecode(encoded, self._flag), header.label
        return sample if self._transform is None else self._transform(*sample)


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
        left_out: list[str] = []
        pictures = {
            folder.name: [picture.path for picture in _entries(folder.path, _is_picture, left_out)]
            for folder in _entries(os.path.expanduser(root), os.DirEntry.is_dir, left_out)
        }
        for path in left_out:
            warn(
                f"ImageFolderDataset: {path} is left out: it is neither a folder of pictures nor, in one, a file that "
                f"ends in {', '.join(PICTURE_SUFFIXES)}"
            )
        self.synsets = list(pictures)
        self.items = [(path, label) for label, paths in enumerate(pictures.values()) for path in paths]
        self._flag = flag
        self._transform = transform

    def __getitem__(self, idx: int) -> Any:
        path, label = self.items[idx]
        sample = image.imread(path, self._flag), label
        return sample if self._transform is None else self._transform(*sample)

    def __len__(self) -> int:
        return len(self.items)


def _is_picture(entry: os.DirEntry[str]) -> bool:
    return os.path.splitext(entry.name)[1].lower() in PICTURE_SUFFIXES


def _entries(
    folder: str, wanted: Callable[[os.DirEntry[str]], bool], left_out: list[str]
) -> Iterator[os.DirEntry[str]]:
    """Go through a folder in the order of names; the paths of what is not wanted are added to `left_out`."""
    with os.scandir(folder) as found:
        for entry in sorted(found, key=lambda entry: entry.name):
            if wanted(entry):
                yield entry
            else:
                left_out.append(entry.path)
