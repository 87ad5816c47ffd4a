"""Operators that ONNX itself defines by others: such a node is read as the graph of its definition.

What the table has no function for, or a function refuses, may have one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .files import package
from .values import Value

__all__ = ["definition", "is_defined"]


def _schema(op: str, opset: int) -> Any:
    onnx = package()
    try:
        return onnx.defs.get_schema(op, opset, "")
    except onnx.defs.SchemaError:  # there is no such operator
        return None


def is_defined(op: str, opset: int) -> bool:
    """Whether ONNX defines an operator by others."""
    schema = _schema(op, opset)
    return schema is not None and (schema.has_function or schema.has_context_dependent_function)


def definition(node: Any, inputs: Sequence[Value | None], opset: int) -> tuple[Any, int] | None:
    """The graph that a node stands for, and its operator set; None where ONNX has no definition.

    Its inputs are those of the node that are given, in order; its outputs those that the node has.
    """
    schema = _schema(node.op_type, opset)
    if schema is None:
        return None
    function = _function(schema, node, inputs, opset)
    if function is None:
        return None
    onnx = package()
    given = {each.name: each for each in node.attribute}
    for name, declared in schema.attributes.items():
        if name not in given and declared.default_value.name:
            given[name] = declared.default_value
    for declared in function.attribute_proto:
        given.setdefault(declared.name, declared)
    left_out = {name for name, value in zip(function.input, inputs) if value is None}
    left_out |= set(function.input[len(inputs) :])
    graph = onnx.GraphProto(name=node.op_type)
    graph.node.extend(_bound(each, given, left_out) for each in function.node)
    for name, value in zip(function.input, inputs):
        if value is not None:
            graph.input.add(name=name)
    for name, own in zip(function.output, node.output):
        if own:
            graph.output.add(name=name)
    versions = [each.version for each in function.opset_import if each.domain in ("", "ai.onnx")]
    return graph, int(versions[0]) if versions else opset


def _function(schema: Any, node: Any, inputs: Sequence[Value | None], opset: int) -> Any:
    onnx = package()
    if schema.has_context_dependent_function:
        versions = schema.context_dependent_function_opset_versions
        types = [_type_of(value).SerializeToString() for value in inputs]
        version = _nearest(versions, opset)
        text = schema.get_context_dependent_function_with_opset_version(version, node.SerializeToString(), types)
    elif schema.has_function:
        text = schema.get_function_with_opset_version(_nearest(schema.function_opset_versions, opset))
    else:
        return None
    return onnx.FunctionProto.FromString(text) if text else None


def _nearest(versions: Sequence[int], opset: int) -> int:
    """The last of some operator sets up to one, or the first after it."""
    return max((each for each in versions if each <= opset), default=min(versions))


def _type_of(value: Value | None) -> Any:
    onnx = package()
    if value is None:
        return onnx.TypeProto()
    kind = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
    shape = [one if one == other else None for one, other in zip(*value.shapes)]
    return onnx.helper.make_tensor_type_proto(kind, shape)


def _bound(node: Any, given: Mapping[str, Any], left_out: set[str]) -> Any:
    """A node of a definition, with the attributes of the node that it defines."""
    onnx = package()
    bound = onnx.NodeProto()
    bound.CopyFrom(node)
    for place, name in enumerate(bound.input):
        if name in left_out:
            bound.input[place] = ""
    del bound.attribute[:]
    for each in node.attribute:
        if each.ref_attr_name:
            if each.ref_attr_name in given:
                kept = bound.attribute.add()
                kept.CopyFrom(given[each.ref_attr_name])
                kept.name = each.name
            continue
        kept = bound.attribute.add()
        kept.CopyFrom(each)
        if kept.HasField("g"):
            nodes = [_bound(inner, given, left_out) for inner in kept.g.node]
            del kept.g.node[:]
            kept.g.node.extend(nodes)
    return bound
