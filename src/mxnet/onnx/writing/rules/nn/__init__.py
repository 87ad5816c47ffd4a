"""Layers of networks."""

from . import activation, convolution, norms, output, pooling, quantized, recurrent, resizing, sequences  # noqa: F401 - they have the rules
