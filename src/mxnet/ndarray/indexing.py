"""Basic and advanced indexing and assignment, by MXNet's rules.

A contiguous basic slice shares memory with its array; any other result is a copy. A single element comes out with shape
``(1,)`` in ``nd`` (``()`` in ``np``, and in ``nd`` with NumPy's semantics of shapes). Boolean arrays as an index count
as integers in ``nd`` and are masks in ``np``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .. import memory
from ..autograd import living, record, state
from ..base import ANY_FLOAT_HOLDS, MXNetError, bfloat16, held, restored
from ..ops import integers
from ..ops.gradients import tied, variables_of
from ..util import is_np_shape
from .order import in_order

if TYPE_CHECKING:
    from .ndarray import NDArray

__all__ = ["assign", "check_assignable", "get"]

_PLAIN_STEPS = (None, 1)

_as_strided, _as_strided_copy = torch.as_strided, torch.as_strided_copy


def get(array: NDArray, key: Any) -> NDArray:
    """``array[key]``."""
    tensor = array._t
    learned = tensor.requires_grad
    if learned:
        tensor = living(array)
    elif integers.seen.any and state.recording and integers.stand_in(tensor) is not None:
        return _of_integers(array, key)
    if not tensor.is_contiguous():
        tensor = in_order(array)
    kind = type(key)
    try:
        if kind is tuple:
            place = None if learned else _place(tensor, key)
            if place is not None:
                shape, strides, offset, dense = place
                if not shape and not _keeps_no_axes(array):
                    shape = strides = [1]
                elements = (_as_strided if dense else _as_strided_copy)(tensor, shape, strides, offset)
                return type(array)._wrap(elements, array._ctx)
            if not _is_plain(key):
                return _get_general(array, tensor, key)
        elif kind is not int and (kind is not slice or key.step not in _PLAIN_STEPS):
            return _get_general(array, tensor, key)
        result = tensor[key]
    except (IndexError, TypeError, ValueError, RuntimeError) as error:
        return _get_general(array, tensor, key, error)
    if not result.dim() and not _keeps_no_axes(array):
        result = result.view(1)
    elif not result.is_contiguous():
        result = result.clone(memory_format=torch.contiguous_format)
    if learned and result.requires_grad and not state.recording:
        result = result.detach()
    return type(array)._wrap(result, array._ctx)


def _of_integers(array: NDArray, key: Any) -> NDArray:
    """``array[key]`` of integers that are recorded."""

    def chosen(tensor: torch.Tensor) -> torch.Tensor:
        plain = tensor if tensor.is_floating_point() else tensor.detach()
        with record(state.training):
            return get(type(array)._wrap(plain, array._ctx), key)._t

    return type(array)._wrap(integers.called(chosen, [living(array)], {}), array._ctx)


def _keeps_no_axes(array: NDArray) -> bool:
    """Whether a single element comes out without axes: of mx.np arrays, and with NumPy's semantics of shapes."""
    return array._boolean_masks or is_np_shape()


def _is_plain(key: tuple[Any, ...]) -> bool:
    """Whether a tuple holds integers and slices without a step only."""
    for item in key:
        kind = type(item)
        if kind is not int and (kind is not slice or item.step not in _PLAIN_STEPS):
            return False
    return True


def _place(tensor: torch.Tensor, key: tuple[Any, ...]) -> tuple[list[int], list[int], int, bool] | None:
    """Where in a contiguous tensor's memory a plain key's elements lie: shape, strides, offset, whether contiguous.

    That is one step where torch takes one for each axis and makes a tensor in each. None where the key is not plain or
    not within the array, which torch then says.
    """
    lengths, strides = tensor.shape, tensor.stride()
    offset: Any = tensor.storage_offset()
    shape, steps = [], []
    last, count = 0, 1  # the position of the last element after the first, and how many there are
    given = len(key)
    if given > len(lengths):
        return None
    for item, length, stride in zip(key, lengths, strides):
        if type(item) is int:
            if not -length <= item < length:
                return None
            offset += (item if item >= 0 else item + length) * stride
        elif type(item) is slice:
            try:
                start, stop, step = item.indices(length)
            except (TypeError, ValueError):
                return None
            if step != 1:
                return None
            offset += start * stride
            taken = stop - start if stop > start else 0
            shape.append(taken)
            steps.append(stride)
            last += (taken - 1) * stride
            count *= taken
        else:
            return None
    if given < len(lengths):
        shape += lengths[given:]
        steps += strides[given:]
        rest = strides[given - 1]
        last += rest - 1
        count *= rest
    return shape, steps, offset, last + 1 == count or not count


