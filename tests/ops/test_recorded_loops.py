"""What a graph is asked for in every step of a loop takes time in the step, not in all that was before."""

import sys

import torch

from mxnet.ops import gradients


def _visited(steps):
    """How many nodes are looked at while a loop with a tie in each step is recorded."""
    looked = 0

    def count(frame, event, argument):
        nonlocal looked
        if event == "call" and frame.f_code is gradients.variables_of.__code__:
            return lambda inner, what, _: lines(inner, what)
        return None

    def lines(frame, event):
        nonlocal looked
        looked += event == "line"
        return lambda inner, what, _: lines(inner, what)

    weights = [torch.ones(2, requires_grad=True) for _ in range(3)]
    before = sys.gettrace()
    sys.settrace(count)
    try:
        h = weights[0] * 1
        for _ in range(steps):
            h = gradients.tied(torch.tanh(h * weights[1]), gradients.variables_of([h + weights[2]]))
    finally:
        sys.settrace(before)
    assert {id(each) for each in gradients.variables_of([h])} == {id(each) for each in weights}
    return looked


def test_a_loop_twice_as_long_is_twice_the_work():
    assert _visited(80) < 2.2 * _visited(40)
