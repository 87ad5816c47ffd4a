"""What a training run shows: progress bars with the loss and accuracy so far, and one line per epoch.

The bars need rich and a terminal; without either there are the lines alone, and no control codes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from ..runs.run import EpochResult, Run
from .datasets import ImageData
from .watchers import Watcher

__all__ = ["TrainingConsole"]


class TrainingConsole(Watcher):
    """Shows a training run; to be used under `with`, which puts the terminal back in order."""

    def __init__(self) -> None:
        self.bar: Any = progress_bar()
        self.task: Any = None
        self.epochs = 0
        self.left = TimeLeft()

    def __enter__(self) -> TrainingConsole:
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def say(self, line: str) -> None:
        """One line, above the bar if there is one."""
        if self.bar is not None:
            self.bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            print(line, flush=True)

    def move(self, name: str, done: int | None = None, total: int | None = None, figures: str | None = None) -> None:
        """Show how far it is; without a total the bar only says that something goes on."""
        if self.bar is None:
            return
        if self.task is None:
            self.task = self.bar.add_task(name, total=None, figures="", left="")
        changes: dict[str, Any] = {} if figures is None else {"figures": figures}
        if self.bar.tasks[0].description != name:
            self.bar.reset(self.task, total=total, description=name, **changes)
        self.bar.update(self.task, completed=done or 0, total=total, left=str(self.left), **changes)

    def passed(self, epoch: int, done: int, total: int) -> float:
        """The part of a run's training that is behind, as a number up to 1."""
        return (epoch - 1 + done / total) / max(self.epochs, 1)

    # --- what a run says --------------------------------------------------------------------------------------------

    def loading(self, name: str) -> None:
        """Show that something goes on."""
        self.move(f"loading {name}", figures="")

    def started(self, run: Run, images: ImageData, parameters: int) -> None:
        """Say what is trained on what."""
        settings = run.settings
        self.epochs = settings.epochs
        if images.notice:
            self.say(images.notice)
        self.say(
            f"{settings.model}, {parameters:,} parameters, on {images.name}: {images.train_size} training and "
            f"{images.test_size} test images, {settings.device}"
        )

    def noted(self, note: str) -> None:
        """Say it."""
        self.say(note)

    def resumed(self, run: Run, epoch: int, done: int) -> None:
        """Say where it goes on."""
        self.say("the run is finished" if run.finished else f"resumed in epoch {epoch} after batch {done}")

    def batch(self, epoch: int, done: int, total: int) -> None:
        """Move the bar."""
        self.left.at(self.passed(epoch, done, total))
        self.move(f"epoch {epoch}/{self.epochs}", done, total, "" if done == 1 else None)

    def live(self, epoch: int, loss: float, accuracy: float) -> None:
        """Show the figures so far."""
        self.move_figures(f"loss {loss:.4f}  accuracy {accuracy:.4f}")

    def move_figures(self, figures: str) -> None:
        """Change the figures beside the bar."""
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, figures=figures)

    def testing(self, epoch: int, done: int, total: int) -> None:
        """Move the bar."""
        self.move(f"testing {epoch}/{self.epochs}", done, total)

    def epoch(self, result: EpochResult) -> None:
        """One line with the epoch's results."""
        width = len(str(self.epochs))
        self.say(
            f"epoch {result.epoch:{width}}/{self.epochs}  loss {result.train_loss:.4f}  "
            f"train accuracy {result.train_accuracy:.4f}  test accuracy {result.test_accuracy:.4f}  "
            f"{result.seconds:.1f} s  {result.images_per_second:.0f} images/s"
        )

    def stopped(self, reason: str) -> None:
        """Say why there are fewer epochs."""
        self.say(f"stopped early: {reason}")

    # --- how it ended -----------------------------------------------------------------------------------------------

    def finished(self, run: Run) -> None:
        """The last lines: the accuracy, and where everything is."""
        last, best = run.results[-1], run.best
        if run.unmoved:
            self.say(
                "it has not learned yet: its loss and accuracy are those of guessing among "
                f"{len(run.config['images']['class_names'])} classes; try more --epochs, another --lr, or another "
                "model (lenet-bn learns quickly)"
            )
        self.say(f"test accuracy {last.test_accuracy:.4f}; best {best.test_accuracy:.4f} after epoch {best.epoch}")
        self.say(f"weights  {run.directory / 'last.params'}, {run.directory / 'best.params'}")
        self.say(f"metrics  {run.directory / 'metrics.jsonl'}")
        if (run.directory / "curves.png").exists():
            self.say(f"curves   {run.directory / 'curves.png'}")
        else:
            self.say("curves   not drawn, matplotlib is missing: pip install 'remxnet[train]'")

    def interrupted(self, run: Run, epoch: int, done: int) -> None:
        """What Ctrl-C left."""
        self.say(f"interrupted in epoch {epoch} after batch {done}; remxnet train --resume {run.directory} goes on")
        if run.results:
            self.say(f"weights  those after epoch {run.results[-1].epoch} are in {run.directory / 'last.params'}")


class TimeLeft:
    """How long what is under way will take from now on, from how long it took so far.

    Parameters
    ----------
    clock : callable, optional
        The time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.start: tuple[float, float] | None = None
        self.seconds: float | None = None

    def at(self, part: float) -> None:
        """Note that this part of all is behind, from 0 to 1; the first time is where it begins, not always at 0."""
        now = self.clock()
        if self.start is None or part < self.start[1]:
            self.start = now, part
        elif part > self.start[1]:
            self.seconds = (now - self.start[0]) * (1 - part) / (part - self.start[1])

    def __str__(self) -> str:
        if self.seconds is None:
            return ""
        minutes, seconds = divmod(round(self.seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02} left" if hours else f"{minutes}:{seconds:02} left"


def progress_bar() -> Any:
    """Make rich's progress bar, or None without rich or without a terminal."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
        from rich.text import Text
    except ImportError:
        return None

    class TimeLeftColumn(TimeRemainingColumn):
        """The time that is left of all, where that is told; else that of the bar."""

        def render(self, task: Any) -> Any:
            return Text(task.fields["left"]) if "left" in task.fields else super().render(task)

    console = Console()
    if not console.is_terminal:
        return None
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[figures]}"),
        TimeLeftColumn(),
    )  # fmt: skip
    return Progress(*columns, console=console, transient=True)
