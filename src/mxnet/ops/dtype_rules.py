"""What dtypes of inputs and outputs say about each other, in the words that declarations use.

A rule of kind "dtype" tells both::

    rule(inputs, outputs, attributes) -> (dtypes of the inputs, dtypes of the outputs)

None stands for what is not known, or of which nothing is said. Inputs come in the order of the function's parameters
(None too for one that is not given), for a variadic operator as many as there are; outputs are those that a call shows.
An operator without such a rule has one dtype for all, :func:`same`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

__all__ = [
    "Kind", "Kinds", "always", "by_attribute", "computed", "each_its_own", "first_known", "fixed", "floating",
    "follows", "same", "statistics",
]  # fmt: skip

Kind = torch.dtype | None
Kinds = Sequence[Kind]
Rule = Callable[[Kinds, Kinds, Mapping[str, Any]], tuple[Kinds, Kinds]]
_HALVES = (torch.float16, torch.bfloat16)


def first_known(kinds: Sequence[Kind]) -> Kind:
    """The first dtype that is known."""
    return next((kind for kind in kinds if kind is not None), None)


def same(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    """All inputs and outputs have one dtype."""
    for kind in (*inputs, *outputs):
        if kind is not None:
            return (kind,) * len(inputs), (kind,) * len(outputs)
    return (), ()


def each_its_own(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    """Every output has the dtype of the input in its place."""
    return outputs, inputs[: len(outputs)]


def _unless_known(inputs: Kinds, kind: Kind) -> Kinds:
    """The dtype for inputs of which nothing is known: they may have others."""
    return tuple(kind if each is None else None for each in inputs)


def follows(*places: int, others: Kind = None, others_alike: bool = False) -> Rule:
    """The outputs and the inputs at `places` have one dtype.

    Parameters
    ----------
    others : torch.dtype, optional
        the dtype that all other inputs have; any by default
    others_alike : bool
        other inputs have that of the data unless they are known to have another
    """

    def rule(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
        kind = first_known((*[inputs[place] for place in places if place < len(inputs)], *outputs))
        rest = _unless_known(inputs, kind) if others_alike else (others,) * len(inputs)
        told = tuple(kind if place in places else other for place, other in enumerate(rest))
        return told, (kind,) * len(outputs)

    return rule


def always(kind: torch.dtype, inputs_alike: bool = False) -> Rule:
    """The outputs have a fixed dtype; the inputs have any, or all one."""

    def rule(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
        told = same(inputs, (), attributes)[0] if inputs_alike else ()
        return told, (kind,) * len(outputs)

    return rule


def fixed(kind: torch.dtype) -> Rule:
    """All inputs and outputs have a fixed dtype, whatever else is known."""

    def rule(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
        return (kind,) * len(inputs), (kind,) * len(outputs)

    return rule


def by_attribute(name: str = "dtype", default: Kind = torch.float32, inputs_alike: bool = False) -> Rule:
    """The outputs have the dtype that an attribute says, whatever the inputs have.

    Parameters
    ----------
    name : str
        the attribute
    default : torch.dtype or None
        what it means where it says nothing; None for the dtype of the first input
    inputs_alike : bool
        the inputs have one dtype
    """

    def rule(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
        kind = attributes[name] or default
        if kind is None:
            return follows(0)(inputs, outputs, attributes)
        told = same(inputs, (), attributes)[0] if inputs_alike else ()
        return told, (kind,) * len(outputs)

    return rule


def computed(kind: Callable[..., Kind]) -> Rule:
    """The outputs have the dtype that ``kind(attributes, *inputs)`` tells.

    Inputs need not have one dtype; of which nothing is known, that has the dtype of what is.
    """

    def rule(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
        known = first_known(inputs)
        if known is None:  # nothing but that inputs of the output's dtype would give it
            return _unless_known(inputs, first_known(outputs)), ()
        filled = [each or known for each in inputs]
        return _unless_known(inputs, known), (kind(attributes, *filled),) * len(outputs)

    return rule


def _float_of(attributes: Mapping[str, Any], data: torch.dtype, *others: torch.dtype) -> torch.dtype:
    return data if data.is_floating_point else torch.float32


#: floats keep their dtype, and integers give float32
floating = computed(_float_of)


def statistics(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    """Data and first output have one dtype; all else has it too, but float32 where that is of 16 bits."""
    kind = first_known((inputs[0], outputs[0]))
    if kind is None:
        return (), ()
    kept = torch.float32 if kind in _HALVES else kind
    return (kind, *(kept,) * (len(inputs) - 1)), (kind, *(kept,) * (len(outputs) - 1))
