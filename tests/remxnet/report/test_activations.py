import numpy
import pytest

import mxnet as mx
from mxnet.gluon import nn
from remxnet.report.activations import activations, first_weights

SHAPE = (1, 8, 8)


@pytest.fixture
def net():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 3, activation="relu"), nn.BatchNorm(), nn.MaxPool2D(2), nn.Dense(5), nn.Dense(2))
    net.initialize()
    net(mx.nd.zeros((1, *SHAPE)))
    return net


@pytest.mark.parametrize("hybridized", [False, True])
def test_every_layer_is_heard_and_gives_what_the_network_computes(net, hybridized):
    image = numpy.random.RandomState(0).rand(*SHAPE).astype("float32")
    if hybridized:
        net.hybridize()
    found = activations(net, image)
    assert [(one.name, one.type, one.values.shape) for one in found] == [
        ("0", "Conv2D", (3, 6, 6)),
        ("1", "BatchNorm", (3, 6, 6)),
        ("2", "MaxPool2D", (3, 3, 3)),
        ("3", "Dense", (5,)),
        ("4", "Dense", (2,)),
    ]
    x = mx.nd.array(image[None])
    for one, layer in zip(found, net):
        x = layer(x)
        numpy.testing.assert_allclose(one.values, x.asnumpy()[0], rtol=1e-5, atol=1e-6)
    assert net._active == hybridized
    assert not net[0]._forward_hooks


def test_the_first_layers_kernels(net):
    what, weights = first_weights(net, SHAPE)
    assert "convolution 0" in what
    numpy.testing.assert_array_equal(weights, net[0].weight.data().asnumpy())


def test_a_dense_layers_weights_are_images():
    net = nn.HybridSequential()
    net.add(nn.Flatten(), nn.Dense(4))
    net.initialize()
    net(mx.nd.zeros((1, *SHAPE)))
    what, weights = first_weights(net, SHAPE)
    assert "over the pixels" in what
    assert weights.shape == (4, *SHAPE)


def test_other_first_layers_have_no_image(net):
    net = nn.HybridSequential()
    net.add(nn.GlobalAvgPool2D(), nn.Dense(4))
    net.initialize()
    net(mx.nd.zeros((1, *SHAPE)))
    assert first_weights(net, SHAPE) is None
    empty = nn.HybridSequential()
    empty.add(nn.Flatten())
    assert first_weights(empty, SHAPE) is None
