"""Made by tools/carried.py from mxnet.ops.math.products; edits are lost."""

from __future__ import annotations

from math import sqrt
from typing import Literal

import torch

StorageType = Literal["csr", "default", "row_sparse"] | None


def dot(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    forward_stype: StorageType = None,
) -> torch.Tensor:
    """The product of two arrays over the last axis of the one and the first of the
    other.
    """
    left = lhs.movedim(0, -1) if transpose_a and lhs.dim() > 1 else lhs
    right = rhs.movedim(-1, 0) if transpose_b and rhs.dim() > 1 else rhs
    if left.dim() == 2 and right.dim() == 2:
        return torch.mm(left, right)
    if left.dim() == 1 and right.dim() == 1:
        return torch.dot(left, right).reshape(1)
    return torch.tensordot(left, right, 1)


def batch_dot(
    lhs: torch.Tensor,
    rhs: torch.Tensor,
    *,
    transpose_a: bool = False,
    transpose_b: bool = False,
    forward_stype: StorageType = None,
) -> torch.Tensor:
    """The products of the matrices in two batches."""
    left, right = (
        lhs.mT if transpose_a and lhs.dim() > 1 else lhs,
        rhs.mT if transpose_b and rhs.dim() > 1 else rhs,
    )
    return torch.matmul(left, right)


def khatri_rao(*args: torch.Tensor) -> torch.Tensor:
    """The Khatri-Rao product: the Kronecker products of the columns of matrices."""
    product = args[0].clone()
    for matrix in args[1:]:
        product = (product.unsqueeze(1) * matrix.unsqueeze(0)).flatten(0, 1)
    return product


def _heads(
    name: str, projections: torch.Tensor, heads: int, parts: int
) -> tuple[torch.Tensor, ...]:
    """Projections (length, batch, heads * parts * size) as `parts` batches (batch *
    heads, length, size).
    """
    length, batch, channels = projections.shape
    split = projections.reshape(
        length, batch * heads, parts, channels // (heads * parts)
    )
    return tuple(part.transpose(0, 1) for part in split.unbind(2))


def _scores(queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    return torch.bmm(queries / sqrt(queries.shape[-1]), keys.mT)


def interleaved_matmul_selfatt_qk(
    queries_keys_values: torch.Tensor, *, heads: int
) -> torch.Tensor:
    """The scaled scores of self-attention."""
    queries, keys, _ = _heads(
        "_contrib_interleaved_matmul_selfatt_qk", queries_keys_values, heads, 3
    )
    return _scores(queries, keys)


def _attended(
    name: str, attention: torch.Tensor, values: torch.Tensor, heads: int
) -> torch.Tensor:
    mixed = torch.bmm(attention, values).transpose(0, 1)
    return mixed.reshape(
        attention.shape[1], values.shape[0] // heads, heads * values.shape[2]
    )


def interleaved_matmul_selfatt_valatt(
    queries_keys_values: torch.Tensor, attention: torch.Tensor, *, heads: int
) -> torch.Tensor:
    """The values of self-attention mixed by its weights."""
    name = "_contrib_interleaved_matmul_selfatt_valatt"
    return _attended(
        name, attention, _heads(name, queries_keys_values, heads, 3)[2], heads
    )


def interleaved_matmul_encdec_qk(
    queries: torch.Tensor, keys_values: torch.Tensor, *, heads: int
) -> torch.Tensor:
    """The scaled scores of attention from one sequence to another."""
    name = "_contrib_interleaved_matmul_encdec_qk"
    return _scores(
        _heads(name, queries, heads, 1)[0], _heads(name, keys_values, heads, 2)[0]
    )


def interleaved_matmul_encdec_valatt(
    keys_values: torch.Tensor, attention: torch.Tensor, *, heads: int
) -> torch.Tensor:
    """The values of another sequence mixed by the weights of attention."""
    name = "_contrib_interleaved_matmul_encdec_valatt"
    return _attended(name, attention, _heads(name, keys_values, heads, 2)[1], heads)
