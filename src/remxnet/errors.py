"""What goes wrong through no fault of the program: the command line turns it into one line and exit code 2."""

import difflib
from collections.abc import Iterable

__all__ = ["InputError", "or_rather"]


class InputError(Exception):
    """An argument, a file or a machine is not what a command needs; the message says which, and the way out."""


def or_rather(name: object, names: Iterable[str]) -> str:
    """What a message adds for a name that is nearly one of those there are.

    Examples
    --------
    >>> or_rather("lennet", ["mlp", "lenet"]), or_rather("zzz", ["mlp"])
    (" (did you mean 'lenet'?)", '')
    """
    near = difflib.get_close_matches(str(name), list(names), 1)
    return f" (did you mean {near[0]!r}?)" if near else ""
