"""Executors: what a forward costs, whose arrays it takes, and that its graph is its own."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd, sym
from mxnet.executor import fused
from mxnet.gluon import nn


def bound(net, x, **more):
    symbol = net(sym.Variable("data"))
    arrays = {each.name: each.data() for each in net.collect_params().values()}
    arguments = {name: arrays.get(name, x) for name in symbol.list_arguments()}
    states = {name: arrays[name] for name in symbol.list_auxiliary_states()}
    return symbol.bind(mx.cpu(), arguments, aux_states=states, **more)


def net_of(*layers):
    net = nn.HybridSequential()
    net.add(*layers)
    net.initialize(mx.init.Xavier())
    return net


def test_weights_are_folded_and_packed_once(monkeypatch):
    net = net_of(nn.Conv2D(32, 3, in_channels=16), nn.BatchNorm(in_channels=32))
    x = nd.random.uniform(shape=(2, 16, 5, 5))
    executor = bound(net, x)
    made = []
    for kind, method in ((fused.Fold, "_folded"), (fused.PackedConvolution, "_packed")):
        original = getattr(kind, method)
        monkeypatch.setattr(
            kind, method, lambda *args, original=original, method=method: made.append(method) or original(*args)
        )
    for _ in range(3):
        ours = executor.forward()[0].asnumpy()
    once = list(made)
    assert once == ["_folded", "_packed"] if fused.can_pack() else ["_folded"]
    np.testing.assert_allclose(ours, net(x).asnumpy(), rtol=1e-4, atol=1e-5)
    executor.arg_dict["data"][:] = 1
    executor.forward()
    assert made == once
    executor.aux_dict[next(iter(executor.aux_dict))][:] = 0.5
    ours = executor.forward()[0].asnumpy()
    assert len(made) == 2 * len(once)
    np.testing.assert_allclose(ours, net(nd.ones(x.shape)).asnumpy(), rtol=1e-4, atol=1e-5)


def test_a_forward_takes_the_arrays_it_was_bound_to():
    x = nd.ones(2)
    executor = (sym.Variable("x") * 3).bind(mx.cpu(), {"x": x})
    executor.arg_dict["x"] = nd.zeros(2)
    assert executor.forward()[0].asnumpy().tolist() == [3, 3]
    x[:] = 2
    assert executor.forward()[0].asnumpy().tolist() == [6, 6]


def test_the_graph_of_an_executor_ends_at_its_arguments():
    x = nd.array([2, 3])
    x.attach_grad()
    with autograd.record():
        y = x * x
    gradient = nd.zeros(2)
    executor = (sym.Variable("y") * 5 + sym.Variable("x")).bind(mx.cpu(), {"y": y, "x": x}, {"y": gradient})
    executor.forward(is_train=True)[0].wait_to_read()
    executor.backward(nd.ones(2))
    assert gradient.asnumpy().tolist() == [5, 5] and x.grad.asnumpy().tolist() == [0, 0]
    y.backward()
    assert x.grad.asnumpy().tolist() == [4, 6]


@pytest.mark.parametrize("train", [False, True])
def test_outputs_of_two_forwards_are_apart(train):
    executor = (sym.Variable("x") + 1).bind(mx.cpu(), {"x": nd.zeros(2)}, {"x": nd.zeros(2)})
    (first,) = executor.forward(is_train=train)
    (second,) = executor.forward(is_train=train, x=nd.ones(2))
    second[:] += 1
    assert first.asnumpy().tolist() == [1, 1] and second.asnumpy().tolist() == [3, 3]
    assert executor.outputs[0] is second


def test_integers_have_no_gradient_and_keep_their_buffer():
    weight, index = nd.array([[1, 2], [3, 4]]), nd.array([1, 0], dtype="int32")
    buffers = {"weight": nd.zeros((2, 2)), "index": nd.ones(2, dtype="int32")}
    symbol = sym.take(sym.Variable("weight"), sym.Variable("index"))
    executor = symbol.bind(mx.cpu(), {"weight": weight, "index": index}, buffers)
    executor.forward(is_train=True)
    executor.backward(nd.ones((2, 2)))
    assert buffers["weight"].asnumpy().tolist() == [[1, 1], [1, 1]] and buffers["index"].asnumpy().tolist() == [1, 1]
