"""`mx.image`: decoding, resizing, cropping, rotating, and the augmenters."""

import os
import random
import tempfile

import numpy as np

from fidelity.support import data, tolerance

BYTE = {"atol": 1, "reason": "another version of OpenCV rounds bytes differently in the last bit"}


def _png(pixels):
    import cv2

    return cv2.imencode(".png", pixels)[1].tobytes()


def _picture(shape=(12, 10, 3)):
    return data(shape, low=0, high=256, dtype="uint8")


def _image(mx, dtype="uint8", shape=(12, 10, 3)):
    return mx.nd.array(_picture(shape), dtype=dtype)


def _smooth(mx, dtype="uint8", shape=(12, 10, 3)):
    grid = np.indices(shape[:2]).sum(0)[..., None] * 7 + np.arange(shape[2]) * 20
    return mx.nd.array(np.clip(grid, 0, 255), dtype=dtype)


def decode(mx):
    png = _png(_picture())
    return [
        mx.image.imdecode(png),
        mx.image.imdecode(png, flag=0),
        mx.image.imdecode(png, to_rgb=0),
        mx.image.imdecode(bytearray(png)),
        mx.image.imdecode(np.frombuffer(png, "uint8")),
        mx.image.imdecode(mx.nd.array(np.frombuffer(png, "uint8"), dtype="uint8")),
        mx.image.imdecode(_png(_picture((4, 5, 4)))),
        mx.image.imdecode(_png(_picture((4, 5, 1)))),
    ]


def decode_empty(mx):
    return mx.image.imdecode(b"")


def decode_junk(mx):
    return mx.image.imdecode(b"no image at all")


def decode_text(mx):
    return mx.image.imdecode("text")


def decode_unknown_flag(mx):
    return mx.image.imdecode(_png(_picture()), flag=-1)


def read(mx):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.png")
        with open(path, "wb") as stream:
            stream.write(_png(_picture()))
        return mx.image.imread(path), mx.image.imread(path, 0), mx.image.imread(path, flag=1, to_rgb=0)


def read_missing(mx):
    return mx.image.imread("/nonexistent.png")


def read_no_image(mx):
    return mx.image.imread(__file__)


@tolerance(**BYTE)
def resized(mx):
    x = _smooth(mx)
    out = [mx.image.imresize(x, 5, 8, interp=i) for i in range(4)]
    out += [mx.image.imresize(x, w=20, h=30), mx.image.imresize(_smooth(mx, "float32"), 5, 8, 3)]
    out += [mx.image.resize_short(x, 6), mx.image.resize_short(x, 6, 1), mx.image.resize_short(x, 20, interp=0)]
    return [y.astype("float32") for y in out]


def resized_to_nothing(mx):
    return mx.image.imresize(_image(mx), 0, 5).asnumpy()


def resized_by_unknown(mx):
    return mx.image.imresize(_image(mx), 5, 5, interp=9).asnumpy()


def bordered(mx):
    x = _image(mx, shape=(2, 3, 3))
    border = mx.image.copyMakeBorder
    return (
        border(x, 1, 0, 2, 1),
        border(x, 1, 1, 1, 1, value=7),
        border(x, 1, 0, 1, 0, values=(1, 2, 3)),
        border(x, 0, 0, 2, 2, 1),
    )


def bordered_by_unknown(mx):
    return mx.image.copyMakeBorder(_image(mx), 1, 1, 1, 1, type=9).asnumpy()


def interpolation_methods(mx):
    method = mx.image.image._get_interp_method
    sizes = ((10, 10, 20, 20), (10, 10, 5, 5), (10, 10, 5, 25), (10, 20, 20, 10))
    random.seed(0)
    return [method(i) for i in range(5)], [method(9, s) for s in sizes], method(9), [method(10) for _ in range(9)]


def interpolation_unknown(mx):
    return mx.image.image._get_interp_method(7)


def scaled_down(mx):
    sizes = (((640, 480), (720, 120)), ((360, 1000), (480, 500)), ((5, 5), (3, 4)))
    return [mx.image.scale_down(*s) for s in sizes]


@tolerance(**BYTE)
def crops(mx):
    x = _smooth(mx)
    out = [mx.image.fixed_crop(x, 1, 2, 4, 5), mx.image.fixed_crop(x, 1, 2, 4, 5, (8, 9), 1)]
    out += [mx.image.fixed_crop(x, 1, 2, 100, 3), mx.image.fixed_crop(x, 1, 2, 4, 5, (4, 5))]
    centers = [mx.image.center_crop(x, s) for s in ((4, 6), (5, 7), (20, 6))]
    random.seed(0)
    randoms = [mx.image.random_crop(x, s) for s in ((4, 6), (4, 6), (5, 7), (20, 6))]
    return [y.astype("float32") for y in out], [(y.astype("float32"), r) for y, r in centers + randoms]


@tolerance(**BYTE)
def random_size_crops(mx):
    x = _smooth(mx, shape=(40, 50, 3))
    random.seed(0)
    ratio = (3 / 4, 4 / 3)
    out = [mx.image.random_size_crop(x, (10, 12), (0.08, 1), ratio) for _ in range(6)]
    out += [
        mx.image.random_size_crop(x, (10, 12), 0.5, ratio),
        mx.image.random_size_crop(x, (10, 12), (5, 9), ratio, 1),
    ]
    return [(y.astype("float32"), r) for y, r in out]


