"""What is known before a graph runs: shapes and what is computed of them, and of constants.

Only operators whose results are no larger than what they are made of are computed here without a look at their size;
the others are held to :data:`LARGEST` elements.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .files import package
from .table import At
from .values import Value, both

__all__ = ["LARGEST", "folded"]

Array = np.ndarray[Any, Any]
#: elements that a result may have which is computed while a file is read
LARGEST = 1 << 26
_FOLD: dict[str, Callable[..., Any]] = {}


def folded(at: At) -> Value | list[Value] | None:
    """The outputs of a node where they follow from what is known; None where it has to run.

    Raises
    ------
    Unreadable
        the result would be larger than all reason
    """
    if at.op == "Shape":
        start, end = at.attribute("start", 0), at.attribute("end")
        one, other = (np.array(shape[start:end], np.int64) for shape in at.value(0).shapes)
        return at.known(both(one, other))
    if at.op == "Size":
        one, other = (np.array(math.prod(shape), np.int64) for shape in at.value(0).shapes)
        return at.known(both(one, other))
    if at.op == "CastLike" and (known := at.value(0).arrays) is not None:  # which asks the other for its dtype alone
        one, other = (each.astype(at.value(1).dtype) for each in known)
        return at.known(both(one, other))
    compute = _FOLD.get(at.op)
    if compute is None or any(value is not None and value.arrays is None for value in at.inputs):
        return None
    given = [None if value is None else value.arrays for value in at.inputs]
    first = _computed(at, compute, [None if pair is None else pair[0] for pair in given])
    if all(pair is None or pair[0] is pair[1] for pair in given):
        second = first
    else:
        second = _computed(at, compute, [None if pair is None else pair[1] for pair in given])
    values = [Value.known(name, pair) for name, pair in zip(at.node.output, zip(first, second))]
    return values[0] if len(values) == 1 else values


def _computed(at: At, compute: Callable[..., Any], inputs: Sequence[Array | None]) -> list[Array]:
    with np.errstate(all="ignore"):
        found = compute(at, *inputs)
    return [np.asarray(each) for each in (found if isinstance(found, (list, tuple)) else [found])]


def _fold(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            _FOLD[name] = function
        return function

    return add


def _bounded(at: At, shape: Sequence[int]) -> tuple[int, ...]:
    """A shape, if it is one that memory is taken for."""
    lengths = tuple(int(length) for length in shape)
    if any(length < 0 for length in lengths) or math.prod(lengths) > LARGEST:
        raise at.refuse(f"its result would have the shape {list(lengths)}")
    return lengths


def _elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    def compute(at: At, *inputs: Array) -> Any:
        _bounded(at, np.broadcast_shapes(*(each.shape for each in inputs)))
        return function(*inputs)

    return compute


def _divided(one: Array, other: Array) -> Any:
    """ONNX's division: of whole numbers towards zero."""
    if one.dtype.kind not in "iu":
        return one / other
    quotient = np.floor_divide(np.abs(one), np.abs(other))
    return (quotient * np.sign(one) * np.sign(other)).astype(one.dtype)


_BY_ELEMENT: dict[str, Callable[..., Any]] = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": _divided,
    "Pow": lambda a, b: np.power(a, b).astype(a.dtype),
    "Neg": np.negative, "Abs": np.abs, "Floor": np.floor, "Ceil": np.ceil, "Sqrt": np.sqrt, "Exp": np.exp,
    "Log": np.log, "Not": np.logical_not, "And": np.logical_and, "Or": np.logical_or, "Xor": np.logical_xor,
    "Equal": np.equal, "Less": np.less, "Greater": np.greater, "LessOrEqual": np.less_equal,
    "GreaterOrEqual": np.greater_equal, "Where": np.where, "Sign": np.sign, "Reciprocal": lambda a: 1 / a,
    "Cos": np.cos, "Sin": np.sin, "Identity": lambda a: a, "Round": np.rint, "Tanh": np.tanh,
}  # fmt: skip
for _name, _function in _BY_ELEMENT.items():
    _fold(_name)(_elementwise(_function))


