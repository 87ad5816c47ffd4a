"""Compiled kernels where torch leaves the most on the table: convolutions with few channels, batch norm, recurrence.

Plain C with a C interface; torch's operators serve wherever it was not compiled.
"""

from .chain import Convolve, Pool, compute, fits, joined, may_join, output_shape, reference, run, segments
from .gains import Host, convolution_gain, host, lstm_gain, norm_gain
from .norm import batch_norm, compute_norm, norm_fits, norm_pays, norm_reference, plain_batch_norm
from .recurrent import compute_lstm, lstm, lstm_fits, lstm_pays, lstm_reference

__all__ = [
    "Convolve", "Host", "Pool", "batch_norm", "compute", "compute_lstm", "compute_norm", "convolution_gain", "fits",
    "host", "joined", "lstm", "lstm_fits", "lstm_gain", "lstm_pays", "lstm_reference", "may_join", "norm_fits",
    "norm_gain", "norm_pays", "norm_reference", "output_shape", "plain_batch_norm", "reference", "run", "segments",
]  # fmt: skip
