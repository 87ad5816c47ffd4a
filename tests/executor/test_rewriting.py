"""Passes over programs: what a replacement keeps up to date, and what planning costs."""

import sys

import pytest

import mxnet as mx
from mxnet import nd, sym
from mxnet.executor import CachedGraph
from mxnet.executor.rewriting import Rewriter
from mxnet.executor.steps import Step, lowered


def program_of(symbol):
    return lowered(symbol, None, False, mx.cpu().torch_device)


def merged(first, last):
    return Step((*first.nodes, *last.nodes), "both", first.spec, {}, lambda *_: None, first.inputs, last.outputs)


def test_readers_and_makers_follow_a_replacement():
    x = sym.Variable("x")
    middle = sym.exp(sym.relu(x, name="a"), name="b")
    program = program_of(sym.sin(middle, name="c") + x)
    rewriter = Rewriter(program)
    a, b, c, addition = rewriter.steps()
    assert rewriter.only_reader(a) is b and rewriter.maker(c.inputs[0]) is b
    both = merged(a, b)
    rewriter.replace([a, b], [both])
    assert rewriter.only_reader(both) is c and rewriter.maker(c.inputs[0]) is both
    assert rewriter.maker(a.outputs[0]) is None and list(rewriter.steps()) == [both, c, addition]
    all_three = merged(both, c)
    rewriter.replace([both, c], [all_three])
    rewriter.close()
    assert program.steps == [all_three, addition]


def test_only_reader_is_one_reader_once_and_no_output():
    x = sym.Variable("x")
    once, twice, shown = sym.relu(x), sym.exp(x), sym.sin(x)
    heads = sym.Group([sym.abs(once), twice * twice, shown, sym.cos(shown)])
    rewriter = Rewriter(program_of(heads))
    steps = {step.label: step for step in rewriter.steps()}
    assert rewriter.only_reader(steps["relu"]) is steps["abs"]
    assert rewriter.only_reader(steps["exp"]) is None and rewriter.only_reader(steps["sin"]) is None
    rewriter.replace([steps["relu"], steps["abs"]], [merged(steps["relu"], steps["abs"])])
    assert rewriter.only_reader(steps["exp"]) is None


def test_steps_replaced_on_the_way_are_left_out():
    x = sym.Variable("x")
    rewriter = Rewriter(program_of(sym.sin(sym.exp(sym.relu(x)))))
    seen = []
    for step in rewriter.steps():
        seen.append(step.label)
        if step.label == "relu":
            rewriter.replace([step, rewriter.only_reader(step)], [merged(step, rewriter.only_reader(step))])
    assert seen == ["relu", "sin"]
    with pytest.raises(ValueError, match="2 steps in the places of 1"):
        (last,) = (step for step in rewriter.steps() if step.label == "sin")
        rewriter.replace([last], [last, last])


def deep(length):
    """Additions, dense layers and activations in a row, so that passes find something everywhere."""
    x = sym.Variable("x")
    weight, shift = sym.Variable("weight"), sym.Variable("shift")
    for number in range(length // 4):
        x = sym.relu(sym.FullyConnected(x, weight, num_hidden=2, no_bias=True, name=f"fc{number}"))
        x = sym.tanh(x + shift) if number % 2 else sym.sigmoid(x + x)
    return x


def test_planning_a_graph_twice_as_deep_makes_twice_the_calls():
    def calls(length):
        graph = CachedGraph(deep(length))
        count = 0

        def note(frame, event, argument):
            nonlocal count
            count += event in ("call", "c_call")

        values = [nd.ones((2, 2) if name == "weight" else (1, 2))._t for name in graph.names]
        sys.setprofile(note)
        try:
            graph.plan(values, mx.cpu(), False)
        finally:
            sys.setprofile(None)
        return count

    calls(40)
    assert calls(1600) < 2.1 * calls(800)


def test_a_deep_graph_is_planned_and_fused():
    graph = CachedGraph(deep(12_000))
    values = [nd.zeros((2, 2) if name == "weight" else (1, 2))._t for name in graph.names]
    steps = graph.plan(values, mx.cpu(), False).program.steps
    assert sum(step.label == "FullyConnected+relu" for step in steps) == 3000
    outputs, _ = graph.run(values, mx.cpu(), False)
    assert outputs[0].shape == (1, 2)
