"""Outputs whose gradient is that of a loss, whatever comes from above."""

import torch
from torch import nn

from .carried.nn_output import Added, cross_entropy, with_gradient


def softmax_output(
    data: torch.Tensor,
    label: torch.Tensor | None = None,
    *,
    grad_scale: float = 1.0,
    ignore_label: float | None = None,
    multi_output: bool = False,
    preserve_shape: bool = False,
    normalization: str = "null",
    out_grad: bool = False,
    smooth_alpha: float = 0.0,
) -> torch.Tensor:
    """Probabilities; their gradient is that of the cross entropy with a label."""
    if label is None:
        if multi_output or preserve_shape or data.dim() == 2:
            return data.softmax(-1 if preserve_shape and not multi_output else 1)
        return data.flatten(1).softmax(1).reshape(data.shape)
    probabilities, gradient = cross_entropy(
        data,
        label,
        grad_scale,
        ignore_label,
        multi_output,
        preserve_shape,
        normalization,
        smooth_alpha,
    )
    shape = data.shape
    return with_gradient(
        data, probabilities.reshape(shape), gradient.reshape(shape), out_grad
    )


def regression_output(
    data: torch.Tensor,
    label: torch.Tensor | None = None,
    *,
    absolute: bool = False,
    logistic: bool = False,
    grad_scale: float = 1.0,
) -> torch.Tensor:
    """The data (or its sigmoid), with the gradient of a loss of regression."""
    out = torch.sigmoid(data) if logistic else data
    if label is None:
        return out
    with torch.no_grad():
        gradient = out - label.reshape(data.shape)
        if absolute:
            gradient = torch.where(gradient > 0, 1.0, -1.0).to(data.dtype)
        gradient = gradient * (grad_scale / (label.numel() // label.shape[0]))
    return with_gradient(data, out, gradient)


def svm_output(
    data: torch.Tensor,
    label: torch.Tensor | None = None,
    *,
    margin: float = 1.0,
    regularization_coefficient: float = 1.0,
    use_linear: bool = False,
) -> torch.Tensor:
    """The data, with the gradient of a hinge loss of each class against the others."""
    if label is None:
        return data
    with torch.no_grad():
        own = torch.zeros_like(data, dtype=torch.bool)
        own = own.scatter(1, label.long().reshape(-1, 1), True)
        sign = torch.where(own, -1.0, 1.0)
        short = margin + sign * data
        step = (short > 0).to(data.dtype) if use_linear else 2 * short.clamp(min=0)
        gradient = regularization_coefficient * sign * step
    return with_gradient(data, data, gradient)


class SparseActivations(nn.Module):
    """The data; its gradient gains what pulls the mean of each unit to a target."""

    moving_avg: torch.Tensor

    def __init__(
        self,
        units: int,
        sparseness_target: float = 0.1,
        penalty: float = 0.001,
        momentum: float = 0.9,
    ) -> None:
        super().__init__()
        self.target, self.penalty = sparseness_target, penalty
        self.momentum = momentum
        self.register_buffer("moving_avg", torch.zeros(units))

    def forward(self, data: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            batch = data.mean([axis for axis in range(data.dim()) if axis != 1])
            mean = torch.lerp(batch, self.moving_avg, self.momentum)
            pull = (1 - self.target) / (1 - mean) - self.target / mean
            shape = [-1 if axis == 1 else 1 for axis in range(data.dim())]
            pull = (self.penalty * pull).reshape(shape).expand(data.shape)
            if self.training:
                self.moving_avg.copy_(mean)
        return Added.apply(data, pull)
