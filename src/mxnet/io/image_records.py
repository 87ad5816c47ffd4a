"""Batches of the images in a RecordIO file."""

from __future__ import annotations

import os
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np

from .._opencv import require_opencv
from ..base import MXNetError
from ..ndarray import load
from ..ops.attributes import Shape
from ..recordio import unpack
from ..serialization.images import png_problem
from ..serialization.recordio import read_index, read_record, record_starts
from .image_augmenting import Augmenting
from .reading import MXDataIter, Read, Rounds, Shuffler, filled, iterator
from .settings import declared, parsed

__all__ = ["ImageRecordInt8Iter", "ImageRecordIter", "ImageRecordUInt8Iter"]

_SHUFFLING = 111  # MXNet's orders are those of a generator seeded with this and the parameter
_MAX_LABELS = 1 << 20


@declared("ImageRecordIter")
def _declared(
    *,
    path_imglist: str = "",
    path_imgrec: str = "",
    path_imgidx: str = "",
    aug_seq: str = "aug_default",
    label_width: int = 1,
    data_shape: Shape,
    preprocess_threads: int = 4,
    verbose: bool = True,
    num_parts: int = 1,
    part_index: int = 0,
    device_id: int = 0,
    shuffle_chunk_size: int = 0,
    shuffle_chunk_seed: int = 0,
    seed_aug: int | None = None,
    shuffle: bool = False,
    seed: int = 0,
    batch_size: int,
    round_batch: bool = True,
    prefetch_buffer: int = 4,
    ctx: Literal["cpu", "gpu"] = "gpu",
    dtype: str = "None",
    resize: int = -1,
    rand_crop: bool = False,
    random_resized_crop: bool = False,
    max_rotate_angle: int = 0,
    max_aspect_ratio: float = 0.0,
    min_aspect_ratio: float | None = None,
    max_shear_ratio: float = 0.0,
    max_crop_size: int = -1,
    min_crop_size: int = -1,
    max_random_scale: float = 1.0,
    min_random_scale: float = 1.0,
    max_random_area: float = 1.0,
    min_random_area: float = 1.0,
    max_img_size: float = 1e10,
    min_img_size: float = 0.0,
    brightness: float = 0.0,
    contrast: float = 0.0,
    saturation: float = 0.0,
    pca_noise: float = 0.0,
    random_h: int = 0,
    random_s: int = 0,
    random_l: int = 0,
    rotate: int = -1,
    fill_value: int = 255,
    inter_method: int = 1,
    pad: int = 0,
    mirror: bool = False,
    rand_mirror: bool = False,
    mean_img: str = "",
    mean_r: float = 0.0,
    mean_g: float = 0.0,
    mean_b: float = 0.0,
    mean_a: float = 0.0,
    std_r: float = 1.0,
    std_g: float = 1.0,
    std_b: float = 1.0,
    std_a: float = 1.0,
    scale: float = 1.0,
    max_random_contrast: float = 0.0,
    max_random_illumination: float = 0.0,
) -> None:
    """The parameters of ImageRecordIter."""


