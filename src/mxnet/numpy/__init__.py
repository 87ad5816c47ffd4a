"""Arrays with NumPy's interface: ``mx.np``.

The operators are those of the table (:mod:`mxnet.ops`, names ``_np_…`` and ``_npi_…``); here stand the array, NumPy's
signatures, and what a number instead of an array means.
"""

from numpy import (
    bool_,
    dtype,
    e,
    euler_gamma,
    finfo,
    float16,
    float32,
    float64,
    iinfo,
    inf,
    int8,
    int32,
    int64,
    nan,
    newaxis,
    pi,
    set_printoptions,
    uint8,
)  # fmt: skip

from . import linalg
from .array import ndarray
from .creation import *  # noqa: F403
from .creation import __all__ as _creation
from .functions import *  # noqa: F403
from .functions import __all__ as _functions
from .manipulation import *  # noqa: F403
from .manipulation import __all__ as _manipulation
from .methods import attach as _attach

_attach(ndarray)

bool = bool_

from . import random  # noqa: E402 - draws arrays, so it comes after them

__all__ = [
    "bool", "bool_", "dtype", "e", "euler_gamma", "finfo", "float16", "float32", "float64", "iinfo", "inf",
    "int8", "int32", "int64", "linalg", "nan", "ndarray", "newaxis", "pi", "random", "set_printoptions",
    "uint8",
]  # fmt: skip
__all__.extend(_creation)
__all__.extend(_functions)
__all__.extend(_manipulation)
