"""A run on disk, seen from outside: its configuration, its metrics, and its model with the weights it came to.

    config.json      format, settings, data set and environment
    metrics.jsonl    one JSON object per finished epoch
    last.params      the weights of the last finished epoch
    best.params      the weights of the epoch with the best test accuracy
    checkpoint       all that a killed run needs to go on
    log.txt          what happened when
    curves.png       loss and accuracy over the epochs (with matplotlib)
    tensorboard/     the metrics for TensorBoard, where asked for
    lock             held by the process that trains

Who writes all that is `remxnet.experiments.runs.recording`.
"""

from __future__ import annotations

import html
import json
import math
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import mxnet as mx
from mxnet.base import brief
from mxnet.gluon import HybridBlock

from ...errors import InputError
from ...figures import new_figure
from ..layers import html_table
from ..names import find_model
from ..settings import Settings
from .curves import curves

__all__ = ["EpochResult", "Run", "curves", "default_directory", "load_net", "open_run"]

FORMAT = 1
HEADINGS = ("epoch", "training loss", "training accuracy", "test loss", "test accuracy", "time")
LARGEST = 1 << 1000  # integers up to here are numbers that float knows
LONGEST_SIDE = 1 << 16  # of an image, in pixels


@dataclass(frozen=True)
class EpochResult:
    """What one epoch came to.

    Attributes
    ----------
    epoch : int
        From 1.
    train_loss, test_loss : float
        Mean cross entropy; that of training is taken while the weights change.
    train_accuracy, test_accuracy : float
        Shares of one.
    seconds, images_per_second : float
        Of training alone, without testing and saving.
    learning_rate : float
        At the end of the epoch.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float
    images_per_second: float
    learning_rate: float


class Run:
    """A run's directory, read-only.

    Attributes
    ----------
    directory : Path
    config : dict
        What config.json holds.
    results : list of EpochResult
        Of the finished epochs.
    """

    def __init__(self, directory: Path, config: dict[str, Any], results: list[EpochResult]) -> None:
        self.directory, self.config, self.results = directory, config, results

    @property
    def settings(self) -> Settings:
        """The settings it was started with."""
        return Settings.from_json(self.config["settings"])

    @property
    def best(self) -> EpochResult:
        """The finished epoch with the best test accuracy; the earliest of equals."""
        return max(self.results, key=lambda result: result.test_accuracy)

    @property
    def unmoved(self) -> bool:
        """Whether it has not learned anything that can be seen: all epochs are about as good as guessing."""
        classes = len(self.config["images"]["class_names"])
        guessing = math.log(classes)
        return bool(self.results) and all(
            result.test_accuracy <= 1.25 / classes and result.train_loss >= 0.97 * guessing for result in self.results
        )

    def saved_weights(self, which: str = "best") -> dict[str, mx.nd.NDArray]:
        """The weights by their places in the network: those of the best epoch, or of the last.

        Raises
        ------
        InputError
            There are none yet, or they cannot be read.
        """
        if which not in ("best", "last"):
            raise InputError(f"weights {which!r} are none; expected best or last")
        path = self.directory / f"{which}.params"
        if not path.exists():
            raise InputError(f"{self.directory} has no weights yet: no epoch was finished")
        try:
            found = mx.nd.load(str(path))
        except (mx.MXNetError, OSError) as error:
            raise InputError(f"{path} cannot be read: {brief(error)}") from error
        if not isinstance(found, dict):
            raise InputError(f"{path} holds arrays without names")
        return found

    def as_json(self) -> dict[str, Any]:
        """The settings and what each epoch came to, as JSON takes them."""
        return {
            "directory": str(self.directory),
            "data": self.config["data"],
            "settings": self.settings.as_json(),
            "finished": self.finished,
            "best_epoch": self.best.epoch if self.results else None,
            "epochs": [asdict(result) for result in self.results],
        }

    def cells(self) -> list[tuple[str, ...]]:
        """The epochs as text, a row for each."""
        return [
            (
                str(each.epoch), f"{each.train_loss:.4f}", f"{each.train_accuracy:.4f}", f"{each.test_loss:.4f}",
                f"{each.test_accuracy:.4f}", f"{each.seconds:.1f} s",
            )
            for each in self.results
        ]  # fmt: skip

    def said(self) -> str:
        """In a line what it is and what it came to."""
        settings = self.settings
        done = f"{len(self.results)} of {settings.epochs} epochs"
        best = (
            f", best test accuracy {self.best.test_accuracy:.4f} after epoch {self.best.epoch}" if self.results else ""
        )
        return f"{settings.model} on {self.config['data']}, {done}{best}; in {self.directory}"

    def __repr__(self) -> str:
        return f"<run {self.said()}>"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(self.said())}</p>{html_table(HEADINGS, self.cells(), left=0)}"

    def figure(self, figure: Any = None) -> Any:
        """Draw loss and accuracy over the epochs.

        Parameters
        ----------
        figure : matplotlib.figure.Figure, optional
            To draw into; a new one if not given.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        ModuleNotFoundError
            Without matplotlib.
        """
        return curves(new_figure((8, 3.4)) if figure is None else figure, self.results)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        settings = self.settings
        return len(self.results) >= settings.epochs or has_stalled(self.results, settings)


def has_stalled(results: Sequence[EpochResult], settings: Settings) -> bool:
    """Whether the test accuracy has not improved for as many epochs as the settings have patience."""
    if settings.patience is None:
        return False
    best, since = float("-inf"), 0
    for result in results:
        if result.test_accuracy > best + settings.min_delta:
            best, since = result.test_accuracy, 0
        else:
            since += 1
    return since >= settings.patience


def default_directory(name: str) -> Path:
    """`runs/NAME-DATE-TIME`, with a number added if that is taken."""
    stem = Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    directory, attempt = stem, 1
    while directory.exists():
        attempt += 1
        directory = stem.with_name(f"{stem.name}-{attempt}")
    return directory


def open_run(directory: str | os.PathLike[str]) -> Run:
    """Open a run that is finished, was killed or is still going on, to look at it.

    Parameters
    ----------
    directory : path

    Returns
    -------
    Run
        With the epochs that were finished by now.

    Raises
    ------
    InputError
        The directory holds no run, or one of another version of the format, or a damaged one.

    Examples
    --------
    >>> from remxnet.experiments.runs import load_net, open_run
    >>> run = open_run("runs/first")  # doctest: +SKIP
    >>> net = load_net(run)  # doctest: +SKIP
    """
    directory = Path(directory)
    return Run(directory, read_config(directory), read_metrics(directory))


def read_config(directory: Path) -> dict[str, Any]:
    """What config.json holds, checked."""
    path = directory / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{directory} holds no run: there is no config.json") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged: {brief(error)}") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        version = f"{config.get('format', 'none')!s:.40}" if isinstance(config, dict) else "none"
        raise InputError(
            f"{directory} was written by another version of remxnet: its format is {version}, this version reads "
            f"{FORMAT}"
        )
    problem = wrong_images(config.get("images"))
    if not isinstance(config.get("data"), str):
        raise InputError(
            f"{path} is damaged: it does not say which data set was trained on: data is {config.get('data')!r:.40}; "
            "expected a name"
        )
    if problem is not None:
        raise InputError(f"{path} is damaged: it does not say which images were trained on: {problem}")
    try:
        Settings.from_json(config.get("settings"))
    except InputError as error:
        raise InputError(f"{path} is damaged: {brief(error)}") from error
    return config


def wrong_images(images: Any) -> str | None:
    """What is wrong with the description of the images that were trained on, in words."""
    if not isinstance(images, dict):
        return f"images is {images!r:.40}; expected an object"
    shape, names = images.get("shape"), images.get("class_names")
    if not isinstance(shape, list) or len(shape) != 3 or not all(type(each) is int for each in shape):
        return f"the shape is {shape!r:.40}; expected channels, height and width"
    if not all(1 <= each <= LONGEST_SIDE for each in shape):
        return f"the shape is {shape!r:.40}; expected numbers from 1 to {LONGEST_SIDE}"
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        return f"class_names is {names!r:.40}; expected names"
    return None


def read_metrics(directory: Path) -> list[EpochResult]:
    """The results in metrics.jsonl, without a last line that was not written whole."""
    path = directory / "metrics.jsonl"
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {brief(error)}") from error
    results: list[EpochResult] = []
    for number, line in enumerate(lines[:-1], start=1):  # after the last line end there is nothing, or half a line
        try:
            results.append(result_of(json.loads(line), number))
        except (ValueError, RecursionError) as error:
            raise InputError(f"{path} is damaged in line {number}: {brief(error)}") from error
    return results


def results_of(values: Any) -> list[EpochResult]:
    """The results of epochs one after another; ValueError where they are something else."""
    if not isinstance(values, list):
        raise ValueError(f"results are a {type(values).__name__}")
    return [result_of(each, epoch) for epoch, each in enumerate(values, start=1)]


def result_of(values: Any, epoch: int) -> EpochResult:
    """An epoch's result from what JSON made of it; ValueError where it is something else, or of another epoch."""
    names = [field.name for field in fields(EpochResult)]
    if not isinstance(values, dict) or sorted(values) != sorted(names):
        raise ValueError(f"expected {', '.join(names)}")
    strange = [name for name in names if isinstance(values[name], bool) or not isinstance(values[name], (int, float))]
    if strange:
        raise ValueError(f"{strange[0]} is {values[strange[0]]!r:.80}; expected a number")
    if type(values["epoch"]) is not int or values["epoch"] != epoch:
        raise ValueError(f"epoch is {values['epoch']!r:.40}; expected {epoch}")
    large = [name for name in names if isinstance(values[name], int) and abs(values[name]) > LARGEST]
    if large:
        raise ValueError(f"{large[0]} is a number of {len(str(abs(values[large[0]])))} digits")
    return EpochResult(**values)


