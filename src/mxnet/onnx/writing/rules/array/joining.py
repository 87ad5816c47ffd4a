"""Arrays put together."""

from __future__ import annotations

import numpy as np

from .....ops.registry import rule
from ...lengths import Length
from ...terms import Term
from ...walking import At


@rule("onnx", "Concat", "_npi_concatenate")
def concat(at: At, *data: Term) -> Term:
    axis = at.get("dim", at.get("axis"))
    if axis is None:  # all in a row
        return at.concat([each.reshape(-1) for each in data], 0)
    made = at.concat([each.cast(at.dtype) for each in data], axis)
    elements = [each.array for each in data if each.dtype == at.dtype]
    if len(data) > 1 and len(elements) == len(data) and None not in elements:
        made.array = lambda: np.concatenate([each() for each in elements], axis)
    return made


@rule("onnx", "stack", "_npi_stack")
def stack(at: At, *data: Term) -> Term:
    axis = at["axis"] % (data[0].rank + 1)
    alike = [_raised(each.cast(at.dtype), data[0].lengths) for each in data]
    return at.concat([each.unsqueeze(axis) for each in alike], axis)


def _raised(data: Term, shape: tuple[Length, ...]) -> Term:
    """The elements along more axes of length 1."""
    return data if data.lengths == shape else data.reshape(*shape).shaped(shape)


def _at_least(lengths: tuple[Length, ...], rank: int) -> tuple[Length, ...]:
    """A shape filled up as NumPy's functions fill it: ones before one or two axes, and one after them for three."""
    if rank == 3 and len(lengths) in (1, 2):
        return (*[1] * (2 - len(lengths)), *lengths, 1)
    return (*[1] * (rank - len(lengths)), *lengths)


@rule("onnx", "_npi_vstack")
def vstack(at: At, *data: Term) -> Term:
    return at.concat([_raised(each, _at_least(each.lengths, 2)).cast(at.dtype) for each in data], 0)


@rule("onnx", "_npi_hstack")
def hstack(at: At, *data: Term) -> Term:
    raised = [_raised(each, _at_least(each.lengths, 1)).cast(at.dtype) for each in data]
    return at.concat(raised, 0 if len(at.shape) == 1 else 1)


@rule("onnx", "_npi_dstack")
def dstack(at: At, *data: Term) -> Term:
    return at.concat([_raised(each, _at_least(each.lengths, 3)).cast(at.dtype) for each in data], 2)


@rule("onnx", "_npi_column_stack")
def column_stack(at: At, *data: Term) -> Term:
    raised = [each if each.rank > 1 else _raised(each, (*(each.lengths or (1,)), 1)) for each in data]
    return at.concat([each.cast(at.dtype) for each in raised], 1)


@rule("onnx", "_np_atleast_1d", "_np_atleast_2d", "_np_atleast_3d")
def at_least(at: At, *arys: Term) -> list[Term]:
    rank = int(at.call.spec.name[-2])
    return [_raised(each, _at_least(each.lengths, rank)) for each in arys]
