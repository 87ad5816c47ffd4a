"""Arrays put together."""

from __future__ import annotations

from ...ops.registry import rule
from .terms import Term
from .walking import At


@rule("onnx", "Concat", "_npi_concatenate")
def concat(at: At, *data: Term) -> Term:
    axis = at.get("dim", at.get("axis"))
    if axis is None:  # all in a row
        return at.concat([each.reshape(-1) for each in data], 0)
    return at.concat([each.cast(at.dtype) for each in data], axis)
