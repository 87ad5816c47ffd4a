"""`remxnet run`: the cells of a notebook in order, or a script."""

import argparse
from pathlib import Path

from ..errors import InputError
from .arguments import add_json, at_least, json_alone

SUMMARY = "run the cells of a notebook in order, or a script"
#: where a word with this end stands, the program's own arguments begin
OWN_ARGUMENTS = ".py"

NEEDED = ("nbclient", "nbformat", "jupyter_client", "ipykernel", "traitlets")


def add_arguments(sub: argparse.ArgumentParser) -> None:
    """The program, and what is done with a notebook's outputs."""
    sub.add_argument(
        "program", type=Path, metavar="PROGRAM", help="a notebook, or a script: SCRIPT.py and its own arguments"
    )
    sub.add_argument("--old-numpy", action="store_true", help="with the names that NumPy took away, as np.float")
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
    """Run a script or a notebook; with --check show only what differs."""
    if options.program.suffix == OWN_ARGUMENTS:
        return run_script(options)
    try:
        from .. import notebooks
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in NEEDED:
            raise
        raise InputError(f"{error.name}, which runs notebooks, is missing: pip install 'remxnet[notebooks]'") from error

    if options.exact and not options.check:
        raise InputError("--exact says how --check compares: give both")
    settings = notebooks.read_settings(options.set)
    name = options.program.name
    with json_alone(options.json) as result, notebooks.NotebookConsole(options.check, name) as console:
        report = notebooks.run_notebook(
            options.program,
            output=options.output,
            check=options.check,
            exact=options.exact,
            skip=options.skip,
            settings=settings,
            timeout=options.timeout,
            old_numpy=options.old_numpy,
            watcher=console,
        )
        console.finished(name, report)
        result(report.as_json())
    return 0 if report.passed else 1


def run_script(options: argparse.Namespace) -> int:
    """Run a script; what is about cells means nothing to it."""
    from .. import scripts

    for name in ("output", "check", "exact", "timeout", "skip", "set", "json"):
        if getattr(options, name):
            raise InputError(f"--{name} is for notebooks, and {options.program} is a script")
    return scripts.run_script(options.program, getattr(options, "own_arguments", ()), old_numpy=options.old_numpy)
