"""One epoch of Fashion-MNIST through the loader of the notebooks, and nothing done with the batches."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ..case import Case, Subject

BATCH = 256
MEAN, DEVIATION = 0.286, 0.353


def gluon_loader(images: int = 0, workers: int = 4, normalize: bool = True) -> Any:
    """The notebooks' loader: shuffled batches of 256 from four workers; `images` takes that many from the front."""
    from mxnet import gluon
    from mxnet.gluon.data import vision

    trust_archives()
    steps = [vision.transforms.ToTensor()]
    if normalize:
        steps.append(vision.transforms.Normalize(MEAN, DEVIATION))
    data = vision.FashionMNIST(root=os.environ["BENCH_DATA"], train=True)
    if images:
        data = gluon.data.ArrayDataset(*data[:images])
    transformed = data.transform_first(vision.transforms.Compose(steps))
    return gluon.data.DataLoader(transformed, BATCH, shuffle=True, num_workers=workers)


def trust_archives() -> None:
    """Let MXNet 1.9.1 read archives compressed anew: it knows the sums of the original files only."""
    from mxnet.gluon import utils
    from mxnet.gluon.data.vision import datasets

    for module in (utils, datasets):
        if hasattr(module, "check_sha1"):
            module.check_sha1 = lambda path, sha1: True


def torch_loader(images: int = 0, workers: int = 2, normalize: bool = True) -> Any:
    """The same in PyTorch: a data set with a transform for each image, and workers that stay."""
    import torch

    pixels, labels = (torch.from_numpy(part[: images or None]) for part in archives())

    class FashionMNIST(torch.utils.data.Dataset):
        """What torchvision's has, without torchvision."""

        def __len__(self) -> int:
            return len(pixels)

        def __getitem__(self, index: int) -> tuple[Any, int]:
            image = pixels[index].unsqueeze(0).to(torch.float32).div_(255)
            return (image.sub_(MEAN).div_(DEVIATION) if normalize else image), int(labels[index])

    return torch.utils.data.DataLoader(
        FashionMNIST(), BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )


def archives() -> tuple[np.ndarray, np.ndarray]:
    """The training images, uint8 (60000, 28, 28), and labels, int64."""
    parts = []
    for name, header in (("images-idx3", 16), ("labels-idx1", 8)):
        with gzip.open(os.path.join(os.environ["BENCH_DATA"], f"train-{name}-ubyte.gz")) as archive:
            parts.append(np.frombuffer(archive.read(), "uint8", offset=header))
    return parts[0].reshape(-1, 28, 28).copy(), parts[1].astype("int64")


def epoch(batches: Any, numpy: Callable[[Any], np.ndarray]) -> dict[str, list[np.ndarray]]:
    """What does not depend on the order: the sums of an epoch, and how many images it had."""
    totals = np.zeros(4)
    for images, labels in batches:
        x, y = numpy(images).astype("float64"), numpy(labels).astype("float64")
        assert x.shape[1:] == (1, 28, 28)
        totals += len(y), x.sum(), (x * x).sum(), (x.sum(axis=(1, 2, 3)) * y).sum()
    return {"values": [np.array([total]) for total in totals]}


def gluon_epoch() -> Subject:
    loader = gluon_loader()

    def repeat(times: int) -> None:
        for _ in range(times):
            for images, _labels in loader:
                images.wait_to_read()

    return Subject(repeat, lambda: epoch(loader, lambda batch: batch.asnumpy()), calls=1)


def torch_epoch(variant: str) -> Subject:
    loader = torch_loader()

    def repeat(times: int) -> None:
        for _ in range(times):
            for _batch in loader:
                pass

    return Subject(repeat, lambda: epoch(loader, lambda batch: batch.numpy()), calls=1)


CASES = [
    Case(
        "fashion-mnist-epoch",
        "one epoch of Fashion-MNIST through the notebooks' loader (ToTensor, Normalize, shuffled, 256)",
        gluon_epoch,
        torch_epoch,
        ("eager",),
        torch_target=0.1,
        mxnet_target=0.07,
        rounds=3,
        needs_data=True,
        note="PyTorch: a transform for each image, written out, and 2 workers that stay; Gluon: 4 workers asked for",
    )
]
