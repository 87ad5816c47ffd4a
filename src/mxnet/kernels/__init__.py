"""Compiled kernels for convolutional networks with few channels, where torch leaves the most on the table.

Plain C with a C interface; torch's operators serve wherever it was not compiled.
"""

from .chain import Convolve, Pool, output_shape, pays, reference, run

__all__ = ["Convolve", "Pool", "output_shape", "pays", "reference", "run"]
