"""The order in memory a convolution's arrays are computed in: channels first, or channels last where that moves less.

The numbers are the same in both. On the processor oneDNN computes in an order of its own: data that comes channels
first is put into it and the result put back, data that comes channels last is used as it lies, but for the weight.
What a convolution returns stays in the order it was computed in, and so do the results of what follows, so that a deep
network goes through its layers without moving anything. An array is put in order when its memory is shared.

Channels last is not for every shape: see :func:`computes_channels_last`. And where an axis has length 1 its stride says
nothing, so that one tensor can lie in both orders; torch then guesses the order from strides that it may have kept from
an array of another order. Who needs channels first asks :func:`in_first_order`, not ``contiguous()``.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import torch

__all__ = [
    "computes_channels_last", "convolution_operands", "gradient_as_it_lies", "in_first_order", "in_last_order",
    "is_wide", "ordered", "output_lengths", "prefers_channels_last", "stored_weight", "transposed_operands",
]  # fmt: skip

_DTYPES = (torch.float32, torch.bfloat16, torch.float16)
#: the widest vector of floats that oneDNN has; channels that fill whole vectors are the same work on every processor
_WIDEST = 16

#: the order that a plan forces, if it does
_ordered: ContextVar[str | None] = ContextVar("ordered", default=None)


@contextlib.contextmanager
def ordered(order: str) -> Iterator[None]:
    """A ``with`` block whose convolutions are computed 'channels last' or 'channels first', whatever moves less."""
    token = _ordered.set(order)
    try:
        yield
    finally:
        _ordered.reset(token)


def convolution_operands(
    data: torch.Tensor, weight: torch.Tensor, stride: tuple[int, ...], dilate: tuple[int, ...], pad: tuple[int, ...]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Data (n, channels, ...) and weight of a convolution in the order it is to be computed in.

    Over two axes that is the order that moves fewer elements, over three the one they lie in, over one channels first;
    and channels first wherever channels last is not to be had.

    Parameters
    ----------
    data, weight : tensor
        in any order; other devices than the processor get them as they are
    stride, dilate, pad : tuple of int
        one number for each axis
    """
    if data.device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return data, weight
    if data.dim() == 3 or not computes_channels_last(data.shape, weight.shape, stride, dilate, pad):
        return in_first_order(data), in_first_order(weight)
    if data.dim() != 4 or data.dtype not in _DTYPES:
        return data, weight
    order = torch.channels_last
    forced = _ordered.get()
    if forced is not None:
        if forced == "channels last":
            return in_last_order(data), weight.contiguous(memory_format=order)
        return in_first_order(data), in_first_order(weight)
    moved = 0 if weight.is_contiguous(memory_format=order) else weight.numel()
    out = _out_elements(data.shape, weight.shape, stride, dilate, pad)
    if prefers_channels_last(data.numel(), moved, out, data.is_contiguous(), data.is_contiguous(memory_format=order)):
        return in_last_order(data), weight.contiguous(memory_format=order)
    return data.contiguous(), weight


def transposed_operands(
    data: torch.Tensor,
    weight: torch.Tensor,
    out: tuple[int, ...],
    stride: tuple[int, ...],
    dilate: tuple[int, ...],
    pad: tuple[int, ...],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Data and weight of a convolution's transpose: as they lie, or channels first where they have to.

    Parameters
    ----------
    data, weight : tensor
        as for :func:`convolution_operands`
    out : tuple of int
        the shape of the result
    stride, dilate, pad : tuple of int
        of the convolution it transposes
    """
    if data.device.type != "cpu":
        return data, weight
    if data.dim() != 3 and computes_channels_last(out, weight.shape, stride, dilate, pad):
        return data, weight
    return in_first_order(data), in_first_order(weight)


@functools.lru_cache(maxsize=4096)
def computes_channels_last(
    data: tuple[int, ...],
    weight: tuple[int, ...],
    stride: tuple[int, ...],
    dilate: tuple[int, ...],
    pad: tuple[int, ...],
) -> bool:
    """Whether a convolution, or the transpose of one, may be computed channels last.

    Not every processor fails at each of the shapes that are left out, but the answer is the same on all of them: these
    are shapes that hardly any network has, and results must not depend on where it runs.

    Parameters
    ----------
    data, weight : tuple of int
        shapes (n, channels, ...) and (filters, channels of a group, ...); of a transpose, data is its result
    stride, dilate, pad : tuple of int
        one number for each axis
    """
    kernel = weight[2:]
    for length, taps, step, zeros in zip(data[2:], kernel, dilate, pad):
        # Where every window lies beside the data oneDNN reads far outside of it (SIGSEGV). The first window touches the
        # data if it ends in it or after it, and if no tap can jump over it.
        if zeros >= step * (taps - 1) + 1 or (taps > 1 and step > length):
            return False
    if all(step == 1 for step in stride):
        return True
    # A kernel of one tap picks every stride-th place first, into memory of its own, whole vectors of channels at once:
    # with AVX2 the last place's vector goes past the end (the gradient of the weight; heap corruption).
    if all(taps == 1 for taps in kernel) and weight[1] % _WIDEST:
        return False
    # With one input channel a result of width 1 has other numbers than it should from the second row on (AVX-512).
    return weight[1] != 1 or 1 not in output_lengths(data[2:], kernel, stride, dilate, pad)


def output_lengths(
    lengths: Sequence[int], kernel: Sequence[int], stride: Sequence[int], dilate: Sequence[int], pad: Sequence[int]
) -> tuple[int, ...]:
    """How many windows of a convolution there are along each axis."""
    return tuple(
        (n + 2 * zeros - taps * (width - 1) - 1) // step + 1
        for n, width, step, taps, zeros in zip(lengths, kernel, stride, dilate, pad)
    )


@functools.lru_cache(maxsize=4096)
def _out_elements(
    data: tuple[int, ...],
    weight: tuple[int, ...],
    stride: tuple[int, ...],
    dilate: tuple[int, ...],
    pad: tuple[int, ...],
) -> int:
    return data[0] * weight[0] * math.prod(output_lengths(data[2:], weight[2:], stride, dilate, pad))


def in_first_order(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor that lies in the order of its axes, with the strides of that order on axes of length 1 as well."""
    ordered = tensor.contiguous()
    return ordered.view(-1).view(ordered.shape) if 1 in ordered.shape else ordered


def in_last_order(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor (n, channels, height, width) that lies channels last, with that order's strides on axes of length 1 too.

    By the strides of its data torch chooses the order of a convolution's result: a picture of one channel would have it
    channels first, which takes oneDNN five times as long.
    """
    ordered = tensor.contiguous(memory_format=torch.channels_last)
    if not ordered.is_contiguous():
        return ordered
    n, channels, height, width = ordered.shape
    return ordered.view(-1).view(n, height, width, channels).permute(0, 3, 1, 2)


class _AsItLies(torch.autograd.Function):
    """A result whose gradient is put in its own order."""

    @staticmethod
    def forward(ctx: Any, result: torch.Tensor) -> torch.Tensor:
        return result.view_as(result)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return gradient.contiguous(memory_format=torch.channels_last)


def gradient_as_it_lies(result: torch.Tensor) -> torch.Tensor:
    """A result that lies channels last, whose gradient will do so too, from wherever it comes; others as they are.

    Behind a layer that reshapes, the gradient comes channels first. For that torch's pooling takes seven to fifteen
    times as long, where putting it in order takes less than pooling.
    """
    if not result.requires_grad or result.dim() != 4 or result.is_contiguous():
        return result
    return _AsItLies.apply(result) if result.is_contiguous(memory_format=torch.channels_last) else result


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
