"""Norms, and softmax."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ....symbol import Symbol
from ..table import At, reads

__all__: list[str] = []


@reads("BatchNormalization")
def batch_norm(at: At) -> Any:
    """By running statistics, which become auxiliary states; in training by those of the batch."""
    if at.attribute("training_mode", 0):
        return _training_norm(at)
    if any(at.value(place).array is None for place in range(1, 5)):
        return _computed_norm(at)
    inputs = []
    for place, name in enumerate(("gamma", "beta", "moving_mean", "moving_var"), 1):
        symbol = at.symbol(place)
        if name.startswith("moving") and symbol.name in at._reader.states:
            symbol = at.parameter(at.value(place).array, name)  # type: ignore[arg-type]
        if name.startswith("moving"):
            at._reader.state(symbol)
        inputs.append(symbol)
    symbol = at.call(
        "BatchNorm", at.symbol(0), *inputs, eps=at.attribute("epsilon", 1e-5),
        momentum=at.attribute("momentum", 0.9), fix_gamma=False,
    )  # fmt: skip
    return [symbol, *[None] * 4]


def _computed_norm(at: At) -> Any:
    """Where its statistics are computed in the graph."""
    return [_normed(at, at.symbol(3), at.symbol(4)), *[None] * 4]


def _training_norm(at: At) -> Any:
    """By the batch's mean and variance; the running ones move towards these."""
    axes = tuple(place for place in range(at.value(0).rank) if place != 1)
    data, momentum = at.symbol(0), at.attribute("momentum", 0.9)
    mean = at.call("mean", data, axis=axes)
    centred = at.call("broadcast_sub", data, at.call("mean", data, axis=axes, keepdims=True))
    variance = at.call("mean", at.call("square", centred), axis=axes)
    moved = [
        at.call(
            "broadcast_add", at.call("_mul_scalar", at.symbol(place), scalar=momentum),
            at.call("_mul_scalar", new, scalar=1 - momentum),
        )
        for place, new in ((3, mean), (4, variance))
    ]  # fmt: skip
    return [_normed(at, mean, variance), *moved, None, None]


def _normed(at: At, mean: Symbol, variance: Symbol) -> Symbol:
    rank = at.value(0).rank
    scale, shift, mean, variance = (
        at.reshape(each, ((1, -1, *[1] * (rank - 2)),) * 2) for each in (at.symbol(1), at.symbol(2), mean, variance)
    )
    root = at.call("rsqrt", at.call("_plus_scalar", variance, scalar=at.attribute("epsilon", 1e-5)))
    centred = at.call("broadcast_sub", at.symbol(0), mean)
    scaled = at.call("broadcast_mul", centred, at.call("broadcast_mul", root, scale))
    return at.call("broadcast_add", scaled, shift)


@reads("InstanceNormalization")
def instance_norm(at: At) -> Symbol:
    """Each channel of each sample by itself."""
    return at.call("InstanceNorm", *at.symbols(), eps=at.attribute("epsilon", 1e-5))


@reads("LayerNormalization")
def layer_norm(at: At) -> Any:
    """Over the last axes."""
    rank = at.value(0).rank
    axis = at.axis(at.attribute("axis", -1))
    scale = at.value(1)
    if at.attribute("stash_type", 1) != 1:
        raise at.refuse("stash_type other than 1")
    epsilon = at.attribute("epsilon", 1e-5)
    size = at.shape()[-1]
    if axis == rank - 1 and scale.array is not None and scale.array.size == size:
        given = at.symbol(1) if scale.rank == 1 else at.parameter(scale.array.reshape(-1), "gamma")
        beta = np.zeros(size, scale.dtype) if not at.has(2) else at.value(2).array
        if beta is not None and beta.size == size:
            shift = at.symbol(2) if at.has(2) and beta.ndim == 1 else at.parameter(beta.reshape(-1), "beta")
            return [at.call("LayerNorm", at.symbol(0), given, shift, axis=-1, eps=epsilon), None, None]
    axes = tuple(range(axis, rank))
    centred = at.call("broadcast_sub", at.symbol(0), at.call("mean", at.symbol(0), axis=axes, keepdims=True))
    variance = at.call("mean", at.call("square", centred), axis=axes, keepdims=True)
    root = at.call("rsqrt", at.call("_plus_scalar", variance, scalar=epsilon))
    result = at.call("broadcast_mul", at.call("broadcast_mul", centred, root), at.symbol(1))
    return [at.call("broadcast_add", result, at.symbol(2)) if at.has(2) else result, None, None]


