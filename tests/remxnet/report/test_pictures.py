import base64
import io

import numpy
import pytest

pytest.importorskip("matplotlib")
from PIL import Image

from remxnet.report.pictures import heat_map, image_picture, map_picture, weight_picture


def pixels(picture):
    head, code = picture.source.split(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(code))) as image:
        array = numpy.asarray(image)
    assert array.shape[:2] == (picture.height, picture.width)
    return array


def test_a_grey_image_is_its_bytes():
    values = numpy.array([[[0, 1], [0.5, 2]]])
    assert pixels(image_picture(values, "x")).tolist() == [[0, 255], [128, 255]]


def test_a_colour_image_has_its_channels_last():
    values = numpy.zeros((3, 4, 5))
    values[0] = 1
    assert pixels(image_picture(values, "x"))[0, 0].tolist() == [255, 0, 0]


def test_other_channels_and_large_images_are_shown_small():
    assert pixels(image_picture(numpy.ones((2, 3, 3)), "x")).shape == (3, 3)
    assert pixels(image_picture(numpy.ones((3, 224, 112)), "x")).shape == (96, 48, 3)


def test_zero_is_white_and_signs_are_blue_and_orange():
    weights = numpy.array([-1.0, 0, 1]).reshape(3, 1, 1, 1)
    sheet = pixels(weight_picture(weights, "x"))
    blue, white, orange = (sheet[5, x, :3].astype(int) for x in (5, 51, 97))
    assert white.min() >= 250
    assert blue[2] > blue[0] + 100
    assert orange[0] > orange[2] + 100
    assert sheet[5, 45, 3] == 0  # the gap


def test_kernels_over_colours_are_in_colour_and_many_are_cut():
    sheet = pixels(weight_picture(numpy.random.RandomState(0).randn(100, 3, 5, 5), "x"))
    assert sheet.shape[1] == 8 * 45 + 7 * 2
    assert sheet.shape[0] == 8 * 45 + 7 * 2


@pytest.mark.parametrize(
    "values",
    [
        numpy.zeros((6, 5, 5)),
        numpy.full((2, 3, 3), numpy.nan),
        numpy.array([1.0, numpy.inf, -numpy.inf, 2.0]),
        numpy.arange(5000.0),
        numpy.ones((1, 1, 1)),
        numpy.random.RandomState(0).rand(96, 113, 57),
    ],
    ids="flat nan infinite long single large".split(),
)
def test_any_values_make_a_picture(values):
    sheet = pixels(map_picture(values, "x"))
    assert 0 < sheet.shape[1] <= 600


def test_a_map_goes_from_blue_to_yellow():
    sheet = pixels(map_picture(numpy.array([[[0.0, 1.0]]]), "x")).astype(int)
    assert sheet[0, 0, 2] > sheet[0, 0, 0] + 50
    assert sheet[0, -1, 0] > sheet[0, -1, 2] + 100


def test_a_confusion_matrix_of_many_classes():
    sheet = pixels(heat_map(numpy.eye(100), "x")).astype(int)
    assert sheet.shape[0] == 600
    assert sheet[0, 0, 0] > 200 > sheet[0, 300, 0]
