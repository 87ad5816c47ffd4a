"""Made by tools/carried.py from mxnet.ops.math.point_processes; edits are lost."""

from __future__ import annotations

import torch


def hawkesll(
    lda: torch.Tensor,
    alpha: torch.Tensor,
    beta: torch.Tensor,
    state: torch.Tensor,
    lags: torch.Tensor,
    marks: torch.Tensor,
    valid_length: torch.Tensor,
    max_time: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The logarithm of how likely points in time are in a marked Hawkes process whose
    excitation decays exponentially.
    """
    count, _ = lda.shape
    points = lags.shape[1]
    state, lags, end = (state.detach(), lags.detach(), max_time.detach())
    valid = torch.arange(points, device=lda.device) < valid_length.detach()[:, None]
    place = marks.long()
    place = torch.where(valid, place, torch.zeros_like(place))
    lags = torch.where(valid, lags, torch.zeros_like(lags))
    total = lda.new_zeros((count,))
    at, excited = (state, state)
    times = lags.cumsum(1)
    for point in range(points):
        mark = place[:, point : point + 1]
        at = at * torch.exp(-beta * lags[:, point : point + 1])
        rate = lda.gather(1, mark) + (alpha * beta)[mark] * at.gather(1, mark)
        total = total + torch.where(
            valid[:, point], rate.squeeze(1).log(), torch.zeros_like(total)
        )
        at = at + torch.zeros_like(at).scatter(
            1, mark, valid[:, point : point + 1].to(at.dtype)
        )
    left = torch.exp(-beta[place] * (end[:, None] - times))
    by_points = torch.where(
        valid, alpha[place] * (1 - left), torch.zeros_like(left)
    ).sum(1)
    by_state = (alpha * excited * (1 - torch.exp(-beta * end[:, None]))).sum(1)
    total = total - (lda.sum(1) * end + by_state + by_points)
    last = times[:, -1:] if points else torch.zeros_like(end[:, None])
    out_state = (at * torch.exp(-beta * (end[:, None] - last))).detach()
    return (total, out_state)
