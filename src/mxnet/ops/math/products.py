"""Products of matrices: dot, batch_dot, Khatri-Rao, and the interleaved products of multi-head attention."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any, Literal

import torch

from ...base import MXNetError
from ..registry import operator, rule
from ..shape_rules import UNKNOWN, Partials
from .matrix_product import product

__all__ = ["batch_dot", "dot", "khatri_rao"]

StorageType = Literal["csr", "default", "row_sparse"] | None


def _checked_operands(name: str, lhs: torch.Tensor, forward_stype: str | None) -> None:
    if forward_stype not in (None, "default"):
        raise MXNetError(f"{name}: forward_stype={forward_stype!r} is not supported; arrays are dense ('default')")
    if lhs.dtype is torch.bool:
        raise MXNetError(f"{name}: lhs is boolean; expected numbers, convert it with astype")


@operator("dot", "_sparse_dot", same_dtype=True)
def dot(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    forward_stype: StorageType = None,
) -> torch.Tensor:
    """The product of two arrays over the last axis of the one and the first of the other.

    Parameters
    ----------
    lhs, rhs : NDArray
        vectors, matrices, or of more axes; of one dtype
    transpose_a : bool
        go over the first axis of ``lhs`` instead of its last
    transpose_b : bool
        go over the last axis of ``rhs`` instead of its first
    forward_stype : str, optional
        only 'default'

    Returns
    -------
    NDArray
        with the other axes of ``lhs`` and ``rhs``; of shape ``(1,)`` for two vectors

    Raises
    ------
    MXNetError
        the two axes differ in length

    Examples
    --------
    >>> x = mx.nd.array([[1, 2], [3, 4]])
    >>> print(mx.nd.dot(x, x).asnumpy())
    [[ 7. 10.]
     [15. 22.]]
    """
    _checked_operands("dot", lhs, forward_stype)
    left = lhs.movedim(0, -1) if transpose_a and lhs.dim() > 1 else lhs
    right = rhs.movedim(-1, 0) if transpose_b and rhs.dim() > 1 else rhs
    if left.shape[-1] != right.shape[0]:
        raise MXNetError(
            f"dot: {tuple(lhs.shape)} (transpose_a={transpose_a}) and {tuple(rhs.shape)} (transpose_b={transpose_b})"
            f" do not fit: {left.shape[-1]} columns and {right.shape[0]} rows"
        )
    if left.dim() == 2 and right.dim() == 2:
        return product(left, right)
    if left.dim() == 1 and right.dim() == 1:
        return torch.dot(left, right).reshape(1)
    return torch.tensordot(left, right, 1)


@operator("batch_dot", "_npx_batch_dot", same_dtype=True)
def batch_dot(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    forward_stype: StorageType = None,
) -> torch.Tensor:
    """The products of the matrices in two batches.

    Parameters
    ----------
    lhs, rhs : NDArray
        (..., n, m) and (..., m, k), with the same leading axes and dtype
    transpose_a, transpose_b : bool
        exchange the last two axes first
    forward_stype : str, optional
        only 'default'

    Returns
    -------
    NDArray
        (..., n, k)

    Raises
    ------
    MXNetError
        fewer than three axes, other leading axes, or matrices that do not fit

    Examples
    --------
    >>> mx.nd.batch_dot(mx.nd.ones((2, 3, 4)), mx.nd.ones((2, 5, 4)), transpose_b=True).shape
    (2, 3, 5)
    """
    _checked_operands("batch_dot", lhs, forward_stype)
    left, right = lhs.mT if transpose_a and lhs.dim() > 1 else lhs, rhs.mT if transpose_b and rhs.dim() > 1 else rhs
    fits = lhs.dim() > 2 and left.shape[:-2] == right.shape[:-2] and left.shape[-1] == right.shape[-2]
    if not fits:
        raise MXNetError(
            f"batch_dot: shapes {tuple(lhs.shape)} and {tuple(rhs.shape)} "
            f"(transpose_a={transpose_a}, transpose_b={transpose_b}); expected (..., n, m) and (..., m, k)"
        )
    return torch.matmul(left, right)


@operator("khatri_rao")
def khatri_rao(*args: torch.Tensor) -> torch.Tensor:
    """The Khatri-Rao product: the Kronecker products of the columns of matrices.

    Parameters
    ----------
    *args : NDArray
        matrices of as many columns

    Examples
    --------
    >>> print(mx.nd.khatri_rao(mx.nd.array([[1, 2]]), mx.nd.array([[3, 4], [5, 6]])).asnumpy())
    [[ 3.  8.]
     [ 5. 12.]]
    """
    if not args or any(matrix.dim() != 2 or matrix.shape[1] != args[0].shape[1] for matrix in args):
        shapes = ", ".join(str(tuple(matrix.shape)) for matrix in args) or "none"
        raise MXNetError(f"khatri_rao: arrays of shapes {shapes}; expected matrices of as many columns")
    product = args[0].clone()
    for matrix in args[1:]:
        product = (product.unsqueeze(1) * matrix.unsqueeze(0)).flatten(0, 1)
    return product


# --- attention (Vaswani et al., 2017), with the projections of each head next to each other ------------------------


def _heads(name: str, projections: torch.Tensor, heads: int, parts: int) -> tuple[torch.Tensor, ...]:
    """Projections (length, batch, heads * parts * size) as ``parts`` batches (batch * heads, length, size)."""
    if projections.dim() != 3 or heads < 1 or projections.shape[2] % (heads * parts):
        raise MXNetError(
            f"{name}: {tuple(projections.shape)} with heads={heads}; expected (length, batch, heads * {parts} * size)"
        )
    length, batch, channels = projections.shape
    split = projections.reshape(length, batch * heads, parts, channels // (heads * parts))
    return tuple(part.transpose(0, 1) for part in split.unbind(2))


def _scores(queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    return torch.bmm(queries / sqrt(queries.shape[-1]), keys.mT)


def _attended(name: str, attention: torch.Tensor, values: torch.Tensor, heads: int) -> torch.Tensor:
    if attention.dim() != 3 or attention.shape[0] != values.shape[0] or attention.shape[2] != values.shape[1]:
        expected = (values.shape[0], "length", values.shape[1])
        raise MXNetError(f"{name}: attention has shape {tuple(attention.shape)}; expected {expected}")
    mixed = torch.bmm(attention, values).transpose(0, 1)
    return mixed.reshape(attention.shape[1], values.shape[0] // heads, heads * values.shape[2])


@operator("_contrib_interleaved_matmul_selfatt_qk")
def interleaved_matmul_selfatt_qk(queries_keys_values: torch.Tensor, *, heads: int) -> torch.Tensor:
    """The scaled scores of self-attention.

    Parameters
    ----------
    queries_keys_values : NDArray
        (length, batch, heads * 3 * size): for each head its query, key and value
    heads : int
        the number of heads

    Returns
    -------
    NDArray
        (batch * heads, length, length)
    """
    queries, keys, _ = _heads("_contrib_interleaved_matmul_selfatt_qk", queries_keys_values, heads, 3)
    return _scores(queries, keys)


@operator("_contrib_interleaved_matmul_selfatt_valatt")
def interleaved_matmul_selfatt_valatt(
    queries_keys_values: torch.Tensor, attention: torch.Tensor, *, heads: int
) -> torch.Tensor:
    """The values of self-attention mixed by its weights.

    Parameters
    ----------
    queries_keys_values : NDArray
        (length, batch, heads * 3 * size): for each head its query, key and value
    attention : NDArray
        (batch * heads, length, length)
    heads : int
        the number of heads

    Returns
    -------
    NDArray
        (length, batch, heads * size)
    """
    name = "_contrib_interleaved_matmul_selfatt_valatt"
    return _attended(name, attention, _heads(name, queries_keys_values, heads, 3)[2], heads)


@operator("_contrib_interleaved_matmul_encdec_qk")
def interleaved_matmul_encdec_qk(queries: torch.Tensor, keys_values: torch.Tensor, *, heads: int) -> torch.Tensor:
    """The scaled scores of attention from one sequence to another.

    Parameters
    ----------
    queries : NDArray
        (length, batch, heads * size)
    keys_values : NDArray
        (other length, batch, heads * 2 * size): for each head its key and value
    heads : int
        the number of heads

    Returns
    -------
    NDArray
        (batch * heads, length, other length)
    """
    name = "_contrib_interleaved_matmul_encdec_qk"
    return _scores(_heads(name, queries, heads, 1)[0], _heads(name, keys_values, heads, 2)[0])


@operator("_contrib_interleaved_matmul_encdec_valatt")
def interleaved_matmul_encdec_valatt(keys_values: torch.Tensor, attention: torch.Tensor, *, heads: int) -> torch.Tensor:
    """The values of another sequence mixed by the weights of attention.

    Parameters
    ----------
    keys_values : NDArray
        (other length, batch, heads * 2 * size): for each head its key and value
    attention : NDArray
        (batch * heads, length, other length)
    heads : int
        the number of heads

    Returns
    -------
    NDArray
        (length, batch, heads * size)
    """
    name = "_contrib_interleaved_matmul_encdec_valatt"
    return _attended(name, attention, _heads(name, keys_values, heads, 2)[1], heads)


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "dot", "batch_dot")("the axes summed over are gone")
rule("inputs", "khatri_rao")("the output's rows are a product")
rule(
    "inputs", "_contrib_interleaved_matmul_selfatt_qk", "_contrib_interleaved_matmul_selfatt_valatt",
    "_contrib_interleaved_matmul_encdec_qk", "_contrib_interleaved_matmul_encdec_valatt",
)("batch and heads are one axis of the product")  # fmt: skip


@rule("outputs", "_contrib_interleaved_matmul_selfatt_valatt")
def _a_third(inputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data = inputs[0]
    if data is None or len(data) != 3:
        return (None,)
    return ((*data[:2], data[2] if data[2] == UNKNOWN else data[2] // 3),)
