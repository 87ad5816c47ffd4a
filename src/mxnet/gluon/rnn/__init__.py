"""Recurrent networks: cells that compute one step, and layers that compute whole sequences in one call."""

from .rnn_cell import *  # noqa: F403
from .rnn_cell import __all__ as _cells
from .rnn_layer import GRU, LSTM, RNN

__all__ = ["GRU", "LSTM", "RNN"]
__all__.extend(_cells)
