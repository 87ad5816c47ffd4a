"""What is installed here: versions, devices, coverage, and whether another MXNet stands beside this one."""

import platform
from importlib import metadata
from pathlib import Path

from . import __version__

__all__ = ["coverage", "devices", "other_mxnet", "report", "versions"]

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


def other_mxnet() -> list[str]:
    """The other installed distributions that bring a package called `mxnet`, as `name version`."""
    providers = set(metadata.packages_distributions().get("mxnet", []))
    return [f"{name} {metadata.version(name)}" for name in sorted(providers - {"remxnet"})]


def report() -> str:
    """All of it as text for a terminal."""
    import mxnet

    counts = coverage()
    rows = list(versions().items())
    rows += [("devices" if index == 0 else "", device) for index, device in enumerate(devices())]
    rows.append(("operators", f"{counts['operators']}, under {counts['names']} of MXNet's names"))
    rows.append(("mxnet is at", str(Path(mxnet.__file__).parent)))
    others = other_mxnet()
    rows.append(("other mxnet", ", ".join(others) if others else "none installed"))
    width = max(len(name) for name, _ in rows) + 2
    lines = [f"{name:<{width}}{value}" for name, value in rows]
    if others:
        lines.append(
            "Two packages bring a module called mxnet, and each overwrites files of the other. Keep one: "
            f"pip uninstall {others[0].split()[0]} remxnet, then pip install remxnet."
        )
    return "\n".join(lines)
