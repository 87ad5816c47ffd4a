"""NumPy's operators that move elements about: reshaping, joining, splitting, flipping, selecting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch

from ...base import MXNetError
from .. import host
from ..array.joining import joined, joined_back, split_v2, stacked_back
from ..dtype_rules import Kinds, always, follows
from ..math.reduce import axes_within, axis_within, without_axes
from ..memory import number
from ..registry import Axis, Pairs, Scalar, Shape, operator, rule
from ..shape_rules import UNKNOWN, Partials, alike, left_over, merged, moved, moved_back, product, with_axis


@operator("_np_copy")
def copy(a: torch.Tensor) -> torch.Tensor:
    """A copy."""
    return a.clone()


@operator("_np_reshape", view=True)
def reshape(a: torch.Tensor, *, newshape: Shape, order: str = "C") -> torch.Tensor:
    """The elements in another shape; one length may be -1, which is what is left over."""
    if order not in ("C", "F"):
        raise MXNetError(f"np.reshape: order={order!r}; expected 'C' or 'F'")
    if any(length < -1 for length in newshape):
        raise MXNetError(f"np.reshape: newshape={newshape}; expected lengths and at most one -1")
    try:
        if order == "F":  # the first axis runs fastest: the reverse of every axis does in row order
            reverse = tuple(range(a.dim()))[::-1]
            return a.permute(reverse).reshape(newshape[::-1]).permute(tuple(range(len(newshape)))[::-1])
        return a.reshape(newshape)
    except RuntimeError:
        raise MXNetError(f"np.reshape: an array of shape {tuple(a.shape)} does not fit newshape={newshape}") from None


@operator("_np_transpose", view=True)
def transpose(a: torch.Tensor, *, axes: Shape | None = None) -> torch.Tensor:
    """The axes in another order, reversed by default."""
    if not a.dim():
        return a
    if not axes:
        return a.permute(*range(a.dim() - 1, -1, -1)).contiguous()
    if sorted(axis % max(a.dim(), 1) for axis in axes) != list(range(a.dim())):
        raise MXNetError(f"np.transpose: axes={axes}; expected each of the {a.dim()} axes once")
    return a.permute(axes).contiguous()


@operator("_np_squeeze", view=True)
def squeeze(a: torch.Tensor, *, axis: Axis = None) -> torch.Tensor:
    """Without the axes of length 1, or without the given ones of them."""
    if axis is None:
        return a.squeeze()
    if without_axes(a, axis):
        return a
    axes = axes_within("np.squeeze", axis, a.dim())
    for each in axes:
        if a.shape[each] != 1:
            raise ValueError(f"np.squeeze: axis {each} has length {a.shape[each]}; expected 1")
    return a.squeeze(axes)


@operator("_np_moveaxis", view=True)
def moveaxis(a: torch.Tensor, *, source: Shape, destination: Shape) -> torch.Tensor:
    """Some axes moved to other places, the rest in their order."""
    if len(source) != len(destination):
        raise MXNetError(f"np.moveaxis: source={source} and destination={destination}; expected as many of each")
    axes_within("np.moveaxis", source, a.dim(), "source")
    axes_within("np.moveaxis", destination, a.dim(), "destination")
    return a.movedim(source, destination).contiguous()


@operator("_npi_concatenate", outputs=("out",))
def concatenate(*data: torch.Tensor, axis: int | None = 0) -> torch.Tensor:
    """Arrays joined along an axis; with None, flattened first."""
    if axis is None:
        return torch.cat([array.reshape(-1) for array in data])
    return torch.cat(data, axis_within("np.concatenate", axis, data[0].dim()))


@operator("_npi_stack")
def stack(*data: torch.Tensor, axis: int = 0) -> torch.Tensor:
    """Arrays of as many elements, in the first's shape, joined along a new axis."""
    for position, array in enumerate(data):
        if array.numel() != data[0].numel():
            raise MXNetError(
                f"np.stack: array {position} has shape {tuple(array.shape)}; expected {tuple(data[0].shape)} as array 0"
            )
    return torch.stack([each.reshape(data[0].shape) for each in data], axis_within("np.stack", axis, data[0].dim() + 1))


@operator("_npi_vstack")
def vstack(*data: torch.Tensor) -> torch.Tensor:
    """Arrays joined row by row."""
    return torch.vstack(data)


@operator("_npi_hstack", outputs=("out",))
def hstack(*data: torch.Tensor, dim: int = 1) -> torch.Tensor:
    """Arrays joined column by column."""
    return torch.hstack(data)


