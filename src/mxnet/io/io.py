"""All iterators under the name they have in MXNet."""

from .arrays import NDArrayIter
from .base import DataBatch, DataDesc, DataIter
from .csv_files import CSVIter
from .image_detection_records import ImageDetRecordIter
from .image_records import ImageRecordInt8Iter, ImageRecordIter, ImageRecordUInt8Iter
from .mnist import MNISTIter
from .reading import MXDataIter
from .sparse import LibSVMIter
from .wrapping import PrefetchingIter, ResizeIter

__all__ = [
    "CSVIter", "DataBatch", "DataDesc", "DataIter", "ImageDetRecordIter", "ImageRecordInt8Iter", "ImageRecordIter",
    "ImageRecordUInt8Iter", "LibSVMIter", "MNISTIter", "MXDataIter", "NDArrayIter", "PrefetchingIter", "ResizeIter",
]  # fmt: skip

for _cls in (DataBatch, DataDesc, DataIter, MXDataIter, NDArrayIter, PrefetchingIter, ResizeIter):
    _cls.__module__ = __name__
