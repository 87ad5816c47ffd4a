"""Operators of the table as methods of Symbol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..base import dtype_name
from ..ops import OPERATORS
from .call import compose, symbol_function
from .symbol import Symbol

__all__ = ["METHODS", "attach", "split_v2"]

#: the operators that are methods under their own name
METHODS = (
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "argmax", "argmax_channel", "argmin",
    "argsort", "broadcast_axes", "broadcast_like", "broadcast_to", "cbrt", "ceil", "clip", "cos", "cosh", "degrees",
    "depth_to_space", "diag", "exp", "expm1", "fix", "flip", "floor", "log", "log10", "log1p",
    "log2", "log_softmax", "max", "mean", "min", "nanprod", "nansum", "norm", "one_hot", "ones_like", "pad", "pick",
    "prod", "radians", "rcbrt", "reciprocal", "relu", "repeat", "reshape", "reshape_like", "rint", "round", "rsqrt",
    "shape_array", "sigmoid", "sign", "sin", "sinh", "size_array", "slice", "slice_axis", "slice_like", "softmax",
    "softmin", "sort", "space_to_depth", "split", "sqrt", "square", "sum", "swapaxes", "take", "tan", "tanh", "tile",
    "topk", "transpose", "trunc", "zeros_like",
)  # fmt: skip


def astype(self: Symbol, dtype: Any) -> Symbol:
    """Converted to another dtype."""
    return compose(OPERATORS["Cast"], "Cast", "cast", (self,), {"dtype": dtype_name(dtype)})


def squeeze(self: Symbol, axis: int | Sequence[int] | None = None, inplace: bool = False) -> Symbol:
    """Without axes of length one; `inplace` changes nothing for a symbol."""
    return compose(OPERATORS["squeeze"], "squeeze", "squeeze", (self,), {"axis": axis})


def expand_dims(self: Symbol, axis: int, inplace: bool = False) -> Symbol:
    """With one more axis, of length one, before `axis`; `inplace` changes nothing for a symbol."""
    return compose(OPERATORS["expand_dims"], "expand_dims", "expand_dims", (self,), {"axis": axis})


def flatten(self: Symbol, inplace: bool = False) -> Symbol:
    """Two axes: the first, and all others in one; `inplace` changes nothing for a symbol."""
    return compose(OPERATORS["Flatten"], "Flatten", "flatten", (self,), {})


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
    return compose(OPERATORS["_split_v2"], "_split_v2", "_split_v2", (ary,), attributes)


def attach(cls: type[Symbol]) -> None:
    """Give a symbol class its operators."""
    for name in METHODS:
        setattr(cls, name, symbol_function(OPERATORS[name], name, name))
    for method in (astype, squeeze, expand_dims, flatten, split_v2):
        setattr(cls, method.__name__, method)
