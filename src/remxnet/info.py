"""What is installed here: versions, devices, coverage, and whether another MXNet stands beside this one."""

import platform
import textwrap
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

from . import __version__
from .installed import Problem, other_mxnet, problems, where_mxnet_is
from .provided import provided

__all__ = ["Found", "coverage", "coverage_table", "devices", "gathered", "names_here", "versions"]

OPTIONAL_PACKAGES = ("rich", "matplotlib", "opencv-python-headless", "nbclient", "tensorboardX")


def versions() -> dict[str, str]:
    """Name to version of everything that computes or draws here; missing optional packages are left out."""
    import numpy
    import torch

    import mxnet

    found = {
        "remxnet": __version__,
        "mxnet interface": mxnet.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torch build": torch_build(),
        "numpy": numpy.__version__,
    }
    for package in OPTIONAL_PACKAGES:
        version = installed_version(package)
        if version:
            found[package] = version
    found["system"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    return found


def installed_version(package: str) -> str | None:
    """The version of an installed distribution."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def torch_build() -> str:
    """What this torch was built to compute on."""
    import torch

    if torch.version.cuda:
        return f"CUDA {torch.version.cuda}"
    if torch.version.hip:
        return f"ROCm {torch.version.hip}"
    return "CPU"


def devices() -> list[str]:
    """The devices that can be used, as MXNet names them."""
    import torch

    found = [f"cpu: {torch.get_num_threads()} threads"]
    found += [f"gpu({index}): {torch.cuda.get_device_name(index)}" for index in range(torch.cuda.device_count())]
    return found


def coverage() -> dict[str, int]:
    """How many operators are in the table, and under how many of MXNet's names."""
    import mxnet  # noqa: F401  (fills the table)
    from mxnet.ops.registry import OPERATORS

    return {"operators": len({id(spec) for spec in OPERATORS.values()}), "names": len(OPERATORS)}


def names_here() -> dict[str, dict[str, Any]]:
    """For each module of MXNet 1.9.1: how many of its names are here, of how many, and which are missing."""
    from mxnet._absent import coverage as of_modules

    return {
        module: {"here": here, "names": count, "missing": missing}
        for module, (here, count, missing) in sorted(of_modules().items())
    }


def coverage_table() -> str:
    """What `names_here` counts, in lines."""
    found = names_here()
    width = max(map(len, found)) + 2
    lines = [f"{'module':<{width}}{'here':>6}{'names':>7}  missing"]
    for module, row in found.items():
        missing = textwrap.shorten(" ".join(row["missing"]), 60, placeholder=" …") if row["here"] else "all of it"
        lines.append(f"{module:<{width}}{row['here']:>6}{row['names']:>7}  {missing}".rstrip())
    here, names = (sum(row[key] for row in found.values()) for key in ("here", "names"))
    return "\n".join([*lines, f"{'all':<{width}}{here:>6}{names:>7}"])


@dataclass(frozen=True)
class Found:
    """What is installed here, and what is wrong with it.

    Attributes
    ----------
    versions : dict of str
        By what computes or draws.
    devices : list of str
    operators : dict of int
        See `coverage`.
    place : str
        Where `import mxnet` looks.
    others, provided : list of str
        Other distributions with a package called mxnet; what pip has been told is here.
    problems : list of Problem
    """

    versions: dict[str, str]
    devices: list[str]
    operators: dict[str, int]
    place: str
    others: list[str]
    provided: list[str]
    problems: list[Problem]

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return {**asdict(self), "problems": [each._asdict() for each in self.problems]}

    def __str__(self) -> str:
        rows = list(self.versions.items())
        rows += [("devices" if index == 0 else "", device) for index, device in enumerate(self.devices)]
        if self.operators:
            rows.append(
                ("operators", f"{self.operators['operators']}, under {self.operators['names']} of MXNet's names")
            )
        rows.append(("mxnet is at", self.place or "no place"))
        rows.append(("other mxnet", ", ".join(self.others) or "none installed"))
        rows.append(("provided to pip", ", ".join(self.provided) or "nothing; remxnet provide"))
        width = max(len(name) for name, _ in rows) + 2
        lines = [f"{name:<{width}}{value}" for name, value in rows]
        for each in self.problems:
            lines += [f"PROBLEM: {each.what}.", f"    {each.repair}"]
        return "\n".join(lines)


def gathered() -> Found:
    """Look at all of it.

    Nothing is imported before it is known that it can be.
    """
    found = problems()
    seen: dict[str, Any] = {"versions": {"remxnet": __version__}, "devices": [], "operators": {}}
    if not any("import mxnet finds" in each.what or "files of remxnet" in each.what for each in found):
        try:
            seen = {"operators": coverage(), "versions": versions(), "devices": devices()}
        except ImportError as error:
            found = found or [Problem(f"import mxnet fails: {error}", "pip install --force-reinstall remxnet")]
    place = where_mxnet_is()
    return Found(**seen, place=str(place or ""), others=other_mxnet(), provided=list(provided()), problems=found)
