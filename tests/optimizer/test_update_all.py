"""One step for all parameters at once: the same as one by one, whatever their rates, and nothing else is touched."""

import numpy as np
import pytest
import torch

import mxnet as mx

SHAPES = [(4, 3), (4,), (3, 2, 3, 3), (1,)]
NAMES = {0: "a_weight", 1: "a_bias", 2: "b_weight", 3: "c_gamma"}
OPTIMIZERS = {
    "sgd": {"momentum": 0.9},
    "nag": {"momentum": 0.9},
    "adam": {},
    "adagrad": {},
    "adadelta": {},
    "rmsprop": {"centered": True},
    "adamax": {},
    "nadam": {},
    "ftrl": {},
    "ftml": {},
    "signum": {},
    "dcasgd": {"momentum": 0.9},
    "lamb": {},
    "lbsgd": {"batch_scale": 2},
}


def arrays(seed):
    draw = np.random.default_rng(seed)
    return [mx.nd.array(draw.normal(size=shape)) for shape in SHAPES]


def train(name, arguments, together, steps=4):
    optimizer = mx.optimizer.create(name, param_idx2name=NAMES, learning_rate=0.05, wd=0.1, **arguments)
    optimizer.set_lr_mult({"b_weight": 0.5, "c_gamma": 0.0})
    updater, weights = mx.optimizer.get_updater(optimizer), arrays(0)
    for step in range(steps):
        grads = arrays(step + 1)
        if together:
            updater(list(range(len(SHAPES))), grads, weights)
        else:
            for index, (grad, weight) in enumerate(zip(grads, weights)):
                updater(index, grad, weight)
    return [weight.asnumpy() for weight in weights]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_together_and_one_by_one_are_the_same(name):
    one_by_one = train(name, OPTIMIZERS[name], together=False)
    for expected, found in zip(one_by_one, train(name, OPTIMIZERS[name], together=True)):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7, equal_nan=False)


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "adadelta"])
def test_a_weight_without_learning_rate_stays(name):
    np.testing.assert_array_equal(train(name, OPTIMIZERS[name], together=True)[3], arrays(0)[3].asnumpy())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_gradients_stay_as_they_are(name):
    optimizer = mx.optimizer.create(name, wd=0.1, rescale_grad=0.5, clip_gradient=0.3, **OPTIMIZERS[name])
    weights, grads = arrays(0), arrays(1)
    before = [grad.asnumpy() for grad in grads]
    mx.optimizer.get_updater(optimizer)(list(range(len(SHAPES))), grads, weights)
    for grad, expected in zip(grads, before):
        np.testing.assert_array_equal(grad.asnumpy(), expected)


def test_weights_of_one_rate_go_into_one_step():
    calls = []

    class Counting(mx.optimizer.SGD):
        def step(self, weights, gradients, states, lr, wd, t):
            calls.append((len(weights), lr, wd))
            super().step(weights, gradients, states, lr, wd, t)

    optimizer = Counting(learning_rate=0.5, wd=0.1, param_idx2name=NAMES)
    mx.optimizer.get_updater(optimizer)([0, 1, 2, 3], arrays(1), arrays(0))
    assert sorted(calls) == [(1, 0.5, 0.0), (3, 0.5, 0.1)]


def test_an_optimizer_of_the_users_is_called_for_each_weight():
    calls = []

    class Own(mx.optimizer.Optimizer):
        def update(self, index, weight, grad, state):
            calls.append(index)
            weight[:] -= grad

    weights, grads = arrays(0), arrays(1)
    expected = [weight.asnumpy() - grad.asnumpy() for weight, grad in zip(weights, grads)]
    mx.optimizer.get_updater(Own())([0, 1, 2, 3], grads, weights)
    assert calls == [0, 1, 2, 3]
    for weight, value in zip(weights, expected):
        np.testing.assert_allclose(weight.asnumpy(), value, rtol=1e-6)


def test_an_optimizer_that_takes_lists_gets_them_by_dtype_and_no_longer_than_it_says():
    calls = []

    class Lists(mx.optimizer.Optimizer):
        def __init__(self):
            super().__init__()
            self.aggregate_num = 2

        def update(self, index, weight, grad, state):
            calls.append((list(index), [str(np.dtype(each.dtype)) for each in weight]))

        def update_multi_precision(self, index, weight, grad, state):
            self.update(index, weight, grad, state)

    weights = [mx.nd.ones((2,), dtype=d) for d in ("float32", "float64", "float32", "float32")]
    mx.optimizer.get_updater(Lists())([0, 1, 2, 3], weights, weights)
    assert calls == [([0, 2], ["float32"] * 2), ([3], ["float32"]), ([1], ["float64"])]


@pytest.mark.parametrize("name", ["sgd", "adam"])
def test_weights_in_channels_last_memory_keep_it(name):
    weight = mx.nd.array(np.ones((2, 3, 4, 4)))
    weight._t = weight._t.contiguous(memory_format=torch.channels_last)
    updater = mx.optimizer.get_updater(mx.optimizer.create(name, learning_rate=0.1))
    updater([0], [mx.nd.ones((2, 3, 4, 4))], [weight])
    assert weight._t.is_contiguous(memory_format=torch.channels_last)
    assert len(np.unique(weight.asnumpy())) == 1


def test_a_graph_recorded_before_an_update_can_still_be_differentiated():
    weight = mx.nd.array([2.0])
    weight.attach_grad()
    with mx.autograd.record():
        loss = weight * weight
    mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=0.5))(0, mx.nd.array([1.0]), weight)
    loss.backward()
    assert weight.asscalar() == 1.5
    assert weight.grad.asscalar() == 3.0  # of the new weight, as in MXNet


def test_updates_are_not_recorded():
    weight = mx.nd.array([2.0])
    weight.attach_grad()
    with mx.autograd.record():
        mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=0.5))(0, mx.nd.array([1.0]), weight)
        loss = weight * 3
    loss.backward()
    assert weight.asscalar() == 1.5
    assert weight.grad.asscalar() == 3.0
