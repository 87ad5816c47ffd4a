"""What a training run leaves on disk: one directory with its settings, metrics, weights and curves.

    config.json      settings and environment
    metrics.jsonl    one JSON object per finished epoch
    last.params      the weights of the last finished epoch
    best.params      the weights of the epoch with the best test accuracy
    curves.png       loss and accuracy over the epochs (with matplotlib)

A finished epoch is written whole or not at all, and files are replaced in one step, so an interrupted run
always holds the weights of its last finished epoch.
"""

import json
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mxnet.gluon import Block
from mxnet.serialization.files import replacing

from ..errors import InputError

__all__ = ["EpochResult", "Run", "default_directory"]

FILES = ("config.json", "metrics.jsonl", "last.params", "best.params", "curves.png")
LOSS_COLOUR, TRAIN_COLOUR, TEST_COLOUR = "#000000", "#E69F00", "#0072B2"  # Okabe and Ito's: told apart by everybody


@dataclass(frozen=True)
class EpochResult:
    """What one epoch came to: mean training loss, accuracies as shares of one, and the training time in seconds."""

    epoch: int
    train_loss: float
    train_accuracy: float
    test_accuracy: float
    seconds: float
    images_per_second: float


def default_directory(name: str) -> Path:
    """`runs/NAME-DATE-TIME`, with a number added if that is taken."""
    stem = Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
    directory, attempt = stem, 1
    while directory.exists():
        attempt += 1
        directory = stem.with_name(f"{stem.name}-{attempt}")
    return directory


class Run:
    """One run's directory.

    Parameters
    ----------
    directory : path
        Made if it is not there.
    config : mapping
        Written to config.json.
    overwrite : bool
        Replace the run that is there.

    Raises
    ------
    InputError
        If there is a run in the directory already, or it cannot be written to.
    """

    def __init__(self, directory: Path, config: Mapping[str, Any], overwrite: bool = False) -> None:
        self.directory = directory
        self.results: list[EpochResult] = []
        try:
            directory.mkdir(parents=True, exist_ok=True)
            there = [name for name in FILES if (directory / name).exists()]
            if there and not overwrite:
                raise InputError(
                    f"{directory} holds a run already ({there[0]}); name another --output or add --overwrite"
                )
            for name in there:
                (directory / name).unlink()
            with replacing(directory / "config.json", "w") as stream:
                json.dump(config, stream, indent=2)
                stream.write("\n")
        except OSError as error:
            raise InputError(f"cannot write a run to {directory}: {error.strerror or error}") from error

    @property
    def best(self) -> EpochResult:
        """The finished epoch with the best test accuracy; the earliest of equals."""
        return max(self.results, key=lambda result: result.test_accuracy)

    def finish_epoch(self, net: Block, result: EpochResult) -> None:
        """Keep the weights and the metrics of an epoch."""
        with interrupts_held():
            net.save_parameters(str(self.directory / "last.params"))
            self.results.append(result)
            if self.best is result:
                with (
                    replacing(self.directory / "best.params") as stream,
                    open(self.directory / "last.params", "rb") as last,
                ):
                    shutil.copyfileobj(last, stream)
            with open(self.directory / "metrics.jsonl", "a", encoding="utf-8") as stream:
                stream.write(json.dumps(asdict(result)) + "\n")

    def draw_curves(self) -> Path | None:
        """Draw the finished epochs into curves.png; None without matplotlib or without a finished epoch."""
        try:
            from matplotlib.figure import Figure
        except ImportError:
            return None
        if not self.results:
            return None
        path = self.directory / "curves.png"
        with replacing(path) as stream:
            curves(Figure(figsize=(8, 3.2), layout="constrained"), self.results).savefig(stream, format="png", dpi=150)
        return path


def curves(figure: Any, results: Sequence[EpochResult]) -> Any:
    """Loss on the left, accuracies on the right, over the epochs."""
    epochs = [result.epoch for result in results]
    loss, accuracy = figure.subplots(1, 2)
    loss.plot(epochs, [result.train_loss for result in results], color=LOSS_COLOUR, marker=".", label="training")
    accuracy.plot(
        epochs, [result.train_accuracy for result in results], color=TRAIN_COLOUR, marker=".", label="training"
    )
    accuracy.plot(epochs, [result.test_accuracy for result in results], color=TEST_COLOUR, marker=".", label="test")
    for axes, name in ((loss, "cross-entropy loss"), (accuracy, "accuracy")):
        axes.set(xlabel="epoch", ylabel=name)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    return figure


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)
    if held:
        raise KeyboardInterrupt
