"""Iterators over arrays, and iterators around iterators."""

import numpy as np

from fidelity.support import data

HANDLES = ("pad", "discard", "roll_over")


def _batch(batch):
    return list(batch.data), list(batch.label or ()), batch.pad, batch.index


def _passes(iterator, count=2, most=20):
    """The batches of some passes."""
    passes = []
    for _ in range(count):
        batches = []
        for batch in iterator:
            batches.append(_batch(batch))
            if len(batches) == most:
                break
        passes.append(batches)
        iterator.reset()
    return passes


def _described(iterator):
    return [
        [(each.name, each.shape, each.dtype, each.layout, repr(each)) for each in described]
        for described in (iterator.provide_data, iterator.provide_label)
    ]


def _arrays(count=5):
    return data((count, 2)), np.arange(count)


# ---------------------------------------------------------------- descriptions and batches


def descriptions(mx):
    desc = mx.io.DataDesc("x", (2, 3))
    other = mx.io.DataDesc("y", [4], "int8", "TNC")
    name, shape = other
    return (
        repr(desc), repr(other), tuple(desc), desc == ("x", (2, 3)), desc.dtype, desc.layout, other.layout, name, shape,
        desc == mx.io.DataDesc("x", (2, 3), "float16"), isinstance(desc, tuple), desc._fields,
    )  # fmt: skip


def batch_axes(mx):
    return [mx.io.DataDesc.get_batch_axis(layout) for layout in (None, "NCHW", "TNC", "TC")]


def descriptions_of_lists(mx):
    made = mx.io.DataDesc.get_list([("a", (1, 2)), ("b", (3,))], [("b", "int8"), ("a", "float16")])
    return [repr(each) for each in made + mx.io.DataDesc.get_list([("a", (1, 2))], None)]


def batches(mx):
    x, y = mx.nd.ones((2, 3)), mx.nd.zeros((2,))
    made = mx.io.DataBatch([x], [y], pad=1, index=[3], bucket_key=7, provide_data=[("a", (2, 3))])
    texts = [str(made), str(mx.io.DataBatch([x])), str(mx.io.DataBatch((x, y), ()))]
    return (
        texts,
        made.pad,
        made.index,
        made.bucket_key,
        made.provide_data,
        made.provide_label,
        mx.io.DataBatch(None).data,
    )


def batch_of_an_array(mx):
    mx.io.DataBatch(mx.nd.ones((2, 3)))


def batch_with_an_array_as_label(mx):
    mx.io.DataBatch([mx.nd.ones((2, 3))], mx.nd.ones((2,)))


def base_of_iterators(mx):
    made = mx.io.DataIter(3)
    return (
        made.batch_size, made.iter_next(), made.getdata(), made.getlabel(), made.getindex(), made.getpad(),
        made.reset(), iter(made) is made, list(made),
    )  # fmt: skip


def iterator_of_ones_own(mx):
    class Own(mx.io.DataIter):
        def __init__(self):
            super().__init__(2)
            self.at = 0

        def iter_next(self):
            self.at += 1
            return self.at < 3

        def getdata(self):
            return [mx.nd.full((2,), self.at)]

        def getlabel(self):
            return []

        def getpad(self):
            return 0

        def reset(self):
            self.at = 0

    return _passes(Own())


# ---------------------------------------------------------------- arrays


for _handle in HANDLES:
    for _size in (1, 2, 3, 5):

        def _case(mx, handle=_handle, size=_size):
            return _passes(mx.io.NDArrayIter(*_arrays(), batch_size=size, last_batch_handle=handle), 4)

        globals()[f"arrays_{_handle}_{_size}"] = _case

    def _case(mx, handle=_handle):
        it = mx.io.NDArrayIter(*_arrays(), batch_size=2, shuffle=True, last_batch_handle=handle)
        return _passes(it, 4), it.idx, it.data[0][1], it.label[0][1]

    globals()[f"arrays_shuffled_{_handle}"] = _case

    def _case(mx, handle=_handle):
        it = mx.io.NDArrayIter(*_arrays(), batch_size=2, last_batch_handle=handle)
        first = [_batch(next(it)) for _ in range(2)], it.cursor
        it.reset()
        again = [_batch(next(it))], it.cursor
        it.hard_reset()
        return first, again, it.cursor, _passes(it, 1), it.cursor

    globals()[f"arrays_reset_within_a_pass_{_handle}"] = _case
del _case, _handle, _size


def arrays_longer_batch_than_data(mx):
    return [_passes(mx.io.NDArrayIter(*_arrays(), batch_size=size), 1) for size in (7, 10, 12)]


def arrays_longer_batch_discarded(mx):
    return _passes(mx.io.NDArrayIter(*_arrays(), batch_size=7, last_batch_handle="discard"), 2)


def arrays_described(mx):
    x, y = _arrays()
    many = mx.io.NDArrayIter([x, x.reshape(5, 1, 2)], [y, y + 1], 2)
    named = mx.io.NDArrayIter({"b": x, "a": x * 2}, {"y": y, "x": y + 1}, 2)
    plain = mx.io.NDArrayIter(x, None, 2, data_name="d", layout="NC")
    single = mx.io.NDArrayIter([x], [y], 2, label_name="l")
    return [_described(each) for each in (many, named, plain, single)], _passes(many, 1), _passes(named, 1)


