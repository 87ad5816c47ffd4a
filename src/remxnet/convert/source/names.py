"""Names of a graph as identifiers of Python: the one way by which text from a symbol file gets into a program.

Nothing else of a graph's names becomes code: what is quoted elsewhere is quoted by ``repr``.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

from torch import nn

__all__ = ["RESERVED", "Names", "common_prefix", "identifier", "quoted", "without_prefix"]

#: names that a program has a use of its own for
RESERVED = frozenset(
    {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *dir(nn.Module), "F", "Path", "load", "load_file", "math"}
    | {"nn", "np", "self", "torch", "training", "x", "y", "z"}
)
_LONGEST = 40


def identifier(name: str, otherwise: str = "node") -> str:
    """A name of a graph as an identifier: letters, digits and underscores of ASCII, no keyword, nothing private.

    Examples
    --------
    >>> identifier("stage1_conv0"), identifier("a.b/c"), identifier("__import__"), identifier("3x3"), identifier("ü")
    ('stage1_conv0', 'a_b_c', 'import_', 'node_3x3', 'node')
    """
    text = re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_")[:_LONGEST].rstrip("_")
    if not text:
        return otherwise
    if text[0].isdigit():
        text = f"{otherwise}_{text}"
    return f"{text}_" if text in RESERVED else text


class Names:
    """Identifiers given out, each once.

    Examples
    --------
    >>> names = Names()
    >>> names.new("a.b"), names.new("a_b"), names.new("a_b_1")
    ('a_b', 'a_b_1', 'a_b_1_1')
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self._next: dict[str, int] = {}

    def new(self, wish: str, otherwise: str = "node") -> str:
        """An identifier that nobody else has."""
        base = name = identifier(wish, otherwise)
        while name in self.taken:
            number = self._next[base] = self._next.get(base, 0) + 1
            name = f"{base}_{number}"
        self.taken.add(name)
        return name


def common_prefix(names: Iterable[str]) -> str:
    """What all names begin with, up to an underscore: the name of a network in front of those of its layers."""
    all_names = list(names)
    if len(all_names) < 2:
        return ""
    first, last = min(all_names), max(all_names)
    length = next((place for place, pair in enumerate(zip(first, last)) if pair[0] != pair[1]), len(first))
    return first[: first.rfind("_", 0, length) + 1]


def without_prefix(name: str, prefix: str) -> str:
    """A name without what all names of its network begin with, and without the end that Gluon's blocks give a node."""
    short = name.removeprefix(prefix)
    return short.removesuffix("_fwd").removesuffix("_rnn0") or short


def quoted(text: str) -> str:
    """Text of a graph for a comment or a docstring: one line of ASCII that neither ends the string nor escapes."""
    return ascii(text)[1:-1].replace("\\", "/").replace('"', "'")
