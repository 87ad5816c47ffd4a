"""Random graphs, planned, against the same graphs without passes and against their operators called one by one.

Values have several readers, several are outputs, some are views, and what may be computed in the memory of something
else stands beside readers of it. Parameters are written to between the runs of one plan.
"""

import random

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, nd, sym
from mxnet.executor import CachedGraph
from mxnet.executor.choices import forcing
from mxnet.ndarray.invoke import invoke
from mxnet.symbol.graph import topological

BATCH, SIZE = 6, 6
UNARY = ["relu", "sigmoid", "tanh", "softsign", "abs", "negative", "identity"]


class Builder:
    """Makes a graph of operators chosen at random, over images (n, channels, height, width) and rows (n, units)."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.shapes = {"x": (BATCH, 3, SIZE, SIZE), "y": (BATCH, 3, SIZE, SIZE)}
        self.values = [(sym.Variable("x"), self.shapes["x"]), (sym.Variable("y"), self.shapes["y"])]
        self.count = 0

    def name(self):
        self.count += 1
        return f"n{self.count}"

    def parameter(self, name, shape):
        self.shapes[name] = shape
        return sym.Variable(name)

    def pick(self, axes=None):
        """A value, mostly a late one."""
        found = [each for each in self.values if axes is None or len(each[1]) == axes]
        return found[-1] if self.random.random() < 0.6 else self.random.choice(found)

    def add(self):
        kind = self.random.choice(
            ["convolution"] * 4
            + ["norm"] * 3
            + ["unary"] * 4
            + ["sum"] * 3
            + ["pooling", "dense", "view", "scalar", "concat"]
        )
        made = getattr(self, kind)()
        if made is not None:
            self.values.append(made)

    def convolution(self):
        data, shape = self.pick(4)
        if min(shape[2:]) < 3:
            return None
        name, filters, taps = self.name(), self.random.choice([4, 8, 16, 5]), self.random.choice([1, 3])
        groups = 2 if shape[1] % 2 == 0 and filters % 2 == 0 and self.random.random() < 0.2 else 1
        weight = self.parameter(f"{name}_weight", (filters, shape[1] // groups, taps, taps))
        bias = {} if self.random.random() < 0.4 else {"bias": self.parameter(f"{name}_bias", (filters,))}
        pad, stride = self.random.choice([0, taps // 2]), self.random.choice([1, 1, 2])
        out = sym.Convolution(
            data, weight, **bias, kernel=(taps, taps), num_filter=filters, pad=(pad, pad), stride=(stride, stride),
            no_bias=not bias, num_group=groups, name=name,
        )  # fmt: skip
        return out, (shape[0], filters, *((n + 2 * pad - taps) // stride + 1 for n in shape[2:]))

    def norm(self):
        data, shape = self.pick(4)
        name = self.name()
        parts = {part: self.parameter(f"{name}_{part}", shape[1:2]) for part in ("gamma", "beta", "mean", "var")}
        out = sym.BatchNorm(
            data, parts["gamma"], parts["beta"], parts["mean"], parts["var"], fix_gamma=self.random.random() < 0.3,
            use_global_stats=self.random.random() < 0.1, eps=1e-2, name=name,
        )  # fmt: skip
        return out, shape

    def unary(self):
        data, shape = self.pick()
        return getattr(sym, self.random.choice(UNARY))(data, name=self.name()), shape

    def sum(self):
        one, shape = self.pick()
        fitting = [each for each, its in self.values if its == shape]
        other = self.random.choice(fitting)
        operation = self.random.choice([sym.elemwise_add, sym.elemwise_add, sym.broadcast_add, sym.elemwise_mul])
        pair = (one, other) if self.random.random() < 0.5 else (other, one)
        return operation(*pair, name=self.name()), shape

    def pooling(self):
        data, shape = self.pick(4)
        if min(shape[2:]) < 2:
            return None
        out = sym.Pooling(
            data, kernel=(2, 2), stride=(2, 2), pool_type=self.random.choice(["max", "avg"]), name=self.name()
        )
        return out, (*shape[:2], shape[2] // 2, shape[3] // 2)

    def dense(self):
        data, shape = self.pick()
        name, units = self.name(), self.random.choice([3, 7])
        weight = self.parameter(f"{name}_weight", (units, int(np.prod(shape[1:]))))
        out = sym.FullyConnected(data, weight, num_hidden=units, no_bias=True, name=name)
        return out / float(np.sqrt(np.prod(shape[1:]))), (shape[0], units)

    def view(self):
        data, shape = self.pick()
        if self.random.random() < 0.5:
            return sym.slice_axis(data, axis=0, begin=0, end=shape[0], name=self.name()), shape
        return sym.Reshape(sym.Flatten(data), shape=(-1, *shape[1:]), name=self.name()), shape

    def scalar(self):
        data, shape = self.pick()
        return self.random.choice([data * 0.5, data + 1, 1 - data]), shape

    def concat(self):
        one, shape = self.pick(4)
        fitting = [(each, its) for each, its in self.values if its[2:] == shape[2:] and len(its) == 4]
        other, its = self.random.choice(fitting)
        if shape[1] + its[1] > 24:
            return None
        return sym.concat(one, other, dim=1, name=self.name()), (shape[0], shape[1] + its[1], *shape[2:])


def built(seed):
    builder = Builder(seed)
    for _ in range(builder.random.randint(4, 14)):
        builder.add()
    places = [len(builder.values) - 1]
    for _ in range(builder.random.randint(0, 5)):
        place = builder.random.randrange(len(builder.values))
        if place not in places:  # of a head given twice, an eager backward takes the last gradient alone
            places.append(place)
    return sym.Group([builder.values[place][0] for place in places]), builder


def elements(shape, name, generator, dtype):
    if name.endswith(("var", "gamma")):
        return generator.uniform(0.5, 1.5, shape).astype(dtype)
    scale = 1 / np.sqrt(np.prod(shape[1:])) if name.endswith("weight") else 1
    return (generator.normal(size=shape) * scale).astype(dtype)


def head_gradients(outputs):
    """The same whoever asks: they depend on the shapes alone."""
    return [torch.linspace(-1, 1, each.numel(), dtype=each.dtype).reshape(each.shape) for each in outputs]


def is_state(name):
    return name.endswith(("_mean", "_var"))


def by_graph(graph, arrays, record, training):
    """Outputs and gradients of a graph that is run as a whole."""
    values = [arrays[name]._t.detach() for name in graph.names]
    learned = [value.requires_grad_() for name, value in zip(graph.names, values) if not is_state(name)]
    with torch.set_grad_enabled(record):
        outputs, _ = graph.run(values, mx.cpu(), training)
    shown = [each.detach().numpy() for each in outputs]
    if not record:
        return shown
    pairs = [(out, head) for out, head in zip(outputs, head_gradients(outputs)) if out.requires_grad]
    found = torch.autograd.grad([out for out, _ in pairs], learned, [head for _, head in pairs], allow_unused=True)
    gradients = [torch.zeros_like(leaf) if each is None else each for leaf, each in zip(learned, found)]
    return [*shown, *(each.detach().numpy() for each in gradients)]


def one_by_one(symbol, names, arrays, record, training):
    """Outputs and gradients of the operators, called eagerly in the graph's order."""
    variables = {name: nd.NDArray(arrays[name]._t.clone()) for name in names}
    for name, variable in variables.items():
        if not is_state(name):
            variable.attach_grad()
    made = {}
    scope = autograd.record(train_mode=training) if record else autograd.pause(train_mode=training)
    with scope:
        for node in topological(symbol._entries):
            if node.op is None:
                made[node] = [variables[node.name]]
                continue
            inputs = [made[entry.node][entry.output] for entry in node.inputs]
            result = invoke(node.spec, inputs, node.parsed)
            made[node] = result if isinstance(result, list) else [result]
    outputs = [made[entry.node][entry.output] for entry in symbol._entries]
    if not record:
        return [each.asnumpy() for each in outputs]
    heads = [nd.NDArray(head) for head in head_gradients([each._t for each in outputs])]
    pairs = [(out, head) for out, head in zip(outputs, heads) if out._t.requires_grad]
    autograd.backward([out for out, _ in pairs], [head for _, head in pairs])
    gradients = [variables[name].grad.asnumpy() for name in names if not is_state(name)]
    return [*(each.asnumpy() for each in outputs), *gradients]


