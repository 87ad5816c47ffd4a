"""What ImageDetRecordIter does to an image and the boxes of its objects: colours, mirroring, borders, crops, size."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np

from ..base import MXNetError
from .image_augmenting import deep, interpolation, shifted
from .reading import Shuffler

__all__ = ["DetectionAugmenting"]

#: what a crop has to share with an object: over their union, over the crop, over the object
_SHARES = ("overlaps", "sample_coverages", "object_coverages")
_BOX = (1, 3), (2, 4)  # where an object's row has the bounds along the width and along the height


class DetectionAugmenting:
    """The steps that the parameters of an iterator ask for.

    Resizing, then colours, mirroring, a border, a crop, and at last the size that is asked for and mean, deviation and
    scale.

    Parameters
    ----------
    cv2 : module
        OpenCV
    name : str
        of the iterator, for errors
    chosen : dict
        the iterator's parameters

    Raises
    ------
    MXNetError
        parameters of crops that do not fit each other
    """

    def __init__(self, cv2: ModuleType, name: str, chosen: dict[str, Any]) -> None:
        self._cv2, self._chosen = cv2, chosen
        self.channels, self.height, self.width = chosen["data_shape"]
        rgba = "rgba"[: self.channels] if self.channels > 1 else "r"
        self._mean = np.array([chosen[f"mean_{each}"] for each in rgba], np.float32).reshape(-1, 1, 1)
        std = np.array([chosen[f"std_{each}"] for each in rgba], np.float32).reshape(-1, 1, 1)
        self._std = np.where(std > 0, std, np.float32(1))
        self._samplers = self._read_samplers(name)

    def _read_samplers(self, name: str) -> list[dict[str, Any]]:
        """The parameters of each kind of crop: bounds by name, and how often it is tried."""
        count = self._chosen["num_crop_sampler"]
        samplers: list[dict[str, Any]] = [{} for _ in range(max(count, 0))]
        for what in ("scales", "aspect_ratios", *_SHARES):
            low, high = (self._of_each(name, f"{side}_crop_{what}", count) for side in ("min", "max"))
            for sampler, *bounds in zip(samplers, low, high):
                if bounds[0] > bounds[1] or (what == "scales" and bounds[0] == bounds[1]):
                    raise MXNetError(
                        f"{name}: min_crop_{what}={bounds[0]:g} and max_crop_{what}={bounds[1]:g}; expected the "
                        "second to be larger"
                    )
                sampler[what] = bounds
        for sampler, trials in zip(samplers, self._of_each(name, "max_crop_trials", count)):
            sampler["trials"] = trials
        return samplers

    def _of_each(self, name: str, parameter: str, count: int) -> tuple[Any, ...]:
        values = self._chosen[parameter]
        if len(values) not in (1, count):
            raise MXNetError(f"{name}: {parameter} has {len(values)} values; num_crop_sampler={count}")
        return values * count if len(values) == 1 else values

    def __call__(self, pixels: np.ndarray, objects: np.ndarray, random: Shuffler) -> tuple[np.ndarray, np.ndarray]:
        """An image and its objects as the network is given them.

        Parameters
        ----------
        pixels : numpy.ndarray
            uint8, height × width × channels, red first
        objects : numpy.ndarray
            float32, a row for each: class, left, top, right, bottom as shares of width and height, and more
        random : Shuffler
            draws what is random

        Returns
        -------
        values : numpy.ndarray
            float32, channels × height × width, no larger than what is asked for
        objects : numpy.ndarray
            those that are left
        """
        chosen = self._chosen
        objects = objects.copy()
        if chosen["resize"] > 0:
            (height, width), size = pixels.shape[:2], chosen["resize"]
            shorter = min(height, width)
            pixels = self._resized(pixels, height * size // shorter, width * size // shorter, random)
        pixels = self._coloured(pixels, random)
        if self._happens("rand_mirror_prob", random):
            pixels = np.ascontiguousarray(pixels[:, ::-1])
            objects[:, [1, 3]] = 1 - objects[:, [3, 1]]
        if chosen["max_pad_scale"] > 1 and self._happens("rand_pad_prob", random):
            pixels, objects = self._bordered(pixels, objects, random)
        if self._samplers and self._happens("rand_crop_prob", random):
            pixels, objects = self._cropped(pixels, objects, random)
        pixels = self._fitted(pixels, random)
        values = pixels.transpose(2, 0, 1).astype(np.float32)
        return (values - self._mean) / self._std * np.float32(chosen["scale"]), objects

    def _happens(self, probability: str, random: Shuffler) -> bool:
        return self._chosen[probability] > 0 and random.uniform(0, 1) < self._chosen[probability]

    def _resized(self, pixels: np.ndarray, height: int, width: int, random: Shuffler) -> np.ndarray:
        height, width = max(height, 1), max(width, 1)
        if pixels.shape[:2] == (height, width):
            return pixels
        method = interpolation(self._chosen["inter_method"], pixels.shape[:2], (height, width), random)
        return deep(self._cv2.resize(pixels, (width, height), interpolation=method))

    def _coloured(self, pixels: np.ndarray, random: Shuffler) -> np.ndarray:
        """An image with hue, lightness, saturation and contrast changed at random."""
        chosen = self._chosen
        shifts = []
        for what in ("hue", "illumination", "saturation"):
            most = abs(chosen[f"max_random_{what}"])
            happens = most and self._happens(f"random_{what}_prob", random)
            shifts.append(random.below(2 * most + 1) - most if happens else 0)
        if self.channels == 3 and any(shifts):
            pixels = shifted(self._cv2, pixels, shifts)
        if chosen["max_random_contrast"] > 0 and self._happens("random_contrast_prob", random):
            share = 1 + random.uniform(-chosen["max_random_contrast"], chosen["max_random_contrast"])
            pixels = np.clip(np.rint(pixels * np.float32(share)), 0, 255).astype(np.uint8)
        return pixels

    def _bordered(self, pixels: np.ndarray, objects: np.ndarray, random: Shuffler) -> tuple[np.ndarray, np.ndarray]:
        """An image at a random place in a larger one."""
        height, width = pixels.shape[:2]
        scale = random.uniform(1, self._chosen["max_pad_scale"])
        rows, columns = int(height * scale), int(width * scale)
        top, left = random.below(rows - height + 1), random.below(columns - width + 1)
        fill = (self._chosen["fill_value"],) * 4
        around = (top, rows - height - top, left, columns - width - left)
        pixels = deep(self._cv2.copyMakeBorder(pixels, *around, self._cv2.BORDER_CONSTANT, value=fill))
        objects[:, _BOX[0]] = (objects[:, _BOX[0]] * width + left) / columns
        objects[:, _BOX[1]] = (objects[:, _BOX[1]] * height + top) / rows
        return pixels, objects

    # --- crops ----------------------------------------------------------------------------------------------------

    def _cropped(self, pixels: np.ndarray, objects: np.ndarray, random: Shuffler) -> tuple[np.ndarray, np.ndarray]:
        """A rectangle by one of the kinds of crops; the image as it is where none of the tries fits."""
        height, width = pixels.shape[:2]
        for number in random.shuffled(list(range(len(self._samplers)))):
            sampler = self._samplers[number]
            for _ in range(sampler["trials"]):
                crop = _rectangle(sampler, width / height, random)
                if not _shares_enough(sampler, crop, objects):
                    continue
                seen = self._seen(crop, objects)
                if len(seen):
                    left, right = int(crop[0] * width), math.ceil(crop[2] * width)
                    top, bottom = int(crop[1] * height), math.ceil(crop[3] * height)
                    return np.ascontiguousarray(pixels[top:bottom, left:right]), seen
        return pixels, objects

    def _seen(self, crop: np.ndarray, objects: np.ndarray) -> np.ndarray:
        """The objects in a crop: those whose middle is in it, or of which enough is."""
        if self._chosen["crop_emit_mode"] == "center":
            middle = (objects[:, [1, 2]] + objects[:, [3, 4]]) / 2
            stays = ((middle >= crop[:2]) & (middle <= crop[2:])).all(axis=1)
        else:
            stays = _common(crop, objects) / _areas(objects) > self._chosen["emit_overlap_thresh"]
        seen = objects[stays].copy()
        for axis, columns in enumerate(_BOX):
            low, high = crop[axis], crop[axis + 2]
            seen[:, columns] = np.clip((seen[:, columns] - low) / (high - low), 0, 1)
        return seen

    def _fitted(self, pixels: np.ndarray, random: Shuffler) -> np.ndarray:
        """An image in the size that is asked for, or in one within it with its own proportions."""
        height, width = pixels.shape[:2]
        factor = min(self.height / height, self.width / width)
        mode = self._chosen["resize_mode"]
        if mode == "force":
            return self._resized(pixels, self.height, self.width, random)
        if mode == "shrink" and factor >= 1:
            return pixels
        return self._resized(pixels, int(height * factor), int(width * factor), random)


def _rectangle(sampler: dict[str, Any], proportions: float, random: Shuffler) -> np.ndarray:
    """A rectangle (left, top, right, bottom) of the image, as shares of its width and height."""
    scale = min(random.uniform(*sampler["scales"]), 1.0)
    ratio = random.uniform(*sampler["aspect_ratios"]) / proportions
    ratio = math.sqrt(min(max(ratio, scale**2), scale**-2)) if scale > 0 else 1.0  # so that it fits into the image
    columns, rows = min(scale * ratio, 1.0), min(scale / ratio, 1.0)
    left, top = random.uniform(0, 1 - columns), random.uniform(0, 1 - rows)
    return np.array([left, top, left + columns, top + rows], np.float32)


def _areas(objects: np.ndarray) -> np.ndarray:
    return (objects[:, 3] - objects[:, 1]) * (objects[:, 4] - objects[:, 2])


def _common(crop: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """The area that a rectangle has in common with each object."""
    low, high = np.maximum(objects[:, [1, 2]], crop[:2]), np.minimum(objects[:, [3, 4]], crop[2:])
    return np.clip(high - low, 0, None).prod(axis=1)


def _shares_enough(sampler: dict[str, Any], crop: np.ndarray, objects: np.ndarray) -> bool:
    """Whether a rectangle shares with one object what is asked of it."""
    if crop[2] <= crop[0] or crop[3] <= crop[1]:
        return False
    common, own = _common(crop, objects), _areas(objects)
    area = (crop[2] - crop[0]) * (crop[3] - crop[1])
    fits = np.ones(len(objects), bool)
    for what, share in zip(_SHARES, (common / (own + area - common), common / area, common / own)):
        low, high = sampler[what]
        if low > 0 or high < 1:
            fits &= (share >= low) & (share <= high)
    return bool(fits.any())
