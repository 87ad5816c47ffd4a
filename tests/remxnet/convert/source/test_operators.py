"""Every operator as a program's line: outputs and gradients equal to ours, many calls in one graph.

The calls are those of ``tests/fidelity/operator_calls.json``, which every operator has a line in.
"""

import json

import numpy as np
import pytest
from torch_programs import agree, exported_alike

import mxnet as mx
from fidelity import inference
from mxnet.ops.registry import operator_of

#: what draws: compared by what it does without chance, or by shape alone
DRAWS = {"Dropout", "LeakyReLU", "RNN"}
#: whose result's shape, in the calls that there are, depends on elements, which no typed graph has
LEFT = {"_npi_delete", "_np_atleast_1d", "_np_atleast_3d"}
#: matrices that have what is asked for: symmetric ones with positive eigenvalues
SYMMETRIC = {"_linalg_potrf", "_npi_cholesky", "_npi_eig", "_npi_eigvals"}
PARTS = 8
#: each of so many calls is exported, as torch takes a third of a second for one
APART = 60


def calls():
    """The calls that can be compared, every operator's and attribute's, one of two calls that differ in dtypes."""
    found, seen = [], set()
    for operator, inputs, attributes in inference.calls():
        spec = operator_of(operator)
        if spec.rule("source") is None or operator in LEFT or (spec.takes_rng and operator not in DRAWS):
            continue
        chance = attributes.get("p", "0.5" if spec.name == "Dropout" else "0")
        if "rrelu" in attributes.values() or float(chance):
            continue
        kind = (spec.name, json.dumps(attributes), sum(each is not None for each in inputs))
        if kind not in seen and sum(kind[0] == each[0] for each in seen) < 2:
            seen.add(kind)
            found.append((operator, inputs, attributes))
    return found


def value(operator, shape, dtype, random):
    if "int" in dtype:
        return random.randint(0, 2, size=shape).astype(dtype)
    if dtype == "bool":
        return random.randint(0, 2, size=shape).astype(bool)
    if operator == "_contrib_ROIAlign" and shape[-1] == 5:
        return np.array([[0, 0.2, 0.3, 3.1, 4.2]] * shape[0], dtype)
    if operator in SYMMETRIC:
        matrices = random.uniform(0.15, 0.9, size=shape)
        return (matrices + matrices.swapaxes(-1, -2) + 4 * np.eye(shape[-1])).astype(dtype)
    return (random.uniform(0.15, 0.9, size=shape) + (1.1 if operator.endswith("arccosh") else 0)).astype(dtype)


def together(chosen):
    """A graph of several calls, each on variables of its own."""
    nodes, heads, inputs, parameters = [], [], {}, {}
    random = np.random.RandomState(5)
    for number, (operator, given, attributes) in enumerate(chosen):
        spec, places = operator_of(operator), []
        for place, each in enumerate(given):
            if each is None:
                continue
            name = f"v{number}_{place}"
            places.append([len(nodes), 0, 0])
            nodes.append({"op": "null", "name": name, "inputs": []})
            held = parameters if place and (spec.aux or spec.params) and not name.endswith("label") else inputs
            held[name] = value(operator, tuple(each[0]), each[1], random)
        nodes.append({"op": operator, "name": f"c{number}", "attrs": attributes, "inputs": places})
        single = {"nodes": nodes[-len(places) - 1 :], "heads": [[len(places), 0, 0]]}
        single["nodes"] = [
            {**node, "inputs": [[i, 0, 0] for i in range(len(node["inputs"]))]} for node in single["nodes"]
        ]
        visible = (
            mx.sym.load_json(json.dumps({**single, "arg_nodes": list(range(len(places)))}))._entries[0].node.visible
        )
        heads += [[len(nodes) - 1, output, 0] for output in range(visible)]
    arguments = [place for place, node in enumerate(nodes) if node["op"] == "null"]
    return mx.sym.load_json(json.dumps({"nodes": nodes, "arg_nodes": arguments, "heads": heads})), inputs, parameters


@pytest.mark.parametrize("part", range(PARTS))
def test_operators_compute_the_same(part):
    symbol, inputs, parameters = together(calls()[part::PARTS])
    agree(symbol, inputs, parameters)


@pytest.mark.filterwarnings("ignore:You are using `torch.load`:FutureWarning")  # torch 2.4, of its own reading
def test_some_operators_compute_the_same_exported():
    chosen = [call for call in calls() if operator_of(call[0]).rules.get("exported") is None][::APART]
    assert len(chosen) > 5
    symbol, inputs, parameters = together(chosen)
    exported_alike(symbol, inputs, parameters)
