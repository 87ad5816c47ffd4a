"""Run a notebook's cells in order, and hold what they print against the outputs stored in the notebook.

The cells run in this process, in one namespace, with the books' helpers importable (an installed package of the same
name comes first). What runs a cell is an engine: anything that takes a `Cell` and returns an `Outcome`.
"""

import ast
import contextlib
import difflib
import io
import json
import linecache
import os
import re
import sys
import time
import traceback
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .book import module_directory
from .errors import InputError

__all__ = [
    "Cell",
    "Engine",
    "InProcessEngine",
    "NotebookConsole",
    "Outcome",
    "Report",
    "difference",
    "read_notebook",
    "run_notebook",
]


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among the code cells, from 1, its name, source, stored text output and tags."""

    number: int
    name: str
    source: str
    stored: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What running a cell gave: its text output, the error that stopped it as text, and the lines left out."""

    output: str
    error: str | None = None
    left_out: tuple[str, ...] = ()
    seconds: float = 0.0


class Engine(Protocol):
    """Runs cells one after another and remembers what they defined."""

    def run(self, cell: Cell) -> Outcome:
        """Run one cell."""


@dataclass
class Report:
    """How a notebook went."""

    cells: int = 0
    ran: int = 0
    compared: int = 0
    differences: dict[str, str] = field(default_factory=dict)
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether every cell ran and every comparison came out equal."""
        return self.error is None and not self.differences

    def summary(self) -> str:
        """One line."""
        line = f"{self.ran} of {self.cells} cells ran"
        if self.compared:
            line += f", {self.compared - len(self.differences)} of {self.compared} stored outputs match"
        return line


# --- reading ---------------------------------------------------------------------------------------------------------


def read_notebook(path: Path) -> list[Cell]:
    """The code cells of a notebook in format 4.

    Raises
    ------
    InputError
        If the file is missing or is not such a notebook.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not a notebook: it is not JSON ({error})") from error
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise InputError(f"{path} is not a notebook in format 4: it has no list of cells")
    try:
        code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
        return [read_cell(cell, number) for number, cell in enumerate(code, start=1)]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is not a notebook in format 4: a cell is malformed ({error})") from error


def read_cell(cell: dict[str, Any], number: int) -> Cell:
    """A code cell from its JSON."""
    stored = "".join(stored_text(output) for output in cell.get("outputs", []))
    tags = tuple(cell.get("metadata", {}).get("tags", ()))
    return Cell(number, str(cell.get("id", f"cell {number}")), joined(cell["source"]), stored, tags)


def stored_text(output: dict[str, Any]) -> str:
    """The part of a stored output that running the cell again prints."""
    if output.get("output_type") == "stream":
        return joined(output.get("text", "")) if output.get("name", "stdout") == "stdout" else ""
    data = output.get("data", {})
    if any(kind.startswith("image/") for kind in data):
        return ""
    return joined(data.get("text/plain", "")) + "\n" if "text/plain" in data else ""


def joined(text: Any) -> str:
    """Notebook text: a string, or a list of lines with their line ends."""
    return text if isinstance(text, str) else "".join(text)


# --- running ---------------------------------------------------------------------------------------------------------


def runnable(source: str) -> tuple[str, tuple[str, ...]]:
    """The source as plain Python, and the lines that are not: shell commands (`!`) and magics (`%`)."""
    left_out: list[str] = []
    for not_python in (None, r"\s*!", r"\s*(!|%%?[A-Za-z])"):
        lines = source.split("\n")
        if not_python is not None:
            matches = [bool(re.match(not_python, line)) for line in lines]
            left_out = [line.strip() for line, match in zip(lines, matches, strict=True) if match]
            lines = [
                re.sub(r"\S.*", "pass", line) if match else line for line, match in zip(lines, matches, strict=True)
            ]
        try:
            ast.parse("\n".join(lines))
        except SyntaxError:
            continue
        return "\n".join(lines), tuple(left_out)
    return source, ()


class InProcessEngine:
    """Runs cells in this interpreter.

    Parameters
    ----------
    echo : callable(text), optional
        Hears what the cells print, as they print it.
    """

    def __init__(self, echo: Callable[[str], Any] | None = None) -> None:
        self.module = types.ModuleType("__main__")
        self.echo = echo

    def run(self, cell: Cell) -> Outcome:
        """Run one cell; what its last expression gives is printed as the notebook shows it."""
        source, left_out = runnable(cell.source)
        name = f"<{cell.name}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        printed = Tee(self.echo)
        start = time.perf_counter()
        error = None
        try:
            tree = ast.parse(source, name)
            with contextlib.redirect_stdout(printed):
                self.execute(tree, name, quiet=source.rstrip().endswith(";"))
        except KeyboardInterrupt:
            raise
        except BaseException as raised:  # noqa: BLE001  (a cell may raise anything, SystemExit included)
            error = own_traceback(raised)
        return Outcome(printed.getvalue(), error, left_out, time.perf_counter() - start)

    def execute(self, tree: ast.Module, name: str, quiet: bool) -> None:
        """Execute a parsed cell and print the value of a last expression."""
        last = tree.body[-1] if tree.body else None
        shown = ast.Expression(last.value) if isinstance(last, ast.Expr) else None
        if shown is not None:
            tree.body.pop()
        exec(compile(tree, name, "exec"), self.module.__dict__)
        if shown is not None:
            value = eval(compile(shown, name, "eval"), self.module.__dict__)
            if value is not None and not quiet:
                print(repr(value))


