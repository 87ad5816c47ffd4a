"""The metrics of a run for TensorBoard, under `tensorboard/` in its directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ..runs.recording import FOLDER, remove_folder
from .watchers import Watcher

if TYPE_CHECKING:
    from ..runs.run import EpochResult, Run
    from .datasets import ImageData

__all__ = ["TensorBoardLog"]

SCALARS = {
    "loss/train": "train_loss",
    "loss/test": "test_loss",
    "accuracy/train": "train_accuracy",
    "accuracy/test": "test_accuracy",
    "learning_rate": "learning_rate",
    "images_per_second": "images_per_second",
}


def check_tensorboard() -> Any:
    """The module that writes event files.

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        import tensorboardX
    except ImportError as error:
        raise InputError("--tensorboard needs tensorboardX: pip install 'remxnet[tensorboard]'") from error
    return tensorboardX


class TensorBoardLog(Watcher):
    """Writes an event file with the metrics of every epoch.

    A resumed run writes all its epochs anew: an epoch that was trained twice because of a kill does not appear twice.
    """

    def __init__(self) -> None:
        self.writer: Any = None

    def started(self, run: Run, images: ImageData, parameters: int) -> None:
        """Open the event file, and write the epochs that are finished."""
        folder = run.directory / FOLDER
        remove_folder(folder)
        self.writer = check_tensorboard().SummaryWriter(logdir=str(folder))
        for result in run.results:
            self.epoch(result)

    def epoch(self, result: EpochResult) -> None:
        """Write an epoch."""
        for tag, name in SCALARS.items():
            self.writer.add_scalar(tag, getattr(result, name), result.epoch)
        self.writer.flush()

    def close(self) -> None:
        """Close the event file."""
        if self.writer is not None:
            self.writer.close()
