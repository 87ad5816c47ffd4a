"""Augmenters of images with objects in them: they change an image and the boxes around its objects together.

The label of an image is an array of one row for each object: class, left, top, right and bottom as shares of the
image's width and height, and whatever else there is. What is random draws from Python's global generator, as in MXNet.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..base import numeric_types
from ..ndarray import NDArray
from .augmenters import (
    Augmenter,
    CastAug,
    ColorJitterAug,
    ColorNormalizeAug,
    Described,
    ForceResizeAug,
    HueJitterAug,
    LightingAug,
    RandomGrayAug,
    ResizeAug,
    imagenet_lighting,
    statistics,
)
from .image import BICUBIC, copyMakeBorder, fixed_crop

__all__ = [
    "CreateDetAugmenter", "CreateMultiRandCropAugmenter", "DetAugmenter", "DetBorrowAug", "DetHorizontalFlipAug",
    "DetRandomCropAug", "DetRandomPadAug", "DetRandomSelectAug",
]  # fmt: skip

Range = tuple[float, float]
#: left, top, width and height in pixels, and the label in that rectangle
Proposal = tuple[int, int, int, int, np.ndarray]


class DetAugmenter(Described):
    """Base of augmenters for detection: subclasses define ``__call__`` and pass their settings on to ``__init__``."""

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:
        """Give the image and the label changed."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__")


class DetBorrowAug(DetAugmenter):
    """An augmenter of images alone, for images with objects: the label stays, so it may move nothing.

    Parameters
    ----------
    augmenter : Augmenter
        what is borrowed

    Raises
    ------
    TypeError
        it is no :class:`Augmenter`
    """

    def __init__(self, augmenter: Augmenter) -> None:
        if not isinstance(augmenter, Augmenter):
            raise TypeError(f"DetBorrowAug: augmenter is a {type(augmenter).__name__}; expected an Augmenter")
        super().__init__(augmenter=augmenter.dumps())
        self.augmenter = augmenter

    def dumps(self) -> list[Any]:
        """Give the name, and what the borrowed augmenter's `dumps` gives."""
        return [type(self).__name__.lower(), self.augmenter.dumps()]

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:  # noqa: D102
        return self.augmenter(src), label


class DetRandomSelectAug(DetAugmenter):
    """One of several augmenters, drawn anew for each image, or none of them.

    Parameters
    ----------
    aug_list : list of DetAugmenter, or one
        to draw from
    skip_prob : float
        the probability of none

    Raises
    ------
    ValueError
        one is no :class:`DetAugmenter`
    """

    def __init__(self, aug_list: Any, skip_prob: float = 0) -> None:
        super().__init__(skip_prob=skip_prob)
        if not isinstance(aug_list, (list, tuple)):
            aug_list = [aug_list]
        for each in aug_list:
            if not isinstance(each, DetAugmenter):
                raise ValueError(f"DetRandomSelectAug: aug_list has a {type(each).__name__}; expected DetAugmenters")
        self.aug_list = aug_list
        self.skip_prob = skip_prob if aug_list else 1

    def dumps(self) -> list[Any]:
        """Give the name, and a list of what each augmenter's `dumps` gives."""
        return [type(self).__name__.lower(), [each.dumps() for each in self.aug_list]]

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:  # noqa: D102
        if random.random() < self.skip_prob:
            return src, label
        random.shuffle(self.aug_list)
        return self.aug_list[0](src, label)


class DetHorizontalFlipAug(DetAugmenter):
    """Mirror left to right with probability `p`; boxes are mirrored in the array that is given."""

    def __init__(self, p: float) -> None:
        super().__init__(p=p)
        self.p = p

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:  # noqa: D102
        if random.random() < self.p:
            src = src[:, ::-1]
            self._flip_label(label)
        return src, label

    def _flip_label(self, label: np.ndarray) -> None:
        label[:, [1, 3]] = 1.0 - label[:, [3, 1]]


class _ByProportions(DetAugmenter):
    """An augmenter that draws rectangles of random proportions and area until one fits."""

    def __init__(self, ratios: Range, areas: Range, tries: int, largest: float, **settings: Any) -> None:
        name = type(self).__name__
        super().__init__(aspect_ratio_range=ratios, area_range=areas, max_attempts=tries, **settings)
        _check_range(name, "aspect_ratio_range", ratios, ratios[0] > 0, "two numbers above 0")
        _check_range(name, "area_range", areas, areas[1] > largest, f"two numbers, the second above {largest}")
        self.aspect_ratio_range, self.area_range, self.max_attempts = ratios, areas, tries
        self.enabled = True

    def _tries(self, height: int, width: int) -> Iterator[tuple[float, int, int]]:
        """For each try the width over the height, and the rows of the smallest and of the largest rectangle."""
        smallest, largest = (share * width * height for share in self.area_range)
        low, high = self.aspect_ratio_range
        for ratio in (random.uniform(low, high) for _ in range(self.max_attempts)):
            yield ratio, round(math.sqrt(smallest / ratio)), round(math.sqrt(largest / ratio))


