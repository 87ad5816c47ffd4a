"""The operators of the image namespace: conversion, geometry, colour, and errors."""

import numpy as np

from fidelity.support import data, grads, tolerance

FLOATS = ("float16", "float32", "float64")


def _image(mx, dtype="uint8", shape=(4, 6, 3)):
    return mx.nd.array(data(shape, low=0, high=256, dtype="uint8"), dtype=dtype)


def _tensor(mx, dtype="float32", shape=(3, 2, 4)):
    return mx.nd.array(data(shape, low=0), dtype=dtype)


# --- conversion ---------------------------------------------------------------------------------------------------


def to_tensor_dtypes(mx):
    return [mx.nd.image.to_tensor(_image(mx, d)) for d in ("uint8", "int8", "int32", "int64") + FLOATS]


def to_tensor_shapes(mx):
    shapes = ((4, 6, 1), (4, 6, 4), (2, 4, 6, 3), (2, 4, 6, 1), (1, 1, 1))
    return [mx.nd.image.to_tensor(_image(mx, shape=s)) for s in shapes]


def to_tensor_every_byte(mx):
    return mx.nd.image.to_tensor(mx.nd.array(np.arange(256).reshape(16, 16, 1), dtype="uint8"))


def to_tensor_no_image(mx):
    return mx.nd.image.to_tensor(mx.nd.ones((3, 4))).asnumpy()


def normalize_forms(mx):
    x = _tensor(mx)
    per_channel = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    return [
        mx.nd.image.normalize(x, *per_channel),
        mx.nd.image.normalize(x, 0.5, 0.25),
        mx.nd.image.normalize(x, mean=0.5, std=(1, 2, 3)),
        mx.nd.image.normalize(_tensor(mx, shape=(2, 3, 2, 4)), *per_channel),
        mx.nd.image.normalize(_tensor(mx, shape=(1, 2, 4)), (0.13,), (0.31,)),
        mx.nd.image.normalize(x, 0, 0),
    ]


def normalize_dtypes(mx):
    return [mx.nd.image.normalize(_tensor(mx, d), (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)) for d in FLOATS]


def normalize_gradient(mx):
    return grads(mx, lambda x: mx.nd.image.normalize(x, (0.1, 0.2, 0.3), (0.5, 0.25, 2)), data((3, 2, 4)))


def normalize_too_few_means(mx):
    return mx.nd.image.normalize(_tensor(mx), (0.1, 0.2), 1).asnumpy()


def normalize_too_many_deviations(mx):
    return mx.nd.image.normalize(_tensor(mx), 0, (1, 2, 3, 4)).asnumpy()


def normalize_default_means(mx):
    return mx.nd.image.normalize(_tensor(mx)).asnumpy()


def normalize_two_channels(mx):
    return mx.nd.image.normalize(_tensor(mx, shape=(2, 2, 4)), 0, 1).asnumpy()


def normalize_no_image(mx):
    return mx.nd.image.normalize(mx.nd.ones((3, 4)), 0, 1).asnumpy()


def normalize_text(mx):
    return mx.nd.image.normalize(_tensor(mx), "a", 1).asnumpy()


# --- geometry -----------------------------------------------------------------------------------------------------


def crop(mx):
    return [
        mx.nd.image.crop(_image(mx), x=1, y=0, width=3, height=2),
        mx.nd.image.crop(_image(mx, shape=(2, 4, 6, 1)), 2, 1, 4, 3),
        mx.nd.image.crop(_image(mx), 0, 0, 6, 4),
    ]


def crop_gradient(mx):
    return grads(mx, lambda x: mx.nd.image.crop(x, x=1, y=1, width=2, height=3), data((4, 6, 3)))


def crop_too_wide(mx):
    return mx.nd.image.crop(_image(mx), 3, 0, 4, 2).asnumpy()


