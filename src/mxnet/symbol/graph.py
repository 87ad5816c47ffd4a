"""The graph under a symbol: nodes, the order they are visited in, which inputs they take and what outputs they have.

Everything here is a loop: a graph of ten thousand nodes in a row is an ordinary one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .._absent import is_operator
from ..base import MXNetError
from ..ops.graphs import Layer
from ..ops.registry import OpSpec, operator_of

__all__ = [
    "HIDDEN_KEYS", "Entry", "Node", "auxiliary", "duplicate", "hidden_key", "input_names", "is_hidden", "layers_of",
    "named", "output_names", "started", "state_names", "topological", "variable", "wires_of",
]  # fmt: skip

#: attributes of a node that are not the operator's; written as ``__lr_mult__`` and read under both names
HIDDEN_KEYS = ("ctx_group", "lr_mult", "wd_mult", "force_mirroring", "mirror_stage", "profiler_scope")


class Entry(NamedTuple):
    """One output of a node, as an input of another or as a head of the graph."""

    node: Node
    output: int = 0
    version: int = 0


#: outputs of one node; a file of a few bytes could ask for any number, and every one of them has a name
MOST_OUTPUTS = 100_000


class Node:
    """A variable, or an operator with its inputs.

    Attributes
    ----------
    op : MXNet's name of the operator, or None for a variable
    spec : the operator in the table, or None
    attributes : as a file holds them, all strings
    parsed : the operator's own attributes, parsed
    inputs : entries, in the operator's order
    graphs : the outputs of each graph the operator holds; their variables are the graph's own
    version : of a variable, how many operators have changed it so far
    """

    __slots__ = ("attributes", "graphs", "inputs", "name", "op", "parsed", "spec", "version", "visible")

    def __init__(
        self,
        op: str | None,
        name: str,
        attributes: dict[str, str],
        inputs: list[Entry],
        graphs: Sequence[list[Entry]] = (),
    ) -> None:
        self.name, self.attributes, self.inputs, self.version = name, attributes, inputs, 0
        self.graphs = tuple(graphs)
        self.spec: OpSpec | None = None
        self.op = op
        self.parsed: dict[str, Any] = {}
        self.visible = 1
        if op is None:
            return
        spec = operator_of(op)
        if spec is None:
            known = "MXNet 1.9.1 has it, and it is not here yet" if is_operator(op) else "MXNet 1.9.1 has none either"
            raise MXNetError(f"{op}: no operator of this name; {known}")
        if len(self.graphs) != spec.graphs:
            raise MXNetError(f"{op}: {len(self.graphs)} graphs are given; it holds {spec.graphs or 'none'}")
        self.spec = spec
        if op not in spec.kept_names:
            self.op = spec.name
        if spec.attributes:  # MXNet lets any attribute stand at an operator that has none
            self.parsed = spec.parse({key: value for key, value in attributes.items() if not is_hidden(key)})
        count = spec.num_outputs
        self.visible = count if isinstance(count, int) else int(count({**spec.defaults, **self.parsed}))
        if self.visible > MOST_OUTPUTS:
            raise MXNetError(f"{op}: node {name!r} has {self.visible} outputs; expected at most {MOST_OUTPUTS}")

    def __repr__(self) -> str:
        return f"<node {self.name}: {self.op or 'variable'}>"

    @property
    def total(self) -> int:
        """How many outputs it has, with those that are not shown."""
        if self.spec is None:
            return 1
        attributes = self.all_attributes()
        names = self.spec.output_names(attributes)
        if names is not None:
            return len(names)
        hidden = self.spec.hidden
        return self.visible + (hidden(attributes) if callable(hidden) else hidden)

    @property
    def is_loss(self) -> bool:
        """Whether its gradient does not depend on what arrives from above."""
        return self.spec is not None and self.spec.is_loss(self.all_attributes())

    def all_attributes(self) -> dict[str, Any]:
        """The operator's attributes with the defaults filled in."""
        return {**self.spec.defaults, **self.parsed} if self.spec is not None else {}


def is_hidden(key: str) -> bool:
    """Whether an attribute is the user's and not the operator's."""
    return key.startswith("__") and key.endswith("__")


def hidden_key(key: str) -> str:
    """The name under which an attribute is kept."""
    return f"__{key}__" if key in HIDDEN_KEYS else key


def variable(name: str, attributes: Mapping[str, str] | None = None) -> Node:
    """A node for a value from outside."""
    return Node(None, name, dict(attributes or {}), [])


