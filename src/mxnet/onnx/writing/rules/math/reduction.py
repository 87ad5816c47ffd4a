"""Reductions over axes, positions of extremes, running sums."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .....ops.registry import rule
from ...lengths import Length, product
from ...terms import Term
from ...walking import At
from .functions import truncated

__all__ = ["reduced"]


def _axes(at: At, rank: int, key: str = "axis") -> list[int]:
    """The axes that a reduction of ``nd`` takes away."""
    axis = at[key]
    if axis is None or axis == ():
        return list(range(rank))
    given = [each % rank for each in ((axis,) if isinstance(axis, int) else axis)]
    return [each for each in range(rank) if each not in given] if at.get("exclude") else sorted(given)


def reduced(at: At, kind: str, data: Term, axes: list[int], keepdims: bool) -> Term:
    """A reduction whose result has an axis where none would be left, as the call's shape says."""
    wide = data.cast("int32") if data.dtype == "bool" else at.wide(data) if kind in ("Sum", "Prod", "Mean") else data
    out = wide.reduce(kind, axes, keepdims)
    if kind in ("Max", "Min") and wide.is_float:  # which runtimes take of the numbers among what is none
        out = at.where(at.op("IsNaN", wide).cast("int32").reduce("Max", axes, keepdims).cast("bool"), math.nan, out)
    return out.reshape(1) if not keepdims and data.shape is not None and _is_whole(at, data, axes) else out


def _is_whole(at: At, data: Term, axes: list[int]) -> bool:
    return len(axes) == data.rank and at.shapes[0] == (1,)


def _declare(name: str, kind: str, prepare: Callable[[At, Term], Term] = lambda at, x: x) -> None:
    @rule("onnx", name)
    def written(at: At, data: Term) -> Term:
        axes = _axes(at, data.rank)
        ready = prepare(at, data).shaped(data.lengths)
        if not axes:
            return ready.reshape(1) if not data.rank and len(at.shape) else ready
        if kind == "Mean" and not ready.is_float:
            ready = ready.cast("float64").shaped(data.lengths)
        if data.dtype == "bool":  # sums and products of booleans are any and all
            return reduced(at, {"Sum": "Max", "Prod": "Min"}.get(kind, kind), ready, axes, at["keepdims"])
        return reduced(at, kind, ready, axes, at["keepdims"])


def _without_nan(number: float) -> Callable[[At, Term], Term]:
    return lambda at, x: at.where(at.op("IsNaN", x), number, x) if x.is_float else x


for _name, _kind in {"sum": "Sum", "mean": "Mean", "prod": "Prod", "max": "Max", "min": "Min"}.items():
    _declare(_name, _kind)
_declare("nansum", "Sum", _without_nan(0.0))
_declare("nanprod", "Prod", _without_nan(1.0))
_declare("_square_sum", "Sum", lambda at, x: x * x)


@rule("onnx", "norm")
def norm(at: At, data: Term) -> Term:
    vectors = data if data.is_float else data.cast("float64")
    return reduced(at, f"L{at['ord']}", vectors.shaped(data.lengths), _axes(at, data.rank), at["keepdims"])


@rule("onnx", "moments")
def moments(at: At, data: Term) -> tuple[Term, Term]:
    axes, kept = _axes(at, data.rank, "axes"), at["keepdims"]
    data = data.cast("float64").shaped(data.lengths) if not data.is_float else data
    mean = data.reduce("Mean", axes)
    if at.dtype[0] in "iu":  # the mean of integers is cut
        mean = mean.cast(at.dtype).cast("float64")
    away = (data - mean).shaped(data.lengths)
    variance = reduced(at, "Mean", (away * away).shaped(data.lengths), axes, kept)
    shown = mean if kept else mean.squeeze(*axes)
    return (shown.reshape(1) if not kept and _is_whole(at, data, axes) else shown), variance


# --- positions -------------------------------------------------------------------------------------------------------


def _extreme(at: At, kind: str, data: Term, axis: int, keepdims: bool) -> Term:
    """Where the extreme is along an axis: the first element that is no number is one."""
    kept = int(keepdims)
    found = at.op(kind, data, axis=axis, keepdims=kept)
    if not data.is_float:
        return found
    none = at.op("IsNaN", data).cast("int32")
    first = at.op("ArgMax", none, axis=axis, keepdims=kept)
    return at.where(none.reduce("Max", [axis], keepdims).cast("bool"), first, found)


def _position(at: At, kind: str, data: Term, axis: int | None, keepdims: bool) -> Term:
    rank = data.rank
    if axis is None or not rank:
        return _extreme(at, kind, data.reshape(-1), 0, False).reshape(*at.shape)
    found = _extreme(at, kind, data, axis % rank, keepdims)
    return found.reshape(1) if rank == 1 and at.shape == (1,) and not keepdims else found


@rule("onnx", "argmax", "_npi_argmax")
def argmax(at: At, data: Term) -> Term:
    return _position(at, "ArgMax", at.wide(data).shaped(data.lengths), at["axis"], at["keepdims"])


@rule("onnx", "argmin", "_npi_argmin")
def argmin(at: At, data: Term) -> Term:
    return _position(at, "ArgMin", at.wide(data).shaped(data.lengths), at["axis"], at["keepdims"])


@rule("onnx", "argmax_channel")
def argmax_channel(at: At, data: Term) -> Term:
    return _position(at, "ArgMax", data, 1, False)


@rule("onnx", "_np_cumsum")
def cumsum(at: At, a: Term) -> Term:
    summed = at.wide(a.cast(at.dtype))
    if at.dtype in ("float16", "bfloat16"):
        summed = summed.cast("float32")
    if at["axis"] is None:
        return at.op("CumSum", summed.reshape(-1), at.constant(0))
    return at.op("CumSum", summed, at.constant(at["axis"] % a.rank))


