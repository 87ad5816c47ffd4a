"""The parameters of iterators over files: declared once, parsed as those of operators are."""

from __future__ import annotations

import inspect
import typing
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from ..base import MXNetError
from ..ops.attributes import Attribute

__all__ = ["parsed"]


def parsed(declaration: Callable[..., Any], arguments: tuple[Any, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """All parameters of an iterator, from those that were given; texts are parsed as MXNet does.

    Parameters
    ----------
    declaration : callable
        the iterator's name, and its parameters as keyword-only ones with annotations and defaults
    arguments : tuple
        arguments given by position, of which there can be none
    given : mapping
        those given by name. What the declaration does not name is left out with a warning: MXNet ignores it

    Raises
    ------
    MXNetError
        a parameter that is required is missing, does not fit, or was given by position
    """
    name = declaration.__name__
    if arguments:
        raise MXNetError(f"{name}: takes its parameters by name, got {arguments[0]!r:.60} by position")
    hints = typing.get_type_hints(declaration, include_extras=True)
    values, known = {}, inspect.signature(declaration).parameters
    for each in known.values():
        attribute = Attribute(name, each.name, hints[each.name], each.default)
        if each.name in given:
            values[each.name] = attribute.parse(given[each.name], name)
        elif attribute.required:
            raise MXNetError(f"{name}: {each.name} is missing; it is a {attribute.expected}")
        else:
            values[each.name] = each.default
    unknown = sorted(set(given) - set(known) - {"data_name", "label_name"})
    if unknown:
        warnings.warn(f"{name}: there is no parameter {', '.join(unknown)}; it is ignored", stacklevel=4)
    return values
