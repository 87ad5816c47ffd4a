"""The operators of ONNX that are read, by subject; importing this fills the table."""

from . import (
    control,
    convolution,
    elementwise,
    found,
    indexing,
    matrices,
    normalization,
    quantized,
    random,
    recurrent,
    recurrent_steps,
    reductions,
    shapes,
    vision,
)

__all__ = [
    "control", "convolution", "elementwise", "found", "indexing", "matrices", "normalization", "quantized", "random",
    "recurrent", "recurrent_steps", "reductions", "shapes", "vision",
]  # fmt: skip
