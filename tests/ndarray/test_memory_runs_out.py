"""Arrays for which there is no memory, and the order in which memory is handed out."""

import pytest
import torch

import mxnet as mx
from mxnet import nd

HUGE = (10**7, 10**9)  # 40 PB of float32


@pytest.mark.parametrize(
    "call",
    [
        lambda: nd.zeros(HUGE),
        lambda: nd.ones(HUGE),
        lambda: nd.empty(HUGE),
        lambda: nd.full(HUGE, 2),
        lambda: mx.np.zeros(HUGE),
        lambda: mx.np.ones(HUGE),
        lambda: mx.np.empty(HUGE),
        lambda: mx.np.full(HUGE, 2.0),
        lambda: nd.broadcast_to(nd.ones((1, 1)), shape=HUGE),
        lambda: nd.random.uniform(shape=HUGE),
        lambda: mx.np.random.normal(size=HUGE),
        lambda: nd.eye(HUGE[0], HUGE[1]),
        lambda: mx.np.eye(HUGE[0], HUGE[1]),
        lambda: mx.np.tri(HUGE[0], HUGE[1]),
    ],
)
def test_no_memory_is_an_error_with_the_shape(call):
    with pytest.raises(mx.MXNetError, match=r"\(10000000, 1000000000\)"):
        call()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: nd.arange(10**15), r"arange: no memory for an array of shape \(10{15},\)"),
        (lambda: nd.linspace(0, 1, 10**15), "linspace: no memory"),
        (lambda: mx.np.arange(10**15), r"np.arange: no memory for an array of shape \(10{15},\)"),
        (lambda: mx.np.linspace(0, 1, 10**15), "np.linspace: no memory"),
        (lambda: mx.np.logspace(0, 1, 10**15), "np.logspace: no memory"),
        (lambda: nd.ones((10**8, 1)) * nd.ones((1, 10**8)), r"lhs \(10{8}, 1\) float32, rhs \(1, 10{8}\) float32"),
        (lambda: mx.np.ones((10**8, 1)) + mx.np.ones((1, 10**8)), r"\(10{8}, 1\) float32"),
        (lambda: nd.dot(nd.ones((10**8, 1)), nd.ones((1, 10**8))), r"lhs \(10{8}, 1\) float32"),
    ],
)
def test_no_memory_is_an_error_with_what_was_asked_for(call, says):
    with pytest.raises(mx.MXNetError, match=says):
        call()


def test_a_size_beyond_all_numbers_is_one_too():
    with pytest.raises(mx.MXNetError, match="no memory for an array of shape"):
        nd.zeros((10**12, 10**12))


@pytest.mark.parametrize(
    "make",
    [
        lambda: nd.Convolution(
            nd.ones((2, 8, 6, 6)), nd.ones((16, 8, 3, 3)), kernel=(3, 3), num_filter=16, no_bias=True
        ),
        lambda: nd.ones((2, 8, 6, 6)).transpose((0, 2, 3, 1)),
        lambda: mx.np.ones((3, 4)).T,
        lambda: nd.arange(24).reshape((2, 3, 4))[:, 1],
        lambda: nd.ones((3, 4))[1:],
    ],
)
def test_memory_is_handed_out_row_by_row(make):
    array = make()
    for capsule in (array.to_dlpack_for_read(), array.to_dlpack_for_write(), array):
        tensor = torch.from_dlpack(capsule)
        assert tensor.is_contiguous() and tuple(tensor.shape) == array.shape
