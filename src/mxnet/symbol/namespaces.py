"""Fills modules with the functions of the table's operators, for symbols."""

from __future__ import annotations

from typing import Any

from ..ops import OPERATORS
from ..ops.registry import namespace_of
from .call import symbol_function
from .symbol import Symbol

__all__ = ["populate"]


def populate(module: dict[str, Any], namespace: str, symbol_class: type[Symbol] | None = None) -> list[str]:
    """Put the functions of a namespace into a module's dictionary, leaving names that are there.

    Parameters
    ----------
    module : dict
        the module's globals()
    namespace : str
        '' for ``sym`` itself, or 'contrib', 'linalg', 'image', 'random', 'sparse', 'npx', '_internal'
    symbol_class : type, optional
        the class of results; that of the first input by default

    Returns
    -------
    list of str
        the names that were put there
    """
    added = []
    for name, spec in OPERATORS.items():
        where, public = namespace_of(name)
        if where == namespace and public not in module:
            function = symbol_function(spec, name, public, symbol_class)  # type: ignore[arg-type]
            function.__module__ = module["__name__"]
            module[public] = function
            added.append(public)
    return added
