"""Arrays of ``mx.np`` from text."""

from __future__ import annotations

from typing import Any

import numpy as onp

from ..context import Context
from .array import ndarray
from .creation import array

__all__ = ["genfromtxt"]


def genfromtxt(*args: Any, ctx: Context | None = None, **kwargs: Any) -> ndarray:
    """Numbers from text, a row for each line; see :func:`numpy.genfromtxt` for what it takes.

    Parameters
    ----------
    *args, **kwargs
        for NumPy's function: the file, its lines, or an object that gives them, first
    ctx : Context, optional
        where to put the array; the current context by default

    Examples
    --------
    >>> mx.np.genfromtxt(["1 2", "3 4"], dtype="float32")
    array([[1., 2.],
           [3., 4.]])
    """
    found = onp.genfromtxt(*args, **kwargs)
    if found.dtype.kind not in "biuf":
        raise KeyError(f"np.genfromtxt: the text gives elements of dtype {found.dtype}; expected numbers")
    return array(found, dtype=found.dtype, ctx=ctx)
