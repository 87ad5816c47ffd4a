"""`mx.image.ImageIter`: passes, sources, labels, augmentation, and what is refused."""

import random

import numpy as np

from fidelity.image_support import BYTE, INDEXED, batch_of, folder, passes_of
from fidelity.support import tolerance


def _described(it):
    return it.provide_data, it.provide_label, it.seq, it.num_image, len(it.auglist), it.batch_size, it.data_shape


SOURCES = {"records": {"path_imgrec": "a.rec"}, "indexed": INDEXED, "listed": {"path_imglist": "a.lst"}}
SOURCES["listed"]["path_root"] = ""


def _made(mx, size=3, shape=(3, 8, 8), **given):
    return mx.image.ImageIter(size, shape, **given)


# ---------------------------------------------------------------- passes


for _source in SOURCES:
    for _handle in ("pad", "discard", "roll_over"):

        def _case(mx, source=_source, handle=_handle):
            with folder(mx):
                made = [_made(mx, size, last_batch_handle=handle, **SOURCES[source]) for size in (3, 7, 10, 4, 1)]
                return [(_described(it), passes_of(it)) for it in made]

        globals()["passes_%s_%s" % (_source, _handle)] = _case
del _case, _source, _handle


def passes_shuffled(mx):
    with folder(mx):
        found = []
        for handle in ("pad", "discard", "roll_over"):
            random.seed(5)
            it = _made(mx, shuffle=True, last_batch_handle=handle, **INDEXED)
            found.append((list(it.seq), passes_of(it), random.random()))
        return found


def passes_broken_off(mx):
    with folder(mx):
        found = []
        for handle in ("pad", "discard", "roll_over"):
            it = _made(mx, last_batch_handle=handle, **INDEXED)
            steps = [batch_of(next(it)), it.reset(), batch_of(next(it)), it.cur]
            steps += [[batch_of(batch) for batch in it], it.cur, it.hard_reset(), [batch_of(batch) for batch in it]]
            found.append((steps, it.cur))
        return found


def parts(mx):
    with folder(mx):
        return [
            [_made(mx, part_index=part, num_parts=count, **source).seq for part in range(count)]
            for count in (1, 2, 3)
            for source in (INDEXED, SOURCES["listed"])
        ]


def parts_without_images(mx):
    with folder(mx):
        return _made(mx, num_parts=20, **INDEXED).next()


# ---------------------------------------------------------------- sources and labels


def listed_in_python(mx):
    with folder(mx):
        lists = [
            [[1, "im1.png"], [2, "im2.png"], [[3], "im3.png"]],
            [[1.5, "im1.png"], [np.array([2.5]), "im2.png"]],
        ]
        found = []
        for imglist in lists:
            it = _made(mx, 2, imglist=imglist, path_root="", dtype="float64")
            found.append((_described(it), it.imglist, passes_of(it, 2)))
        wide = _made(mx, 2, imglist=[[np.array([1, 2]), "im1.png"], [(2, 3), "im2.png"], [4, 5, "im3.png"]],
                     path_root="", label_width=2)  # fmt: skip
        return found, _described(wide), wide.imglist, passes_of(wide, 1)


def labels_of_records(mx):
    with folder(mx, labels=[[number, number + 0.5] for number in range(7)]):
        return _described(_made(mx, label_width=2, **INDEXED)), passes_of(_made(mx, label_width=2, **INDEXED), 1)


def labels_repeated(mx):
    with folder(mx):
        return passes_of(_made(mx, label_width=3, **INDEXED), 1)


def labels_too_many(mx):
    with folder(mx, labels=[[1, 2]] * 7):
        return _made(mx, **INDEXED).next()


def labels_too_few(mx):
    with folder(mx, labels=[[1, 2]] * 7):
        return _made(mx, label_width=3, **INDEXED).next()


def records_with_other_labels(mx):
    with folder(mx):
        with open("b.lst", "w") as stream:
            for number in (5, 3, 1, 0, 2, 4, 6):
                stream.write("%d\t%d\tx\n" % (number, number * 100))
        it = _made(mx, path_imglist="b.lst", **INDEXED)
        return it.seq, passes_of(it, 1), passes_of(_made(mx, path_imglist="b.lst", path_imgrec="a.rec"), 1)


def records_that_a_list_lacks(mx):
    with folder(mx):
        return list(_made(mx, path_imglist="a.lst", **INDEXED))


