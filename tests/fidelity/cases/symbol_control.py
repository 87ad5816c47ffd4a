"""Control flow in graphs: nodes that hold graphs, read from files and written again."""

from __future__ import annotations

import json


def _variable(name):
    return {"op": "null", "name": name, "inputs": []}


def _node(op, name, inputs, graphs=(), **attrs):
    fields = {
        "op": op,
        "name": name,
        "inputs": [[number, 0, 0] if type(number) is int else number for number in inputs],
    }
    if attrs:
        fields["attrs"] = attrs
    if graphs:
        fields["subgraphs"] = list(graphs)
    return fields


def _graph(nodes, heads):
    variables = [number for number, node in enumerate(nodes) if node["op"] == "null"]
    return {"nodes": nodes, "arg_nodes": variables, "heads": [[*head, 0] for head in heads]}


def _foreach(name, inputs, graph, **attrs):
    return _node("_foreach", name, inputs, [graph], num_args=str(len(inputs) + 1), **attrs)


BODY = _graph(
    [
        _variable("x-0"), _variable("w"), _node("elemwise_mul", "m", [0, 1], __subgraph_name__="loop0"),
        _variable("s-0"), _node("elemwise_add", "a", [2, 3]), _node("elemwise_add", "b", [3, 0]),
    ],
    [(4, 0), (5, 0)],
)  # fmt: skip
LOCATIONS = {
    "in_data_locs": "[0]",
    "in_state_locs": "[2]",
    "remain_locs": "[1]",
    "num_out_data": "1",
    "num_outputs": "2",
}
FOREACH = _graph(
    [_variable("x"), _variable("s"), _variable("w"), _foreach("loop", [0, 1, 2], BODY, **LOCATIONS)],
    [(3, 0), (3, 1)],
)
WHILE = _graph(
    [
        _variable("i"), _variable("a"), _variable("w"),
        _node(
            "_while_loop", "while", [0, 1, 2],
            [
                _graph([_variable("i-0"), _node("_lesser_scalar", "less", [0], scalar="5")], [(1, 0)]),
                _graph(
                    [
                        _variable("a-0"), _node("_mul_scalar", "twice", [0], scalar="2"), _variable("i-0"),
                        _node("_plus_scalar", "next", [2], scalar="1"), _variable("w"),
                        _node("elemwise_add", "sum", [0, 4]),
                    ],
                    [(1, 0), (3, 0), (5, 0)],
                ),
            ],
            num_args="5", num_out_data="1", num_outputs="3", max_iterations="7", cond_input_locs="[0]",
            func_input_locs="[1, 0, 2]", func_var_locs="[1, 0]",
        ),
    ],
    [(3, 0), (3, 1), (3, 2)],
)  # fmt: skip


def _branch(op):
    return _graph([_variable("p"), _variable("w"), _node(op, "of_both", [0, 1])], [(2, 0)])


COND = _graph(
    [
        _variable("p"), _node("_lesser_scalar", "less", [0], scalar="3"), _variable("w"),
        _node(
            "_cond", "choice", [1, 0, 2],
            [
                _graph([_variable("less_output"), _node("_copy", "same", [0])], [(1, 0)]),
                _branch("elemwise_mul"), _branch("elemwise_add"),
            ],
            num_args="6", num_outputs="1", cond_input_locs="[0]", then_input_locs="[1, 2]", else_input_locs="[1, 2]",
        ),
    ],
    [(3, 0)],
)  # fmt: skip
NESTED = _graph(
    [
        _variable("y"), _variable("t"), _variable("w"), _node("relu", "before", [0]),
        _foreach(
            "outer", [3, 1, 2],
            _graph(
                [
                    _variable("x"), _variable("w"), _variable("s"), _foreach("inner", [0, 2, 1], BODY, **LOCATIONS),
                    _node("relu", "after", [[3, 1, 0]]),
                ],
                [(3, 0), (4, 0)],
            ),
            **LOCATIONS,
        ),
        _node("elemwise_add", "both", [[4, 0, 0], [4, 1, 0]]),
    ],
    [(5, 0)],
)  # fmt: skip
NORMS = _graph(
    [
        *map(_variable, ("x", "s", "g", "b", "m", "v")),
        _foreach(
            "loop", range(6),
            _graph(
                [
                    *map(_variable, ("x-0", "g", "b", "m", "v")),
                    _node("BatchNorm", "bn", range(5), eps="0.001"), _variable("s-0"), _node("_copy", "same", [6]),
                ],
                [(5, 0), (7, 0)],
            ),
            in_data_locs="[0]", in_state_locs="[5]", remain_locs="[1, 2, 3, 4]", num_out_data="1", num_outputs="2",
        ),
    ],
    [(6, 0), (6, 1)],
)  # fmt: skip


def _read(mx, graph):
    text = json.dumps({**graph, "attrs": {"mxnet_version": ["int", 10901]}})
    symbol = mx.sym.load_json(text)
    again = mx.sym.load_json(symbol.tojson())
    return [
        symbol.tojson(), again.tojson() == symbol.tojson(), symbol.list_arguments(), symbol.list_outputs(),
        symbol.list_auxiliary_states(), symbol.get_internals().list_outputs(),
        {name: sorted(attributes.items()) for name, attributes in symbol.attr_dict().items()},
        symbol.get_children().list_outputs(),
    ]  # fmt: skip


def loop_over_elements(mx):
    return _read(mx, FOREACH)


def loop_while(mx):
    return _read(mx, WHILE)


def choice(mx):
    return _read(mx, COND)


def loop_in_a_loop(mx):
    return _read(mx, NESTED)


def states_in_a_loop(mx):
    return _read(mx, NORMS)


def composed(mx):
    symbol = mx.sym.load_json(json.dumps({**NESTED, "attrs": {"mxnet_version": ["int", 10901]}}))
    return symbol(y=mx.sym.Variable("z") * 2, name="new").tojson()


def of_an_old_version(mx):
    return mx.sym.load_json(json.dumps({**FOREACH, "attrs": {"mxnet_version": ["int", 10400]}})).tojson()


def damaged_graph_inside(mx):
    graph = json.loads(json.dumps(FOREACH))
    graph["nodes"][3]["subgraphs"][0]["nodes"][2]["op"] = "nothing"
    return mx.sym.load_json(json.dumps({**graph, "attrs": {"mxnet_version": ["int", 10901]}}))
