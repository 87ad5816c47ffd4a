import pytest

import mxnet as mx
from mxnet import gluon, nd
from mxnet.gluon import nn
from remxnet.book import metering
from remxnet.book.metering import Accumulator

SCORES = [[0.1, 0.9], [0.8, 0.2], [0.3, 0.7], [0.6, 0.4]]
LABELS = [1, 0, 0, 0]


class Echo(nn.Block):
    """Gives its input back as scores, and has a parameter so that it lives somewhere."""

    def __init__(self):
        super().__init__()
        self.scale = self.params.get("scale", shape=(1,), init="ones")

    def forward(self, x):
        return x * self.scale.data(x.context)


@pytest.fixture(params=["int32", "float32"])
def data(request):
    labels = nd.array(LABELS, dtype=request.param)
    return gluon.data.DataLoader(gluon.data.ArrayDataset(nd.array(SCORES), labels), batch_size=3)


def test_accumulator_keeps_sums_apart():
    metric = Accumulator(3)
    metric.add(1, 2.5, nd.array([4]))
    metric.add(1, 0, 1)
    assert [metric[index] for index in range(3)] == [2.0, 2.5, 5.0]
    metric.reset()
    assert metric[1] == 0.0


def test_accumulator_refuses_amounts_it_has_no_sum_for():
    with pytest.raises(ValueError, match="2 amounts for 3 sums"):
        Accumulator(3).add(1, 2)


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_both_meanings_of_accuracy(front_end, dtype):
    scores, labels = front_end.array(SCORES), front_end.array(LABELS, dtype=dtype)
    assert metering.correct_predictions(scores, labels) == 3.0
    assert metering.mean_accuracy(scores, labels) == 0.75


def test_accuracy_takes_predicted_classes_too():
    assert metering.correct_predictions(nd.array([1, 0, 1, 0]), nd.array(LABELS)) == 3.0


def test_evaluate_accuracy_takes_its_arguments_in_either_order(data):
    net = Echo()
    net.initialize()
    assert metering.evaluate_accuracy(net, data) == 0.75
    assert metering.evaluate_accuracy(data, net) == 0.75
    assert metering.evaluate_accuracy(data, net, mx.cpu()) == 0.75
    assert metering.evaluate_accuracy(data, lambda X: X) == 0.75


def test_evaluate_accuracy_on_several_devices(data):
    devices = [mx.cpu(0), mx.cpu(1)]
    net = Echo()
    net.initialize(ctx=devices)
    assert metering.evaluate_accuracy(data, net, devices) == 0.75
    assert metering.evaluate_accuracy_gpus(net, data) == 0.75
    assert metering.evaluate_accuracy_gpu(net, data) == 0.75
    assert metering.evaluate_accuracy_gpu(net, data, device=devices[1]) == 0.75


def test_evaluate_loss_is_a_mean_over_examples():
    data = gluon.data.DataLoader(gluon.data.ArrayDataset(nd.array([1.0, 2.0, 6.0]), nd.zeros((3,))), batch_size=2)
    assert metering.evaluate_loss(lambda X: X, data, lambda y_hat, y: y_hat - y) == 3.0


def test_split_batch_needs_a_label_for_each_example():
    with pytest.raises(ValueError, match="4 examples with 3 labels"):
        metering.split_batch(nd.zeros((4, 2)), nd.zeros((3,)), [mx.cpu()])
