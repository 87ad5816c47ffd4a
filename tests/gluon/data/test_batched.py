"""Whole batches hold what the samples hold one by one: values, dtypes, order, random numbers, errors."""

import random

import numpy as np
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

import mxnet as mx
from mxnet.gluon import nn
from mxnet.gluon.data import ArrayDataset, DataLoader, Dataset
from mxnet.gluon.data.vision import transforms as T


class OneByOne(Dataset):
    """A data set that gives only single samples."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        return self.dataset[index]


def images(count, height, width, channels, dtype):
    pixels = np.random.RandomState(0).randint(0, 256, (count, height, width, channels))
    return ArrayDataset(mx.nd.array(pixels.astype(dtype), dtype=dtype), np.arange(count, dtype="int32"))


def epoch(dataset, seed=3, **arguments):
    """The batches of an epoch, or its error, and what the generators give afterwards."""
    np.random.seed(seed)
    mx.random.seed(seed)
    random.seed(seed)
    try:
        batches = [[part.asnumpy() for part in batch] for batch in DataLoader(dataset, shuffle=True, **arguments)]
    except (mx.MXNetError, TypeError, ValueError) as error:
        return type(error), str(error)
    return batches, random.random(), np.random.rand(), mx.np.random.uniform(size=()).item()


def assert_same(dataset, workers=0, **arguments):
    ours, theirs = epoch(dataset, num_workers=workers, **arguments), epoch(OneByOne(dataset), **arguments)
    assert ours[1:] == theirs[1:]
    if isinstance(theirs[0], type):
        assert ours[0] is theirs[0]
        return
    assert len(ours[0]) == len(theirs[0])
    for our_parts, their_parts in zip(ours[0], theirs[0]):
        for a, b in zip(our_parts, their_parts, strict=True):
            np.testing.assert_array_equal(a, b, strict=True)


sides = st.integers(1, 7)
sizes = st.one_of(sides, st.tuples(sides, sides))
numbers = st.sampled_from([0.0, 0.5, 0.2860, 1e-3, 3.0, float("inf")])
per_channel = st.one_of(numbers, st.tuples(numbers), st.tuples(numbers, numbers, numbers))
interpolations = st.sampled_from([0, 1, 2, 3, 4, 9, 10, 7])

transforms = st.one_of(
    st.builds(T.ToTensor),
    st.builds(T.Normalize, per_channel, per_channel),
    st.builds(T.Cast, st.sampled_from(["float32", "float64", "float16", "uint8", "int32", "nonsense"])),
    st.builds(T.Resize, sizes, st.booleans(), st.sampled_from([0, 1, 2, 3])),
    st.builds(T.CenterCrop, sizes, interpolations),
    st.builds(T.CropResize, *[st.integers(0, 3)] * 2, *[st.integers(1, 4)] * 2),
    st.builds(T.CropResize, *[st.integers(0, 3)] * 2, *[st.integers(1, 4)] * 2, sizes, st.sampled_from([0, 1, None])),
    st.builds(T.RandomFlipLeftRight),
    st.builds(T.RandomFlipTopBottom),
    st.builds(
        T.RandomResizedCrop,
        sizes,
        st.sampled_from([(0.08, 1.0), (0.5, 0.9), (3.0, 4.0)]),
        st.sampled_from([(0.75, 1.3), (1, 1)]),
        interpolations,
    ),
)


def in_blocks(kind):
    def sequence(parts):
        block = kind()
        block.add(*parts)
        return block

    return sequence


sequences = st.recursive(
    transforms,
    lambda inner: st.one_of(
        st.builds(T.Compose, st.lists(inner, max_size=3)),
        st.builds(in_blocks(nn.Sequential), st.lists(inner, max_size=3)),
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    sequences,
    st.integers(1, 6),
    st.integers(2, 8),
    st.integers(2, 8),
    st.sampled_from([1, 2, 3]),
    st.sampled_from(["uint8", "float32", "float64", "float16", "int32"]),
    st.sampled_from(["keep", "discard", "rollover"]),
)
@pytest.mark.filterwarnings(
    "ignore:divide by zero", "ignore:invalid value", "ignore:overflow", "ignore:.*runs operator by operator"
)
def test_batches_hold_what_the_samples_hold_one_by_one(transform, count, height, width, channels, dtype, last_batch):
    dataset = images(count, height, width, channels, dtype).transform_first(transform)
    event("whole batches" if DataLoader(dataset, 2)._gathered([0]) is not None else "one by one")
    assert_same(dataset, batch_size=3, last_batch=last_batch)


TRAINING = {
    "lenet": lambda: [T.ToTensor(), T.Normalize(0.2860, 0.3530)],
    "cifar": lambda: [
        T.Resize(10),
        T.RandomResizedCrop(8, scale=(0.64, 1.0), ratio=(1.0, 1.0)),
        T.RandomFlipLeftRight(),
        T.ToTensor(),
        T.Normalize([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]),
    ],
    "imagenet": lambda: [T.RandomResizedCrop(5), T.RandomFlipLeftRight(), T.RandomFlipTopBottom(), T.ToTensor()],
    "drawn twice": lambda: [T.RandomResizedCrop(6), T.RandomResizedCrop((4, 3)), T.ToTensor()],
    "test images": lambda: [T.Resize(9, keep_ratio=True), T.CenterCrop(6), T.ToTensor()],
    "too small": lambda: [T.CenterCrop((20, 3)), T.ToTensor()],
}


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("name", TRAINING)
def test_usual_sequences_work_on_whole_batches(name, workers):
    channels = 1 if name == "lenet" else 3
    dataset = images(11, 8, 9, channels, "uint8").transform_first(T.Compose(TRAINING[name]()))
    assert DataLoader(dataset, 4)._gathered([3, 1]) is not None
    assert_same(dataset, workers, batch_size=4)


@pytest.mark.parametrize("kind", [nn.Sequential, nn.HybridSequential])
def test_gluons_sequences_work_on_whole_batches(kind):
    block = kind()
    block.add(T.ToTensor(), T.Normalize(0.5, 0.5))
    dataset = images(5, 4, 4, 1, "uint8").transform_first(block)
    assert DataLoader(dataset, 2)._gathered([0]) is not None
    assert_same(dataset, batch_size=2)


def test_nothing_is_drawn_where_a_later_step_cannot_work_on_the_batch():
    steps = T.Compose([T.RandomFlipLeftRight(), T.CenterCrop(20, interpolation=10), T.ToTensor()])
    dataset = images(7, 4, 6, 1, "uint8").transform_first(steps)
    assert DataLoader(dataset, 2)._gathered([0]) is None
    assert_same(dataset, batch_size=2)


def test_numpy_semantics_in_whole_batches():
    with mx.util.np_array(True), mx.util.np_shape(True):
        pixels = mx.np.array(np.arange(48).reshape(4, 3, 4, 1), dtype="uint8")
        dataset = ArrayDataset(pixels, np.arange(4)).transform_first(T.Compose([T.ToTensor(), T.Normalize(0.1, 0.2)]))
        ((batch, labels),) = DataLoader(dataset, 4)
        assert type(batch) is type(labels) is mx.np.ndarray
        np.testing.assert_array_equal(batch.asnumpy(), np.stack([dataset[i][0].asnumpy() for i in range(4)]))


def test_lists_beside_arrays_and_what_may_notice_being_asked():
    class Noticing(list):
        asked = 0

        def __getitem__(self, index):
            self.asked += 1
            return super().__getitem__(index)

    pixels = mx.nd.ones((4, 2, 2, 1), dtype="uint8")
    plain = ArrayDataset(pixels, [1, 2, 3, 4]).transform_first(T.ToTensor())
    assert DataLoader(plain, 2)._gathered([0]) is not None
    assert_same(plain, batch_size=2)
    labels = Noticing([1, 2, 3, 4])
    list(DataLoader(ArrayDataset(pixels, labels).transform_first(T.ToTensor()), 2))
    assert labels.asked == 4


@pytest.mark.parametrize("indices", [[True, False], [0.5], np.array([0.0]), np.array([[0]]), [], [9], ["a"]])
def test_indices_that_are_none_go_to_the_data_set(indices):
    assert DataLoader(images(3, 2, 2, 1, "uint8"), 2)._gathered(indices) is None


def test_a_part_of_a_data_set_keeps_its_own_errors():
    part = images(5, 2, 2, 1, "uint8").take(3)
    with pytest.raises(IndexError, match="list index out of range"):
        list(DataLoader(part, batch_sampler=[[0], [3]]))
    np.testing.assert_array_equal(next(iter(DataLoader(part, batch_sampler=[[-1]])))[1].asnumpy(), [2])
