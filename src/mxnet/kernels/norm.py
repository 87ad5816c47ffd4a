"""Batch norm by the batch's statistics, the addition and the relu after it, in two passes over memory.

Torch makes a pass for the statistics, one for the result, one for the addition and one for the relu, and as many
backwards; in a ResNet's training step they take as long as its convolutions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F

from .gains import host, norm_gain
from .library import Library, builds, library

__all__ = ["batch_norm", "compute_norm", "norm_fits", "norm_pays", "norm_reference", "plain_batch_norm"]


def norm_fits(shape: Sequence[int]) -> bool:
    """Whether there are kernels for a batch of this shape (n, channels, height, width), channels last in memory."""
    return len(shape) == 4 and shape[0] * shape[2] * shape[3] > 1 and _build(shape[1]) is not None


def norm_pays(shape: Sequence[int], steps: int = 1) -> bool:
    """Whether there are kernels for a batch of this shape, quicker for so many steps (:func:`norm_gain`)."""
    return norm_fits(shape) and host().pays(norm_gain(steps))


def _build(channels: int) -> Library | None:
    """The widest build whose lanes the channels fill."""
    if library() is None:
        return None
    return next((build for build in builds() if channels % build.lanes == 0), None)


def norm_reference(
    data: torch.Tensor,
    gamma: torch.Tensor | None,
    beta: torch.Tensor,
    other: torch.Tensor | None,
    relu: bool,
    eps: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """:func:`batch_norm` on torch's operators."""
    count = data.numel() // max(data.shape[1], 1)
    if data.dtype is beta.dtype and count > 1:
        # a momentum of 1 leaves the batch's own statistics in the buffers, without another pass over it
        mean, var = torch.zeros_like(beta, requires_grad=False), torch.zeros_like(beta, requires_grad=False)
        out = plain_batch_norm(data, mean, var, gamma, beta, True, 1.0, eps)
        var = var * ((count - 1) / count)
    else:
        axes = [axis for axis in range(data.dim()) if axis != 1]
        with torch.no_grad():
            var, mean = torch.var_mean(data.detach().to(beta.dtype), axes, correction=0)
        # torch's function refuses a single value, whose distance from the mean is 0, as is its gradient
        out = (
            _single(data, gamma, beta, eps)
            if count == 1
            else plain_batch_norm(data, None, None, gamma, beta, True, 0.0, eps)
        )
    if other is not None:
        out = out + other
    return (torch.relu(out) if relu else out), mean, var


def plain_batch_norm(
    data: torch.Tensor,
    mean: torch.Tensor | None,
    var: torch.Tensor | None,
    gamma: torch.Tensor | None,
    beta: torch.Tensor,
    training: bool,
    momentum: float,
    eps: float,
) -> torch.Tensor:
    """Torch's batch norm, whose gradient would be wrong where an axis has length 1.

    It takes the order in memory of the gradient it is given from strides, those of axes of length 1 as well, which say
    nothing, and mixes up places. Over the channels and one other axis there is nothing to mix up.
    """
    shape = data.shape
    if data.dim() > 3 and torch.is_grad_enabled() and (1 in shape[2:] or shape[0] == 1):
        flat = data.reshape(shape[0], shape[1], math.prod(shape[2:]))
        return F.batch_norm(flat, mean, var, gamma, beta, training, momentum, eps).reshape(shape)
    return F.batch_norm(data, mean, var, gamma, beta, training, momentum, eps)


def _single(data: torch.Tensor, gamma: torch.Tensor | None, beta: torch.Tensor, eps: float) -> torch.Tensor:
    """A batch with one value for each channel."""
    value = data.reshape(beta.shape).to(beta.dtype)
    out = (value - value) * eps**-0.5
    return (beta + (out if gamma is None else out * gamma)).reshape(data.shape).to(data.dtype)


