"""Layers and what follows them as one node each, and what brings their results to 8 bits put into them.

What is fused is what MXNet's library for the processor fuses in graphs that are to be quantized: a convolution over
two or three axes, then batch norm, then an activation, or a sum and an activation; a fully connected layer and an
activation.
Each goes on only as long as nothing else reads the values between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from ...symbol import Symbol
from ...symbol.graph import Entry, Node, duplicate, named, output_names, topological, variable

__all__ = ["CONVOLUTION", "DENSE", "SUM", "fused", "inner_names"]

CONVOLUTION, DENSE, SUM = "_sg_mkldnn_conv", "_sg_mkldnn_fully_connected", "elemwise_add"
#: nodes whose result of 32 bits is brought to 8 by the node itself, once its range is known …
_OWN_RANGE = (CONVOLUTION, DENSE, "_contrib_quantized_elemwise_add", "_contrib_quantized_elemwise_mul")
#: … and those that can give floats instead
_OWN_FLOATS = (DENSE, "_contrib_quantized_elemwise_mul")


def inner_names(node: Node) -> list[str]:
    """The names of the operators in the graphs that a node holds."""
    return [each.name for graph in node.graphs for each in topological(graph) if each.op is not None]


class _Readers:
    """Who reads what in a graph."""

    def __init__(self, heads: Sequence[Entry]) -> None:
        self.readers: dict[int, list[Node]] = {}
        self.heads = {id(entry.node) for entry in heads}
        for node in topological(heads):
            for source in {id(entry.node): entry.node for entry in node.inputs}.values():
                self.readers.setdefault(id(source), []).append(node)

    def next(self, node: Node) -> Node | None:
        """The one node that reads a node's first output, once, where nobody reads anything else of it."""
        readers = self.readers.get(id(node), [])
        if len(readers) != 1 or id(node) in self.heads:
            return None
        read = [entry for entry in readers[0].inputs if entry.node is node]
        return readers[0] if len(read) == 1 and read[0].output == 0 else None


def _replaced(heads: Sequence[Entry], instead: Mapping[tuple[int, int], Entry]) -> list[Entry]:
    """A graph in which some outputs of nodes, by the node's id and their place, are others."""

    def moved(entry: Entry) -> Entry:
        while (id(entry.node), entry.output) in instead:
            entry = instead[id(entry.node), entry.output]
        return entry

    result = [moved(entry) for entry in heads]
    seen: set[int] = set()
    while True:
        fresh = [node for node in topological(result) if id(node) not in seen]
        if not fresh:
            return result
        for node in fresh:
            seen.add(id(node))
            node.inputs = [moved(entry) for entry in node.inputs]


# --- layers --------------------------------------------------------------------------------------------------------


def _is_relu(node: Node, leaky: Sequence[str]) -> bool:
    attributes = node.all_attributes()
    if node.op == "Activation":
        return bool(attributes["act_type"] == "relu")
    return node.op == "LeakyReLU" and attributes["act_type"] in leaky


def _bounded(node: Node) -> bool:
    return node.op == "clip" and node.all_attributes()["a_min"] == 0


def _after_convolution(first: Node, readers: _Readers) -> tuple[list[Node], dict[str, str], str]:
    """The nodes that a convolution is fused with, itself included, what the node says of them, and its name so far."""
    chain, flags, name = [first], {}, "sg_mkldnn_conv"

    def take(node: Node, flag: str, word: str) -> None:
        nonlocal name
        chain.append(node)
        flags[flag] = "true"
        name += word

    following = readers.next(first)
    if following is not None and following.op == "BatchNorm" and following.inputs[0].node is first:
        take(following, "with_bn", "_bn")
        following = readers.next(following)
    if following is not None and (_is_relu(following, ("leaky", "gelu")) or _bounded(following)):
        take(following, "with_act", "_act")
    elif following is not None and following.op == SUM:
        take(following, "with_sum", "_add")
        following = readers.next(following)
        if following is not None and _is_relu(following, ("leaky", "gelu")):
            take(following, "with_postsum_act", "_act")
    return chain, flags, name


def _after_dense(first: Node, readers: _Readers) -> tuple[list[Node], dict[str, str], str]:
    chain, flags, name = [first], {}, "sg_mkldnn_fully_connected"
    following = readers.next(first)
    if following is not None and (
        _is_relu(following, ("leaky", "gelu", "elu")) or _bounded(following) or following.op == "abs"
    ):
        chain.append(following)
        flags["with_eltwise"], name = "True", name + "_eltwise"
    return chain, flags, name


