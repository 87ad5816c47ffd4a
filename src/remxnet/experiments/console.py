"""What a training run shows: a progress bar, and one line per epoch.

The bar needs rich and a terminal; without either there are the lines alone, and no control codes.
"""

from types import TracebackType
from typing import Any

from .datasets import ImageData
from .runs import EpochResult, Run
from .train import Settings, Watcher

__all__ = ["TrainingConsole"]


class TrainingConsole(Watcher):
    """Shows a training run; to be used under `with`, which puts the terminal back in order."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.bar: Any = progress_bar()
        self.task: Any = None

    def __enter__(self) -> "TrainingConsole":
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

    def started(self, run: Run, images: ImageData, parameters: int) -> None:
        """Say what is trained on what."""
        if images.notice:
            self.say(images.notice)
        self.say(
            f"{self.settings.model}, {parameters:,} parameters, on {images.name}: {images.train_size} training and "
            f"{images.test_size} test images, {self.settings.device}"
        )
        if self.bar is not None:
            self.task = self.bar.add_task("epoch 1", total=None)

    def batch(self, epoch: int, done: int, total: int) -> None:
        """Move the bar."""
        if self.bar is not None:
            name = f"epoch {epoch}/{self.settings.epochs}"
            self.bar.update(self.task, description=name, completed=done, total=total)

    def epoch(self, result: EpochResult) -> None:
        """One line with the epoch's results."""
        width = len(str(self.settings.epochs))
        self.say(
            f"epoch {result.epoch:{width}}/{self.settings.epochs}  loss {result.train_loss:.4f}  "
            f"train accuracy {result.train_accuracy:.4f}  test accuracy {result.test_accuracy:.4f}  "
            f"{result.seconds:.1f} s  {result.images_per_second:.0f} images/s"
        )

    def finished(self, run: Run) -> None:
        """The last lines: the accuracy, and where everything is."""
        last, best = run.results[-1], run.best
        self.say(f"test accuracy {last.test_accuracy:.4f}; best {best.test_accuracy:.4f} after epoch {best.epoch}")
        self.say(f"weights  {run.directory / 'last.params'}, {run.directory / 'best.params'}")
        self.say(f"metrics  {run.directory / 'metrics.jsonl'}")
        if (run.directory / "curves.png").exists():
            self.say(f"curves   {run.directory / 'curves.png'}")
        else:
            self.say("curves   not drawn, matplotlib is missing: pip install 'remxnet[train]'")

    def interrupted(self, run: Run) -> None:
        """What Ctrl-C left."""
        if run.results:
            kept = f"the weights after epoch {run.results[-1].epoch} are in {run.directory / 'last.params'}"
        else:
            kept = "no epoch was finished, so no weights were saved"
        self.say(f"interrupted: {kept}")


def progress_bar() -> Any:
    """Make rich's progress bar, or None without rich or without a terminal."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    except ImportError:
        return None
    console = Console()
    if not console.is_terminal:
        return None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True)
