"""Parts of an array by bounds along its axes, and arrays with such a part replaced. Every result is a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...base import MXNetError
from ..dtype_rules import follows
from ..math.reduce import axis_within
from ..memory import copied
from ..registry import Bounds, Scalar, Shape, operator, rule
from ..shape_rules import UNKNOWN, Partials, alike, as_first_input, axes_of, length_or, merged, with_axis

__all__ = ["bounds_of", "slice_", "slice_assign", "slice_assign_scalar", "slice_axis", "slice_like"]


def _window(name: str, data: torch.Tensor, begin: Bounds, end: Bounds, step: Bounds) -> tuple[torch.Tensor, list[int]]:
    """A view of the part within bounds, and the axes along which it runs backwards (torch has no negative steps)."""
    rank = data.dim()
    if len(begin) != len(end) or len(begin) > rank or (step and len(step) != len(begin)):
        raise MXNetError(
            f"{name}: begin={begin}, end={end}, step={step} for {rank} axes; expected equal lengths up to {rank}"
        )
    key, backwards = [], []
    for axis, bounds in enumerate(zip(begin, end, step or (None,) * len(begin))):
        if bounds[2] == 0:
            raise MXNetError(f"{name}: step={step}; expected no 0")
        start, stop, stride = slice(*bounds).indices(data.shape[axis])
        if stride < 0:
            positions = range(start, stop, stride)
            start, stop, stride = (positions[-1], positions[0] + 1, -stride) if positions else (0, 0, 1)
            backwards.append(axis)
        key.append(slice(start, max(start, stop), stride))
    return data[tuple(key)], backwards


def bounds_of(name: str, shape: Shape, begin: Bounds, end: Bounds) -> list[tuple[int, int]]:
    """Where a window without steps begins and ends, along as many axes as there are bounds."""
    if len(begin) != len(end) or len(begin) > len(shape):
        raise MXNetError(f"{name}: begin={begin}, end={end} for {len(shape)} axes; expected equal lengths up to that")
    found = [slice(*pair).indices(length)[:2] for pair, length in zip(zip(begin, end), shape)]
    return [(start, max(start, stop)) for start, stop in found]


@operator("slice", "_sparse_slice", "crop", "_npi_slice", "_npx_slice", method=True)
def slice_(data: torch.Tensor, *, begin: Bounds, end: Bounds, step: Bounds = ()) -> torch.Tensor:
    """The part of an array within bounds, as ``data[b0:e0:s0, b1:e1:s1]`` takes it.

    Parameters
    ----------
    data : NDArray
        of any shape
    begin, end : tuple of int or None
        the bounds along the first axes; negative ones count from the end, None takes all
    step : tuple of int or None
        the distances; negative ones run backwards, 1 by default

    Raises
    ------
    MXNetError
        the tuples differ in length or have more items than the array axes, or a step is 0

    Examples
    --------
    >>> x = mx.nd.arange(6).reshape((2, 3))
    >>> print(mx.nd.slice(x, begin=(0, None), end=(1, None), step=(1, -1)).asnumpy())
    [[2. 1. 0.]]
    """
    part, backwards = _window("slice", data, begin, end, step)
    return torch.flip(part, backwards) if backwards else copied(part)


@operator("_slice_assign", "_crop_assign", "_npi_slice_assign", same_dtype=True)
def slice_assign(
    lhs: torch.Tensor, rhs: torch.Tensor, *, begin: Bounds, end: Bounds, step: Bounds = ()
) -> torch.Tensor:
    """A copy of ``lhs`` with ``rhs`` in the place of the part within bounds.

    Parameters
    ----------
    lhs : NDArray
        of any shape
    rhs : NDArray
        of the shape of the part
    begin, end, step : tuple of int or None
        the bounds, as for ``slice``

    Raises
    ------
    MXNetError
        ``rhs`` has another shape than the part
    """
    result = lhs.clone()
    part, backwards = _window("_slice_assign", result, begin, end, step)
    if part.shape != rhs.shape:
        raise MXNetError(f"_slice_assign: rhs has shape {tuple(rhs.shape)}; expected {tuple(part.shape)}")
    part.copy_(torch.flip(rhs, backwards) if backwards else rhs)
    return result


@operator("_slice_assign_scalar", "_crop_assign_scalar", "_npi_slice_assign_scalar")
def slice_assign_scalar(
    data: torch.Tensor, *, scalar: Scalar = 0.0, begin: Bounds, end: Bounds, step: Bounds = ()
) -> torch.Tensor:
    """A copy of ``data`` with one number in the part within bounds; the bounds are as for ``slice``."""
    result = data.clone()
    part, _ = _window("_slice_assign_scalar", result, begin, end, step)
    part.copy_(torch.full((), scalar, dtype=torch.float64, device=data.device).to(data.dtype))
    return result


@operator("slice_axis", method=True)
def slice_axis(data: torch.Tensor, *, axis: int, begin: int, end: int | None) -> torch.Tensor:
    """The part of an array within bounds along one axis.

    Parameters
    ----------
    data : NDArray
        of any shape
    axis : int
        the axis
    begin : int
        where the part starts, counted from the end where negative
    end : int or None
        where it ends; with the axis where None

    Raises
    ------
    MXNetError
        the part is empty or beyond the axis

    Examples
    --------
    >>> print(mx.nd.slice_axis(mx.nd.arange(6).reshape((2, 3)), axis=1, begin=-2, end=None).asnumpy())
    [[1. 2.]
     [4. 5.]]
    """
    axis = axis_within("slice_axis", axis, data.dim())
    length = data.shape[axis]
    first = begin + length if begin < 0 else begin
    last = length if end is None else end + length if end < 0 else end
    if not 0 <= first < last <= length:
        raise MXNetError(
            f"slice_axis: begin={begin}, end={end} for axis {axis} of length {length}; expected a part of it"
        )
    return copied(data.narrow(axis, first, last - first))


@operator("slice_like", method=True, unlearned=("shape_like",))
def slice_like(data: torch.Tensor, shape_like: torch.Tensor, *, axes: Shape = ()) -> torch.Tensor:
    """The leading part of an array that has the lengths of another.

    Parameters
    ----------
    data : NDArray
        of any shape
    shape_like : NDArray
        tells the lengths
    axes : tuple of int
        the axes to cut; all where empty, and both arrays have as many axes then

    Raises
    ------
    MXNetError
        ``shape_like`` is longer along an axis, or has no such axis

    Examples
    --------
    >>> mx.nd.slice_like(mx.nd.zeros((3, 4)), mx.nd.zeros((2, 2)), axes=(0,)).shape
    (2, 4)
    """
    if not axes and data.dim() != shape_like.dim():
        raise MXNetError(
            f"slice_like: data has {data.dim()} axes and shape_like {shape_like.dim()}; expected as many, or axes"
        )
    part = data
    for item in axes or range(data.dim()):
        axis = axis_within("slice_like", item, data.dim(), "axes")
        other = axis_within("slice_like", item, shape_like.dim(), "axes")
        wanted = shape_like.shape[other]
        if wanted > data.shape[axis]:
            raise MXNetError(
                f"slice_like: shape_like {tuple(shape_like.shape)} exceeds data {tuple(data.shape)} along axis {item}"
            )
        part = part.narrow(axis, 0, wanted)
    return copied(part)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("outputs", "_slice_assign")(as_first_input)
rule("inputs", "_slice_assign_scalar")(alike)


def _within(begin: int | None, end: int | None, step: int | None, length: int) -> int:
    """How long a part of an axis is: all of one that is not known, or not known."""
    if length == UNKNOWN:
        return UNKNOWN
    return len(range(*slice(begin, end, step).indices(length)))


@rule("outputs", "slice")
def _sliced(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data = inputs[0]
    if data is None:
        return (None,)
    bounds = list(zip(attributes["begin"], attributes["end"], attributes["step"] or (None,) * len(data)))
    return (tuple(_within(*bounds[axis], n) if axis < len(bounds) else n for axis, n in enumerate(data)),)


@rule("inputs", "_slice_assign")
def _whole_and_part(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    whole = merged((outputs[0], inputs[0]))
    return whole, *_sliced((whole,), attributes)


@rule("inputs", "slice")
def _before_slicing(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    if out is None:
        return (None,)
    steps = attributes["step"] or (None,) * len(out)
    whole = [
        begin is None and end is None and step in (None, 1, -1)
        for begin, end, step in zip(attributes["begin"], attributes["end"], steps)
    ]
    return (tuple(n if axis >= len(whole) or whole[axis] else UNKNOWN for axis, n in enumerate(out)),)


@rule("outputs", "slice_axis")
def _sliced_along(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, axis = inputs[0], attributes["axis"]
    if data is None or not -len(data) <= axis < len(data):
        return (None,)
    return (with_axis(data, axis, _within(attributes["begin"], attributes["end"], None, data[axis])),)


@rule("inputs", "slice_axis")
def _before_slicing_along(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    if out is None:
        return (None,)
    whole = attributes["begin"] == 0 and attributes["end"] is None
    return (out if whole else with_axis(out, attributes["axis"], UNKNOWN),)


@rule("outputs", "slice_like")
def _sliced_like(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, like = inputs
    axes = attributes["axes"]
    if data is None:
        return (None if axes else like,)
    cut = set(axes_of(axes or None, len(data)))
    return (tuple(length_or(like, axis) if axis in cut else length for axis, length in enumerate(data)),)


@rule("inputs", "slice_like")
def _before_slicing_like(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out, axes = outputs[0], attributes["axes"]
    if out is None:
        return (None, None)
    if not axes:
        return (UNKNOWN,) * len(out), out
    cut, like = set(axes_of(axes, len(out))), inputs[1]
    for axis in axes:
        like = like if like is None or axis < 0 else with_axis(like, axis, out[axis] if axis < len(out) else UNKNOWN)
    return tuple(UNKNOWN if axis in cut else length for axis, length in enumerate(out)), like


rule("dtype", "slice_like")(follows(0))
