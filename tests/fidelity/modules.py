"""The modules of MXNet 1.9.1, the names in each, and where else the same thing has a name; as facts.

Its own Python writes them down: ORACLE/bin/python -W ignore tests/fidelity/modules.py
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
import types
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "recorded" / "modules.json"

#: names with an underscore that programs reach for all the same
PRIVATE = """
    mxnet.base._LIB mxnet.base._Null mxnet.executor_manager._split_input_slice mxnet.gluon.block._flatten
    mxnet.gluon.block._regroup mxnet.gluon.data.dataloader._as_in_context mxnet.gluon.loss._apply_weighting
    mxnet.gluon.loss._reshape_like mxnet.gluon.model_zoo.model_store._model_sha1
    mxnet.gluon.model_zoo.vision.resnet._conv3x3 mxnet.gluon.utils._get_repo_file_url mxnet.gluon.utils._get_repo_url
    mxnet.image.image._get_interp_method mxnet.model._create_kvstore mxnet.model._initialize_kvstore
    mxnet.model._update_params mxnet.model._update_params_on_kvstore mxnet.module.base_module._as_list
    mxnet.module.base_module._check_input_names mxnet.module.base_module._parse_data_desc
""".split()

#: how MXNet's Python talks to its C library; no program's business
INTERNAL = (
    "_api_internal",
    "_ctypes",
    "_cy3",
    "_ffi",
    "_global_var",
    "_numpy_op_doc",
    "api",
    "cython",
    "tvmop",
    "gen_",
)


def _belongs(value: Any) -> bool:
    """Whether MXNet defines a value; numbers, texts and lists have no module of their own."""
    origin = getattr(value, "__module__", None)
    if isinstance(value, types.ModuleType):
        return value.__name__.split(".")[0] == "mxnet"
    return isinstance(value, (int, float, str, list, dict, tuple)) if origin is None else origin.startswith("mxnet")


def modules() -> dict[str, dict[str, list[str]]]:
    """Return for each module its public names, each with the other paths to the same thing."""
    import mxnet

    for found in pkgutil.walk_packages(mxnet.__path__, "mxnet."):
        try:
            importlib.import_module(found.name)
        except (ImportError, ValueError) as error:
            print(f"left out: {found.name} ({type(error).__name__})", file=sys.stderr)
    private = {tuple(name.rsplit(".", 1)) for name in PRIVATE}
    result: dict[str, dict[str, Any]] = {}
    for name, module in sorted(sys.modules.items()):
        parts = name.split(".")
        if parts[0] != "mxnet" or module is None or any(part.startswith(INTERNAL) for part in parts[1:]):
            continue
        public = [each for each in dir(module) if not each.startswith("_") and _belongs(getattr(module, each))]
        names = sorted({*public, *(each for owner, each in private if owner == name)})
        result[name] = {each: getattr(module, each) for each in names}
    paths: dict[int, list[str]] = {}
    for module_name, members in result.items():
        for each, value in members.items():
            if not isinstance(value, (int, float, str)):
                paths.setdefault(id(value), []).append(f"{module_name}.{each}")
    return {
        module_name: {
            each: [path for path in paths.get(id(value), []) if path != f"{module_name}.{each}"]
            for each, value in members.items()
        }
        for module_name, members in result.items()
    }


def write(facts: dict[str, dict[str, list[str]]]) -> None:
    """Write the facts, of the paths to one thing the twelve shortest."""

    def line(name: str, paths: list[str]) -> str:
        shortest = sorted(paths, key=lambda path: (path.count("."), len(path), path))[:12]
        return "=".join([name, *shortest])

    text = {module: " ".join(line(*item) for item in names.items()) for module, names in facts.items()}
    FILE.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


def read() -> dict[str, dict[str, list[str]]]:
    """Return what was written down."""
    facts = json.loads(FILE.read_text(encoding="utf-8"))
    split = {module: [each.split("=") for each in text.split()] for module, text in facts.items()}
    return {module: {name: paths for name, *paths in names} for module, names in split.items()}


if __name__ == "__main__":
    found = modules()
    write(found)
    print(f"wrote {FILE.name}: {len(found)} modules, {sum(map(len, found.values()))} names")