def _get_general(array: NDArray, tensor: torch.Tensor, key: Any, error: Exception | None = None) -> NDArray:
    parts, flips, basic = _normalised(array, tensor, key)
    if error is not None and basic and not flips and not any(item is None for item in parts):
        _refuse(tensor, key, error)
    try:
        result = tensor[parts]
    except (IndexError, RuntimeError) as cause:
        _refuse(tensor, key, cause)
    if flips:
        result = result.flip(flips)
    elif basic and not result.is_contiguous():
        result = result.clone(memory_format=torch.contiguous_format)
    if not result.dim() and not _keeps_no_axes(array):
        result = result.reshape(1)
    if state.recording:  # what indices come from has a gradient of zero
        indices = [each._t for each in (key if isinstance(key, tuple) else (key,)) if hasattr(each, "_t")]
        result = tied(result, variables_of(indices))
    elif result.requires_grad:
        result = result.detach()
    return type(array)._wrap(result, array._ctx)


def _refuse(tensor: torch.Tensor, key: Any, error: Exception) -> None:
    raise IndexError(
        f"index {key!r} into an array of shape {tuple(tensor.shape)}: {str(error).splitlines()[0]}"
    ) from None


def _normalised(array: NDArray, tensor: torch.Tensor, key: Any) -> tuple[tuple[Any, ...], list[int], bool]:
    """The key as torch takes it, the result's axes to flip, and whether it is basic.

    Torch knows no negative steps, and applies an integer beside index arrays before them where NumPy broadcasts it.
    """
    items = list(key) if isinstance(key, tuple) else [key]
    converted = [_converted(array, item) for item in items]
    advanced = any(isinstance(item, torch.Tensor) for item in converted)
    taken = sum(
        item.dim() if isinstance(item, torch.Tensor) and item.dtype is torch.bool else 1
        for item in converted
        if item is not None and item is not Ellipsis
    )
    if taken > tensor.dim():
        raise IndexError(f"{taken} indices for an array of shape {tuple(tensor.shape)}")
    parts: list[Any] = []
    flips: list[int] = []
    axis = out_axis = 0
    for item in converted:
        if item is Ellipsis:
            skipped = tensor.dim() - taken
            axis, out_axis = axis + skipped, out_axis + skipped
        elif item is None:
            out_axis += 1
        elif isinstance(item, slice):
            if (item.step or 1) < 0:
                item = _ascending(item, tensor.shape[axis])
                if advanced:
                    item = torch.arange(*item.indices(tensor.shape[axis])).flip(0)
                else:
                    flips.append(out_axis)
            axis, out_axis = axis + 1, out_axis + 1
        elif isinstance(item, int):
            length = tensor.shape[axis]
            if not -length <= item < length:
                raise IndexError(f"index {item} is out of bounds for axis {axis} with size {length}")
            if advanced:
                item = torch.tensor([item], device=tensor.device)
            axis += 1
        else:
            axis += item.dim() if item.dtype is torch.bool else 1
        parts.append(item)
    return tuple(parts), flips, not advanced


def _converted(array: NDArray, item: Any) -> Any:
    """One element of a key: an int, a slice, None, Ellipsis or a tensor of indices."""
    if item is None or item is Ellipsis:
        return item
    if isinstance(item, slice):
        bounds = [None if bound is None else _bound(bound) for bound in (item.start, item.stop, item.step)]
        if bounds[2] == 0:
            raise ValueError(f"slice step cannot be zero: {item!r}")
        return slice(*bounds)
    if isinstance(item, (bool, np.bool_)) and array._boolean_masks:
        return torch.tensor(bool(item), device=array._t.device)
    if isinstance(item, (int, np.integer)):
        return int(item)
    if hasattr(item, "_t"):
        index = item._t.detach()
    elif isinstance(item, torch.Tensor):
        index = item.detach()
    elif isinstance(item, (list, tuple, range, np.ndarray)):
        items = [each.asnumpy() if hasattr(each, "asnumpy") else each for each in item]
        elements = np.asarray(items if not isinstance(item, np.ndarray) else item)
        if elements.dtype == object:
            raise IndexError(f"index {item!r} is no regular array of integers")
        if not elements.size:
            elements = elements.astype(np.int64)
        index = torch.from_numpy(np.ascontiguousarray(elements))
    else:
        raise ValueError(
            f"NDArray: index {item!r} of type {type(item).__name__}; expected integers, slices or arrays of them"
        )
    if index.dtype is torch.bool and array._boolean_masks:
        return index.to(array._t.device)
    return index.to(array._t.device, torch.int64)


