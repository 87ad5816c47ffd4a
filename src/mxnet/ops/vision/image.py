"""Images as arrays: to tensors and normalised, cropped, flipped, resized, and jittered in colour.

An image is height × width × channels, as it is decoded, until `_image_to_tensor` makes it channels × height × width.
A batch of images has one axis more, in front, where an operator says that it takes batches. What is random draws from
the serial stream of MXNet's random numbers. The gradients are those of the arithmetic; `_image_resize` has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ..._opencv import require_opencv
from ...base import MXNetError
from .. import host
from ..dtype_rules import always
from ..registry import Floats, Rng, Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, alike

__all__ = [
    "adjust_lighting", "crop", "flip_left_right", "flip_top_bottom", "normalize", "random_brightness",
    "random_color_jitter", "random_contrast", "random_flip_left_right", "random_flip_top_bottom", "random_hue",
    "random_lighting", "random_saturation", "resize", "to_tensor",
]  # fmt: skip

#: how much red, green and blue count in a pixel's brightness (ITU-R BT.601)
LUMA = (0.299, 0.587, 0.114)
#: principal components of the colours of ImageNet's images, each column scaled by its standard deviation (AlexNet, 4.1)
COLOR_COMPONENTS = (
    (55.46 * -0.5675, 4.794 * 0.7192, 1.148 * 0.4009),
    (55.46 * -0.5808, 4.794 * -0.0045, 1.148 * -0.8140),
    (55.46 * -0.5836, 4.794 * -0.6948, 1.148 * 0.4203),
)
RESIZABLE = (torch.uint8, torch.float32, torch.float64)


def _check_image_or_batch(name: str, data: torch.Tensor, axes: str) -> None:
    if data.dim() not in (3, 4):
        raise MXNetError(f"{name}: data is {describe(data)}, expected {axes} or a batch of these")


def _check_image(name: str, data: torch.Tensor) -> None:
    if data.dim() != 3:
        raise MXNetError(f"{name}: data is {describe(data)}, expected height × width × channels")


def _check_color(name: str, data: torch.Tensor) -> None:
    _check_image(name, data)
    if data.shape[2] not in (1, 3):
        raise MXNetError(f"{name}: data is {describe(data)}, expected 1 or 3 channels on the last axis")


def _saturated(values: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Convert colours to the dtype of the image they came from; bytes stop at 0 and 255 and drop the fraction."""
    return values.clamp(0, 255).to(dtype) if dtype == torch.uint8 else values.to(dtype)


def _computed(data: torch.Tensor) -> torch.Tensor:
    """Give colours in the dtype they are computed in."""
    return data if data.dtype in (torch.float32, torch.float64) else data.float()


# --- conversion ---------------------------------------------------------------------------------------------------


@operator("_image_to_tensor", "_npx__image_to_tensor")
def to_tensor(data: torch.Tensor) -> torch.Tensor:
    """Turn images into what a network takes: channels first, float32, 0 to 1 instead of 0 to 255.

    Parameters
    ----------
    data : NDArray
        height × width × channels, or a batch of these

    Returns
    -------
    NDArray
        float32, channels × height × width, or a batch of these

    Raises
    ------
    MXNetError
        an array of neither 3 nor 4 axes

    Examples
    --------
    >>> mx.nd.image.to_tensor(mx.nd.full((2, 3, 1), 255, dtype="uint8")).shape
    (1, 2, 3)
    """
    _check_image_or_batch("_image_to_tensor", data, "height × width × channels")
    if data.is_floating_point():  # divided in its own dtype, as MXNet does
        scaled = (data / 255).float()
    else:
        scaled = data.float() / 255
    # contiguous where the axes are only renamed (one channel) costs nothing
    return scaled.movedim(-1, -3).contiguous()


