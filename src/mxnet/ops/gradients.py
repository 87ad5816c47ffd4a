"""Gradients that MXNet defines and torch does not.

MXNet differentiates comparisons, roundings, positions and shapes to zero; torch leaves such a result outside the graph,
and a backward pass from it would be an error. What a variable is in the graph of without a gradient coming from there
(an index, a condition, what BlockGrad holds back) MXNet writes zeros for; torch says nothing of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch

__all__ = ["constant", "piecewise_constant", "straight_through", "tied", "unlearned", "variables_of"]


class _Constant(torch.autograd.Function):
    """A result with a gradient of zero to all it was computed from."""

    @staticmethod
    def forward(ctx: Any, result: torch.Tensor, *inputs: torch.Tensor) -> torch.Tensor:
        ctx.like = [(item.shape, item.dtype, item.device) for item in inputs]
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        zeros = (
            torch.zeros(shape, dtype=dtype, device=device) if needed else None
            for (shape, dtype, device), needed in zip(ctx.like, ctx.needs_input_grad[1:])
        )
        return (None, *zeros)


def constant(result: torch.Tensor, *inputs: torch.Tensor) -> torch.Tensor:
    """Put a result into the graph of its inputs with a gradient of zero."""
    for item in inputs:
        if item.requires_grad and result.is_floating_point():
            return _Constant.apply(result.detach(), *inputs)
    return result


class _StraightThrough(torch.autograd.Function):
    """A result through which the gradient passes to the input as if nothing had happened."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient, None


def straight_through(data: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    """Put a result into the graph of its input as if it were the input itself."""
    return _StraightThrough.apply(data, result) if data.requires_grad else result


def piecewise_constant(attributes: Mapping[str, Any], output: int) -> bool:
    """The rule of kind "head" of what is constant piece by piece: its gradient is zero, whatever arrives from above."""
    return False


class _Tie(torch.autograd.Function):
    """A result whose graph variables belong to, without a gradient for them."""

    @staticmethod
    def forward(ctx: Any, result: torch.Tensor, *variables: torch.Tensor) -> torch.Tensor:
        ctx.set_materialize_grads(False)
        ctx.variables = [None if _none_is_told else each.detach() for each in variables]
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor | None) -> tuple[torch.Tensor | None, ...]:
        return (gradient, *(None if each is None else torch.zeros_like(each) for each in ctx.variables))


#: whether torch tells the variables of a graph that no gradient came from there, as it does from some version after 2.4
#: on; where not, one of zeros is sent
_none_is_told = True


def _hears_of_none() -> bool:
    """Ask torch."""
    heard: list[torch.Tensor] = []
    with torch.enable_grad():
        variable = torch.zeros((), requires_grad=True)
        variable.register_post_accumulate_grad_hook(heard.append)
        torch.autograd.backward(_Tie.apply(torch.zeros((), requires_grad=True), variable))
    return bool(heard)


_none_is_told = _hears_of_none()


def tied(result: torch.Tensor, variables: Sequence[torch.Tensor]) -> torch.Tensor:
    """A result in whose graph variables are that have no gradient from it.

    The variables themselves are tied, not what was computed of them: nothing has to be computed back to them.
    """
    if not variables or not result.is_floating_point():
        return result
    below = {id(each): each for each in (*variables_of([result]), *variables)}
    tie = _Tie.apply(result, *variables)
    if tie.grad_fn is not None:
        tie.grad_fn.tied_below = list(below.values())
    return tie


def variables_of(tensors: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    """The variables that tensors were computed from, themselves included.

    A tie knows those below it, so that a loop with one in each step is not walked through from the start each time.
    """
    found, stack, seen = {}, [], set()
    for tensor in tensors:
        if tensor.grad_fn is not None:
            stack.append(tensor.grad_fn)
        elif tensor.requires_grad:
            found[id(tensor)] = tensor
    while stack:
        node: Any = stack.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        below = getattr(node, "tied_below", None)  # of a tie; other nodes have attributes of their own
        if below is not None:
            found.update((id(each), each) for each in below)
            continue
        leaf = getattr(node, "variable", None)
        if leaf is not None:
            found[id(leaf)] = leaf
        stack += [each for each, _ in node.next_functions]
    return list(found.values())


def unlearned(function: Callable[..., Any], places: Sequence[int]) -> Callable[..., Any]:
    """An operator's function, in whose result's graph the variables of some inputs are without a gradient."""

    @functools.wraps(function)
    def call(*tensors: Any, **attributes: Any) -> Any:
        result = function(*tensors, **attributes)
        for place in places:
            if place < len(tensors) and tensors[place] is not None and tensors[place].requires_grad:
                break
        else:
            return result
        variables = variables_of(
            tensors[place] for place in places if place < len(tensors) and tensors[place] is not None
        )
        if type(result) is torch.Tensor:
            return tied(result, variables)
        return (tied(result[0], variables), *result[1:])

    return call
