"""Files and data sets to test with."""

from __future__ import annotations

import bz2
import gzip
import logging
import os
import pickle
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..base import MXNetError
from ..gluon import utils
from ..gluon.data.vision import MNIST
from ..io import DataBatch, DataIter, MNISTIter
from ..serialization import idx

__all__ = [
    "DummyIter", "download", "download_model", "get_bz2_data", "get_cifar10", "get_im2rec_path", "get_mnist",
    "get_mnist_iterator", "get_mnist_pkl", "get_mnist_ubyte", "get_zip_data",
]  # fmt: skip

_LARGEST = 1 << 34  # bytes that an archive may be decompressed to
_CIFAR10 = "http://data.mxnet.io/mxnet/data/cifar10.zip"


class DummyIter(DataIter):
    """The first batch of an iterator, over and over, to see how fast the rest of a program is."""

    def __init__(self, real_iter: Any) -> None:
        super().__init__(real_iter.batch_size)
        self.real_iter, self.the_batch = real_iter, next(real_iter)
        self.provide_label, self.provide_data = real_iter.provide_label, real_iter.provide_data

    def next(self) -> DataBatch:
        """The batch."""
        return self.the_batch


def download(
    url: str, fname: str | None = None, dirname: str | None = None, overwrite: bool = False, retries: int = 5
) -> str:
    """Download a file.

    Parameters
    ----------
    url : str
        where it is
    fname : str, optional
        what it is to be called, by default as there
    dirname : str, optional
        a folder, made where there is none; by default that of `fname`
    overwrite : bool
        also where the file is there
    retries : int
        how often it is tried

    Returns
    -------
    str
        the file
    """
    path = url.split("/")[-1] if fname is None else fname
    if dirname is not None:
        path = os.path.join(dirname, path)
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    if os.path.exists(path) and not overwrite:
        logging.info("%s exists, skipping download", path)
        return path
    utils.download(url, path=path, overwrite=overwrite, retries=retries)
    logging.info("downloaded %s into %s successfully", url, path)
    return path


def get_mnist() -> dict[str, np.ndarray]:
    """MNIST in memory, from the folder where `gluon.data.vision.MNIST` keeps it; downloaded where it is missing.

    Returns
    -------
    dict of str to numpy.ndarray
        ``train_data`` and ``test_data``, float32 from 0 to 1 of shape (count, 1, 28, 28), ``train_label`` and
        ``test_label``, int8
    """
    found = {}
    for kind, train in (("train", True), ("test", False)):
        samples = MNIST(train=train)
        pixels = samples._data.asnumpy().astype(np.float32) / 255
        found[f"{kind}_data"] = pixels.transpose(0, 3, 1, 2)
        found[f"{kind}_label"] = np.asarray(samples._label).astype(np.int8)
    return {key: found[key] for key in ("train_data", "train_label", "test_data", "test_label")}


def get_mnist_pkl() -> None:
    """Have ``data/mnist.pkl.gz``: training, validation and test images, rows of 784 floats, with their labels.

    It is the file that Theano's tutorials used, of 50000, 10000 and 10000 images, made here of MNIST's own files.
    """
    path = os.path.join("data", "mnist.pkl.gz")
    if os.path.exists(path):
        return
    found = get_mnist()
    rows = {kind: found[f"{kind}_data"].reshape(-1, 784) for kind in ("train", "test")}
    labels = {kind: found[f"{kind}_label"].astype(np.int64) for kind in ("train", "test")}
    kept = len(rows["train"]) * 5 // 6
    parts = (
        (rows["train"][:kept], labels["train"][:kept]),
        (rows["train"][kept:], labels["train"][kept:]),
        (rows["test"], labels["test"]),
    )
    os.makedirs("data", exist_ok=True)
    with gzip.open(path, "wb") as stream:
        pickle.dump(parts, stream, protocol=2)


def download_model(model_name: str, dst_dir: str = "./", meta_info: Mapping[str, Any] | None = None) -> tuple[str, int]:
    """Have a trained network's files, ``NAME-symbol.json`` and ``NAME-0000.params``, in a folder of its name.

    Parameters
    ----------
    model_name : str
        the network's name in `meta_info`
    dst_dir : str
        where the folder ``dst_dir/model_name`` is made
    meta_info : mapping of str to mapping
        for each network the addresses ``symbol`` and ``params``; the server of MXNet's own list is gone

    Returns
    -------
    tuple of str and int
        the files' prefix and their epoch; None and 0 where `meta_info` does not have the network
    """
    networks = {} if meta_info is None else meta_info
    if model_name not in networks:
        return None, 0  # type: ignore[return-value]
    folder = os.path.join(os.path.expanduser(dst_dir), model_name)
    os.makedirs(folder, exist_ok=True)
    prefix = os.path.join(folder, model_name)
    for kind, suffix in (("symbol", "-symbol.json"), ("params", "-0000.params")):
        if kind not in networks[model_name]:
            raise AssertionError(f"download_model: meta_info[{model_name!r}] has no {kind!r}")
        utils.download(networks[model_name][kind], path=prefix + suffix)
    return prefix, 0


