"""Batch norm by the batch's statistics, the addition and the relu after it, in two passes over memory."""

from __future__ import annotations

import torch
import torch.nn.functional as F

__all__ = ["batch_norm", "norm_pays", "norm_reference"]


def norm_pays(shape: tuple[int, ...]) -> bool:
    """Whether there are kernels for a batch of this shape (n, channels, height, width)."""
    return False


def norm_reference(
    data: torch.Tensor,
    gamma: torch.Tensor | None,
    beta: torch.Tensor,
    other: torch.Tensor | None,
    relu: bool,
    eps: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """:func:`batch_norm` on torch's operators."""
    axes = [axis for axis in range(data.dim()) if axis != 1]
    with torch.no_grad():
        var, mean = torch.var_mean(data.detach().to(beta.dtype), axes, correction=0)
    out = F.batch_norm(data, None, None, gamma, beta, True, 0.0, eps)
    if other is not None:
        out = out + other
    return (torch.relu(out) if relu else out), mean, var


def batch_norm(
    data: torch.Tensor,
    gamma: torch.Tensor | None,
    beta: torch.Tensor,
    other: torch.Tensor | None,
    relu: bool,
    eps: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Each channel shifted and scaled to mean `beta` and deviation `gamma`, plus another array, then relu."""
    return norm_reference(data, gamma, beta, other, relu, eps)
