"""The image operators where MXNet's own answers cannot be the measure."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet.ops import OPERATORS
from mxnet.ops.vision import image

IMAGE = np.random.RandomState(0).randint(0, 256, (5, 7, 3)).astype("uint8")


@pytest.mark.parametrize("name", ["flip_left_right", "random_flip_left_right"])
def test_flips_of_odd_sides_have_their_middle(name):
    mx.random.seed(0)
    axis = {"flip_left_right": 1, "random_flip_left_right": 1}[name]
    outs = [getattr(mx.nd.image, name)(mx.nd.array(IMAGE, dtype="uint8")).asnumpy() for _ in range(9)]
    assert all((out == IMAGE).all() or (out == np.flip(IMAGE, axis)).all() for out in outs)
    assert any((out != IMAGE).any() for out in outs)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 1.5])
def test_saturation_mixes_with_the_grey_image(factor):
    out = mx.nd.image.random_saturation(mx.nd.array(IMAGE), factor, factor).asnumpy()
    grey = IMAGE @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(out, IMAGE * factor + (1 - factor) * grey[..., None], rtol=1e-4, atol=1e-3)


def test_hue_and_saturation_leave_grey_images_alone():
    grey = mx.nd.array(IMAGE[..., :1])
    for name in ("random_hue", "random_saturation"):
        np.testing.assert_array_equal(getattr(mx.nd.image, name)(grey, 0.3, 0.3).asnumpy(), grey.asnumpy())


@pytest.mark.parametrize("axis", ["left_right", "top_bottom"])
def test_gradients_of_flips_go_where_the_pixels_came_from(axis):
    x = mx.nd.array(IMAGE)
    x.attach_grad()
    head = mx.nd.random.uniform(shape=x.shape)
    with mx.autograd.record():
        y = getattr(mx.nd.image, f"flip_{axis}")(x)
    y.backward(head)
    expected = getattr(mx.nd.image, f"flip_{axis}")(head)
    np.testing.assert_array_equal(x.grad.asnumpy(), expected.asnumpy())


@pytest.mark.parametrize(
    ("name", "attributes", "shape"),
    [
        ("_image_to_tensor", {}, (3, 5, 7)),
        ("_image_crop", {"x": 1, "y": 0, "width": 2, "height": 3}, (3, 2, 3)),
        ("_image_resize", {"size": (4, 6)}, (6, 4, 3)),
        ("_image_flip_left_right", {}, (5, 7, 3)),
        ("_image_adjust_lighting", {"alpha": (1.0, 0.0, 0.0)}, (5, 7, 3)),
    ],
)
def test_shapes_are_found_without_elements(name, attributes, shape):
    out = OPERATORS[name].function(torch.empty(IMAGE.shape, device="meta"), **attributes)
    assert tuple(out.shape) == shape


def test_images_without_opencv_say_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    with pytest.raises(
        mx.MXNetError, match=r"_image_resize: OpenCV is missing; install it with: pip install 'remxnet\[images\]'"
    ):
        mx.nd.image.resize(mx.nd.array(IMAGE), 3)
    with pytest.raises(mx.MXNetError, match="_cvimdecode: OpenCV is missing"):
        mx.image.imdecode(b"bytes")


def test_resizing_nothing_gives_nothing():
    assert image.resize(torch.empty(0, 5, 7, 3), size=(2, 2)).shape == (0, 2, 2, 3)
