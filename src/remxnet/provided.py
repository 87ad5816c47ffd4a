"""Metadata that says `mxnet`, and the books' helpers, are installed: so that pip leaves them alone.

`pip install mxnet` writes MXNet's files over those of this package, and a package that requires mxnet brings it along.
With these few lines of metadata pip answers "already satisfied" instead. They hold no code, require remxnet, and
`pip uninstall` takes them away without touching anything else.
"""

import base64
import hashlib
import shutil
import sysconfig
from importlib import metadata
from pathlib import Path

from .errors import InputError

__all__ = ["HELPERS", "MXNET", "provide", "provided", "remove"]

#: what is provided, in the version whose interface it is
MXNET = {"mxnet": "1.9.1"}
HELPERS = {"d2l": "1.0.3", "d2lzh": "1.0.0", "gluonbook": "0.8.10"}
INSTALLER = "remxnet"


def provide(helpers: Path | None = None) -> list[Path]:
    """Write the metadata into this environment.

    Parameters
    ----------
    helpers : Path, optional
        the directory of the books' helpers: then also for `d2l`, `d2lzh` and `gluonbook`, which can be imported
        everywhere in this environment from then on, after everything else that has these names

    Returns
    -------
    list of Path
        the directories written

    Raises
    ------
    InputError
        a distribution of one of these names, or another build of MXNet, is installed; nothing was written
    """
    wanted = {**MXNET, **(HELPERS if helpers is not None else {})}
    for distribution in metadata.distributions():
        name = (distribution.metadata["Name"] or "").lower().replace("_", "-")
        other_build = name.startswith("mxnet-") and "mxnet" in _top_levels(distribution)
        if (name in wanted or other_build) and not _is_ours(distribution):
            raise InputError(
                f"{name} {distribution.version} is installed, and is the real one; pip uninstall {name} takes it away "
                "(and files of remxnet's with it: remxnet info says what to do then)"
            )
    return [_write(name, version, helpers if name in HELPERS else None) for name, version in wanted.items()]


def provided() -> list[str]:
    """The names whose metadata is here, as `name version`."""
    names = {**MXNET, **HELPERS}
    found = {each.metadata["Name"]: each.version for each in metadata.distributions() if _is_ours(each)}
    return [f"{name} {found[name]}" for name in names if name in found]


def remove() -> list[str]:
    """Take all of it away again; returns the names."""
    gone = []
    for distribution in list(metadata.distributions()):
        if _is_ours(distribution):
            name = distribution.metadata["Name"]
            (_place() / _path_file(name)).unlink(missing_ok=True)
            shutil.rmtree(_place() / f"{name}-{distribution.version}.dist-info")
            gone.append(name)
    return sorted(gone)


def _place() -> Path:
    return Path(sysconfig.get_path("purelib"))


def _path_file(name: str) -> str:
    return f"remxnet-{name}.pth"


def _is_ours(distribution: metadata.Distribution) -> bool:
    return (distribution.read_text("INSTALLER") or "").strip() == INSTALLER


def _top_levels(distribution: metadata.Distribution) -> set[str]:
    return {path.parts[0] for path in distribution.files or () if len(path.parts) > 1}


def _write(name: str, version: str, modules: Path | None) -> Path:
    """The metadata of one distribution, and the line that makes its module importable where there is one."""
    folder = f"{name}-{version}.dist-info"
    files = {
        f"{folder}/METADATA": (
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            f"Summary: Provided by remxnet under this name; holds no files of its own\nRequires-Dist: remxnet\n"
        ),
        f"{folder}/INSTALLER": f"{INSTALLER}\n",
    }
    if modules is not None:
        files[_path_file(name)] = f"{modules}\n"
    record = ""
    for path, text in files.items():
        target = _place() / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    (_place() / folder / "RECORD").write_text(f"{record}{folder}/RECORD,,\n", encoding="utf-8", newline="\n")
    return _place() / folder
