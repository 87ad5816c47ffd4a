"""Transformations of whole batches: what those that have one share, and how a sequence of them is put together."""

from __future__ import annotations

from typing import Any

import torch

from ...block import Block
from ..columns import BatchForm

__all__ = ["Batched", "batch_form", "steps_of"]


class Batched:
    """Base of the transformations that have a form for whole batches: N images of one shape at once.

    `_batch` gives the images transformed, or None for a batch it has no form for. `_batch_with` may do two steps at
    once, or give None. `_draws` says that it draws random numbers, in the order in which the images would draw them
    one by one.
    """

    _draws = False
    _forward_hooks: Any
    _forward_pre_hooks: Any

    def _batch(self, images: torch.Tensor) -> torch.Tensor | None:
        raise NotImplementedError

    def _batch_with(self, following: Batched, images: torch.Tensor) -> torch.Tensor | None:
        return None

    def _on_batch(self) -> BatchForm | None:
        return batch_form(steps_of(self))


def steps_of(block: Any) -> list[Batched] | None:
    """Give the steps of a transformation, or of a sequence of them.

    None where one has no batch form, or where someone changed what it does: by a subclass or by hooks.
    """
    if not isinstance(block, Block) or block._forward_hooks or block._forward_pre_hooks:
        return None
    if not type(block).__module__.startswith("mxnet.gluon."):
        return None
    if isinstance(block, Batched):
        return [block]
    if type(block).__name__ not in ("HybridSequential", "Compose"):
        return None
    steps: list[Batched] = []
    for child in block._children.values():
        inner = steps_of(child)
        if inner is None:
            return None
        steps += inner
    return steps


def batch_form(steps: list[Batched] | None) -> BatchForm | None:
    """Make one function of several steps; None where two draw random numbers, which images draw in turn."""
    if steps is None or sum(step._draws for step in steps) > 1:
        return None

    def run(images: torch.Tensor) -> torch.Tensor | None:
        out: torch.Tensor | None = images
        index = 0
        while out is not None and index < len(steps):
            step = steps[index]
            both = step._batch_with(steps[index + 1], out) if index + 1 < len(steps) else None
            out = step._batch(out) if both is None else both
            index += 1 if both is None else 2
        return out

    return run
