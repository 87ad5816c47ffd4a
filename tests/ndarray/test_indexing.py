"""Indexing with integers and slices: NumPy's elements, MXNet's rule of what shares memory, and what is recorded."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import mxnet as mx

SLICES = st.slices(5).filter(lambda item: item.step is None or abs(item.step) < 3)
PLAIN = st.one_of(st.integers(-5, 4), st.slices(5).map(lambda item: slice(item.start, item.stop)))
SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


def numbers(shape):
    return np.arange(np.prod(shape), dtype="float32").reshape(shape)


def expected(elements, key):
    """NumPy's elements, or None where the key is outside the array; `nd` has no arrays without axes."""
    try:
        return np.atleast_1d(elements[key])
    except IndexError:
        return None


@settings(max_examples=300, deadline=None)
@given(SHAPES, st.lists(st.one_of(PLAIN, SLICES), min_size=1, max_size=4).map(tuple))
def test_elements_are_numpys(shape, key):
    elements, x = numbers(shape), mx.nd.array(numbers(shape))
    wanted = expected(elements, key)
    if wanted is None:
        with pytest.raises(IndexError):
            x[key]
        return
    np.testing.assert_array_equal(x[key].asnumpy(), wanted, strict=True)
    np.testing.assert_array_equal(mx.np.array(elements)[key].asnumpy(), np.asarray(elements[key]), strict=True)


@settings(max_examples=300, deadline=None)
@given(SHAPES, st.lists(PLAIN, min_size=1, max_size=4).map(tuple))
def test_contiguous_parts_share_memory_and_others_do_not(shape, key):
    elements, x = numbers(shape), mx.nd.array(numbers(shape))
    assume(expected(elements, key) is not None)
    part = x[key]
    assert part.as_torch().is_contiguous()
    part[:] = -1
    if np.asarray(elements[key]).flags.c_contiguous:
        elements[key] = -1
    np.testing.assert_array_equal(x.asnumpy(), elements)


@settings(max_examples=200, deadline=None)
@given(SHAPES, st.lists(PLAIN, min_size=2, max_size=3).map(tuple), st.booleans())
def test_parts_of_parts_lie_where_they_should(shape, key, again):
    elements = numbers(shape)
    assume(elements.shape[0] > 1)
    x, elements = mx.nd.array(elements)[1:], elements[1:]
    assume(expected(elements, key) is not None)
    np.testing.assert_array_equal(x[key].asnumpy(), expected(elements, key))
    x[key] = mx.nd.array([7])
    elements[key] = 7
    np.testing.assert_array_equal(x.asnumpy(), elements)


@settings(max_examples=100, deadline=None)
@given(SHAPES, st.lists(PLAIN, min_size=1, max_size=4).map(tuple))
def test_gradients_go_to_the_elements(shape, key):
    elements = numbers(shape)
    assume(expected(elements, key) is not None)
    x = mx.nd.array(elements)
    x.attach_grad()
    with mx.autograd.record():
        y = x[key] * 2
    y.backward()
    wanted = np.zeros(shape, "float32")
    wanted[key] = 2
    np.testing.assert_array_equal(x.grad.asnumpy(), wanted)
    assert not x[key].as_torch().requires_grad


@pytest.mark.parametrize(
    "key",
    [(0, slice(None, None, 0)), (0, "a"), (0, 0, 0), (5, 0), (0, slice(1, 2), slice(None))],
)
def test_keys_that_are_none(key):
    with pytest.raises((IndexError, ValueError)) as caught:
        mx.nd.ones((2, 3))[key]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", [(0, slice(mx.nd.array([0, 1]), 3)), slice(mx.nd.array([1]), 2), slice(0.5, 2)])
def test_bounds_that_are_no_integers(key):
    with pytest.raises(TypeError, match=r"^NDArray: a slice bound of type (NDArray|float); expected an integer$"):
        mx.nd.ones((2, 3))[key]


@pytest.mark.parametrize(
    "dtype", ["float32", "float64", "float16", "bfloat16", "uint8", "int8", "int32", "int64", "bool"]
)
def test_the_only_element_is_a_scalar_of_numpy(dtype):
    scalar = mx.nd.ones((1, 1)).astype(dtype).asscalar()
    assert scalar == 1
    assert type(scalar) is (np.float32 if dtype == "bfloat16" else np.dtype(dtype).type)
    with pytest.raises(ValueError, match=r"asscalar: expected one element, got an array of shape \(2,\)"):
        mx.nd.ones((2,)).asscalar()


def test_a_comparison_of_nd_arrays_is_no_mask():
    x = mx.nd.array([[0, 2], [3, 0]])
    with pytest.raises(IndexError, match="is no mask; nd.where"):
        x[x == 0] = 9
    table = mx.nd.array([5, 7])
    assert table[mx.nd.array([0, 3, 1]) > 0].asnumpy().tolist() == [5, 7, 7]  # 0 and 1 choose
    y = mx.np.array([[0, 2], [3, 0]])
    y[y == 0] = 9
    assert y.tolist() == [[9, 2], [3, 9]]
