"""In which precision a training step computes: float32 throughout, or bfloat16 with the weights kept in float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

import mxnet as mx
from mxnet import autograd, gluon

from ...errors import InputError

__all__ = ["FullPrecision", "MixedPrecision", "check_mixed_precision"]

LOSS = gluon.loss.SoftmaxCrossEntropyLoss


class FullPrecision:
    """Forward and backward of a network as it is.

    Parameters
    ----------
    net : Block
        Initialised.
    """

    def __init__(self, net: gluon.HybridBlock) -> None:
        self.net = net
        self.loss = LOSS()
        self.loss.hybridize()

    def forward(self, inputs: Any, labels: Any) -> tuple[Any, Any]:
        """Scores (batch, classes) and losses (batch,), recorded."""
        with autograd.record():
            scores = self.net(inputs)
            return scores, self.loss(scores, labels)

    def backward(self, losses: Any) -> None:
        """Put the gradients of the sum of the losses into the network's parameters."""
        losses.backward()

    def gather(self) -> None:
        """Bring the network up to date in what it does not learn by gradients."""

    def scatter(self) -> None:
        """Take over what the network was given from outside."""


class MixedPrecision(FullPrecision):
    """Forward and backward in bfloat16 of a second network, whose weights are those of the first, rounded.

    The optimizer changes the weights in float32, so that small steps are not lost; normalization layers compute in
    float32, as do the losses. bfloat16 has float32's range, so gradients need no scaling (Micikevicius et al., 2018,
    arXiv:1710.03740; Kalamkar et al., 2019, arXiv:1905.12322).

    Parameters
    ----------
    net : Block
        Initialised, in float32.
    build : callable() -> Block
        Makes another network of the same layers.
    shape : tuple
        Of a batch of inputs.
    context : Context
    """

    def __init__(
        self,
        net: gluon.HybridBlock,
        build: Callable[[], gluon.HybridBlock],
        shape: tuple[int, ...],
        context: mx.Context,
    ) -> None:
        super().__init__(net)
        self.rounded = build()
        self.rounded.initialize(mx.init.Zero(), ctx=context)
        self.rounded(mx.nd.zeros(shape, ctx=context))
        self.rounded.cast("bfloat16")
        self.rounded.apply(keep_normalization)
        self.rounded.hybridize()
        whole, rounded = net._collect_params_with_prefix(), self.rounded._collect_params_with_prefix()
        pairs = [(whole[name], rounded[name]) for name in whole]
        self.learned = [pair for pair in pairs if pair[0].grad_req != "null"]
        self.counted = [pair for pair in pairs if pair[0].grad_req == "null"]
        self.casts: list[Any] = []
        self.scatter()

    def forward(self, inputs: Any, labels: Any) -> tuple[Any, Any]:
        """Scores (batch, classes) and losses (batch,), in float32, recorded."""
        with autograd.record():
            self.casts = [whole.data().astype(rounded.dtype) for whole, rounded in self.learned]
        for (_, rounded), cast in zip(self.learned, self.casts):
            rounded.set_data(cast.detach())
        with autograd.record():
            scores = self.rounded(inputs.astype("bfloat16")).astype("float32")
            return scores, self.loss(scores, labels)

    def backward(self, losses: Any) -> None:
        """Put the gradients of the sum of the losses, in float32, into the first network's parameters."""
        losses.backward()
        autograd.backward(self.casts, [rounded.grad() for _, rounded in self.learned])

    def gather(self) -> None:
        """Give the first network the running means and variances."""
        for whole, rounded in self.counted:
            whole.set_data(rounded.data().astype("float32"))

    def scatter(self) -> None:
        """Take the first network's running means and variances."""
        for whole, rounded in self.counted:
            rounded.set_data(whole.data())


def keep_normalization(block: gluon.Block) -> None:
    """Keep the parameters of a normalization layer in float32: its running means would not move otherwise."""
    if isinstance(block, (gluon.nn.BatchNorm, gluon.nn.LayerNorm, gluon.nn.GroupNorm, gluon.nn.InstanceNorm)):
        for parameter in block._reg_params.values():
            parameter.cast("float32")


def check_mixed_precision(context: mx.Context) -> None:
    """Raise InputError where a device does not compute in bfloat16."""
    if context.device_type == "cpu":
        able = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
        needs = "a processor with AVX-512 or its like"
    else:
        able = torch.cuda.is_bf16_supported()
        needs = "an Ampere GPU or a later one"
    if not able:
        raise InputError(f"amp: {context} does not compute in bfloat16, which takes {needs}; leave --amp out")
