"""Which outputs of a graph need a gradient from above before anything can be said of the variables'."""

from __future__ import annotations

from collections.abc import Collection

from ..symbol.graph import Entry

__all__ = ["needs_head"]


def needs_head(head: Entry, learned: Collection[str]) -> bool:
    """Whether the gradients of some variables depend on that of an output.

    They do not behind a loss, which has a gradient of its own, nor behind what is constant piece by piece
    (comparisons, positions, roundings): its gradient is zero whatever comes from above.

    Parameters
    ----------
    head : Entry
        the output
    learned : collection of str
        the variables that gradients are asked for
    """
    waiting, seen = [head], {(id(head.node), head.output)}
    while waiting:
        node, output, _ = waiting.pop()
        if node.spec is None:
            if node.name in learned:
                return True
            continue
        depends = node.spec.rule("head")
        if node.spec.loss or (depends is not None and not depends(node.all_attributes(), output)):
            continue
        for entry in node.inputs:
            if (id(entry.node), entry.output) not in seen:
                seen.add((id(entry.node), entry.output))
                waiting.append(entry)
    return False
