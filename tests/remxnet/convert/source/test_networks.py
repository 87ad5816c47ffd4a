"""Whole networks as programs for PyTorch: equal, and what a person would have written."""

import numpy as np
import torch
from torch_programs import made, written

import mxnet as mx
from mxnet.gluon import nn


def program(net, shape, name="Network"):
    """A block, its text, and the module that comes of it with its weights."""
    net.initialize(mx.init.Xavier())
    x = mx.nd.random.uniform(shape=shape)
    net(x)
    parameters = {key: value.data() for key, value in net.collect_params().items()}
    found = written(net(mx.sym.var("data")), parameters, {"data": shape}, name=name)
    return found, made(found).eval(), x


def agree(net, module, x):
    """Both compute the same."""
    with torch.no_grad():
        found = module(torch.from_numpy(x.asnumpy())).numpy()
    np.testing.assert_allclose(found, net(x).asnumpy(), rtol=1e-5, atol=1e-6)


def lenet():
    net = nn.HybridSequential(prefix="lenet_")
    with net.name_scope():
        net.add(nn.Conv2D(6, 5, padding=2, activation="sigmoid"), nn.AvgPool2D(2, 2))
        net.add(nn.Conv2D(16, 5, activation="sigmoid"), nn.AvgPool2D(2, 2))
        net.add(nn.Dense(120, activation="sigmoid"), nn.Dense(10))
    return net


class Residual(nn.HybridBlock):
    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        self.body = nn.HybridSequential(prefix="")
        for place in range(2):
            self.body.add(nn.Conv2D(channels, 3, padding=1, in_channels=channels), nn.BatchNorm())
            if not place:
                self.body.add(nn.Activation("relu"))

    def hybrid_forward(self, F, x):
        return F.relu(x + self.body(x))


def test_a_lenet_is_written_in_straight_lines():
    net = lenet()
    found, module, x = program(net, (2, 1, 28, 28), "LeNet")
    agree(net, module, x)
    assert "self.conv0 = nn.Conv2d(1, 6, 5, padding=2)" in found.text
    assert "x = F.avg_pool2d(torch.sigmoid(self.conv0(data)), 2)" in found.text
    assert list(found.tensors)[:2] == ["conv0.weight", "conv0.bias"]
    assert found.names["lenet_dense1_bias"] == "dense1.bias"


def test_blocks_that_come_again_are_a_class_and_their_row_a_stage():
    net = nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(nn.Conv2D(4, 3))
        for stage in range(2):
            row = nn.HybridSequential(prefix=f"stage{stage}_")
            with row.name_scope():
                row.add(*(Residual(4 if stage == 0 else 6, prefix="") for _ in range(2 + 2 * stage)))
            net.add(row)
            if not stage:
                net.add(nn.Conv2D(6, 1))
        net.add(nn.GlobalAvgPool2D(), nn.Dense(3))
    found, module, x = program(net, (2, 3, 8, 8))
    assert found.text.count("class ResidualBlock(nn.Module):") == 1
    assert "self.stage0 = nn.Sequential(ResidualBlock(4), ResidualBlock(4))" in found.text
    assert "self.stage1 = nn.Sequential(*[ResidualBlock(6) for _ in range(4)])" in found.text
    agree(net, module, x)
