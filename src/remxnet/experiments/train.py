"""Train a named model on a named data set: one loop, usable from Python and from the command line."""

import math
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy

import mxnet as mx
from mxnet import autograd, gluon

from ..errors import InputError
from ..info import versions
from .datasets import ImageData, load_images
from .models import find_model
from .runs import EpochResult, Run, default_directory

__all__ = ["EpochResult", "Interrupted", "Settings", "Watcher", "train"]


@dataclass(frozen=True)
class Settings:
    """What a run is made of; None takes what the model does well with.

    Attributes
    ----------
    model, data : str
        Names, see `MODELS` and `DATA_SETS`.
    epochs, batch_size : int
    learning_rate, momentum : float, optional
        Of stochastic gradient descent.
    device : str
        `cpu`, `gpu` or `gpu(1)`.
    seed : int
        Of initial weights, data order and dropout.
    resize : int, optional
        Side in pixels to scale the images to.
    output : str, optional
        The run's directory; by default a new one under `runs/`.
    overwrite : bool
        Replace a run that is there.
    """

    model: str = "lenet"
    data: str = "fashion-mnist"
    epochs: int = 10
    batch_size: int = 256
    learning_rate: float | None = None
    momentum: float | None = None
    device: str = "cpu"
    seed: int = 0
    resize: int | None = None
    output: str | None = None
    overwrite: bool = False


class Watcher:
    """Hears how a run goes; this one says nothing."""

    def started(self, run: Run, images: ImageData, parameters: int) -> None:
        """Everything is ready to train."""

    def batch(self, epoch: int, done: int, total: int) -> None:
        """`done` of an epoch's `total` training batches are through."""

    def epoch(self, result: EpochResult) -> None:
        """An epoch is finished and its weights are on disk."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C came; `run` holds what was finished."""

    def __init__(self, run: Run) -> None:
        super().__init__("training was interrupted")
        self.run = run


def train(settings: Settings, watcher: Watcher | None = None) -> Run:
    """Train as the settings say; returns the run, with an `EpochResult` per epoch in `run.results`.

    Raises
    ------
    InputError
        If the model, data set, device or output directory cannot be used.
    Interrupted
        On Ctrl-C; the directory holds the last finished epoch.
    """
    watcher = watcher or Watcher()
    model = find_model(settings.model)
    context = find_device(settings.device)
    side = settings.resize or model.side
    images = load_images(settings.data, settings.batch_size, side)
    if min(images.shape[1:]) < model.smallest:
        raise InputError(
            f"{model.name} needs images of {model.smallest}×{model.smallest} pixels or more and gets "
            f"{images.shape[1]}×{images.shape[2]}; choose a larger --resize"
        )
    random.seed(settings.seed)
    numpy.random.seed(settings.seed)
    mx.random.seed(settings.seed)
    learning_rate = model.learning_rate if settings.learning_rate is None else settings.learning_rate
    momentum = model.momentum if settings.momentum is None else settings.momentum

    net = model.build(images.classes)
    net.initialize(mx.init.Xavier(), ctx=context)
    net.hybridize()
    net(mx.nd.zeros((1, *images.shape), ctx=context))  # shapes are known, and with them the parameters
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": learning_rate, "momentum": momentum})
    directory = Path(settings.output) if settings.output else default_directory(f"{model.name}-{images.name}")
    chosen = {"learning_rate": learning_rate, "momentum": momentum, "resize": side, "output": str(directory)}
    config = {"settings": {**asdict(settings), **chosen}, "data": images.name, "environment": versions()}
    run = Run(directory, config, settings.overwrite)
    watcher.started(run, images, count_parameters(net))
    try:
        for result in train_epochs(net, trainer, images, settings.epochs, context, watcher):
            run.finish_epoch(net, result)
            watcher.epoch(result)
    except KeyboardInterrupt:
        raise Interrupted(run) from None
    finally:
        run.draw_curves()
    return run


def train_epochs(
    net: gluon.Block, trainer: gluon.Trainer, images: ImageData, epochs: int, context: mx.Context, watcher: Watcher
) -> Iterator[EpochResult]:
    """Train epoch by epoch, testing after each."""
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    batches = len(images.train)
    for epoch in range(1, epochs + 1):
        loss_sum = hits = examples = 0.0
        start = time.perf_counter()
        for batch, (inputs, labels) in enumerate(images.train, start=1):
            inputs, labels = inputs.as_in_context(context), labels.as_in_context(context)
            with autograd.record():
                scores = net(inputs)
                losses = loss(scores, labels)
            losses.backward()
            trainer.step(len(labels))
            loss_sum += losses.sum().asscalar()
            hits += correct(scores, labels)
            examples += len(labels)
            watcher.batch(epoch, batch, batches)
        seconds = time.perf_counter() - start
        test_accuracy = accuracy(net, images.test, context)
        yield EpochResult(
            epoch=epoch,
            train_loss=float(loss_sum / examples),
            train_accuracy=float(hits / examples),
            test_accuracy=test_accuracy,
            seconds=round(seconds, 3),
            images_per_second=round(examples / seconds, 1),
        )


def accuracy(net: gluon.Block, data: gluon.data.DataLoader, context: mx.Context) -> float:
    """The share of the examples that are classified correctly."""
    hits = examples = 0.0
    for inputs, labels in data:
        hits += correct(net(inputs.as_in_context(context)), labels.as_in_context(context))
        examples += len(labels)
    return hits / examples


def correct(scores: Any, labels: Any) -> float:
    """How many of a batch's examples have their highest score at their label."""
    return float((scores.argmax(axis=1) == labels.astype("float32")).sum().asscalar())


def count_parameters(net: gluon.Block) -> int:
    """How many numbers the network learns."""
    learned = [parameter for parameter in net.collect_params().values() if parameter.grad_req != "null"]
    return sum(math.prod(parameter.shape or ()) for parameter in learned)


def find_device(name: str) -> mx.Context:
    """The context of that name, tried out.

    Raises
    ------
    InputError
        If the name is none, or there is no such device here.
    """
    kind, _, number = name.replace(":", "(").rstrip(")").partition("(")
    if kind not in ("cpu", "gpu") or (number and not number.isdecimal()):
        raise InputError(f"device {name!r} is none; expected cpu, gpu or gpu(1)")
    context = mx.Context(kind, int(number or 0))
    try:
        mx.nd.zeros((1,), ctx=context).wait_to_read()
    except mx.MXNetError as error:
        raise InputError(f"device {name} cannot be used: {str(error).splitlines()[0]}") from error
    return context
