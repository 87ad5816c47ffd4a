"""Which images make which training batch, and how they are shifted and mirrored: from the seed alone.

What the initializers, dropout or a model's own code draw has no part in it, so that every model trained with a seed
sees the same batches in the same order, and a run that goes on in the middle of an epoch the ones it has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import mxnet as mx
from mxnet.gluon.data import DataLoader, Sampler

__all__ = ["BatchOrder", "TrainingBatches", "shift_and_mirror"]

Augmentation = Callable[[Any, np.random.Generator], Any]


class BatchOrder(Sampler):
    """The indices of each batch of an epoch, in the order a DataLoader with `shuffle` has after `numpy.random.seed`.

    Attributes
    ----------
    epoch, done : int
        Where the next iteration starts: the epoch, from 1, and how many of its batches are left out.

    Examples
    --------
    >>> order = BatchOrder(5, 2, seed=0)
    >>> list(order)
    [[2, 0], [1, 3], [4]]
    >>> order.done = 1
    >>> list(order)
    [[1, 3], [4]]
    """

    def __init__(self, length: int, batch_size: int, seed: int) -> None:
        self.length, self.batch_size, self.seed = length, batch_size, seed
        self.epoch, self.done = 1, 0
        self._generator, self._drawn = np.random.RandomState(seed), 0
        self._order = np.arange(length)

    def __len__(self) -> int:
        return (self.length + self.batch_size - 1) // self.batch_size

    def __iter__(self) -> Iterator[list[int]]:
        order = self._order_of(self.epoch)
        for first in range(self.done * self.batch_size, self.length, self.batch_size):
            yield order[first : first + self.batch_size].tolist()

    def _order_of(self, epoch: int) -> np.ndarray:
        """Draw the orders up to an epoch's, which are parts of one stream."""
        if epoch < self._drawn:
            self._generator, self._drawn = np.random.RandomState(self.seed), 0
        while self._drawn < epoch:
            self._order = np.arange(self.length)
            self._generator.shuffle(self._order)
            self._drawn += 1
        return self._order


class TrainingBatches:
    """The training batches of one epoch after the other: iterate over it once for each epoch.

    Parameters
    ----------
    dataset : Dataset
        Of images, already tensors, and labels.
    order : BatchOrder
    augmentation : callable, optional
        Of a batch of images and a generator; each batch of each epoch has a generator of its own.
    """

    def __init__(self, dataset: Any, order: BatchOrder, augmentation: Augmentation | None = None) -> None:
        self.order, self.augmentation = order, augmentation
        self.loader = DataLoader(dataset, batch_sampler=order)

    def start(self, epoch: int, done: int = 0) -> None:
        """Let the next iteration be over this epoch, without its first `done` batches."""
        self.order.epoch, self.order.done = epoch, done

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[Any]:
        epoch, done = self.order.epoch, self.order.done
        for number, (inputs, labels) in enumerate(self.loader, start=done + 1):
            if self.augmentation is not None:
                inputs = self.augmentation(inputs, np.random.default_rng((self.order.seed, epoch, number)))
            yield inputs, labels
        self.start(epoch + 1)


def shift_and_mirror(images: Any, generator: np.random.Generator, mirror: bool = True) -> Any:
    """Shift each image by up to an eighth of its sides, black moving in, and mirror half of them left to right.

    Parameters
    ----------
    images : NDArray
        (batch, channels, height, width)
    generator : numpy.random.Generator
    mirror : bool
        Whether to mirror at all: it does not do for digits.

    Returns
    -------
    NDArray
        Of the same shape.
    """
    pixels = images.asnumpy()
    height, width = pixels.shape[2:]
    across, down = width // 8, height // 8
    padded = np.pad(pixels, ((0, 0), (0, 0), (down, down), (across, across)))
    rows = generator.integers(0, 2 * down + 1, len(pixels))
    columns = generator.integers(0, 2 * across + 1, len(pixels))
    flips = generator.random(len(pixels)) < 0.5
    for place, (row, column, flip) in enumerate(zip(rows.tolist(), columns.tolist(), flips.tolist())):
        shifted = padded[place, :, row : row + height, column : column + width]
        pixels[place] = shifted[..., ::-1] if flip and mirror else shifted
    return mx.nd.array(pixels, dtype=pixels.dtype)