class Tee(io.StringIO):
    """Collects what is written and passes it on."""

    def __init__(self, echo: Callable[[str], Any] | None) -> None:
        super().__init__()
        self.echo = echo

    def write(self, text: str) -> int:
        """Keep the text and pass it on."""
        if self.echo is not None:
            self.echo(text)
        return super().write(text)


def own_traceback(error: BaseException) -> str:
    """The traceback from the cell on, without the frames of this runner."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()


@contextlib.contextmanager
def notebook_place(path: Path, module: types.ModuleType | None = None) -> Iterator[None]:
    """The surroundings a notebook expects: its own directory to read from, and its helpers importable.

    The books' modules come last on the import path, so an installed package of their name is preferred.
    """
    directory = str(path.resolve().parent)
    before = os.getcwd(), list(sys.path), sys.modules["__main__"], os.environ.get("MPLBACKEND")
    os.environ.setdefault("MPLBACKEND", "agg")  # no window that waits to be closed
    sys.path[:] = [directory, *sys.path, str(module_directory())]
    if module is not None:
        sys.modules["__main__"] = module
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before[0])
        sys.path[:] = before[1]
        sys.modules["__main__"] = before[2]
        if before[3] is None:
            del os.environ["MPLBACKEND"]


def run_notebook(
    path: Path,
    *,
    check: bool = False,
    skip: Sequence[str] = (),
    echo: Callable[[str], Any] | None = None,
    announce: Callable[[Cell, int], Any] | None = None,
    conclude: Callable[[Cell, Outcome, str], Any] | None = None,
) -> Report:
    """Run a notebook from its first code cell to its last, or to the first error.

    Parameters
    ----------
    path : Path
    check : bool
        Compare what each cell prints with what is stored; a cell with no stored output only has to run.
    skip : sequence of str
        Cells whose source holds one of these texts are left out.
    echo : callable(text), optional
        Hears what the cells print.
    announce, conclude : callables, optional
        Called before a cell runs, with the number of cells, and after, with the outcome and its difference.

    Raises
    ------
    InputError
        If the file is no notebook.
    """
    cells = read_notebook(path)
    engine = InProcessEngine(echo)
    report = Report(cells=len(cells))
    with notebook_place(path, engine.module):
        for cell in cells:
            if any(text in cell.source for text in skip):
                continue
            if announce:
                announce(cell, len(cells))
            outcome = engine.run(cell)
            expected_to_raise = "raises-exception" in cell.tags
            differs = ""
            if outcome.error is None or expected_to_raise:
                report.ran += 1
                if check and cell.stored.strip():
                    report.compared += 1
                    differs = difference(cell.stored, outcome.output)
            if differs:
                report.differences[cell.name] = differs
            if conclude:
                conclude(cell, outcome, differs)
            if outcome.error is not None and not expected_to_raise:
                report.error = outcome.error
                break
    return report


# --- showing --------------------------------------------------------------------------------------------------------


class NotebookConsole:
    """Shows a notebook's cells as they run; when checking, only what is wrong. To be handed to `run_notebook`."""

    def __init__(self, check: bool) -> None:
        self.check = check
        self.echo = None if check else sys.stdout.write

    def announce(self, cell: Cell, total: int) -> None:
        """Say which cell runs now."""
        if not self.check:
            print(f"[{cell.number}/{total}] {cell.name}", flush=True)

    def conclude(self, cell: Cell, outcome: Outcome, difference: str) -> None:
        """Say what was left out, what failed and what differs."""
        for line in outcome.left_out:
            print(f"{cell.name}: left out, not Python: {line}")
        if difference:
            print(f"{cell.name}: the output differs from the stored one\n{difference}")
        if outcome.error is not None:
            print(f"{cell.name}: the cell raised\n{outcome.error}", file=sys.stderr)


# --- comparing -------------------------------------------------------------------------------------------------------


def difference(stored: str, printed: str) -> str:
    """A readable difference of two outputs, empty if there is none that matters.

    Runs of blanks, empty lines and addresses of objects do not matter.
    """
    lines = list(
        difflib.unified_diff(comparable(stored), comparable(printed), "stored", "printed", lineterm="", n=2),
    )
    return "\n".join(lines)


def comparable(text: str) -> list[str]:
    """The lines of an output, without what differs from run to run or from front end to front end."""
    folded = (re.sub(r"\s+", " ", line.strip()) for line in text.split("\n"))
    return [re.sub(r"\b0x[0-9a-fA-F]{6,}\b", "0x…", line) for line in folded if line]
