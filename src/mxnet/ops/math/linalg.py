"""Linear algebra over batches of matrices: the last two axes are rows and columns, the others are the batch.

A result without axes comes as shape ``(1,)``. Products are also in :mod:`.products`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

from ...base import MXNetError
from .. import host
from ..memory import copied
from ..registry import operator, rule
from ..shape_rules import Partials, alike, as_first_input, merged
from .reduce import axis_within

__all__ = [
    "det", "extractdiag", "extracttrian", "gelqf", "gemm", "gemm2", "inverse", "makediag", "maketrian", "potrf",
    "potri", "slogdet", "sumlogdiag", "syevd", "syrk", "trmm", "trsm",
]  # fmt: skip


def _checked_matrices(name: str, square: bool = False, **matrices: torch.Tensor) -> None:
    for argument, matrix in matrices.items():
        if not matrix.dtype.is_floating_point:
            raise MXNetError(f"{name}: {argument} is {matrix.dtype}; expected floating-point numbers")
        if matrix.dim() < 2 or (square and matrix.shape[-1] != matrix.shape[-2]):
            kind = "square matrices" if square else "matrices"
            raise MXNetError(f"{name}: {argument} has shape {tuple(matrix.shape)}; expected {kind}")


def _computed(name: str, function: Callable[[], Any], expected: str) -> Any:
    """The result of a decomposition, or an error that says what it needs."""
    try:
        return function()
    except torch.linalg.LinAlgError as error:
        raise MXNetError(f"{name}: {str(error).splitlines()[0]}; expected {expected}") from error


def _without_scalars(result: torch.Tensor) -> torch.Tensor:
    return result if result.dim() else result.reshape(1)


# --- products ------------------------------------------------------------------------------------------------------


def _product(
    name: str, a: torch.Tensor, b: torch.Tensor, transpose_a: bool, transpose_b: bool, axis: int
) -> torch.Tensor:
    _checked_matrices(name, A=a, B=b)
    rows = axis_within(name, axis, a.dim())
    if a.dim() != b.dim() or rows == a.dim() - 1:
        raise MXNetError(
            f"{name}: A {tuple(a.shape)}, B {tuple(b.shape)}, axis={axis}; expected as many axes, rows not last"
        )
    left, right = a.movedim(rows, -2), b.movedim(rows, -2)
    left, right = left.mT if transpose_a else left, right.mT if transpose_b else right
    if left.shape[:-2] != right.shape[:-2] or left.shape[-1] != right.shape[-2]:
        raise MXNetError(
            f"{name}: A {tuple(a.shape)} and B {tuple(b.shape)} (transpose_a={transpose_a}, transpose_b={transpose_b}) "
            "do not fit; expected one batch, and as many columns as rows"
        )
    return torch.matmul(left, right).movedim(-2, rows)


@operator("_linalg_gemm", "linalg_gemm", same_dtype=True)
def gemm(
    A: torch.Tensor,
    B: torch.Tensor,
    C: torch.Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: float = 1.0,
    beta: float = 1.0,
    axis: int = -2,
) -> torch.Tensor:
    """``alpha * A B + beta * C`` for batches of matrices.

    Parameters
    ----------
    A, B, C : NDArray
        (..., n, m), (..., m, k) and (..., n, k), of one batch and dtype
    transpose_a, transpose_b : bool
        exchange rows and columns of A or B first
    alpha, beta : float
        the factors
    axis : int
        the axis of the rows; that of the columns is the last

    Raises
    ------
    MXNetError
        the shapes do not fit

    Examples
    --------
    >>> x = mx.nd.array([[1, 2], [3, 4]])
    >>> print(mx.nd.linalg.gemm(x, x, x, alpha=2).asnumpy())
    [[15. 22.]
     [33. 48.]]
    """
    product = _product("_linalg_gemm", A, B, transpose_a, transpose_b, axis)
    if C.shape != product.shape:
        raise MXNetError(f"_linalg_gemm: C has shape {tuple(C.shape)}; expected {tuple(product.shape)}")
    return alpha * product + beta * C


@operator("_linalg_gemm2", "linalg_gemm2", same_dtype=True)
def gemm2(
    A: torch.Tensor,
    B: torch.Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: float = 1.0,
    axis: int = -2,
) -> torch.Tensor:
    """``alpha * A B`` for batches of matrices.

    Parameters
    ----------
    A, B : NDArray
        (..., n, m) and (..., m, k), of one batch and dtype
    transpose_a, transpose_b : bool
        exchange rows and columns of A or B first
    alpha : float
        the factor
    axis : int
        the axis of the rows; that of the columns is the last

    Raises
    ------
    MXNetError
        the shapes do not fit

    Examples
    --------
    >>> x = mx.nd.array([[1, 2], [3, 4]])
    >>> print(mx.nd.linalg.gemm2(x, x, transpose_b=True).asnumpy())
    [[ 5. 11.]
     [11. 25.]]
    """
    product = _product("_linalg_gemm2", A, B, transpose_a, transpose_b, axis)
    return product if alpha == 1 else alpha * product


def _triangle(A: torch.Tensor, transpose: bool, lower: bool) -> torch.Tensor:
    kept = torch.tril(A) if lower else torch.triu(A)
    return kept.mT if transpose else kept


def _checked_sides(name: str, A: torch.Tensor, B: torch.Tensor, rightside: bool) -> None:
    _checked_matrices(name, True, A=A)
    _checked_matrices(name, B=B)
    side = B.shape[-1] if rightside else B.shape[-2]
    if A.shape[:-2] != B.shape[:-2] or A.shape[-1] != side:
        raise MXNetError(f"{name}: A {tuple(A.shape)} and B {tuple(B.shape)} do not fit (rightside={rightside})")


@operator("_linalg_trmm", "linalg_trmm", same_dtype=True)
def trmm(
    A: torch.Tensor,
    B: torch.Tensor,
    *,
    transpose: bool = False,
    rightside: bool = False,
    lower: bool = True,
    alpha: float = 1.0,
) -> torch.Tensor:
    """``alpha * A B`` with a triangular A.

    Parameters
    ----------
    A : NDArray
        (..., n, n); only its triangle is looked at
    B : NDArray
        (..., n, m), or (..., m, n) with ``rightside``
    transpose : bool
        exchange rows and columns of A
    rightside : bool
        ``alpha * B A`` instead
    lower : bool
        whether A is lower triangular
    alpha : float
        the factor

    Examples
    --------
    >>> x = mx.nd.array([[1, 2], [3, 4]])
    >>> print(mx.nd.linalg.trmm(x, x).asnumpy())
    [[ 1.  2.]
     [15. 22.]]
    """
    _checked_sides("_linalg_trmm", A, B, rightside)
    triangle = _triangle(A, transpose, lower)
    return alpha * (torch.matmul(B, triangle) if rightside else torch.matmul(triangle, B))


@operator("_linalg_trsm", "linalg_trsm", same_dtype=True)
def trsm(
    A: torch.Tensor,
    B: torch.Tensor,
    *,
    transpose: bool = False,
    rightside: bool = False,
    lower: bool = True,
    alpha: float = 1.0,
) -> torch.Tensor:
    """The solution X of ``A X = alpha * B`` with a triangular A.

    Parameters
    ----------
    A : NDArray
        (..., n, n); only its triangle is looked at
    B : NDArray
        (..., n, m), or (..., m, n) with ``rightside``
    transpose : bool
        exchange rows and columns of A
    rightside : bool
        solve ``X A = alpha * B`` instead
    lower : bool
        whether A is lower triangular
    alpha : float
        the factor

    Examples
    --------
    >>> print(mx.nd.linalg.trsm(mx.nd.array([[1, 0], [1, 2]]), mx.nd.array([[2], [6]])).asnumpy())
    [[2.]
     [2.]]
    """
    _checked_sides("_linalg_trsm", A, B, rightside)
    triangle = _triangle(A, transpose, lower)
    return torch.linalg.solve_triangular(triangle, alpha * B, upper=lower is transpose, left=not rightside)


@operator("_linalg_syrk", "linalg_syrk")
def syrk(A: torch.Tensor, *, transpose: bool = False, alpha: float = 1.0) -> torch.Tensor:
    """``alpha * A Aᵀ``, or ``alpha * Aᵀ A`` with ``transpose``.

    Examples
    --------
    >>> print(mx.nd.linalg.syrk(mx.nd.array([[1, 2], [3, 4]])).asnumpy())
    [[ 5. 11.]
     [11. 25.]]
    """
    _checked_matrices("_linalg_syrk", A=A)
    return alpha * (torch.matmul(A.mT, A) if transpose else torch.matmul(A, A.mT))


# --- decompositions ------------------------------------------------------------------------------------------------


@operator("_linalg_potrf", "linalg_potrf", host=host.DECOMPOSES)
def potrf(A: torch.Tensor) -> torch.Tensor:
    """The Cholesky factor: the lower triangular L with ``L Lᵀ = A``.

    Parameters
    ----------
    A : NDArray
        (..., n, n), symmetric and positive definite; only the lower triangle is looked at

    Raises
    ------
    MXNetError
        a matrix is not positive definite

    Examples
    --------
    >>> print(mx.nd.linalg.potrf(mx.nd.array([[4, 2], [2, 5]])).asnumpy())
    [[2. 0.]
     [1. 2.]]
    """
    _checked_matrices("_linalg_potrf", True, A=A)
    return _computed("_linalg_potrf", lambda: torch.linalg.cholesky(A), "positive definite matrices")


@operator("_linalg_potri", "linalg_potri")
def potri(A: torch.Tensor) -> torch.Tensor:
    """The inverse of ``A Aᵀ`` for a lower triangular A, such as ``potrf`` gives.

    Parameters
    ----------
    A : NDArray
        (..., n, n); only its lower triangle is looked at

    Examples
    --------
    >>> print(mx.nd.linalg.potri(mx.nd.array([[2, 0], [0, 4]])).asnumpy())
    [[0.25   0.    ]
     [0.     0.0625]]
    """
    _checked_matrices("_linalg_potri", True, A=A)
    identity = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device).expand(A.shape)
    inverse_factor = torch.linalg.solve_triangular(torch.tril(A), identity, upper=False)
    return torch.matmul(inverse_factor.mT, inverse_factor)


@operator("_linalg_gelqf", "linalg_gelqf", num_outputs=2, host=host.DECOMPOSES)
def gelqf(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The LQ factors: Q with orthonormal rows and a lower triangular L with ``L Q = A``.

    Parameters
    ----------
    A : NDArray
        (..., n, m), n at most m

    Returns
    -------
    list of NDArray
        Q (..., n, m) and L (..., n, n)
    """
    _checked_matrices("_linalg_gelqf", A=A)
    if A.shape[-2] > A.shape[-1]:
        raise MXNetError(f"_linalg_gelqf: A has shape {tuple(A.shape)}; expected at most as many rows as columns")
    q, r = torch.linalg.qr(A.mT)
    return copied(q.mT), copied(r.mT)


