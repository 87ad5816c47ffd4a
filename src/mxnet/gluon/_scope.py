"""Prefixes of blocks: what a block and its parameters are called, inside and outside of ``name_scope()``."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ..name import NameManager, Prefix
from .parameter import ParameterDict

if TYPE_CHECKING:
    from .block import Block

__all__ = ["BlockScope"]


class _Current(threading.local):
    value: BlockScope | None = None


_current = _Current()


class BlockScope:
    """The ``with`` block in which children take their names from a block.

    Parameters
    ----------
    block : Block or None
        the parent
    """

    def __init__(self, block: Block | None) -> None:
        self._block = block
        self._counter: dict[str, int] = {}
        self._previous: list[tuple[BlockScope | None, Any]] = []

    @staticmethod
    def create(prefix: str | None, params: ParameterDict | None, hint: str) -> tuple[str, ParameterDict]:
        """The full prefix and the parameter dictionary of a new block.

        Parameters
        ----------
        prefix : str or None
            what the user asked for; None makes one from the hint and a count
        params : ParameterDict or None
            a dictionary to share parameters with
        hint : str
            the block's class name in lower case
        """
        scope = _current.value
        if scope is None or scope._block is None:
            if prefix is None:
                prefix = NameManager.current.get(None, hint) + "_"
            if params is None:
                return prefix, ParameterDict(prefix)
            return prefix, ParameterDict(params.prefix, params)

        if prefix is None:
            count = scope._counter.get(hint, 0)
            scope._counter[hint] = count + 1
            prefix = f"{hint}{count}_"
        parent = scope._block
        if params is None:
            shared = ParameterDict(parent.params.prefix + prefix, parent.params._shared)
        else:
            shared = ParameterDict(params.prefix, params)
        return parent.prefix + prefix, shared

    def __enter__(self) -> BlockScope:
        block = self._block
        if block is None or block._empty_prefix:
            return self
        names = Prefix(block.prefix)
        self._previous.append((_current.value, names))
        _current.value = self
        names.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._block is None or self._block._empty_prefix:
            return
        outer, names = self._previous.pop()
        names.__exit__(*exc)
        _current.value = outer
