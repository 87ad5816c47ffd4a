"""Made by tools/carried.py from mxnet.ops.nn.output; edits are lost."""

from __future__ import annotations

from typing import Any

import torch


@torch.no_grad()
def cross_entropy(
    data: torch.Tensor,
    label: torch.Tensor,
    scale: float,
    ignored: float | None,
    multi_output: bool,
    preserve_shape: bool,
    normalization: str,
    smooth_alpha: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The probabilities and the gradient of the cross-entropy, for
    :func:`softmax_output`.
    """
    axis = data.dim() - 1 if preserve_shape and (not multi_output) else 1
    if multi_output:
        scores = data.reshape(data.shape[0], data.shape[1], -1)
    else:
        scores = data if preserve_shape else data.reshape(data.shape[0], -1)
    probabilities = torch.softmax(scores, axis)
    if label.shape == data.shape:
        if normalization == "batch":
            scale /= data.shape[0]
        return (probabilities, (probabilities - label.reshape(scores.shape)) * scale)
    expected = scores.shape[:axis] + scores.shape[axis + 1 :]
    label = label.reshape(-1)[: expected.numel()].reshape(expected)
    classes = scores.shape[axis]
    target = torch.full_like(
        probabilities, smooth_alpha / (classes - 1) if classes > 1 else 0.0
    )
    target.scatter_(
        axis, label.long().clamp(0, classes - 1).unsqueeze(axis), 1.0 - smooth_alpha
    )
    gradient = probabilities - target
    kept = label.numel()
    if ignored is not None:
        counted = label != ignored
        gradient = gradient * counted.unsqueeze(axis)
        kept = int(counted.sum())
    if multi_output and normalization != "valid":
        scale /= scores.shape[2]
    if normalization != "null":
        scale /= data.shape[0] if normalization == "batch" else max(kept, 1)
    return (probabilities, gradient * scale)


class _Own(torch.autograd.Function):
    """Forwards one tensor and backwards another, whatever comes from behind; `scaled`
    multiplies by what comes.
    """

    @staticmethod
    def forward(
        ctx: Any,
        data: torch.Tensor,
        out: torch.Tensor,
        gradient: torch.Tensor,
        scaled: bool,
    ) -> torch.Tensor:
        ctx.save_for_backward(gradient)
        ctx.scaled = scaled
        return out.clone()

    @staticmethod
    def backward(ctx: Any, arriving: torch.Tensor) -> Any:
        (gradient,) = ctx.saved_tensors
        return (gradient * arriving if ctx.scaled else gradient, None, None, None)


def with_gradient(
    data: torch.Tensor, out: torch.Tensor, gradient: torch.Tensor, scaled: bool = False
) -> torch.Tensor:
    return _Own.apply(data, out.detach(), gradient.detach(), scaled)


class Added(torch.autograd.Function):
    """Forwards a tensor, and adds a second one to its gradient."""

    @staticmethod
    def forward(ctx: Any, data: torch.Tensor, more: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(more)
        return data.clone()

    @staticmethod
    def backward(ctx: Any, arriving: torch.Tensor) -> Any:
        (more,) = ctx.saved_tensors
        return (arriving + more, None)


def make_loss_output(
    data: torch.Tensor,
    *,
    grad_scale: float = 1.0,
    valid_thresh: float = 0.0,
    normalization: str = "null",
) -> torch.Tensor:
    """The data itself as a loss: its gradient is `grad_scale`, divided as
    `normalization` says.
    """
    with torch.no_grad():
        scale = grad_scale
        if normalization == "batch":
            scale /= data.shape[0]
        elif normalization == "valid":
            scale /= max(int((data > valid_thresh).sum()), 1)
        gradient = torch.full_like(data, scale)
    return with_gradient(data, data, gradient)


def make_loss(data: torch.Tensor) -> torch.Tensor:
    """The data itself as a loss: its gradient is 1."""
    return with_gradient(data, data, torch.ones_like(data))
