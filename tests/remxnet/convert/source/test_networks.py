"""Whole networks as programs for PyTorch: equal, and what a person would have written."""

import numpy as np
import torch
from torch_programs import agree, made, written

import mxnet as mx
from mxnet.gluon import nn, rnn


def program(net, shape, name="Network"):
    """A block, its text, and the module that comes of it with its weights."""
    net.initialize(mx.init.Xavier())
    x = mx.nd.random.uniform(shape=shape)
    net(x)
    parameters = {key: value.data() for key, value in net.collect_params().items()}
    found = written(net(mx.sym.var("data")), parameters, {"data": shape}, name=name)
    return found, made(found).eval(), x


def compare(net, module, x):
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
    compare(net, module, x)
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
    compare(net, module, x)


def test_weights_that_several_layers_share_are_held_once():
    weight, x = mx.sym.var("w"), mx.sym.var("data")
    for place in range(3):
        x = mx.sym.tanh(mx.sym.FullyConnected(x, weight, no_bias=True, num_hidden=4, name=f"d{place}"))
    x = mx.sym.dot(x, weight)
    found, *_ = agree_on(x, {"data": (2, 4)}, {"w": (4, 4)})
    assert list(found.tensors) == ["d0.weight"]
    assert found.text.count("nn.Linear(4, 4, bias=False)") == 1


def test_a_detector_with_two_scales():
    """Its boxes, classes and steps come from two places of a network, as those of a single-shot detector do."""

    def scale(x, name):
        y = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), num_filter=8, name=f"{name}_conv")
        return mx.sym.Activation(mx.sym.BatchNorm(y, name=f"{name}_norm", fix_gamma=False), act_type="relu")

    classes, steps, boxes, x = [], [], [], mx.sym.var("data")
    for place in range(2):
        x = mx.sym.Pooling(scale(x, f"scale{place}"), kernel=(2, 2), stride=(2, 2), pool_type="max")
        for kept, filters, name in ((classes, 6, "class"), (steps, 8, "step")):
            y = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), num_filter=filters, name=f"{name}{place}")
            kept.append(mx.sym.Flatten(mx.sym.transpose(y, axes=(0, 2, 3, 1))))
        boxes.append(mx.sym.contrib.MultiBoxPrior(x, sizes=(0.3 + place / 3,), ratios=(1, 2)))
    scores = mx.sym.softmax(
        mx.sym.transpose(mx.sym.Reshape(mx.sym.Concat(*classes), shape=(0, -1, 3)), axes=(0, 2, 1)), axis=1
    )
    found = mx.sym.contrib.MultiBoxDetection(scores, mx.sym.Concat(*steps), mx.sym.Concat(*boxes, dim=1), threshold=0.3)
    program, _ = agree_on(mx.sym.Group([found, scores]), {"data": (2, 3, 16, 16)}, None, train=False)[:2]
    assert "def clip(" not in program.text  # a function's argument of that name is no other function
    forward = program.text[program.text.rindex("def forward") :]
    assert "flatten0 = self.class0(" in forward  # what is read far away has the graph's name, as there are many
    assert "step0" in forward


def test_states_of_an_lstm_come_as_torch_gives_them():
    """In a tuple beside the outputs; a language model takes and returns them."""
    net = rnn.LSTM(3, input_size=4, prefix="lstm_")
    net.initialize()
    names = ("words", "hidden", "cell")
    out, states = net(*[mx.sym.var(names[0]), [mx.sym.var(each) for each in names[1:]]])
    symbol = mx.sym.Group([mx.sym.FullyConnected(out, num_hidden=2, flatten=False, name="d"), *states])
    random = np.random.RandomState(0)
    inputs = {"words": random.rand(5, 2, 4), "hidden": random.rand(1, 2, 3), "cell": random.rand(1, 2, 3)}
    parameters = {name: value.data().asnumpy() for name, value in net.collect_params().items()}
    parameters |= {"d_weight": random.rand(2, 3).astype("f"), "d_bias": random.rand(2).astype("f")}
    program, *_ = agree(symbol, {name: value.astype("f") for name, value in inputs.items()}, parameters)
    assert "x, (y, z) = self.lstm(words, (hidden, cell))" in program.text
    assert "Given words (5, 2, 4) float32, hidden" in program.text


def test_what_is_returned_has_no_name_and_parts_are_called_by_what_they_share():
    x = mx.sym.Convolution(mx.sym.var("data"), kernel=(1, 1), num_filter=3, name="first")
    for place in range(2):
        x = mx.sym.Convolution(x, kernel=(3, 3), pad=(1, 1), num_filter=3, name=f"base0_{place}_conv")
        x = mx.sym.Activation(mx.sym.BatchNorm(x, name=f"base0_{place}_bn"), act_type="relu")
    symbol = mx.sym.LRN(x, nsize=3, alpha=0.0123456789, beta=0.7654321, knorm=2.123456789, name="normalized")
    program, *_ = agree_on(symbol, {"data": (2, 3, 6, 6)}, None, train=False)
    assert "self.base0 = nn.Sequential(ConvBlock(), ConvBlock())" in program.text
    assert "        return lrn(x, " in program.text


def test_an_input_that_is_called_like_a_function_of_the_program():
    symbol = mx.sym.LRN(mx.sym.var("lrn"), nsize=3) + mx.sym.var("training")
    agree_on(symbol, {"lrn": (2, 4, 3, 3), "training": (2, 4, 3, 3)}, {})


def agree_on(symbol, shapes, parameters, **how):
    """Both sides of a graph on random numbers; its parameters are all that has no shape given, or those named."""
    random = np.random.RandomState(1)
    arguments, _, states = symbol.infer_shape(**shapes)
    known = dict(zip(symbol.list_arguments(), arguments)) | dict(zip(symbol.list_auxiliary_states(), states))
    inputs = {name: random.uniform(0.1, 0.9, size=shape).astype("f") for name, shape in shapes.items()}
    given = {
        name: random.uniform(0.1, 0.9, size=shape).astype("f")
        for name, shape in known.items() if name not in inputs and (parameters is None or name in parameters)
    }  # fmt: skip
    return (*agree(symbol, inputs, given, **how), None)[:3]
