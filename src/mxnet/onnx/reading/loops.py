"""Loops of a graph of ONNX as nodes that hold graphs here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...symbol import Symbol, control
from ...symbol.graph import topological
from .table import At
from .values import Pair

__all__ = ["step_by_step", "while_it_holds"]

#: elements and states of one step to its outputs and the states of the next
Step = Callable[[list[Symbol], list[Symbol]], tuple[list[Symbol], list[Symbol]]]


def step_by_step(
    at: At, data: Sequence[Symbol], states: Sequence[Symbol], step: Step
) -> tuple[list[Symbol], list[Symbol]]:
    """One step for each element along the first axis of the data.

    Returns
    -------
    outputs, states : list of Symbol
        what the steps give, stacked, and the last states

    Raises
    ------
    Unreadable
        a state has another shape after a step
    """
    states = _apart(at, states)
    shapes, kinds = [], []

    def body(elements: list[Symbol], before: list[Symbol]) -> tuple[list[Symbol], list[Symbol]]:
        for mine, given in zip(elements, data):
            _told(at, mine, tuple(shape[1:] for shape in at.pair_of(given)), at.dtype_of(given))
        for mine, given in zip(before, states):
            _told(at, mine, at.pair_of(given), at.dtype_of(given))
        outputs, after = step(elements, before)
        after = [_used(at, old, new, [*outputs, *after]) for old, new in zip(before, after)]
        extra = [each for each in elements if not _reads(each, [*outputs, *after])]
        outputs = [*outputs, *extra]
        _same_shapes(at, before, after)
        length = at.pair_of(data[0])[0][0], at.pair_of(data[0])[1][0]
        for each in outputs:
            one, other = at.pair_of(each)
            shapes.append(((length[0], *one), (length[1], *other)))
            kinds.append(at.dtype_of(each))
        for each in after:
            shapes.append(at.pair_of(each))
            kinds.append(at.dtype_of(each))
        return outputs, after

    outputs, ends = control.foreach(body, list(data), list(states))
    at.found((outputs or ends)[0], shapes, kinds)
    return list(outputs), list(ends)


def while_it_holds(
    at: At,
    states: Sequence[Symbol],
    holds: Callable[[list[Symbol]], Symbol],
    step: Callable[[list[Symbol]], tuple[list[Symbol], list[Symbol]]],
    most: int,
) -> tuple[list[Symbol], list[Symbol]]:
    """Steps as long as a condition holds, at most so many; outputs have zeros after the last step.

    Raises
    ------
    Unreadable
        a state has another shape after a step
    """
    states = _apart(at, states)
    shapes, kinds = [], []

    def known(mine: Sequence[Symbol]) -> list[Symbol]:
        for each, given in zip(mine, states):
            _told(at, each, at.pair_of(given), at.dtype_of(given))
        return list(mine)

    def body(*mine: Symbol) -> tuple[list[Symbol], list[Symbol]]:
        before = known(mine)
        outputs, after = step(before)
        after = [_used(at, old, new, [*outputs, *after]) for old, new in zip(before, after)]
        _same_shapes(at, before, after)
        for each in outputs:
            one, other = at.pair_of(each)
            shapes.append(((most, *one), (most, *other)))
            kinds.append(at.dtype_of(each))
        for each in after:
            shapes.append(at.pair_of(each))
            kinds.append(at.dtype_of(each))
        return outputs, after

    outputs, ends = control.while_loop(lambda *mine: holds(known(mine)), body, list(states), most)
    at.found(ends[0], shapes, kinds)
    return list(outputs), list(ends)


def _apart(at: At, states: Sequence[Symbol]) -> list[Symbol]:
    """States that are different nodes, as loops here know them by their names."""
    found: list[Symbol] = []
    for each in states:
        again = any(each._entries[0] == other._entries[0] for other in found)
        found.append(at.call("_copy", each) if again else each)
    return found


def _told(at: At, symbol: Symbol, shapes: Pair, dtype: np.dtype) -> None:
    at.found(symbol, [shapes], [dtype])


def _reads(symbol: Symbol, results: Sequence[Symbol]) -> bool:
    """Whether results depend on a variable, or are one."""
    node = symbol._entries[0].node
    return any(each is node for each in topological([entry for result in results for entry in result._entries]))


def _used(at: At, old: Symbol, new: Symbol, results: Sequence[Symbol]) -> Symbol:
    """The next state, made to read the one before, which loops here have to."""
    if _reads(old, results):
        return new
    return at.call("where", at.call("ones_like", old), new, old)


def _same_shapes(at: At, before: Sequence[Symbol], after: Sequence[Symbol]) -> None:
    for place, (old, new) in enumerate(zip(before, after)):
        one, other = at.pair_of(old), at.pair_of(new)
        if one != other:
            raise at.refuse(
                f"state {place} of the loop is of shape {list(one[0])} before a step and {list(other[0])} after it"
            )
