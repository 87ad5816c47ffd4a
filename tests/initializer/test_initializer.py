"""Initializers: what the recorded cases cannot ask."""

import numpy as np
import pytest

import mxnet as mx


def fill(init, shape, name="weight"):
    array = mx.nd.zeros(shape)
    init(mx.init.InitDesc(name), array)
    return array.asnumpy()


@pytest.mark.parametrize("shape", [(3, 8), (8, 3), (5, 5), (4, 2, 3, 3)])
@pytest.mark.parametrize("rand_type", ["uniform", "normal"])
def test_orthogonal_rows_or_columns(shape, rand_type):
    matrix = fill(mx.init.Orthogonal(scale=2.0, rand_type=rand_type), shape).reshape(shape[0], -1)
    product = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-5)


def test_orthogonal_takes_two_distributions():
    with pytest.raises(ValueError, match="rand_type is 'foo', expected 'uniform' or 'normal'"):
        fill(mx.init.Orthogonal(rand_type="foo"), (2, 3))


def test_a_seed_repeats_the_weights():
    mx.random.seed(11)
    first = fill(mx.init.Xavier(), (3, 4))
    second = fill(mx.init.Xavier(), (3, 4))
    mx.random.seed(11)
    np.testing.assert_array_equal(fill(mx.init.Xavier(), (3, 4)), first)
    assert (first != second).any()


def test_an_unknown_name_is_answered_with_the_way_out():
    with pytest.raises(ValueError, match="'running_mean'.*init=mx.init.Zero"):
        fill(mx.init.Xavier(), (2,), "running_mean")


def test_a_plain_name_warns():
    with pytest.warns(DeprecationWarning, match="InitDesc"):
        mx.init.Zero()("weight", mx.nd.ones((2,)))


def test_a_name_taken_from_another_warns():
    zero = mx.init.Zero
    try:
        with pytest.warns(UserWarning, match="takes the name 'zero' from mxnet.initializer.values.Zero"):
            mx.init.register(type("Zero", (mx.init.Initializer,), {}))
    finally:
        with pytest.warns(UserWarning, match="takes the name"):
            mx.init.register(zero)


def test_constant_is_written_down_from_lists_and_numbers_of_numpy():
    assert mx.init.Constant([1, 2]).dumps() == '["constant", {"value": [1, 2]}]'
    assert mx.init.Constant(np.float32(3)).dumps() == '["constant", {"value": 3.0}]'
    assert mx.init.create(mx.init.Constant(np.ones(2)).dumps()).value == [1.0, 1.0]


def test_fused_rnn_says_that_it_needs_the_operator():
    with pytest.raises(mx.MXNetError, match="FusedRNN"):
        fill(mx.init.FusedRNN("xavier", 3, 1, "lstm"), (100,))


def test_loading_another_shape_says_both():
    with pytest.raises(AssertionError, match=r"w has shape \(3,\), the saved one \(2,\)"):
        mx.init.Load({"arg:w": mx.nd.ones((2,))})("w", mx.nd.ones((3,)))
