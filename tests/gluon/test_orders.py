"""One network through all orders of modes, with writes in between: every result is that of the weights as they are."""

import itertools

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd
from mxnet.executor import fused
from mxnet.gluon import nn


def network(channels):
    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(channels, 3, in_channels=channels, use_bias=False), nn.BatchNorm(in_channels=channels, scale=False),
        nn.Activation("relu"), nn.Conv2D(channels, 1, in_channels=channels), nn.MaxPool2D(2, 2),
        nn.Dense(3, in_units=channels * 4),
    )  # fmt: skip
    net.initialize(mx.init.Uniform(0.5))
    return net


class Through:
    """A network in every mode, and a second one that computes the same plainly, one operator after the other."""

    def __init__(self, channels):
        self.net, self.plain = network(channels), network(channels)
        self.x = nd.array(np.random.RandomState(0).uniform(-1, 1, (8, channels, 6, 6)))
        symbol = self.net(mx.sym.Variable("data"))
        arrays = {name: parameter.data() for name, parameter in self.net.collect_params().items()}
        arguments = {name: self.x if name == "data" else arrays[name] for name in symbol.list_arguments()}
        states = {name: arrays[name] for name in symbol.list_auxiliary_states()}
        self.executor = symbol.bind(mx.cpu(), arguments, aux_states=states, grad_req="null")
        self.trainer = gluon.Trainer(self.net.collect_params(), "sgd", {"learning_rate": 0.05})
        self.writes = 0

    def reference(self, training):
        """What the plain network gives with the other's weights."""
        for ours, theirs in zip(self.plain.collect_params().values(), self.net.collect_params().values()):
            ours.set_data(theirs.data().copy())
        with autograd.record() if training else autograd.pause():
            y = self.x
            for layer in self.plain:
                y = layer(y)
                y.asnumpy()
        return y.asnumpy()

    def run(self, mode):
        wanted = self.reference(training=mode in ("train", "trained step"))
        if mode == "bound":
            found = self.executor.forward()[0].asnumpy()
        elif mode in ("eager", "hybridized"):
            if self.net._active is not (mode == "hybridized"):
                self.net.hybridize(mode == "hybridized")
            found = self.net(self.x).asnumpy()
        else:
            with autograd.record():
                y = self.net(self.x)
                loss = (y**2).mean()
            found = y.asnumpy()
            if mode == "trained step":
                loss.backward()
                self.trainer.step(8)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max(), err_msg=mode)

    def write(self):
        """Write to one of the parameters, in turn, one way after the other."""
        parameters = list(self.net.collect_params().values())
        array = parameters[self.writes % len(parameters)].data()
        ways = [
            lambda: array.__setitem__(slice(None), array * 1.5 + 0.01),
            lambda: array.__imul__(0.7),
            lambda: array[:1].__iadd__(0.1),
            lambda: array.reshape((-1,)).__setitem__(0, 0.3),
            lambda: nd.elemwise_add(array, array * 0.1, out=array),
            lambda: array.detach().__iadd__(0.05),
        ]
        ways[(self.writes // 3) % len(ways)]()
        self.writes += 1


MODES = ("eager", "hybridized", "bound", "train", "trained step")


@pytest.mark.parametrize("channels", [2, 16])
@pytest.mark.parametrize("first", MODES)
def test_all_orders_of_modes(first, channels):
    through = Through(channels)
    for order in itertools.permutations(set(MODES) - {first}):
        for mode in (first, *order):
            through.run(mode)
            through.write()


@pytest.fixture
def made(monkeypatch):
    """What was folded and packed, in a list that grows."""
    calls = []

    def counting(name, method):
        return lambda *args: calls.append(name) or method(*args)

    monkeypatch.setattr(fused.Fold, "_folded", counting("fold", fused.Fold._folded))
    monkeypatch.setattr(fused.PackedConvolution, "_packed", counting("pack", fused.PackedConvolution._packed))
    return calls


@pytest.mark.parametrize("mode", ["hybridized", "bound"])
def test_weights_are_folded_and_packed_once(mode, made):
    through = Through(16)
    for _ in range(3):
        through.run(mode)
    once = list(made)
    assert once == (["fold", "pack"] if fused.can_pack() else ["fold"])
    through.net[0].weight.data()[0] = 1
    through.run(mode)
    through.run(mode)
    assert made == once + once


@pytest.mark.parametrize("mode", ["eager", "hybridized", "hybridized, recorded", "bound"])
def test_a_fixed_scale_is_written_where_mxnet_writes_it(mode):
    through = Through(16)
    gamma = through.net[1].gamma.data()
    gamma[:] = 5
    if mode == "hybridized, recorded":
        through.net.hybridize()
        with autograd.record():
            through.net(through.x)
    else:
        through.run(mode)
    assert (gamma.asnumpy() == (5 if mode == "hybridized" else 1)).all()
