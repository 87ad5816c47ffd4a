"""Parameters alone, as a ``.safetensors`` file: under MXNet's names, or those of the network that a program makes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch

from mxnet.symbol.typed import TypedGraph

from ..errors import InputError
from . import source

__all__ = ["dumps", "named", "save"]

#: what is told of the file to those that look into it
_METADATA = {"format": "pt"}


def named(graph: TypedGraph, like: Literal["mxnet", "torch"] = "mxnet") -> dict[str, torch.Tensor]:
    """The parameters and states of a graph by their names.

    Parameters
    ----------
    graph : TypedGraph
        with its parameters
    like : {'mxnet', 'torch'}
        whose names: MXNet's, as they are, or those of the network that :func:`remxnet.convert.source.written` makes, so
        that its ``load_state_dict`` takes the file

    Raises
    ------
    Cannot
        for 'torch', where the graph cannot be written as a program
    """
    if like == "torch":
        return source.written(graph, "Network", "network.safetensors").tensors
    if like != "mxnet":
        raise ValueError(f"like={like!r}; expected 'mxnet' or 'torch'")
    return {value.name: value.array._t.detach() for value in graph.parameters if value.array is not None}


def dumps(tensors: Mapping[str, torch.Tensor]) -> bytes:
    """The content of a file with these tensors; none shares memory with another in it."""
    content: bytes = _safetensors().save(_apart(tensors), _METADATA)
    return content


def save(tensors: Mapping[str, torch.Tensor], path: str | Path) -> None:
    """Write tensors to a file.

    Raises
    ------
    OSError
        it cannot be written
    InputError
        the package is missing
    """
    _safetensors().save_file(_apart(tensors), path, _METADATA)


def _apart(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    seen, found = set[int](), {}
    for name, tensor in tensors.items():
        tensor = tensor.detach().cpu().contiguous()
        whole = tensor.untyped_storage()
        if whole.data_ptr() in seen or whole.nbytes() != tensor.numel() * tensor.element_size():
            tensor = tensor.clone()
        seen.add(tensor.untyped_storage().data_ptr())
        found[name] = tensor
    return found


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ImportError as error:
        raise InputError(
            "safetensors, which parameters are written with, is missing: pip install 'remxnet[convert]'"
        ) from error
    return safetensors.torch
