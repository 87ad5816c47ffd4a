"""Registries of classes by name, as initializers and metrics use them.

A registry belongs to a base class. :func:`get_register_func` makes the decorator that adds a subclass under its
lower-case name, :func:`get_alias_func` one that adds further names, :func:`get_create_func` the function that makes an
instance from a name, from an instance or from the JSON that ``dumps()`` writes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from ._tracebacks import warn
from .base import or_rather

__all__ = ["get_alias_func", "get_create_func", "get_register_func", "get_registry"]

_Class = TypeVar("_Class", bound=type)

_REGISTRY: dict[type, dict[str, type]] = {}


def get_registry(base_class: type) -> dict[str, type]:
    """A copy of the registry of `base_class`: lower-case name to class."""
    return dict(_REGISTRY.get(base_class, {}))


def get_register_func(base_class: type, nickname: str) -> Callable[..., Any]:
    """The decorator that registers subclasses of `base_class`.

    Parameters
    ----------
    base_class : type
        what every registered class must be a subclass of
    nickname : str
        what a registered thing is called in messages and in JSON

    Returns
    -------
    callable
        ``register(klass, name=None)``, which returns `klass`

    Examples
    --------
    >>> from mxnet import registry
    >>> class Shape: pass
    >>> register = registry.get_register_func(Shape, 'shape')
    >>> create = registry.get_create_func(Shape, 'shape')
    >>> @register
    ... class Circle(Shape): pass
    >>> type(create('circle')).__name__
    'Circle'
    """
    registry = _REGISTRY.setdefault(base_class, {})

    def register(klass: _Class, name: str | None = None) -> _Class:
        if not issubclass(klass, base_class):
            raise AssertionError(f"register: a {nickname} is a subclass of {base_class.__name__}, {klass!r} is not")
        key = (klass.__name__ if name is None else name).lower()
        replaced = registry.get(key)
        if replaced is not None:
            warn(
                f"{nickname} {klass.__module__}.{klass.__name__} takes the name {key!r} from "
                f"{replaced.__module__}.{replaced.__name__}",
                UserWarning,
            )
        registry[key] = klass
        return klass

    register.__doc__ = f"Add a class to the registry of every {nickname}, under its own name or under `name`."
    return register


def get_alias_func(base_class: type, nickname: str) -> Callable[..., Any]:
    """The decorator ``alias('first', 'second')`` that registers a subclass of `base_class` under further names."""
    register = get_register_func(base_class, nickname)

    def alias(*aliases: str) -> Callable[[_Class], _Class]:
        def under_every_name(klass: _Class) -> _Class:
            for name in aliases:
                register(klass, name)
            return klass

        return under_every_name

    return alias


def get_create_func(base_class: type, nickname: str) -> Callable[..., Any]:
    """The function that makes an instance of a registered class.

    Returns
    -------
    callable
        ``create(what, *args, **kwargs)``. `what`, which may also be given as the keyword `nickname`, is a registered
        name in any case, an instance (returned as it is), a dict of the keywords, or JSON: ``'["name", {arguments}]'``
        or ``'{"nickname": "name", "argument": value}'``.
    """
    registry = _REGISTRY.setdefault(base_class, {})

    def create(*args: Any, **kwargs: Any) -> Any:
        if args:
            what, args = args[0], args[1:]
        elif nickname in kwargs:
            what = kwargs.pop(nickname)
        else:
            raise KeyError(nickname)
        if isinstance(what, base_class):
            if args or kwargs:
                raise AssertionError(f"create: {what!r} is a {nickname} already; it takes no further arguments")
            return what
        if isinstance(what, dict):
            return create(**what)
        if not isinstance(what, str):
            made = f"; {what.__name__}() is an instance" if isinstance(what, type) else ""
            raise AssertionError(
                f"create: expected the name of a registered {nickname} or an instance; got {what!r}{made}"
            )
        if what[:1] in ("[", "{"):
            if args or kwargs:
                raise AssertionError(f"create: the JSON {what!r} holds all arguments of the {nickname}, and more came")
            content = json.loads(what)
            if isinstance(content, dict):
                return create(**content)
            name, arguments = content
            return create(name, **arguments)
        key = what.lower()
        if key not in registry:
            raise AssertionError(
                f"create: no {nickname} is registered as {what!r}{or_rather(key, registry)}; there are "
                f"{sorted(registry)}"
            )
        return registry[key](*args, **kwargs)

    create.__doc__ = f"Make a {nickname} from a registered name and its arguments, from JSON, or return an instance."
    return create
