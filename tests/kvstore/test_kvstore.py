"""The key-value store: what it refuses, and what it must not share."""

import numpy as np
import pytest

import mxnet as mx


@pytest.mark.parametrize("name", ["dist", "dist_sync", "dist_async", "dist_device_sync", "p3"])
def test_stores_over_several_machines_are_an_error_that_says_so(name):
    with pytest.raises(mx.MXNetError, match=f"{name}.*several machines, which is not supported"):
        mx.kv.create(name)


@pytest.mark.parametrize("name", ["foo", "horovod", ""])
def test_an_unknown_store_is_answered_with_the_known(name):
    with pytest.raises(mx.MXNetError, match="there are device, local"):
        mx.kv.create(name)


def test_a_value_of_another_shape_is_refused():
    store = mx.kv.create()
    store.init("a", mx.nd.zeros((2,)))
    with pytest.raises(mx.MXNetError, match=r"key 'a' has the value \(2,\) float32; out is \(3,\) float32"):
        store.pull("a", out=mx.nd.zeros((3,)))
    with pytest.raises(mx.MXNetError, match="do not add up"):
        store.push("a", [mx.nd.zeros((2,)), mx.nd.zeros((3,))])


def test_what_is_pushed_can_change_afterwards():
    store, pushed, out = mx.kv.create(), mx.nd.ones((2,)), mx.nd.zeros((2,))
    store.init("a", mx.nd.zeros((2,)))
    store.push("a", pushed)
    pushed[:] = 9
    store.pull("a", out=out)
    np.testing.assert_array_equal(out.asnumpy(), [1, 1])
    out[:] = 7
    store.pull("a", out=out)
    np.testing.assert_array_equal(out.asnumpy(), [1, 1])


def test_sums_of_gradients_are_not_recorded():
    store, weight = mx.kv.create(), mx.nd.ones((2,))
    weight.attach_grad()
    store.init("a", mx.nd.zeros((2,)))
    with mx.autograd.record():
        store.push("a", [weight * 2, weight])
    out = mx.nd.zeros((2,))
    store.pull("a", out=out)
    assert not out.as_torch().requires_grad


def test_gradient_compression_is_an_error_that_says_so():
    store = mx.kv.create("device")
    store.set_gradient_compression({"type": "none"})
    with pytest.raises(mx.MXNetError, match="type='2bit' is not supported"):
        store.set_gradient_compression({"type": "2bit", "threshold": 0.5})
