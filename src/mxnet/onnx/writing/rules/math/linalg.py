"""Linear algebra."""

from __future__ import annotations

import math

from .....ops.registry import rule
from ...lengths import Length
from ...terms import Term
from ...walking import At
from ..array.tiling import diagonal
from .reduction import reduced


def _turned(matrix: Term, turned: bool = True) -> Term:
    rank = matrix.rank
    if not turned:
        return matrix
    lengths = (*matrix.lengths[:-2], matrix.lengths[-1], matrix.lengths[-2])
    return matrix.transpose(*range(rank - 2), rank - 1, rank - 2).shaped(lengths)


def _product(at: At, a: Term, b: Term) -> Term:
    """The product of matrices whose rows lie along ``axis``."""
    rank, axis = a.rank, at["axis"] % a.rank
    order = [each for each in range(rank) if each != axis]
    order.insert(rank - 2, axis)
    back = [order.index(each) for each in range(rank)]

    def moved(term: Term) -> Term:
        lengths: list[Length] = [term.lengths[each] for each in order]
        return term.transpose(*order).shaped(lengths)

    left, right = _turned(moved(a), at["transpose_a"]), _turned(moved(b), at["transpose_b"])
    return at.op("MatMul", left, right).transpose(*back)


@rule("onnx", "_linalg_gemm")
def gemm(at: At, A: Term, B: Term, C: Term) -> Term:
    return _product(at, A, B) * at["alpha"] + C * at["beta"]


@rule("onnx", "_linalg_gemm2")
def gemm2(at: At, A: Term, B: Term) -> Term:
    found = _product(at, A, B)
    return found if at["alpha"] == 1 else found * at["alpha"]


@rule("onnx", "_linalg_syrk")
def syrk(at: At, A: Term) -> Term:
    pair = (_turned(A), A) if at["transpose"] else (A, _turned(A))
    return at.op("MatMul", *pair) * at["alpha"]


@rule("onnx", "_linalg_trmm")
def trmm(at: At, A: Term, B: Term) -> Term:
    triangle = _turned(at.op("Trilu", A, upper=int(not at["lower"])).shaped(A.lengths), at["transpose"])
    return at.op("MatMul", *((B, triangle) if at["rightside"] else (triangle, B))) * at["alpha"]


@rule("onnx", "_linalg_sumlogdiag")
def sumlogdiag(at: At, A: Term) -> Term:
    logarithms = at.op("Log", diagonal(at, A, 0, -2, -1))
    total = logarithms.reduce("Sum", [A.rank - 2], keepdims=False)
    return total.reshape(1) if A.rank == 2 else total


@rule("onnx", "_linalg_det", "_npi_det")
def det(at: At, A: Term) -> Term:
    found = at.op("Det", A)
    return found.reshape(1) if at.shapes[0] == (1,) and A.rank == 2 else found


@rule("onnx", "_linalg_slogdet", "_npi_slogdet")
def slogdet(at: At, A: Term) -> tuple[Term, Term]:
    found = det(at, A)
    return at.op("Sign", found), at.op("Log", at.op("Abs", found))


@rule("onnx", "_npi_norm")
def norm(at: At, data: Term) -> Term:
    flag, order, axis, kept = at["flag"], at["ord"], at["axis"], at["keepdims"]
    order = None if flag in (-2, 1) else "nuc" if flag == 2 else order
    if isinstance(axis, tuple) and len(axis) == 1:
        axis = axis[0]
    if not data.is_float:
        data = data.cast("float32")
    rank = data.rank
    if order is None or (order == "fro" and axis is None):
        axes = range(rank) if axis is None else (axis,) if isinstance(axis, int) else axis
        return _over(at, "L2", data, [each % rank for each in axes], kept)
    if axis is None and rank >= 2:
        axis = (rank - 2, rank - 1)
    if isinstance(axis, tuple) and len(axis) == 2:
        return _matrix_norm(at, data, order, [each % rank for each in axis], kept)
    axes = range(rank) if axis is None else (axis,) if isinstance(axis, int) else axis
    return _vector_norm(at, data, float(order), [each % rank for each in axes], kept)


def _over(at: At, kind: str, data: Term, axes: list[int], kept: bool) -> Term:
    return reduced(at, kind, data, axes, kept) if axes else at.op("Abs", data)


def _vector_norm(at: At, data: Term, order: float, axes: list[int], kept: bool) -> Term:
    size = at.op("Abs", data).shaped(data.lengths)
    if math.isinf(order):
        return _over(at, "Max" if order > 0 else "Min", size, axes, kept)
    if order in (1, 2):
        return _over(at, f"L{order:.0f}", data, axes, kept)
    if order == 0:
        return _over(at, "Sum", (~data.equal(0.0)).cast(data.dtype).shaped(data.lengths), axes, kept)
    return _over(at, "Sum", (size**order).shaped(data.lengths), axes, kept) ** (1 / order)


def _matrix_norm(at: At, data: Term, order: str, axes: list[int], kept: bool) -> Term:
    if order == "fro":
        return _over(at, "L2", data, axes, kept)
    if order == "nuc" or abs(float(order)) == 2:
        raise at.refuse(f"ord={order!r} of matrices needs singular values, for which ONNX has no operator")
    number = float(order)
    summed, chosen = (axes[0], axes[1]) if abs(number) == 1 else (axes[1], axes[0])
    sums = at.op("Abs", data).reduce("Sum", [summed])
    found = sums.reduce("Max" if number > 0 else "Min", [chosen])
    return found if kept else found.squeeze(*sorted(axes))


_DECOMPOSED = "it decomposes matrices or solves equations, for which ONNX has no operator"
rule(
    "onnx", "_linalg_gelqf", "_linalg_inverse", "_linalg_potrf", "_linalg_potri", "_linalg_syevd", "_linalg_trsm",
    "_npi_cholesky", "_npi_eig", "_npi_eigh", "_npi_eigvals", "_npi_eigvalsh", "_npi_inv", "_npi_pinv",
    "_npi_pinv_scalar_rcond", "_npi_solve", "_npi_svd", "_npi_tensorinv", "_npi_tensorsolve",
)(_DECOMPOSED)  # fmt: skip
