import math

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon import nn
from remxnet.experiments.layers import layer_table
from remxnet.experiments.models import MODELS
from remxnet.experiments.training.loop import count_parameters


def nonzeros(layer, shape):
    """How many pairs of an input and an output element are connected: the products of a layer without padding."""
    size = math.prod(shape)
    layer.initialize(mx.init.One())
    return int((layer(mx.nd.array(np.eye(size).reshape(size, *shape))) != 0).sum().asscalar())


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda: nn.Dense(5, use_bias=False), (2, 3, 4)),
        (lambda: nn.Dense(5, use_bias=False, flatten=False), (3, 4)),
        (lambda: nn.Conv1D(3, 4, strides=2, use_bias=False), (2, 11)),
        (lambda: nn.Conv2D(6, (3, 2), use_bias=False), (4, 7, 8)),
        (lambda: nn.Conv2D(6, 3, strides=(2, 1), groups=2, use_bias=False), (4, 7, 8)),
        (lambda: nn.Conv2D(4, 3, dilation=2, groups=4, use_bias=False), (4, 9, 9)),
        (lambda: nn.Conv3D(2, 2, use_bias=False), (3, 4, 3, 5)),
        (lambda: nn.Conv1DTranspose(3, 2, use_bias=False), (2, 5)),
        (lambda: nn.Conv2DTranspose(6, 3, strides=3, groups=2, use_bias=False), (4, 3, 5)),
        (lambda: nn.Conv2DTranspose(3, 2, dilation=2, use_bias=False), (2, 4, 4)),
    ],
)
def test_multiply_adds_are_the_connections_between_inputs_and_outputs(make, shape):
    (row,) = layer_table(make(), shape)
    assert row.multiply_adds == nonzeros(make(), shape) > 0


def test_lenet_by_hand():
    table = layer_table(MODELS["lenet"].build(10), (1, 28, 28))
    assert [(row.name, row.type, row.output_shape) for row in table] == [
        ("0", "Conv2D", (6, 28, 28)),
        ("1", "AvgPool2D", (6, 14, 14)),
        ("2", "Conv2D", (16, 10, 10)),
        ("3", "AvgPool2D", (16, 5, 5)),
        ("4", "Dense", (120,)),
        ("5", "Dense", (84,)),
        ("6", "Dense", (10,)),
    ]
    assert [row.parameters for row in table] == [156, 0, 2416, 0, 48120, 10164, 850]
    assert [row.multiply_adds for row in table] == [28**2 * 6 * 25, 0, 100 * 16 * 6 * 25, 0, 48000, 10080, 840]
    assert (table.parameters, table.multiply_adds) == (61706, 416520)
    last, rule = str(table).splitlines()[-1], str(table).splitlines()[1]
    assert last.split() == ["total", "61,706", "416,520"]
    assert set(rule) == {"-", " "}
    assert table.markdown().splitlines()[-1] == "| total |  |  | 61,706 | 416,520 |"
    assert '<td style="text-align: left">Conv2D 5×5, sigmoid</td>' in table._repr_html_()
    assert table.data()[6]["output_shape"] == (10,)


def nested():
    class Scaled(mx.gluon.HybridBlock):
        """A block with blocks in it and a parameter of its own."""

        def __init__(self):
            super().__init__()
            with self.name_scope():
                self.factor = self.params.get("factor", shape=(1,))
                self.body = nn.HybridSequential()
                self.body.add(nn.Conv2D(3, 3, padding=1), nn.BatchNorm(), nn.Activation("relu"))

        def hybrid_forward(self, F, x, factor):
            return F.broadcast_mul(self.body(x), factor.reshape((1, 1, 1, 1)))

    twice = nn.Dense(8, flatten=False)
    net = nn.HybridSequential()
    net.add(Scaled(), nn.Flatten(), nn.Dense(8), twice, twice, nn.Dropout(0.25))
    return net


