"""Programs from seeds."""

from __future__ import annotations

import inspect
import random
from dataclasses import dataclass

import torch

from . import prelude
from .graphs import Bind, Cast, Export, Load, Reinitialize, Run, Save, TrainerStep
from .network import draw_network
from .steps import Attach, Backward, Check, Combine, Input, MakeNet, Mode, Predict, Record, Requests, View
from .world import World
from .writers import (
    HANDLE_WRITERS,
    WAYS,
    ClipGlobalNorm,
    Race,
    ResetArrays,
    Store,
    Write,
    ZeroGrad,
)

__all__ = ["Program", "program"]

#: beyond it a program says more about overflow than about order
_LARGEST = 1e5


@dataclass(frozen=True)
class Program:
    """A seed's program: its steps, and the threads that torch and the kernels split their work over."""

    seed: int
    threads: int
    steps: tuple
    #: the reference's world, where writing the program has made it
    world: World | None = None

    def text(self):
        """The script without what all scripts begin with."""
        lines = [f"torch.set_num_threads({self.threads})"]
        for step in self.steps:
            lines += step.lines()
        return "\n".join(lines) + "\n"

    def script(self):
        """The script, whole."""
        return f"{inspect.getsource(prelude)}\n\n# --- program {self.seed}\n\n{self.text()}"

    def play(self, world):
        """Apply all steps to a world."""
        for step in self.steps:
            step.apply(world)
        return world


def program(seed):
    """The program of a seed."""
    rng = random.Random(seed)
    while True:
        author = _Author(rng)
        steps = author.write()
        if steps is not None:
            world = None if author.world.asked else author.world
            return Program(seed, rng.choice([1, 1, 1, 2, 2, 3]), tuple(steps), world)


