"""Gradients that tensor operators define themselves: against finite differences, twice, and where MXNet has its own."""

import pytest
import torch

import mxnet as mx
from mxnet.ops import OPERATORS

nd = mx.nd


def random(*shape, low=-2.0, high=2.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(shape, generator=generator, dtype=torch.float64).mul(high - low).add(low).requires_grad_()


TWICE = {
    "broadcast_mod": (random(2, 3), random(3, low=0.6, high=1.9, seed=1)),
    "broadcast_maximum": (random(2, 3), random(2, 1, seed=1)),
    "broadcast_minimum": (random(3), random(2, 3, seed=1)),
    "broadcast_power": (random(3, low=0.5), random(2, 3, seed=1)),
    "broadcast_hypot": (random(3), random(2, 3, seed=1)),
    "broadcast_div": (random(3), random(2, 3, low=0.5, seed=1)),
    "cbrt": (random(4, low=0.5),),
    "rcbrt": (random(4, low=0.5),),
    "max": (random(3, 4),),
    "min": (random(3, 4),),
    "prod": (random(2, 3),),
    "norm": (random(2, 3),),
    "_linalg_trsm": (torch.tril(random(2, 2, low=0.5).detach()).requires_grad_(), random(2, 3, seed=1)),
    "_contrib_gradientmultiplier": (random(3),),
}


@pytest.mark.parametrize("name", TWICE)
def test_first_and_second_derivatives_are_those_of_finite_differences(name):
    function, inputs = OPERATORS[name].function, TWICE[name]
    assert torch.autograd.gradcheck(function, inputs)
    assert torch.autograd.gradgradcheck(function, inputs)


def test_gamma_has_the_derivative_of_finite_differences():
    assert torch.autograd.gradcheck(OPERATORS["gamma"].function, (random(5, low=0.5, high=4),))
    assert torch.autograd.gradcheck(OPERATORS["gamma"].function, (random(3, low=-0.9, high=-0.1),))


@pytest.mark.parametrize(
    "name", "sign floor ceil rint round trunc logical_not zeros_like ones_like argmax argsort topk".split()
)
def test_a_result_without_a_derivative_stays_in_the_graph_with_a_gradient_of_zero(name):
    x = nd.array([[1.5, -2.0, 0.25]])
    x.attach_grad()
    x.grad[:] = 7
    with mx.autograd.record():
        y = getattr(nd, name)(x)
    y.backward()
    assert x.grad.asnumpy().tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize("name", ["broadcast_equal", "broadcast_greater", "broadcast_logical_xor"])
def test_a_comparison_has_a_gradient_of_zero_for_both_arrays(name):
    x, y = nd.array([[1.0], [2.0]]), nd.array([1.0, 3.0])
    for array in (x, y):
        array.attach_grad()
        array.grad[:] = 7
    with mx.autograd.record():
        z = getattr(nd, name)(x, y)
    z.backward()
    assert not x.grad.asnumpy().any() and not y.grad.asnumpy().any()


def test_a_mask_from_a_comparison_takes_part_in_a_gradient():
    x = nd.array([-1.0, 2.0, -3.0])
    x.attach_grad()
    with mx.autograd.record():
        y = (x > 0) * x
    y.backward()
    assert x.grad.asnumpy().tolist() == [0.0, 1.0, 0.0]


def test_the_gradient_of_a_tie_goes_to_the_left_array():
    x, y = nd.array([1.0, 2.0]), nd.array([1.0, 2.0])
    x.attach_grad()
    y.attach_grad()
    with mx.autograd.record():
        z = nd.maximum(x, y) + nd.minimum(x, y)
    z.backward()
    assert x.grad.asnumpy().tolist() == [2.0, 2.0]
    assert y.grad.asnumpy().tolist() == [0.0, 0.0]


def test_every_largest_element_gets_the_whole_gradient():
    x = nd.array([[1.0, 3.0, 3.0]])
    x.attach_grad()
    with mx.autograd.record():
        y = x.max(axis=1)
    y.backward()
    assert x.grad.asnumpy().tolist() == [[0.0, 1.0, 1.0]]
