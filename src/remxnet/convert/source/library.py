"""Functions that a program may need beside torch: their texts, and what each of them needs in turn.

The functions are those of the modules in ``functions/``, which import nothing but torch. A program gets the text of
those that it uses, as it stands there; nothing of it is made from a graph.
"""

from __future__ import annotations

import ast
import functools
from pathlib import Path

__all__ = ["Library", "library"]

_FOLDER = Path(__file__).parent / "functions"


class _Definition:
    """One function, class or constant."""

    __slots__ = ("defaults", "needs", "text")

    def __init__(self, text: str, needs: list[str], defaults: dict[str, str]) -> None:
        self.text, self.needs, self.defaults = text, needs, defaults


class Library:
    """All functions by name, and the imports that they may need.

    Attributes
    ----------
    imports : name to the line that imports it
    """

    def __init__(self, folder: Path = _FOLDER) -> None:
        self.imports: dict[str, str] = {}
        self._found: dict[str, _Definition] = {}
        for path in sorted(folder.rglob("*.py")):
            self._read(path.read_text(encoding="utf-8"), path.stem)

    def _read(self, text: str, module: str) -> None:
        lines = text.splitlines()
        for node in ast.parse(text).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                if isinstance(node, ast.ImportFrom) and (node.level or node.module == "__future__"):
                    continue  # another file of the folder
                for each in node.names:
                    self.imports[each.asname or each.name] = _import_line(node, each)
                continue
            names = _defined(node)
            if not names or names == ["__all__"]:
                continue
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(each.lineno for each in decorators)]) - 1
            while first and lines[first - 1].startswith("#"):
                first -= 1
            written = "\n".join(lines[first : node.end_lineno])
            own = _own(node)
            read = (each.id for each in ast.walk(node) if isinstance(each, ast.Name))
            needs = [name for name in dict.fromkeys(read) if name not in own]
            if names[0] in self._found:
                raise ValueError(f"functions/{module}.py: {names[0]} stands in another file as well")
            self._found[names[0]] = _Definition(written, needs, _defaults(node))

    def check(self, name: str) -> None:
        """Fail where there is no such function."""
        if name not in self._found:
            raise KeyError(f"functions/ has no {name}")

    def defaults(self, name: str) -> dict[str, str]:
        """The parameters of a function that have a default, with its text."""
        return self._found[name].defaults

    def closure(self, names: list[str]) -> list[str]:
        """The functions of some names and those that they need, each after those it needs where it can be."""
        order: dict[str, None] = {}
        stack = [(name, False) for name in reversed(names)]
        seen = set[str]()
        while stack:
            name, ready = stack.pop()
            if ready:
                order[name] = None
            elif name not in seen:
                seen.add(name)
                stack.append((name, True))
                stack += [(each, False) for each in reversed(self._found[name].needs) if each in self._found]
        return list(order)

    def text(self, name: str) -> str:
        """The text of a function."""
        return self._found[name].text


def _import_line(node: ast.Import | ast.ImportFrom, name: ast.alias) -> str:
    renamed = f" as {name.asname}" if name.asname else ""
    if isinstance(node, ast.ImportFrom):
        return f"from {node.module} import {name.name}{renamed}"
    return f"import {name.name}{renamed}"


def _own(node: ast.stmt) -> set[str]:
    """The arguments and locals of a function, which are not what others of that name are."""
    if not isinstance(node, ast.FunctionDef):
        return set()
    stored = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}
    return stored | {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [each.id for each in node.targets if isinstance(each, ast.Name)]
    return [node.target.id] if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else []


def _defaults(node: ast.stmt) -> dict[str, str]:
    if not isinstance(node, ast.FunctionDef):
        return {}
    places = [*node.args.posonlyargs, *node.args.args]
    given = dict(zip([each.arg for each in places[::-1]], node.args.defaults[::-1]))
    given.update({each.arg: value for each, value in zip(node.args.kwonlyargs, node.args.kw_defaults) if value})
    return {name: repr(ast.literal_eval(value)) if _is_literal(value) else ast.unparse(value)
            for name, value in given.items()}  # fmt: skip


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True


@functools.cache
def library() -> Library:
    """The functions of this package, read once."""
    return Library()
