"""NumPy's own functions on ``mx.np`` arrays: which of them give ``mx.np`` arrays.

:class:`mxnet.numpy.ndarray` answers NumPy itself, always, so there is nothing to switch on.
"""

from __future__ import annotations

from typing import Any

import numpy as _np

from . import numpy as mx_np

__all__ = ["with_array_function_protocol", "with_array_ufunc_protocol"]


def with_array_function_protocol(func: Any) -> Any:
    """Nothing more than the function: NumPy's functions dispatch on ``mx.np`` arrays wherever they are called."""
    return func


def with_array_ufunc_protocol(func: Any) -> Any:
    """Nothing more than the function: NumPy's ufuncs dispatch on ``mx.np`` arrays wherever they are called."""
    return func


def _of_both(ufuncs: bool) -> list[str]:
    """The functions that NumPy and ``mx.np`` have by one name, those of ``linalg`` as ``linalg.name``."""
    found = []
    for prefix, theirs, ours in (("", _np, mx_np), ("linalg.", _np.linalg, mx_np.linalg)):
        for name in ours.__all__:
            function: Any = getattr(theirs, name, None)
            dispatches = isinstance(function, _np.ufunc) if ufuncs else hasattr(function, "_implementation")
            if dispatches:
                found.append(prefix + name)
    return sorted(set(found))


_NUMPY_ARRAY_FUNCTION_LIST = _of_both(ufuncs=False)
_NUMPY_ARRAY_UFUNC_LIST = _of_both(ufuncs=True)
