"""Branches that are known before the graph runs."""

from __future__ import annotations

from typing import Any

from ..table import At, reads

__all__: list[str] = []


@reads("If")
def branch(at: At) -> Any:
    """The one of two graphs that a known condition chooses."""
    condition = at.constant(0, "the condition")
    graph = at.attribute("then_branch" if condition.reshape(-1)[0] else "else_branch")
    return at._reader.inlined(graph, at)


@reads("Loop", "Scan")
def loop(at: At) -> Any:
    """Loops are not read."""
    raise at.refuse("loops are not read; write them out before, as onnxsim or a script's tracing does")
