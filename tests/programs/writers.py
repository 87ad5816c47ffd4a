"""Writes into memory: by every writer, through every alias, from this thread or another."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .prelude import values
from .steps import Step, values_text
from .world import Inconsistent, tensor_of

__all__ = ["HANDLE_WRITERS", "WAYS", "ClipGlobalNorm", "Race", "ResetArrays", "Store", "Write", "ZeroGrad"]


def _relu(x):
    return x.clamp(min=0)


class _Given:
    """What a writer may use: the target's text and shape, seeded elements, a number, a place, another array."""

    def __init__(self, write):
        self.t, self.dtype = write.target, write.dtype
        self.number, self.begin, self.end, self.source = write.number, write.begin, write.end, write.source
        self.whole = values_text(write.seed, write.shape, write.values, dtype=write.dtype)
        self.part_shape = (write.end - write.begin, *write.shape[1:])
        self.part = values_text(write.seed, self.part_shape, write.values, dtype=write.dtype)
        self.array = f'nd.array({self.whole}, dtype="{write.dtype}")'
        self.seed, self.shape, self.values = write.seed, write.shape, write.values


#: name -> (lines, what it does to the tensor t, given the elements v, their part p, the number n, the source s)
ARRAY_WRITERS = {
    "all of numpy": (lambda g: [f"{g.t}[:] = {g.whole}"], lambda t, k: k.v),
    "all of nd": (lambda g: [f"{g.t}[:] = {g.array}"], lambda t, k: k.v),
    "number": (lambda g: [f"{g.t}[:] = {g.number}"], lambda t, k: torch.full_like(t, k.n)),
    "row": (lambda g: [f"{g.t}[{g.begin}] = {g.number}"], lambda t, k: k.placed(t, slice(k.b, k.b + 1), k.n)),
    "rows": (lambda g: [f"{g.t}[{g.begin}:{g.end}] = {g.part}"], lambda t, k: k.placed(t, slice(k.b, k.e), k.p)),
    "listed rows": (
        lambda g: [f"{g.t}[[{g.begin}]] = {g.number}"],
        lambda t, k: k.placed(t, slice(k.b, k.b + 1), k.n),
    ),
    "elements": (lambda g: [f"{g.t}[..., :1] = {g.number}"], lambda t, k: k.placed(t, (..., slice(0, 1)), k.n)),
    "add in place": (lambda g: [f"w = {g.t}", f"w += {g.number}"], lambda t, k: t + k.n),
    "scale in place": (lambda g: [f"w = {g.t}", f"w *= {g.number}"], lambda t, k: t * k.n),
    "subtract array": (lambda g: [f"w = {g.t}", f"w -= {g.array}"], lambda t, k: t - k.v),
    "divide": (lambda g: [f"w = {g.t}", "w /= 2"], lambda t, k: t / 2),
    "slice view": (
        lambda g: [f"w = {g.t}[{g.begin}:{g.end}]", f"w[:] = {g.number}"],
        lambda t, k: k.placed(t, slice(k.b, k.e), k.n),
    ),
    "slice view in place": (
        lambda g: [f"w = {g.t}[{g.begin}:{g.end}]", f"w *= {g.number}"],
        lambda t, k: k.placed(t, slice(k.b, k.e), t[k.b : k.e] * k.n),
    ),
    "reshape view": (
        lambda g: [f"w = {g.t}.reshape((-1,))", f"w[1:] = {g.number}"],
        lambda t, k: torch.cat([t.reshape(-1)[:1], torch.full_like(t.reshape(-1)[1:], k.n)]).reshape(t.shape),
    ),
    "detached": (lambda g: [f"{g.t}.detach()[:] = {g.whole}"], lambda t, k: k.v),
    "out of negative": (lambda g: [f"nd.negative({g.t}, out={g.t})"], lambda t, k: -t),
    "out of relu": (lambda g: [f"nd.relu({g.array}, out={g.t})"], lambda t, k: _relu(k.v)),
    "out of Activation": (
        lambda g: [f'nd.Activation({g.array}, act_type="tanh", out={g.t})'],
        lambda t, k: torch.tanh(k.v),
    ),
    "out of sum": (lambda g: [f"nd.elemwise_add({g.t}, {g.array}, out={g.t})"], lambda t, k: t + k.v),
    "out of scalar": (
        lambda g: [f"w = {g.t}", f"nd.broadcast_mul(w, nd.full((1,) * w.ndim, {g.number}, dtype={g.dtype!r}), out=w)"],
        lambda t, k: t * k.n,
    ),
    "copyto": (lambda g: [f"{g.array}.copyto({g.t})"], lambda t, k: k.v),
    "as_torch": (lambda g: [f"{g.t}.as_torch().detach().mul_({g.number})"], lambda t, k: t * k.n),
    "numpy": (lambda g: [f"np.asarray({g.t})[...] = {g.whole}"], lambda t, k: k.v),
    "dlpack": (lambda g: [f"torch.from_dlpack({g.t}).fill_({g.number})"], lambda t, k: torch.full_like(t, k.n)),
    "dlpack for write": (
        lambda g: [f"torch.utils.dlpack.from_dlpack({g.t}.to_dlpack_for_write()).mul_({g.number})"],
        lambda t, k: t * k.n,
    ),
    "sgd_update": (
        lambda g: [f"nd.sgd_update({g.t}, {g.array}, lr=0.5, wd=0.25, out={g.t})"],
        lambda t, k: t - 0.5 * (k.v + 0.25 * t),
    ),
    "sgd_mom_update": (
        lambda g: [f"w = {g.t}", f"nd.sgd_mom_update(w, {g.array}, nd.ones_like(w), lr=0.5, momentum=0.5, out=w)"],
        lambda t, k: t + (0.5 - 0.5 * k.v),
    ),
    "multi_sgd_update": (
        lambda g: [
            f"w = {g.t}",
            f"nd.multi_sgd_update(w, {g.array}, lrs=(0.5,), wds=(0.0,), num_weights=1, out=[w])",
        ],
        lambda t, k: t - 0.5 * k.v,
    ),
    "updater": (
        lambda g: [f"mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=0.5, wd=0))(0, {g.array}, {g.t})"],
        lambda t, k: t - 0.5 * k.v,
    ),
    "updater with momentum": (
        lambda g: [
            f"mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=0.5, momentum=0.9, wd=0))(0, {g.array}, {g.t})"
        ],
        lambda t, k: t - 0.5 * k.v,
    ),
    "initializer": (
        lambda g: [f'mx.init.Constant({g.number})(mx.init.InitDesc("w_weight"), {g.t})'],
        lambda t, k: torch.full_like(t, k.n),
    ),
    "from another array": (lambda g: [f"{g.t}[:] = {g.source}"], lambda t, k: k.s.clone()),
    "random": (
        lambda g: [
            f"mx.random.seed({g.seed})",
            f"w = {g.t}",
            f"nd.random.uniform(0, 1, shape=w.shape, dtype={g.dtype!r}, out=w)",
        ],
        None,
    ),
    "shuffle": (lambda g: [f"mx.random.seed({g.seed})", f"nd.random.shuffle({g.t}, out={g.t})"], None),
}  # fmt: skip
PARAMETER_WRITERS = {
    "set_data": (lambda g: [f"{g.t.removesuffix('.data()')}.set_data({g.array})"], lambda t, k: k.v),
}
HANDLE_WRITERS = {
    "torch": {
        "mul_": (lambda g: [f"{g.t}.mul_({g.number})"], lambda t, k: t * k.n),
        "copy_": (lambda g: [f"{g.t}.copy_(torch.from_numpy({g.whole}))"], lambda t, k: k.v),
        "row": (lambda g: [f"{g.t}[{g.begin}] = {g.number}"], lambda t, k: k.placed(t, slice(k.b, k.b + 1), k.n)),
    },
    "numpy": {
        "all": (lambda g: [f"{g.t}[...] = {g.whole}"], lambda t, k: k.v),
        "scale": (lambda g: [f"{g.t}[...] *= {g.number}"], lambda t, k: t * k.n),
        "row": (lambda g: [f"{g.t}[{g.begin}] = {g.number}"], lambda t, k: k.placed(t, slice(k.b, k.b + 1), k.n)),
    },
}
#: by how they come to the memory; each way is drawn as often as the others
WAYS = (
    ("all of numpy", "all of nd", "number", "row", "rows", "listed rows", "elements", "from another array", "copyto"),
    ("add in place", "scale in place", "subtract array", "divide"),
    ("slice view", "slice view in place", "reshape view", "detached"),
    ("out of negative", "out of relu", "out of Activation", "out of sum", "out of scalar", "random", "shuffle"),
    ("as_torch", "numpy", "numpy", "dlpack", "dlpack for write"),
    ("sgd_update", "sgd_mom_update", "multi_sgd_update", "updater", "updater with momentum", "initializer"),
)
#: the writers that compute; the others copy
_ROUNDING = {
    "add in place", "scale in place", "subtract array", "divide", "slice view in place", "out of Activation",
    "out of sum", "out of scalar", "as_torch", "dlpack for write", "sgd_update", "sgd_mom_update", "multi_sgd_update",
    "updater", "updater with momentum", "mul_", "scale",
}  # fmt: skip
_ALL = {**ARRAY_WRITERS, **PARAMETER_WRITERS}


