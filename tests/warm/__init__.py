"""Processes that begin with everything imported.

A fresh interpreter takes three seconds of a processor until torch, this package and IPython's kernel are imported.
Where a test is not about that, its programs and kernels come from here: the fixture ``warm`` puts a small program in
the place of ``sys.executable``, which has a server fork a process and is then, to whoever started it, that process:
its streams, directory, environment, arguments, signals and exit code are those of the other. Only where it is killed
outright does the other live on for a moment.

``server.py`` is forked from, ``shim.py`` stands for the interpreter. Neither is used where the system cannot fork.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["Warm"]

HERE = Path(__file__).parent


class Warm:
    """A server, started when the first process is asked for.

    Attributes
    ----------
    executable : str
        what stands for ``sys.executable``
    """

    def __init__(self) -> None:
        self._place = tempfile.TemporaryDirectory(prefix="warm-")
        self._socket = Path(self._place.name, "s")
        self._server: subprocess.Popen[bytes] | None = None
        self.executable = str(Path(self._place.name, "python"))
        program = (HERE / "shim.py").read_text(encoding="utf-8")
        Path(self.executable).write_text(f"#!{sys.executable} -IS\n{program}", encoding="utf-8")
        os.chmod(self.executable, 0o700)

    def start(self) -> None:
        """Start the server, unless it runs."""
        if self._server is None:
            command = [sys.executable, str(HERE / "server.py"), str(self._socket), self.executable]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
            self._server = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
            )
            assert self._server.stdout is not None
            if self._server.stdout.readline() != b"ready\n":
                raise RuntimeError(f"the server of warm processes ended with {self._server.wait()}")

    def stop(self) -> None:
        """End the server and what it has forked."""
        if self._server is not None:
            self._server.communicate(timeout=60)
        self._place.cleanup()
