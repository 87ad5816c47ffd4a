"""Control flow: nodes that hold graphs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ....ops.registry import rule
from ..builder import onnx_dtype
from ..lengths import Length, Varying
from ..terms import Term
from ..walking import At

__all__ = ["formal", "graph_of"]


def _info(term: Term, lengths: Sequence[Length] | None) -> Any:
    from onnx import helper

    shape = None if lengths is None else [None if isinstance(each, Varying) else each for each in lengths]
    return helper.make_tensor_value_info(term.name, onnx_dtype(term.dtype), shape)


def formal(at: At, name: str, dtype: str, lengths: Sequence[Length]) -> Term:
    """An input of a graph that a node holds."""
    return Term(at.builder, at.builder.fresh(f"{at.call.name}/{name}"), dtype, tuple(lengths))


def graph_of(at: At, name: str, inputs: Sequence[Term], made: Callable[[], Sequence[Term]]) -> Any:
    """A graph for a node to hold, whose outputs are what `made` makes within it."""
    from onnx import helper

    with at.builder.body() as nodes:
        outputs = made()
        own = {output for node in nodes for output in node.output}
        ends, seen = [], set[str]()
        for term in outputs:  # an output is made in the graph, and once
            if term.name not in own or term.name in seen:
                term = at.op("Identity", term).shaped(term.lengths)
            seen.add(term.name)
            ends.append(term)
    return helper.make_graph(
        nodes, f"{at.call.name}/{name}", [_info(each, each.lengths) for each in inputs],
        [_info(each, each.lengths) for each in ends],
    )  # fmt: skip


def _wires(at: At) -> list[list[int]]:
    found = at.call.spec.rule("wires")
    assert found is not None
    return found(at.call.attributes)


def _flag(at: At, value: Term) -> Term:
    """A condition of one element as a bool without axes."""
    holds = value if value.dtype == "bool" else ~value.equal(0)
    return holds.reshape() if value.shape != () else holds


@rule("onnx", "_foreach")
def foreach(at: At, *data: Term) -> list[Term]:
    (wires,), stacked = _wires(at), at["num_out_data"]
    count, states = len(at["in_data_locs"]), len(at["in_state_locs"])
    elements = [formal(at, "element", each.dtype, each.lengths[1:]) for each in data[:count]]
    before = [formal(at, "state", each.dtype, each.lengths) for each in data[count : count + states]]
    values = [*elements, *before, *data[count + states :]]

    def step() -> list[Term]:
        results = at.held(0, [values[place] for place in wires])
        after = [result.cast(state.dtype).shaped(result.lengths) for result, state in zip(results[stacked:], before)]
        return [*after, *results[:stacked]]

    body = graph_of(at, "step", [*before, *elements], step)
    given = [*data[count : count + states], *data[:count]]
    dtypes = [*at.dtypes[stacked:], *at.dtypes[:stacked]]
    results = at.ops("Scan", *given, dtypes=dtypes, body=body, num_scan_inputs=count)
    return [*results[states:], *results[:states]]


@rule("onnx", "_while_loop")
def while_loop(at: At, *data: Term) -> list[Term]:
    wires, stacked, most = _wires(at), at["num_out_data"], at["max_iterations"]
    places = [at["func_input_locs"][place] for place in at["func_var_locs"]]
    number, going = formal(at, "iteration", "int64", ()), formal(at, "condition", "bool", ())
    before = [formal(at, "variable", data[place].dtype, data[place].lengths) for place in places]

    def condition(values: Sequence[Term]) -> Term:
        return _flag(at, at.held(0, [values[place] for place in wires[0]])[0]).shaped(())

    def step() -> list[Term]:
        values = list(data)
        for place, variable in zip(places, before):
            values[place] = variable
        results = at.held(1, [values[place] for place in wires[1]])
        for place, result in zip(places, results[stacked:]):
            values[place] = result.cast(data[place].dtype).shaped(result.lengths)
        after = [values[place] for place in places]
        return [condition(values), *after, *results[:stacked]]

    body = graph_of(at, "step", [number, going, *before], step)
    dtypes = [*at.dtypes[stacked:], *at.dtypes[:stacked]]
    given = [data[place] for place in places]
    results = at.ops("Loop", at.constant(most), condition(data), *given, dtypes=dtypes, body=body)
    outputs = [_filled_up(at, each, at.shapes[place] or ()) for place, each in enumerate(results[len(places) :])]
    return [*outputs, *results[: len(places)]]


def _filled_up(at: At, steps: Term, lengths: Sequence[Length]) -> Term:
    """Steps with zeros after the last, up to a length."""
    missing = at.constant([int(lengths[0])]) - at.op("Shape", steps, start=0, end=1)
    zeros = at.constant([0] * len(lengths))
    rest = at.constant([0] * (len(lengths) - 1))
    return at.op("Pad", steps, at.concat([zeros, missing, rest], 0), mode="constant")


@rule("onnx", "_cond")
def cond(at: At, *data: Term) -> list[Term]:
    wires = _wires(at)
    condition = _flag(at, at.held(0, [data[place] for place in wires[0]])[0])

    def branch(number: int) -> Callable[[], list[Term]]:
        def made() -> list[Term]:
            results = at.held(number, [data[place] for place in wires[number]])
            return [each.cast(dtype).shaped(each.lengths) for each, dtype in zip(results, at.dtypes)]

        return made

    graphs = [graph_of(at, name, [], branch(number)) for name, number in (("then", 1), ("else", 2))]
    return at.ops("If", condition, dtypes=at.dtypes, then_branch=graphs[0], else_branch=graphs[1])
