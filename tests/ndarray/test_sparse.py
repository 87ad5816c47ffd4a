"""What the recorded cases of sparse arrays do not show: memory, wrong positions, the log, what is refused."""

import logging
import sys
import types

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import nd
from mxnet.ndarray import sparse_calls
from mxnet.ops.storage import Csr, RowSparse


def matrix(*parts, shape=(3, 3)):
    return nd.sparse.csr_matrix(parts, shape=shape)


def rows(values, indices, shape=(4, 2)):
    return nd.sparse.row_sparse_array((values, indices), shape=shape)


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (lambda: matrix([1, 2], [0, 7], [0, 1, 2, 2]), "columns reach from 0 to 7; it has 3"),
        (lambda: matrix([1, 2], [0, -1], [0, 1, 2, 2]), "columns reach from -1 to 0"),
        (lambda: matrix([1, 2], [0, 1], [0, 2, 1, 2]), r"rows begin at \[0, 2, 1, 2\]"),
        (lambda: matrix([1, 2], [0, 1], [0, 1, 9, 9]), r"beginnings from 0 to 2 that do not go back"),
        (lambda: matrix([1, 2], [0, 1], [0, 1, 2]), "3 beginnings of rows; expected 4"),
        (lambda: rows([[1, 2]], [4]), "indices reach from 4 to 4; it has 4 rows"),
        (lambda: rows([[1, 2]], [-1]), "indices reach from -1 to -1"),
    ],
)
def test_positions_outside_are_errors_of_whatever_computes(array, text):
    wrong = array()
    calls = [wrong.asnumpy, lambda: nd.square(wrong), lambda: wrong + wrong, lambda: nd.exp(wrong)]
    if wrong.stype == "csr":
        calls += [lambda: nd.dot(wrong, nd.ones((3, 2))), lambda: wrong[0:1], lambda: nd.take(wrong, nd.array([0]))]
    for call in calls:
        with pytest.raises(mx.MXNetError, match=text):
            call()


def test_a_table_of_many_rows_is_never_dense():
    """Shapes whose dense arrays no machine of ours holds: what is stored is all that is worked on."""
    huge = (10**12, 2)
    a, b = rows([[1, 2], [3, 4]], [5, 10**11], huge), rows([[1, 1]], [10**11], huge)
    total = nd.sparse.add_n(a, b * 2, nd.square(a)) - b
    assert total.indices.asnumpy().tolist() == [5, 10**11]
    assert total.data.asnumpy().tolist() == [[2, 6], [13, 21]]
    assert nd.sparse.retain(total, nd.array([5])).data.asnumpy().tolist() == [[2, 6]]
    assert nd.norm(b).asscalar() == pytest.approx(2**0.5)
    wide = matrix([1.0, 2.0], [10**11, 3], [0, 1, 2], shape=(2, 10**12))
    assert nd.dot(wide, nd.ones((2, 1)), transpose_a=True).indices.asnumpy().tolist() == [3, 10**11]
    assert (wide * wide).data.asnumpy().tolist() == [1, 4]


def test_a_gradient_and_a_lazy_update_touch_the_rows_looked_up_alone():
    table = nd.ones((5, 2))
    table.attach_grad(stype="row_sparse")
    moments = mx.nd.zeros((5, 2))
    with mx.autograd.record():
        loss = (nd.Embedding(nd.array([3, 1, 3]), table, input_dim=5, output_dim=2, sparse_grad=True) * 2).sum()
    loss.backward()
    assert table.grad.indices.asnumpy().tolist() == [1, 3]
    nd.sgd_mom_update(table, table.grad, moments, lr=0.5, momentum=0.9, wd=0.1, out=table)
    assert (
        (table.asnumpy() != 1).any(1).tolist()
        == (moments.asnumpy() != 0).any(1).tolist()
        == [False, True] * 2 + [False]
    )


def test_gradients_add_up_in_a_buffer_of_rows():
    x = nd.ones((3, 2))
    x.attach_grad(grad_req="add", stype="row_sparse")
    for row in (0, 2, 2):
        with mx.autograd.record():
            y = nd.Embedding(nd.array([row]), x, input_dim=3, output_dim=2, sparse_grad=True)
        y.backward()
    assert x.grad.stype == "row_sparse"
    assert x.grad.asnumpy().tolist() == [[1, 1], [0, 0], [2, 2]]