MODES = [(False, False), (False, True), (True, False), (True, True)]


def compare(ours, expected, dtype, what):
    tolerance = 1e-9 if dtype == "float64" else 2e-3
    assert len(ours) == len(expected)
    for place, (one, other) in enumerate(zip(ours, expected)):
        scale = max(1.0, np.abs(other).max(initial=0))
        np.testing.assert_allclose(one, other, rtol=0, atol=tolerance * scale, err_msg=f"{what}, result {place}")


def check(seed, dtype):
    symbol, builder = built(seed)
    generator = np.random.RandomState(seed)
    names = symbol.list_inputs()
    arrays = {name: nd.array(elements(builder.shapes[name], name, generator, dtype), dtype=dtype) for name in names}
    planned, plain = CachedGraph(symbol, inputs={"x", "y"}), CachedGraph(symbol, fuse=False)
    order = [*MODES, *MODES]
    builder.random.shuffle(order)
    for record, training in order:
        what = f"seed {seed}, {dtype}, record={record}, training={training}"
        expected = one_by_one(symbol, names, arrays, record, training)
        compare(by_graph(plain, arrays, record, training), expected, dtype, what + ", without passes")
        compare(by_graph(planned, arrays, record, training), expected, dtype, what)
        written = builder.random.choice(names)
        arrays[written][:] = elements(builder.shapes[written], written, generator, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(25))
def test_a_planned_graph_gives_what_its_operators_give(seed, dtype):
    check(seed, dtype)


@pytest.mark.parametrize("choice", [("convolution", "chain"), ("convolution", "torch"), ("layout", "channels last")])
@pytest.mark.parametrize("seed", range(100, 106))
def test_a_forced_choice_gives_it_too(seed, choice):
    with forcing(**dict([choice])):
        check(seed, "float32")