def test_nested_shared_and_unknown_blocks():
    net = nested()
    table = layer_table(net, (2, 4, 4))
    assert [row.name for row in table] == ["0.body.0", "0.body.1", "0.body.2", "0", "1", "2", "3", "3", "5"]
    by_name = dict(zip([row.name for row in table[:-3]], table))
    assert by_name["0"].parameters == 1
    assert by_name["0"].multiply_adds is None
    assert by_name["0.body.1"].parameters == 6  # the running statistics are not learned
    assert [(row.parameters, row.multiply_adds) for row in table[6:8]] == [(72, 64), (0, 64)]
    assert table.multiply_adds is None
    assert str(table).splitlines()[-1].split() == ["total", f"{table.parameters}", "at", "least", f"{table.at_least:,}"]
    net.initialize()
    net(mx.nd.zeros((1, 2, 4, 4)))
    assert table.parameters == count_parameters(net)


def test_the_network_stays_as_it_is():
    weights = []
    for look in (False, True):
        mx.random.seed(5)
        net = nested()
        if look:
            layer_table(net, (2, 4, 4))
            assert net[2].weight.shape == (8, 0)
        net.initialize()
        net.hybridize()
        if look:
            layer_table(net, (2, 4, 4))
        net(mx.nd.ones((1, 2, 4, 4)))
        if look:
            layer_table(net, (2, 4, 4))
            assert net._active and net[2]._active
            assert not net[2]._forward_hooks
        weights.append(net[2].weight.data().asnumpy())
    np.testing.assert_array_equal(*weights)


def test_the_same_whether_initialized_hybridized_or_neither():
    nets = [nested() for _ in range(3)]
    nets[1].initialize()
    nets[2].initialize()
    nets[2].hybridize()
    nets[2](mx.nd.zeros((1, 2, 4, 4)))
    tables = [layer_table(net, (2, 4, 4)) for net in nets]
    assert tables[0] == tables[1] == tables[2]


def test_a_frozen_layer_learns_nothing():
    net = nn.Dense(3, in_units=4)
    net.weight.grad_req = "null"
    assert layer_table(net, (4,)).parameters == 3


def test_what_cannot_be_traced_runs_on_zeros():
    net = nn.Sequential()
    net.add(nn.Lambda(lambda x: mx.nd.relu(x)), nn.Dense(3), nn.Dense(2))
    with pytest.raises(mx.MXNetError, match=r"cannot be traced \(.*\), and it is not initialized"):
        layer_table(net, (1, 5, 5))
    net.initialize()
    net.hybridize()
    table = layer_table(net, (1, 5, 5))
    assert [(row.name, row.type, row.output_shape) for row in table] == [
        ("0", "Lambda", (1, 5, 5)),
        ("1", "Dense", (3,)),
        ("2", "Dense", (2,)),
    ]
    assert (table.parameters, table.multiply_adds) == (78 + 8, 75 + 6)
    assert net[1]._active


def test_an_input_that_does_not_fit_is_an_error():
    with pytest.raises(mx.MXNetError, match=r"Convolution: kernel \(5, 5\) is larger than the padded input"):
        layer_table(MODELS["lenet"].build(10), (1, 4, 4))


@pytest.mark.parametrize(
    ("name", "side", "millions", "giga_multiply_adds"),
    [  # as published with models of these layers: He et al., Howard et al., and torchvision
        ("resnet18_v1", 224, 11.690, 1.814),
        ("mobilenet1_0", 224, 4.232, 0.569),
        ("inception_v3", 299, 23.835, 5.713),
    ],
)
def test_large_models_have_the_published_size(name, side, millions, giga_multiply_adds):
    from mxnet.gluon.model_zoo import vision

    table = layer_table(getattr(vision, name)(), (3, side, side))
    assert table.parameters / 1e6 == pytest.approx(millions, abs=5e-4)
    assert table.multiply_adds / 1e9 == pytest.approx(giga_multiply_adds, abs=5e-4)
