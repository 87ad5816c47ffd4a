"""What is told of a file, as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Found", "sized"]

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass
class Found:
    """What a file holds.

    Attributes
    ----------
    file : str
    kind : str
        in words
    facts : dict of str to object
        what there is to say in a line each: numbers, texts, and lists of texts
    tables : dict of str to list of dict
        what there are many of, each with the same keys
    """

    file: str
    kind: str
    facts: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return {"file": self.file, "kind": self.kind, **self.facts, **self.tables}

    def __str__(self) -> str:
        width = max(map(len, self.facts), default=0)
        lines = [f"{self.file}: {self.kind}"]
        lines += [f"  {name:{width}}  {_text(name, value)}" for name, value in self.facts.items()]
        for name, rows in self.tables.items():
            lines += ["", f"  {name}", *_rows(rows)]
        return "\n".join(lines)


def _text(name: str, value: Any) -> str:
    if name == "bytes":
        return sized(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _rows(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    cells = [[_cell(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return ["    " + "  ".join(f"{c:{w}}" for c, w in zip(row, widths)).rstrip() for row in cells]


def _cell(value: Any) -> str:
    if value is None:
        return "?"
    if isinstance(value, (list, tuple)):
        return f"({', '.join('?' if each in (0, None) else str(each) for each in value)})"
    return f"{value:,}" if isinstance(value, int) else str(value)


def sized(count: int) -> str:
    """A number of bytes as people read it.

    Examples
    --------
    >>> sized(12), sized(46_858_306)
    ('12 bytes', '46.9 MB')
    """
    number, unit = float(count), 0
    while number >= 1000 and unit + 1 < len(_UNITS):
        number, unit = number / 1000, unit + 1
    return f"{count} bytes" if not unit else f"{number:.1f} {_UNITS[unit]}"
