"""The operators of ONNX that are read, by subject; importing this fills the table."""

from . import (
    control,
    convolution,
    elementwise,
    indexing,
    matrices,
    normalization,
    quantized,
    recurrent,
    reductions,
    shapes,
    vision,
)

__all__ = [
    "control", "convolution", "elementwise", "indexing", "matrices", "normalization", "quantized", "recurrent",
    "reductions", "shapes", "vision",
]  # fmt: skip