@dataclass(frozen=True)
class _Known:
    """The reference's side of :class:`_Given`."""

    v: torch.Tensor
    p: torch.Tensor
    n: float
    b: int
    e: int
    s: torch.Tensor | None

    def placed(self, t, place, value):
        out = t.clone()
        out[place] = value
        return out


@dataclass(frozen=True)
class Write(Step):
    """A write into an array, a parameter, a gradient, a result, a view or a handle."""

    target: str
    how: str
    shape: tuple
    seed: int
    number: float = 0.5
    begin: int = 0
    end: int = 1
    values: str = "even"
    dtype: str = "float32"
    source: str | None = None
    thread: bool = False
    #: 'torch' or 'numpy' where the target is a handle
    handle: str | None = None

    def _writer(self):
        return HANDLE_WRITERS[self.handle][self.how] if self.handle else _ALL[self.how]

    def plain(self):
        """The lines of the write itself."""
        lines = self._writer()[0](_Given(self))
        if self._writer()[1] is None:
            lines.append(f'observe("written {self.seed}", {self.target})')
        return lines

    def lines(self):
        if not self.thread:
            return self.plain()
        return [f"def write_{self.seed}():", *("    " + line for line in self.plain()), f"at_once(write_{self.seed})"]

    def apply(self, world):
        target = world.cell(self.target)
        if tuple(target.shape) != self.shape or world.root(self.target) in world.busy:
            raise Inconsistent(self.target)
        if self.handle and world.handles.get(self.target) != self.handle:
            raise Inconsistent("no handle")
        if self._writer()[1] is None:
            world.put(self.target, world.told(f"written {self.seed}", self.shape))
            return
        whole = tensor_of(values(self.seed, self.shape, self.values, dtype=self.dtype))
        part = tensor_of(values(self.seed, (self.end - self.begin, *self.shape[1:]), self.values, dtype=self.dtype))
        source = None if self.source is None else world.cell(self.source)
        if source is not None and source.shape != target.shape:
            raise Inconsistent("source")
        known = _Known(whole, part, self.number, self.begin, self.end, source)
        world.put(self.target, self._writer()[1](target, known), rounded=self.how in _ROUNDING)


