"""Products of matrices."""

from __future__ import annotations

from ...ops.registry import rule
from .lengths import product
from .terms import Term
from .walking import At


@rule("onnx", "FullyConnected")
def fully_connected(at: At, data: Term, weight: Term, bias: Term | None = None) -> Term:
    rank, bias = data.rank, None if at["no_bias"] else bias
    if at["flatten"] and rank != 2:
        data = at.op("Flatten", data, axis=1) if rank > 2 else data.unsqueeze(1)
        rank = 2
    if rank == 2:
        return at.op("Gemm", data, weight, bias, transB=1)
    out = at.op("MatMul", data, weight.transpose(1, 0))
    return out if bias is None else out + bias


@rule("onnx", "dot")
def dot(at: At, lhs: Term, rhs: Term) -> Term:
    """The last axis of the one (its first, transposed) against the first (last) of the other."""
    first, second = lhs.rank, rhs.rank
    if at["transpose_a"] and first > 1:
        lhs = lhs.shaped(lhs.lengths).transpose(*range(1, first), 0).shaped((*lhs.lengths[1:], lhs.lengths[0]))
    if at["transpose_b"] and second > 1:
        rhs = rhs.transpose(second - 1, *range(second - 1)).shaped((rhs.lengths[-1], *rhs.lengths[:-1]))
    return contracted(at, lhs, rhs)


def contracted(at: At, lhs: Term, rhs: Term) -> Term:
    """The sum over the last axis of the one times the first of the other, of the call's shape."""
    inner = lhs.lengths[-1]
    rows = lhs if lhs.rank <= 2 else lhs.reshape(product(lhs.lengths[:-1]), inner)
    columns = rhs if rhs.rank <= 2 else rhs.reshape(inner, product(rhs.lengths[1:]))
    out = at.op("MatMul", rows, columns)
    return (
        out if lhs.rank <= 2 and rhs.rank <= 2 and len(at.shape) == lhs.rank + rhs.rank - 2 else out.reshape(*at.shape)
    )


@rule("onnx", "batch_dot")
def batch_dot(at: At, lhs: Term, rhs: Term) -> Term:
    return at.op("MatMul", _turned(lhs, at["transpose_a"]), _turned(rhs, at["transpose_b"]))


def _turned(data: Term, turned: bool) -> Term:
    rank = data.rank
    return data.transpose(*range(rank - 2), rank - 1, rank - 2) if turned else data
