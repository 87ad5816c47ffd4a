"""Calls of operators: whichever way a call takes, it gives the same array, graph and errors."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet.gluon import nn

X = mx.nd.array([[1, 2], [3, 4]])


def test_results_outside_a_recording_are_in_no_graph():
    x = mx.nd.ones((2, 2))
    x.attach_grad()
    for result in (mx.nd.exp(x), x.sum(), mx.nd.dot(x, X), -x, mx.nd.max(x), x + 1):
        assert not result.as_torch().requires_grad
    with mx.autograd.record():
        assert mx.nd.exp(x).as_torch().requires_grad
        with mx.autograd.pause():
            assert not mx.nd.exp(x).as_torch().requires_grad


def test_torchs_own_switch_does_not_stop_a_recording():
    x = mx.nd.ones((2,))
    x.attach_grad()
    with mx.autograd.record(), torch.no_grad():
        y = mx.nd.exp(x)
    y.backward()
    assert x.grad.asnumpy() == pytest.approx([np.e, np.e])
    with torch.no_grad():
        assert not torch.is_grad_enabled() and not mx.nd.exp(x).as_torch().requires_grad


def test_results_have_class_and_context_of_the_first_input():
    with mx.cpu(1):
        x = mx.nd.ones((2, 2))
    assert mx.nd.exp(x).context == mx.cpu(1) and mx.nd.dot(x, X).context == mx.cpu(1)
    assert type(mx.nd.exp(mx.np.ones((2,)))) is mx.np.ndarray
    assert [type(part) for part in mx.nd.split(X, num_outputs=2)] == [mx.nd.NDArray] * 2
    assert type(mx.nd.split(X, num_outputs=1)) is mx.nd.NDArray


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: mx.nd.exp(1.0), AssertionError, "exp: data must be an NDArray; got 1.0 of type float"),
        (lambda: mx.nd.exp(np.ones(2)), AssertionError, "exp: data must be an NDArray"),
        (lambda: mx.nd.dot(X), mx.MXNetError, "dot: expected the array inputs lhs, rhs; got lhs"),
        (lambda: mx.nd.dot(X, None), mx.MXNetError, "dot: expected the array inputs lhs, rhs; got lhs"),
        (lambda: mx.nd.concat(), mx.MXNetError, "(?i)concat"),
        (
            lambda: mx.nd.broadcast_add(X, X.astype("int32")),
            mx.MXNetError,
            r"input 1 \(rhs\) is int32; expected float32",
        ),
        (lambda: mx.nd.exp(X, axis=1), mx.MXNetError, "exp: no attribute 'axis'"),
        (lambda: mx.nd.dot(X, mx.nd.ones((3,))), mx.MXNetError, "dot"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_parameters_without_a_shape_find_it():
    layer = nn.Dense(3)
    layer.initialize()
    assert layer(X).shape == (2, 3) and layer.weight.shape == (3, 2)


@pytest.mark.parametrize("req", ["write", "add"])
def test_a_gradient_goes_into_the_buffer_itself(req):
    x = mx.nd.ones((2,))
    x.attach_grad(req)
    buffer = x.grad[0:1]
    for _ in range(2):
        with mx.autograd.record():
            y = x * x
        y.backward()
    assert buffer.asscalar() == (2 if req == "write" else 4)
    assert x._fresh_grad and not x.grad.as_torch().requires_grad