@dataclass(frozen=True)
class Race(Step):
    """A result is read in one thread while its input is written in another: it belongs to the old input."""

    name: str
    results: tuple
    write: Write

    def lines(self):
        lines = ["kept = {}", f"def read_{self.name}():"]
        lines += [f'    kept["{result}"] = {result}.asnumpy()' for result in self.results]
        lines += [f"def write_{self.name}():", *("    " + line for line in self.write.plain())]
        lines += [f"at_once(read_{self.name}, write_{self.name})"]
        return [*lines, *(f'check("{result} read meanwhile", kept["{result}"])' for result in self.results)]

    def apply(self, world):
        if world.root(self.write.target) in {world.root(result) for result in self.results}:
            raise Inconsistent("its own memory")
        self.write.apply(world)
        for result in self.results:  # as they were: they have memory of their own
            world.seen(f"{result} read meanwhile", result)


@dataclass(frozen=True)
class ClipGlobalNorm(Step):
    """``gluon.utils.clip_global_norm`` of some arrays."""

    targets: tuple
    largest: float

    def lines(self):
        return [f"gluon.utils.clip_global_norm([{', '.join(self.targets)}], {self.largest})"]

    def apply(self, world):
        tensors = [world.cell(text) for text in self.targets]
        roots = [world.root(text) for text in self.targets]
        if len(set(roots)) < len(roots) or set(roots) & world.busy:
            raise Inconsistent("clip")
        norm = torch.sqrt(sum((tensor**2).sum() for tensor in tensors))
        world.kink((norm - self.largest).reshape(1))
        scale = self.largest / (norm + 1e-8)
        if scale < 1:
            for text, tensor in zip(self.targets, tensors):
                world.put(text, tensor * scale, rounded=True)


