"""Linear algebra of ``mx.np``."""

from __future__ import annotations

from typing import Any

import numpy as onp

from ..base import numeric_types
from ..ops import OPERATORS
from . import elementwise, manipulation, reductions
from .array import ndarray
from .calling import checked, composing, invoke
from .fallback import in_numpy

__all__ = [
    "cholesky", "cond", "det", "eig", "eigh", "eigvals", "eigvalsh", "inv", "lstsq", "matrix_power", "matrix_rank",
    "multi_dot", "norm", "pinv", "qr", "slogdet", "solve", "svd", "tensorinv", "tensorsolve",
]  # fmt: skip


def norm(x: ndarray, ord: Any = None, axis: Any = None, keepdims: bool = False) -> ndarray:
    """The norm of vectors, or of matrices in two axes, as NumPy defines them; of all elements by default."""
    kind = None if ord is None else str(ord)
    axis = tuple(axis) if isinstance(axis, list) else axis
    if composing():
        return _norm_in_graphs(x, ord, axis, keepdims)
    return invoke(OPERATORS["_npi_norm"], (x,), {"ord": kind, "axis": axis, "keepdims": keepdims})


def _norm_in_graphs(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """The norm as graphs have it: the least and the largest sum of a matrix's columns are not among its kinds there."""
    axis = (axis,) if isinstance(axis, int) else axis
    if ord in (1, -1) and axis is not None and len(axis) == 2:
        rows, columns = axis
        sums = reductions.sum(elementwise.absolute(x), rows, keepdims=True)  # type: ignore[attr-defined]
        extreme = (reductions.max if ord == 1 else reductions.min)(sums, columns, keepdims=True)
        return extreme if keepdims else manipulation.squeeze(extreme, axis)
    flag = {"fro": 1, "nuc": 2, None: -2 if axis is None else 1}.get(ord, 0 if axis and len(axis) == 2 else -1)
    kind = "2" if ord in (None, "fro", "nuc") else str(ord)
    return invoke(OPERATORS["_npi_norm"], (x,), {"ord": kind, "axis": axis, "keepdims": keepdims, "flag": flag})


def det(a: ndarray) -> ndarray:
    """The determinants of square matrices."""
    return invoke(OPERATORS["_npi_det"], (a,), {})


def slogdet(a: ndarray) -> list[ndarray]:
    """The sign and the logarithm of the magnitude of determinants."""
    return list(invoke(OPERATORS["_npi_slogdet"], (a,), {}))


def inv(a: ndarray) -> ndarray:
    """The inverses of square matrices."""
    return invoke(OPERATORS["_npi_inv"], (a,), {})


def pinv(a: ndarray, rcond: Any = 1e-15, hermitian: bool = False) -> ndarray:
    """The pseudo-inverses of matrices.

    Parameters
    ----------
    a : ndarray of shape (..., M, N)
    rcond : number, or ndarray of shape (...)
        singular values up to ``rcond`` times the largest count as zero
    hermitian : bool
        take the matrices for symmetric
    """
    if isinstance(rcond, numeric_types):
        return invoke(OPERATORS["_npi_pinv_scalar_rcond"], (a,), {"rcond": rcond, "hermitian": hermitian})
    checked("np.linalg.pinv", "rcond", rcond)
    return invoke(OPERATORS["_npi_pinv"], (a, rcond), {"hermitian": hermitian})


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


def eig(a: ndarray) -> tuple[ndarray, ndarray]:
    """The eigenvalues of square matrices, and their eigenvectors as columns; without a gradient.

    Raises
    ------
    MXNetError
        an eigenvalue is no real number
    """
    return tuple(invoke(OPERATORS["_npi_eig"], (checked("np.linalg.eig", "a", a),), {}))


def eigvals(a: ndarray) -> ndarray:
    """The eigenvalues of square matrices; without a gradient.

    Raises
    ------
    MXNetError
        an eigenvalue is no real number
    """
    return invoke(OPERATORS["_npi_eigvals"], (checked("np.linalg.eigvals", "a", a),), {})


def tensorinv(a: ndarray, ind: int = 2) -> ndarray:
    """The inverse of an array under a tensor product over its first ``ind`` axes."""
    return invoke(OPERATORS["_npi_tensorinv"], (a,), {"ind": ind})


def tensorsolve(a: ndarray, b: ndarray, axes: Any = None) -> ndarray:
    """The array x with tensordot(a, x, x.ndim) = b; ``axes`` of ``a`` are moved to its end first."""
    return invoke(OPERATORS["_npi_tensorsolve"], (a, b), {"a_axes": axes})


cond = in_numpy(onp.linalg.cond, "linalg.cond")
lstsq = in_numpy(onp.linalg.lstsq, "linalg.lstsq")
matrix_power = in_numpy(onp.linalg.matrix_power, "linalg.matrix_power")
matrix_rank = in_numpy(onp.linalg.matrix_rank, "linalg.matrix_rank")
multi_dot = in_numpy(onp.linalg.multi_dot, "linalg.multi_dot")
qr = in_numpy(onp.linalg.qr, "linalg.qr")
