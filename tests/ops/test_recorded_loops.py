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


def test_what_a_function_keeps_for_its_backward_is_not_taken_for_a_tie():
    import torch

    from mxnet.ops.gradients import tied, variables_of
    from mxnet.ops.math.bounds import at_least, at_most

    x, y = (torch.tensor([0.2, 0.7], requires_grad=True) for _ in range(2))
    for bound in (at_least, at_most):
        assert [id(each) for each in variables_of([bound(x, 0.5)])] == [id(x)]
        assert {id(each) for each in variables_of([tied(bound(x, 0.5) * 2, [y])])} == {id(x), id(y)}
