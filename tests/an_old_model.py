"""A face detector's first network as MXNet 0.8 saved it: what the page about old models goes on with."""

import json
from pathlib import Path

import numpy as np

from mxnet.serialization import params


def make(folder):
    """Write ``det1-symbol.json`` and ``det1-0001.params`` into a folder."""
    nodes, arrays, draws = [], {}, np.random.RandomState(0)

    def node(op, name, *inputs, **attributes):
        nodes.append({
            "op": op, "param": attributes, "name": name, "inputs": [[each, 0] for each in inputs],
            "backward_source_id": -1,
        })  # fmt: skip
        return len(nodes) - 1

    def parameter(name, *shape):
        arrays[f"arg:{name}"] = draws.normal(0, 0.2, shape).astype("float32")
        return node("null", name)

    def convolution(data, name, inputs, outputs, kernel):
        weight, bias = parameter(f"{name}_weight", outputs, inputs, kernel, kernel), parameter(f"{name}_bias", outputs)
        return node("Convolution", name, data, weight, bias, kernel=f"({kernel},{kernel})", num_filter=str(outputs))

    data = node("null", "data")
    for step, (inputs, outputs) in enumerate([(3, 10), (10, 16), (16, 32)], 1):
        data = convolution(data, f"conv{step}", inputs, outputs, 3)
        data = node("LeakyReLU", f"prelu{step}", data, parameter(f"prelu{step}_gamma", outputs), act_type="prelu")
        if step == 1:
            data = node("Pooling", "pool1", data, kernel="(2,2)", stride="(2,2)", pool_type="max")
    faces = node("SoftmaxActivation", "prob1", convolution(data, "conv4_1", 32, 2, 1), mode="channel")
    boxes = convolution(data, "conv4_2", 32, 4, 1)
    graph = {
        "nodes": nodes,
        "arg_nodes": [place for place, each in enumerate(nodes) if each["op"] == "null"],
        "heads": [[boxes, 0], [faces, 0]],
    }
    Path(folder, "det1-symbol.json").write_text(json.dumps(graph))
    params.save(Path(folder, "det1-0001.params"), arrays)
