"""A graph as a ``.pt2`` file: the program of ``torch.export``, which torch alone loads and runs."""

from __future__ import annotations

import io
import linecache
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import torch

from mxnet.base import MXNetError, brief
from mxnet.symbol.typed import TypedGraph

from . import source

__all__ = ["dumps", "exported", "loads", "module"]

#: torch 2.6 and later find out themselves whether a length may vary, and which are the same; to others it is told
FOLLOWS_LENGTHS = hasattr(torch.export.Dim, "AUTO")


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
    told: dict[str, Any] = {}
    axes = {program.arguments[name]: _axes(name, value.shape, dynamic, told) for name, value in values.items()}
    try:
        with torch.no_grad():
            return torch.export.export(made, (), inputs, dynamic_shapes=axes if dynamic else None)
    except (RuntimeError, ValueError, TypeError, RecursionError, torch._dynamo.exc.TorchDynamoException) as error:
        later = "" if FOLLOWS_LENGTHS or not dynamic else f" (torch {torch.__version__}; 2.6 follows lengths further)"
        raise MXNetError(f"torch.export cannot follow the network{later}: {brief(error)}") from error


def dumps(program: torch.export.ExportedProgram) -> bytes:
    """The content of a ``.pt2`` file."""
    stream = io.BytesIO()
    torch.export.save(program, stream)
    return stream.getvalue()


def loads(content: bytes) -> Callable[..., Any]:
    """The network in a ``.pt2`` file's content, of this package's own making."""
    with warnings.catch_warnings():
        # torch 2.4 warns of how it reads its own file
        warnings.filterwarnings("ignore", "You are using `torch.load` with `weights_only=False`", FutureWarning)
        loaded: Callable[..., Any] = torch.export.load(io.BytesIO(content)).module()
    return loaded


def _example(shape: tuple[int, ...] | None, dtype: str, dynamic: bool) -> torch.Tensor:
    """An input to export with: a batch of 1 would be taken for a constant."""
    lengths = list(shape or ())
    if dynamic and lengths and lengths[0] < 2:
        lengths[0] = 2
    return torch.zeros(lengths, dtype=getattr(torch, "bool" if dtype == "bool_" else dtype))


def _axes(
    name: str, shape: tuple[int, ...] | None, dynamic: bool | Mapping[str, Any], told: dict[str, Any]
) -> dict[int, Any]:
    """The axes of an input that may have any length, and what torch is told of each: one thing by one name."""
    if isinstance(dynamic, Mapping):
        names = dict(dynamic.get(name, {}))
    else:
        names = {0: "batch"} if dynamic and shape else {}
    if FOLLOWS_LENGTHS:
        return dict.fromkeys(names, torch.export.Dim.AUTO)
    return {axis: told.setdefault(each, torch.export.Dim(each, min=1)) for axis, each in names.items()}
