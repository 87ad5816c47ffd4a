"""Runs in a process of its own, with one client on the path: imports all of it, and goes its main paths.

    python bench/clients/child.py CLIENT

Every line it prints is JSON: what was imported, and for each path whether it went, in how many seconds, or why not.
"""

from __future__ import annotations

import functools
import importlib
import json
import pkgutil
import sys
import time
import traceback
import typing
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))
from bench.clients.packages import CLIENTS


def main() -> int:
    """Import, run, and tell."""
    warnings.simplefilter("ignore")
    client = next(each for each in CLIENTS if each.name == sys.argv[1])
    if client.old_python:
        name_tuples_as_before()
    tell(imported(client.module, client.without))
    name = f"bench.clients.paths.{client.name.replace('-', '_').replace('.', '_')}"
    paths, why = attempted(lambda: importlib.import_module(name).PATHS)
    if why:
        tell({"path": "imports", "error": why})
        return 0
    for path in paths:
        tell(gone(path))
    return 0


def attempted(call: Callable[[], Any]) -> tuple[Any, str]:
    """What a call gives, and what stopped it; "" where nothing did. Old programs leave by SystemExit as well."""
    try:
        return call(), ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - what stops a client is what is asked
        return None, short(error)


def name_tuples_as_before() -> None:
    """Leave out what a named tuple names beside itself, as Python did until 3.8; an error since then."""
    kind: Any = typing.NamedTupleMeta
    make, own = kind.__new__, typing._NamedTuple
    kind.__new__ = lambda made, name, bases, space: make(made, name, (own,), space)


def imported(module: str, without: tuple[str, ...]) -> dict[str, Any]:
    """How many of a package's modules import, of how many, and why the others do not."""
    failed: dict[str, str] = {}
    package, why = attempted(lambda: importlib.import_module(module))
    if why:
        return {"modules": 0, "of": 1, "failed": {module: why}}
    names = [each.name for each in pkgutil.walk_packages(package.__path__, f"{module}.", onerror=lambda name: None)]
    names = [name for name in names if not name.startswith(without) and not name.endswith("__main__")]
    for name in names:
        _, why = attempted(functools.partial(importlib.import_module, name))
        if why:
            failed[name] = why
    return {"modules": len(names) - len(failed), "of": len(names), "failed": failed}


def gone(path: Callable[[], Any]) -> dict[str, Any]:
    """What came of a path."""
    start = time.time()
    result, why = attempted(path)
    told = {"error": why} if why else {"result": repr(result)[:200]}
    return {"path": path.__name__, **told, "seconds": round(time.time() - start, 1)}


def short(error: BaseException) -> str:
    """An error in a line, with the place in the client it came through."""
    places = [each for each in traceback.extract_tb(error.__traceback__) if "/remxnet/" not in each.filename]
    place = f" @ {'/'.join(places[-1].filename.split('/')[-2:])}:{places[-1].lineno}" if places else ""
    return f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}{place}"


def tell(what: dict[str, Any]) -> None:
    """One line."""
    print("CLIENT " + json.dumps(what), flush=True)


if __name__ == "__main__":
    sys.exit(main())
