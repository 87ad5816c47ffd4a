"""Nodes that hold graphs: walked, copied, read, and run by whatever operator is declared for it."""

import copy
import json
import pickle

import numpy as np
import pytest
import torch

import mxnet as mx
from fidelity.cases import symbol_control as graphs
from mxnet import autograd, gluon, nd, sym
from mxnet.executor import CachedGraph
from mxnet.ops.registry import OPERATORS, OVER_GRAPHS, Graphs, operator, operator_of

GRAPHS = {"_foreach": graphs.FOREACH, "_while_loop": graphs.WHILE, "_cond": graphs.COND}


def read(graph):
    return sym.load_json(json.dumps({**graph, "attrs": {"mxnet_version": ["int", 10901]}}))


def loop_of(symbol):
    return next(entry.node for entry in symbol._entries if entry.node.graphs)


#: the arguments of each graph that is read, and what it computes of them
RUN = {
    "_foreach": ({"x": [[1], [2]], "s": [1], "w": [10]}, [[[11], [22]], [4]]),
    "_while_loop": ({"i": [3], "a": [1], "w": [10]}, [[[2], [22], [0], [0], [0], [0], [0]], [5], [21]]),
    "_cond": ({"p": [2], "w": [10]}, [[20]]),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_what_is_read_runs_alike_evaluated_and_in_a_block(name):
    symbol = read(GRAPHS[name])
    given, expected = RUN[name]
    values = {key: nd.array(value) for key, value in given.items()}
    evaluated = symbol.eval(**values)
    assert [each.asnumpy().tolist() for each in evaluated] == expected
    block = gluon.SymbolBlock(symbol, [sym.var(name) for name in symbol.list_arguments()])
    ran = block(*(values[each] for each in symbol.list_arguments()))
    for one, other in zip(evaluated, ran if isinstance(ran, list) else [ran]):
        assert one.asnumpy().tolist() == other.asnumpy().tolist()
    assert name in OVER_GRAPHS and name not in OPERATORS


@pytest.mark.parametrize("name", GRAPHS)
def test_wires_name_an_input_for_every_variable(name):
    node = loop_of(read(GRAPHS[name]))
    wires = operator_of(name).rules["wires"](node.all_attributes())
    variables = [sym.Symbol(graph).list_inputs() for graph in node.graphs]
    assert [len(each) for each in wires] == [len(each) for each in variables]
    given = [entry.node.name for entry in node.inputs]
    for places, names in zip(wires, variables):
        for place, variable in zip(places, names):
            assert variable.removesuffix("-0").removesuffix("_output") == given[place]


def test_a_copy_has_graphs_of_its_own():
    symbol = read(graphs.NESTED)
    for other in (copy.deepcopy(symbol), pickle.loads(pickle.dumps(symbol)), symbol(y=sym.Variable("y"))):
        assert other.tojson() == symbol.tojson()
    node = loop_of(read(graphs.FOREACH))
    copied = loop_of(copy.deepcopy(sym.Group([sym.Symbol([entry]) for entry in read(graphs.FOREACH)._entries])))
    assert copied.graphs[0][0].node is not node.graphs[0][0].node and len(copied.graphs[0]) == len(node.graphs[0])


def damaged(change, graph=graphs.FOREACH):
    given = json.loads(json.dumps(graph))
    change(given["nodes"][-1])
    return given


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda node: node.update(subgraphs=3), r"subgraphs of node 3 \(loop, _foreach\) are 3; expected a list"),
        (lambda node: node.update(subgraphs=[3]), "graph 0 of node 3 .*: the graph is 3; expected an object"),
        (lambda node: node.pop("subgraphs"), "_foreach: 0 graphs are given; it holds 1"),
        (lambda node: node["subgraphs"].append(node["subgraphs"][0]), "2 graphs are given; it holds 1"),
        (lambda node: node["subgraphs"][0].pop("heads"), "graph 0 of node 3 .*: field 'heads' is missing"),
        (lambda node: node["subgraphs"][0]["heads"].append([9, 0, 0]), "the node of head 2 is 9; expected .* 0 to 5"),
        (lambda node: node["subgraphs"][0]["nodes"][2].update(op="no"), "graph 0 of node 3 .*no: no operator"),
        (lambda node: node.update(op="null", inputs=[]), "is a variable and has graphs"),
        (lambda node: node.update(op="add_n"), "add_n: 1 graphs are given; it holds none"),
        (lambda node: node["attrs"].pop("num_outputs"), "required attribute 'num_outputs'"),
    ],
)
def test_a_damaged_graph_inside_is_an_error_that_says_where(change, says):
    with pytest.raises(mx.MXNetError, match=says):
        read(damaged(change))


