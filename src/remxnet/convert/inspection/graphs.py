"""Graphs: nodes, operators, inputs, outputs and what they cost, of MXNet and of ONNX."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

import mxnet as mx
from mxnet.base import brief, dtype_name
from mxnet.ops.registry import contributed, operator_of
from mxnet.serialization import params as files
from mxnet.symbol.graph import Node
from mxnet.symbol.inference import Inferred, infer, is_complete
from mxnet.symbol.inference.forward import Call, run_on_meta

from ...errors import InputError
from .found import Found

__all__ = ["onnx_model", "symbol_file"]


def symbol_file(path: Path, shapes: Mapping[str, Sequence[int]]) -> Found:
    """A ``-symbol.json`` file, with the parameters beside it where there are any."""
    try:
        graph = json.loads(path.read_bytes())
        nodes = graph["nodes"]
        operators = Counter(node["op"] for node in nodes if node["op"] != "null")
        version = graph.get("attrs", {}).get("mxnet_version", [None, None])[1]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise InputError(f"{path} is no graph of MXNet: {brief(error)}") from error
    unknown = sorted(op for op in operators if operator_of(op) is None and operator_of(contributed(op)) is None)
    facts: dict[str, Any] = {
        "written by": f"MXNet {_version(version)}",
        "nodes": len(nodes),
        "operators": sum(operators.values()),
        "not supported": unknown,
    }
    tables: dict[str, Any] = {"operators by name": [{"operator": op, "times": n} for op, n in operators.most_common()]}
    if not unknown:
        tables = _walked(path, shapes, facts) | tables
    return Found(str(path), "a graph of MXNet", facts, tables)


def _version(number: Any) -> str:
    """10901 as 1.9.1; files before 0.9 have no number."""
    if not isinstance(number, int):
        return "before 0.9"
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def _walked(path: Path, shapes: Mapping[str, Sequence[int]], facts: dict[str, Any]) -> dict[str, Any]:
    """Inputs and outputs with their shapes, parameters and multiply-adds, as far as they can be told."""
    symbol = mx.sym.load(str(path))
    parameters = _beside(path)
    names = [name for name in symbol.list_inputs() if name not in parameters]
    given: dict[str, Any] = {name: tuple(shape) for name, shape in shapes.items() if name}
    for name in given:
        if name not in names:
            raise InputError(f"--shape {name}: {path} has no such input; it has {', '.join(names)}")
    if "" in shapes and names:
        given[names[0]] = tuple(shapes[""])
    found = infer(symbol._entries, {**{name: each.shape for name, each in parameters.items()}, **given})
    by_name = {node.name: node for node in found.shapes if node.op is None}
    inputs = names if parameters else [name for name in names if not _learned(name)]
    rows = [_row(name, found, by_name[name], 0) for name in inputs]
    outputs = [
        _row(name, found, entry.node, entry.output) for name, entry in zip(symbol.list_outputs(), symbol._entries)
    ]
    counted = [each for each in symbol.list_inputs() if each not in inputs]
    known = [found.shapes[by_name[name]][0] for name in counted]
    if counted and all(map(is_complete, known)):
        facts["parameters"] = sum(math.prod(shape or ()) for shape in known)
    cost = _multiply_adds(found)
    if cost is not None:
        facts["multiply-adds"] = cost
    elif not given:
        facts["multiply-adds"] = f"not known without shapes: --shape {inputs[0] if inputs else 'data'}=N,N,…"
    return {"inputs": rows, "outputs": outputs}


def _learned(name: str) -> bool:
    """Whether a variable is called as parameters are, where no file says which they are."""
    return re.search(r"(weight|bias|gamma|beta|mean|var|parameters|label)$", name) is not None


def _beside(path: Path) -> dict[str, Any]:
    """The parameters in the last file beside a graph, as headers alone."""
    prefix = path.name.removesuffix("-symbol.json")
    numbered = sorted(path.parent.glob(f"{_escaped(prefix)}-[0-9][0-9][0-9][0-9]*.params"))
    if not numbered or prefix == path.name:
        return {}
    arrays = files.headers(numbered[-1])
    return {name.split(":", 1)[-1]: each for name, each in arrays.items()} if isinstance(arrays, dict) else {}


def _escaped(text: str) -> str:
    """A text that a pattern of files takes as it is."""
    return re.sub(r"([*?[])", r"[\1]", text)


def _row(name: str, found: Inferred, node: Node, place: int) -> dict[str, Any]:
    shape, kind = found.shapes[node][place], found.dtypes[node][place]
    return {
        "name": name,
        "dtype": dtype_name(kind or torch.float32),
        "shape": None if shape is None else [max(0, length) for length in shape],
    }


def _multiply_adds(found: Inferred) -> int | None:
    """What products of matrices and convolutions take, counted by torch on tensors without memory."""
    total = 0
    for node in found.shapes:
        if node.spec is None or node.graphs:
            continue
        shapes: list[Any] = [found.shapes[entry.node][entry.output] for entry in node.inputs]
        if not all(map(is_complete, [*shapes, *found.shapes[node][: node.visible]])):
            return None
        kinds = [found.dtypes[entry.node][entry.output] or torch.float32 for entry in node.inputs]
        with FlopCounterMode(display=False) as counter:
            try:
                run_on_meta(Call(node), shapes, kinds)
            except (NotImplementedError, RuntimeError):
                continue  # no product that torch knows on meta
        total += counter.get_total_flops() // 2
    return total


def onnx_model(path: Path, _: Mapping[str, Sequence[int]]) -> Found:
    """An ``.onnx`` file; elements that lie in other files are not looked at."""
    from mxnet.onnx import reading

    model = reading.opened(path, elements=False)
    graph = model.graph
    operators = Counter(
        node.op_type if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}" for node in graph.node
    )
    weights = [
        {
            "name": each.name,
            "dtype": reading.dtype_name_of(each.data_type),
            "shape": list(each.dims),
        }
        for each in graph.initializer
    ]  # fmt: skip
    facts: dict[str, Any] = {
        "written by": f"{model.producer_name or 'unknown'} {model.producer_version}".strip(),
        "operator set": {each.domain or "onnx": each.version for each in model.opset_import},
        "nodes": len(graph.node),
        "not supported": sorted(op for op in operators if op not in reading.READERS),
        "parameters": sum(math.prod(row["shape"]) for row in weights),
        "bytes": path.stat().st_size,
    }
    tables: dict[str, Any] = {
        "inputs": [{"name": name, "shape": list(shape)} for name, shape in reading.input_shapes(model).items()],
        "outputs": [{"name": name, "shape": list(shape)} for name, shape in reading.output_shapes(model).items()],
        "operators by name": [{"operator": op, "times": n} for op, n in operators.most_common()],
        "parameters by name": weights,
    }
    return Found(str(path), "a model in ONNX", facts, tables)
