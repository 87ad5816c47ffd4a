"""Images that claim more than they have are refused before a decoder takes memory for it."""

import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest

import mxnet as mx
from mxnet.serialization.images import PNG, png_problem

pytestmark = pytest.mark.usefixtures("warm")


def chunk(kind, content, length=None):
    size = len(content) if length is None else length
    return struct.pack(">I", size) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width=4, height=4, data=None, depth=8, colour=2):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    rows = zlib.compress(bytes(height * (1 + width * 3))) if data is None else data
    return PNG + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


TOO_LONG = [
    PNG
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0))
    + struct.pack(">I", 2**31 - 1)
    + b"IDAT"
    + bytes(20),
    PNG + struct.pack(">I", 2**31 - 1) + b"acTL" + bytes(45),
    png()[:-12] + struct.pack(">I", 2**32 - 1) + b"IEND",
]


@pytest.mark.parametrize("content", TOO_LONG)
def test_a_part_that_is_longer_than_the_file(content):
    assert "claims a part of" in png_problem(content)
    with pytest.raises(mx.MXNetError, match=r"_cvimdecode: buf is a PNG of \d+ bytes that claims a part of \d+ bytes"):
        mx.image.imdecode(content)
    assert mx.recordio.unpack_img(mx.recordio.pack(mx.recordio.IRHeader(0, 1, 2, 3), content))[1] is None


@pytest.mark.parametrize(("depth", "colour"), [(8, 2), (16, 6), (8, 3)])
def test_more_pixels_than_the_file_can_hold(tmp_path, depth, colour):
    path = tmp_path / "a.png"
    path.write_bytes(png(30_000, 30_000, zlib.compress(bytes(100)), depth, colour))
    with pytest.raises(mx.MXNetError, match=r"_cvimread: '.*a.png' is a PNG of \d+ bytes that claims 30000 × 30000"):
        mx.image.imread(str(path))


def test_images_that_are_well_packed_are_read():
    for image in (np.zeros((3000, 3000, 3), np.uint8), np.zeros((1, 1), np.uint8), np.zeros((2000, 2000), np.uint16)):
        encoded = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()
        assert png_problem(encoded) is None
        assert mx.image.imdecode(encoded).shape[:2] == image.shape[:2]
    assert png_problem(png()) is None
    assert png_problem(b"") is None and png_problem(PNG) is None and png_problem(b"\xff\xd8\xff") is None
    encoded = cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8))[1].tobytes()
    assert mx.image.imdecode(encoded).shape == (64, 64, 3)


def test_a_small_file_takes_little_memory():
    code = (
        "import sys, resource, mxnet as mx\n"
        "mx.image.imdecode(bytes.fromhex(sys.argv[2]))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    mx.image.imdecode(bytes.fromhex(sys.argv[1]))\nexcept mx.MXNetError:\n"
        "    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, TOO_LONG[0].hex(), png().hex()],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )  # fmt: skip
    assert int(done.stdout) < 50_000
