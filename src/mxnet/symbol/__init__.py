"""Graphs that are described first and computed later: ``mx.sym``.

The functions for operators are made from the table (:mod:`mxnet.ops`); what stands in a file here is what the table
does not hold: the graph, its file format, inference, variables and arithmetic.
"""

import importlib as _importlib
from typing import Any as _Any

from .. import _absent
from . import arithmetic as _arithmetic
from . import methods as _methods
from .symbol import Symbol

_arithmetic.attach(Symbol)
_methods.attach(Symbol)

from . import _internal, contrib, image, linalg, op, random, sparse  # noqa: E402
from .functions import *  # noqa: E402, F403
from .functions import __all__ as _functions  # noqa: E402
from .namespaces import populate as _populate  # noqa: E402

__all__ = ["Symbol", "_internal", "contrib", "image", "linalg", "op", "random", "sparse"]
__all__.extend(_functions)
__all__.extend(_populate(globals(), ""))


def __getattr__(name: str) -> _Any:
    """The modules for NumPy's semantics are loaded when asked for; :mod:`mxnet._absent` answers for the rest."""
    if name in ("numpy", "numpy_extension"):
        return _importlib.import_module(f"{__name__}.{name}")
    return _absent.answer(__name__, name, 2)
