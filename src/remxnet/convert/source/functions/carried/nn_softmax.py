"""Made by tools/carried.py from mxnet.ops.nn.softmax; edits are lost."""

from __future__ import annotations

import math

import torch

from .gradients import straight_through
from .math_reduce import without_axes


def _scores_of_softmax(
    name: str,
    function,
    data: torch.Tensor,
    length: torch.Tensor | None,
    axis: int,
    temperature: float | None,
    dtype: torch.dtype | None,
    use_length: bool | None,
) -> torch.Tensor:
    axis = axis if without_axes(data, axis) else axis % data.dim()
    if temperature is not None and temperature != 1.0:
        data = data / temperature
    if not use_length:
        return function(data, axis) if dtype is None else function(data.to(dtype), axis)
    steps = torch.arange(data.shape[axis], device=data.device)
    steps = steps.reshape([-1 if each == axis else 1 for each in range(data.dim())])
    inside = steps < length.unsqueeze(axis)
    result = function(data.masked_fill(~inside, float("-inf")), axis).masked_fill(
        ~inside, 0
    )
    return result if dtype is None else result.to(dtype)


def masked_softmax(
    data: torch.Tensor,
    length: torch.Tensor | None = None,
    *,
    axis: int = -1,
    temperature: float | None = None,
    dtype: torch.dtype | None = None,
    use_length: bool | None = False,
) -> torch.Tensor:
    """Probabilities along an axis: exp(data / temperature) divided by its sum."""
    return _scores_of_softmax(
        "softmax", torch.softmax, data, length, axis, temperature, dtype, use_length
    )


_LARGEST_LOSS = -math.log(1e-08)


def softmax_cross_entropy(data: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
    """The sum over samples of minus the logarithm of the label's probability, in an
    array of one element.
    """
    labels = label.long()
    known = (labels >= 0) & (labels < data.shape[1])
    picked = (
        data.gather(1, labels.masked_fill(~known, 0).unsqueeze(1))
        .squeeze(1)
        .masked_fill(~known, 0)
    )
    losses = data.logsumexp(1) - picked
    bounded = losses.clamp(max=_LARGEST_LOSS).masked_fill(~known, _LARGEST_LOSS)
    return straight_through(losses, bounded).sum().reshape(1)
