"""Write src/mxnet/_absent.json: the names of MXNet 1.9.1 that a module lacks, and where else the same thing is here.

Beside them how many names programs are meant to use of each module, and which of these are not here.

usage: python tools/absent.py
"""

from __future__ import annotations

import functools
import importlib
import json
import re
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
    missing, absent, elsewhere, coverage = [], {}, {}, {}
    for module, names in facts.items():
        features = {name for name in names if not NO_FEATURE.match(name)}
        here = _module(module)
        if here is None:
            missing.append(module)
            if is_public(module):
                coverage[module] = f"{len(features)} {' '.join(sorted(features))}"
            continue
        own = {name for name in names if name in vars(here) or _is_loaded_later(f"{module}.{name}")}
        found = {name: _path([*EQUIVALENT.get(f"{module}.{name}", ()), *names[name]]) for name in names.keys() - own}
        found = dict(sorted(found.items()))
        absent[module] = " ".join(name for name, path in found.items() if not path and f"{module}.{name}" not in facts)
        if features and is_public(module):
            coverage[module] = " ".join([str(len(features)), *sorted(features & set(absent[module].split()))])
        elsewhere[module] = " ".join(f"{name}={path}" for name, path in found.items() if path)
    kept = {"names": absent, "elsewhere": elsewhere}
    filled = {key: _filled(value) for key, value in kept.items()}
    return json.dumps({"modules": missing, **filled, "operators": _operators(), "coverage": coverage}, indent=1) + "\n"


def _operators() -> str:
    """The operators that a graph of MXNet's may have and that are not here, by all their names."""
    from fidelity import interface
    from mxnet.ops.registry import operator_of

    facts = interface.read()["operators"]
    names = {each for name, entry in facts.items() for each in (name, *entry["aliases"])}
    return " ".join(sorted(name for name in names if operator_of(name) is None))


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


# --- the table in the README ---------------------------------------------------------------------------------------

README = ROOT / "README.md"
BEGIN, END = "<!-- missing: begin (made by `make absent`) -->", "<!-- missing: end -->"
MOST_NAMES = 6  # of a module that are written out; the others are in docs/coverage.md


def readme() -> str:
    """The README with the table of what is missing as the list has it."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        raise ValueError(f"README.md lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n{table(json.loads(content()))}\n{END}{after}"


def table(listed: dict[str, dict[str, str]]) -> str:
    """What is missing, by module, in Markdown."""
    from mxnet._absent import text_for

    modules = [name for name in listed["modules"] if is_public(name)]
    whole = [name for name in modules if not any(name.startswith(f"{other}.") for other in modules)]
    rows = [(name, "all of it", _way_out(text_for(name))) for name in whole]
    told: set[str] = set()
    for module in sorted(listed["names"], key=lambda name: (name.count("."), name)):
        names = [name for name in listed["names"][module].split() if not NO_FEATURE.match(name) and name not in told]
        told |= set(names)
        if names and is_public(module):
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            shown = ", ".join(f"`{name}`" for name in names[:MOST_NAMES])
            rows.append((module, shown + more, _way_out(text_for(f"{module}.{names[0]}"))))
    lines = [f"| `{_short(module)}` | {what} | {way} |" for module, what, way in sorted(rows)]
    return "\n".join(["| in | not there yet | meanwhile |", "| --- | --- | --- |", *lines])


def is_public(module: str) -> bool:
    """Whether programs are meant to use a module: not what is private, or what MXNet makes its own modules with."""
    parts = module.split(".")
    return not any(part.startswith("_") for part in parts) and parts[-1] not in PLUMBING


#: modules in which MXNet keeps what calls its C library, and what its other modules are made with
PLUMBING = frozenset(
    "arrayprint base cython dataloader error fallback_linalg kvstore_server libinfo misc multiarray ndarray_doc "
    "numpy_dispatch_protocol numpy_op_fallback numpy_op_signature register space symbol_doc utils".split()
)


#: names of what a module of MXNet was made with: other modules, generated code, signs that an import failed
NO_FEATURE = re.compile(
    r"_|gen_|(?:api|apache_repo_url|bokeh|C|cython|make_aux|mx|np_symbol|pd|tvmop)$|\w+_(?:INSTALLED|Failed_To_Import)$|DL[A-Z]|"
    r"get_(?:indexing_dispatch_code|oshape_of_gather_nd_op)$|check_boolean_array_dimension$"
)


def _way_out(text: str) -> str:
    return text.partition("; ")[2]


def _short(module: str) -> str:
    return module.replace("mxnet", "mx", 1)


if __name__ == "__main__":
    from mxnet._absent import FILE

    FILE.write_text(content(), encoding="utf-8")
    README.write_text(readme(), encoding="utf-8")
    print(f"wrote {FILE.relative_to(ROOT)} and the table in README.md")