@dataclass(frozen=True)
class ResetArrays(Step):
    """``nd.reset_arrays`` of some arrays."""

    targets: tuple

    def lines(self):
        return [f"nd.reset_arrays({', '.join(self.targets)}, num_arrays={len(self.targets)})"]

    def apply(self, world):
        if {world.root(text) for text in self.targets} & world.busy:
            raise Inconsistent("reset")
        for text in self.targets:
            world.put(text, 0.0)


@dataclass(frozen=True)
class ZeroGrad(Step):
    """``zero_grad`` of all parameters or one."""

    block: str
    names: tuple
    one: bool = False

    def lines(self):
        if self.one:
            return [f'{self.block}_p["net_{self.names[0]}"].zero_grad()']
        return [f"{self.block}_p.zero_grad()"]

    def apply(self, world):
        block = world.block(self.block)
        for name in self.names[:1] if self.one else [n for n, req in block.reqs.items() if req != "null"]:
            world.put(block.grad(name), 0.0)


@dataclass(frozen=True)
class Store(Step):
    """A store: what was pushed is pulled into an array."""

    name: str
    target: str
    shape: tuple
    seed: int
    how: str = "pull"
    dtype: str = "float32"

    def lines(self):
        made = f'nd.array({values_text(self.seed, self.shape, dtype=self.dtype)}, dtype="{self.dtype}")'
        lines = [f'{self.name} = mx.kv.create("local")', f"{self.name}.init(0, nd.zeros_like({self.target}))"]
        if self.how == "pushpull":
            return [*lines, f"{self.name}.pushpull(0, {made}, out={self.target})"]
        if self.how == "several":
            made = f"[{made}, {made}]"
        return [*lines, f"{self.name}.push(0, {made})", f"{self.name}.pull(0, out={self.target})"]

    def apply(self, world):
        if tuple(world.cell(self.target).shape) != self.shape or world.root(self.target) in world.busy:
            raise Inconsistent("store")
        pushed = tensor_of(values(self.seed, self.shape, dtype=self.dtype))
        world.put(self.target, pushed * (2 if self.how == "several" else 1))
