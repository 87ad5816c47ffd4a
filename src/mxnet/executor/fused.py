"""What fused steps compute, over tensors.

What a step keeps that depends on weights alone (:class:`mxnet.memory.Kept`) is made again after one was written to.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F

from .. import kernels
from ..memory import Kept
from ..ops.nn import memory_format

__all__ = [
    "Activated", "Chain", "Fold", "InOrder", "PackedConvolution", "Recurrence", "batch_norm", "bound", "can_pack",
    "cross_entropy",
]  # fmt: skip

_IN_PLACE: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu_,
    "sigmoid": torch.sigmoid_,
    "tanh": torch.tanh_,
}


def bound(function: Callable[..., Any], attributes: Mapping[str, Any]) -> Callable[..., Any]:
    """A function with its attributes."""
    return functools.partial(function, **attributes)


class Chain:
    """A chain of :mod:`mxnet.kernels`; called with the images, then weight and bias (or None) of each convolution."""

    def __init__(self, stages: tuple[Any, ...]) -> None:
        self.stages = stages

    def __call__(self, images: torch.Tensor, *parameters: torch.Tensor | None) -> torch.Tensor:
        """The chain's result for images (n, channels, height, width)."""
        return kernels.compute(self.stages, images, parameters)


class Activated:
    """A function whose result (the first, if it has several) an activation is computed in place of.

    Integers are left to the activation's own function, which says what they become.
    """

    def __init__(self, function: Callable[..., Any], activation: str, plain: Callable[..., Any]) -> None:
        self.function, self.activate, self.plain = function, _IN_PLACE[activation], plain

    def __call__(self, *tensors: Any) -> Any:
        """What the function returns, activated."""
        result = self.function(*tensors)
        first = result if type(result) is torch.Tensor else result[0]
        activated = self.activate(first) if first.is_floating_point() else self.plain(first)
        return activated if first is result else (activated, *result[1:])


class InOrder:
    """A function whose convolutions are computed in a given order in memory."""

    def __init__(self, function: Callable[..., Any], order: str) -> None:
        self.function, self.order = function, order

    def __call__(self, *tensors: Any) -> Any:
        """What the function returns."""
        with memory_format.ordered(self.order):
            return self.function(*tensors)


def batch_norm(
    data: torch.Tensor,
    gamma: torch.Tensor,
    beta: torch.Tensor,
    moving_mean: torch.Tensor,
    moving_var: torch.Tensor,
    other: torch.Tensor | None,
    *,
    eps: float,
    fix_gamma: bool,
    relu: bool,
) -> tuple[torch.Tensor, ...]:
    """Batch norm by the batch's statistics, plus another array, then relu; and those statistics."""
    scale = None if fix_gamma else gamma
    if not data.numel():  # an empty batch has no statistics
        out = kernels.plain_batch_norm(data, moving_mean, moving_var, scale, beta, False, 0.0, eps)
        out = out if other is None else out + other
        return out.relu() if relu else out, moving_mean, moving_var
    out, mean, var = kernels.compute_norm(data, scale, beta, other, relu, eps)
    if fix_gamma and gamma.requires_grad and torch.is_grad_enabled():
        out = out + 0 * gamma.sum()  # the scale takes part with a gradient of zero
    return out, mean.detach().to(moving_mean.dtype), var.detach().to(moving_var.dtype)


