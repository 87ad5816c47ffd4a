"""Graphs as converters walk them: every value has a name of its own, a shape and a dtype."""

import pytest

import mxnet as mx
from mxnet import gluon, nd, sym
from mxnet.symbol.typed import typed, without_rules


def test_values_of_a_network(tmp_path):
    net = gluon.nn.HybridSequential(prefix="net_")
    with net.name_scope():
        net.add(gluon.nn.Conv2D(4, 3), gluon.nn.BatchNorm(), gluon.nn.Dense(2))
    net.initialize()
    net.hybridize()
    net(nd.zeros((1, 3, 8, 8)))
    net.export(str(tmp_path / "net"))
    symbol, args, aux = mx.model.load_checkpoint(str(tmp_path / "net"), 0)
    graph = typed(symbol, {**args, **aux}, {"data": (5, 3, 8, 8)})
    assert [each.name for each in graph.inputs] == ["data"]
    assert {each.name for each in graph.parameters} == {*args, *aux} and graph.states == set(aux)
    convolution, norm, dense = graph.calls
    assert convolution.outputs[0].shape == (5, 4, 6, 6) and graph.outputs == [dense.outputs[0]]
    assert norm.named()["gamma"].constant.tolist() == [1] * 4 and norm.attributes["eps"] == 1e-5
    assert norm.inputs[0] is convolution.outputs[0] and norm.inputs[0].makes is convolution
    assert graph.output_names == ["net_dense0_fwd_output"]


def test_names_are_its_own():
    a = sym.Variable("a")
    once = sym.exp(a, name="a_output")
    both = sym.Group([sym.split(once, num_outputs=2, name="parts"), sym.log(a, name="parts_output0")])
    graph = typed(both, {}, {"a": (2, 4)})
    names = [value.name for call in graph.calls for value in call.outputs]
    assert len({*names, "a"}) == len(names) + 1
    assert graph.inputs[0].readers == 2 and [each.readers for each in graph.outputs] == [1, 1, 1]


def test_dtypes():
    a = sym.Variable("a")
    graph = typed(sym.cast(a, "int8"), {}, {"a": (2,)}, {"a": "bfloat16"})
    assert graph.inputs[0].dtype == "bfloat16" and graph.outputs[0].dtype == "int8"


def test_graphs_in_nodes():
    step = lambda data, state: (data + state, state * 2)  # noqa: E731
    out, _ = sym.contrib.foreach(step, sym.Variable("data"), sym.Variable("state"))
    graph = typed(out, {}, {"data": (3, 2), "state": (2,)})
    (loop,) = graph.calls
    (held,) = loop.graphs
    assert len(held.inputs) == 2 and len(held.outputs) == 2
    assert len(without_rules(graph, "capture")) == len(graph.calls) + len(held.calls)


def test_what_is_not_known():
    a, b = sym.Variable("a"), sym.Variable("b")
    with pytest.raises(mx.MXNetError, match="give those of b"):
        typed(sym.concat(a, sym.exp(b), dim=0), {"a": nd.zeros((2, 3))}, {})
    with pytest.raises(mx.MXNetError, match="no input 'c'; it has a, b"):
        typed(a + b, {}, {"a": (2,), "c": (3,)})
    with pytest.raises(mx.MXNetError, match="depends on what is computed"):
        typed(sym.contrib.boolean_mask(a, b), {}, {"a": (2, 3), "b": (2,)})
