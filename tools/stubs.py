"""Write the .pyi files of the modules whose functions are made from the operator table.

usage: python tools/stubs.py

Editors and type checkers do not run the code that makes the functions; the stubs tell them what it makes. A module that
is made wholly from the table gets its functions, the package `mxnet.ndarray` gets its names re-exported, and
`_attached.pyi` holds the methods and operators that NDArray is given.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import types
import typing
from pathlib import Path
from typing import Any, Union

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src"
sys.path.insert(0, str(SOURCE))

HEAD = '"""Made by `make stubs` from the operator table; edits are lost."""\n'
IMPORTS = """\
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from {home} import {array} as {array}

_Out = {array} | Sequence[{array} | None] | None
"""
# what mxnet.ndarray and mxnet.symbol make from the table
PURE = ["op", "_internal", "contrib", "image", "linalg", "random", "sparse"]


def contents() -> dict[Path, str]:
    """Return every stub by its path."""
    nd = importlib.import_module("mxnet.ndarray")
    stubs = {}
    for name in PURE:
        stubs[f"ndarray/{name}.pyi"] = stub(importlib.import_module(f"mxnet.ndarray.{name}"), ".ndarray", "NDArray")
    stubs["ndarray/__init__.pyi"] = stub(nd, ".ndarray", "NDArray")
    stubs["ndarray/_attached.pyi"] = attached(nd.NDArray, ".ndarray")
    stubs["numpy/_attached.pyi"] = attached(importlib.import_module("mxnet.numpy").ndarray, ".array", nd.NDArray)
    symbol = importlib.import_module("mxnet.symbol")
    for name in PURE:
        stubs[f"symbol/{name}.pyi"] = stub(importlib.import_module(f"mxnet.symbol.{name}"), ".symbol", "Symbol")
    stubs["symbol/__init__.pyi"] = stub(symbol, ".symbol", "Symbol")
    npx = importlib.import_module("mxnet.numpy_extension")
    stubs["numpy_extension/__init__.pyi"] = stub(npx, "..numpy.array", "ndarray")
    return {SOURCE / "mxnet" / path: text for path, text in stubs.items()}


# ---------------------------------------------------------------- the files


def stub(module: types.ModuleType, home: str, array: str) -> str:
    """Return the stub of a module: signatures of what is made, imports of what another module holds.

    `home` and `array` say which class the functions made from the table take and return. A module that has functions of
    its own beside the made ones gets their signatures too, and its own imports for the names in them.
    """
    imported: set[str] = set()
    aliases: set[str] = set()
    made = []
    for name in sorted(set(module.__all__)):
        value = getattr(module, name)
        spec = operator_of(value)
        if isinstance(value, types.ModuleType):
            imported.add(f"from . import {name} as {name}")
        elif spec is not None and "op" in vars(module):
            imported.add(f"from .op import {name} as {name}")
        elif spec is not None:
            made.append(function(name, spec, array))
        elif name in names_written(module):
            made.append(f"def {name}{plain_signature(value)}: ...\n")
            imported.update(imports_written(module))
            aliases.update(aliases_written(module, plain_signature(value)))
        else:
            holder = home_of(module, name, value)
            if name in names_written(holder):
                imported.add(f"from {relative(module, holder)} import {name} as {name}")
            else:
                made.append(f"def {name}{plain_signature(value)}: ...\n")
    return "\n".join([HEAD, IMPORTS.format(home=home, array=array), *sorted(imported), *sorted(aliases), "", *made])


def relative(package: types.ModuleType, module: types.ModuleType) -> str:
    """Return how a package spells another module of mxnet in an import."""
    inside = f"{package.__name__}."
    if module.__name__.startswith(inside):
        return "." + module.__name__.removeprefix(inside)
    return ".." + module.__name__.removeprefix("mxnet.")


def home_of(package: types.ModuleType, name: str, value: Any) -> types.ModuleType:
    """Return the module that a name of a package comes from: one inside it if there is one."""
    modules = [m for path, m in list(sys.modules.items()) if path.startswith("mxnet.") and m is not package]
    modules.sort(key=lambda m: (not m.__name__.startswith(f"{package.__name__}."), m.__name__))
    holders = [m for m in modules if name in getattr(m, "__all__", ()) and getattr(m, name, None) is value]
    for module in [m for m in holders if name in names_written(m)] + holders:
        return module
    raise LookupError(f"no module of mxnet has {package.__name__}.{name} in its __all__")


def names_written(module: types.ModuleType) -> set[str]:
    """Return the names that a module's text defines at its top level, which is what a type checker sees."""
    found: set[str] = set()
    for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found.update(t.id for t in node.targets if isinstance(t, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def imports_written(module: types.ModuleType) -> list[str]:
    """Return the imports at the top level of a module's text."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    found = [n for n in tree.body if isinstance(n, ast.Import) or (isinstance(n, ast.ImportFrom) and n.level)]
    found += [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module in ("collections.abc", "typing")]
    return [ast.unparse(n) for n in found]


def aliases_written(module: types.ModuleType, signature: str) -> list[str]:
    """Return the assignments at the top level of a module's text to names that a signature uses."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    used = set(re.findall(r"[A-Za-z_]\w*", signature))
    return [
        ast.unparse(n)
        for n in tree.body
        if isinstance(n, ast.Assign) and any(isinstance(t, ast.Name) and t.id in used for t in n.targets)
    ]


def attached(cls: type, home: str, base: type | None = None) -> str:
    """Return the stub of what an array class is given after its definition: operators as methods, and arithmetic."""
    place = inspect.getfile(cls.__repr__)  # the class itself may say that it is where its pickles look for it
    tree = ast.parse(Path(place).read_text(encoding="utf-8"))
    definition = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == cls.__name__)
    written = {n.name for n in ast.walk(definition) if isinstance(n, ast.FunctionDef)}
    methods = []
    for name, value in sorted(vars(cls).items()):
        if name in written or not isinstance(value, types.FunctionType):
            continue
        spec = operator_of(value)
        if spec is not None:
            methods.append(function(name, spec, cls.__name__, method=True))
        else:
            methods.append(f"def {name}{plain_signature(value, method=True)}: ...\n")
    text = "".join("    " + line for line in "".join(methods).splitlines(keepends=True))
    imports = IMPORTS.format(home=home, array=cls.__name__)
    if base is None:
        return f"{HEAD}\n{imports}\nclass Attached:\n{text}"
    differing = '# mypy: disable-error-code="override"'
    imports += f"\nfrom ..ndarray import {base.__name__}\n"
    return f"{HEAD}{differing}\n\n{imports}\nclass Attached({base.__name__}):\n{text}"


# ---------------------------------------------------------------- one function


def operator_of(value: Any) -> Any:
    """Return the operator that a function was made from, or None."""
    from mxnet.ndarray.invoke import array_function
    from mxnet.ops import OPERATORS
    from mxnet.symbol.call import symbol_function

    some = next(iter(OPERATORS.values()))
    makers = array_function(some, "probe").__code__, symbol_function(some, some.name, "probe").__code__
    if not isinstance(value, types.FunctionType) or value.__code__ not in makers:
        return None
    return inspect.getclosurevars(value).nonlocals["spec"]


def function(name: str, spec: Any, array: str, method: bool = False) -> str:
    """Return the stub of an operator's function, or of its method."""
    symbolic = array == "Symbol"  # inputs that are not given become variables
    parameters, optional, keyword_only = [], False, False
    for item in spec.inputs:
        if spec.variadic and item is spec.inputs[-1]:
            parameters.append(f"*{item.name}: {array} | Sequence[{array}]")
            keyword_only = True
        elif item.required and not symbolic:
            parameters.append(f"{item.name}: {array}")
        else:
            parameters.append(f"{item.name}: {array} | None = None")
            optional = True
    if method:
        parameters[0] = "self"
    for attribute in spec.attributes.values():
        if attribute.required and optional and not keyword_only:
            parameters.append("*")
            keyword_only = True
        optional = optional or not attribute.required
        parameters.append(f"{attribute.name}: {kind(attribute)}{default(attribute)}")
    if not keyword_only:
        parameters.append("*")
    if not symbolic:
        parameters.append("out: _Out = None")
    if "name" not in spec.attributes:
        parameters.append("name: str | None = None")
    if symbolic:
        parameters.append("attr: Mapping[str, str] | None = None")
    return f"def {name}({', '.join(parameters)}) -> {result(spec, array)}: ...\n"


def result(spec: Any, array: str) -> str:
    """Return the type of what an operator's function returns."""
    if spec.num_outputs == 1 or array == "Symbol":
        return array
    return "Any" if callable(spec.num_outputs) else f"list[{array}]"


def kind(attribute: Any) -> str:
    """Return the type that a call may give for an attribute."""
    from mxnet.ops import registry

    spelled = {
        registry.Shape: "int | Sequence[int]",
        registry.Axis: "int | Sequence[int] | None",
        registry.Floats: "float | Sequence[float]",
        registry.Bounds: "int | Sequence[int | None]",
        registry.Texts: "str | Sequence[str]",
        registry.Subgraph: "Any",
        registry.DType: "Any",
        registry.Scalar: "float",
    }
    annotation = attribute.annotation
    if annotation not in spelled and typing.get_origin(annotation) in (Union, types.UnionType):
        annotation = next(a for a in typing.get_args(annotation) if a is not type(None))
    if typing.get_origin(annotation) is typing.Literal:
        text = f"Literal[{', '.join(repr(c) for c in typing.get_args(annotation))}]"
    else:
        text = spelled.get(annotation) or annotation.__name__
    return f"{text} | None" if attribute.optional and "None" not in text and text != "Any" else text


def default(attribute: Any) -> str:
    """Return an attribute's default as it stands in a signature."""
    if attribute.required:
        return ""
    plain = attribute.default is None or isinstance(attribute.default, (bool, int, float, str, tuple))
    return f" = {attribute.default!r}" if plain else " = ..."


def plain_signature(value: types.FunctionType, method: bool = False) -> str:
    """Return a function's signature as text, its annotations as they are written; self has none."""
    signature = inspect.signature(value)
    parameters = []
    for p in signature.parameters.values():
        annotation = p.annotation if isinstance(p.annotation, str) or p.annotation is p.empty else "Any"
        plain = p.default is p.empty or p.default is None or isinstance(p.default, (bool, int, float, str, tuple))
        parameters.append(
            p.replace(
                annotation=_Spelled(annotation) if isinstance(annotation, str) else annotation,
                default=p.default if plain else _Spelled("..."),
            )
        )
    if method:
        parameters[0] = parameters[0].replace(name="self", annotation=inspect.Parameter.empty)
    returns = signature.return_annotation
    returns = _Spelled(returns if isinstance(returns, str) else "Any")
    return str(signature.replace(parameters=parameters, return_annotation=returns))


class _Spelled(str):
    """A text that inspect prints as it is."""

    def __repr__(self) -> str:
        return str(self)


def main() -> None:
    """Write the stubs."""
    for path, text in contents().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
