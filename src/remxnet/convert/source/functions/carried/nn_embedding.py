"""Made by tools/carried.py from mxnet.ops.nn.embedding; edits are lost."""

from __future__ import annotations

import torch

from .registry import describe


def pick(
    data: torch.Tensor,
    index: torch.Tensor,
    *,
    axis: int | None = -1,
    keepdims: bool = False,
    mode: str = "clip",
) -> torch.Tensor:
    """One element of each slice along an axis."""
    axis = axis % data.dim()
    kept = tuple(
        (1 if each == axis else length for each, length in enumerate(data.shape))
    )
    places = index.long().reshape(kept)
    length = data.shape[axis]
    places = places.remainder(length) if mode == "wrap" else places.clamp(0, length - 1)
    picked = data.gather(axis, places)
    return picked if keepdims or data.dim() == 1 else picked.squeeze(axis)


def one_hot(
    indices: torch.Tensor,
    *,
    depth: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    dtype: torch.dtype | None = torch.float32,
) -> torch.Tensor:
    """A new last axis of length `depth` with `on_value` at each index and `off_value`
    elsewhere.
    """
    classes = torch.arange(depth, device=indices.device)
    hits = indices.long().unsqueeze(-1) == classes
    dtype = dtype or torch.float32
    on, off = (
        torch.full((), value, dtype=dtype, device=indices.device)
        for value in (on_value, off_value)
    )
    return torch.where(hits, on, off)


def fill_element_0index(
    lhs: torch.Tensor, mhs: torch.Tensor, rhs: torch.Tensor
) -> torch.Tensor:
    """A matrix of which one element of each row is another number."""
    place = rhs.detach().long()
    if bool(((place < 0) | (place >= lhs.shape[1])).any()):
        raise ValueError(
            f"fill_element_0index: rhs is {rhs.tolist()}; expected columns of lhs {describe(lhs)}"
        )
    return lhs.scatter(1, place.unsqueeze(1), mhs.unsqueeze(1))
