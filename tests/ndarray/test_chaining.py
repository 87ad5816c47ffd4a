"""Eager chains: computed late, and never other than what the operators one by one give."""

import copy
import gc
import pickle
import threading
import weakref

import numpy as np
import pytest

import mxnet as mx
from mxnet import autograd, kernels, memory, nd
from mxnet.kernels.library import library

pytestmark = pytest.mark.skipif(library() is None, reason="the C kernels were not built (no compiler)")


@pytest.fixture
def arrays():
    draw = np.random.RandomState(0)
    x = nd.array(draw.randn(16, 2, 10, 10))
    w = nd.array(draw.randn(4, 2, 3, 3))
    b = nd.array(draw.randn(4))
    return x, w, b


def _convolve(x, w, b):
    return nd.Convolution(x, w, b, kernel=(3, 3), num_filter=4)


def _pool(y, kind="max"):
    return nd.Pooling(y, kernel=(2, 2), stride=(2, 2), pool_type=kind)


def _at_once(x, w, b):
    """Every step looked at before the next one, so that no chain forms."""
    y = _convolve(x, w, b)
    y.asnumpy()
    y = nd.relu(y)
    y.asnumpy()
    return _pool(y)


def test_a_network_written_layer_by_layer_is_one_chain(arrays):
    y = _pool(nd.relu(_convolve(*arrays)))
    assert len(memory.pending()) == 1
    assert y.shape == (16, 4, 4, 4)
    assert len(memory.pending()) == 1, "asking for the shape computes nothing"
    np.testing.assert_allclose(y.asnumpy(), _at_once(*arrays).asnumpy(), rtol=1e-5, atol=1e-5)
    assert not memory.pending()


def test_an_uncomputed_array_is_an_ndarray_in_every_way(arrays):
    y = _convolve(*arrays)
    assert isinstance(y, nd.NDArray)
    assert type(y) is nd.NDArray
    assert (y.shape, y.ndim, y.dtype, str(y.context)) == ((16, 4, 8, 8), 4, np.float32, "cpu(0)")
    assert (y.size, y.stype, y.grad, len(memory.pending())) == (16 * 4 * 64, "default", None, 1)
    assert not hasattr(y, "nothing")
    with pytest.raises(AttributeError, match="'NDArray' object has no attribute 'nothing'"):
        y.nothing  # noqa: B018 - raises
    z = _convolve(*arrays)
    assert (y + z).shape == y.shape
    assert type(y) is nd.NDArray
    assert np.array_equal(pickle.loads(pickle.dumps(_convolve(*arrays))).asnumpy(), y.asnumpy())
    assert np.array_equal(copy.deepcopy(_convolve(*arrays)).asnumpy(), y.asnumpy())
    assert np.array_equal(_convolve(*arrays)[3].asnumpy(), y[3].asnumpy())


@pytest.mark.parametrize("change", ["data", "weight", "through a slice", "in place", "by an operator"])
def test_what_it_depends_on_may_change_afterwards(arrays, change):
    x, w, b = arrays
    before = _convolve(x, w, b).asnumpy()
    y = _convolve(x, w, b)
    if change == "data":
        x[:] = 0
    elif change == "weight":
        w[1:2] = 7
    elif change == "through a slice":
        w[0][:] = 7
    elif change == "in place":
        w *= 2
    else:
        nd.sgd_update(w, nd.ones_like(w), lr=1.0, out=w)
    assert np.array_equal(y.asnumpy(), before)


def test_an_optimizer_step_does_not_reach_earlier_outputs(arrays):
    x, _, _ = arrays
    layer = mx.gluon.nn.Conv2D(4, 3, in_channels=2)
    layer.initialize()
    trainer = mx.gluon.Trainer(layer.collect_params(), "sgd", {"learning_rate": 1.0})
    wanted = layer(x).asnumpy()
    with autograd.record():
        kept = layer(x)
        loss = (layer(x) ** 2).sum()
    loss.backward()
    trainer.step(1)
    assert np.array_equal(kept.asnumpy(), wanted)


