"""What is wrong with the installation, found without importing any of it.

`pip install mxnet` in the same environment writes MXNet's files over ours, and uninstalling it takes ours along; other
packages bring versions of NumPy that are too old. Whatever it is, there is a command that repairs it.
"""

import base64
import csv
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

__all__ = ["Problem", "other_mxnet", "problems", "where_mxnet_is"]

REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[[^\]]*\])?\s*(?P<bounds>[^;]*?)\s*(?:;.*)?")
BOUND = re.compile(r"(>=|<)\s*([\d.]+)")


class Problem(NamedTuple):
    """Something that does not work, in a line, and the command that repairs it."""

    what: str
    repair: str


def problems() -> list[Problem]:
    """All there is to find, what breaks most first."""
    return [*_overwritten(), *_found_elsewhere(), *_dependencies()]


def other_mxnet() -> list[str]:
    """The other installed distributions that bring a package called `mxnet`, as `name version`."""
    providers = set(metadata.packages_distributions().get("mxnet", []))
    return [f"{name} {metadata.version(name)}" for name in sorted(providers - {"remxnet"})]


def where_mxnet_is() -> Path | None:
    """The directory that `import mxnet` would read; None where there is none."""
    # not by importlib.util.find_spec, which tells where an imported one came from
    finders = (getattr(finder, "find_spec", None) for finder in sys.meta_path)
    spec = next((spec for find in finders if find is not None and (spec := find("mxnet", None)) is not None), None)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) if places else None


def _overwritten() -> Iterator[Problem]:
    """Other distributions' files in the place of ours, or ours gone."""
    others = other_mxnet()
    changed, missing = _damage()
    again = f"pip install --force-reinstall --no-deps {_source()}"
    remove = f"pip uninstall -y {' '.join(each.split()[0] for each in others)}"
    if changed or missing:
        counts = [f"{count} {how}" for count, how in ((changed, "overwritten"), (missing, "gone")) if count]
        by = f" by {', '.join(others)}" if others else ""
        yield Problem(
            f"files of remxnet are not as installed: {', '.join(counts)}{by}", f"{remove}; {again}" if others else again
        )
    elif others:
        yield Problem(
            f"{', '.join(others)} brings a package called mxnet as well, and each may overwrite the other",
            f"{remove}; {again}",
        )


def _found_elsewhere() -> Iterator[Problem]:
    """Another directory called mxnet that comes first."""
    ours, found = Path(__file__).resolve().parents[1] / "mxnet", where_mxnet_is()
    if found is not None and found.resolve() != ours and not other_mxnet():
        yield Problem(f"import mxnet finds {found}, not {ours}", f"rename or move {found}, or start somewhere else")


def _damage() -> tuple[int, int]:
    """How many installed files of ours have other content, and how many are gone."""
    changed = missing = 0
    try:
        distribution = metadata.distribution("remxnet")
    except metadata.PackageNotFoundError:
        return 0, 0
    # not by distribution.files, which leaves out what is gone from Python 3.12 on
    for path, digest, *_ in csv.reader((distribution.read_text("RECORD") or "").splitlines()):
        if not digest.startswith("sha256=") or path.split("/")[0] not in ("mxnet", "remxnet") or path.endswith(".pyc"):
            continue
        try:
            content = Path(str(distribution.locate_file(path))).read_bytes()
        except OSError:
            missing += 1
            continue
        found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        changed += digest != f"sha256={found}"
    return changed, missing


def _source() -> str:
    """What to give to pip to install this package again: the directory it came from, or its name."""
    try:
        origin = json.loads(metadata.distribution("remxnet").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        return "remxnet"
    address = origin.get("url", "") if isinstance(origin, dict) else ""
    editable = "-e " if address and origin.get("dir_info", {}).get("editable") else ""
    return editable + address.removeprefix("file://") if address else "remxnet"


def _dependencies() -> Iterator[Problem]:
    """Packages that are too old or too new; optional ones only where they are installed."""
    try:
        wanted = metadata.requires("remxnet") or []
    except metadata.PackageNotFoundError:
        return
    seen = set()
    for text in wanted:
        match = REQUIREMENT.fullmatch(text)
        if match is None or match["name"] == "remxnet" or "python_version" in text or match["name"] in seen:
            continue
        seen.add(match["name"])
        bounds = ",".join(sorted((kind + number for kind, number in BOUND.findall(match["bounds"])), reverse=True))
        try:
            version = metadata.version(match["name"])
        except metadata.PackageNotFoundError:
            if "extra" not in text:
                yield Problem(f"{match['name']} is missing", f"pip install '{match['name']}{bounds}'")
            continue
        if not _within(version, BOUND.findall(match["bounds"])):
            yield Problem(
                f"{match['name']} is {version}; remxnet needs {bounds}", f"pip install '{match['name']}{bounds}'"
            )


def _within(version: str, bounds: list[tuple[str, str]]) -> bool:
    found = _release(version)
    return all(found >= _release(number) if kind == ">=" else found < _release(number) for kind, number in bounds)


def _release(version: str) -> tuple[int, ...]:
    match = re.match(r"[\d.]+", version)
    numbers = [int(part) for part in (match[0] if match else "0").split(".") if part]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
