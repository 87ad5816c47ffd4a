"""All cells under the name they have in MXNet."""

from ._base import BaseRNNCell, RNNParams
from ._convolutional import BaseConvRNNCell, ConvGRUCell, ConvLSTMCell, ConvRNNCell
from ._fused import FusedRNNCell
from ._gated import GRUCell, LSTMCell, RNNCell
from ._modifiers import DropoutCell, ModifierCell, ResidualCell, ZoneoutCell
from ._several import BidirectionalCell, SequentialRNNCell

__all__ = [
    "BaseConvRNNCell", "BaseRNNCell", "BidirectionalCell", "ConvGRUCell", "ConvLSTMCell", "ConvRNNCell", "DropoutCell",
    "FusedRNNCell", "GRUCell", "LSTMCell", "ModifierCell", "RNNCell", "RNNParams", "ResidualCell", "SequentialRNNCell",
    "ZoneoutCell",
]  # fmt: skip

for _cls in __all__:
    globals()[_cls].__module__ = __name__
