"""The shapes of an operator's outputs from those of its inputs, as the operator tells them.

Its rule of kind "outputs" works on shapes known in part. Its ``shape=`` rule and its function, which runs on torch's
meta device where tensors have no elements, want all lengths; one that is not known is found out about by asking several
times with different lengths in its place: what differs between the answers is not known either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ... import streams
from ...base import MXNetError
from ...ops.registry import OpSpec
from ...ops.shape_rules import UNKNOWN, Partial, complete
from ...util import is_np_shape
from ..graph import Node, input_names

__all__ = ["Call", "learnable", "outputs_of", "run_on_meta"]

_META = torch.device("meta")
#: lengths in the place of one that is not known, with enough divisors for what splits an axis …
_PROBES = (720, 5040)
#: … and a short one, for what has a length that is only bounded by that of an input
_SHORT = 1
#: what a function raises on inputs it cannot take; torch 2.4 refuses matrices on the meta device by assertions
_REFUSALS = (RuntimeError, TypeError, IndexError, ValueError, KeyError, AssertionError, OverflowError)
#: what functions answered. Torch takes a quarter of a millisecond for a question, and graphs ask the same ones for each
#: step of a loop that was written out
_answers: dict[Any, list[tuple[int, ...]]] = {}
_ANSWERS_KEPT = 4096
#: dtypes in the place of one that is not known: not every operator takes floats, and some take 8 bits alone
_DTYPES = (torch.float32, torch.int64, torch.int8)


class Call:
    """A node as the rules see it.

    Attributes
    ----------
    node, spec : the node and its operator
    attributes : all of them, defaults filled in
    names : of the node's inputs; numbers where there may be any number
    places : where each of the node's inputs stands among the function's parameters, or None where they stand in order
    arity : how many inputs the rules are given
    asked : the inputs' shapes the function was asked with last
    """

    __slots__ = ("arity", "asked", "attributes", "names", "node", "places", "spec")

    def __init__(self, node: Node) -> None:
        spec = node.spec
        assert spec is not None
        self.node, self.spec = node, spec
        self.attributes = {**spec.defaults, **node.parsed}
        self.asked: Any = None
        self.places: list[int] | None = None
        self.arity = len(node.inputs)
        self.names: Sequence[str] = spec.input_names
        if spec.variadic:
            self.names = [f"input {place}" for place in range(self.arity)]
        elif len(spec.input_names) != self.arity:
            self.names = input_names(spec, node.parsed, count=self.arity)
            self.places = [spec.input_names.index(name) for name in self.names]
            self.arity = len(spec.input_names)

    def __repr__(self) -> str:
        return f"{self.node.name} ({self.spec.name})"

    def spread(self, given: Sequence[Any]) -> list[Any]:
        """What is known of the node's inputs, in the order of the function's parameters."""
        if self.places is None:
            return list(given)
        full = [None] * self.arity
        for place, each in zip(self.places, given):
            full[place] = each
        return full

    def gathered(self, full: Sequence[Any]) -> list[Any]:
        """The other way: what a rule says of parameters, for the node's inputs."""
        places = range(len(self.node.inputs)) if self.places is None else self.places
        return [full[place] if place < len(full) else None for place in places]


def outputs_of(call: Call, inputs: Sequence[Partial], dtypes: Sequence[torch.dtype | None]) -> Sequence[Partial]:
    """The shapes of a node's outputs, as far as its inputs tell.

    Raises
    ------
    MXNetError
        the operator refuses shapes that are known with all lengths
    """
    rule = call.spec.rules.get("outputs")
    all_known = all(map(complete, inputs))
    if isinstance(rule, str):  # the elements decide
        return ()
    if rule is not None and (call.spec.graphs or not (inputs and all_known)):
        told = rule(call.spread(inputs), call.attributes)[: call.node.visible]
        if call.spec.graphs or not inputs or any(shape is not None for shape in told):
            return list(told)
    if any(shape is None for shape in inputs):
        return ()
    if all_known:
        try:
            return _answer(call, inputs, dtypes)  # type: ignore[arg-type]
        except NotImplementedError:  # torch does not know this one on meta
            return rule(call.spread(inputs), call.attributes)[: call.node.visible] if rule is not None else ()
        except _REFUSALS as error:
            shown = ", ".join(f"{name} {shape}" for name, shape in zip(call.names, inputs))
            line = (str(error).splitlines() or [repr(error)])[0]
            # an operator's own words say what there is to know of shapes
            raise MXNetError(
                f"{call}: {line}" if isinstance(error, MXNetError) else f"{call}: {line} ({shown})"
            ) from error
    answers = []
    for probe in (*_PROBES, _SHORT):
        try:
            answers.append(_answer(call, [_filled(shape, probe) for shape in inputs], dtypes))
        except _REFUSALS:
            if probe != _SHORT:
                return ()
    return [_agreed([answer[place] for answer in answers]) for place in range(call.node.visible)]


