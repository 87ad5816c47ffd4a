"""Made by tools/carried.py from mxnet.ops.numpy.statistics; edits are lost."""

from __future__ import annotations

from typing import Any

import torch

from .numpy_reduce import axes_of_reduction


def _divided(total: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    if total.is_floating_point():
        return total / scale
    return torch.div(total, scale, rounding_mode="trunc")


def _broadcast_weights(
    a: torch.Tensor, weights: torch.Tensor, axis: Any
) -> torch.Tensor:
    """Weights in the shape of the array: they have it, or are one number for each place
    along one axis.
    """
    if weights.shape == a.shape:
        return weights
    places = (axis,) if isinstance(axis, int) else axis
    one = None if places is None or len(places) != 1 else places[0] % a.dim()
    return weights.reshape(
        [-1 if each == one else 1 for each in range(a.dim())]
    ).expand(a.shape)


def average(
    a: torch.Tensor,
    weights: torch.Tensor | None = None,
    *,
    axis: int | tuple[int, ...] | None = None,
    returned: bool = False,
    weighted: bool = True,
) -> Any:
    """The weighted mean over axes, over all by default, and the sum of the weights
    where it is to be returned.
    """
    if weights is not None:
        weights = _broadcast_weights(a, weights, axis)
    if axis == ():
        a, weights = (
            a.unsqueeze(-1),
            None if weights is None else weights.unsqueeze(-1),
        )
    axes = axes_of_reduction("np.average", a, axis)
    if weights is None:
        total = a.sum(axes, dtype=a.dtype)
        count = 1
        for each in axes:
            count *= a.shape[each]
        scale = torch.full_like(total, count, requires_grad=False)
    else:
        total, scale = (
            (a * weights).sum(axes, dtype=a.dtype),
            weights.sum(axes, dtype=a.dtype),
        )
    mean = _divided(total, scale)
    if not returned:
        return mean
    return (mean, scale.detach())


def percentile(
    a: torch.Tensor,
    q: torch.Tensor | None = None,
    *,
    axis: int | tuple[int, ...] | None = None,
    interpolation: str = "linear",
    keepdims: bool = False,
    q_scalar: float | None = None,
) -> torch.Tensor:
    """The elements that so many percent of those over axes do not exceed, one for each
    percentage; without a gradient.
    """
    kind = a.dtype if a.dtype is torch.float64 else torch.float32
    if q is None:
        points = torch.full((), q_scalar, dtype=torch.float64, device=a.device)
    else:
        points = q.detach().double()
    a = a.unsqueeze(-1) if axis == () else a
    axes = axes_of_reduction("np.percentile", a, axis)
    left = [each for each in range(a.dim()) if each not in axes]
    lengths = [a.shape[each] for each in left]
    values = a.detach().to(kind).permute(*left, *axes).reshape((*lengths, -1))
    values = values.sort(-1).values
    values = values.masked_fill(values[..., -1:].isnan(), torch.nan)
    at = points.reshape(-1) / 100 * (values.shape[-1] - 1)
    low, high = (at.floor(), at.ceil())
    if interpolation == "nearest":
        low = high = (at + 0.5).floor()
    elif interpolation == "lower":
        high = low
    elif interpolation == "higher":
        low = high
    share = (
        torch.full_like(at, 0.5) * (high - low)
        if interpolation == "midpoint"
        else at - low
    )
    first, second = (values.index_select(-1, each.long()) for each in (low, high))
    result = first if low is high else first + (second - first) * share.to(kind)
    result = result.movedim(-1, 0).reshape((*points.shape, *lengths))
    if keepdims:
        kept = [1 if each in axes else a.shape[each] for each in range(a.dim())]
        result = result.reshape((*points.shape, *kept))
    return result


def polyval(p: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The values at `x` of a polynomial whose coefficients `p`, that of the highest
    power first, are given.
    """
    value = torch.zeros_like(x)
    for power in range(p.shape[0]):
        value = value * x + p[power]
    return value


def ediff1d(
    input1: torch.Tensor,
    input2: torch.Tensor | None = None,
    input3: torch.Tensor | None = None,
    *,
    to_begin_arr_given: bool = False,
    to_end_arr_given: bool = False,
    to_begin_scalar: float | None = None,
    to_end_scalar: float | None = None,
) -> torch.Tensor:
    """The differences of neighbours in the array read row by row, with more before and
    after them where it is given.
    """
    arrays = [each for each in (input2, input3) if each is not None]
    flat = input1.reshape(-1)
    parts = [flat[1:] - flat[:-1]]
    for place, given, number in (
        (0, to_begin_arr_given, to_begin_scalar),
        (2, to_end_arr_given, to_end_scalar),
    ):
        if given:
            parts.insert(place, arrays.pop(0).reshape(-1))
        elif number is not None:
            parts.insert(
                place, torch.full((1,), number, dtype=flat.dtype, device=flat.device)
            )
    return torch.cat(parts)
