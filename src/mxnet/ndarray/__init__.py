"""Arrays in MXNet's first style: ``mx.nd``.

The functions for operators are made from the table (:mod:`mxnet.ops`); what stands in a file here is what the table
does not hold: the array, indexing, creation, and calls over several operators.
"""

from . import arithmetic as _arithmetic
from . import methods as _methods
from .ndarray import NDArray

_arithmetic.attach(NDArray)
_methods.attach(NDArray)

from . import _internal, contrib, image, linalg, op, random, sparse  # noqa: E402
from .creation import arange, array, empty, eye, from_dlpack, from_numpy, full, linspace, ones, zeros  # noqa: E402
from .functions import *  # noqa: E402, F403
from .functions import __all__ as _functions  # noqa: E402
from .namespaces import populate as _populate  # noqa: E402

__all__ = [
    "NDArray", "_internal", "arange", "array", "contrib", "empty", "eye", "from_dlpack", "from_numpy", "full", "image",
    "linalg", "linspace", "ones", "op", "random", "sparse", "zeros",
]  # fmt: skip
__all__.extend(_functions)
__all__.extend(_populate(globals(), ""))
