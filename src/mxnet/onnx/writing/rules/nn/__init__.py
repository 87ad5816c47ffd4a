"""Layers of networks."""

from . import (  # noqa: F401 - they have the rules
    activation,
    convolution,
    norms,
    output,
    pooling,
    quantized,
    quantized_fused,
    recurrent,
    resizing,
    sequences,
)
