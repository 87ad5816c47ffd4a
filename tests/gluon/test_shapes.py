"""Shapes found from the first batch, without computing and without drawing random numbers."""

import contextlib
import threading

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import _shapes, nn


def test_finding_shapes_computes_nothing():
    calls = []

    class Counting(nn.HybridLambda):
        def hybrid_forward(self, F, x):
            calls.append(x.context)
            return x

    net = nn.HybridSequential()
    net.add(nn.Dense(3), Counting("relu"), nn.Dense(2))
    net.initialize()
    net.infer_shape(nd.ones((2, 5)))
    assert net[0].weight.shape == (3, 5)
    assert net[0].weight._data is None
    assert calls == [mx.cpu()]


def test_finding_shapes_leaves_running_statistics_alone():
    net = nn.HybridSequential()
    net.add(nn.BatchNorm(), nn.Dense(2))
    net.initialize()
    net.hybridize()
    x = nd.random.normal(shape=(4, 3))
    with mx.autograd.record():
        out = net(x)
    out.backward()  # which moves them, once
    once = net[0].running_mean.data().asnumpy()
    np.testing.assert_allclose(once, 0.1 * x.asnumpy().mean(0), rtol=1e-4)


def test_finding_shapes_is_not_recorded():
    layer = nn.Dense(2)
    layer.initialize()
    with mx.autograd.record():
        loss = layer(nd.ones((3, 4))).sum()
    loss.backward()
    assert (layer.weight.grad().asnumpy() == 3).all()
    assert not mx.autograd.is_recording()


class Looks(gluon.HybridBlock):
    """Looks at elements while running, which needs more than shapes."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(2)
        self.w = self.params.get("w", shape=(2, 0), allow_deferred_init=True)

    def hybrid_forward(self, F, x, w):
        out = self.dense(x)
        if out.asnumpy().sum() < 1e9:
            out = out + F.FullyConnected(x, w, no_bias=True, num_hidden=2)
        return out


@pytest.mark.parametrize("hybridize", [False, True])
def test_a_block_that_looks_at_elements_works(hybridize):
    net = Looks()
    net.initialize()
    if hybridize:
        net.hybridize()
    with pytest.warns(UserWarning, match="operator by operator") if hybridize else contextlib.nullcontext():
        assert net(nd.ones((1, 3))).shape == (1, 2)
    assert net.w.shape == (2, 3)


@pytest.mark.parametrize(
    "look", [lambda x: x.sum().asscalar(), lambda x: bool(x.sum() > 0), lambda x: x.asnumpy(), lambda x: str(x)]
)
def test_all_ways_to_look_at_elements(look):
    class Example(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.w = self.params.get("w", shape=(2, 0), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w):
            look(x)
            return F.FullyConnected(x, w, no_bias=True, num_hidden=2)

    net = Example()
    net.initialize()
    assert net(nd.ones((1, 3))).shape == (1, 2)


def test_forward_as_in_version_two():
    class Example(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.w = gluon.Parameter("w", shape=(2, 0), allow_deferred_init=True)

        def forward(self, x):
            return nd.FullyConnected(x, self.w.data(x.context), no_bias=True, num_hidden=2)

    net = Example()
    net.w.initialize()
    net.params.update({"w": net.w})
    assert net(nd.ones((1, 3))).shape == (1, 2)
    assert net.w.shape == (2, 3)


def test_infer_shape_as_in_version_two():
    class Example(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.w = self.params.get("w", shape=(0,), allow_deferred_init=True, init="ones")

        def infer_shape(self, x):
            self.w.shape = (x.shape[1],)

        def forward(self, x):
            return x * self.w.data()

    net = Example()
    net.initialize()
    np.testing.assert_array_equal(net(nd.ones((2, 3))).asnumpy(), np.ones((2, 3)))


def test_an_own_mistake_keeps_its_cause():
    class Example(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.w = self.params.get("w", shape=(2, 0), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w):
            return F.no_such_operator(x, w)

    net = Example()
    net.initialize()
    with pytest.raises(ValueError, match="no_such_operator") as caught:
        net(nd.ones((1, 3)))
    assert isinstance(caught.value.__cause__, AttributeError)


def test_a_failed_search_changes_no_shape():
    net = nn.HybridSequential()
    net.add(nn.Dense(3), nn.Conv2D(2, 3))
    net.initialize()
    net.hybridize()
    with pytest.raises(ValueError, match="Convolution"):
        net(nd.ones((1, 4)))
    assert net[0].weight.shape == (3, 0)


def test_threads_search_on_their_own():
    found, barrier = {}, threading.Barrier(4)

    def run(size):
        with mx.name.NameManager():
            net = nn.HybridSequential()
            net.add(nn.Dense(3), nn.Dense(2))
        net.initialize()
        net.hybridize()
        barrier.wait()
        net(nd.ones((1, size)))
        found[size] = net[0].weight.shape

    threads = [threading.Thread(target=run, args=(size,)) for size in (2, 3, 4, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {size: (3, size) for size in (2, 3, 4, 5)}


def test_nested_inputs_and_none():
    class Example(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.dense = nn.Dense(2)

        def hybrid_forward(self, F, x, states, mask=None):
            assert mask is None
            return self.dense(x + states[0] + states[1][0])

    net = Example()
    net.initialize()
    net.hybridize()
    x = nd.ones((2, 3))
    assert net(x, [x, [x]], None).shape == (2, 2)


def test_message_says_block_and_operator():
    layer = nn.Conv2D(2, 5, prefix="stem_")
    layer.initialize()
    with pytest.raises(ValueError, match=r"^stem, Conv2D\(.*Convolution: kernel \(5, 5\) is larger than"):
        layer(nd.ones((1, 3, 4, 4)))


class Untold(gluon.HybridBlock):
    """Has a parameter whose shape its operator cannot tell."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.w = self.params.get("w", shape=(0, 2), allow_deferred_init=True)

    def hybrid_forward(self, F, x, w):
        return F.dot(x, w)


