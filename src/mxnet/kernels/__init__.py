"""Compiled kernels for what torch leaves the most on the table of: convolutional chains with few channels, batch norm.

Plain C with a C interface; torch's operators serve wherever it was not compiled.
"""

from .chain import Convolve, Pool, may_join, output_shape, reference, run, segments
from .norm import batch_norm, norm_pays, norm_reference

__all__ = [
    "Convolve", "Pool", "batch_norm", "may_join", "norm_pays", "norm_reference", "output_shape", "reference", "run",
    "segments",
]  # fmt: skip
