"""What a comparison shows while it goes on: the networks, each run's progress, and in the end what it came to."""

from __future__ import annotations

from pathlib import Path

from ..runs.run import EpochResult, Run
from ..training.console import TrainingConsole
from ..training.datasets import ImageData
from .comparing import CompareWatcher
from .comparison import Comparison

__all__ = ["CompareConsole"]

LINES_OF_A_RUN = 10  # at most so many epochs of a run have a line of their own; all are in its metrics


class CompareConsole(TrainingConsole, CompareWatcher):
    """Shows a comparison; to be used under `with`, which puts the terminal back in order."""

    def __init__(self) -> None:
        super().__init__()
        self.place, self.before, self.total = "", 0, 1
        self.directory: Path | None = None

    def __enter__(self) -> CompareConsole:
        super().__enter__()
        return self

    def planned(self, comparison: Comparison) -> None:
        """Say what is compared, and show the layers."""
        self.directory = comparison.directory
        self.epochs = comparison.plan.settings.epochs
        if comparison.notice:
            self.say(comparison.notice)
        families, seeds = len(comparison.contestants), len(comparison.plan.seeds)
        self.say(
            f"{counted(families, 'family', 'families')} with {comparison.plan.budget:,} parameters on "
            f"{comparison.data}, {comparison.train_size} training and {comparison.test_size} test images; "
            f"{counted(families * seeds, 'run', 'runs')} of {counted(self.epochs, 'epoch', 'epochs')}, "
            f"{counted(seeds, 'seed', 'seeds')}"
        )
        self.say(f"directory {comparison.directory}\n\n{comparison.layer_tables()}\n")
        finished = sum(len(each.runs) for each in comparison.contestants)
        if finished:
            self.say(f"{finished} of {families * seeds} runs finished before")

    def run_starts(self, number: int, total: int, label: str, seed: int, resumed: bool) -> None:
        """Say which run is next."""
        self.place, self.before, self.total = f"{number}/{total} {label}", number - 1, total
        self.move_figures("")  # those of the network before
        self.say(f"run {number} of {total}: {label}, seed {seed}{', resumed' if resumed else ''}")

    def run_ends(self, comparison: Comparison, label: str, seed: int, run: Run) -> None:
        """One line with what the run came to."""
        last, best = run.results[-1], run.best
        self.say(
            f"  {label}, seed {seed}: test accuracy {last.test_accuracy:.4f} after epoch {last.epoch}; best "
            f"{best.test_accuracy:.4f} after epoch {best.epoch}"
        )

    def run_diverges(self, comparison: Comparison, label: str, seed: int, reason: str) -> None:
        """Say what happened."""
        self.say(f"  {label}, seed {seed}: {reason}")

    # --- of a run ---------------------------------------------------------------------------------------------------

    def loading(self, name: str) -> None:
        """Show that something goes on."""
        self.move(f"{self.place} loading {name}", figures="")

    def passed(self, epoch: int, done: int, total: int) -> float:
        """The part of all runs that is behind."""
        return (self.before + super().passed(epoch, done, total)) / self.total

    def started(self, run: Run, images: ImageData, parameters: int) -> None:
        """Say nothing: `planned` and `run_starts` have said it."""

    def resumed(self, run: Run, epoch: int, done: int) -> None:
        """Say where it goes on."""
        self.say("  it is finished" if run.finished else f"  from epoch {epoch} on, after batch {done}")

    def batch(self, epoch: int, done: int, total: int) -> None:
        """Move the bar."""
        self.left.at(self.passed(epoch, done, total))
        self.move(f"{self.place} epoch {epoch}/{self.epochs}", done, total)

    def testing(self, epoch: int, done: int, total: int) -> None:
        """Move the bar."""
        self.move(f"{self.place} testing {epoch}/{self.epochs}", done, total)

    def epoch(self, result: EpochResult) -> None:
        """A line for an epoch, now and then."""
        every = -(-self.epochs // LINES_OF_A_RUN)
        if result.epoch % every == 0 and result.epoch < self.epochs:
            width = len(str(self.epochs))
            self.say(
                f"  epoch {result.epoch:{width}}/{self.epochs}  loss {result.train_loss:.4f}  train accuracy "
                f"{result.train_accuracy:.4f}  test accuracy {result.test_accuracy:.4f}  {result.seconds:.1f} s"
            )

    # --- how it ended -----------------------------------------------------------------------------------------------

    def ended(self, comparison: Comparison) -> None:
        """The table, what it says, and where everything is."""
        self.say(f"\n{comparison}\n")
        directory = comparison.directory
        self.say(f"table    {directory / 'table.txt'}, {directory / 'table.md'}")
        self.say(f"data     {directory / 'compare.json'}")
        if (directory / "compare.png").exists():
            self.say(f"figure   {directory / 'compare.png'}")
        else:
            self.say("figure   not drawn, matplotlib is missing: pip install 'remxnet[train]'")

    def paused(self) -> None:
        """What Ctrl-C left."""
        if self.directory is None:
            self.say("interrupted before anything was trained")
        else:
            self.say(f"interrupted; finished runs are kept, remxnet compare --resume {self.directory} goes on")


def counted(count: int, one: str, many: str) -> str:
    """So many of something."""
    return f"{count} {one if count == 1 else many}"
