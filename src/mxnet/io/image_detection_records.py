"""Batches of the images in a RecordIO file, with the boxes of the objects in them."""

from __future__ import annotations

import struct
from typing import Any, Literal

import numpy as np

from ..base import MXNetError
from ..ops.attributes import Floats, Shape
from ..recordio import unpack
from .detection_augmenting import DetectionAugmenting
from .image_records import ImageReader
from .reading import MXDataIter, Shuffler, iterator
from .settings import declared, parsed

__all__ = ["ImageDetRecordIter"]

_FEWEST = 7  # labels of an image: two of the header, five of an object


@declared("ImageDetRecordIter")
def _declared(
    *,
    path_imglist: str = "",
    path_imgrec: str = "./data/imgrec.rec",
    aug_seq: str = "det_aug_default",
    label_width: int = -1,
    data_shape: Shape,
    preprocess_threads: int = 4,
    verbose: bool = True,
    num_parts: int = 1,
    part_index: int = 0,
    shuffle_chunk_size: int = 0,
    shuffle_chunk_seed: int = 0,
    label_pad_width: int = 0,
    label_pad_value: float = -1.0,
    shuffle: bool = False,
    seed: int = 0,
    batch_size: int,
    round_batch: bool = True,
    prefetch_buffer: int = 4,
    ctx: Literal["cpu", "gpu"] = "gpu",
    dtype: str = "None",
    resize: int = -1,
    rand_crop_prob: float = 0.0,
    min_crop_scales: Floats = (0.0,),
    max_crop_scales: Floats = (1.0,),
    min_crop_aspect_ratios: Floats = (1.0,),
    max_crop_aspect_ratios: Floats = (1.0,),
    min_crop_overlaps: Floats = (0.0,),
    max_crop_overlaps: Floats = (1.0,),
    min_crop_sample_coverages: Floats = (0.0,),
    max_crop_sample_coverages: Floats = (1.0,),
    min_crop_object_coverages: Floats = (0.0,),
    max_crop_object_coverages: Floats = (1.0,),
    num_crop_sampler: int = 1,
    crop_emit_mode: Literal["center", "overlap"] = "center",
    emit_overlap_thresh: float = 0.3,
    max_crop_trials: Shape = (25,),
    rand_pad_prob: float = 0.0,
    max_pad_scale: float = 1.0,
    max_random_hue: int = 0,
    random_hue_prob: float = 0.0,
    max_random_saturation: int = 0,
    random_saturation_prob: float = 0.0,
    max_random_illumination: int = 0,
    random_illumination_prob: float = 0.0,
    max_random_contrast: float = 0.0,
    random_contrast_prob: float = 0.0,
    rand_mirror_prob: float = 0.0,
    fill_value: int = 127,
    inter_method: int = 1,
    resize_mode: Literal["fit", "force", "shrink"] = "force",
    mean_img: str = "",
    mean_r: float = 0.0,
    mean_g: float = 0.0,
    mean_b: float = 0.0,
    mean_a: float = 0.0,
    std_r: float = 0.0,
    std_g: float = 0.0,
    std_b: float = 0.0,
    std_a: float = 0.0,
    scale: float = 1.0,
) -> None:
    """The parameters of ImageDetRecordIter."""


class _DetectionReader(ImageReader):
    """Batches of images and the objects in them."""

    series = ("det_aug_default", "aug_default")

    def _label_width(self) -> int | None:
        width = self._chosen["label_width"]
        return width if width > 0 else None

    def _augmenting(self) -> DetectionAugmenting:
        return DetectionAugmenting(self._cv2, self.name, self._chosen)

    def _label_shape(self) -> tuple[int, ...]:
        """What tells the image's shape and how many labels follow, then the most labels that an image has."""
        most = max(len(self._label(*each)) for each in self._headers())
        asked = self._chosen["label_pad_width"]
        if 0 < asked < most:
            raise MXNetError(f"{self.name}: label_pad_width={asked}; there is an image with {most} labels")
        self._room = max(asked, most)
        return (4 + self._room,)

    def _headers(self) -> Any:
        for number in range(len(self._records.starts)):
            try:
                yield number, unpack(self._records[number])[0]
            except (ValueError, struct.error) as error:
                raise MXNetError(f"{self.name}: record {number} of {self._records.path!r}: {error}") from error

    def _made(
        self, number: int, header: Any, pixels: np.ndarray, random: Shuffler
    ) -> tuple[np.ndarray, np.ndarray, int]:
        label = self._label(number, header)
        tells = len(label) >= _FEWEST and bool(np.isfinite(label[:2]).all())
        begins, width = (int(label[0]), int(label[1])) if tells else (0, 0)
        if begins < 2 or width < 5 or begins > len(label) or (len(label) - begins) % width:
            raise MXNetError(
                f"{self.name}: record {number} of {self._records.path!r} has the labels {label[:8].tolist()}; expected "
                "the header's length (2 or more), an object's (5 or more), what else is in the header, and the objects"
            )
        objects = label[begins:].reshape(-1, width)
        covers = (objects[:, 3] > objects[:, 1]) & (objects[:, 4] > objects[:, 2])
        objects = objects[covers & np.isfinite(objects[:, 1:5]).all(axis=1)]
        values, objects = self._augment(pixels, objects, random)
        if self._mean_image is not None:
            values = values - self._mean_image[:, : values.shape[1], : values.shape[2]]
        data = np.zeros(self._chosen["data_shape"], np.float32)
        data[:, : values.shape[1], : values.shape[2]] = values
        written = np.concatenate([label[:begins], objects.ravel()])
        row = np.full(4 + self._room, self._chosen["label_pad_value"], np.float32)
        row[: 4 + len(written)] = [*values.shape, len(written), *written]
        return data, row, int(header.id)


