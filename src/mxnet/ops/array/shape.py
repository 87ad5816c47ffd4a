"""Other shapes and orders of axes for the same elements: reshape and its codes, transpose, axes of length 1.

Every result is a copy: MXNet's operators never share memory with their input. Only ``NDArray.reshape`` gives a view,
which takes its shape from :func:`infer_reshape`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import torch

from ...base import MXNetError
from .. import host
from ..dtype_rules import always, follows
from ..gradients import constant, piecewise_constant
from ..math.reduce import axes_within, axis_within
from ..memory import copied
from ..registry import Axis, Shape, operator, rule
from ..shape_rules import UNKNOWN, Partials, axes_of, blocks, left_over, moved, moved_back, product, without_axis

__all__ = [
    "depth_to_space", "expand_dims", "flatten", "infer_reshape", "reshape", "reshape_like", "shape_array",
    "size_array", "space_to_depth", "squeeze", "swapaxes", "transpose",
]  # fmt: skip


# --- reshape -------------------------------------------------------------------------------------------------------

KEEP, INFER, REST, MERGE, SPLIT = 0, -1, -2, -3, -4


def infer_reshape(
    shape: Sequence[int],
    target: Sequence[int],
    reverse: bool = False,
    name: str = "Reshape",
    emptied: bool = False,
) -> Shape:
    """The shape that a target with MXNet's codes stands for.

    Parameters
    ----------
    shape : sequence of int
        the array's shape
    target : sequence of int
        lengths, or codes: 0 keeps the length of this axis, -1 takes what is left of the elements, -2 keeps all further
        axes, -3 joins the next two axes, -4 splits the next axis into the two lengths that follow (one may be -1)
    reverse : bool
        read the codes from the last axis to the first
    name : str
        the operator, for the error
    emptied : bool
        whether -1 may be 0, where there are fewer elements than the other axes hold

    Raises
    ------
    MXNetError
        a code has no axis to work on, two lengths are to be inferred, or the number of elements differs

    Examples
    --------
    >>> from mxnet.ops.array.shape import infer_reshape
    >>> infer_reshape((2, 3, 4), (0, -1)), infer_reshape((2, 3, 4), (-3, 0)), infer_reshape((8, 3), (-4, 2, -1, -2))
    ((2, 12), (6, 4), (2, 4, 3))
    """
    if reverse:
        shape, target = shape[::-1], target[::-1]
    found = _decode(list(shape), list(target), name)
    count = prod(shape)
    if INFER in found:
        known = -prod(found)
        if not known or (count % known and not (emptied and count < known)):
            raise _impossible(name, shape, target, reverse)
        found[found.index(INFER)] = count // known
    if prod(found) not in (count, 0 if emptied else count):
        raise _impossible(name, shape, target, reverse)
    return tuple(found[::-1] if reverse else found)


def _impossible(name: str, shape: Sequence[int], target: Sequence[int], reverse: bool) -> MXNetError:
    if reverse:
        shape, target = shape[::-1], target[::-1]
    return MXNetError(
        f"{name}: shape={tuple(target)} cannot be had from {tuple(shape)}, which has {prod(shape)} elements"
        + (" (reverse=True)" if reverse else "")
    )


def _decode(shape: list[int], target: list[int], name: str) -> list[int]:
    """Replace all codes but -1 by lengths."""
    found: list[int] = []
    axis, place = 0, 0

    def next_length() -> int:
        nonlocal axis
        if axis >= len(shape):
            raise MXNetError(f"{name}: shape={tuple(target)} has more codes than {tuple(shape)} has axes")
        axis += 1
        return shape[axis - 1]

    while place < len(target):
        code = target[place]
        if code == KEEP:
            found.append(next_length())
        elif code == REST:
            found += shape[axis:]
            axis = len(shape)
        elif code == MERGE:
            found.append(next_length() * next_length())
        elif code == SPLIT:
            found += _split(next_length(), target[place + 1 : place + 3], name, target)
            place += 2
        elif code < SPLIT:
            raise MXNetError(f"{name}: shape={tuple(target)}; expected lengths and the codes 0 to -4, got {code}")
        else:
            found.append(code)
            axis += 1
        place += 1
    if found.count(INFER) > 1:
        raise MXNetError(f"{name}: shape={tuple(target)}; expected -1 at most once")
    return found


def _split(length: int, parts: list[int], name: str, target: list[int]) -> list[int]:
    if len(parts) < 2 or parts == [INFER, INFER]:
        raise MXNetError(f"{name}: shape={tuple(target)}; expected two lengths after -4, at most one of them -1")
    first, second = parts
    if first == INFER and second > 0:
        first = length // second
    elif second == INFER and first > 0:
        second = length // first
    if first < 0 or second < 0 or first * second != length:
        raise MXNetError(
            f"{name}: shape={tuple(target)}; -4 cannot split an axis of length {length} into {tuple(parts)}"
        )
    return [first, second]


@operator("Reshape", "reshape", method="reshape", role="reshaping")
def reshape(
    data: torch.Tensor,
    *,
    shape: Shape = (),
    reverse: bool = False,
    target_shape: Shape = (),
    keep_highest: bool = False,
) -> torch.Tensor:
    """The same elements in another shape.

    Parameters
    ----------
    data : NDArray
        of any shape
    shape : tuple of int
        the shape wanted: lengths, or codes. 0 keeps the length of this axis, -1 takes what is left of the elements, -2
        keeps all further axes, -3 joins the next two axes, -4 splits the next axis into the two lengths that follow
    reverse : bool
        read the codes from the last axis to the first
    target_shape : tuple of int
        the older way, used where ``shape`` is empty: lengths, one of which may be 0 for what is left
    keep_highest : bool
        with ``target_shape``: keep the length of the first axis

    Raises
    ------
    MXNetError
        the shape cannot be had from that of ``data``

    Examples
    --------
    >>> x = mx.nd.zeros((2, 3, 4))
    >>> mx.nd.reshape(x, shape=(0, -1)).shape, mx.nd.reshape(x, shape=(-3, -4, 2, -1)).shape
    ((2, 12), (6, 2, 2))
    """
    if shape:
        wanted = infer_reshape(data.shape, shape, reverse, emptied=True)
        return copied(data).view(wanted) if prod(wanted) == data.numel() else data.new_empty(wanted)
    if not target_shape:
        raise MXNetError("Reshape: shape is not given")
    if keep_highest:
        target_shape = (data.shape[0], *target_shape[1:])
    return copied(data).view(infer_reshape(data.shape, [length or INFER for length in target_shape]))


@operator("reshape_like", "_npx_reshape_like", method=True, unlearned=("rhs",))
def reshape_like(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    *,
    lhs_begin: int | None = None,
    lhs_end: int | None = None,
    rhs_begin: int | None = None,
    rhs_end: int | None = None,
) -> torch.Tensor:
    """The elements of ``lhs`` in the shape of ``rhs``, or with some axes replaced by some of ``rhs``.

    Parameters
    ----------
    lhs : NDArray
        the elements
    rhs : NDArray
        tells the shape
    lhs_begin, lhs_end : int, optional
        the axes of ``lhs`` that are replaced; all by default
    rhs_begin, rhs_end : int, optional
        the axes of ``rhs`` that come in their place; all by default

    Raises
    ------
    MXNetError
        the numbers of elements differ, or there are no such axes

    Examples
    --------
    >>> mx.nd.reshape_like(mx.nd.zeros((30, 7)), mx.nd.zeros((15, 2, 4)), lhs_end=1, rhs_end=2).shape
    (15, 2, 7)
    """
    first, last = _span("lhs", lhs, lhs_begin, lhs_end)
    rhs_first, rhs_last = _span("rhs", rhs, rhs_begin, rhs_end)
    shape = (*lhs.shape[:first], *rhs.shape[rhs_first:rhs_last], *lhs.shape[last:])
    if prod(shape) != lhs.numel():
        raise MXNetError(f"reshape_like: lhs {tuple(lhs.shape)} cannot be reshaped to {shape}")
    return copied(lhs).view(shape)


def _span(which: str, data: torch.Tensor, begin: int | None, end: int | None) -> tuple[int, int]:
    rank = data.dim()
    first = 0 if begin is None else begin + rank if begin < 0 else begin
    last = rank if end is None else end + rank if end < 0 else end
    if not 0 <= first <= last <= rank:
        raise MXNetError(f"reshape_like: {which}_begin={begin}, {which}_end={end} for an array of {rank} axes")
    return first, last


def _flat(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    (data,) = shapes
    return (data[0], prod(data[1:])) if len(data) > 1 else None


@operator("Flatten", "flatten", "_npx_batch_flatten", shape=_flat)
def flatten(data: torch.Tensor) -> torch.Tensor:
    """All axes after the first joined into one: (N, C, H, W) becomes (N, C * H * W).

    Examples
    --------
    >>> mx.nd.flatten(mx.nd.zeros((2, 3, 4, 5))).shape
    (2, 60)
    """
    return copied(data).view(data.shape[0], data.shape[1:].numel())


# --- axes ----------------------------------------------------------------------------------------------------------


@operator("transpose", method=True)
def transpose(data: torch.Tensor, *, axes: Shape = ()) -> torch.Tensor:
    """The axes in another order.

    Parameters
    ----------
    data : NDArray
        of any shape
    axes : tuple of int
        the axes in the order wanted, each once; reversed where empty

    Raises
    ------
    MXNetError
        ``axes`` is not an order of all axes

    Examples
    --------
    >>> mx.nd.transpose(mx.nd.zeros((2, 3, 4))).shape, mx.nd.transpose(mx.nd.zeros((2, 3, 4)), axes=(1, 0, 2)).shape
    ((4, 3, 2), (3, 2, 4))
    """
    rank = data.dim()
    if not axes:
        return copied(data.permute(tuple(range(rank))[::-1]))
    if sorted(axes) != list(range(rank)):
        raise MXNetError(f"transpose: axes={axes} for an array of {rank} axes; expected each of 0 to {rank - 1} once")
    return copied(data.permute(axes))


@operator("SwapAxis", "_npi_swapaxes", "swapaxes", method="swapaxes")
def swapaxes(data: torch.Tensor, *, dim1: int = 0, dim2: int = 0) -> torch.Tensor:
    """Two axes exchanged.

    Examples
    --------
    >>> mx.nd.swapaxes(mx.nd.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    rank = data.dim()
    first, second = axis_within("SwapAxis", dim1, rank, "dim1"), axis_within("SwapAxis", dim2, rank, "dim2")
    return copied(data.transpose(first, second))


@operator("expand_dims", "_npi_expand_dims")
def expand_dims(data: torch.Tensor, *, axis: int) -> torch.Tensor:
    """An axis of length 1 more.

    Parameters
    ----------
    data : NDArray
        of any shape
    axis : int
        where it stands in the result, counted from the end of the result where negative

    Examples
    --------
    >>> mx.nd.expand_dims(mx.nd.zeros((2, 3)), axis=1).shape, mx.nd.expand_dims(mx.nd.zeros((2, 3)), axis=-1).shape
    ((2, 1, 3), (2, 3, 1))
    """
    return copied(data).unsqueeze(axis_within("expand_dims", axis, data.dim() + 1))


@operator("squeeze")
def squeeze(data: torch.Tensor, *, axis: Axis = None) -> torch.Tensor:
    """Without axes of length 1.

    Parameters
    ----------
    data : NDArray
        of any shape
    axis : int or tuple of int, optional
        the axes to take away, each of length 1; all of that length where None

    Returns
    -------
    NDArray
        of shape ``(1,)`` where no axis is left

    Raises
    ------
    MXNetError
        an axis is longer, out of range or given twice

    Examples
    --------
    >>> mx.nd.squeeze(mx.nd.zeros((1, 2, 1))).shape, mx.nd.squeeze(mx.nd.zeros((1, 2, 1)), axis=0).shape
    ((2,), (2, 1))
    """
    if axis is None:
        shape = [length for length in data.shape if length != 1]
    else:
        axes = axes_within("squeeze", axis, data.dim())
        for item in axes:
            if data.shape[item] != 1:
                raise MXNetError(
                    f"squeeze: axis {item} of {tuple(data.shape)} has length {data.shape[item]}; expected 1"
                )
        shape = [length for item, length in enumerate(data.shape) if item not in axes]
    return copied(data).view(shape or (1,))


# --- space and depth -----------------------------------------------------------------------------------------------


def _checked_block(name: str, data: torch.Tensor, block_size: int) -> None:
    if data.dim() != 4:
        raise MXNetError(f"{name}: data has {data.dim()} axes; expected 4, (N, C, H, W)")
    if block_size < 1:
        raise MXNetError(f"{name}: block_size={block_size}; expected at least 1")


@operator("depth_to_space", method=True)
def depth_to_space(data: torch.Tensor, *, block_size: int) -> torch.Tensor:
    """Channels laid out as blocks of pixels: (N, C, H, W) becomes (N, C / b², H * b, W * b).

    Parameters
    ----------
    data : NDArray
        (N, C, H, W), C a multiple of b²
    block_size : int
        b, the side of a block

    Examples
    --------
    >>> print(mx.nd.depth_to_space(mx.nd.arange(4).reshape((1, 4, 1, 1)), block_size=2).asnumpy())
    [[[[0. 1.]
       [2. 3.]]]]
    """
    _checked_block("depth_to_space", data, block_size)
    n, c, h, w = data.shape
    b = block_size
    if c % (b * b):
        raise MXNetError(f"depth_to_space: {c} channels; expected a multiple of block_size² = {b * b}")
    blocks = data.reshape(n, b, b, c // (b * b), h, w).permute(0, 3, 4, 1, 5, 2)
    return copied(blocks).view(n, c // (b * b), h * b, w * b)


@operator("space_to_depth", method=True)
def space_to_depth(data: torch.Tensor, *, block_size: int) -> torch.Tensor:
    """Blocks of pixels laid out as channels: (N, C, H, W) becomes (N, C * b², H / b, W / b).

    Parameters
    ----------
    data : NDArray
        (N, C, H, W), H and W multiples of b
    block_size : int
        b, the side of a block

    Examples
    --------
    >>> mx.nd.space_to_depth(mx.nd.arange(4).reshape((1, 1, 2, 2)), block_size=2).shape
    (1, 4, 1, 1)
    """
    _checked_block("space_to_depth", data, block_size)
    n, c, h, w = data.shape
    b = block_size
    if h % b or w % b:
        raise MXNetError(f"space_to_depth: height {h} and width {w}; expected multiples of block_size = {b}")
    blocks = data.reshape(n, c, h // b, b, w // b, b).permute(0, 3, 5, 1, 2, 4)
    return copied(blocks).view(n, c * b * b, h // b, w // b)


# --- the shape itself ----------------------------------------------------------------------------------------------


@operator("shape_array", "_npx_shape_array", method=True, host=host.NUMBERS)
def shape_array(data: torch.Tensor) -> torch.Tensor:
    """The shape, as an int64 array.

    Examples
    --------
    >>> print(mx.nd.shape_array(mx.nd.zeros((2, 3))).asnumpy())
    [2 3]
    """
    return constant(torch.tensor(tuple(data.shape), dtype=torch.int64, device=data.device), data)


@operator("size_array", method=True)
def size_array(data: torch.Tensor) -> torch.Tensor:
    """The number of elements, as an int64 array of shape ``(1,)``.

    Examples
    --------
    >>> print(mx.nd.size_array(mx.nd.zeros((2, 3))).asnumpy())
    [6]
    """
    return constant(torch.full((1,), data.numel(), dtype=torch.int64, device=data.device), data)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "reshape_like")("as many elements may lie in any shape")
rule("inputs", "shape_array", "size_array")("the lengths are the output's elements")


def _flat_outputs(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data = inputs[0]
    return ((UNKNOWN, UNKNOWN) if data is None else (data[0], product(data[1:])),)


rule("outputs", "Flatten")(_flat_outputs)


@rule("inputs", "Flatten")
def _before_flattening(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, out = inputs[0], outputs[0]
    if data is None or out is None or len(out) != 2:
        return (None,)
    return ((out[0], *left_over(data[1:], out[1])),)


def _reversed_or_given(rank: int, attributes: Mapping[str, Any]) -> Sequence[int]:
    return attributes["axes"] or range(rank)[::-1]


rule("outputs", "transpose")(moved(_reversed_or_given))
rule("inputs", "transpose")(moved_back(_reversed_or_given))


def _swapped(rank: int, attributes: Mapping[str, Any]) -> Sequence[int] | None:
    first, second = axes_of((attributes["dim1"], attributes["dim2"]), rank)
    if not (0 <= first < rank and 0 <= second < rank):
        return None
    order = list(range(rank))
    order[first], order[second] = second, first
    return order


rule("outputs", "SwapAxis")(moved(_swapped))
rule("inputs", "SwapAxis")(moved_back(_swapped))


@rule("inputs", "expand_dims")
def _before_expanding(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if out is None else without_axis(out, attributes["axis"]) or None,)


@rule("outputs", "squeeze")
def _squeezed(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, axis = inputs[0], attributes["axis"]
    if data is None or (axis is None and UNKNOWN in data):  # how many are of length 1 is not known
        return (None,)
    axes = [each for each, length in enumerate(data) if length == 1] if axis is None else axes_of(axis, len(data))
    return (tuple(length for each, length in enumerate(data) if each not in axes) or (1,),)


@rule("inputs", "squeeze")
def _before_squeezing(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out, axis = outputs[0], attributes["axis"]
    if out is None or axis is None:
        return (None,)
    count = 1 if isinstance(axis, int) else len(axis)
    rank = len(out) + count
    if len(out) == 1 and out[0] in (1, UNKNOWN):  # what a scalar becomes, too
        return (None,)
    left, axes = iter(out), set(axes_of(axis, rank))
    if len(axes) != count or not axes <= set(range(rank)):
        return (None,)
    return (tuple(1 if each in axes else next(left) for each in range(rank)),)


@rule("inputs", "depth_to_space")
def _before_spreading(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    b = attributes["block_size"]
    return (blocks(outputs[0], b * b, 1, b),)


@rule("inputs", "space_to_depth")
def _before_gathering(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    b = attributes["block_size"]
    return (blocks(outputs[0], 1, b * b, b, up=True),)


rule("dtype", "shape_array", "size_array")(always(torch.int64))
rule("dtype", "reshape_like")(follows(0))
rule("head", "shape_array", "size_array")(piecewise_constant)