def batch_norm(
    data: torch.Tensor,
    gamma: torch.Tensor | None,
    beta: torch.Tensor,
    other: torch.Tensor | None,
    relu: bool,
    eps: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Each channel shifted and scaled to mean `beta` and deviation `gamma`, plus another array, then relu.

    Parameters
    ----------
    data : tensor (n, channels, height, width)
        the kernels take float32 that lies channels last on the processor; anything else goes through torch's operators
    gamma, beta : tensor (channels,)
        scale (None is 1) and shift
    other : tensor, optional
        of data's shape
    relu : bool
        whether what is below 0 becomes 0
    eps : float
        added to the variance

    Returns
    -------
    tensor, tensor (channels,), tensor (channels,)
        the result, differentiable, also twice; the batch's mean and biased variance
    """
    if not norm_pays(data.shape, 1 + (other is not None) + relu):
        return norm_reference(data, gamma, beta, other, relu, eps)
    return compute_norm(data, gamma, beta, other, relu, eps)


def compute_norm(
    data: torch.Tensor,
    gamma: torch.Tensor | None,
    beta: torch.Tensor,
    other: torch.Tensor | None,
    relu: bool,
    eps: float,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """:func:`batch_norm` without asking whether the kernels pay: on them wherever they take the arrays."""
    tensors = [each for each in (data, gamma, beta, other) if each is not None]
    if (
        not norm_fits(data.shape)
        or any(each.dtype is not torch.float32 or each.device.type != "cpu" for each in tensors)
        or not data.is_contiguous(memory_format=torch.channels_last)
    ):
        return norm_reference(data, gamma, beta, other, relu, eps)
    return _BatchNorm.apply(data, gamma, beta, other, relu, eps)


def _address(tensor: torch.Tensor | None) -> int | None:
    return None if tensor is None else tensor.data_ptr()


def _last(tensor: torch.Tensor | None) -> torch.Tensor | None:
    return None if tensor is None else tensor.contiguous(memory_format=torch.channels_last)


class _BatchNorm(torch.autograd.Function):
    """The kernels of ``norm.c`` as one node of torch's graph."""

    @staticmethod
    def forward(
        ctx: Any,
        data: torch.Tensor,
        gamma: torch.Tensor | None,
        beta: torch.Tensor,
        other: torch.Tensor | None,
        relu: bool,
        eps: float,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        channels = data.shape[1]
        build = _build(channels)
        assert build is not None  # compute_norm() asked norm_fits()
        rows = data.numel() // channels
        added = _last(other)
        scales = None if gamma is None else gamma.contiguous()
        shifts = beta.contiguous()
        out = torch.empty_like(data, memory_format=torch.channels_last)
        mean, var, scale = torch.empty(3, channels).unbind()
        parts = min(build.parts, rows)
        sums = torch.empty(parts * 2 * channels, dtype=torch.float64)
        build.norm_forward(
            data.data_ptr(), rows, channels, _address(scales), shifts.data_ptr(), _address(added), out.data_ptr(),
            mean.data_ptr(), var.data_ptr(), scale.data_ptr(), sums.data_ptr(), int(relu), eps, parts, build.team,
        )  # fmt: skip
        ctx.build, ctx.relu, ctx.eps, ctx.parts = build, relu, eps, parts
        ctx.save_for_backward(data, gamma, beta, other, out if relu else None, mean, var, scale)
        ctx.mark_non_differentiable(mean, var)
        return out, mean, var

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor, *_: Any) -> Any:
        data, gamma, beta, other, out, mean, var, scale = ctx.saved_tensors
        wanted = ctx.needs_input_grad
        if torch.is_grad_enabled():  # a derivative of this gradient may be asked for
            inputs = [data, gamma, beta, other]
            asked = [tensor for tensor, want in zip(inputs, wanted) if want]
            result = norm_reference(data, gamma, beta, other, ctx.relu, ctx.eps)[0]
            found = iter(torch.autograd.grad(result, asked, gradient, create_graph=True))
            return *(next(found) if want else None for want in wanted[:4]), None, None
        build, channels = ctx.build, data.shape[1]
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        dx = torch.empty_like(data, memory_format=torch.channels_last) if wanted[0] else None
        masked = ctx.relu and wanted[3]  # without relu the gradient of the other array is the one that came
        dother = torch.empty_like(data, memory_format=torch.channels_last) if masked else None
        dgamma, dbeta = torch.empty(channels), torch.empty(channels)  # apart: they become gradients
        mean_dz, slope = torch.empty(2, channels).unbind()
        sums = torch.empty(ctx.parts * 2 * channels, dtype=torch.float64)
        build.norm_backward(
            data.data_ptr(), data.numel() // channels, channels, mean.data_ptr(), var.data_ptr(), scale.data_ptr(),
            _address(out), gradient.data_ptr(), _address(dx), _address(dother), dgamma.data_ptr(), dbeta.data_ptr(),
            mean_dz.data_ptr(), slope.data_ptr(), sums.data_ptr(), int(ctx.relu), ctx.eps, ctx.parts, build.team,
        )  # fmt: skip
        given = dother if masked else gradient
        return dx, dgamma if wanted[1] else None, dbeta if wanted[2] else None, given if wanted[3] else None, None, None