@operator("_npi_dstack", outputs=("out",))
def dstack(*data: torch.Tensor, dim: int = 1) -> torch.Tensor:
    """Arrays joined along the third axis."""
    return torch.dstack(data)


@operator("_npi_column_stack")
def column_stack(*data: torch.Tensor) -> torch.Tensor:
    """One-dimensional arrays as the columns of a matrix."""
    return torch.column_stack(data)


def _parts(attributes: Mapping[str, Any]) -> int:
    return attributes["sections"] or len(attributes["indices"]) + 1


@operator("_npi_split", num_outputs=_parts)
def split(data: torch.Tensor, *, indices: Shape = (), axis: int = 0, sections: int = 0) -> tuple[torch.Tensor, ...]:
    """Equal sections of an array along an axis, or the pieces between positions."""
    axis = axis_within("np.split", axis, data.dim())
    pieces = torch.tensor_split(data, sections if sections else list(indices), axis)
    return tuple(piece.clone() for piece in pieces)


def _parts_of_positions(attributes: Mapping[str, Any]) -> int:
    return attributes["sections"] or len(attributes["indices"])


def _declare_split(name: str, axis_of: Callable[[int], int], what: str) -> None:
    @operator(name, num_outputs=_parts_of_positions)
    def split_along(
        data: torch.Tensor, *, indices: Shape, axis: int = 1, squeeze_axis: bool = False, sections: int = 0
    ) -> tuple[torch.Tensor, ...]:
        return split_v2(data, indices=indices, axis=axis_of(data.dim()), squeeze_axis=squeeze_axis, sections=sections)

    split_along.__doc__ = f"Parts of an array {what}; ``axis`` means nothing, and the first of ``indices`` is 0."
    rule("inputs", name)("parts by bounds, the last of which is open")


_declare_split("_npi_hsplit", lambda rank: 1 if rank > 1 else 0, "column by column")
_declare_split("_npi_dsplit", lambda rank: 2, "along the third axis")


@operator("_npi_flip")
def flip(data: torch.Tensor, *, axis: Shape | None) -> torch.Tensor:
    """The order of the elements reversed along axes, along all with None."""
    return data.flip(tuple(range(data.dim())) if axis is None else axes_within("np.flip", axis, data.dim()))


@operator("_np_roll")
def roll(data: torch.Tensor, *, shift: Shape | None = None, axis: Axis = None) -> torch.Tensor:
    """The elements shifted along axes, what leaves at one end entering at the other."""
    if not shift:
        raise MXNetError(f"np.roll: shift={shift}; expected by how many places to shift")
    if axis is None:
        return data.roll(shift[0])
    axes = axes_within("np.roll", axis, data.dim())
    return data.roll(shift * len(axes) if len(shift) == 1 else shift, axes)


@operator("_npi_rot90")
def rot90(data: torch.Tensor, *, k: int = 1, axes: Shape | None = None) -> torch.Tensor:
    """An array turned by 90 degrees k times in the plane of two axes, the first two by default."""
    return torch.rot90(data, k, axes or (0, 1))


@operator("_npi_broadcast_to", view=True)
def broadcast_to(array: torch.Tensor, *, shape: Shape = ()) -> torch.Tensor:
    """An array repeated along new axes and those of length 1 until it has the shape."""
    try:
        return array.broadcast_to(shape).contiguous()
    except RuntimeError:
        raise MXNetError(f"np.broadcast_to: shape {tuple(array.shape)} does not broadcast to {shape}") from None


def _as_matrix(data: torch.Tensor) -> torch.Tensor:
    return data.expand(data.shape[0], -1) if data.dim() == 1 else data


@operator("_npi_tril")
def tril(data: torch.Tensor, *, k: int = 0) -> torch.Tensor:
    """A matrix with zeros above the k-th diagonal; one axis stands for the row of a square matrix."""
    return _as_matrix(data).tril(k)


@operator("_npi_triu")
def triu(data: torch.Tensor, *, k: int = 0) -> torch.Tensor:
    """A matrix with zeros below the k-th diagonal; one axis stands for the row of a square matrix."""
    return _as_matrix(data).triu(k)


@operator("_np_diag")
def diag(data: torch.Tensor, *, k: int = 0) -> torch.Tensor:
    """The k-th diagonal of a matrix, or a matrix with an array on its k-th diagonal."""
    return data.diag(k).clone()