def _bound(bound: Any) -> int:
    if isinstance(bound, (int, np.integer)):
        return int(bound)
    raise TypeError(f"NDArray: a slice bound of type {type(bound).__name__}; expected an integer")


def _ascending(item: slice, length: int) -> slice:
    """The same positions as a slice with a negative step, from the lowest up."""
    positions = range(*item.indices(length))
    return slice(positions[-1], positions[0] + 1, -positions.step) if len(positions) else slice(0, 0, 1)


def check_assignable(tensor: torch.Tensor) -> None:
    """Refuse to assign to a variable while recording, and to what is recorded of integers."""
    stand = integers.stand_in(tensor) if integers.seen.any else None
    if stand is not None and not stand.is_leaf:
        raise MXNetError("assignment: the array is of integers that are recorded; assign outside autograd.record()")
    if stand is not None or (tensor.requires_grad and tensor.is_leaf):
        raise MXNetError(
            "assignment: the array is a variable (attach_grad) and recording is on; assign outside autograd.record()"
        )


def assign(array: NDArray, key: Any, value: Any) -> None:
    """``array[key] = value``."""
    tensor = array._t
    if type(value) is float or type(value) is int:
        if not (-ANY_FLOAT_HOLDS <= value <= ANY_FLOAT_HOLDS and tensor.is_floating_point()):
            value = held(value, tensor.dtype)
    else:
        try:
            value = value._t
        except AttributeError:
            value = _tensor_of(array, value)
        else:
            if value.dtype is not tensor.dtype or value.device != tensor.device:
                value = value.to(tensor.device, tensor.dtype)
    recorded = state.recording and (tensor.requires_grad or (type(value) is torch.Tensor and value.requires_grad))
    if recorded or (integers.seen.any and state.recording):
        check_assignable(tensor)
    if recorded:
        if not tensor.is_contiguous():
            tensor = in_order(array)
    elif type(value) is torch.Tensor and value.requires_grad:
        value = value.detach()
    kind = type(key)
    if kind is int or (kind is slice and key.step in _PLAIN_STEPS) or (kind is tuple and _is_plain(key)):
        parts, flips = key, None
    else:
        if not array._boolean_masks and getattr(key, "_compared", False) and key.shape == array.shape:
            raise IndexError(
                "assignment by a comparison: of nd arrays it gives 1s and 0s, which would be positions here, and is no "
                "mask; nd.where(mask, value, array) chooses, and mx.np arrays take masks"
            )
        parts, flips, _ = _normalised(array, tensor, key)
    try:
        if flips:
            selected = tensor[parts]
            if isinstance(value, torch.Tensor):
                value = value.broadcast_to(selected.shape).flip(flips)
        memory.put(tensor, parts, value, recorded)
    except IndexError as error:
        _refuse(tensor, key, error)
    except (RuntimeError, TypeError) as error:
        if not isinstance(value, torch.Tensor):
            raise
        if "single memory location" in str(error):  # the value overlaps the selection: x[:2] = x[1:]
            memory.put(tensor, parts, value.clone(), recorded)
            return
        shape = tuple(tensor[parts].shape)
        raise (MXNetError if array._boolean_masks else ValueError)(
            f"assignment: a value of shape {tuple(value.shape)} does not broadcast to the selected shape {shape}"
        ) from error


def _tensor_of(array: NDArray, value: Any) -> Any:
    """The value of an assignment as a tensor or Python number."""
    if isinstance(value, (bool, int, float, np.generic)):
        return held(value.item() if isinstance(value, np.generic) else value, array._t.dtype)
    if isinstance(value, torch.Tensor):
        return value.to(array._t.device, array._t.dtype)
    try:
        elements = np.asarray(
            [each.asnumpy() if hasattr(each, "asnumpy") else each for each in value]
            if isinstance(value, (list, tuple))
            else value
        )
        if elements.dtype == bfloat16:
            return restored(np.ascontiguousarray(elements)).to(array._t.device, array._t.dtype)
        if elements.dtype.kind not in "biuf":
            raise TypeError
        return torch.from_numpy(np.ascontiguousarray(elements)).to(array._t.device, array._t.dtype)
    except (TypeError, ValueError):
        raise TypeError(
            f"assignment: {value!r} of type {type(value).__name__}; expected a number or an array of numbers"
        ) from None
