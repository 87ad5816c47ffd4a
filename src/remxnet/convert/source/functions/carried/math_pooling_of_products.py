"""Made by tools/carried.py from mxnet.ops.math.pooling_of_products; edits are lost."""

from __future__ import annotations

import torch


def count_sketch(
    data: torch.Tensor,
    h: torch.Tensor,
    s: torch.Tensor,
    *,
    out_dim: int,
    processing_batch_size: int = 32,
) -> torch.Tensor:
    """Features gathered in fewer places, each with a sign; their inner products stay
    about what they were.
    """
    out = data.new_zeros((*data.shape[:-1], out_dim))
    return out.index_add(
        -1, h.detach().reshape(-1).long(), data * s.detach().reshape(-1)
    )


def fft(data: torch.Tensor, *, compute_size: int = 128) -> torch.Tensor:
    """The Fourier transform along the last axis, real and imaginary parts one after the
    other.
    """
    return torch.view_as_real(torch.fft.fft(data)).flatten(-2)


def ifft(data: torch.Tensor, *, compute_size: int = 128) -> torch.Tensor:
    """The real part of the inverse of :func:`fft`, times the length: nothing is
    divided.
    """
    parts = data.reshape(*data.shape[:-1], -1, 2).contiguous()
    return torch.fft.ifft(
        torch.view_as_complex(parts), norm="forward"
    ).real.contiguous()
