"""Attributes that all symbols made in a ``with`` block get."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from typing import ClassVar

from .base import classproperty

__all__ = ["AttrScope"]


class _Current(threading.local):
    value: AttrScope | None = None


_current = _Current()


class AttrScope:
    """Attributes for every symbol made in its ``with`` block; scopes within scopes add up.

    Parameters
    ----------
    **kwargs : str
        attributes by name

    Raises
    ------
    ValueError
        a value is no string

    Examples
    --------
    >>> with mx.AttrScope(ctx_group='left'):
    ...     data = mx.sym.Variable('data')
    >>> data.attr('ctx_group')
    'left'
    """

    def __init__(self, **kwargs: str) -> None:
        for name, value in kwargs.items():
            if not isinstance(value, str):
                raise ValueError(f"AttrScope: {name}={value!r}; attributes are strings")
        self._attr = kwargs
        self._previous: list[tuple[AttrScope | None, dict[str, str]]] = []

    def get(self, attr: Mapping[str, str] | None) -> dict[str, str]:
        """The scope's attributes together with those given, which go before them."""
        return {**self._attr, **(attr or {})}

    #: how many graphs of nodes begin with a name
    _subgraph_names: ClassVar[defaultdict[str, int]] = defaultdict(int)

    @classmethod
    def _subgraph_name(cls, prefix: str) -> str:
        """A new name for a graph that a node is to hold, within the name of the graph that is being made."""
        outer = cls.current.get(None).get("__subgraph_name__")
        full = prefix if outer is None else f"{outer}${prefix}"
        cls._subgraph_names[full] += 1
        return f"{full}{cls._subgraph_names[full] - 1}"

    def __enter__(self) -> AttrScope:
        outer = _current.value
        self._previous.append((outer, self._attr))
        if outer is not None:
            self._attr = {**outer._attr, **self._attr}
        _current.value = self
        return self

    def __exit__(self, *exc: object) -> None:
        _current.value, self._attr = self._previous.pop()

    @classproperty
    def current(cls) -> AttrScope:
        """The scope of the innermost ``with`` block on this thread."""
        if _current.value is None:
            _current.value = AttrScope()
        return _current.value
