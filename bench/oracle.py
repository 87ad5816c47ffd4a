"""MXNet 1.9.1 itself: finds the environment that has it, or makes one where it can be had."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["OracleUnavailable", "find_oracle", "make_oracle"]

#: newest first; the books' helpers need 3.10, MXNet 1.9.1 has no build for later than 3.11's NumPy
PYTHONS = ("python3.11", "python3.10", "python3.9", "python3.8")
#: asks for the distribution: our own package says 1.9.1 as well
DISTRIBUTION = "import mxnet, importlib.metadata; print(importlib.metadata.version('mxnet'))"
PACKAGES = ("mxnet==1.9.1", "numpy==1.23.5", "scipy<1.11")


class OracleUnavailable(Exception):
    """MXNet 1.9.1 cannot be had here; the text says why."""


def clean_environment() -> dict[str, str]:
    """The environment of this process, without what would show another interpreter our packages."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def runs(python: str | Path, program: str) -> str | None:
    """What the program prints under this interpreter, or None if it fails."""
    try:
        done = subprocess.run(
            [str(python), "-W", "ignore", "-c", program],
            capture_output=True,
            text=True,
            check=False,
            env=clean_environment(),
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def find_oracle(place: Path) -> Path:
    """The interpreter of an environment that has MXNet 1.9.1.

    Raises
    ------
    OracleUnavailable
        There is none, or it has something else.
    """
    python = place if place.is_file() else place / "bin" / "python"
    if not python.is_file():
        raise OracleUnavailable(f"there is no {python}")
    version = runs(python, DISTRIBUTION)
    if version != "1.9.1":
        has = f"MXNet {version}" if version else "no MXNet that can be imported"
        raise OracleUnavailable(f"{python} has {has}, and 1.9.1 is expected")
    return python.absolute()


def make_oracle(place: Path) -> Path:
    """The interpreter of the environment `place`, which is made first if it is not there.

    Raises
    ------
    OracleUnavailable
        This machine cannot run MXNet 1.9.1, or installing it failed.
    """
    if (place / "bin" / "python").exists():
        return find_oracle(place)
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise OracleUnavailable(f"it has builds for x86-64 Linux only, not {platform.system()} {platform.machine()}")
    found = [path for name in PYTHONS if (path := shutil.which(name))]
    python = next((path for path in found if runs(path, "import venv, ensurepip") is not None), None)
    if python is None:
        raise OracleUnavailable("it needs Python 3.8 to 3.11 with venv, and none is on the path")
    print(f"bench: making {place} with MXNet 1.9.1 for {python}", file=sys.stderr)
    commands = (
        [python, "-m", "venv", str(place)],
        [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES],
    )
    try:
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=clean_environment())
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                raise OracleUnavailable(f"{' '.join(command[1:4])} failed: {last}")
        return find_oracle(place)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