@_fold("Min", "Max", "Sum")
def _of_several(at: At, *inputs: Array) -> Any:
    _bounded(at, np.broadcast_shapes(*(each.shape for each in inputs)))
    function: Any = {"Min": np.minimum, "Max": np.maximum, "Sum": np.add}[at.op]
    result = inputs[0]
    for each in inputs[1:]:
        result = function(result, each)
    return result


@_fold("Mod")
def _mod(at: At, one: Array, other: Array) -> Any:
    _bounded(at, np.broadcast_shapes(one.shape, other.shape))
    return np.fmod(one, other) if at.attribute("fmod", 0) else np.mod(one, other)


@_fold("Constant")
def _constant(at: At) -> Any:
    for name, kind in (
        ("value_float", np.float32), ("value_floats", np.float32), ("value_int", np.int64), ("value_ints", np.int64),
    ):  # fmt: skip
        found = at.attribute(name)
        if found is not None:
            return np.array(found, kind)
    found = at.attribute("value")
    if found is None or not isinstance(found, np.ndarray):
        raise at.refuse("it holds no numbers; texts and sparse tensors are not read")
    return found


@_fold("ConstantOfShape")
def _constant_of_shape(at: At, shape: Array) -> Any:
    value = at.attribute("value")
    number = np.zeros((), np.float32) if value is None else np.asarray(value).reshape(-1)[0]
    return np.full(_bounded(at, shape.reshape(-1).tolist()), number)


@_fold("Range")
def _range(at: At, start: Array, limit: Array, delta: Array) -> Any:
    begin, end, step = start.reshape(-1)[0], limit.reshape(-1)[0], delta.reshape(-1)[0]
    _bounded(at, [max(0, math.ceil((end - begin) / step))])
    return np.arange(begin, end, step, dtype=start.dtype)


@_fold("Cast")
def _cast(at: At, data: Array) -> Any:
    return data.astype(package().helper.tensor_dtype_to_np_dtype(at.attribute("to")))


@_fold("Reshape")
def _reshape(at: At, data: Array, shape: Array | None = None) -> Any:
    wanted = at.attribute("shape", []) if shape is None else shape.tolist()
    zeros = at.attribute("allowzero", 0)
    return data.reshape([data.shape[p] if not n and not zeros else n for p, n in enumerate(wanted)])


@_fold("Squeeze")
def _squeeze(at: At, data: Array, axes: Array | None = None) -> Any:
    wanted = at.attribute("axes") if axes is None else axes.reshape(-1).tolist()
    return data.squeeze() if wanted is None else data.squeeze(tuple(wanted))


@_fold("Unsqueeze")
def _unsqueeze(at: At, data: Array, axes: Array | None = None) -> Any:
    return np.expand_dims(data, tuple(at.attribute("axes", []) if axes is None else axes.reshape(-1).tolist()))


@_fold("Flatten")
def _flatten(at: At, data: Array) -> Any:
    axis = at.attribute("axis", 1)
    return data.reshape(math.prod(data.shape[: axis if axis >= 0 else data.ndim + axis]), -1)


@_fold("Transpose")
def _transpose(at: At, data: Array) -> Any:
    return data.transpose(at.attribute("perm"))


@_fold("Concat")
def _concat(at: At, *inputs: Array) -> Any:
    return np.concatenate(inputs, at.attribute("axis", 1))


