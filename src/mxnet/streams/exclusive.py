"""One thread at a time on an object's methods."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

__all__ = ["exclusive"]

P = ParamSpec("P")
R = TypeVar("R")
Self = TypeVar("Self", bound=Any)


def exclusive(method: Callable[Concatenate[Self, P], R]) -> Callable[Concatenate[Self, P], R]:
    """A method that holds ``self.lock``, a reentrant lock, while it runs: draws from threads never share a word."""

    @functools.wraps(method)
    def locked(self: Self, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.lock:
            return method(self, *args, **kwargs)

    return locked
