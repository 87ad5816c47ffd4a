"""Figures of convolution and pooling, drawn from real numbers, computed by MXNet's own operators.

Each function takes arrays and returns a matplotlib figure; `animate` moves the window over the whole input.

Examples
--------
>>> from remxnet import draw
>>> figure = draw.cross_correlation(nd.arange(16).reshape((4, 4)), nd.ones((3, 3)), stride=2, pad=1)
>>> figure.savefig("strides.png")  # doctest: +SKIP
>>> film = draw.animate(draw.max_pooling, nd.arange(16).reshape((4, 4)), 2, stride=2)
>>> film.save("pooling.gif")  # doctest: +SKIP
"""

import importlib.util

if importlib.util.find_spec("matplotlib") is None:
    raise ImportError("remxnet.draw draws with matplotlib, which is missing: pip install 'remxnet[train]'")

from .animation import WindowAnimation, animate
from .figures import average_pooling, convolution, cross_correlation, max_pooling, pointwise

__all__ = [
    "WindowAnimation",
    "animate",
    "average_pooling",
    "convolution",
    "cross_correlation",
    "max_pooling",
    "pointwise",
]
