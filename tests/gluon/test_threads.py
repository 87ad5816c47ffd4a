"""Threads that share arrays or networks, or nothing: no torn reads of what was asked for before, no crash, and nothing
half written that stays.

``REMXNET_STRESS=600 pytest tests/gluon/test_threads.py -k stress`` goes on for ten minutes.
"""

import functools
import os
import sys
import threading
import time
import traceback

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

STRESS = float(os.environ.get("REMXNET_STRESS", "2"))


@pytest.fixture(autouse=True)
def _often():
    """Threads take turns a hundred times more often than usual."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-5)
    yield
    sys.setswitchinterval(before)


def together(*functions):
    """What functions return in threads that begin at once; the first error of one is raised."""
    barrier, errors, results = threading.Barrier(len(functions)), [], [None] * len(functions)

    def run(place, function):
        barrier.wait()
        try:
            results[place] = function()
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    threads = [threading.Thread(target=run, args=each, daemon=True) for each in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60 + STRESS)
        if thread.is_alive():
            frames = sys._current_frames().get(thread.ident)
            raise AssertionError("a thread waits for ever:\n" + "".join(traceback.format_stack(frames)))
    if errors:
        raise errors[0]
    return results


def network():
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(4, 3, in_channels=1), nn.BatchNorm(in_channels=4), nn.Activation("relu"),
        nn.Conv2D(16, 3, in_channels=4), nn.MaxPool2D(2, 2), nn.Dense(5, in_units=16 * 16),
    )  # fmt: skip
    net.initialize(mx.init.Uniform(0.5))
    return net


def images(seed=0, batch=16):
    return nd.array(np.random.RandomState(seed).uniform(-1, 1, (batch, 1, 12, 12)))


def agree(ours, wanted):
    np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-5)


def test_a_result_is_of_the_arrays_as_they_were_when_it_was_asked_for():
    weight = nd.ones((6, 1, 3, 3))
    for _ in range(100):
        x = nd.ones((64, 1, 40, 40))
        y = nd.Convolution(x, weight, kernel=(3, 3), num_filter=6, no_bias=True)
        found, _ = together(y.asnumpy, functools.partial(x.__setitem__, slice(None), 7))
        assert (found == 9).all()


def test_readers_of_one_array_wait_for_the_thread_that_computes_it():
    x, weight = nd.ones((64, 1, 40, 40)), nd.ones((6, 1, 3, 3))
    for _ in range(20):
        y = nd.relu(nd.Convolution(x, weight, kernel=(3, 3), num_filter=6, no_bias=True))
        assert all((found == 9).all() for found in together(*[y.asnumpy] * 4))


def test_threads_that_share_no_array():
    weight = nd.ones((2, 1, 3, 3))
    results = []

    def chain():
        for _ in range(300):
            x = nd.ones((16, 1, 6, 6))
            y = nd.relu(nd.Convolution(x, weight, kernel=(3, 3), num_filter=2, no_bias=True))
            results.append(y[0, 0, 0, 0].asscalar())

    def write():
        z = nd.zeros((4,))
        for _ in range(3000):
            z[:] = 1

    together(chain, write, write)
    assert set(results) == {9}


def test_a_thread_s_writes_leave_the_chains_of_others_whole():
    """So a training run is the same to the last digit whatever another thread does with arrays of its own."""

    def train(results):
        mx.random.seed(1)
        net = network()
        net.initialize(mx.init.Constant(0.02), force_reinit=True)
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.01})
        for step in range(5):
            with autograd.record():
                loss = (net(images(step)) ** 2).mean()
            loss.backward()
            trainer.step(1)
            results.append(loss.asscalar())

    def write():
        z = nd.zeros((4,))
        x, weight = nd.ones((16, 1, 6, 6)), nd.ones((2, 1, 3, 3))
        for _ in range(300):
            z[:] = 1
            nd.Convolution(x, weight, kernel=(3, 3), num_filter=2, no_bias=True)
            weight[:] = 1

    alone, beside = [], []
    train(alone)
    together(lambda: train(beside), write)
    assert alone == beside


def set_all(parameters, values):
    for parameter, value in zip(parameters, values):
        parameter.set_data(value)


@pytest.mark.parametrize("hybridized", [False, True])
def test_predictions_after_weights_were_set_are_of_those_weights(hybridized):
    """Three threads predict while one sets all parameters; nothing that was folded meanwhile stays."""
    net, x = network(), images()
    if hybridized:
        net.hybridize()
    parameters = list(net.collect_params().values())

    def predict():
        for _ in range(3):
            net(x).asnumpy()

    settings = [[nd.array(np.random.RandomState(s).uniform(0.1, 1, p.shape)) for p in parameters] for s in range(2)]
    for round in range(40):
        write = functools.partial(set_all, parameters, settings[round % 2])
        together(write, predict, predict, predict)
        after = net(x).asnumpy()
        net.hybridize(False)
        wanted = net(x).asnumpy()
        if hybridized:
            net.hybridize(True, clear=False)
        agree(after, wanted)


@pytest.mark.parametrize("hybridized", [False, True])
@pytest.mark.parametrize("count", [2, 8])
def test_first_calls_of_one_network(hybridized, count):
    for _ in range(15):
        net = nn.HybridSequential()
        net.add(nn.Conv2D(6, 5, activation="relu"), nn.MaxPool2D(2, 2), nn.BatchNorm(), nn.Dense(10), nn.Dense(3))
        net.initialize()
        if hybridized:
            net.hybridize()
        x = images(batch=4)
        results = together(*[functools.partial(net, x)] * count)
        for each in results:
            agree(each.asnumpy(), net(x).asnumpy())


def learn_from(net, x):
    with autograd.record():
        loss = net(x).sum()
    loss.backward()


def test_first_calls_that_are_recorded_have_gradients():
    for _ in range(10):
        net = nn.Dense(3)
        net.initialize()
        together(*[functools.partial(learn_from, net, nd.ones((2, 4)))] * 3)
        assert (net.weight.grad().asnumpy() == 2).all()


def test_gradients_added_by_several_threads_all_count():
    x = nd.ones((5000,))
    x.attach_grad("add")

    def learn():
        for _ in range(100):
            with autograd.record():
                loss = (x * 2).sum()
            loss.backward()

    together(learn, learn, learn, learn)
    assert (x.grad.asnumpy() == 4 * 100 * 2).all()


@pytest.mark.parametrize("size", [10, 5000])
def test_gradients_of_several_threads_are_never_mixed(size):
    """Torch gathers gradients in the leaf, where another thread's would be added."""
    x, found = nd.ones((size,)), set()
    x.attach_grad()

    def learn():
        for _ in range(100):
            with autograd.record():
                loss = (x * 2).sum()
            loss.backward()
            found.update(x.grad[:10].asnumpy().tolist())

    together(learn, learn, learn, learn)
    assert found == {2}


