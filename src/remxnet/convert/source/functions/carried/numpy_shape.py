"""Made by tools/carried.py from mxnet.ops.numpy.shape; edits are lost."""

from __future__ import annotations

import torch

from .math_reduce import axes_within


def _mirrored(codes: list[int]) -> list[int]:
    """The codes from last to first, with each -6 before its two lengths again."""
    mirrored = []
    place = 0
    while place < len(codes):
        if codes[place] == -6 and place + 2 < len(codes):
            mirrored[:0] = [-6, codes[place + 2], codes[place + 1]]
            place += 3
        else:
            mirrored.insert(0, codes[place])
            place += 1
    return mirrored


def _split_length(length: int, first: int, second: int) -> list[int]:
    if first == -1 and second > 0:
        first = length // second
    elif second == -1 and first > 0:
        second = length // first
    return [first, second]


def decoded(
    shape: tuple[int, ...], newshape: tuple[int, ...], reverse: bool
) -> list[int]:
    """The lengths that codes stand for; at most one is left as -1."""
    codes = list(newshape)
    if reverse:
        shape, codes = (shape[::-1], _mirrored(codes))
    target = []
    axis = place = 0

    def refuse(why: str) -> ValueError:
        return ValueError(
            f"npx.reshape: newshape={newshape} for an array of shape {shape}: {why}"
        )

    while place < len(codes):
        code = codes[place]
        place += 1
        needed = {-2: 1, -3: 1, -5: 2, -6: 1}.get(code, 0)
        if code == -2:
            target.append(shape[axis])
        elif code == -4:
            target += shape[axis:]
            axis = len(shape)
        elif code == -5:
            target.append(shape[axis] * shape[axis + 1])
        elif code == -6:
            target += _split_length(shape[axis], codes[place], codes[place + 1])
            place += 2
        elif code >= -1:
            target.append(code)
            needed = 1
        axis += needed
    return target[::-1] if reverse else target


def np_reshape(
    a: torch.Tensor, *, newshape: tuple[int, ...], order: str = "C"
) -> torch.Tensor:
    """The elements in another shape; one length may be -1, which is what is left over."""
    if order == "F":
        reverse = tuple(range(a.dim()))[::-1]
        return (
            a.permute(reverse)
            .reshape(newshape[::-1])
            .permute(tuple(range(len(newshape)))[::-1])
        )
    return a.reshape(newshape)


def npx_reshape(
    a: torch.Tensor,
    *,
    newshape: tuple[int, ...],
    reverse: bool = False,
    order: str = "C",
) -> torch.Tensor:
    """The elements in another shape, whose lengths may be codes."""
    target = decoded(tuple(a.shape), newshape, reverse)
    return a.reshape(target)


def moveaxis(
    a: torch.Tensor, *, source: tuple[int, ...], destination: tuple[int, ...]
) -> torch.Tensor:
    """Some axes moved to other places, the rest in their order."""
    axes_within("np.moveaxis", source, a.dim(), "source")
    axes_within("np.moveaxis", destination, a.dim(), "destination")
    return a.movedim(source, destination).contiguous()


def column_stack(*data: torch.Tensor) -> torch.Tensor:
    """One-dimensional arrays as the columns of a matrix."""
    return torch.column_stack(data)


def np_split(
    data: torch.Tensor,
    *,
    indices: tuple[int, ...] = (),
    axis: int = 0,
    sections: int = 0,
) -> tuple[torch.Tensor, ...]:
    """Equal sections of an array along an axis, or the pieces between positions."""
    axis = axis % data.dim()
    pieces = torch.tensor_split(data, sections if sections else list(indices), axis)
    return tuple(piece.clone() for piece in pieces)


def roll(
    data: torch.Tensor,
    *,
    shift: tuple[int, ...] | None = None,
    axis: int | tuple[int, ...] | None = None,
) -> torch.Tensor:
    """The elements shifted along axes, what leaves at one end entering at the other."""
    if axis is None:
        return data.roll(shift[0])
    axes = axes_within("np.roll", axis, data.dim())
    return data.roll(shift * len(axes) if len(shift) == 1 else shift, axes)


def rot90(
    data: torch.Tensor, *, k: int = 1, axes: tuple[int, ...] | None = None
) -> torch.Tensor:
    """An array turned by 90 degrees k times in the plane of two axes, the first two by
    default.
    """
    return torch.rot90(data, k, axes or (0, 1))


def np_broadcast_to(
    array: torch.Tensor, *, shape: tuple[int, ...] = ()
) -> torch.Tensor:
    """An array repeated along new axes and those of length 1 until it has the shape."""
    return array.broadcast_to(shape).contiguous()


def np_diag(data: torch.Tensor, *, k: int = 0) -> torch.Tensor:
    """The k-th diagonal of a matrix, or a matrix with an array on its k-th diagonal."""
    return data.diag(k).clone()


def np_diagonal(
    data: torch.Tensor, *, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> torch.Tensor:
    """A diagonal of the matrices in two axes."""
    return data.diagonal(offset, axis1, axis2).clone()


def diagflat(data: torch.Tensor, *, k: int = 0) -> torch.Tensor:
    """A matrix with the flattened array on its k-th diagonal."""
    return data.reshape(-1).diag(k)


def trace(
    data: torch.Tensor, *, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> torch.Tensor:
    """The sum of a diagonal of the matrices in two axes."""
    return data.diagonal(offset, axis1, axis2).sum(-1, dtype=data.dtype)


def diff(a: torch.Tensor, *, n: int = 1, axis: int = -1) -> torch.Tensor:
    """The n-th differences of neighbours along an axis."""
    return a.diff(n, axis % a.dim())


def np_pad(
    data: torch.Tensor,
    *,
    pad_width: tuple[int, ...],
    mode: str = "constant",
    constant_value: float = 0.0,
    reflect_type: str = "even",
) -> torch.Tensor:
    """An array with more elements around it; `pad_width` holds the counts before and
    after each axis in turn.
    """
    pairs = list(zip(pad_width[::2], pad_width[1::2]))
    if mode == "constant":
        flat = [count for pair in reversed(pairs) for count in pair]
        return torch.nn.functional.pad(data, flat, value=constant_value)
    for axis, (before, after) in enumerate(pairs):
        if not before and (not after):
            continue
        length = data.shape[axis]
        if mode in ("maximum", "minimum"):
            edge = (torch.amax if mode == "maximum" else torch.amin)(
                data, axis, keepdim=True
            )
            parts = [
                edge.repeat_interleave(before, axis),
                data,
                edge.repeat_interleave(after, axis),
            ]
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
