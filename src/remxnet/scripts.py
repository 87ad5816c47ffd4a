"""Run a script or a module as Python does, with the books' helpers at the end of its import path."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .book import module_directory
from .errors import InputError

__all__ = ["run_module", "run_script"]


def run_script(path: str, arguments: Sequence[str] = (), *, old_numpy: bool = False) -> int:
    """Run a script in this process, as the main program.

    Parameters
    ----------
    path : str
    arguments : sequence of str
        what it finds in `sys.argv` behind its own name
    old_numpy : bool
        give it the names that NumPy took away, see `remxnet.old_numpy`

    Returns
    -------
    int
        the exit code it asks for; 1 where it raises, after the traceback

    Raises
    ------
    InputError
        there is no such file, or no old names on this interpreter
    """
    if not Path(path).is_file():
        raise InputError(f"cannot read {path}: there is no such file")
    beside = str(Path(path).resolve().parent)
    return _run(lambda: runpy.run_path(path, run_name="__main__"), path, beside, arguments, old_numpy)


def run_module(name: str, arguments: Sequence[str] = (), *, old_numpy: bool = False) -> int:
    """Run a module in this process as `python -m` does; see :func:`run_script`.

    Raises
    ------
    InputError
        there is no such module, or no old names on this interpreter
    """
    with _as_main(name, os.getcwd(), ()):
        there = _origin(name)
    if there is None:
        raise InputError(f"-m {name}: there is no such module")
    return _run(
        lambda: runpy.run_module(name, run_name="__main__", alter_sys=True), there, os.getcwd(), arguments, old_numpy
    )


def _origin(name: str) -> str | None:
    """The file of a module, which may not be found as a package above it fails; None where there is none."""
    try:
        found = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        is_part = error.name is not None and f"{name}.".startswith(f"{error.name}.")
        return None if is_part else name
    except (ImportError, ValueError):
        return name
    return None if found is None else str(found.origin)


def _run(start: Callable[[], Any], file: str, beside: str, arguments: Sequence[str], old_numpy: bool) -> int:
    """Run what is to be run, and tell how it ended."""
    if old_numpy:
        from .old_numpy import put_back

        try:
            put_back()
        except RuntimeError as error:
            raise InputError(f"--old-numpy: {error}; pip install 'remxnet[old-programs]'") from error
    with _as_main(file, beside, arguments):
        try:
            start()
        except SystemExit as ended:
            return _exit_code(ended)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is shown as Python shows it
            _show(error, file)
            return 1
    return 0


@contextlib.contextmanager
def _as_main(file: str, beside: str, arguments: Sequence[str]) -> Iterator[None]:
    """Give the process the arguments and the import path of the program, for as long as it runs."""
    before = sys.argv[:], sys.path[:]
    sys.argv = [file, *arguments]
    sys.path[:] = [beside, *sys.path, str(module_directory())]
    try:
        yield
    finally:
        sys.argv, sys.path[:] = before[0], before[1]


def _exit_code(ended: SystemExit) -> int:
    """The number that a program ends with; a text is written first."""
    if ended.code is None:
        return 0
    if isinstance(ended.code, int):
        return ended.code
    print(ended.code, file=sys.stderr)
    return 1


def _show(error: BaseException, file: str) -> None:
    """The traceback from the script on: how it came to be run is nothing to its reader."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != file:
        trace = trace.tb_next
    sys.stdout.flush()
    traceback.print_exception(type(error), error, trace or error.__traceback__)
