"""Slices left out and put in, and what graphs hold as custom operators."""

import json

import numpy as onp
import pytest

import mxnet as mx
from mxnet import np, npx


@pytest.fixture(autouse=True)
def _numpy_semantics():
    npx.set_np()
    yield
    npx.reset_np()


X = onp.arange(12, dtype="float32").reshape(3, 4)


def test_places_in_an_array_count_from_the_end_too():
    x = np.array(X)
    for places in ([1, -1], [-4], []):
        assert onp.array_equal(np.delete(x, places, axis=1).asnumpy(), onp.delete(X, onp.array(places, int), axis=1))
        assert onp.array_equal(
            np.insert(x, np.array(places, dtype="int64"), 7, axis=1).asnumpy(),
            onp.insert(X, onp.array(places, int), 7, axis=1),
        )


@pytest.mark.parametrize("function", [lambda x, at: np.delete(x, at, 1), lambda x, at: np.insert(x, at, 7, 1)])
@pytest.mark.parametrize("at", [5, -6, [1, 9], [0, -7]])
def test_places_past_the_end_are_refused(function, at):
    with pytest.raises(IndexError, match=r"np\.(delete|insert): index .* is out of bounds for an axis of length 4"):
        function(np.array(X), at)


def test_what_is_put_in_and_left_has_gradients():
    x, v = np.array(X), np.array([5.0, 6.0])
    for each in (x, v):
        each.attach_grad()
    with mx.autograd.record():
        y = np.insert(np.delete(x, 1, axis=1), np.array([0, 2], dtype="int64"), v, axis=1)
        y = (y * np.arange(15).reshape(3, 5)).sum()
    y.backward()
    assert x.grad.asnumpy().tolist() == [[1, 0, 2, 4], [6, 0, 7, 9], [11, 0, 12, 14]]
    assert v.grad.asnumpy().tolist() == [0 + 5 + 10, 3 + 8 + 13]


def test_a_mask_is_no_array_of_places():
    for call in (np.delete, lambda x, at, axis: np.insert(x, at, 1, axis)):
        with pytest.raises(mx.MXNetError, match="expected integers"):
            call(np.array(X), np.array([True, False, True, False], dtype=bool), 1)


def test_values_that_do_not_fit_are_refused():
    with pytest.raises(mx.MXNetError, match=r"np.insert: values .* do not broadcast to \(2, 4\)"):
        np.insert(np.array(X), [0, 1], np.zeros((3, 4)), axis=0)


def test_masked_places_are_written():
    x = np.array(X)
    internal = mx.np._internal
    found = internal.boolean_mask_assign_scalar(x, x > 5, value=9, start_axis=0, out=x)
    assert found is x
    assert x.asnumpy().tolist() == onp.where(X > 5, 9, X).tolist()
    rows = internal.boolean_mask_assign_tensor(x, np.array([True, False, True]), np.array([1, 2, 3, 4.0]), start_axis=0)
    assert rows.asnumpy()[[0, 2]].tolist() == [[1, 2, 3, 4]] * 2
    columns = internal.boolean_mask_assign_tensor(
        x, np.array([True, False, True, False]), np.array([[1, 2], [3, 4], [5, 6.0]]), start_axis=1
    )
    assert columns.asnumpy()[:, [0, 2]].tolist() == [[1, 2], [3, 4], [5, 6]]
    with pytest.raises(mx.MXNetError, match="expected the lengths of axes of data"):
        internal.boolean_mask_assign_scalar(x, np.array([True, False]), value=9, start_axis=0)


def test_eigenvalues_that_are_no_real_numbers_are_refused():
    for call in (np.linalg.eig, np.linalg.eigvals):
        with pytest.raises(mx.MXNetError, match="no real number"):
            call(np.array([[0.0, 1], [-1, 0]]))
        with pytest.raises(mx.MXNetError, match="not finite"):
            call(np.array([[onp.nan, 1], [-1, 0]]))


# --- graphs that MXNet wrote ---------------------------------------------------------------------------------------


def _graph(op_type, inputs, **attributes):
    """A graph of one custom operator, as a file has it."""
    names = [{"op": "null", "name": name, "inputs": []} for name in inputs]
    node = {
        "op": "Custom",
        "name": "custom0",
        "attrs": {"op_type": op_type, **attributes},
        "inputs": [[place, 0, 0] for place in range(len(inputs))],
    }
    content = {
        "nodes": [*names, node],
        "arg_nodes": list(range(len(inputs))),
        "node_row_ptr": list(range(len(inputs) + 2)),
        "heads": [[len(inputs), 0, 0]],
        "attrs": {"mxnet_version": ["int", 10901], "is_np_shape": ["int", 1]},
    }
    return mx.sym.load_json(json.dumps(content))


def _outputs(symbol, **arrays):
    return (
        symbol.as_np_ndarray().bind(mx.cpu(), {name: each.as_nd_ndarray() for name, each in arrays.items()}).forward()
    )


def test_custom_operators_of_files_are_known():
    x = np.array(X)
    (resized,) = _outputs(_graph("resize_fallback", ["a"], new_shape="(2, 3)"), a=x)
    assert resized.asnumpy().tolist() == [[0, 1, 2], [3, 4, 5]]
    (places,) = _outputs(
        _graph("unravel_index_fallback", ["indices"], shape="(3, 4)"), indices=np.array([5, 11], dtype="int32")
    )
    assert places.asnumpy().tolist() == [[1, 2], [1, 3]]
    (empty,) = _outputs(
        _graph("empty_like_fallback", ["prototype"], dtype="int32", order="C", subok="False", shape="(2, 2)"),
        prototype=x,
    )
    assert empty.shape == (2, 2) and empty.dtype == onp.int32


def test_normal_vectors_are_drawn_in_graphs():
    mean, cov = mx.sym.var("mean").as_np_ndarray(), mx.sym.var("cov").as_np_ndarray()
    drawn = mx.sym.np.random.multivariate_normal(mean, cov, size=(500,))
    assert drawn.infer_shape(mean=(2,), cov=(2, 2))[1] == [(500, 2)]
    mx.random.seed(3)
    (first,) = _outputs(drawn, mean=np.array([1.0, -1.0]), cov=np.eye(2))
    mx.random.seed(3)
    second = np.random.multivariate_normal(np.array([1.0, -1.0]), np.eye(2), size=(500,))
    assert onp.array_equal(first.asnumpy(), second.asnumpy())


def test_a_fallback_of_ones_own_is_registered_with_its_functions():
    from mxnet import numpy_op_fallback as fallback

    class Twice(fallback.Resize):
        name = "twice_of_the_test"

        def compute(self, *arrays):
            return arrays[0] * 2

    @fallback.register("twice_of_the_test")
    class TwiceProp(mx.operator.CustomOpProp):
        def create_operator(self, ctx, in_shapes, in_dtypes):
            return Twice(())

    assert mx.np._internal.twice_of_the_test_fallback(np.array([1.0, 2.0])).asnumpy().tolist() == [2, 4]
    node = mx.sym.np._internal.twice_of_the_test_fallback(mx.sym.var("x").as_np_ndarray())
    assert node.list_outputs() == ["custom0_output"] or node.list_outputs()[0].startswith("custom")
