"""Integers in recorded graphs.

MXNet differentiates integers as it does floats, and every gradient on the way is of the dtype of what it belongs to:
cut to an integer, and wrapped into its range. Torch has graphs of floats alone. So a tensor of integers that is
recorded has a *stand-in* in torch's graph: a tensor of float64 of its shape, which has no memory and whose elements
nobody reads. An operator computes with the integers themselves; its node in the graph is between stand-ins, and
computes gradients from the integers as float64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from .gradients import tied, variables_of

__all__ = ["called", "carry", "cut", "no_gradient", "placeholder", "seen", "stand_in", "variable"]

#: of a tensor of integers, its stand-in
_STAND_IN = "_mxnet_stand_in"


class _Seen:
    """Whether integers were ever recorded in this process: as long as not, nobody need look for stand-ins."""

    any = False


seen = _Seen()


def stand_in(tensor: Any) -> torch.Tensor | None:
    """What stands for a tensor of integers in torch's graph; None of one that is not recorded, and of others."""
    return getattr(tensor, _STAND_IN, None)


def carry(tensor: torch.Tensor, stand: torch.Tensor) -> torch.Tensor:
    """Give a tensor of integers its stand-in."""
    seen.any = True
    setattr(tensor, _STAND_IN, stand)
    return tensor


def placeholder(like: torch.Tensor) -> torch.Tensor:
    """A stand-in for a tensor, in no graph yet."""
    return torch.zeros((), dtype=torch.float64, device=like.device).expand(like.shape)


def variable(tensor: torch.Tensor) -> torch.Tensor:
    """Make a tensor of integers a leaf of coming graphs; returns its stand-in."""
    stand = placeholder(tensor).requires_grad_()
    carry(tensor, stand)
    return stand


def cut(gradient: torch.Tensor, kind: torch.dtype) -> torch.Tensor:
    """A gradient in the dtype of what it belongs to: without its fraction, and wrapped, where those are integers."""
    return gradient.to(torch.int64).to(kind) if not kind.is_floating_point else gradient.to(kind)


def called(
    function: Callable[..., Any],
    tensors: Sequence[Any],
    attributes: Mapping[str, Any],
    rule: Callable[..., Any] | str | None = None,
) -> Any:
    """The result of an operator's function on tensors of which some are recorded integers.

    Parameters
    ----------
    function : callable
        from tensors and attributes to a tensor or several
    tensors : sequence of Tensor or None
        its inputs
    attributes : mapping
        its attributes
    rule : callable(inputs, gradient, attributes) -> sequence of Tensor, optional
        the operator's rule of kind "integers"
    """
    result = function(*tensors, **attributes)
    outputs = (result,) if type(result) is torch.Tensor else tuple(result)
    stands = [each for each in map(stand_in, tensors) if each is not None]
    if not stands or any(stand_in(each) is not None for each in outputs):
        return result
    if any(each.requires_grad for each in outputs):
        if any(each is not None and each.requires_grad for each in tensors):  # gradients of floats are torch's
            outputs = tuple(tied(each, variables_of(stands)) for each in outputs)
        return outputs[0] if type(result) is torch.Tensor else list(outputs)
    step = _Step(function, tensors, attributes, rule, outputs)
    nodes = _Node.apply(step, *(each for each in map(stand_in, tensors) if each is not None))
    recorded = [
        node if each.is_floating_point() else carry(each, node) if _is_integer(each) else each
        for each, node in zip(outputs, nodes)
    ]
    return recorded[0] if type(result) is torch.Tensor else recorded


def _is_integer(tensor: torch.Tensor) -> bool:
    return not tensor.is_floating_point() and tensor.dtype is not torch.bool


