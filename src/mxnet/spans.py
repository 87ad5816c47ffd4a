"""Names for stretches of time: operators say theirs to torch's profiler while :mod:`mxnet.profiler` runs.

Nothing is asked of a call while it does not: operators' functions are changed for others that say a name, and changed
back. A plan, which keeps functions, and a chain of kernels ask once each time they run.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from torch.autograd.profiler import record_function

__all__ = ["PREFIX", "Names", "names", "plain", "recorded", "span"]

#: what the names of operators begin with for torch's profiler
PREFIX = "mxnet::"


class Names:
    """Which calls say their names now."""

    __slots__ = ("eager", "graphs")

    def __init__(self) -> None:
        #: whether operators called on arrays do
        self.eager = False
        #: whether the steps of plans do
        self.graphs = False


names = Names()


def span(name: str) -> record_function:
    """A ``with`` block that torch's profiler knows as an operator of that name."""
    return record_function(PREFIX + name)


def recorded(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function that says its name while it runs; :func:`plain` gives it back."""

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        with record_function(PREFIX + name):
            return function(*args, **kwargs)

    called.without_span = function  # type: ignore[attr-defined]
    return called


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function under one of :func:`recorded`, or itself."""
    return getattr(function, "without_span", function)
