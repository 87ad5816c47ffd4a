"""What MXNet kept apart as experimental."""

from . import autograd, io, ndarray, onnx, quantization, symbol, tensorboard, text
from . import ndarray as nd
from . import quantization as quant
from . import symbol as sym

__all__ = ["autograd", "io", "nd", "ndarray", "onnx", "quant", "quantization", "sym", "symbol", "tensorboard", "text"]
