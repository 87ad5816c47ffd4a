"""Which names stand for which modules, at a place of a program.

A name is bound to the dotted paths that it may stand for: one after an import, several after branches that import
differently, and `OTHER` among them where it may be anything else. Paths of modules that are of no concern begin with
a question mark.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

__all__ = ["OTHER", "Scope", "bound_names"]

#: stands for whatever is of no concern
OTHER = ""


class Scope:
    """The bindings of a module, a class or a function, over those of what it is in."""

    def __init__(self, outer: Scope | None = None, of_class: bool = False) -> None:
        self.outer = outer
        self.of_class = of_class  # methods do not see its names
        self.names: dict[str, frozenset[str]] = {}

    def bind(self, name: str, paths: Iterable[str]) -> None:
        """From here on a name stands for these."""
        self.names[name] = frozenset(paths)

    def of(self, name: str) -> frozenset[str]:
        """What a name may stand for; `OTHER` alone where it is not bound."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return frozenset({OTHER})

    def branches(self, count: int) -> list[Scope]:
        """As many copies, for branches of which one is taken."""
        copies = []
        for _ in range(count):
            copy = Scope(self.outer, self.of_class)
            copy.names = dict(self.names)
            copies.append(copy)
        return copies

    def join(self, branches: list[Scope]) -> None:
        """After the branches: a name stands for what it stands for in any of them that binds it."""
        for name in {name for each in branches for name in each.names}:
            bound = [each.names[name] for each in branches if name in each.names]
            self.names[name] = frozenset().union(*bound)


def bound_names(target: ast.AST) -> Iterator[str]:
    """The names that a statement or a target binds where it stands: what runs within comprehensions is their own."""
    waiting = [target]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield node.id
        if not isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp, ast.Lambda)):
            waiting += ast.iter_child_nodes(node)
