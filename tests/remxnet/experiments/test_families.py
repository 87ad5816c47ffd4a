from dataclasses import dataclass

import pytest

import mxnet as mx
from mxnet.gluon import nn
from remxnet.errors import InputError
from remxnet.experiments.families import (
    FAMILIES,
    FREE,
    WIDTH,
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Family,
    GlobalPool,
    Layer,
    Pool,
    Residual,
)
from remxnet.experiments.training.loop import count_parameters

EVERYTHING = Family(
    "everything",
    "a layer of each kind",
    (
        Conv(WIDTH, kernel=3, padding=0),
        BatchNorm(),
        Pool(3, stride=2, padding=1, kind="avg"),
        Residual((Conv(WIDTH), BatchNorm(), Conv(WIDTH, kernel=1, activation=None))),
        Activation("tanh"),
        Conv(2 * WIDTH, stride=2, activation="sigmoid"),
        GlobalPool(),
        Dropout(0.2),
        Dense(3 * FREE),
    ),
)


@pytest.mark.parametrize("family", [*FAMILIES.values(), EVERYTHING], ids=lambda family: family.name)
@pytest.mark.parametrize(("width", "free"), [(1, None), (5, 7), (12, None)])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 17, 33)], ids=str)
def test_counted_parameters_are_those_of_the_network(family, width, free, shape):
    net = family.build(7, width, free)
    net.initialize()
    assert net(mx.nd.zeros((2, *shape))).shape == (2, 7)
    assert family.parameters(shape, 7, width, free) == count_parameters(net)


def test_the_convolutional_families_differ_in_nothing_but_pooling():
    for width, free in ((3, None), (50, 75)):
        conv, pool = (FAMILIES[name].build(10, width, free) for name in ("conv", "conv-pool"))
        shapes = []
        for net in (conv, pool):
            net.initialize()
            net(mx.nd.zeros((1, 1, 28, 28)))
            shapes.append([parameter.shape for parameter in net.collect_params().values()])
        assert shapes[0] == shapes[1]


def test_a_size_is_a_multiple_of_the_width_and_at_least_one():
    assert [(WIDTH / 3).planned(width) for width in (1, 2, 4, 5, 50)] == [1, 1, 1, 2, 17]
    assert (2 * WIDTH).planned(7) == (WIDTH * 2).planned(7) == 14


def test_a_size_shows_as_it_is_written():
    sizes = (WIDTH, 2 * WIDTH, WIDTH / 3, WIDTH / 1.5, 0.123456 * FREE, FREE)
    assert [repr(size) for size in sizes] == [
        "WIDTH", "2 * WIDTH", "WIDTH / 3", "2 * WIDTH / 3", "0.123456 * FREE", "FREE",
    ]  # fmt: skip


def test_smallest_is_the_smallest_that_works():
    family = Family("valid", "no padding", (Conv(WIDTH, kernel=5, padding=0), Pool(2), Conv(WIDTH, padding=0)))
    side = family.smallest()
    family.parameters((1, side, side), 10, 1)
    with pytest.raises(InputError, match=r"the window of 3×3 pixels is larger than its padded input 1×2×2"):
        family.parameters((1, side - 1, side - 1), 10, 1)


def test_a_layer_of_ones_own():
    @dataclass(frozen=True)
    class PReLU(Layer):
        def parameters(self, shape):
            return 1

        def block(self):
            return nn.PReLU()

    family = Family("prelu", "learned slopes", (Dense(WIDTH, activation=None), PReLU()))
    net = family.build(10, 4)
    net.initialize()
    net(mx.nd.zeros((1, 1, 6, 6)))
    assert family.parameters((1, 6, 6), 10, 4) == count_parameters(net) == 36 * 4 + 4 + 1 + 4 * 10 + 10


@pytest.mark.parametrize(
    ("describe", "complaint"),
    [
        (lambda: Dense("many"), r"Dense: units='many'; expected a whole number"),
        (lambda: Dense(True), r"Dense: units=True"),
        (lambda: Dense(0 * WIDTH), r"Dense: units is 0.0 widths; expected a positive number"),
        (lambda: Dense(3, activation="step"), r"activation='step'; expected one of relu, sigmoid"),
        (lambda: Conv(WIDTH, kernel=0), r"Conv: window=0"),
        (lambda: Conv(WIDTH, stride=1.5), r"Conv: stride=1.5"),
        (lambda: Pool(2, kind="median"), r"Pool: kind='median'"),
        (lambda: GlobalPool("sum"), r"GlobalPool: kind='sum'"),
        (lambda: Dropout(1), r"Dropout: rate=1"),
        (lambda: Family("a b", "", (Dense(WIDTH),)), r"Family: name='a b'"),
        (lambda: Family("a", "", ()), r"Family 'a': layers=\(\)"),
        (lambda: Family("a", "", (nn.Dense(3),)), r"Family 'a': layers=\(Dense"),
        (lambda: Family("a", "", (Dense(3),)), r"no layer's size depends on WIDTH"),
        (lambda: Family("a", "", (Dense(WIDTH), Dense(FREE), Residual((Dense(FREE),)))), r"more than one layer's size"),
    ],
)
def test_a_description_that_makes_no_sense_says_why(describe, complaint):
    with pytest.raises(ValueError, match=complaint):
        describe()


def test_layers_that_do_not_follow_each_other_say_why():
    with pytest.raises(InputError, match="Conv stands after a fully connected layer"):
        Family("a", "", (Dense(WIDTH), Conv(3))).parameters((1, 8, 8), 10, 4)
    with pytest.raises(InputError, match=r"Residual: its layers make 4×4×4 of 1×8×8; expected the same shape"):
        Family("a", "", (Residual((Conv(WIDTH, stride=2),)),)).parameters((1, 8, 8), 10, 4)
