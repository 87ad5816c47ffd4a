"""Where gradients arrive: torch's of a leaf in MXNet's buffer.

Torch gathers gradients in the leaves of a graph and calls a hook there; by one backward at a time, while others ask for
the gradients and hand them over themselves.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import torch

from . import memory
from .ops.gradients import variables_of
from .ops.integers import cut

__all__ = ["Receiver", "apart", "run_backward"]

#: elements from which on a gradient's memory takes the place of its buffer's, where copying would take longer
_WORTH_MOVING = 4096


class Receiver:
    """Moves torch's gradient of a leaf, with which torch calls it, into MXNet's buffer, and notes that it is fresh.

    Torch calls it too where the leaf is in the graph and no gradient came from there.
    """

    __slots__ = ("_add", "_buffer", "_fresh", "_lock")

    def __init__(self, buffer: Any, grad_req: str, fresh: list[bool]) -> None:
        self._buffer, self._add, self._fresh = buffer, grad_req == "add", fresh
        self._lock = threading.Lock()

    def __call__(self, leaf: torch.Tensor) -> None:
        gradient: Any = leaf.grad
        leaf.grad = None
        self.receive(gradient, leaf)

    def receive(self, gradient: torch.Tensor | None, leaf: torch.Tensor) -> None:
        """Write a gradient into the buffer, or add it; None is one of zero."""
        if self._buffer._sparse:
            with self._lock:
                self._buffer._receive(gradient, self._add)
            self._fresh[0] = True
            return
        if gradient is None:
            if not self._add:
                memory.fill((self._buffer._t,), 0)
            self._fresh[0] = True
            return
        if gradient.is_sparse:
            gradient = gradient.to_dense()
        fits = not gradient.requires_grad and gradient.device == leaf.device
        target = self._buffer._t
        if not target.is_floating_point():
            gradient = cut(gradient, target.dtype)
        if self._add:
            with memory.writing(target) as (sums,), self._lock:
                sums.add_(gradient.detach())
        elif (
            fits and target.numel() >= _WORTH_MOVING and gradient.dtype is target.dtype
            and memory.alone(target) and memory.alone(gradient)
        ):  # fmt: skip
            self._buffer._t = gradient
        else:
            memory.copy(target, gradient)
        self._fresh[0] = True


_engine = getattr(torch.autograd.graph, "_engine_run_backward", None)


#: held by the one backward at a time that has torch gather gradients in the leaves. Torch would add what another
#: thread's gathers there before either was taken out
_gathering = threading.Lock()


def run_backward(tensors: list[torch.Tensor], gradients: list[torch.Tensor], retain_graph: bool) -> None:
    """Compute gradients and hand them to the leaves' receivers."""
    if _gathering.acquire(blocking=False):
        try:
            _gather(tensors, gradients, retain_graph)
        finally:
            _gathering.release()
        return
    leaves = variables_of(tensors)
    found = torch.autograd.grad(tensors, leaves, gradients, retain_graph=retain_graph, allow_unused=True)
    for leaf, gradient in zip(leaves, apart(found, gradients)):
        hooks = leaf._post_accumulate_grad_hooks or {}
        receivers = [hook for hook in hooks.values() if isinstance(hook, Receiver)]
        if not receivers and gradient is not None:  # a tensor of torch's own
            leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient
        for receiver in receivers:
            receiver.receive(gradient, leaf)


def apart(gradients: Sequence[torch.Tensor | None], heads: Sequence[torch.Tensor]) -> list[torch.Tensor | None]:
    """Gradients on memory of their own: torch gives the two sides of a sum one and the same, or that of the head."""
    found: list[torch.Tensor | None] = []
    seen = {id(head) for head in heads}
    for gradient in gradients:
        given = id(gradient)
        if gradient is not None and not gradient.is_sparse and (given in seen or not memory.alone(gradient)):
            gradient = gradient.clone()
        seen.add(given)
        found.append(gradient)
    return found


def _gather(tensors: list[torch.Tensor], gradients: list[torch.Tensor], retain_graph: bool) -> None:
    """``torch.autograd.backward`` for tensors whose gradients are there and fit.

    Torch's function looks at the gradients first, and imports a computer algebra system for that: 40 MB and the better
    part of a second, in every program's first step.
    """
    if _engine is None:
        torch.autograd.backward(tensors, gradients, retain_graph=retain_graph)
    else:
        _engine(tuple(tensors), tuple(gradients), retain_graph, False, (), allow_unreachable=True, accumulate_grad=True)
