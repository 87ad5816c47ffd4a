"""Outputs with a gradient of their own: what the backward of a whole network starts from.

The gradient that arrives from behind is ignored (``SoftmaxOutput`` can be told to multiply by it).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import torch

from ...base import MXNetError
from .. import host
from ..dtype_rules import floating
from ..registry import Shape, Training, describe, operator, rule
from ..shape_rules import alike, as_first_input, first_as_output

__all__ = ["block_grad", "make_loss", "softmax_output"]


class _Own(torch.autograd.Function):
    """Forwards one tensor and backwards another, whatever comes from behind; ``scaled`` multiplies by what comes."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, out: torch.Tensor, gradient: torch.Tensor, scaled: bool) -> torch.Tensor:
        ctx.save_for_backward(gradient)
        ctx.scaled = scaled
        return out.clone()

    @staticmethod
    def backward(ctx: Any, arriving: torch.Tensor) -> Any:
        (gradient,) = ctx.saved_tensors
        return (gradient * arriving if ctx.scaled else gradient), None, None, None


class _Added(torch.autograd.Function):
    """Forwards a tensor, and adds a second one to its gradient."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, more: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(more)
        return data.clone()

    @staticmethod
    def backward(ctx: Any, arriving: torch.Tensor) -> Any:
        (more,) = ctx.saved_tensors
        return arriving + more, None


def _with_gradient(data: torch.Tensor, out: torch.Tensor, gradient: torch.Tensor, scaled: bool = False) -> torch.Tensor:
    return _Own.apply(data, out.detach(), gradient.detach(), scaled)


def _class_label(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    """The rule for a label that holds classes: the shape of the data without the axis of the scores."""
    data = shapes["data"]
    if attributes.get("multi_output"):
        return {"label": (data[0], math.prod(data[2:]))}
    return {"label": tuple(data[:-1])}


def _target(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    """The rule for a label that holds values: the shape of the data, without a second axis of length 1."""
    data = tuple(shapes["data"])
    return {"label": data[:1] if len(data) == 2 and data[1] == 1 else data}


def _averages(shapes: Mapping[str, Any], attributes: Mapping[str, Any]) -> dict[str, Shape]:
    """The rule for a running mean of each unit."""
    return {"moving_avg": (shapes["data"][1],)}


@operator(
    "SoftmaxOutput",
    "Softmax",
    params=_class_label,
    loss=True,
    host=lambda attributes: host.CHECKS if attributes["use_ignore"] else "",
    unlearned=("label",),
)
def softmax_output(
    data: torch.Tensor,
    label: torch.Tensor,
    *,
    grad_scale: float = 1.0,
    ignore_label: float = -1.0,
    multi_output: bool = False,
    use_ignore: bool = False,
    preserve_shape: bool = False,
    normalization: Literal["batch", "null", "valid"] = "null",
    out_grad: bool = False,
    smooth_alpha: float = 0.0,
) -> torch.Tensor:
    """Probabilities whose gradient is that of the cross-entropy with the label.

    Parameters
    ----------
    data : NDArray
        scores: (n, classes), or (n, classes, ...) with ``multi_output``, or any shape with the classes last with
        ``preserve_shape``
    label : NDArray
        class indices, data's shape without the classes (without its last axis where there are more than two and neither
        ``multi_output`` nor ``preserve_shape``: as many as there are rows are read); or probabilities in data's shape
    grad_scale : float
        multiplies the gradient
    ignore_label : float
        with ``use_ignore``, samples of this label have no gradient
    normalization : str
        what the gradient is divided by: 'null' 1, 'batch' the number of samples, 'valid' that of labels not ignored
    out_grad : bool
        multiply by the gradient from behind
    smooth_alpha : float
        how much of each label's probability is spread evenly over the other classes
    """
    probabilities, gradient = _cross_entropy(
        data,
        label,
        grad_scale,
        ignore_label if use_ignore else None,
        multi_output,
        preserve_shape,
        normalization,
        smooth_alpha,
    )
    return _with_gradient(data, probabilities.reshape(data.shape), gradient.reshape(data.shape), out_grad)


@torch.no_grad()
def _cross_entropy(
    data: torch.Tensor,
    label: torch.Tensor,
    scale: float,
    ignored: float | None,
    multi_output: bool,
    preserve_shape: bool,
    normalization: str,
    smooth_alpha: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The probabilities and the gradient of the cross-entropy, for :func:`softmax_output`."""
    axis = data.dim() - 1 if preserve_shape and not multi_output else 1
    if multi_output:
        scores = data.reshape(data.shape[0], data.shape[1], -1)
    else:
        scores = data if preserve_shape else data.reshape(data.shape[0], -1)
    probabilities = torch.softmax(scores, axis)
    if label.shape == data.shape:
        if normalization == "batch":
            scale /= data.shape[0]
        return probabilities, (probabilities - label.reshape(scores.shape)) * scale
    expected = scores.shape[:axis] + scores.shape[axis + 1 :]
    if multi_output:
        rest = (data.shape[0], *data.shape[2:])
        shapes = [rest, tuple(expected), (data.shape[0], 1, *data.shape[2:])]
    else:
        shapes = [tuple(data.shape[:-1])]
    if tuple(label.shape) not in shapes:
        raise MXNetError(f"SoftmaxOutput: label is {describe(label)} for data {describe(data)}; expected {shapes[0]}")
    label = label.reshape(-1)[: expected.numel()].reshape(expected)  # of more axes, MXNet reads as many as it has rows
    classes = scores.shape[axis]
    target = torch.full_like(probabilities, smooth_alpha / (classes - 1) if classes > 1 else 0.0)
    target.scatter_(axis, label.long().clamp(0, classes - 1).unsqueeze(axis), 1.0 - smooth_alpha)
    gradient = probabilities - target
    kept = label.numel()
    if ignored is not None:
        counted = label != ignored
        gradient = gradient * counted.unsqueeze(axis)
        kept = label.numel() if counted.is_meta else int(counted.sum())
    if multi_output and normalization != "valid":
        scale /= scores.shape[2]
    if normalization != "null":
        scale /= data.shape[0] if normalization == "batch" else max(kept, 1)
    return probabilities, gradient * scale


