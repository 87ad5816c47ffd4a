"""The order of equal elements: MXNet's, whose sorting does not keep the one they stand in.

MXNet sorts on the host with ``std::sort``, and chooses few elements of many with ``std::partial_sort``. The steps of
both are taken by :mod:`mxnet.kernels`, or, where those are not compiled, here, for rows of up to :data:`AT_MOST`
elements; in longer rows, in rows that hold NaN, and on accelerators equal elements keep their order.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from ...kernels.library import library

__all__ = ["AT_MOST", "settled"]

#: how long a row may be that Python puts in order
AT_MOST = 2048
#: up to so many elements std::sort keeps the order of equal ones
_KEPT = 16


def settled(
    data: torch.Tensor, values: torch.Tensor, positions: torch.Tensor, count: int, descending: bool
) -> torch.Tensor:
    """The positions of the elements in order along the last axis, equal ones in the order that MXNet gives them.

    Parameters
    ----------
    data : Tensor (..., n)
        the elements
    values, positions : Tensor (..., n)
        what a stable sort gives of them
    count : int
        how many of the positions in front are wanted; the others are whatever they are
    descending : bool
        whether the largest come first
    """
    length = data.shape[-1]
    partly = 8 * count <= length
    if (
        data.device.type != "cpu"
        or torch.compiler.is_compiling()
        or length < 2
        or count < 1 + partly
        or (not partly and length <= _KEPT)
    ):
        return positions
    front = values.detach()[..., : count + 1]
    rows = (front[..., 1:] == front[..., :-1]).any(-1).reshape(-1)
    if values.is_floating_point():  # torch sorts NaN to an end
        ends = values.detach()[..., (0, -1)] if length else front
        rows &= ~ends.isnan().any(-1).reshape(-1)
    if not bool(rows.any()):
        return positions
    kind = torch.float64 if data.is_floating_point() else torch.int64
    elements = data.detach().reshape(-1, length)[rows].to(kind).contiguous()
    wanted = count if partly else length
    found = _by_kernel(elements, wanted, descending)
    if found is None:
        if length > AT_MOST:
            return positions
        found = torch.tensor([_order(row, wanted, descending) for row in elements.tolist()], dtype=torch.int64)
    result = positions.reshape(-1, length).clone()
    result[rows] = found
    return result.reshape(positions.shape)


def _by_kernel(elements: torch.Tensor, count: int, descending: bool) -> torch.Tensor | None:
    built = library()
    function = None if built is None else built.order.get(elements.dtype)
    if function is None:
        return None
    found = torch.empty(elements.shape, dtype=torch.int64)
    function(elements.data_ptr(), *elements.shape, count, int(descending), found.data_ptr())
    return found


# --- the steps in Python -------------------------------------------------------------------------------------------

_Before = Callable[[int, int], bool]


def _order(row: list[float], count: int, descending: bool) -> list[int]:
    """The positions of a row's elements, of which so many in front are in order."""
    order = list(range(len(row)))
    before: _Before = (lambda a, b: row[a] > row[b]) if descending else (lambda a, b: row[a] < row[b])
    if count < len(row):
        _select(order, 0, count, len(row), before)
        return order
    _cut(order, 0, len(row), 2 * (len(row).bit_length() - 1), before)
    for following in range(1, len(order)):  # insertion, over parts that are in order among themselves
        element, place = order[following], following
        while place and before(element, order[place - 1]):
            order[place] = order[place - 1]
            place -= 1
        order[place] = element
    return order


def _settle(order: list[int], first: int, hole: int, size: int, element: int, before: _Before) -> None:
    """Put an element into a heap that begins at ``first`` and from which the one at ``hole`` is gone."""
    top, child = hole, 2 * hole + 2
    while child < size:
        if before(order[first + child], order[first + child - 1]):
            child -= 1
        order[first + hole] = order[first + child]
        hole, child = child, 2 * child + 2
    if child == size:  # the last parent has one child
        order[first + hole] = order[first + child - 1]
        hole = child - 1
    while hole > top and before(order[first + (hole - 1) // 2], element):
        order[first + hole] = order[first + (hole - 1) // 2]
        hole = (hole - 1) // 2
    order[first + hole] = element


def _select(order: list[int], first: int, count: int, end: int, before: _Before) -> None:
    """Have the ``count`` elements that come first between ``first`` and ``end`` in order in front of the others."""
    for parent in range(count // 2 - 1, -1, -1):
        _settle(order, first, parent, count, order[first + parent], before)
    for following in range(first + count, end):
        if before(order[following], order[first]):
            element, order[following] = order[following], order[first]
            _settle(order, first, 0, count, element, before)
    for last in range(count - 1, 0, -1):
        element, order[first + last] = order[first + last], order[first]
        _settle(order, first, 0, last, element, before)


def _median(order: list[int], a: int, b: int, c: int, before: _Before) -> int:
    """Which of three places holds the element in the middle."""
    if before(order[a], order[b]):
        return b if before(order[b], order[c]) else c if before(order[a], order[c]) else a
    return a if before(order[a], order[c]) else c if before(order[b], order[c]) else b


def _cut(order: list[int], first: int, end: int, cuts: int, before: _Before) -> None:
    """Cut a part around its median until no more than 16 elements are left of it, which insertion puts in order."""
    while end - first > _KEPT:
        if not cuts:
            _select(order, first, end - first, end, before)
            return
        cuts -= 1
        median = _median(order, first + 1, first + (end - first) // 2, end - 1, before)
        order[first], order[median] = order[median], order[first]
        low, high = first + 1, end
        while True:
            while before(order[low], order[first]):
                low += 1
            high -= 1
            while before(order[first], order[high]):
                high -= 1
            if low >= high:
                break
            order[low], order[high] = order[high], order[low]
            low += 1
        _cut(order, low, end, cuts, before)
        end = low