def test_a_backward_within_a_backward():
    class Inner(autograd.Function):
        def forward(self, x):
            return x * 1

        def backward(self, dy):
            inner = nd.ones((3,))
            inner.attach_grad()
            with autograd.record():
                loss = (inner * 5).sum()
            loss.backward()
            return dy * inner.grad

    x = nd.ones((3,))
    x.attach_grad()
    with autograd.record():
        loss = Inner()(x).sum()
    loss.backward()
    assert x.grad.asnumpy().tolist() == [5, 5, 5]


# --- four threads for as long as one likes --------------------------------------------------------------------------


def until(end, step):
    """Call a step until a time."""
    while time.monotonic() < end:
        step()


@pytest.mark.parametrize("mode", ["eager", "hybridized"])
def test_stress_of_a_shared_network(mode):
    """One thread trains or sets weights, one loads and saves arrays of them, two predict; then all must be at rest."""
    net, x = network(), images()
    if mode == "hybridized":
        net.hybridize()
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.001})
    weights = [parameter.data() for parameter in net.collect_params().values()]
    saved = [weight.copy() for weight in weights]

    def train():
        with autograd.record():
            loss = (net(x) ** 2).mean()
        loss.backward()
        gluon.utils.clip_global_norm([p.grad() for p in net.collect_params().values() if p.grad_req != "null"], 1)
        trainer.step(16)
        for weight, values in zip(weights, saved):
            weight[:] = values

    def predict():
        result = net(x).asnumpy()
        assert np.isfinite(result).all()

    def look():
        before = nd.Convolution(x, weights[0], kernel=(3, 3), num_filter=4, no_bias=True)
        np.asarray(saved[0])
        weights[0].detach()[1:2].asnumpy()
        before.asnumpy()

    for _ in range(2):
        end = time.monotonic() + STRESS / 4
        together(*(functools.partial(until, end, step) for step in (train, predict, predict, look)))
        after = net(x).asnumpy()
        for weight, values in zip(weights, saved):
            assert np.array_equal(weight.asnumpy(), values.asnumpy())
        net.hybridize(False)
        agree(after, net(x).asnumpy())
        if mode == "hybridized":
            net.hybridize(True, clear=False)


def test_stress_of_threads_that_share_nothing():
    """Each trains and predicts with a network of its own, and gets what it gets alone."""

    def work(seed, steps):
        net, results = network(), []
        for place, parameter in enumerate(net.collect_params().values()):
            parameter.set_data(nd.array(np.random.RandomState(seed + place).uniform(0, 0.5, parameter.shape)))
        if seed % 2:
            net.hybridize()
        trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.001, "momentum": 0.9})
        for step in range(steps):
            x = images(seed + step)
            with autograd.record():
                loss = (net(x) ** 2).mean()
            loss.backward()
            trainer.step(16)
            x[:] = 0
            results.append((loss.asscalar(), net(images(seed)).asnumpy()))
        return results

    wanted = {seed: work(seed, 4) for seed in range(4)}
    end = time.monotonic() + STRESS / 2

    def again(seed):
        for (loss, predicted), (wanted_loss, wanted_predicted) in zip(work(seed, 4), wanted[seed]):
            assert loss == pytest.approx(wanted_loss, rel=1e-4)
            np.testing.assert_allclose(predicted, wanted_predicted, rtol=1e-3, atol=1e-3)

    together(*(lambda seed=seed: until(end, lambda: again(seed)) for seed in range(4)))
