"""Nodes that hold graphs: walked, copied, read, and run by whatever operator is declared for it."""

import copy
import json
import pickle

import pytest
import torch

import mxnet as mx
from fidelity.cases import symbol_control as graphs
from mxnet import autograd, gluon, nd, sym
from mxnet.executor import CachedGraph
from mxnet.executor.cached import Nested
from mxnet.ops.registry import OPERATORS, OVER_GRAPHS, Graphs, operator, operator_of

GRAPHS = {"_foreach": graphs.FOREACH, "_while_loop": graphs.WHILE, "_cond": graphs.COND}


def read(graph):
    return sym.load_json(json.dumps({**graph, "attrs": {"mxnet_version": ["int", 10901]}}))


def loop_of(symbol):
    return next(entry.node for entry in symbol._entries if entry.node.graphs)


@pytest.mark.parametrize("name", GRAPHS)
def test_what_cannot_be_run_says_so(name):
    symbol = read(GRAPHS[name])
    values = {argument: nd.ones((2, 2)) for argument in symbol.list_arguments()}
    with pytest.raises(mx.MXNetError, match=f"{name}: control flow in graphs is not supported yet"):
        symbol.eval(**values)
    block = gluon.SymbolBlock(symbol, [sym.var(name) for name in symbol.list_arguments()])
    with pytest.raises(mx.MXNetError, match=f"{name}: control flow in graphs is not supported yet"):
        block(*values.values())
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


# --- an operator that runs its graphs, as those of control flow will --------------------------------------------------


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


def test_states_inside_are_refused_while_they_would_move(repeated):
    names = ["d", "g", "b", "m", "v"]
    body = graphs._graph([*map(graphs._variable, names), graphs._node("BatchNorm", "bn", range(5))], [(5, 0)])
    inner = CachedGraph(read(body))
    nested = Nested(inner.symbol, mx.cpu(), True, True)
    with autograd.record(), pytest.raises(mx.MXNetError, match="BatchNorm in a graph of a node: its states"):
        nested(torch.ones(2, 3), *(torch.ones(3) for _ in range(4)))
