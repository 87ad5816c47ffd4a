"""What is shown of an error or a warning: the program's own lines, and of this package only what they called.

An error that the package raises on purpose says in its message what is wrong. The frames between the program's line and
the one that raised then help nobody, nor do the errors it was made from: :func:`cut` takes them out where the error
leaves the package. What was not foreseen is shown in full, and so is everything with ``REMXNET_TRACEBACK=full`` in the
environment. Nothing is done until an error happens.
"""

from __future__ import annotations

import dis
import functools
import os
import sys
import warnings
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")

__all__ = ["cut", "leaving", "on_purpose", "said_by", "warn"]

_OWN = __name__.partition(".")[0]
#: whose frames say nothing about the program
_LIBRARIES = (_OWN, "torch", "numpy", "functools", "contextlib")
#: what a library refuses a call with; of other classes are mistakes in this package too
_REFUSALS = (RuntimeError, IndexError, OSError)
_RAISE = dis.opmap["RAISE_VARARGS"]


def _root(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _innermost(error: BaseException) -> TracebackType | None:
    entry = error.__traceback__
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    return entry


def said_by(error: BaseException) -> str:
    """Who raised an error: 'package' on purpose, 'library' or 'program', or 'nobody' where it was not foreseen."""
    found: str | None = getattr(error, "_said_by", None)
    if found is not None:
        return found
    entry = _innermost(error)
    if entry is None:
        return "nobody"
    root = _root(entry.tb_frame)
    if root not in _LIBRARIES:
        return "program"
    if root == _OWN and entry.tb_frame.f_code.co_code[entry.tb_lasti] == _RAISE:
        return "package"
    return "library" if isinstance(error, _REFUSALS) else "nobody"


def on_purpose(error: BaseException) -> bool:
    """Whether the message of an error is this package's, and for whoever wrote the program."""
    return said_by(error) == "package"


def cut(error: BaseException) -> None:
    """Take out of an error's traceback, from the calling frame down, what says nothing about the program."""
    if os.environ.get("REMXNET_TRACEBACK") == "full":
        return
    who = said_by(error)
    if who not in ("package", "program"):
        return
    error._said_by = who  # type: ignore[attr-defined]
    _cut_chain(error)
    entry = error.__traceback__
    while entry is not None:
        following = entry.tb_next
        while following is not None and _root(following.tb_frame) in _LIBRARIES:
            following = following.tb_next
        entry.tb_next = following
        entry = following


def leaving(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """A function of the interface, not called often, whose errors are :func:`cut` where they leave it."""

    @functools.wraps(function)
    def called(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            cut(error)
            raise

    return called


def _cut_chain(error: BaseException) -> None:
    """Leave out what an error was made from, where that is the package's or a library's: it is kept as the context."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is None:
            return
        if said_by(before) in ("package", "library"):
            error.__cause__ = None  # and the context is not shown either
            return
        error = before


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn of the line of the program that called into the package.

    Parameters
    ----------
    message : str
        what there is to say
    category : type of Warning
        its class
    """
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and _root(frame) in _LIBRARIES:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level + 1)
