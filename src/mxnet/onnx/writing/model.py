"""A graph as an ONNX model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...base import MXNetError
from ...symbol.typed import Call, TypedGraph, Value
from .builder import onnx_dtype
from .lengths import Length
from .walking import Dynamic, Walk

__all__ = ["OLDEST_OPSET", "refused", "write"]

#: the rules are written for this version of ONNX's operators and later ones
OLDEST_OPSET = 17


def write(graph: TypedGraph, opset: int = OLDEST_OPSET, dynamic: Dynamic | None = None) -> Any:
    """An ONNX model of a graph, for prediction.

    Its inputs are the graph's in their order, without the labels of output layers, which change nothing; its outputs
    have the names of the graph's.

    Parameters
    ----------
    graph : TypedGraph
        the graph with its parameters
    opset : int
        the version of ONNX's operators, 17 or later
    dynamic : dict of str to dict of int to str, optional
        by input the axes whose lengths may be others when the model runs, each with a name for the length; equal names
        say that lengths are equal

    Returns
    -------
    onnx.ModelProto

    Raises
    ------
    MXNetError
        some calls cannot be written: all of them are named with the reasons; onnx is not installed, or too old for the
        opset; the graph's shapes do not hold for other lengths of the dynamic axes
    """
    walk = _walked(graph, opset, dynamic or {})
    if walk.refusals:
        lines = [f"{call.name} ({call.spec.name}): {reason}" for call, reason in walk.refusals]
        raise MXNetError(f"ONNX: {len(lines)} of {len(graph.calls)} calls cannot be written:\n  " + "\n  ".join(lines))
    return _model(walk, opset)


def refused(graph: TypedGraph, opset: int = OLDEST_OPSET, dynamic: Dynamic | None = None) -> list[tuple[Call, str]]:
    """The calls of a graph that cannot be written, each with the reason and what can be done about it."""
    return _walked(graph, opset, dynamic or {}).refusals


def _walked(graph: TypedGraph, opset: int, dynamic: Dynamic) -> Walk:
    try:
        import onnx
    except ImportError as error:
        raise MXNetError("writing ONNX needs the package onnx: pip install 'remxnet[convert]'") from error
    newest = onnx.defs.onnx_opset_version()
    if not OLDEST_OPSET <= opset <= newest:
        raise MXNetError(f"ONNX: opset {opset}; expected {OLDEST_OPSET} to {newest} (that of onnx {onnx.__version__})")
    return Walk(graph, opset, dynamic)


def _model(walk: Walk, opset: int) -> Any:
    import onnx
    from onnx import helper

    graph = walk.graph
    nodes = list(walk.builder.nodes)
    outputs = []
    given = {value.name for value in (*graph.inputs, *graph.parameters)}
    named = {name for node in nodes for name in node.output}
    for name, value in zip(walk.head_names, graph.outputs):
        head = walk.terms[id(value)]
        if name not in named or name in given:
            nodes.append(helper.make_node("Identity", [head.name], [name], name=name))
        outputs.append(_info(name, value, walk, head.shape))
    nodes = _needed(nodes, walk.head_names)
    named = {name for node in nodes for name in node.output}
    read = _read(nodes)
    shown = [each for each in graph.inputs if each.name in read or each.name not in walk.labels]
    inputs = [_info(each.name, each, walk, walk.lengths[id(each)]) for each in shown]
    inner = [
        _info(term.name, value, walk, term.shape)
        for call in graph.calls
        for value in call.outputs
        if (term := walk.terms.get(id(value))) is not None and term.name in read and term.name in named
    ]
    constants = [_tensor(name, elements, walk) for name, elements in walk.builder.initializers.items() if name in read]
    proto = helper.make_graph(nodes, "graph", inputs, outputs, constants, value_info=inner)
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(proto, opset_imports=opsets, producer_name="remxnet")
    model.ir_version = helper.find_min_ir_version_for(opsets)
    assert isinstance(model, onnx.ModelProto)
    return model


def _info(name: str, value: Value, walk: Walk, lengths: Sequence[Length] | None) -> Any:
    from onnx import helper

    shape = None
    if lengths is not None:
        shape = [each if isinstance(each, int) else walk.symbols.get(each) for each in lengths]
    return helper.make_tensor_value_info(name, onnx_dtype(value.dtype), shape)


def _tensor(name: str, elements: Callable[[], np.ndarray[Any, Any]], walk: Walk) -> Any:
    from onnx import helper, numpy_helper

    array = np.asarray(elements(), order="C")  # which leaves a number without axes so
    if name in walk.bfloats:
        bits = array.astype("float32").view("uint32") >> 16
        return helper.make_tensor(name, onnx_dtype("bfloat16"), array.shape, bits.astype("<u2").tobytes(), raw=True)
    return numpy_helper.from_array(array, name)


def _needed(nodes: Sequence[Any], heads: Sequence[str]) -> list[Any]:
    """The nodes from which the outputs can be reached."""
    needed, kept = set(heads), []
    for node in reversed(nodes):
        if needed.intersection(node.output):
            kept.append(node)
            needed |= _read([node])
    return kept[::-1]


def _read(nodes: Sequence[Any]) -> set[str]:
    """The names that nodes read, those in graphs that they hold included."""
    names: set[str] = set()
    waiting = [nodes]
    while waiting:
        for node in waiting.pop():
            names.update(node.input)
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    waiting.append(attribute.g.node)
                    names.update(each.name for each in attribute.g.output)
    return names
