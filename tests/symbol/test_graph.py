"""Graphs that the recorded cases of MXNet do not reach: deep ones, damaged files, threads of names."""

import copy
import json
import pickle

import numpy as np
import pytest

import mxnet as mx
from mxnet import nd, sym


def chain(length):
    x = sym.Variable("x")
    for _ in range(length):
        x = x + 1
    return x


def test_ten_thousand_nodes_in_a_row_are_no_trouble():
    net = chain(10_000)
    again = sym.load_json(net.tojson())
    assert again.tojson() == net.tojson()
    assert again.infer_shape(x=(2,)) == ([(2,)], [(2,)], [])
    assert again.eval(x=nd.zeros(2))[0].asnumpy().tolist() == [10_000, 10_000]
    assert copy.deepcopy(net).list_arguments() == ["x"]


def test_a_pickled_symbol_is_the_same_graph():
    net = sym.FullyConnected(sym.Variable("x"), num_hidden=2, name="fc")
    assert pickle.loads(pickle.dumps(net)).tojson() == net.tojson()


GRAPH = {
    "nodes": [{"op": "null", "name": "x", "inputs": []}, {"op": "relu", "name": "r", "inputs": [[0, 0, 0]]}],
    "arg_nodes": [0],
    "heads": [[1, 0, 0]],
    "attrs": {"mxnet_version": ["int", 10901]},
}


def damaged(**changes):
    graph = json.loads(json.dumps(GRAPH))
    for key, value in changes.items():
        if key in ("op", "name", "inputs", "attrs_"):
            graph["nodes"][1][key.rstrip("_")] = value
        else:
            graph[key] = value
    return json.dumps(graph)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "expected an object"),
        ("{}", "'nodes'"),
        (damaged(nodes=3), "'nodes'"),
        (damaged(heads=[]), "heads is empty"),
        (damaged(heads=[[7, 0, 0]]), "from 0 to 1"),
        (damaged(heads=[[1, 5, 0]]), "output of head 0"),
        (damaged(heads=[["a", 0, 0]]), "node of head 0"),
        (damaged(arg_nodes=[1]), "expected variables"),
        (damaged(arg_nodes=[-1]), "arg_nodes"),
        (damaged(op="nothing"), "no operator of this name"),
        (damaged(op=None), "expected strings"),
        (damaged(inputs=[[1, 0, 0]]), "input 0 of node 1"),
        (damaged(inputs=[[True, 0, 0]]), "input 0 of node 1"),
        (damaged(inputs=[0]), "input 0 of node 1"),
        (damaged(inputs=[[0, 0, 0], [0, 0, 0]]), "has 2 inputs"),
        (damaged(attrs_={"a": 1}), "object of strings"),
        (damaged(op="clip", attrs_={"a_min": "0", "a_max": "1", "a": "1"}), "no attribute 'a'"),
        (damaged(op="clip", attrs_={"a_min": "0", "a_max": "x"}), "a_max='x'"),
        (damaged(op="SliceChannel", attrs_={"num_outputs": "50000000"}), "has 50000000 outputs; expected at most"),
        (damaged(op="_plus_scalar", attrs_={"scalar": "-" * 20_000 + "1"}), "scalar"),
        (damaged(op="Reshape", attrs_={"shape": "-" * 20_000 + "1"}), "shape"),
        (damaged(attrs={"mxnet_version": 3}), "mxnet_version"),
        (damaged(attrs=[]), "mxnet_version"),
    ],
)
def test_a_damaged_graph_is_an_error_that_says_where(text, says):
    with pytest.raises(mx.MXNetError, match=says):
        sym.load_json(text)


def test_a_file_from_before_1_0_may_have_operators_of_contrib_without_the_prefix():
    old = damaged(op="MultiBoxPrior", attrs_={"sizes": "(0.5,0.3)"}, attrs={"mxnet_version": ["int", 905]})
    net = sym.load_json(old)
    found = net.eval(x=mx.nd.zeros((1, 2, 3, 4)))[0]
    expected = mx.nd.contrib.MultiBoxPrior(mx.nd.zeros((1, 2, 3, 4)), sizes=(0.5, 0.3))
    assert found.asnumpy().tolist() == expected.asnumpy().tolist()
    assert '"op": "_contrib_MultiBoxPrior"' in net.tojson()
    with pytest.raises(mx.MXNetError, match="no operator of this name"):
        sym.load_json(damaged(op="MultiBoxPrior"))


def test_a_failed_save_leaves_the_file(tmp_path):
    net = chain(2)
    path = tmp_path / "net.json"
    net.save(str(path))
    before = path.read_text()
    with pytest.raises(mx.MXNetError, match="missing"):
        net.save(str(tmp_path / "missing" / "net.json"))
    assert path.read_text() == before == net.tojson()
    with pytest.raises(mx.MXNetError, match="cannot be read"):
        sym.load(str(tmp_path / "none.json"))


def test_an_error_while_running_names_the_node():
    net = sym.dot(sym.Variable("a"), sym.Variable("b"), name="product")
    with pytest.raises(mx.MXNetError, match="product"):
        net.eval(a=nd.ones((2, 3)), b=nd.ones((2, 3)))


def test_an_output_shares_memory_with_an_argument_only_if_it_is_one():
    x = nd.ones(2)
    variable = sym.Variable("x")
    first, second = sym.Group([variable, sym.identity(variable)]).eval(x=x)
    first[:] = 5
    assert x.asnumpy().tolist() == [5, 5] and second.asnumpy().tolist() == [1, 1]


def test_two_variables_of_one_name_cannot_be_bound():
    with pytest.raises(mx.MXNetError, match="two variables are called 'x'"):
        (sym.Variable("x") + sym.Variable("x")).eval(x=nd.ones(2))


def test_zeros_of_an_unknown_length_take_it_from_what_they_are_added_to():
    state = sym.zeros((0, 3)) + sym.Variable("x")
    assert state.eval(x=nd.ones((2, 3)))[0].shape == (2, 3)


def test_dropout_drops_in_training_only():
    executor = sym.Dropout(sym.Variable("x"), p=0.5).simple_bind(mx.cpu(), x=(1000,))
    executor.arg_dict["x"][:] = 1
    assert (executor.forward()[0].asnumpy() == 1).all()
    kept = executor.forward(is_train=True)[0].asnumpy()
    assert set(np.unique(kept)) == {0, 2}
    executor.backward(nd.ones(1000))
    assert (executor.grad_dict["x"].asnumpy() == kept).all()
