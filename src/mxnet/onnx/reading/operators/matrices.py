"""Products of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....symbol import Symbol
from ..table import At, reads
from .elementwise import affine

__all__: list[str] = []


@reads("Gemm")
def gemm(at: At) -> Symbol:
    """``alpha A B + beta C``: a fully connected layer where B is known."""
    alpha, beta = at.attribute("alpha", 1.0), at.attribute("beta", 1.0)
    data = at.call("transpose", at.symbol(0)) if at.attribute("transA", 0) else at.symbol(0)
    matrix, bias = at.value(1).array, at.value(2).array if at.has(2) else None
    turned = bool(at.attribute("transB", 0))
    if matrix is not None and matrix.ndim == 2 and (not at.has(2) or bias is not None):
        rows = matrix if turned else np.ascontiguousarray(matrix.T)
        units = rows.shape[0]
        fits = bias is not None and bias.size in (1, units) and (bias.ndim < 2 or bias.shape[0] == 1)
        if not at.has(2) or fits:
            weight = at.symbol(1) if turned and alpha == 1.0 else at.parameter(_scaled(rows, alpha), "weight")
            if bias is None:
                return at.call("FullyConnected", data, weight, num_hidden=units, no_bias=True)
            whole = bias.ndim == 1 and bias.size == units and beta == 1.0
            given = at.symbol(2) if whole else at.parameter(
                np.broadcast_to(_scaled(bias.reshape(-1), beta), (units,)).copy(), "bias"
            )  # fmt: skip
            return at.call("FullyConnected", data, weight, given, num_hidden=units)
    product = affine(at, at.call("dot", data, at.symbol(1), transpose_b=turned), alpha)
    return at.call("broadcast_add", product, affine(at, at.symbol(2), beta)) if at.has(2) else product


def _scaled(array: np.ndarray, factor: float) -> np.ndarray:
    return array if factor == 1.0 else (array * factor).astype(array.dtype)


@reads("MatMul")
def matmul(at: At) -> Any:
    """Of matrices, and of stacks of them, broadcast."""
    one, other = at.value(0), at.value(1)
    if other.array is not None and other.rank == 2 and one.rank >= 2:
        weight = at.parameter(np.ascontiguousarray(other.array.T), "weight")
        return at.call("FullyConnected", at.symbol(0), weight, num_hidden=other.shape[1], no_bias=True, flatten=False)
    if one.rank == other.rank == 2:
        return at.call("dot", at.symbol(0), at.symbol(1))
    if one.rank == other.rank == 3 and all(a[0] == b[0] for a, b in zip(one.shapes, other.shapes)):
        return at.call("batch_dot", at.symbol(0), at.symbol(1))
    left = at.reshape(at.symbol(0), tuple((1, *shape) for shape in one.shapes)) if one.rank == 1 else at.symbol(0)
    right = at.reshape(at.symbol(1), tuple((*shape, 1) for shape in other.shapes)) if other.rank == 1 else at.symbol(1)
    product = at.call("_npi_matmul", left, right)
    if one.rank > 1 and other.rank > 1:
        return product
    # an axis that was added goes again
    found = at.pair_of(product)
    end = slice(None, -1) if other.rank == 1 else slice(None)
    kept = tuple(
        shape[end] if one.rank > 1 else (*shape[:-2], *shape[-1:][: 1 if other.rank > 1 else 0]) for shape in found
    )
    return at.result(at.reshape(product, kept), one.dtype, scalar=not kept[0])


@reads("Einsum")
def einsum(at: At) -> Any:
    """A sum of products by its letters."""
    equation = at.attribute("equation")
    inputs, arrow, output = equation.replace(" ", "").partition("->")
    letters = inputs.replace(",", "").replace(".", "")
    scalar = not output if arrow else all(letters.count(each) > 1 for each in letters)
    if scalar and "." not in inputs:  # a number has an axis here: a letter for it, of length 1
        letter = next(each for each in "zyxwvutsrqponmlkjihgfedcba" if each not in letters)
        one = at.parameter(np.ones(1, at.value(0).dtype), "one")
        result = at.call(
            "_npi_einsum", *at.symbols(), one, num_args=len(at.inputs) + 1, subscripts=f"{inputs},{letter}->{letter}"
        )
        return at.result(result, at.value(0).dtype, scalar=True)
    return at.call("_npi_einsum", *at.symbols(), num_args=len(at.inputs), subscripts=equation)


@reads("Det")
def determinant(at: At) -> Symbol:
    """Of square matrices."""
    return at.call("_linalg_det", at.symbol(0))
