"""A graph run node by node, with what each takes and gives shown to a callback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from ..context import Context
from ..ndarray import NDArray
from ..symbol import Symbol
from ..symbol.graph import Node, duplicate, input_names, named, output_names, topological
from .cached import CachedGraph
from .plan import Said
from .steps import Step

__all__ = ["Callback", "Monitored"]

#: is called with a name and an array
Callback = Callable[[bytes, NDArray], Any]
#: the attribute by which normalizations show the statistics that a graph counts among their outputs
_SHOWS_ALL = "output_mean_var"


class Monitored:
    """Runs a graph for a callback.

    Parameters
    ----------
    symbol : Symbol
        the graph
    callback : callable(name, array)
        sees every node's outputs as soon as they are computed; names are bytes
    inputs : bool
        whether it sees the node's inputs before: each under its name in the node, a variable first under its own
    """

    def __init__(self, symbol: Symbol, callback: Callback, inputs: bool) -> None:
        shown = Symbol(duplicate(symbol._entries, {}))
        self._callback, self._inputs = callback, inputs
        self._nodes = [node for node in topological(shown._entries) if node.spec is not None]
        for node in self._nodes:
            if node.spec is not None and _SHOWS_ALL in node.spec.attributes:
                node.parsed, node.visible = {**node.parsed, _SHOWS_ALL: True}, node.total
        self._graph = CachedGraph(shown, fuse=False)

    def run(
        self, values: Sequence[torch.Tensor], ctx: Context, training: bool
    ) -> tuple[list[torch.Tensor], list[Said]]:
        """What :meth:`CachedGraph.run` does."""
        nodes = iter(self._nodes)  # a graph that is not fused has one step for each

        def call(name: str, tensor: torch.Tensor) -> None:
            self._callback(name.encode(), NDArray._wrap(tensor.detach(), ctx))

        def show(step: Step, taken: Sequence[Any], given: Sequence[Any]) -> None:
            node = next(nodes)
            if self._inputs:
                tensors = [tensor for tensor in taken if tensor is not None]
                for entry, name, tensor in zip(node.inputs, _input_names(node), tensors):
                    if entry.node.spec is None:
                        call(entry.node.name, tensor)
                    call(named(node, name), tensor)
            for name, tensor in zip(output_names(node), given):
                call(name, tensor)

        return self._graph.run(values, ctx, training, show)


def _input_names(node: Node) -> list[str]:
    assert node.spec is not None
    if node.spec.variadic:
        return [f"arg{place}" for place in range(len(node.inputs))]
    return input_names(node.spec, node.parsed, count=len(node.inputs))
