"""What learns: a network, its optimizer and its schedule, made from settings; its state; how well it does."""

from __future__ import annotations

import contextlib
import math
import os
import pickle
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

import mxnet as mx
from mxnet import gluon

from ...errors import InputError
from ..layers import layer_table
from ..models import Model
from ..runs.recording import weights_of
from ..runs.run import Run
from ..settings import Settings
from .datasets import ImageData
from .precision import FullPrecision, MixedPrecision, check_mixed_precision
from .schedules import make_optimizer

__all__ = ["Learner", "accuracy", "count_parameters", "evaluate", "find_device"]

BYTES_OF_A_PARAMETER = 8  # itself and its gradient, in float32
#: what a control group may take, in both versions of them
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


class Learner:
    """A network in training.

    Parameters
    ----------
    model : Model
    settings : Settings
        Completed.
    images : ImageData
        What it will see.
    context : Context

    Attributes
    ----------
    net : HybridBlock
    trainer : Trainer

    Raises
    ------
    InputError
        The model cannot take the images, or the device does not compute as the settings ask for.
    """

    def __init__(self, model: Model, settings: Settings, images: ImageData, context: mx.Context) -> None:
        if settings.amp:
            check_mixed_precision(context)
        seed_everything(settings.seed)
        shape = (1, *images.shape)
        self.context = context
        try:
            build = partial(model.network, images.classes, min(images.shape[1:]))
            self.net = build()
            check_size(self.net, settings.model, images.shape, context)
            self.net.initialize(mx.init.Xavier(), ctx=context)
            self.net.hybridize()
            self.net(mx.nd.zeros(shape, ctx=context))  # shapes are known, and with them the parameters
            self.precision = FullPrecision(self.net)
            if settings.amp:
                self.precision = MixedPrecision(self.net, build, shape, context)
        except (mx.MXNetError, ValueError) as error:
            what = "×".join(map(str, images.shape))
            raise InputError(f"{settings.model} cannot take images of {what}: {first_line(error)}") from error
        # In the order of the structure: a Trainer sorts a dict by names, and dense10 comes before dense9 in a process
        # that has built other networks before, but not in the one that resumes.
        parameters = list(dict.fromkeys(self.net._collect_params_with_prefix().values()))
        self.trainer = gluon.Trainer(parameters, make_optimizer(settings, len(images.train)))
        seed_everything(settings.seed)  # whatever building the network drew

    def forward(self, inputs: Any, labels: Any) -> tuple[Any, Any]:
        """Scores (batch, classes) and losses (batch,) of a batch, recorded for `update`."""
        return self.precision.forward(inputs, labels)

    def update(self, losses: Any) -> None:
        """Change the weights by the gradients of the losses that `forward` gave."""
        self.precision.backward(losses)
        self.trainer.step(len(losses))

    def take(self, run: Run, weights: str) -> tuple[int, list[str]]:
        """Start from the weights of a run: those whose place and shape are the same.

        Returns
        -------
        int, list of str
            how many arrays were taken, and the names of those that were not

        Raises
        ------
        InputError
            The run has no weights, or none that fits.
        """
        there, own = run.saved_weights(weights), self.net._collect_params_with_prefix()
        fitting = {name: there[name] for name, each in own.items() if name in there and there[name].shape == each.shape}
        if not fitting:
            raise InputError(f"no weights of {run.directory}, {run.settings.model}, fit those of the network to train")
        for name, value in fitting.items():
            own[name].set_data(value)
        self.precision.scatter()
        return len(fitting), [name for name in own if name not in fitting]

    # --- state ------------------------------------------------------------------------------------------------------

    def get_state(self) -> dict[str, Any]:
        """Weights, optimizer and schedule, as nested dicts of arrays and bytes."""
        self.precision.gather()
        if not self.trainer._kv_initialized:
            self.trainer._init_kvstore()
        # Trainer.save_states, which writes a file, does the same
        return {"weights": weights_of(self.net), "optimizer": self.trainer._updaters[0].get_states(dump_optimizer=True)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from where :meth:`get_state` was called.

        Raises
        ------
        KeyError, TypeError, ValueError, UnpicklingError
            It is no such state; the learner is of no use then.
        """
        weights, parameters = state["weights"], self.net._collect_params_with_prefix()
        if sorted(weights) != sorted(parameters):
            raise ValueError("the weights are those of another model")
        for name, parameter in parameters.items():
            if weights[name].shape != parameter.shape:
                raise ValueError(f"{name} has the shape {weights[name].shape}; the model's has {parameter.shape}")
            parameter.set_data(mx.nd.array(weights[name], dtype=weights[name].dtype))
        trainer = self.trainer
        if not trainer._kv_initialized:
            trainer._init_kvstore()
        updater = trainer._updaters[0]
        before = type(updater.optimizer)
        updater.set_states(state["optimizer"])
        if type(updater.optimizer) is not before:
            raise pickle.UnpicklingError(f"the optimizer is a {type(updater.optimizer).__name__}")
        trainer._optimizer = updater.optimizer
        trainer._optimizer.param_dict = dict(enumerate(trainer._params))
        self.precision.scatter()


def check_size(net: gluon.Block, name: str, shape: tuple[int, ...], context: mx.Context) -> None:
    """Raise InputError, before memory is taken, where the weights and their gradients do not fit into it.

    A network whose parameters are not known before it runs is not looked at.
    """
    try:
        parameters = layer_table(net, shape).parameters
    except mx.MXNetError:
        return
    there = memory_of(context)
    if there is not None and parameters * BYTES_OF_A_PARAMETER > there:
        raise InputError(
            f"{name} has {parameters:,} parameters on images of {'×'.join(map(str, shape))}, which take "
            f"{parameters * BYTES_OF_A_PARAMETER / 2**30:,.1f} GiB with their gradients; {context} has "
            f"{there / 2**30:,.1f} GiB"
        )


def memory_of(context: mx.Context) -> int | None:
    """How many bytes of memory a device has, for this process or at all; None where the system does not say."""
    if context.device_type == "gpu":
        return mx.context.gpu_memory_info(context.device_id)[1]
    try:
        sizes = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, OSError, ValueError):  # not POSIX
        return None
    for limit in LIMITS:
        with contextlib.suppress(OSError, ValueError):  # another version of control groups, or "max"
            sizes.append(int(limit.read_text()))
    return min(sizes)


def seed_everything(seed: int) -> None:
    """Start all random numbers again."""
    random.seed(seed)
    np.random.seed(seed)
    mx.random.seed(seed)
    torch.manual_seed(seed)


def evaluate(
    net: gluon.Block, data: Any, context: mx.Context, heard: Callable[[int, int], None] | None = None
) -> tuple[float, float]:
    """Try a network on batches of images and labels.

    Parameters
    ----------
    net : Block
    data : iterable with a length
        Of batches (inputs, labels).
    context : Context
        Where `net` is.
    heard : callable(done, total), optional
        Told after each batch.

    Returns
    -------
    tuple of float
        The mean cross entropy, and the share of the images that are classified correctly.
    """
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    loss.hybridize()
    losses, hits, examples = [], [], 0
    for done, (inputs, labels) in enumerate(data, start=1):
        inputs, labels = inputs.as_in_context(context), labels.as_in_context(context)
        scores = net(inputs)
        losses.append(loss(scores, labels).sum())
        hits.append(correct(scores, labels))
        examples += len(labels)
        if heard is not None:
            heard(done, len(data))
    # read from the device once, at the end
    sums = [mx.nd.concat(*each, dim=0).asnumpy().astype(np.float64).sum() for each in (losses, hits)]
    return float(sums[0] / examples), float(sums[1] / examples)


def accuracy(net: gluon.Block, data: Any, context: mx.Context) -> float:
    """The share of the examples that are classified correctly."""
    return evaluate(net, data, context)[1]


def correct(scores: Any, labels: Any) -> Any:
    """How many of a batch's examples have their highest score at their label, as an array of one number."""
    return (scores.argmax(axis=1) == labels.astype("float32")).sum()


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
        raise InputError(f"device {name} cannot be used: {first_line(error)}") from error
    return context


def first_line(error: BaseException) -> str:
    """The first line of an error's message."""
    return next(iter(str(error).splitlines()), type(error).__name__)
