"""Steps of a program: arrays, calls in every mode, backwards. Each as text and on the reference's world."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .network import Network
from .prelude import values
from .world import Block, Graph, Inconsistent, tensor_of

__all__ = [
    "Attach",
    "Backward",
    "Check",
    "Combine",
    "Input",
    "MakeNet",
    "Mode",
    "Predict",
    "Record",
    "Requests",
    "Step",
    "View",
]


class Step:
    """One step; subclasses are frozen dataclasses."""

    def lines(self):
        """Its lines of the script."""
        raise NotImplementedError

    def apply(self, world):
        """The same for the reference; raises Inconsistent where it needs what is not there."""
        raise NotImplementedError


def values_text(seed, shape, how="even", scale=1.0, dtype="float32"):
    """A call of `values`."""
    given = "".join(
        f", {name}={value!r}"
        for name, value, default in (("how", how, "even"), ("scale", scale, 1.0), ("dtype", dtype, "float32"))
        if value != default
    )
    return f"values({seed}, {tuple(shape)}{given})"


@dataclass(frozen=True)
class Input(Step):
    """An input array, of our own memory or of torch's or NumPy's."""

    name: str
    shape: tuple
    seed: int
    how: str = "even"
    dtype: str = "float32"
    origin: str = "array"

    def lines(self):
        made = values_text(self.seed, self.shape, self.how, dtype=self.dtype)
        if self.origin == "array":
            return [f'{self.name} = nd.array({made}, dtype="{self.dtype}")']
        if self.origin == "torch":
            return [
                f"{self.name}_source = torch.tensor({made}, dtype=torch.{self.dtype})",
                f"{self.name} = nd.from_dlpack(torch.utils.dlpack.to_dlpack({self.name}_source))",
            ]
        return [
            f'{self.name}_source = {made}.astype("{self.dtype}")',
            f"{self.name} = nd.from_numpy({self.name}_source, zero_copy=True)",
        ]

    def apply(self, world):
        world.new(self.name, tensor_of(values(self.seed, self.shape, self.how, dtype=self.dtype)))
        if self.origin == "torch":  # what was NumPy's is read-only from then on
            source = f"{self.name}_source"
            world.cells[source] = world.cells[self.name]
            world.handles[source] = "torch"


@dataclass(frozen=True)
class MakeNet(Step):
    """The network, its parameters set."""

    network: Network
    seed: int
    dtype: str = "float32"

    def _values(self):
        for place, (name, (shape, role)) in enumerate(self.network.parameters().items()):
            depth = max(1, torch.Size(shape[1:]).numel()) if role == "weight" else 1
            scale = {"weight": 2.0 ** round(float(torch.log2(torch.tensor((3.0 / depth) ** 0.5)))), "bias": 0.5}
            how = "positive" if role in ("gamma", "alpha", "variance", "unlearned gamma") else "even"
            if role != "fixed gamma":
                yield name, (self.seed * 1000 + place, shape, how, scale.get(role, 0.25 if role == "alpha" else 1.0))

    def lines(self):
        lines = [*self.network.text(), "net.initialize()"]
        if self.dtype != "float32":
            lines.append(f'net.cast("{self.dtype}")')
        lines += ["net_p = net.collect_params()", f"net(nd.zeros({(2, *self.network.item)}, dtype={self.dtype!r}))"]
        for name, (seed, shape, how, scale) in self._values():
            made = f'nd.array({values_text(seed, shape, how, scale, self.dtype)}, dtype="{self.dtype}")'
            lines.append(f'net_p["net_{name}"].set_data({made})')
        return lines

    def apply(self, world):
        reqs = {}
        world.dtype = self.dtype
        block = world.blocks["net"] = Block(self.network, "net_p", reqs)
        given = dict(self._values())
        for name, (shape, role) in self.network.parameters().items():
            learned = role in ("weight", "bias", "gamma", "alpha", "vectors")
            reqs[name] = "write" if learned else "null"
            if name in given:
                seed, _, how, scale = given[name]
                world.new(block.data(name), tensor_of(values(seed, shape, how, scale, self.dtype)))
            else:
                world.new(block.data(name), torch.ones(shape))
            if learned:
                world.new(block.grad(name), torch.zeros(shape))


@dataclass(frozen=True)
class Attach(Step):
    """``attach_grad`` of an input."""

    name: str
    req: str

    def lines(self):
        return [f'{self.name}.attach_grad("{self.req}")' if self.req != "write" else f"{self.name}.attach_grad()"]

    def apply(self, world):
        if world.root(self.name) in world.busy:
            raise Inconsistent("attached in a graph")
        gradient = f"{self.name}.grad"
        world.forget(gradient)
        world.cells.pop(gradient, None)
        world.reqs[self.name] = self.req
        if self.req != "null":
            world.new(gradient, torch.zeros_like(world.cell(self.name)))


@dataclass(frozen=True)
class Requests(Step):
    """Another grad_req for all parameters of a block."""

    block: str
    req: str

    def lines(self):
        return [
            f"for each in {self.block}_p.values():",
            "    if each.grad_req != 'null':",
            f'        each.grad_req = "{self.req}"',
        ]

    def apply(self, world):
        block = world.block(self.block)
        if world.graphs:
            raise Inconsistent("grad_req in a graph")
        for name, req in block.reqs.items():
            if req not in ("null", self.req):
                block.reqs[name] = self.req
                world.forget(block.grad(name))
                world.fresh.discard(block.data(name))
                world.new(block.grad(name), torch.zeros_like(world.cell(block.data(name))))


@dataclass(frozen=True)
class Mode(Step):
    """``hybridize``, of all or of one layer."""

    block: str
    options: str
    layer: str | None = None

    def lines(self):
        return [f"{self.block}{'.' + self.layer if self.layer else ''}.hybridize({self.options})"]

    def apply(self, world):
        world.block(self.block).hybrid = "False" not in self.options


@dataclass(frozen=True)
class View(Step):
    """Another array of the same memory: a slice, a reshape, or a handle of torch or NumPy."""

    name: str
    target: str
    how: str
    begin: int = 0
    end: int = 0

    _TEXTS = {
        "slice": "{t}[{b}:{e}]", "row": "{t}[{b}]", "reshape": "{t}.reshape((-1,))", "torch": "{t}.as_torch().detach()",
        "numpy": "np.asarray({t})", "dlpack": "torch.from_dlpack({t})", "detach": "{t}.detach()",
    }  # fmt: skip

    def lines(self):
        return [f"{self.name} = " + self._TEXTS[self.how].format(t=self.target, b=self.begin, e=self.end)]

    def apply(self, world):
        target = world.cell(self.target)
        if self.target in world.handles and world.handles[self.target] != "array":
            raise Inconsistent("a handle of a handle")
        if self.how == "slice" and not 0 <= self.begin < self.end <= len(target):
            raise Inconsistent("slice")
        if self.how == "row" and not (target.dim() > 1 and self.begin < len(target)):
            raise Inconsistent("row")
        if self.how == "slice":
            target = target[self.begin : self.end]
        elif self.how == "row":
            target = target[self.begin]
        elif self.how == "reshape":
            target = target.view(-1)
        else:
            target = target.view(target.shape)
        world.cells[self.name] = target
        world.handles[self.name] = {"torch": "torch", "dlpack": "torch", "numpy": "numpy"}.get(self.how, "array")


@dataclass(frozen=True)
class Check(Step):
    """Look at an array."""

    target: str

    def lines(self):
        return [f"check({self.target!r}, {self.target})"]

    def apply(self, world):
        world.seen(self.target, self.target)


def _rows(x, rows):
    """An input, or some of its rows."""
    return x if rows is None else f"{x}[{rows[0]}:{rows[1]}]"


def _taken(world, x, rows):
    """The same in the world, not a copy."""
    tensor = world.cell(x)
    if rows is None:
        return tensor
    if not 0 <= rows[0] < rows[1] <= len(tensor):
        raise Inconsistent("rows")
    return tensor[rows[0] : rows[1]]


def _dropout(world, block, name, rows, training):
    """The lines that draw a mask before a call, and the masks as the reference is told them."""
    node = block.network.dropout
    if node is None or not training:
        return [], []
    shape = block.network.shapes(rows)[node.name]
    rate = node.attributes["rate"]
    return [], [world.told(f"{name}_mask", shape) if world is not None else (shape, rate)]


def _masks_text(network, name, batch, dtype="float32"):
    """Lines that draw what dropout will draw, and set the generator back."""
    node = network.dropout
    shape, rate = network.shapes(batch)[node.name], node.attributes["rate"]
    seed = sum(map(ord, name))
    return [
        f"mx.random.seed({seed})",
        f'observe("{name}_mask", nd.Dropout(nd.ones({shape}, dtype="{dtype}"), p={rate}, mode="always"))',
        f"mx.random.seed({seed})",
    ]


@dataclass(frozen=True)
class Predict(Step):
    """A call outside of recordings; its result is an array like any other."""

    name: str
    block: str
    x: str
    rows: tuple | None = None
    #: the network, where its training mode is asked for
    training: Network | None = None
    batch: int = 0
    heads: int = 1
    dtype: str = "float32"

    def _names(self):
        return [self.name] if self.heads == 1 else [f"{self.name}_{place}" for place in range(self.heads)]

    def lines(self):
        call = f"{', '.join(self._names())} = {self.block}({_rows(self.x, self.rows)})"
        if self.training is None:
            return [call]
        before = _masks_text(self.training, self.name, self.batch, self.dtype) if self.training.dropout else []
        return [*before, "with autograd.train_mode():", "    " + call]

    def apply(self, world):
        block = world.block(self.block)
        x = _taken(world, self.x, self.rows)
        training = self.training is not None
        masks = []
        if training:
            if self.training != block.network or (len(x), self.dtype) != (self.batch, world.dtype):
                raise Inconsistent("another network")
            _, masks = _dropout(world, block, self.name, len(x), True)
        with torch.no_grad():
            heads, _ = world.forward(block, x.clone(), training, masks)
        if len(heads) != self.heads:
            raise Inconsistent("heads")
        for name, head in zip(self._names(), heads):
            world.new(name, head)


@dataclass(frozen=True)
class Record(Step):
    """A recorded call."""

    name: str
    block: str
    x: str
    train_mode: bool
    network: Network
    batch: int
    rows: tuple | None = None
    dtype: str = "float32"

    def _names(self):
        heads = len(self.network.heads)
        return [self.name] if heads == 1 else [f"{self.name}_{place}" for place in range(heads)]

    def lines(self):
        before = (
            _masks_text(self.network, self.name, self.batch, self.dtype)
            if self.network.dropout and self.train_mode
            else []
        )
        mode = "" if self.train_mode else "train_mode=False"
        call = f"{', '.join(self._names())} = {self.block}({_rows(self.x, self.rows)})"
        return [*before, f"with autograd.record({mode}):", "    " + call]

    def apply(self, world):
        block = world.block(self.block)
        x = world.cell(self.x)
        training = self.train_mode
        if len(_taken(world, self.x, self.rows)) != self.batch or block.network != self.network:
            raise Inconsistent("another batch")
        if self.dtype != world.dtype:
            raise Inconsistent("another dtype")
        if any(graph.block is block for graph in world.graphs.values()):
            raise Inconsistent("two graphs of one block")
        leaves, roots = [], {world.root(self.x)}
        if self.x in world.recorded or "_p[" in self.x or "_dict[" in self.x:
            raise Inconsistent("an input that is in a graph itself")
        x = x.clone()
        if world.reqs.get(self.x, "null") != "null" and not block.network.indices:
            x.requires_grad_()
            leaves.append((x, f"{self.x}.grad", world.reqs[self.x], self.x))
        parameters = {}
        for name, req in block.reqs.items():
            parameters[name] = world.cell(block.data(name)).clone()
            roots.add(world.root(block.data(name)))
            if req != "null":
                parameters[name].requires_grad_()
                leaves.append((parameters[name], block.grad(name), req, block.data(name)))
        if not leaves:
            raise Inconsistent("nothing to differentiate")
        _, masks = _dropout(world, block, self.name, self.batch, training)
        given = x if self.rows is None else x[self.rows[0] : self.rows[1]]
        heads, run = world.forward(block, given, training, masks, parameters)
        if not all(head.requires_grad for head in heads):
            raise Inconsistent("a head without a gradient")
        written = {world.root(text) for _, text, *_ in leaves if text in world.cells}
        if roots & written:
            raise Inconsistent("its backward writes into its input")
        names = {self.x: "x"} | {block.data(name): name for name in block.reqs}
        names = {mark: names[mark] for *_, mark in leaves}
        world.graphs[self.name] = Graph(heads, leaves, run.moved, roots, block, names)
        for name, head in zip(self._names(), heads):
            world.new(name, head)
            world.recorded.add(name)


@dataclass(frozen=True)
class Combine(Step):
    """Two arrays that are variables, put together while recording by operators alone."""

    name: str
    one: str
    other: str
    how: str

    _FORMS = {
        "{a} + {b}": torch.add,
        "{a}.reshape((-1,)) + {b}.reshape((-1,))": lambda a, b: a.reshape(-1) + b.reshape(-1),
        "{a}.reshape((1, -1)) - {b}.reshape((1, -1))": lambda a, b: (a.reshape(-1) - b.reshape(-1)).reshape(1, -1),
        "nd.concat({a}.reshape((-1,)), {b}.reshape((-1,)), dim=0)": lambda a, b: torch.cat(
            [a.reshape(-1), b.reshape(-1)]
        ),
        "nd.stack({a}.flatten(), {b}.flatten())": lambda a, b: torch.stack([a.flatten(1), b.flatten(1)]),
        "nd.expand_dims({a}, axis=0) + nd.expand_dims({b}, axis=0)": lambda a, b: (a + b)[None],
        "{a} * {b}": torch.mul,
        "nd.add_n({a}, {b}, {a})": lambda a, b: a + b + a,
        "{a}[:1] + {b}": lambda a, b: a[:1] + b,
    }  # fmt: skip

    def lines(self):
        return ["with autograd.record():", f"    {self.name} = " + self.how.format(a=self.one, b=self.other)]

    def apply(self, world):
        tensors, leaves, roots = [], [], set()
        for text in (self.one, self.other):
            if text in ("x0", "x1"):
                req, gradient = world.reqs.get(text, "null"), f"{text}.grad"
            else:
                block = next((b for b in world.blocks.values() if text.startswith(b.dictionary + "[")), None)
                name = text.split('"')[1].removeprefix("net_") if block is not None and '"' in text else None
                if name is None or text != block.data(name):
                    raise Inconsistent("no variable")
                req, gradient = block.reqs[name], block.grad(name)
            if req == "null":
                raise Inconsistent("no variable")
            tensors.append(world.cell(text).clone().requires_grad_())
            leaves.append((tensors[-1], gradient, req, text))
            roots.add(world.root(text))
        if len(roots) < 2 or tensors[0].shape != tensors[1].shape or self.how not in self._FORMS:
            raise Inconsistent("shapes")
        if "flatten()" in self.how and tensors[0].dim() < 2:
            raise Inconsistent("axes")
        head = world.run(False).rough(self._FORMS[self.how](*tensors))
        world.graphs[self.name] = Graph([head], leaves, [], roots)
        world.new(self.name, head)
        world.recorded.add(self.name)


@dataclass(frozen=True)
class Backward(Step):
    """Gradients of what a step recorded, by all its heads: into the buffers, or as new arrays."""

    graph: str
    shapes: tuple
    seed: int
    #: 'ones', 'given' or 'mixed'
    heads: str = "given"
    how: str = "backward"
    again: bool = False
    dtype: str = "float32"
    scale: float = 1.0
    #: the variables of autograd.grad
    variables: tuple = ()

    def _given(self):
        """A seed for each head, or None for ones."""
        for place in range(len(self.shapes)):
            yield None if self.heads == "ones" or (self.heads == "mixed" and place % 2) else self.seed + place

    def _names(self):
        heads = len(self.shapes)
        return [self.graph] if heads == 1 else [f"{self.graph}_{place}" for place in range(heads)]

    def lines(self):
        names, gradients, before = self._names(), [], []
        for place, (seed, shape) in enumerate(zip(self._given(), self.shapes)):
            gradients.append("None" if seed is None else f"{self.graph}_g{place}")
            if seed is not None:
                made = values_text(seed, shape, scale=self.scale, dtype=self.dtype)
                before.append(f'{gradients[-1]} = nd.array({made}, dtype="{self.dtype}")')
        given = "" if self.heads == "ones" else f", [{', '.join(gradients)}]"
        if self.how == "grad":
            kept = ", retain_graph=True" if self.again else ""
            targets = [f"{self.graph}_d{place}" for place in range(len(self.variables))]
            return [
                *before,
                f"{', '.join(targets)}, = autograd.grad([{', '.join(names)}], "
                f"[{', '.join(self.variables)}]{given}{kept})",
            ]
        if len(names) == 1 and self.how == "method":
            given = f"{gradients[0]}" if self.heads != "ones" else ""
            calls = [f"{names[0]}.backward({given}{', ' if given and kept else ''}{kept})" for kept in self._kept()]
        else:
            calls = [
                f"autograd.backward([{', '.join(names)}]{given}{', ' if kept else ''}{kept})" for kept in self._kept()
            ]
        return [*before, *calls]

    def _kept(self):
        return ["retain_graph=True", ""] if self.again else [""]

    def apply(self, world):
        graph = world.graphs.pop(self.graph, None)
        if graph is None or tuple(tuple(head.shape) for head in graph.heads) != self.shapes:
            raise Inconsistent(self.graph)
        gradients = []
        for place, (seed, head) in enumerate(zip(self._given(), graph.heads)):
            gradients.append(torch.ones_like(head))
            if seed is not None:
                gradients[-1] = tensor_of(values(seed, head.shape, scale=self.scale, dtype=self.dtype))
                world.new(f"{self.graph}_g{place}", gradients[-1])
        if self.how == "grad":
            leaves = {mark: leaf for leaf, _, _, mark in graph.leaves}
            if not set(self.variables) <= set(leaves):
                raise Inconsistent("variables")
            wanted = [leaves[text] for text in self.variables]
            try:
                found = torch.autograd.grad(graph.heads, wanted, gradients, allow_unused=True)
            except RuntimeError as error:
                if "a second time" in str(error):
                    raise Inconsistent("a graph that is freed") from error
                raise
            if any(gradient is None for gradient in found):
                raise Inconsistent("a variable that no head depends on")
            for place, gradient in enumerate(found):
                world.new(f"{self.graph}_d{place}", world.rough(gradient))
            world.move(graph.block, graph.moved, graph.order(self.variables))
        else:
            written = {world.root(text) for _, text, *_ in graph.leaves if text in world.cells}
            if written & world.busy:
                raise Inconsistent("its backward writes into another graph's input")
            for _ in range(2 if self.again else 1):
                world.backward(graph, gradients)
                world.move(graph.block, graph.moved, graph.order())
