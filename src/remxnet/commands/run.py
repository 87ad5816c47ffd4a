"""`remxnet run`: the cells of a notebook in order."""

import argparse
from pathlib import Path

from ..errors import InputError
from .arguments import add_json, at_least, json_alone

SUMMARY = "run the cells of a notebook in order"

NEEDED = ("nbclient", "nbformat", "jupyter_client", "ipykernel", "traitlets")


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The notebook, and what is done with its outputs."""
    sub.add_argument("notebook", type=Path, metavar="NOTEBOOK")
    sub.add_argument("--output", type=Path, metavar="FILE", help="write the executed notebook, with its figures, here")
    sub.add_argument("--check", action="store_true", help="compare with the stored outputs; exit 1 on a difference")
    sub.add_argument("--exact", action="store_true", help="with --check: compare those marked as random, too")
    sub.add_argument("--timeout", type=at_least(0.001, float), metavar="SECONDS", help="for each cell; default: none")
    sub.add_argument("--skip", action="append", default=[], metavar="TEXT", help="leave out the cells that hold TEXT")
    sub.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="give a value to a parameter, which a cell tagged 'parameters' assigns",
    )
    add_json(sub)


def run(options: argparse.Namespace) -> int:
    """Run a notebook; with --check show only what differs."""
    try:
        from .. import notebooks
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in NEEDED:
            raise
        raise InputError(f"{error.name}, which runs notebooks, is missing: pip install 'remxnet[notebooks]'") from error

    if options.exact and not options.check:
        raise InputError("--exact says how --check compares: give both")
    settings = notebooks.read_settings(options.set)
    name = options.notebook.name
    with json_alone(options.json) as result, notebooks.NotebookConsole(options.check, name) as console:
        report = notebooks.run_notebook(
            options.notebook,
            output=options.output,
            check=options.check,
            exact=options.exact,
            skip=options.skip,
            settings=settings,
            timeout=options.timeout,
            watcher=console,
        )
        console.finished(name, report)
        result(report.as_json())
    return 0 if report.passed else 1
