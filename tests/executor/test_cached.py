"""Which plan a call gets: everything that makes another one, and which are kept."""

import numpy as np
import pytest
import torch

import mxnet as mx
from mxnet import autograd, nd, sym
from mxnet.executor import CachedGraph, cached
from mxnet.gluon import nn


def graph_of_one():
    return CachedGraph(sym.Dropout(sym.Variable("x"), p=0.5) * 2)


def test_each_part_of_the_signature_makes_a_plan():
    graph = graph_of_one()
    x = torch.ones(4)
    first = graph.plan([x], mx.cpu(), False)
    assert graph.plan([x.clone()], mx.cpu(), False) is first  # other memory, the same signature
    with torch.enable_grad():
        recording = graph.plan([x], mx.cpu(), False)
    with torch.no_grad():
        others = [
            graph.plan([x], mx.cpu(), False),
            graph.plan([x], mx.cpu(), True),
            graph.plan([x[:2]], mx.cpu(), False),
            graph.plan([x.double()], mx.cpu(), False),
        ]
    plans = [recording, *others]
    assert len({id(plan) for plan in plans}) == len(plans)


@pytest.mark.parametrize("record", [False, True])
def test_dropout_drops_in_training_only_whichever_came_first(record):
    for order in ((True, False, True), (False, True, False)):
        graph = graph_of_one()
        for training in order:
            with torch.set_grad_enabled(record):
                outputs, _ = graph.run([torch.ones(200)], mx.cpu(), training)
            assert set(outputs[0].tolist()) == ({0, 4} if training else {2})


def test_dropout_of_a_block_drops_in_training_only():
    net = nn.Dropout(0.5)
    net.hybridize()
    x = nd.ones((200,))
    for _ in range(2):
        with autograd.train_mode():
            assert set(np.unique(net(x).asnumpy())) == {0, 2}
        assert set(np.unique(net(x).asnumpy())) == {1}
        with autograd.record():
            assert set(np.unique(net(x).asnumpy())) == {0, 2}
        with autograd.record(train_mode=False):
            assert set(np.unique(net(x).asnumpy())) == {1}


def test_the_plans_used_last_are_kept(monkeypatch):
    monkeypatch.setattr(cached, "PLANS_KEPT", 3)
    graph = graph_of_one()
    made = []
    make = graph._made
    monkeypatch.setattr(graph, "_made", lambda values, *rest: made.append(len(values[0])) or make(values, *rest))
    for length in (1, 2, 3, 1, 4, 1, 3, 2):
        graph.plan([torch.ones(length)], mx.cpu(), False)
    assert made == [1, 2, 3, 4, 2]  # 2 was used longest ago when 4 came


@pytest.mark.parametrize("dtype", ["float64", "float16"])
def test_inputs_of_two_dtypes_are_refused_by_name(dtype):
    total = sym.elemwise_add(sym.Variable("a"), sym.Variable("b"), name="total")
    a, b = nd.ones(2), nd.ones(2, dtype=dtype)
    with pytest.raises(mx.MXNetError, match=rf"total \(elemwise_add\): rhs, 'b', is {dtype}; expected float32"):
        total.bind(mx.cpu(), {"a": a, "b": b})
    graph = CachedGraph(total)
    for train in (False, True):
        with pytest.raises(mx.MXNetError, match=rf"node total \(elemwise_add\): input 1 is {dtype}; expected float32"):
            graph.run([a.as_torch(), b.as_torch()], mx.cpu(), train)


def test_the_collector_is_put_back():
    import gc

    assert gc.isenabled()
    graph_of_one().plan([torch.ones(1)], mx.cpu(), False)
    assert gc.isenabled()
    gc.disable()
    try:
        graph_of_one().plan([torch.ones(2)], mx.cpu(), False)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_collector_is_put_back_after_threads_that_overlap():
    import gc

    from mxnet.executor.cached import uncollected

    first, second = uncollected(), uncollected()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()  # the other still plans
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_an_activation_in_place_leaves_integers_to_the_activation():
    a, b = nd.array([0, 1, -2], dtype="int32"), nd.array([0, 2, 1], dtype="int32")
    for name in ("relu", "sigmoid", "tanh"):
        symbol = getattr(sym, name)(sym.Variable("a") + sym.Variable("b"))
        ours = symbol.eval(a=a, b=b)[0]
        expected = getattr(nd, name)(a + b)
        assert ours.dtype == expected.dtype and ours.asnumpy().tolist() == expected.asnumpy().tolist()
