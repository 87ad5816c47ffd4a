"""Layers fused with what follows them: over floats their graph, over integers of 8 bits the sums and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from .....ops.nn.quantized_fused import NORM, each_in_steps, with_norm
from .....ops.nn.quantizing import calibrated
from .....ops.registry import rule
from .....symbol.typed import Call
from ...terms import Term
from ...walking import At
from ..math.functions import rounded_to_even
from .convolution import is_channels_last
from .quantized import (
    Pair,
    Three,
    dense_sums,
    farthest,
    floats,
    in_integers,
    per_step,
    range_of_sums,
    rounded,
    steps,
    sums_of_convolution,
)  # fmt: skip


class _Fused:
    """The graph that a node holds, beside the node's inputs.

    Parameters
    ----------
    data : sequence of Term
        the graph's variables, then ends of ranges
    """

    def __init__(self, at: At, data: Sequence[Term]) -> None:
        self.at, self.graph = at, at.call.graphs[0]
        count = len(self.graph.inputs)
        self.variables, self._ends = dict(zip(map(id, self.graph.inputs), data)), iter(data[count:])

    @property
    def calls(self) -> list[Call]:
        """What is fused, in order."""
        return self.graph.calls

    def range(self) -> Pair:
        """The next two inputs, which are the ends of a range."""
        return next(self._ends), next(self._ends)

    def inputs(self, place: int) -> list[Term]:
        """The variables that a call takes."""
        given = [value for value in self.calls[place].inputs if value is not None]
        return [self.variables[id(value)] for value in given if id(value) in self.variables]

    def addends(self) -> None:
        """Have what is added to the sums be floats, from the ranges that come next."""
        for call in self.calls[1:]:
            for value in call.inputs if call.spec is not NORM else ():
                if id(value) in self.variables:
                    data = self.variables[id(value)]
                    scaled = floats(data) * per_step(self.at, *self.range(), data.dtype)
                    self.variables[id(value)] = scaled.shaped(data.lengths)

    def after(self, result: Term, done: int) -> Term:
        """What the calls after the first `done` give, the last of which gave `result`."""
        builder = self.at.builder
        read = {id(value) for call in self.calls[done:] for value in call.inputs}
        # what is not read any more goes by its name alone
        given = [
            term.cast(result.dtype) if place in read else Term(builder, term.name, result.dtype, term.lengths)
            for place, term in self.variables.items()
        ]
        return self.at.held(0, given, done, result)[0]

    def finished(self, result: Term, step: Term, ends: Pair) -> Any:
        """The result as the node gives it: floats, integers of 8 bits, or of 32 in the steps of the sums."""
        at, dtype = self.at, self.at.dtype
        if dtype == "float32":
            return result.cast(dtype)
        if dtype == "int32":
            return in_integers(at, result / step.cast(result.dtype)), *ends
        low, high = (at.constant([at[f"{end}_calib_range"]], "float32") for end in ("min", "max"))
        scale = at.constant([steps(dtype)], "float32") / farthest(at, low, high)
        return rounded(at, result * scale, dtype), low, high


def _is_kept(at: At) -> bool:
    """Whether the result's range was found beforehand."""
    return calibrated(at["min_calib_range"], at["max_calib_range"])


def _each(term: Term, rank: int) -> Term:
    """A number for each element of the first axis, beside an array of so many axes."""
    return term.unsqueeze(*range(1, rank))


def _normalized(fused: _Fused, weight: Term, bias: Term | None) -> tuple[Term, Term | None, int]:
    """Weight and bias with the batch norm that follows put into them, and how many calls they stand for."""
    at = fused.at
    if len(fused.calls) < 2 or fused.calls[1].spec is not NORM:
        return weight, bias, 1
    attributes, parameters = fused.calls[1].attributes, fused.inputs(1)
    known = _known([weight, *([] if bias is None else [bias]), *parameters])
    if known is not None:
        kernel, *own = known[: len(known) - len(parameters)]
        added = own[0] if own else None
        found = with_norm(kernel, added, known[-len(parameters) :], attributes["eps"], attributes["fix_gamma"])
        kernels, offset = (at.constant(each.numpy(), "float32").shaped(each.shape) for each in found)
        return kernels, offset, 2
    gamma, beta, mean, variance = parameters
    scale = 1.0 / at.op("Sqrt", variance + attributes["eps"])
    if not attributes["fix_gamma"]:
        scale = scale * gamma
    shift = beta - mean * scale
    shift = shift if bias is None else shift + bias * scale
    return (weight * _each(scale, weight.rank)).shaped(weight.lengths), shift, 2


