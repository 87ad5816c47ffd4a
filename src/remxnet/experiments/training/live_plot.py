"""A plot that grows in a notebook while a run trains."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from ...figures import new_figure
from ..runs.curves import curves
from .watchers import Watcher

if TYPE_CHECKING:
    from ..runs.run import EpochResult, Run
    from .datasets import ImageData

__all__ = ["LivePlot"]


class LivePlot(Watcher):
    """Loss and accuracy over the epochs, redrawn in the output of a Jupyter cell, with a line that says where it is.

    Parameters
    ----------
    every : float
        Seconds from one redrawing within an epoch to the next.

    Raises
    ------
    InputError
        IPython or matplotlib is not installed.

    Examples
    --------
    >>> from remxnet.experiments import Settings, train
    >>> from remxnet.experiments.training.live_plot import LivePlot
    >>> run = train(Settings("lenet", "sample"), LivePlot())  # doctest: +SKIP
    """

    def __init__(self, every: float = 1.0) -> None:
        try:
            import IPython.display
            import matplotlib.figure  # noqa: F401
        except ImportError as error:
            raise InputError(
                f"a live plot needs IPython and matplotlib: pip install 'remxnet[train,notebooks]' ({error})"
            ) from error
        self.display = IPython.display
        self.every, self.drawn_at = every, float("-inf")
        self.handle: Any = None
        self.results: list[EpochResult] = []
        self.name, self.epochs = "", 0

    def started(self, run: Run, images: ImageData, parameters: int) -> None:
        """Put up the plot."""
        self.results = list(run.results)
        self.epochs = run.settings.epochs
        self.name = f"{run.settings.model} on {images.name}"
        self.draw(f"{parameters:,} parameters")

    def live(self, epoch: int, loss: float, accuracy: float) -> None:
        """Say where it is."""
        if time.monotonic() - self.drawn_at >= self.every:
            self.draw(f"epoch {epoch}/{self.epochs}: loss {loss:.4f}, accuracy {accuracy:.4f}")

    def epoch(self, result: EpochResult) -> None:
        """Add an epoch."""
        self.results.append(result)
        self.draw(f"epoch {result.epoch}/{self.epochs}: test accuracy {result.test_accuracy:.4f}")

    def draw(self, text: str) -> None:
        """Redraw it all."""
        self.drawn_at = time.monotonic()
        figure = new_figure((8, 3.4))
        figure.suptitle(f"{self.name}, {text}", fontsize="medium")
        curves(figure, self.results)
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=100)
        image = self.display.Image(data=stream.getvalue())
        if self.handle is None:
            self.handle = self.display.display(image, display_id=True)
        else:
            self.handle.update(image)