def _regression(
    name: str, data: torch.Tensor, label: torch.Tensor, out: torch.Tensor, scale: float, sign: bool
) -> torch.Tensor:
    """An output whose gradient is its difference to the label, or the sign of that, over the outputs of a sample."""
    with torch.no_grad():
        if label.numel() != data.numel() or label.shape[0] != data.shape[0]:
            raise MXNetError(f"{name}: label is {describe(label)} for data {describe(data)}; expected the same shape")
        difference = out - label.reshape(data.shape)
        gradient = torch.where(difference > 0, 1.0, -1.0).to(data.dtype) if sign else difference
        gradient = gradient * (scale / (label.numel() // label.shape[0]))
    return _with_gradient(data, out, gradient)


@operator("LinearRegressionOutput", "_sparse_LinearRegressionOutput", params=_target, loss=True, unlearned=("label",))
def linear_regression_output(data: torch.Tensor, label: torch.Tensor, *, grad_scale: float = 1.0) -> torch.Tensor:
    """The data itself, with the gradient of half the squared distance to the label."""
    return _regression("LinearRegressionOutput", data, label, data, grad_scale, sign=False)


@operator("MAERegressionOutput", "_sparse_MAERegressionOutput", params=_target, loss=True, unlearned=("label",))
def mae_regression_output(data: torch.Tensor, label: torch.Tensor, *, grad_scale: float = 1.0) -> torch.Tensor:
    """The data itself, with the gradient of the absolute distance to the label."""
    return _regression("MAERegressionOutput", data, label, data, grad_scale, sign=True)


@operator(
    "LogisticRegressionOutput", "_sparse_LogisticRegressionOutput", params=_target, loss=True, unlearned=("label",)
)
def logistic_regression_output(data: torch.Tensor, label: torch.Tensor, *, grad_scale: float = 1.0) -> torch.Tensor:
    """The sigmoid of the data, with the gradient of the cross-entropy with the label."""
    return _regression("LogisticRegressionOutput", data, label, torch.sigmoid(data), grad_scale, sign=False)


@operator("SVMOutput", params=_class_label, loss=True, unlearned=("label",))
def svm_output(
    data: torch.Tensor,
    label: torch.Tensor,
    *,
    margin: float = 1.0,
    regularization_coefficient: float = 1.0,
    use_linear: bool = False,
) -> torch.Tensor:
    """The data itself, with the gradient of a hinge loss (squared by default) of each class against the others.

    Parameters
    ----------
    data : NDArray (n, classes)
        scores
    label : NDArray (n,)
        class indices
    """
    with torch.no_grad():
        own = torch.zeros_like(data, dtype=torch.bool).scatter_(1, label.long().reshape(-1, 1), True)
        sign = torch.where(own, -1.0, 1.0)
        short = margin + sign * data
        step = (short > 0).to(data.dtype) if use_linear else 2 * short.clamp(min=0)
        gradient = regularization_coefficient * sign * step
    return _with_gradient(data, data, gradient)


@operator("MakeLoss", loss=True, host=lambda attributes: host.CHECKS if attributes["normalization"] == "valid" else "")
def make_loss_output(
    data: torch.Tensor,
    *,
    grad_scale: float = 1.0,
    valid_thresh: float = 0.0,
    normalization: Literal["batch", "null", "valid"] = "null",
) -> torch.Tensor:
    """The data itself as a loss: its gradient is ``grad_scale``, divided as ``normalization`` says.

    'batch' divides by the number of samples, 'valid' by the number of elements above ``valid_thresh``.
    """
    with torch.no_grad():
        scale = grad_scale
        if normalization == "batch":
            scale /= data.shape[0]
        elif normalization == "valid" and not data.is_meta:
            scale /= max(int((data > valid_thresh).sum()), 1)
        gradient = torch.full_like(data, scale)
    return _with_gradient(data, data, gradient)


def _moved(state: torch.Tensor, batch: torch.Tensor, attributes: Mapping[str, Any]) -> torch.Tensor:
    """The rule for the running mean, from that of a batch."""
    return torch.lerp(batch, state, attributes["momentum"])


@operator(
    "IdentityAttachKLSparseReg",
    params=_averages,
    aux=("moving_avg",),
    starts={"moving_avg": '["zero", {}]'},
    rules={"states": _moved},
)
def identity_attach_kl_sparse_reg(
    data: torch.Tensor,
    moving_avg: torch.Tensor,
    *,
    sparseness_target: float = 0.1,
    penalty: float = 1e-3,
    momentum: float = 0.9,
    training: Training = False,
) -> tuple[torch.Tensor, ...]:
    """The data itself; its gradient gains what pulls the mean activation of each unit to a small target.

    Parameters
    ----------
    data : NDArray (n, units, ...)
        activations between 0 and 1, those of a sigmoid
    moving_avg : NDArray (units,)
        the running mean of each unit, a state
    sparseness_target : float
        the mean wanted, between 0 and 1
    penalty : float
        the weight of the Kullback-Leibler divergence between target and mean
    momentum : float
        how much of the old running mean stays
    """
    with torch.no_grad():
        axes = [each for each in range(data.dim()) if each != 1]
        batch = data.mean(axes)
        average = momentum * moving_avg + (1 - momentum) * batch
        pull = penalty * ((1 - sparseness_target) / (1 - average) - sparseness_target / average)
        pull = pull.reshape([-1 if each == 1 else 1 for each in range(data.dim())]).expand(data.shape)
    return _Added.apply(data, pull), batch


@operator("make_loss", "_sparse_make_loss", outputs=("loss",), loss=True)
def make_loss(data: torch.Tensor) -> torch.Tensor:
    """The data itself as a loss: its gradient is 1."""
    return _with_gradient(data, data, torch.ones_like(data))


@operator("BlockGrad", "stop_gradient", "_sparse_stop_gradient", view=True, loss=True, unlearned=("data",))
def block_grad(data: torch.Tensor) -> torch.Tensor:
    """The data itself, with no gradient."""
    return data.detach()


# --- what inputs and outputs say about each other ------------------------------------------------------------------

rule("inputs", "MakeLoss", "make_loss", "BlockGrad")(alike)
rule("outputs", "IdentityAttachKLSparseReg")(as_first_input)
rule(
    "inputs", "SoftmaxOutput", "LinearRegressionOutput", "MAERegressionOutput", "LogisticRegressionOutput", "SVMOutput",
    "IdentityAttachKLSparseReg",
)(first_as_output)  # fmt: skip


rule("dtype", "LogisticRegressionOutput")(floating)
