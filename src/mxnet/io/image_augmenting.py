"""What ImageRecordIter does to each image: geometry, colours, and the numbers that the network is given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from .reading import Shuffler

__all__ = ["Augmenting", "deep", "interpolation", "shifted"]

NEAREST, BILINEAR, BICUBIC, AREA, LANCZOS = range(5)
AUTOMATIC, RANDOM = 9, 10
UNLIMITED = 1e10
TRIES = 10
#: the principal components of ImageNet's colours (red, green, blue), and how much they vary
EIGENVALUES = np.array([55.46, 4.794, 1.148], np.float32)
EIGENVECTORS = np.array(
    [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]], np.float32
)
#: how much red, green and blue count in brightness (ITU-R BT.601)
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


class Augmenting:
    """The steps that the parameters of an iterator ask for, in MXNet's order.

    Resizing, then turning, shearing and scaling, then a border, then cropping, then colours, then mirroring, and at
    last mean, deviation and scale.

    Parameters
    ----------
    cv2 : module
        OpenCV
    chosen : dict
        the iterator's parameters
    scales : bool
        whether mean, deviation and scale count: for elements of uint8 they do not, as in MXNet
    """

    def __init__(self, cv2: ModuleType, chosen: dict[str, Any], scales: bool = True) -> None:
        self._cv2, self._chosen, self._scales = cv2, chosen, scales
        self.channels, self.height, self.width = chosen["data_shape"]
        rgba = "rgba"[: self.channels] if self.channels > 1 else "r"
        self._mean = np.array([chosen[f"mean_{each}"] for each in rgba], np.float32).reshape(-1, 1, 1)
        self._std = np.array([chosen[f"std_{each}"] for each in rgba], np.float32).reshape(-1, 1, 1)

    def __call__(self, pixels: np.ndarray, random: Shuffler) -> np.ndarray:
        """An image as the network is given it.

        Parameters
        ----------
        pixels : numpy.ndarray
            uint8, height × width × channels, red first
        random : Shuffler
            draws what is random

        Returns
        -------
        numpy.ndarray
            float32, channels × height × width
        """
        chosen = self._chosen
        if chosen["resize"] > 0:
            pixels = self._shorter(pixels, chosen["resize"], random)
        pixels = self._turned(pixels, random)
        if chosen["pad"] > 0:
            border = (chosen["pad"],) * 4
            fill = (chosen["fill_value"],) * 4
            pixels = deep(self._cv2.copyMakeBorder(pixels, *border, self._cv2.BORDER_CONSTANT, value=fill))
        pixels = self._cropped(pixels, random)
        pixels = self._coloured(pixels, random)
        values = pixels.transpose(2, 0, 1).astype(np.float32)
        if chosen["mirror"] or (chosen["rand_mirror"] and random.below(2)):
            values = values[:, :, ::-1]
        return self._scaled(values, random) if self._scales else values

    def _interpolation(self, old: tuple[int, int], new: tuple[int, int], random: Shuffler) -> int:
        """OpenCV's number of the interpolation, from one height and width to another."""
        return interpolation(self._chosen["inter_method"], old, new, random)

    def _resized(self, pixels: np.ndarray, height: int, width: int, random: Shuffler) -> np.ndarray:
        if pixels.shape[:2] == (height, width):
            return pixels
        interpolation = self._interpolation(pixels.shape[:2], (height, width), random)
        return deep(self._cv2.resize(pixels, (width, height), interpolation=interpolation))

    def _shorter(self, pixels: np.ndarray, size: int, random: Shuffler) -> np.ndarray:
        """An image whose shorter side has a length."""
        height, width = pixels.shape[:2]
        if height > width:
            return self._resized(pixels, size * height // width, size, random)
        return self._resized(pixels, size, size * width // height, random)

    def _turned(self, pixels: np.ndarray, random: Shuffler) -> np.ndarray:
        """An image turned, sheared, scaled and changed in its proportions about its middle."""
        chosen = self._chosen
        free = not chosen["random_resized_crop"]
        limits = chosen["max_img_size"] != UNLIMITED or chosen["min_img_size"] != 0
        scales = free and not chosen["max_random_scale"] == chosen["min_random_scale"] == 1
        proportions = free and chosen["max_aspect_ratio"] > 0
        angles = chosen["max_rotate_angle"] > 0 or chosen["rotate"] > 0
        if not (limits or scales or proportions or angles or chosen["max_shear_ratio"] > 0):
            return pixels
        height, width = pixels.shape[:2]
        shear = random.uniform(-1, 1) * chosen["max_shear_ratio"]
        most = chosen["max_rotate_angle"]
        angle = random.below(2 * most + 1) - most if most > 0 else 0
        if chosen["rotate"] > 0:
            angle = chosen["rotate"]
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        scale, ratio = 1.0, 1.0
        if scales:
            scale = random.uniform(chosen["min_random_scale"], chosen["max_random_scale"])
        if proportions:
            ratio = random.uniform(*self._ratios())
        # the width grows by the ratio over the height, the mean of both by the scale
        tall = 2 * scale / (1 + ratio)
        wide = ratio * tall
        new_width = max(chosen["min_img_size"], min(chosen["max_img_size"], scale * width))
        new_height = max(chosen["min_img_size"], min(chosen["max_img_size"], scale * height))
        matrix = np.array(
            [[tall * cos - shear * sin * wide, tall * sin + shear * cos * wide, 0], [-sin * wide, cos * wide, 0]],
            np.float32,
        )
        matrix[:, 2] = (np.array([new_width, new_height]) - matrix[:, :2] @ np.array([width, height])) / 2
        size = (int(new_width), int(new_height))
        return deep(
            self._cv2.warpAffine(
                pixels,
                matrix,
                size,
                flags=self._interpolation((height, width), size[::-1], random),
                borderMode=self._cv2.BORDER_CONSTANT,
                borderValue=(chosen["fill_value"],) * 4,
            )
        )

    def _ratios(self) -> tuple[float, float]:
        """Bounds of the proportions, width over height."""
        most, least = self._chosen["max_aspect_ratio"], self._chosen["min_aspect_ratio"]
        return (1 - most, 1 + most) if least is None else (least, most)

    def _cropped(self, pixels: np.ndarray, random: Shuffler) -> np.ndarray:
        """An image of the size that is asked for, cut out of a larger one."""
        chosen = self._chosen
        height, width = pixels.shape[:2]
        rectangle = self._rectangle(height, width, random) if chosen["random_resized_crop"] else None
        if rectangle is None:
            least, most = chosen["min_crop_size"], chosen["max_crop_size"]
            if chosen["random_resized_crop"] or least == most == -1:
                rows, columns = self.height, self.width
            else:
                rows = columns = least + random.below(most - least + 1) if most > least else most
            if height < rows or width < columns:  # made just large enough, in its proportions
                if rows * width > columns * height:
                    height, width = rows, width * rows // height
                else:
                    height, width = height * columns // width, columns
                pixels = self._resized(pixels, height, width, random)
            rectangle = self._placed(height, width, rows, columns, chosen["rand_crop"], random)
        top, left, rows, columns = rectangle
        return self._resized(pixels[top : top + rows, left : left + columns], self.height, self.width, random)

    @staticmethod
    def _placed(
        height: int, width: int, rows: int, columns: int, at_random: bool, random: Shuffler
    ) -> tuple[int, int, int, int]:
        if at_random:
            return random.below(height - rows + 1), random.below(width - columns + 1), rows, columns
        return (height - rows) // 2, (width - columns) // 2, rows, columns

    def _rectangle(self, height: int, width: int, random: Shuffler) -> tuple[int, int, int, int] | None:
        """A rectangle of random area and proportions within the image; None where ten tries find none."""
        chosen = self._chosen
        low, high = self._ratios()
        for _ in range(TRIES):
            area = random.uniform(chosen["min_random_area"], chosen["max_random_area"]) * height * width
            ratio = random.uniform(low, high)
            columns, rows = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
            if random.below(2):
                columns, rows = rows, columns
            if 0 < columns <= width and 0 < rows <= height:
                return self._placed(height, width, rows, columns, True, random)
        return None

    def _coloured(self, pixels: np.ndarray, random: Shuffler) -> np.ndarray:
        """An image with its colours changed at random."""
        chosen = self._chosen
        if self.channels == 3 and (chosen["random_h"] or chosen["random_s"] or chosen["random_l"]):
            most = [abs(chosen[f"random_{each}"]) for each in "hls"]
            shifts = [random.below(2 * limit + 1) - limit for limit in most]
            pixels = shifted(self._cv2, pixels, shifts)
        if self.channels != 3:
            return pixels
        if not (chosen["brightness"] or chosen["contrast"] or chosen["saturation"] or chosen["pca_noise"]):
            return pixels
        values = pixels.astype(np.float32)
        if chosen["brightness"]:
            values = values * (1 + random.uniform(-chosen["brightness"], chosen["brightness"]))
        if chosen["contrast"]:
            share = 1 + random.uniform(-chosen["contrast"], chosen["contrast"])
            values = values * share + (1 - share) * float((values @ LUMA).mean())
        if chosen["saturation"]:
            share = 1 + random.uniform(-chosen["saturation"], chosen["saturation"])
            values = values * share + (1 - share) * (values @ LUMA)[..., None]
        if chosen["pca_noise"] > 0:
            # a normal variate of each component, by Box and Muller
            drawn = [
                math.sqrt(-2 * math.log(1 - random.uniform(0, 1))) * math.cos(2 * math.pi * random.uniform(0, 1))
                for _ in range(3)
            ]
            values = values + EIGENVECTORS @ (EIGENVALUES * np.array(drawn, np.float32) * chosen["pca_noise"])
        return np.clip(np.rint(values), 0, 255).astype(np.uint8)

    def _scaled(self, values: np.ndarray, random: Shuffler) -> np.ndarray:
        """Elements less their mean, over their deviation, times the scale."""
        chosen = self._chosen
        contrast, illumination = 1.0, 0.0
        if chosen["max_random_contrast"]:
            contrast += random.uniform(-chosen["max_random_contrast"], chosen["max_random_contrast"])
        if chosen["max_random_illumination"]:
            illumination = random.uniform(-chosen["max_random_illumination"], chosen["max_random_illumination"])
        values = (values - self._mean) * np.float32(contrast) + np.float32(illumination)
        return values / self._std * np.float32(chosen["scale"])


def shifted(cv2: ModuleType, pixels: np.ndarray, shifts: Sequence[int]) -> np.ndarray:
    """Pixels with hue (in half degrees), lightness and saturation shifted, within their bounds."""
    changed = cv2.cvtColor(pixels, cv2.COLOR_RGB2HLS).astype(np.int32)
    for channel, (shift, limit) in enumerate(zip(shifts, (180, 255, 255))):
        changed[..., channel] = np.clip(changed[..., channel] + shift, 0, limit)
    return cv2.cvtColor(changed.astype(np.uint8), cv2.COLOR_HLS2RGB)


def interpolation(method: int, old: tuple[int, int], new: tuple[int, int], random: Shuffler) -> int:
    """OpenCV's number of an interpolation, from one height and width to another: 9 by the sizes, 10 at random."""
    if method == AUTOMATIC:
        if new[0] > old[0] and new[1] > old[1]:
            return BICUBIC
        return AREA if new[0] < old[0] and new[1] < old[1] else BILINEAR
    return random.below(LANCZOS + 1) if method == RANDOM else method


def deep(pixels: np.ndarray) -> np.ndarray:
    """Pixels with an axis of channels, which OpenCV leaves out where there is one."""
    return pixels[..., None] if pixels.ndim == 2 else pixels
