"""Made by tools/carried.py from mxnet.ops.numpy.editing; edits are lost."""

from __future__ import annotations

from typing import Any

import torch


def _along_of_editing(
    name: str, arr: torch.Tensor, axis: int | None
) -> tuple[torch.Tensor, int]:
    """The array and the axis that is meant: the array read row by row for None."""
    return (arr.reshape(-1), 0) if axis is None else (arr, axis % arr.dim())


def _within(name: str, position: int, length: int, last: int) -> int:
    """A position counted from the front."""
    return position + length if position < 0 else position


def _counted(name: str, obj: torch.Tensor, length: int, last: int) -> torch.Tensor:
    """Positions of an array counted from the front; those of the meta device are
    whatever they are.
    """
    positions = obj.reshape(-1).long()
    if positions.numel():
        for extreme in torch.aminmax(positions):
            _within(name, int(extreme), length, last)
    return torch.where(positions < 0, positions + length, positions)


def delete(
    arr: torch.Tensor,
    obj: torch.Tensor | None = None,
    *,
    start: int | None = None,
    stop: int | None = None,
    step: int | None = None,
    int_ind: int | None = None,
    axis: int | None = None,
) -> torch.Tensor:
    """An array without the slices along an axis at an integer, in a slice, or at the
    integers of an array.
    """
    if not arr.dim() and axis is not None:
        return arr.clone()
    arr, axis = _along_of_editing("np.delete", arr, axis)
    length = arr.shape[axis]
    if int_ind is not None:
        gone = _within("np.delete", int_ind, length, length - 1)
    elif step is not None:
        gone = list(range(*slice(start, stop, step).indices(length)))
    else:
        gone = _counted("np.delete", obj, length, length - 1).to(arr.device)
    left = torch.ones(length, dtype=torch.bool)
    left[gone if isinstance(gone, (int, list)) else gone.cpu()] = False
    return arr.index_select(axis, left.nonzero().reshape(-1).to(arr.device))


def _inserted(
    name: str,
    arr: torch.Tensor,
    values: torch.Tensor | None,
    val: float | None,
    axis: int | None,
    where: Any,
) -> torch.Tensor:
    """An array with slices put in before positions along an axis: an integer, a slice
    or a tensor of integers.
    """
    if not arr.dim() and axis is not None:
        return arr.clone()
    arr, axis = _along_of_editing(name, arr, axis)
    length = arr.shape[axis]
    if isinstance(where, int):
        positions = torch.tensor([_within(name, where, length, length)])
    elif isinstance(where, slice):
        positions = torch.tensor(list(range(*where.indices(length))), dtype=torch.int64)
    else:
        positions = _counted(name, where, length, length)
    if values is None:
        values = torch.full((), val, dtype=torch.float64, device=arr.device)
    values = values.to(arr.dtype).reshape(
        (1,) * (arr.dim() - values.dim()) + values.shape
    )
    if isinstance(where, int) or (
        isinstance(where, torch.Tensor) and (not where.dim())
    ):
        values = values.movedim(0, axis)
    count = positions.numel()
    if count == 1:
        count = values.shape[axis] if axis < values.dim() else 1
        positions = positions.expand(count)
    shape = (*arr.shape[:axis], count, *arr.shape[axis + 1 :])
    values = values.expand(shape)
    positions = positions.to(arr.device)
    at = torch.empty_like(positions)
    order = torch.sort(positions, stable=True).indices
    at[order] = positions[order] + torch.arange(count, device=arr.device)
    kept = torch.ones(length + count, dtype=torch.bool, device=arr.device)
    kept[at] = False
    places = kept.cumsum(0) - 1
    places[at] = length + torch.arange(count, device=arr.device)
    return torch.cat([arr, values], axis).index_select(axis, places)


def insert_scalar(
    arr: torch.Tensor,
    values: torch.Tensor | None = None,
    *,
    val: float | None = None,
    start: int | None = None,
    stop: int | None = None,
    step: int | None = None,
    int_ind: int | None = None,
    axis: int | None = None,
) -> torch.Tensor:
    """An array with values, or one number, put in along an axis before the position
    `int_ind`.
    """
    return _inserted("np.insert", arr, values, val, axis, int_ind)


def insert_slice(
    arr: torch.Tensor,
    values: torch.Tensor | None = None,
    *,
    val: float | None = None,
    start: int | None = None,
    stop: int | None = None,
    step: int | None = None,
    int_ind: int | None = None,
    axis: int | None = None,
) -> torch.Tensor:
    """An array with values, or one number, put in along an axis before each position of
    a slice.
    """
    return _inserted("np.insert", arr, values, val, axis, slice(start, stop, step))


def insert_tensor(
    arr: torch.Tensor,
    values: torch.Tensor | None = None,
    obj: torch.Tensor | None = None,
    *,
    val: float | None = None,
    start: int | None = None,
    stop: int | None = None,
    step: int | None = None,
    int_ind: int | None = None,
    axis: int | None = None,
) -> torch.Tensor:
    """An array with values, or one number, put in along an axis before each position of
    an array of integers.
    """
    if val is not None and obj is None:
        values, obj = (None, values)
    return _inserted("np.insert", arr, values, val, axis, obj)


def _checked_mask(
    data: torch.Tensor, mask: torch.Tensor, start_axis: int
) -> torch.Tensor:
    """Where a mask over some axes holds, with an axis of length 1 for each that follows
    them.
    """
    return mask.bool().reshape(
        tuple(mask.shape) + (1,) * (data.dim() - start_axis - mask.dim())
    )


def boolean_mask_assign_scalar(
    data: torch.Tensor, mask: torch.Tensor, *, value: float, start_axis: int
) -> torch.Tensor:
    """The data with one number where a mask over its axes from `start_axis` on holds."""
    return data.masked_fill(_checked_mask(data, mask, start_axis), value)


def boolean_mask_assign_tensor(
    data: torch.Tensor, mask: torch.Tensor, value: torch.Tensor, *, start_axis: int
) -> torch.Tensor:
    """The data with values where a mask over its axes from `start_axis` on holds, one
    after the other or one for all.
    """
    held = _checked_mask(data, mask, start_axis).expand(data.shape)
    before, masked = (tuple(data.shape[:start_axis]), mask.bool())
    wanted = (*before, -1, *data.shape[start_axis + mask.dim() :])
    wanted = tuple(int(masked.sum()) if length == -1 else length for length in wanted)
    values = value.to(data.dtype).broadcast_to(wanted)
    return data.masked_scatter(held, values)
