"""A graph as a ``.pt2`` file: the program of ``torch.export``, which torch alone loads and runs."""

from __future__ import annotations

import contextlib
import hashlib
import io
import linecache
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch

from mxnet.base import MXNetError, brief
from mxnet.symbol.typed import Call, TypedGraph

from . import source

__all__ = ["dumps", "exported", "loads", "module", "refused"]

#: torch 2.6 and later find out themselves whether a length may vary, and which are the same; to others it is told
FOLLOWS_LENGTHS = hasattr(torch.export.Dim, "AUTO")


def module(program: source.Source) -> torch.nn.Module:
    """The network that a program's text makes, with its weights, ready to predict.

    The text is this package's own making, whatever graph it is of: names in it are identifiers, values literals.
    """
    return _imported(program)[0]


def _imported(program: source.Source) -> tuple[torch.nn.Module, types.ModuleType]:
    """The network, and the module of Python that its text is."""
    file = f"<{program.class_name}>"
    linecache.cache[file] = (len(program.text), None, program.text.splitlines(True), file)
    # torch remembers by its name what it has followed once
    text = types.ModuleType(f"converted_{hashlib.sha256(program.text.encode()).hexdigest()[:16]}")
    text.__file__ = file
    exec(compile(program.text, file, "exec"), text.__dict__)
    made: torch.nn.Module = getattr(text, program.class_name)()
    made.load_state_dict(program.tensors)
    return made.eval(), text


@contextlib.contextmanager
def _importable(text: types.ModuleType) -> Iterator[None]:
    """Let torch find the module by its name, which it wants to where it follows a loop."""
    sys.modules[text.__name__] = text
    try:
        with warnings.catch_warnings():
            # recurrent layers keep a list of their own weights, which loses nothing
            warnings.filterwarnings("ignore", "The tensor attributes .*_flat_weights", UserWarning)
            yield
    finally:
        del sys.modules[text.__name__]


def refused(graph: TypedGraph) -> list[tuple[Call, str]]:
    """All calls of a graph that no exported program can hold, each with the reason."""
    found = source.refused(graph)
    unwritten = {id(call) for call, _ in found}
    return [*found, *(each for each in unfollowed(graph) if id(each[0]) not in unwritten)]


def unfollowed(graph: TypedGraph) -> Iterator[tuple[Call, str]]:
    """The calls that ``torch.export`` cannot follow; in graphs that nodes hold too."""
    for call in graph.calls:
        reason = call.spec.rules.get("exported")
        if isinstance(reason, str):
            yield call, f"torch.export cannot follow it: {reason}"
        for held in call.graphs:
            yield from unfollowed(held)


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
    made, text = _imported(program)
    values = {value.name: value for value in graph.inputs if value.name not in program.optional}
    open_axes = {name: _open(name, value.shape, dynamic) for name, value in values.items()}
    inputs, axes = {}, {}
    for name, value in values.items():
        inputs[program.arguments[name]] = _example(value.shape, value.dtype, list(open_axes[name]))
        axes[program.arguments[name]] = open_axes[name]
    given = _lengths(axes) if any(axes.values()) else None
    try:
        with torch.no_grad(), _importable(text):
            return torch.export.export(made, (), inputs, dynamic_shapes=given)
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


def _open(name: str, shape: tuple[int, ...] | None, dynamic: bool | Mapping[str, Any]) -> dict[int, str]:
    """The axes of an input that may have any length, and what that is the number of."""
    if isinstance(dynamic, Mapping):
        return dict(dynamic.get(name, {}))
    return {0: "batch"} if dynamic and shape else {}


def _lengths(axes: Mapping[str, Mapping[int, str]]) -> dict[str, dict[int, Any]]:
    """What torch is told of the axes of any length: one thing by one name, where it does not find out itself."""
    if FOLLOWS_LENGTHS:
        return {name: dict.fromkeys(each, torch.export.Dim.AUTO) for name, each in axes.items()}
    told = {what: torch.export.Dim(what, min=1) for each in axes.values() for what in each.values()}
    return {name: {axis: told[what] for axis, what in each.items()} for name, each in axes.items()}


def _example(shape: tuple[int, ...] | None, dtype: str, axes: Sequence[int]) -> torch.Tensor:
    """An input to export with: a length of 1 would be taken for a constant."""
    lengths = [max(length, 2) if axis in axes else length for axis, length in enumerate(shape or ())]
    return torch.zeros(lengths, dtype=getattr(torch, "bool" if dtype == "bool_" else dtype))
