"""What a report is about: a run, opened and tried on its test images."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mxnet as mx

from ..errors import InputError
from ..experiments.layers import LayerTable, layer_table
from ..experiments.runs import EpochResult, load_net, open_run
from ..experiments.training.datasets import load_images
from .activations import Activation, activations, first_weights
from .evaluation import Evaluation, evaluate

__all__ = ["Heard", "Subject", "examine"]

Heard = Callable[[int, int], None]


@dataclass(frozen=True)
class Subject:
    """A run with all that is shown of it.

    Attributes
    ----------
    name : str
        The run's directory, as it was given.
    results : list of EpochResult
    best : EpochResult
    weights : {"best", "last"}
        Which were tried.
    settings, environment : mapping of str to anything
        From the run's config.json; files from outside.
    data : str
        The data set.
    class_names : list of str
    shape : tuple
        Of an image: (channels, height, width).
    evaluation : Evaluation
    layers : LayerTable
    first_layer : (str, array) or None
        See `first_weights`.
    activations : list of Activation
        Of the evaluation's example.
    notice : str or None
        What the reader should know, such as that the data set is another one now.
    """

    name: str
    results: Sequence[EpochResult]
    best: EpochResult
    weights: str
    settings: Mapping[str, Any]
    environment: Mapping[str, Any]
    data: str
    class_names: Sequence[str]
    shape: tuple[int, int, int]
    evaluation: Evaluation
    layers: LayerTable
    first_layer: tuple[str, Any] | None
    activations: Sequence[Activation]
    notice: str | None = None


def examine(
    directory: str | os.PathLike[str],
    weights: str = "best",
    context: mx.Context | None = None,
    heard: Heard | None = None,
) -> Subject:
    """Open a run and try it on its test images.

    Parameters
    ----------
    directory : path
    weights : {"best", "last"}
    context : Context, optional
        Where to compute; by default on the CPU.
    heard : callable(done, total), optional
        Told after each batch of test images.

    Raises
    ------
    InputError
        The directory holds no run, or one of another version, or no epoch was finished, or its weights are damaged, or
        its data set is not to be had.
    """
    context = context or mx.cpu()
    run = open_run(directory)
    if not run.results:
        raise InputError(f"{directory} has nothing to report yet: no epoch was finished")
    settings, data = run.settings, run.config.get("data")
    if not isinstance(data, str):
        raise InputError(f"{run.directory / 'config.json'} is damaged: it does not say which data set was trained on")
    net = load_net(run, weights, context)
    images = load_images(data, settings.batch_size, settings.resize)
    described = run.config["images"]
    now = {"shape": list(images.shape), "class_names": list(images.class_names)}
    for name, value in now.items():
        if described.get(name) != value:
            raise InputError(
                f"{directory} cannot be tried: {data} has changed, its {name.replace('_', ' ')} are {value} and were "
                f"{described.get(name)}"
            )
    try:
        evaluation = evaluate(net, images.test, images.classes, context=context, heard=heard)
        layers = layer_table(net, images.shape)
        maps = activations(net, evaluation.example, context)
    except mx.MXNetError as error:
        raise InputError(f"{directory}: {settings.model} does not take the images of {data}: {error}") from error
    environment = run.config.get("environment")
    return Subject(
        name=os.fspath(directory),
        results=run.results,
        best=run.best,
        weights=weights,
        settings=settings.as_json(),
        environment=environment if isinstance(environment, dict) else {},
        data=data,
        class_names=images.class_names,
        shape=images.shape,
        evaluation=evaluation,
        layers=layers,
        first_layer=first_weights(net, images.shape),
        activations=maps,
        notice=images.notice,
    )
