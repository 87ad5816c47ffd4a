"""Graphs and what is not one: executors, blocks written by hand that run eagerly, and the first call of deep graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..case import Case, Subject
from ..steps import KINKS, Network, gluon_network, torch_inference, training
from .large import RESNET18

# --- an executor beside the hybridized block -------------------------------------------------------------------------


def gluon_executor(network: Network, size: int) -> Subject:
    """`Symbol.bind(...)` of a network's graph, and `forward()`."""
    import mxnet as mx
    from mxnet import nd

    images = nd.array(network.batch(size)[0])
    block, _ = gluon_network(network, images, compare=False)
    symbol = block(mx.sym.Variable("data"))
    arrays = {each.name: each.data() for each in block.collect_params().values()}
    executor = symbol.bind(
        mx.cpu(),
        {name: arrays.get(name, images) for name in symbol.list_arguments()},
        aux_states={name: arrays[name] for name in symbol.list_auxiliary_states()},
    )

    def repeat(times: int) -> None:
        for _ in range(times):
            executor.forward()[0].wait_to_read()

    return Subject(repeat, lambda: {"values": [executor.forward()[0].asnumpy()]})


# --- blocks whose arrays have two readers ----------------------------------------------------------------------------


def gluon_swish() -> Any:
    from mxnet.gluon import nn

    class Swish(nn.HybridBlock):
        """A convolution, times its own sigmoid."""

        def __init__(self, channels: int) -> None:
            super().__init__()
            self.convolution = nn.Conv2D(channels, kernel_size=3, padding=1)

        def hybrid_forward(self, F: Any, x: Any) -> Any:
            y = self.convolution(x)
            return F.sigmoid(y) * y

    net = nn.HybridSequential()
    net.add(Swish(8), nn.AvgPool2D(2, 2), Swish(16), nn.AvgPool2D(2, 2), nn.Dense(10))
    return net


def torch_swish() -> Any:
    import torch
    from torch import nn

    class Swish(nn.Module):
        """A convolution, times its own sigmoid."""

        def __init__(self, inputs: int, channels: int) -> None:
            super().__init__()
            self.convolution = nn.Conv2d(inputs, channels, kernel_size=3, padding=1)

        def forward(self, x: Any) -> Any:
            y = self.convolution(x)
            return torch.sigmoid(y) * y

    return nn.Sequential(
        Swish(1, 8), nn.AvgPool2d(2, 2), Swish(8, 16), nn.AvgPool2d(2, 2), nn.Flatten(), nn.Linear(784, 10)
    )


def gluon_squeeze_excite() -> Any:
    from mxnet.gluon import nn

    class Block(nn.HybridBlock):
        """A convolution whose channels are scaled by what two dense layers make of their means."""

        def __init__(self, channels: int) -> None:
            super().__init__()
            self.convolution = nn.Conv2D(channels, kernel_size=3, padding=1, activation="relu")
            self.squeeze = nn.Dense(channels // 4, activation="relu")
            self.excite = nn.Dense(channels, activation="sigmoid")

        def hybrid_forward(self, F: Any, x: Any) -> Any:
            y = self.convolution(x)
            scale = self.excite(self.squeeze(F.mean(y, axis=(2, 3))))
            return F.broadcast_mul(y, F.expand_dims(F.expand_dims(scale, axis=2), axis=3))

    net = nn.HybridSequential()
    net.add(Block(8), nn.MaxPool2D(2, 2), Block(16), nn.MaxPool2D(2, 2), nn.Dense(10))
    return net


def torch_squeeze_excite() -> Any:
    import torch
    from torch import nn

    class Block(nn.Module):
        """A convolution whose channels are scaled by what two dense layers make of their means."""

        def __init__(self, inputs: int, channels: int) -> None:
            super().__init__()
            self.convolution = nn.Conv2d(inputs, channels, kernel_size=3, padding=1)
            self.squeeze = nn.Linear(channels, channels // 4)
            self.excite = nn.Linear(channels // 4, channels)

        def forward(self, x: Any) -> Any:
            y = torch.relu(self.convolution(x))
            scale = torch.sigmoid(self.excite(torch.relu(self.squeeze(y.mean((2, 3))))))
            return y * scale[:, :, None, None]

    return nn.Sequential(
        Block(1, 8), nn.MaxPool2d(2, 2), Block(8, 16), nn.MaxPool2d(2, 2), nn.Flatten(), nn.Linear(784, 10)
    )


SWISH = Network(gluon_swish, torch_swish, (1, 28, 28))
SQUEEZE_EXCITE = Network(gluon_squeeze_excite, torch_squeeze_excite, (1, 28, 28))
EAGER = ("eager", "channels-last")


# --- the first call of a graph ---------------------------------------------------------------------------------------


def gluon_first_call(length: int) -> Subject:
    """Binding a row of `length` operators and running it: all that comes before the second call."""
    import mxnet as mx
    from mxnet import nd

    x = symbol = mx.sym.Variable("x")
    for number in range(length):
        symbol = mx.sym.relu(symbol) if number % 2 else symbol + x
    given = nd.array(np.zeros((2, 3), "float32"))

    def first() -> Any:
        return symbol.bind(mx.cpu(), {"x": given}).forward()[0]

    def repeat(times: int) -> None:
        for _ in range(times):
            first().wait_to_read()

    return Subject(repeat, lambda: {"values": [first().asnumpy()]}, calls=1)


def deep(length: int, most: float) -> Case:
    build: Callable[[], Subject] = lambda: gluon_first_call(length)  # noqa: E731 - one line of a table
    return Case(
        f"first-call-{length}",
        f"first call of a graph of {length:,} operators in a row: bind and forward",
        build,
        most=most,
        rounds=3,
        threads=1,
    )


CASES = [
    Case(
        "resnet18-bind-1",
        "ResNet-18, 224×224, prediction of one image, `bind(...).forward()`",
        lambda: gluon_executor(RESNET18, 1),
        lambda variant: torch_inference(RESNET18, 1, variant),
        torch_target=0.99,
        mxnet_target=0.66,
        note="no more than 1.1 of the hybridized block, `resnet18-infer-1`",
    ),
    training(
        "swish-train-eager",
        "convolutions times their own sigmoids, training step, batch 64, not hybridized",
        SWISH,
        64,
        hybridize=False,
        variants=EAGER,
        torch_target=1.0,
    ),
    training(
        "squeeze-excite-train-eager",
        "squeeze-and-excitation blocks, training step, batch 64, not hybridized",
        SQUEEZE_EXCITE,
        64,
        hybridize=False,
        variants=EAGER,
        torch_target=1.0,
        tolerance=KINKS,
    ),
    deep(1_000, 0.15),
    deep(10_000, 1.5),
]
