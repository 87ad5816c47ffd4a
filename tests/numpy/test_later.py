"""What npx has beyond MXNet 1.9.1, which no recording can hold; and what computes in NumPy."""

import numpy as np
import pytest

import mxnet as mx


@pytest.fixture(autouse=True)
def _numpy_semantics():
    mx.npx.set_np()
    yield
    mx.npx.reset_np()


def test_masked_softmax_is_a_softmax_of_what_is_kept():
    x = mx.np.array([[1.0, 2.0, 5.0], [3.0, 4.0, 5.0]])
    mask = mx.np.array([[True, True, False], [False, False, False]], dtype=bool)
    found = mx.npx.masked_softmax(x, mask)
    np.testing.assert_allclose(found[0, :2].asnumpy(), mx.npx.softmax(x[0, :2]).asnumpy(), rtol=1e-6)
    assert found[0, 2] == 0
    assert found[1].tolist() == [0, 0, 0]
    logarithm = mx.npx.masked_log_softmax(x, mask)
    np.testing.assert_allclose(np.exp(logarithm[0].asnumpy()), found[0].asnumpy(), rtol=1e-6)


def test_index_add_adds_up_and_index_update_replaces():
    x, places = mx.np.zeros((2, 3)), mx.np.array([[0, 0, 1], [1, 1, 2]], dtype="int32")
    value = mx.np.array([1.0, 2.0, 5.0])
    assert mx.npx.index_add(x, places, value).tolist() == [[0, 3, 0], [0, 0, 5]]
    assert mx.npx.index_update(x, places[:, 1:], value[1:]).tolist() == [[0, 2, 0], [0, 0, 5]]
    with pytest.raises(mx.MXNetError, match="a row of indices"):
        mx.npx.index_add(x, places[0], value)


def test_stop_gradient_and_kron_record():
    x = mx.np.array([1.0, 2.0])
    x.attach_grad()
    with mx.autograd.record():
        y = mx.np.sum(mx.npx.stop_gradient(x) * x + mx.np.kron(x, mx.np.ones(2))[:2])
    y.backward()
    assert x.grad.tolist() == [3, 2]
    assert not mx.np.kron(x, x).as_torch().requires_grad


def test_broadcast_like_takes_the_other_shape():
    assert mx.npx.broadcast_like(mx.np.ones((1, 4)), mx.np.ones((3, 4))).shape == (3, 4)
    assert mx.npx.broadcast_like(mx.np.ones((3, 1)), mx.np.ones((3, 4)), (1,), (1,)).shape == (3, 4)


def test_savez_writes_what_load_reads(tmp_path):
    mx.npx.savez(str(tmp_path / "x.npz"), mx.np.arange(3), named=mx.np.ones(2))
    with np.load(tmp_path / "x.npz") as found:
        assert found["arr_0"].tolist() == [0, 1, 2]
        assert found["named"].tolist() == [1, 1]


def test_what_numpy_computes_has_no_gradient():
    x = mx.np.array([1.0, 2.0])
    x.attach_grad()
    with mx.autograd.record(), pytest.raises(ValueError, match=r"np\.ptp computes in NumPy"):
        mx.np.ptp(x)


def test_a_part_assigned_to_an_overlapping_part_is_read_first():
    x = mx.np.arange(5)
    x[1:] = x[:-1]
    assert x.tolist() == [0, 0, 1, 2, 3]


def test_mixing_the_two_kinds_of_arrays_is_an_error():
    with pytest.raises(TypeError, match=r"expected an mx\.np array"):
        mx.np.ones(2) + mx.nd.ones((2,))
