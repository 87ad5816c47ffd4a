"""NumPy's operators that leave slices of an array out, put slices in, or write where a mask holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...base import MXNetError
from .. import host
from ..array.indexing import PositionError
from ..dtype_rules import follows
from ..math.reduce import axis_within
from ..registry import describe, operator, rule
from ..shape_rules import first_as_output

# A place along the axis is told in one of three ways: `int_ind`, an integer; `start`, `stop` and `step`, of which the
# last is always given with a slice; or the input `obj`, an array of integers.


def _asks_for_positions(attributes: Mapping[str, Any]) -> bool:
    return attributes["int_ind"] is None and attributes["step"] is None


def _along(name: str, arr: torch.Tensor, axis: int | None) -> tuple[torch.Tensor, int]:
    """The array and the axis that is meant: the array read row by row for None."""
    return (arr.reshape(-1), 0) if axis is None else (arr, axis_within(name, axis, arr.dim()))


def _within(name: str, position: int, length: int, last: int) -> int:
    """A position counted from the front."""
    if not -length <= position <= last:
        raise PositionError(f"{name}: index {position} is out of bounds for an axis of length {length}")
    return position + length if position < 0 else position


def _counted(name: str, obj: torch.Tensor, length: int, last: int) -> torch.Tensor:
    """Positions of an array counted from the front; those of the meta device are whatever they are."""
    if obj.dtype is torch.bool:
        raise MXNetError(f"{name}: obj {describe(obj)}; expected integers, as numpy.flatnonzero makes of booleans")
    positions = obj.reshape(-1).long()
    if positions.numel() and not positions.is_meta:
        for extreme in torch.aminmax(positions):
            _within(name, int(extreme), length, last)
    return torch.where(positions < 0, positions + length, positions)


@operator(
    "_npi_delete",
    asks={"obj": _asks_for_positions},
    host=lambda attributes: host.ELEMENTS if _asks_for_positions(attributes) else host.NUMBERS,
    unlearned=("obj",),
)
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
    """An array without the slices along an axis at an integer, in a slice, or at the integers of an array.

    Raises
    ------
    MXNetError
        a position is outside the axis
    """
    if not arr.dim() and axis is not None:
        return arr.clone()  # there is nothing along an axis to leave out
    arr, axis = _along("np.delete", arr, axis)
    length = arr.shape[axis]
    if int_ind is not None:
        gone: Any = _within("np.delete", int_ind, length, length - 1)
    elif step is not None:
        gone = list(range(*slice(start, stop, step).indices(length)))
    elif obj is None:
        raise MXNetError("np.delete: expected int_ind, start, stop and step, or obj")
    elif obj.is_meta:
        raise NotImplementedError("elements decide how many slices are left, and there are none on the meta device")
    else:
        gone = _counted("np.delete", obj, length, length - 1).to(arr.device)
    left = torch.ones(length, dtype=torch.bool)
    left[gone if isinstance(gone, (int, list)) else gone.cpu()] = False
    return arr.index_select(axis, left.nonzero().reshape(-1).to(arr.device))


def _inserted(
    name: str, arr: torch.Tensor, values: torch.Tensor | None, val: float | None, axis: int | None, where: Any
) -> torch.Tensor:
    """An array with slices put in before positions along an axis: an integer, a slice or a tensor of integers."""
    if not arr.dim() and axis is not None:
        return arr.clone()
    arr, axis = _along(name, arr, axis)
    length = arr.shape[axis]
    if isinstance(where, int):
        positions = torch.tensor([_within(name, where, length, length)])
    elif isinstance(where, slice):
        positions = torch.tensor(list(range(*where.indices(length))), dtype=torch.int64)
    else:
        positions = _counted(name, where, length, length)
    if values is None:
        if val is None:
            raise MXNetError(f"{name}: expected values, or val")
        values = torch.full((), val, dtype=torch.float64, device=arr.device)
    values = values.to(arr.dtype).reshape((1,) * (arr.dim() - values.dim()) + values.shape)
    if isinstance(where, int) or (isinstance(where, torch.Tensor) and not where.dim()):
        values = values.movedim(0, axis)  # one integer takes the axis away from what is assigned there
    count = positions.numel()
    if count == 1:  # before one position any number of slices may stand
        count = values.shape[axis] if axis < values.dim() else 1
        positions = positions.expand(count)
    shape = (*arr.shape[:axis], count, *arr.shape[axis + 1 :])
    try:
        values = values.expand(shape)
    except RuntimeError:
        raise MXNetError(
            f"{name}: values {describe(values)} do not broadcast to {shape}, the slices put in arr {describe(arr)}"
        ) from None
    positions = positions.to(arr.device)
    # slices at one position keep their order, and each comes before the element that stood there
    at = torch.empty_like(positions)
    order = torch.sort(positions, stable=True).indices
    at[order] = positions[order] + torch.arange(count, device=arr.device)
    kept = torch.ones(length + count, dtype=torch.bool, device=arr.device)
    kept[at] = False
    places = kept.cumsum(0) - 1
    places[at] = length + torch.arange(count, device=arr.device)
    return torch.cat([arr, values], axis).index_select(axis, places)


def _asks_for_values(attributes: Mapping[str, Any]) -> bool:
    return attributes["val"] is None


@operator("_npi_insert_scalar", asks={"values": _asks_for_values}, host=host.NUMBERS)
def insert_at(
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
    """An array with values, or one number, put in along an axis before the position ``int_ind``."""
    if int_ind is None:
        raise MXNetError("np.insert: expected int_ind")
    return _inserted("np.insert", arr, values, val, axis, int_ind)


@operator("_npi_insert_slice", asks={"values": _asks_for_values}, host=host.NUMBERS)
def insert_in_slice(
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
    """An array with values, or one number, put in along an axis before each position of a slice."""
    return _inserted("np.insert", arr, values, val, axis, slice(start, stop, step))


@operator(
    "_npi_insert_tensor",
    asks={"values": lambda attributes: True, "obj": _asks_for_values},
    host=host.CHECKS,
    unlearned=("obj",),
)
def insert_at_positions(
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
    """An array with values, or one number, put in along an axis before each position of an array of integers."""
    if val is not None and obj is None:  # the number takes the place of the second input
        values, obj = None, values
    if obj is None or obj.is_floating_point():
        raise MXNetError(f"np.insert: obj {'is not given' if obj is None else describe(obj)}; expected integers")
    return _inserted("np.insert", arr, values, val, axis, obj)


# --- masks ---------------------------------------------------------------------------------------------------------


def _checked_mask(data: torch.Tensor, mask: torch.Tensor, start_axis: int) -> torch.Tensor:
    """Where a mask over some axes holds, with an axis of length 1 for each that follows them."""
    axes = tuple(data.shape[start_axis : start_axis + mask.dim()])
    if start_axis < 0 or tuple(mask.shape) != axes:
        raise MXNetError(
            f"np.boolean_mask_assign: mask {describe(mask)}, start_axis={start_axis}; "
            f"expected the lengths of axes of data {describe(data)}"
        )
    return mask.bool().reshape(tuple(mask.shape) + (1,) * (data.dim() - start_axis - mask.dim()))


@operator("_npi_boolean_mask_assign_scalar", unlearned=("mask",))
def assign_number_where(data: torch.Tensor, mask: torch.Tensor, *, value: float, start_axis: int) -> torch.Tensor:
    """The data with one number where a mask over its axes from ``start_axis`` on holds."""
    return data.masked_fill(_checked_mask(data, mask, start_axis), value)


@operator("_npi_boolean_mask_assign_tensor", host=host.CHECKS, unlearned=("mask",))
def assign_values_where(
    data: torch.Tensor, mask: torch.Tensor, value: torch.Tensor, *, start_axis: int
) -> torch.Tensor:
    """The data with values where a mask over its axes from ``start_axis`` on holds, one after the other or one for all.

    The axes of the mask are one axis of ``value``, as long as the mask holds, or of length 1, or absent.
    """
    held = _checked_mask(data, mask, start_axis).expand(data.shape)
    before, masked = tuple(data.shape[:start_axis]), mask.bool()
    wanted = (*before, -1, *data.shape[start_axis + mask.dim() :])
    if data.is_meta:
        return torch.empty_like(data)
    wanted = tuple(int(masked.sum()) if length == -1 else length for length in wanted)
    try:
        values = value.to(data.dtype).broadcast_to(wanted)
    except RuntimeError:
        raise MXNetError(
            f"np.boolean_mask_assign: value {describe(value)}; expected what broadcasts to {wanted}, "
            f"where the mask of {describe(mask)} holds"
        ) from None
    return data.masked_scatter(held, values)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "_npi_delete")("how long the axis was, the slices gone do not tell")
rule("outputs", "_npi_delete")(host.ELEMENTS)
rule("inputs", "_npi_insert_scalar", "_npi_insert_slice", "_npi_insert_tensor")(
    "what was put in may have been broadcast"
)
rule("dtype", "_npi_delete")(follows(0))
rule("dtype", "_npi_insert_scalar", "_npi_insert_slice", "_npi_insert_tensor")(follows(0))
rule("inputs", "_npi_boolean_mask_assign_scalar", "_npi_boolean_mask_assign_tensor")(first_as_output)
rule("dtype", "_npi_boolean_mask_assign_scalar")(follows(0))
rule("dtype", "_npi_boolean_mask_assign_tensor")(follows(0, 2))
