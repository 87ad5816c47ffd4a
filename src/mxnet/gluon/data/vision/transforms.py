"""Transformations of images, as blocks: for `Dataset.transform_first`, and for networks.

They take images as height × width × channels; `ToTensor` makes channels × height × width of them, which `Normalize`,
`Rotate` and `RandomRotation` take. What some of them do to whole batches is in `mxnet.gluon.data.vision.batched`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from .... import image
from ....base import dtype_name, numeric_types, same_dtype
from ....ndarray import NDArray
from ...block import Block, HybridBlock
from ...nn import HybridSequential, Sequential

__all__ = [
    "Cast", "CenterCrop", "Compose", "CropResize", "Normalize", "RandomApply", "RandomBrightness", "RandomColorJitter",
    "RandomContrast", "RandomFlipLeftRight", "RandomFlipTopBottom", "RandomHue", "RandomLighting",
    "RandomResizedCrop", "RandomRotation", "RandomSaturation", "Resize", "Rotate", "ToTensor",
]  # fmt: skip

Size = int | tuple[int, int]


def _side_or_size(size: Size) -> tuple[int, int]:
    return (size, size) if isinstance(size, numeric_types) else size


# --- sequences ----------------------------------------------------------------------------------------------------


class Compose(Sequential):
    """Apply transformations one after the other; neighbours that are HybridBlocks run as one.

    Parameters
    ----------
    transforms : list of Block or callable

    Examples
    --------
    >>> import mxnet as mx
    >>> from mxnet.gluon.data.vision import transforms
    >>> prepare = transforms.Compose([transforms.Resize(4), transforms.ToTensor()])
    >>> prepare(mx.nd.zeros((8, 6, 3), dtype="uint8")).shape
    (3, 4, 4)
    """

    def __init__(self, transforms: Sequence[Any]):
        super().__init__()
        hybrid: list[HybridBlock] = []
        for transform in [*transforms, None]:
            if isinstance(transform, HybridBlock):
                hybrid.append(transform)
                continue
            if len(hybrid) == 1:
                self.add(hybrid[0])
            elif hybrid:
                together = HybridSequential()
                together.add(*hybrid)
                together.hybridize()
                self.add(together)
            hybrid = []
            if transform is not None:
                self.add(transform)


class RandomApply(Sequential):
    """Apply a transformation with probability `p`, drawn from Python's global generator.

    Parameters
    ----------
    transforms : Block
        The transformation.
    p : float
        How likely it is.
    """

    def __init__(self, transforms: Block, p: float = 0.5):
        super().__init__()
        self.transforms = transforms
        self.p = p

    def forward(self, x: NDArray) -> NDArray:
        """Give the image transformed, or as it is."""
        return self.transforms(x) if random.random() < self.p else x


# --- conversion ---------------------------------------------------------------------------------------------------


class Cast(HybridBlock):
    """Convert to another dtype.

    Parameters
    ----------
    dtype : str
    """

    def __init__(self, dtype: str = "float32"):
        super().__init__()
        self._dtype = dtype

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Convert an array."""
        return F.cast(x, self._dtype)


class ToTensor(HybridBlock):
    """Turn height × width × channels of 0 to 255 into float32 channels × height × width of 0 to 1.

    Examples
    --------
    >>> import mxnet as mx
    >>> mx.gluon.data.vision.transforms.ToTensor()(mx.nd.full((2, 3, 1), 255, dtype="uint8")).shape
    (1, 2, 3)
    """

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Convert an image, or a batch of them."""
        return F.image.to_tensor(x)


class Normalize(HybridBlock):
    """Subtract a mean from each channel and divide by a standard deviation.

    Parameters
    ----------
    mean, std : float or tuple of float
        One for all channels, or one for each.

    Examples
    --------
    >>> import mxnet as mx
    >>> normalize = mx.gluon.data.vision.transforms.Normalize(mean=0.5, std=0.25)
    >>> normalize(mx.nd.ones((1, 1, 2))).asnumpy().tolist()
    [[[2.0, 2.0]]]
    """

    def __init__(self, mean: float | Sequence[float] = 0.0, std: float | Sequence[float] = 1.0):
        super().__init__()
        self._mean = mean
        self._std = std

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Normalise an image, channels first, or a batch of them."""
        return F.image.normalize(x, self._mean, self._std)


