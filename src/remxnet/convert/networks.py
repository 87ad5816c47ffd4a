"""What a program for PyTorch computes, run from its text and the bytes of its weights."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from . import source
from .precision import doubled_text
from .proving import Arrays, Learner, top

__all__ = ["learning", "network"]


def _module(text: str, written: source.Source, content: bytes, path: Path) -> torch.nn.Module:
    """The network that a text makes, with the weights of a file."""
    import safetensors.torch

    scope: dict[str, Any] = {"__name__": path.stem, "__file__": os.fspath(path)}
    exec(compile(text, os.fspath(path), "exec"), scope)
    made: torch.nn.Module = scope[written.class_name]()
    made.load_state_dict(safetensors.torch.load(content))
    return made


def _several(found: Any) -> list[torch.Tensor]:
    return list(found) if isinstance(found, (tuple, list)) else [found]


def network(written: source.Source, content: bytes, path: Path) -> Callable[[Arrays], list[np.ndarray[Any, Any]]]:
    """What the network of a program predicts with the weights of a file."""
    made = _module(written.text, written, content, path).eval()

    def run(inputs: Arrays) -> list[np.ndarray[Any, Any]]:
        with torch.no_grad():
            found = made(**{written.arguments[name]: torch.from_numpy(array) for name, array in inputs.items()})
        return [each.numpy() for each in _several(found)]

    return run


def learning(written: source.Source, content: bytes, path: Path, double: bool) -> Learner:
    """What the network of a program gives and learns as in training.

    In double precision, its text is read as one of double precision: what is made without a word of its precision has
    that, and what says a precision says that. Parameters that do not learn, or take no part, have gradients of zero.
    """
    precision = torch.float64 if double else torch.get_default_dtype()
    with _precision(precision):
        made = _module(doubled_text(written.text) if double else written.text, written, content, path).train()
    if double:
        made.double()

    def run(inputs: Arrays) -> tuple[list[np.ndarray[Any, Any]], Arrays]:
        made.zero_grad()
        with _precision(precision):
            given = {written.arguments[name]: torch.from_numpy(array) for name, array in inputs.items()}
            found = _several(made(**given))
            heads = [(place, each) for place, each in enumerate(found) if each.requires_grad]
            tops = [torch.from_numpy(top(place, each.shape)).to(each.dtype) for place, each in heads]
            if heads:
                torch.autograd.backward([each for _, each in heads], tops)
        own = {
            name: torch.zeros_like(each) if each.grad is None else each.grad for name, each in made.named_parameters()
        }
        slopes = {name: own[path].numpy() for name, path in written.names.items() if path in own}
        for name, paths in written.parts.items():
            slopes[name] = torch.cat([own[path].flatten() for path in paths]).numpy()
        return [each.detach().numpy() for each in found], slopes

    return run


@contextmanager
def _precision(dtype: torch.dtype) -> Iterator[None]:
    """Have torch make tensors of this precision where it is not told any."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
