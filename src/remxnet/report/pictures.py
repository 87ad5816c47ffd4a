"""Arrays as small PNG pictures inside a page: images, grids of kernels, grids of feature maps."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy
from matplotlib import colormaps
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image

__all__ = ["Picture", "heat_map", "image_picture", "map_picture", "weight_picture", "MOST_NUMBERS"]

LARGEST = 96  # pixels along a side of an image
MOST_NUMBERS = 1024  # of a strip
GAP = 2  # pixels between tiles
# Okabe and Ito's blue and orange meet in white: which is which does not depend on seeing red or green
SIGNED = LinearSegmentedColormap.from_list("signed", ["#0072B2", "#FFFFFF", "#E69F00"])
SEQUENTIAL = colormaps["cividis"]


@dataclass(frozen=True)
class Picture:
    """A PNG for an <img>: where its bytes are, its size in pixels, and what it shows in words."""

    source: str
    width: int
    height: int
    text: str


def picture(pixels: numpy.ndarray, text: str) -> Picture:
    """Pixels (height, width), (height, width, 3) or (height, width, 4) of bytes, as a data URI."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG", optimize=True)
    source = "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
    return Picture(source, pixels.shape[1], pixels.shape[0], text)


def image_picture(image: numpy.ndarray, text: str) -> Picture:
    """An image (channels, height, width) with values from 0 to 1: colour if it has three channels, else its first."""
    values = image.transpose(1, 2, 0) if len(image) == 3 else image[0]
    pixels = as_bytes(numpy.nan_to_num(values))
    if max(pixels.shape[:2]) > LARGEST:
        small = Image.fromarray(pixels)
        small.thumbnail((LARGEST, LARGEST))
        pixels = numpy.asarray(small)
    return picture(pixels, text)


def weight_picture(weights: numpy.ndarray, text: str, most: int = 64) -> Picture:
    """Kernels (units, channels, height, width): in colour if they have three channels, else each channel by itself.

    Blue is negative, white zero and orange positive; those in colour are scaled from the smallest to the largest.
    """
    if weights.shape[1] == 3:
        low, high = spread(weights)
        tiles = [as_bytes((kernel.transpose(1, 2, 0) - low) / (high - low)) for kernel in weights[:most]]
    else:
        flat = weights.reshape(-1, *weights.shape[2:])[:most]
        largest = float(numpy.abs(flat).max()) or 1.0
        tiles = [as_bytes(SIGNED(0.5 + 0.5 * kernel / largest)[..., :3]) for kernel in flat]
    return tiled(tiles, text, side=44)


def map_picture(maps: numpy.ndarray, text: str, most: int = 16) -> Picture:
    """Feature maps (channels, height, width), or numbers as a strip; dark blue is the smallest, yellow the largest."""
    if maps.ndim == 1:
        columns = min(len(maps), 48)
        shown = maps[:MOST_NUMBERS]
        cells = numpy.full(-(-len(shown) // columns) * columns, numpy.nan)
        cells[: len(shown)] = shown
        grid = cells.reshape(-1, columns)
        low, high = spread(shown)
        pixels = SEQUENTIAL((grid - low) / (high - low))
        pixels[numpy.isnan(grid)] = 0  # see-through
        return picture(enlarged(as_bytes(pixels), 10), text)
    maps = numpy.stack([reduced(one) for one in maps[:most]])
    low, high = spread(maps)
    return tiled([as_bytes(SEQUENTIAL((one - low) / (high - low))[..., :3]) for one in maps], text, side=56)


def heat_map(shares: numpy.ndarray, text: str) -> Picture:
    """A square matrix of shares from 0 to 1; the square root is shown, so that small ones can be seen."""
    scale = max(1, 600 // len(shares))
    return picture(enlarged(as_bytes(SEQUENTIAL(numpy.sqrt(shares))[..., :3]), scale), text)


# --- pixels ----------------------------------------------------------------------------------------------------------


def as_bytes(values: numpy.ndarray) -> numpy.ndarray:
    """Values from 0 to 1 as bytes."""
    return numpy.round(numpy.clip(values, 0, 1) * 255).astype(numpy.uint8)


def spread(values: numpy.ndarray) -> tuple[float, float]:
    """The smallest and the largest finite value, never the same."""
    finite = values[numpy.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def enlarged(pixels: numpy.ndarray, times: int) -> numpy.ndarray:
    """Every pixel as a square."""
    return pixels.repeat(times, axis=0).repeat(times, axis=1)


def reduced(values: numpy.ndarray, side: int = 56) -> numpy.ndarray:
    """A map that is larger than that, as the means over squares."""
    step = -(-max(values.shape) // side)
    if step == 1:
        return values
    rows, columns = (length // step or 1 for length in values.shape)
    cut = values[: rows * step, : columns * step]
    rows_step, columns_step = cut.shape[0] // rows, cut.shape[1] // columns
    return cut.reshape(rows, rows_step, columns, columns_step).mean(axis=(1, 3))


def tiled(tiles: list[numpy.ndarray], text: str, side: int) -> Picture:
    """Tiles of bytes (height, width, 3) in rows, each enlarged to about `side` pixels, gaps see-through."""
    height, width = tiles[0].shape[:2]
    scale = max(1, round(side / max(height, width)))
    columns = min(len(tiles), 8)
    rows = -(-len(tiles) // columns)
    tall, wide = height * scale + GAP, width * scale + GAP
    sheet = numpy.zeros((rows * tall - GAP, columns * wide - GAP, 4), dtype=numpy.uint8)
    for place, tile in enumerate(tiles):
        top, left = place // columns * tall, place % columns * wide
        sheet[top : top + height * scale, left : left + width * scale, :3] = enlarged(tile, scale)
        sheet[top : top + height * scale, left : left + width * scale, 3] = 255
    return picture(sheet, text)
