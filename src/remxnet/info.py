"""What is installed here: versions, devices, coverage, and whether another MXNet stands beside this one."""

import platform
from importlib import metadata

from . import __version__
from .installed import Problem, other_mxnet, problems, where_mxnet_is
from .provided import provided

__all__ = ["coverage", "devices", "report", "versions"]

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


def report() -> tuple[str, bool]:
    """All of it as text for a terminal, and whether all is well.

    Nothing is imported before it is known that it can be.
    """
    found = problems()
    rows: list[tuple[str, str]] = [("remxnet", __version__)]
    broken = None
    if not any("import mxnet finds" in each.what or "files of remxnet" in each.what for each in found):
        try:
            counts = coverage()
            rows = list(versions().items())
            rows += [("devices" if index == 0 else "", device) for index, device in enumerate(devices())]
            rows.append(("operators", f"{counts['operators']}, under {counts['names']} of MXNet's names"))
        except ImportError as error:
            broken = Problem(f"import mxnet fails: {error}", "pip install --force-reinstall remxnet")
    rows.append(("mxnet is at", str(where_mxnet_is() or "no place")))
    rows.append(("other mxnet", ", ".join(other_mxnet()) or "none installed"))
    rows.append(("provided to pip", ", ".join(provided()) or "nothing; remxnet provide"))
    width = max(len(name) for name, _ in rows) + 2
    lines = [f"{name:<{width}}{value}" for name, value in rows]
    for each in found or ([broken] if broken else []):
        lines += [f"PROBLEM: {each.what}.", f"    {each.repair}"]
    return "\n".join(lines), not found and broken is None
