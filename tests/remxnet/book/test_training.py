import re

import numpy
import pytest

import mxnet as mx
from mxnet import autograd, gluon, init, nd
from mxnet.gluon import nn
from remxnet.book import layers, linear, training

EPOCH_LINE = r"epoch \d, loss \d\.\d{4}, train acc \d\.\d{3}, test acc \d\.\d{3}, time \d+\.\d sec"


@pytest.fixture
def data():
    """Two classes that a linear model can tell apart: which half of the image is bright."""
    mx.random.seed(0)
    numpy.random.seed(0)
    labels = numpy.arange(40) % 2
    images = numpy.random.uniform(0, 0.2, (40, 1, 4, 4)).astype("float32")
    images[labels == 1, :, :2] += 1
    dataset = gluon.data.ArrayDataset(nd.array(images), labels.astype("int32"))
    return gluon.data.DataLoader(dataset, 10, shuffle=True), gluon.data.DataLoader(dataset, 10)


@pytest.fixture
def net():
    net = nn.Sequential()
    net.add(nn.Flatten(), nn.Dense(2))
    net.initialize(init.Normal(0.01))
    return net


def sgd(net, lr=0.5):
    return gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": lr})


LOSS = gluon.loss.SoftmaxCrossEntropyLoss()


def accuracy(net, data):
    return training.evaluate_accuracy(net, data[1])


def test_train_ch3_with_a_trainer(data, net, capsys):
    training.train_ch3(net, *data, LOSS, 3, sgd(net))
    assert accuracy(net, data) == 1.0
    assert capsys.readouterr().out == ""


def test_train_ch3_with_an_update_function(data):
    W, b = nd.zeros((16, 2)), nd.zeros((2,))
    for parameter in (W, b):
        parameter.attach_grad()

    def net(X):
        return linear.softmax(nd.dot(X.reshape((-1, 16)), W) + b)

    training.train_ch3(net, *data, linear.cross_entropy, 3, lambda size: linear.sgd([W, b], 0.5, size))
    assert accuracy(net, data) == 1.0


def test_train_ch3_of_the_chinese_edition(data, net, capsys):
    training.train_ch3(net, *data, LOSS, 2, 10, None, None, sgd(net))
    lines = capsys.readouterr().out.splitlines()
    assert accuracy(net, data) == 1.0
    assert len(lines) == 2
    assert re.fullmatch(EPOCH_LINE.rpartition(", time")[0], lines[-1])


def test_train_ch3_of_the_chinese_edition_from_scratch(data):
    W = nd.zeros((16, 2))
    W.attach_grad()
    training.train_ch3(lambda X: nd.dot(X.reshape((-1, 16)), W), *data, LOSS, 3, 10, [W], 0.5)
    assert W.asnumpy().any()


def test_train_ch3_says_what_a_batch_size_needs(data, net):
    with pytest.raises(ValueError, match="params and lr, or trainer"):
        training.train_ch3(net, *data, LOSS, 1, 10)


@pytest.mark.parametrize("train", [training.train_ch5, training.train_ch6])
def test_training_from_the_start(data, net, capsys, train):
    train(net, *data, 3, 0.5, mx.cpu())
    results, speed = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"loss \d\.\d{3}, train acc \d\.\d{3}, test acc 1\.000", results)
    assert re.fullmatch(r"[\d.]+ examples/sec on cpu\(0\)", speed)


def test_train_ch5_takes_names(data, net, capsys):
    training.train_ch5(net, *data, num_epochs=1, lr=0.5, device=mx.cpu())
    assert "test acc" in capsys.readouterr().out


def test_train_ch5_of_the_chinese_edition(data, net, capsys):
    training.train_ch5(net, *data, 10, sgd(net), mx.cpu(), 2)
    first, *epochs = capsys.readouterr().out.splitlines()
    assert first == "training on cpu(0)"
    assert len(epochs) == 2
    assert all(re.fullmatch(EPOCH_LINE, line) for line in epochs)
    assert accuracy(net, data) == 1.0


def test_train_ch5_refuses_what_neither_form_has(data, net):
    with pytest.raises(TypeError, match="learning_rate"):
        training.train_ch5(net, *data, num_epochs=1, learning_rate=0.5)


def test_training_on_several_devices(data, net, capsys):
    devices = [mx.cpu(0), mx.cpu(1)]
    net.initialize(init.Normal(0.01), ctx=devices, force_reinit=True)
    training.train_ch13(net, *data, LOSS, sgd(net), 3, devices)
    results, speed = capsys.readouterr().out.splitlines()
    assert "test acc 1.000" in results
    assert speed.endswith("on [cpu(0), cpu(1)]")


def test_the_tutorials_training(data, net, capsys):
    training.train(*data, net, LOSS, sgd(net), mx.cpu(), 2, print_batches=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "training on cpu(0)"
    assert sum(line.startswith("batch ") for line in lines) == 4
    assert re.fullmatch(EPOCH_LINE, lines[-1])


def test_one_batch_is_trained_on(data, net):
    X, y = next(iter(data[0]))
    net(X)
    before = net[1].weight.data().copy()
    loss, correct = training.train_batch_ch13(net, X, y, LOSS, sgd(net), [mx.cpu()])
    assert loss > 0
    assert 0 <= correct <= len(X)
    assert (net[1].weight.data() != before).sum().asscalar() > 0


def test_predictions_are_shown_with_their_names(net):
    pytest.importorskip("matplotlib")
    images = gluon.data.ArrayDataset(nd.ones((4, 1, 28, 28)), numpy.array([0, 1, 0, 1], dtype="int32"))
    axes = training.predict_ch3(net, gluon.data.DataLoader(images, 4), n=2)
    assert [one.get_title().split("\n")[0] for one in axes] == ["t-shirt", "trouser"]


@pytest.mark.parametrize(
    ("block", "channels"),
    [
        (layers.vgg_block(2, 3), (3, 4, 4)),
        (layers.nin_block(3, 3, 1, 1), (3, 8, 8)),
        (layers.Residual(2), (2, 8, 8)),
        (layers.Residual(5, use_1x1conv=True, strides=2), (5, 4, 4)),
        (layers.resnet_block(4, 2), (4, 4, 4)),
        (layers.resnet_block(2, 2, first_block=True), (2, 8, 8)),
        (layers.conv_block(3), (3, 8, 8)),
        (layers.transition_block(3), (3, 4, 4)),
    ],
)
def test_blocks_have_the_shapes_of_the_book(block, channels):
    block.initialize()
    with autograd.train_mode():
        assert block(nd.ones((2, 2, 8, 8))).shape == (2, *channels)


@pytest.mark.parametrize("net", [layers.lenet(), layers.resnet18(10)])
def test_networks_give_a_score_per_class(net):
    net.initialize()
    assert net(nd.ones((1, 1, 28, 28))).shape == (1, 10)


def test_residual_works_on_np_arrays():
    with mx.util.np_shape(True), mx.util.np_array(True):
        block = layers.Residual(3, use_1x1conv=True)
        block.initialize()
        assert type(block(mx.np.ones((1, 2, 4, 4)))) is mx.np.ndarray
