"""Control flow: loops and choices of Python over functions that the held graphs become."""

from __future__ import annotations

from collections.abc import Sequence

from mxnet.ops.registry import rule

from ..steps import At, Tuple, literal

__all__: list[str] = []


def _told(at: At, wires: Sequence[int], elements: int = 0) -> tuple[list[tuple[int, ...] | None], list[str]]:
    """Shapes and dtypes of a graph's variables, from those of the node's inputs that they are."""
    shapes, dtypes = [], []
    for place in wires:
        value = at.call.inputs[place]
        assert value is not None
        shapes.append(value.shape if value.shape is None or place >= elements else value.shape[1:])
        dtypes.append(value.dtype)
    return shapes, dtypes


def _wires(at: At) -> list[list[int]]:
    wires = at.call.spec.rule("wires")
    assert wires is not None
    found: list[list[int]] = wires(at.attributes)
    return found


@rule("source", "_foreach")
def _foreach(at: At) -> str:
    attributes, (wires,) = at.attributes, _wires(at)
    count, states = len(attributes["in_data_locs"]), len(attributes["in_state_locs"])
    step = at.body(0, *_told(at, wires, count), "step")
    given = []
    for place in wires:
        if place < count:
            given.append(f"elements[{place}]")
        elif place < count + states:
            given.append(f"states[{place - count}]")
        else:
            given.append(str(at.inputs[place]))
    data, begin = (", ".join(map(str, each)) for each in (at.inputs[:count], at.inputs[count : count + states]))
    text = (
        f"{at.uses('foreach')}(lambda elements, states: {step}({', '.join(given)}), [{data}], [{begin}], "
        f"{attributes['num_out_data']})"
    )
    return _outputs(at, text)


@rule("source", "_while_loop")
def _while_loop(at: At) -> str:
    attributes, (of_condition, of_step) = at.attributes, _wires(at)
    condition = at.body(0, *_told(at, of_condition), "condition")
    step = at.body(1, *_told(at, of_step), "step")
    places = [attributes["func_input_locs"][place] for place in attributes["func_var_locs"]]
    shapes = tuple((value.shape or (0,))[1:] for value in at.call.outputs[: attributes["num_out_data"]])
    called = [", ".join(f"values[{place}]" for place in wires) for wires in (of_condition, of_step)]
    text = (
        f"{at.uses('while_loop')}(lambda values: {condition}({called[0]})[0], lambda values: {step}({called[1]}), "
        f"[{', '.join(map(str, at.inputs))}], {literal(places)}, {literal(shapes)}, {attributes['max_iterations']})"
    )
    return _outputs(at, text)


@rule("source", "_cond")
def _cond(at: At) -> str:
    graphs = []
    for place, (what, wires) in enumerate(zip(("condition", "then", "otherwise"), _wires(at))):
        name = at.body(place, *_told(at, wires), what)
        graphs.append(f"{name}({', '.join(str(at.inputs[each]) for each in wires)})")
    return _outputs(at, f"({graphs[1]} if {graphs[0]}[0] else {graphs[2]})")


def _outputs(at: At, text: str) -> str:
    return Tuple(text) if at.call.node.visible > 1 else f"{text}[0]"
