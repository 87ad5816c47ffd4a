"""Write the functions that programs for PyTorch get where torch has none, from those of the operators themselves.

``remxnet.convert.source`` writes programs that need torch alone. An operator that torch has no function for is computed
there by the function it has here, as it stands, without what does not concern a program: checks of what a graph has
already been found to satisfy, the meta device, ties to variables without a gradient, and all of the docstring but its
first line. What is in `OPERATORS_CARRIED` becomes ``functions/carried_*.py``, a file for each folder of the operators.

    python tools/carried.py
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
import subprocess
import sys
import tempfile
import textwrap
import types
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "src" / "remxnet" / "convert" / "source" / "functions" / "carried"

_ANNOTATIONS = {
    "Shape": "tuple[int, ...]",
    "Pairs": "tuple[int, ...]",
    "Axis": "int | tuple[int, ...] | None",
    "Floats": "tuple[float, ...]",
    "Bounds": "tuple[int | None, ...]",
    "DType": "torch.dtype | None",
    "Scalar": "float",
    "Number": "float",
    "Training": "bool",
    "Format": "str",
    "Texts": "tuple[str, ...]",
}
#: functions that give back their first argument, with ties to variables or an order in memory
_FIRST_ARGUMENT = {"tied", "constant", "gradient_as_it_lies"}
#: functions that give back their first two in another order in memory
_OPERANDS = {"convolution_operands", "transposed_operands"}
#: functions that compute quicker what torch does too
_OF_TORCH = {"product": "torch.mm", "linear": "F.linear", "lstm": "torch.lstm"}
#: what stays over a function
_DECORATORS = ("torch.no_grad", "staticmethod", "once_differentiable")
#: parameters that the caller of an operator puts in
_DROPPED = {"rng", "device", "context", "store", "made", "workspace", "cudnn_off", "cudnn_tune"}


class _Plain(ast.NodeTransformer):
    """A function without checks, the meta device, ties and long docstrings."""

    def __init__(self, empty: set[str]) -> None:
        self.empty = empty  # functions that are nothing but checks

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        self.generic_visit(node)
        node.decorator_list = [each for each in node.decorator_list if ast.unparse(each).startswith(_DECORATORS)]
        node.body = self._body(node.body)
        for each in (*node.args.args, *node.args.kwonlyargs):
            each.annotation = _annotated(each.annotation)
        for several in (node.args.vararg, node.args.kwarg):
            if several is not None:
                several.annotation = _annotated(several.annotation)
        if not node.args.defaults:
            node.args.args = [each for each in node.args.args if each.arg != "rng"]
        kept = [each for each in zip(node.args.kwonlyargs, node.args.kw_defaults) if each[0].arg not in _DROPPED]
        node.args.kwonlyargs, node.args.kw_defaults = [each for each, _ in kept], [value for _, value in kept]
        if node.returns is not None:
            node.returns = _annotated(node.returns)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        self.generic_visit(node)
        node.body = self._body(node.body)
        return node

    def _body(self, body: list[ast.stmt]) -> list[ast.stmt]:
        first = body[0].value if body and isinstance(body[0], ast.Expr) else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            text = " ".join(first.value.strip().split("\n\n")[0].split()).replace("``", "`")
            if len(text) > 88 - 10:
                text = "\n    ".join(textwrap.wrap(text, 88 - 7)) + "\n    "
            body = [ast.Expr(ast.Constant(text)), *body[1:]]
        return body or [ast.Pass()]

    def visit_If(self, node: ast.If) -> Any:
        self.generic_visit(node)
        test = ast.unparse(node.test)
        if "is_meta" in test:
            if test.startswith("not ") and " and " not in test and " or " not in test:
                return node.body
            if isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.And):
                node.test.values = [each for each in node.test.values if "is_meta" not in ast.unparse(each)]
                if len(node.test.values) == 1:
                    node.test = node.test.values[0]
                return node
            return node.orelse or None
        if node.body and _is_check(node.body[-1]) and all(isinstance(each, ast.Assign) for each in node.body[:-1]):
            return node.orelse or None
        if not node.body and not node.orelse:
            return None
        if not node.body:
            node.body = [ast.Pass()]
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        if "is_meta" in ast.unparse(node.test):
            return node.body if ast.unparse(node.test).startswith("not ") else node.orelse
        return node.body if ast.unparse(node.body) == ast.unparse(node.orelse) else node

    def visit_For(self, node: ast.For) -> Any:
        self.generic_visit(node)
        node.body = [each for each in node.body if each is not None]
        return node if node.body else None

    def visit_Expr(self, node: ast.Expr) -> Any:
        self.generic_visit(node)
        called = node.value.func if isinstance(node.value, ast.Call) else None
        return None if isinstance(called, ast.Name) and called.id in self.empty else node

    def visit_Dict(self, node: ast.Dict) -> Any:
        self.generic_visit(node)
        texts = [ast.unparse(each) for each in node.values]
        node.values = [ast.parse(_OF_TORCH.get(each, each), mode="eval").body for each in texts]
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        called = ast.unparse(node.func)
        node.keywords = [each for each in node.keywords if each.arg not in ("generator", "rng")]
        node.args = [each for each in node.args if not (isinstance(each, ast.Name) and each.id == "rng")]
        if called in _FIRST_ARGUMENT:
            return node.args[0]
        if called in _OPERANDS:
            return ast.Tuple(node.args[:2], ast.Load())
        if called == "axis_within":
            return ast.parse(f"({ast.unparse(node.args[1])}) % ({ast.unparse(node.args[2])})", mode="eval").body
        if called in _OF_TORCH:
            node.func = ast.parse(_OF_TORCH[called], mode="eval").body
        return node

    def visit_Try(self, node: ast.Try) -> Any:
        self.generic_visit(node)
        if all("MXNetError" in ast.unparse(each) for each in node.handlers):
            return node.body
        return node

    def visit_Assign(self, node: ast.Assign) -> Any:
        self.generic_visit(node)
        return None if ast.unparse(node.targets[0]) == ast.unparse(node.value) else node

    def visit_arg(self, node: ast.arg) -> Any:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        self.generic_visit(node)
        if node.value is None:
            return None
        return ast.Assign([node.target], node.value, lineno=node.lineno)


def _is_check(node: ast.stmt) -> bool:
    return isinstance(node, ast.Raise)


def _annotated(node: ast.expr | None) -> ast.expr | None:
    if node is None:
        return None
    text = ast.unparse(node)
    if text.startswith("Literal"):
        end = text.index("]")
        text = "str" + text[end + 1 :]
    for name, plain in _ANNOTATIONS.items():
        text = re.sub(rf"\b{name}\b", plain, text)
    text = text.replace("| None | None", "| None")
    if "Callable" in text or "Sequence" in text or "Mapping" in text:
        return None
    return ast.parse(text, mode="eval").body


def _single(node: ast.Assign, target: ast.expr, name: ast.Name) -> ast.Assign:
    """The assignment of one name, of several that are assigned at once."""
    if isinstance(target, ast.Name):
        return node
    assert isinstance(target, (ast.Tuple, ast.List))
    place = target.elts.index(name)
    if not isinstance(node.value, ast.Tuple):
        value = ast.parse(f"({ast.unparse(node.value)})[{place}]", mode="eval").body
        return ast.Assign([name], value, lineno=node.lineno)
    return ast.Assign([name], node.value.elts[place], lineno=node.lineno)


class _File:
    """What one module of the operators defines."""

    def __init__(self, module: types.ModuleType) -> None:
        self.module = module
        self.tree = ast.parse(inspect.getsource(module))
        self.definitions: dict[str, ast.stmt] = {}
        self.imports: dict[str, str] = {}
        self.empty: set[str] | None = None  # functions that are nothing but checks, once they are asked for
        for node in self.tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                self.definitions[node.name] = node
            elif isinstance(node, ast.Assign):
                for each in node.targets:
                    for name in getattr(each, "elts", [each]):
                        if isinstance(name, ast.Name):
                            self.definitions[name.id] = _single(node, each, name)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                self.definitions[node.target.id] = node
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    self.imports[alias.asname or alias.name] = ast.unparse(
                        type(node)(**{**{k: getattr(node, k) for k in node._fields if k != "names"}, "names": [alias]})
                    )


class Carrier:
    """Collects functions and what they need, each under a name of its own."""

    def __init__(self) -> None:
        self.files: dict[str, _File] = {}
        self.names: dict[tuple[str, str], str] = {}
        self.texts: dict[str, dict[str, ast.stmt]] = {}
        self.order: list[tuple[str, str]] = []
        self.done: dict[tuple[str, str], ast.stmt] = {}
        self.imports: dict[str, dict[str, str]] = {}
        self.folders: dict[tuple[str, str], str] = {}

    def file(self, module: str) -> _File:
        """A module's definitions."""
        if module not in self.files:
            self.files[module] = _File(importlib.import_module(module))
        return self.files[module]

    def carry(self, module: str, name: str, called: str | None = None) -> str:
        """Carry a definition and what it needs; returns what it is called."""
        key = (module, name)
        if key in self.names:
            return self.names[key]
        wish = called or name
        while wish in self.names.values():
            wish = f"{wish}_of_{module.rsplit('.', 1)[1]}" if "_of_" not in wish else wish + "_"
        self.names[key] = wish
        file = self.file(module)
        if name not in file.definitions:
            raise ValueError(f"{module} has no definition of {name}")
        source = ast.parse(ast.unparse(file.definitions[name])).body[0]
        if file.empty is None:
            file.empty = {each for each in file.definitions if self._is_only_checks(file, each)}
            file.empty |= {each for each in file.imports if self._imported_is_only_checks(module, file, each)}
        node = _Plain(file.empty).visit(source)
        while _without_unused(node):
            pass
        local = _locals(node)
        renamed: dict[str, str] = {}
        for used in _loaded(node):
            known = used in file.definitions or used in file.imports
            if used in local or (hasattr(builtins, used) and not known):
                continue
            if used == name:
                renamed[used] = wish
            elif used in file.definitions:
                renamed[used] = self.carry(module, used)
            elif used in file.imports:
                renamed[used] = self._imported(module, file, used, key)
            elif used == "MXNetError":
                renamed[used] = "ValueError"
        _Renamed({old: new for old, new in renamed.items() if old != new}).visit(node)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            node.name = wish
        elif isinstance(node, ast.Assign):
            for each in node.targets:
                if isinstance(each, ast.Name):
                    each.id = wish
        self.done[key] = node
        self.order.append(key)
        return wish

    def _is_only_checks(self, file: _File, name: str) -> bool:
        node = file.definitions[name]
        if not isinstance(node, ast.FunctionDef):
            return False
        returns = any(isinstance(each, ast.Return) and each.value is not None for each in ast.walk(node))
        return not returns and "Error(" in ast.unparse(node)

    def _imported_is_only_checks(self, module: str, file: _File, name: str) -> bool:
        found = self._origin(module, file, name)
        return (
            found is not None and name in self.file(found).definitions and self._is_only_checks(self.file(found), name)
        )

    def _origin(self, module: str, file: _File, name: str) -> str | None:
        line = file.imports[name]
        node = ast.parse(line).body[0]
        if isinstance(node, ast.ImportFrom) and node.level:
            package = module.rsplit(".", node.level)[0]
            where = f"{package}.{node.module}" if node.module else package
            return where if node.module else None
        return None

    def _imported(self, module: str, file: _File, name: str, key: tuple[str, str]) -> str:
        origin = self._origin(module, file, name)
        if origin is None:
            node = ast.parse(file.imports[name]).body[0]
            if isinstance(node, ast.ImportFrom) and node.level:
                raise ValueError(f"{key}: needs the module {name}")
            self.imports.setdefault(module, {})[name] = file.imports[name]
            return name
        if name == "MXNetError":
            return "ValueError"
        if name not in self.file(origin).definitions:
            raise ValueError(f"{key}: {name} is not defined in {origin}")
        return self.carry(origin, name)


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> Any:
        node.id = self.names.get(node.id, node.id)
        return node


