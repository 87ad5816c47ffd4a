"""The order of elements along an axis: topk, sort, argsort. What becomes of equal elements :mod:`.ties` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch

from ...base import MXNetError, dtype_name
from ..dtype_rules import Kinds, by_attribute, first_known
from ..gradients import constant, piecewise_constant
from ..math.elementwise import refused_booleans
from ..math.reduce import axis_within
from ..registry import DType, operator, rule
from ..shape_rules import UNKNOWN, Partials, with_axis
from .ties import settled

__all__ = ["argsort", "sort", "topk"]

_POSITION_DTYPES = (torch.uint8, torch.int32, torch.int64, torch.float16, torch.float32, torch.float64)


def _checked_dtype(name: str, dtype: torch.dtype) -> None:
    if dtype not in _POSITION_DTYPES:
        expected = ", ".join(dtype_name(item) for item in _POSITION_DTYPES)
        raise MXNetError(f"{name}: dtype={dtype_name(dtype)}; expected one of {expected}")


def _sorted(name: str, data: torch.Tensor, axis: int | None, is_ascend: bool) -> tuple[torch.Tensor, torch.Tensor, int]:
    """The sorted elements, their positions and the axis, over the flattened array where the axis is None."""
    if data.dtype is torch.bool:
        raise refused_booleans(name)
    if axis is None:
        data, axis = data.reshape(-1), 0
    else:
        axis = axis_within(name, axis, data.dim())
    values, positions = torch.sort(data, dim=axis, descending=not is_ascend, stable=True)
    return values, positions, axis


def _with_ties(
    data: torch.Tensor,
    values: torch.Tensor,
    positions: torch.Tensor,
    axis: int | None,
    place: int,
    count: int,
    up: bool,
) -> torch.Tensor:
    """The positions of a stable sort with those of equal elements in MXNet's order."""
    if not data.dim() or data.is_meta:
        return positions
    data = data.reshape(-1) if axis is None else data
    along = [each.movedim(place, -1) for each in (data, values, positions)]
    return settled(along[0], along[1], along[2], count, not up).movedim(-1, place)


def _topk_count(attributes: Mapping[str, Any]) -> int:
    return 2 if attributes["ret_typ"] == "both" else 1


@operator(
    "topk",
    "_npx_topk",
    num_outputs=_topk_count,
    method=True,
    hidden=lambda attributes: int(attributes["ret_typ"] == "value"),
)
def topk(
    data: torch.Tensor,
    *,
    axis: int | None = -1,
    k: int = 1,
    ret_typ: Literal["both", "indices", "mask", "value"] = "indices",
    is_ascend: bool = False,
    dtype: DType = torch.float32,
) -> Any:
    """The ``k`` largest, or smallest, elements along an axis, in order.

    Parameters
    ----------
    data : NDArray
        numbers, of any shape
    axis : int, optional
        the axis; over the flattened array where None
    k : int
        how many; all where less than 1
    ret_typ : {'value', 'indices', 'mask', 'both'}
        the elements, their positions, ones where they stand and zeros elsewhere, or elements and positions
    is_ascend : bool
        the smallest instead of the largest
    dtype : str or NumPy dtype
        of the positions

    Raises
    ------
    MXNetError
        ``k`` is larger than the axis is long

    Examples
    --------
    >>> x = mx.nd.array([[3, 1, 2], [4, 6, 5]])
    >>> print(mx.nd.topk(x, k=2).asnumpy())
    [[0. 2.]
     [1. 2.]]
    >>> print(mx.nd.topk(x, k=2, ret_typ="value").asnumpy())
    [[3. 2.]
     [6. 5.]]
    """
    _checked_dtype("topk", dtype)
    values, positions, place = _sorted("topk", data, axis, is_ascend)
    length = values.shape[place]
    if k > length:
        raise MXNetError(f"topk: k={k} for an axis of length {length}; expected at most {length}")
    count = k if k > 0 else length
    tied = _with_ties(data, values, positions, axis, place, count, is_ascend)
    if tied is not positions:  # their gradients arrive where they stand
        values = (data.reshape(-1) if axis is None else data).gather(place, tied)
    values, positions = values.narrow(place, 0, count), tied.narrow(place, 0, count)
    if ret_typ == "value":
        return values.contiguous()
    if ret_typ == "mask":
        flat = torch.zeros(data.numel() if axis is None else data.shape, dtype=data.dtype, device=data.device)
        return constant(flat.scatter(place, positions, 1).reshape(data.shape), data)
    found = constant(positions.to(dtype, copy=True, memory_format=torch.contiguous_format), data)
    return (values.contiguous(), found) if ret_typ == "both" else found


@operator("sort", "_npi_sort", method=True, hidden=1)
def sort(data: torch.Tensor, *, axis: int | None = -1, is_ascend: bool = True) -> torch.Tensor:
    """The elements in order along an axis.

    Parameters
    ----------
    data : NDArray
        numbers, of any shape
    axis : int, optional
        the axis; over the flattened array where None
    is_ascend : bool
        the smallest first, or the largest

    Examples
    --------
    >>> print(mx.nd.sort(mx.nd.array([[3, 1, 2]]), is_ascend=False).asnumpy())
    [[3. 2. 1.]]
    """
    return _sorted("sort", data, axis, is_ascend)[0]


@operator("argsort", "_npi_argsort", method=True)
def argsort(
    data: torch.Tensor,
    *,
    axis: int | None = -1,
    is_ascend: bool = True,
    dtype: DType = torch.float32,
) -> torch.Tensor:
    """The positions that put the elements in order along an axis.

    Parameters
    ----------
    data : NDArray
        numbers, of any shape
    axis : int, optional
        the axis; over the flattened array where None
    is_ascend : bool
        the smallest first, or the largest
    dtype : str or NumPy dtype
        of the positions

    Examples
    --------
    >>> print(mx.nd.argsort(mx.nd.array([[3, 1, 2]])).asnumpy())
    [[1. 2. 0.]]
    """
    _checked_dtype("argsort", dtype)
    values, positions, place = _sorted("argsort", data, axis, is_ascend)
    count = positions.shape[place] if positions.dim() else 1
    return constant(_with_ties(data, values, positions, axis, place, count, is_ascend).to(dtype), data)


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "sort", "argsort")
def _before_sorting(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (None,) if attributes["axis"] is None else outputs


@rule("inputs", "topk")
def _before_choosing(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out, axis = outputs[0], attributes["axis"]
    if attributes["ret_typ"] == "mask":
        return (out,)
    return (None if out is None or axis is None else with_axis(out, axis, UNKNOWN),)


rule("dtype", "argsort")(by_attribute())


@rule("dtype", "topk")
def _values_or_indices(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    indices, wanted = attributes["dtype"] or torch.float32, attributes["ret_typ"]
    if wanted == "indices":
        return (), (indices,)
    kind = first_known((inputs[0], outputs[0]))
    return (kind,), (kind, indices)[: len(outputs)]


rule("head", "argsort")(piecewise_constant)


@rule("head", "topk")
def _values_alone(attributes: Mapping[str, Any], output: int) -> bool:
    return attributes["ret_typ"] in ("value", "both") and output == 0
