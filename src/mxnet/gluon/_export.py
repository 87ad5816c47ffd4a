"""Blocks as files: the graph of one, and what it is written with."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from .. import ndarray as nd
from ..ndarray import NDArray
from ..symbol import Symbol
from ._graph import checked_symbol

if TYPE_CHECKING:
    from .hybrid import HybridBlock

__all__ = ["check_shapes", "graph_of", "write_graph"]


def graph_of(block: HybridBlock, own_forward: bool) -> Symbol:
    """The graph of a block: as its first call as a graph had it, else of one array for each argument it asks for.

    Parameters
    ----------
    block : HybridBlock
        the block
    own_forward : bool
        whether it defines ``forward`` instead of ``hybrid_forward``

    Raises
    ------
    RuntimeError
        parameters have no shapes yet
    MXNetError
        it cannot be traced
    """
    check_shapes(block)
    pattern = (NDArray,) * _count_of_inputs(block, own_forward) if block._pattern is None else block._pattern
    return checked_symbol(block._graph(pattern, ()), f"{block.name}: export", block._untraceable)


def check_shapes(block: HybridBlock) -> None:
    """Refuse a block with parameters that have no shapes yet, and so no arrays."""
    waiting = [each.name for each in block.collect_params().values() if each._data is None and each._deferred_init]
    if waiting:
        raise RuntimeError(f"{block.name}: export: the shape of {waiting[0]} is not known; call the block once before")


def _count_of_inputs(block: HybridBlock, own_forward: bool) -> int:
    """How many inputs a block takes at least: hybrid_forward has them after F, and parameters by their names."""
    forward = block.forward if own_forward else block.hybrid_forward
    taken = [
        each
        for each in inspect.signature(forward).parameters.values()
        if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD and each.name not in block._reg_params
    ]
    return len(taken) if own_forward else len(taken) - 1


def write_graph(block: HybridBlock, graph: Symbol, path: str, epoch: int, remove_amp_cast: bool) -> None:
    """Write a block's graph and its parameters; the graph is put in place once the parameters are."""
    parameters = block.collect_params()
    states = set(graph.list_auxiliary_states())
    arrays = {
        f"{'aux' if name in states else 'arg'}:{name}": parameters[name]._reduce()
        for name in graph.list_inputs()
        if name in parameters
    }
    with graph._saved_with(f"{path}-symbol.json", remove_amp_cast):
        nd.save(f"{path}-{epoch:04d}.params", arrays)