@reads("RMSNormalization", "SimplifiedLayerNormalization")
def rms_norm(at: At) -> Symbol:
    """By the root of the mean of squares over the last axes."""
    axes = tuple(range(at.axis(at.attribute("axis", -1)), at.value(0).rank))
    squares = at.call("mean", at.call("square", at.symbol(0)), axis=axes, keepdims=True)
    root = at.call("rsqrt", at.call("_plus_scalar", squares, scalar=at.attribute("epsilon", 1e-5)))
    return at.call("broadcast_mul", at.call("broadcast_mul", at.symbol(0), root), at.symbol(1))


@reads("GroupNormalization")
def group_norm(at: At) -> Symbol:
    """Groups of channels; scale and shift are of groups before operator set 21."""
    groups, channels = at.attribute("num_groups"), at.shape()[1]
    scale, shift = at.symbol(1), at.symbol(2)
    if at.shape(1)[0] != channels:
        times = channels // at.shape(1)[0]
        scale, shift = (at.call("repeat", each, repeats=times, axis=0) for each in (scale, shift))
    ones, zeros = (
        at.parameter(np.full(groups, number, np.float32), name) for number, name in ((1, "gamma"), (0, "beta"))
    )
    normed = at.call("GroupNorm", at.symbol(0), ones, zeros, num_groups=groups, eps=at.attribute("epsilon", 1e-5))
    lengths = ((1, channels, *[1] * (at.value(0).rank - 2)),) * 2
    scaled = at.call("broadcast_mul", normed, at.reshape(scale, lengths))
    return at.call("broadcast_add", scaled, at.reshape(shift, lengths))


@reads("MeanVarianceNormalization")
def mean_variance(at: At) -> Symbol:
    """To mean 0 and variance 1 over some axes."""
    axes = tuple(at.attribute("axes", [0, 2, 3]))
    centred = at.call("broadcast_sub", at.symbol(0), at.call("mean", at.symbol(0), axis=axes, keepdims=True))
    variance = at.call("mean", at.call("square", centred), axis=axes, keepdims=True)
    root = at.call("_plus_scalar", at.call("sqrt", variance), scalar=1e-9)
    return at.call("broadcast_div", centred, root)


@reads("LRN")
def local_response(at: At) -> Symbol:
    """By the squares of near channels."""
    return at.call(
        "LRN", at.symbol(0), alpha=at.attribute("alpha", 1e-4), beta=at.attribute("beta", 0.75),
        knorm=at.attribute("bias", 1.0), nsize=at.attribute("size"),
    )  # fmt: skip


@reads("LpNormalization")
def lp_norm(at: At) -> Symbol:
    """By the norm along an axis."""
    axis, order = at.axis(at.attribute("axis", -1)), at.attribute("p", 2)
    size = at.call("norm", at.symbol(0), ord=order, axis=axis, keepdims=True)
    none = at.call("_equal_scalar", size, scalar=0.0)
    return at.call("broadcast_div", at.symbol(0), at.call("elemwise_add", size, none))


@reads("Softmax", "LogSoftmax", "Hardmax")
def softmax(at: At) -> Any:
    """Along an axis; before operator set 13 over all axes from one on, taken as one."""
    rank = at.value(0).rank
    axis = at.axis(at.attribute("axis", -1 if at.opset >= 13 else 1))
    symbol = at.symbol(0)
    together = at.opset < 13 and axis != rank - 1
    if together:
        lengths = [(*shape[:axis], math.prod(shape[axis:])) for shape in at.value(0).shapes]
        symbol = at.reshape(symbol, (lengths[0], lengths[1]))
    if at.op == "Hardmax":
        depth = at.pair_of(symbol)[0][axis]
        place = at.call("argmax", symbol, axis=axis)
        result = at.call("one_hot", place, depth=depth)
        if axis != at_rank(at, symbol) - 1:
            order = list(range(at_rank(at, symbol) - 1))
            order.insert(axis, at_rank(at, symbol) - 1)
            result = at.call("transpose", result, axes=tuple(order))
    else:
        result = at.call("softmax" if at.op == "Softmax" else "log_softmax", symbol, axis=axis)
    return at.reshape(result, at.value(0).shapes) if together else result


def at_rank(at: At, symbol: Symbol) -> int:
    """How many axes a symbol has."""
    return len(at.pair_of(symbol)[0])
