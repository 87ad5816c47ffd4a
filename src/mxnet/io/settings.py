"""The parameters of iterators over files: declared once, parsed as those of operators are."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from .._tracebacks import warn
from ..base import MXNetError
from ..ops.attributes import Attribute

__all__ = ["declared", "parsed"]


@functools.cache
def _attributes(declaration: Callable[..., Any]) -> dict[str, Attribute]:
    hints = typing.get_type_hints(declaration, include_extras=True)
    name, known = declaration.__name__, inspect.signature(declaration).parameters
    return {each.name: Attribute(name, each.name, hints[each.name], each.default) for each in known.values()}


def declared(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator of a declaration of parameters, which are looked at now, and not while a file is read."""

    def decorate(declaration: Callable[..., Any]) -> Callable[..., Any]:
        declaration.__name__ = name
        _attributes(declaration)
        return declaration

    return decorate


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
    values, known = {}, _attributes(declaration)
    for key, attribute in known.items():
        if key in given:
            values[key] = attribute.parse(given[key], name)
        elif attribute.required:
            raise MXNetError(f"{name}: {key} is missing; it is a {attribute.expected}")
        else:
            values[key] = attribute.default
    unknown = sorted(set(given) - set(known) - {"data_name", "label_name"})
    if unknown:
        warn(f"{name}: there is no parameter {', '.join(unknown)}; it is ignored")
    return values
