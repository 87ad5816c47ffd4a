"""The kernel that Jupyter offers after `remxnet kernel install`: this interpreter, as `session` prepares it."""

import json
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from .. import __version__
from ..errors import InputError

__all__ = ["NAME", "OLD_NUMPY_NAME", "install", "remove"]

NAME = "remxnet"
OLD_NUMPY_NAME = "remxnet-old-numpy"
BEGIN = "import remxnet.notebooks.session as _session; _session.begin(old_numpy={}); del _session"


def specification(old_numpy: bool = False) -> dict[str, object]:
    """What stands in kernel.json, with or without the names that NumPy took away."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}" + (", old NumPy" if old_numpy else "")
    return {
        "argv": [
            sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}",
            f"--IPKernelApp.exec_lines={BEGIN.format(old_numpy)}",
        ],
        "display_name": f"MXNet (remxnet, Python {version})",
        "language": "python",
        "metadata": {"debugger": True, "remxnet": __version__},
    }  # fmt: skip


def install(name: str = NAME, here: bool = False, old_numpy: bool = False) -> Path:
    """Register the kernel, or bring it up to date.

    Parameters
    ----------
    name : str
        the kernel's name, of letters, digits, '-', '.' and '_'
    here : bool
        for the Jupyter of this environment alone; otherwise for every Jupyter of the user
    old_numpy : bool
        cells get the names that NumPy took away, see `remxnet.old_numpy`

    Returns
    -------
    Path
        the directory with its kernel.json

    Raises
    ------
    InputError
        a kernel of another make has the name, or the name cannot be one
    """
    place = found(name)
    if place is not None and not is_ours(place):
        raise InputError(
            f"a kernel called {name!r} is there, and is no kernel of remxnet: {place}; choose another --name"
        )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "kernel"
        source.mkdir()
        text = json.dumps(specification(old_numpy), indent=1)
        (source / "kernel.json").write_text(text + "\n", encoding="utf-8")
        where = {"prefix": sys.prefix} if here else {"user": True}
        try:
            return Path(KernelSpecManager().install_kernel_spec(str(source), name, **where))
        except ValueError as error:
            raise InputError(f"--name {name!r}: expected letters, digits, '-', '.' and '_'") from error


def remove(name: str = NAME) -> Path:
    """Take the kernel away again.

    Raises
    ------
    InputError
        there is none, or it is no kernel of remxnet's
    """
    place = found(name)
    if place is None:
        raise InputError(f"no kernel is called {name!r}; `jupyter kernelspec list` shows those there are")
    if not is_ours(place):
        raise InputError(f"the kernel called {name!r} is no kernel of remxnet: {place}; it stays")
    KernelSpecManager(ensure_native_kernel=False).remove_kernel_spec(name)
    return place


def found(name: str) -> Path | None:
    """The directory of the kernel of a name."""
    try:
        return Path(KernelSpecManager().get_kernel_spec(name).resource_dir)
    except NoSuchKernel:
        return None


def is_ours(place: Path) -> bool:
    """Whether remxnet wrote a kernel."""
    try:
        written = json.loads((place / "kernel.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    metadata = written.get("metadata") if isinstance(written, dict) else None
    return isinstance(metadata, dict) and "remxnet" in metadata
