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

from . import _internal, linalg
from .array import ndarray
from .creation import *  # noqa: F403
from .creation import __all__ as _creation
from .editing import *  # noqa: F403
from .editing import __all__ as _editing
from .elementwise import *  # noqa: F403
from .elementwise import __all__ as _elementwise
from .fallback import *  # noqa: F403
from .fallback import __all__ as _fallback
from .io import genfromtxt
from .manipulation import *  # noqa: F403
from .manipulation import __all__ as _manipulation
from .methods import attach as _attach
from .reductions import *  # noqa: F403
from .reductions import __all__ as _reductions
from .selection import *  # noqa: F403
from .selection import __all__ as _selection

_attach(ndarray)
ndarray.__module__ = __name__  # where MXNet has it, and its pickles look for it

bool = bool_
NAN = NaN = nan
PINF, NINF = inf, -inf
PZERO, NZERO = 0.0, -0.0

from . import random  # noqa: E402 - draws arrays, so it comes after them

__all__ = [
    "NAN", "NINF", "NZERO", "NaN", "PINF", "PZERO", "_internal", "bool", "bool_", "dtype", "e", "euler_gamma", "finfo",
    "float16", "float32", "float64", "genfromtxt", "iinfo", "inf", "int8", "int32", "int64", "linalg", "nan", "ndarray",
    "newaxis", "pi", "random", "set_printoptions", "uint8",
]  # fmt: skip
for _names in (_creation, _editing, _elementwise, _fallback, _manipulation, _reductions, _selection):
    __all__.extend(_names)
