"""From runs on disk to a report on disk."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import mxnet as mx
from mxnet.serialization.files import replacing

from ..errors import InputError
from ..experiments.runs import Run

__all__ = ["write_report"]

MOST_RUNS = 14  # beyond that nobody tells the curves apart


def write_report(
    runs: str | os.PathLike[str] | Run | Sequence[str | os.PathLike[str] | Run],
    output: str | os.PathLike[str] | None = None,
    *,
    weights: str = "best",
    context: mx.Context | None = None,
    heard: Callable[[str, int, int], None] | None = None,
) -> Path:
    """Write the report on one or several runs.

    Parameters
    ----------
    runs : Run, path, or list of them
        Runs, or their directories; the curves of all are drawn over each other.
    output : path, optional
        The page; by default `report.html` in the first run's directory.
    weights : {"best", "last"}
        Those of the epoch with the best test accuracy, or of the last one.
    context : Context, optional
        Where to compute; by default on the CPU.
    heard : callable(run, done, total), optional
        Told after each batch of test images.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        A directory holds no run that can be reported on, there are too many, or `output` is a file that is no page.
        A report that was there stays.
    OSError
        The page cannot be written.
    """
    directories = [each.directory if isinstance(each, Run) else each for each in as_list(runs)]
    if not directories:
        raise InputError("there is no run to report on; name the directory of one")
    if len(directories) > MOST_RUNS:
        raise InputError(f"{len(directories)} runs are too many for one report; {MOST_RUNS} at most can be told apart")
    if weights not in ("best", "last"):
        raise InputError(f"weights {weights!r} are none; expected best or last")
    path = Path(output) if output is not None else Path(directories[0]) / "report.html"
    check_target(path)
    for package in ("matplotlib", "jinja2"):
        if importlib.util.find_spec(package) is None:
            raise InputError(f"a report needs {package}, which is missing: pip install 'remxnet[train]'")
    from .page import page
    from .subject import examine

    subjects = []
    for directory in directories:
        listener = partial(heard, os.fspath(directory)) if heard is not None else None
        subjects.append(examine(directory, weights, context, listener))
    html = page(subjects)
    with replacing(path, "w", follow=output is not None) as stream:  # in the run's directory it is a file of the run
        stream.write(html)
    return path


def as_list(runs: Any) -> list[Any]:
    """A list of runs, from one or from several."""
    return [runs] if isinstance(runs, (str, os.PathLike, Run)) else list(runs)


def check_target(path: Path) -> None:
    """Raise InputError before anything is computed if the page would replace something else, such as weights."""
    if path.is_dir():
        raise InputError(f"{path} is a directory; name the file that the report is to be")
    if path.is_file() and path.stat().st_size:
        with open(path, "rb") as stream:
            start = stream.read(64).lstrip().lower()
        if not start.startswith((b"<!doctype html", b"<html")):
            raise InputError(f"{path} is there and is no HTML page; it is not replaced by a report")
