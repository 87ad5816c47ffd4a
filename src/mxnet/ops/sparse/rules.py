"""How an operator says what it does with sparse arrays.

A rule of kind "sparse" is a :class:`Takes`: what it computes of records (:mod:`mxnet.ops.storage`) and tensors, and
perhaps the gradient of that. Where it computes nothing of what it is given, its inputs are made dense; where it says no
gradient, the gradient is that of the operator's function on dense inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch

from ...base import MXNetError
from ..registry import OPERATORS, rule
from ..storage import Stored

__all__ = ["Takes", "dense", "stypes", "takes"]

Operands = Sequence[Any]


class Takes(NamedTuple):
    """What an operator does with sparse inputs.

    Attributes
    ----------
    compute : callable(inputs, attributes) -> record, Tensor or None
        of records and tensors, outside any graph, with all attributes; None where these inputs go through dense ones.
        It raises where MXNet does not go through dense ones either
    gradient : callable(gradient, inputs, result, attributes, wanted) -> list of Tensor or None
        for each input that is wanted the gradient of its whole shape, dense or in torch's format of coordinates
    step : callable(rows, attributes)
        of an operator that updates: what it does in place to the rows of the weight and of the states that the gradient
        has, given in the order of the inputs; `compute` then says by a result that is not None that it is to be done so
    """

    compute: Callable[[Operands, Mapping[str, Any]], Any]
    gradient: Callable[..., Sequence[torch.Tensor | None]] | None = None
    step: Callable[[Sequence[torch.Tensor], Mapping[str, Any]], None] | None = None

    def __call__(self, inputs: Operands, attributes: Mapping[str, Any]) -> Any:
        """What it computes."""
        return self.compute(inputs, attributes)


def takes(*names: str, gradient: Any = None) -> Callable[[Any], Any]:
    """Give operators a rule of kind "sparse" that computes by the function decorated."""

    def add(compute: Any) -> Any:
        rule("sparse", *names)(Takes(compute, gradient))
        return compute

    return add


def stypes(inputs: Operands) -> tuple[str, ...]:
    """The storage types of inputs."""
    return tuple(each.stype if isinstance(each, Stored) else "default" for each in inputs)


def dense(value: Any) -> torch.Tensor:
    """A record, a tensor or a sparse gradient as a dense tensor."""
    if isinstance(value, Stored):
        return value.dense()
    return value.to_dense() if value.is_sparse else value


def sparse_only(name: str, inputs: Operands, wanted: str) -> MXNetError:
    """The error of an operator that MXNet has for sparse arrays alone."""
    return MXNetError(f"{OPERATORS[name].name}: got {', '.join(stypes(inputs))}; expected {wanted}")
