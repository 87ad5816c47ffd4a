"""Iterators over files: CSV, MNIST's format, and images in RecordIO files."""

import contextlib
import os
import struct
import tempfile

import numpy as np

from fidelity.support import data, tolerance


@contextlib.contextmanager
def _folder():
    with tempfile.TemporaryDirectory() as folder:
        before = os.getcwd()
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _write(path, text):
    with open(path, "w") as stream:
        stream.write(text)


def _batch(batch):
    (x,), (y,) = batch.data, batch.label
    kept = x.shape[0] - batch.pad
    return x[:kept].asnumpy(), y[:kept].asnumpy(), batch.pad, x.shape, np.asarray(batch.index[:kept]).astype("int64")


def _passes(it, count=3):
    passes = []
    for _ in range(count):
        passes.append([_batch(batch) for batch in it])
        it.reset()
    return passes


def _described(it):
    return [[(each.name, each.shape, each.dtype) for each in some] for some in (it.provide_data, it.provide_label)]


# ---------------------------------------------------------------- CSV


def _csv(mx, **parameters):
    _write("d.csv", "".join("%d,%d.5,%d\n" % (row, row, -row) for row in range(7)))
    _write("l.csv", "".join("%d\n" % (row * 10) for row in range(7)))
    _write("l2.csv", "".join("%d,%d\n" % (row * 10, row) for row in range(7)))
    return mx.io.CSVIter(**{"data_csv": "d.csv", "data_shape": (3,), "batch_size": 3, **parameters})


def csv(mx):
    with _folder():
        return [
            (_described(it), _passes(it))
            for it in (
                _csv(mx),
                _csv(mx, label_csv="l.csv"),
                _csv(mx, label_csv="l.csv", round_batch=False),
                _csv(mx, batch_size=7),
                _csv(mx, label_csv="l2.csv", label_shape=(2,), data_shape=(1, 3), data_name="x", label_name="y"),
                _csv(mx, data_shape="(3, 1)", batch_size="2"),
                _csv(mx, dtype="int32"),
                _csv(mx, dtype="int64"),
            )
        ]


def csv_longer_batch(mx):
    with _folder():
        return _passes(_csv(mx, batch_size=10), 1)


def csv_face(mx):
    with _folder():
        it = _csv(mx)
        face = it.iter_next(), it.getdata(), it.getlabel(), it.getpad(), np.asarray(it.getindex()).astype("int64")
        it = _csv(mx)
        first = next(it).data
        it.debug_skip_load()
        return face, first, next(it).data, next(it).data, type(it).__name__


def csv_row_of_another_length(mx):
    with _folder():
        list(_csv(mx, data_shape=(4,)))


def csv_missing_file(mx):
    with _folder():
        list(_csv(mx, data_csv="no.csv"))


def csv_without_shape(mx):
    with _folder():
        _write("d.csv", "1,2\n")
        mx.io.CSVIter(data_csv="d.csv", batch_size=1)


def csv_without_batch_size(mx):
    with _folder():
        _write("d.csv", "1,2\n")
        mx.io.CSVIter(data_csv="d.csv", data_shape=(2,))


def csv_no_number(mx):
    with _folder():
        _write("d.csv", "1,abc\n")
        list(mx.io.CSVIter(data_csv="d.csv", data_shape=(2,), batch_size=1))


def csv_empty(mx):
    with _folder():
        _write("d.csv", "")
        list(mx.io.CSVIter(data_csv="d.csv", data_shape=(2,), batch_size=1))


def csv_batch_longer_than_two_passes(mx):
    with _folder():
        list(_csv(mx, batch_size=16))


def csv_dtype(mx):
    with _folder():
        list(_csv(mx, dtype="float64"))


# ---------------------------------------------------------------- MNIST


def _idx(path, array):
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(">%dI" % array.ndim, *array.shape)
    with open(path, "wb") as stream:
        stream.write(head + array.astype("uint8").tobytes())


