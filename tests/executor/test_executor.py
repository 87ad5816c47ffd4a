"""Executors: what a forward costs, whose arrays it takes, and that its graph is its own."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, memory, nd, sym
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
def test_every_forward_writes_into_the_same_outputs(train):
    executor = sym.elemwise_add(sym.Variable("x"), sym.ones(2), name="sum").bind(
        mx.cpu(), {"x": nd.zeros(2)}, {"x": nd.zeros(2)}
    )
    outputs, (held,) = executor.outputs, executor.outputs
    (first,) = executor.forward(is_train=train)
    second = executor.forward(is_train=train, x=nd.ones(2))[0]
    assert first is second is held and executor.outputs is outputs and executor.output_dict["sum_output"] is held
    assert held.asnumpy().tolist() == [2, 2]


def test_what_looks_into_an_output_sees_every_forward():
    executor = (sym.Variable("x") * 2).bind(mx.cpu(), {"x": nd.ones((4, 2))})
    (output,) = executor.forward()
    row, shared, computed = output[1], output.as_torch(), output + 0
    executor.forward(x=nd.ones((4, 2)) * 3)
    assert row.asnumpy().tolist() == [6, 6] and shared.tolist() == [[6, 6]] * 4
    assert computed.asnumpy().tolist() == [[2, 2]] * 4


def test_an_output_that_nobody_looks_into_is_not_copied(monkeypatch):
    executor = (sym.Variable("x") * 2).bind(mx.cpu(), {"x": nd.ones((4, 2))}, {"x": nd.zeros((4, 2))})
    monkeypatch.setattr(memory, "copy", lambda *args: pytest.fail("an output was copied"))
    for train in (False, True, False, True, True):
        executor.forward(is_train=train)
    assert executor.outputs[0].asnumpy().tolist() == [[2, 2]] * 4


def test_integers_have_gradients_of_zero():
    weight, index = nd.array([[1, 2], [3, 4]]), nd.array([1, 0], dtype="int32")
    buffers = {"weight": nd.zeros((2, 2)), "index": nd.ones(2, dtype="int32")}
    symbol = sym.take(sym.Variable("weight"), sym.Variable("index"))
    executor = symbol.bind(mx.cpu(), {"weight": weight, "index": index}, buffers)
    executor.forward(is_train=True)
    executor.backward(nd.ones((2, 2)))
    assert buffers["weight"].asnumpy().tolist() == [[1, 1], [1, 1]] and buffers["index"].asnumpy().tolist() == [0, 0]


def test_a_monitor_sees_arrays_and_a_step_goes_on_under_it():
    x = sym.Variable("x")
    net = sym.SoftmaxOutput(sym.FullyConnected(sym.BatchNorm(x, name="b"), num_hidden=2, name="f"), name="s")
    plain, watched = (net.simple_bind(mx.cpu(), x=(4, 3)) for _ in range(2))
    seen = {}
    watched.set_monitor_callback(lambda name, array: seen.__setitem__(name, array.asnumpy()), monitor_all=True)
    for executor in (plain, watched):
        for name, array in executor.arg_dict.items():
            array[:] = nd.arange(array.size).reshape(array.shape) / 7 if name != "s_label" else 1
        executor.forward(is_train=True)
        executor.backward()
    np.testing.assert_array_equal(seen[b"s_output"], watched.outputs[0].asnumpy())
    np.testing.assert_array_equal(seen[b"f_weight"], watched.arg_dict["f_weight"].asnumpy())
    np.testing.assert_allclose(seen[b"b_mean"], watched.arg_dict["x"].asnumpy().mean(0), rtol=1e-5)
    for ours, other in ((watched.grad_dict, plain.grad_dict), (watched.aux_dict, plain.aux_dict)):
        for name, array in ours.items():
            np.testing.assert_allclose(array.asnumpy(), other[name].asnumpy(), rtol=1e-5, atol=1e-6, err_msg=name)


def test_a_training_loop_with_one_set_of_outputs():
    """What mxnet.module does with an executor: outputs, gradients and arrays are taken once."""
    data, label = sym.Variable("data"), sym.Variable("label")
    hidden = sym.Activation(sym.FullyConnected(data, num_hidden=8, name="hidden"), act_type="tanh")
    net = sym.SoftmaxOutput(sym.FullyConnected(hidden, num_hidden=2, name="out"), label, normalization="batch")
    executor = net.simple_bind(
        mx.cpu(), data=(32, 2), label=(32,), grad_req=dict.fromkeys(net.list_arguments()[1:-1], "write")
    )
    draw = np.random.RandomState(3)
    points = draw.uniform(-1, 1, (32, 2)).astype("float32")
    classes = (points[:, 0] * points[:, 1] > 0).astype("float32")
    (probabilities,), metric = executor.outputs, mx.metric.Accuracy()
    updater = mx.optimizer.get_updater(mx.optimizer.Adam(learning_rate=0.05))
    for name in executor.grad_dict:
        executor.arg_dict[name][:] = draw.uniform(-0.5, 0.5, executor.arg_dict[name].shape)
    trained = [(name, array) for name, array in executor.grad_dict.items() if array is not None]
    for _ in range(150):
        executor.forward(is_train=True, data=nd.array(points), label=nd.array(classes))
        executor.backward()
        for place, (name, gradient) in enumerate(trained):
            updater(place, gradient, executor.arg_dict[name])
        metric.reset()
        metric.update([nd.array(classes)], [probabilities])
    assert metric.get()[1] > 0.95 and executor.outputs[0] is probabilities
