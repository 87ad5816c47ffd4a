"""Graphs that a node holds, as the rules and the function of its operator look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from .dtype_rules import Kind, Kinds
from .registry import OpSpec
from .shape_rules import Partial, Partials

__all__ = ["Held", "Layer"]


class Layer(NamedTuple):
    """An operator in a graph that a node holds, as the node's function and rules look at it.

    Attributes
    ----------
    spec : the operator
    attributes : all of them, defaults filled in
    inputs : for each input its place among the graph's values: first the variables, then what the layers give, in order
    """

    spec: OpSpec
    attributes: Mapping[str, Any]
    inputs: Sequence[int]


class Held(Protocol):
    """What inference knows of a graph that a node holds."""

    layers: Sequence[Layer]  #: the operators in it, in order
    variables: int  #: how many variables it has

    def shapes(self, variables: Partials) -> tuple[list[Partial], list[Partial]]:
        """The shapes of its variables and of its outputs, from what is known of its variables."""

    def dtypes(self, variables: Kinds) -> tuple[list[Kind], list[Kind]]:
        """The same for dtypes."""
