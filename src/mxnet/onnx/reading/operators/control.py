"""Branches and loops: what is known before the graph runs is written out, the rest holds graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....base import MXNetError
from ....symbol import Symbol, control
from ..loops import step_by_step, while_it_holds
from ..table import At, reads
from ..values import Value, both

__all__: list[str] = []

#: how often a loop is written out whose states change their shapes
_WRITTEN_OUT = 64
#: the most rows that are kept for what the steps of a loop give, where their number is found while it runs
_ROWS = 1 << 16
#: how often a loop goes on that has nothing to say when it ends but its condition
_ENDLESS = 2**31 - 1


@reads("If")
def branch(at: At) -> Any:
    """One of two graphs: the one that a known condition chooses, or both in one node."""
    condition = at.value(0)
    if condition.arrays is not None:
        chosen = at.constant(0, "the condition").reshape(-1)[0]
        values = at.body(at.attribute("then_branch" if chosen else "else_branch"))
        for value in values:
            at.rename(value)
        return values
    found: list[list[Value]] = []

    def read(name: str) -> Callable[[], list[Symbol]]:
        def made() -> list[Symbol]:
            found.append(at.body(at.attribute(name)))
            return [at.as_declared(value) for value in found[-1]]

        return made

    symbols = control.cond(at.numbers(at.symbol(0)), read("then_branch"), read("else_branch"))
    symbols = [symbols] if isinstance(symbols, Symbol) else list(symbols)
    results = [_either(at, *pair) for pair in zip(*found)]
    at.found(symbols[0], [tuple(s or (1,) for s in each.shapes) for each in results], [each.dtype for each in results])
    return [Value(each.name, each.dtype, each.shapes, symbol=symbol) for each, symbol in zip(results, symbols)]


def _either(at: At, one: Value, other: Value) -> Value:
    """What is known of a value that is one of two."""
    if one.dtype != other.dtype or one.rank != other.rank:
        raise at.refuse(
            f"its graphs give {one.dtype} {list(one.shape)} and {other.dtype} {list(other.shape)} for one output"
        )
    lengths = [
        (first, second) if (first, second) == (third, fourth) else at.found_length()
        for first, second, third, fourth in zip(*one.shapes, *other.shapes)
    ]
    return Value(one.name, one.dtype, (tuple(each for each, _ in lengths), tuple(each for _, each in lengths)))


# --- loops ----------------------------------------------------------------------------------------------------------


class _Conditional(Exception):
    """Whether a loop goes on is computed in it."""


@reads("Loop")
def loop(at: At) -> Any:
    """Steps, so many or as long as a condition holds."""
    graph = at.attribute("body")
    states = at.inputs[2:]
    if any(value is None for value in states):
        raise at.refuse("a state of the loop is left out")
    count = at.value(0).arrays if at.has(0) else None
    number = None
    if count is not None:
        number = int(at.constant(0, "the number of steps").reshape(-1)[0])
    goes_on = at.value(1).arrays if at.has(1) else both(np.array(True), np.array(True))
    if goes_on is not None and not at.constant_or(1, True):
        number = 0
    if number is not None and number <= _ENDLESS and goes_on is not None:
        try:
            return _counted(at, graph, max(number, 0), states)
        except _Conditional:
            pass
    return _conditional(at, graph, number, states)


def _counted(at: At, graph: Any, number: int, states: Sequence[Value | None]) -> list[Any]:
    """A loop of a known number of steps."""
    stacked = len(graph.output) - 1 - len(states)
    true = Value.known("condition", both(np.array(True), np.array(True)))
    if not number:
        if stacked:
            raise at.refuse("no step is made, and what the steps give would have no elements")
        return list(states)
    numbers = at.parameter(np.arange(number, dtype=np.int64).reshape(-1, 1), "steps")
    kinds: list[Value] = []

    def step(elements: list[Symbol], before: list[Symbol]) -> tuple[list[Symbol], list[Symbol]]:
        place = Value("step", np.int64, ((), ()), symbol=elements[0])
        goes_on, *results = at.body(graph, [place, true, *_values(states, before)])
        if goes_on.array is None or not goes_on.array.reshape(-1)[0]:
            raise _Conditional
        kinds[:] = results
        symbols = [at.as_declared(value) for value in results]
        return symbols[len(states) :], symbols[: len(states)]

    try:
        outputs, ends = step_by_step(at, [numbers], [at.as_declared(value) for value in states if value], step)
    except MXNetError:  # with the number of the step known it may be read
        if number > _WRITTEN_OUT:
            raise
        return _written_out(at, graph, number, states)
    shapes = [tuple((number, *shape) for shape in value.shapes) for value in kinds[len(states) :]]
    return [
        *_values(states, ends),
        *(_rows(at, each, shape, value) for each, shape, value in zip(outputs, shapes, kinds[len(states) :])),
    ]


def _values(known: Sequence[Value | None], symbols: Sequence[Symbol]) -> list[Value]:
    """Symbols as values of which one is known what another was."""
    return [Value(each.name, each.dtype, each.shapes, symbol=symbol) for each, symbol in zip(known, symbols) if each]


def _rows(at: At, symbol: Symbol, shapes: Any, value: Value) -> Value:
    """What the steps of a loop give: numbers without axes have one here."""
    if not value.shape:
        symbol = at.reshape(symbol, shapes)
    return Value(value.name, value.dtype, shapes, symbol=symbol)


def _written_out(at: At, graph: Any, number: int, states: Sequence[Value | None]) -> list[Any]:
    """A loop step after step, whose states may change their shapes."""
    true = Value.known("condition", both(np.array(True), np.array(True)))
    now: list[Any] = list(states)
    rows: list[list[Value]] = []
    for place in range(number):
        step = np.array(place, np.int64)
        _, *results = at.body(graph, [Value.known("step", both(step, step)), true, *now])
        now = results[: len(states)]
        rows.append(results[len(states) :])
    stacked = []
    for each in zip(*rows):
        if len({value.shapes for value in each}) > 1:
            raise at.refuse("what its steps give is of several shapes")
        symbols = [at.as_declared(value) for value in each]
        symbol = at.call("stack", *symbols, axis=0, num_args=number)
        shapes = tuple((number, *shape) for shape in each[0].shapes)
        stacked.append(_rows(at, symbol, shapes, each[0]))
    for value in (*now, *stacked):
        at.rename(value)
    return [*now, *stacked]


def _conditional(at: At, graph: Any, number: int | None, states: Sequence[Value | None]) -> list[Any]:
    """A loop that goes on while a condition holds."""
    stacked = len(graph.output) - 1 - len(states)
    most = _ENDLESS if number is None else min(number, _ENDLESS)
    if stacked and most > _ROWS:
        most = int(at.constant_or(0, most))
        raise at.refuse(f"what its steps give is kept for as many steps as there may be: {most}, more than {_ROWS}")
    limit = at.cast(at.symbol(0), np.int64) if at.has(0) and number is None else None
    begin = at.parameter(np.zeros(1, np.int64), "step")
    goes_on = at.numbers(at.symbol(1)) if at.has(1) else at.parameter(np.ones(1, np.float32), "condition")
    if at.dtype_of(goes_on) != np.float32:
        goes_on = at.cast(goes_on, np.float32)
    kinds: list[Value] = []

    def holds(before: list[Symbol]) -> Symbol:
        if limit is None:
            return before[1]
        return at.call("elemwise_mul", before[1], at.cast(at.call("broadcast_lesser", before[0], limit), np.float32))

    def step(before: list[Symbol]) -> tuple[list[Symbol], list[Symbol]]:
        place = Value("step", np.int64, ((), ()), symbol=before[0])
        going = Value("condition", np.bool_, ((), ()), symbol=before[1])
        after, *results = at.body(graph, [place, going, *_values(states, before[2:])])
        kinds[:] = results
        symbols = [at.as_declared(value) for value in results]
        more = at.cast(at.numbers(at.as_declared(after)), np.float32)
        head = [at.call("_plus_scalar", before[0], scalar=1), at.call("elemwise_mul", more, before[1])]
        return symbols[len(states) :], [*head, *symbols[: len(states)]]

    given = [at.as_declared(value) for value in states if value]
    outputs, ends = while_it_holds(at, [begin, goes_on, *given], holds, step, most)
    results: list[Any] = _values(states, ends[2:])
    if not outputs:
        return results
    there = at.parameter(np.arange(most, dtype=np.int64), "rows")
    made = at.call("broadcast_lesser", there, ends[0])
    length = at.found_length()
    for symbol, value in zip(outputs, kinds[len(states) :]):
        shapes = tuple((count, *shape) for count, shape in zip(length, value.shapes))
        if not value.shape:
            symbol = at.reshape(symbol, ((most,), (most,)))
        rows = at.call("_contrib_boolean_mask", symbol, at.cast(made, np.float32), axis=0)
        at.found(rows, [shapes], [at.dtype_of(symbol)])
        results.append(Value(value.name, value.dtype, shapes, symbol=rows))
    return results


@reads("Scan")
def scan(at: At) -> Any:
    """One step for each element along an axis of some inputs, with states handed on."""
    if at.opset < 9:
        raise at.refuse("before operator set 9, with sequences of several lengths in a batch")
    graph, count = at.attribute("body"), at.attribute("num_scan_inputs")
    states, data = at.inputs[:-count], at.inputs[-count:]
    if any(value is None for value in at.inputs):
        raise at.refuse("an input is left out")
    made = len(graph.output) - len(states)
    axes = at.attribute("scan_input_axes", [0] * count)
    turned = at.attribute("scan_input_directions", [0] * count)
    out_axes = at.attribute("scan_output_axes", [0] * made)
    out_turned = at.attribute("scan_output_directions", [0] * made)
    elements, shapes = [], []
    for value, axis, back in zip(data, axes, turned):
        assert value is not None
        symbol, place = at.as_declared(value), at.axis(axis, value.rank)
        if place:
            symbol = at.call("transpose", symbol, axes=(place, *(n for n in range(value.rank) if n != place)))
        if back:
            symbol = at.call("reverse", symbol, axis=0)
        if value.rank == 1:
            symbol = at.call("expand_dims", symbol, axis=1)
        elements.append(symbol)
        shapes.append(tuple((*shape[:place], *shape[place + 1 :]) for shape in value.shapes))
    kinds: list[Value] = []

    def step(parts: list[Symbol], before: list[Symbol]) -> tuple[list[Symbol], list[Symbol]]:
        given = [
            Value(value.name, value.dtype, shape, symbol=part)
            for value, shape, part in zip(data, shapes, parts)
            if value is not None
        ]
        results = at.body(graph, [*_values(states, before), *given])
        kinds[:] = results
        symbols = [at.as_declared(value) for value in results]
        return symbols[len(states) :], symbols[: len(states)]

    outputs, ends = step_by_step(at, elements, [at.as_declared(value) for value in states if value], step)
    results: list[Any] = _values(states, ends)
    length = tuple(shape[0] for shape in at.pair_of(elements[0]))
    for symbol, value, axis, back in zip(outputs, kinds[len(states) :], out_axes, out_turned):
        rows = _rows(at, symbol, tuple((n, *shape) for n, shape in zip(length, value.shapes)), value)
        symbol, rank = rows.symbol, rows.rank
        if back:
            symbol = at.call("reverse", symbol, axis=0)
        place = at.axis(axis, rank)
        if place:
            order = list(range(1, rank))
            order.insert(place, 0)
            symbol = at.call("transpose", symbol, axes=tuple(order))
        results.append(at.result(symbol, value.dtype))
    return results
