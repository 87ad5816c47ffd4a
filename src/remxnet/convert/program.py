"""A graph as a ``.pt2`` file: the program of ``torch.export``, which torch alone loads and runs."""

from __future__ import annotations

import io
import linecache
from collections.abc import Mapping
from typing import Any

import torch

from mxnet.base import MXNetError, brief
from mxnet.symbol.typed import TypedGraph

from . import source

__all__ = ["dumps", "exported", "module"]


def module(program: source.Source) -> torch.nn.Module:
    """The network that a program's text makes, with its weights, ready to predict.

    The text is this package's own making, whatever graph it is of: names in it are identifiers, values literals.
    """
    file = f"<{program.class_name}>"
    linecache.cache[file] = (len(program.text), None, program.text.splitlines(True), file)
    space: dict[str, Any] = {"__name__": "converted", "__file__": file}
    exec(compile(program.text, file, "exec"), space)
    made: torch.nn.Module = space[program.class_name]()
    made.load_state_dict(program.tensors)
    return made.eval()


def exported(graph: TypedGraph, dynamic: bool | Mapping[str, Any] = False) -> torch.export.ExportedProgram:
    """Export the network that a graph becomes.

    Parameters
    ----------
    graph : TypedGraph
        with its parameters; inputs that may be left out (labels of losses) are
    dynamic : bool or dict
        True for a first axis of any length in all inputs; or axes by name of the input, as
        ``{"data": {0: "batch"}}``

    Raises
    ------
    MXNetError
        the graph cannot be written as a program, or torch cannot export it: it says where
    """
    program = source.written(graph, "Network", "network.safetensors")
    made = module(program)
    values = {value.name: value for value in graph.inputs if value.name not in program.optional}
    inputs = {
        program.arguments[name]: _example(value.shape, value.dtype, bool(dynamic)) for name, value in values.items()
    }
    axes = {program.arguments[name]: _axes(name, value.shape, dynamic) for name, value in values.items()}
    try:
        with torch.no_grad():
            return torch.export.export(made, (), inputs, dynamic_shapes=axes if dynamic else None)
    except (RuntimeError, ValueError, TypeError, RecursionError, torch._dynamo.exc.TorchDynamoException) as error:
        raise MXNetError(f"torch.export cannot follow the network: {brief(error)}") from error


def dumps(program: torch.export.ExportedProgram) -> bytes:
    """The content of a ``.pt2`` file."""
    stream = io.BytesIO()
    torch.export.save(program, stream)
    return stream.getvalue()


def _example(shape: tuple[int, ...] | None, dtype: str, dynamic: bool) -> torch.Tensor:
    """An input to export with: a batch of 1 would be taken for a constant."""
    lengths = list(shape or ())
    if dynamic and lengths and lengths[0] < 2:
        lengths[0] = 2
    return torch.zeros(lengths, dtype=getattr(torch, "bool" if dtype == "bool_" else dtype))


def _axes(name: str, shape: tuple[int, ...] | None, dynamic: bool | Mapping[str, Any]) -> dict[int, Any]:
    if isinstance(dynamic, Mapping):
        return dict.fromkeys(dynamic.get(name, {}), torch.export.Dim.AUTO)
    return {0: torch.export.Dim.AUTO} if dynamic and shape else {}