@_fold("Gather")
def _gather(at: At, data: Array, indices: Array) -> Any:
    axis = at.attribute("axis", 0)
    _bounded(at, [math.prod(data.shape) // max(data.shape[axis], 1), indices.size])
    return np.take(data, indices, axis)


@_fold("GatherElements")
def _gather_elements(at: At, data: Array, indices: Array) -> Any:
    return np.take_along_axis(data, indices, at.attribute("axis", 0))


@_fold("Slice")
def _slice(at: At, data: Array, *bounds: Array | None) -> Any:
    return data[slices(at, data.ndim, [None if each is None else each.tolist() for each in bounds])]


def slices(at: At, rank: int, bounds: Sequence[Any]) -> tuple[slice, ...]:
    """What a node ``Slice`` takes of each axis."""
    starts, ends, axes, steps = ([*bounds, None, None, None, None])[:4]
    starts, ends = at.attribute("starts", starts), at.attribute("ends", ends)
    axes = at.attribute("axes", axes)
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    found = [slice(None)] * rank
    for axis, start, end, step in zip(axes, starts, ends, steps):
        found[at.axis(axis, rank)] = slice(start, None if step < 0 and end <= -(1 << 31) + 1 else end, step)
    return tuple(found)


@_fold("Split")
def _split(at: At, data: Array, split: Array | None = None) -> Any:
    axis = at.attribute("axis", 0)
    sizes = at.attribute("split") if split is None else split.tolist()
    count = len(at.node.output)
    if sizes is None:
        size = -(-data.shape[axis] // count)
        return np.split(data, [size * place for place in range(1, count)], axis)
    return np.split(data, np.cumsum(sizes)[:-1], axis)


@_fold("Expand")
def _expand(at: At, data: Array, shape: Array) -> Any:
    return np.broadcast_to(data, _bounded(at, np.broadcast_shapes(data.shape, tuple(shape.tolist()))))


@_fold("Tile")
def _tile(at: At, data: Array, repeats: Array) -> Any:
    _bounded(at, [length * count for length, count in zip(data.shape, repeats.tolist())])
    return np.tile(data, repeats)


@_fold("ReduceProd", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean")
def _reduce(at: At, data: Array, axes: Array | None = None) -> Any:
    function: Any = {
        "ReduceProd": np.prod, "ReduceSum": np.sum, "ReduceMax": np.max, "ReduceMin": np.min, "ReduceMean": np.mean,
    }[at.op]  # fmt: skip
    wanted = at.attribute("axes") if axes is None else axes.reshape(-1).tolist()
    if not wanted and at.attribute("noop_with_empty_axes", 0):
        return data
    result = function(data, axis=tuple(wanted) if wanted else None, keepdims=bool(at.attribute("keepdims", 1)))
    return np.asarray(result).astype(data.dtype)


@_fold("NonZero")
def _nonzero(at: At, data: Array) -> Any:
    return np.stack(np.nonzero(data)).astype(np.int64)


@_fold("CumSum")
def _cumsum(at: At, data: Array, axis: Array) -> Any:
    if at.attribute("exclusive", 0) or at.attribute("reverse", 0):
        raise at.refuse("exclusive and reversed sums of constants are not computed")
    return np.cumsum(data, int(axis.reshape(-1)[0])).astype(data.dtype)


@_fold("Trilu")
def _trilu(at: At, data: Array, k: Array | None = None) -> Any:
    number = 0 if k is None else int(k.reshape(-1)[0])
    return np.triu(data, number) if at.attribute("upper", 1) else np.tril(data, number)


@_fold("EyeLike")
def _eye(at: At, data: Array) -> Any:
    kind = at.attribute("dtype")
    wanted = data.dtype if kind is None else package().helper.tensor_dtype_to_np_dtype(kind)
    rows, columns = _bounded(at, data.shape)
    return np.eye(rows, columns, k=at.attribute("k", 0), dtype=wanted)


@_fold("DequantizeLinear")
def _dequantize(at: At, data: Array, scale: Array, zero: Array | None = None) -> Any:
    if at.attribute("block_size", 0):
        raise at.refuse("blocks of elements with a scale each are not read")
    if scale.size > 1:
        lengths = [1] * data.ndim
        lengths[at.axis(at.attribute("axis", 1), data.ndim)] = -1
        scale, zero = scale.reshape(lengths), None if zero is None else zero.reshape(lengths)
    whole = data.astype(np.int64) - (0 if zero is None else zero.astype(np.int64))
    return whole.astype(scale.dtype) * scale