def _fuses(node: Node) -> bool:
    return node.op == "FullyConnected" or (node.op == "Convolution" and len(node.all_attributes()["kernel"]) in (2, 3))


def _as_one(op: str, name: str, flags: dict[str, str], chain: Sequence[Node]) -> Node:
    """One node for a chain of nodes, which holds a copy of them."""
    variables, outer = _variables(chain), []
    last: Node | None = None
    for place, node in enumerate(chain):
        before, own, entries = chain[place - 1] if place else None, [], list(enumerate(node.inputs))
        if node.op == SUM:  # what comes from the chain first
            entries.sort(key=lambda each: each[1].node is not before)
        for number, entry in entries:
            if entry.node is before:
                assert last is not None
                own.append(Entry(last, entry.output))
            else:
                own.append(Entry(variables[place, number]))
                outer.append(entry)
        last = Node(node.op, node.name, dict(node.attributes), own, node.graphs)
    assert last is not None
    return Node(op, name, flags, outer, [[Entry(last)]])


def _variables(chain: Sequence[Node]) -> dict[tuple[int, int], Node]:
    """The variables of a chain's graph, by the places of the node and of its input, numbered as the graph is read."""
    used: Counter[str] = Counter()
    found: dict[tuple[int, int], Node] = {}

    def read(place: int) -> None:
        for number, entry in enumerate(chain[place].inputs):
            if place and entry.node is chain[place - 1]:
                read(place - 1)
                continue
            word = entry.node.name if entry.node.op is None else _called(entry)
            found[place, number] = variable(f"{word}{used[word]}")
            used[word] += 1

    read(len(chain) - 1)
    return found


def _called(entry: Entry) -> str:
    names = output_names(entry.node)
    return names[entry.output] if entry.output < len(names) else named(entry.node, str(entry.output))


def _with_layers(
    heads: list[Entry], start: str, op: str, follow: Callable[[Node, _Readers], tuple[list[Node], dict[str, str], str]]
) -> list[Entry]:
    """A graph in which one kind of layer is fused."""
    readers, taken, count = _Readers(heads), set(), 0
    for node in topological(heads):
        if node.op != start or not _fuses(node) or id(node) in taken:
            continue
        chain, flags, name = follow(node, readers)
        chain = chain[: next((place for place, each in enumerate(chain) if id(each) in taken), len(chain))]
        one = _as_one(op, f"{name}_{count}", flags, chain)
        taken |= {id(each) for each in chain}
        heads = _replaced(heads, {(id(chain[-1]), 0): Entry(one)})
        readers, count = _Readers(heads), count + 1
    return heads


# --- results -------------------------------------------------------------------------------------------------------


def _rebuilt(node: Node, attributes: dict[str, str]) -> Node:
    return Node(node.op, node.name, {**node.attributes, **attributes}, node.inputs, node.graphs)


def _with_results(heads: list[Entry]) -> list[Entry]:
    """A graph in which layers over integers bring their results to 8 bits, or to floats, themselves."""
    for node in topological(heads):
        if node.op != "_contrib_requantize":
            continue
        readers, layer = _Readers(heads), node.inputs[0].node
        ends = {key: node.attributes.get(key) for key in ("min_calib_range", "max_calib_range")}
        if layer.op not in _OWN_RANGE or readers.readers[id(layer)] != [node] or id(layer) in readers.heads:
            continue
        if None in ends.values():
            continue
        after = readers.readers.get(id(node), [])
        floats = layer.op in _OWN_FLOATS and len(after) == 1 and after[0].op == "_contrib_dequantize"
        if floats and id(node) not in readers.heads:
            one = _rebuilt(layer, {"enable_float_output": "True"})
            heads = _replaced(heads, {(id(after[0]), 0): Entry(one)})
        else:
            one = _rebuilt(layer, {key: str(value) for key, value in ends.items()})
            heads = _replaced(heads, {(id(node), place): Entry(one, place) for place in range(3)})
    return heads


def fused(symbol: Symbol) -> Symbol:
    """The graph with its layers fused, a copy.

    Examples
    --------
    >>> x = mx.sym.Variable('x')
    >>> net = mx.sym.Activation(mx.sym.FullyConnected(x, num_hidden=4, name='fc'), act_type='relu')
    >>> net.get_backend_symbol('MKLDNN_QUANTIZE').name
    'sg_mkldnn_fully_connected_eltwise_0'
    """
    heads = duplicate(symbol._entries, {})
    heads = _with_layers(heads, "Convolution", CONVOLUTION, _after_convolution)
    heads = _with_layers(heads, "FullyConnected", DENSE, _after_dense)
    return symbol._wrap(_with_results(heads))
