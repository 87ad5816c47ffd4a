"""When running statistics move: in the backward pass, as in MXNet, whoever ran the operator.

An operator in training mode returns what a batch says of its states (batch norm the batch's mean and variance). The
states move by its ``states`` rule when a gradient comes back through its result, from the values they have then: a
forward without a backward leaves them, two calls in a recording move them twice, the last call first, and a backward
for prediction (``train_mode=False``) leaves them. Where a graph moves a state more than once, the order is MXNet's
(:mod:`mxnet.ops.backwards`). Eager calls, graphs and executors all come here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch

from .. import memory
from ..ops.backwards import mark, put_off
from ..ops.registry import OpSpec
from .ndarray import NDArray

__all__ = ["Seen", "follow"]


class Seen(NamedTuple):
    """What one call of an operator says of one of its states.

    Attributes
    ----------
    array : the state
    value : what the batch says, or, of an operator without a ``states`` rule, the new state
    output : the result through which the gradient comes; None where none will
    spec, attributes : the operator and its attributes, parsed
    """

    array: NDArray
    value: torch.Tensor
    output: torch.Tensor | None
    spec: OpSpec
    attributes: Mapping[str, Any]


def follow(seen: Iterable[Seen]) -> None:
    """Move states, now where there is no rule for it, else when the gradient comes."""
    waiting: dict[Any, list[Seen]] = {}
    for each in seen:
        if "states" not in each.spec.rules:
            memory.copy(each.array._t, each.value)
        elif each.output is not None and each.output.grad_fn is not None:
            waiting.setdefault(each.output.grad_fn, []).append(each)
    for node, moves in waiting.items():
        node.register_prehook(_mover(node, moves))


def _mover(node: Any, moves: list[Seen]) -> Any:
    """A hook of a node of torch's graph that has states moved by the backward that comes through it."""

    def move() -> None:
        with torch.no_grad():
            for each in moves:
                rule = each.spec.rules["states"]
                assert callable(rule)  # a state either has a rule or is what the function returned
                attributes = {**each.spec.defaults, **each.attributes}
                memory.copy(each.array._t, rule(each.array._t.detach(), each.value, attributes))

    concerns = frozenset(each.array._t.data_ptr() for each in moves)
    own = mark(node)

    def hook(gradients: tuple[torch.Tensor | None, ...]) -> None:
        put_off(own, concerns, move)

    return hook
