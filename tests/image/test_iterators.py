"""Batches of images: what an error says, and what MXNet cannot be asked for."""

import logging

import cv2
import numpy as np
import pytest

import mxnet as mx

OBJECT = [2, 5, 0, 0.1, 0.1, 0.5, 0.5]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with two images, where the test runs."""
    for number in range(2):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((9, 8, 3), number, np.uint8))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _listed(kind=mx.image.ImageIter, size=1, shape=(3, 8, 8), labels=(0, 1), **given):
    return kind(size, shape, imglist=[[label, f"{number}.png"] for number, label in enumerate(labels)], **given)


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"last_batch_handle": "keep"}, ValueError, "last_batch_handle='keep'; expected one of pad, discard"),
        ({"part_index": -1, "num_parts": 2}, AssertionError, "part_index=-1 with num_parts=2; expected 0 to 1"),
        ({"dtype": "uint8"}, AssertionError, "dtype='uint8'; expected one of 'int32'"),
        ({"size": 0}, mx.MXNetError, "batch_size=0; expected 1 or more"),
        ({"shape": (3, 8)}, ValueError, r"data_shape=\(3, 8\); expected \(channels, height, width\)"),
        ({"labels": (0, [1, 2])}, ValueError, r"image '1.png' has labels of the shape \(2,\); label_width=1"),
        ({"aug_list": []}, ValueError, r"image '0.png' has the shape \(3, 9, 8\) after augmentation"),
    ],
)
def test_what_does_not_fit_is_named(folder, given, error, text):
    with pytest.raises(error, match=f"ImageIter: .*{text}"):
        list(_listed(**given))


def test_a_broken_image_is_named(folder):
    (folder / "1.png").write_bytes(b"no image")
    with pytest.raises(mx.MXNetError, match=r"ImageIter: image '1.png' is broken"):
        list(_listed())


def test_a_line_of_a_list_is_named(folder):
    (folder / "a.lst").write_text("0\t1\t0.png\n1\tcat\t1.png\n")
    with pytest.raises(TypeError, match=r"'a.lst', line 2: the labels are \['cat'\]; expected numbers"):
        mx.image.ImageIter(1, (3, 8, 8), path_imglist="a.lst")
    (folder / "a.lst").write_text("0 1 0.png\n")
    with pytest.raises(ValueError, match=r"'a.lst', line 1: '0 1 0.png'; expected a number, labels and a path"):
        mx.image.ImageIter(1, (3, 8, 8), path_imglist="a.lst")


def test_paths_start_where_the_program_runs_without_a_root(folder):
    assert [batch.data[0].max().asscalar() for batch in _listed()] == [0, 1]


def test_records_are_read_to_a_damaged_one(folder):
    """An image of a RecordIO file without an index that is none is an error too."""
    with mx.recordio.MXRecordIO("a.rec", "w") as records:
        records.write(mx.recordio.pack_img((0, 1.0, 0, 0), np.zeros((9, 8, 3), np.uint8), img_fmt=".png"))
        records.write(mx.recordio.pack((0, 1.0, 1, 0), b"no image"))
    images = mx.image.ImageIter(1, (3, 8, 8), path_imgrec="a.rec")
    images.next()
    with pytest.raises(mx.MXNetError, match="ImageIter: an image is broken"):
        images.next()


def test_a_module_trains_on_it(folder):
    """What it provides binds a module, which takes its batches."""
    net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=2)
    module = mx.mod.Module(mx.sym.SoftmaxOutput(net, name="softmax"))
    module.fit(_listed(size=2), num_epoch=1)
    assert module.get_params()[0]["fullyconnected0_weight"].shape == (2, 192)


def test_images_left_out_are_logged(folder, caplog):
    labels = [OBJECT, [2, 5, -1, 0.1, 0.1, 0.5, 0.5]]
    with caplog.at_level(logging.DEBUG):
        batches = list(_listed(mx.image.ImageDetIter, labels=labels))
    assert len(batches) == 1
    assert (
        "ImageDetIter: image '1.png' is left out: ImageDetIter: image '1.png' has no object of a class" in caplog.text
    )


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ([2, 5, 1], "a label of 3 numbers; expected a header of 2 or more and objects of 5 or more"),
        ([*OBJECT, 1], "a label of 8 numbers; it says that the header has 2 and an object 5"),
        ([2, 0, *OBJECT[2:]], "a label of 7 numbers; it says that the header has 2 and an object 0"),
        ([2, 5, 0, 0.5, 0.1, 0.5, 0.5], "no object with an area"),
    ],
)
def test_a_label_without_objects_is_named(folder, label, text):
    with pytest.raises(RuntimeError, match=f"ImageDetIter: image '0.png' has {text}"):
        _listed(mx.image.ImageDetIter, labels=[label])


def test_no_images_have_no_label_shape(folder):
    with pytest.raises(mx.MXNetError, match="there are no images to tell the labels' shape by"):
        _listed(mx.image.ImageDetIter, labels=[])


def test_objects_of_other_lengths_do_not_fit(folder):
    images = _listed(mx.image.ImageDetIter, size=2, labels=[OBJECT, [2, 6, 0, 0.1, 0.1, 0.5, 0.5, 9]])
    with pytest.raises(ValueError, match=r"image '0.png' has 1 objects of 5 numbers; label_shape=\(1, 6\)"):
        images.next()


def test_a_border_of_one_number_fills_all_channels():
    pad = mx.image.DetRandomPadAug(area_range=2.0, pad_val=7)
    image, _ = pad(mx.nd.zeros((20, 30, 3)), np.array([[0, 0.1, 0.1, 0.5, 0.5]]))
    assert sorted(np.unique(image.asnumpy())) == [0, 7]
    assert len(np.unique(image.asnumpy().reshape(-1, 3), axis=0)) == 2


@pytest.mark.parametrize("kind", [mx.image.DetRandomCropAug, mx.image.DetRandomPadAug])
def test_a_range_that_does_not_fit_is_named(kind):
    with pytest.raises(TypeError, match=rf"{kind.__name__}: aspect_ratio_range=\(2, 1\); expected two numbers above 0"):
        kind(aspect_ratio_range=(2, 1))
