"""Operators of the table as methods of Symbol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..base import dtype_name
from ..ops import OPERATORS
from ..ops.array import cast, joining, shape
from .call import composed, symbol_function
from .symbol import Symbol

__all__ = ["attach", "split_v2"]


def astype(self: Symbol, dtype: Any) -> Symbol:
    """Converted to another dtype."""
    return composed(cast.cast, (self,), {"dtype": dtype_name(dtype)})


def squeeze(self: Symbol, axis: int | Sequence[int] | None = None, inplace: bool = False) -> Symbol:
    """Without axes of length one; `inplace` changes nothing for a symbol."""
    return composed(shape.squeeze, (self,), {"axis": axis})


def expand_dims(self: Symbol, axis: int, inplace: bool = False) -> Symbol:
    """With one more axis, of length one, before `axis`; `inplace` changes nothing for a symbol."""
    return composed(shape.expand_dims, (self,), {"axis": axis})


def flatten(self: Symbol, inplace: bool = False) -> Symbol:
    """Two axes: the first, and all others in one; `inplace` changes nothing for a symbol."""
    return composed(shape.flatten, (self,), {})


def split_v2(
    ary: Symbol, indices_or_sections: int | Sequence[int], axis: int = 0, squeeze_axis: bool = False
) -> Symbol:
    """Split along an axis into equal parts, or before given positions.

    Parameters
    ----------
    ary : Symbol
        what to split
    indices_or_sections : int or tuple of int
        the number of equal parts, or the positions to split before
    axis : int
        the axis to split along
    squeeze_axis : bool
        drop that axis from the parts, each of length 1
    """
    if isinstance(indices_or_sections, int):
        indices, sections = [], indices_or_sections
    elif isinstance(indices_or_sections, (list, tuple)):
        indices, sections = [0, *indices_or_sections], 0
    else:
        raise ValueError(f"split_v2: indices_or_sections={indices_or_sections!r}; expected an int or a tuple of int")
    attributes = {"indices": indices, "axis": axis, "squeeze_axis": squeeze_axis, "sections": sections}
    return composed(joining.split_v2, (ary,), attributes)


def attach(cls: type[Symbol]) -> None:
    """Give a symbol class its operators."""
    for spec in dict.fromkeys(OPERATORS.values()):
        if spec.method is not None:
            setattr(cls, spec.method, symbol_function(spec, spec.method, spec.method))
    for method in (astype, squeeze, expand_dims, flatten, split_v2):
        setattr(cls, method.__name__, method)
