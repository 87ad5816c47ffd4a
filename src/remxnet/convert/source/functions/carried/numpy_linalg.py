"""Made by tools/carried.py from mxnet.ops.numpy.linalg; edits are lost."""

from __future__ import annotations

import math

import torch

from .registry import describe


def np_dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The product over the last axis of `a` and the second last of `b` (the only one of
    a vector).
    """
    if not a.dim() or not b.dim():
        return a * b
    if a.dim() == 2 and b.dim() == 2:
        return torch.mm(a, b)
    if a.dim() <= 2 and b.dim() <= 2:
        return a @ b
    return torch.tensordot(a, b, ([a.dim() - 1], [max(b.dim() - 2, 0)]))


def matmul(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The matrix product of the last two axes; the others broadcast."""
    return torch.mm(a, b) if a.dim() == 2 and b.dim() == 2 else torch.matmul(a, b)


def tensordot(
    a: torch.Tensor,
    b: torch.Tensor,
    *,
    a_axes_summed: tuple[int, ...],
    b_axes_summed: tuple[int, ...],
) -> torch.Tensor:
    """The product summed over pairs of axes."""
    return torch.tensordot(a, b, (list(a_axes_summed), list(b_axes_summed)))


def tensordot_int_axes(a: torch.Tensor, b: torch.Tensor, *, axes: int) -> torch.Tensor:
    """The product summed over the last axes of `a` and the first of `b`."""
    return torch.tensordot(a, b, axes)


def einsum(
    *data: torch.Tensor, subscripts: str = "", optimize: int = 0
) -> torch.Tensor:
    """The sum of products an Einstein summation describes."""
    return torch.einsum(subscripts, *data)


def np_norm(
    data: torch.Tensor,
    *,
    ord: str | None = None,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
    flag: str = -1,
) -> torch.Tensor:
    """The norm of vectors, or of matrices in two axes, as `numpy.linalg.norm` defines
    them.
    """
    if flag in (-2, 1):
        ord = None
    elif flag == 2:
        ord = "nuc"
    if isinstance(axis, tuple) and len(axis) == 1:
        axis = axis[0]
    if not data.is_floating_point():
        return np_norm(data.float(), ord=ord, axis=axis, keepdims=keepdims).to(
            data.dtype
        )
    if ord is None or (ord == "fro" and axis is None):
        axes = axis if axis is not None else tuple(range(data.dim()))
        return torch.linalg.vector_norm(data, 2, axes, keepdim=keepdims)
    kind = ord if ord in ("fro", "nuc") else float(ord)
    if axis is None and data.dim() >= 2:
        axis = (data.dim() - 2, data.dim() - 1)
    if isinstance(axis, tuple) and len(axis) == 2:
        return torch.linalg.matrix_norm(data, kind, axis, keepdim=keepdims)
    return torch.linalg.vector_norm(data, float(kind), axis, keepdim=keepdims)


def det(A: torch.Tensor) -> torch.Tensor:
    """The determinants of square matrices."""
    return torch.linalg.det(A)