# --- geometry -----------------------------------------------------------------------------------------------------


class Resize(HybridBlock):
    """Resize an image, or a batch of them.

    Parameters
    ----------
    size : int or (int, int)
        One side, or (width, height), in pixels.
    keep_ratio : bool
        Whether a single `size` is that of the shorter side and the other follows; otherwise both are.
    interpolation : int
        OpenCV's number: 0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos.
    """

    def __init__(self, size: Size, keep_ratio: bool = False, interpolation: int = 1):
        super().__init__()
        self._size = size
        self._keep = keep_ratio
        self._interpolation = interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Resize an image, or a batch of them."""
        return F.image.resize(x, self._size, self._keep, self._interpolation)


class CropResize(HybridBlock):
    """Cut a rectangle out of an image, or a batch of them, and resize it if a size is given.

    Parameters
    ----------
    x, y : int
        The rectangle's left upper corner.
    width, height : int
        Its size.
    size : int or (int, int), optional
        One side, or (width, height), to resize to.
    interpolation : int
        OpenCV's number; needed with `size`.
    """

    def __init__(
        self, x: int, y: int, width: int, height: int, size: Size | None = None, interpolation: int | None = None
    ):
        super().__init__()
        self._x, self._y, self._width, self._height = x, y, width, height
        self._size = size
        self._interpolation = interpolation

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Cut the rectangle out of an image, or a batch of them."""
        out = F.image.crop(x, x=self._x, y=self._y, width=self._width, height=self._height)
        return F.image.resize(out, self._size, False, self._interpolation) if self._size else out


class CenterCrop(Block):
    """Cut the middle out of an image; where it is smaller, what fits is cut and resized.

    Parameters
    ----------
    size : int or (int, int)
        Both sides, or (width, height), in pixels.
    interpolation : int
        OpenCV's number.
    """

    def __init__(self, size: Size, interpolation: int = 1):
        super().__init__()
        self._args = (_side_or_size(size), interpolation)

    def forward(self, x: NDArray) -> NDArray:
        """Cut the middle out of an image."""
        return image.center_crop(x, *self._args)[0]


class RandomResizedCrop(Block):
    """Cut a rectangle of random area, shape and place out of an image and resize it.

    Parameters
    ----------
    size : int or (int, int)
        Both sides, or (width, height), of the result.
    scale : (float, float)
        Bounds of the rectangle's share of the image's area.
    ratio : (float, float)
        Bounds of its width over its height.
    interpolation : int
        OpenCV's number.
    """

    def __init__(
        self,
        size: Size,
        scale: tuple[float, float] = (0.08, 1.0),
        ratio: tuple[float, float] = (3.0 / 4.0, 4.0 / 3.0),
        interpolation: int = 1,
    ):
        super().__init__()
        self._args = (_side_or_size(size), scale, ratio, interpolation)

    def forward(self, x: NDArray) -> NDArray:
        """Cut a random rectangle out of an image."""
        return image.random_size_crop(x, *self._args)[0]


class RandomFlipLeftRight(HybridBlock):
    """Mirror an image left to right, or leave it, with equal chances."""

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Mirror an image, or leave it."""
        return F.image.random_flip_left_right(x)


class RandomFlipTopBottom(HybridBlock):
    """Mirror an image top to bottom, or leave it, with equal chances."""

    def __init__(self) -> None:
        super().__init__()

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Mirror an image, or leave it."""
        return F.image.random_flip_top_bottom(x)


class Rotate(Block):
    """Turn a float32 image, channels first, or a batch of them, about its middle.

    Parameters
    ----------
    rotation_degrees : float or NDArray
        The angle in degrees; an array with one for each image of a batch.
    zoom_in : bool
        Enlarge it so that no corner is empty.
    zoom_out : bool
        Shrink it so that nothing of it is lost.
    """

    def __init__(self, rotation_degrees: float | NDArray, zoom_in: bool = False, zoom_out: bool = False):
        super().__init__()
        self._args = (rotation_degrees, zoom_in, zoom_out)

    def forward(self, x: NDArray) -> NDArray:
        """Turn an image, or a batch of them."""
        _check_float32(self, x)
        return image.imrotate(x, *self._args)


