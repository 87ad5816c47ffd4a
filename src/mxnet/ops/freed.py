"""Which parts of torch's graph a backward has freed.

MXNet makes a leaf of every array whose graph a backward has freed. Torch has no note of that where an operator
kept nothing for its backward, and no quick way to ask; but it numbers the nodes of its graph as they are made, so that
a node younger than the last one a backward began at need not be looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

__all__ = ["freed", "note_freed", "released"]


class _Freed:
    """The number of the last node that a backward began at which freed its graph."""

    until = -1


freed = _Freed()
#: in the notes that torch keeps with a node: that a backward from it has freed its graph
_FREED = "mxnet.freed"
#: what shows of a kind of nodes whether it still has what it kept for its backward
_kept_by: dict[Any, tuple[str, ...]] = {}


def note_freed(heads: Sequence[torch.Tensor]) -> None:
    """Note that a backward from heads has freed their graph."""
    for head in heads:
        node: Any = head.grad_fn
        if node is not None:
            node.metadata[_FREED] = True
            freed.until = max(freed.until, node._sequence_nr())


def released(node: Any) -> bool:
    """Whether a backward has freed the graph that a node is in, as far as its operators kept anything."""
    waiting, seen = [node], {node}
    while waiting:
        each = waiting.pop()
        if _FREED in each.metadata:
            return True
        try:
            for name in _shown(type(each)):
                getattr(each, name)
        except RuntimeError:  # torch's way to say so
            return True
        for source, _ in each.next_functions:
            if source is not None and source not in seen and not hasattr(source, "variable"):
                seen.add(source)
                waiting.append(source)
    return False


def _shown(kind: type) -> tuple[str, ...]:
    names = _kept_by.get(kind)
    if names is None:
        python = issubclass(kind, torch.autograd.function.BackwardCFunction)
        names = ("saved_tensors",) if python else tuple(name for name in dir(kind) if name.startswith("_saved_"))
        _kept_by[kind] = names
    return names
