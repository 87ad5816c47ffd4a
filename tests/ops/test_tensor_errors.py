"""What tensor operators say when they cannot work: operator, argument, what came, what is expected."""

import pytest

import mxnet as mx
from mxnet.base import MXNetError

nd = mx.nd
ONES = nd.ones((2, 3))

MESSAGES = {
    "broadcast_add: shapes (2, 3) and (4,) cannot be broadcast together": lambda: nd.broadcast_add(ONES, nd.ones(4)),
    "broadcast_mul: lhs is boolean": lambda: nd.broadcast_mul(ONES.astype("bool"), ONES.astype("bool")),
    "elemwise_add: lhs (2, 3) and rhs (3,) differ; expected equal shapes": lambda: nd.elemwise_add(ONES, nd.ones(3)),
    "exp: data is boolean; expected numbers": lambda: nd.exp(ONES.astype("bool")),
    "add_n: array 1 has shape (3,); expected (2, 3) as array 0": lambda: nd.add_n(ONES, nd.ones(3)),
    "add_n: no array; expected at least one": lambda: nd.add_n(),
    "sum: axis=2 for an array of 2 axes; expected -2 to 1": lambda: nd.sum(ONES, axis=2),
    "mean: axis=(0, -2) names an axis twice": lambda: nd.mean(ONES, axis=(0, -2)),
    "norm: ord=3; expected 1 or 2": lambda: nd.norm(ONES, ord=3),
    "moments: axes is empty": lambda: nd.moments(ONES),
    "Reshape: shape=(4, -1) cannot be had from (2, 3), which has 6 elements": lambda: nd.reshape(ONES, shape=(4, -1)),
    "Reshape: shape=(-1, -1); expected -1 at most once": lambda: nd.reshape(ONES, shape=(-1, -1)),
    "Reshape: shape=(-4, 3, -1, 0); -4 cannot split an axis of length 2 into (3, ": lambda: nd.reshape(
        ONES, shape=(-4, 3, -1, 0)
    ),
    "Reshape: shape=(0, 0, 0) has more codes than (2, 3) has axes": lambda: nd.reshape(ONES, shape=(0, 0, 0)),
    "reshape_like: lhs (2, 3) cannot be reshaped to (4,)": lambda: nd.reshape_like(ONES, nd.ones(4)),
    "transpose: axes=(0, 2) for an array of 2 axes; expected each of 0 to 1 once": lambda: nd.transpose(
        ONES, axes=(0, 2)
    ),
    "squeeze: axis 0 of (2, 3) has length 2; expected 1": lambda: nd.squeeze(ONES, axis=0),
    "depth_to_space: data has 2 axes; expected 4, (N, C, H, W)": lambda: nd.depth_to_space(ONES, block_size=2),
    "Concat: array 1 has shape (3, 3); expected that of array 0, (2, 3)": lambda: nd.concat(
        ONES, nd.ones((3, 3)), dim=1
    ),
    "stack: array 1 has shape (3,); expected (2, 3) as array 0": lambda: nd.stack(ONES, nd.ones(3)),
    "SliceChannel: num_outputs=2 does not divide axis 1 of (2, 3) evenly": lambda: nd.split(ONES, num_outputs=2),
    "slice: step=(0,); expected no 0": lambda: nd.slice(ONES, begin=(0,), end=(1,), step=(0,)),
    "slice_axis: begin=1, end=9 for axis 1 of length 3": lambda: nd.slice_axis(ONES, axis=1, begin=1, end=9),
    "slice_like: shape_like (2, 4) exceeds data (2, 3) along axis 1": lambda: nd.slice_like(ONES, nd.ones((2, 4))),
    "tile: reps=(0,); expected numbers of at least 1": lambda: nd.tile(ONES, reps=(0,)),
    "Convolution: num_group=0; expected 1 or more": lambda: mx.sym.Convolution(
        mx.sym.var("x"), kernel=(3, 3), num_filter=2, num_group=0
    ).infer_shape(x=(1, 2, 4, 4)),
    "GroupNorm: num_groups=0 for data": lambda: nd.GroupNorm(nd.ones((1, 2, 4)), nd.ones(2), nd.ones(2), num_groups=0),
    "arange: start=0, stop=inf, step=1.0; expected": lambda: nd.arange(0, float("inf")),
    "broadcast_to: (2, 3) cannot be broadcast to (2, 4)": lambda: nd.broadcast_to(ONES, shape=(2, 4)),
    "im2col: kernel (3, 3) is larger than the padded input (2, 2)": lambda: nd.im2col(
        nd.ones((1, 1, 2, 2)), kernel=(3, 3)
    ),
    "take: index 5 is out of bounds for an axis of length 2": lambda: nd.take(ONES, nd.array([5]), mode="raise"),
    "take: mode='x'; expected one of 'clip', 'raise', 'wrap'": lambda: nd.take(ONES, nd.array([5]), mode="x"),
    "where: x is (2, 3) torch.float32, y is (3,) torch.float32": lambda: nd.where(ONES, ONES, nd.ones(3)),
    "gather_nd: indices has 3 rows for an array of 2 axes": lambda: nd.gather_nd(ONES, nd.zeros((3, 1))),
    "scatter_nd: data has shape (2, 3); expected (1,)": lambda: nd.scatter_nd(ONES, nd.zeros((1, 1)), shape=(4,)),
    "topk: k=4 for an axis of length 3; expected at most 3": lambda: nd.topk(ONES, k=4),
    "argsort: dtype=int8; expected one of uint8": lambda: nd.argsort(ONES, dtype="int8"),
    "(2, 3) (transpose_b=False) do not fit: 3 columns and 2 rows": lambda: nd.dot(ONES, ONES),
    "batch_dot: shapes (2, 3) and (2, 3)": lambda: nd.batch_dot(ONES, ONES),
    "_linalg_gemm2: A (2, 3) and B (2, 3)": lambda: nd.linalg.gemm2(ONES, ONES),
    "_linalg_potrf: A has shape (2, 3); expected square matrices": lambda: nd.linalg.potrf(ONES),
    "expected positive definite matrices": lambda: nd.linalg.potrf(-nd.ones((2, 2))),
    "expected matrices that have an inverse": lambda: nd.linalg.inverse(nd.ones((2, 2))),
    "_linalg_det: A is torch.int32; expected floating-point numbers": lambda: nd.linalg.det(
        nd.ones((2, 2), dtype="int32")
    ),
    "_full: shape is not given": lambda: nd._internal._full(value=1),
    "clip: required attribute 'a_max'": lambda: nd.clip(ONES, 0),
}


@pytest.mark.parametrize("message", MESSAGES)
def test_an_error_says_what_came_and_what_is_expected(message):
    with pytest.raises(MXNetError) as caught:
        MESSAGES[message]()
    assert message in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_position_out_of_bounds_is_an_index_error_as_well():
    with pytest.raises(IndexError, match="index 7 is out of bounds for an axis of length 2"):
        nd.gather_nd(ONES, nd.array([[7]]))
