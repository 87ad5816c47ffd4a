"""Goes through a program line by line and asks of every name of MXNet's or NumPy's what it is.

Statements are followed in their order, branches apart; the bodies of functions come last, when a module's names are
known. What objects are is not followed: methods are told by name alone, and only where a name can mean nothing else.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError, or_rather
from ..old_numpy import METHODS
from .differences import DIFFERENCES, Difference
from .names import ROOTS, keywords, look, public_names, shown
from .scopes import OTHER, Scope, bound_names
from .sources import Part

__all__ = ["STOPS", "Finding", "check"]

#: the kinds over which a program stops
STOPS = frozenset({"missing", "unknown", "argument", "numpy"})
FORGIVING = frozenset({"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"})
#: methods of arrays that are gone; `newbyteorder` is one that dtypes still have
GONE = {name: text for name, (text, _) in METHODS.items() if name != "newbyteorder" and not hasattr(np.ndarray, name)}


class Finding(NamedTuple):
    """A line of a program, and what is to be said of it.

    Attributes
    ----------
    place : str
        the file, and the cell in it
    line : int
    kind : str
        "missing", "unknown", "argument", "numpy" or "note"
    name : str
        the name it is about
    text : str
    """

    place: str
    line: int
    kind: str
    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {self.kind}: {self.text}"


def check(parts: Sequence[Part]) -> list[Finding]:
    """What there is to say of the parts of one program, which share their names, in the order of its lines.

    Raises
    ------
    InputError
        something in it is nested too deeply to be followed
    """
    program = _Program(asked_names(parts))
    for part in parts:
        try:
            program.part(part)
        except RecursionError as error:
            raise InputError(f"{part.place}:1: nested too deeply to be followed") from error
    try:
        program.functions()
    except RecursionError as error:
        raise InputError(f"{parts[0].place}:1: nested too deeply to be followed") from error
    order = {part.place: place for place, part in enumerate(parts)}
    return sorted(dict.fromkeys(program.findings), key=lambda each: (order[each.place], each.line))


def asked_names(parts: Sequence[Part]) -> frozenset[str]:
    """Names that a program asks for by `hasattr`, or by `getattr` with a way out: it can do without them."""
    found = set()
    for part in parts:
        for node in ast.walk(part.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
                name = node.args[1]
                asks = node.func.id == "hasattr" or (node.func.id == "getattr" and len(node.args) > 2)
                if asks and isinstance(name, ast.Constant) and isinstance(name.value, str):
                    found.add(name.value)
    return frozenset(found)


@functools.cache
def differences_by_value() -> dict[int, Difference]:
    """What differs, by the thing that does: a name is one of several that it has."""
    answers = {path: look(path) for path in DIFFERENCES}
    return {id(answer.value): DIFFERENCES[path] for path, answer in answers.items() if answer.kind == "here"}


class _Program:
    """One program as it is gone through."""

    def __init__(self, asked: frozenset[str]) -> None:
        self.asked = asked
        self.findings: list[Finding] = []
        self.scope = Scope()
        self.place = ""
        self.forgiven = 0  # how many `try` around that go on where a name is missing
        self.later: list[tuple[Any, Scope, str, int]] = []

    def part(self, part: Part) -> None:
        """A script or a cell."""
        self.place = part.place
        for line, names in part.installs:
            self.say(line, "note", names, f"{names} comes with remxnet: remxnet run leaves the installation out")
        self.body(part.tree.body)

    def functions(self) -> None:
        """The bodies of functions, those within functions after those around them."""
        while self.later:
            node, outer, self.place, self.forgiven = self.later.pop(0)
            self.scope = Scope(outer)
            arguments = node.args
            names = [each.arg for each in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]]
            names += [each.arg for each in (arguments.vararg, arguments.kwarg) if each is not None]
            for index, name in enumerate(names):
                is_front_end = name == "F" or (node.name == "hybrid_forward" and index == 1)
                self.scope.bind(name, {"F" if is_front_end else OTHER})
            self.body(node.body)

    def say(self, line: int, kind: str, name: str, text: str) -> None:
        """Note a finding; what a program can do without is a note."""
        if kind in ("missing", "unknown") and (self.forgiven or name.rpartition(".")[2] in self.asked):
            kind, text = "note", f"{text} (the program goes on without)"
        self.findings.append(Finding(self.place, line, kind, name, text))

    # --- statements ---------------------------------------------------------------------------------------------------

    def body(self, statements: Sequence[ast.stmt]) -> None:
        """Statements in their order."""
        for each in statements:
            handler = getattr(self, f"statement_{type(each).__name__}", None)
            if handler is not None:
                handler(each)
            else:
                self.children(each)

    def children(self, node: ast.AST) -> None:
        """Whatever is in a node that needs no more."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self.body([child])
            else:
                self.expression(child)
        for name in bound_names(node):
            self.scope.bind(name, {OTHER})

    def statement_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.split(".")[0]
            is_known = root in ("mxnet", "numpy")
            there = not is_known or self.there({alias.name}, node.lineno)
            path = (alias.name if alias.asname else root) if is_known and there else f"?{alias.name}"
            self.scope.bind(alias.asname or root, {path})

    def statement_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        is_known = not node.level and module.split(".")[0] in ("mxnet", "numpy")
        there = is_known and self.there({module}, node.lineno)
        for alias in node.names:
            if alias.name == "*":
                for name in public_names(module) if there else ():
                    self.scope.bind(name, {f"{module}.{name}"})
                continue
            path = f"{module}.{alias.name}"
            if there and self.there({path}, node.lineno):
                self.scope.bind(alias.asname or alias.name, {path})
            else:
                self.scope.bind(alias.asname or alias.name, {OTHER if is_known else f"?{path}"})

    def statement_Assign(self, node: ast.Assign) -> None:
        self.expression(node.value)
        paths = self.paths(node.value)
        for target in node.targets:
            self.expression(target)
            for name in bound_names(target):
                self.scope.bind(name, paths if isinstance(target, ast.Name) else {OTHER})

    def statement_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for each in [*node.decorator_list, node.args, node.returns]:
            if each is not None:
                self.expression(each)
        self.scope.bind(node.name, {OTHER})
        outer = self.scope
        while outer.of_class and outer.outer is not None:
            outer = outer.outer
        self.later.append((node, outer, self.place, self.forgiven))

    statement_AsyncFunctionDef = statement_FunctionDef

    def statement_ClassDef(self, node: ast.ClassDef) -> None:
        for each in [*node.decorator_list, *node.bases, *node.keywords]:
            self.expression(each)
        self.scope.bind(node.name, {OTHER})
        around, self.scope = self.scope, Scope(self.scope, of_class=True)
        self.body(node.body)
        self.scope = around

    def statement_If(self, node: ast.If) -> None:
        self.expression(node.test)
        self.branches([node.body, node.orelse])

    def statement_Try(self, node: Any) -> None:
        forgiving = any(_is_forgiving(handler) for handler in node.handlers)
        around = self.scope
        branches = around.branches(1 + len(node.handlers))
        self.scope = branches[0]
        self.forgiven += forgiving
        self.body(node.body)
        self.forgiven -= forgiving
        self.body(node.orelse)
        for self.scope, handler in zip(branches[1:], node.handlers):
            self.body(handler.body)
        self.scope = around
        around.join(branches)
        self.body(node.finalbody)

    statement_TryStar = statement_Try

    def branches(self, bodies: Sequence[Sequence[ast.stmt]]) -> None:
        """Bodies of which one is taken."""
        around = self.scope
        copies = around.branches(len(bodies))
        for self.scope, body in zip(copies, bodies):
            self.body(body)
        self.scope = around
        around.join(copies)

    def statement_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.expression(node.iter)
        for name in bound_names(node.target):
            self.scope.bind(name, {OTHER})
        self.body([*node.body, *node.orelse])

    statement_AsyncFor = statement_For

    def statement_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.expression(item)
            for name in bound_names(item):
                self.scope.bind(name, {OTHER})
        self.body(node.body)

    statement_AsyncWith = statement_With

    # --- expressions --------------------------------------------------------------------------------------------------

    def expression(self, node: ast.AST) -> None:
        """Whatever names and calls are in an expression."""
        if isinstance(node, ast.Attribute):
            if not isinstance(node.ctx, ast.Load) or self.paths(node) <= {OTHER}:  # what is written need not be there
                self.expression(node.value)
            else:
                self.there(self.paths(node), node.lineno)
        elif isinstance(node, ast.Call):
            self.call(node)
        elif isinstance(node, ast.Lambda):
            self.within(
                [node.args], [node.body], [each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)]
            )
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            targets = [name for each in node.generators for name in bound_names(each.target)]
            self.within([], list(ast.iter_child_nodes(node)), targets)
        else:
            for child in ast.iter_child_nodes(node):
                self.expression(child)

    def within(self, before: Sequence[ast.AST], inside: Sequence[ast.AST], names: Sequence[str]) -> None:
        """Expressions with names of their own."""
        for each in before:
            self.expression(each)
        around, self.scope = self.scope, Scope(self.scope)
        for name in names:
            self.scope.bind(name, {"F" if name == "F" else OTHER})
        for each in inside:
            self.expression(each)
        self.scope = around

    def paths(self, node: ast.AST) -> frozenset[str]:
        """What an expression stands for, where it is a dotted name of a module's."""
        if isinstance(node, ast.Name):
            return self.scope.of(node.id)
        if isinstance(node, ast.Attribute):
            return frozenset(f"{path}.{node.attr}" if path else OTHER for path in self.paths(node.value))
        return frozenset({OTHER})

    def there(self, paths: frozenset[str] | set[str], line: int) -> bool:
        """Whether something is here that a name may stand for; what it is not, where it is told."""
        if any(path.split(".")[0] not in ROOTS for path in paths):
            return True
        answers = [look(path) for path in sorted(paths)]
        if any(each.kind == "here" for each in answers):
            return True
        self.say(line, answers[0].kind, answers[0].path, answers[0].text)
        return False

    def call(self, node: ast.Call) -> None:
        """A call: its function, what it is given, and what is to be known of it."""
        paths = self.paths(node.func)
        self.expression(node.func)
        for each in [*node.args, *node.keywords]:
            self.expression(each)
        if isinstance(node.func, ast.Attribute) and node.func.attr in GONE and not node.args and not node.keywords:
            root = node.func.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if all(path == OTHER for path in self.paths(root)):
                name = node.func.attr
                text = f"NumPy {np.__version__} arrays have no {name}(): {GONE[name]}, or remxnet run --old-numpy"
                self.say(node.lineno, "numpy", f"numpy.ndarray.{name}", text)
        if all(path.split(".")[0] in ROOTS for path in paths) and len(paths) == 1:
            (path,) = paths
            if look(path).kind == "here":
                self.known_call(node, path)

    def known_call(self, node: ast.Call, path: str) -> None:
        """A call of something that is here."""
        given = {each.arg: each.value for each in node.keywords if each.arg is not None}
        taken = keywords(path)
        for name in given if taken is not None else ():
            if name not in taken and not (name.startswith("__") and name.endswith("__")):  # type: ignore[operator]
                text = f"{shown(path)} takes no {name!r}{or_rather(name, sorted(taken or ()))}"
                self.say(node.lineno, "argument", path, text)
        value = look(path).value
        difference = differences_by_value().get(id(value))
        if difference is not None and (difference.keyword is None or _is_set(given.get(difference.keyword))):
            self.say(node.lineno, "note", path, f"{shown(path)} {difference.text}")
        elif ".model_zoo." in f"{path}." and _is_set(given.get("pretrained")):
            text = DIFFERENCES["mxnet.gluon.model_zoo.vision.get_model"].text
            self.say(node.lineno, "note", path, f"{shown(path)} {text}")
        if value is look("mxnet.gpu").value or (value is look("mxnet.Context").value and _names_gpu(node)):
            self.say(node.lineno, "note", path, "gpu: what torch calls CUDA; remxnet info says which there are")
        if path == "numpy.array" and isinstance(given.get("copy"), ast.Constant) and given["copy"].value is False:  # type: ignore[attr-defined]
            text = (
                "np.array(…, copy=False) raises in NumPy 2 where it has to copy: np.asarray, or remxnet run --old-numpy"
            )
            self.say(node.lineno, "note", path, text)


def _is_set(value: ast.expr | None) -> bool:
    """Whether an argument is given, and not as what stands for nothing."""
    return value is not None and not (isinstance(value, ast.Constant) and not value.value)


def _names_gpu(node: ast.Call) -> bool:
    first = node.args[0] if node.args else None
    return isinstance(first, ast.Constant) and first.value == "gpu"


def _is_forgiving(handler: ast.ExceptHandler) -> bool:
    """Whether a handler goes on where a name is missing."""
    if handler.type is None:
        return True
    return any(isinstance(each, ast.Name) and each.id in FORGIVING for each in ast.walk(handler.type))
