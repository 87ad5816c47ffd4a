"""Draw the figures of docs/drawings.md: docs/images/*.png and *.gif, from the same numbers every time.

usage: python tools/drawings.py
"""

import sys
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT / "src"))

from mxnet import nd  # noqa: E402
from remxnet import draw  # noqa: E402


def main() -> None:
    """Write every figure."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    step = nd.array([[9, 9, 0, 0, 0], [9, 9, 0, 0, 0], [9, 9, 0, 0, 0], [9, 9, 0, 0, 0], [9, 9, 0, 0, 0]])
    edge = nd.array([[1, -1]])
    count = nd.arange(25).reshape((5, 5))
    blur = nd.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    channels = nd.array(numpy.arange(18).reshape(2, 3, 3) % 7)
    kernels = nd.array(numpy.arange(24).reshape(3, 2, 2, 2) % 5 - 2)
    mixing = nd.array([[1, 0], [0.5, 0.5], [1, -1]])
    figures = {
        "cross-correlation": draw.cross_correlation(step, edge, at=(2, 1)),
        "stride-and-padding": draw.cross_correlation(count, blur, stride=2, pad=1, at=(0, 1)),
        "dilation": draw.cross_correlation(count, blur, dilate=2),
        "channels": draw.convolution(channels, kernels, nd.array([0, 1, 2]), at=(1, 0, 1)),
        "pointwise": draw.pointwise(channels, mixing, at=(1, 0, 2)),
        "max-pooling": draw.max_pooling(nd.array(numpy.arange(16).reshape(4, 4) * 5 % 17), 2, stride=2, at=(0, 1)),
        "average-pooling": draw.average_pooling(count, 3, stride=2, pad=1, at=(0, 1)),
    }
    for name, figure in figures.items():
        figure.savefig(IMAGES / f"{name}.png", metadata={"Software": None})
    film = draw.animate(draw.cross_correlation, count[:4, :4], blur, pad=1, stride=1, seconds=0.6)
    film.save(IMAGES / "moving-window.gif")


if __name__ == "__main__":
    main()