def get_mnist_ubyte() -> None:
    """Have the four decompressed files of MNIST in the folder ``data``, such as ``data/train-images-idx3-ubyte``."""
    names = [f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
    missing = [name for name in names if not os.path.exists(os.path.join("data", name))]
    if not missing:
        return
    samples = {part: MNIST(train=part == "train") for part in ("train", "t10k")}
    os.makedirs("data", exist_ok=True)
    for name in missing:
        root = samples[name.split("-")[0]]._root
        content = idx.decompress(os.path.join(root, f"{name}.gz"), _LARGEST)
        with open(os.path.join("data", name), "wb") as stream:
            stream.write(content)


def get_mnist_iterator(
    batch_size: int, input_shape: Sequence[int], num_parts: int = 1, part_index: int = 0
) -> tuple[Any, Any]:
    """Iterators over MNIST, to train on, shuffled, and to score on; rows, where `input_shape` has not three axes."""
    get_mnist_ubyte()
    flat = len(input_shape) != 3

    def made(part: str, shuffle: bool) -> Any:
        return MNISTIter(
            image=f"data/{part}-images-idx3-ubyte",
            label=f"data/{part}-labels-idx1-ubyte",
            batch_size=batch_size,
            shuffle=shuffle,
            flat=flat,
            num_parts=num_parts,
            part_index=part_index,
        )

    return made("train", True), made("t10k", False)


def get_zip_data(data_dir: str, url: str, data_origin_name: str) -> None:
    """Download an archive into a folder and unpack it there.

    Raises
    ------
    MXNetError
        it is no zip archive, or one of its files would lie outside the folder, or it is too large
    """
    os.makedirs(data_dir, exist_ok=True)
    path = download(url, dirname=data_dir, fname=data_origin_name)
    root = os.path.realpath(data_dir)
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(each.file_size for each in archive.infolist()) > _LARGEST:
                raise MXNetError(f"get_zip_data: {path!r} holds more than {_LARGEST} bytes")
            for each in archive.namelist():
                if os.path.commonpath([root, os.path.realpath(os.path.join(root, each))]) != root:
                    raise MXNetError(f"get_zip_data: {path!r} has a file {each!r} outside of its folder")
            archive.extractall(data_dir)
    except zipfile.BadZipFile as error:
        raise MXNetError(f"get_zip_data: {path!r} is no zip archive: {error}") from error


def get_bz2_data(data_dir: str, data_name: str, url: str, data_origin_name: str) -> None:
    """Download a file compressed by bzip2 into a folder and decompress it there as `data_name`."""
    target = os.path.join(data_dir, data_name)
    if os.path.exists(target):
        return
    source = download(url, dirname=data_dir, fname=data_origin_name)
    try:
        with bz2.open(source) as packed, open(f"{target}.part", "wb") as stream:
            shutil.copyfileobj(packed, stream)
    except (OSError, EOFError) as error:
        raise MXNetError(f"get_bz2_data: {source!r} is not a valid bzip2 file: {error}") from error
    os.replace(f"{target}.part", target)
    os.remove(source)


def get_cifar10() -> None:
    """Have CIFAR-10 as RecordIO files in ``data/cifar``, ``train.rec`` and ``test.rec`` among them."""
    if not all(os.path.exists(os.path.join("data", "cifar", name)) for name in ("train.rec", "test.rec")):
        get_zip_data("data", _CIFAR10, "cifar10.zip")


def get_im2rec_path(home_env: str = "MXNET_HOME") -> str:
    """The program ``im2rec.py`` in MXNet's source, whose folder a variable of the environment tells.

    Raises
    ------
    MXNetError
        there is none; it does not come with this package
    """
    path = os.path.join(os.environ.get(home_env, ""), "tools", "im2rec.py")
    if home_env not in os.environ or not os.path.isfile(path):
        raise MXNetError(f"get_im2rec_path: {home_env} tells no folder with tools/im2rec.py; this package has none")
    return path
