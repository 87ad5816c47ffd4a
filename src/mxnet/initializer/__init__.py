"""How parameters get their first values.

An initializer is called with the name of a parameter and the array to fill; the ending of the name decides what is
filled in: a ``weight`` gets what the initializer is for, a ``bias`` zeros, a ``gamma`` ones, and so on. Random numbers
come from :mod:`mxnet.random`, so ``mx.random.seed`` repeats them. ``mx.init`` is this module.
"""

from .base import InitDesc, Initializer, alias, create, register
from .choosing import Load, Mixed
from .values import (
    Bilinear,
    Constant,
    FusedRNN,
    LSTMBias,
    MSRAPrelu,
    Normal,
    One,
    Orthogonal,
    Uniform,
    Xavier,
    Zero,
)  # fmt: skip

__all__ = [
    "Bilinear", "Constant", "FusedRNN", "InitDesc", "Initializer", "LSTMBias", "Load", "MSRAPrelu", "Mixed", "Normal",
    "One", "Orthogonal", "Uniform", "Xavier", "Zero", "alias", "create", "register",
]  # fmt: skip