def test_graphs_in_graphs_end_somewhere():
    graph = graphs.BODY
    for _ in range(40):
        loop = graphs._foreach("loop", [0, 1, 2], graph, **graphs.LOCATIONS)
        graph = graphs._graph([*map(graphs._variable, "xsw"), loop], [(3, 0), (3, 1)])
    with pytest.raises(mx.MXNetError, match="33 deep; expected at most 32"):
        read(graph)


# --- an operator of a test's own that runs its graph --------------------------------------------------


@pytest.fixture
def repeated():
    """``_test_repeated``: a graph of one variable and one output run several times over its own result."""

    @operator("_test_repeated", graphs=1, rules={"outputs": "its graph tells", "wires": lambda attributes: [[0]]})
    def run(data: torch.Tensor, *, times: int, graphs: Graphs = ()):
        for _ in range(times):
            (data,) = graphs[0](data)
        return data

    yield lambda body, times: read(
        graphs._graph(
            [graphs._variable("x"), graphs._node("_test_repeated", "loop", [0], [body], times=str(times))], [(1, 0)]
        )
    )
    del OVER_GRAPHS["_test_repeated"]


ONE_STEP = graphs._graph([graphs._variable("d"), graphs._node("_mul_scalar", "m", [0], scalar="3")], [(1, 0)])


def test_a_step_runs_the_graph_of_its_node(repeated):
    symbol = repeated(ONE_STEP, 4)
    assert symbol.eval(x=nd.array([1, 2]))[0].asnumpy().tolist() == [81, 162]
    executor = symbol.bind(mx.cpu(), {"x": nd.array([1, 2])}, {"x": nd.zeros(2)})
    executor.forward(is_train=True)
    executor.backward(nd.ones(2))
    assert executor.grad_dict["x"].asnumpy().tolist() == [81, 81]


def test_a_graph_inside_is_planned_by_mode_and_shape(repeated):
    dropped = graphs._graph([graphs._variable("d"), graphs._node("Dropout", "m", [0], p="0.5")], [(1, 0)])
    graph = CachedGraph(repeated(dropped, 1))
    for length in (50, 70):
        for training in (True, False, True):
            (out,), _ = graph.run([torch.ones(length)], mx.cpu(), training)
            assert out.shape == (length,) and bool((out == 1).all()) is not training


def test_a_step_with_a_graph_is_not_captured(repeated):
    plan = CachedGraph(repeated(ONE_STEP, 1)).plan([torch.ones(2)], mx.cpu(), False)
    assert [step.captured for step in plan.program.steps] == [False]


def test_running_statistics_of_a_norm_inside_move_as_they_do_step_by_step():
    x = nd.array(np.random.RandomState(1).uniform(-1, 1, (4, 5, 3)))
    kept = []
    for active in (False, True):
        norm = gluon.nn.BatchNorm(in_channels=3)
        norm.initialize()
        block = Looped(norm)
        block.hybridize(active)
        with autograd.record():
            outputs, _ = block(x, nd.zeros(1))
            loss = (outputs * outputs * x).sum()
        loss.backward()
        kept.append([each.asnumpy() for each in (norm.running_mean.data(), norm.running_var.data(), norm.gamma.grad())])
    assert abs(kept[0][0]).max() > 0.001
    for eager, graph in zip(*kept):
        np.testing.assert_allclose(graph, eager, rtol=1e-5, atol=1e-6)