def learnable(call: Call, inputs: Sequence[Partial]) -> list[Partial]:
    """What the operator's ``params`` rule tells of inputs that are not known with all lengths, one for each."""
    rule = call.spec.params
    if rule is None:
        return []
    answers = []
    for probe in _PROBES:
        known: dict[str, Any] = dict.fromkeys(call.spec.input_names)
        known.update(zip(call.names, [None if shape is None else _filled(shape, probe) for shape in inputs]))
        try:
            answers.append(dict(rule(known, call.attributes)))
        except (TypeError, IndexError, KeyError):
            return []  # the rule needs an input that is not known
        except MXNetError as error:
            raise MXNetError(f"{call}: {error}") from error
    return [
        _agreed([answer[name] for answer in answers])
        if not complete(shape) and all(name in answer for answer in answers)
        else None
        for name, shape in zip(call.names, inputs)
    ]


def _filled(shape: Partial, probe: int) -> tuple[int, ...]:
    return tuple(probe if length == UNKNOWN else length for length in shape or ())


def _agreed(shapes: Sequence[Sequence[int]]) -> Partial:
    """What shapes have in common, UNKNOWN where they differ."""
    if len({len(shape) for shape in shapes}) != 1:
        return None
    return tuple(lengths[0] if len(set(lengths)) == 1 else UNKNOWN for lengths in zip(*shapes))


def _answer(
    call: Call, inputs: Sequence[tuple[int, ...]], dtypes: Sequence[torch.dtype | None]
) -> list[tuple[int, ...]]:
    """The shapes of the outputs for inputs of these shapes."""
    if call.spec.shape is not None:
        told = call.spec.shape(inputs, call.attributes)
        if isinstance(told, list):
            return told[: call.node.visible]
        if told is not None and call.node.visible == 1:
            return [tuple(told)]
    question = _question(call, inputs, dtypes)
    found = _answers.get(question) if question is not None else None
    if found is None:
        found = _asked(call, inputs, dtypes)
        if question is not None:
            if len(_answers) >= _ANSWERS_KEPT:
                _answers.clear()
            _answers[question] = found
    return list(found)


def _question(call: Call, inputs: Sequence[Any], dtypes: Sequence[Any]) -> Any:
    """All that an answer depends on, as operators are pure; None where that cannot be said."""
    if call.spec.graphs or call.spec.takes_made:
        return None
    places = None if call.places is None else tuple(call.places)
    question = (
        call.spec.name, tuple(call.node.parsed.items()), tuple(inputs), tuple(dtypes), places, call.node.visible,
        is_np_shape(),
    )  # fmt: skip
    try:
        hash(question)
    except TypeError:
        return None
    return question


def _asked(
    call: Call, inputs: Sequence[tuple[int, ...]], dtypes: Sequence[torch.dtype | None]
) -> list[tuple[int, ...]]:
    """What the operator's function gives on torch's meta device."""
    refusal = None
    for default in _DTYPES if None in dtypes else _DTYPES[:1]:
        try:
            found = run_on_meta(call, inputs, [dtype or default for dtype in dtypes])
            return [tuple(each.shape) for each in found[: call.node.visible]]
        except NotImplementedError:
            raise
        except _REFUSALS as error:
            refusal = refusal or error
    assert refusal is not None
    raise refusal


def run_on_meta(call: Call, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[torch.dtype]) -> list[torch.Tensor]:
    """The outputs of a node's function on torch's meta device, for inputs of these shapes and dtypes."""
    return _run(call, [torch.empty(shape, dtype=dtype, device=_META) for shape, dtype in zip(shapes, dtypes)])


def _run(call: Call, tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """The outputs of a node on tensors without memory."""
    spec: OpSpec = call.spec
    attributes: dict[str, Any] = dict(call.node.parsed)
    if spec.takes_training:
        attributes["training"] = False
    if spec.takes_device:
        attributes["device"] = _META
    if spec.takes_rng:
        attributes["rng"] = streams.for_device(_META)  # nobody else's numbers
    if spec.takes_context:
        attributes["context"] = None
    with torch.no_grad():
        result = spec.function(*call.spread(tensors), **attributes)
    return [result] if isinstance(result, torch.Tensor) else list(result)