def _mnist(mx, count=11, **parameters):
    _idx("images", data((count, 4, 4), low=0, high=256, dtype="uint8"))
    _idx("labels", np.arange(count) % 256)
    return mx.io.MNISTIter(**{"image": "images", "label": "labels", "batch_size": 3, "silent": True, **parameters})


def mnist(mx):
    with _folder():
        return [
            (_described(it), _passes(it, 2))
            for it in (
                _mnist(mx, shuffle=False),
                _mnist(mx, shuffle=False, flat=True),
                _mnist(mx),
                _mnist(mx, seed=1, flat=1),
                _mnist(mx, shuffle=False, num_parts=3, part_index=1, batch_size=2, label_name="y"),
                _mnist(mx, num_parts=3, part_index=2, batch_size=2, seed=4),
            )
        ]


def mnist_long_order(mx):
    with _folder():
        it = _mnist(mx, count=5000, seed=7, batch_size=5000)
        return next(it).label[0].asnumpy().astype("uint8")


def mnist_missing_file(mx):
    with _folder():
        _mnist(mx, image="no")


def mnist_longer_batch(mx):
    with _folder():
        return len(list(_mnist(mx, batch_size=20)))


# ---------------------------------------------------------------- images


def _pixels(number, height, width):
    """An image with areas of one colour, and so little to round when it is resized."""
    small = data((height // 5, width // 4, 3), seed=number, low=0, high=256, dtype="uint8")
    return np.kron(small, np.ones((5, 4, 1), "uint8"))


def _records(mx, name="a", height=10, width=12, labels=1, count=7):
    record = mx.recordio.MXIndexedRecordIO(name + ".idx", name + ".rec", "w")
    for number in range(count):
        label = float(number) if labels == 1 else np.arange(labels) + number
        header = mx.recordio.IRHeader(0, label, number, 0)
        record.write_idx(number, mx.recordio.pack_img(header, _pixels(number, height, width), 3, ".png"))
    record.close()


def _images(mx, **parameters):
    defaults = {
        "path_imgrec": "a.rec", "data_shape": (3, 8, 8), "batch_size": 3, "preprocess_threads": 1, "verbose": False,
    }  # fmt: skip
    return mx.io.ImageRecordIter(**{**defaults, **parameters})


def images(mx):
    with _folder():
        _records(mx)
        return [
            (_described(it), _passes(it, 3))
            for it in (
                _images(mx),
                _images(mx, batch_size=7, data_name="x", label_name="y"),
                _images(mx, path_imgidx="a.idx", num_parts=2, part_index=1, batch_size=2),
                _images(mx, num_parts=2, part_index=0, batch_size=2),
            )
        ]


def _orders(it, count=3):
    passes = []
    for _ in range(count):
        passes.append([batch.label[0].asnumpy() for batch in it])
        it.reset()
    return passes


def image_orders(mx):
    with _folder():
        _records(mx)
        return [
            _orders(it)
            for it in (
                _images(mx, shuffle=True),
                _images(mx, shuffle=True, seed=3),
                _images(mx, shuffle=True, seed=3, path_imgidx="a.idx", batch_size=7),
                _images(mx, shuffle=True, seed=1, num_parts=2, part_index=1),
            )
        ] + [_orders(_images(mx, batch_size=10), 1)]


def image_labels(mx):
    with _folder():
        _records(mx, labels=3)
        _records(mx, "b")
        _write("b.lst", "".join("%d\t%d\tx.jpg\n" % (number, number * 11) for number in range(7)))
        wide = _images(mx, label_width=3)
        listed = _images(mx, path_imgrec="b.rec", path_imglist="b.lst")
        return _described(wide), _orders(wide, 1), _orders(listed, 1)


STEPS = {
    "mean": {"mean_r": 10, "mean_g": 20, "mean_b": 30},
    "deviation": {"std_r": 2, "std_g": 4, "std_b": 8, "mean_r": 1},
    "scale": {"scale": 0.5, "mean_r": 10},
    "mirror": {"mirror": True},
    "grey": {"data_shape": (1, 8, 8), "mean_r": 5, "std_r": 2},
    "border": {"pad": 2, "fill_value": 7, "data_shape": (3, 14, 14)},
    "whole": {"data_shape": (3, 10, 12)},
    "uint8": {"dtype": "uint8", "mean_r": 100},
    "int8": {"dtype": "int8", "mean_r": 100},
    "quarter_turn": {"rotate": 90},
    "no_rectangle": {"random_resized_crop": True},
    "nearest": {"inter_method": 0, "resize": 9},
}


def image_steps(mx):
    with _folder():
        _records(mx)
        return {name: next(_images(mx, **step)).data[0].asnumpy() for name, step in STEPS.items()}


RESIZED = {
    "bilinear": {"resize": 9},
    "area": {"resize": 9, "inter_method": 3},
    "by_size": {"resize": 9, "inter_method": 9},
    "cubic": {"resize": 9, "inter_method": 2},
    "too_small": {"data_shape": (3, 20, 24)},
    "too_narrow": {"data_shape": (3, 9, 20)},
    "square": {"min_crop_size": 6, "max_crop_size": 6},
    "scaled": {"min_random_scale": 1.5, "max_random_scale": 1.5},
    "turned": {"rotate": 30},
    "at_most": {"max_img_size": 9},
    "at_least": {"min_img_size": 11},
}


@tolerance(
    0, 4, "releases of OpenCV round a bilinear pixel of bytes to one side or the other, twice where it is turned"
)
def image_resizing(mx):
    with _folder():
        _records(mx)
        return {name: next(_images(mx, **step)).data[0].asnumpy() for name, step in RESIZED.items()}


def image_uint8_iterators(mx):
    with _folder():
        _records(mx)
        given = {
            "path_imgrec": "a.rec",
            "data_shape": (3, 8, 8),
            "batch_size": 3,
            "preprocess_threads": 1,
            "verbose": False,
        }
        made = mx.io.ImageRecordUInt8Iter(**given), mx.io.ImageRecordInt8Iter(**given)
        return [(_described(it), next(it).data[0].asnumpy()) for it in made]


def images_missing_file(mx):
    _images(mx, path_imgrec="nowhere.rec")


def images_without_file(mx):
    _images(mx, path_imgrec="")


def images_of_other_labels(mx):
    with _folder():
        _records(mx, labels=3)
        list(_images(mx))


def images_of_fewer_labels(mx):
    with _folder():
        _records(mx)
        list(_images(mx, label_width=2))


def images_shape(mx):
    with _folder():
        _records(mx)
        _images(mx, data_shape=(8, 8))


def images_channels(mx):
    with _folder():
        _records(mx)
        next(_images(mx, data_shape=(4, 8, 8)))


def images_dtype(mx):
    with _folder():
        _records(mx)
        next(_images(mx, dtype="float16"))


def images_parameter_of_another_kind(mx):
    with _folder():
        _records(mx)
        _images(mx, resize="x")


def images_damaged_file(mx):
    with _folder():
        _write("a.rec", "hello world foo bar")
        list(_images(mx))


def images_empty_file(mx):
    with _folder():
        _write("a.rec", "")
        list(_images(mx))


# ---------------------------------------------------------------- images with objects in them


def _object_label(count, width=5, extra=()):
    found = [2 + len(extra), width, *extra]
    for number in range(count):
        found += [number, 0.1 * number, 0.1, 0.1 * number + 0.3, 0.6] + [0.5] * (width - 5)
    return found


def _detected(mx, name="d", height=10, width=12, labels=None, **parameters):
    record = mx.recordio.MXRecordIO(name + ".rec", "w")
    for number, label in enumerate(labels or [_object_label(number % 3 + 1) for number in range(7)]):
        header = mx.recordio.IRHeader(0, label, number + 20, 0)
        record.write(mx.recordio.pack_img(header, _pixels(number, height, width), 3, ".png"))
    record.close()
    defaults = {
        "path_imgrec": name + ".rec", "data_shape": (3, 10, 12), "batch_size": 2, "preprocess_threads": 1,
        "verbose": False,
    }  # fmt: skip
    return mx.io.ImageDetRecordIter(**{**defaults, **parameters})


def objects(mx):
    settings = [
        {}, {"label_pad_width": 30, "label_pad_value": -7}, {"label_pad_width": -1, "batch_size": 7},
        {"data_name": "x", "label_name": "y", "num_parts": 2, "part_index": 1}, {"label_width": -1, "batch_size": 3},
    ]  # fmt: skip
    with _folder():
        return [(_described(it), _passes(it)) for it in (_detected(mx, **given) for given in settings)]


def objects_of_one_length(mx):
    labels = [_object_label(2, 6, (7, 8)), _object_label(2, 6, (9, 10))]
    with _folder():
        return _passes(_detected(mx, labels=labels, label_width=16, rand_mirror_prob=1.0), 1)


def objects_without_area(mx):
    with _folder():
        return _passes(_detected(mx, labels=[[2, 5, 0, 0.5, 0.1, 0.2, 0.3], _object_label(2)]), 1)


def objects_listed(mx):
    with _folder():
        lines = ["\t".join(map(str, [number + 20, *_object_label(1), "x"])) for number in range(7)]
        _write("d.lst", "\n".join(lines) + "\n")
        return _passes(_detected(mx, path_imglist="d.lst"), 1)


@tolerance(atol=1, reason="another version of OpenCV rounds bytes differently in the last bit")
def objects_fitted(mx):
    with _folder():
        found = []
        for height, width in ((10, 40), (40, 12), (20, 12), (5, 8), (15, 4)):
            for mode in ("force", "fit", "shrink"):
                it = _detected(mx, height=height, width=width, resize_mode=mode, batch_size=1, fill_value=9)
                batch = next(it)
                found.append((batch.data[0].asnumpy(), batch.label[0].asnumpy()))
        return found


def objects_changed(mx):
    settings = [
        {"mean_r": 1, "mean_g": 2, "mean_b": 3, "scale": 0.5}, {"std_r": 2, "std_b": 5}, {"rand_mirror_prob": 1.0},
        {"inter_method": 0, "data_shape": (3, 20, 24)}, {"data_shape": (1, 10, 12)}, {"aug_seq": "aug_default"},
    ]  # fmt: skip
    with _folder():
        return [_passes(_detected(mx, **given), 1)[0][0][:2] for given in settings]


def _objects_refused(name, labels=None, **given):
    def case(mx):
        with _folder():
            list(_detected(mx, labels=labels and [labels] * 2, **given))

    globals()["objects_refused_" + name] = case


_objects_refused("too_few_labels", [2.0, 5.0])
_objects_refused("one_label", 3.0)
_objects_refused("short_object", [2, 4, 0, 0.1, 0.1, 0.2])
_objects_refused("short_header", [0, 5, 0, 0.1, 0.1, 0.2, 0.3])
_objects_refused("width", label_width=7)
_objects_refused("short_rows", label_pad_width=5)
_objects_refused("shape", data_shape=(10, 12))
_objects_refused("interpolation", inter_method=7)
_objects_refused("mode", resize_mode="x")
_objects_refused("scales", min_crop_scales=(0.5,), max_crop_scales=(0.3,), rand_crop_prob=1.0)
_objects_refused("samplers", min_crop_scales=(0.1, 0.2, 0.3), num_crop_sampler=2, rand_crop_prob=1.0)
_objects_refused("dtype", dtype="uint8")
_objects_refused("no_file", path_imgrec="")
_objects_refused("missing_file", path_imgrec="nowhere.rec")
