"""Sums, means and the like over axes; places of the largest."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....symbol import Symbol
from ..loops import step_by_step
from ..table import At, reads

__all__: list[str] = []

_PLAIN = {"ReduceSum": "sum", "ReduceMean": "mean", "ReduceMax": "max", "ReduceMin": "min", "ReduceProd": "prod"}


@reads(*_PLAIN, "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare")
def reduce(at: At) -> Any:
    """One number for all elements along some axes."""
    axes = at.given("axes", 1)
    rank = at.value(0).rank
    if not axes and at.attribute("noop_with_empty_axes", 0):
        return at.call("_copy", at.symbol(0))
    chosen = tuple(sorted(at.axis(axis) for axis in axes)) if axes else tuple(range(rank))
    keep = bool(at.attribute("keepdims", 1))
    scalar = not keep and len(chosen) == rank
    symbol = at.symbol(0)
    how = {"axis": chosen, "keepdims": keep}
    if at.op in _PLAIN:
        result = at.call(_PLAIN[at.op], symbol, **how)
    elif at.op == "ReduceL1":
        result = at.call("sum", at.call("abs", symbol), **how)
    elif at.op == "ReduceL2":
        result = at.call("sqrt", at.call("sum", at.call("square", symbol), **how))
    elif at.op == "ReduceSumSquare":
        result = at.call("sum", at.call("square", symbol), **how)
    elif at.op == "ReduceLogSum":
        result = at.call("log", at.call("sum", symbol, **how))
    else:
        most = at.call("max", symbol, axis=chosen, keepdims=True)
        apart = at.call("exp", at.call("broadcast_sub", symbol, most))
        result = at.call("log", at.call("sum", apart, **how))
        if not keep:
            most = at.reshape(most, at.pair_of(result))
        result = at.call("elemwise_add", result, most)
    return at.result(result, at.value(0).dtype, scalar)


@reads("ArgMax", "ArgMin")
def place_of(at: At) -> Any:
    """Where along an axis the largest or smallest element is."""
    axis, keep = at.axis(at.attribute("axis", 0)), bool(at.attribute("keepdims", 1))
    op = "argmax" if at.op == "ArgMax" else "argmin"
    symbol = at.symbol(0)
    last = bool(at.attribute("select_last_index", 0))
    if last:
        symbol = at.call("reverse", symbol, axis=axis)
    found = at.call(op, symbol, axis=axis, keepdims=keep)
    if last:
        found = at.call("_rminus_scalar", found, scalar=float(at.shape()[axis] - 1))
    return at.result(at.call("Cast", found, dtype="int64"), np.int64, scalar=not keep and at.value(0).rank == 1)


@reads("TopK")
def largest(at: At) -> Any:
    """The k largest along an axis, and where they are."""
    k = int(np.reshape(at.given("k", 1), -1)[0])
    axis = at.axis(at.attribute("axis", -1))
    both = at.call(
        "topk", at.symbol(0), axis=axis, k=k, ret_typ="both", is_ascend=not at.attribute("largest", 1), dtype="int64"
    )  # fmt: skip
    return [at.result(both[0], at.value(0).dtype), at.result(both[1], np.int64)]


@reads("CumSum")
def running_sum(at: At) -> Any:
    """The sum up to each place along an axis."""
    axis = at.axis(int(at.constant(1, "axis").reshape(-1)[0]))
    symbol, backwards = at.symbol(0), at.attribute("reverse", 0)
    if backwards:
        symbol = at.call("reverse", symbol, axis=axis)
    result = at.call("_np_cumsum", symbol, axis=axis)
    if at.attribute("exclusive", 0):
        result = at.call("elemwise_sub", result, symbol)
    result = at.call("reverse", result, axis=axis) if backwards else result
    return at.result(result, at.value(0).dtype)


@reads("CumProd")
def running_product(at: At) -> Any:
    """The product up to each place along an axis."""
    axis, rank = at.axis(int(at.constant(1, "axis").reshape(-1)[0])), at.value(0).rank
    symbol, backwards = at.symbol(0), at.attribute("reverse", 0)
    order = (axis, *(place for place in range(rank) if place != axis))
    moved = at.call("transpose", symbol, axes=order) if axis else symbol
    moved = at.call("expand_dims", moved, axis=1)  # an element of one axis has none
    if backwards:
        moved = at.call("reverse", moved, axis=0)
    first = at.call("ones_like", at.call("squeeze", at.call("slice_axis", moved, axis=0, begin=0, end=1), axis=0))

    def step(elements: list[Symbol], before: list[Symbol]) -> tuple[list[Symbol], list[Symbol]]:
        after = at.call("elemwise_mul", elements[0], before[0])
        return [before[0] if at.attribute("exclusive", 0) else after], [after]

    (products,), _ = step_by_step(at, [moved], [first], step)
    if backwards:
        products = at.call("reverse", products, axis=0)
    products = at.call("squeeze", products, axis=1)
    back = tuple(np.argsort(order).tolist())
    return at.result(at.call("transpose", products, axes=back) if axis else products, at.value(0).dtype)
