"""What MXNet refuses and this project differentiates: assigning into an array while recording."""

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, nd


def _corr2d(x, k):
    h, w = k.shape
    y = nd.zeros((x.shape[0] - h + 1, x.shape[1] - w + 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] = (x[i : i + h, j : j + w] * k).sum()
    return y


def test_a_convolution_written_with_loops_has_the_gradient_of_the_operator():
    x, k = nd.array(np.random.RandomState(0).randn(6, 7)), nd.array([[1, -1, 2], [0.5, 3, -2]])
    k.attach_grad()
    with autograd.record():
        y = _corr2d(x, k)
    y.backward(nd.arange(y.size).reshape(y.shape))
    ours = k.grad.asnumpy()
    w = k.reshape((1, 1, 2, 3))
    w.attach_grad()
    with autograd.record():
        z = nd.Convolution(x.reshape((1, 1, 6, 7)), w, kernel=(2, 3), num_filter=1, no_bias=True)
    z.backward(nd.arange(z.size).reshape(z.shape))
    np.testing.assert_allclose(ours, w.grad.asnumpy()[0, 0], rtol=1e-5)


def test_a_kernel_is_learned_by_the_loop():
    x = nd.ones((6, 8))
    x[:, 2:6] = 0
    wanted = _corr2d(x, nd.array([[1, -1]]))
    k = nd.array([[0.1, 0.2]])
    k.attach_grad()
    for _ in range(60):
        with autograd.record():
            loss = ((_corr2d(x, k) - wanted) ** 2).sum()
        loss.backward()
        k -= 0.03 * k.grad
    np.testing.assert_allclose(k.asnumpy(), [[1, -1]], atol=1e-3)


def test_a_variable_cannot_be_assigned_to_while_recording():
    x = nd.ones(3)
    x.attach_grad()
    with autograd.record(), pytest.raises(mx.MXNetError, match="variable"):
        x[0] = 5


def test_an_array_a_graph_needs_and_that_was_overwritten_is_reported():
    x = nd.ones(3)
    x.attach_grad()
    with autograd.record():
        y = x * 2
        z = y * y
        y[0] = x[1]
    with pytest.raises(mx.MXNetError, match="assigned"):
        z.backward()
