"""How many operators MXNet's engine ran as one; kept for programs that set it, as torch runs each when it is called."""

from __future__ import annotations

import operator

from .base import MXNetError

__all__ = ["bulk", "set_bulk_size"]

_size = 0


def set_bulk_size(size: int) -> int:
    """Set how many operators may run as one; returns what was set before.

    Parameters
    ----------
    size : int
        a number of operators, which changes nothing of what is computed

    Raises
    ------
    MXNetError
        a negative size
    TypeError
        no integer
    """
    global _size
    number = operator.index(size)
    if number < 0:
        raise MXNetError(f"set_bulk_size: size={size}; expected an int that is not negative")
    previous, _size = _size, number
    return previous


class _BulkScope:
    """Sets the size within a ``with`` block."""

    def __init__(self, size: int) -> None:
        self._size, self._previous = size, 0

    def __enter__(self) -> _BulkScope:
        self._previous = set_bulk_size(self._size)
        return self

    def __exit__(self, *exc: object) -> None:
        set_bulk_size(self._previous)


def bulk(size: int) -> _BulkScope:
    """A ``with`` block in which `size` operators may run as one.

    Examples
    --------
    >>> with mx.engine.bulk(10):
    ...     x = mx.nd.ones((2,)) + 1
    >>> x.asnumpy().tolist()
    [2.0, 2.0]
    """
    return _BulkScope(size)
