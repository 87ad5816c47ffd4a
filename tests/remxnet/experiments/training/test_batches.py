import numpy as np
import pytest

import mxnet as mx
from mxnet import gluon
from mxnet.gluon import nn
from remxnet.experiments import MODELS, Settings, train
from remxnet.experiments.models import Model
from remxnet.experiments.training.batches import BatchOrder, TrainingBatches, shift_and_mirror


def test_the_order_is_that_of_a_shuffling_loader_after_the_same_seed():
    numbers = gluon.data.ArrayDataset(mx.nd.arange(10).reshape((10, 1)), np.arange(10))
    np.random.seed(7)
    loader = gluon.data.DataLoader(numbers, 3, shuffle=True)
    expected = [[labels.asnumpy().tolist() for _, labels in loader] for _ in range(3)]
    batches = TrainingBatches(numbers, BatchOrder(10, 3, seed=7))
    np.random.seed(99)
    assert [[labels.asnumpy().tolist() for _, labels in batches] for _ in range(3)] == expected


def test_an_epoch_can_be_entered_anywhere():
    order = BatchOrder(10, 3, seed=1)
    epochs = []
    for order.epoch in (1, 2, 3):
        epochs.append(list(order))
    for epoch in (3, 1, 2):
        for done in range(5):
            order.epoch, order.done = epoch, done
            assert list(order) == epochs[epoch - 1][done:]


def recording(name, seen, *blocks, draw=0):
    """A model that notes what it sees, and draws random numbers of all kinds while it is built and trained."""

    class Noting(nn.HybridBlock):
        def forward(self, x):
            if mx.autograd.is_training():
                seen.append(x.asnumpy().copy())
            return super().forward(x)

        def hybrid_forward(self, F, x):
            return x

    def build(classes):
        np.random.rand(draw)
        mx.nd.random.uniform(shape=(draw + 1,))
        net = nn.Sequential()
        net.add(Noting(), *(block() for block in blocks), nn.Dense(classes))
        net.hybridize = lambda active=True, **_: None
        return net

    return Model(name, "", build, learning_rate=0.01, momentum=0.0)


@pytest.mark.parametrize("augment", [False, True])
def test_every_model_sees_the_same_batches_in_the_same_order(monkeypatch, tmp_path, augment):
    seen = {"plain": [], "random": []}
    monkeypatch.setitem(MODELS, "plain", recording("plain", seen["plain"]))
    dropout = (lambda: nn.Dropout(0.5), lambda: nn.Dense(7), lambda: nn.Dropout(0.2))
    monkeypatch.setitem(MODELS, "random", recording("random", seen["random"], *dropout, draw=5))
    for name in seen:
        train(Settings(name, "sample", 2, 1500, seed=2, augment=augment, output=str(tmp_path / name)))
    assert len(seen["plain"]) == len(seen["random"]) == 8
    for ours, theirs in zip(*seen.values()):
        np.testing.assert_array_equal(ours, theirs)
    assert (seen["plain"][0] != seen["plain"][4]).any()


def test_shifted_images_are_where_they_were_or_an_eighth_from_it():
    images = np.zeros((64, 2, 16, 8), "float32")
    images[:, :, 8, 4] = 1  # a dot, a pixel right of the middle
    out = shift_and_mirror(mx.nd.array(images), np.random.default_rng(0), mirror=False).asnumpy()
    _, channels, rows, columns = np.nonzero(out)
    assert out.shape == images.shape
    assert len(rows) == 128
    assert set(rows) == {6, 7, 8, 9, 10}
    assert set(columns) == {3, 4, 5}
    assert (rows[channels == 0] == rows[channels == 1]).all()


def test_half_of_the_images_are_mirrored():
    images = np.zeros((400, 1, 4, 4), "float32")  # too small to be shifted
    images[:, :, :, 0] = 1
    out = shift_and_mirror(mx.nd.array(images), np.random.default_rng(0)).asnumpy()
    left, right = out[:, 0, :, 0].all(axis=1), out[:, 0, :, 3].all(axis=1)
    assert (left != right).all()
    assert 150 < right.sum() < 250


def test_augmentation_differs_from_epoch_to_epoch_and_not_from_run_to_run():
    images = gluon.data.ArrayDataset(mx.nd.random.uniform(shape=(6, 1, 16, 16)), np.arange(6))

    def epoch(number):
        batches = TrainingBatches(images, BatchOrder(6, 6, seed=1), shift_and_mirror)
        batches.start(number)
        ((inputs, labels),) = batches
        return inputs.asnumpy()[np.argsort(labels.asnumpy())]

    np.testing.assert_array_equal(epoch(2), epoch(2))
    assert (epoch(1) != epoch(2)).any()
