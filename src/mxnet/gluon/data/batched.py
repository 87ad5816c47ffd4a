"""Transformations of whole batches: how a transformation says what it does to one, and how a sequence of them is run.

A transformation has a batch form if one is declared for its very type (`form`); sequences of such transformations have
one too. A form promises the values that the images would have one by one, and the same random numbers: those are drawn
image after image, as many as each transformation takes, before any of them is applied. Where a form cannot promise it,
for images of this shape or dtype, it gives None and nothing has been drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from ... import streams
from ...base import MXNetError
from ...context import cpu
from ..block import Block
from ..nn import HybridSequential, Sequential

__all__ = ["Step", "form", "has_form", "plan", "run", "sequence"]

Shape = tuple[int, ...]


class Step(NamedTuple):
    """What a transformation does to images of one shape and dtype.

    Attributes
    ----------
    apply : callable(images, drawn) -> images
        the batch, whose memory is the step's own to write into, and what was drawn: an array (images, words), or a
        list with one element for each image
    shape, dtype
        of each image afterwards
    words : int
        how many words of MXNet's serial stream each image takes
    draw : callable, optional
        gives what one image draws from Python's global generator
    """

    apply: Callable[[torch.Tensor, Any], torch.Tensor]
    shape: Shape
    dtype: torch.dtype
    words: int = 0
    draw: Callable[[], Any] | None = None


Form = Callable[[Any, Shape, torch.dtype], "Step | None"]

_forms: dict[type, Form] = {}
_sequences: set[type] = {Sequential, HybridSequential}


def form(kind: type[Block]) -> Callable[[Form], Form]:
    """Declare the batch form of a type of transformation: a function of one, of a shape and of a dtype."""

    def declare(function: Form) -> Form:
        _forms[kind] = function
        return function

    return declare


def sequence(kind: type[Block]) -> type[Block]:
    """Declare that a type of block applies its children one after the other."""
    _sequences.add(kind)
    return kind


def has_form(transform: Any) -> bool:
    """Whether a transformation may have a batch form: not if someone changed it, by a subclass or by hooks."""
    kind = type(transform)
    if kind not in _forms and kind not in _sequences:
        return False
    if transform._forward_hooks or transform._forward_pre_hooks:
        return False
    return kind in _forms or all(has_form(child) for child in transform._children.values())


def plan(transform: Any, shape: Shape, dtype: torch.dtype) -> list[Step] | None:
    """Give the steps of a transformation for images of a shape and a dtype, or None where it has no batch form.

    Also where a step cannot take such images: the error comes from the images one by one.
    """
    if not has_form(transform):
        return None
    steps: list[Step] = []
    for part in _parts(transform):
        try:
            step = _forms[type(part)](part, shape, dtype)
        except (MXNetError, TypeError, ValueError):
            return None
        if step is None:
            return None
        steps.append(step)
        shape, dtype = step.shape, step.dtype
    return steps


def _parts(transform: Any) -> list[Any]:
    """The transformations that a sequence consists of, in order."""
    if type(transform) in _forms:
        return [transform]
    return [part for child in transform._children.values() for part in _parts(child)]


def run(steps: list[Step], images: torch.Tensor) -> torch.Tensor:
    """Apply steps to a batch, whose memory they may write into; the result is contiguous."""
    drawn = _drawn(steps, len(images)) if any(step.words or step.draw for step in steps) else [None] * len(steps)
    for step, numbers in zip(steps, drawn):
        images = step.apply(images, numbers)
    return images.contiguous()


def _drawn(steps: list[Step], count: int) -> list[Any]:
    """Draw for each step what it needs for all images, in the order in which the images draw one by one."""
    total = sum(step.words for step in steps)
    serial: Any = streams.for_context(cpu()).serial
    words = serial.words(count * total).reshape(count, total) if total else np.empty(0)
    draws = [step.draw for step in steps if step.draw]
    turns = [[draw() for draw in draws] for _ in range(count)]
    drawn: list[Any] = []
    first = position = 0
    for step in steps:
        if step.words:
            drawn.append(words[:, first : first + step.words])
            first += step.words
        elif step.draw:
            drawn.append([turn[position] for turn in turns])
            position += 1
        else:
            drawn.append(None)
    return drawn