@operator("_image_normalize", "_npx__image_normalize", host=host.NUMBERS)
def normalize(data: torch.Tensor, *, mean: Floats = (0, 0, 0, 0), std: Floats = (1, 1, 1, 1)) -> torch.Tensor:
    """Subtract a mean from each channel and divide by a standard deviation.

    Parameters
    ----------
    data : NDArray
        1 or 3 channels × height × width, or a batch of these
    mean, std : float or tuple of float
        one for all channels, or one for each

    Returns
    -------
    NDArray
        of the shape and dtype of `data`

    Raises
    ------
    MXNetError
        another number of axes or channels, or as many means or deviations as fit neither

    Examples
    --------
    >>> mx.nd.image.normalize(mx.nd.ones((1, 1, 2)), mean=0.5, std=0.25)
    <BLANKLINE>
    [[[2. 2.]]]
    <NDArray 1x1x2 @cpu(0)>
    """
    _check_image_or_batch("_image_normalize", data, "channels × height × width")
    channels = data.shape[-3]
    if channels not in (1, 3):
        raise MXNetError(
            f"_image_normalize: data is {describe(data)}, expected 1 or 3 channels on axis {data.dim() - 3}"
        )
    for name, values in (("mean", mean), ("std", std)):
        if len(values) not in (1, channels):
            raise MXNetError(
                f"_image_normalize: {name}={values} for {channels} channels, expected 1 or {channels} numbers"
            )
    wide = _computed(data)
    # the attributes are float32 in MXNet, whatever the dtype of the data
    center, scale = (torch.tensor(v, dtype=torch.float32, device=data.device).view(-1, 1, 1) for v in (mean, std))
    centered = wide - center
    if data.dtype == torch.float16:  # MXNet's intermediate result is in half precision
        centered = centered.half().float()
    return (centered / scale).to(data.dtype)


# --- geometry -----------------------------------------------------------------------------------------------------


@operator("_image_crop", "_npx__image_crop")
def crop(data: torch.Tensor, *, x: int, y: int, width: int, height: int) -> torch.Tensor:
    """Cut a rectangle out of images.

    Parameters
    ----------
    data : NDArray
        height × width × channels, or a batch of these
    x, y : int
        its left upper corner, in pixels
    width, height : int
        its size, in pixels

    Returns
    -------
    NDArray
        height × width × channels as given, or a batch of these

    Raises
    ------
    MXNetError
        a rectangle that is empty or not within the image

    Examples
    --------
    >>> mx.nd.image.crop(mx.nd.zeros((4, 5, 3)), x=1, y=0, width=2, height=4).shape
    (4, 2, 3)
    """
    _check_image_or_batch("_image_crop", data, "height × width × channels")
    rows, columns = data.shape[-3], data.shape[-2]
    if width <= 0 or height <= 0:
        raise MXNetError(f"_image_crop: width={width} and height={height}, expected both above 0")
    if x < 0 or x + width > columns:
        raise MXNetError(f"_image_crop: x={x} and width={width} reach outside an image {columns} pixels wide")
    if y < 0 or y + height > rows:
        raise MXNetError(f"_image_crop: y={y} and height={height} reach outside an image {rows} pixels high")
    return data[..., y : y + height, x : x + width, :].clone()


@operator("_image_flip_left_right", "_npx__image_flip_left_right")
def flip_left_right(data: torch.Tensor) -> torch.Tensor:
    """Mirror an image (height × width × channels): left becomes right.

    Examples
    --------
    >>> mx.nd.image.flip_left_right(mx.nd.array([[[1], [2], [3]]])).reshape(-1).asnumpy()
    array([3., 2., 1.], dtype=float32)
    """
    _check_image("_image_flip_left_right", data)
    return data.flip(1)


@operator("_image_flip_top_bottom", "_npx__image_flip_top_bottom")
def flip_top_bottom(data: torch.Tensor) -> torch.Tensor:
    """Mirror an image (height × width × channels): top becomes bottom.

    Examples
    --------
    >>> mx.nd.image.flip_top_bottom(mx.nd.array([[[1]], [[2]]])).reshape(-1).asnumpy()
    array([2., 1.], dtype=float32)
    """
    _check_image("_image_flip_top_bottom", data)
    return data.flip(0)


