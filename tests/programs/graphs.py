"""Steps about whole blocks: casts, files, exports, executors, trainers."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .network import Network
from .prelude import values
from .steps import Step, _dropout, _masks_text, values_text
from .world import Block, Inconsistent, tensor_of

__all__ = ["Bind", "Cast", "Export", "Load", "Reinitialize", "Run", "Save", "TrainerStep"]

_AUXILIARY = ("mean", "variance")
#: an operator's attributes are float32 in MXNet
_BETAS = tuple(float(torch.tensor(beta, dtype=torch.float32)) for beta in (0.9, 0.999))


@dataclass(frozen=True)
class Cast(Step):
    """Network and inputs in another dtype; gradients, handles and the trainer begin anew."""

    block: str
    inputs: tuple
    dtype: str

    def lines(self):
        return [f'{self.block}.cast("{self.dtype}")', *(f'{x} = {x}.astype("{self.dtype}")' for x in self.inputs)]

    def apply(self, world):
        block = world.block(self.block)
        if world.graphs or world.executors or len(world.blocks) > 1:
            raise Inconsistent("cast")
        world.trainers.pop(self.block, None)
        world.fresh.clear()
        names = [block.data(name) for name in block.reqs]
        gradients = [block.grad(name) for name, req in block.reqs.items() if req != "null"]
        world.dtype = self.dtype
        for text in (*names, *self.inputs):
            world.forget(text)
            rounds = self.dtype != "float64" and not (block.network.indices and text in self.inputs)
            world.new(text, world.rough(world.cell(text)) if rounds else world.cell(text))
        for text in gradients:
            world.forget(text)
            world.new(text, torch.zeros_like(world.cell(text)))
        for x in self.inputs:
            world.forget(f"{x}.grad")
            world.cells.pop(f"{x}.grad", None)
            world.reqs.pop(x, None)
        for text in [t for t in world.cells if t not in {*names, *gradients, *self.inputs}]:
            del world.cells[text]
            world.handles.pop(text, None)
        world.recorded.clear()


@dataclass(frozen=True)
class Save(Step):
    """Parameters into a file."""

    block: str
    name: str

    def lines(self):
        return [f'{self.block}.save_parameters(path("{self.name}.params"))']

    def apply(self, world):
        block = world.block(self.block)
        world.files[self.name] = {name: world.cell(block.data(name)).clone() for name in block.reqs}


@dataclass(frozen=True)
class Load(Step):
    """Parameters from a file."""

    block: str
    name: str

    def lines(self):
        return [f'{self.block}.load_parameters(path("{self.name}.params"))']

    def apply(self, world):
        block = world.block(self.block)
        if self.name not in world.files or world.graphs:
            raise Inconsistent(self.name)
        if len(world.files[self.name]) == 1:  # a SymbolBlock, MXNet's too, calls a lone parameter by no name at all
            raise Inconsistent("one parameter")
        for name, tensor in world.files[self.name].items():
            world.put(block.data(name), tensor)


@dataclass(frozen=True)
class Reinitialize(Step):
    """``initialize(force_reinit=True)`` with a constant for the weights; other roles begin as they do."""

    block: str
    number: float

    def lines(self):
        return [f"{self.block}.initialize(mx.init.Constant({self.number}), force_reinit=True)"]

    def apply(self, world):
        block = world.block(self.block)
        if world.graphs or world.executors:
            raise Inconsistent("initialize")
        world.trainers.pop(self.block, None)
        world.fresh.clear()
        starts = {
            "weight": self.number, "vectors": self.number, "alpha": 0.25, "bias": 0, "fixed bias": 0, "mean": 0,
        }  # fmt: skip
        for name, (_, role) in block.network.parameters().items():
            texts = [block.data(name)] + ([block.grad(name)] if block.reqs[name] != "null" else [])
            world.forget(*texts)
            world.new(texts[0], torch.full_like(world.cell(texts[0]), starts.get(role, 1)))
            for text in texts[1:]:
                world.new(text, torch.zeros_like(world.cell(text)))


@dataclass(frozen=True)
class Export(Step):
    """The block as files, and another block from them."""

    block: str
    name: str
    x: str

    def lines(self):
        return [
            f"{self.block}.hybridize()",
            f"{self.block}({self.x})",
            f'{self.block}.export(path("{self.name}"))',
            f'{self.name} = gluon.SymbolBlock.imports(path("{self.name}-symbol.json"), ["data"], '
            f'path("{self.name}-0000.params"))',
            f"{self.name}_p = {self.name}.collect_params()",
        ]

    def apply(self, world):
        block = world.block(self.block)
        if not block.network.indices and len(world.cell(self.x).shape) != len(block.network.item) + 1:
            raise Inconsistent(self.x)
        block.hybrid = True
        loaded = world.blocks[self.name] = Block(block.network, f"{self.name}_p", {}, True)
        for name, (_, role) in block.network.parameters().items():
            loaded.reqs[name] = "null" if role in _AUXILIARY else "write"
            world.new(loaded.data(name), world.cell(block.data(name)))
            if role not in _AUXILIARY:
                world.new(loaded.grad(name), torch.zeros_like(world.cell(block.data(name))))


@dataclass
class _Bound:
    """An executor of the reference."""

    block: Block
    req: str
    #: what its outputs were called last
    outputs: tuple = ()


@dataclass(frozen=True)
class Bind(Step):
    """An executor that shares the parameters of a block, or has its own."""

    name: str
    block: str
    x: str
    req: str
    simple: bool
    shape: tuple

    def lines(self):
        lines = [f"{self.name}_graph = graph_of({self.block})"]
        if self.simple:
            return [
                *lines,
                f'{self.name} = {self.name}_graph.simple_bind(mx.cpu(), grad_req="{self.req}", data={self.shape})',
                f"{self.name}.copy_params_from({{n: {self.block}_p[n].data() for n in {self.name}.arg_dict "
                f'if n != "data"}}, {{n: {self.block}_p[n].data() for n in {self.name}.aux_dict}})',
            ]
        return [
            *lines,
            f'{self.name}_args = {{n: {self.x} if n == "data" else {self.block}_p[n].data() '
            f"for n in {self.name}_graph.list_arguments()}}",
            f"{self.name} = {self.name}_graph.bind(mx.cpu(), {self.name}_args, "
            f"{{n: nd.zeros_like(a) for n, a in {self.name}_args.items()}}, "
            f'"{self.req}", {{n: {self.block}_p[n].data() for n in {self.name}_graph.list_auxiliary_states()}})',
        ]

    def apply(self, world):
        block = world.block(self.block)
        if tuple(world.cell(self.x).shape) != self.shape or world.dtype != "float32":
            raise Inconsistent(self.x)
        world.executors[self.name] = _Bound(block, self.req)
        texts = [("data", self.x, "arg")]
        for name, (_, role) in block.network.parameters().items():
            texts.append((f"net_{name}", block.data(name), "aux" if role in _AUXILIARY else "arg"))
        for name, own, dictionary in texts:
            text = f'{self.name}.{dictionary}_dict["{name}"]'
            if self.simple:
                world.new(text, torch.zeros(self.shape) if name == "data" else world.cell(own))
            else:
                world.cells[text] = world.cell(own)
            if dictionary == "arg" and self.req != "null":
                world.new(f'{self.name}.grad_dict["{name}"]', torch.zeros_like(world.cell(own)))


@dataclass(frozen=True)
class Run(Step):
    """An executor's forward, and backward if it was for training."""

    executor: str
    name: str
    training: bool
    seed: int
    network: Network
    batch: int
    #: elements for the input, by keyword
    given: bool = False

    def _shapes(self):
        shapes = self.network.shapes(self.batch)
        return [shapes[head] for head in self.network.heads]

    def lines(self):
        masks = _masks_text(self.network, self.name, self.batch) if self.network.dropout and self.training else []
        how = "indices" if self.network.indices else "even"
        shape = (self.batch, *self.network.item)
        data = f", data=nd.array({values_text(self.seed + 50, shape, how)})" if self.given else ""
        names = [f"{self.name}_{place}" for place in range(len(self._shapes()))]
        lines = [*masks, f"{', '.join(names)}, = {self.executor}.forward(is_train={self.training}{data})"]
        if self.training:
            given = ", ".join(
                f"nd.array({values_text(self.seed + place, shape)})" for place, shape in enumerate(self._shapes())
            )
            lines.append(f"{self.executor}.backward([{given}])")
        return lines

    def apply(self, world):
        bound = world.executors.get(self.executor)
        if bound is None or bound.block.network != self.network:
            raise Inconsistent(self.executor)

        def place(name, dictionary):
            return f'{self.executor}.{dictionary}_dict["{name}"]'

        data = place("data", "arg")
        if len(world.cell(data)) != self.batch:
            raise Inconsistent("batch")
        touched = {world.root(data)} if self.given else set()
        touched |= {world.root(text) for text in world.cells if text.startswith(f"{self.executor}.aux_dict")}
        if touched & world.busy and (self.training or self.given):
            raise Inconsistent("an executor beside a graph")
        if {world.root(text) for text in bound.outputs} & world.busy:
            raise Inconsistent("the outputs are in a graph")
        if self.given:
            how = "indices" if self.network.indices else "even"
            world.put(data, tensor_of(values(self.seed + 50, world.cell(data).shape, how)))
        parameters, leaves = {}, []
        x = world.cell(data).clone()
        if not self.network.indices:
            leaves.append((x.requires_grad_(), place("data", "grad")))
        for name, (_, role) in self.network.parameters().items():
            auxiliary = role in _AUXILIARY
            parameters[name] = world.cell(place(f"net_{name}", "aux" if auxiliary else "arg")).clone()
            if not auxiliary:
                leaves.append((parameters[name].requires_grad_(), place(f"net_{name}", "grad")))
        _, masks = _dropout(world, bound.block, self.name, self.batch, self.training)
        heads, run = world.forward(bound.block, x, self.training, masks, parameters)
        names = [f"{self.name}_{place_}" for place_ in range(len(heads))]
        for name, head in zip(names, heads):
            world.new(name, head)
        for name, before in zip(names, bound.outputs):  # the same arrays, whose memory every forward writes into
            world.put(before, world.cell(name))
            world.cells[name] = world.cell(before)
        bound.outputs = tuple(names)
        if not self.training:
            return
        if bound.req != "null":
            gradients = [tensor_of(values(self.seed + place_, shape)) for place_, shape in enumerate(self._shapes())]
            if not all(head.requires_grad for head in heads):
                raise Inconsistent("a head without a gradient")
            found = torch.autograd.grad(heads, [leaf for leaf, _ in leaves], gradients, allow_unused=True)
            for (leaf, text), gradient in zip(leaves, found):
                gradient = torch.zeros_like(leaf) if gradient is None else gradient
                world.put(text, world.cell(text) + gradient if bound.req == "add" else gradient, rounded=True)
            learned = {"x"} | {name for name, (_, role) in self.network.parameters().items() if role not in _AUXILIARY}
            order = self.network.backwards(learned)
            world.move(lambda name: place(f"net_{name}", "aux"), run.moved, order)


