"""Run a notebook from its first code cell to its last, and hold what it gives against the outputs stored in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from ..errors import InputError
from .comparison import difference
from .document import Cell, code_cells, is_picture, output_text, read_notebook, write_notebook
from .kernel import Failure, Kernel, Outcome
from .parameters import set_parameters

__all__ = ["Report", "Watcher", "run_notebook"]


@dataclass
class Report:
    """How a notebook went."""

    cells: int = 0
    ran: int = 0
    compared: int = 0
    random: int = 0
    figures: int = 0
    differences: dict[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    written: Path | None = None

    @property
    def passed(self) -> bool:
        """Whether every cell ran and every comparison came out equal."""
        return self.failure is None and not self.differences

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        failure = None if self.failure is None else str(self.failure)
        return {
            "passed": self.passed, "cells": self.cells, "ran": self.ran, "compared": self.compared,
            "random": self.random, "figures": self.figures, "differences": self.differences, "failure": failure,
            "written": None if self.written is None else str(self.written),
        }  # fmt: skip

    def summary(self) -> str:
        """One line."""
        line = f"{self.ran} of {self.cells} cells ran"
        if self.compared:
            line += f", {self.compared - len(self.differences)} of {self.compared} stored outputs match"
        if self.random:
            line += f", {self.random} random ones not compared"
        return line


class Watcher:
    """Hears how a notebook goes; each method may be overridden."""

    def started(self, cells: int) -> None:
        """The kernel runs; so many cells are to come."""

    def cell(self, cell: Cell) -> None:
        """A cell begins."""

    def output(self, output: NotebookNode) -> None:
        """A cell gives an output."""

    def done(self, cell: Cell, outcome: Outcome, difference: str) -> None:
        """A cell has ended; `difference` is empty if its output is the stored one, or was not compared."""


def run_notebook(
    path: Path,
    *,
    output: Path | None = None,
    check: bool = False,
    exact: bool = False,
    skip: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    timeout: float | None = None,
    old_numpy: bool = False,
    watcher: Watcher | None = None,
) -> Report:
    """Run a notebook from its first code cell to its last, or to the first error.

    Parameters
    ----------
    path : Path
        The notebook. It is not changed, unless `output` names it.
    output : Path, optional
        Where the executed notebook goes: what ran, with its outputs. A notebook that stopped is written too, except
        over itself.
    check : bool
        Compare what each cell gives with what is stored; a cell with no stored text only has to run.
    exact : bool
        Compare the outputs that are marked as random, too.
    skip : sequence of str
        Cells whose source holds one of these texts are left out.
    settings : mapping of str to str, optional
        Values for the notebook's parameters, as typed; see `set_parameters`.
    timeout : float, optional
        Seconds that a cell may take.
    old_numpy : bool
        Give the cells the names that NumPy took away, see `remxnet.old_numpy`.
    watcher : Watcher, optional

    Raises
    ------
    InputError
        If the file is no notebook, a setting does not fit it, or no kernel starts.
    """
    watcher = watcher or Watcher()
    notebook = read_notebook(path)
    set_parameters(notebook, settings or {})
    if output is not None and not output.resolve().parent.is_dir():
        raise InputError(f"--output {output}: there is no directory {output.parent}")
    cells = code_cells(notebook)
    for cell in cells:
        cell.node.outputs, cell.node.execution_count = [], None
    report = Report(cells=sum(not cell.is_injected for cell in cells))
    ended = False
    try:
        with Kernel.started(notebook, path.resolve().parent, timeout, watcher.output, old_numpy) as kernel:
            watcher.started(report.cells)
            for cell in cells:
                if any(text in cell.source for text in skip):
                    continue
                run_cell(kernel, cell, report, watcher, check and bool(cell.stored.strip()), exact)
                if report.failure is not None:
                    break
        ended = report.failure is None
    finally:
        if output is not None and (ended or output.resolve() != path.resolve()):
            write_notebook(notebook, output)
            report.written = output
    return report


def run_cell(kernel: Kernel, cell: Cell, report: Report, watcher: Watcher, compare: bool, exact: bool) -> None:
    """Run one cell and enter into the report what came of it."""
    watcher.cell(cell)
    outcome = kernel.run(cell)
    report.failure = outcome.failure
    report.figures += sum(is_picture(output) for output in outcome.outputs)
    differs = ""
    if outcome.failure is None:
        report.ran += not cell.is_injected
        if compare and cell.is_random and not exact:
            report.random += 1
        elif compare:
            report.compared += 1
            differs = difference(cell.stored, output_text(outcome.outputs))
    if differs:
        report.differences[cell.title] = differs
    watcher.done(cell, outcome, differs)
