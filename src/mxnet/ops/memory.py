"""Memory of results: copies of views, and single elements."""

from __future__ import annotations

import torch

__all__ = ["copied", "number"]


def copied(view: torch.Tensor) -> torch.Tensor:
    """A copy of a view, its elements in the order of its axes."""
    return view.clone(memory_format=torch.contiguous_format)


def number(tensor: torch.Tensor) -> float:
    """The one element of a tensor, for operators that cannot go on without it.

    Raises
    ------
    NotImplementedError
        the tensor is on the meta device, where there are no elements
    """
    if tensor.is_meta:
        raise NotImplementedError("an element decides, and there is none on the meta device")
    return float(tensor)
