"""Whole networks written as ONNX predict what they predict here."""

import numpy as np
import pytest

import mxnet as mx
from exported import same
from mxnet import gluon


def drawn(symbol, **shapes):
    """Arrays for a graph's inputs and parameters."""
    random = np.random.RandomState(0)
    arguments, _, states = symbol.infer_shape(**shapes)
    given = {
        name: random.normal(0, 0.3, shape).astype("float32") for name, shape in zip(symbol.list_arguments(), arguments)
    }
    for name, shape in zip(symbol.list_auxiliary_states(), states):
        given[name] = random.uniform(0.5, 1, shape).astype("float32")
    return given, [name for name in given if name not in shapes and not name.endswith("_label")]


def small_network():
    data = mx.sym.Variable("data")
    hidden = mx.sym.Convolution(data, kernel=(3, 3), num_filter=4, name="conv")
    hidden = mx.sym.Activation(mx.sym.BatchNorm(hidden, name="norm"), act_type="relu", name="act")
    hidden = mx.sym.Pooling(hidden, kernel=(2, 2), stride=(2, 2), pool_type="max", name="pool")
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(hidden, num_hidden=3, name="dense"), name="softmax")


def test_a_convolutional_network():
    given, parameters = drawn(small_network(), data=(2, 3, 8, 8))
    model = same(small_network(), given, parameters)
    assert [each.op_type for each in model.graph.node] == [
        "Conv", "BatchNormalization", "Relu", "MaxPool", "Flatten", "Gemm", "Softmax",
    ]  # fmt: skip
    assert [each.name for each in model.graph.input] == ["data"]  # and no label
    names = ["conv", "norm", "act", "pool", "dense/Flatten", "dense", "softmax_output"]
    assert [each.output[0] for each in model.graph.node] == names


@pytest.mark.parametrize("batch", [1, 3])
def test_any_batch(batch):
    given, parameters = drawn(small_network(), data=(batch, 3, 8, 8))
    same(small_network(), given, parameters, {"data": {0: "N"}}, shapes={"data": (2, 3, 8, 8), "softmax_label": (2,)})


@pytest.mark.parametrize("name", ["resnet18_v1", "mobilenetv2_0.25"])
def test_networks_of_the_zoo(name):
    net = gluon.model_zoo.vision.get_model(name, classes=5, prefix="net_")
    net.initialize()
    data = mx.nd.random.normal(shape=(1, 3, 32, 32))
    symbol = net(mx.sym.Variable("data"))
    net(data)
    given = {each.name: each.data() for each in net.collect_params().values()}
    same(symbol, {**given, "data": data}, list(given), tolerance=1e-4)