class DetRandomCropAug(_ByProportions):
    """Cut out a rectangle of random shape and place that has objects in it, as the single shot detector (SSD) does.

    Parameters
    ----------
    min_object_covered : float
        how much of every object that the rectangle touches has to be in it
    aspect_ratio_range : float or (float, float)
        bounds of its width over its height
    area_range : float or (float, float)
        bounds of its share of the image's area
    min_eject_coverage : float
        objects that less of is in the rectangle are not in the label any more
    max_attempts : int
        after so many tries the image is left as it is

    Raises
    ------
    TypeError
        a range is empty or below 0

    References
    ----------
    Liu and others 2016, arXiv:1512.02325
    """

    def __init__(
        self,
        min_object_covered: float = 0.1,
        aspect_ratio_range: float | Range = (0.75, 1.33),
        area_range: float | Range = (0.05, 1.0),
        min_eject_coverage: float = 0.3,
        max_attempts: int = 50,
    ) -> None:
        ratios, areas = _range(aspect_ratio_range), _range(area_range)
        super().__init__(
            ratios, areas, max_attempts, 0, min_object_covered=min_object_covered, min_eject_coverage=min_eject_coverage
        )  # fmt: skip
        order = ("min_object_covered", "aspect_ratio_range", "area_range", "min_eject_coverage", "max_attempts")
        self._kwargs = {name: self._kwargs[name] for name in order}  # as MXNet prints them
        self.min_object_covered, self.min_eject_coverage = min_object_covered, min_eject_coverage

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:  # noqa: D102
        crop = self._random_crop_proposal(label, *src.shape[:2])
        if crop is None:
            return src, label
        left, top, width, height, label = crop
        return fixed_crop(src, left, top, width, height), label

    def _random_crop_proposal(self, label: np.ndarray, height: int, width: int) -> Proposal | None:
        """Draw rectangles until one has what is asked of it; None after too many."""
        smallest, largest = (share * width * height for share in self.area_range)
        for ratio, rows, most in self._tries(height, width):
            if round(most * ratio) > width:
                most = _most_rows(width, ratio)
            most = min(most, height)
            rows = random.randint(rows, most) if rows < most else most
            columns = round(rows * ratio)
            if rows * columns < smallest:  # what rounding took
                rows += 1
                columns = round(rows * ratio)
            if rows * columns > largest:
                rows -= 1
                columns = round(rows * ratio)
            fits = 0 <= columns <= width and 0 <= rows <= height
            if not (fits and smallest <= rows * columns <= largest):
                continue
            top, left = random.randint(0, max(0, height - rows)), random.randint(0, max(0, width - columns))
            right, bottom = left + columns, top + rows
            if self._check_satisfy_constraints(label, left, top, right, bottom, width, height):
                seen = self._update_labels(label, (left, top, columns, rows), height, width)
                if seen is not None:
                    return left, top, columns, rows, seen
        return None

    def _calculate_areas(self, label: np.ndarray) -> np.ndarray:
        """The areas of boxes (left, top, right, bottom)."""
        return np.clip(label[:, 2:4] - label[:, 0:2], 0, None).prod(axis=1)

    def _intersect(self, label: np.ndarray, xmin: float, ymin: float, xmax: float, ymax: float) -> np.ndarray:
        """What of boxes (left, top, right, bottom) is in a rectangle; zeros where nothing is."""
        left, right = np.maximum(label[:, 0], xmin), np.minimum(label[:, 2], xmax)
        top, bottom = np.maximum(label[:, 1], ymin), np.minimum(label[:, 3], ymax)
        common = np.stack([left, top, right, bottom], axis=1)
        common[(left >= right) | (top >= bottom)] = 0
        return common

    def _check_satisfy_constraints(
        self, label: np.ndarray, xmin: int, ymin: int, xmax: int, ymax: int, width: int, height: int
    ) -> bool:
        """Whether a rectangle, in pixels, has enough in it of every object that it touches, and touches one."""
        if (xmax - xmin) * (ymax - ymin) < 2:
            return False
        areas = self._calculate_areas(label[:, 1:])
        seen = areas * width * height > 2  # objects of two pixels or less do not count
        if not seen.any():
            return False
        bounds = (xmin / width, ymin / height, xmax / width, ymax / height)
        with np.errstate(invalid="ignore"):  # an object without bounds is covered by nothing
            covered = self._calculate_areas(self._intersect(label[seen, 1:], *bounds)) / areas[seen]
        touched = covered[covered > 0]
        return bool(touched.size and touched.min() > self.min_object_covered)

    def _update_labels(
        self, label: np.ndarray, crop_box: tuple[int, int, int, int], height: int, width: int
    ) -> np.ndarray | None:
        """The objects that stay in a rectangle (left, top, width, height in pixels); None if there are none."""
        left, top = crop_box[0] / width, crop_box[1] / height
        columns, rows = crop_box[2] / width, crop_box[3] / height
        seen = label.copy()
        seen[:, (1, 3)] = np.clip((seen[:, (1, 3)] - left) / columns, 0, 1)
        seen[:, (2, 4)] = np.clip((seen[:, (2, 4)] - top) / rows, 0, 1)
        before = self._calculate_areas(label[:, 1:])
        with np.errstate(divide="ignore", invalid="ignore"):  # an object without an area covers nothing
            coverage = self._calculate_areas(seen[:, 1:]) * columns * rows / before
        stays = (seen[:, 3] > seen[:, 1]) & (seen[:, 4] > seen[:, 2]) & (coverage > self.min_eject_coverage)
        return seen[stays] if stays.any() else None


