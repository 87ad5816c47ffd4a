"""Recurrent cells that MXNet kept apart from `gluon.rnn`."""

from . import conv_rnn_cell, rnn_cell
from .conv_rnn_cell import *  # noqa: F403
from .conv_rnn_cell import __all__ as _convolutional
from .rnn_cell import LSTMPCell, VariationalDropoutCell

__all__ = ["LSTMPCell", "VariationalDropoutCell", "conv_rnn_cell", "rnn_cell"]
__all__.extend(_convolutional)