class _Records:
    """The records of a file by their number; threads may read at once.

    Parameters
    ----------
    name : str
        of the iterator
    path : str
        the file
    index : str
        its index, or ''
    parts, part : int
        which of so many parts of the file is read
    """

    def __init__(self, name: str, path: str, index: str, parts: int, part: int) -> None:
        if not path:
            raise MXNetError(f"{name}: path_imgrec is missing; it is a RecordIO file")
        if not 0 <= part < parts:
            raise MXNetError(f"{name}: part_index={part} with num_parts={parts}; expected 0 to {parts - 1}")
        self.path = path
        try:
            self._stream = open(path, "rb")  # noqa: SIM115 - as long as the iterator lives
        except OSError as error:
            raise MXNetError(f"{name}: cannot read {path!r}: {error.strerror or error}") from error
        self._lock = threading.Lock()
        size = os.fstat(self._stream.fileno()).st_size
        if index:
            try:
                starts = sorted(start for _, start in read_index(index))
            except (OSError, ValueError) as error:
                raise MXNetError(f"{name}: cannot read {index!r}: {error}") from error
            if starts and not 0 <= starts[0] <= starts[-1] < size:
                raise MXNetError(f"{name}: {index!r} tells of bytes that {path!r}, of {size}, does not have")
            step = -(-len(starts) // parts)
            self.starts = starts[step * part : step * (part + 1)]
        else:
            step = -(-size // parts)
            step += -step % 4  # records begin at multiples of four
            self.starts = [s for s in record_starts(self._stream, path) if step * part <= s < step * (part + 1)]
        if not self.starts:
            raise MXNetError(f"{name}: {path!r} has no records in part {part} of {parts}")

    def __getitem__(self, number: int) -> bytes:
        with self._lock:
            self._stream.seek(self.starts[number])
            content = read_record(self._stream, self.path)
        if content is None:
            raise MXNetError(f"RecordIO: {self.path!r} has no record at byte {self.starts[number]}")
        return content

    def __del__(self) -> None:
        if hasattr(self, "_stream"):
            self._stream.close()


def _listed_labels(path: str, width: int | None, name: str) -> dict[int, np.ndarray]:
    """The labels in a list of images, by the images' numbers; of every width where none is given."""
    labels = {}
    try:
        with open(path, encoding="utf-8") as stream:
            for line_number, line in enumerate(stream, 1):
                fields = line.rstrip("\n").split("\t")
                if fields == [""]:
                    continue
                try:
                    labels[int(fields[0])] = np.array([float(each) for each in fields[1:-1]], np.float32)
                except ValueError as error:
                    raise MXNetError(
                        f"{name}: {path!r}, line {line_number}: expected a number, labels and a path with tabs between"
                    ) from error
                if width is not None and len(fields) - 2 != width:
                    raise MXNetError(
                        f"{name}: {path!r}, line {line_number} has {len(fields) - 2} labels; label_width={width}"
                    )
    except (OSError, UnicodeDecodeError) as error:
        raise MXNetError(f"{name}: cannot read {path!r}: {error}") from error
    return labels


class ImageReader:
    """Batches of images, decoded and augmented by several threads.

    Parameters
    ----------
    name : str
        of the iterator
    chosen : dict
        its parameters
    dtype : type
        of the elements
    """

    #: the series of augmentations, as ``aug_seq`` calls it
    series: tuple[str, ...] = ("aug_default",)

    def __init__(self, name: str, chosen: dict[str, Any], dtype: type) -> None:
        self.name, self._chosen, self._dtype = name, chosen, dtype
        if len(chosen["data_shape"]) != 3 or min(chosen["data_shape"]) < 1:
            raise MXNetError(f"{name}: data_shape={chosen['data_shape']}; expected (channels, height, width)")
        if chosen["data_shape"][0] not in (1, 3, 4):
            raise MXNetError(f"{name}: data_shape={chosen['data_shape']}; expected 1, 3 or 4 channels")
        if chosen["aug_seq"] not in self.series:
            raise MXNetError(f"{name}: aug_seq={chosen['aug_seq']!r}; expected {self.series[0]!r}")
        if chosen["inter_method"] not in (0, 1, 2, 3, 4, 9, 10):
            raise MXNetError(f"{name}: inter_method={chosen['inter_method']}; expected 0 to 4, 9 or 10")
        self._cv2 = require_opencv(name)
        self._records = _Records(
            name, chosen["path_imgrec"], chosen["path_imgidx"], chosen["num_parts"], chosen["part_index"]
        )
        self._width = self._label_width()
        self._listed = _listed_labels(chosen["path_imglist"], self._width, name) if chosen["path_imglist"] else None
        self._augment = self._augmenting()
        self._mean_image = self._read_mean_image() if chosen["mean_img"] else None
        shuffler = Shuffler(chosen["seed"] + _SHUFFLING) if chosen["shuffle"] else None
        order = list(range(len(self._records.starts)))
        last = "round" if chosen["round_batch"] else "short"
        self._rounds = Rounds(name, order, chosen["batch_size"], last, shuffler)
        seed = chosen["seed_aug"] if chosen["seed_aug"] is not None else chosen["seed"]
        self._random = Shuffler(seed)
        self._threads = ThreadPoolExecutor(min(max(chosen["preprocess_threads"], 1), 64))
        self.data: tuple[tuple[int, ...], Any] = (chosen["batch_size"], *chosen["data_shape"]), dtype
        self.label: tuple[tuple[int, ...], Any] = (chosen["batch_size"], *self._label_shape()), np.float32

    # what another reader of images does in its own way

    def _label_width(self) -> int | None:
        """How many labels an image has; None where that is another number for each."""
        width = self._chosen["label_width"]
        if not 1 <= width <= _MAX_LABELS:
            raise MXNetError(f"{self.name}: label_width={width}; expected 1 to {_MAX_LABELS}")
        return width

    def _augmenting(self) -> Any:
        """What changes an image; its `channels` are those that an image is read with."""
        return Augmenting(self._cv2, self._chosen, self._dtype is not np.uint8)

    def _label_shape(self) -> tuple[int, ...]:
        """The shape of an image's labels in a batch."""
        return (self._width,) if self._width is not None and self._width > 1 else ()

    def _made(
        self, number: int, header: Any, pixels: np.ndarray, random: Shuffler
    ) -> tuple[np.ndarray, np.ndarray, int]:
        """An image and its labels as they come into a batch, and its number there."""
        values = self._augment(pixels, random)
        return values if self._mean_image is None else values - self._mean_image, self._label(number, header), 0

    def _read_mean_image(self) -> np.ndarray:
        found = load(self._chosen["mean_img"])
        image = found.get("mean_img") if isinstance(found, dict) else found[0] if found else None
        if image is None or tuple(image.shape) != tuple(self._chosen["data_shape"]):
            raise MXNetError(
                f"{self.name}: {self._chosen['mean_img']!r} holds no array mean_img of the shape "
                f"{self._chosen['data_shape']}"
            )
        return image.asnumpy().astype(np.float32)

    def begin(self) -> None:
        """Begin another pass."""
        self._rounds.begin()

    def read(self) -> Read | None:
        """The next batch, None at the end of a pass."""
        chosen = self._rounds.next()
        if chosen is None:
            return None
        order, pad = chosen
        # each image has a generator of its own, so that how many threads there are makes no difference
        randoms = [Shuffler(self._random.below(1 << 31)) for _ in order]
        samples = list(self._threads.map(self._sample, order, randoms))
        size = self.data[0][0]
        images, labels, numbers = (filled(np.stack(each), size) for each in zip(*samples))
        return Read(images, labels.reshape(self.label[0]), pad, numbers.astype(np.uint64))

    def _sample(self, number: int, random: Shuffler) -> tuple[np.ndarray, np.ndarray, int]:
        """An image, its labels and its number."""
        try:
            header, content = unpack(self._records[number])
        except (ValueError, struct.error) as error:
            raise MXNetError(f"{self.name}: record {number} of {self._records.path!r}: {error}") from error
        values, label, place = self._made(number, header, self._decoded(number, content), random)
        if self._dtype is not np.float32:
            limits = np.iinfo(self._dtype)
            values = np.clip(np.rint(values), limits.min, limits.max)
        return values.astype(self._dtype), label, place

    def _decoded(self, number: int, content: bytes) -> np.ndarray:
        """The pixels of an image, red first."""
        channels = self._augment.channels
        claimed = png_problem(content)
        problem = f": {claimed}" if claimed else None
        flag = {1: self._cv2.IMREAD_GRAYSCALE, 3: self._cv2.IMREAD_COLOR, 4: self._cv2.IMREAD_UNCHANGED}[channels]
        pixels = None
        if content and problem is None:
            try:
                pixels = self._cv2.imdecode(np.frombuffer(content, np.uint8), flag)
            except self._cv2.error as error:  # such as more pixels than OpenCV decodes
                problem = f": {str(error).strip()[:200]}"
        if pixels is None:
            raise MXNetError(f"{self.name}: record {number} of {self._records.path!r} is no image{problem or ''}")
        if pixels.ndim == 2:
            pixels = pixels[..., None]
        if pixels.shape[2] != channels:
            raise MXNetError(
                f"{self.name}: record {number} of {self._records.path!r} has {pixels.shape[2]} channels; "
                f"data_shape={self._chosen['data_shape']} asks for {channels}"
            )
        if channels == 3:
            return self._cv2.cvtColor(pixels, self._cv2.COLOR_BGR2RGB)
        return self._cv2.cvtColor(pixels, self._cv2.COLOR_BGRA2RGBA) if channels == 4 else pixels

    def _label(self, number: int, header: Any) -> np.ndarray:
        """The labels of a record, from the list of images where there is one."""
        if self._listed is not None:
            if header.id not in self._listed:
                raise MXNetError(f"{self.name}: {self._chosen['path_imglist']!r} has no image {header.id}")
            return self._listed[header.id]
        label = np.atleast_1d(np.asarray(header.label, np.float32))
        if self._width is not None and len(label) != self._width:
            raise MXNetError(
                f"{self.name}: record {number} of {self._records.path!r} has {len(label)} labels; "
                f"label_width={self._width}"
            )
        return label

    def __del__(self) -> None:
        if hasattr(self, "_threads"):
            self._threads.shutdown(wait=False)


_DTYPES = {"None": np.float32, "float32": np.float32, "uint8": np.uint8, "int8": np.int8}


def _made(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], dtype: type | None = None) -> MXDataIter:
    chosen = parsed(_declared, args, kwargs)
    if dtype is None:
        dtype = _DTYPES.get(str(kwargs.get("dtype") or "None"))
        if dtype is None:
            raise MXNetError(f"{name}: dtype={kwargs['dtype']!r}; expected one of {', '.join(list(_DTYPES)[1:])}")
    return iterator(ImageReader(name, chosen, dtype), kwargs)


def ImageRecordIter(*args: Any, **kwargs: Any) -> MXDataIter:
    """Batches of the images in a RecordIO file; parameters are given by name.

    Parameters
    ----------
    path_imgrec : str
        the file
    path_imgidx : str
        its index; without one the file is looked through
    path_imglist : str
        a list of images with other labels: number, labels and path, with tabs between
    label_width : int
        labels of an image
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
        'float32', 'int8', or 'uint8', for which mean, deviation and scale do not count
    preprocess_threads : int
        threads that decode and augment; how many makes no difference to what is read
    seed_aug : int, optional
        of the generator that augmentations draw from; by default `seed`
    resize : int
        resize the shorter side to this
    max_rotate_angle, rotate : int
        turn by up to so many degrees either way; by just so many
    max_shear_ratio : float
        shear by up to this either way
    max_random_scale, min_random_scale : float
        bounds of the factor of both sides
    max_aspect_ratio, min_aspect_ratio : float
        bounds of width over height; with the first alone, up to so far from 1
    max_img_size, min_img_size : float
        bounds of the sides after that
    fill_value : int
        of pixels from outside the image
    pad : int
        pixels of a border
    rand_crop : bool
        crop at a random place, else the middle; an image that is too small is resized
    max_crop_size, min_crop_size : int
        bounds of the side of a square that is cropped and resized
    random_resized_crop, max_random_area, min_random_area : bool, float
        crop a rectangle of a random share of the area, and resize it
    inter_method : int
        OpenCV's interpolation, 0 to 4; 9 by the sizes, 10 at random
    random_h, random_s, random_l : int
        add up to this to hue (in half degrees), saturation and lightness
    brightness, contrast, saturation, pca_noise : float
        change these by up to a share
    mirror, rand_mirror : bool
        mirror left to right, always or half of the images
    mean_img : str
        a file of arrays with the mean image, as ``mx.nd.save`` writes it
    mean_r, mean_g, mean_b, mean_a, std_r, std_g, std_b, std_a : float
        mean and standard deviation by channel
    scale : float
        factor of what is then left
    max_random_contrast, max_random_illumination : float
        multiply by up to so far from 1, and add up to this
    data_name, label_name : str
        what the arrays are called
    verbose, ctx, device_id, prefetch_buffer, shuffle_chunk_size, shuffle_chunk_seed
        have no meaning here

    Raises
    ------
    MXNetError
        a parameter is missing or does not fit, a file cannot be read, a record is no image or has other labels, or
        OpenCV is not installed
    """
    return _made("ImageRecordIter", args, kwargs)


def ImageRecordUInt8Iter(*args: Any, **kwargs: Any) -> MXDataIter:
    """:func:`ImageRecordIter` with elements of uint8."""
    return _made("ImageRecordUInt8Iter", args, kwargs, np.uint8)


def ImageRecordInt8Iter(*args: Any, **kwargs: Any) -> MXDataIter:
    """:func:`ImageRecordIter` with elements of int8."""
    return _made("ImageRecordInt8Iter", args, kwargs, np.int8)