@operator("_np_diagonal")
def diagonal(data: torch.Tensor, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> torch.Tensor:
    """A diagonal of the matrices in two axes."""
    return data.diagonal(offset, axis1, axis2).clone()


@operator("_np_diagflat")
def diagflat(data: torch.Tensor, *, k: int = 0) -> torch.Tensor:
    """A matrix with the flattened array on its k-th diagonal."""
    return data.reshape(-1).diag(k)


@operator("_np_trace")
def trace(data: torch.Tensor, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> torch.Tensor:
    """The sum of a diagonal of the matrices in two axes."""
    return data.diagonal(offset, axis1, axis2).sum(-1, dtype=data.dtype)


@operator("_npi_diff")
def diff(a: torch.Tensor, *, n: int = 1, axis: int = -1) -> torch.Tensor:
    """The n-th differences of neighbours along an axis."""
    return a.diff(n, axis_within("np.diff", axis, a.dim()))


@operator(
    "_npi_unique",
    num_outputs=lambda a: 1 + a["return_index"] + a["return_inverse"] + a["return_counts"],
    host=host.ELEMENTS,
)
def unique(
    data: torch.Tensor,
    *,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> tuple[torch.Tensor, ...]:
    """The different elements (or slices along an axis) in order, where they first stand, who is which, how often."""
    values, inverse, counts = torch.unique(data, sorted=True, return_inverse=True, return_counts=True, dim=axis)
    results = [values]
    if return_index:
        flat = inverse.reshape(-1)
        places = torch.arange(flat.numel(), device=flat.device)
        first = torch.full((counts.numel(),), flat.numel(), dtype=torch.int64, device=flat.device)
        results.append(first.scatter_reduce(0, flat, places, "amin"))
    if return_inverse:
        results.append(inverse.reshape(-1) if axis is None else inverse)
    if return_counts:
        results.append(counts)
    return tuple(results)


@operator("_npi_pad")
def pad(
    data: torch.Tensor,
    *,
    pad_width: Pairs,
    mode: Literal["constant", "edge", "maximum", "minimum", "reflect", "symmetric"] = "constant",
    constant_value: Scalar = 0.0,
    reflect_type: str = "even",
) -> torch.Tensor:
    """An array with more elements around it; ``pad_width`` holds the counts before and after each axis in turn."""
    pairs = list(zip(pad_width[::2], pad_width[1::2]))
    if len(pairs) != data.dim() or any(count < 0 for count in pad_width):
        raise MXNetError(f"np.pad: pad_width={pad_width}; expected two counts for each of {data.dim()} axes")
    if mode == "constant":
        flat = [count for pair in reversed(pairs) for count in pair]
        return torch.nn.functional.pad(data, flat, value=constant_value)
    for axis, (before, after) in enumerate(pairs):
        if not before and not after:
            continue
        length = data.shape[axis]
        if mode in ("maximum", "minimum"):
            edge = (torch.amax if mode == "maximum" else torch.amin)(data, axis, keepdim=True)
            parts = [edge.repeat_interleave(before, axis), data, edge.repeat_interleave(after, axis)]
            data = torch.cat(parts, axis)
            continue
        places = torch.arange(-before, length + after, device=data.device)
        if mode == "edge":
            places = places.clamp(0, length - 1)
        elif mode == "symmetric":
            places = places.remainder(2 * length)
            places = torch.where(places >= length, 2 * length - 1 - places, places)
        elif length > 1:
            places = places.remainder(2 * length - 2)
            places = torch.where(places >= length, 2 * length - 2 - places, places)
        else:
            places = torch.zeros_like(places)
        data = data.index_select(axis, places)
    return data


@operator("_npi_boolean_mask", host=host.ELEMENTS, unlearned=("index",))
def boolean_mask(data: torch.Tensor, index: torch.Tensor, *, axis: int = 0) -> torch.Tensor:
    """The slices along an axis where the mask holds."""
    return data.index_select(axis, index.bool().nonzero().reshape(-1))


@operator("_npi_bincount", host=host.ELEMENTS)
def bincount(
    data: torch.Tensor, weights: torch.Tensor | None = None, *, minlength: int = 0, has_weights: bool = False
) -> torch.Tensor:
    """How often each of 0, 1, … stands in an array of integers, or the sum of its weights.

    ``has_weights`` stands in saved graphs; whether weights are given tells as much.
    """
    if data.is_floating_point():
        raise MXNetError("np.bincount: data is of floats; expected integers")
    counts = torch.bincount(data, weights, minlength)
    return counts.to(data.dtype) if weights is None else counts.to(weights.dtype)


@operator("_npx_reshape", "_npi_reshape", view=True)
def reshape_by_codes(a: torch.Tensor, *, newshape: Shape, reverse: bool = False, order: str = "C") -> torch.Tensor:
    """The elements in another shape, whose lengths may be codes.

    -1 stands for what is left over, -2 keeps the length of an axis, -3 leaves out an axis of length 1, -4 keeps all
    axes left, -5 joins two axes, and -6 splits one into the two lengths that follow. With ``reverse`` the
    codes are matched from the last axis.
    """
    if order != "C":
        raise MXNetError(f"npx.reshape: order={order!r} is not supported; expected 'C'")
    target = _decoded(tuple(a.shape), newshape, reverse)
    try:
        return a.reshape(target)
    except RuntimeError:
        raise MXNetError(f"npx.reshape: an array of shape {tuple(a.shape)} does not fit newshape={newshape}") from None


def _decoded(shape: tuple[int, ...], newshape: tuple[int, ...], reverse: bool) -> list[int]:
    """The lengths that codes stand for; at most one is left as -1."""
    codes = list(newshape)
    if reverse:
        shape, codes = shape[::-1], _mirrored(codes)
    target: list[int] = []
    axis = place = 0

    def refuse(why: str) -> MXNetError:
        return MXNetError(f"npx.reshape: newshape={newshape} for an array of shape {shape}: {why}")

    while place < len(codes):
        code = codes[place]
        place += 1
        needed = {-2: 1, -3: 1, -5: 2, -6: 1}.get(code, 0)
        if needed and axis + needed > len(shape):
            raise refuse(f"no axis is left for {code}")
        if code == -2:
            target.append(shape[axis])
        elif code == -3 and shape[axis] != 1:
            raise refuse(f"-3 stands for an axis of length 1, not {shape[axis]}")
        elif code == -4:
            target += shape[axis:]
            axis = len(shape)
        elif code == -5:
            target.append(shape[axis] * shape[axis + 1])
        elif code == -6:
            if place + 2 > len(codes):
                raise refuse("-6 is followed by two lengths")
            target += _split_length(shape[axis], codes[place], codes[place + 1])
            place += 2
        elif code < -6:
            raise refuse(f"{code} is no code")
        elif code >= -1:
            target.append(code)
            needed = 1
        axis += needed
    return target[::-1] if reverse else target


def _split_length(length: int, first: int, second: int) -> list[int]:
    if first == -1 and second > 0:
        first = length // second
    elif second == -1 and first > 0:
        second = length // first
    if first * second != length or first < 0:
        raise MXNetError(f"npx.reshape: an axis of length {length} does not split into {first} and {second}")
    return [first, second]


def _mirrored(codes: list[int]) -> list[int]:
    """The codes from last to first, with each -6 before its two lengths again."""
    mirrored: list[int] = []
    place = 0
    while place < len(codes):
        if codes[place] == -6 and place + 2 < len(codes):
            mirrored[:0] = [-6, codes[place + 2], codes[place + 1]]
            place += 3
        else:
            mirrored.insert(0, codes[place])
            place += 1
    return mirrored


@operator("_npx_nonzero", "_npi_nonzero", host=host.ELEMENTS)
def nonzero(x: torch.Tensor) -> torch.Tensor:
    """The indices of the elements other than zero as rows; int64."""
    return x.nonzero()


@operator("_npx_constraint_check", host=host.CHECKS)
def constraint_check(input: torch.Tensor, *, msg: str = "Constraint violated.") -> torch.Tensor:
    """True where all elements hold.

    Raises
    ------
    MXNetError
        one does not; ``msg`` is the error's text
    """
    if not number(input.all()):
        raise MXNetError(msg)
    return torch.ones((), dtype=torch.bool, device=input.device)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "_np_copy", "_npi_flip", "_np_roll", "_npi_tril", "_npi_triu")(alike)
rule("inputs", "_npx_constraint_check")("one truth tells nothing of how many there were")
rule("dtype", "_npx_constraint_check")(always(torch.bool))


@rule("outputs", "_npx_constraint_check")
def _one_truth(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return ((),)


rule("inputs", "_npx_reshape")("its codes take axes away, put some in and join others")
rule("inputs", "_np_diag", "_np_diagonal", "_np_diagflat", "_np_trace")("matrices of several shapes have one diagonal")
rule("inputs", "_npi_unique", "_npi_boolean_mask", "_npi_bincount", "_npx_nonzero")(host.ELEMENTS)
rule("outputs", "_npi_unique", "_npi_boolean_mask", "_npi_bincount", "_npx_nonzero")(host.ELEMENTS)
rule("inputs", "_npi_split")("parts by bounds, the last of which is open")
rule("inputs", "_np_squeeze")("any number of axes of length 1 may be gone")


def _turned(rank: int, attributes: Mapping[str, Any]) -> Sequence[int]:
    return attributes["axes"] or range(rank)[::-1]


rule("outputs", "_np_transpose")(moved(_turned))
rule("inputs", "_np_transpose")(moved_back(_turned))
rule("inputs", "_np_moveaxis")("its axes are moved one by one")


@rule("inputs", "_npi_rot90")
def _before_turning(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out, axes = outputs[0], attributes["axes"]
    if out is None or axes is None or len(axes) != 2:
        return (None,)
    if attributes["k"] % 2 == 0:
        return (out,)
    return (with_axis(with_axis(out, axes[0], out[axes[1]]), axes[1], out[axes[0]]),)


@rule("outputs", "_npi_concatenate")
def _concatenated(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (joined(inputs, attributes["axis"]),)


@rule("inputs", "_npi_concatenate")
def _before_concatenating(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return joined_back(inputs, outputs[0], attributes["axis"])


rule("inputs", "_npi_stack")(stacked_back)
rule("inputs", "_npi_broadcast_to")("an axis of length 1, or no axis, may have become any length")


@rule("inputs", "_npi_diff")
def _before_differing(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out, axis = outputs[0], attributes["axis"]
    if out is None or not -len(out) <= axis < len(out) or out[axis] < 1:
        return (None,)
    return (with_axis(out, axis, out[axis] + attributes["n"]),)


rule("inputs", "_npi_pad")("its widths may be one pair for all axes")


rule("dtype", "_npx_nonzero")(always(torch.int64))
rule("dtype", "_npi_boolean_mask")(follows(0))


@rule("dtype", "_npi_bincount")
def _counts_or_sums(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    """Counts are of the numbers' dtype, sums of weights of the weights'."""
    return (), (inputs[1] or (None if attributes["has_weights"] else inputs[0]),)


@rule("outputs", "_np_reshape")
def _reshaped(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    shape, target = inputs[0], attributes["newshape"]
    return (left_over(target, UNKNOWN if shape is None else product(shape)),)


@rule("inputs", "_np_reshape")
def _before_reshaping(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    shape, out = inputs[0], merged((outputs[0], _reshaped(inputs, attributes)[0]))
    return (None if shape is None or out is None else left_over(shape, product(out)),)


def _stacked_along(rank: int, axis: int, kind: str) -> tuple[Any, Any]:
    """The rules for parts that get axes up to `rank` before they are put together along `axis`.

    A part of fewer axes counts as a row for ``vstack`` and as a column for ``column_stack``.
    """

    def filled(shape: Shape | None) -> Shape | None:
        if shape is None or len(shape) >= rank:
            return shape
        if kind == "column":
            return (*shape, 1)
        shape = shape if shape or kind == "plain" else (1,)
        shape = (1, *shape) if len(shape) < min(rank, 2) else shape
        return (*shape, *(1,) * (rank - len(shape)))

    def at(shapes: Partials) -> int:
        return axis if all(shape is None or len(shape) > axis for shape in shapes) else 0

    def forward(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        shapes = [filled(shape) for shape in inputs]
        return (joined(shapes, at(shapes)),)

    def back(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
        shapes = [filled(shape) for shape in inputs]
        told = joined_back(shapes, outputs[0], at(shapes))
        known = [(old is None and kind == "plain") or (old is not None and len(old) >= rank) for old in inputs]
        return [new if fits else None for fits, new in zip(known, told)]

    return back, forward


for _name, _rules in (
    ("_npi_hstack", _stacked_along(1, 1, "plain")),
    ("_npi_vstack", _stacked_along(2, 0, "row")),
    ("_npi_column_stack", _stacked_along(2, 1, "column")),
    ("_npi_dstack", _stacked_along(3, 2, "row")),
):
    rule("inputs", _name)(_rules[0])
    rule("outputs", _name)(_rules[1])
