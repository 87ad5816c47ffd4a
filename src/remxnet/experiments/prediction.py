"""What a trained run takes pictures for."""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mxnet as mx
from mxnet.base import brief
from mxnet.gluon.data.vision import transforms

from ..errors import InputError
from .layers import html_table
from .runs import Run, load_net, open_run

__all__ = ["Prediction", "predict"]


@dataclass(frozen=True)
class Prediction:
    """What a picture is taken for.

    Attributes
    ----------
    picture : str
        Its file.
    probabilities : dict of str to float
        By class, the likeliest first.
    """

    picture: str
    probabilities: dict[str, float]

    @property
    def name(self) -> str:
        """The likeliest class."""
        return next(iter(self.probabilities))

    def __str__(self) -> str:
        return self.line(3)

    def line(self, most: int) -> str:
        """The picture with the likeliest classes, so many at most."""
        shown = list(self.probabilities.items())[:most]
        return f"{self.picture}  {', '.join(f'{name} {share:.3f}' for name, share in shown)}"

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return {"picture": self.picture, "class": self.name, "probabilities": self.probabilities}

    def _repr_html_(self) -> str:
        rows = [(name, f"{share:.3f}") for name, share in list(self.probabilities.items())[:5]]
        return f"<p>{html.escape(self.picture)}</p>{html_table(('class', 'probability'), rows, left=1)}"


def predict(
    run: Run | str | os.PathLike[str],
    pictures: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    weights: str = "best",
    context: mx.Context | None = None,
) -> list[Prediction]:
    """Show pictures to the network of a run.

    A picture is scaled to the size of the images that the run was trained on and takes their number of channels.

    Parameters
    ----------
    run : Run or path
        A run, or its directory.
    pictures : path or list of path
        Files of pictures.
    weights : {'best', 'last'}
        Those of the epoch with the best test accuracy, or of the last one.
    context : Context, optional
        Where to compute; by default on the CPU.

    Returns
    -------
    list of Prediction

    Raises
    ------
    InputError
        There is no such run, it has no weights, or a picture cannot be read.

    Examples
    --------
    >>> from remxnet.experiments import predict
    >>> predict("runs/first", ["boot.png"])  # doctest: +SKIP
    """
    run = run if isinstance(run, Run) else open_run(run)
    files = [pictures] if isinstance(pictures, (str, os.PathLike)) else list(pictures)
    context = context or mx.cpu()
    net = load_net(run, weights, context)
    names, shape = run.config["images"]["class_names"], run.config["images"]["shape"]
    batch = mx.nd.stack(*(_image(Path(file), shape) for file in files), axis=0).as_in_context(context)
    shares = mx.nd.softmax(net(batch)).asnumpy()
    found = []
    for file, row in zip(files, shares):
        order = sorted(range(len(names)), key=lambda label, row=row: -row[label])  # type: ignore[misc]
        found.append(Prediction(os.fspath(file), {names[label]: float(row[label]) for label in order}))
    return found


def _image(file: Path, shape: Sequence[int]) -> Any:
    """A picture as the network saw pictures in training: (channels, height, width) in [0, 1]."""
    channels, height, width = shape
    if channels not in (1, 3):
        raise InputError(f"the run was trained on images of {channels} channels, which no picture has")
    if not file.is_file():
        raise InputError(f"{file} is no file; expected a picture")
    try:
        image = mx.image.imread(os.fspath(file), flag=0 if channels == 1 else 1)
        if image.shape[:2] != (height, width):
            image = mx.image.imresize(image, width, height)
    except mx.MXNetError as error:
        raise InputError(f"{file} cannot be read as a picture: {brief(error)}") from error
    return transforms.ToTensor()(image)
