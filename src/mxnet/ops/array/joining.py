"""Several arrays in one and one in several: concat, stack, split. Every result is a copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch

from ...base import MXNetError
from ..math.reduce import axis_within
from ..memory import copied
from ..registry import Shape, operator, rule
from ..shape_rules import UNKNOWN, Partials, merged, with_axis, with_new_axis, without_axis

__all__ = ["concat", "split", "split_v2", "stack"]


def _checked(name: str, data: tuple[torch.Tensor, ...]) -> None:
    if not data:
        raise MXNetError(f"{name}: no array; expected at least one")
    for position, array in enumerate(data):
        if array.dtype is not data[0].dtype:
            raise MXNetError(f"{name}: array {position} is {array.dtype}; expected {data[0].dtype} as array 0")


def _joined(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    dim, first = attributes["dim"], shapes[0]
    if not -len(first) <= dim < len(first):
        return None
    axis = dim % len(first)
    if any((*each[:axis], *each[axis + 1 :]) != (*first[:axis], *first[axis + 1 :]) for each in shapes):
        return None
    return (*first[:axis], sum(each[axis] for each in shapes), *first[axis + 1 :])


@operator(
    "Concat",
    "_sparse_concat",
    "concat",
    "_rnn_param_concat",
    "_npi_rnn_param_concat",
    shape=_joined,
    kept_names=("_rnn_param_concat",),
    role="joining",
)
def concat(*data: torch.Tensor, dim: int = 1) -> torch.Tensor:
    """Arrays one after the other along an axis they have.

    Parameters
    ----------
    *data : NDArray
        at least one, of one dtype, with the same lengths but along ``dim``
    dim : int
        the axis, counted from the end where negative

    Raises
    ------
    MXNetError
        other lengths, ranks or dtypes differ, or there is no such axis

    Examples
    --------
    >>> print(mx.nd.concat(mx.nd.array([[1], [2]]), mx.nd.array([[3, 4], [5, 6]]), dim=1).asnumpy())
    [[1. 3. 4.]
     [2. 5. 6.]]
    """
    _checked("Concat", data)
    axis = axis_within("Concat", dim, data[0].dim(), "dim")
    others = [(*array.shape[:axis], *array.shape[axis + 1 :]) for array in data]
    for position, other in enumerate(others):
        if other != others[0] or data[position].dim() != data[0].dim():
            raise MXNetError(
                f"Concat: array {position} has shape {tuple(data[position].shape)}; expected that of array 0, "
                f"{tuple(data[0].shape)}, but for axis {axis}"
            )
    return torch.cat(data, axis)


@operator("stack")
def stack(*data: torch.Tensor, axis: int = 0) -> torch.Tensor:
    """Arrays side by side along a new axis.

    Parameters
    ----------
    *data : NDArray
        at least one, of one dtype and of as many elements; the shape is the first's
    axis : int
        where the new axis stands in the result, counted from the end where negative

    Raises
    ------
    MXNetError
        numbers of elements or dtypes differ, or ``axis`` is out of range

    Examples
    --------
    >>> print(mx.nd.stack(mx.nd.array([1, 2]), mx.nd.array([3, 4]), axis=1).asnumpy())
    [[1. 3.]
     [2. 4.]]
    """
    _checked("stack", data)
    for position, array in enumerate(data):
        if array.numel() != data[0].numel():
            raise MXNetError(
                f"stack: array {position} has shape {tuple(array.shape)}; expected {tuple(data[0].shape)} as array 0"
            )
    alike = [array.reshape(data[0].shape) for array in data]
    return torch.stack(alike, axis_within("stack", axis, data[0].dim() + 1))


def _parts(parts: tuple[torch.Tensor, ...], axis: int, squeeze_axis: bool) -> tuple[torch.Tensor, ...]:
    """Copies of parts; a part without axes gets one of length 1."""
    if not squeeze_axis:
        return tuple(copied(part) for part in parts)
    squeezed = [copied(part.squeeze(axis)) for part in parts]
    return tuple(part if part.dim() else part.reshape(1) for part in squeezed)


def _split_count(attributes: Mapping[str, Any]) -> int:
    return attributes["num_outputs"]


def _numbered(attributes: Mapping[str, Any]) -> tuple[str, ...] | None:
    """A single part is numbered as several are."""
    return ("output0",) if attributes["num_outputs"] == 1 else None


@operator("SliceChannel", "split", num_outputs=_split_count, outputs=_numbered, method="split")
def split(
    data: torch.Tensor, *, num_outputs: int, axis: int = 1, squeeze_axis: bool = False
) -> tuple[torch.Tensor, ...]:
    """An array cut along an axis into parts of equal length.

    Parameters
    ----------
    data : NDArray
        of any shape
    num_outputs : int
        the number of parts; the length of the axis is a multiple of it
    axis : int
        the axis to cut along
    squeeze_axis : bool
        take that axis away from the parts; ``num_outputs`` is its length then

    Returns
    -------
    list of NDArray, or NDArray
        the parts, or the one part

    Raises
    ------
    MXNetError
        the axis cannot be cut so

    Examples
    --------
    >>> [part.shape for part in mx.nd.split(mx.nd.zeros((2, 6)), num_outputs=3)]
    [(2, 2), (2, 2), (2, 2)]
    """
    axis = axis_within("SliceChannel", axis, data.dim())
    length = data.shape[axis]
    if num_outputs < 1 or length % num_outputs:
        raise MXNetError(
            f"SliceChannel: num_outputs={num_outputs} does not divide axis {axis} of {tuple(data.shape)} evenly"
        )
    if squeeze_axis and length != num_outputs:
        raise MXNetError(
            f"SliceChannel: num_outputs={num_outputs} with squeeze_axis=True; expected {length}, the axis's length"
        )
    return _parts(torch.split(data, length // num_outputs, axis), axis, squeeze_axis)


def _split_v2_count(attributes: Mapping[str, Any]) -> int:
    return attributes["sections"] or len(attributes["indices"])


@operator("_split_v2", num_outputs=_split_v2_count)
def split_v2(
    data: torch.Tensor, *, indices: Shape, axis: int = 1, squeeze_axis: bool = False, sections: int = 0
) -> tuple[torch.Tensor, ...]:
    """An array cut along an axis at positions, or into equal parts.

    Parameters
    ----------
    data : NDArray
        of any shape
    indices : tuple of int
        where each part starts, the first at 0; not used with ``sections``
    axis : int
        the axis to cut along
    squeeze_axis : bool
        take that axis away from the parts, each of length 1
    sections : int
        the number of equal parts

    Raises
    ------
    MXNetError
        the axis cannot be cut so

    Examples
    --------
    >>> [part.shape for part in mx.nd.split_v2(mx.nd.zeros((6, 2)), (1, 3))]
    [(1, 2), (2, 2), (3, 2)]
    """
    axis = axis_within("_split_v2", axis, data.dim())
    length = data.shape[axis]
    if sections > 0:
        if length % sections:
            raise MXNetError(
                f"_split_v2: sections={sections} does not divide axis {axis} of {tuple(data.shape)} evenly"
            )
        lengths = [length // sections] * sections
    else:
        bounds = (*indices, length)
        lengths = [end - start for start, end in pairwise(bounds)]
        if bounds[0] != 0 or min(lengths, default=-1) < 0:
            raise MXNetError(
                f"_split_v2: indices={indices}; expected positions from 0 up to {length} in order, 0 first"
            )
    if squeeze_axis and set(lengths) != {1}:
        raise MXNetError(f"_split_v2: parts of lengths {lengths} with squeeze_axis=True; expected lengths of 1")
    return _parts(torch.split(data, lengths, axis), axis, squeeze_axis)


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("outputs", "Concat")
def _concatenated(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (joined(inputs, attributes["dim"]),)


@rule("inputs", "Concat")
def _before_concatenating(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return joined_back(inputs, outputs[0], attributes["dim"])


def joined(inputs: Partials, axis: int) -> Shape | None:
    """The shape of arrays put together along an axis."""
    common = _beside(inputs, None, axis)
    if common is None:
        return None
    lengths = [UNKNOWN if shape is None else shape[axis] for shape in inputs]
    return with_axis(common, axis, UNKNOWN if UNKNOWN in lengths else sum(lengths))


def joined_back(inputs: Partials, out: Shape | None, axis: int) -> Partials:
    """The shapes of arrays that are put together along an axis: all other axes, and a last part that is left over."""
    common = _beside(inputs, out, axis)
    if common is None:
        return ()
    lengths = [UNKNOWN if shape is None else shape[axis] for shape in inputs]
    if out is not None and lengths.count(UNKNOWN) == 1 and out[axis] != UNKNOWN:
        left = out[axis] - sum(length for length in lengths if length != UNKNOWN)
        lengths[lengths.index(UNKNOWN)] = left if left >= 0 else UNKNOWN
    return [with_axis(common, axis, length) for length in lengths]


def _beside(inputs: Partials, out: Shape | None, axis: int) -> Shape | None:
    """What all have in common: every axis but one."""
    shapes = [shape for shape in (out, *inputs) if shape is not None]
    if any(len(shape) != len(shapes[0]) or not -len(shape) <= axis < len(shape) for shape in shapes):
        return None
    return merged(with_axis(shape, axis, UNKNOWN) for shape in shapes)


@rule("outputs", "stack")
def _stacked(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    common = merged(inputs)
    return (None if common is None else with_new_axis(common, attributes["axis"], len(inputs)),)


@rule("inputs", "stack")
def stacked_back(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    one = None if out is None or len(out) < 2 else without_axis(out, attributes["axis"])
    return (merged((*inputs, one)),) * len(inputs)


@rule("inputs", "SliceChannel")
def _before_splitting(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    part, axis, count = merged(outputs), attributes["axis"], attributes["num_outputs"]
    if part is None:
        return (None,)
    if attributes["squeeze_axis"]:
        return (None if _may_be_scalar(part) else with_new_axis(part, axis, count),)
    if not -len(part) <= axis < len(part):
        return (None,)
    return (with_axis(part, axis, part[axis] * count if part[axis] != UNKNOWN else UNKNOWN),)


@rule("inputs", "_split_v2")
def _before_splitting_by_bounds(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    axis, known = attributes["axis"], [part for part in outputs if part is not None]
    if not known or any(len(part) != len(known[0]) for part in known):
        return (None,)
    if attributes["squeeze_axis"]:
        part = merged(known)
        return (None if part is None or _may_be_scalar(part) else with_new_axis(part, axis, len(outputs)),)
    if not -len(known[0]) <= axis < len(known[0]):
        return (None,)
    lengths = [part[axis] for part in known]
    if attributes["sections"]:
        lengths = [max(lengths)] * len(outputs)
    total = UNKNOWN if UNKNOWN in lengths or len(lengths) < len(outputs) else sum(lengths)
    common = merged(with_axis(part, axis, UNKNOWN) for part in known)
    return (None if common is None else with_axis(common, axis, total),)


def _may_be_scalar(part: Shape) -> bool:
    """Whether a part without its axis may have had no axes left, which counts as one of length 1."""
    return len(part) == 1 and part[0] in (1, UNKNOWN)
