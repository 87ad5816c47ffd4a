"""Checks whose numbers MXNet draws otherwise, and what is refused because arrays are dense."""

from __future__ import annotations

import os

import numpy as np
import pytest

import mxnet as mx
from mxnet import test_utils as tools


def test_everything_is_imported_by_a_star():
    space: dict = {}
    exec("from mxnet.test_utils import *", space)
    for name in ("assert_almost_equal", "check_numeric_gradient", "get_mnist", "rand_ndarray", "environment", "retry"):
        assert space[name] is getattr(tools, name)


def test_a_sample_keeps_the_order():
    found = tools.random_sample(list("abcdef"), 4)
    assert found == sorted(found)
    assert len(set(found)) == 4


def test_matrices():
    basis = tools.new_orthonormal_matrix_2d(4)
    assert np.allclose(basis @ basis.T, np.identity(4))
    stack = tools.new_sym_matrix_with_real_eigvals_nd((2, 3, 3))
    assert np.allclose(stack, stack.transpose(0, 2, 1))
    assert np.isreal(np.linalg.eigvals(tools.new_matrix_with_real_eigvals_nd((2, 3, 3)))).all()
    assert tools.new_matrix_with_real_eigvals_nd((0, 3, 3)).shape == (0, 3, 3)


def test_blocks_hybridized_or_not():
    def layer():
        return mx.gluon.nn.Dense(3, activation="tanh")

    tools.check_gluon_hybridize_consistency(layer, [mx.nd.ones((2, 4))])
    tools.check_gluon_hybridize_consistency(
        mx.gluon.nn.Flatten, [mx.nd.ones((2, 2, 2))], lambda x: x.reshape(2, 4), test_grad=False
    )
    with pytest.raises(AssertionError):
        tools.check_gluon_hybridize_consistency(mx.gluon.nn.Flatten, [mx.nd.ones((2, 4))], lambda x: x + 1)


def test_a_graph_that_is_not_consistent():
    narrow = mx.sym.var("x") + mx.sym.var("y")
    shapes = {"x": (2, 3), "y": (2, 3)}
    contexts = [{"ctx": mx.cpu(), **shapes}] * 2
    wrong = [narrow, mx.sym.elemwise_sub(mx.sym.var("x"), mx.sym.var("y"), name=narrow.name)]
    with pytest.raises(AssertionError, match=r"check_consistency: .*_output on cpu\(0\) in float32"):
        tools.check_consistency(wrong, contexts)
    with pytest.raises(AssertionError, match="one context"):
        tools.check_consistency(narrow, contexts[:1])


def test_graphs_of_other_structure():
    x = mx.sym.var("x")
    assert not tools.same_symbol_structure(x * 2, x * 2 + x)
    assert not tools.same_symbol_structure(mx.sym.tanh(x), mx.sym.sin(x))


def test_optimizers_are_compared_on_sparse_arrays():
    sgd = {"learning_rate": 0.1, "momentum": 0.9}
    lazy, other = mx.optimizer.SGD(**sgd), mx.optimizer.SGD(lazy_update=False, **sgd)
    tools.compare_optimizer(lazy, mx.optimizer.SGD(**sgd), (4, 3), "float32", g_stype="row_sparse")
    tools.compare_optimizer(lazy, mx.optimizer.SGD(**sgd), (4, 3), "float32", "row_sparse", "row_sparse")
    np.random.seed(0)
    lazy.wd = other.wd = 0.1
    with pytest.raises(AssertionError):
        tools.compare_optimizer(lazy, other, (4, 3), "float32", g_stype="row_sparse")


def test_gradients_are_checked_in_their_storage():
    x, w = mx.sym.var("x", stype="csr"), mx.sym.var("w")
    values = {"x": tools.rand_ndarray((3, 4), "csr", density=0.5), "w": mx.nd.ones((4, 2))}
    product = mx.sym.sparse.dot(x, w)
    tools.check_numeric_gradient(
        product, values, grad_nodes=["w"], grad_stype_dict={"w": "row_sparse"}, rtol=0.02, atol=0.01
    )
    head, dense = np.ones((3, 2)), values["x"].asnumpy()
    given = {"grad_req": {"w": "write", "x": "null"}, "grad_stypes": {"w": "row_sparse"}}
    tools.check_symbolic_backward(product, values, [head], {"w": dense.T @ head}, **given)
    tools.check_symbolic_forward(product, values, [dense @ np.ones((4, 2))])


def test_error_output_is_left_out(capfd):
    with tools.discard_stderr():
        os.write(2, b"unseen")
    os.write(2, b"seen")
    assert capfd.readouterr().err == "seen"


def test_wrong_arguments():
    with pytest.raises(TypeError, match="got mean; expected low, high and dtype"):
        tools.random_uniform_arrays((2,), mean=3)
    with pytest.raises(AssertionError, match="n=0; expected 1 or more"):
        tools.retry(0)
    with pytest.raises(AssertionError, match="does not broadcast"):
        tools.collapse_sum_like(np.ones((2, 3)), (2, 2))
    with pytest.raises(ValueError, match="expected a list or dict of names"):
        tools.check_numeric_gradient(mx.sym.var("x"), [np.ones(2)], grad_nodes=3)
