"""What a recording keeps of earlier ones, and gradients of gradients that torch leaves out."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd
from mxnet.gluon import nn


def variables(*values):
    arrays = [nd.array(value) for value in values]
    for array in arrays:
        array.attach_grad()
    return arrays


def of(shape, seed=0):
    return np.random.RandomState(seed).uniform(-1, 1, shape).astype("float32")


PENALTIES = {
    "convolution": (
        lambda x, w, b: nd.Convolution(x, w, b, kernel=(3, 3), num_filter=3), (2, 2, 4, 4), (3, 2, 3, 3), (3,),
    ),
    "dense": (lambda x, w, b: nd.FullyConnected(x, w, b, num_hidden=4), (2, 3), (4, 3), (4,)),
    "layer norm": (lambda x, g, b: nd.LayerNorm(x, g, b), (2, 3), (3,), (3,)),
    "group norm": (lambda x, g, b: nd.GroupNorm(x, g, b, num_groups=1), (2, 2, 4), (1,), (1,)),
    "instance norm": (lambda x, g, b: nd.InstanceNorm(x, g, b), (2, 2, 4), (2,), (2,)),
    "batch norm": (
        lambda x, g, b: nd.BatchNorm(x, g, b, nd.zeros(2), nd.ones(2), fix_gamma=False), (4, 2), (2,), (2,),
    ),
    "prelu": (lambda x, g: nd.LeakyReLU(x, g, act_type="prelu"), (2, 3), (1,)),
    "leaky": (lambda x: nd.LeakyReLU(x), (2, 3)),
    "linear": (lambda x: x * 3, (2, 3)),
    "sum": (lambda x: x.sum(), (2, 3)),
    "floor": (lambda x: nd.floor(x), (2, 3)),
    "picked": (lambda x: nd.pick(x, nd.array([0, 1])), (2, 3)),
    "square": (lambda x: x * x, (2, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", PENALTIES)
def test_the_gradient_of_a_gradient_penalty(name):
    """Against differences of the penalty; what does not depend on a variable has a gradient of zero."""
    make, *shapes = PENALTIES[name]
    arrays = variables(*(of(shape, seed) for seed, shape in enumerate(shapes)))
    weight = None

    def penalty():
        nonlocal weight
        with autograd.record():
            y = make(*arrays)
            if weight is None:
                weight = nd.array(of(y.shape, 9))
            gradient = autograd.grad(y * weight, arrays[0], create_graph=True, retain_graph=True)[0]
            return (gradient * gradient).sum()

    penalty().backward()
    for array in arrays:
        for place in np.ndindex(*array.shape[:2], *(1 for _ in array.shape[2:])):
            before, values = array.asnumpy(), []
            for step in (0.01, -0.01):
                moved = before.copy()
                moved[place] += step
                array[:] = moved
                values.append(float(penalty().asscalar()))
            array[:] = before
            expected = (values[0] - values[1]) / 0.02
            assert abs(float(array.grad.asnumpy()[place]) - expected) < 0.02 * max(1, abs(expected)), (place, expected)


def test_a_third_derivative_is_a_number():
    (x,) = variables([1.0, 2.0])
    with autograd.record():
        y = x**3
        for _ in range(3):
            (y,) = autograd.grad(y, [x], create_graph=True)
    y.backward()
    assert y.asnumpy().tolist() == [6, 6] and x.grad.asnumpy().tolist() == [0, 0]


def test_an_array_of_a_freed_graph_is_a_leaf_wherever_it_goes():
    (w,) = variables([[1.0, 2.0]])
    uses = {
        "operator": lambda h: nd.exp(h), "two arrays": lambda h: h * w, "slice": lambda h: h[0],
        "several": lambda h: h[:, 0:1],
        "reshape": lambda h: h.reshape((2, 1)), "copy": lambda h: h.copy(), "cast": lambda h: h.astype("float64"),
        "transpose": lambda h: h.T, "number": lambda h: 2 / h, "inputs": lambda h: nd.concat(h, w),
        "function": lambda h: Doubled()(h), "np": lambda h: h.as_np_ndarray() * 2, "list": lambda h: nd.add_n(h, h),
        "index": lambda h: h[nd.array([0])], "device": lambda h: h.as_in_context(mx.cpu(1)).as_in_context(mx.cpu(0)),
    }  # fmt: skip
    for name, use in uses.items():
        with autograd.record():
            h = nd.tanh(w * w)
            loss = h.sum()
        loss.backward()
        with autograd.record():
            again = use(h).sum().as_nd_ndarray() + (w * 0).sum().astype(use(h).dtype)
        again.backward()
        expected = h.asnumpy() if name == "two arrays" else np.ones((1, 2)) if name == "inputs" else np.zeros((1, 2))
        np.testing.assert_allclose(w.grad.asnumpy(), expected, rtol=1e-6, err_msg=name)


class Doubled(autograd.Function):
    def forward(self, x):
        return x * 2

    def backward(self, dy):
        return dy * 2


def test_a_graph_that_was_not_freed_is_gone_through_whatever_came_between():
    """Features recorded before a loss over the same parameters went back, as in adversarial training."""
    maker, judge = nn.Dense(3, in_units=2), nn.Dense(1, in_units=3)
    for net in (maker, judge):
        net.initialize(mx.init.One())
    x = nd.array([[1.0, 2.0]])
    with autograd.record():
        made = nd.tanh(maker(x) / 5)
        first = judge(made.detach()).sum()
    first.backward()
    with autograd.record():
        second = judge(made).sum()
    second.backward()
    expected = (1 - np.tanh(0.6) ** 2) / 5
    np.testing.assert_allclose(maker.weight.grad().asnumpy(), np.outer(np.ones(3), [expected, 2 * expected]), rtol=1e-5)


def test_what_block_grad_holds_back_is_not_computed_back_to():
    (x,) = variables(of((4, 3)))
    called = []

    class Watched(autograd.Function):
        def forward(self, x):
            return x * 2

        def backward(self, dy):
            called.append(dy)
            return dy

    with autograd.record():
        y = nd.BlockGrad(Watched()(x)) * x
    y.backward()
    assert not called and x.grad.shape == (4, 3)