# --- NumPy's ---------------------------------------------------------------------------------------------------------


def _numpys_axes(at: At, data: Term) -> tuple[Term, list[int], bool]:
    """The data with its axes to reduce; an empty tuple of axes stands for one more axis of length 1."""
    axis, rank = at["axis"], data.rank
    if axis == ():
        return data.unsqueeze(rank).shaped((*data.lengths, 1)), [rank], False
    if axis is None or not rank:
        return data, list(range(rank)), at.get("keepdims", False)
    axes = sorted(each % rank for each in ((axis,) if isinstance(axis, int) else axis))
    return data, axes, at.get("keepdims", False)


def _over(kind: str, data: Term, axes: list[int], keepdims: bool) -> Term:
    return data.reduce(kind, axes, keepdims) if axes else data


@rule("onnx", "_np_sum", "_np_prod")
def np_total(at: At, a: Term) -> Term:
    kind = "Sum" if at.call.spec.name == "_np_sum" else "Prod"
    computed = at.wide(a.cast(at.dtype)).shaped(a.lengths)
    data, axes, kept = _numpys_axes(at, computed)
    total = _over(kind, data, axes, kept)
    if at["initial"] is None:
        return total
    return total + at["initial"] if kind == "Sum" else total * at["initial"]


@rule("onnx", "_npi_mean")
def np_mean(at: At, a: Term) -> Term:
    data, axes, kept = _numpys_axes(at, a.cast(at.dtype if "float" in at.dtype else "float32").shaped(a.lengths))
    return _over("Mean", data, axes, kept)


def _spread(at: At, a: Term, root: bool) -> Term:
    wanted = at.dtype
    if not a.is_float or "float" not in wanted:
        return _spread_of_integers(at, a, root)
    data, axes, kept = _numpys_axes(at, a)
    count = product([data.lengths[axis] for axis in axes])
    if not axes:
        return data * 0.0 / max(1 - at["ddof"], 0) if at["ddof"] else data * 0.0
    away = data - data.reduce("Mean", axes)
    squares = (away * away).cast("float64" if "float64" in (a.dtype, wanted) else a.dtype)
    spread = squares.reduce("Mean", axes, kept)
    if at["ddof"]:
        left = int(count) - at["ddof"]
        spread = spread * (int(count) / left if left > 0 else math.inf)
    return at.op("Sqrt", spread) if root else spread


def _spread_of_integers(at: At, a: Term, root: bool) -> Term:
    """In the dtype of the integers, with a mean that is cut, as MXNet has it."""
    wanted = at.dtype
    data, axes, kept = _numpys_axes(at, a)
    count = int(product([data.lengths[axis] for axis in axes]))
    if a.is_float:
        away = data - _over("Mean", data, axes, True)
    else:
        total = _over("Sum", at.wide(data), axes, True).cast(a.dtype)
        away = data - truncated(at, total.cast("float64") / count).cast(a.dtype)
    squares = (away * away) if a.is_float else at.wide((away * away).cast(wanted))
    spread = _over("Sum", squares, axes, kept)
    kind = wanted if "float" in wanted else "float64"
    spread = spread.cast(wanted).cast(kind) / max(count - at["ddof"], 0)
    if "float" not in wanted:
        spread = truncated(at, spread)
    found = at.op("Sqrt", spread) if root else spread
    return found if "float" in wanted else at.where(at.op("IsNaN", found), 0.0, found)


@rule("onnx", "_npi_std")
def np_std(at: At, a: Term) -> Term:
    return _spread(at, a, root=True)


@rule("onnx", "_npi_var")
def np_var(at: At, a: Term) -> Term:
    return _spread(at, a, root=False)


@rule("onnx", "_np_max", "_np_min")
def np_extreme(at: At, a: Term) -> Term:
    kind = "Max" if at.call.spec.name == "_np_max" else "Min"
    computed = (a.cast("int32") if a.dtype == "bool" else a).shaped(a.lengths)
    data, axes, kept = _numpys_axes(at, computed)
    found = _over(kind, data, axes, kept)
    return found if at["initial"] is None else at.op(kind, found, at.constant(at["initial"], found.dtype))


@rule("onnx", "_np_any", "_np_all")
def np_truth(at: At, data: Term) -> Term:
    kind = "Max" if at.call.spec.name == "_np_any" else "Min"
    holds = data if data.dtype == "bool" else ~data.equal(0)
    counted, axes, kept = _numpys_axes(at, holds.cast("int32").shaped(data.lengths))
    return _over(kind, counted, axes, kept).cast("bool")


@rule("onnx", "_npi_average")
def np_average(at: At, a: Term, weights: Term | None = None) -> Term | tuple[Term, Term]:
    lengths: tuple[Length, ...] = a.lengths
    if weights is not None and weights.lengths != lengths:
        axis = at["axis"]
        one = (axis if isinstance(axis, int) else axis[0]) % a.rank
        weights = weights.reshape(*[weights.lengths[0] if each == one else 1 for each in range(a.rank)])
    data, axes, _ = _numpys_axes(at, a)
    if weights is None:
        total = _over("Sum", data, axes, False)
        scale: Any = at.constant(int(product([data.lengths[axis] for axis in axes])), a.dtype)
    else:
        spread = at.expand(weights, lengths)
        if data.rank > a.rank:
            spread = spread.unsqueeze(a.rank)
            total = _over("Sum", (data * spread), axes, False)
        else:
            total = _over("Sum", a * spread, axes, False)
        scale = _over("Sum", spread, axes, False)
    mean = total / scale
    if not at["returned"]:
        return mean
    return mean, scale if weights is not None else at.expand(scale, at.shapes[1] or ())
