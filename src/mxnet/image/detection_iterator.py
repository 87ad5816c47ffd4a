"""Batches of images with objects in them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .._opencv import require_opencv
from ..base import MXNetError
from ..ndarray import NDArray
from .augmenters import statistics
from .detection_augmenters import CreateDetAugmenter
from .iterator import ImageIter

__all__ = ["ImageDetIter"]

WHITE = (255, 255, 255)
_FEWEST = 7  # numbers in the label of an image: two of a header, five of an object


class ImageDetIter(ImageIter):
    """Batches of images with objects in them, and the boxes around the objects.

    The label of an image is a row of numbers: how long the header is (2 or more), how long an object is (5 or more),
    what else is in the header, then the objects: class, left, top, right and bottom as shares of the image's width and
    height, and what else there is of them. In a batch every image has as many objects as the one that has most; the
    rest is -1.

    Parameters
    ----------
    batch_size : int
        images in a batch
    data_shape : (int, int, int)
        channels (3), height and width of what the network is given
    path_imgrec, path_imglist, path_root, path_imgidx, shuffle, part_index, num_parts, imglist, last_batch_handle
        as in :class:`ImageIter`
    aug_list : list of DetAugmenter, optional
        applied one after the other; by default what :func:`CreateDetAugmenter` makes of `kwargs`
    data_name, label_name : str
        what the arrays are called
    **kwargs
        for :func:`CreateDetAugmenter`

    Attributes
    ----------
    label_shape : (int, int)
        the most objects of an image, and the numbers of an object

    Raises
    ------
    RuntimeError
        a label is no such row of numbers, or has no object with an area; later, such an image is left out
    AssertionError, ValueError, MXNetError
        as in :class:`ImageIter`
    """

    def __init__(
        self,
        batch_size: int,
        data_shape: Sequence[int],
        path_imgrec: str | None = None,
        path_imglist: str | None = None,
        path_root: str | None = None,
        path_imgidx: str | None = None,
        shuffle: bool = False,
        part_index: int = 0,
        num_parts: int = 1,
        aug_list: Sequence[Any] | None = None,
        imglist: list[Sequence[Any]] | None = None,
        data_name: str = "data",
        label_name: str = "label",
        last_batch_handle: str = "pad",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            batch_size, data_shape, path_imgrec=path_imgrec, path_imglist=path_imglist, path_root=path_root,
            path_imgidx=path_imgidx, shuffle=shuffle, part_index=part_index, num_parts=num_parts, aug_list=[],
            imglist=imglist, data_name=data_name, label_name=label_name, last_batch_handle=last_batch_handle,
        )  # fmt: skip
        self.auglist = CreateDetAugmenter(data_shape, **kwargs) if aug_list is None else aug_list
        iter(self.auglist)
        self.label_shape = self._estimate_label_shape()
        self.provide_label = [(label_name, (batch_size, *self.label_shape))]

    # --- labels ---------------------------------------------------------------------------------------------------

    def _estimate_label_shape(self) -> tuple[int, int]:
        """The most objects of an image and the numbers of an object, by a look at all labels."""
        self.reset()
        most = width = 0
        try:
            while True:
                label = self._parse_label(self.next_sample()[0])
                most, width = max(most, len(label)), label.shape[1]
        except StopIteration:
            pass
        if not most:
            raise MXNetError(f"{type(self).__name__}: there are no images to tell the labels' shape by")
        self.reset()
        return most, width

    def _parse_label(self, label: Any) -> np.ndarray:
        """The objects of a label, without those that have no area; RuntimeError where there are none."""
        name = type(self).__name__
        numbers = (label.asnumpy() if isinstance(label, NDArray) else np.asarray(label)).ravel()
        if numbers.size < _FEWEST:
            raise RuntimeError(
                f"{name}: {self._present()} has a label of {numbers.size} numbers; expected a header of 2 or more and "
                "objects of 5 or more"
            )
        header, width = (int(each) if np.isfinite(each) else 0 for each in numbers[:2])
        if not 0 <= header <= numbers.size or width < 5 or (numbers.size - header) % width:
            raise RuntimeError(
                f"{name}: {self._present()} has a label of {numbers.size} numbers; it says that the header has "
                f"{header} and an object {width}"
            )
        objects = numbers[header:].reshape(-1, width)
        objects = objects[(objects[:, 3] > objects[:, 1]) & (objects[:, 4] > objects[:, 2])]
        if not len(objects):
            raise RuntimeError(f"{name}: {self._present()} has no object with an area")
        return objects

    def _check_valid_label(self, label: np.ndarray) -> None:
        """Raise a RuntimeError where no row of a label is an object."""
        name = type(self).__name__
        if label.ndim != 2 or label.shape[1] < 5:
            raise RuntimeError(
                f"{name}: {self._present()} has a label of the shape {label.shape}; expected rows of 5 or more numbers"
            )
        if not ((label[:, 0] >= 0) & (label[:, 3] > label[:, 1]) & (label[:, 4] > label[:, 2])).any():
            raise RuntimeError(f"{name}: {self._present()} has no object of a class from 0 on with an area")

    def check_label_shape(self, label_shape: Sequence[int]) -> None:
        """Raise a ValueError where labels do not fit into a shape (objects, numbers of an object)."""
        name = type(self).__name__
        if len(label_shape) != 2:
            raise ValueError(f"{name}: label_shape={label_shape}; expected (objects, numbers of an object)")
        if label_shape[0] < self.label_shape[0]:
            raise ValueError(f"{name}: label_shape={label_shape}; there are images with {self.label_shape[0]} objects")
        if label_shape[1] != self.label_shape[1]:
            raise ValueError(f"{name}: label_shape={label_shape}; objects have {self.label_shape[1]} numbers")

    # --- samples --------------------------------------------------------------------------------------------------

    def augmentation_transform(  # type: ignore[override]  # as in MXNet
        self, data: NDArray, label: np.ndarray
    ) -> tuple[NDArray, np.ndarray]:
        """The image and its objects after all augmenters."""
        for augmenter in self.auglist:
            data, label = augmenter(data, label)
        return data, label

    def _sample(self, pixels: NDArray, label: Any) -> tuple[NDArray, Any] | None:
        try:
            self.check_valid_image([pixels])
            pixels, objects = self.augmentation_transform(pixels, self._parse_label(label))
            self._check_valid_label(objects)
        except RuntimeError as error:
            self._left_out(error)
            return None
        return pixels, objects

    def _put_label(self, batch_label: NDArray, place: int, label: np.ndarray) -> None:
        room, width = batch_label.shape[1:]
        if len(label) > room or label.shape[1] != width:
            raise ValueError(
                f"{type(self).__name__}: {self._present()} has {len(label)} objects of {label.shape[1]} numbers; "
                f"label_shape={(room, width)}"
            )
        rows = np.full((room, width), -1, np.float32)
        rows[: len(label)] = label
        batch_label[place] = rows

    # --- other shapes ---------------------------------------------------------------------------------------------

    def reshape(self, data_shape: Sequence[int] | None = None, label_shape: Sequence[int] | None = None) -> None:
        """Give batches of other shapes from now on.

        Augmenters stay as they are: those that decide about the size of the images have to be in `aug_list` anew.

        Parameters
        ----------
        data_shape : tuple of int, optional
            channels, height and width
        label_shape : (int, int), optional
            objects of an image, no fewer than now, and numbers of an object, as now

        Raises
        ------
        ValueError
            a shape that does not fit
        """
        asked = {"data": (data_shape, self.check_data_shape), "label": (label_shape, self.check_label_shape)}
        for what, (shape, check) in asked.items():
            if shape is not None:
                check(shape)
                ((name, _),) = getattr(self, f"provide_{what}")
                setattr(self, f"provide_{what}", [(name, (self.batch_size, *shape))])
                setattr(self, f"{what}_shape", tuple(shape))

    def sync_label_shape(self, it: ImageDetIter, verbose: bool = False) -> ImageDetIter:
        """Give two iterators, such as those of training and validation, the larger of their label shapes.

        Parameters
        ----------
        it : ImageDetIter
            the other one
        verbose : bool
            log the shape, if one of them had another

        Returns
        -------
        ImageDetIter
            the other one

        Raises
        ------
        AssertionError
            it is none, or its objects have another number of numbers
        """
        if not isinstance(it, ImageDetIter):
            raise AssertionError(f"sync_label_shape: got a {type(it).__name__}; expected an ImageDetIter")
        if self.label_shape[1] != it.label_shape[1]:
            raise AssertionError(
                f"sync_label_shape: objects have {self.label_shape[1]} numbers here and {it.label_shape[1]} there"
            )
        most = max(self.label_shape[0], it.label_shape[0])
        if verbose and self.label_shape[0] != it.label_shape[0]:
            logging.info("ImageDetIter: label_shape is %s now", (most, self.label_shape[1]))
        for each in (self, it):
            each.reshape(None, (most, each.label_shape[1]))
        return it

    # --- looking at it --------------------------------------------------------------------------------------------

    def draw_next(
        self,
        color: Sequence[int] | None = None,
        thickness: int = 2,
        mean: Any = None,
        std: Any = None,
        clip: bool = True,
        waitKey: int | None = None,
        window_name: str = "draw_next",
        id2labels: Mapping[int, str] | None = None,
    ) -> Iterator[np.ndarray]:
        """Give the images that are left of this pass, augmented, one after the other, with boxes drawn into them.

        Parameters
        ----------
        color : (int, int, int), optional
            red, green and blue of the boxes; by default NumPy's global generator draws a colour for each
        thickness : int
            of their lines, in pixels
        mean, std : numpy.ndarray or True, optional
            what the augmenters normalise with, to undo it; True for ImageNet's
        clip : bool
            take values outside 0 to 255 to the bounds
        waitKey : int, optional
            show each image in a window and wait for so many milliseconds, 0 for a key
        window_name : str
            of that window
        id2labels : dict, optional
            texts by class, which are written into the boxes in white

        Yields
        ------
        numpy.ndarray
            uint8, height × width × channels in OpenCV's order (blue, green, red)

        Raises
        ------
        AssertionError
            `mean` or `std` is something else
        MXNetError
            OpenCV is not installed
        """
        cv2 = require_opencv("ImageDetIter.draw_next")
        mean, std = (
            each.asnumpy() if isinstance(each, NDArray) else each
            for each in statistics("draw_next", mean, std, "float64")
        )
        while True:
            try:
                label, content = self.next_sample()
            except StopIteration:
                return
            sample = self._sample(self.imdecode(content), label)
            if sample is None:
                continue
            pixels = sample[0].asnumpy().astype(np.float32)
            if std is not None:
                pixels = pixels * std
            if mean is not None:
                pixels = pixels + mean
            if clip:
                pixels = np.clip(pixels, 0, 255)
            drawn = np.ascontiguousarray(pixels[:, :, ::-1].astype(np.uint8))
            for each in sample[1]:
                self._draw(cv2, drawn, each, color, thickness, id2labels)
            if waitKey is not None:
                cv2.imshow(window_name, drawn)
                cv2.waitKey(waitKey)
            yield drawn

    @staticmethod
    def _draw(
        cv2: Any,
        drawn: np.ndarray,
        box: np.ndarray,
        color: Sequence[int] | None,
        thickness: int,
        texts: Mapping[int, str] | None,
    ) -> None:
        """Draw the box around one object, with the text of its class."""
        height, width = drawn.shape[:2]
        left, top = int(box[1] * width), int(box[2] * height)
        right, bottom = int(box[3] * width), int(box[4] * height)
        drawn_color = tuple(np.random.rand(3) * 255 if color is None else color[::-1])
        cv2.rectangle(drawn, (left, top), (right, bottom), drawn_color, thickness)
        if texts is not None and int(box[0]) in texts:
            cv2.putText(drawn, texts[int(box[0])], (left + 5, top + 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, WHITE, 2)