@dataclass(frozen=True)
class TrainerStep(Step):
    """A step of a Trainer over all parameters of a block, made before its first step."""

    block: str
    optimizer: str
    options: tuple
    batch: int
    first: bool

    def lines(self):
        options = "{" + ", ".join(f"{name!r}: {value}" for name, value in self.options) + "}"
        name = f"{self.block}_{self.optimizer}"
        made = [f'{name} = gluon.Trainer({self.block}_p, "{self.optimizer}", {options})'] if self.first else []
        return [*made, f"{name}.step({self.batch})"]

    def apply(self, world):
        block = world.block(self.block)
        options = dict(self.options)
        trainers = world.trainers.setdefault(self.block, {})
        if (self.optimizer in trainers) == self.first or world.graphs:
            raise Inconsistent("no trainer")
        rate, decay = options["learning_rate"], options.get("wd", 0.0)
        learned = [name for name, req in block.reqs.items() if req != "null"]
        if not learned or not all(block.data(name) in world.fresh for name in learned):
            raise Inconsistent("stale")
        states = trainers.setdefault(self.optimizer, {})
        for name in learned:
            text = block.data(name)
            world.fresh.discard(text)
            weight, gradient = world.cell(text), world.cell(block.grad(name)) / self.batch
            gradient = gradient + decay * weight
            if self.optimizer == "adam":
                count, mean, square = states.get(name, (0, torch.zeros_like(weight), torch.zeros_like(weight)))
                count += 1
                world.kink(gradient)  # of which little but the sign counts
                mean = _BETAS[0] * mean + (1 - _BETAS[0]) * gradient
                square = _BETAS[1] * square + (1 - _BETAS[1]) * gradient**2
                states[name] = (count, mean, square)
                pace = rate * (1 - 0.999**count) ** 0.5 / (1 - 0.9**count)
                new = weight - pace * mean / (square.sqrt() + 1e-8)
            else:
                momentum = options.get("momentum", 0.0)
                states[name] = momentum * states.get(name, torch.zeros_like(weight)) - rate * gradient
                new = weight + states[name]
            world.put(text, new, rounded=True)
