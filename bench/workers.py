"""The parent's side of the workers: starts them, lets one at a time run, and sees that the others are idle.

A worker that is not asked is stopped with all its processes (SIGSTOP), so that neither threads that spin while they
wait nor a loader's workers take the cores from the one whose turn it is.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .case import MXNET, OURS, Case

ROOT = Path(__file__).resolve().parent.parent
#: the longest a reply may take, in seconds: compiling, or a notebook under MXNet on a slow machine
PATIENCE = 900


class WorkerFailed(Exception):
    """A worker said what went wrong, died, or gave no answer; the text is one line."""


class CaseUnavailable(Exception):
    """An implementation of a case cannot be had here; the text says why."""


@dataclass(frozen=True)
class Places:
    """Where things are: the interpreter of MXNet 1.9.1 if there is one, the archives, and room for files."""

    scratch: Path
    oracle: Path | None = None
    data: Path | None = None

    def libraries(self) -> tuple[str, ...]:
        """Who can take part."""
        return (OURS, "torch", MXNET) if self.oracle else (OURS, "torch")

    def python(self, library: str) -> str:
        """The interpreter that has it."""
        return str(self.oracle) if library == MXNET else sys.executable

    def environment(self, library: str, threads: int) -> dict[str, str]:
        """The same threads and the same arithmetic for all, and the right `mxnet` on the path."""
        unwanted = ("PYTHON", "OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_", "MXNET_", "DNNL_", "ONEDNN_", "REMXNET_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
        return {
            **inherited,
            **thread_settings(threads),
            **blas_settings(),
            "PYTHONPATH": str(ROOT / "src") if library == OURS else "",
            "BENCH_BOOK_PATH": os.pathsep.join(map(str, self.book_path(library))),
            "BENCH_DATA": str(self.data or ""),
            "MXNET_HOME": str(self.data.parents[1] if self.data else self.scratch),
        }

    def book_path(self, library: str) -> list[Path]:
        """The books' modules, and for MXNet a folder that has `remxnet`, which they import, and no `mxnet`."""
        modules = ROOT / "src" / "remxnet" / "book" / "modules"
        if library == OURS:
            return [modules]
        tools = self.scratch / "tools"
        tools.mkdir(exist_ok=True)
        if not (tools / "remxnet").exists():
            (tools / "remxnet").symlink_to(ROOT / "src" / "remxnet")
        return [modules, tools]


def thread_settings(threads: int) -> dict[str, str]:
    """For every library that counts threads by itself."""
    return {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


def blas_settings() -> dict[str, str]:
    """What OpenBLAS should take the processor for.

    MXNet 1.9.1 brings an OpenBLAS of 2021, which takes a newer processor for one with SSE only: its matrix products
    then take twice as long. Told the widest set it knows well, it uses it; nobody else here has an OpenBLAS in the way.
    """
    from .machine import vector_bits

    return {"OPENBLAS_CORETYPE": "Haswell"} if vector_bits() >= 256 else {}


@dataclass
class Worker:
    """One worker process and whatever processes it starts."""

    library: str
    places: Places
    threads: int = 2
    process: subprocess.Popen[bytes] = field(init=False)
    buffer: bytes = b""

    def __post_init__(self) -> None:
        self.log = self.places.scratch / f"worker-{self.library}.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [self.places.python(self.library), "-W", "ignore", "-m", "bench.worker"],
                cwd=ROOT,
                env=self.places.environment(self.library, self.threads),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def ask(self, do: str, /, **arguments: Any) -> dict[str, Any]:
        """Let it run until it has answered."""
        assert self.process.stdin is not None
        try:
            self.signal(signal.SIGCONT)
            self.process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
            self.process.stdin.flush()
            reply = json.loads(self.line())
            self.signal(signal.SIGSTOP)
        except (BrokenPipeError, ProcessLookupError) as error:
            raise WorkerFailed(f"the worker died; {self.log} may say why") from error
        if "unavailable" in reply:
            raise CaseUnavailable(reply["unavailable"])
        if "error" in reply:
            raise WorkerFailed(reply["error"])
        return reply

    def line(self) -> bytes:
        """The next line of its answers."""
        assert self.process.stdout is not None
        end = time.monotonic() + PATIENCE
        while b"\n" not in self.buffer:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise WorkerFailed(f"no answer in {PATIENCE} s")
            received = os.read(self.process.stdout.fileno(), 1 << 16)
            if not received:
                raise BrokenPipeError
            self.buffer += received
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def signal(self, number: int) -> None:
        """To the worker and all it started."""
        os.killpg(self.process.pid, number)

    def close(self) -> None:
        """End it and all it started."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # it has died already, and nothing is lost
        try:
            self.signal(signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self.process.wait()


class Team:
    """The workers of a family of cases, started when they are first needed and again if they died."""

    def __init__(self, places: Places, threads: int) -> None:
        self.places, self.threads = places, threads
        self.workers: dict[str, Worker] = {}

    def ask(self, implementation: str, do: str, /, **arguments: Any) -> dict[str, Any]:
        """Ask the worker of this implementation's library; a worker that fails is not used again."""
        library = implementation.split()[0]
        worker = self.workers.get(library)
        if worker is None:
            worker = self.workers[library] = Worker(library, self.places, self.threads)
        try:
            return worker.ask(do, **arguments)
        except WorkerFailed:
            self.workers.pop(library).close()
            raise

    def close(self) -> None:
        """End them all."""
        while self.workers:
            self.workers.popitem()[1].close()


def takes_part(case: Case, implementation: str, places: Places) -> bool:
    """Whether its library is there."""
    return implementation in case.implementations() and implementation.split()[0] in places.libraries()