def _without_unused(node: ast.AST) -> bool:
    """Take away assignments that nobody reads any more; whether there were any."""
    read = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    read |= {ast.unparse(each.target) for each in ast.walk(node) if isinstance(each, ast.AugAssign)}
    found = False
    for each in ast.walk(node):
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Tuple):
            for name in each.targets[0].elts:
                if isinstance(name, ast.Name) and name.id not in read and not name.id.startswith("_"):
                    name.id, found = "_", True
        if not isinstance(each, (ast.FunctionDef, ast.If, ast.For, ast.With)):
            continue
        for place in ("body", "orelse"):
            body = getattr(each, place, [])
            kept = [line for line in body if not _is_unused(line, read)]
            if len(kept) < len(body):
                setattr(each, place, kept or ([ast.Pass()] if place == "body" else []))
                found = True
    return found


def _is_unused(line: ast.stmt, read: set[str]) -> bool:
    if isinstance(line, ast.Try):
        return all(_is_unused(each, read) for each in line.body)
    if isinstance(line, (ast.If, ast.For)) and all(isinstance(each, ast.Pass) for each in line.body):
        return not line.orelse
    if not isinstance(line, ast.Assign):
        return False
    names = [
        each.id for target in line.targets for each in getattr(target, "elts", [target]) if isinstance(each, ast.Name)
    ]
    plain = all(isinstance(each, (ast.Name, ast.Tuple)) for each in line.targets)
    return plain and bool(names) and not any(name in read for name in names)