class RandomRotation(Block):
    """Turn a float32 image, channels first, by an angle that NumPy's global generator draws.

    Parameters
    ----------
    angle_limits : (float, float)
        The bounds of the angle, in degrees.
    zoom_in : bool
        Enlarge it so that no corner is empty.
    zoom_out : bool
        Shrink it so that nothing of it is lost.
    rotate_with_proba : float
        How likely it is turned at all.

    Raises
    ------
    ValueError
        The bounds are not in order, or the probability is not between 0 and 1.
    """

    def __init__(
        self,
        angle_limits: tuple[float, float],
        zoom_in: bool = False,
        zoom_out: bool = False,
        rotate_with_proba: float = 1.0,
    ):
        super().__init__()
        lower, upper = angle_limits
        if lower >= upper:
            raise ValueError(f"RandomRotation: angle_limits={angle_limits}, expected the lower bound first")
        if not 0 <= rotate_with_proba <= 1:
            raise ValueError(f"RandomRotation: rotate_with_proba={rotate_with_proba}, expected 0 to 1")
        self._args = (angle_limits, zoom_in, zoom_out)
        self._rotate_with_proba = rotate_with_proba

    def forward(self, x: NDArray) -> NDArray:
        """Turn an image, or leave it."""
        if np.random.random() > self._rotate_with_proba:
            return x
        _check_float32(self, x)
        return image.random_rotate(x, *self._args)


def _check_float32(block: Block, x: NDArray) -> None:
    if not same_dtype(x.dtype, np.float32):
        name = type(block).__name__
        raise TypeError(f"{name}: expected a float32 image, got {dtype_name(x.dtype)}; put ToTensor before it")


# --- colour -------------------------------------------------------------------------------------------------------


def _around_one(spread: float) -> tuple[float, float]:
    """Give the bounds of a factor that differs from 1 by at most `spread` and is not negative."""
    return max(0, 1 - spread), 1 + spread


class RandomBrightness(HybridBlock):
    """Multiply by a factor between ``1 - brightness``, but not below 0, and ``1 + brightness``.

    Parameters
    ----------
    brightness : float
    """

    def __init__(self, brightness: float):
        super().__init__()
        self._args = _around_one(brightness)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Change an image's brightness."""
        return F.image.random_brightness(x, *self._args)


class RandomContrast(HybridBlock):
    """Mix with the mean brightness, by a factor between ``1 - contrast``, but not below 0, and ``1 + contrast``.

    Parameters
    ----------
    contrast : float
    """

    def __init__(self, contrast: float):
        super().__init__()
        self._args = _around_one(contrast)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Change an image's contrast."""
        return F.image.random_contrast(x, *self._args)


class RandomSaturation(HybridBlock):
    """Mix with the grey image, by a factor between ``1 - saturation``, but not below 0, and ``1 + saturation``.

    Parameters
    ----------
    saturation : float
    """

    def __init__(self, saturation: float):
        super().__init__()
        self._args = _around_one(saturation)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Change an image's saturation."""
        return F.image.random_saturation(x, *self._args)


class RandomHue(HybridBlock):
    """Turn the hue by between ``-hue`` and ``hue`` circles.

    Parameters
    ----------
    hue : float
    """

    def __init__(self, hue: float):
        super().__init__()
        self._args = _around_one(hue)  # a whole circle more, as in MXNet, so that no bound is negative

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Change an image's hue."""
        return F.image.random_hue(x, *self._args)


class RandomColorJitter(HybridBlock):
    """Change brightness, contrast, saturation and hue in random order; 0 leaves one out.

    Parameters
    ----------
    brightness, contrast, saturation, hue : float
        How far, as in `RandomBrightness` and its like.
    """

    def __init__(self, brightness: float = 0, contrast: float = 0, saturation: float = 0, hue: float = 0):
        super().__init__()
        self._args = (brightness, contrast, saturation, hue)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Change an image's colours."""
        return F.image.random_color_jitter(x, *self._args)


class RandomLighting(HybridBlock):
    """Shift the colours along their principal components, as AlexNet does.

    Parameters
    ----------
    alpha : float
        The standard deviation of the shifts.
    """

    def __init__(self, alpha: float):
        super().__init__()
        self._alpha = alpha

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        """Change an image's colours."""
        return F.image.random_lighting(x, self._alpha)
