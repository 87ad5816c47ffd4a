"""What was found in programs, as lines and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from .checking import STOPS, Finding, check
from .sources import parts_of, programs_below

__all__ = ["Report", "lint"]

#: how the last line counts each kind
COUNTED = {
    "missing": "missing here",
    "unknown": "unknown to MXNet 1.9.1",
    "argument": "with arguments that are not taken",
    "numpy": "gone from NumPy",
    "note": "to know of",
}


@dataclass
class Report:
    """What was found.

    Attributes
    ----------
    files : int
        Programs that were read.
    findings : list of Finding
    unreadable : list of str
        What is no Python, each with its place and line.
    """

    files: int = 0
    findings: list[Finding] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def stops(self) -> bool:
        """Whether something was found over which a program stops."""
        return any(each.kind in STOPS for each in self.findings)

    @property
    def code(self) -> int:
        """The exit code: 2 where something cannot be read, 1 where something is missing, else 0."""
        return 2 if self.unreadable else int(self.stops)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        findings = [
            {"place": f.place, "line": f.line, "kind": f.kind, "name": f.name, "text": f.text} for f in self.findings
        ]
        return {"files": self.files, "findings": findings, "unreadable": self.unreadable}

    def summary(self) -> str:
        """One line."""
        counts = Counter(each.kind for each in self.findings)
        found = ", ".join(f"{counts[kind]} {text}" for kind, text in COUNTED.items() if counts[kind])
        return f"{self.files} {'file' if self.files == 1 else 'files'} read: {found or 'nothing missing'}"


def lint(paths: Iterable[Path]) -> Report:
    """Read scripts, notebooks and folders of them, and find what they ask for that is not here.

    Raises
    ------
    InputError
        a path leads nowhere
    """
    report = Report()
    for path in paths:
        for program in programs_below(path):
            parts = []
            try:
                for part in parts_of(program):
                    parts.append(part)
            except InputError as error:
                report.unreadable.append(str(error))
            report.files += 1
            try:
                report.findings += check(parts)
            except InputError as error:
                report.unreadable.append(str(error))
    return report
