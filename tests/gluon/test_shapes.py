"""Shapes found from the first batch, without computing and without drawing random numbers."""

import contextlib
import threading

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn


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
        net(x)
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
    with pytest.raises(ValueError, match=r"stem: shapes .* Convolution: "):
        layer(nd.ones((1, 3, 4, 4)))