def _in_floats(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes with float64 for the dtype of a result in integers."""
    return {
        name: torch.float64 if isinstance(value, torch.dtype) and not value.is_floating_point else value
        for name, value in attributes.items()
    }


class _Step:
    """A call of an operator as its backward needs it: inputs, of which some are recorded, and dtypes of outputs."""

    def __init__(
        self,
        function: Callable[..., Any],
        tensors: Sequence[Any],
        attributes: Mapping[str, Any],
        rule: Callable[..., Any] | str | None,
        outputs: Sequence[torch.Tensor],
    ) -> None:
        self.function, self.tensors, self.attributes, self.rule = function, [*tensors], _in_floats(attributes), rule
        self.outputs = outputs
        self.kinds = [each.dtype for each in outputs]
        self.learned = [place for place, each in enumerate(tensors) if stand_in(each) is not None]

    def gradients(self, above: Sequence[torch.Tensor | None]) -> list[torch.Tensor]:
        """The gradients of the recorded inputs, each in float64 with the integers of its input's dtype."""
        inputs = [each.double() if each is not None and not each.is_floating_point() else each for each in self.tensors]
        kinds = [self.tensors[place].dtype for place in self.learned]
        if callable(self.rule) and above[0] is not None:
            given = self.rule(inputs, cut(above[0], self.kinds[0]).double(), self.attributes)
            return [cut(given[place], kind).double() for place, kind in zip(self.learned, kinds)]
        with torch.enable_grad():
            learned = [inputs[place].requires_grad_() for place in self.learned]
            result = self.function(*inputs, **self.attributes)
        found = (result,) if type(result) is torch.Tensor else tuple(result)
        asked = [
            (each, cut(gradient, kind).to(each.dtype))
            for each, gradient, kind in zip(found, above, self.kinds)
            if gradient is not None and each.requires_grad
        ]
        if not asked:
            return [torch.zeros_like(each, requires_grad=False) for each in learned]
        heads, gradients = zip(*asked)
        told = _gradients(heads, learned, gradients)
        if len(heads) == 1:
            told = _cut_before(heads[0], learned, gradients[0], told)
        return [cut(each.nan_to_num(0, 0, 0), kind).double() for each, kind in zip(told, kinds)]


def _gradients(
    heads: Sequence[torch.Tensor], inputs: Sequence[torch.Tensor], above: Sequence[torch.Tensor]
) -> list[torch.Tensor]:
    found = torch.autograd.grad(heads, inputs, above, retain_graph=True, allow_unused=True)
    return [torch.zeros_like(each) if one is None else one for one, each in zip(found, inputs)]


def _cut_before(
    head: torch.Tensor, inputs: Sequence[torch.Tensor], above: torch.Tensor, told: list[torch.Tensor]
) -> list[torch.Tensor]:
    """Gradients of what computes element by element: MXNet cuts the derivative, and multiplies it then.

    Where a sum or a mean is, or elements change places, it is the gradient that is divided and cut. Which of them an
    operator is shows in the numbers: element by element the gradient is the derivative times what came from above.
    """
    if any(each.shape != head.shape for each in inputs):
        return told
    slopes = _gradients([head], inputs, [torch.ones_like(above)])
    return [
        slope.nan_to_num(0, 0, 0).trunc() * above if torch.allclose(slope * above, each, equal_nan=True) else each
        for slope, each in zip(slopes, told)
    ]


class _Node(torch.autograd.Function):
    """A call in torch's graph, between what stands for its inputs and its outputs."""

    @staticmethod
    def forward(ctx: Any, step: _Step, *stands: torch.Tensor) -> tuple[torch.Tensor, ...]:
        ctx.set_materialize_grads(False)
        ctx.step = step
        outputs, step.outputs = step.outputs, ()
        return tuple(each if each.is_floating_point() else placeholder(each) for each in outputs)

    @staticmethod
    def backward(ctx: Any, *above: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        return (None, *ctx.step.gradients(above))


def no_gradient(
    inputs: Sequence[torch.Tensor], gradient: torch.Tensor, attributes: Mapping[str, Any]
) -> list[torch.Tensor]:
    """The rule of what has a gradient of floats alone."""
    return [torch.zeros_like(each) for each in inputs]
