"""Made by tools/carried.py from mxnet.ops.registry; edits are lost."""

from __future__ import annotations

import torch


def describe(tensor: torch.Tensor | None) -> str:
    """A tensor's shape and dtype in an error message."""
    if tensor is None:
        return "none"
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"