def crop_too_high(mx):
    return mx.nd.image.crop(_image(mx), 0, 3, 2, 2).asnumpy()


def crop_empty(mx):
    return mx.nd.image.crop(_image(mx), 0, 0, 0, 2).asnumpy()


def crop_no_image(mx):
    return mx.nd.image.crop(mx.nd.ones((3, 4)), 0, 0, 1, 1).asnumpy()


def flips(mx):
    x = _image(mx)
    return mx.nd.image.flip_left_right(x), mx.nd.image.flip_top_bottom(x)


def flip_gradients(mx):
    x = data((4, 6, 3))
    return grads(mx, mx.nd.image.flip_left_right, x), grads(mx, mx.nd.image.flip_top_bottom, x)


def flip_a_batch(mx):
    return mx.nd.image.flip_left_right(mx.nd.ones((2, 2, 2, 3))).asnumpy()


def random_flips(mx):
    mx.random.seed(7)
    x = _image(mx)
    return [(mx.nd.image.random_flip_left_right(x), mx.nd.image.random_flip_top_bottom(x)) for _ in range(12)]


def random_flip_a_batch(mx):
    return mx.nd.image.random_flip_left_right(mx.nd.ones((2, 2, 2, 3))).asnumpy()


def _smooth(shape, dtype):
    """An image without noise: OpenCV's roundings of one version and another differ in the last bit."""
    grid = np.indices(shape[:2]).sum(0)[..., None] * 7 + np.arange(shape[2]) * 20
    return np.clip(grid, 0, 255).astype(dtype)


@tolerance(atol=1, reason="another version of OpenCV rounds bytes differently in the last bit")
def resize_bytes(mx):
    x = mx.nd.array(_smooth((10, 14, 3), "uint8"), dtype="uint8")
    return [mx.nd.image.resize(x, size=s, interp=i).astype("float32") for s in (5, (4, 6), (20, 18)) for i in range(4)]


@tolerance(rtol=1e-4, atol=1e-3, reason="another version of OpenCV adds in another order")
def resize_floats(mx):
    out = []
    for dtype in ("float32", "float64"):
        x = mx.nd.array(_smooth((10, 14, 3), dtype), dtype=dtype)
        out += [mx.nd.image.resize(x, size=s, interp=i) for s in (5, (4, 6), (20, 18)) for i in range(4)]
    return out


def resize_shapes(mx):
    sizes = [
        {"size": 3, "keep_ratio": True},
        {"size": (3, 7), "keep_ratio": True},
        {"size": 7, "keep_ratio": True},
        {"size": 6},
    ]
    shapes = ((10, 20, 3), (20, 10, 3), (7, 20, 1), (2, 7, 20, 3))
    return [mx.nd.image.resize(mx.nd.ones(shape), **size).shape for size in sizes for shape in shapes]


def resize_to_nothing(mx):
    return mx.nd.image.resize(_image(mx), 0).asnumpy()


def resize_without_size(mx):
    return mx.nd.image.resize(_image(mx), ()).asnumpy()


def resize_three_sizes(mx):
    return mx.nd.image.resize(_image(mx), (1, 2, 3)).asnumpy()


def resize_negative_height(mx):
    return mx.nd.image.resize(_image(mx), (3, -1)).asnumpy()


def resize_integers(mx):
    return mx.nd.image.resize(_image(mx, "int32"), 3).asnumpy()


def resize_half_precision(mx):
    return mx.nd.image.resize(_image(mx, "float16"), 3).asnumpy()


def resize_unknown_interpolation(mx):
    return mx.nd.image.resize(_image(mx), 3, interp=9).asnumpy()


def resize_no_image(mx):
    return mx.nd.image.resize(mx.nd.ones((3, 4)), 3).asnumpy()


# --- colour -------------------------------------------------------------------------------------------------------

CLOSE = {"rtol": 1e-4, "atol": 2e-3, "reason": "colours of 0 to 255, added in another order"}
BYTE = {"atol": 1, "reason": "a fraction is dropped, so the last bit of a float decides about a byte"}