def test_rows_looked_up_reach_a_dense_buffer_and_what_is_no_variable():
    x = nd.ones((3, 2))
    x.attach_grad()
    for make in (lambda w: w, lambda w: w * 1):
        with mx.autograd.record():
            y = nd.Embedding(nd.array([2, 2]), make(x), input_dim=3, output_dim=2, sparse_grad=True)
        y.backward()
        assert x.grad.asnumpy().tolist() == [[0, 0], [0, 0], [2, 2]]


def test_dense_arrays_are_made_with_a_word_said_once(caplog, monkeypatch):
    sparse_calls._tell.cache_clear()
    x = nd.array([[0, 1], [2, 0]]).tostype("csr")
    with caplog.at_level(logging.WARNING, "mxnet"):
        for _ in range(2):
            nd.exp(x)
        nd.square(x)
    assert [record.getMessage()[:11] for record in caplog.records] == ["exp of (csr"]
    sparse_calls._tell.cache_clear()
    caplog.clear()
    monkeypatch.setenv("MXNET_STORAGE_FALLBACK_LOG_VERBOSE", "0")
    nd.exp(x)
    assert caplog.records == []


def test_what_takes_tensors_alone_says_what_to_do():
    x = nd.array([[0, 1], [2, 0]]).tostype("csr")
    with pytest.raises(mx.base.NotSupportedForSparseNDArray, match=r"CSRNDArray 2x2 \(tostype\('default'\) is dense\)"):
        nd.onehot_encode(x, nd.zeros((2, 2)))
    with pytest.raises(mx.base.NotSupportedForSparseNDArray, match="DLPack"):
        nd.to_dlpack_for_read(x)


def test_scipy_is_asked_for_a_matrix(monkeypatch):
    made = []
    scipy, module = types.ModuleType("scipy"), types.ModuleType("scipy.sparse")
    module.csr_matrix = lambda parts, **given: made.append((parts, given))
    scipy.sparse = module
    monkeypatch.setitem(sys.modules, "scipy", scipy)
    monkeypatch.setitem(sys.modules, "scipy.sparse", module)
    nd.array([[0, 1], [2, 0]]).tostype("csr").asscipy()
    ((data, indices, indptr), given) = made[0]
    assert (data.tolist(), indices.tolist(), indptr.tolist()) == ([1, 2], [1, 0], [0, 1, 2])
    assert given["shape"] == (2, 2)
    assert given["dtype"] == np.float32


def test_torch_takes_the_records():
    x = nd.array([[0, 1], [2, 0]])
    for stype in ("csr", "row_sparse"):
        assert torch.equal(x.tostype(stype).as_torch().to_dense(), x.as_torch())


def test_records_of_no_order_are_put_in_order():
    some = Csr(torch.tensor([1.0, 2, 4]), torch.tensor([2, 0, 0]), torch.tensor([0, 3, 3]), (2, 3))
    assert some.fault() == "its columns are not in ascending order in each row"
    assert some.proper().values.tolist() == [6, 1]
    assert some.dense().tolist() == [[4, 0, 1], [0, 0, 0]]
    twice = RowSparse(torch.tensor([[1.0], [2.0]]), torch.tensor([1, 1]), (3, 1))
    assert twice.proper().values.tolist() == [[2]]


def test_states_of_rows_go_through_files(tmp_path):
    sgd = {"learning_rate": 0.1, "momentum": 0.9}
    updater = mx.optimizer.get_updater(mx.optimizer.SGD(**sgd))
    weight, gradient = nd.ones((4, 2)).tostype("row_sparse"), rows([[1, 2]], [2])
    updater(0, gradient, weight)
    other = mx.optimizer.get_updater(mx.optimizer.SGD(**sgd))
    other.set_states(updater.get_states())
    copy = weight.copy()
    updater(0, gradient, weight)
    other(0, gradient, copy)
    assert np.array_equal(weight.asnumpy(), copy.asnumpy())
    assert other.states[0].stype == "row_sparse"
