"""What is known of every value of a graph, carried from node to node until nothing is new.

A node is visited where something about its inputs or outputs became known. It then says what it can of its inputs (its
``params`` rule and its rule of kind "inputs"), of its outputs (:mod:`.forward`) and of their dtypes (its rule of kind
"dtype"); what is new wakes the node that makes the value and those that read it. Lengths only become known, so a graph
takes time in the number of its nodes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch

from ...base import MXNetError, dtype_name, to_torch_dtype
from ...ops.dtype_rules import same
from ...ops.shape_rules import UNKNOWN, Partial
from ..graph import Entry, Node, layers_of, topological
from .forward import Call, learnable, outputs_of
from .notation import declared_dtype, declared_shape

__all__ = ["Inferred", "infer", "infer_shapes", "infer_types"]


class Inferred(NamedTuple):
    """What is known of the outputs of all nodes.

    Attributes
    ----------
    shapes : by node, a list of None or tuples with -1 for lengths that are not known
    dtypes : by node, a list of dtypes or None
    """

    shapes: dict[Node, list[Partial]]
    dtypes: dict[Node, list[torch.dtype | None]]


def infer(
    heads: Sequence[Entry],
    shapes: Mapping[str, Partial] | None = None,
    dtypes: Mapping[str, Any] | None = None,
) -> Inferred:
    """The shapes and dtypes of all outputs of all nodes.

    Parameters
    ----------
    heads : sequence of Entry
        the graph's outputs
    shapes : dict of str to tuple, optional
        shapes of variables, -1 for lengths that are not known; one with all its lengths wins over the shape that the
        variable was declared with, else that one wins
    dtypes : dict of str to dtype, optional
        dtypes of variables, which win over declared ones. Without it dtypes that contradict each other are no error:
        shapes are all that is asked for

    Raises
    ------
    MXNetError
        shapes or dtypes contradict each other, or an operator refuses them
    """
    graph = _Worklist(topological(heads), strict=dtypes is not None)
    for node in graph.order:
        if node.op is None:
            graph.start(node, (shapes or {}).get(node.name), (dtypes or {}).get(node.name))
    graph.run()
    return Inferred(graph.shapes, graph.dtypes)


def infer_shapes(heads: Sequence[Entry], given: Mapping[str, Partial]) -> dict[Node, list[Partial]]:
    """The shapes of :func:`infer`."""
    return infer(heads, given).shapes


def infer_types(heads: Sequence[Entry], given: Mapping[str, Any]) -> dict[Node, list[torch.dtype | None]]:
    """The dtypes of :func:`infer`, which need no shapes."""
    graph = _Worklist(topological(heads), strict=True, shaped=False)
    for node in graph.order:
        if node.op is None:
            graph.start(node, None, given.get(node.name))
    graph.run()
    return graph.dtypes


class _Worklist:
    """What is known, and the nodes that have to be looked at."""

    def __init__(self, order: Sequence[Node], strict: bool, shaped: bool = True) -> None:
        self.order, self.strict, self.shaped = order, strict, shaped
        self.shapes: dict[Node, list[Partial]] = {}
        self.dtypes: dict[Node, list[torch.dtype | None]] = {}
        self.calls: dict[Node, Call] = {}
        self.readers: dict[Node, list[Call]] = {}
        #: who told the shape of a value last, a call or words
        self.sources: dict[tuple[Node, int], Any] = {}
        for node in order:
            count = max(node.total, node.visible, 1) if node.op is not None else 1
            self.shapes[node], self.dtypes[node] = [None] * count, [None] * count
            if node.op is not None:
                call = self.calls[node] = Call(node)
                if node.graphs:
                    call.attributes["graphs"] = [_Held(graph) for graph in node.graphs]
                for source in {entry.node for entry in node.inputs}:
                    self.readers.setdefault(source, []).append(call)
        self.queue = deque(self.calls.values())
        self.waiting = set(self.calls.values())

    def start(self, node: Node, shape: Partial, dtype: Any) -> None:
        """Note what is known of a variable from outside."""
        if self.shaped:
            source = "given"
            if shape is None or UNKNOWN in shape:
                declared = declared_shape(node)
                if declared is not None:
                    shape, source = declared, "declared"
            self.shapes[node][0] = None if shape is None else tuple(shape)
            self.sources[node, 0] = source
        self.dtypes[node][0] = declared_dtype(node) if dtype is None else to_torch_dtype(dtype)

    def run(self) -> None:
        """Visit nodes until nothing is new."""
        while self.queue:
            call = self.queue.popleft()
            self.waiting.discard(call)
            self._visit_dtypes(call)
            if self.shaped:
                self._visit_shapes(call)

    def _wake(self, node: Node, teller: Call) -> None:
        """Have those looked at that make or read a value of this node."""
        maker = self.calls.get(node)
        for call in self.readers.get(node, ()) if maker is None else (maker, *self.readers.get(node, ())):
            if call is not teller and call not in self.waiting:
                self.waiting.add(call)
                self.queue.append(call)

    # --- shapes -------------------------------------------------------------------------------------------------

    def _visit_shapes(self, call: Call) -> None:
        node, spec = call.node, call.spec
        inputs = [self.shapes[source][place] for source, place, _ in node.inputs]
        backwards = spec.rules.get("inputs")
        while True:
            new = False
            if not all(shape is not None and UNKNOWN not in shape for shape in inputs):
                if spec.params is not None:
                    new = self._tell_inputs(call, inputs, learnable(call, inputs))
                outputs = self.shapes[node][: node.visible]
                known = any(shape is not None for shape in (*inputs, *outputs))
                if known and backwards is not None and not isinstance(backwards, str):
                    told = backwards(call.spread(inputs), outputs, call.attributes)
                    new = self._tell_inputs(call, inputs, call.gathered(told)) or new
            if call.asked != inputs:
                call.asked = list(inputs)
                dtypes = [self.dtypes[source][place] for source, place, _ in node.inputs]
                for place, shape in enumerate(outputs_of(call, inputs, dtypes)):
                    new = self._tell(node, place, shape, call, f"output {place}") or new
            if not new:
                return

    def _tell_inputs(self, call: Call, inputs: list[Partial], told: Sequence[Partial]) -> bool:
        """Take what a rule says of a node's inputs; whether anything is new."""
        new = False
        for place, shape in enumerate(told):
            if shape is not None and shape != inputs[place]:
                source, output, _ = call.node.inputs[place]
                if self._tell(source, output, tuple(shape), call, call.names[place]):
                    new = True
                inputs[place] = self.shapes[source][output]
        if new:  # one value may be several inputs
            for place, (source, output, _) in enumerate(call.node.inputs):
                inputs[place] = self.shapes[source][output]
        return new

    def _tell(self, node: Node, place: int, shape: Partial, call: Call, what: str) -> bool:
        """Take what a call says of one value; whether it is new."""
        known = self.shapes[node][place]
        if shape is None or shape == known:
            return False
        if known is not None:
            if len(known) != len(shape) or any(a != b and a != UNKNOWN != b for a, b in zip(known, shape)):
                self._contradict(node, place, shape, call, what)
            shape = tuple(b if a == UNKNOWN else a for a, b in zip(known, shape))
            if shape == known:
                return False
        self.shapes[node][place] = shape
        self.sources[node, place] = call
        self._wake(node, call)
        return True

    def _contradict(self, node: Node, place: int, shape: Partial, call: Call, what: str) -> None:
        known, source = self.shapes[node][place], self.sources.get((node, place))
        value = what if node is call.node else f"{what}, {node.name!r},"
        by = f"as {source}" if isinstance(source, str) else f"by {source}"
        raise MXNetError(f"{call}: {value} has shape {_shown(known)} {by}; expected {_shown(shape)}")

    # --- dtypes -------------------------------------------------------------------------------------------------

    def _visit_dtypes(self, call: Call) -> None:
        node = call.node
        inputs = [self.dtypes[source][place] for source, place, _ in node.inputs]
        outputs = self.dtypes[node]
        rule = call.spec.rules.get("dtype", same)
        if isinstance(rule, str):  # why nothing can be told
            return
        told, found = rule(call.spread(inputs), outputs[: node.visible], call.attributes)
        for place, dtype in enumerate(call.gathered(told) if told else ()):
            if dtype is not None and dtype is not inputs[place]:
                source, output, _ = node.inputs[place]
                self._tell_dtype(source, output, dtype, call, call.names[place])
        for place, dtype in enumerate(found):
            if dtype is not None and dtype is not outputs[place]:
                self._tell_dtype(node, place, dtype, call, f"output {place}")

    def _tell_dtype(self, node: Node, place: int, dtype: torch.dtype, call: Call, what: str) -> None:
        known = self.dtypes[node][place]
        if known is None:
            self.dtypes[node][place] = dtype
            self._wake(node, call)
        elif known is not dtype and self.strict:
            value = what if node is call.node else f"{what}, {node.name!r},"
            raise MXNetError(f"{call}: {value} is {dtype_name(known)}; expected {dtype_name(dtype)}")


