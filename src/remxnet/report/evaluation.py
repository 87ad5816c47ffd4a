"""How a trained network does on test images: class by class, and its most confident mistakes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy

import mxnet as mx
from mxnet.gluon import Block

from ..errors import InputError

__all__ = ["Evaluation", "Mistake", "evaluate"]


@dataclass(frozen=True)
class Mistake:
    """An image that was taken for something else.

    Attributes
    ----------
    image : array, shape (channels, height, width)
    true, predicted : int
        Labels.
    confidence, confidence_in_truth : float
        The probabilities that the network gives to what it predicts and to what is true.
    """

    image: numpy.ndarray
    true: int
    predicted: int
    confidence: float
    confidence_in_truth: float


@dataclass(frozen=True)
class Evaluation:
    """What a network made of the test images.

    Attributes
    ----------
    confusion : array of int, shape (classes, classes)
        How many images of each class (row) were taken for each class (column).
    mistakes : list of Mistake
        The most confident ones, the worst first.
    example : array, shape (channels, height, width)
        The first image that was recognised, or the first of all if none was.
    example_label : int
    """

    confusion: numpy.ndarray
    mistakes: list[Mistake]
    example: numpy.ndarray
    example_label: int

    @property
    def images(self) -> int:
        """How many were tried."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """The share that was recognised."""
        return float(numpy.trace(self.confusion) / self.images)

    def frequent_confusions(self, most: int = 10) -> list[tuple[int, int, int]]:
        """The pairs that are confused most often: (true, predicted, how many images)."""
        counts = self.confusion.copy()
        numpy.fill_diagonal(counts, 0)
        order = numpy.argsort(-counts, axis=None, kind="stable")[:most]
        pairs = [(int(place) // len(counts), int(place) % len(counts)) for place in order]
        return [(true, predicted, int(counts[true, predicted])) for true, predicted in pairs if counts[true, predicted]]


def evaluate(
    net: Block,
    data: Iterable[Any],
    classes: int,
    *,
    context: mx.Context | None = None,
    mistakes: int = 24,
    heard: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Try a network on batches of images and labels.

    Parameters
    ----------
    net : Block
        Gives a score for each class.
    data : iterable with a length
        Of batches: images (batch, channels, height, width) and labels (batch,).
    classes : int
    context : Context, optional
        Where the network is; by default on the CPU.
    mistakes : int
        How many to keep.
    heard : callable(done, total), optional
        Told after each batch.

    Raises
    ------
    InputError
        If there are no images, the network does not give `classes` scores, or a label is not the number of a class.
    """
    confusion = numpy.zeros((classes, classes), dtype=numpy.int64)
    worst: list[Mistake] = []
    first: tuple[numpy.ndarray, int] | None = None
    recognised: tuple[numpy.ndarray, int] | None = None
    total = len(data)  # type: ignore[arg-type]
    for done, (inputs, labels) in enumerate(data, start=1):
        scores = net(inputs.as_in_context(context or mx.cpu()))
        if scores.shape[1:] != (classes,):
            raise InputError(f"the network gives {scores.shape[1:]} for an image; expected {classes} scores")
        shares = mx.nd.softmax(scores.astype("float32")).asnumpy()
        truth = labels.asnumpy().astype(numpy.int64)
        if truth.min() < 0 or truth.max() >= classes:
            raise InputError(f"the test images have a label {truth.max()}; expected 0 to {classes - 1}")
        predicted = shares.argmax(axis=1)
        numpy.add.at(confusion, (truth, predicted), 1)
        right = predicted == truth
        first = first or (inputs[0].asnumpy(), int(truth[0]))
        if recognised is None and right.any():
            place = int(right.argmax())
            recognised = (inputs[place].asnumpy(), int(truth[place]))
        worst = sorted([*worst, *wrong(inputs, truth, predicted, shares, mistakes)], key=lambda one: -one.confidence)
        worst = worst[:mistakes]
        if heard is not None:
            heard(done, total)
    example = recognised or first
    if example is None:
        raise InputError("there are no test images to report on")
    return Evaluation(confusion, worst, *example)


def wrong(
    inputs: Any, truth: numpy.ndarray, predicted: numpy.ndarray, shares: numpy.ndarray, most: int
) -> Sequence[Mistake]:
    """The most confident mistakes of a batch."""
    places = numpy.flatnonzero(predicted != truth)
    confidence = shares[places, predicted[places]]
    found = []
    for place in places[numpy.argsort(-confidence, kind="stable")[:most]]:
        found.append(
            Mistake(
                inputs[int(place)].asnumpy(),
                int(truth[place]),
                int(predicted[place]),
                float(shares[place, predicted[place]]),
                float(shares[place, truth[place]]),
            )
        )
    return found
