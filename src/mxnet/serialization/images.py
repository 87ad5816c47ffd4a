"""Image files, looked at before a decoder takes memory for what they claim."""

from __future__ import annotations

import struct

__all__ = ["png_problem"]

PNG = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
BEST_RATIO = 1032  # how much deflate can make of a byte, at most


def png_problem(content: bytes | memoryview) -> str | None:
    """What a PNG file claims that cannot be, in words; None where all its lengths fit, and of other files.

    Its chunks must lie within the file, and its pixels must not be more than its bytes could be decompressed to.

    Examples
    --------
    >>> from mxnet.serialization import images
    >>> images.png_problem(images.PNG + (2**31 - 1).to_bytes(4, "big") + b"IDAT" + bytes(45))
    'a PNG of 61 bytes that claims a part of 2147483647 bytes'
    """
    view = memoryview(content)
    if view[: len(PNG)] != PNG:
        return None
    at, size = len(PNG), len(view)
    while at + 8 <= size:
        length, kind = struct.unpack_from(">I4s", view, at)
        if length > size - at - 8:
            return f"a PNG of {size} bytes that claims a part of {length} bytes"
        if kind == b"IHDR" and length >= 10:
            width, height, depth, colour = struct.unpack_from(">IIBB", view, at + 8)
            claimed = height * ((width * depth * CHANNELS.get(colour, 1) + 7) // 8)
            if claimed > BEST_RATIO * size:
                return f"a PNG of {size} bytes that claims {width} × {height} pixels"
        if kind == b"IEND":
            break
        at += 12 + length
    return None
