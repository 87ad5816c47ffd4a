"""The order in memory a convolution's arrays are computed in: channels first, or channels last where that moves less.

The numbers are the same in both. On the processor oneDNN computes in an order of its own: data that comes channels
first is put into it and the result put back, data that comes channels last is used as it lies, but for the weight.
What a convolution returns stays in the order it was computed in, and so do the results of what follows, so that a deep
network goes through its layers without moving anything. An array is put in order when its memory is shared.
"""

from __future__ import annotations

import torch

__all__ = ["convolution_operands"]

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
    last = data.is_contiguous(memory_format=torch.channels_last)
    first = data.is_contiguous()
    moved_last = (0 if weight.is_contiguous(memory_format=torch.channels_last) else weight.numel()) + (
        0 if last else data.numel()
    )
    moved_first = data.numel() + out_elements + (0 if first else data.numel())
    if moved_last <= moved_first:
        order = torch.channels_last
        return data.contiguous(memory_format=order), weight.contiguous(memory_format=order)
    return data.contiguous(), weight
