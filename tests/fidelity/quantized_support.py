"""Nodes that hold what they fuse, as graphs of 8 bits have them, made from their inner graph."""

from __future__ import annotations

import json
from typing import Any

import numpy as np


def fused(
    mx: Any, op: str, inner: Any, attributes: dict[str, str], ends: list[str], states: tuple[str, ...] = ()
) -> Any:
    """Return the symbol of a node of `op` that holds a graph, whose variables and `ends` of ranges are its inputs."""
    graph = json.loads(inner.tojson())
    del graph["attrs"]
    leaves = [node for node in graph["nodes"] if node["op"] == "null"]
    for node in leaves:
        node.pop("attrs", None)
    names = [node["name"] for node in leaves] + ends
    nodes = [{"op": "null", "name": name, "inputs": []} for name in names]
    sources = [[place, 0, int(name in states)] for place, name in enumerate(names)]
    nodes.append({"op": op, "name": "fused", "attrs": attributes, "inputs": sources, "subgraphs": [graph]})
    single = attributes.get("quantized") is None or "enable_float_output" in attributes
    heads = [[len(names), place, 0] for place in range(1 if single else 3)]
    whole = {"nodes": nodes, "arg_nodes": list(range(len(names))), "heads": heads}
    return mx.sym.load_json(json.dumps({**whole, "attrs": {"mxnet_version": ["int", 10901]}}))


def run(mx: Any, symbol: Any, **arrays: Any) -> list[Any]:
    """Return the outputs of a symbol for NumPy arrays, or numbers for arrays of one element."""
    given = {}
    for name, value in arrays.items():
        value = np.asarray([value], "float32") if isinstance(value, float) else value
        given[name] = mx.nd.array(value, dtype=value.dtype)
    states = {name: given.pop(name) for name in symbol.list_auxiliary_states()}
    return symbol.bind(mx.cpu(), given, aux_states=states, grad_req="null").forward()
