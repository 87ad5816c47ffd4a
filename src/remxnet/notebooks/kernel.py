"""A kernel that runs a notebook's cells: a Python process of the running interpreter, spoken to through nbclient.

It needs no kernel to be registered. In it, `import mxnet` is what it is here, and the books' helpers can be imported:
what lies beside the notebook and what is installed comes before them.
"""

import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from ..book import module_directory
from ..errors import InputError
from ..installs import without_provided_installs
from .document import Cell, without_colours

__all__ = ["Failure", "Kernel", "Outcome"]

STARTUP_SECONDS = 120
LONGEST_ERROR = 8  # lines
LONGEST_SOCKET_DIRECTORY = 80  # characters; the name of a socket has at most 103 on some systems
PLACE = re.compile(r"Cell In\[(\d+)\], line (\d+)")
OLD_NUMPY = "__import__('remxnet.old_numpy').old_numpy.put_back();"

silent = logging.Logger("remxnet.notebooks")  # nbclient logs what it raises as well; it is told once, by the caller
silent.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Failure:
    """Why a cell did not go well: one line, and the lines of the notebook that led there, outermost first."""

    reason: str
    places: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([self.reason, *(f"  {place}" for place in self.places)])


@dataclass(frozen=True)
class Outcome:
    """What running a cell gave."""

    outputs: list[NotebookNode]
    failure: Failure | None = None
    not_installed: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Client(NotebookClient):
    """nbclient's client, which also tells what comes out as it comes out."""

    hear: Callable[[NotebookNode], Any] | None = None

    def output(self, outs: list[NotebookNode], msg: Any, display_id: Any, cell_index: int) -> NotebookNode | None:
        """Collect one output and pass it on."""
        output = super().output(outs, msg, display_id, cell_index)
        if output is not None and self.hear is not None:
            self.hear(output)
        return output


class ThisInterpreter(KernelSpecManager):
    """Knows one kernel, whatever it is asked for: IPython in the running interpreter."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """How to start it."""
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python", resource_dir="")


class Kernel:
    """Runs cells of one notebook, one after another, each seeing what those before it defined.

    Made by `Kernel.started`.

    Parameters
    ----------
    client : Client
        With a kernel.
    timeout : float, optional
        Seconds that a cell may take.
    log : file
        What the kernel's process writes to its own standard error.
    """

    def __init__(self, client: Client, timeout: float | None, log: Any) -> None:
        self.client = client
        self.timeout = timeout
        self.log = log
        self.sources: dict[int, tuple[Cell, str]] = {}

    @classmethod
    @contextmanager
    def started(
        cls,
        notebook: NotebookNode,
        directory: Path,
        timeout: float | None = None,
        hear: Callable[[NotebookNode], Any] | None = None,
        old_numpy: bool = False,
    ) -> "Iterator[Kernel]":
        """Start a kernel, and end it with the block.

        Parameters
        ----------
        notebook : NotebookNode
            The notebook whose cells will run; its outputs are filled in.
        directory : Path
            The directory the cells run in.
        timeout : float, optional
            Seconds that a cell may take.
        hear : callable(output), optional
            Hears each output as it comes.
        old_numpy : bool
            Put back the names that NumPy took away before the first cell.

        Raises
        ------
        InputError
            If the kernel does not start.
        """
        with tempfile.TemporaryDirectory(prefix="remxnet-") as place, tempfile.TemporaryFile() as log:
            manager = AsyncKernelManager(
                kernel_name="python3",
                kernel_spec_manager=ThisInterpreter(),
                connection_file=str(Path(place) / "kernel.json"),
                transport=transport(place),
                log=silent,
            )
            client = Client(notebook, km=manager, startup_timeout=STARTUP_SECONDS, shutdown_kernel="immediate")
            client.timeout_func = lambda cell: timeout  # type: ignore[assignment]  # it takes a float as well
            client.log, client.hear = silent, hear
            # at the end of the path, which PYTHONPATH is not: it would come before what lies beside the notebook
            begin = [f"__import__('sys').path.append({str(module_directory())!r})", *([OLD_NUMPY] if old_numpy else [])]
            client.extra_arguments = [f"--IPKernelApp.exec_lines={line}" for line in begin]
            try:
                client.start_new_kernel(cwd=str(directory), env=environment(), stdout=subprocess.DEVNULL, stderr=log)
                client.start_new_kernel_client()
            except (RuntimeError, OSError) as error:
                raise InputError(f"the kernel did not start: {last_line(log) or error}") from error
            try:
                yield cls(client, timeout, log)
                client.shutdown_kernel = "graceful"  # what the notebook registered to run at exit runs
            finally:
                client._cleanup_kernel()

    def run(self, cell: Cell) -> Outcome:
        """Run one cell; its outputs are then in the notebook."""
        source = cell.node.source
        changed, not_installed = without_provided_installs(source)
        failure = None
        start = time.perf_counter()
        try:
            cell.node.source = changed
            self.client.execute_cell(cell.node, cell.index)
        except CellTimeoutError:
            failure = Failure(f"{cell.title} took longer than {self.timeout:g} s")
        except DeadKernelError:
            failure = Failure(f"the kernel died in {cell.title}{self.last_words()}")
        except CellExecutionError as error:
            failure = self.failure(cell, error)
        finally:
            cell.node.source = source
            if cell.node.execution_count:
                self.sources[cell.node.execution_count] = cell, changed
        return Outcome(cell.node.outputs, failure, not_installed, time.perf_counter() - start)

    def failure(self, cell: Cell, error: CellExecutionError) -> Failure:
        """What a cell raised, and where in the notebook."""
        lines = without_colours(error.evalue).strip().splitlines()
        if len(lines) > LONGEST_ERROR:
            lines[LONGEST_ERROR - 1 :] = [f"… and {len(lines) - LONGEST_ERROR + 1} more lines"]
        says = ": " + "\n    ".join(lines) if lines else ""
        places = []
        for count, line in PLACE.findall(without_colours(error.traceback)):
            where, source = self.sources.get(int(count), (cell, cell.node.source))
            code = source.split("\n")[int(line) - 1 : int(line)]
            places.append(f"{where.title}, line {line}" + (f": {code[0].strip()}" if code else ""))
        return Failure(f"{cell.title} raised {error.ename}{says}", tuple(places))

    def last_words(self) -> str:
        """How the kernel's process ended, as far as it is known."""
        manager = self.client.km
        process = getattr(getattr(manager, "provisioner", None), "process", None)
        code = process.poll() if process is not None else None
        words = f": {line}" if (line := last_line(self.log)) else ""
        if code is None:
            return words
        if code >= 0:
            return f", exit code {code}{words}"
        hint = ", which is how the system ends what needs too much memory" if code == -signal.SIGKILL else ""
        return f", ended by {signal.Signals(-code).name}{hint}{words}"


def transport(directory: str) -> str:
    """Sockets that are files in a directory of the user's own, where the system has them and names are short.

    A port, the other way, can be seen by whoever else is on the machine.
    """
    return "ipc" if os.name == "posix" and len(directory) < LONGEST_SOCKET_DIRECTORY else "tcp"


def environment() -> dict[str, str]:
    """The kernel's environment: ours, without a choice of how to draw.

    ipykernel's own choice is the one that puts figures into the notebook.
    """
    return {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}


def last_line(log: Any) -> str:
    """The last line of a log file that is no warning, empty if there is none."""
    log.seek(0)
    lines = (line.strip() for line in without_colours(log.read().decode("utf-8", "replace")).splitlines())
    return ([line for line in lines if line and "WARNING" not in line] or [""])[-1]
