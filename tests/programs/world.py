"""The reference's state: arrays by the text that names them, blocks, recorded graphs, executors, optimizers."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

import numpy as np
import torch

from .kinds import Run
from .network import Network

__all__ = ["Block", "Graph", "Inconsistent", "World", "tensor_of"]

#: units in the last place
_UNITS = {"float16": 2.0**-11, "float32": 2.0**-24, "float64": 2.0**-50}
#: how many of them the noise has
_NOISE = 16


class Inconsistent(Exception):
    """A step needs something that no step before it made: the program is none."""


def tensor_of(elements):
    """A float64 tensor with memory of its own."""
    return torch.from_numpy(np.array(elements, dtype="float64"))


@dataclass
class Block:
    """A block: its network, what its parameters are called, and what is wanted of their gradients."""

    network: Network
    #: the variable that holds ``collect_params()``
    dictionary: str
    reqs: dict = field(default_factory=dict)
    hybrid: bool = False

    def data(self, name):
        """The text of a parameter's array."""
        return f'{self.dictionary}["net_{name}"].data()'

    def grad(self, name):
        """The text of its gradient."""
        return f'{self.dictionary}["net_{name}"].grad()'


@dataclass
class Graph:
    """What was recorded: heads, and the leaves with the cells their gradients go to."""

    heads: list
    #: (tensor, cell of the gradient, 'write' or 'add', mark that is fresh then)
    leaves: list
    moved: list
    #: memory that must stay as it is until backward is through
    roots: set
    block: Block | None = None
    #: what the network calls the leaves, by their marks
    names: dict = field(default_factory=dict)

    def order(self, marks=None):
        """In which order a backward goes through the values: that of all leaves, or of some in their order."""
        if self.block is None:
            return []
        wanted = [self.names[mark] for mark in (self.names if marks is None else marks)]
        return self.block.network.backwards(wanted, ordered=marks is not None)


