"""Automatic names: each kind of thing is counted, so the second convolution is ``conv1``."""

from __future__ import annotations

import threading

from .base import classproperty

__all__ = ["NameManager", "Prefix"]


class _Current(threading.local):
    value: NameManager | None = None


_current = _Current()


class NameManager:
    """Gives names that count up for each hint; in a ``with`` block it is the one in use on this thread.

    Examples
    --------
    >>> names = mx.name.NameManager()
    >>> names.get(None, 'conv'), names.get(None, 'conv'), names.get('mine', 'conv')
    ('conv0', 'conv1', 'mine')
    """

    def __init__(self) -> None:
        self._counter: dict[str, int] = {}
        self._previous: list[NameManager | None] = []

    def get(self, name: str | None, hint: str) -> str:
        """The name itself where one is given, else the hint with the next number.

        Parameters
        ----------
        name : str or None
            the name asked for
        hint : str
            what to make a name from
        """
        if name:
            return name
        count = self._counter.get(hint, 0)
        self._counter[hint] = count + 1
        return f"{hint}{count}"

    def __enter__(self) -> NameManager:
        self._previous.append(_current.value)
        _current.value = self
        return self

    def __exit__(self, *exc: object) -> None:
        _current.value = self._previous.pop()

    @classproperty
    def current(cls) -> NameManager:
        """The manager of the innermost ``with`` block on this thread."""
        if _current.value is None:
            _current.value = NameManager()
        return _current.value


class Prefix(NameManager):
    """A name manager that puts a prefix before every name, given or made.

    Parameters
    ----------
    prefix : str
        what comes before

    Examples
    --------
    >>> with mx.name.Prefix('left_'):
    ...     mx.name.NameManager.current.get(None, 'conv')
    'left_conv0'
    """

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def get(self, name: str | None, hint: str) -> str:
        """The name with the prefix before it."""
        return self._prefix + super().get(name, hint)