def ImageDetRecordIter(*args: Any, **kwargs: Any) -> MXDataIter:
    """Batches of the images in a RecordIO file with the objects in them; parameters are given by name.

    The labels of an image are the length of their header (2 or more), that of an object (5 or more), what else is in
    the header, and the objects: class, left, top, right and bottom as shares of width and height, and more. In a batch
    an image's row is its channels, height and width, how many labels follow, the labels, and what fills the row.

    Parameters
    ----------
    path_imgrec : str
        the file
    path_imglist : str
        a list of images with other labels: number, labels and path, with tabs between
    label_width : int
        labels of every image; -1 where they are not equally many
    label_pad_width, label_pad_value : int, float
        how long rows of labels are, without the first four; 0 or -1 as long as the longest. What they are filled with
    data_shape : tuple of int
        channels, height and width of what the network is given
    batch_size : int
        images in a batch
    round_batch : bool
        fill a last batch that is not full from the beginning, where the next pass goes on; else with zeros. Either
        way its `pad` says how much was filled
    shuffle, seed : bool, int
        draw another order for each pass, by a generator with this seed
    num_parts, part_index : int
        read one of so many parts of the file
    dtype : str
        'float32'
    preprocess_threads : int
        threads that decode and augment; how many makes no difference to what is read
    resize : int
        resize the shorter side to this
    rand_crop_prob : float
        the probability of a crop
    num_crop_sampler, max_crop_trials : int, tuple of int
        kinds of crops, of which a random one is tried first, and how often each is
    min_crop_scales, max_crop_scales, min_crop_aspect_ratios, max_crop_aspect_ratios : tuple of float
        bounds of its sides' share of the image's and of its width over its height, by kind or one for all
    min_crop_overlaps, max_crop_overlaps, min_crop_sample_coverages, max_crop_sample_coverages,
    min_crop_object_coverages, max_crop_object_coverages : tuple of float
        bounds of what it shares with one object at least: over their union, over the crop, over the object
    crop_emit_mode, emit_overlap_thresh : str, float
        which objects stay: 'center' those with their middle in the crop, 'overlap' those with more than this share
    rand_pad_prob, max_pad_scale, fill_value : float, float, int
        the probability of a border, up to how many times as large it makes the sides, and what it is filled with
    max_random_hue, max_random_saturation, max_random_illumination : int
        add up to this to hue (in half degrees), saturation and lightness
    max_random_contrast : float
        multiply by up to so far from 1
    random_hue_prob, random_saturation_prob, random_illumination_prob, random_contrast_prob, rand_mirror_prob : float
        the probability of each, and of mirroring left to right
    inter_method : int
        OpenCV's interpolation, 0 to 4; 9 by the sizes, 10 at random
    resize_mode : {'force', 'fit', 'shrink'}
        at last, make it the size that is asked for; or the largest within it of its proportions, with zeros around;
        or that only where it is larger
    mean_img : str
        a file of arrays with the mean image, as ``mx.nd.save`` writes it
    mean_r, mean_g, mean_b, mean_a, std_r, std_g, std_b, std_a, scale : float
        mean and standard deviation (0 leaves it out) by channel, and a factor of what is then left
    data_name, label_name : str
        what the arrays are called
    verbose, ctx, prefetch_buffer, shuffle_chunk_size, shuffle_chunk_seed
        have no meaning here

    Raises
    ------
    MXNetError
        a parameter is missing or does not fit, a file cannot be read, a record is no image or has other labels, or
        OpenCV is not installed
    """
    chosen = {**parsed(_declared, args, kwargs), "path_imgidx": "", "seed_aug": None}
    if chosen["dtype"] not in ("None", "float32"):
        raise MXNetError(f"ImageDetRecordIter: dtype={chosen['dtype']!r}; expected 'float32'")
    return iterator(_DetectionReader("ImageDetRecordIter", chosen, np.float32), kwargs)
