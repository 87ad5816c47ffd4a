"""The kinds of rules: behaviour of operators beside their function, open to any layer.

A rule stands in a declaration (``rules={"inputs": …}``) or in the layer that knows about it
(``@rule("onnx", "Convolution")``). A kind that concerns all operators is held by a test: each has a rule, or says why
it has none. The reason is a text in the rule's place, or follows from what the declaration says anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from . import host

if TYPE_CHECKING:
    from .registry import OpSpec

__all__ = ["KINDS", "Answer", "Kind", "answer"]


class Kind(NamedTuple):
    """A kind of rules.

    Attributes
    ----------
    meaning : what a rule of this kind says
    concerns_all : whether every operator is asked for one
    begun : whether the rules of this kind are there, so that one that is missing is a mistake
    follows : what follows from a declaration that has no rule: True where it needs none, a reason where it can have
        none, None where it ought to have one
    """

    meaning: str
    concerns_all: bool = True
    begun: bool = False
    follows: Callable[[OpSpec], bool | str | None] | None = None


def _captured(spec: OpSpec) -> bool | str:
    return True if callable(spec.host) else spec.host or True


def _without_inputs(spec: OpSpec) -> bool | None:
    return None if spec.inputs else True


def _one_dtype(spec: OpSpec) -> bool:
    """An operator without a rule has one dtype for all inputs and outputs; a test calls each with every dtype."""
    return True


def _through_dense(spec: OpSpec) -> bool:
    """An operator without a rule is given dense arrays, made for the call: see :mod:`mxnet.ndarray.sparse_calls`."""
    return True


def _onnx(spec: OpSpec) -> str | None:
    if spec.writes or spec.aux:
        return "it changes arrays in place, and values of ONNX do not change"
    if spec.host == host.ELEMENTS:
        return "the shape of its result depends on elements, and has to be known before the graph runs"
    if spec.host == host.COMPUTES:
        return "it computes in Python, on the host"
    return None


def _source(spec: OpSpec) -> str | None:
    if spec.host == host.ELEMENTS:
        return "the shape of its result depends on elements, and has to be known before the graph runs"
    return None


def _followed(spec: OpSpec) -> bool | str:
    """An operator that is in a program and says nothing else is followed by ``torch.export``."""
    return answer(spec, "source").reason or True


#: all kinds; those not begun are the work ahead
KINDS: dict[str, Kind] = {
    "more": Kind(
        "callable(attributes, count) -> names of the inputs that a graph makes after the count that are given, for an "
        "operator of any number of inputs",
        concerns_all=False,
    ),
    "named": Kind(
        "callable(attributes) -> names of all inputs, and of those among them that are states, for an operator of any "
        "number of inputs whose attributes tell them; it moves its states itself",
        concerns_all=False,
    ),
    "made": Kind(
        "callable(attributes) -> what the function gets as ``made`` and the other rules find under that name: an "
        "object made of the attributes once, when a node is made or an array function called",
        concerns_all=False,
    ),
    "upgrade": Kind(
        "callable(attributes, version) -> attributes of a graph's file, as the present version writes them",
        concerns_all=False,
    ),
    "states": Kind(
        "callable(state, seen, attributes) -> a state after the backward, from what the function returned of it in "
        "training; a state without this rule is what the function returned",
        concerns_all=False,
    ),
    "head": Kind(
        "callable(attributes, output) -> whether the gradient depends on what arrives from above at an output; without "
        "a rule it does, but at a loss",
        concerns_all=False,
    ),
    "integers": Kind(
        "callable(inputs, gradient, attributes) -> the gradients of inputs of integers, as float64, from all of them "
        "as float64 and the output's gradient; without a rule it is the derivative, cut to an integer, times that",
        concerns_all=False,
    ),
    "outputs": Kind(
        "the shapes of outputs where the function on the meta device cannot tell them: of inputs known in part",
        concerns_all=False,
    ),
    "wires": Kind(
        "callable(attributes) -> for each graph of a node which of the node's inputs its variables are",
        concerns_all=False,
    ),
    "inputs": Kind("what the inputs' shapes must be, once an output's is known", True, True, _without_inputs),
    "dtype": Kind("the dtypes of inputs and outputs, from those that are known", True, True, _one_dtype),
    "capture": Kind("a graph of an accelerator can hold it, for some attributes at least", True, True, _captured),
    "sparse": Kind(
        "what it computes of sparse arrays; without a rule it is given dense ones", True, True, _through_dense
    ),
    "onnx": Kind("its nodes in an ONNX graph", True, True, _onnx),
    "source": Kind("its line in a program for PyTorch, which `remxnet.convert.source` writes", True, True, _source),
    "exported": Kind(
        "why `torch.export` cannot follow its line in such a program; without a reason it can", True, True, _followed
    ),
}


class Answer(NamedTuple):
    """What an operator says to a kind: whether it has what is asked for, or why not; neither where it is silent."""

    has: bool
    reason: str = ""


def answer(spec: OpSpec, kind: str) -> Answer:
    """Whether an operator has a rule of a kind, or needs none, or why it cannot have one.

    Examples
    --------
    >>> from mxnet.ops import OPERATORS
    >>> answer(OPERATORS["relu"], "capture")
    Answer(has=True, reason='')
    """
    found: Callable[..., Any] | bool | str | None = spec.rules.get(kind)
    if found is None and (follows := KINDS[kind].follows) is not None:
        found = follows(spec)
    return Answer(False, found) if isinstance(found, str) else Answer(bool(found))