class World:
    """All that a program has made so far."""

    def __init__(self, noise_seed=None, against=None, observed=None):
        self.noisy = noise_seed is not None
        self.generator = torch.Generator().manual_seed(noise_seed or 0)
        self.dtype = "float32"
        self.cells, self.reqs, self.fresh = {}, {}, set()
        self.blocks, self.graphs, self.executors, self.trainers, self.stores = {}, {}, {}, {}, {}
        #: text of a handle, view or NumPy array -> what it shares memory with
        self.handles = {}
        #: results of recordings, which nothing writes to
        self.recorded = set()
        self.files = {}
        self.checks, self.unsure_from = [], None
        self.observed = observed
        #: whether anything depends on what the program observes
        self.asked = False
        self.kinks = []
        self._against = iter(against) if against is not None else None

    def attempt(self, step):
        """Apply a step, or leave everything as it was and say False where it does not fit."""
        before = {name: value.copy() for name, value in vars(self).items() if isinstance(value, (dict, set, list))}
        try:
            step.apply(self)
        except Inconsistent:
            vars(self).update(before)
            return False
        return True

    # --- arrays -------------------------------------------------------------------------------------------------

    def cell(self, text):
        """The tensor of an array."""
        try:
            return self.cells[text]
        except KeyError:
            raise Inconsistent(text) from None

    def root(self, text):
        """What names the memory of an array."""
        try:
            return self.cells[text].untyped_storage().data_ptr()
        except KeyError:
            raise Inconsistent(text) from None

    def new(self, text, tensor):
        """A new array."""
        self.cells[text] = tensor.detach().to(torch.float64).contiguous().clone()

    def put(self, text, value, rounded=False):
        """Write elements into an array's memory; rounded says that computing them rounds."""
        target = self.cell(text)
        value = value.detach() if isinstance(value, torch.Tensor) else torch.tensor(float(value), dtype=torch.float64)
        target.copy_(self.rough(value) if rounded else value.clone())

    def forget(self, *texts):
        """Arrays are replaced: handles of their memory are not looked at any more."""
        roots = {self.root(text) for text in texts if text in self.cells}
        for handle in [h for h in self.handles if self.cells[h].untyped_storage().data_ptr() in roots]:
            del self.handles[handle], self.cells[handle]

    @property
    def busy(self):
        """Memory that recorded graphs still need."""
        return set().union(*(graph.roots for graph in self.graphs.values())) if self.graphs else set()

    def seen(self, name, text):
        """Note what looking at an array must give."""
        self.checks.append((name, self.cell(text).clone(), self.dtype, self.unsure_from is not None))

    def told(self, name, shape):
        """What the program observed; ones while it has not run yet."""
        self.asked = True
        if self.observed is None:
            return torch.ones(shape, dtype=torch.float64)
        if name not in self.observed:
            raise Inconsistent(name)
        return tensor_of(self.observed[name])

    # --- noise and kinks ----------------------------------------------------------------------------------------

    @property
    def level(self):
        """How large the noise is."""
        return _NOISE * _UNITS[self.dtype] if self.noisy else 0.0

    def rough(self, tensor):
        """A tensor as a computation with rounding might give it."""
        return Run(False, self.level, self.generator).noisy(tensor) if self.noisy else tensor

    def kink(self, tensor):
        """Note elements whose sign decides, or compare them with those of the run without noise."""
        if self._against is None:
            self.kinks.append(tensor)
            return
        exact = next(self._against, None)
        if exact is None or exact.shape != tensor.shape:
            raise Inconsistent("kinks")
        near = exact.abs() <= (exact - tensor).abs()
        if bool((near & (exact != tensor)).any()) and self.unsure_from is None:
            self.unsure_from = len(self.checks)

    def run(self, training, masks=()):
        """A pass through a network."""
        return Run(training, self.level, self.generator, masks, self.kink)

    # --- networks -----------------------------------------------------------------------------------------------

    def block(self, name):
        """A block by its variable."""
        try:
            return self.blocks[name]
        except KeyError:
            raise Inconsistent(name) from None

    def forward(self, block, x, training, masks=(), parameters=None):
        """Heads and the run, for given or the block's own parameters."""
        if parameters is None:
            parameters = {name: self.cell(block.data(name)).clone() for name in block.reqs}
        run = self.run(training, masks)
        if not block.network.indices:
            x = run.rough(x)
        elif not bool(((x == x.round()) & (x >= 0) & (x < 7)).all()):
            raise Inconsistent("indices")
        expected = (len(x), *block.network.item)
        if tuple(x.shape) != expected:
            raise Inconsistent(f"input of shape {tuple(x.shape)}; expected {expected}")
        heads = block.network.compute(run, x, {n: p if "running" in n else run.rough(p) for n, p in parameters.items()})
        return heads, run

    def move(self, block, moved, order):
        """Running statistics move, as a backward comes through the nodes in an order."""
        place = {name: at for at, name in enumerate(order)}
        for name, node, batch, momentum, went_back in sorted(moved, key=lambda each: place.get(each[1].name, -1)):
            if not went_back:
                continue
            went_back.pop()  # the next backward through the layer moves them again
            own = f"{node.layer}_{name}"
            text = block.data(own) if isinstance(block, Block) else block(own)
            self.put(text, self.cell(text) * momentum + batch * (1 - momentum), rounded=True)

    def backward(self, graph, gradients, keep=False):
        """Gradients into their cells."""
        leaves = [leaf for leaf, *_ in graph.leaves]
        if leaves:
            try:
                found = torch.autograd.grad(graph.heads, leaves, gradients, retain_graph=True, allow_unused=True)
            except RuntimeError as error:
                if "a second time" in str(error):
                    raise Inconsistent("a graph that is freed") from error
                raise
            for (leaf, text, req, mark), gradient in zip(graph.leaves, found):
                gradient = torch.zeros_like(leaf) if gradient is None else gradient
                with contextlib.suppress(Inconsistent):  # the buffer was replaced by a cast
                    value = self.cell(text) + gradient if req == "add" else gradient
                    self.put(text, value, rounded=True)
                    self.fresh.add(mark)
