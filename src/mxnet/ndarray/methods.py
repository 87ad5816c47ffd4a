"""Operators of the table as methods of NDArray."""

from __future__ import annotations

from typing import Any

import torch

from ..autograd import state
from ..base import MXNetError
from ..ops import OPERATORS
from .functions import split_v2
from .invoke import array_function, invoke
from .ndarray import NDArray

__all__ = ["METHODS", "attach"]

#: the operators that are methods under their own name
METHODS = (
    "abs", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctanh", "argmax", "argmax_channel", "argmin",
    "argsort", "broadcast_axes", "broadcast_like", "broadcast_to", "cbrt", "ceil", "clip", "cos", "cosh",
    "degrees", "depth_to_space", "diag", "exp", "expand_dims", "expm1", "fix", "flatten", "flip", "floor",
    "log", "log10", "log1p", "log2", "log_softmax", "max", "mean", "min", "nanprod", "nansum", "norm",
    "one_hot", "ones_like", "pad", "pick", "prod", "radians", "rcbrt", "reciprocal", "relu", "repeat",
    "reshape_like", "rint", "round", "rsqrt", "shape_array", "sigmoid", "sign", "sin", "sinh", "size_array",
    "slice", "slice_axis", "slice_like", "softmax", "softmin", "sort", "space_to_depth", "split", "sqrt",
    "square", "squeeze", "sum", "swapaxes", "take", "tan", "tanh", "tile", "topk", "transpose", "trunc",
    "zeros_like",
)  # fmt: skip


def reshape(self: NDArray, *shape: Any, **kwargs: Any) -> NDArray:
    """The same memory in another shape.

    Parameters
    ----------
    *shape : int or tuple of int
        the new lengths. 0 keeps the length of that axis, -1 is what is left over, -2 keeps all axes that are left, -3
        merges two axes, and -4 splits one into the two lengths that follow
    reverse : bool
        match the codes from the right

    Raises
    ------
    MXNetError
        the elements do not fit
    """
    reverse = kwargs.pop("reverse", False)
    if "shape" in kwargs:
        shape = kwargs.pop("shape")
    elif len(shape) == 1 and not isinstance(shape[0], int):
        shape = shape[0]
    if kwargs:
        raise TypeError(f"reshape() takes shape and reverse, got {sorted(kwargs)}")
    target = (
        (int(shape),) if not isinstance(shape, (tuple, list, torch.Size)) else tuple(int(length) for length in shape)
    )
    if not target:
        raise AssertionError("reshape: expected at least one length, got none")
    tensor = self._t
    if reverse or any(length <= 0 for length in target):
        probe = torch.empty(tensor.shape, device="meta")
        target = tuple(OPERATORS["Reshape"].function(probe, shape=target, reverse=reverse).shape)
    if not tensor.is_contiguous():
        tensor = self._t = tensor.contiguous()
    try:
        result = tensor.view(target)
    except RuntimeError:
        raise MXNetError(
            f"reshape: an array of shape {self.shape} has {self.size} elements; expected those of {target}"
        ) from None
    if result.requires_grad and not state.recording:
        result = result.detach()
    return self._wrap(result, self._ctx)


def transpose(self: NDArray, *axes: Any, **kwargs: Any) -> NDArray:
    """A copy with the axes in another order, reversed by default."""
    if "axes" in kwargs:
        axes = kwargs.pop("axes")
    elif len(axes) == 1 and not isinstance(axes[0], int):
        axes = axes[0]
    if kwargs:
        raise TypeError(f"transpose() takes axes, got {sorted(kwargs)}")
    return invoke(OPERATORS["transpose"], (self,), {"axes": tuple(axes)} if axes else {})


def slice_assign(self: NDArray, rhs: NDArray, begin: Any, end: Any, step: Any = None) -> NDArray:
    """A copy with the elements of ``rhs`` in a slice."""
    attributes = {"begin": begin, "end": end, **({} if step is None else {"step": step})}
    return invoke(OPERATORS["_slice_assign"], (self, rhs), attributes)


def slice_assign_scalar(self: NDArray, value: float, begin: Any, end: Any, step: Any = None) -> NDArray:
    """A copy with one number in a slice."""
    attributes = {"begin": begin, "end": end, "scalar": value, **({} if step is None else {"step": step})}
    return invoke(OPERATORS["_slice_assign_scalar"], (self,), attributes)


def attach(cls: type[NDArray]) -> None:
    """Give an array class its operators."""
    for name in METHODS:
        if name in OPERATORS:
            setattr(cls, name, array_function(OPERATORS[name], name))
    cls.reshape = reshape  # type: ignore[attr-defined]
    cls.transpose = transpose  # type: ignore[attr-defined]
    cls.split_v2 = split_v2  # type: ignore[attr-defined]
    cls.slice_assign = slice_assign  # type: ignore[attr-defined]
    cls.slice_assign_scalar = slice_assign_scalar  # type: ignore[attr-defined]
