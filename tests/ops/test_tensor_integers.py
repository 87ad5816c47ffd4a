"""Integers where MXNet itself crashes or where a cast in C decides: division by zero, the smallest number, wrapping."""

import numpy as np
import pytest

import mxnet as mx

nd = mx.nd
INTEGERS = ("uint8", "int8", "int32", "int64")


@pytest.mark.parametrize("dtype", INTEGERS)
def test_division_and_modulo_by_zero_give_zero(dtype):
    x = nd.array(np.array([0, 1, 7]), dtype=dtype)
    zero = nd.zeros_like(x)
    for result in (x / zero, x % zero, x / 0, x % 0, 5 / zero, 5 % zero, x / 0.5):
        assert result.dtype == np.dtype(dtype).type
        assert result.asnumpy().tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", INTEGERS[1:])
def test_the_smallest_number_over_minus_one_wraps(dtype):
    smallest = np.iinfo(dtype).min
    x = nd.array(np.array([smallest, 6]), dtype=dtype)
    assert (x / -1).asnumpy().tolist() == [smallest, -6]
    assert (x / nd.full((2,), -1, dtype=dtype)).asnumpy().tolist() == [smallest, -6]
    assert (x % -1).asnumpy().tolist() == [0, 0]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_division_goes_toward_zero_and_modulo_has_the_sign_of_the_divisor(dtype):
    values = np.arange(-20, 20).astype(dtype)
    divisors = np.array([1, 2, 3, 7] if dtype == "uint8" else [1, 2, 3, 7, -1, -2, -7], dtype)
    x, y = nd.array(values.reshape(-1, 1), dtype=dtype), nd.array(divisors, dtype=dtype)
    with np.errstate(over="ignore"):
        exact = np.trunc(values.reshape(-1, 1).astype("float64") / divisors.astype("float64"))
    assert np.array_equal((x / y).asnumpy(), exact.astype(dtype))
    assert np.array_equal((x % y).asnumpy(), np.mod(values.reshape(-1, 1), divisors))


@pytest.mark.parametrize(("number", "expected"), [(300, 45), (-1, 0), (256.9, 1), (float("inf"), 1), (float("nan"), 1)])
def test_a_number_wraps_into_the_dtype_of_the_array(number, expected):
    assert (nd.ones((1,), dtype="uint8") + number).asnumpy().tolist() == [expected]


def test_large_integers_are_exact():
    x = nd.array(np.array([2**53 + 1]), dtype="int64")
    assert (x + 1).asnumpy()[0] == 2**53 + 2
    assert (x * 3).asnumpy()[0] == 3 * (2**53 + 1)
    assert (x / 3).asnumpy()[0] == (2**53 + 1) // 3
    assert x.sum().asnumpy()[0] == 2**53 + 1