class _Author:
    """Writes one program, with a world of its own to know what there is."""

    def __init__(self, rng):
        self.rng, self.world, self.steps = rng, World(), []
        self.count = 0

    def write(self):
        """The steps, or None where numbers went out of bounds."""
        rng = self.rng
        self.sort = rng.choices(["mixed", "plain", "chain", "folded", "large"], [40, 20, 18, 12, 10])[0]
        self.network = draw_network(rng, self.sort)
        self.dtype = "float32" if rng.random() < 0.9 else "float64"
        self.batches = [rng.choice([1, 1, 2, 3, 4, 5, 8, 16, 17])]
        self.batches.append(rng.choice([self.batches[0], 1, 2, 4, 9]))
        if self.sort == "large":
            self.batches = [rng.choice([1, 1, 2])] * 2
        try:
            self._begin()
            moves = self._moves()
            for _ in range(rng.randrange(4, 18)):
                move = rng.choices([m for m, _ in moves], [w for _, w in moves])[0]
                before = len(self.steps)
                move()
                if rng.random() < 0.3 and len(self.steps) > before:
                    self._look()
                if not self._sane():
                    return None
            for name in list(self.world.graphs):
                self._backward(name)
            self._end()
        except torch.OutOfMemoryError:  # never, in float64 and so small
            return None
        return self.steps if self._sane() else None

    def _sane(self):
        return all(bool((tensor.abs() < _LARGEST).all()) for tensor in self.world.cells.values())

    def _begin(self):
        rng = self.rng
        for place, batch in enumerate(self.batches):
            how = (
                "indices" if self.network.indices else rng.choice(["even"] * 7 + ["spike", "spike", "border", "offset"])
            )
            origin = rng.choice(["array"] * 5 + ["torch", "numpy"])
            self.add(Input(f"x{place}", (batch, *self.network.item), rng.randrange(10**6), how, self.dtype, origin))
        self.add(MakeNet(self.network, rng.randrange(10**6), self.dtype))
        for place in range(len(self.batches)):
            if not self.network.indices and rng.random() < (0.9 if self.sort == "large" else 0.6):
                self.add(Attach(f"x{place}", rng.choice(["write", "write", "write", "add", "null"])))
        if self.sort == "folded" and rng.random() < 0.7:
            self.add(Mode("net", rng.choice(["", "static_alloc=True, static_shape=True"])))

    def _end(self):
        for text in self._texts():
            if not self._hidden(text):
                self.add(Check(text))

    def _hidden(self, text):
        """Whether nobody promises what an array holds: a scale that is fixed at 1, a loaded copy of it."""
        fixed = [name for name, (_, role) in self.network.parameters().items() if role == "fixed gamma"]
        return any(f'net_{name}"' in text for name in fixed) or text.endswith("_source")

    def add(self, step):
        """Put a step at the end, unless it does not fit."""
        fits = self.world.attempt(step)
        if fits:
            self.steps.append(step)
        return fits

    def fresh_name(self, letter):
        """A name that no step has yet."""
        self.count += 1
        return f"{letter}{self.count}"

    def _texts(self):
        return list(self.world.cells)

    # --- moves --------------------------------------------------------------------------------------------------

    def _moves(self):
        together, modes = (6.0 if self.sort == "large" else 1.0), (0.5 if self.sort in ("chain", "folded") else 2.5)
        return [
            (self._predict, 5.0), (self._record, 4.5), (self._combine, together),
            (self._step, 2.0), (self._mode, modes),
            (self._write, 9.0),
            (self._view, 2.5), (self._bind, 0.7), (self._execute, 2.0), (self._export, 0.5), (self._race, 0.7),
            (self._clip, 0.8), (self._reset, 0.4), (self._zero, 0.6), (self._store, 0.7), (self._requests, 0.3),
            (self._attach, 0.4), (self._cast, 0.2), (self._save, 0.5), (self._initialize, 0.2), (self._look, 1.0),
            (self._close, 2.0),
        ]  # fmt: skip

    def _inputs(self):
        """The arrays that the network takes."""
        world = self.world
        return [
            text
            for text in self._texts()
            if world.cells[text].dim() == len(self.network.item) + 1
            and tuple(world.cells[text].shape[1:]) == self.network.item
            and world.handles.get(text, "array") == "array"
            and not text.endswith("_source")
            and (not self.network.indices or text in ("x0", "x1"))
        ]

    def _input(self, wanted=None):
        """An array that the network takes, some of its rows or None, and how many they are."""
        rng, world = self.rng, self.world
        fits = self._inputs()
        text = wanted or rng.choice([t for t in fits if t in ("x0", "x1")] * 3 + fits)
        rows = None
        length = len(world.cells[text])
        if length > 1 and rng.random() < 0.12:
            begin = rng.randrange(length - 1)
            rows = (begin, rng.randrange(begin + 1, length))
        return text, rows, length if rows is None else rows[1] - rows[0]

    def _block(self):
        return self.rng.choice(list(self.world.blocks))

    def _predict(self, wanted=None):
        block = self._block()
        x, rows, batch = self._input(wanted)
        training = self.network if self.rng.random() < 0.08 else None
        self.add(
            Predict(self.fresh_name("y"), block, x, rows, training, batch, len(self.network.heads), self.world.dtype)
        )

    def _record(self):
        rng, block = self.rng, self._block()
        x, rows, batch = self._input()
        name = self.fresh_name("y")
        if not self.add(Record(name, block, x, rng.random() < 0.75, self.network, batch, rows, self.world.dtype)):
            return
        for _ in range(rng.choice([0, 0, 0, 1, 2])):
            rng.choice([self._predict, self._predict, self._write, self._look, self._mode])()
        if rng.random() < 0.8:
            self._backward(name)

    def _combine(self):
        texts = [t for t in self._texts() if t in ("x0", "x1") or t.endswith(".data()")]
        one = self.rng.choice(texts)
        shape = self.world.cells[one].shape
        others = [t for t in texts if t != one and self.world.cells[t].shape == shape]
        if others:
            name, how = self.fresh_name("y"), self.rng.choice(list(Combine._FORMS))
            if self.add(Combine(name, one, self.rng.choice(others), how)):
                self._backward(name)
                self._write_gradient()

    def _close(self):
        if self.world.graphs:
            self._backward(self.rng.choice(list(self.world.graphs)))

    def _backward(self, name):
        rng, graph = self.rng, self.world.graphs[name]
        shapes = tuple(tuple(head.shape) for head in graph.heads)
        variables = ()
        how = rng.choice(["backward", "method", "backward", "grad"])
        marks = [mark for _, _, _, mark in graph.leaves]
        if how == "grad":
            variables = tuple(rng.sample(marks, min(len(marks), rng.choice([1, 2, 3]))))
        again = rng.random() < 0.15
        scale = rng.choice([1.0, 1.0, 0.25, 8.0])
        heads = rng.choice(["ones", "given", "given", "mixed"])
        seed = rng.randrange(10**6)
        step = Backward(name, shapes, seed, heads, how, again, self.world.dtype, scale, variables)
        if not self.add(step):
            self.add(Backward(name, shapes, seed, heads, "backward", False, self.world.dtype, scale))
        elif how != "grad" and rng.random() < 0.4:
            self._step()

    def _step(self):
        rng, block = self.rng, self._block()
        optimizer, options = rng.choice(
            [
                ("sgd", (("learning_rate", 0.25),)),
                ("sgd", (("learning_rate", 0.125), ("wd", 0.25))),
                ("sgd", (("learning_rate", 0.125), ("momentum", 0.5))),
                ("adam", (("learning_rate", 0.0625),)),
            ]
        )
        made = self.world.trainers.get(block, {})
        if optimizer in made:
            options = next(
                s.options
                for s in reversed(self.steps)
                if isinstance(s, TrainerStep) and (s.block, s.optimizer, s.first) == (block, optimizer, True)
            )
        self.add(TrainerStep(block, optimizer, options, rng.choice([1, 2, 8]), optimizer not in made))

    def _mode(self):
        rng = self.rng
        block = self._block()
        options = rng.choice(["", "", "", "static_alloc=True", "static_alloc=True, static_shape=True", "False"])
        layers = [node for node in self.network.nodes if node.kind not in ("join",) and node.shares is None]
        layer = None
        if block == "net" and layers and rng.random() < 0.12 and not self.network.stacked:
            node = rng.choice(layers)
            layer = node.layer if _is_layer(node) else None
        self.add(Mode(block, options if block == "net" else "", layer))

    def _writable(self):
        world = self.world
        busy = world.busy
        return [
            text
            for text in self._texts()
            if text not in world.recorded and world.root(text) not in busy and world.cells[text].numel()
        ]

    def _writing(self, target):
        """A write into an array, or None."""
        rng, world = self.rng, self.world
        shape = tuple(world.cells[target].shape)
        handle = world.handles.get(target)
        handle = handle if handle in ("torch", "numpy") else None
        length = shape[0] if shape else 1
        begin = rng.randrange(length)
        end = rng.randrange(begin + 1, length + 1)
        how, source = None, None
        if handle:
            how = rng.choice(list(HANDLE_WRITERS[handle]))
        else:
            ways = [*WAYS, ("set_data",)] if target.endswith(".data()") else WAYS
            how = rng.choice(rng.choice(ways))
        sources = [t for t in self._texts() if tuple(world.cells[t].shape) == shape and t not in world.handles]
        sources = [t for t in sources if t not in world.recorded]
        if how == "from another array":
            if not sources:
                return None
            source = rng.choice(sources)
        values = "even"
        if self._is_indices(target):
            if how not in ("all of numpy", "all of nd", "copyto", "all", "copy_"):
                return None
            values = "indices"
        elif "running_var" in target:
            values = "positive"
            if how not in ("all of numpy", "all of nd", "number", "set_data", "scale in place", "copyto", "as_torch",
                           "mul_", "scale", "row", "numpy", "slice view"):  # fmt: skip
                return None
        number = rng.choice([0.5, 0.25, 2.0, 1.5])
        return Write(
            target, how, shape, rng.randrange(10**6), number, begin, end, values, world.dtype, source,
            rng.random() < 0.12, handle,
        )  # fmt: skip

    def _is_indices(self, text):
        """Whether what lies there has to stay indices."""
        if not self.network.indices:
            return False
        root = self.world.root(text)
        return any(root == self.world.root(x) for x in ("x0", "x1")) or '_dict["data"]' in text

    def _write(self):
        targets = self._writable()
        if not targets:
            return
        x = [t for t in targets if t in ("x0", "x1")]
        parameters = [t for t in targets if t.endswith(".data()")]
        handles = [t for t in targets if t in self.world.handles]
        pool = self.rng.choice([targets, x or targets, parameters or targets, handles or x or targets])
        target = self.rng.choice(pool)
        step = self._writing(target)
        if step is None:
            return
        if self.rng.random() < 0.5:  # something that depends on it may not be computed yet, or be kept
            self._predict(self._related(target))
        self.add(step)
        if self.rng.random() < 0.4:
            self._predict(self._related(target))

    def _write_gradient(self):
        """A write into a gradient, which must be nobody else's."""
        gradients = [t for t in self._writable() if t.endswith(("grad", "grad()")) or "_g" in t]
        if gradients and (step := self._writing(self.rng.choice(gradients))) is not None:
            self.add(step)

    def _related(self, target):
        """An input that shares the memory of an array, where there is one."""
        root = self.world.root(target)
        return next((text for text in self._inputs() if self.world.root(text) == root), None)

    def _view(self):
        rng, world = self.rng, self.world
        targets = [t for t in self._texts() if t not in world.recorded and t not in world.handles]
        targets = [t for t in targets if not (t.endswith(".data()") and "gamma" in t)]
        target = rng.choice(targets)
        length = len(world.cells[target])
        begin = rng.randrange(length)
        how = rng.choice(["slice", "row", "reshape", "torch", "torch", "numpy", "numpy", "dlpack", "detach"])
        self.add(View(self.fresh_name("h"), target, how, begin, rng.randrange(begin + 1, length + 1)))

    def _race(self):
        rng = self.rng
        targets = [t for t in self._writable() if t in ("x0", "x1") or t.endswith(".data()")]
        if not targets:
            return
        block, name = self._block(), self.fresh_name("y")
        x, rows, batch = self._input()
        write = self._writing(rng.choice(targets))
        if (
            write is None
            or write.handle
            or not self.add(Predict(name, block, x, rows, None, batch, len(self.network.heads)))
        ):
            return
        results = (name,) if len(self.network.heads) == 1 else (f"{name}_0", f"{name}_1")
        self.add(Race(self.fresh_name("r"), results, write))

    def _clip(self):
        targets = [t for t in self._writable() if t not in self.world.handles and "running_var" not in t]
        targets = [t for t in targets if not self._is_indices(t) and not self._hidden(t)]
        if targets:
            chosen = tuple(self.rng.sample(targets, min(len(targets), self.rng.choice([1, 1, 2, 3]))))
            self.add(ClipGlobalNorm(chosen, self.rng.choice([0.125, 1.0, 3.0])))

    def _reset(self):
        targets = [t for t in self._writable() if t not in self.world.handles and not self._is_indices(t)]
        if targets:
            self.add(ResetArrays(tuple(self.rng.sample(targets, min(len(targets), self.rng.choice([1, 2]))))))

    def _zero(self):
        block = self.world.blocks[name := self._block()]
        learned = [each for each, req in block.reqs.items() if req != "null"]
        if learned:
            self.add(ZeroGrad(name, (self.rng.choice(learned),), self.rng.random() < 0.4))

    def _store(self):
        targets = [t for t in self._writable() if t not in self.world.handles and "running_var" not in t]
        targets = [t for t in targets if not self._is_indices(t)]
        if targets:
            target = self.rng.choice(targets)
            shape = tuple(self.world.cells[target].shape)
            how = self.rng.choice(["pull", "pushpull", "several"])
            self.add(Store(self.fresh_name("kv"), target, shape, self.rng.randrange(10**6), how, self.world.dtype))

    def _requests(self):
        self.add(Requests(self._block(), self.rng.choice(["add", "write"])))

    def _attach(self):
        if not self.network.indices:
            self.add(Attach(self.rng.choice(["x0", "x1"]), self.rng.choice(["write", "add", "null"])))

    def _cast(self):
        if self.world.dtype == "float32" and len(self.steps) > 8:
            self.add(Cast("net", ("x0", "x1"), "float64"))
        elif self.world.dtype == "float64":
            self.add(Cast("net", ("x0", "x1"), "float32"))

    def _save(self):
        block = self._block()
        if self.world.files and self.rng.random() < 0.6:
            self.add(Load(block, self.rng.choice(list(self.world.files))))
        else:
            self.add(Save(block, self.fresh_name("f")))

    def _initialize(self):
        self.add(Reinitialize("net", self.rng.choice([0.25, 0.0625])))

    def _export(self):
        if len(self.world.blocks) < 2 and self.world.dtype == "float32":
            self.add(Export("net", self.fresh_name("b"), self.rng.choice(["x0", "x1"])))

    def _bind(self):
        if len(self.world.executors) < 2:
            x = self.rng.choice(["x0", "x1"])
            req = self.rng.choice(["write", "write", "add", "null"])
            shape = tuple(self.world.cells[x].shape)
            name = self.fresh_name("e")
            if self.add(Bind(name, self._block(), x, req, self.rng.random() < 0.4, shape)):
                self._execute(name)

    def _execute(self, name=None):
        rng = self.rng
        if not self.world.executors:
            return
        name = name or rng.choice(list(self.world.executors))
        batch = len(self.world.cells[f'{name}.arg_dict["data"]'])
        training, given = rng.random() < 0.6, rng.random() < 0.3
        self.add(Run(name, self.fresh_name("y"), training, rng.randrange(10**6), self.network, batch, given))

    def _look(self):
        targets = [t for t in self._texts() if not self._hidden(t)]
        for target in self.rng.sample(targets, min(len(targets), self.rng.choice([1, 1, 2]))):
            self.add(Check(target))


def _is_layer(node):
    """Whether a node has an attribute of the network's."""
    from .kinds import KINDS

    return KINDS[node.kind].layer
