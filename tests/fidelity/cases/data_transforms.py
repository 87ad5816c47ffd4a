"""`gluon.data.vision.transforms`: results, random streams, names and texts."""

import random

import numpy as np

from fidelity.support import data, tolerance

BYTE = {"atol": 1, "reason": "another version of OpenCV, and dropped fractions, change the last bit of a byte"}


def _image(mx, shape=(12, 10, 3)):
    grid = np.indices(shape[:2]).sum(0)[..., None] * 7 + np.arange(shape[2]) * 20
    return mx.nd.array(np.clip(grid, 0, 255), dtype="uint8")


def _applied(mx, make, source=None, times=3):
    T = mx.gluon.data.vision.transforms
    transform = make(T)
    mx.random.seed(7)
    np.random.seed(7)
    random.seed(7)
    source = _image(mx) if source is None else source
    out = [transform(source) for _ in range(times)]
    return [y.astype("float32") for y in out], [np.dtype(y.dtype).name for y in out], random.random(), np.random.rand()


def conversions(mx):
    return [
        _applied(mx, make, times=1)
        for make in (
            lambda T: T.ToTensor(),
            lambda T: T.Cast(),
            lambda T: T.Cast("float16"),
            lambda T: T.Compose([T.ToTensor(), T.Normalize(0.5, 0.25)]),
            lambda T: T.Compose([T.ToTensor(), T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))]),
            lambda T: T.Compose([]),
            lambda T: T.Compose([T.ToTensor(), lambda x: x * 2, T.Cast("float64")]),
        )
    ]


@tolerance(**BYTE)
def geometry(mx):
    return [
        _applied(mx, make, times=1)
        for make in (
            lambda T: T.Resize(5),
            lambda T: T.Resize((5, 8)),
            lambda T: T.Resize(5, keep_ratio=True),
            lambda T: T.Resize((20, 18), interpolation=2),
            lambda T: T.CenterCrop(4),
            lambda T: T.CenterCrop((5, 4)),
            lambda T: T.CenterCrop(30),
            lambda T: T.CropResize(1, 2, 4, 5),
            lambda T: T.CropResize(1, 2, 4, 5, (6, 7), 1),
            lambda T: T.CropResize(1, 2, 4, 5, 6, 0),
        )
    ]


@tolerance(**BYTE)
def random_geometry(mx):
    return [
        _applied(mx, make)
        for make in (
            lambda T: T.RandomResizedCrop(6),
            lambda T: T.RandomResizedCrop((6, 4), scale=(0.5, 1), ratio=(1, 1), interpolation=2),
            lambda T: T.RandomFlipLeftRight(),
            lambda T: T.RandomFlipTopBottom(),
            lambda T: T.RandomApply(T.Cast(), p=0.5),
            lambda T: T.RandomApply(T.Resize(4), p=0.9),
        )
    ]


@tolerance(**BYTE)
def random_colours(mx):
    return [
        _applied(mx, make)
        for make in (
            lambda T: T.RandomBrightness(0.3),
            lambda T: T.RandomBrightness(2),
            lambda T: T.RandomContrast(0.3),
            lambda T: T.RandomHue(0.3),
            lambda T: T.RandomColorJitter(0.1, 0.2, 0, 0.4),
            lambda T: T.RandomLighting(0.1),
        )
    ]


@tolerance(rtol=1e-4, atol=1e-4, reason="sines and divisions in another order")
def rotations(mx):
    x = mx.nd.array(data((3, 6, 9)))
    return [
        _applied(mx, make, x)
        for make in (
            lambda T: T.Rotate(30),
            lambda T: T.Rotate(30, zoom_in=True),
            lambda T: T.RandomRotation((-30, 30)),
            lambda T: T.RandomRotation((-30, 30), rotate_with_proba=0.5),
            lambda T: T.RandomRotation((-30, 30), zoom_out=True),
        )
    ]


def texts(mx):
    T = mx.gluon.data.vision.transforms
    series = [
        [], [T.ToTensor()], [T.CenterCrop(4), T.ToTensor()], [T.ToTensor(), T.Normalize(), T.CenterCrop(4), T.Cast()],
        [T.ToTensor(), T.CenterCrop(8), T.ToTensor(), T.Normalize()], [T.Compose([T.ToTensor(), T.Cast()]), T.Cast()],
    ]  # fmt: skip
    return [repr(T.Compose(s)) for s in series], repr(T.RandomApply(T.Cast()))


def names(mx):
    T = mx.gluon.data.vision.transforms
    made = [
        T.Compose([T.ToTensor(), T.Normalize()]),
        T.Compose([T.ToTensor()]),
        T.Compose([T.Cast(), T.Cast(), T.Rotate(3)]),
    ]
    inner = [[child.prefix for child in block._children.values()] for block in made]
    return [block.prefix for block in made], inner, mx.gluon.nn.HybridSequential().prefix


def numpy_semantics(mx):
    mx.npx.set_np()
    T = mx.gluon.data.vision.transforms
    x = mx.np.array(data((4, 6, 3), low=0, high=256, dtype="uint8"), dtype="uint8")
    return T.Compose([T.ToTensor(), T.Normalize(0.5, 0.5)])(x), T.CenterCrop(4)(x), T.Cast()(x), T.Resize(4)(x).shape


def numpy_array_given(mx):
    return mx.gluon.data.vision.transforms.ToTensor()(np.ones((2, 2, 3)))


def resize_text(mx):
    return mx.gluon.data.vision.transforms.Resize("a")(_image(mx)).asnumpy()


def resize_fraction(mx):
    return mx.gluon.data.vision.transforms.Resize(3.0)(_image(mx)).asnumpy()


def crop_resize_without_interpolation(mx):
    return mx.gluon.data.vision.transforms.CropResize(1, 1, 3, 2, 5)(_image(mx)).asnumpy()


def crop_outside(mx):
    return mx.gluon.data.vision.transforms.CropResize(1, 1, 30, 2)(_image(mx)).asnumpy()


def crop_of_a_batch(mx):
    return mx.gluon.data.vision.transforms.CenterCrop(2)(mx.nd.ones((2, 4, 4, 3))).asnumpy()


def cast_unknown(mx):
    return mx.gluon.data.vision.transforms.Cast("nonsense")(_image(mx)).asnumpy()


def rotation_of_bytes(mx):
    return mx.gluon.data.vision.transforms.Rotate(30)(_image(mx)).asnumpy()


def rotation_limits_reversed(mx):
    return mx.gluon.data.vision.transforms.RandomRotation((30, -30))


def rotation_probability(mx):
    return mx.gluon.data.vision.transforms.RandomRotation((-3, 3), rotate_with_proba=2)


def rotation_limit_alone(mx):
    return mx.gluon.data.vision.transforms.RandomRotation(3)