class Looped(gluon.HybridBlock):
    """A layer applied to each element along the first axis."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def hybrid_forward(self, F, x, state):
        return F.contrib.foreach(lambda each, state: (self.layer(each), state + 1), x, state)


def test_a_loop_in_a_hybridized_block_draws_another_mask_in_each_step():
    block = Looped(gluon.nn.Dropout(0.5))
    block.hybridize()
    with autograd.record():
        outputs, count = block(nd.ones((2, 100)), nd.zeros(1))
    first, second = outputs.asnumpy()
    assert count.asscalar() == 2 and not (first == second).all() and {0, 2} == {*first, *second}


def test_a_while_loop_trains_in_a_hybridized_block_as_it_does_step_by_step():
    class Block(gluon.HybridBlock):
        def hybrid_forward(self, F, i, x):
            return F.contrib.while_loop(
                lambda i, x: i < 3, lambda i, x: (x * x, [i + 1, F.sin(x) * 2]), [i, x], max_iterations=5
            )

    results = []
    for active in (False, True):
        block, x = Block(), nd.array([0.5, 2])
        block.hybridize(active)
        x.attach_grad()
        with autograd.record():
            outputs, (steps, last) = block(nd.zeros(1), x)
            loss = outputs.sum() + (last * last).sum()
        loss.backward()
        results.append([outputs.asnumpy(), steps.asnumpy(), last.asnumpy(), x.grad.asnumpy()])
    for eager, graph in zip(*results):
        np.testing.assert_allclose(graph, eager, rtol=1e-6)


def test_a_loop_of_no_step_has_outputs_of_zeros_and_hands_its_variables_on():
    i, w = sym.var("i"), sym.var("w")
    outputs, last = sym.contrib.while_loop(lambda i: i < 5, lambda i: (i + w, i + 1), i, max_iterations=3)
    given = nd.array([7])
    results = sym.Group([outputs, last]).eval(i=given, w=nd.array([1]))
    assert [each.asnumpy().tolist() for each in results] == [[[0], [0], [0]], [7]]
    given[:] = 9
    assert results[1].asscalar() == 7


def test_shapes_go_through_loops_both_ways():
    x, s, w, p = map(sym.var, "xswp")
    symbol = sym.Group(list(sym.contrib.foreach(lambda d, s: (sym.dot(d, w) + s, s + 1), x, s)))
    assert symbol.infer_shape(x=(5, 2, 3), w=(3, 4), s=(2, 4))[1] == [(5, 2, 4), (2, 4)]
    outputs, last = sym.contrib.while_loop(lambda s: s.sum() < 5, lambda s: (s * 2, s + x), s, max_iterations=7)
    assert sym.Group([outputs, last]).infer_shape(s=(2, 3))[1] == [(7, 2, 3), (2, 3)]
    either = sym.contrib.cond(p, lambda: x * w, lambda: x + w)
    assert either.infer_shape(x=(2,), p=(1,))[:2] == ([(1,), (2,), (2,)], [(2,)])
    unlike = sym.contrib.cond(p, lambda: x * w, lambda: sym.concat(x, w, dim=0))
    assert unlike.infer_shape(x=(2,), w=(2,), p=(1,)) == (None, None, None)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"x": nd.empty((0, 1))}, r"the data have shapes \(0, 1\); expected one length of the first axis, at least 1"),
        ({"x": nd.array(1.0)}, r"the data have shapes \(\); expected one length"),
    ],
)
def test_data_without_elements_to_go_through(values, says):
    with pytest.raises(mx.MXNetError, match=says):
        read(graphs.FOREACH).eval(s=nd.ones(1), w=nd.ones(1), **values)


@pytest.mark.parametrize(
    ("graph", "attributes", "says"),
    [
        (graphs.FOREACH, {"in_data_locs": "[7]"}, r"the variables of graph 0 are said to be the inputs .*expected 3"),
        (graphs.FOREACH, {"remain_locs": "[1, 1]"}, r"the variables of graph 0 are said to be the inputs|expected 3"),
        (graphs.FOREACH, {"in_state_locs": "[]"}, r"_foreach: in_state_locs=\(\); expected 1 places"),
        (graphs.WHILE, {"func_input_locs": "[1, 0, 9]"}, r"graph 1 are said to be the inputs \[1, 0, 9\]"),
        (graphs.WHILE, {"func_var_locs": "[1, -1]"}, r"_while_loop: func_var_locs=\(1, -1\); expected 2 places"),
        (graphs.WHILE, {"cond_input_locs": "[]"}, r"graph 0 are said to be the inputs \[\]; expected 1"),
        (graphs.COND, {"else_input_locs": "[1]"}, r"graph 2 are said to be the inputs \[1\]; expected 2"),
    ],
)  # fmt: skip
def test_attributes_that_name_no_inputs_are_refused_when_read(graph, attributes, says):
    with pytest.raises(mx.MXNetError, match=says):
        read(damaged(lambda node: node["attrs"].update(attributes), graph))


def test_a_graph_with_other_outputs_than_its_node_says():
    symbol = read(damaged(lambda node: node["subgraphs"][0]["heads"].pop(), graphs.FOREACH))
    with pytest.raises(mx.MXNetError, match="_foreach: a graph has 1 outputs; expected 2"):
        symbol.eval(x=nd.ones((2, 1)), s=nd.ones(1), w=nd.ones(1))