class _Held:
    """A graph that a node holds, as the node's rules ask about it: see :class:`mxnet.ops.graphs.Held`."""

    def __init__(self, heads: Sequence[Entry]) -> None:
        self._heads = heads
        self._variables = [node for node in topological(heads) if node.op is None]
        self.layers, self.variables = layers_of(heads), len(self._variables)

    def shapes(self, variables: Sequence[Partial]) -> tuple[list[Partial], list[Partial]]:
        """The shapes of its variables and of its outputs, from what is known of its variables."""
        known = {node.name: shape for node, shape in zip(self._variables, variables) if shape is not None}
        found = infer_shapes(self._heads, known)
        return [found[node][0] for node in self._variables], [found[node][place] for node, place, _ in self._heads]

    def dtypes(self, variables: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """The same for dtypes."""
        known = {node.name: kind for node, kind in zip(self._variables, variables) if kind is not None}
        found = infer_types(self._heads, known)
        return [found[node][0] for node in self._variables], [found[node][place] for node, place, _ in self._heads]


def _shown(shape: Partial) -> str:
    """A shape for people: ? for a length that is not known."""
    lengths = ", ".join("?" if length == UNKNOWN else str(length) for length in shape or ())
    return f"({lengths},)" if shape is not None and len(shape) == 1 else f"({lengths})"
