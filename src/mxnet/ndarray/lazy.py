"""Arrays whose elements are not computed yet, and the rule that keeps them honest.

Such an array remembers what it would be computed from, so nothing it depends on may change before: whoever writes into
memory calls :func:`settle` first.
"""

from __future__ import annotations

import weakref
from typing import Any

__all__ = ["forget", "live", "remember", "settle"]

#: the arrays that are not computed yet, by identity
live: dict[int, weakref.ref[Any]] = {}


def remember(array: Any) -> None:
    """Note an array that is not computed yet."""
    key = id(array)
    live[key] = weakref.ref(array, lambda _: live.pop(key, None))


def forget(array: Any) -> None:
    """An array was computed."""
    live.pop(id(array), None)


def settle() -> None:
    """Compute every array that is not computed yet, because something is about to be written."""
    for reference in list(live.values()):
        array = reference()
        if array is not None:
            array._t  # noqa: B018 - computes it