def names(mx):
    with folder(mx):
        return _described(_made(mx, data_name="x", label_name="y", label_width=2, **INDEXED))


def steps_of_a_sample(mx):
    with folder(mx):
        it = _made(mx, **SOURCES["listed"])
        label, content = it.next_sample()
        image = it.imdecode(content)
        it.check_valid_image([image])
        changed = it.augmentation_transform(image)
        return (
            label, type(content).__name__, image, changed, it.postprocess_data(changed), it.cur,
            it.read_image("im0.png") == content,
        )  # fmt: skip


def subclass(mx):
    class Own(mx.image.ImageIter):
        def check_valid_image(self, data):
            if data.shape[0] == 10:
                raise RuntimeError("not this one")

        def postprocess_data(self, datum):
            return super().postprocess_data(datum) + 1

    with folder(mx):
        return passes_of(Own(3, (3, 8, 8), **INDEXED), 2)


def numpy_arrays(mx):
    mx.npx.set_np()
    with folder(mx):
        batch = _made(mx, **SOURCES["listed"]).next()
        return batch.data[0], batch.label[0]


# ---------------------------------------------------------------- augmentation


@tolerance(**BYTE)
def augmented(mx):
    settings = [
        {}, {"resize": 12}, {"resize": 12, "rand_crop": True, "rand_mirror": True},
        {"rand_crop": True, "rand_resize": True, "mean": True, "std": True}, {"rand_gray": 0.5, "inter_method": 1},
    ]  # fmt: skip
    with folder(mx):
        found = []
        for given in settings:
            random.seed(1)
            it = _made(mx, 4, **INDEXED, **given)
            found.append((it.next().data[0], random.random()))
        own = _made(mx, 4, aug_list=[mx.image.ForceResizeAug((8, 8)), mx.image.CastAug()], **INDEXED)
        return found, own.next().data[0]


# ---------------------------------------------------------------- what is refused


def _refused(name, source=INDEXED, **given):
    def case(mx):
        with folder(mx):
            return _made(mx, **{**source, **given}).next()

    globals()["refused_" + name] = case


_refused("no_source", {})
_refused("empty_tuple", {}, imglist=())
_refused("empty_list", {}, imglist=[])
_refused("list_without_labels", {}, imglist=[["im1.png"]])
_refused("dtype", dtype="float16")
_refused("part", part_index=2, num_parts=2)
_refused("shuffle_without_index", {"path_imgrec": "a.rec"}, shuffle=True)
_refused("parts_without_index", {"path_imgrec": "a.rec"}, num_parts=2)
_refused("argument", foo=1)
_refused("missing_records", {"path_imgrec": "nowhere.rec"})
_refused("missing_index", path_imgidx="nowhere.idx")
_refused("missing_list", {"path_imglist": "nowhere.lst"})
_refused("missing_image", {}, imglist=[[1, "nowhere.png"]], path_root="")
_refused("augmenters", aug_list=5)
_refused("size_after_augmenters", aug_list=[])
_refused("shape", shape=(3, 8))
_refused("channels", shape=(1, 8, 8))
_refused("shape_of_nothing", shape=(3, 0, 8))
_refused("no_batch", size=0)
_refused("batch_of_a_part", size=1.5)


def refused_lines_of_lists(mx):
    found = []
    with folder(mx):
        for text in ("0 1 x\n", "a\t1\tx\n", "1\tb\tx\n", "\n", "1\t2\tim1.png\n\n", ""):
            with open("t.lst", "w") as stream:
                stream.write(text)
            try:
                it = _made(mx, path_imglist="t.lst", path_root="")
                it.next()
                found.append("read")
            except Exception as error:  # noqa: BLE001 - the class is the outcome
                found.append(type(error).__name__)
    return found


def refused_image_that_is_none(mx):
    with folder(mx):
        with open("im3.png", "wb") as stream:
            stream.write(b"no image")
        list(_made(mx, **SOURCES["listed"]))


def refused_record_that_is_none(mx):
    with folder(mx):
        records = mx.recordio.MXIndexedRecordIO("a.idx", "a.rec", "w")
        records.write_idx(0, b"short")
        records.close()
        _made(mx, **INDEXED).next()


def refused_empty_files(mx):
    with folder(mx):
        open("e.rec", "w").close()
        _made(mx, path_imgrec="e.rec").next()
