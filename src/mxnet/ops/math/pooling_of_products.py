"""What compact bilinear pooling is made of: sketches of features that keep their products, and Fourier transforms.

MXNet has these on graphics cards alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...base import MXNetError
from ..registry import describe, operator, rule
from ..shape_rules import UNKNOWN, Partials, length_or

__all__ = ["count_sketch", "fft", "ifft"]


def _check(name: str, data: torch.Tensor) -> None:
    if data.dim() not in (2, 4) or data.dtype not in (torch.float32, torch.float64):
        raise MXNetError(f"{name}: data is {describe(data)}; expected float32 or float64 of 2 or 4 axes")


@operator("_contrib_count_sketch", unlearned=("h", "s"))
def count_sketch(
    data: torch.Tensor, h: torch.Tensor, s: torch.Tensor, *, out_dim: int, processing_batch_size: int = 32
) -> torch.Tensor:
    """Features gathered in fewer places, each with a sign; their inner products stay about what they were.

    Parameters
    ----------
    data : NDArray (..., features)
        of 2 or 4 axes
    h : NDArray (1, features)
        the place of each feature, from 0 to ``out_dim - 1``; there is no gradient for it
    s : NDArray (1, features)
        the sign of each feature, -1 or 1; there is no gradient for it
    out_dim : int
        how many places there are
    processing_batch_size : int
        taken for MXNet's sake

    Returns
    -------
    NDArray (..., out_dim)

    Raises
    ------
    MXNetError
        shapes or dtypes that do not fit

    References
    ----------
    Gao and others 2016, Compact Bilinear Pooling

    Examples
    --------
    >>> places, signs = mx.nd.array([[0, 1, 0]]), mx.nd.array([[1, 1, -1]])
    >>> mx.nd.contrib.count_sketch(mx.nd.array([[5, 6, 7]]), places, signs, out_dim=2).asnumpy().tolist()
    [[-2.0, 6.0]]
    """
    _check("count_sketch", data)
    count = data.shape[-1]
    for argument, tensor in (("h", h), ("s", s)):
        if tensor.numel() != count or tensor.dtype is not data.dtype:
            raise MXNetError(f"count_sketch: {argument} is {describe(tensor)}; expected (1, {count}) of data's dtype")
    if out_dim < 1:
        raise MXNetError(f"count_sketch: out_dim={out_dim}; expected 1 or more")
    out = data.new_zeros((*data.shape[:-1], out_dim))
    return out.index_add(-1, h.detach().reshape(-1).long(), data * s.detach().reshape(-1))


@operator("_contrib_fft")
def fft(data: torch.Tensor, *, compute_size: int = 128) -> torch.Tensor:
    """The Fourier transform along the last axis, real and imaginary parts one after the other.

    Parameters
    ----------
    data : NDArray (..., d)
        real numbers, of 2 or 4 axes
    compute_size : int
        taken for MXNet's sake

    Returns
    -------
    NDArray (..., 2 d)

    Raises
    ------
    MXNetError
        another number of axes, another dtype than float32 and float64

    Examples
    --------
    >>> mx.nd.contrib.fft(mx.nd.array([[1, 2]])).asnumpy().tolist()
    [[3.0, 0.0, -1.0, 0.0]]
    """
    _check("fft", data)
    return torch.view_as_real(torch.fft.fft(data)).flatten(-2)


@operator("_contrib_ifft")
def ifft(data: torch.Tensor, *, compute_size: int = 128) -> torch.Tensor:
    """The real part of the inverse of :func:`fft`, times the length: nothing is divided.

    Parameters
    ----------
    data : NDArray (..., 2 d)
        real and imaginary parts one after the other, of 2 or 4 axes
    compute_size : int
        taken for MXNet's sake

    Returns
    -------
    NDArray (..., d)

    Raises
    ------
    MXNetError
        another number of axes, a last axis of odd length, another dtype than float32 and float64

    Examples
    --------
    >>> mx.nd.contrib.ifft(mx.nd.array([[3, 0, -1, 0]])).asnumpy().tolist()
    [[2.0, 4.0]]
    """
    _check("ifft", data)
    if data.shape[-1] % 2:
        raise MXNetError(f"ifft: data is {describe(data)}; expected real and imaginary parts, an even number")
    parts = data.reshape(*data.shape[:-1], -1, 2).contiguous()
    return torch.fft.ifft(torch.view_as_complex(parts), norm="forward").real.contiguous()


# --- what inputs and outputs say about each other ------------------------------------------------------------------


@rule("inputs", "_contrib_count_sketch")
def _features_and_places(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    data, out = inputs[0], outputs[0]
    count = max(length_or(data, -1), length_or(inputs[1], -1), length_or(inputs[2], -1))
    shape = None if out is None else (*out[:-1], count)
    return shape, (1, count), (1, count)


@rule("inputs", "_contrib_fft")
def _of_half_the_length(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if not out else (*out[:-1], UNKNOWN if out[-1] == UNKNOWN else out[-1] // 2),)


@rule("inputs", "_contrib_ifft")
def _of_twice_the_length(inputs: Partials, outputs: Partials, attributes: Mapping[str, Any]) -> Partials:
    out = outputs[0]
    return (None if not out else (*out[:-1], UNKNOWN if out[-1] == UNKNOWN else out[-1] * 2),)