def test_gradients_are_those_of_the_operators(arrays):
    results = []
    for network in (lambda x, w, b: _pool(nd.relu(_convolve(x, w, b))), _at_once):
        inputs = [array.copy() for array in arrays]
        for array in inputs:
            array.attach_grad()
        with autograd.record():
            y = network(*inputs)
        y.backward(nd.arange(y.size).reshape(y.shape) / y.size)
        results.append([array.grad.asnumpy() for array in inputs])
    for ours, wanted in zip(*results):
        np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


def test_an_intermediate_looked_at_later_counts_in_the_gradient_too(arrays):
    x, w, b = arrays
    w.attach_grad()
    with autograd.record():
        inner = _convolve(x, w, b)
        y = nd.relu(inner).sum() + (inner * 2).sum()
    y.backward()
    ours = w.grad.asnumpy()
    with autograd.record():
        inner = _convolve(x, w, b)
        inner.asnumpy()
        y = nd.relu(inner).sum() + (inner * 2).sum()
    y.backward()
    np.testing.assert_allclose(ours, w.grad.asnumpy(), rtol=1e-4, atol=1e-3)


def test_recorded_and_paused_parts_do_not_mix(arrays):
    x, w, b = arrays
    w.attach_grad()
    with autograd.record():
        y = _convolve(x, w, b)
        with autograd.pause():
            z = nd.relu(y)
    assert not z._t.requires_grad
    assert y._t.requires_grad


def test_recorded_under_record_and_computed_outside(arrays):
    x, w, b = arrays
    w.attach_grad()
    with autograd.record():
        y = nd.relu(_convolve(x, w, b))
    y.backward()
    assert np.abs(w.grad.asnumpy()).sum() > 0


def test_shapes_that_do_not_fit_raise_at_once(arrays):
    x, _, b = arrays
    with pytest.raises(mx.MXNetError, match=r"has 2 channels; expected 3, by weight \(4, 3, 3, 3\) float32"):
        _convolve(x, nd.ones((4, 3, 3, 3)), b)


def test_a_window_larger_than_the_chain_s_output_raises(arrays):
    with pytest.raises(mx.MXNetError, match="Pooling: kernel"):
        nd.Pooling(_convolve(*arrays), kernel=(9, 9)).asnumpy()


def test_dropped_arrays_are_forgotten(arrays):
    _convolve(*arrays)
    assert not memory.pending()


# --- several readers ------------------------------------------------------------------------------------------------


@pytest.fixture
def convolutions(monkeypatch):
    """How many convolutions were computed, in a list that grows."""
    counted = []
    run = kernels.run

    def counting(stages, x, parameters, operands):
        counted.extend(stage for stage in stages if isinstance(stage, kernels.Convolve))
        return run(stages, x, parameters, operands)

    monkeypatch.setattr(kernels, "run", counting)
    return counted


READERS = {
    "swish": lambda y: nd.sigmoid(y) * y,
    "two activations": lambda y: nd.sigmoid(y) + nd.relu(y),
    "squeeze and excite": lambda y: y * nd.sigmoid(nd.mean(y, axis=(2, 3), keepdims=True)),
    "two poolings": lambda y: _pool(y) + _pool(y, "avg"),
    "an activation, pooled and not": lambda y: (lambda r: _pool(r).sum() + r.sum())(nd.relu(y)),
    "a look in between": lambda y: nd.relu(y) + y.asnumpy().sum(),
}


@pytest.mark.parametrize("recording", [False, True])
@pytest.mark.parametrize("readers", READERS)
def test_an_array_with_several_readers_is_computed_once(arrays, convolutions, readers, recording):
    x, w, b = arrays
    w.attach_grad()
    results = []
    for look in (False, True):
        convolutions.clear()
        with autograd.record() if recording else autograd.pause():
            y = _convolve(x, w, b)
            if look:
                y.asnumpy()
            out = READERS[readers](y)
        results.append(out.asnumpy())
        assert len(convolutions) == 1
        if recording:
            out.backward()
            results.append(w.grad.asnumpy())
    half = len(results) // 2
    for ours, wanted in zip(results[:half], results[half:]):
        np.testing.assert_allclose(ours, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())


def test_what_nobody_holds_is_not_computed_by_itself(arrays, convolutions):
    y = _pool(nd.relu(_convolve(*arrays)))
    arrays[0][:] = 0
    assert len(convolutions) == 1
    assert convolutions[0].activation == "relu"
    assert y._uncomputed is None


