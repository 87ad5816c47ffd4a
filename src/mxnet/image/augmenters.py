"""Augmenters: callable objects that change an image at random, and the usual series of them.

What is random draws from Python's global generator, `LightingAug` from NumPy's, as in MXNet. Those that compute with
colours need float32; those that multiply or add do it in place.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ndarray
from ..ndarray import NDArray
from . import image
from .image import BICUBIC, Size

__all__ = [
    "Augmenter", "BrightnessJitterAug", "CastAug", "CenterCropAug", "ColorJitterAug", "ColorNormalizeAug",
    "ContrastJitterAug", "CreateAugmenter", "ForceResizeAug", "HorizontalFlipAug", "HueJitterAug", "LightingAug",
    "RandomCropAug", "RandomGrayAug", "RandomOrderAug", "RandomSizedCropAug", "ResizeAug", "SaturationJitterAug",
    "SequentialAug",
]  # fmt: skip

#: how much red, green and blue count in brightness (ITU-R BT.601)
LUMA = [0.299, 0.587, 0.114]
#: from red, green, blue to the YIQ colours of NTSC television, in which hue is an angle, and back
TO_YIQ = [[0.299, 0.587, 0.114], [0.596, -0.274, -0.321], [0.211, -0.523, 0.311]]
FROM_YIQ = [[1.0, 0.956, 0.621], [1.0, -0.272, -0.647], [1.0, -1.107, 1.705]]
#: what grey RandomGrayAug makes of red, green and blue
GREY = [[0.21] * 3, [0.72] * 3, [0.07] * 3]
#: ImageNet's mean and standard deviation of red, green and blue, 0 to 255
IMAGENET_MEAN = [123.68, 116.28, 103.53]
IMAGENET_STD = [58.395, 57.12, 57.375]
#: variances along, and directions of, the principal components of ImageNet's colours (AlexNet, section 4.1)
IMAGENET_EIGENVALUES = [55.46, 4.794, 1.148]
IMAGENET_EIGENVECTORS = [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]]


class Described:
    """What can tell its name and settings, which its subclasses pass on to ``__init__``."""

    def __init__(self, **kwargs: Any):
        self._kwargs = {key: _plain(value) for key, value in kwargs.items()}

    def dumps(self) -> Any:
        """Give the name and settings as JSON; of a series, the name and a list."""
        return json.dumps([type(self).__name__.lower(), self._kwargs])


class Augmenter(Described):
    """Base of augmenters: subclasses define ``__call__`` and pass their settings on, so that `dumps` can tell them."""

    def __call__(self, src: NDArray) -> NDArray:
        """Give the image changed."""
        return self._augment(src)

    def _augment(self, src: NDArray) -> NDArray:
        raise NotImplementedError(f"{type(self).__name__} must define __call__")


def _plain(value: Any) -> Any:
    if isinstance(value, NDArray):
        value = value.asnumpy()
    return value.tolist() if isinstance(value, np.ndarray) else value


class SequentialAug(Augmenter):
    """Apply augmenters one after the other."""

    def __init__(self, ts: list[Augmenter]):
        super().__init__()
        self.ts = ts

    def dumps(self) -> list[Any]:
        """Give the name and, for each augmenter, what its `dumps` gives."""
        return [type(self).__name__.lower(), [each.dumps() for each in self.ts]]

    def _augment(self, src: NDArray) -> NDArray:
        for each in self.ts:
            src = each(src)
        return src


class RandomOrderAug(SequentialAug):
    """Apply augmenters in an order drawn anew each time."""

    def _augment(self, src: NDArray) -> NDArray:
        random.shuffle(self.ts)
        return super()._augment(src)


class ResizeAug(Augmenter):
    """Resize so that the shorter side is `size`."""

    def __init__(self, size: int, interp: int = BICUBIC):
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def _augment(self, src: NDArray) -> NDArray:
        return image.resize_short(src, self.size, self.interp)


class ForceResizeAug(Augmenter):
    """Resize to `size`, whatever the proportions."""

    def __init__(self, size: Size, interp: int = BICUBIC):
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def _augment(self, src: NDArray) -> NDArray:
        sizes = (*src.shape[:2], self.size[1], self.size[0])
        return image.imresize(src, *self.size, interp=image._get_interp_method(self.interp, sizes))


class RandomCropAug(Augmenter):
    """Cut out a rectangle at a random place."""

    def __init__(self, size: Size, interp: int = BICUBIC):
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def _augment(self, src: NDArray) -> NDArray:
        return image.random_crop(src, self.size, self.interp)[0]


class RandomSizedCropAug(Augmenter):
    """Cut out a rectangle of random area, shape and place, and resize it."""

    def __init__(
        self,
        size: Size,
        area: float | tuple[float, float],
        ratio: tuple[float, float],
        interp: int = BICUBIC,
        min_area: float | None = None,
    ):
        area = area if min_area is None else min_area
        super().__init__(size=size, area=area, ratio=ratio, interp=interp)
        self.size, self.area, self.ratio, self.interp = size, area, ratio, interp

    def _augment(self, src: NDArray) -> NDArray:
        return image.random_size_crop(src, self.size, self.area, self.ratio, self.interp)[0]


class CenterCropAug(Augmenter):
    """Cut out the middle."""

    def __init__(self, size: Size, interp: int = BICUBIC):
        super().__init__(size=size, interp=interp)
        self.size, self.interp = size, interp

    def _augment(self, src: NDArray) -> NDArray:
        return image.center_crop(src, self.size, self.interp)[0]


class HorizontalFlipAug(Augmenter):
    """Mirror left to right with probability `p`."""

    def __init__(self, p: float):
        super().__init__(p=p)
        self.p = p

    def _augment(self, src: NDArray) -> NDArray:
        return src[:, ::-1] if random.random() < self.p else src


class CastAug(Augmenter):
    """Convert to another dtype."""

    def __init__(self, typ: str = "float32"):
        super().__init__(type=typ)
        self.typ = typ

    def _augment(self, src: NDArray) -> NDArray:
        return src.astype(self.typ)


class BrightnessJitterAug(Augmenter):
    """Multiply by a factor between ``1 - brightness`` and ``1 + brightness``."""

    def __init__(self, brightness: float):
        super().__init__(brightness=brightness)
        self.brightness = brightness

    def _augment(self, src: NDArray) -> NDArray:
        src *= 1.0 + random.uniform(-self.brightness, self.brightness)
        return src


class ContrastJitterAug(Augmenter):
    """Mix with the mean brightness, by a factor between ``1 - contrast`` and ``1 + contrast``."""

    def __init__(self, contrast: float):
        super().__init__(contrast=contrast)
        self.contrast = contrast
        self.coef = ndarray.array([[LUMA]])

    def _augment(self, src: NDArray) -> NDArray:
        factor = 1.0 + random.uniform(-self.contrast, self.contrast)
        weighted = src * self.coef
        grey = weighted.sum() * (3.0 * (1.0 - factor) / weighted.size)
        src *= factor
        src += grey
        return src


class SaturationJitterAug(Augmenter):
    """Mix with the grey version, by a factor between ``1 - saturation`` and ``1 + saturation``."""

    def __init__(self, saturation: float):
        super().__init__(saturation=saturation)
        self.saturation = saturation
        self.coef = ndarray.array([[LUMA]])

    def _augment(self, src: NDArray) -> NDArray:
        factor = 1.0 + random.uniform(-self.saturation, self.saturation)
        grey = (src * self.coef).sum(axis=2, keepdims=True) * (1.0 - factor)
        src *= factor
        src += grey
        return src


class HueJitterAug(Augmenter):
    """Turn the hue by an angle between ``-hue`` and ``hue`` half circles, in the colours of NTSC television."""

    def __init__(self, hue: float):
        super().__init__(hue=hue)
        self.hue = hue
        self.tyiq, self.ityiq = np.array(TO_YIQ), np.array(FROM_YIQ)

    def _augment(self, src: NDArray) -> NDArray:
        angle = random.uniform(-self.hue, self.hue) * np.pi
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])
        return ndarray.dot(src, ndarray.array((self.ityiq @ turn @ self.tyiq).T))


class ColorJitterAug(RandomOrderAug):
    """Jitter brightness, contrast and saturation in random order; 0 leaves one out."""

    def __init__(self, brightness: float, contrast: float, saturation: float):
        strengths = (
            (BrightnessJitterAug, brightness),
            (ContrastJitterAug, contrast),
            (SaturationJitterAug, saturation),
        )
        super().__init__([kind(strength) for kind, strength in strengths if strength > 0])


class LightingAug(Augmenter):
    """Shift the colours along their principal components, as AlexNet does.

    Parameters
    ----------
    alphastd : float
        The standard deviation of the shifts.
    eigval, eigvec : numpy.ndarray
        The components' variances, and their directions as columns.
    """

    def __init__(self, alphastd: float, eigval: np.ndarray, eigvec: np.ndarray):
        super().__init__(alphastd=alphastd, eigval=eigval, eigvec=eigvec)
        self.alphastd, self.eigval, self.eigvec = alphastd, eigval, eigvec

    def _augment(self, src: NDArray) -> NDArray:
        alpha = np.random.normal(0, self.alphastd, size=(3,))
        src += ndarray.array(np.dot(self.eigvec * alpha, self.eigval))
        return src


class ColorNormalizeAug(Augmenter):
    """Subtract a mean and divide by a standard deviation, in place; either may be None."""

    def __init__(self, mean: Any, std: Any):
        super().__init__(mean=mean, std=std)
        self.mean, self.std = (
            given if given is None or isinstance(given, NDArray) else ndarray.array(given) for given in (mean, std)
        )

    def _augment(self, src: NDArray) -> NDArray:
        return image.color_normalize(src, self.mean, self.std)


class RandomGrayAug(Augmenter):
    """Turn grey with probability `p`."""

    def __init__(self, p: float):
        super().__init__(p=p)
        self.p = p
        self.mat = ndarray.array(GREY)

    def _augment(self, src: NDArray) -> NDArray:
        return ndarray.dot(src, self.mat) if random.random() < self.p else src


def CreateAugmenter(
    data_shape: Sequence[int],
    resize: int = 0,
    rand_crop: bool = False,
    rand_resize: bool = False,
    rand_mirror: bool = False,
    mean: Any = None,
    std: Any = None,
    brightness: float = 0,
    contrast: float = 0,
    saturation: float = 0,
    hue: float = 0,
    pca_noise: float = 0,
    rand_gray: float = 0,
    inter_method: int = BICUBIC,
) -> list[Augmenter]:
    """Make the usual series of augmenters for image classification.

    Parameters
    ----------
    data_shape : tuple of int
        Channels, height and width of the result.
    resize : int
        Resize the shorter side to this first; 0 leaves it.
    rand_crop, rand_resize : bool
        Crop at a random place, and with `rand_resize` of random area and shape; else the middle.
    rand_mirror : bool
        Mirror left to right with probability 0.5.
    mean, std : numpy.ndarray or True
        Normalise with these, or with ImageNet's.
    brightness, contrast, saturation, hue, pca_noise, rand_gray : float
        The strength of each jitter; 0 leaves it out.
    inter_method : int
        The interpolation.

    Raises
    ------
    AssertionError
        `rand_resize` without `rand_crop`; `mean` or `std` no array of 1 or 3 numbers.
    """
    size = (data_shape[2], data_shape[1])
    series: list[Augmenter] = [ResizeAug(resize, inter_method)] if resize > 0 else []
    if rand_resize:
        if not rand_crop:
            raise AssertionError("CreateAugmenter: rand_resize=True needs rand_crop=True")
        series.append(RandomSizedCropAug(size, 0.08, (3.0 / 4.0, 4.0 / 3.0), inter_method))
    else:
        series.append((RandomCropAug if rand_crop else CenterCropAug)(size, inter_method))
    if rand_mirror:
        series.append(HorizontalFlipAug(0.5))
    series.append(CastAug())
    if brightness or contrast or saturation:
        series.append(ColorJitterAug(brightness, contrast, saturation))
    if hue:
        series.append(HueJitterAug(hue))
    if pca_noise > 0:
        series.append(LightingAug(pca_noise, *imagenet_lighting()))
    if rand_gray > 0:
        series.append(RandomGrayAug(rand_gray))
    mean, std = statistics("CreateAugmenter", mean, std, "float32")
    if mean is not None or std is not None:
        series.append(ColorNormalizeAug(mean, std))
    return series


def imagenet_lighting() -> tuple[np.ndarray, np.ndarray]:
    """Give the variances along, and the directions of, the principal components of ImageNet's colours."""
    return np.array(IMAGENET_EIGENVALUES), np.array(IMAGENET_EIGENVECTORS)


def statistics(caller: str, mean: Any, std: Any, dtype: str) -> tuple[Any, Any]:
    """Give a mean and a standard deviation as arrays: True stands for ImageNet's in a dtype, None for none.

    Raises
    ------
    AssertionError
        One is something else than an array of 1 or 3 numbers.
    """
    for name, value in (("mean", mean), ("std", std)):
        fits = isinstance(value, (np.ndarray, NDArray)) and value.shape in ((1,), (3,))
        if not (value is None or value is True or fits):
            raise AssertionError(f"{caller}: {name} must be True or an array of 1 or 3 numbers, got {value!r}")
    return (
        np.array(IMAGENET_MEAN, dtype) if mean is True else mean,
        np.array(IMAGENET_STD, dtype) if std is True else std,
    )
