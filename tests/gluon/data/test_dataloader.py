"""DataLoader: whole batches are the samples one by one; data sets, orders, arguments."""

import multiprocessing

import numpy as np
import pytest

import mxnet as mx
from mxnet.gluon.data import ArrayDataset, BatchSampler, DataLoader, Dataset, RandomSampler, SimpleDataset
from mxnet.gluon.data.vision import transforms as T


class OneByOne(Dataset):
    """A data set that gives only single samples, and counts them."""

    def __init__(self, dataset):
        self.dataset = dataset
        self.given = 0

    def __len__(self):
        return len(self.dataset)

    def __getitem__(self, index):
        self.given += 1
        return self.dataset[index]


def images(count=11, channels=1, side=6):
    pixels = np.random.RandomState(0).randint(0, 256, (count, side, side + 2, channels)).astype("uint8")
    return ArrayDataset(mx.nd.array(pixels, dtype="uint8"), np.arange(count, dtype="int32"))


def epoch(dataset, **arguments):
    np.random.seed(3)
    mx.random.seed(3)
    return list(DataLoader(dataset, 4, shuffle=True, **arguments))


def same(ours, theirs):
    assert len(ours) == len(theirs)
    for our_parts, their_parts in zip(ours, theirs):
        assert type(our_parts) is type(their_parts) is list
        for a, b in zip(our_parts, their_parts):
            assert type(a) is type(b) and a.context == b.context
            np.testing.assert_array_equal(a.asnumpy(), b.asnumpy(), strict=True)


PIPELINES = {
    "as they are": None,
    "to tensor": lambda: T.ToTensor(),
    "normalize": lambda: T.Compose([T.ToTensor(), T.Normalize(0.286, 0.353)]),
    "cast": lambda: T.Compose([T.Cast("float16"), T.ToTensor()]),
    "cast to tensor normalize": lambda: T.Compose([T.Cast(), T.ToTensor(), T.Normalize(0.1, 0.3)]),
    "resize": lambda: T.Compose([T.Resize((5, 4)), T.ToTensor()]),
    "resize keeping": lambda: T.Compose([T.Resize(4, keep_ratio=True), T.ToTensor()]),
    "center crop": lambda: T.Compose([T.CenterCrop((5, 4)), T.ToTensor()]),
    "center crop of too small": lambda: T.Compose([T.CenterCrop((9, 9)), T.ToTensor()]),
    "crop": lambda: T.Compose([T.CropResize(1, 2, 3, 4), T.ToTensor(), T.Normalize(0.5, 0.5)]),
    "crop and resize": lambda: T.CropResize(1, 2, 3, 4, (6, 6), 1),
    "flip": lambda: T.Compose([T.RandomFlipLeftRight(), T.ToTensor()]),
    "flip down": lambda: T.RandomFlipTopBottom(),
    "two flips": lambda: T.Compose([T.RandomFlipLeftRight(), T.RandomFlipTopBottom(), T.ToTensor()]),
    "nested": lambda: T.Compose([T.Compose([T.CenterCrop(4), T.ToTensor()]), T.Normalize(0.2, 0.4)]),
    "nothing": lambda: T.Compose([]),
}


@pytest.mark.parametrize("workers", [0, 3])
@pytest.mark.parametrize("name", PIPELINES)
def test_whole_batches_are_the_samples_one_by_one(name, workers):
    dataset = images()
    if PIPELINES[name] is not None:
        dataset = dataset.transform_first(PIPELINES[name]())
    same(epoch(dataset, num_workers=workers), epoch(OneByOne(dataset)))


@pytest.mark.parametrize(
    "mean_and_std", [(0.5, 0.25), ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), (0.1, (1, 2, 3))]
)
def test_colour_images_in_whole_batches(mean_and_std):
    dataset = images(channels=3).transform_first(T.Compose([T.ToTensor(), T.Normalize(*mean_and_std)]))
    same(epoch(dataset), epoch(OneByOne(dataset)))


@pytest.mark.parametrize(
    "narrowed",
    [
        lambda d: d.take(7),
        lambda d: d.shard(2, 1),
        lambda d: d.filter(lambda sample: sample[1] % 2),
        lambda d: d.sample(RandomSampler(6)),
        lambda d: d.take(7).shard(2, 0),
    ],
)
def test_parts_of_a_data_set_in_whole_batches(narrowed):
    dataset = narrowed(images()).transform_first(T.ToTensor())
    assert DataLoader(dataset, 2)._gathered([0, 1]) is not None
    same(epoch(dataset), epoch(OneByOne(dataset)))