def started(spec: OpSpec, name: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes of the variable that is made for an input: its operator's, and what it starts from."""
    return dict(attributes) | ({"__init__": spec.starts[name]} if name in spec.starts else {})


def input_names(node_spec: OpSpec, parsed: Mapping[str, Any], given: Sequence[str] = (), count: int = 0) -> list[str]:
    """The names of the inputs a call takes.

    Parameters
    ----------
    node_spec : OpSpec
        the operator
    parsed : mapping
        its parsed attributes
    given : sequence of str
        optional inputs the call names
    count : int
        how many inputs a saved node has: as many optional ones are taken
    """
    attributes = {**node_spec.defaults, **parsed}
    named = node_spec.rule("named")
    if named is not None:
        return list(named(attributes)[0])
    taken, optional = [], []
    for item in node_spec.inputs:
        asked = node_spec.asks.get(item.name)
        if asked is not None:
            if asked(attributes):
                taken.append(item.name)
        elif item.required or item.name in given:
            taken.append(item.name)
        else:
            optional.append(item.name)
    missing = count - len(taken)
    if missing > 0 and optional:
        chosen = {*taken, *optional[:missing]}
        taken = [name for name in node_spec.input_names if name in chosen]
    return taken


def state_names(node: Node) -> tuple[str, ...]:
    """The names of the inputs that a node keeps states in."""
    if node.spec is None:
        return ()
    named = node.spec.rule("named")
    return node.spec.aux if named is None else tuple(named(node.all_attributes())[1])


def output_names(node: Node) -> list[str]:
    """The names of the outputs that are shown."""
    if node.spec is None:
        return [node.name]
    names = node.spec.output_names(node.all_attributes())
    if names is None:
        names = ("output",) if node.total == 1 else tuple(f"output{index}" for index in range(node.visible))
    return [named(node, name) for name in names[: node.visible]]


def named(node: Node, output: str) -> str:
    """The name of one of its outputs or inputs: in a node that a file leaves without a name, only what it is there."""
    return f"{node.name}_{output}" if node.name else output


def topological(heads: Iterable[Entry]) -> list[Node]:
    """All nodes, depth first, each after its inputs."""
    order: list[Node] = []
    seen: set[int] = set()
    for head in heads:
        if id(head.node) in seen:
            continue
        seen.add(id(head.node))
        stack, places = [head.node], [0]  # the nodes on the way down, and which input of each is next
        while stack:
            inputs, place = stack[-1].inputs, places[-1]
            while place < len(inputs) and id(inputs[place].node) in seen:
                place += 1
            if place == len(inputs):
                order.append(stack.pop())
                places.pop()
            else:
                places[-1] = place + 1
                seen.add(id(inputs[place].node))
                stack.append(inputs[place].node)
                places.append(0)
    return order


def wires_of(node: Node) -> list[list[int]]:
    """For each graph of a node which of the node's inputs its variables are: the first ones where no rule tells."""
    rule = node.spec.rule("wires") if node.spec is not None else None
    if rule is not None:
        return list(rule(node.all_attributes()))
    return [list(range(sum(each.op is None for each in topological(graph)))) for graph in node.graphs]


def layers_of(heads: Sequence[Entry]) -> list[Layer]:
    """The operators of a graph as the node that holds it looks at them."""
    order = topological(heads)
    variables = [node for node in order if node.op is None]
    places = {id(node): place for place, node in enumerate(variables)}
    layers: list[Layer] = []
    for node in order:
        if node.spec is not None:
            places[id(node)] = len(variables) + len(layers)
            layers.append(Layer(node.spec, node.all_attributes(), [places[id(each.node)] for each in node.inputs]))
    return layers


def auxiliary(order: Iterable[Node]) -> set[int]:
    """The ids of the variables that operators keep states in."""
    states = set()
    for node in order:
        if node.graphs and node.spec is not None and "wires" not in node.spec.rules:
            states |= _states_within(node)
        if node.spec is not None and (own := state_names(node)):
            names = input_names(node.spec, node.parsed, count=len(node.inputs))
            for name, entry in zip(names, node.inputs):
                if name in own and entry.node.op is None:
                    states.add(id(entry.node))
    return states


def _states_within(node: Node) -> set[int]:
    """The variables among a node's inputs that operators in its graphs keep states in."""
    states = set()
    for graph, places in zip(node.graphs, wires_of(node)):
        order = topological(graph)
        within = auxiliary(order)
        for place, each in zip(places, (each for each in order if each.op is None)):
            if id(each) in within and node.inputs[place].node.op is None:
                states.add(id(node.inputs[place].node))
    return states


def duplicate(heads: Sequence[Entry], replaced: Mapping[int, Entry]) -> list[Entry]:
    """A copy of a graph, with some of its variables replaced.

    Parameters
    ----------
    heads : sequence of Entry
        the outputs
    replaced : mapping of int to Entry
        by the id of the variable's node
    """
    copies: dict[int, Node] = {}

    def moved(entry: Entry) -> Entry:
        return replaced.get(id(entry.node)) or Entry(copies[id(entry.node)], entry.output, entry.version)

    for node in topological(heads):
        if id(node) in replaced:
            continue
        copy = object.__new__(Node)
        copy.op, copy.spec, copy.name = node.op, node.spec, node.name
        copy.attributes, copy.parsed, copy.visible = dict(node.attributes), node.parsed, node.visible
        copy.version, copy.graphs = node.version, tuple(duplicate(graph, {}) for graph in node.graphs)
        copy.inputs = [moved(entry) for entry in node.inputs]
        copies[id(node)] = copy
    return [moved(head) for head in heads]
