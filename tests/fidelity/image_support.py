"""What the cases of iterators over images share: folders of small images, and what iterators give."""

from __future__ import annotations

import contextlib
import os
import tempfile

import numpy as np

BYTE = {"atol": 1, "reason": "another version of OpenCV rounds bytes differently in the last bit"}
INDEXED = {"path_imgrec": "a.rec", "path_imgidx": "a.idx"}


@contextlib.contextmanager
def folder(mx, count=7, labels=None):
    """A folder with images whose pixels tell their number, and a RecordIO file, an index and a list of them."""
    import cv2

    with tempfile.TemporaryDirectory() as folder:
        before = os.getcwd()
        os.chdir(folder)
        try:
            records = mx.recordio.MXIndexedRecordIO("a.idx", "a.rec", "w")
            with open("a.lst", "w") as stream:
                for number in range(count):
                    pixels = np.full((9 + number % 3, 8 + number % 2, 3), number * 10, np.uint8)
                    cv2.imwrite("im%d.png" % number, pixels)
                    label = labels[number] if labels else float(number)
                    header = (0, label, number, 0)
                    records.write_idx(number, mx.recordio.pack_img(header, pixels, quality=3, img_fmt=".png"))
                    fields = [2 * number, number + 0.5, "im%d.png" % number]
                    stream.write("\t".join(map(str, fields)) + "\n")
            records.close()
            yield
        finally:
            os.chdir(before)


def batch_of(batch):
    """A pixel of each image, the labels, and how much was filled."""
    return batch.data[0][:, 0, -1, -1].asnumpy(), batch.label[0].asnumpy(), batch.pad, batch.index


def passes_of(it, count=3):
    """The batches of some passes."""
    passes = []
    for _ in range(count):
        passes.append([batch_of(batch) for batch in it])
        it.reset()
    return passes
