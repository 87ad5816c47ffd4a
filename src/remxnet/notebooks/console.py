"""What a running notebook shows: a bar with the current cell on a terminal, plain lines anywhere else.

With `check` only what is wrong is said. The bar and the colours need rich.
"""

import sys
from types import TracebackType
from typing import Any

from nbformat import NotebookNode

from .document import Cell, is_picture, without_colours
from .kernel import Outcome
from .running import Report, Watcher

__all__ = ["NotebookConsole"]

STYLES = {"---": "bold", "+++": "bold", "@@": "cyan", "-": "red", "+": "green"}  # the first that fits


class NotebookConsole(Watcher):
    """Shows a notebook's cells as they run; to be used under `with`, which puts the terminal back in order.

    Parameters
    ----------
    check : bool
        Say only what is wrong.
    name : str
        The notebook's name, for the bar.
    """

    def __init__(self, check: bool, name: str = "") -> None:
        self.check = check
        self.name = name
        self.cells = 0
        self.bar: Any = progress_bar()
        self.task: Any = None
        self.line_is_open = False

    def __enter__(self) -> "NotebookConsole":
        if self.bar is not None:
            self.task = self.bar.add_task(f"{self.name}: starting a kernel", total=None)
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def say(self, line: str, style: str = "") -> None:
        """One line, above the bar if there is one."""
        if self.bar is not None:
            from rich.text import Text

            self.bar.console.print(Text(line, style), soft_wrap=True)
            return
        if self.line_is_open:
            print()
            self.line_is_open = False
        print(line, flush=True)

    def started(self, cells: int) -> None:
        """Remember how many cells there are."""
        self.cells = cells
        if self.bar is not None:
            self.bar.update(self.task, total=cells, completed=0)

    def cell(self, cell: Cell) -> None:
        """Say which cell runs now."""
        if self.bar is not None:
            self.bar.update(
                self.task, description=f"{cell.title}: {cell.first_line}", completed=max(cell.number - 1, 0)
            )
        if not self.check:
            place = "set" if cell.is_injected else f"{cell.number}/{self.cells}"
            self.say(f"[{place}] {cell.first_line}", style="dim")

    def output(self, output: NotebookNode) -> None:
        """Show what a cell prints, as it prints it."""
        if self.check or is_picture(output):
            return
        if output.output_type == "stream":
            stream = sys.stderr if output.name == "stderr" else sys.stdout
            stream.write(output.text)
            stream.flush()
            if output.name == "stdout":
                self.line_is_open = not output.text.endswith("\n")
        elif output.output_type != "error" and "text/plain" in output.data:
            self.say(output.data["text/plain"])

    def done(self, cell: Cell, outcome: Outcome, difference: str) -> None:
        """Say what was not installed and what differs."""
        for name in outcome.not_installed:
            self.say(f"{cell.title}: {name} comes with remxnet, and what would install it was left out")
        if difference:
            self.say(f"{cell.title}: the output differs from the stored one")
            for line in difference.split("\n"):
                self.say(line, next((style for start, style in STYLES.items() if line.startswith(start)), ""))

    def finished(self, name: str, report: Report) -> None:
        """The last lines: what stopped the notebook, how many cells ran, and where the figures are."""
        if report.failure is not None:
            if self.line_is_open:
                self.say("")
            print(without_colours(f"{name}: {report.failure}"), file=sys.stderr, flush=True)
        self.say(f"{name}: {report.summary()}")
        if report.written is not None:
            self.say(f"written  {report.written}")
        elif report.figures and not self.check:
            self.say(
                f"{report.figures} {'figure' if report.figures == 1 else 'figures'} drawn; --output FILE keeps them"
            )


def progress_bar() -> Any:
    """Make rich's progress bar, or None without rich or without a terminal."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError:
        return None
    console = Console()
    if not console.is_terminal:
        return None
    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    return Progress(*columns, console=console, transient=True)