class Unfitting(gluon.HybridBlock):
    """Has a parameter that the input does not fit."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.w = self.params.get("w", shape=(2, 3), init="ones")
        self.b = self.params.get("b", shape=(0,), allow_deferred_init=True)

    def hybrid_forward(self, F, x, w, b):
        return F.FullyConnected(x, w, b, num_hidden=2)


@pytest.mark.parametrize("hybridize", [False, True])
@pytest.mark.parametrize("block", [Untold, Unfitting])
def test_errors_do_not_depend_on_names(block, hybridize):
    found = []
    for prefix in ("other_", "meta_"):
        net = block(prefix=prefix)
        net.initialize()
        if hybridize:
            net.hybridize()
        with pytest.raises(Exception, match="shape|features") as caught:
            net(nd.ones((1, 5)))
        found.append((type(caught.value), str(caught.value).replace(prefix.rstrip("_"), "")))
    assert found[0] == found[1]


class Wider(nn.Dense):
    """Inherits what it computes."""


class Doubled(nn.Dense):
    """Computes something else around it."""

    def hybrid_forward(self, F, x, weight, bias=None):
        return super().hybrid_forward(F, x * 2, weight, bias)


class Own(gluon.HybridBlock):
    """A block of a user's own, of several operators."""

    def __init__(self, units):
        super().__init__()
        self.w = self.params.get("w", shape=(units, 0), allow_deferred_init=True)
        self.b = self.params.get("b", shape=(units,), init="zeros", allow_deferred_init=True)

    def hybrid_forward(self, F, x, w, b):
        return F.relu(F.FullyConnected(F.Dropout(x, 0.5), w, b, num_hidden=2))


@pytest.mark.parametrize("block", [nn.Dense, Wider, Doubled, Own])
def test_the_first_call_of_ordinary_blocks_needs_no_pass_without_memory(block, monkeypatch):
    monkeypatch.setattr(_shapes, "infer", None)
    net = block(2)
    net.initialize()
    assert net(nd.ones((3, 5))).shape == (3, 2)
    assert [parameter.shape for parameter in net.collect_params().values()] == [(2, 5), (2,)]


class Reused(gluon.HybridBlock):
    """Adds, multiplies and reuses, so that parameters come in many places."""

    def __init__(self):
        super().__init__()
        with self.name_scope():
            self.one, self.two, self.norm = nn.Dense(4), nn.Dense(4, use_bias=False), nn.BatchNorm()
        self.scale = self.params.get("scale", shape=(1, 4))
        self.w = self.params.get("w", shape=(4, 0), allow_deferred_init=True)
        self.b = self.params.get("b", shape=(4,))

    def hybrid_forward(self, F, x, scale, w, b):
        head = F.broadcast_mul(scale, self.norm(self.two(F.tanh(x))))
        return F.FullyConnected(self.one(x), w, b, num_hidden=4) + head


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Dense(3),
        lambda: nn.Dense(3, flatten=False, activation="relu"),
        lambda: nn.Conv1D(3, 2),
        lambda: nn.LayerNorm(),
        Reused,
    ],
)
def test_a_pass_lists_parameters_in_the_order_of_the_graph(make):
    net = make()
    net.initialize()
    x = nd.ones((2, 4, 5)) if isinstance(net, nn.Conv1D) else nd.ones((2, 5))
    by_graph = net._infer_by_graph((x,))
    shapes, order = _shapes.infer(net._forward_eagerly, (x,))
    assert [p.name for p in order] == [p.name for p in by_graph[1] if p.grad_req != "null"]
    assert shapes.items() <= by_graph[0].items()
