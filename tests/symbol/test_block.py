"""Blocks as graphs: traced, exported, imported."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon, nd, sym
from mxnet.gluon import nn


def residual():
    class Residual(nn.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            with self.name_scope():
                self.conv = nn.Conv2D(3, 3, padding=1)
                self.norm = nn.BatchNorm()

        def hybrid_forward(self, F, x):
            return F.relu(self.norm(self.conv(x)) + x)

    net = nn.HybridSequential()
    net.add(Residual(), Residual(), nn.GlobalAvgPool2D(), nn.Dense(4))
    net.initialize()
    net.hybridize()
    return net


def test_what_is_exported_computes_the_same(tmp_path):
    net, x = residual(), nd.random.normal(shape=(2, 3, 6, 6))
    with mx.autograd.record():
        net(x).backward()
    path = str(tmp_path / "net")
    net.export(path, 7)
    again = gluon.SymbolBlock.imports(f"{path}-symbol.json", "data", f"{path}-0007.params")
    np.testing.assert_allclose(again(x).asnumpy(), net(x).asnumpy(), rtol=1e-5, atol=1e-6)
    for one in (net, again):
        with mx.autograd.record():
            (one(x) ** 2).sum().backward()
    for name, parameter in net.collect_params().items():
        other = again.collect_params()[name]
        np.testing.assert_allclose(other.data().asnumpy(), parameter.data().asnumpy(), rtol=1e-5, atol=1e-6)
        if parameter.grad_req != "null":
            np.testing.assert_allclose(other.grad().asnumpy(), parameter.grad().asnumpy(), rtol=1e-4, atol=1e-4)


def test_features_of_a_graph_are_a_layer_of_another_block():
    data = sym.Variable("data")
    features = sym.Activation(sym.FullyConnected(data, num_hidden=3, name="fc"), act_type="tanh")
    net = nn.HybridSequential()
    net.add(gluon.SymbolBlock(features, data), nn.Dense(2))
    net.initialize()
    net.hybridize()
    assert net(nd.ones((5, 4))).shape == (5, 2)
    assert net.collect_params()["fc_weight"].shape == (3, 4)


def test_a_block_that_looks_at_elements_says_that_it_is_no_graph(tmp_path):
    class Peeking(nn.HybridBlock):
        def hybrid_forward(self, F, x):
            return x * x.shape[0]

    net = Peeking()
    net.hybridize()
    with pytest.warns(UserWarning, match="runs operator by operator, as it is no graph: .*no attribute 'shape'"):
        assert net(nd.ones(2)).asnumpy().tolist() == [2, 2]
    with pytest.raises(mx.MXNetError, match="export: cannot be written as a graph"):
        net.export(str(tmp_path / "net"))


def test_an_input_that_is_no_variable_is_refused():
    with pytest.raises(AssertionError, match="no variable"):
        gluon.SymbolBlock(sym.Variable("x") + 1, sym.Variable("x") + 1)


def test_the_number_of_inputs_is_checked():
    block = gluon.SymbolBlock(sym.Variable("x") * 2, sym.Variable("x"))
    with pytest.raises(ValueError, match="got 2 inputs"):
        block(nd.ones(1), nd.ones(1))
