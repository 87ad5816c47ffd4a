"""Made by tools/carried.py from mxnet.ops.nn.normalization; edits are lost."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def lrn(
    data: torch.Tensor,
    *,
    alpha: float = 0.0001,
    beta: float = 0.75,
    knorm: float = 2.0,
    nsize: int,
) -> torch.Tensor:
    """Divided by (knorm + alpha / nsize × the sum of squares over `nsize` neighbouring
    channels) ** beta.
    """
    reach = (nsize - 1) // 2
    squares = F.pad((data * data).unsqueeze(1), (0, 0, 0, 0, reach, reach))
    total = squares.unfold(2, 2 * reach + 1, 1).sum(-1).squeeze(1)
    return data * (knorm + alpha / nsize * total) ** (-beta)


def l2_normalization(
    data: torch.Tensor, *, eps: float = 1e-10, mode: str = "instance"
) -> torch.Tensor:
    """Divided by the root of the sum of squares of each sample, of each position's
    channels, or of each channel.
    """
    axes = {
        "instance": range(1, data.dim()),
        "channel": (1,),
        "spatial": range(2, data.dim()),
    }[mode]
    return data / torch.sqrt((data * data).sum(list(axes), keepdim=True) + eps)


def group_norm(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    *,
    num_groups: int = 1,
    eps: float = 1e-05,
    output_mean_var: bool = False,
) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Every group of channels of each sample shifted and scaled to mean `beta` and
    deviation `gamma`.
    """
    grouped = data.reshape(data.shape[0], num_groups, -1)
    var, mean = torch.var_mean(grouped, 2, correction=0, keepdim=True)
    deviation = torch.sqrt(var + eps)
    out = (
        (grouped - mean) / deviation * gamma.reshape(1, -1, 1) + beta.reshape(1, -1, 1)
    ).reshape(data.shape)
    return (out, mean.squeeze(2), deviation.squeeze(2)) if output_mean_var else out


def _along(tensor: torch.Tensor, data: torch.Tensor, axis: int) -> torch.Tensor:
    """One element for each channel, shaped to broadcast along the channels' axis."""
    return tensor.reshape([-1 if each == axis else 1 for each in range(data.dim())])


def layer_norm(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    *,
    axis: int = -1,
    eps: float = 1e-05,
    output_mean_var: bool = False,
) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Every slice along an axis shifted and scaled to mean `beta` and deviation
    `gamma`.
    """
    axis = axis % data.dim()
    if axis == data.dim() - 1 and (not output_mean_var):
        return F.layer_norm(data, (data.shape[-1],), gamma, beta, eps)
    var, mean = torch.var_mean(data, axis, correction=0, keepdim=True)
    deviation = torch.sqrt(var + eps)
    out = (data - mean) / deviation * _along(gamma, data, axis) + _along(
        beta, data, axis
    )
    return (out, mean, deviation) if output_mean_var else out


def instance_norm(
    data: torch.Tensor, gamma: torch.Tensor, beta: torch.Tensor, *, eps: float = 0.001
) -> torch.Tensor:
    """Each channel of each sample shifted and scaled to mean `beta` and deviation
    `gamma`.
    """
    axes = list(range(2, data.dim()))
    var, mean = torch.var_mean(data, axes, correction=0, keepdim=True)
    return (data - mean) * torch.rsqrt(var + eps) * _along(gamma, data, 1) + _along(
        beta, data, 1
    )
