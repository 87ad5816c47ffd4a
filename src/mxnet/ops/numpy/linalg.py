"""NumPy's products and linear algebra for ``mx.np``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch

from ...base import MXNetError
from .. import host
from ..dtype_rules import computed
from ..gradients import constant, piecewise_constant
from ..math.matrix_product import product
from ..math.reduce import axis_within
from ..registry import Axis, Scalar, Shape, describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, alike, as_first_input, length_or, merged, with_axis


@operator("_np_dot", same_dtype=True)
def dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The product over the last axis of ``a`` and the second last of ``b`` (the only one of a vector)."""
    if not a.dim() or not b.dim():
        return a * b
    inner = b.shape[-2] if b.dim() > 1 else b.shape[0]
    if a.shape[-1] != inner:
        raise MXNetError(f"np.dot: a {describe(a)} and b {describe(b)} have no common inner length")
    if a.dim() == 2 and b.dim() == 2:
        return product(a, b)
    if a.dim() <= 2 and b.dim() <= 2:
        return a @ b
    return torch.tensordot(a, b, ([a.dim() - 1], [max(b.dim() - 2, 0)]))


@operator("_npi_matmul", same_dtype=True, outputs=("out",))
def matmul(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The matrix product of the last two axes; the others broadcast."""
    if not a.dim() or not b.dim():
        raise MXNetError("np.matmul: an operand has no axes; expected vectors or matrices")
    try:
        return product(a, b) if a.dim() == 2 and b.dim() == 2 else torch.matmul(a, b)
    except RuntimeError:
        raise MXNetError(f"np.matmul: a {describe(a)} and b {describe(b)} cannot be multiplied") from None


@operator("_npi_tensordot", same_dtype=True)
def tensordot(a: torch.Tensor, b: torch.Tensor, *, a_axes_summed: Shape, b_axes_summed: Shape) -> torch.Tensor:
    """The product summed over pairs of axes."""
    return torch.tensordot(a, b, (list(a_axes_summed), list(b_axes_summed)))


@operator("_npi_tensordot_int_axes", same_dtype=True)
def tensordot_of_last(a: torch.Tensor, b: torch.Tensor, *, axes: int) -> torch.Tensor:
    """The product summed over the last axes of ``a`` and the first of ``b``."""
    return torch.tensordot(a, b, axes)


@operator("_npi_einsum")
def einsum(*data: torch.Tensor, subscripts: str = "", optimize: int = 0) -> torch.Tensor:
    """The sum of products an Einstein summation describes."""
    return torch.einsum(subscripts, *data)


@operator("_npi_norm", hidden=3, host=host.DECOMPOSES)
def norm(
    data: torch.Tensor,
    *,
    ord: str | None = None,
    axis: Axis = None,
    keepdims: bool = False,
    flag: Literal[-2, -1, 0, 1, 2] = -1,
) -> torch.Tensor:
    """The norm of vectors, or of matrices in two axes, as ``numpy.linalg.norm`` defines them.

    Graphs say by ``flag`` what ``ord`` cannot: -2 and 1 that none was given (or 'fro', which is the same), 2 that it is
    'nuc'.
    """
    if flag in (-2, 1):
        ord = None
    elif flag == 2:
        ord = "nuc"
    if isinstance(axis, tuple) and len(axis) == 1:
        axis = axis[0]
    if not data.is_floating_point():  # MXNet warns and gives integers
        return norm(data.float(), ord=ord, axis=axis, keepdims=keepdims).to(data.dtype)
    if ord is None or (ord == "fro" and axis is None):
        axes = axis if axis is not None else tuple(range(data.dim()))
        return torch.linalg.vector_norm(data, 2, axes, keepdim=keepdims)
    kind: float | str = ord if ord in ("fro", "nuc") else float(ord)
    if axis is None and data.dim() >= 2:
        axis = (data.dim() - 2, data.dim() - 1)
    if isinstance(axis, tuple) and len(axis) == 2:
        return torch.linalg.matrix_norm(data, kind, axis, keepdim=keepdims)
    return torch.linalg.vector_norm(data, float(kind), axis, keepdim=keepdims)


@operator("_npi_det", hidden=2, host=host.DECOMPOSES)
def det(A: torch.Tensor) -> torch.Tensor:
    """The determinants of square matrices."""
    return torch.linalg.det(A)


@operator("_npi_slogdet", num_outputs=2, hidden=2, host=host.DECOMPOSES)
def slogdet(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The sign and the logarithm of the magnitude of determinants."""
    sign, logarithm = torch.linalg.slogdet(A)
    return sign, logarithm


@operator("_npi_inv", host=host.DECOMPOSES)
def inv(A: torch.Tensor) -> torch.Tensor:
    """The inverses of square matrices."""
    return torch.linalg.inv(A)


@operator("_npi_pinv", host=host.DECOMPOSES)
def pinv_by_array(A: torch.Tensor, rcond: torch.Tensor, *, hermitian: bool = False) -> torch.Tensor:
    """The pseudo-inverses of matrices, each with its own ``rcond``, without a gradient for it.

    Singular values up to ``rcond`` times the largest count as zero.
    """
    try:
        shape = torch.broadcast_shapes(A.shape[:-2], rcond.shape)
    except RuntimeError:
        shape = None
    if shape is None or tuple(shape) != tuple(A.shape[:-2]):
        raise MXNetError(
            f"np.linalg.pinv: rcond {describe(rcond)} for A {describe(A)}; expected one number for each matrix"
        )
    result = torch.linalg.pinv(A, rtol=rcond.detach().to(A.dtype), hermitian=hermitian)
    return constant(result, rcond) if rcond.requires_grad and not A.requires_grad else result


@operator("_npi_pinv_scalar_rcond", host=host.DECOMPOSES)
def pinv(A: torch.Tensor, *, rcond: Scalar = 1e-15, hermitian: bool = False) -> torch.Tensor:
    """The pseudo-inverses of matrices; singular values up to ``rcond`` times the largest count as zero."""
    return torch.linalg.pinv(A, rtol=rcond, hermitian=hermitian)


def _kind_of_equations(a: torch.dtype, b: torch.dtype) -> torch.dtype:
    """The dtype in which equations are solved: float64 where either side has integers or is of float64."""
    return a if a is b and a.is_floating_point else torch.float64


@operator("_npi_solve", host=host.DECOMPOSES)
def solve(A: torch.Tensor, B: torch.Tensor) -> torch.Tensor:
    """The solutions of linear equations; of two dtypes, and of integers, in float64."""
    kind = _kind_of_equations(A.dtype, B.dtype)
    return torch.linalg.solve(A.to(kind), B.to(kind))


@operator("_npi_tensorsolve", host=host.DECOMPOSES)
def tensorsolve(a: torch.Tensor, b: torch.Tensor, *, a_axes: Shape | None = ()) -> torch.Tensor:
    """The array x with tensordot(a, x, x.ndim) = b; the axes ``a_axes`` of ``a`` are moved to its end first.

    Raises
    ------
    MXNetError
        ``a`` without the axes of ``b`` has not as many elements as ``b``
    """
    if a_axes:
        moved = [axis_within("np.linalg.tensorsolve", axis, a.dim(), "a_axes") for axis in a_axes]
        a = a.permute(*(axis for axis in range(a.dim()) if axis not in moved), *moved)
    wanted = tuple(a.shape[b.dim() :])
    if math.prod(wanted) != b.numel() or math.prod(a.shape[: b.dim()]) != b.numel():
        raise MXNetError(
            f"np.linalg.tensorsolve: a {describe(a)} and b {describe(b)}, a_axes={a_axes or ()}; "
            f"expected an a whose first {b.dim()} axes, and whose others, have {b.numel()} elements"
        )
    kind = _kind_of_equations(a.dtype, b.dtype)
    found = torch.linalg.solve(a.reshape(b.numel(), -1).to(kind), b.reshape(-1).to(kind))
    return found.reshape(wanted)


@operator("_npi_tensorinv", host=host.DECOMPOSES)
def tensorinv(a: torch.Tensor, *, ind: int = 2) -> torch.Tensor:
    """The inverse of an array under a tensor product over its first ``ind`` axes; of integers in float64.

    Raises
    ------
    MXNetError
        the first axes and the others have different numbers of elements
    """
    before, after = tuple(a.shape[: max(ind, 0)]), tuple(a.shape[max(ind, 0) :])
    if ind <= 0 or math.prod(before) != math.prod(after):
        raise MXNetError(
            f"np.linalg.tensorinv: a {describe(a)}, ind={ind}; expected a positive number, and first axes that have "
            "as many elements as the others"
        )
    square = a.reshape(math.prod(before), -1)
    return torch.linalg.inv(square if a.is_floating_point() else square.double()).reshape(after + before)


@operator("_npi_cholesky", host=host.DECOMPOSES)
def cholesky(A: torch.Tensor) -> torch.Tensor:
    """The lower Cholesky factors of positive definite matrices."""
    return torch.linalg.cholesky(A)


@operator("_npi_svd", num_outputs=3, host=host.DECOMPOSES)
def svd(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The singular value decomposition: the matrix is UT × diag(L) × V with the fewest columns."""
    left, values, right = torch.linalg.svd(A, full_matrices=False)
    return left, values, right


@operator("_npi_eigh", num_outputs=2, host=host.DECOMPOSES)
def eigh(A: torch.Tensor, *, UPLO: str = "L") -> tuple[torch.Tensor, torch.Tensor]:
    """The eigenvalues of symmetric matrices, ascending, and their eigenvectors as columns; of integers in float64."""
    values, vectors = torch.linalg.eigh(_squares("np.linalg.eigh", A), UPLO)
    return values, vectors


@operator("_npi_eigvalsh", host=host.DECOMPOSES)
def eigvalsh(A: torch.Tensor, *, UPLO: str = "L") -> torch.Tensor:
    """The eigenvalues of symmetric matrices in ascending order; of integers in float64."""
    # not eigvalsh, which gives other numbers where no gradient will be asked for
    return torch.linalg.eigh(_squares("np.linalg.eigvalsh", A), UPLO).eigenvalues


def _real_parts(name: str, A: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Eigenvalues as real numbers.

    Raises
    ------
    MXNetError
        one of them is no real number
    """
    if not A.is_meta and values.numel() and float(values.imag.abs().max()) > 1e-15:
        raise MXNetError(f"{name}: A {describe(A)} has an eigenvalue that is no real number; numpy.{name[3:]} gives it")
    return values.real


def _squares(name: str, A: torch.Tensor) -> torch.Tensor:
    """Square matrices of floats; of integers in float64."""
    if A.dim() < 2 or A.shape[-1] != A.shape[-2] or A.dtype in (torch.bool, torch.float16):
        raise MXNetError(f"{name}: A {describe(A)}; expected square matrices of float32, float64 or integers")
    return A if A.is_floating_point() else A.double()


def _finite_squares(name: str, A: torch.Tensor) -> torch.Tensor:
    """Square matrices of finite numbers: of others LAPACK's search for complex eigenvalues would end the process."""
    squares = _squares(name, A)
    if not squares.is_meta and not bool(squares.isfinite().all()):
        raise MXNetError(f"{name}: A {describe(A)} has elements that are not finite")
    return squares


@operator("_npi_eig", num_outputs=2, host=host.DECOMPOSES)
def eig(A: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The eigenvalues of square matrices, and their eigenvectors as columns; without a gradient.

    Raises
    ------
    MXNetError
        an eigenvalue is no real number
    """
    values, vectors = torch.linalg.eig(_finite_squares("np.linalg.eig", A.detach()))
    real = _real_parts("np.linalg.eig", A, values)
    return constant(real.contiguous(), A), constant(vectors.real.contiguous(), A)


@operator("_npi_eigvals", host=host.DECOMPOSES)
def eigvals(A: torch.Tensor) -> torch.Tensor:
    """The eigenvalues of square matrices; without a gradient.

    Raises
    ------
    MXNetError
        an eigenvalue is no real number
    """
    values = torch.linalg.eigvals(_finite_squares("np.linalg.eigvals", A.detach()))
    return constant(_real_parts("np.linalg.eigvals", A, values).contiguous(), A)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "_npi_inv", "_npi_cholesky")(alike)
rule("inputs", "_npi_tensorinv", "_npi_tensorsolve")("axes of several shapes have as many elements")
rule("head", "_npi_eig", "_npi_eigvals")(piecewise_constant)
rule("inputs", "_npi_tensordot_int_axes", "_npi_einsum")("the axes summed over are gone")
rule("outputs", "_npi_inv", "_npi_cholesky")(as_first_input)
rule("inputs", "_npi_norm", "_npi_det", "_npi_slogdet")("the axes it is taken along are gone")


@rule("inputs", "_npi_eigh", "_npi_eig")
def _as_the_vectors(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (outputs[1],)


@rule("inputs", "_npi_pinv_scalar_rcond", "_npi_pinv")
def _turned(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if out is None or len(out) < 2 else (*out[:-2], out[-1], out[-2]),)


@rule("outputs", "_npi_pinv")
def _turned_whatever_counts_as_zero(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    A = inputs[0]
    return (None if A is None or len(A) < 2 else (*A[:-2], A[-1], A[-2]),)


@rule("inputs", "_npi_solve")
def _right_side_as_the_solution(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return None, merged((outputs[0], inputs[1]))


@rule("inputs", "_npi_svd")
def _as_the_last_factor(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    return (outputs[2],)


@rule("inputs", "_npi_eigvalsh", "_npi_eigvals")
def _square_of_the_values(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if not out else (*out, out[-1]),)


@rule("inputs", "_np_dot", "_npi_matmul")
def _summed_over_one(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    """The last axis of the first and the last but one of the second have one length."""
    a, b = inputs
    if not a or not b:
        return (None, None)
    at = -2 if len(b) > 1 else -1
    return _with_common(a, [-1], b, [at])


@rule("inputs", "_npi_tensordot")
def _summed_over(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    a, b = inputs
    if a is None or b is None:
        return (None, None)
    return _with_common(a, attributes["a_axes_summed"], b, attributes["b_axes_summed"])


def _with_common(a: Shape, own: Sequence[int], b: Shape, other: Sequence[int]) -> Partials:
    """Two shapes in which axes in these places have one length."""
    for one, two in zip(own, other):
        lengths = [length for length in (length_or(a, one), length_or(b, two)) if length != UNKNOWN]
        if lengths:
            a = with_axis(a, one, lengths[0]) if length_or(a, one) == UNKNOWN else a
            b = with_axis(b, two, lengths[0]) if length_or(b, two) == UNKNOWN else b
    return a, b


rule("dtype", "_npi_solve", "_npi_tensorsolve")(computed(lambda attributes, a, b: _kind_of_equations(a, b)))
rule(
    "dtype",
    "_npi_eigh",
    "_npi_eigvalsh",
    "_npi_eig",
    "_npi_eigvals",
    "_npi_pinv",
    "_npi_pinv_scalar_rcond",
    "_npi_tensorinv",
)(computed(lambda attributes, data, *others: data if data.is_floating_point else torch.float64))


@rule("head", "_npi_slogdet")
def _not_of_the_sign(attributes: Mapping[str, Any], output: int) -> bool:
    return output == 1