def _jittered(mx, name, dtype, shape=(4, 6, 3), **arguments):
    mx.random.seed(7)
    out = [getattr(mx.nd.image, name)(_image(mx, dtype, shape), **arguments) for _ in range(3)]
    return [x.astype("float32") for x in out]


@tolerance(**CLOSE)
def brightness(mx):
    arguments = {"min_factor": 0.5, "max_factor": 1.8}
    return [_jittered(mx, "random_brightness", d, **arguments) for d in ("uint8", "float32", "float64")]


@tolerance(**CLOSE)
def contrast(mx):
    arguments = {"min_factor": 0.5, "max_factor": 1.8}
    return [_jittered(mx, "random_contrast", "float32", s, **arguments) for s in ((4, 6, 3), (4, 6, 1))]


@tolerance(**BYTE)
def contrast_bytes(mx):
    return _jittered(mx, "random_contrast", "uint8", min_factor=0.5, max_factor=1.8)


@tolerance(**CLOSE)
def saturation(mx):
    return _jittered(mx, "random_saturation", "float32", min_factor=0.5, max_factor=1.8)


def saturation_of_grey(mx):
    return _jittered(mx, "random_saturation", "float32", (4, 6, 1), min_factor=0.5, max_factor=1.8)


@tolerance(**CLOSE)
def hue(mx):
    return _jittered(mx, "random_hue", "float32", min_factor=0.5, max_factor=1.8)


@tolerance(**BYTE)
def hue_bytes(mx):
    return _jittered(mx, "random_hue", "uint8", min_factor=0.5, max_factor=1.8)


@tolerance(**CLOSE)
def hue_of_colours_beyond(mx):
    x = mx.nd.array([[[300, -20, 10], [0.1, 0.5, 0.9], [10, 10, 10], [0, 0, 0]]])
    return [mx.nd.image.random_hue(x, f, f) for f in (0.0, 0.3, 0.5, 1.0, 2.5)]


@tolerance(**CLOSE)
def color_jitter(mx):
    one_by_one = [
        {"brightness": 0.3},
        {"contrast": 0.3},
        {"hue": 0.3},
        {"brightness": 0.3, "contrast": 0.3, "hue": 0.3},
    ]
    zeros = {"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0}
    return [_jittered(mx, "random_color_jitter", "float32", **{**zeros, **some}) for some in one_by_one]


@tolerance(**CLOSE)
def lighting(mx):
    adjusted = [mx.nd.image.adjust_lighting(_image(mx, "float32"), alpha=a) for a in ((1, 0, 0), (0.1, 0.2, 0.3))]
    return adjusted, _jittered(mx, "random_lighting", "float32", alpha_std=0.3)


@tolerance(**BYTE)
def lighting_bytes(mx):
    return _jittered(mx, "random_lighting", "uint8", alpha_std=0.3)


def lighting_too_few(mx):
    return mx.nd.image.adjust_lighting(_image(mx), alpha=(1, 1)).asnumpy()


def brightness_negative(mx):
    return mx.nd.image.random_brightness(_image(mx), -1, 1).asnumpy()


def brightness_of_two_channels(mx):
    return mx.nd.image.random_brightness(_image(mx, shape=(2, 2, 2)), 0, 1).asnumpy()


def contrast_of_a_batch(mx):
    return mx.nd.image.random_contrast(_image(mx, shape=(2, 2, 2, 3)), 0, 1).asnumpy()


def numpy_arrays_stay_so(mx):
    mx.npx.set_np()
    x = mx.np.array(data((4, 6, 3), low=0, high=256, dtype="uint8"), dtype="uint8")
    F = mx.npx.image
    return F.to_tensor(x), F.resize(x, 3).shape, F.normalize(F.to_tensor(x), 0.5, 0.25)