def _known(terms: Sequence[Term]) -> list[torch.Tensor] | None:
    """The elements of parameters, None where some are none."""
    found = [term.constant for term in terms]
    return None if any(each is None for each in found) else [torch.tensor(each) for each in found]


def _in_steps(at: At, weight: Term, each_its_own: bool) -> tuple[Term, Term]:
    """A weight in int8 and the float that 1 stands for, one for each element of the first axis or one for all."""
    known = _known([weight])
    if known is not None:
        kept, step = each_in_steps(known[0], each_its_own)
        return at.constant(kept.numpy(), "int8"), at.constant(step.numpy(), "float32")
    axes = list(range(1, weight.rank)) if each_its_own else None
    reach = at.op("Abs", weight).reduce("Max", axes, keepdims=False).reshape(-1)
    scaled = weight * _each(at.constant(steps("int8"), "float32") / reach, weight.rank)
    scaled = at.where(at.op("IsNaN", scaled), 0.0, scaled)  # a filter of zeros
    return rounded(at, scaled, "int8").shaped(weight.lengths), reach / steps("int8")


def _offset(at: At, bias: Term, step: Term) -> Term:
    """A bias in the steps of the sums."""
    count = bias / step
    return rounded_to_even(at, at.where(at.op("IsNaN", count), 0.0, count)).cast("int32")


@rule("onnx", "_sg_mkldnn_conv")
def fused_convolution(at: At, *data: Term) -> Term | Three:
    if not at["quantized"]:
        return at.held(0, data)[0]
    fused = _Fused(at, data)
    x, weight, *rest = fused.inputs(0)
    ends = fused.range()
    fused.addends()
    weight, bias, done = _normalized(fused, weight, rest[0] if rest else None)
    known, attributes = _is_kept(at), fused.calls[0].attributes
    kept, weight_step = _in_steps(at, weight, each_its_own=known)
    sums = sums_of_convolution(at, attributes, x, kept.shaped(weight.lengths))
    step = per_step(at, *ends, x.dtype) * weight_step
    axes = 0 if is_channels_last(attributes) else len(attributes["kernel"])
    if bias is not None:
        sums = sums + _offset(at, bias, step).unsqueeze(*range(1, axes + 1))
    step = step.unsqueeze(*range(1, axes + 1))
    wide = "float32" if known else "float64"
    result = fused.after(sums.cast(wide) * step.cast(wide), done)
    if at.dtype != "int32":
        return fused.finished(result, step, ends)
    reach = at.op("Abs", weight).reduce("Max", None, keepdims=False).reshape(1)
    return fused.finished(result, step, range_of_sums(at, ends, (-reach, reach), x.dtype))


@rule("onnx", "_sg_mkldnn_fully_connected")
def fused_dense(at: At, *data: Term) -> Term | Three:
    if not at["quantized"]:
        return at.held(0, data)[0]
    fused = _Fused(at, data)
    x, weight, *rest = fused.inputs(0)
    bias, ends, offset = rest[0] if rest else None, fused.range(), None
    if at["channel_wise_quantize"]:
        kept, weight_step = _in_steps(at, weight, each_its_own=True)
        step = per_step(at, *ends, x.dtype) * weight_step
        offset = None if bias is None else _offset(at, bias, step)
        weight_ends = ends  # the result is floats, or its range is known
    else:
        kept, weight_ends = weight, fused.range()
        step = per_step(at, *ends, x.dtype) * per_step(at, *weight_ends, "int8")
        if bias is not None:
            offset = in_integers(at, floats(bias) * (per_step(at, *fused.range(), "int8") / step))
    sums = dense_sums(at, fused.calls[0].attributes, x, kept)
    if offset is not None:
        sums = sums + offset
    wide = "float32" if at["enable_float_output"] or _is_kept(at) else "float64"
    result = fused.after(sums.cast(wide) * step.cast(wide), 1)
    of_sums = range_of_sums(at, ends, weight_ends, x.dtype) if at.dtype == "int32" else ends
    return fused.finished(result, step, of_sums)
