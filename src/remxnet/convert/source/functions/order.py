"""The largest and smallest elements, in order."""

import torch


def topk(
    data: torch.Tensor, k: int = 1, axis: int | None = -1, ascending: bool = False
):
    """The k largest elements along an axis (or smallest), and their places."""
    if axis is None:
        data, axis = data.flatten(), 0
    values, places = data.sort(dim=axis, descending=not ascending, stable=True)
    count = k if k > 0 else values.shape[axis]
    return values.narrow(axis, 0, count), places.narrow(axis, 0, count)


def topk_as_numbers(
    data: torch.Tensor,
    k: int = 1,
    axis: int | None = -1,
    ascending: bool = False,
    dtype: torch.dtype = torch.float32,
):
    """The k largest elements along an axis, and their places as numbers of a dtype."""
    values, places = topk(data, k, axis, ascending)
    return values, places.to(dtype)