@operator("_linalg_syevd", num_outputs=2, host=host.DECOMPOSES)
def syevd(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Eigenvectors, as the rows of U, and eigenvalues in ascending order of symmetric matrices: ``U A = diag(λ) U``.

    Parameters
    ----------
    A : NDArray
        (..., n, n), symmetric; only the lower triangle is looked at

    Returns
    -------
    list of NDArray
        U (..., n, n) and λ (..., n)
    """
    _checked_matrices("_linalg_syevd", True, A=A)
    values, vectors = _computed("_linalg_syevd", lambda: torch.linalg.eigh(A), "symmetric matrices")
    rows = vectors.mT
    # an eigenvector is one up to its sign; MXNet's has its largest component positive
    leading = torch.gather(rows, -1, rows.detach().abs().argmax(-1, keepdim=True))
    return copied(torch.where(leading < 0, -rows, rows)), values


@operator("_linalg_inverse", "linalg_inverse", host=host.DECOMPOSES)
def inverse(A: torch.Tensor) -> torch.Tensor:
    """The inverses of matrices.

    Raises
    ------
    MXNetError
        a matrix has no inverse

    Examples
    --------
    >>> print(mx.nd.linalg.inverse(mx.nd.array([[2, 0], [0, 4]])).asnumpy())
    [[0.5  0.  ]
     [0.   0.25]]
    """
    _checked_matrices("_linalg_inverse", True, A=A)
    return _computed("_linalg_inverse", lambda: torch.linalg.inv(A), "matrices that have an inverse")


@operator("_linalg_det", "linalg_det", hidden=2, host=host.DECOMPOSES)
def det(A: torch.Tensor) -> torch.Tensor:
    """The determinants of matrices.

    Examples
    --------
    >>> print(mx.nd.linalg.det(mx.nd.array([[2, 0], [0, 4]])).asnumpy())
    [8.]
    """
    _checked_matrices("_linalg_det", True, A=A)
    return _without_scalars(torch.linalg.det(A))


@operator("_linalg_slogdet", "linalg_slogdet", num_outputs=2, hidden=2, host=host.DECOMPOSES)
def slogdet(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Sign and logarithm of the absolute value of the determinants of matrices."""
    _checked_matrices("_linalg_slogdet", True, A=A)
    sign, logarithm = torch.linalg.slogdet(A)
    return _without_scalars(sign), _without_scalars(logarithm)


@operator("_linalg_sumlogdiag", "linalg_sumlogdiag")
def sumlogdiag(A: torch.Tensor) -> torch.Tensor:
    """The sums of the logarithms of the diagonals of matrices.

    Examples
    --------
    >>> print(mx.nd.linalg.sumlogdiag(mx.nd.array([[1, 5], [5, 1]])).asnumpy())
    [0.]
    """
    _checked_matrices("_linalg_sumlogdiag", True, A=A)
    return _without_scalars(torch.diagonal(A, 0, -2, -1).log().sum(-1))


# --- diagonals and triangles ---------------------------------------------------------------------------------------


@operator("_linalg_extractdiag", "linalg_extractdiag")
def extractdiag(A: torch.Tensor, *, offset: int = 0) -> torch.Tensor:
    """The diagonals of matrices, ``offset`` above the main one.

    Examples
    --------
    >>> print(mx.nd.linalg.extractdiag(mx.nd.array([[1, 2], [3, 4]])).asnumpy())
    [1. 4.]
    """
    _checked_matrices("_linalg_extractdiag", True, A=A)
    if abs(offset) >= A.shape[-1]:
        raise MXNetError(f"_linalg_extractdiag: offset={offset} for matrices {tuple(A.shape[-2:])}")
    return copied(torch.diagonal(A, offset, -2, -1))


@operator("_linalg_makediag", "linalg_makediag")
def makediag(A: torch.Tensor, *, offset: int = 0) -> torch.Tensor:
    """Matrices with the given diagonals, ``offset`` above the main one, and zeros elsewhere.

    Examples
    --------
    >>> print(mx.nd.linalg.makediag(mx.nd.array([1, 2])).asnumpy())
    [[1. 0.]
     [0. 2.]]
    """
    if not A.dtype.is_floating_point:
        raise MXNetError(f"_linalg_makediag: A is {A.dtype}; expected floating-point numbers")
    return torch.diag_embed(A, offset)


def _triangle_places(side: int, offset: int, lower: bool, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows and columns of a triangle, the upper one column by column; the sign of an offset tells which triangle."""
    if offset > 0 or (offset == 0 and not lower):
        columns, rows = torch.tril_indices(side, side, -offset, device=device)
    else:
        rows, columns = torch.tril_indices(side, side, offset, device=device)
    return rows, columns


@operator("_linalg_extracttrian", "linalg_extracttrian")
def extracttrian(A: torch.Tensor, *, offset: int = 0, lower: bool = True) -> torch.Tensor:
    """The triangles of matrices as vectors.

    Parameters
    ----------
    A : NDArray
        (..., n, n)
    offset : int
        above the main diagonal it is the upper triangle from there on, below it the lower
    lower : bool
        which triangle, where ``offset`` is 0

    Examples
    --------
    >>> print(mx.nd.linalg.extracttrian(mx.nd.array([[1, 2], [3, 4]])).asnumpy())
    [1. 3. 4.]
    """
    _checked_matrices("_linalg_extracttrian", True, A=A)
    if abs(offset) >= A.shape[-1]:
        raise MXNetError(f"_linalg_extracttrian: offset={offset} for matrices {tuple(A.shape[-2:])}")
    rows, columns = _triangle_places(A.shape[-1], offset, lower, A.device)
    return A[..., rows, columns]


@operator("_linalg_maketrian", "linalg_maketrian")
def maketrian(A: torch.Tensor, *, offset: int = 0, lower: bool = True) -> torch.Tensor:
    """Matrices with the given triangles and zeros elsewhere: the reverse of ``extracttrian``.

    Parameters
    ----------
    A : NDArray
        (..., n (n + 1) / 2)
    offset : int
        above the main diagonal it is the upper triangle from there on, below it the lower
    lower : bool
        which triangle, where ``offset`` is 0

    Examples
    --------
    >>> print(mx.nd.linalg.maketrian(mx.nd.array([1, 2, 3])).asnumpy())
    [[1. 0.]
     [2. 3.]]
    """
    count = A.shape[-1] if A.dim() else 0
    side = int(((8 * count + 1) ** 0.5 - 1) / 2)
    if not A.dtype.is_floating_point or not count or side * (side + 1) // 2 != count:
        raise MXNetError(
            f"_linalg_maketrian: A is {tuple(A.shape)} {A.dtype}; expected n (n + 1) / 2 numbers at the end"
        )
    side += abs(offset)
    rows, columns = _triangle_places(side, offset, lower, A.device)
    result = torch.zeros(*A.shape[:-1], side, side, dtype=A.dtype, device=A.device)
    return result.index_put((*_batch_places(A), rows, columns), A)


def _batch_places(A: torch.Tensor) -> list[torch.Tensor]:
    """Positions along the batch axes, shaped to go with those along rows and columns."""
    rank = A.dim() - 1
    return [torch.arange(A.shape[axis], device=A.device).reshape(-1, *(1,) * (rank - axis)) for axis in range(rank)]


# --- what inputs and outputs say about each other ------------------------------------------------------------------


def _square_beside_output(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """B is like the output, and A square along the axis it is multiplied to."""
    out = merged((outputs[0], inputs[1]))
    if out is None or len(out) < 2:
        return (None, out)
    side = out[-1 if attributes["rightside"] else -2]
    return (*out[:-2], side, side), out


def _as_a_factor(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The input is like the first output."""
    return outputs[:1]


rule("inputs", "_linalg_potrf", "_linalg_potri", "_linalg_inverse")(alike)
rule("outputs", "_linalg_potrf", "_linalg_potri", "_linalg_inverse")(as_first_input)
rule("inputs", "_linalg_gemm2", "_linalg_syrk")("the axis summed over is gone")


@rule("inputs", "_linalg_gemm")
def _added_to_the_rows_and_columns(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return None, None, merged((outputs[0], *_rows_and_columns(inputs, attributes)))


@rule("outputs", "_linalg_gemm")
def _rows_and_columns(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The rows of A and the columns of B, or the other way where it is transposed."""
    a, b = inputs[:2]
    if a is None or b is None or len(a) < 2 or len(b) < 2 or attributes["axis"] != -2:
        return (None,)
    rows = a[-1] if attributes["transpose_a"] else a[-2]
    columns = b[-2] if attributes["transpose_b"] else b[-1]
    return ((*a[:-2], rows, columns),)


@rule("outputs", "_linalg_det", "_linalg_slogdet", "_linalg_sumlogdiag")
def _one_a_matrix(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    shape = inputs[0]
    return ((None if shape is None or len(shape) < 3 else shape[:-2]),) * 2


rule("inputs", "_linalg_trmm", "_linalg_trsm")(_square_beside_output)
rule("inputs", "_linalg_det", "_linalg_slogdet", "_linalg_sumlogdiag")("the matrix's two axes are gone")
rule("inputs", "_linalg_gelqf", "_linalg_syevd")(_as_a_factor)
rule("inputs", "_linalg_extractdiag", "_linalg_makediag", "_linalg_extracttrian", "_linalg_maketrian")(
    "matrices of several shapes have one diagonal or triangle"
)


@rule("head", "_linalg_slogdet")
def _not_of_the_sign(attributes: Mapping[str, Any], output: int) -> bool:
    return output == 1