def cross_entropy(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The cross entropy of each row of scores (n, classes) and the class its label (n,) names; clipped to a class."""
    places = labels.long().clamp_(0, scores.shape[1] - 1)
    return F.cross_entropy(scores, places, reduction="none")


class Recurrence:
    """Recurrent layers with their weights and biases apart.

    Called with data, states (None where there is none) and lengths, then the parts of the parameters in their order.
    """

    def __init__(self, function: Callable[..., Any], others: int) -> None:
        self.function, self.others = function, others

    def __call__(self, data: torch.Tensor, *tensors: Any, **asked: Any) -> Any:
        """What the function returns, which takes all parameters as its second argument."""
        return self.function(data, tensors[self.others :], *tensors[: self.others], **asked)


# --- what depends on weights alone -----------------------------------------------------------------------------------


class Fold:
    """Weight and bias of a convolution that does the batch norm after it as well."""

    def __init__(self, eps: float, fix_gamma: bool) -> None:
        self.eps, self.fix_gamma = eps, fix_gamma
        self._kept = Kept()

    def __call__(self, weight: torch.Tensor, bias: torch.Tensor | None, *norm: torch.Tensor) -> Any:
        """The weight and bias, made again only after something they depend on changed."""
        gamma, *rest = norm
        scale = () if self.fix_gamma else (gamma,)
        return self._kept.get((weight, bias, *scale, *rest), lambda: self._folded(weight, bias, *norm))

    def _folded(
        self,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        gamma: torch.Tensor,
        beta: torch.Tensor,
        mean: torch.Tensor,
        var: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        scale = torch.rsqrt(var.double() + self.eps)
        if not self.fix_gamma:
            scale = scale * gamma.double()
        shift = beta.double() - mean.double() * scale
        if bias is not None:
            shift = shift + bias.double() * scale
        folded = weight.double() * scale.reshape(-1, *[1] * (weight.dim() - 1))
        return folded.to(weight.dtype), shift.to(weight.dtype)


@functools.cache
def can_pack() -> bool:
    """Whether this torch has oneDNN's convolutions with packed weights and something after them."""
    if not torch.backends.mkldnn.is_available():
        return False
    try:
        packing, convolution = torch.ops.mkldnn._reorder_convolution_weight, torch.ops.mkldnn._convolution_pointwise
        convolution.binary  # noqa: B018 - the form with an addition
    except (AttributeError, RuntimeError):
        return False
    return packing is not None


class PackedConvolution:
    """A convolution over two axes with its weight in oneDNN's own order, plus another array, then relu.

    Called with data, weight, bias or None, and the other array or None. Anything but float32 on the processor goes
    through torch's ordinary convolution, and so does a shape that cannot be computed channels last.
    """

    def __init__(self, attributes: Mapping[str, Any], shape: tuple[int, ...], relu: bool) -> None:
        self.shape, self.relu = shape, relu
        self.stride = attributes["stride"] or (1, 1)
        self.dilate = attributes["dilate"] or (1, 1)
        self.pad = attributes["pad"] or (0, 0)
        self.filters, self.kernel, self.groups = (attributes[name] for name in ("num_filter", "kernel", "num_group"))
        self._kept = Kept()

    def __call__(
        self, data: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, other: torch.Tensor | None
    ) -> torch.Tensor:
        """The convolution, plus `other` where it is given, then relu."""
        if data.dtype is not torch.float32 or data.device.type != "cpu" or not self.packs(data.shape):
            return self._plain(data, weight, bias, other)
        data = data.contiguous(memory_format=torch.channels_last)
        packed = self._kept.get((weight,), lambda: self._packed(weight.detach()))
        place = (self.pad, self.stride, self.dilate, self.groups)
        after = "relu" if self.relu else None
        if other is None:
            return torch.ops.mkldnn._convolution_pointwise(data, packed, bias, *place, after or "none", [], "")
        other = other.contiguous(memory_format=torch.channels_last)
        return torch.ops.mkldnn._convolution_pointwise.binary(
            data, other, packed, bias, *place, "add", 1.0, after, [], ""
        )

    def packs(self, data: tuple[int, ...]) -> bool:
        """Whether it packs its weight for data of this shape: packed, a convolution computes channels last."""
        weight = (self.filters, data[1] // self.groups, *self.kernel)
        return memory_format.computes_channels_last(data, weight, self.stride, self.dilate, self.pad)

    def _packed(self, weight: torch.Tensor) -> torch.Tensor:
        return torch.ops.mkldnn._reorder_convolution_weight(
            weight, self.pad, self.stride, self.dilate, self.groups, list(self.shape)
        )

    def _plain(
        self, data: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, other: torch.Tensor | None
    ) -> torch.Tensor:
        data, weight = memory_format.convolution_operands(data, weight, self.stride, self.dilate, self.pad)
        out = torch.conv2d(data, weight, bias, self.stride, self.pad, self.dilate, self.groups)
        if other is not None:
            out = out + other
        return torch.relu_(out) if self.relu else out
