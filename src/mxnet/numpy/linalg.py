"""Linear algebra of ``mx.np``."""

from __future__ import annotations

from typing import Any

from ..ndarray.invoke import invoke
from ..ops import OPERATORS
from .array import ndarray

__all__ = ["cholesky", "det", "eigh", "eigvalsh", "inv", "norm", "pinv", "slogdet", "solve", "svd"]


def norm(x: ndarray, ord: Any = None, axis: Any = None, keepdims: bool = False) -> ndarray:
    """The norm of vectors, or of matrices in two axes, as NumPy defines them; of all elements by default."""
    kind = None if ord is None else str(ord)
    axis = tuple(axis) if isinstance(axis, list) else axis
    return invoke(OPERATORS["_npi_norm"], (x,), {"ord": kind, "axis": axis, "keepdims": keepdims})


def det(a: ndarray) -> ndarray:
    """The determinants of square matrices."""
    return invoke(OPERATORS["_npi_det"], (a,), {})


def slogdet(a: ndarray) -> tuple[ndarray, ndarray]:
    """The sign and the logarithm of the magnitude of determinants."""
    return tuple(invoke(OPERATORS["_npi_slogdet"], (a,), {}))


def inv(a: ndarray) -> ndarray:
    """The inverses of square matrices."""
    return invoke(OPERATORS["_npi_inv"], (a,), {})


def pinv(a: ndarray, rcond: float = 1e-15, hermitian: bool = False) -> ndarray:
    """The pseudo-inverses of matrices; singular values up to ``rcond`` times the largest count as zero."""
    return invoke(OPERATORS["_npi_pinv_scalar_rcond"], (a,), {"rcond": rcond, "hermitian": hermitian})


def solve(a: ndarray, b: ndarray) -> ndarray:
    """The solutions x of a × x = b."""
    return invoke(OPERATORS["_npi_solve"], (a, b), {})


def cholesky(a: ndarray) -> ndarray:
    """The lower Cholesky factors of positive definite matrices."""
    return invoke(OPERATORS["_npi_cholesky"], (a,), {})


def svd(a: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """Left vectors, singular values and right vectors: the matrix is UT × diag(L) × V."""
    return tuple(invoke(OPERATORS["_npi_svd"], (a,), {}))


def eigh(a: ndarray, UPLO: str = "L") -> tuple[ndarray, ndarray]:
    """The eigenvalues of symmetric matrices in ascending order, and their eigenvectors as columns."""
    return tuple(invoke(OPERATORS["_npi_eigh"], (a,), {"UPLO": UPLO}))


def eigvalsh(a: ndarray, UPLO: str = "L") -> ndarray:
    """The eigenvalues of symmetric matrices in ascending order."""
    return invoke(OPERATORS["_npi_eigvalsh"], (a,), {"UPLO": UPLO})