def heads(rng: Rng, count: int) -> torch.Tensor:
    """Toss coins: two words of the stream make a number from 0 to 1, and half of them make a flip."""
    return torch.as_tensor(rng.serial.unit_double(count)) >= 0.5


@operator("_image_random_flip_left_right", "_npx__image_random_flip_left_right", host=host.DRAWS)
def random_flip_left_right(data: torch.Tensor, *, rng: Rng) -> torch.Tensor:
    """Mirror an image (height × width × channels) left to right, or leave it, with equal chances."""
    _check_image("_image_random_flip_left_right", data)
    return data.flip(1) if heads(rng, 1)[0] else data.clone()


@operator("_image_random_flip_top_bottom", "_npx__image_random_flip_top_bottom", host=host.DRAWS)
def random_flip_top_bottom(data: torch.Tensor, *, rng: Rng) -> torch.Tensor:
    """Mirror an image (height × width × channels) top to bottom, or leave it, with equal chances."""
    _check_image("_image_random_flip_top_bottom", data)
    return data.flip(0) if heads(rng, 1)[0] else data.clone()


def resized_shape(rows: int, columns: int, size: Shape, keep_ratio: bool) -> tuple[int, int]:
    """Give the height and width that `_image_resize` resizes to."""
    if len(size) not in (1, 2) or min(size, default=0) <= 0:
        raise MXNetError(f"_image_resize: size={size}, expected a side or (width, height), in pixels above 0")
    if len(size) == 2:
        return size[1], size[0]
    side = size[0]
    if not keep_ratio:
        return side, side
    return (side * rows // columns, side) if rows > columns else (side, side * columns // rows)


@operator("_image_resize", "_npx__image_resize", host=host.COMPUTES)
def resize(data: torch.Tensor, *, size: Shape = (), keep_ratio: bool = False, interp: int = 1) -> torch.Tensor:
    """Resize images with OpenCV.

    Parameters
    ----------
    data : NDArray
        uint8, float32 or float64; height × width × channels, or a batch of these
    size : int or tuple of int
        (width, height) in pixels, or one side
    keep_ratio : bool
        whether a single `size` is that of the shorter side and the other follows; otherwise both are
    interp : int
        OpenCV's number: 0 nearest, 1 bilinear, 2 bicubic, 3 area, 4 Lanczos

    Returns
    -------
    NDArray
        height × width × channels, or a batch of these, of the dtype of `data`

    Raises
    ------
    MXNetError
        a size that is not positive, a dtype OpenCV does not resize, OpenCV is not installed

    Examples
    --------
    >>> mx.nd.image.resize(mx.nd.zeros((4, 6, 3)), size=(3, 2)).shape
    (2, 3, 3)
    """
    _check_image_or_batch("_image_resize", data, "height × width × channels")
    height, width = resized_shape(data.shape[-3], data.shape[-2], size, keep_ratio)
    out_shape = (*data.shape[:-3], height, width, data.shape[-1])
    if data.dtype not in RESIZABLE:
        raise MXNetError(f"_image_resize: data is {describe(data)}, expected uint8, float32 or float64")
    if data.is_meta or 0 in out_shape:
        return data.new_empty(out_shape)
    cv2 = require_opencv("_image_resize")
    images = data.detach().cpu().reshape(-1, *data.shape[-3:])
    out = torch.empty((len(images), *out_shape[-3:]), dtype=data.dtype)
    try:
        for image, target in zip(images, out):
            resized = cv2.resize(image.numpy(), (width, height), interpolation=interp)
            target.copy_(torch.from_numpy(resized).view(target.shape))
    except cv2.error as error:
        raise MXNetError(f"_image_resize: interp={interp}: {error.err}") from error
    return out.reshape(out_shape).to(data.device)


# --- colour -------------------------------------------------------------------------------------------------------


def _luma(data: torch.Tensor) -> torch.Tensor:
    """Give the brightness of each pixel, as an image of one channel."""
    return (data * torch.tensor(LUMA, dtype=data.dtype, device=data.device)).sum(-1, keepdim=True)


def _brighter(data: torch.Tensor, factor: float) -> torch.Tensor:
    return _saturated(_computed(data) * factor, data.dtype)


def _more_contrast(data: torch.Tensor, factor: float) -> torch.Tensor:
    colors = _computed(data)
    grey = _luma(colors) if data.shape[2] == 3 else colors
    return _saturated(colors * factor + (1 - factor) * grey.mean(), data.dtype)


def _more_saturated(data: torch.Tensor, factor: float) -> torch.Tensor:
    if data.shape[2] == 1:
        return data.clone()
    colors = _computed(data)
    return _saturated(colors * factor + (1 - factor) * _luma(colors), data.dtype)


def _turned_hue(data: torch.Tensor, turns: float) -> torch.Tensor:
    """Turn the hue of each pixel around the circle of colours; lightness and saturation stay."""
    if data.shape[2] == 1:
        return data.clone()
    colors = _computed(data)
    low, high = colors.amin(-1, keepdim=True), colors.amax(-1, keepdim=True)
    span = high - low
    red, green, blue = (channel.unsqueeze(-1) for channel in colors.unbind(-1))
    # the hue in sixths of a circle: 0 is red, 2 green, 4 blue
    hue = torch.where(
        red == high,
        (green - blue) / span,
        torch.where(green == high, 2 + (blue - red) / span, 4 + (red - green) / span),
    )
    hue = hue + 6 * turns
    # each channel is at its highest within one sixth of its colour and at its lowest beyond two
    distance = (hue - torch.tensor([0.0, 2, 4], dtype=colors.dtype, device=data.device)).remainder(6)
    distance = torch.minimum(distance, 6 - distance)
    turned = low + span * (2 - distance).clamp(0, 1)
    return _saturated(torch.where(span == 0, colors, turned), data.dtype)


def _lit(data: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    components = torch.tensor(COLOR_COMPONENTS, dtype=torch.float32, device=data.device)
    added = components @ alpha.to(data.device, torch.float32)
    return _saturated(_computed(data) + (added if data.shape[2] == 3 else added[:1]), data.dtype)


def _factor(name: str, rng: Rng, low: float, high: float) -> float:
    for bound, value in (("min_factor", low), ("max_factor", high)):
        if value < 0:
            raise MXNetError(f"{name}: {bound}={value}, expected at least 0")
    return float(rng.serial.uniform(1, low, high)[0])


@operator("_image_random_brightness", "_npx__image_random_brightness", host=host.DRAWS)
def random_brightness(data: torch.Tensor, *, min_factor: float, max_factor: float, rng: Rng) -> torch.Tensor:
    """Multiply an image (height × width × 1 or 3 channels) by one random factor between two bounds.

    Examples
    --------
    >>> mx.nd.image.random_brightness(mx.nd.ones((1, 1, 1)), min_factor=2, max_factor=2).asscalar()
    2.0
    """
    _check_color("_image_random_brightness", data)
    return _brighter(data, _factor("_image_random_brightness", rng, min_factor, max_factor))


@operator("_image_random_contrast", "_npx__image_random_contrast", host=host.DRAWS)
def random_contrast(data: torch.Tensor, *, min_factor: float, max_factor: float, rng: Rng) -> torch.Tensor:
    """Mix an image (height × width × 1 or 3 channels) with its mean brightness: 0 is flat grey, 1 the image itself."""
    _check_color("_image_random_contrast", data)
    return _more_contrast(data, _factor("_image_random_contrast", rng, min_factor, max_factor))


@operator("_image_random_saturation", "_npx__image_random_saturation", host=host.DRAWS)
def random_saturation(data: torch.Tensor, *, min_factor: float, max_factor: float, rng: Rng) -> torch.Tensor:
    """Mix an image (height × width × 1 or 3 channels) with its grey version: 0 is grey, 1 the image itself."""
    _check_color("_image_random_saturation", data)
    return _more_saturated(data, _factor("_image_random_saturation", rng, min_factor, max_factor))


@operator("_image_random_hue", "_npx__image_random_hue", host=host.DRAWS)
def random_hue(data: torch.Tensor, *, min_factor: float, max_factor: float, rng: Rng) -> torch.Tensor:
    """Turn the hue of an image (height × width × 1 or 3 channels); a factor of 1 is the whole circle."""
    _check_color("_image_random_hue", data)
    return _turned_hue(data, _factor("_image_random_hue", rng, min_factor, max_factor))


@operator("_image_random_color_jitter", "_npx__image_random_color_jitter", host=host.DRAWS)
def random_color_jitter(
    data: torch.Tensor, *, brightness: float, contrast: float, saturation: float, hue: float, rng: Rng
) -> torch.Tensor:
    """Change brightness, contrast, saturation and hue of an image in random order.

    Parameters
    ----------
    data : NDArray
        height × width × 1 or 3 channels
    brightness, contrast, saturation : float
        the factor is drawn from 1 - this to 1 + this, but not below 0; 0 leaves it out
    hue : float
        the turn is drawn from -this to this, in circles; 0 leaves it out
    """
    _check_color("_image_random_color_jitter", data)
    changes = (_brighter, _more_contrast, _more_saturated, _turned_hue)
    strengths = (brightness, contrast, saturation, hue)
    out = data.clone()
    for index in rng.serial.permutation(4).tolist():
        strength, middle = strengths[index], 0.0 if index == 3 else 1.0
        if strength > 0:
            low = middle - strength if index == 3 else max(0.0, middle - strength)
            out = changes[index](out, float(rng.serial.uniform(1, low, middle + strength)[0]))
    return out


@operator("_image_adjust_lighting", "_npx__image_adjust_lighting", host=host.NUMBERS)
def adjust_lighting(data: torch.Tensor, *, alpha: Floats) -> torch.Tensor:
    """Shift the colours of an image along the principal components of natural images' colours, as AlexNet does.

    Parameters
    ----------
    data : NDArray
        height × width × 1 or 3 channels, 0 to 255
    alpha : tuple of float
        how far along each of the three components, in standard deviations

    Examples
    --------
    >>> mx.nd.image.adjust_lighting(mx.nd.zeros((1, 1, 3)), alpha=(1, 0, 0)).reshape(-1).asnumpy().round(2)
    array([-31.47, -32.21, -32.37], dtype=float32)
    """
    _check_color("_image_adjust_lighting", data)
    if len(alpha) != 3:
        raise MXNetError(f"_image_adjust_lighting: alpha={alpha}, expected 3 numbers")
    return _lit(data, torch.tensor(alpha))


@operator("_image_random_lighting", "_npx__image_random_lighting", host=host.DRAWS)
def random_lighting(data: torch.Tensor, *, alpha_std: float = 0.05, rng: Rng) -> torch.Tensor:
    """Apply `_image_adjust_lighting` with random shifts of the standard deviation given."""
    _check_color("_image_random_lighting", data)
    return _lit(data, torch.as_tensor(rng.serial.normal(3, 0.0, alpha_std)))


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule(
    "inputs", "_image_normalize", "_image_flip_left_right", "_image_flip_top_bottom", "_image_random_flip_left_right",
    "_image_random_flip_top_bottom", "_image_random_brightness", "_image_random_contrast", "_image_random_saturation",
    "_image_random_hue", "_image_random_color_jitter", "_image_adjust_lighting", "_image_random_lighting",
)(alike)  # fmt: skip


@rule("inputs", "_image_to_tensor")
def _channels_last(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if out is None or len(out) not in (3, 4) else (*out[:-3], *out[-2:], out[-3]),)


@rule("inputs", "_image_crop", "_image_resize")
def _other_sides(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if out is None or len(out) not in (3, 4) else (*out[:-3], UNKNOWN, UNKNOWN, out[-1]),)


rule("dtype", "_image_to_tensor")(always(torch.float32))
