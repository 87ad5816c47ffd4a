"""Samplers and data sets of Gluon: orders, lengths, lazy transformations, parts."""

import numpy as np

from fidelity.support import data


def sequential(mx):
    sampler = mx.gluon.data.SequentialSampler(4, 3)
    return list(sampler), len(sampler)


def random_follows_numpy(mx):
    sampler = mx.gluon.data.RandomSampler(9)
    np.random.seed(5)
    return [[int(i) for i in sampler] for _ in range(3)], len(sampler)


def filtered(mx):
    sampler = mx.gluon.data.FilterSampler(lambda x: x % 2, mx.gluon.data.SimpleDataset(list(range(5))))
    return list(sampler), len(sampler)


def _batches(mx, last_batch):
    sampler = mx.gluon.data.BatchSampler(mx.gluon.data.SequentialSampler(10), 3, last_batch)
    return [(len(sampler), list(sampler)) for _ in range(3)]


def batches_keep(mx):
    return _batches(mx, "keep")


def batches_discard(mx):
    return _batches(mx, "discard")


def batches_rollover(mx):
    return _batches(mx, "rollover")


def batches_unknown(mx):
    return _batches(mx, "unknown")


def batches_negative_size(mx):
    return list(mx.gluon.data.BatchSampler(mx.gluon.data.SequentialSampler(4), -1))


def interval(mx):
    make = mx.gluon.contrib.data.IntervalSampler
    return list(make(13, 3)), list(make(13, 3, rollover=False)), len(make(13, 3)), len(make(13, 3, False))


def interval_too_long(mx):
    return mx.gluon.contrib.data.IntervalSampler(3, 5)


def sampler_base(mx):
    return len(mx.gluon.data.Sampler())


def dataset_base(mx):
    return mx.gluon.data.Dataset()[0]


def array_of_numpy(mx):
    arrays = mx.gluon.data.ArrayDataset(np.arange(10), data(10), data((10, 2)))
    return len(arrays), arrays[3], arrays[-1], arrays[2:4]


def array_of_nd(mx):
    arrays = mx.gluon.data.ArrayDataset(mx.nd.array(data((4, 2))), mx.nd.array(data(4)))
    return arrays[1], arrays[0:2]


def array_single(mx):
    return [mx.gluon.data.ArrayDataset(x)[1] for x in ([1, 2], data(3), mx.nd.array(data(3)), mx.nd.ones((3, 1)))]


def array_of_datasets(mx):
    inner = mx.gluon.data.ArrayDataset([1, 2], [3, 4])
    return mx.gluon.data.ArrayDataset(inner, inner)[1]


def array_none(mx):
    return mx.gluon.data.ArrayDataset()


def array_lengths_differ(mx):
    return mx.gluon.data.ArrayDataset([1], [1, 2])


def array_out_of_range(mx):
    return mx.gluon.data.ArrayDataset(data(3), data(3))[5]


def transforms_are_lazy(mx):
    calls = []
    source = mx.gluon.data.ArrayDataset([1, 2, 3], [4, 5, 6])
    both = source.transform(lambda a, b: calls.append(a) or (b, a))
    first = source.transform_first(lambda a: a * 10)
    now = source.transform(lambda a, b: a + b, lazy=False)
    single = mx.gluon.data.SimpleDataset([1, 2]).transform(lambda a: a * 2)
    single_first = mx.gluon.data.SimpleDataset([1, 2]).transform_first(lambda a: a * 3)
    return both[1], both[1], calls, list(first), list(now), list(single), list(single_first), type(now).__name__


def filter_and_parts(mx):
    source = mx.gluon.data.SimpleDataset(list(range(10)))
    shards = [[list(source.shard(n, i)) for i in range(n)] for n in (1, 3, 4, 12)]
    taken = [list(source.take(n)) for n in (0, 3, None, 20)]
    sampled = list(source.sample(mx.gluon.data.SequentialSampler(3, 2)))
    return list(source.filter(lambda x: x > 6)), shards, taken, sampled, list(source.take(5).shard(2, 1).filter(bool))


def shard_beyond(mx):
    return mx.gluon.data.SimpleDataset([1]).shard(3, 3)


def shard_negative(mx):
    return mx.gluon.data.SimpleDataset([1]).shard(3, -1)


def sample_by_list(mx):
    return mx.gluon.data.SimpleDataset([1, 2]).sample([1, 0])
