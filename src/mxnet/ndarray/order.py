"""Arrays whose elements do not lie in the order of their axes in memory.

What a convolution returns, and the weights of wide ones, lie channels last (:mod:`mxnet.ops.nn.memory_format`). Nothing
that only reads can tell; what is to share an array's memory by MXNet's rules puts it in order first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from .. import memory

if TYPE_CHECKING:
    from .ndarray import NDArray

__all__ = ["in_order"]


def in_order(array: NDArray) -> torch.Tensor:
    """An array's tensor, with its elements in the order of its axes from now on."""
    tensor = array._t
    if tensor.is_contiguous():
        return tensor
    if tensor.requires_grad and tensor.is_leaf:
        memory.swap(tensor, tensor.detach().contiguous())  # a variable stays the tensor its gradient belongs to
    else:
        array._t = tensor = tensor.contiguous()
    return tensor
