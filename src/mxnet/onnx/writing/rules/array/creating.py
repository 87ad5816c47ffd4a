"""Arrays made of attributes, or of the shape of another."""

from __future__ import annotations

from typing import Any

import numpy as np

from .....ops.registry import rule
from ...lengths import Varying, product
from ...terms import Term
from ...walking import At
from .indexing import numbers

__all__ = ["computed"]


def computed(at: At, *inputs: Any) -> tuple[Term, ...]:
    """What the call computes of these tensors, as constants."""
    import torch

    spec = at.call.spec
    given = {name: value for name, value in at.call.attributes.items() if name in spec.attributes}
    if spec.takes_device:
        given["device"] = torch.device("cpu")
    with torch.no_grad():
        found = spec.function(*inputs, **given)
    results = found if isinstance(found, (tuple, list)) else (found,)
    return tuple(at.constant(each.float() if each.dtype is torch.bfloat16 else each, at.dtypes[place])
                 for place, each in enumerate(results))  # fmt: skip


@rule(
    "onnx", "_arange", "_linspace", "_eye", "_npi_identity", "_npi_eye", "_npi_arange", "_npi_logspace", "_npi_indices",
    "_npi_blackman", "_npi_hamming", "_npi_hanning",
)  # fmt: skip
def of_attributes(at: At) -> tuple[Term, ...]:
    return computed(at)


@rule("onnx", "_zeros", "_npi_zeros")
def zeros(at: At) -> Term:
    return at.expand(at.constant(0, at.dtype), at.shape)


@rule("onnx", "_ones", "_npi_ones")
def ones(at: At) -> Term:
    return at.expand(at.constant(1, at.dtype), at.shape)


@rule("onnx", "_full")
def full(at: At) -> Term:
    return at.expand(at.constant(at["value"], at.dtype), at.shape)


@rule("onnx", "zeros_like")
def zeros_like(at: At, data: Term) -> Term:
    return at.expand(at.constant(0, at.dtype), at.shape)


@rule("onnx", "ones_like")
def ones_like(at: At, data: Term) -> Term:
    return at.expand(at.constant(1, at.dtype), at.shape)


@rule("onnx", "_npi_full_like")
def full_like(at: At, a: Term) -> Term:
    return at.expand(at.constant(at["fill_value"], at.dtype), at.shape)


@rule("onnx", "_contrib_arange_like")
def arange_like(at: At, data: Term) -> Term:
    axis, repeat = at["axis"], at["repeat"]
    total = product(data.lengths) if axis is None else data.lengths[axis % data.rank]
    first, by = at["start"], at["step"]
    if not data.is_float:
        first, by = int(first), int(by)
    if not isinstance(total, Varying):
        line = np.arange(-(-total // repeat)).repeat(repeat)[:total] * by + first
        return at.constant(line.reshape(data.lengths if axis is None else -1), data.dtype)
    line_term = numbers(at, total)
    if repeat != 1:
        line_term = line_term / repeat
    line_term = line_term.cast(data.dtype) * by + first
    return line_term.reshape(*data.lengths) if axis is None else line_term


@rule("onnx", "_npi_diag_indices_from")
def diag_indices_from(at: At, data: Term) -> Term:
    return at.expand(numbers(at, data.lengths[0]).unsqueeze(0), at.shape)


@rule("onnx", "_contrib_MultiBoxPrior")
def multibox_prior(at: At, data: Term) -> tuple[Term, ...]:
    """Anchors follow from the feature map's height and width alone."""
    import torch

    height, width = (int(each) for each in data.lengths[2:4])
    return computed(at, torch.zeros(1, 1, height, width))


rule("onnx", "_npi_share_memory")("values of ONNX have no memory that two could share")
