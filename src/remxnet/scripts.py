"""Run a Python script as `python SCRIPT ARGUMENTS` does, with the books' helpers at the end of its import path."""

from __future__ import annotations

import contextlib
import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from .book import module_directory
from .errors import InputError

__all__ = ["run_script"]


def run_script(path: Path, arguments: Sequence[str] = (), *, old_numpy: bool = False) -> int:
    """Run a script in this process, as the main program.

    Parameters
    ----------
    path : Path
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
    if not path.is_file():
        raise InputError(f"cannot read {path}: there is no such file")
    if old_numpy:
        from .old_numpy import put_back

        try:
            put_back()
        except RuntimeError as error:
            raise InputError(f"--old-numpy: {error}; pip install 'remxnet[old-programs]'") from error
    with _as_main(path, arguments):
        try:
            runpy.run_path(str(path), run_name="__main__")
        except SystemExit as ended:
            return _exit_code(ended)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is shown as Python shows it
            _show(error, path)
            return 1
    return 0


@contextlib.contextmanager
def _as_main(path: Path, arguments: Sequence[str]) -> Iterator[None]:
    """Give the process the arguments and the import path of the script, for as long as it runs."""
    before = sys.argv[:], sys.path[:]
    sys.argv = [str(path), *arguments]
    sys.path[:] = [str(path.resolve().parent), *sys.path, str(module_directory())]
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


def _show(error: BaseException, path: Path) -> None:
    """The traceback from the script on: how it came to be run is nothing to its reader."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != str(path):
        trace = trace.tb_next
    sys.stdout.flush()
    traceback.print_exception(type(error), error, trace or error.__traceback__)
