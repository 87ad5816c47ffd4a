"""What an error says once it leaves a block: which block it was, where in the network it stands, what did not fit."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import _tracebacks

if TYPE_CHECKING:
    from .block import Block

__all__ = ["told_of_block"]

#: of a node of a graph: its name, which begins with that of the layer
_NODE = re.compile(r"(?:node )?(?P<name>\w+?)(?: \(\w+\))?: ")
#: characters of a layer's text that are shown
_LONGEST = 100


def told_of_block(block: Block, args: Sequence[Any], error: Exception) -> None:
    """Have an error that leaves a block say which one it was, and show the program's own lines.

    Parameters
    ----------
    block : Block
        whose ``forward`` raised
    args : sequence
        what it was called with
    error : Exception
        what it raised; its message is completed
    """
    path: tuple[Block, ...] | None = getattr(error, "_blocks", None)
    if path is None:
        own = block._what_does_not_fit(*args)
        if own is None and not _tracebacks.on_purpose(error):
            _tracebacks.cut(error)
            return
        error._said_by = "package"  # type: ignore[attr-defined]
        text = own or str(error).removeprefix(f"{block.name}: ")
        match = _NODE.match(text) if own is None else None
        inner = _path_to(block, match["name"]) if match else ()
        if match and inner:  # the layer says more than its node
            text = text[match.end() :]
        error._blocks, error._text = (block, *inner), text  # type: ignore[attr-defined]
    else:
        error._blocks = (block, *path)  # type: ignore[attr-defined]
    error.args = (_text(error._blocks, error._text),)  # type: ignore[attr-defined]
    _tracebacks.cut(error)


def _text(path: Sequence[Block], text: str) -> str:
    """The message, with the name of the innermost block, its place in the outermost and what it is."""
    block = path[-1]
    place = ".".join(
        next((name for name, child in outer._children.items() if child is inner), type(inner).__name__)
        for outer, inner in itertools.pairwise(path)
    )
    shown = repr(block)
    if "\n" in shown or len(shown) > _LONGEST:
        shown = type(block).__name__
    if place:
        return f"{block.name} (layer {place}), {shown}: {text}"
    counted = re.fullmatch(rf"{re.escape(block._alias())}\d+", block.name)
    return f"{shown}: {text}" if counted else f"{block.name}, {shown}: {text}"


def _path_to(block: Block, node: str) -> tuple[Block, ...]:
    """The blocks from one inside `block` to the one that a node of its graph belongs to, by the beginnings of names."""
    for child in block._children.values():
        inner = _path_to(child, node)
        if inner or node.startswith(f"{child.name}_"):
            return (child, *inner)
    return ()
