"""Activations, and probabilities along an axis."""

from __future__ import annotations

import math

import numpy as np

from .....ops.registry import rule
from ...terms import Term
from ...walking import At

Terms = Term | tuple[Term, ...]

_ACTIVATIONS = {
    "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "softrelu": "Softplus", "softsign": "Softsign",
}  # fmt: skip


@rule("onnx", "Activation")
def activation(at: At, data: Term) -> Term:
    return at.op(_ACTIVATIONS[at["act_type"]], data)


@rule("onnx", "relu")
def relu(at: At, data: Term) -> Term:
    if data.is_float:
        return at.op("Relu", data)
    wide = at.wide(data)
    return at.op("Max", wide, at.constant(0, wide.dtype))


@rule("onnx", "sigmoid")
def sigmoid(at: At, data: Term) -> Term:
    return at.op("Sigmoid", at.floating(data))


@rule("onnx", "softsign")
def softsign(at: At, data: Term) -> Term:
    return at.op("Softsign", at.floating(data))


@rule("onnx", "hard_sigmoid")
def hard_sigmoid(at: At, data: Term) -> Term:
    return at.op("HardSigmoid", data, alpha=at["alpha"], beta=at["beta"])


@rule("onnx", "smooth_l1")
def smooth_l1(at: At, data: Term) -> Term:
    exact = data if data.is_float else data.cast("float64")
    number = float(at["scalar"]) if data.is_float else float(int(at["scalar"]))
    square = number * number
    edge = 1 / square if square else math.inf
    size = at.op("Abs", exact)
    near = exact * exact * (0.5 * square)
    return near if math.isinf(edge) else at.where(size > edge, size - 0.5 * edge, near)


@rule("onnx", "LeakyReLU")
def leaky_relu(at: At, data: Term, gamma: Term | None = None) -> Terms:
    kind = at["act_type"]
    if kind == "leaky":
        return at.op("LeakyRelu", data, alpha=at["slope"])
    if kind == "elu":
        return at.op("Elu", data, alpha=at["slope"])
    if kind == "selu":
        return at.op("Selu", data)
    if kind == "gelu":
        return data * (at.op("Erf", data * (1 / math.sqrt(2))) + 1.0) * 0.5
    if kind == "rrelu":
        out = at.op("LeakyRelu", data, alpha=(at["lower_bound"] + at["upper_bound"]) / 2)
        return out, at.expand(at.constant(0.0, data.dtype), data.lengths)
    assert gamma is not None
    return at.op("PRelu", data, _slopes(data, gamma))


def _slopes(data: Term, gamma: Term) -> Term:
    """Learned slopes with axes for those of the data: one for all, one for each channel, or along the first two."""
    rank, own = data.rank, [int(each) for each in gamma.lengths]
    channel, count = min(1, data.rank - 1), math.prod(own)
    if count == 1 and len(own) < 3:
        return gamma.reshape(*[1] * rank)
    if count == data.lengths[channel] and (len(own) == 1 or len(own) != rank):
        return gamma.reshape(*[count if axis == channel else 1 for axis in range(rank)])
    return gamma.reshape(*own, *[1] * (rank - len(own)))


# --- probabilities ---------------------------------------------------------------------------------------------------


def _scores(at: At, kind: str, data: Term, length: Term | None = None) -> Term:
    rank = data.rank
    if rank == 0:
        return at.op(kind, data.unsqueeze(0), axis=0).squeeze(0)
    axis = at["axis"] % rank
    if at["temperature"] not in (None, 1.0):
        data = data / at["temperature"]
    if not at["use_length"]:
        return at.op(kind, data if at["dtype"] is None else data.cast(at.dtype), axis=axis)
    if length is None:
        raise at.refuse("use_length=True without lengths")
    steps = np.arange(int(at.shape[axis])).reshape([-1 if each == axis else 1 for each in range(rank)])
    inside = at.constant(steps, "int64") < length.cast("int64").unsqueeze(axis)
    scores = at.where(inside, data, -math.inf)
    return at.where(inside, at.op(kind, scores, axis=axis), 0.0)


@rule("onnx", "softmax")
def softmax(at: At, data: Term, length: Term | None = None) -> Term:
    return _scores(at, "Softmax", data, length)


@rule("onnx", "log_softmax")
def log_softmax(at: At, data: Term) -> Term:
    return _scores(at, "LogSoftmax", data)


@rule("onnx", "softmin")
def softmin(at: At, data: Term) -> Term:
    return _scores(at, "Softmax", (-data).shaped(data.lengths))


@rule("onnx", "SoftmaxActivation")
def softmax_activation(at: At, data: Term) -> Term:
    return at.op("Softmax", data, axis=1 if at["mode"] == "channel" else -1)


@rule("onnx", "softmax_cross_entropy")
def softmax_cross_entropy(at: At, data: Term, label: Term) -> Term:
    classes = data.lengths[1]
    labels = label.cast("int64").unsqueeze(1)
    known = ~(labels < 0) & (labels < at.builder.length(classes))
    scores = at.op("LogSoftmax", data, axis=1)
    picked = at.op("GatherElements", scores, at.where(known, labels, 0), axis=1)
    most = -math.log(1e-8)  # of a label that is no class, and at most
    losses = at.where(known, at.op("Min", -picked, at.constant(most, data.dtype)), most)
    return losses.reduce("Sum", None, keepdims=False).reshape(1)
