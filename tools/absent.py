"""Write src/mxnet/_absent.json: the names of MXNet 1.9.1 that a module lacks, and where else the same thing is here.

usage: python tools/absent.py
"""

from __future__ import annotations

import functools
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]


#: what are two things in MXNet and one here
EQUIVALENT = {f"mxnet.ndarray.ndarray.{name}": [f"mxnet.ndarray.{name}"] for name in ("array", "empty", "zeros")}


def content() -> str:
    """Return the file's content."""
    from fidelity import modules

    facts: dict[str, dict[str, list[str]]] = {}
    for module, names in modules.read().items():  # two of MXNet's that are one here are one in the list
        facts.setdefault(_own_name(module), {}).update(names)
    missing, absent, elsewhere = [], {}, {}
    for module, names in facts.items():
        here = _module(module)
        if here is None:
            missing.append(module)
            continue
        own = {name for name in names if name in vars(here) or _is_loaded_later(f"{module}.{name}")}
        found = {name: _path([*EQUIVALENT.get(f"{module}.{name}", ()), *names[name]]) for name in names.keys() - own}
        found = dict(sorted(found.items()))
        absent[module] = " ".join(name for name, path in found.items() if not path and f"{module}.{name}" not in facts)
        elsewhere[module] = " ".join(f"{name}={path}" for name, path in found.items() if path)
    kept = {"names": absent, "elsewhere": elsewhere}
    return json.dumps({"modules": missing, **{key: _filled(value) for key, value in kept.items()}}, indent=1) + "\n"


def _own_name(module: str) -> str:
    """The name that a module of MXNet has here."""
    from mxnet import _aliases

    package, _, path = module.partition(".")
    return f"{package}.{_aliases.own_name(path)}" if path else module


def _filled(texts: dict[str, str]) -> dict[str, str]:
    return {key: text for key, text in texts.items() if text}


@functools.cache
def _module(name: str) -> ModuleType | None:
    """The module of a name, or None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _is_loaded_later(path: str) -> bool:
    """Whether a module of that name is loaded when it is asked for."""
    own = _own_name(path)
    return (own != path or path.count(".") == 1) and _module(own) is not None


def _path(paths: Sequence[str]) -> str | None:
    """The first of some paths at which something is here, as ``module.name``."""
    for path in paths:
        module, _, name = path.rpartition(".")
        here = _module(module)
        if here is not None and name in vars(here):
            return path
    return None


if __name__ == "__main__":
    from mxnet._absent import FILE

    FILE.write_text(content(), encoding="utf-8")
    print(f"wrote {FILE.relative_to(ROOT)}")