def _locals(node: ast.AST) -> set[str]:
    found = {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}
    found |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    if isinstance(node, ast.Assign):
        found -= {each.id for each in node.targets if isinstance(each, ast.Name)}
    inner = {each.name for each in ast.walk(node) if isinstance(each, ast.FunctionDef) and each is not node}
    return found | inner


def _loaded(node: ast.AST) -> list[str]:
    return list(dict.fromkeys(
        each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    ))  # fmt: skip


def contents() -> dict[Path, str]:
    """The files, formatted."""
    sys.path.insert(0, str(ROOT / "src"))
    from mxnet.ops import OPERATORS
    from remxnet.convert.source.rules.carried import CARRIED, PARTS

    carrier, failed = Carrier(), {}
    of_operator = {}
    for called, (module, name) in PARTS.items():
        carrier.carry(module, name, called)
    for name, called in CARRIED.items():
        function = inspect.unwrap(OPERATORS[name].function)
        try:
            of_operator[name] = carrier.carry(function.__module__, function.__name__, called)
        except ValueError as error:
            failed[name] = error
    if failed:
        raise SystemExit("\n".join(f"{name}: {error}" for name, error in failed.items()))
    by_file: dict[str, list[tuple[str, str]]] = {}
    for key in carrier.order:
        by_file.setdefault(key[0], []).append(key)
    files = {}
    for module, keys in by_file.items():
        stem = stem_of(module)
        body = "\n\n\n".join(ast.unparse(ast.fix_missing_locations(carrier.done[key])) for key in keys)
        imports = "\n".join(
            ["from __future__ import annotations", *sorted(set(carrier.imports.get(module, {}).values()))]
        )
        needed = _needs(carrier, keys)
        imports += "\n" + "\n".join(sorted(needed))
        text = f'"""Made by tools/carried.py from {module}; edits are lost."""\n\n{imports}\n\n\n{body}\n'
        files[FOLDER / f"{stem}.py"] = text
    return _formatted(files)