def load_net(run: Run, weights: str = "best", ctx: mx.Context | None = None) -> HybridBlock:
    """Build the model of a run again, with its weights.

    Parameters
    ----------
    run : Run
    weights : {'best', 'last'}
        Those of the epoch with the best test accuracy, or of the last finished one.
    ctx : Context, optional
        Where to; the current context if not given.

    Returns
    -------
    HybridBlock
        Hybridized; it takes images as `run`'s training did, (batch, channels, height, width), and gives scores,
        (batch, classes).

    Raises
    ------
    InputError
        There are no such weights, they are damaged, or are not those of the model.
    """
    if weights not in ("best", "last"):
        raise InputError(f"weights {weights!r} are none; expected best or last")
    path = run.directory / f"{weights}.params"
    if not path.exists():
        raise InputError(f"{run.directory} has no weights yet: no epoch was finished")
    settings = run.settings
    images = run.config["images"]
    net = find_model(settings.model).network(len(images["class_names"]), min(images["shape"][1:]))
    try:
        net.load_parameters(str(path), ctx=ctx or mx.current_context())
    except (mx.MXNetError, AssertionError, ValueError, OSError) as error:
        raise InputError(f"{path} does not hold the weights of {settings.model}: {brief(error)}") from error
    net.hybridize()
    return net