class DetRandomPadAug(_ByProportions):
    """Put an image at a random place into a larger one, so that its objects are smaller.

    Parameters
    ----------
    aspect_ratio_range : float or (float, float)
        bounds of the larger image's width over its height
    area_range : float or (float, float)
        bounds of its area, as a multiple of the image's
    max_attempts : int
        after so many tries the image is left as it is
    pad_val : int or tuple of int
        what it is filled with, by channel

    Raises
    ------
    TypeError
        a range is empty, or no area above the image's is in it
    """

    def __init__(
        self,
        aspect_ratio_range: float | Range = (0.75, 1.33),
        area_range: float | Range = (1.0, 3.0),
        max_attempts: int = 50,
        pad_val: int | Sequence[int] = (128, 128, 128),
    ) -> None:
        super().__init__(_range(aspect_ratio_range), _range(area_range), max_attempts, 1, pad_val=pad_val)
        self.pad_val = pad_val

    def __call__(self, src: NDArray, label: np.ndarray) -> tuple[NDArray, np.ndarray]:  # noqa: D102
        height, width = src.shape[:2]
        pad = self._random_pad_proposal(label, height, width)
        if pad is None:
            return src, label
        left, top, columns, rows, label = pad
        channels = src.shape[2]
        fill = (self.pad_val,) * channels if isinstance(self.pad_val, numeric_types) else tuple(self.pad_val)
        return copyMakeBorder(src, top, rows - top - height, left, columns - left - width, values=fill), label

    def _random_pad_proposal(self, label: np.ndarray, height: int, width: int) -> Proposal | None:
        """Draw larger rectangles until one is larger both ways; None after too many."""
        for ratio, rows, most in self._tries(height, width):
            if round(rows * ratio) < width:
                rows = _most_rows(width, ratio)
            rows = min(max(rows, height), most)
            if rows < most:
                rows = random.randint(rows, most)
            columns = round(rows * ratio)
            if rows - height < 2 or columns - width < 2:  # a border of a pixel is not worth it
                continue
            top, left = random.randint(0, max(0, rows - height)), random.randint(0, max(0, columns - width))
            return left, top, columns, rows, self._update_labels(label, (left, top, columns, rows), height, width)
        return None

    def _update_labels(
        self, label: np.ndarray, pad_box: tuple[int, int, int, int], height: int, width: int
    ) -> np.ndarray:
        """The objects in a larger image; the image lies at (left, top) in one of (width, height), all in pixels."""
        left, top, columns, rows = pad_box
        moved = label.copy()
        moved[:, (1, 3)] = (moved[:, (1, 3)] * width + left) / columns
        moved[:, (2, 4)] = (moved[:, (2, 4)] * height + top) / rows
        return moved


def _range(value: float | Range) -> Range:
    return (value, value) if isinstance(value, numeric_types) else value


def _most_rows(width: int, ratio: float) -> int:
    """The most rows with which a rectangle of these proportions is, rounded, no wider than so many columns."""
    return math.ceil((width + 0.5) / ratio) - 1


def _check_range(name: str, argument: str, bounds: Range, fits: bool, expected: str) -> None:
    if not fits or bounds[0] > bounds[1]:
        raise TypeError(f"{name}: {argument}={bounds}; expected {expected}, the smaller first")


# --- the usual series -------------------------------------------------------------------------------------------------