def stem_of(module: str) -> str:
    """The file that a module's functions get into."""
    return module.removeprefix("mxnet.").removeprefix("ops.").replace(".", "_")


def _needs(carrier: Carrier, keys: list[tuple[str, str]]) -> set[str]:
    """The lines that import what other files of the folder have."""
    where = {called: stem_of(key[0]) for key, called in carrier.names.items()}
    mine = {carrier.names[key] for key in keys}
    read = {name for key in keys for name in _loaded(carrier.done[key])}
    return {f"from .{where[name]} import {name}" for name in read - mine if name in where}


def _formatted(files: dict[Path, str]) -> dict[Path, str]:
    """Files as ruff has them, which is asked once for all."""
    ruff = str(Path(sys.executable).parent / "ruff")
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            (Path(folder) / path.name).write_text(text, encoding="utf-8")
        for command in (
            ["check", "--fix", "--unsafe-fixes", "-q", "--select", "I,F401,UP,SIM,RET,C4"],
            ["format", "-q"],
        ):
            subprocess.run([ruff, *command, "--isolated", folder], check=False)
        return {path: (Path(folder) / path.name).read_text(encoding="utf-8") for path in files}


if __name__ == "__main__":
    made = contents()
    for path in FOLDER.glob("*.py"):
        if path not in made and path.name != "__init__.py":
            path.unlink()
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
