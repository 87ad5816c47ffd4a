"""DataLoader: batches of every kind of sample, orders, last batches, workers, arguments that do not fit."""

import contextlib
import gzip
import os
import random
import struct
import tempfile

import numpy as np

from fidelity.support import data, tolerance


def _arrays(mx):
    return mx.gluon.data.ArrayDataset(data((5, 2)), np.arange(5))


def _loaded(mx, dataset=None, **arguments):
    loader = mx.gluon.data.DataLoader(_arrays(mx) if dataset is None else dataset, **arguments)
    return len(loader), list(loader)


# --- batches ------------------------------------------------------------------------------------------------------


def batchify_numbers(mx):
    samples = ([1, 2], [1.5, 2], [np.int32(1)] * 2, [np.float32(1)] * 2, [2**40, 1], [[1, 2], [3, 4]])
    return [mx.gluon.data.dataloader.default_batchify_fn(s) for s in samples]


def batchify_arrays(mx):
    samples = (
        [mx.nd.array(data((2, 3))), mx.nd.array(data((2, 3), 1))],
        [data((2, 3)), data((2, 3), 1)],
        [data((2,), high=9, low=0, dtype="uint8")] * 2,
        [data((2,), dtype="float16")] * 2,
    )
    return [mx.gluon.data.dataloader.default_batchify_fn(s) for s in samples]


def batchify_tuples(mx):
    image = mx.nd.array(data((2, 1)), dtype="float32")
    return mx.gluon.data.dataloader.default_batchify_fn([(image, (1, 2.5)), (image, (3, 4.5))])


def batchify_numpy_semantics(mx):
    mx.npx.set_np()
    samples = (
        [mx.np.ones((2,))] * 2,
        [1, 2],
        [1.5, 2.5],
        [np.int32(1)] * 2,
        [(mx.np.ones(1), 3)] * 2,
        [data((2, 3))] * 2,
    )
    return [mx.gluon.data.dataloader.default_batchify_fn(s) for s in samples]


def batchify_text(mx):
    return mx.gluon.data.dataloader.default_batchify_fn(["a", "b"])


def batchify_nothing(mx):
    return mx.gluon.data.dataloader.default_batchify_fn([])


def batchify_mixed_dtypes(mx):
    out = mx.gluon.data.dataloader.default_batchify_fn([mx.nd.ones(2), mx.nd.ones(2, dtype="int32")])
    return out.asnumpy()


# --- orders -------------------------------------------------------------------------------------------------------


def in_order(mx):
    return _loaded(mx, batch_size=2)


def last_batch_discarded(mx):
    return _loaded(mx, batch_size=2, last_batch="discard")


def last_batch_rolled_over(mx):
    np.random.seed(1)
    loader = mx.gluon.data.DataLoader(_arrays(mx), 2, shuffle=True, last_batch="rollover")
    return [[labels for _, labels in loader] for _ in range(3)], len(loader)


def shuffled(mx):
    np.random.seed(1)
    loader = mx.gluon.data.DataLoader(_arrays(mx), 2, shuffle=True)
    return [[labels for _, labels in loader] for _ in range(2)]


def shuffled_with_workers(mx):
    np.random.seed(1)
    loader = mx.gluon.data.DataLoader(_arrays(mx), 2, shuffle=True, num_workers=2)
    return [[labels for _, labels in loader] for _ in range(2)]


def two_iterators_at_once(mx):
    np.random.seed(0)
    loader = mx.gluon.data.DataLoader(mx.gluon.data.SimpleDataset(list(range(8))), 2, shuffle=True)
    first, second = iter(loader), iter(loader)
    return list(first), list(second)


def sampler_given(mx):
    return _loaded(mx, batch_size=2, sampler=mx.gluon.data.SequentialSampler(3, 1))


def sampler_asked_ahead(mx):
    """What a sampler that draws random numbers notices of workers that prepare batches ahead."""
    dataset = mx.gluon.data.SimpleDataset(list(range(8)))
    out = []
    for arguments in ({}, {"num_workers": 1}, {"num_workers": 2, "prefetch": 3}, {"num_workers": 2, "prefetch": 0}):
        for threads in (True, False):
            drawn = []
            sampler = _Noted(8, drawn)
            loader = mx.gluon.data.DataLoader(dataset, 1, sampler=sampler, thread_pool=threads, **arguments)
            batches = iter(loader)
            counts = [len(drawn)]
            for _ in batches:
                counts.append(len(drawn))
            out.append(counts)
    return out


class _Noted:
    def __init__(self, length, drawn):
        self.length, self.drawn = length, drawn

    def __len__(self):
        return self.length

    def __iter__(self):
        for index in range(self.length):
            self.drawn.append(index)
            yield index


def batch_sampler_given(mx):
    return _loaded(mx, batch_sampler=[[0, 4], [2]])


