"""The run that is being trained, on disk: made or opened again under a lock, and written so that it survives a kill.

Every file is written beside and renamed when it is on the disk. A checkpoint goes first, the other files follow, and
what is missing of them after a kill is made of the checkpoint again, so the directory never disagrees with itself for
longer than it takes to resume.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mxnet.gluon import Block
from mxnet.serialization import files, params

from ...errors import InputError
from ..settings import Settings
from .checkpoints import read_checkpoint, write_checkpoint
from .curves import curves
from .durable import durably, remove_leftovers
from .run import FORMAT, Run, read_config, results_of

__all__ = ["RecordedRun"]

FILES = (
    "config.json", "metrics.jsonl", "last.params", "best.params", "checkpoint", "log.txt", "curves.png",
    "nan-batch.npz", "nan-weights.params",
)  # fmt: skip
LOCK, FOLDER = "lock", "tensorboard"


class RecordedRun(Run):
    """A run that this process trains; `close` gives the directory free."""

    def __init__(self, directory: Path, config: dict[str, Any], lock: FileLock) -> None:
        super().__init__(directory, config, [])
        self._lock = lock
        self.checkpoint: dict[str, Any] | None = None

    # --- beginning and end ----------------------------------------------------------------------------------------

    @classmethod
    def create(cls, directory: Path, config: Mapping[str, Any], overwrite: bool = False) -> RecordedRun:
        """Begin a run in a directory, which is made if it is not there.

        Parameters
        ----------
        directory : Path
        config : mapping
            Goes into config.json.
        overwrite : bool
            Replace the run that is there.

        Raises
        ------
        InputError
            There is a run in the directory already, another process trains there, or it cannot be written to.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot write a run to {directory}: {error.strerror or error}") from error
        lock = lock_of(directory)
        try:
            there = [name for name in FILES if os.path.lexists(directory / name)]
            if there and not overwrite:
                raise InputError(
                    f"{directory} holds a run already ({there[0]}); name another --output, or add --overwrite, or go "
                    f"on with it: --resume {directory}"
                )
            run = cls(directory, {"format": FORMAT, "id": uuid.uuid4().hex, **config}, lock)
            run.write_config()
            for name in there:
                if name != "config.json":
                    (directory / name).unlink(missing_ok=True)
            remove_folder(directory / FOLDER)
            remove_leftovers(directory, FILES)
        except OSError as error:
            lock.release()
            raise InputError(f"cannot write a run to {directory}: {error.strerror or error}") from error
        except InputError:
            lock.release()
            raise
        return run

    @classmethod
    def reopen(cls, directory: Path) -> RecordedRun:
        """Open a run to go on with it.

        Raises
        ------
        InputError
            There is no run in the directory, or a damaged one, or another process is training it.
        """
        read_config(directory)  # before a lock file is put where there is no run
        lock = lock_of(directory)
        try:
            run = cls(directory, read_config(directory), lock)
            run.read_checkpoint()
        except (InputError, OSError):
            lock.release()
            raise
        return run

    def close(self) -> None:
        """Give the directory free."""
        self._lock.release()

    # --- what a resume needs ----------------------------------------------------------------------------------------

    def read_checkpoint(self) -> None:
        """Take the results and the state from the checkpoint; there is none before the first was due."""
        path = self.directory / "checkpoint"
        if not path.exists():
            if (self.directory / "last.params").exists():
                raise InputError(f"{self.directory} cannot be resumed: its checkpoint is missing")
            return
        checkpoint = read_checkpoint(path)
        try:
            if checkpoint["run"] != self.config.get("id"):
                raise InputError(f"{path} belongs to another run than {self.directory / 'config.json'}")
            self.results = results_of(checkpoint["results"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path} is damaged: {error!r}") from error
        self.checkpoint = checkpoint

    def repair(self, net: Block, at_epoch_end: bool) -> None:
        """Make the other files agree with the checkpoint that `net` has its weights from."""
        remove_leftovers(self.directory, FILES)
        self.write_metrics()
        if at_epoch_end and self.results:
            self.write_weights(net)

    # --- writing ----------------------------------------------------------------------------------------------------

    def write_config(self) -> None:
        """Write config.json."""
        with durably(self.directory / "config.json", "w") as stream:
            json.dump(self.config, stream, indent=2)
            stream.write("\n")

    def change_settings(self, settings: Settings) -> None:
        """Write the settings that a resumed run goes on with."""
        values = {**settings.as_json(), "output": str(self.directory)}
        if values != self.config["settings"]:
            self.config["settings"] = values
            self.write_config()

    def save(self, state: dict[str, Any]) -> None:
        """Write a checkpoint."""
        results = [asdict(result) for result in self.results]
        write_checkpoint(self.directory / "checkpoint", {"run": self.config["id"], "results": results, **state})

    def finish_epoch(self, net: Block, state: dict[str, Any]) -> None:
        """Keep what an epoch came to, the last of `results`: the checkpoint first, the rest can be made of it."""
        self.save(state)
        self.write_weights(net)
        self.write_metrics()

    def write_weights(self, net: Block) -> None:
        """Write last.params, and best.params if the last epoch is the best."""
        content = params.dumps(weights_of(net))
        for name in ("last", "best") if self.best is self.results[-1] else ("last",):
            with durably(self.directory / f"{name}.params") as stream:
                stream.write(content)

    def write_metrics(self) -> None:
        """Write metrics.jsonl."""
        with durably(self.directory / "metrics.jsonl", "w") as stream:
            stream.writelines(json.dumps(asdict(result)) + "\n" for result in self.results)

    def log(self, line: str) -> None:
        """Add a line, with the time, to log.txt."""
        path = self.directory / "log.txt"
        with files.writing(path), open(path, "ab+", opener=unlinked) as stream:
            if stream.tell():
                stream.seek(-1, 2)
                if stream.read(1) != b"\n":  # a kill cut the last line off
                    stream.write(b"\n")
            stream.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {line}\n".encode())

    def draw_curves(self) -> Path | None:
        """Draw the finished epochs into curves.png; None without matplotlib or without a finished epoch."""
        try:
            from matplotlib.figure import Figure
        except ImportError:
            return None
        if not self.results:
            return None
        path = self.directory / "curves.png"
        with durably(path) as stream:
            curves(Figure(figsize=(8, 3.2), layout="constrained"), self.results).savefig(stream, format="png", dpi=150)
        return path


def unlinked(path: str, flags: int) -> int:
    """Open a file that is to grow where it stands, unless that is elsewhere than it seems."""
    if os.path.islink(path):
        raise InputError(f"{path} is a link; a run writes to files of its own: remove it")
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def remove_folder(folder: Path) -> None:
    """Remove a folder and what is in it; of a link the link alone."""
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def weights_of(net: Block) -> dict[str, Any]:
    """All parameters by their place in the structure, as `save_parameters` names them."""
    places = net._collect_params_with_prefix()
    return {name: parameter.data(parameter.list_ctx()[0]).asnumpy() for name, parameter in places.items()}


def lock_of(directory: Path) -> FileLock:
    """Lock a directory for this process: the system takes the lock back when the process ends, however it ends."""
    if (directory / LOCK).is_symlink():
        raise InputError(f"{directory / LOCK} is a link; a run writes to files of its own: remove it")
    lock = FileLock(directory / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(f"{directory} is in use: another process is training there") from None
    except OSError as error:
        raise InputError(f"cannot write a run to {directory}: {error.strerror or error}") from error
    return lock
