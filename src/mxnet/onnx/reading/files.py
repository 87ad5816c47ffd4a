"""ONNX files: opened without trusting them.

A model may keep elements of its tensors in other files. Those are read from the model's own folder alone, never through
a link, and no further than they reach.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...base import MXNetError, brief

__all__ = ["array_of", "dtype_name_of", "graphs_of", "opened", "opset_of", "package"]

#: the oldest operator set that is read
OLDEST = 7


def package() -> Any:
    """The package onnx.

    Raises
    ------
    MXNetError
        it is not installed
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise MXNetError("onnx, which reads ONNX files, is missing: pip install 'remxnet[convert]'") from error
    return onnx


def opened(path: str | os.PathLike[str], elements: bool = True) -> Any:
    """The model in a file.

    Parameters
    ----------
    path : path
    elements : bool
        whether those that lie in other files are read

    Returns
    -------
    onnx.ModelProto

    Raises
    ------
    MXNetError
        it is no ONNX model, is cut off, or asks for files outside of its folder
    OSError
        it cannot be read
    """
    onnx = package()
    from google.protobuf.message import DecodeError

    content = Path(path).read_bytes()
    try:
        model = onnx.ModelProto.FromString(content)
    except DecodeError as error:
        raise MXNetError(f"{os.fspath(path)} is no ONNX model, or is cut off: {brief(error)}") from error
    if not model.ir_version or not model.HasField("graph") or not (model.graph.node or model.graph.output):
        raise MXNetError(f"{os.fspath(path)} is no ONNX model: it has no graph")
    for graph in graphs_of(model.graph):
        if not all(isinstance(name, str) for name in _names(graph)):  # protobuf gives bytes for what is no UTF-8
            raise MXNetError(f"{os.fspath(path)} is no ONNX model: it has names that are no UTF-8")
    folder = Path(os.path.realpath(path)).parent
    for graph in graphs_of(model.graph) if elements else ():
        for tensor in _tensors(graph):
            if tensor.data_location == onnx.TensorProto.EXTERNAL:
                _fetch(tensor, folder)
    return model


def graphs_of(graph: Any) -> Iterator[Any]:
    """A graph and those that its nodes hold, however deep."""
    waiting = [graph]
    while waiting:
        each = waiting.pop()
        yield each
        for node in each.node:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    waiting.append(attribute.g)
                waiting.extend(attribute.graphs)


def _names(graph: Any) -> Iterator[Any]:
    """All texts in a graph that names are made of."""
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)
        for attribute in node.attribute:
            yield attribute.name
    for each in (*graph.input, *graph.output, *graph.initializer, *graph.value_info):
        yield each.name
    for each in graph.input:
        yield from (length.dim_param for length in each.type.tensor_type.shape.dim)


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _fetch(tensor: Any, folder: Path) -> None:
    """Read the elements of a tensor that lie in a file of their own."""
    onnx = package()
    told = {entry.key: entry.value for entry in tensor.external_data}
    location = told.get("location", "")
    where = f"tensor {tensor.name!r} keeps its elements in {location!r}"
    file = folder / location
    if not location or os.path.isabs(location) or Path(os.path.realpath(file)) != file or folder not in file.parents:
        raise MXNetError(f"{where}, which is not a file in the model's folder")
    if not file.is_file():
        raise MXNetError(f"{where}, which is not there")
    size = file.stat().st_size
    try:
        offset = int(told.get("offset", 0))
        length = int(told.get("length", size - offset))
    except ValueError as error:
        raise MXNetError(f"{where}, at no number of bytes: {brief(error)}") from error
    if offset < 0 or length < 0 or offset + length > size:
        raise MXNetError(f"{where}, bytes {offset} to {offset + length}, and that has {size}")
    with open(file, "rb") as stream:
        stream.seek(offset)
        tensor.raw_data = stream.read(length)
    tensor.data_location = onnx.TensorProto.DEFAULT
    del tensor.external_data[:]


def dtype_name_of(kind: int) -> str:
    """What ONNX calls a dtype by its number, in small letters."""
    names = package().TensorProto.DataType
    return names.Name(kind).lower() if kind in names.values() else f"unknown ({kind})"


def array_of(tensor: Any) -> np.ndarray[Any, Any]:
    """The elements of a tensor.

    Raises
    ------
    MXNetError
        there are more or fewer than its shape says, or of a dtype that arrays have not
    """
    onnx = package()
    name = dtype_name_of(tensor.data_type)
    if any(length < 0 for length in tensor.dims):
        raise MXNetError(f"tensor {tensor.name!r} has the shape {tuple(tensor.dims)}")
    try:
        array = onnx.numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as error:
        raise MXNetError(f"tensor {tensor.name!r} of dtype {name} cannot be read: {brief(error)}") from error
    return np.asarray(array)


def opset_of(model: Any) -> int:
    """The operator set of a model.

    Raises
    ------
    MXNetError
        it is older or newer than what is read, or there is none
    """
    newest = package().defs.onnx_opset_version()
    found = [each.version for each in model.opset_import if each.domain in ("", "ai.onnx")]
    if not found:
        raise MXNetError("the model names no operator set of ONNX")
    if not OLDEST <= found[0] <= newest:
        raise MXNetError(f"the model is of operator set {found[0]}; those from {OLDEST} to {newest} are read")
    return int(found[0])
