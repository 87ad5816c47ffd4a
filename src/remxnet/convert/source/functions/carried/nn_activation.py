"""Made by tools/carried.py from mxnet.ops.nn.activation; edits are lost."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from .math_scalar import to_integer


def smooth_l1(data: torch.Tensor, *, scalar: float = 1.0) -> torch.Tensor:
    """(s x)² / 2 of each element where abs(x) < 1 / s², abs(x) - 1 / (2 s²) elsewhere;
    s is `scalar`.
    """
    kind = data.dtype
    exact = kind if kind.is_floating_point else torch.float64
    whole = not kind.is_floating_point and kind is not torch.bool
    number = float(to_integer(scalar, kind)) if whole else float(scalar)
    square = (
        torch.tensor(number, dtype=torch.float64, device=data.device).to(exact) ** 2
    )
    x, edge = (data.to(exact), 1 / square)
    far = x.abs() > edge
    near = x.masked_fill(far, 0)
    return torch.where(far, x.abs() - 0.5 * edge, 0.5 * square * near * near).to(kind)


def hard_sigmoid(
    data: torch.Tensor, *, alpha: float = 0.2, beta: float = 0.5
) -> torch.Tensor:
    """Alpha × x + beta of each element, no less than 0 and no more than 1."""
    return F.hardtanh(alpha * data + beta, 0, 1)


def _learned_slopes(data: torch.Tensor, gamma: torch.Tensor) -> torch.Tensor:
    """Learned slopes with axes for those of the data: one for all, one for each
    channel, or along the first two.
    """
    rank = data.dim()
    channel = min(1, rank - 1)
    if gamma.numel() == 1 and gamma.dim() < 3:
        return gamma.reshape([1] * rank)
    if gamma.numel() == data.shape[channel] and (
        gamma.dim() == 1 or gamma.dim() != rank
    ):
        return gamma.reshape([-1 if axis == channel else 1 for axis in range(rank)])
    leading = tuple(gamma.shape) + (1,) * (rank - gamma.dim())
    return gamma.reshape(leading)


def leaky_relu(
    data: torch.Tensor,
    gamma: torch.Tensor | None = None,
    *,
    act_type: str = "leaky",
    slope: float = 0.25,
    lower_bound: float = 0.125,
    upper_bound: float = 0.334,
    training: bool = False,
) -> torch.Tensor | tuple[torch.Tensor, ...]:
    """Rectifiers that let something of negative elements through."""
    if act_type == "leaky":
        return torch.where(data > 0, data, slope * data)
    if act_type == "elu":
        return F.elu(data, slope)
    if act_type == "selu":
        return F.selu(data)
    if act_type == "gelu":
        return F.gelu(data)
    if act_type == "rrelu":
        if training:
            drawn = torch.empty_like(data).uniform_(lower_bound, upper_bound)
            return (torch.where(data > 0, data, drawn * data), drawn)
        mean = (lower_bound + upper_bound) / 2
        return (torch.where(data > 0, data, mean * data), torch.zeros_like(data))
    return torch.where(data > 0, data, _learned_slopes(data, gamma) * data)