def CreateMultiRandCropAugmenter(
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = (0.75, 1.33),
    area_range: Any = (0.05, 1.0),
    min_eject_coverage: Any = 0.3,
    max_attempts: Any = 50,
    skip_prob: float = 0,
) -> DetRandomSelectAug:
    """Make several random crops of which one is drawn for each image.

    Parameters
    ----------
    min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts
        of :class:`DetRandomCropAug`; each for all crops, or a list with one for each
    skip_prob : float
        the probability of no crop

    Raises
    ------
    AssertionError
        lists of different lengths

    Examples
    --------
    >>> import mxnet as mx
    >>> crops = mx.image.CreateMultiRandCropAugmenter(min_object_covered=[0.1, 0.5, 0.9])
    >>> [crop.min_object_covered for crop in crops.aug_list]
    [0.1, 0.5, 0.9]
    """
    given = {
        "min_object_covered": min_object_covered, "aspect_ratio_range": aspect_ratio_range, "area_range": area_range,
        "min_eject_coverage": min_eject_coverage, "max_attempts": max_attempts,
    }  # fmt: skip
    lists = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    count = max(map(len, lists.values()))
    for name, values in lists.items():
        if len(values) not in (1, count):
            raise AssertionError(
                f"CreateMultiRandCropAugmenter: {name} has {len(values)} values; expected 1, or {count} as another has"
            )
    crops = [
        DetRandomCropAug(**{name: values[place % len(values)] for name, values in lists.items()})
        for place in range(count)
    ]
    return DetRandomSelectAug(crops, skip_prob)


def CreateDetAugmenter(
    data_shape: Sequence[int],
    resize: int = 0,
    rand_crop: float = 0,
    rand_pad: float = 0,
    rand_gray: float = 0,
    rand_mirror: bool = False,
    mean: Any = None,
    std: Any = None,
    brightness: float = 0,
    contrast: float = 0,
    saturation: float = 0,
    pca_noise: float = 0,
    hue: float = 0,
    inter_method: int = BICUBIC,
    min_object_covered: Any = 0.1,
    aspect_ratio_range: Any = (0.75, 1.33),
    area_range: Any = (0.05, 3.0),
    min_eject_coverage: Any = 0.3,
    max_attempts: Any = 50,
    pad_val: int | Sequence[int] = (127, 127, 127),
) -> list[DetAugmenter]:
    """Make the usual series of augmenters for detection.

    Parameters
    ----------
    data_shape : tuple of int
        channels, height and width of the result
    resize : int
        resize the shorter side to this first; 0 leaves it
    rand_crop, rand_pad : float
        the probability of a random crop, and of a border
    rand_mirror : bool
        mirror left to right with probability 0.5
    mean, std : numpy.ndarray or True
        normalise with these, or with ImageNet's
    brightness, contrast, saturation, hue, pca_noise, rand_gray : float
        the strength of each jitter; 0 leaves it out
    inter_method : int
        the interpolation
    min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts
        of :func:`CreateMultiRandCropAugmenter`; the border has the same ratios and tries, and at most the same area
    pad_val : int or tuple of int
        what the border is filled with

    Raises
    ------
    AssertionError
        `mean` or `std` no array of 1 or 3 numbers
    TypeError
        a range is empty
    """
    series: list[DetAugmenter] = [DetBorrowAug(ResizeAug(resize, inter_method))] if resize > 0 else []
    if rand_crop > 0:
        series.append(
            CreateMultiRandCropAugmenter(
                min_object_covered, aspect_ratio_range, area_range, min_eject_coverage, max_attempts, 1 - rand_crop
            )
        )
    if rand_mirror > 0:
        series.append(DetHorizontalFlipAug(0.5))
    if rand_pad > 0:
        border = DetRandomPadAug(aspect_ratio_range, (1.0, _range(area_range)[1]), max_attempts, pad_val)
        series.append(DetRandomSelectAug([border], 1 - rand_pad))
    borrowed: list[Augmenter] = [ForceResizeAug((data_shape[2], data_shape[1]), inter_method), CastAug()]
    if brightness or contrast or saturation:
        borrowed.append(ColorJitterAug(brightness, contrast, saturation))
    if hue:
        borrowed.append(HueJitterAug(hue))
    if pca_noise > 0:
        borrowed.append(LightingAug(pca_noise, *imagenet_lighting()))
    if rand_gray > 0:
        borrowed.append(RandomGrayAug(rand_gray))
    mean, std = statistics("CreateDetAugmenter", mean, std, "float64")
    if mean is not None or std is not None:
        borrowed.append(ColorNormalizeAug(mean, std))
    return series + [DetBorrowAug(each) for each in borrowed]
