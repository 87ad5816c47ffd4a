"""Elements repeated, reversed and spread over axes, diagonals, and patches as columns. Every result is a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F

from ...base import MXNetError
from ..dtype_rules import follows
from ..math.reduce import axis_within
from ..memory import copied
from ..registry import Shape, operator, rule
from ..shape_rules import UNKNOWN, Partials, alike, axes_of, merged, with_axis

__all__ = [
    "broadcast_axis", "broadcast_like", "broadcast_to", "col2im", "diag", "im2col", "repeat", "reverse", "tile",
]  # fmt: skip


@operator("tile", "_npi_tile", method=True)
def tile(data: torch.Tensor, *, reps: Shape) -> torch.Tensor:
    """The whole array repeated along its axes.

    Parameters
    ----------
    data : NDArray
        of any shape
    reps : tuple of int
        how often along each axis, at least once; axes of length 1 are put in front of the shorter one

    Examples
    --------
    >>> print(mx.nd.tile(mx.nd.array([[1, 2]]), reps=(2, 2)).asnumpy())
    [[1. 2. 1. 2.]
     [1. 2. 1. 2.]]
    """
    if any(count < 1 for count in reps):
        raise MXNetError(f"tile: reps={reps}; expected numbers of at least 1")
    return data.repeat((1,) * (data.dim() - len(reps)) + reps)


@operator("repeat", "_np_repeat", method=True)
def repeat(data: torch.Tensor, *, repeats: int, axis: int | None = None) -> torch.Tensor:
    """Each element repeated along an axis.

    Parameters
    ----------
    data : NDArray
        of any shape
    repeats : int
        how often
    axis : int, optional
        the axis; in the flattened array where None

    Examples
    --------
    >>> print(mx.nd.repeat(mx.nd.array([[1, 2]]), repeats=2, axis=1).asnumpy())
    [[1. 1. 2. 2.]]
    """
    if repeats < 0:
        raise MXNetError(f"repeat: repeats={repeats}; expected 0 or more")
    if axis is None:
        return torch.repeat_interleave(data.reshape(-1), repeats, 0)
    return torch.repeat_interleave(data, repeats, axis_within("repeat", axis, data.dim()))


@operator("reverse", "flip", method="flip")
def reverse(data: torch.Tensor, *, axis: Shape) -> torch.Tensor:
    """The elements in reverse order along axes.

    Parameters
    ----------
    data : NDArray
        of any shape
    axis : int or tuple of int
        the axes

    Examples
    --------
    >>> print(mx.nd.flip(mx.nd.array([[1, 2], [3, 4]]), axis=1).asnumpy())
    [[2. 1.]
     [4. 3.]]
    """
    axes = [axis_within("reverse", item, data.dim()) for item in axis]
    return torch.flip(data, [item for item in set(axes) if axes.count(item) % 2])


# --- broadcasting to a shape ---------------------------------------------------------------------------------------


def _expanded(name: str, data: torch.Tensor, shape: Shape) -> torch.Tensor:
    """A copy of the array broadcast to a shape of as many axes."""
    if len(shape) != data.dim() or any(old not in (1, new) for old, new in zip(data.shape, shape)):
        raise MXNetError(
            f"{name}: {tuple(data.shape)} cannot be broadcast to {tuple(shape)}; only axes of length 1 can"
        )
    return copied(data.expand(shape))


@operator("broadcast_to", method=True)
def broadcast_to(data: torch.Tensor, *, shape: Shape = ()) -> torch.Tensor:
    """Axes of length 1 repeated up to a shape.

    Parameters
    ----------
    data : NDArray
        of any shape
    shape : tuple of int
        the shape wanted, of as many axes; 0 keeps the length

    Raises
    ------
    MXNetError
        an axis of another length than 1 would change

    Examples
    --------
    >>> print(mx.nd.broadcast_to(mx.nd.array([[1], [2]]), shape=(2, 3)).asnumpy())
    [[1. 1. 1.]
     [2. 2. 2.]]
    """
    if len(shape) == data.dim():
        shape = tuple(new or old for old, new in zip(data.shape, shape))
    return _expanded("broadcast_to", data, shape)


@operator("broadcast_like", method=True, unlearned=("rhs",))
def broadcast_like(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    *,
    lhs_axes: Shape | None = None,
    rhs_axes: Shape | None = None,
) -> torch.Tensor:
    """Axes of length 1 repeated up to the lengths of another array.

    Parameters
    ----------
    lhs : NDArray
        the elements
    rhs : NDArray
        tells the lengths
    lhs_axes, rhs_axes : tuple of int, optional
        the axes of ``lhs`` to repeat, and the axes of ``rhs`` that tell their lengths; all by default

    Raises
    ------
    MXNetError
        an axis of another length than 1 would change

    Examples
    --------
    >>> mx.nd.broadcast_like(mx.nd.zeros((1, 2)), mx.nd.zeros((5, 6, 7)), lhs_axes=(0,), rhs_axes=(-1,)).shape
    (7, 2)
    """
    if lhs_axes is None or rhs_axes is None:
        return _expanded("broadcast_like", lhs, tuple(rhs.shape))
    if len(lhs_axes) != len(rhs_axes):
        raise MXNetError(f"broadcast_like: lhs_axes={lhs_axes} and rhs_axes={rhs_axes}; expected as many")
    shape = list(lhs.shape)
    for left, right in zip(lhs_axes, rhs_axes):
        axis = axis_within("broadcast_like", left, lhs.dim(), "lhs_axes")
        shape[axis] = rhs.shape[axis_within("broadcast_like", right, rhs.dim(), "rhs_axes")]
    return _expanded("broadcast_like", lhs, tuple(shape))


@operator("broadcast_axis", "broadcast_axes", method="broadcast_axes")
def broadcast_axis(data: torch.Tensor, *, axis: Shape = (), size: Shape = ()) -> torch.Tensor:
    """Some axes of length 1 repeated.

    Parameters
    ----------
    data : NDArray
        of any shape
    axis : int or tuple of int
        the axes, each of length 1
    size : int or tuple of int
        their lengths in the result

    Examples
    --------
    >>> mx.nd.broadcast_axis(mx.nd.zeros((1, 2, 1)), axis=(0, 2), size=(3, 4)).shape
    (3, 2, 4)
    """
    if len(axis) != len(size):
        raise MXNetError(f"broadcast_axis: axis={axis} and size={size}; expected as many")
    shape = list(data.shape)
    for item, length in zip(axis, size):
        place = axis_within("broadcast_axis", item, data.dim())
        if shape[place] != 1:
            raise MXNetError(
                f"broadcast_axis: axis {item} of {tuple(data.shape)} has length {shape[place]}; expected 1"
            )
        shape[place] = length
    return _expanded("broadcast_axis", data, tuple(shape))


# --- diagonals -----------------------------------------------------------------------------------------------------


@operator("diag", method=True)
def diag(data: torch.Tensor, *, k: int = 0, axis1: int = 0, axis2: int = 1) -> torch.Tensor:
    """The diagonal of an array, or the matrix that has a vector as its diagonal.

    Parameters
    ----------
    data : NDArray
        a vector, or of two axes or more
    k : int
        which diagonal: above the main one where positive
    axis1, axis2 : int
        the axes that the diagonal runs through; the diagonal is the last axis of the result

    Examples
    --------
    >>> print(mx.nd.diag(mx.nd.array([[1, 2], [3, 4]])).asnumpy())
    [1. 4.]
    >>> print(mx.nd.diag(mx.nd.array([1, 2]), k=1).asnumpy())
    [[0. 1. 0.]
     [0. 0. 2.]
     [0. 0. 0.]]
    """
    if data.dim() == 1:
        return torch.diag_embed(data, k)
    first, second = axis_within("diag", axis1, data.dim(), "axis1"), axis_within("diag", axis2, data.dim(), "axis2")
    if first == second:
        raise MXNetError(f"diag: axis1={axis1} and axis2={axis2} are one axis; expected two")
    if data.dim() == 2 and not -data.shape[first] < k < data.shape[second]:
        raise MXNetError(f"diag: k={k} for {tuple(data.shape)}; expected a diagonal of axes {axis1} and {axis2}")
    return copied(torch.diagonal(data, k, first, second))


# --- patches as columns --------------------------------------------------------------------------------------------


def _pair(name: str, argument: str, value: Shape, default: int) -> Shape:
    value = value or (default, default)
    if len(value) != 2 or min(value) < default:
        raise MXNetError(f"{name}: {argument}={value}; expected two numbers of at least {default}")
    return value


@operator("im2col")
def im2col(
    data: torch.Tensor, *, kernel: Shape, stride: Shape = (), dilate: Shape = (), pad: Shape = ()
) -> torch.Tensor:
    """The patches that a convolution's kernel covers, each as a column: (N, C, H, W) to (N, C * kH * kW, patches).

    Parameters
    ----------
    data : NDArray
        (N, C, H, W)
    kernel, stride, dilate, pad : tuple of int
        the window, as for a convolution, two numbers each

    Raises
    ------
    MXNetError
        data has other than four axes, or the kernel is larger than the padded data

    Examples
    --------
    >>> mx.nd.im2col(mx.nd.zeros((1, 2, 3, 3)), kernel=(2, 2)).shape
    (1, 8, 4)
    """
    window, gaps = _pair("im2col", "kernel", kernel, 1), _pair("im2col", "dilate", dilate, 1)
    steps, border = _pair("im2col", "stride", stride, 1), _pair("im2col", "pad", pad, 0)
    if data.dim() != 4:
        raise MXNetError(f"im2col: data has {data.dim()} axes; expected 4, (N, C, H, W)")
    padded = tuple(length + 2 * extra for length, extra in zip(data.shape[2:], border))
    covered = tuple((length - 1) * gap + 1 for length, gap in zip(window, gaps))
    if covered[0] > padded[0] or covered[1] > padded[1]:
        raise MXNetError(f"im2col: kernel {covered} is larger than the padded input {padded}")
    return F.unfold(data, window, gaps, border, steps)


@operator("col2im")
def col2im(
    data: torch.Tensor,
    *,
    output_size: Shape,
    kernel: Shape,
    stride: Shape = (),
    dilate: Shape = (),
    pad: Shape = (),
) -> torch.Tensor:
    """Columns put back as the patches of an image and added up: the reverse of ``im2col``.

    Parameters
    ----------
    data : NDArray
        (N, C * kH * kW, patches)
    output_size : tuple of int
        height and width of the image
    kernel, stride, dilate, pad : tuple of int
        the window, as for a convolution, two numbers each

    Raises
    ------
    MXNetError
        the columns do not fit the image

    Examples
    --------
    >>> mx.nd.col2im(mx.nd.zeros((1, 8, 4)), output_size=(3, 3), kernel=(2, 2)).shape
    (1, 2, 3, 3)
    """
    size, window = _pair("col2im", "output_size", output_size, 1), _pair("col2im", "kernel", kernel, 1)
    gaps, steps = _pair("col2im", "dilate", dilate, 1), _pair("col2im", "stride", stride, 1)
    border = _pair("col2im", "pad", pad, 0)
    places = 1
    for length, side, gap, step, extra in zip(size, window, gaps, steps, border):
        places *= (length + 2 * extra - (side - 1) * gap - 1) // step + 1
    channels = window[0] * window[1]
    if data.dim() != 3 or data.shape[1] % channels or data.shape[2] != places:
        raise MXNetError(f"col2im: data {tuple(data.shape)}; expected (N, a multiple of {channels}, {places})")
    return F.fold(data, size, window, gaps, border, steps)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "reverse")(alike)
rule("inputs", "diag")("matrices of several shapes have one diagonal")
rule("inputs", "im2col", "col2im")("channels and window are one axis of the columns")


@rule("inputs", "tile")
def _before_tiling(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, out, reps = inputs[0], outputs[0], attributes["reps"]
    if out is None or (data is None and len(out) == len(reps)):  # it may have had fewer axes
        return (None,)
    rank = len(out) if data is None else len(data)
    counts = ((1,) * (len(out) - len(reps)) + tuple(reps))[-rank:]
    return (tuple(length // count if length % count == 0 else UNKNOWN for length, count in zip(out[-rank:], counts)),)


@rule("inputs", "repeat")
def _before_repeating(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out, axis, repeats = outputs[0], attributes["axis"], attributes["repeats"]
    if out is None or axis is None or not repeats or not -len(out) <= axis < len(out):
        return (None,)
    return (with_axis(out, axis, out[axis] // repeats if out[axis] > 0 else UNKNOWN),)


@rule("outputs", "broadcast_to")
def _broadcast(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, shape = inputs[0], attributes["shape"]
    lengths = (UNKNOWN,) * len(shape) if data is None else data
    return (tuple(new or old for old, new in zip(lengths, shape)),)


@rule("inputs", "broadcast_to")
def _before_broadcasting(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out, shape = outputs[0], attributes["shape"]
    if out is None or len(out) != len(shape):
        return ((UNKNOWN,) * len(shape),)
    return (tuple(UNKNOWN if new > 1 else old for old, new in zip(out, shape)),)


@rule("outputs", "broadcast_like")
def _broadcast_like(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    lhs, rhs = inputs
    if attributes["lhs_axes"] is None or attributes["rhs_axes"] is None:
        own = None if lhs is None else tuple(UNKNOWN if length == 1 else length for length in lhs)
        return (merged((rhs, own)),)
    if lhs is None or rhs is None:
        return (None,)
    for left, right in zip(attributes["lhs_axes"], attributes["rhs_axes"]):
        lhs = with_axis(lhs, left, rhs[right])
    return (lhs,)


@rule("inputs", "broadcast_like")
def _before_broadcasting_like(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    if attributes["lhs_axes"] is None or attributes["rhs_axes"] is None:
        return None, out
    if out is None:
        return (None,)
    cut = set(axes_of(attributes["lhs_axes"], len(out)))
    return (tuple(UNKNOWN if axis in cut else length for axis, length in enumerate(out)),)


@rule("inputs", "broadcast_axis")
def _before_spreading(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    if out is None:
        return (None,)
    spread = set(axes_of(attributes["axis"], len(out)))
    return (tuple(1 if axis in spread else length for axis, length in enumerate(out)),)


rule("dtype", "broadcast_like")(follows(0))
