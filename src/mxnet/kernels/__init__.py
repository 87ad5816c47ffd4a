"""Compiled kernels for what torch leaves the most on the table of: convolutional chains with few channels, batch norm.

Plain C with a C interface; torch's operators serve wherever it was not compiled.
"""

from .chain import Convolve, Pool, compute, fits, joined, may_join, output_shape, reference, run, segments
from .gains import Host, convolution_gain, host, norm_gain
from .norm import batch_norm, compute_norm, norm_fits, norm_pays, norm_reference, plain_batch_norm

__all__ = [
    "Convolve", "Host", "Pool", "batch_norm", "compute", "compute_norm", "convolution_gain", "fits", "host", "joined",
    "may_join", "norm_fits", "norm_gain", "norm_pays", "norm_reference", "output_shape", "plain_batch_norm",
    "reference", "run", "segments",
]  # fmt: skip
