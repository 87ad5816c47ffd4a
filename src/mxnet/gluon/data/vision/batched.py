"""What the transformations of images do to whole batches; `mxnet.gluon.data.batched` has the contract."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from ....image import image
from ....ops import OPERATORS
from ....ops.vision import image as operators
from ....ops.vision import image_io
from ....streams.conversions import doubles
from ..batched import Shape, Step, form, sequence
from . import transforms as T

__all__: list[str] = []

#: images, their height and width, as most transformations take them
HEIGHT_WIDTH_CHANNELS = 3

sequence(T.Compose)


def _attributes(operator: str, **given: Any) -> dict[str, Any]:
    """The attributes that an operator would make of what a transformation hands it."""
    return OPERATORS[operator].parse(given)


def _by_operator(function: Callable[[torch.Tensor], torch.Tensor], shape: Shape, dtype: torch.dtype) -> Step | None:
    """A step that is an operator's function of a batch; the meta device tells what it gives."""
    if len(shape) != HEIGHT_WIDTH_CHANNELS:
        return None
    out = function(torch.empty((1, *shape), dtype=dtype, device="meta"))
    return Step(lambda images, _: function(images), tuple(out.shape[1:]), out.dtype)


# --- conversion ---------------------------------------------------------------------------------------------------


@form(T.Cast)
def _cast(cast: T.Cast, shape: Shape, dtype: torch.dtype) -> Step | None:
    wanted = _attributes("Cast", dtype=cast._dtype)["dtype"]
    return None if wanted is None else Step(lambda images, _: images.to(wanted), shape, wanted)


@form(T.ToTensor)
def _to_tensor(_: T.ToTensor, shape: Shape, dtype: torch.dtype) -> Step | None:
    if len(shape) != HEIGHT_WIDTH_CHANNELS:
        return None
    height, width, channels = shape
    apply = _divided if dtype.is_floating_point else _integers_divided
    return Step(apply, (channels, height, width), torch.float32)


def _divided(images: torch.Tensor, _: None) -> torch.Tensor:
    return operators.to_tensor(images)


def _integers_divided(images: torch.Tensor, _: None) -> torch.Tensor:
    """The same arithmetic as the operator's, with one pass less over the memory."""
    count, height, width, channels = images.shape
    return torch.empty((count, channels, height, width)).copy_(images.movedim(3, 1)).div_(255)


@form(T.Normalize)
def _normalize(normalize: T.Normalize, shape: Shape, dtype: torch.dtype) -> Step | None:
    given = _attributes("_image_normalize", mean=normalize._mean, std=normalize._std)
    mean, std = given["mean"], given["std"]
    channels = shape[0] if len(shape) == 3 else 0
    if channels not in (1, 3) or len(mean) not in (1, channels) or len(std) not in (1, channels):
        return None
    if dtype is torch.float32:
        center, scale = _of_channels(mean), _of_channels(std)
        return Step(lambda images, _: images.sub_(center).div_(scale), shape, dtype)
    return Step(lambda images, _: operators.normalize(images, mean=mean, std=std), shape, dtype)


def _of_channels(values: Sequence[float]) -> Any:
    """Numbers of channels in float32, as one number where they are alike, which is quicker."""
    singles = np.asarray(values, np.float32)
    return singles[0].item() if (singles == singles[0]).all() else torch.from_numpy(singles).view(-1, 1, 1)


# --- geometry -----------------------------------------------------------------------------------------------------


@form(T.Resize)
def _resize(resize: T.Resize, shape: Shape, dtype: torch.dtype) -> Step | None:
    given = _attributes("_image_resize", size=resize._size, keep_ratio=resize._keep, interp=resize._interpolation)
    return _by_operator(functools.partial(operators.resize, **given), shape, dtype)


@form(T.CropResize)
def _crop_resize(crop: T.CropResize, shape: Shape, dtype: torch.dtype) -> Step | None:
    rectangle = _attributes("_image_crop", x=crop._x, y=crop._y, width=crop._width, height=crop._height)
    if not crop._size:
        return _by_operator(functools.partial(operators.crop, **rectangle), shape, dtype)
    size = _attributes("_image_resize", size=crop._size, keep_ratio=False, interp=crop._interpolation)
    return _by_operator(lambda images: operators.resize(operators.crop(images, **rectangle), **size), shape, dtype)


@form(T.CenterCrop)
def _center_crop(crop: T.CenterCrop, shape: Shape, dtype: torch.dtype) -> Step | None:
    size, interpolation = crop._args
    if len(shape) != HEIGHT_WIDTH_CHANNELS:
        return None
    height, width, channels = shape
    x, y, w, h = image.center_rectangle(height, width, size)
    after = (size[1], size[0], channels)
    if (w, h) == tuple(size):
        return Step(lambda images, _: images[:, y : y + h, x : x + w], after, dtype)
    if interpolation == image.RANDOM or dtype not in operators.RESIZABLE:
        return None
    method = image._get_interp_method(interpolation, (h, w, size[1], size[0]))
    return Step(lambda images, _: _cut(images, [(x, y, w, h, method)] * len(images), size), after, dtype)


@form(T.RandomResizedCrop)
def _random_resized_crop(crop: T.RandomResizedCrop, shape: Shape, dtype: torch.dtype) -> Step | None:
    size, area, ratio, interpolation = crop._args
    if len(shape) != HEIGHT_WIDTH_CHANNELS or dtype not in operators.RESIZABLE:
        return None
    height, width, channels = shape
    if interpolation != image.RANDOM:
        image._get_interp_method(interpolation)  # refuses what is none before anything is drawn

    def draw() -> tuple[int, int, int, int, int]:
        x, y, w, h = image.random_size_rectangle(height, width, size, area, ratio)
        method = -1 if (w, h) == tuple(size) else image._get_interp_method(interpolation, (h, w, size[1], size[0]))
        return x, y, w, h, method

    return Step(lambda images, drawn: _cut(images, drawn, size), (size[1], size[0], channels), dtype, draw=draw)


def _cut(images: torch.Tensor, rectangles: list[tuple[int, int, int, int, int]], size: tuple[int, int]) -> torch.Tensor:
    """Cut a rectangle out of each image and resize it, by its method of interpolation, where it is of another size."""
    width, height = size
    out = images.new_empty((len(images), height, width, images.shape[3]))
    for source, target, (x, y, w, h, method) in zip(images, out, rectangles):
        cut = source[y : y + h, x : x + w]
        target.copy_(cut if (w, h) == (width, height) else image_io.resize(cut, w=width, h=height, interp=method))
    return out


def _flip(axis: int, shape: Shape, dtype: torch.dtype) -> Step | None:
    def apply(images: torch.Tensor, words: np.ndarray) -> torch.Tensor:
        flipped = torch.from_numpy(doubles(words)[:, 0] >= 0.5)  # as operators.heads
        images[flipped] = images[flipped].flip(axis)
        return images

    return Step(apply, shape, dtype, words=2) if len(shape) == HEIGHT_WIDTH_CHANNELS else None


@form(T.RandomFlipLeftRight)
def _flip_left_right(_: T.RandomFlipLeftRight, shape: Shape, dtype: torch.dtype) -> Step | None:
    return _flip(2, shape, dtype)


@form(T.RandomFlipTopBottom)
def _flip_top_bottom(_: T.RandomFlipTopBottom, shape: Shape, dtype: torch.dtype) -> Step | None:
    return _flip(1, shape, dtype)
