"""Points in time that make others more likely: the likelihood of a Hawkes process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...base import MXNetError
from .. import host
from ..dtype_rules import Kinds, first_known
from ..gradients import constant
from ..registry import describe, operator, rule
from ..shape_rules import Partials, length_or

__all__ = ["hawkes_log_likelihood"]


@operator(
    "_contrib_hawkesll",
    num_outputs=2,
    outputs=("output", "out_state"),
    host=host.CHECKS,
    unlearned=("state", "lags", "valid_length", "max_time"),
)
def hawkes_log_likelihood(
    lda: torch.Tensor,
    alpha: torch.Tensor,
    beta: torch.Tensor,
    state: torch.Tensor,
    lags: torch.Tensor,
    marks: torch.Tensor,
    valid_length: torch.Tensor,
    max_time: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The logarithm of how likely points in time are in a marked Hawkes process whose excitation decays exponentially.

    Points of mark k come at the rate ``lda_k + alpha_k beta_k s_k``, where ``s_k`` grows by 1 at each of them and
    decays as ``exp(-beta_k t)`` between.

    Parameters
    ----------
    lda : NDArray (n, marks)
        the rates at which points come by themselves
    alpha, beta : NDArray (marks,)
        how many points a point brings about, and how fast that decays
    state : NDArray (n, marks)
        s at time 0
    lags : NDArray (n, points)
        times since the point before, or since 0
    marks : NDArray (n, points), int32
        the marks of the points
    valid_length : NDArray (n,)
        how many points count
    max_time : NDArray (n,)
        when the observation ended

    Returns
    -------
    log_likelihood : NDArray (n,)
        its gradient goes to lda, alpha and beta
    out_state : NDArray (n, marks)
        s at the end, for the next part of the observation; it has no gradient

    Raises
    ------
    MXNetError
        shapes or dtypes that do not fit, marks that are not there

    References
    ----------
    Hawkes 1971, Spectra of some self-exciting and mutually exciting point processes

    Examples
    --------
    >>> one = mx.nd.ones((1,))
    >>> found, state = mx.nd.contrib.hawkesll(
    ...     mx.nd.array([[1.5]]), one * 0, one, mx.nd.zeros((1, 1)), mx.nd.array([[1.0]]),
    ...     mx.nd.zeros((1, 1), dtype="int32"), one, one * 2
    ... )
    >>> print(found.asnumpy().round(3), state.asnumpy().round(3))
    [-2.595] [[0.368]]
    """
    _check(lda, alpha, beta, state, lags, marks, valid_length, max_time)
    count, kinds = lda.shape
    points = lags.shape[1]
    if lda.is_meta:
        return lda.new_empty((count,)), torch.empty_like(lda)
    state, lags, end = state.detach(), lags.detach(), max_time.detach()
    valid = torch.arange(points, device=lda.device) < valid_length.detach()[:, None]
    place = marks.long()
    if bool((valid & ((place < 0) | (place >= kinds))).any()):
        raise MXNetError(
            f"hawkesll: marks has values from {int(place.min())} to {int(place.max())}; expected 0 to {kinds - 1}"
        )
    place = torch.where(valid, place, torch.zeros_like(place))
    lags = torch.where(valid, lags, torch.zeros_like(lags))
    total = lda.new_zeros((count,))
    at, excited = state, state
    times = lags.cumsum(1)
    for point in range(points):
        mark = place[:, point : point + 1]
        at = at * torch.exp(-beta * lags[:, point : point + 1])
        rate = lda.gather(1, mark) + (alpha * beta)[mark] * at.gather(1, mark)
        total = total + torch.where(valid[:, point], rate.squeeze(1).log(), torch.zeros_like(total))
        at = at + torch.zeros_like(at).scatter(1, mark, valid[:, point : point + 1].to(at.dtype))
    # what was to be expected until the end: by themselves, by the state at 0, and by each point
    left = torch.exp(-beta[place] * (end[:, None] - times))
    by_points = torch.where(valid, alpha[place] * (1 - left), torch.zeros_like(left)).sum(1)
    by_state = (alpha * excited * (1 - torch.exp(-beta * end[:, None]))).sum(1)
    total = total - (lda.sum(1) * end + by_state + by_points)
    last = times[:, -1:] if points else torch.zeros_like(end[:, None])
    out_state = (at * torch.exp(-beta * (end[:, None] - last))).detach()
    return total, constant(out_state, lda, alpha, beta)


def _check(
    lda: torch.Tensor,
    alpha: torch.Tensor,
    beta: torch.Tensor,
    state: torch.Tensor,
    lags: torch.Tensor,
    marks: torch.Tensor,
    valid_length: torch.Tensor,
    max_time: torch.Tensor,
) -> None:
    if lda.dim() != 2 or lags.dim() != 2:
        raise MXNetError(
            f"hawkesll: lda is {describe(lda)}, lags is {describe(lags)}; expected (n, marks) and (n, points)"
        )
    (count, kinds), points = lda.shape, lags.shape[1]
    wanted = {
        "alpha": (alpha, (kinds,)),
        "beta": (beta, (kinds,)),
        "state": (state, (count, kinds)),
        "lags": (lags, (count, points)),
        "valid_length": (valid_length, (count,)),
        "max_time": (max_time, (count,)),
    }
    for argument, (tensor, shape) in wanted.items():
        if tuple(tensor.shape) != shape or tensor.dtype is not lda.dtype or not lda.is_floating_point():
            raise MXNetError(
                f"hawkesll: {argument} is {describe(tensor)} with lda {describe(lda)}; expected {shape}, floats "
                "of one dtype"
            )
    if tuple(marks.shape) != (count, points) or marks.dtype is not torch.int32:
        raise MXNetError(f"hawkesll: marks is {describe(marks)}; expected ({count}, {points}) int32")


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "_contrib_hawkesll")
def _observations(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    lda, alpha, beta, state, lags, marks, length, end = inputs
    count = max(length_or(each, 0) for each in (lda, state, lags, marks, length, end, *outputs[:2]))
    kinds = max(*(length_or(each, 1) for each in (lda, state, outputs[1])), length_or(alpha, 0), length_or(beta, 0))
    points = max(length_or(lags, 1), length_or(marks, 1))
    return (count, kinds), (kinds,), (kinds,), (count, kinds), (count, points), (count, points), (count,), (count,)


@rule("dtype", "_contrib_hawkesll")
def _times_and_marks(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    kind = first_known((*inputs[:5], *inputs[6:], *outputs))
    return (*(kind,) * 5, torch.int32, kind, kind), (kind, kind)