def slogdet(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The sign and the logarithm of the magnitude of determinants."""
    sign, logarithm = torch.linalg.slogdet(A)
    return (sign, logarithm)


def inv(A: torch.Tensor) -> torch.Tensor:
    """The inverses of square matrices."""
    return torch.linalg.inv(A)


def pinv(
    A: torch.Tensor, rcond: torch.Tensor, *, hermitian: bool = False
) -> torch.Tensor:
    """The pseudo-inverses of matrices, each with its own `rcond`, without a gradient
    for it.
    """
    return torch.linalg.pinv(A, rtol=rcond.detach().to(A.dtype), hermitian=hermitian)


def pinv_scalar_rcond(
    A: torch.Tensor, *, rcond: float = 1e-15, hermitian: bool = False
) -> torch.Tensor:
    """The pseudo-inverses of matrices; singular values up to `rcond` times the largest
    count as zero.
    """
    return torch.linalg.pinv(A, rtol=rcond, hermitian=hermitian)


def _kind_of_equations(a: torch.dtype, b: torch.dtype) -> torch.dtype:
    """The dtype in which equations are solved: float64 where either side has integers
    or is of float64.
    """
    return a if a is b and a.is_floating_point else torch.float64


def solve(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """The solutions of linear equations; of two dtypes, and of integers, in float64."""
    kind = _kind_of_equations(A.dtype, B.dtype)
    return torch.linalg.solve(A.to(kind), B.to(kind))


def tensorsolve(
    a: torch.Tensor, b: torch.Tensor, *, a_axes: tuple[int, ...] | None = ()
) -> torch.Tensor:
    """The array x with tensordot(a, x, x.ndim) = b; the axes `a_axes` of `a` are moved
    to its end first.
    """
    if a_axes:
        moved = [axis % a.dim() for axis in a_axes]
        a = a.permute(*(axis for axis in range(a.dim()) if axis not in moved), *moved)
    wanted = tuple(a.shape[b.dim() :])
    kind = _kind_of_equations(a.dtype, b.dtype)
    found = torch.linalg.solve(
        a.reshape(b.numel(), -1).to(kind), b.reshape(-1).to(kind)
    )
    return found.reshape(wanted)


def tensorinv(a: torch.Tensor, *, ind: int = 2) -> torch.Tensor:
    """The inverse of an array under a tensor product over its first `ind` axes; of
    integers in float64.
    """
    before, after = (tuple(a.shape[: max(ind, 0)]), tuple(a.shape[max(ind, 0) :]))
    square = a.reshape(math.prod(before), -1)
    return torch.linalg.inv(
        square if a.is_floating_point() else square.double()
    ).reshape(after + before)


def cholesky(A: torch.Tensor) -> torch.Tensor:
    """The lower Cholesky factors of positive definite matrices."""
    return torch.linalg.cholesky(A)


def svd(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The singular value decomposition: the matrix is UT × diag(L) × V with the fewest
    columns.
    """
    left, values, right = torch.linalg.svd(A, full_matrices=False)
    return (left, values, right)


def _squares(name: str, A: torch.Tensor) -> torch.Tensor:
    """Square matrices of floats; of integers in float64."""
    return A if A.is_floating_point() else A.double()


def eigh(A: torch.Tensor, *, UPLO: str = "L") -> tuple[torch.Tensor, torch.Tensor]:
    """The eigenvalues of symmetric matrices, ascending, and their eigenvectors as
    columns; of integers in float64.
    """
    values, vectors = torch.linalg.eigh(_squares("np.linalg.eigh", A), UPLO)
    return (values, vectors)


def eigvalsh(A: torch.Tensor, *, UPLO: str = "L") -> torch.Tensor:
    """The eigenvalues of symmetric matrices in ascending order; of integers in float64."""
    return torch.linalg.eigh(_squares("np.linalg.eigvalsh", A), UPLO).eigenvalues


def _real_parts(name: str, A: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Eigenvalues as real numbers."""
    if values.numel() and float(values.imag.abs().max()) > 1e-15:
        raise ValueError(
            f"{name}: A {describe(A)} has an eigenvalue that is no real number; numpy.{name[3:]} gives it"
        )
    return values.real


def _finite_squares(name: str, A: torch.Tensor) -> torch.Tensor:
    """Square matrices of finite numbers: of others LAPACK's search for complex
    eigenvalues would end the process.
    """
    squares = _squares(name, A)
    if not bool(squares.isfinite().all()):
        raise ValueError(f"{name}: A {describe(A)} has elements that are not finite")
    return squares


def eig(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The eigenvalues of square matrices, and their eigenvectors as columns; without a
    gradient.
    """
    values, vectors = torch.linalg.eig(_finite_squares("np.linalg.eig", A.detach()))
    real = _real_parts("np.linalg.eig", A, values)
    return (real.contiguous(), vectors.real.contiguous())


def eigvals(A: torch.Tensor) -> torch.Tensor:
    """The eigenvalues of square matrices; without a gradient."""
    values = torch.linalg.eigvals(_finite_squares("np.linalg.eigvals", A.detach()))
    return _real_parts("np.linalg.eigvals", A, values).contiguous()