def negative_indices(mx):
    return _loaded(mx, batch_sampler=[[-1, 0], [-5]])


def index_out_of_range(mx):
    return _loaded(mx, batch_sampler=[[0, 7]])


# --- data sets ----------------------------------------------------------------------------------------------------


def over_plain_arrays(mx):
    return [_loaded(mx, d, batch_size=2) for d in ([1, 2, 3], np.arange(3), data((3, 2)), mx.nd.array(data((3, 2))))]


def over_one_column(mx):
    return [_loaded(mx, mx.gluon.data.ArrayDataset(d), batch_size=2) for d in (data((3, 2)), mx.nd.array(data((3, 2))))]


def over_nd_columns(mx):
    dataset = mx.gluon.data.ArrayDataset(mx.nd.array(data((3, 2, 2))), mx.nd.array(data(3)), [7, 8, 9])
    return _loaded(mx, dataset, batch_size=2)


def over_lists_of_arrays(mx):
    dataset = mx.gluon.data.ArrayDataset([mx.nd.ones(2), mx.nd.zeros(2), mx.nd.ones(2)], ((1, 2), (3, 4), (5, 6)))
    return _loaded(mx, dataset, batch_size=2)


def over_parts(mx):
    dataset = mx.gluon.data.ArrayDataset(mx.nd.array(data((9, 2))), np.arange(9))
    return [
        _loaded(mx, d, batch_size=2) for d in (dataset.take(3), dataset.shard(3, 2), dataset.filter(lambda s: s[1] > 6))
    ]


def over_numpy_semantics(mx):
    mx.npx.set_np()
    dataset = mx.gluon.data.ArrayDataset(mx.np.array(data((3, 2))), mx.np.array(data(3)), np.arange(3))
    return _loaded(mx, dataset, batch_size=2)


def transformed_by_a_function(mx):
    dataset = mx.gluon.data.ArrayDataset(mx.nd.array(data((5, 2))), np.arange(5))
    return [
        _loaded(mx, d, batch_size=2, num_workers=n)
        for n in (0, 2)
        for d in (dataset.transform(lambda x, y: (x * 2, y + 1)), dataset.transform_first(lambda x: x.reshape((1, 2))))
    ]


def batchified_by_a_function(mx):
    return _loaded(mx, batch_size=2, batchify_fn=lambda samples: [len(samples), samples[0][1]])


def _counted(samples):
    return {"n": len(samples), "first": samples[0][0]}


def batchified_by_a_function_in_workers(mx):
    return _loaded(mx, batch_size=2, num_workers=1, batchify_fn=_counted)


def in_threads(mx):
    return _loaded(mx, mx.gluon.data.SimpleDataset(list(range(7))), batch_size=2, num_workers=2, thread_pool=True)


class _Failing:
    def __len__(self):
        return 4

    def __getitem__(self, index):
        if index == 3:
            raise LookupError("sample 3 cannot be read")
        return index


def error_in_a_sample(mx):
    return _loaded(mx, _Failing(), batch_size=2)


def error_in_a_worker(mx):
    return _loaded(mx, _Failing(), batch_size=2, num_workers=2)


def _image_set(mx, count=7):
    # of even sides: MXNet's flips leave the middle of odd ones as the memory was
    images = data((count, 6, 4, 1), low=0, high=256, dtype="uint8")
    return mx.gluon.data.ArrayDataset(mx.nd.array(images, dtype="uint8"), data((count,), 1, 0, 10, "int32"))


def images_to_tensors(mx):
    T = mx.gluon.data.vision.transforms
    steps = [T.ToTensor(), T.Normalize(0.2860, 0.3530)]
    return [
        _loaded(mx, _image_set(mx).transform_first(t), batch_size=3)
        for t in (T.ToTensor(), T.Compose(steps), T.Compose([T.Cast(), *steps]), T.Cast("float16"))
    ]


def colour_images_to_tensors(mx):
    T = mx.gluon.data.vision.transforms
    images = mx.nd.array(data((4, 3, 2, 3), low=0, high=256, dtype="uint8"), dtype="uint8")
    normalize = T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    return _loaded(mx, mx.gluon.data.ArrayDataset(images).transform(T.Compose([T.ToTensor(), normalize])), batch_size=3)


def images_cropped(mx):
    T = mx.gluon.data.vision.transforms
    return [
        _loaded(mx, _image_set(mx, 3).transform_first(T.Compose([t, T.ToTensor()])), batch_size=2)
        for t in (T.CenterCrop(4), T.CenterCrop((3, 4)), T.CenterCrop(7), T.CropResize(1, 2, 3, 3))
    ]


def images_flipped(mx):
    T = mx.gluon.data.vision.transforms
    mx.random.seed(3)
    out = _loaded(mx, _image_set(mx).transform_first(T.Compose([T.RandomFlipLeftRight(), T.ToTensor()])), batch_size=3)
    return out, mx.nd.image.random_brightness(mx.nd.ones((1, 1, 3)), 0, 1)


