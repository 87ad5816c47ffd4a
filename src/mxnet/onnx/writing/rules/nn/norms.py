"""Normalization, as it predicts, and dropout."""

from __future__ import annotations

import numpy as np

from .....ops.registry import rule
from ...terms import Term
from ...walking import At

Terms = Term | tuple[Term, ...]


@rule("onnx", "BatchNorm", "BatchNorm_v1", "_contrib_SyncBatchNorm", "_contrib_BatchNormWithReLU")
def batch_norm(at: At, data: Term, gamma: Term, beta: Term, mean: Term, var: Term) -> Terms:
    rank, axis = data.rank, at.get("axis", 1) % data.rank
    if at["fix_gamma"]:
        gamma = at.constant(np.ones(int(data.lengths[axis])), gamma.dtype)
    order = [each for each in range(rank) if each != axis]
    order.insert(1, axis)
    moved = data.unsqueeze(0) if rank == 1 else data.transpose(*order)
    out = at.op("BatchNormalization", moved, gamma, beta, mean, var, epsilon=at["eps"])
    out = out.squeeze(0) if rank == 1 else out.transpose(*np.argsort(order).tolist())
    if at.call.spec.name == "_contrib_BatchNormWithReLU":
        out = at.op("Relu", out)
    if not at["output_mean_var"]:
        return out
    if at.call.spec.name == "_contrib_SyncBatchNorm":  # which tells the variance
        return out, mean, var
    return out, mean, 1.0 / at.op("Sqrt", var + at["eps"])


def _moments(at: At, data: Term, axes: list[int], eps: float) -> tuple[Term, Term]:
    """The mean and the deviation over some axes."""
    mean = data.reduce("Mean", axes)
    away = data - mean
    return mean, at.op("Sqrt", (away * away).reduce("Mean", axes) + eps)


@rule("onnx", "LayerNorm")
def layer_norm(at: At, data: Term, gamma: Term, beta: Term) -> Terms:
    rank, axis = data.rank, at["axis"] % data.rank
    order = [each for each in range(rank) if each != axis] + [axis]
    moved = data.transpose(*order)
    # onnxruntime before 1.24 takes the variance as a difference of squares, which is off by 4% where the mean is 200
    # deviations from 0: data without their mean are right in all of them
    centred = moved - moved.reduce("Mean", [-1])
    out = at.op("LayerNormalization", centred, gamma, beta, axis=-1, epsilon=at["eps"])
    out = out.transpose(*np.argsort(order).tolist())
    return (out, *_moments(at, data, [axis], at["eps"])) if at["output_mean_var"] else out


@rule("onnx", "GroupNorm")
def group_norm(at: At, data: Term, gamma: Term, beta: Term) -> Terms:
    groups, lengths = at["num_groups"], data.lengths
    per_group = 1
    for each in (lengths[1] // groups, *lengths[2:]):
        per_group = per_group * each
    grouped = data.reshape(lengths[0], groups, per_group)
    out = at.op("InstanceNormalization", grouped, gamma, beta, epsilon=at["eps"]).reshape(*lengths)
    if not at["output_mean_var"]:
        return out
    mean, deviation = _moments(at, grouped, [2], at["eps"])
    return out, mean.squeeze(2), deviation.squeeze(2)


@rule("onnx", "InstanceNorm")
def instance_norm(at: At, data: Term, gamma: Term, beta: Term) -> Term:
    return at.op("InstanceNormalization", data, gamma, beta, epsilon=at["eps"])


@rule("onnx", "L2Normalization")
def l2_normalization(at: At, data: Term) -> Term:
    axes = {"instance": range(1, data.rank), "channel": (1,), "spatial": range(2, data.rank)}[at["mode"]]
    return data / at.op("Sqrt", (data * data).reduce("Sum", list(axes)) + at["eps"])


@rule("onnx", "LRN")
def lrn(at: At, data: Term) -> Term:
    return at.op("LRN", data, alpha=at["alpha"], beta=at["beta"], bias=at["knorm"], size=at["nsize"])


@rule("onnx", "Dropout")
def dropout(at: At, data: Term) -> Term:
    if at["mode"] == "training" or at["p"] == 0:
        return data
    ratio, draws = at.constant(at["p"], "float32"), at.constant(True, "bool")
    if not at["axes"]:
        return at.op("Dropout", data, ratio, draws)
    kept = [1 if axis in at["axes"] else length for axis, length in enumerate(data.lengths)]
    return data * at.op("Dropout", at.expand(at.constant(1.0, data.dtype), kept), ratio, draws)
