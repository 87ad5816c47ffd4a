"""Networks: nodes in order, each with a kind, its attributes and what it takes; as text, and the plain way."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field, replace

import torch

from . import arrays, layers, windows  # noqa: F401 - they declare kinds
from .kinds import KINDS, Run

__all__ = ["Network", "Node", "draw_network"]

_AUXILIARY = ("mean", "variance")


@dataclass(frozen=True)
class Node:
    """One call: ``v3 = self.l3(v1)`` or ``v3 = v1 + v2``. A node that shares a layer names the node it is of."""

    name: str
    kind: str
    attributes: dict
    inputs: tuple
    shares: str | None = None

    @property
    def layer(self):
        """The attribute of the layer."""
        return "l" + (self.shares or self.name)[1:]


@dataclass(frozen=True)
class Network:
    """Nodes in order, the heads among them, and what the input is like."""

    nodes: tuple
    heads: tuple
    #: one item of the input, without the batch's axis
    item: tuple
    #: whether the input has indices
    indices: bool = False
    #: whether it is written as a HybridSequential
    stacked: bool = False

    # --- as text ------------------------------------------------------------------------------------------------

    def text(self):
        """The lines that define and make ``net``."""
        made = [node for node in self.nodes if KINDS[node.kind].layer and node.shares is None]
        if self.stacked:
            lines = ['net = nn.HybridSequential(prefix="net_")', "with net.name_scope():"]
            lines += [f"    net.add({self._constructor(node)})" for node in made]
            return lines
        lines = ["class Net(gluon.HybridBlock):", "    def __init__(self):", '        super().__init__(prefix="net_")']
        if made:
            lines.append("        with self.name_scope():")
            lines += [f"            self.{node.layer} = {self._constructor(node)}" for node in made]
        lines += ["", "    def hybrid_forward(self, F, x):"]
        for node in self.nodes:
            if KINDS[node.kind].layer:
                value = f"self.{node.layer}({', '.join(node.inputs)})"
            else:
                value = KINDS[node.kind].text(node.attributes).format(*node.inputs)
            lines.append(f"        {node.name} = {value}")
        lines.append(f"        return {', '.join(self.heads)}")
        return [*lines, "", "net = Net()"]

    def _constructor(self, node):
        begun = KINDS[node.kind].text(node.attributes).removesuffix(")")
        return f'{begun}{"" if begun.endswith("(") else ", "}prefix="{node.layer}_")'

    # --- the plain way ------------------------------------------------------------------------------------------

    def compute(self, run, x, parameters):
        """The heads, from the input and the parameters by name (``l3_weight``)."""
        values = {"x": x}
        for node in self.nodes:
            run.node = node
            own = {
                name.removeprefix(node.layer + "_"): tensor
                for name, tensor in parameters.items()
                if name.startswith(node.layer + "_")
            }
            values[node.name] = KINDS[node.kind].compute(
                run, node.attributes, [values[each] for each in node.inputs], own
            )
        return [values[head] for head in self.heads]

    def backwards(self, variables, ordered=False):
        """Values in the order in which MXNet goes back through them.

        It goes from variable to variable, in the order it meets them from the heads or in the one that is given, to
        each with all that its gradient needs; of the readers of a value the last comes first.
        """
        nodes, met, readers, order = {node.name: node for node in self.nodes}, {}, {}, {}

        def inputs(name):
            node = nodes.get(name)
            own = [] if node is None else [n for n in self._parameters if n.startswith(node.layer + "_")]
            return [*(node.inputs if node is not None else ()), *own]

        def meet(name):
            if name not in met:
                for each in inputs(name):
                    meet(each)
                met[name] = len(met)

        def go_back(name):
            if name not in order:
                order[name] = None
                for each in reversed(readers.get(name, ())):
                    go_back(each)
                order[name] = order.pop(name)  # after what it needs

        for head in self.heads:
            meet(head)
        for name in met:
            for each in inputs(name):
                readers.setdefault(each, []).append(name)
        for name in variables if ordered else [name for name in met if name in variables]:
            go_back(name)
        return list(order)

    def shapes(self, batch):
        """Of every value, by name, for a batch of so many items."""
        if batch not in self._known:
            self._known[batch] = self._shapes(batch)
        return self._known[batch]

    @functools.cached_property
    def _known(self):
        return {}

    def _shapes(self, batch):
        found, values = {}, {"x": torch.zeros(batch, *self.item, dtype=torch.float64)}
        for node in self.nodes:
            inputs = [values[each] for each in node.inputs]
            kind = KINDS[node.kind]
            own = {
                name: torch.full(shape, 0.5, dtype=torch.float64)
                for name, (shape, _) in kind.parameters(node.attributes, [tuple(v.shape) for v in inputs]).items()
            }
            values[node.name] = kind.compute(Run(False), node.attributes, inputs, own)
        for name, value in values.items():
            found[name] = tuple(value.shape)
        return found

    def parameters(self):
        """Name -> (shape, role)."""
        return self._parameters

    @functools.cached_property
    def _parameters(self):
        shapes, found = self.shapes(1), {}
        for node in self.nodes:
            if node.shares is None:
                inputs = [shapes[each] for each in node.inputs]
                for name, what in KINDS[node.kind].parameters(node.attributes, inputs).items():
                    found[f"{node.layer}_{name}"] = what
        return found

    @property
    def dropout(self):
        """The node whose fate is drawn, or None."""
        return next((n for n in self.nodes if n.kind == "dropout" and n.attributes["rate"] > 0), None)

    @property
    def moves(self):
        """Whether training moves running statistics."""
        return any(node.kind == "batch_norm" and not node.attributes["global"] for node in self.nodes)

    # --- smaller ones -------------------------------------------------------------------------------------------

    def alive(self):
        """Without what no head depends on."""
        wanted, kept, owners = set(self.heads), [], {}
        for node in reversed(self.nodes):
            if node.name in wanted:
                wanted |= set(node.inputs)
                kept.append(node)
        nodes = []
        for node in reversed(kept):  # where the first call of a layer is gone, the next one has it
            if node.shares is not None:
                owner = owners.setdefault(node.shares, node.name)
                node = replace(node, shares=None if owner == node.name else owner)
            else:
                owners[node.name] = node.name
            nodes.append(node)
        return replace(self, nodes=tuple(nodes))

    def fits(self):
        """Whether its nodes fit together."""
        try:
            shapes = self.shapes(2)
            for node in self.nodes:
                if node.shares is None:
                    continue
                first = next(each for each in self.nodes if each.name == node.shares)
                mine, its = ([shapes[each] for each in which.inputs] for which in (node, first))
                kind = KINDS[node.kind]
                if kind.parameters(node.attributes, mine) != kind.parameters(node.attributes, its):
                    return False
        except (RuntimeError, StopIteration, IndexError, KeyError, ZeroDivisionError, ValueError):
            return False
        return bool(self.nodes) and all(math.prod(shape) > 0 for shape in shapes.values())

    def without(self, name):
        """One node less, its first input in its place; None where the rest does not fit."""
        gone = next(node for node in self.nodes if node.name == name)
        if any(node.shares == name for node in self.nodes):
            return None
        stands = gone.inputs[0]

        def renamed(names):
            return tuple(stands if each == name else each for each in names)

        nodes = tuple(replace(node, inputs=renamed(node.inputs)) for node in self.nodes if node is not gone)
        heads = tuple(dict.fromkeys(renamed(self.heads)))
        if "x" in heads and len(heads) > 1:
            heads = tuple(each for each in heads if each != "x")
        smaller = replace(self, nodes=nodes, heads=heads).alive()
        return smaller if "x" not in heads and smaller.fits() else None


@dataclass
class _Growing:
    """A network while it is drawn: the shapes of its values for a batch of 3."""

    nodes: list = field(default_factory=list)
    shapes: dict = field(default_factory=dict)


#: the kinds that networks of a sort are made of, and how many nodes they have; others are made of everything
_SORTS = {
    "mixed": (None, (1, 2, 3, 3, 4, 4, 5, 6, 8)),
    "plain": (("conv", "pool", "activation", "batch_norm", "dense", "join"), (2, 3, 4, 5, 6)),
    # what is computed later, all in one pass
    "chain": (("conv", "conv", "pool", "activation"), (1, 1, 2, 3, 4)),
    # what is folded, packed and kept
    "folded": (("conv", "batch_norm", "activation", "join"), (2, 2, 3, 4)),
    # gradients that are worth moving instead of copying
    "large": (("arithmetic", "reshape", "axes", "join", "dense", "prelu", "activation"), (1, 1, 2, 3)),
}


def draw_network(rng, sort="mixed"):
    """A random network of one to eight nodes that fit together."""
    while True:
        network = _drawn(rng, sort)
        if network is not None and network.fits():
            return network


def _item(rng, sort):
    """The shape of an item of the input."""
    if sort == "large":
        return rng.choice([(16, 16, 16), (64, 8, 8), (1, 64, 64), (8, 16, 32), (64, 64), (4096,)])
    kind = rng.random() if sort in ("mixed", "plain") else 0.5
    if kind < 0.1:
        return (rng.choice([1, 2, 5, 16, 64]),)
    few = rng.random() < (0.95 if sort == "chain" else 0.75)
    channels = rng.choice([1, 1, 2, 3, 4, 6, 8]) if few else rng.choice([16, 16, 32, 64])
    axes = 1 if kind < 0.22 else 2 if kind < 0.9 else 3
    longest = {1: 12, 2: 10, 3: 5}[axes]
    lengths = [1 if rng.random() < 0.12 else rng.randrange(2, longest + 1) for _ in range(axes)]
    if rng.random() < 0.15 and axes == 2:
        lengths = [rng.choice([16, 20]), rng.choice([13, 16])]
    return (channels, *lengths)


def _drawn(rng, sort):
    indices = sort == "mixed" and rng.random() < 0.05
    grown = _Growing()
    item = (rng.choice([1, 3, 5]),) if indices else _item(rng, sort)
    grown.shapes["x"] = (3, *item)
    names, counts = _SORTS[sort]
    count = rng.choice(counts)
    names = names or [name for name, kind in KINDS.items() if kind.weight]
    weights = [KINDS[name].weight for name in names]
    stacked = rng.random() < 0.3
    if indices:
        _append(grown, "embedding", KINDS["embedding"].draw(rng, [(3, *item)]), ("x",))
    for _ in range(count * 6):
        if len(grown.nodes) >= count + indices:
            break
        values = list(grown.shapes)[1 if indices else 0 :]
        last = values[-1]
        name = rng.choices(names, weights)[0]
        kind = KINDS[name]
        if stacked and not kind.layer:
            continue
        if name == "dropout" and any(node.kind == "dropout" for node in grown.nodes):
            continue
        inputs = (last if stacked or rng.random() < 0.75 else rng.choice(values),)
        if kind.arity == 2:
            others = [v for v in values if kind.draw(rng, [grown.shapes[inputs[0]], grown.shapes[v]]) is not None]
            others = [v for v in others if v != inputs[0]] or others
            if not others:
                continue
            inputs = (inputs[0], rng.choice(others))
        shapes = [grown.shapes[each] for each in inputs]
        attributes, shares = kind.draw(rng, shapes), None
        if rng.random() < 0.15 and kind.layer and not stacked and kind.shareable:
            earlier = [node for node in grown.nodes if node.kind == name and node.shares is None]
            fitting = [
                node
                for node in earlier
                if len(grown.shapes[node.inputs[0]]) == len(shapes[0])
                and kind.parameters(node.attributes, [grown.shapes[node.inputs[0]]])
                == kind.parameters(node.attributes, shapes)
            ]
            if fitting:
                first = rng.choice(fitting)
                attributes, shares = first.attributes, first.name
        if attributes is None or not _append(grown, name, attributes, inputs, shares):
            continue
    if not grown.nodes:
        return None
    used = {each for node in grown.nodes for each in node.inputs}
    heads = [node.name for node in grown.nodes if node.name not in used]
    if rng.random() < 0.15 and not stacked:
        heads += rng.sample([n.name for n in grown.nodes if n.name not in heads], min(1, len(grown.nodes) - len(heads)))
    if stacked:
        heads = [grown.nodes[-1].name]
    return Network(tuple(grown.nodes), tuple(heads[-3:]), item, indices, stacked).alive()


def _append(grown, name, attributes, inputs, shares=None):
    """Put a node at the end if it computes and is not too large."""
    node = Node(f"v{len(grown.nodes)}", name, attributes, tuple(inputs), shares)
    kind = KINDS[name]
    tensors = [torch.zeros(grown.shapes[each], dtype=torch.float64) for each in inputs]
    shapes = [grown.shapes[each] for each in inputs]
    own = {
        key: torch.full(shape, 0.5, dtype=torch.float64)
        for key, (shape, _) in kind.parameters(attributes, shapes).items()
    }
    try:
        out = kind.compute(Run(False), attributes, tensors, own)
    except RuntimeError:
        return False
    if not 0 < out.numel() <= 30000 or sum(each.numel() for each in own.values()) > 60000:
        return False
    grown.nodes.append(node)
    grown.shapes[node.name] = tuple(out.shape)
    return True