def images_flipped_both_ways(mx):
    T = mx.gluon.data.vision.transforms
    mx.random.seed(3)
    both = T.Compose([T.RandomFlipLeftRight(), T.RandomFlipTopBottom()])
    return _loaded(mx, _image_set(mx).transform_first(both), batch_size=3)


@tolerance(atol=1 / 255, reason="another version of OpenCV changes the last bit of a byte")
def images_cut_and_flipped(mx):
    T = mx.gluon.data.vision.transforms
    mx.random.seed(3)
    random.seed(3)
    colour = mx.nd.array(np.indices((8, 6, 3)).sum(0) * 15, dtype="uint8")
    images = mx.gluon.data.ArrayDataset(mx.nd.stack(*[colour] * 5), np.arange(5))
    steps = [T.RandomResizedCrop(4), T.RandomFlipTopBottom(), T.RandomFlipLeftRight(), T.ToTensor()]
    return _loaded(mx, images.transform_first(T.Compose(steps)), batch_size=3), random.random()


def image_sequences_of_gluon(mx):
    T = mx.gluon.data.vision.transforms
    block = mx.gluon.nn.HybridSequential()
    block.add(T.ToTensor(), T.Normalize(0.5, 0.25))
    return _loaded(mx, _image_set(mx).transform_first(block), batch_size=3)


def images_normalized_wrongly(mx):
    T = mx.gluon.data.vision.transforms
    steps = T.Compose([T.ToTensor(), T.Normalize((0.1, 0.2, 0.3), 1)])
    return _loaded(mx, _image_set(mx).transform_first(steps), batch_size=3)[1][0][0].asnumpy()


# --- arguments ----------------------------------------------------------------------------------------------------


def no_batch_size(mx):
    return _loaded(mx)


def shuffle_and_sampler(mx):
    return _loaded(mx, batch_size=2, shuffle=True, sampler=mx.gluon.data.SequentialSampler(5))


def batch_sampler_and_size(mx):
    return _loaded(mx, batch_sampler=[[0]], batch_size=2)


def batch_sampler_and_last_batch(mx):
    return _loaded(mx, batch_sampler=[[0]], last_batch="keep")


def last_batch_unknown(mx):
    return _loaded(mx, batch_size=2, last_batch="foo")


def timeout_zero(mx):
    return _loaded(mx, batch_size=2, timeout=0)


def negative_workers(mx):
    return _loaded(mx, batch_size=2, num_workers=-1)


# --- CIFAR's files ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _sums_unchecked(mx):
    """Let files pass that are not the original ones."""
    modules = (mx.gluon.utils, mx.gluon.data.vision.datasets)
    checks = [module.check_sha1 for module in modules]
    for module in modules:
        module.check_sha1 = lambda *_: True
    try:
        yield
    finally:
        for module, check in zip(modules, checks):
            module.check_sha1 = check


def cifar_files(mx):
    """The layout of the binary files, the sums aside."""
    datasets = mx.gluon.data.vision.datasets
    with _sums_unchecked(mx), tempfile.TemporaryDirectory() as root:
        rows = data((2, 3074), low=0, high=256, dtype="uint8")
        names = ["test_batch"] + ["data_batch_%d" % i for i in range(1, 6)]
        for name, width in [(n, 3073) for n in names] + [("train", 3074), ("test", 3074)]:
            rows[:, :width].tofile(os.path.join(root, name + ".bin"))
        ten = datasets.CIFAR10(root=root, train=False)
        hundred = [datasets.CIFAR100(root=root, train=False, fine_label=fine) for fine in (False, True)]
        sizes = [len(datasets.CIFAR10(root=root)), len(datasets.CIFAR100(root=root))]
        return ten[1], [h[1] for h in hundred], sizes, ten[0:2][1]


def mnist_files(mx):
    """The layout of the IDX files, the sums aside."""
    datasets = mx.gluon.data.vision.datasets
    with _sums_unchecked(mx), tempfile.TemporaryDirectory() as root:
        images, labels = data((3, 28, 28), low=0, high=256, dtype="uint8"), np.array([7, 0, 9], "uint8")
        for name, shape, content in (("images-idx3", (3, 28, 28), images), ("labels-idx1", (3,), labels)):
            head = struct.pack(">BBBB%dI" % len(shape), 0, 0, 8, len(shape), *shape)
            with gzip.open(os.path.join(root, "t10k-%s-ubyte.gz" % name), "wb") as stream:
                stream.write(head + content.tobytes())
        mnist = datasets.MNIST(root=root, train=False)
        numbers = datasets.MNIST(root=root, train=False, transform=lambda image, label: (image.shape, label))
        return len(mnist), mnist[1], mnist[0:2], mnist[-1], numbers[2]
