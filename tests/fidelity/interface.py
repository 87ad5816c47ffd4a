"""MXNet's interface as facts: the operators with their arguments, and the signatures of what Python defines.

`names` and `signatures` run under both interpreters; `operators` asks MXNet's own registry.
"""

from __future__ import annotations

import ctypes
import inspect
import json
import re
import types
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "recorded" / "operators.json"

NAMESPACES = """
    nd nd.NDArray nd.contrib nd.image nd.linalg nd.random nd.sparse np np.ndarray np.linalg np.random npx npx.image
    npx.random sym sym.Symbol sym.contrib sym.image sym.linalg sym.random autograd autograd.Function callback context
    gluon gluon.Block gluon.Constant gluon.HybridBlock gluon.Parameter gluon.ParameterDict gluon.SymbolBlock
    gluon.Trainer gluon.contrib.nn gluon.contrib.rnn gluon.contrib.estimator gluon.data gluon.data.vision
    gluon.data.vision.transforms gluon.loss gluon.model_zoo.vision gluon.nn gluon.rnn gluon.utils image initializer io
    kvstore lr_scheduler metric mod model monitor name operator optimizer profiler random recordio runtime test_utils
    util visualization
""".split()

# A name belongs to a namespace if it is defined in it or below it, or in one of these.
ALSO_FROM = {
    "nd": ("ndarray",),
    "sym": ("symbol",),
    "np": ("numpy", "builtins", ""),
    "np.linalg": ("numpy.linalg",),
    "npx": ("mxnet.context", "mxnet.util", "mxnet.ndarray.ndarray"),
    "random": ("mxnet.ndarray.random",),
}


def operator_names() -> set[str]:
    """Return every name of every operator that MXNet has, as recorded."""
    return {name for canonical, entry in read()["operators"].items() for name in (canonical, *entry["aliases"])}


def find(mx: Any, path: str) -> Any:
    """Return the module or class at a dotted path below `mx`, or None."""
    found = mx
    for part in path.split("."):
        found = getattr(found, part, None)
    return found


def names(mx: Any, path: str) -> dict[str, Any]:
    """Return what a namespace of MXNet's offers by public name, without what it only imports."""
    space = find(mx, path)
    found = {}
    for name in dir(space):
        value = getattr(space, name)
        origin = getattr(value, "__module__", None) or ""
        own = origin in ALSO_FROM.get(path, ()) or inspect.isclass(space) or origin.startswith(space.__name__)
        if own and not name.startswith("_") and not isinstance(value, types.ModuleType):
            found[name] = inspect.getattr_static(space, name)
    return found


def signature(value: Any) -> list[list[Any]] | None:
    """Return the parameters of a function, class or method as [name, default], or None where Python knows none.

    The default is its repr where that says what it is, "required", "*" or "**" for the variadic ones, and
    "…" for an object. Functions that are generated from operators have none: their arguments are the operators'.
    """
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    if not callable(value) or (inspect.isclass(value) and issubclass(value, (Exception, tuple))):
        return None
    generated = getattr(getattr(value, "__code__", None), "co_filename", "") == "<string>"
    if generated or not str(getattr(value, "__module__", "")).startswith("mxnet"):
        return None
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return None
    found = []
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            found.append([p.name, "*"])
        elif p.kind is p.VAR_KEYWORD:
            found.append([p.name, "**"])
        else:
            found.append([p.name, "required" if p.default is p.empty else _default(p.default)])
    return found


def _default(value: Any) -> str:
    if value is None or isinstance(value, (bool, int, float, str, tuple, list, dict)):
        return repr(value).replace(str(Path.home()), "~")
    if isinstance(value, type):
        return value.__name__.rstrip("_")
    return "_Null" if type(value).__name__ == "_NullType" else "…"


def operators(mx: Any) -> dict[str, Any]:
    """Return MXNet's operators, without those that are only gradients: inputs, attributes and aliases.

    An input with a star stands for any number of arrays; `variadic` is the attribute that says how many.
    """
    library, check = mx.base._LIB, mx.base.check_call
    size, listed = ctypes.c_uint(), ctypes.POINTER(ctypes.c_char_p)()
    check(library.MXListAllOpNames(ctypes.byref(size), ctypes.byref(listed)))
    found: dict[str, Any] = {}
    aliases: dict[str, list[str]] = {}
    for alias in sorted(listed[i].decode() for i in range(size.value)):
        handle = ctypes.c_void_p()
        check(library.NNGetOpHandle(alias.encode(), ctypes.byref(handle)))
        name, _, count = ctypes.c_char_p(), ctypes.c_char_p(), ctypes.c_uint()
        argument_names, kinds, texts = (ctypes.POINTER(ctypes.c_char_p)() for _ in range(3))
        variadic, returns = ctypes.c_char_p(), ctypes.c_char_p()
        references = (name, _, count, argument_names, kinds, texts, variadic, returns)
        check(library.MXSymbolGetAtomicSymbolInfo(handle, *map(ctypes.byref, references)))
        canonical = name.value.decode()
        # gradients that are named like the operators do not say what they take: nobody can call them
        if canonical.startswith("_backward") or ("backward" in canonical and not count.value):
            continue
        if alias != canonical:
            aliases.setdefault(canonical, []).append(alias)
            continue
        arguments = [(argument_names[i].decode(), kinds[i].decode()) for i in range(count.value)]
        is_input = [kind.startswith(("NDArray", "Symbol")) for _, kind in arguments]
        found[canonical] = {
            "inputs": ["*" * k.endswith("[]") + a for (a, k), array in zip(arguments, is_input) if array and a],
            "attributes": [[a, *split_kind(kind)] for (a, kind), array in zip(arguments, is_input) if not array and a],
            "variadic": variadic.value.decode(),
        }
    for canonical, entry in found.items():
        entry["aliases"] = aliases.get(canonical, [])
    return found


def split_kind(text: str) -> list[Any]:
    """Split MXNet's description of an attribute into its kind and its default, which is None where it is required."""
    kind, _, rest = re.match(r"(\{.*\}|.*?)(, ?|$)(.*)", text).groups()
    default = re.search(r"default=(.*)$", rest)
    return [kind.strip(), default.group(1).strip() if default else None]


def record(mx: Any) -> None:
    """Write the facts of MXNet to their file, a line for each."""
    signatures = {}
    for path in NAMESPACES:
        entries = names(mx, path)
        if not entries:
            raise LookupError(f"MXNet has no {path}")
        signatures[path] = {n: signature(v) for n, v in entries.items()}
    lines = []
    for key, entries in (("operators", operators(mx)), ("namespaces", signatures)):
        rows = [f"{json.dumps(n)}: {json.dumps(v, ensure_ascii=False)}" for n, v in entries.items()]
        lines.append(f'"{key}": {{\n' + ",\n".join(rows) + "\n}")
    FILE.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


def read() -> dict[str, Any]:
    """Return the facts: `operators` by canonical name, and `namespaces` with each name's signature."""
    return json.loads(FILE.read_text(encoding="utf-8"))
