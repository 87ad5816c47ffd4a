"""Products of matrices."""

from __future__ import annotations

import math

import numpy as np

from .....ops.registry import rule
from ...lengths import product
from ...terms import Term
from ...walking import At


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


def multiplied(at: At, a: Term, b: Term) -> Term:
    """A product of matrices or vectors; a vector beside a matrix becomes one.

    Runtimes take transposition into the product, some wrongly where the other operand is a vector.
    """
    if b.rank == 1 and a.rank > 1:
        return at.op("MatMul", a, b.unsqueeze(1)).squeeze(a.rank - 1)
    if a.rank == 1 and b.rank > 1:
        return at.op("MatMul", a.unsqueeze(0), b).squeeze(b.rank - 2)
    return at.op("MatMul", a, b)


def contracted(at: At, lhs: Term, rhs: Term) -> Term:
    """The sum over the last axis of the one times the first of the other, of the call's shape."""
    if lhs.rank <= 2 and rhs.rank <= 2:
        out = multiplied(at, lhs, rhs)
        return out if len(at.shape) == lhs.rank + rhs.rank - 2 else out.reshape(*at.shape)
    inner = lhs.lengths[-1]
    rows = lhs.reshape(product(lhs.lengths[:-1]), inner)
    columns = rhs.reshape(inner, product(rhs.lengths[1:]))
    return at.op("MatMul", rows, columns).reshape(*at.shape)


@rule("onnx", "batch_dot")
def batch_dot(at: At, lhs: Term, rhs: Term) -> Term:
    return at.op("MatMul", _turned(lhs, at["transpose_a"]), _turned(rhs, at["transpose_b"]))


def _turned(data: Term, turned: bool) -> Term:
    rank = data.rank
    return data.transpose(*range(rank - 2), rank - 1, rank - 2) if turned else data


@rule("onnx", "_npi_matmul")
def matmul(at: At, a: Term, b: Term) -> Term:
    return multiplied(at, a, b)


@rule("onnx", "_np_dot")
def np_dot(at: At, a: Term, b: Term) -> Term:
    if not a.rank or not b.rank:
        return a * b
    if b.rank > 2:
        b = b.transpose(b.rank - 2, *range(b.rank - 2), b.rank - 1).shaped(
            (b.lengths[-2], *b.lengths[:-2], b.lengths[-1])
        )
    if a.rank == b.rank == 1:
        return at.op("MatMul", a, b)
    return contracted(at, a, b)


@rule("onnx", "_npi_tensordot", "_npi_tensordot_int_axes")
def tensordot(at: At, a: Term, b: Term) -> Term:
    if at.call.spec.name == "_npi_tensordot":
        own, other = ([axis % each.rank for axis in at[f"{name}_axes_summed"]] for each, name in ((a, "a"), (b, "b")))
    else:
        own, other = list(range(a.rank - at["axes"], a.rank)), list(range(at["axes"]))
    left = [axis for axis in range(a.rank) if axis not in own]
    right = [axis for axis in range(b.rank) if axis not in other]
    inner = product([a.lengths[axis] for axis in own])
    rows = a.transpose(*left, *own).reshape(product([a.lengths[axis] for axis in left]), inner)
    columns = b.transpose(*other, *right).reshape(inner, product([b.lengths[axis] for axis in right]))
    return at.op("MatMul", rows, columns).reshape(*at.shape)


@rule("onnx", "_npi_einsum")
def einsum(at: At, *data: Term) -> Term:
    return at.op("Einsum", *data, equation=at["subscripts"])


@rule("onnx", "khatri_rao")
def khatri_rao(at: At, *args: Term) -> Term:
    found, rows = args[0], args[0].lengths[0]
    columns = args[0].lengths[1]
    for matrix in args[1:]:
        rows = rows * matrix.lengths[0]
        found = (found.unsqueeze(1) * matrix.unsqueeze(0)).reshape(rows, columns)
    return found


# --- attention -------------------------------------------------------------------------------------------------------


def _heads(projections: Term, heads: int, parts: int) -> list[Term]:
    """Queries, keys and values of each head, (batch × heads, length, channels)."""
    length, batch, channels = projections.lengths
    each = channels // (heads * parts)
    split = projections.reshape(length, batch * heads, parts, each)
    shape = (batch * heads, length, each)
    return [part.squeeze(2).transpose(1, 0, 2).shaped(shape) for part in split.split(2, [1] * parts)]


def _scores(at: At, queries: Term, keys: Term) -> Term:
    scaled = queries * (1 / math.sqrt(int(queries.lengths[2])))
    return at.op("MatMul", scaled, keys.transpose(0, 2, 1))


def _attended(at: At, attention: Term, values: Term) -> Term:
    return at.op("MatMul", attention, values).transpose(1, 0, 2).reshape(*at.shape)


@rule("onnx", "_contrib_interleaved_matmul_selfatt_qk")
def selfatt_qk(at: At, queries_keys_values: Term) -> Term:
    queries, keys, _ = _heads(queries_keys_values, at["heads"], 3)
    return _scores(at, queries, keys)


@rule("onnx", "_contrib_interleaved_matmul_selfatt_valatt")
def selfatt_valatt(at: At, queries_keys_values: Term, attention: Term) -> Term:
    return _attended(at, attention, _heads(queries_keys_values, at["heads"], 3)[2])


@rule("onnx", "_contrib_interleaved_matmul_encdec_qk")
def encdec_qk(at: At, queries: Term, keys_values: Term) -> Term:
    return _scores(at, _heads(queries, at["heads"], 1)[0], _heads(keys_values, at["heads"], 2)[0])


@rule("onnx", "_contrib_interleaved_matmul_encdec_valatt")
def encdec_valatt(at: At, keys_values: Term, attention: Term) -> Term:
    return _attended(at, attention, _heads(keys_values, at["heads"], 2)[1])


# --- products of Fourier transforms and sketches ---------------------------------------------------------------------


@rule("onnx", "_contrib_fft")
def fft(at: At, data: Term) -> Term:
    count = data.lengths[-1]
    rows = data.reshape(product(data.lengths[:-1]), count, 1)
    return at.op("DFT", rows, axis=1).reshape(*at.shape) if at.opset < 20 else _dft(at, rows, False).reshape(*at.shape)


@rule("onnx", "_contrib_ifft")
def ifft(at: At, data: Term) -> Term:
    count = int(at.shape[-1])
    rows = data.reshape(product(data.lengths[:-1]), count, 2)
    found = at.op("DFT", rows, axis=1, inverse=1) if at.opset < 20 else _dft(at, rows, True)
    return (found.slice(2, 0, 1) * float(count)).reshape(*at.shape)


def _dft(at: At, rows: Term, inverse: bool) -> Term:
    return at.op("DFT", rows, None, at.constant(1), inverse=int(inverse))


@rule("onnx", "_contrib_count_sketch")
def count_sketch(at: At, data: Term, h: Term, s: Term) -> Term:
    place = h.reshape(-1, 1).cast("int64").equal(at.constant(np.arange(at["out_dim"])))
    return at.op("MatMul", data, at.where(place, s.reshape(-1, 1), 0.0))
