"""Optimizers keep float32 copies of half precision weights, and compute as they do in float32."""

import warnings

import numpy as np
import pytest

import mxnet as mx
from mxnet.base import bfloat16

HALVES = ["float16", "bfloat16"]
OPTIMIZERS = sorted(  # the state of "test" is the weight itself
    name for name in mx.optimizer.Optimizer.opt_registry if name != "test" and not name.startswith("_")
)
ARGUMENTS = {name: {"momentum": 0.9} for name in ("sgd", "nag", "signum", "lars", "lbsgd", "dcasgd")}
STEPS = 4


def _trained(name, dtype, **arguments):
    """The weight and the states after a few steps, whose gradients every dtype holds exactly."""
    optimizer = mx.optimizer.create(name, learning_rate=2**-12, **ARGUMENTS.get(name, {}), **arguments)
    updater = mx.optimizer.get_updater(optimizer)
    weight = mx.nd.array(np.arange(6).reshape(3, 2) / 4 - 0.5, dtype=dtype)
    mx.random.seed(1)
    for step in range(STEPS):
        grad = mx.nd.array(np.arange(6).reshape(3, 2) / 8 - step / 16, dtype=dtype)
        updater(0, grad, weight)
    return weight, updater


def _arrays(state):
    if isinstance(state, mx.nd.NDArray):
        return [state]
    return [array for each in state for array in _arrays(each)] if isinstance(state, tuple) else []


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("half", HALVES)
def test_the_float32_copy_goes_where_a_float32_weight_goes(name, half):
    whole, _ = _trained(name, "float32")
    weight, updater = _trained(name, half, multi_precision=True)
    arrays = _arrays(updater.states[0])
    assert all(array.dtype is np.float32 for array in arrays)
    assert any(np.array_equal(array.asnumpy(), whole.asnumpy(), equal_nan=True) for array in arrays)
    assert weight.dtype == mx.nd.zeros((1,), dtype=half).dtype
    np.testing.assert_array_equal(weight.asnumpy(), whole.astype(half).asnumpy())


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("half", HALVES)
def test_without_copies_a_warning_says_what_is_lost(name, half):
    with pytest.warns(UserWarning, match=f"sums small steps in {half}, which loses them"):
        _trained(name, half)


@pytest.mark.parametrize("half", HALVES)
def test_a_float32_weight_gets_no_copy(half):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, updater = _trained("sgd", "float32", multi_precision=True)
    assert len(_arrays(updater.states[0])) == 1


@pytest.mark.parametrize("half", HALVES)
def test_steps_too_small_for_the_dtype_add_up_in_the_copy(half):
    weight, grad = mx.nd.ones((1,), dtype=half), mx.nd.ones((1,), dtype=half)
    updater = mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=2**-13, multi_precision=True))
    for _ in range(2**10):
        updater(0, grad, weight)
    assert weight.asscalar() == 1 - 2**-3


@pytest.mark.parametrize("half", HALVES)
def test_states_of_half_precision_come_back_from_their_bytes(half):
    with pytest.warns(UserWarning, match="loses them"):
        _, updater = _trained("adam", half)
    fresh = mx.optimizer.get_updater(mx.optimizer.Adam())
    fresh.set_states(updater.get_states(dump_optimizer=True))
    for one, other in zip(_arrays(updater.states[0]), _arrays(fresh.states[0]), strict=True):
        assert one.dtype == other.dtype == mx.nd.zeros((1,), dtype=half).dtype
        np.testing.assert_array_equal(one.asnumpy(), other.asnumpy())


def test_operators_on_copies_take_bfloat16_as_they_take_float16():
    for half in HALVES:
        weight, grad, whole = (mx.nd.ones((2,), dtype=dtype) for dtype in (half, half, "float32"))
        mx.nd.mp_sgd_update(weight, grad, whole, lr=2**-10, out=weight)
        assert whole.asnumpy().tolist() == [1 - 2**-10] * 2
        assert (weight.dtype == bfloat16) is (half == "bfloat16")
