"""Made by tools/carried.py from mxnet.ops.math.linalg; edits are lost."""

from __future__ import annotations

from typing import Any

import torch

from .memory import copied


def _product(
    name: str,
    a: torch.Tensor,
    b: torch.Tensor,
    transpose_a: bool,
    transpose_b: bool,
    axis: int,
) -> torch.Tensor:
    rows = axis % a.dim()
    left, right = (a.movedim(rows, -2), b.movedim(rows, -2))
    left, right = (left.mT if transpose_a else left, right.mT if transpose_b else right)
    return torch.matmul(left, right).movedim(-2, rows)


def linalg_gemm(
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
    """`alpha * A B + beta * C` for batches of matrices."""
    product = _product("_linalg_gemm", A, B, transpose_a, transpose_b, axis)
    return alpha * product + beta * C


def linalg_gemm2(
    A: torch.Tensor,
    B: torch.Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    alpha: float = 1.0,
    axis: int = -2,
) -> torch.Tensor:
    """`alpha * A B` for batches of matrices."""
    product = _product("_linalg_gemm2", A, B, transpose_a, transpose_b, axis)
    return product if alpha == 1 else alpha * product


def _triangle(A: torch.Tensor, transpose: bool, lower: bool) -> torch.Tensor:
    kept = torch.tril(A) if lower else torch.triu(A)
    return kept.mT if transpose else kept


def linalg_trmm(
    A: torch.Tensor,
    B: torch.Tensor,
    *,
    transpose: bool = False,
    rightside: bool = False,
    lower: bool = True,
    alpha: float = 1.0,
) -> torch.Tensor:
    """`alpha * A B` with a triangular A."""
    triangle = _triangle(A, transpose, lower)
    return alpha * (
        torch.matmul(B, triangle) if rightside else torch.matmul(triangle, B)
    )


def linalg_trsm(
    A: torch.Tensor,
    B: torch.Tensor,
    *,
    transpose: bool = False,
    rightside: bool = False,
    lower: bool = True,
    alpha: float = 1.0,
) -> torch.Tensor:
    """The solution X of `A X = alpha * B` with a triangular A."""
    triangle = _triangle(A, transpose, lower)
    return torch.linalg.solve_triangular(
        triangle, alpha * B, upper=lower is transpose, left=not rightside
    )


def linalg_syrk(
    A: torch.Tensor, *, transpose: bool = False, alpha: float = 1.0
) -> torch.Tensor:
    """`alpha * A Aᵀ`, or `alpha * Aᵀ A` with `transpose`."""
    return alpha * (torch.matmul(A.mT, A) if transpose else torch.matmul(A, A.mT))


def _computed(name: str, function, expected: str) -> Any:
    """The result of a decomposition, or an error that says what it needs."""
    return function()


def linalg_potrf(A: torch.Tensor, *, lower: bool = True) -> torch.Tensor:
    """The Cholesky factor: the lower triangular L with `L Lᵀ = A`, or the upper
    triangular U with `Uᵀ U = A`.
    """
    factor = _computed(
        "_linalg_potrf",
        lambda: torch.linalg.cholesky(A if lower else A.mT),
        "positive definite matrices",
    )
    return factor if lower else factor.mT.contiguous()


def linalg_potri(A: torch.Tensor, *, lower: bool = True) -> torch.Tensor:
    """The inverse of `A Aᵀ` for a lower triangular A, or of `Aᵀ A` for an upper one,
    such as `potrf` gives.
    """
    identity = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device).expand(A.shape)
    inverse_factor = torch.linalg.solve_triangular(
        torch.tril(A if lower else A.mT), identity, upper=False
    )
    return torch.matmul(inverse_factor.mT, inverse_factor)


def linalg_gelqf(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The LQ factors: Q with orthonormal rows and a lower triangular L with `L Q = A`."""
    q, r = torch.linalg.qr(A.mT)
    return (copied(q.mT), copied(r.mT))


def linalg_syevd(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Eigenvectors, as the rows of U, and eigenvalues in ascending order of symmetric
    matrices: `U A = diag(λ) U`.
    """
    values, vectors = _computed(
        "_linalg_syevd", lambda: torch.linalg.eigh(A), "symmetric matrices"
    )
    rows = vectors.mT
    leading = torch.gather(rows, -1, rows.detach().abs().argmax(-1, keepdim=True))
    return (copied(torch.where(leading < 0, -rows, rows)), values)


def linalg_inverse(A: torch.Tensor) -> torch.Tensor:
    """The inverses of matrices."""
    return _computed(
        "_linalg_inverse", lambda: torch.linalg.inv(A), "matrices that have an inverse"
    )


def _without_scalars(result: torch.Tensor) -> torch.Tensor:
    return result if result.dim() else result.reshape(1)


def linalg_det(A: torch.Tensor) -> torch.Tensor:
    """The determinants of matrices."""
    return _without_scalars(torch.linalg.det(A))


def linalg_slogdet(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Sign and logarithm of the absolute value of the determinants of matrices."""
    sign, logarithm = torch.linalg.slogdet(A)
    return (_without_scalars(sign), _without_scalars(logarithm))


def linalg_sumlogdiag(A: torch.Tensor) -> torch.Tensor:
    """The sums of the logarithms of the diagonals of matrices."""
    return _without_scalars(torch.diagonal(A, 0, -2, -1).log().sum(-1))


def linalg_extractdiag(A: torch.Tensor, *, offset: int = 0) -> torch.Tensor:
    """The diagonals of matrices, `offset` above the main one."""
    return copied(torch.diagonal(A, offset, -2, -1))


def linalg_makediag(A: torch.Tensor, *, offset: int = 0) -> torch.Tensor:
    """Matrices with the given diagonals, `offset` above the main one, and zeros
    elsewhere.
    """
    return torch.diag_embed(A, offset)


def _triangle_places(
    side: int, offset: int, lower: bool, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows and columns of a triangle, the upper one column by column; the sign of an
    offset tells which triangle.
    """
    if offset > 0 or (offset == 0 and (not lower)):
        columns, rows = torch.tril_indices(side, side, -offset, device=device)
    else:
        rows, columns = torch.tril_indices(side, side, offset, device=device)
    return (rows, columns)


def linalg_extracttrian(
    A: torch.Tensor, *, offset: int = 0, lower: bool = True
) -> torch.Tensor:
    """The triangles of matrices as vectors."""
    rows, columns = _triangle_places(A.shape[-1], offset, lower, A.device)
    return A[..., rows, columns]


def _batch_places(A: torch.Tensor) -> list[torch.Tensor]:
    """Positions along the batch axes, shaped to go with those along rows and columns."""
    rank = A.dim() - 1
    return [
        torch.arange(A.shape[axis], device=A.device).reshape(-1, *(1,) * (rank - axis))
        for axis in range(rank)
    ]


def linalg_maketrian(
    A: torch.Tensor, *, offset: int = 0, lower: bool = True
) -> torch.Tensor:
    """Matrices with the given triangles and zeros elsewhere: the reverse of
    `extracttrian`.
    """
    count = A.shape[-1] if A.dim() else 0
    side = int(((8 * count + 1) ** 0.5 - 1) / 2)
    side += abs(offset)
    rows, columns = _triangle_places(side, offset, lower, A.device)
    result = torch.zeros(*A.shape[:-1], side, side, dtype=A.dtype, device=A.device)
    return result.index_put((*_batch_places(A), rows, columns), A)