def test_workers_are_not_started_for_whole_batches(monkeypatch):
    monkeypatch.setattr(multiprocessing.Process, "start", lambda self: pytest.fail("a process was started"))
    dataset = images().transform_first(T.ToTensor())
    assert len(list(DataLoader(dataset, 4, num_workers=4))) == 3


@pytest.mark.parametrize(
    "dataset",
    [
        lambda: images().transform_first(lambda x: x),
        lambda: images().transform(lambda x, y: (x, y)),
        lambda: images().transform_first(T.Compose([T.ToTensor(), lambda x: x * 2])),
        lambda: images().transform_first(T.RandomBrightness(0.5)),
        lambda: SimpleDataset([(mx.nd.ones(2), 1)] * 5),
        lambda: ArrayDataset([1, 2, 3]),
    ],
)
def test_arbitrary_functions_go_sample_by_sample(dataset):
    assert DataLoader(dataset(), 2)._gathered([0, 1]) is None
    same_or_single = list(DataLoader(dataset(), 2))
    assert len(same_or_single) == -(-len(dataset()) // 2)


def test_changed_transforms_are_called():
    class Inverted(T.ToTensor):
        def hybrid_forward(self, F, x):
            return 1 - super().hybrid_forward(F, x)

    dataset = images()
    (plain, _), *_ = DataLoader(dataset.transform_first(T.ToTensor()), 11)
    (inverted, _), *_ = DataLoader(dataset.transform_first(Inverted()), 11)
    np.testing.assert_array_equal(inverted.asnumpy(), 1 - plain.asnumpy())
    seen, hooked = [], T.ToTensor()
    hooked.register_forward_hook(lambda *args: seen.append(1))
    list(DataLoader(dataset.transform_first(hooked), 11))
    assert len(seen) == 11


def test_changed_data_sets_are_asked():
    class Doubled(ArrayDataset):
        def __getitem__(self, index):
            image, label = super().__getitem__(index)
            return image, label * 2

    pixels = mx.nd.ones((3, 2, 2, 1), dtype="uint8")
    ((_, labels),) = DataLoader(Doubled(pixels, np.arange(3)), 3)
    assert labels.asnumpy().tolist() == [0, 2, 4]


def test_batches_do_not_share_memory_with_the_data_set():
    dataset = images(4)
    ((first, _),) = DataLoader(dataset, 4)
    first[:] = 0
    assert dataset[0][0].asnumpy().any()


def test_data_set_with_gradients_keeps_its_graph():
    x = mx.nd.ones((4, 2))
    x.attach_grad()
    with mx.autograd.record():
        y = x * 2
        ((batch,),) = ([b] for b in DataLoader(y, 4))
        total = batch.sum()
    total.backward()
    assert x.grad.asnumpy().tolist() == [[2.0, 2.0]] * 4


def test_no_batches():
    for workers in (0, 2):
        assert list(DataLoader(SimpleDataset([]), 2, num_workers=workers)) == []


# --- arguments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({}, "batch_size is missing"),
        ({"batch_size": 0}, "batch_size must be positive, got 0"),
        ({"batch_size": 2, "shuffle": True, "sampler": [0]}, "shuffle has no meaning with sampler"),
        ({"batch_sampler": [[0]], "shuffle": True}, "mean nothing with batch_sampler"),
    ],
)
def test_arguments_that_do_not_fit(arguments, problem):
    with pytest.raises(ValueError, match=problem):
        DataLoader(SimpleDataset([1]), **arguments)


def test_samples_that_cannot_be_stacked():
    with pytest.raises(
        KeyError, match="samples such as 'a', of dtype <U1, cannot be stacked.*give the DataLoader a batchify_fn"
    ):
        list(DataLoader(SimpleDataset(["a", "b"]), 2))
    with pytest.raises(ValueError, match=r"samples of shapes \(\d+,\) and \(\d+,\) cannot be stacked"):
        list(DataLoader(SimpleDataset([np.ones(2), np.ones(3)]), 2))
    with pytest.raises(mx.MXNetError, match=r"stack: array 1 has shape \(3,\)"):
        list(DataLoader(SimpleDataset([mx.nd.ones(2), mx.nd.ones(3)]), 2))


def test_any_iterable_draws_batches():
    batches = BatchSampler((i * 2 for i in range(3)), 2)
    assert [b.asnumpy().tolist() for b in DataLoader(SimpleDataset(list(range(9))), batch_sampler=batches)] == [
        [0, 2],
        [4],
    ]
