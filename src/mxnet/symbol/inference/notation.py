"""How MXNet's interface and files say what is not known, and how it is kept here.

Here a shape is None or a tuple with -1 for lengths that are not known. At MXNet's interface the unknown shape is () and
the unknown length 0, or, with NumPy's semantics of shapes (:func:`mxnet.util.set_np_shape`), None and -1.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Sequence
from typing import Any

import torch

from ...base import DTYPES_BY_CODE, MXNetError, to_numpy_dtype
from ...ops.shape_rules import UNKNOWN, Partial, complete
from ...util import is_np_shape
from ..graph import Node

__all__ = ["as_numpy", "declared_dtype", "declared_shape", "is_complete", "shape_given", "shape_told"]


def is_complete(shape: Partial) -> bool:
    """Whether a shape is known with all its lengths."""
    return complete(shape)


def shape_given(lengths: Sequence[Any]) -> Partial:
    """A shape as MXNet's interface and attributes say it.

    Raises
    ------
    TypeError
        a length is no integer
    """
    shape = tuple(map(operator.index, lengths))
    if is_np_shape():
        return tuple(max(length, UNKNOWN) for length in shape)
    return tuple(length if length > 0 else UNKNOWN for length in shape) or None


def shape_told(shape: Partial) -> Partial:
    """A shape as MXNet's interface says it."""
    if is_np_shape():
        return shape
    return tuple(max(length, 0) for length in shape or ())


def declared_shape(node: Node) -> Partial:
    """The shape a variable was declared with."""
    text = node.attributes.get("__shape__")
    if text is None:
        return None
    try:
        shape = ast.literal_eval(text.replace("L", ""))
        return shape_given((shape,) if isinstance(shape, int) else shape)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise MXNetError(f"{node.name}: attribute __shape__ is {text[:80]!r}; expected a tuple of int") from None


def declared_dtype(node: Node) -> torch.dtype | None:
    """The dtype a variable was declared with."""
    code = node.attributes.get("__dtype__", "")
    return DTYPES_BY_CODE.get(int(code)) if code.lstrip("-").isdigit() else None


def as_numpy(dtype: torch.dtype | None) -> Any:
    """The NumPy type of a dtype, or None."""
    return None if dtype is None else to_numpy_dtype(dtype)