def crop_of_a_batch(mx):
    return mx.image.center_crop(mx.nd.ones((2, 4, 4, 3)), (2, 2))


def normalized(mx):
    def x():
        return _image(mx, "float32", (2, 3, 3))

    mean, std = mx.nd.array([1, 2, 3]), mx.nd.array([1, 2, 4])
    normalize = mx.image.color_normalize
    changed = x()
    normalize(changed, mean, std)
    return normalize(x(), mean, std), normalize(x(), 2.0), normalize(x(), None, std), changed


def normalized_bytes(mx):
    return mx.image.color_normalize(_image(mx), mx.nd.array([1, 2, 3])).asnumpy()


@tolerance(rtol=1e-4, atol=1e-4, reason="sines and divisions in another order")
def rotated(mx):
    x = mx.nd.array(data((3, 6, 9)))
    batch = mx.nd.array(data((2, 1, 5, 4)))
    turn = mx.image.imrotate
    out = [turn(x, 30), turn(x, 30, zoom_in=True), turn(x, 30, zoom_out=True), turn(x, 90), turn(x, -200.0, True)]
    return (
        out,
        turn(batch, mx.nd.array([30, -100])),
        turn(batch, mx.nd.array([30, -100]), zoom_in=True),
        turn(batch, 45),
    )


@tolerance(rtol=1e-4, atol=1e-4, reason="sines and divisions in another order")
def rotated_at_random(mx):
    np.random.seed(3)
    x, batch = mx.nd.array(data((3, 6, 9))), mx.nd.array(data((2, 1, 5, 4)))
    return [mx.image.random_rotate(y, (-60, 60)) for y in (x, x, batch)], np.random.rand()


def rotated_both_zooms(mx):
    return mx.image.imrotate(mx.nd.ones((3, 4, 4)), 30, True, True)


def rotated_bytes(mx):
    return mx.image.imrotate(_image(mx), 30)


def rotated_two_axes(mx):
    return mx.image.imrotate(mx.nd.ones((3, 4)), 30)


def rotated_too_many_angles(mx):
    return mx.image.imrotate(mx.nd.ones((2, 1, 4, 4)), mx.nd.array([1, 2, 3]))


def rotated_one_by_several(mx):
    return mx.image.imrotate(mx.nd.ones((1, 4, 4)), mx.nd.array([1, 2]))


# --- augmenters ---------------------------------------------------------------------------------------------------


def _augmented(mx, augmenter, dtype="float32"):
    random.seed(1)
    np.random.seed(1)
    source = _smooth(mx, dtype)
    before = source.asnumpy()
    out = [augmenter(source).astype("float32") for _ in range(2)]
    changed = bool((source.asnumpy() != before).any())
    return out, changed, augmenter.dumps(), random.random(), float(np.random.rand())


CLOSE = {"rtol": 1e-4, "atol": 1e-2, "reason": "colours of 0 to 255, added in another order"}


@tolerance(**CLOSE)
def colour_augmenters(mx):
    M = mx.image
    lighting = M.LightingAug(0.1, np.array([55.46, 4.794, 1.148]), np.eye(3))
    augmenters = [M.BrightnessJitterAug(0.5), M.ContrastJitterAug(0.5), M.SaturationJitterAug(0.5), M.HueJitterAug(0.5)]
    augmenters += [M.ColorJitterAug(0.3, 0.3, 0.3), lighting, M.RandomGrayAug(0.5)]
    augmenters += [M.ColorNormalizeAug(mx.nd.array([1, 2, 3]), mx.nd.array([1, 2, 4]))]
    return [_augmented(mx, a) for a in augmenters]


@tolerance(**BYTE)
def geometry_augmenters(mx):
    M = mx.image
    augmenters = [M.HorizontalFlipAug(0.5), M.ResizeAug(6), M.ForceResizeAug((5, 7)), M.RandomCropAug((4, 6))]
    augmenters += [M.RandomSizedCropAug((4, 6), (0.1, 1), (0.75, 1.33)), M.CenterCropAug((4, 6), 1), M.CastAug()]
    augmenters += [M.SequentialAug([M.CastAug(), M.ResizeAug(6)]), M.RandomOrderAug([M.CastAug(), M.ResizeAug(6)])]
    return [_augmented(mx, a, "uint8") for a in augmenters]


def usual_series(mx):
    make = mx.image.CreateAugmenter
    settings = [
        {}, {"resize": 30}, {"rand_crop": True}, {"rand_crop": True, "rand_resize": True}, {"rand_mirror": True},
        {"mean": True, "std": True}, {"mean": np.array([1, 2, 3])}, {"inter_method": 10},
        {"brightness": 0.1, "contrast": 0.2, "saturation": 0.3, "hue": 0.4, "pca_noise": 0.5, "rand_gray": 0.6},
    ]  # fmt: skip
    return [[(type(a).__name__, str(a.dumps())) for a in make((3, 10, 20), **s)] for s in settings]


def usual_series_resize_without_crop(mx):
    return mx.image.CreateAugmenter((3, 10, 20), rand_resize=True)


def usual_series_wrong_mean(mx):
    return mx.image.CreateAugmenter((3, 10, 20), mean=np.array([1.0, 2.0]))


def augmenter_base(mx):
    return mx.image.Augmenter()(mx.nd.ones((1,)))
