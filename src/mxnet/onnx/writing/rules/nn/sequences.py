"""Sequences of several lengths in one array."""

from __future__ import annotations

from .....ops.registry import rule
from ...terms import Term
from ...walking import At
from ..array.indexing import numbers


@rule("onnx", "SequenceMask")
def sequence_mask(at: At, data: Term, sequence_length: Term | None = None) -> Term:
    if not at["use_sequence_length"]:
        return data
    assert sequence_length is not None
    axis = at["axis"]
    steps = numbers(at, data.lengths[axis], sequence_length.dtype)
    inside = steps.unsqueeze(1) < sequence_length.unsqueeze(0)
    inside = (inside if axis == 0 else inside.transpose(1, 0)).unsqueeze(*range(2, data.rank))
    return at.where(inside, data, at["value"])


@rule("onnx", "SequenceLast")
def sequence_last(at: At, data: Term, sequence_length: Term | None = None) -> Term:
    axis = at["axis"] % data.rank
    if not at["use_sequence_length"]:
        return data.slice(axis, -1, None).squeeze(axis)
    assert sequence_length is not None
    timed = data if axis == 0 else data.transpose(1, 0, *range(2, data.rank))
    last = (sequence_length.cast("int64") - 1).unsqueeze(1)
    sample = numbers(at, data.lengths[1 - axis]).unsqueeze(1)
    return at.op("GatherND", timed, at.concat([last, sample], 1))


@rule("onnx", "SequenceReverse")
def sequence_reverse(at: At, data: Term, sequence_length: Term | None = None) -> Term:
    if not at["use_sequence_length"]:
        return data.slice(0, -1, None, -1)
    assert sequence_length is not None
    # at least 1, which turns nothing either: onnxruntime 1.23 gives what was in memory for a length of 0
    length = at.op("Max", sequence_length.cast("int64"), at.constant(1))
    return at.op("ReverseSequence", data, length, time_axis=0, batch_axis=1)


rule("onnx", "CTCLoss")("the sum over all alignments of a sequence with its labels: ONNX has no operator for it")
