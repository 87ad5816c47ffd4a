"""What the profiler says of operators: eager, in graphs, and backwards."""

import json

import pytest

import mxnet as mx
from mxnet import autograd, gluon, nd, profiler, spans
from mxnet.ops.registry import OPERATORS


@pytest.fixture
def trace(tmp_path):
    yield tmp_path / "trace.json"
    profiler.set_state("stop")
    if profiler._profile is not None and not profiler._dumped:
        profiler.dump()
    profiler.set_config()


def test_operators_are_measured_by_their_names_and_nothing_after_the_end(trace):
    net = gluon.nn.Dense(3, in_units=4)
    net.initialize()
    net.hybridize()
    small = gluon.nn.Conv2D(4, 3, in_channels=1, activation="relu")
    small.initialize()
    x = nd.ones((2, 4))
    net(x)
    profiler.set_config(aggregate_stats=True, filename=str(trace))
    profiler.set_state("run")
    (nd.dot(x, x.T) + 1).wait_to_read()
    profiler.pause()
    (x * 2).wait_to_read()
    profiler.resume()
    with autograd.record():
        loss = net(x).sum()
    loss.backward()
    small(nd.ones((1, 1, 8, 8))).wait_to_read()
    table = json.loads(profiler.dumps(format="json"))
    profiler.set_state("stop")
    (x / 2).wait_to_read()
    profiler.dump()
    operators = table["Time"]["operator"]
    assert {"dot", "transpose", "_plus_scalar", "FullyConnected", "sum", "AddmmBackward0"} <= operators.keys()
    assert not {"_mul_scalar", "_div_scalar"} & operators.keys()
    assert any("relu" in name for name in operators)
    assert "aten::addmm" in table["Time"]["PyTorch"] and table["Memory"]["Device Storage"]["Memory: cpu/0"]["Max"] > 0
    events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    assert [e["ph"] for e in events if e["name"] == "dot"] == ["B", "E"]
    assert not any(e["name"] == "_div_scalar" for e in events)
    assert not spans.names.eager and not spans.names.graphs
    assert all(spans.plain(spec.function) is spec.function for spec in OPERATORS.values())


def test_what_is_measured_can_be_chosen(trace):
    net = gluon.nn.Dense(3, in_units=4)
    net.initialize()
    net.hybridize()
    x = nd.ones((2, 4))
    found = {}
    for name in ("profile_symbolic", "profile_imperative"):
        off = dict.fromkeys(("profile_symbolic", "profile_imperative", "profile_memory", "profile_api"), False)
        profiler.set_config(aggregate_stats=True, filename=str(trace), **{**off, name: True})
        profiler.set_state("run")
        (net(x) + 1).wait_to_read()
        profiler.set_state("stop")
        found[name] = json.loads(profiler.dumps(reset=True, format="json"))["Time"]
    assert list(found["profile_symbolic"]["operator"]) == ["FullyConnected"]
    assert list(found["profile_imperative"]["operator"]) == ["_plus_scalar"]


def test_a_store_of_several_processes_may_be_named():
    profiler.set_kvstore_handle(object())
    try:
        profiler.set_state("run", profile_process="server")
        profiler.dump(profile_process="server")
    finally:
        profiler.set_kvstore_handle(None)
    with pytest.raises(mx.MXNetError, match="no store with servers"):
        profiler.pause("server")


def test_earlier_names_say_what_they_are_now(trace):
    with pytest.warns(UserWarning, match=r"profiler_set_config\(\) is deprecated. Please use profiler.set_config\(\)"):
        profiler.profiler_set_config("all", str(trace))
    with pytest.warns(UserWarning, match=r"profiler_set_state\(\) is deprecated"):
        profiler.profiler_set_state("run")
    profiler.set_state("stop")
    with pytest.warns(UserWarning, match=r"dump_profile\(\) is deprecated"):
        profiler.dump_profile()
    assert trace.exists()
    with pytest.raises(mx.MXNetError, match="nothing was measured"):
        profiler.dump()
