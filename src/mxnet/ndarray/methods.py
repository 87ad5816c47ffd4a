"""Operators of the table as methods of NDArray."""

from __future__ import annotations

import math
from typing import Any

import torch

from ..autograd import living, state
from ..base import MXNetError
from ..ops import OPERATORS
from ..ops.array.shape import infer_reshape
from .functions import split_v2
from .invoke import array_function, invoke
from .ndarray import NDArray, viewed
from .order import in_order

__all__ = ["attach"]


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
    ValueError
        the new shape has fewer elements
    MXNetError
        it has more, or its codes do not fit
    """
    reverse = kwargs.pop("reverse", False)
    if not shape and not kwargs:
        raise AssertionError("reshape: expected at least one length, got none")
    if "shape" in kwargs:
        shape = kwargs.pop("shape")
    elif len(shape) == 1 and not isinstance(shape[0], int):
        shape = shape[0]
    if kwargs:
        raise TypeError(f"reshape() takes shape and reverse, got {sorted(kwargs)}")
    target = (
        (int(shape),) if not isinstance(shape, (tuple, list, torch.Size)) else tuple(int(length) for length in shape)
    )
    tensor = living(self)
    if min(target, default=1) > 0 or (target.count(-1) == 1 and 0 not in target and min(target) == -1):
        count = math.prod(length for length in target if length > 0)
        left = tensor.numel() - count if -1 not in target else tensor.numel() % count
        if (not target and tensor.dim()) or left > 0:
            raise ValueError(
                f"reshape: an array of shape {self.shape} has {self.size} elements; {target} leaves some of them out"
            )
    if reverse or any(length <= 0 for length in target):
        target = infer_reshape(tensor.shape, target, reverse)
    if not tensor.is_contiguous():
        tensor = in_order(self)
    try:
        result = viewed(tensor, lambda each: each.view(target))
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


def squeeze(self: NDArray, axis: int | tuple[int, ...] | None = None, inplace: bool = False) -> NDArray:
    """Without axes of length one.

    Parameters
    ----------
    axis : int or tuple of int, optional
        the axes to leave out; all of length one by default
    inplace : bool
        share the memory instead of copying it

    Raises
    ------
    MXNetError or, in place, AssertionError
        no such axis, or one that is longer
    """
    if not inplace:
        return invoke(OPERATORS["squeeze"], (self,), {"axis": axis})
    given = () if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    for each in given:
        if not -self.ndim <= each < self.ndim:
            raise AssertionError(f"squeeze: axis {each} for an array of {self.ndim} axes")
        if self.shape[each] != 1:
            raise AssertionError(f"squeeze: axis {each} has length {self.shape[each]}; expected 1")
    left_out = {each % self.ndim for each in given} if given else {i for i, n in enumerate(self.shape) if n == 1}
    shape = tuple(length for i, length in enumerate(self.shape) if i not in left_out)
    return reshape(self, shape or (1,))


def expand_dims(self: NDArray, axis: int, inplace: bool = False) -> NDArray:
    """With one more axis, of length one, before ``axis``; ``inplace`` shares the memory instead of copying it."""
    if not inplace:
        return invoke(OPERATORS["expand_dims"], (self,), {"axis": axis})
    rank = self.ndim + 1
    if not -rank <= axis < rank:
        raise AssertionError(f"expand_dims: axis {axis} for a result of {rank} axes")
    place = axis % rank
    return reshape(self, (*self.shape[:place], 1, *self.shape[place:]))


def flatten(self: NDArray, inplace: bool = False) -> NDArray:
    """Two axes: the first, and all others in one; ``inplace`` shares the memory instead of copying it."""
    if not inplace:
        return invoke(OPERATORS["Flatten"], (self,), {})
    return reshape(self, (self.shape[0], -1))


def broadcast_like(self: NDArray, other: NDArray) -> NDArray:
    """Repeated along axes of length one to the shape of another array."""
    return broadcast_to(self, other.shape)


def broadcast_to(self: NDArray, shape: int | tuple[int, ...]) -> NDArray:
    """Repeated along axes of length one, and along new axes in front, to a shape.

    Raises
    ------
    ValueError
        an axis has neither length one nor the length asked for
    """
    target = (shape,) if isinstance(shape, int) else tuple(shape)
    before = len(target) - self.ndim
    lengths = zip(self.shape, target[before:])
    if before < 0 or any(have not in (1, wanted) for have, wanted in lengths):
        raise ValueError(f"broadcast_to: an array of shape {self.shape} does not broadcast to {target}")
    array = reshape(self, (1,) * before + self.shape) if before else self
    return invoke(OPERATORS["broadcast_to"], (array,), {"shape": target})


def slice_assign(self: NDArray, rhs: NDArray, begin: Any, end: Any, step: Any) -> NDArray:
    """Put the elements of ``rhs`` into a slice of this array, and return it."""
    attributes = {"begin": begin, "end": end, "step": step}
    return invoke(OPERATORS["_slice_assign"], (self, rhs), attributes, out=self)


def slice_assign_scalar(self: NDArray, value: float, begin: Any, end: Any, step: Any) -> NDArray:
    """Put one number into a slice of this array, and return it."""
    attributes = {"begin": begin, "end": end, "step": step, "scalar": value}
    return invoke(OPERATORS["_slice_assign_scalar"], (self,), attributes, out=self)


def tostype(self: NDArray, stype: str) -> NDArray:
    """The array in another storage type; itself where it has that already.

    Parameters
    ----------
    stype : str
        'default', 'csr' or 'row_sparse'

    Raises
    ------
    ValueError
        it is sparse in another way
    MXNetError
        there is no such storage type, or the array has too few or too many axes for it
    """
    own = self.stype
    if stype == own:
        return self
    if own != "default" and stype in ("csr", "row_sparse"):
        raise ValueError(f"tostype: from {own} to {stype} there is no way but by 'default'")
    return invoke(OPERATORS["cast_storage"], (self,), {"stype": stype})


#: methods with parameters of their own
_WRITTEN = (
    reshape, transpose, split_v2, squeeze, expand_dims, flatten, broadcast_like, broadcast_to, slice_assign,
    slice_assign_scalar, tostype,
)  # fmt: skip


def attach(cls: type[NDArray]) -> None:
    """Give an array class its operators."""
    for spec in dict.fromkeys(OPERATORS.values()):
        if spec.method is not None:
            setattr(cls, spec.method, array_function(spec, spec.method))
    for method in _WRITTEN:
        setattr(cls, method.__name__, method)
