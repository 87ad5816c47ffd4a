"""The order in memory a convolution's arrays are computed in: channels first, or channels last where that moves less.

The numbers are the same in both. On the processor oneDNN computes in an order of its own: data that comes channels
first is put into it and the result put back, data that comes channels last is used as it lies, but for the weight.
What a convolution returns stays in the order it was computed in, and so do the results of what follows, so that a deep
network goes through its layers without moving anything. An array is put in order when its memory is shared.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

__all__ = ["convolution_operands", "is_wide", "prefers_channels_last", "stored_weight"]

_DTYPES = (torch.float32, torch.bfloat16, torch.float16)


def convolution_operands(
    data: torch.Tensor, weight: torch.Tensor, out_elements: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Data (n, channels, height, width) and weight of a convolution, in the order that moves fewer elements.

    Parameters
    ----------
    data, weight : tensor
        in any order; other devices and dtypes than oneDNN's are returned as they are
    out_elements : int
        how many elements the result has
    """
    if data.device.type != "cpu" or data.dtype not in _DTYPES or not torch.backends.mkldnn.is_available():
        return data, weight
    order = torch.channels_last
    moved = 0 if weight.is_contiguous(memory_format=order) else weight.numel()
    elements = data.numel(), moved, out_elements
    if prefers_channels_last(*elements, data.is_contiguous(), data.is_contiguous(memory_format=order)):
        return data.contiguous(memory_format=order), weight.contiguous(memory_format=order)
    return data.contiguous(), weight


def prefers_channels_last(data: int, weight: int, out: int, data_first: bool, data_last: bool) -> bool:
    """Whether a convolution moves fewer elements channels last.

    Parameters
    ----------
    data, weight, out : int
        how many elements its inputs and its result have; a weight that lies channels last counts as none
    data_first, data_last : bool
        in which orders the data lies; with one channel or one place it is both
    """
    moved_last = weight + (0 if data_last else data)
    moved_first = data + out + (0 if data_first else data)
    return moved_last <= moved_first


def is_wide(weight: Sequence[int]) -> bool:
    """Whether a weight of this shape is that of a convolution over two axes with many channels."""
    return len(weight) == 4 and weight[0] >= 16 and weight[1] >= 16


def stored_weight(weight: torch.Tensor) -> torch.Tensor:
    """A new parameter in the order it is best kept in: the weight of a wide convolution over two axes channels last.

    The kernels for few channels take theirs channels first.
    """
    if not is_wide(weight.shape) or weight.device.type != "cpu" or weight.dtype not in _DTYPES:
        return weight
    return weight.contiguous(memory_format=torch.channels_last)
