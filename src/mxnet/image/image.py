"""Functions of images: decoding, resizing, cropping, normalising, rotating. Augmenters are in `mxnet.image.augmenters`.

Sizes are (width, height) and rectangles (left, top, width, height), in pixels. What is random draws from Python's
global generator, as in MXNet; only `random_rotate` draws from NumPy's.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from .. import ndarray
from ..base import dtype_name, numeric_types, same_dtype
from ..ndarray import NDArray
from ..ndarray.invoke import invoke
from ..ops import OPERATORS
from ..util import is_np_array

__all__ = [
    "center_crop", "color_normalize", "copyMakeBorder", "fixed_crop", "imdecode", "imread", "imresize", "imrotate",
    "random_crop", "random_rotate", "random_size_crop", "resize_short", "scale_down",
]  # fmt: skip

Size = tuple[int, int]
Rectangle = tuple[int, int, int, int]

NEAREST, BILINEAR, BICUBIC, AREA, LANCZOS = range(5)
AUTOMATIC, RANDOM = 9, 10
TRIES = 10


def _array_class() -> type[NDArray]:
    """Give the kind of array that is in force."""
    if is_np_array():
        from ..numpy import ndarray as np_ndarray

        return np_ndarray
    return NDArray


def _height_width(name: str, src: NDArray) -> tuple[int, int]:
    if src.ndim != 3:
        raise ValueError(f"{name}: an image is height × width × channels, got the shape {src.shape}")
    return src.shape[0], src.shape[1]


# --- reading and resizing -----------------------------------------------------------------------------------------


def imread(filename: str, flag: int = 1, to_rgb: int = 1) -> NDArray:
    """Read an image from a file.

    Parameters
    ----------
    filename : str
        The file, in any format OpenCV reads.
    flag : int
        1 for three channels, 0 for grey.
    to_rgb : int
        Whether the channels are red, green, blue; otherwise blue, green, red.

    Returns
    -------
    NDArray
        uint8, height × width × channels.

    Raises
    ------
    MXNetError
        The file cannot be read or is no image, or OpenCV is not installed.
    """
    attributes = {"filename": str(filename), "flag": flag, "to_rgb": to_rgb}
    return invoke(OPERATORS["_cvimread"], (), attributes, array_class=_array_class())


def imdecode(
    buf: bytes | bytearray | np.ndarray | NDArray, flag: int = 1, to_rgb: int = 1, out: NDArray | None = None
) -> NDArray:
    """Decode an image from the bytes of its file; `flag`, `to_rgb`, result and errors as of `imread`.

    Parameters
    ----------
    buf : bytes, bytearray, numpy.ndarray or NDArray
        The bytes.
    out : NDArray, optional
        Where to put the image.

    Raises
    ------
    ValueError
        `buf` is something else.
    """
    if not isinstance(buf, NDArray):
        if isinstance(buf, (bytes, bytearray, memoryview)):
            buf = np.frombuffer(buf, dtype=np.uint8)
        elif not isinstance(buf, np.ndarray):
            raise ValueError(f"imdecode: buf must be bytes, a bytearray or an array of uint8, got {type(buf).__name__}")
        buf = ndarray.array(buf, dtype=np.uint8)
        if is_np_array():
            buf = buf.as_np_ndarray()
    return invoke(OPERATORS["_cvimdecode"], (buf,), {"flag": flag, "to_rgb": to_rgb}, out)


def imresize(src: NDArray, w: int, h: int, interp: int = BILINEAR, out: NDArray | None = None) -> NDArray:
    """Resize an image.

    Parameters
    ----------
    src : NDArray
        The image.
    w, h : int
        The new width and height.
    interp : int
        OpenCV's number: 0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos.
    out : NDArray, optional
        Where to put the result.

    Examples
    --------
    >>> import mxnet as mx
    >>> mx.image.imresize(mx.nd.zeros((4, 6, 3)), w=3, h=2).shape
    (2, 3, 3)
    """
    return invoke(OPERATORS["_cvimresize"], (src,), {"w": w, "h": h, "interp": interp}, out)


def copyMakeBorder(
    src: NDArray,
    top: int,
    bot: int,
    left: int,
    right: int,
    type: int = 0,
    value: float = 0.0,
    values: Sequence[float] = (),
    out: NDArray | None = None,
) -> NDArray:
    """Put a border around an image: 0 a constant, 1 the edge repeated, 2 and 4 the image mirrored, 3 it repeated."""
    attributes = {
        "top": top, "bot": bot, "left": left, "right": right, "type": type, "value": value, "values": tuple(values)
    }  # fmt: skip
    return invoke(OPERATORS["_cvcopyMakeBorder"], (src,), attributes, out)


def _get_interp_method(interp: int, sizes: Sequence[int] = ()) -> int:
    """Choose the interpolation: 9 by the sizes (old height, old width, new height, new width), 10 at random."""
    if interp == AUTOMATIC:
        if not sizes:
            return BICUBIC
        old_height, old_width, new_height, new_width = sizes
        if new_height > old_height and new_width > old_width:
            return BICUBIC
        return AREA if new_height < old_height and new_width < old_width else BILINEAR
    if interp == RANDOM:
        return random.randint(NEAREST, LANCZOS)
    if interp not in (NEAREST, BILINEAR, BICUBIC, AREA, LANCZOS):
        raise ValueError(f"interp: {interp} is none of OpenCV's 0 to 4, 9 (by size) and 10 (at random)")
    return interp


def scale_down(src_size: Size, size: Size) -> Size:
    """Shrink a size, keeping its proportions, until it fits into that of an image.

    Examples
    --------
    >>> import mxnet as mx
    >>> mx.image.scale_down((640, 480), (720, 120))
    (640, 106)
    """
    width, height = float(size[0]), float(size[1])
    src_width, src_height = src_size
    if src_height < height:
        width, height = width * src_height / height, src_height
    if src_width < width:
        width, height = src_width, height * src_width / width
    return int(width), int(height)


def resize_short(src: NDArray, size: int, interp: int = BICUBIC) -> NDArray:
    """Resize an image so that its shorter side is `size`, keeping its proportions."""
    height, width = _height_width("resize_short", src)
    if height > width:
        new_height, new_width = size * height // width, size
    else:
        new_height, new_width = size, size * width // height
    return imresize(src, new_width, new_height, _get_interp_method(interp, (height, width, new_height, new_width)))


# --- cropping -----------------------------------------------------------------------------------------------------


def fixed_crop(
    src: NDArray, x0: int, y0: int, w: int, h: int, size: Size | None = None, interp: int = BICUBIC
) -> NDArray:
    """Cut a rectangle out of an image, and resize it if `size` is another."""
    bottom, right = y0 + h, x0 + w
    rectangle = src[y0:bottom, x0:right]
    if size is None or tuple(size) == (w, h):
        return rectangle
    width, height = size
    return imresize(rectangle, width, height, _get_interp_method(interp, (h, w, height, width)))


def center_crop(src: NDArray, size: Size, interp: int = BICUBIC) -> tuple[NDArray, Rectangle]:
    """Cut the middle out of an image; where it is smaller than `size`, what fits is cut and resized.

    Returns
    -------
    NDArray, (int, int, int, int)
        The image, and the rectangle it was cut from.
    """
    x0, y0, w, h = center_rectangle(*_height_width("center_crop", src), size)
    return fixed_crop(src, x0, y0, w, h, size, interp), (x0, y0, w, h)


def center_rectangle(height: int, width: int, size: Size) -> Rectangle:
    """Give the rectangle that `center_crop` cuts out of an image of a height and a width."""
    new_width, new_height = scale_down((width, height), size)
    return int((width - new_width) / 2), int((height - new_height) / 2), new_width, new_height


def random_crop(src: NDArray, size: Size, interp: int = BICUBIC) -> tuple[NDArray, Rectangle]:
    """Cut a rectangle at a random place out of an image; where it is smaller than `size`, what fits is resized.

    Returns
    -------
    NDArray, (int, int, int, int)
        The image, and the rectangle it was cut from.
    """
    height, width = _height_width("random_crop", src)
    new_width, new_height = scale_down((width, height), size)
    x0, y0 = random.randint(0, width - new_width), random.randint(0, height - new_height)
    return fixed_crop(src, x0, y0, new_width, new_height, size, interp), (x0, y0, new_width, new_height)


def random_size_crop(
    src: NDArray,
    size: Size,
    area: float | tuple[float, float],
    ratio: tuple[float, float],
    interp: int = BICUBIC,
    min_area: float | None = None,
) -> tuple[NDArray, Rectangle]:
    """Cut a rectangle of random area, shape and place out of an image and resize it.

    Parameters
    ----------
    src : NDArray
        The image.
    size : (int, int)
        The size of the result.
    area : float or (float, float)
        The rectangle's area, as bounds of its share of the image's, or the lower bound alone.
    ratio : (float, float)
        Bounds of its width over its height.
    interp : int
        The interpolation.
    min_area : float, optional
        The lower bound of the area; an old name.

    Returns
    -------
    NDArray, (int, int, int, int)
        The image, and the rectangle it was cut from. Where ten tries find no rectangle within the image, it is that of
        `center_crop`.
    """
    height, width = _height_width("random_size_crop", src)
    rectangle = random_size_rectangle(height, width, size, area if min_area is None else min_area, ratio)
    return fixed_crop(src, *rectangle, size, interp), rectangle


def random_size_rectangle(
    height: int, width: int, size: Size, area: float | tuple[float, float], ratio: tuple[float, float]
) -> Rectangle:
    """Draw the rectangle that `random_size_crop` cuts out of an image of a height and a width."""
    smallest, largest = (area, 1.0) if isinstance(area, numeric_types) else area
    for _ in range(TRIES):
        target = random.uniform(smallest, largest) * height * width
        proportion = math.exp(random.uniform(math.log(ratio[0]), math.log(ratio[1])))
        new_width, new_height = round(math.sqrt(target * proportion)), round(math.sqrt(target / proportion))
        if new_width <= width and new_height <= height:
            x0, y0 = random.randint(0, width - new_width), random.randint(0, height - new_height)
            return x0, y0, new_width, new_height
    return center_rectangle(height, width, size)


# --- colour and rotation ------------------------------------------------------------------------------------------


def color_normalize(src: NDArray, mean: Any, std: Any = None) -> NDArray:
    """Subtract a mean from an image, in place, and divide by a standard deviation; either may be None."""
    if mean is not None:
        src -= mean
    if std is not None:
        src /= std
    return src


def imrotate(src: NDArray, rotation_degrees: float | NDArray, zoom_in: bool = False, zoom_out: bool = False) -> NDArray:
    """Turn an image, or each of a batch, about its middle.

    Parameters
    ----------
    src : NDArray
        float32, channels × height × width, or a batch of these.
    rotation_degrees : float or NDArray
        The angle in degrees; an array with one for each image of a batch.
    zoom_in : bool
        Enlarge it so that no corner is empty.
    zoom_out : bool
        Shrink it so that nothing of it is lost.

    Returns
    -------
    NDArray
        Of the shape of `src`; pixels from outside the image are 0.

    Raises
    ------
    ValueError
        Both zooms are asked for, or the image has neither 3 nor 4 axes.
    TypeError
        `src` is not float32, or several angles are given for one image.
    """
    if zoom_in and zoom_out:
        raise ValueError("imrotate: zoom_in and zoom_out cannot both be True")
    if not same_dtype(src.dtype, np.float32):
        raise TypeError(f"imrotate: src must be float32, got {dtype_name(src.dtype)}")
    if src.ndim not in (3, 4):
        raise ValueError(f"imrotate: src must have 3 axes, or 4 for a batch, got the shape {src.shape}")
    if src.ndim == 3 and not isinstance(rotation_degrees, numeric_types):
        raise TypeError("imrotate: one image takes one angle, a number")
    pixels = src._t if src.ndim == 4 else src._t.unsqueeze(0)
    angles = rotation_degrees._t if isinstance(rotation_degrees, NDArray) else torch.as_tensor(rotation_degrees)
    angles = angles.to(pixels.device, torch.float32).reshape(-1)
    if len(angles) not in (1, len(pixels)):
        raise ValueError(f"imrotate: {len(angles)} angles for {len(pixels)} images, expected one, or one for each")
    turned = _rotated(pixels, torch.deg2rad(angles.expand(len(pixels))), zoom_in, zoom_out)
    return type(src)._wrap(turned if src.ndim == 4 else turned[0], src.context)


def _rotated(pixels: torch.Tensor, angles: torch.Tensor, zoom_in: bool, zoom_out: bool) -> torch.Tensor:
    """Take each pixel from where it comes from, between four pixels of the image (bilinear)."""
    height, width = pixels.shape[-2:]
    y = (torch.arange(height, dtype=torch.float32, device=pixels.device) - (height - 1) / 2).view(1, height, 1)
    x = (torch.arange(width, dtype=torch.float32, device=pixels.device) - (width - 1) / 2).view(1, 1, width)
    cos, sin = torch.cos(angles).view(-1, 1, 1), torch.sin(angles).view(-1, 1, 1)
    source_x, source_y = x * cos - y * sin, x * sin + y * cos
    if zoom_in or zoom_out:
        # how far a turned corner reaches beyond the image, in half widths or heights of it
        farthest = cos.abs() + sin.abs() * max(height / width, width / height)
        scale = 1 / farthest if zoom_in else farthest
        source_x, source_y = source_x * scale, source_y * scale
    # from -1 to 1 over the image, as grid_sample counts; an image one pixel wide has only its middle
    grid = torch.stack([source_x / max((width - 1) / 2, 0.5), source_y / max((height - 1) / 2, 0.5)], dim=-1)
    return torch.nn.functional.grid_sample(pixels, grid, mode="bilinear", padding_mode="zeros", align_corners=True)


def random_rotate(
    src: NDArray, angle_limits: tuple[float, float], zoom_in: bool = False, zoom_out: bool = False
) -> NDArray:
    """Turn an image, or each of a batch by an angle of its own, in degrees, that NumPy's global generator draws."""
    if src.ndim == 3:
        return imrotate(src, float(np.random.uniform(*angle_limits)), zoom_in, zoom_out)
    return imrotate(src, ndarray.array(np.random.uniform(*angle_limits, size=len(src))), zoom_in, zoom_out)
