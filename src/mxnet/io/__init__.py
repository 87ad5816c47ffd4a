"""Iterators over batches, for :mod:`mxnet.module` and programs that loop over batches themselves."""

from . import io, utils
from .arrays import NDArrayIter
from .base import DataBatch, DataDesc, DataIter
from .csv_files import CSVIter
from .image_detection_records import ImageDetRecordIter
from .image_records import ImageRecordInt8Iter, ImageRecordIter, ImageRecordUInt8Iter
from .mnist import MNISTIter
from .reading import MXDataIter
from .sparse import LibSVMIter
from .wrapping import PrefetchingIter, ResizeIter

ImageRecordIter_v1 = ImageRecordIter
ImageRecordUInt8Iter_v1 = ImageRecordUInt8Iter

__all__ = [
    "CSVIter", "DataBatch", "DataDesc", "DataIter", "ImageDetRecordIter", "ImageRecordInt8Iter", "ImageRecordIter",
    "ImageRecordIter_v1", "ImageRecordUInt8Iter", "ImageRecordUInt8Iter_v1", "LibSVMIter", "MNISTIter",
    "MXDataIter", "NDArrayIter", "PrefetchingIter", "ResizeIter", "io", "utils",
]  # fmt: skip
