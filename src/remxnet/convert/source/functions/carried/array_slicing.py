"""Made by tools/carried.py from mxnet.ops.array.slicing; edits are lost."""

from __future__ import annotations

import torch

from .memory import copied


def _window(
    name: str,
    data: torch.Tensor,
    begin: tuple[int | None, ...],
    end: tuple[int | None, ...],
    step: tuple[int | None, ...],
) -> tuple[torch.Tensor, list[int]]:
    """A view of the part within bounds, and the axes along which it runs backwards
    (torch has no negative steps).
    """
    key, backwards = ([], [])
    for axis, bounds in enumerate(zip(begin, end, step or (None,) * len(begin))):
        start, stop, stride = slice(*bounds).indices(data.shape[axis])
        if stride < 0:
            positions = range(start, stop, stride)
            start, stop, stride = (
                (positions[-1], positions[0] + 1, -stride) if positions else (0, 0, 1)
            )
            backwards.append(axis)
        key.append(slice(start, max(start, stop), stride))
    return (data[tuple(key)], backwards)


def slice_assign(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    *,
    begin: tuple[int | None, ...],
    end: tuple[int | None, ...],
    step: tuple[int | None, ...] = (),
) -> torch.Tensor:
    """A copy of `lhs` with `rhs` in the place of the part within bounds."""
    result = lhs.clone()
    part, backwards = _window("_slice_assign", result, begin, end, step)
    part.copy_(torch.flip(rhs, backwards) if backwards else rhs)
    return result


def slice_assign_scalar(
    data: torch.Tensor,
    *,
    scalar: float = 0.0,
    begin: tuple[int | None, ...],
    end: tuple[int | None, ...],
    step: tuple[int | None, ...] = (),
) -> torch.Tensor:
    """A copy of `data` with one number in the part within bounds; the bounds are as for
    `slice`.
    """
    result = data.clone()
    part, _ = _window("_slice_assign_scalar", result, begin, end, step)
    part.copy_(
        torch.full((), scalar, dtype=torch.float64, device=data.device).to(data.dtype)
    )
    return result


def slice_like(
    data: torch.Tensor, shape_like: torch.Tensor, *, axes: tuple[int, ...] = ()
) -> torch.Tensor:
    """The leading part of an array that has the lengths of another."""
    part = data
    for item in axes or range(data.dim()):
        axis = item % data.dim()
        other = item % shape_like.dim()
        wanted = shape_like.shape[other]
        part = part.narrow(axis, 0, wanted)
    return copied(part)
