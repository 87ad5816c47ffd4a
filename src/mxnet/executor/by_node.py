"""A graph with sparse arrays run node by node, as a program calling its operators would.

What is stored of a value is known when it is computed, so there is nothing to plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from .. import autograd
from ..ndarray import NDArray
from ..ndarray.invoke import invoke
from ..ops.storage import want_rows
from ..symbol import Symbol
from ..symbol.graph import Node, input_names, topological

__all__ = ["leaf_of", "run"]


def leaf_of(array: NDArray, by_rows: bool) -> tuple[NDArray, torch.Tensor]:
    """An array of the same elements that is a variable, and what stands for it in torch's graph.

    Parameters
    ----------
    array : NDArray
        dense or sparse, of floating point
    by_rows : bool
        whether its gradient is wanted by rows
    """
    alias = array.detach()
    leaf = alias._graphed.detach().requires_grad_()
    if by_rows:
        want_rows(leaf)
    alias._graphed = leaf
    return alias, leaf


def run(symbol: Symbol, arrays: Mapping[str, NDArray], differentiable: bool, training: bool) -> list[NDArray]:
    """The outputs of a graph.

    Parameters
    ----------
    symbol : Symbol
        the graph
    arrays : dict of str to NDArray
        arguments and auxiliary states by name
    differentiable : bool
        whether gradients are to follow
    training : bool
        the mode of operators
    """
    values: dict[int, Sequence[NDArray]] = {}
    with autograd.record(training) if differentiable else autograd.pause(training):
        for node in topological(symbol._entries):
            values[id(node)] = [arrays[node.name]] if node.spec is None else _computed(node, values)
    return [values[id(entry.node)][entry.output] for entry in symbol._entries]


def _computed(node: Node, values: Mapping[int, Sequence[NDArray]]) -> Sequence[NDArray]:
    spec = node.spec
    assert spec is not None
    given: list[Any] = [values[id(entry.node)][entry.output] for entry in node.inputs]
    if not spec.variadic:
        by_name = dict(zip(input_names(spec, node.parsed, count=len(given)), given))
        given = [by_name.get(name) for name in spec.input_names]
    attributes = {name: value for name, value in node.parsed.items() if name in spec.attributes}
    result = invoke(spec, given, attributes)
    return result if isinstance(result, (list, tuple)) else [result]
