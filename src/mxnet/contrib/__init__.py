"""What MXNet kept apart as experimental."""

from . import autograd, io, ndarray, onnx, symbol, tensorboard, text
from . import ndarray as nd
from . import symbol as sym

__all__ = ["autograd", "io", "nd", "ndarray", "onnx", "sym", "symbol", "tensorboard", "text"]
