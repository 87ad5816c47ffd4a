"""ImageDetRecordIter's augmentations: boxes stay around their objects, and crops are what is asked for."""

import numpy as np
import pytest

import mxnet as mx

SIDE = 96
BOXES = np.array([[1, 0.25, 0.25, 0.5, 0.5], [2, 0.625, 0.5, 0.875, 0.875]])


@pytest.fixture
def records(tmp_path):
    """A RecordIO file with one image: a red and a blue rectangle on black."""
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    for (_, left, top, right, bottom), channel in zip(BOXES, (2, 0)):
        pixels[int(top * SIDE) : int(bottom * SIDE), int(left * SIDE) : int(right * SIDE), channel] = 255
    path = str(tmp_path / "a.rec")
    with mx.recordio.MXRecordIO(path, "w") as record:
        record.write(mx.recordio.pack_img((0, [2, 5, *BOXES.ravel()], 0, 0), pixels, 3, ".png"))
    return path


def _read(path, count=12, **given):
    """Images and their objects."""
    parameters = {"data_shape": (3, SIDE, SIDE), "batch_size": 1, "preprocess_threads": 1, "fill_value": 0, **given}
    images = mx.io.ImageDetRecordIter(path_imgrec=path, **parameters)
    found = []
    for _ in range(count):
        batch = images.next()
        label = batch.label[0].asnumpy()[0]
        found.append((batch.data[0].asnumpy()[0], label[6 : 4 + int(label[3])].reshape(-1, 5)))
        images.reset()
    return found


def _around(pixels):
    """The box around what is bright, as shares of the image."""
    rows, columns = np.nonzero(pixels > 127)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) / SIDE


CROPS = {"rand_crop_prob": 1.0, "min_crop_scales": 0.6, "max_crop_scales": 0.9}


@pytest.mark.parametrize(
    "given",
    [
        {"rand_mirror_prob": 0.5},
        {"rand_pad_prob": 1.0, "max_pad_scale": 2.0},
        CROPS,
        {**CROPS, "min_crop_aspect_ratios": 0.5, "max_crop_aspect_ratios": 2.0, "rand_mirror_prob": 0.5},
        {**CROPS, "crop_emit_mode": "overlap", "rand_pad_prob": 0.5, "max_pad_scale": 2.0},
        {"resize": 50},
    ],
)
def test_boxes_stay_around_their_objects(records, given):
    seen = set()
    for pixels, objects in _read(records, **given):
        seen.add(objects.tobytes())
        for name, *box in objects:
            np.testing.assert_allclose(_around(pixels[0 if name == 1 else 2]), box, atol=0.05)
    assert len(seen) > 1 or "resize" in given


def test_crops_have_the_size_and_the_proportions_that_are_asked_for(records):
    """In the crop of half the side an object is twice as large; of twice the width over the height, √2 and 2√2."""
    sides = {"rand_crop_prob": 1.0, "min_crop_scales": 0.5, "max_crop_scales": 0.50001}
    sides["min_crop_object_coverages"] = 0.99
    ratio = {"min_crop_aspect_ratios": 2.0, "max_crop_aspect_ratios": 2.00001}
    for given, factors in ((sides, (2, 2)), ({**sides, **ratio}, (2**0.5, 2 * 2**0.5))):
        for _, objects in _read(records, **given):
            sizes = objects[:, 3:5] - objects[:, 1:3]
            original = [BOXES[BOXES[:, 0] == each[0]][0] for each in objects]
            expected = [(box[3:5] - box[1:3]) * factors for box in original]
            assert np.isclose(sizes, expected, atol=0.01).all(axis=1).any()  # another may be cut


def test_what_no_crop_has_leaves_the_image_as_it_is(records):
    given = {**CROPS, "min_crop_overlaps": 0.95}
    for _, objects in _read(records, count=3, **given):
        np.testing.assert_allclose(objects, BOXES)


def test_an_object_stays_by_its_middle_or_by_its_share(records):
    by_middle = _read(records, count=30, **CROPS)
    by_share = _read(records, count=30, **CROPS, crop_emit_mode="overlap", emit_overlap_thresh=0.999)
    assert any((objects[:, 1:] == 1).any() or (objects[:, 1:] == 0).any() for _, objects in by_middle)  # cut ones
    assert all(((objects[:, 1:] > 0) & (objects[:, 1:] < 1)).mean() > 0.9 for _, objects in by_share)


def test_kinds_of_crops_are_all_tried(records):
    given = {
        "rand_crop_prob": 1.0, "num_crop_sampler": 2, "min_crop_scales": (0.5, 0.8), "max_crop_scales": (0.501, 0.801),
        "crop_emit_mode": "overlap", "emit_overlap_thresh": 0.99,
    }  # fmt: skip
    widths = {
        round(float((each[3] - each[1]) / 0.25), 1) for _, objects in _read(records, 40, **given) for each in objects
    }
    assert widths == {1.2, 2.0}


def test_how_many_threads_there_are_makes_no_difference(records):
    given = {**CROPS, "max_random_hue": 20, "random_hue_prob": 0.5, "max_random_contrast": 0.5}
    given.update(random_contrast_prob=0.5, max_random_saturation=9, random_saturation_prob=0.5)
    for one, other in zip(_read(records, **given), _read(records, preprocess_threads=3, **given)):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_colours_change_within_bounds(records):
    given = {"max_random_illumination": 20, "random_illumination_prob": 1.0}
    brightest = [pixels[0, 30, 30] for pixels, _ in _read(records, 20, **given)]
    darkest = [pixels[1, 0, 0] for pixels, _ in _read(records, 20, **given)]
    assert min(brightest) >= 255 - 42
    assert 0 < max(darkest) <= 21


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"label_pad_width": 5}, "label_pad_width=5; there is an image with 12 labels"),
        ({"label_width": 7}, r"record 0 of '.*' has 12 labels; label_width=7"),
        ({"max_crop_trials": (1, 2, 3)}, "max_crop_trials has 3 values; num_crop_sampler=1"),
        ({"min_crop_scales": 0.5, "max_crop_scales": 0.5}, "min_crop_scales=0.5 and max_crop_scales=0.5"),
        ({"dtype": "float16"}, "dtype='float16'; expected 'float32'"),
        ({"aug_seq": "x"}, "aug_seq='x'; expected 'det_aug_default'"),
    ],
)
def test_what_does_not_fit_is_named(records, given, text):
    with pytest.raises(mx.MXNetError, match=f"ImageDetRecordIter: .*{text}"):
        _read(records, **given)
