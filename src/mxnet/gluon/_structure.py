"""``Block.save`` and ``Block.load``: the structure of a block as JSON beside its parameters."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..base import MXNetError
from ..serialization.files import replacing

if TYPE_CHECKING:
    from .block import Block

__all__ = ["load_model", "save_model"]


def _described(block: Block, number: Iterator[int]) -> tuple[str, dict[str, Any]]:
    """A block under a name of its own, MXNet's way: its children by their names, with the places they have."""
    name = f"{type(block).__name__.lower()}{next(number)}"
    described: dict[str, Any] = {
        "orig_name": block.name,
        "hybridized": bool(getattr(block, "_active", False)),
        "children": {child.name: place for place, child in block._children.items()},
    }
    for child in block._children.values():
        child_name, description = _described(child, number)
        described[child_name] = description
    return name, described


def _places(described: Any) -> Any:
    """The places of the children in a description, nested; names are left out, as they differ from object to object."""
    children = [each for name, each in described.items() if name not in ("orig_name", "hybridized", "children")]
    return {described["children"][child["orig_name"]]: _places(child) for child in children}


def save_model(block: Block, prefix: str) -> None:
    """Write ``prefix-model.json`` and ``prefix-model.params``."""
    with replacing(f"{prefix}-model.json", "w") as stream:
        json.dump(dict([_described(block, itertools.count())]), stream)
        stream.flush()
        block.save_parameters(f"{prefix}-model.params")


def load_model(block: Block, prefix: str) -> None:
    """Read what :func:`save_model` wrote into a block of the same structure.

    Raises
    ------
    MXNetError
        the file is no description, or that of another structure
    """
    path = f"{prefix}-model.json"
    try:
        with open(path, encoding="utf-8") as stream:
            (described,) = json.load(stream).values()
        saved = _places(described)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise MXNetError(
            f"load: {path} is not the description of a block that save() writes ({error!s:.200})"
        ) from error
    if saved != _places(_described(block, itertools.count())[1]):
        raise MXNetError(f"load: {path} describes another structure than {block.name} has: {saved!s:.500}")
    block.load_parameters(f"{prefix}-model.params")
