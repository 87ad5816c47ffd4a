"""`remxnet run`: the cells of a notebook in order."""

import argparse
from pathlib import Path

SUMMARY = "run the cells of a notebook in order"


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The notebook, and what is done with its outputs."""
    sub.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    sub.add_argument("--check", action="store_true", help="compare with the stored outputs; exit 1 on a difference")
    sub.add_argument("--skip", action="append", default=[], metavar="TEXT", help="leave out the cells that hold TEXT")


def run(options: argparse.Namespace) -> int:
    """Run a notebook; with --check show only what differs."""
    from ..notebooks import NotebookConsole, run_notebook

    console = NotebookConsole(check=options.check)
    report = run_notebook(
        options.notebook,
        check=options.check,
        skip=options.skip,
        echo=console.echo,
        announce=console.announce,
        conclude=console.conclude,
    )
    print(f"{options.notebook.name}: {report.summary()}")
    return 0 if report.passed else 1