@pytest.mark.parametrize("held", ["first", "second", "both"])
def test_what_follows_an_array_survives_a_write_into_it(arrays, held):
    wanted = _at_once(*arrays).asnumpy()
    first = _convolve(*arrays)
    second = nd.relu(first)
    y = _pool(second)
    if held in ("first", "both"):
        first.asnumpy()
        if held == "first":
            del second
        first[:] = 7
    if held in ("second", "both"):
        second.asnumpy()
        del first
        second[:] = 7
    np.testing.assert_allclose(y.asnumpy(), wanted, rtol=1e-5, atol=1e-5)


def test_what_was_computed_is_dropped_with_its_arrays(arrays):
    first = _convolve(*arrays)
    second = nd.relu(first)
    tensor = weakref.ref(first._t)
    second.asnumpy()
    del first
    gc.collect()
    assert tensor() is None


def test_a_chain_of_np_arrays_is_of_np_arrays(arrays):
    x, w, b = (array.as_np_ndarray() for array in arrays)
    y = nd.Convolution(x, w, b, kernel=(3, 3), num_filter=4)
    assert type(y) is mx.np.ndarray


def test_a_variable_put_in_order_is_still_watched():
    """Its memory changes under a tensor that stays the same object."""
    layer = mx.gluon.nn.Conv2D(16, 3, in_channels=16)
    layer.initialize()
    weight, x = layer.weight.data(), nd.ones((16, 16, 6, 6))
    wanted = layer(x).asnumpy()
    assert not weight._t.is_contiguous()
    y = layer(x)
    row = weight[0]
    row[:] = 100
    assert np.array_equal(y.asnumpy(), wanted)
    y = layer(x)
    weight[:] = 0
    assert np.abs(y.asnumpy()).max() > 100


def test_what_was_lent_stays_the_same_memory():
    """A convolution's result may lie channels last; who shares it puts it in order first."""
    y = nd.Convolution(nd.ones((16, 64, 12, 12)), nd.ones((64, 64, 3, 3)), kernel=(3, 3), num_filter=64, no_bias=True)
    assert not y._t.is_contiguous()
    others = [y.as_torch(), np.asarray(y), y.detach()._t, y.as_np_ndarray()._t, nd.NDArray(y)._t]
    y[0][:] = 5
    y[:] = 7
    for other in others:
        assert other[1, 1, 1, 1] == 7


def test_a_weight_that_comes_from_the_same_array(arrays):
    x, w, b = arrays
    results = []
    for look in (False, True):
        y = nd.Convolution(x[:4], w, b, kernel=(3, 3), num_filter=4)
        if look:
            y.asnumpy()
        results.append(nd.Convolution(y, nd.relu(y), kernel=(8, 8), num_filter=4, no_bias=True).asnumpy())
    np.testing.assert_allclose(*results, rtol=1e-5)


def test_a_link_that_is_dropped_while_another_thread_computes_it(arrays, monkeypatch):
    """A writer has begun to compute it, whoever asked for it has gone on: what follows waits."""
    wanted = _at_once(*arrays).asnumpy()
    first = _convolve(*arrays)
    y = _pool(nd.relu(first))
    link, begun, go = first._uncomputed, threading.Event(), threading.Event()
    compute = type(link).compute

    def slowly(self):
        if self is link:
            begun.set()
            assert go.wait(30)
        compute(self)

    check = memory.check

    def overtaken(notes, what):
        if threading.current_thread() is reader:
            go.set()
            writer.join(30)
        check(notes, what)

    monkeypatch.setattr(type(link), "compute", slowly)
    monkeypatch.setattr(memory, "check", overtaken)
    writer, reader = threading.Thread(target=link.settle), threading.Thread(target=y._uncomputed.settle)
    writer.start()
    assert begun.wait(30)
    del first
    gc.collect()
    reader.start()
    reader.join(0.2)
    go.set()
    for thread in (writer, reader):
        thread.join(30)
    np.testing.assert_allclose(y.asnumpy(), wanted, rtol=1e-5, atol=1e-5)