def arrays_dtypes(mx):
    x, y = _arrays()
    made = mx.io.NDArrayIter(x.astype("float16"), y.astype("int32"), 2)
    kept = mx.io.NDArrayIter(mx.nd.array(x, dtype="float64"), mx.nd.array(y, dtype="uint8"), 2)
    return [(_described(each), _batch(next(each))) for each in (made, kept)]


def arrays_attributes(mx):
    it = mx.io.NDArrayIter(*_arrays(), batch_size=2)
    names = [name for name, _ in it.data + it.label]
    return (
        it.num_data,
        it.num_source,
        it.cursor,
        it.batch_size,
        it.shuffle,
        it.last_batch_handle,
        it.idx,
        names,
        it.layout,
    )


def arrays_face(mx):
    it = mx.io.NDArrayIter(*_arrays(), batch_size=2)
    found = [it.iter_next(), it.getdata(), it.getlabel(), it.getpad(), it.getindex(), it.iter_next(), it.iter_next()]
    return found, it.getdata(), it.getpad(), it.iter_next()


def arrays_writing_into_a_batch(mx):
    x = mx.nd.ones((4, 2))
    batch = next(mx.io.NDArrayIter(x, None, 2))
    batch.data[0][:] = 5
    return x


def arrays_lists_of_numbers(mx):
    return _passes(mx.io.NDArrayIter([[1, 2], [3, 4]], None, 2), 1)


def arrays_after_the_end(mx):
    it = mx.io.NDArrayIter(*_arrays(), batch_size=5)
    ends = []
    for _ in range(3):
        try:
            it.next()
            ends.append("batch")
        except StopIteration:
            ends.append("end")
    return ends


def arrays_data_after_the_end(mx):
    it = mx.io.NDArrayIter(*_arrays(), batch_size=5)
    it.next(), it.iter_next()
    it.getdata()


def arrays_none(mx):
    mx.io.NDArrayIter(None, np.arange(3), 2)


def arrays_empty_list(mx):
    mx.io.NDArrayIter([], np.arange(3), 2)


def arrays_empty_dict(mx):
    mx.io.NDArrayIter({}, np.arange(3), 2)


def arrays_text(mx):
    mx.io.NDArrayIter("abc", None, 2)


def arrays_number(mx):
    mx.io.NDArrayIter(5, None, 2)


def arrays_list_with_texts(mx):
    mx.io.NDArrayIter([[1, 2], ["a", "b"]], None, 2)


# ---------------------------------------------------------------- around iterators


def resized(mx):
    found = []
    for size in (2, 3, 7):
        for reset_internal in (True, False):
            it = mx.io.ResizeIter(mx.io.NDArrayIter(*_arrays(), batch_size=2), size, reset_internal)
            found.append((_passes(it, 3), _described(it), it.batch_size, it.size, it.cur))
    return found


def resized_face(mx):
    it = mx.io.ResizeIter(mx.io.NDArrayIter(*_arrays(), batch_size=2), 2)
    return it.iter_next(), it.getdata(), it.getlabel(), it.getindex(), it.getpad(), it.iter_next(), it.iter_next()


def prefetched(mx):
    it = mx.io.PrefetchingIter(mx.io.NDArrayIter(*_arrays(), batch_size=2))
    return _passes(it, 3), _described(it), it.batch_size, it.n_iter


def prefetched_several(mx):
    x, y = _arrays()
    inner = [mx.io.NDArrayIter(x, y, 2), mx.io.NDArrayIter(x * 2, y, 2)]
    it = mx.io.PrefetchingIter(inner, [{"data": "a"}, {"data": "b"}], [{"softmax_label": "p"}, {"softmax_label": "q"}])
    batch = next(it)
    names = [each.name for each in batch.provide_data + batch.provide_label]
    it.reset()
    return names, _described(it), _passes(it, 2)


def prefetched_face(mx):
    it = mx.io.PrefetchingIter(mx.io.NDArrayIter(*_arrays(), batch_size=3))
    return it.iter_next(), it.getdata(), it.getlabel(), it.getindex(), it.getpad(), it.iter_next(), it.iter_next()


def prefetched_of_different_lengths(mx):
    x, y = _arrays()
    it = mx.io.PrefetchingIter([mx.io.NDArrayIter(x[:3], y[:3], 1), mx.io.NDArrayIter(x, y, 1)])
    return len(list(it))


def loader(mx):
    x, y = _arrays(4)
    made = mx.gluon.data.DataLoader(mx.gluon.data.ArrayDataset(x, y), batch_size=2)
    it = mx.contrib.io.DataLoaderIter(made, "d", "l")
    return _described(it), _passes(it, 2), it.batch_size, it.dtype


def loader_last_batch(mx):
    x, y = _arrays(5)
    made = mx.gluon.data.DataLoader(mx.gluon.data.ArrayDataset(x, y), batch_size=2)
    batches = list(mx.contrib.io.DataLoaderIter(made))
    return [batch.pad for batch in batches], batches[-1].data[0][:1], batches[-1].label[0].shape


def loader_of_nothing(mx):
    made = mx.gluon.data.DataLoader(mx.gluon.data.ArrayDataset([], []), batch_size=2)
    mx.contrib.io.DataLoaderIter(made)
