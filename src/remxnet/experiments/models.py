"""The models that have a name: their layers for small images and for large ones, and settings they learn well with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from mxnet.gluon import HybridBlock, nn
from mxnet.gluon.model_zoo import vision
from mxnet.initializer import Xavier

__all__ = ["LARGE", "MODELS", "Model"]

#: for networks of many layers without normalizations: what a ReLU leaves is as large as what went in (He et al., 2015)
HE: dict[str, Any] = {"weight_initializer": Xavier(rnd_type="gaussian", factor_type="in", magnitude=2)}
LARGE = 96  # pixels: images of this side or more get the networks made for 224×224


@dataclass(frozen=True)
class Model:
    """A named architecture, and what it is trained with where nothing else is asked for.

    The settings have the names and the meaning they have in `Settings`.

    Attributes
    ----------
    name, summary : str
    build : callable(classes) -> HybridBlock
        The network for images of 28×28 or so, not yet initialised; for all images if there is no other.
    learning_rate, momentum : float
    side : int or None
        Side in pixels the images are scaled to, unless told otherwise; None leaves them as they are.
    smallest : int
        The smallest side the layers leave anything of.
    build_large : callable(classes) -> HybridBlock, optional
        The network for images of 96×96 or more, such as 224×224.
    epochs, batch_size : int
    optimizer : str
    weight_decay : float
    schedule : str
    warmup : float
    augment : bool
    """

    name: str
    summary: str
    build: Callable[[int], HybridBlock]
    learning_rate: float
    momentum: float
    side: int | None = None
    smallest: int = 1
    build_large: Callable[[int], HybridBlock] | None = None
    epochs: int = 10
    batch_size: int = 256
    optimizer: str = "sgd"
    weight_decay: float = 0.0
    schedule: str = "constant"
    warmup: float = 0.0
    augment: bool = False

    def network(self, classes: int, side: int) -> HybridBlock:
        """The network for so many classes of images that have this side in pixels, not yet initialised.

        Examples
        --------
        >>> resnet = MODELS["resnet18"]
        >>> resnet.network(10, 28).features[0], resnet.network(10, 224).features[0]  # doctest: +NORMALIZE_WHITESPACE
        (Conv2D(None -> 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False),
         Conv2D(None -> 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False))
        """
        if side >= LARGE and self.build_large is not None:
            return self.build_large(classes)
        return self.build(classes)


# --- layers ---------------------------------------------------------------------------------------------------------


def layers(*blocks: HybridBlock) -> nn.HybridSequential:
    """The blocks one after another."""
    net = nn.HybridSequential()
    net.add(*blocks)
    return net


def activated(layer: Callable[..., HybridBlock], size: int, activation: str, normalized: bool, **options: Any) -> list:
    """A layer and its activation, with a batch normalization between them if `normalized`."""
    if not normalized:
        return [layer(size, activation=activation, **options)]
    return [layer(size, use_bias=False, **options), nn.BatchNorm(), nn.Activation(activation)]


def mlp(classes: int) -> nn.HybridSequential:
    """One hidden layer of 256 units."""
    return layers(nn.Dense(256, activation="relu"), nn.Dense(classes))


def lenet(
    classes: int,
    activation: str = "sigmoid",
    pooling: Callable[..., HybridBlock] = nn.AvgPool2D,
    window: int = 2,
    normalized: bool = False,
) -> nn.HybridSequential:
    """LeNet-5 as the notebooks write it (LeCun et al., 1998), or with another activation, pooling, and normalizations.

    Parameters
    ----------
    classes : int
    activation : str
    pooling : class
        `AvgPool2D` or `MaxPool2D`
    window : int
        Side and stride of the poolings.
    normalized : bool
        Whether the activations but those of the output follow a batch normalization.
    """
    blocks: list[HybridBlock] = []
    for channels, padding in ((6, 2), (16, 0)):
        blocks += activated(nn.Conv2D, channels, activation, normalized, kernel_size=5, padding=padding)
        blocks.append(pooling(pool_size=window, strides=window))
    for units in (120, 84):
        blocks += activated(nn.Dense, units, activation, normalized)
    return layers(*blocks, nn.Dense(classes))


def alexnet_small(classes: int) -> nn.HybridSequential:
    """AlexNet for images of 28×28: its convolutions, poolings and dense layers, narrow and with small kernels."""
    blocks: list[HybridBlock] = []
    for channels, kernel, pooled in ((32, 5, True), (64, 3, True), (96, 3, False), (96, 3, False), (64, 3, True)):
        blocks.append(nn.Conv2D(channels, kernel, padding=kernel // 2, activation="relu", **HE))
        if pooled:
            blocks.append(nn.MaxPool2D(pool_size=2, strides=2))
    for _ in range(2):
        blocks += [nn.Dense(256, activation="relu", **HE), nn.Dropout(0.5)]
    return layers(*blocks, nn.Dense(classes))


#: convolutions and channels of the stages of VGG-11, narrow, and whether a stage ends in a pooling: 28, 14, 7, 3 pixels
VGG11_SMALL = ((1, 32, True), (1, 64, True), (2, 128, True), (2, 128, False), (2, 128, True))


def vgg11_small(classes: int, normalized: bool = False) -> nn.HybridSequential:
    """VGG-11 for images of 28×28: narrow, with a pooling less, as there is no side left to halve."""
    blocks: list[HybridBlock] = []
    for count, channels, pooled in VGG11_SMALL:
        for _ in range(count):
            blocks += activated(nn.Conv2D, channels, "relu", normalized, kernel_size=3, padding=1, **HE)
        if pooled:
            blocks.append(nn.MaxPool2D(pool_size=2, strides=2))
    for _ in range(2):
        blocks += [nn.Dense(256, activation="relu", **HE), nn.Dropout(0.5)]
    return layers(*blocks, nn.Dense(classes))


NIN_SMALL = ((32, 5, 1, 2), (64, 3, 1, 1), (96, 3, 1, 1))
NIN_LARGE = ((96, 11, 4, 0), (256, 5, 1, 2), (384, 3, 1, 1))


def nin(classes: int, blocks: Sequence[tuple[int, int, int, int]], window: int) -> nn.HybridSequential:
    """Network in network (Lin, Chen and Yan, 2013): 1×1 convolutions after each other one, a global average at the end.

    Parameters
    ----------
    classes : int
    blocks : sequence of tuple
        Channels, kernel, stride and padding of the convolutions.
    window : int
        Side of the poolings after them, which halve the side.
    """
    found: list[HybridBlock] = []

    def add(channels: int, kernel: int, stride: int, padding: int) -> None:
        found.append(nn.Conv2D(channels, kernel, stride, padding, activation="relu", **HE))
        found.extend(nn.Conv2D(channels, kernel_size=1, activation="relu", **HE) for _ in range(2))

    for block in blocks:
        add(*block)
        found.append(nn.MaxPool2D(pool_size=window, strides=2))
    found.append(nn.Dropout(0.5))
    add(classes, 3, 1, 1)
    return layers(*found, nn.GlobalAvgPool2D(), nn.Flatten())


def resnet18_small(classes: int) -> vision.ResNetV1:
    """ResNet-18 for images of 28×28: a quarter as wide, and a first convolution that leaves the side as it is."""
    return vision.ResNetV1(vision.BasicBlockV1, [2, 2, 2, 2], [16, 16, 32, 64, 128], classes, thumbnail=True)


def from_zoo(name: str) -> Callable[[int], Any]:
    """The model zoo's network of that name, as a function of the number of classes."""
    return lambda classes: vision.get_model(name, classes=classes)


# --- models ---------------------------------------------------------------------------------------------------------

LENET_RELU: dict[str, Any] = {"activation": "relu", "pooling": nn.MaxPool2D}
LENET_BN: dict[str, Any] = {**LENET_RELU, "normalized": True}
#: what a network with batch normalizations reaches its best accuracy with in few epochs
LONG_RUN: dict[str, Any] = {
    "learning_rate": 0.1,
    "momentum": 0.9,
    "epochs": 30,
    "batch_size": 128,
    "optimizer": "nag",
    "weight_decay": 5e-4,
    "schedule": "cosine",
    "warmup": 1.0,
    "augment": True,
}

MODELS = {
    model.name: model
    for model in (
        Model("mlp", "one hidden layer of 256 units", mlp, learning_rate=0.1, momentum=0.9),
        Model(
            "lenet",
            "LeNet-5 as the notebooks write it: sigmoid, average pooling",
            lenet,
            learning_rate=0.9,
            momentum=0.5,
            smallest=12,
            build_large=partial(lenet, window=4),
            schedule="cosine",
        ),
        Model(
            "lenet-relu",
            "LeNet-5 with ReLU and maximum pooling",
            partial(lenet, **LENET_RELU),
            learning_rate=0.05,
            momentum=0.9,
            smallest=12,
            build_large=partial(lenet, window=4, **LENET_RELU),
        ),
        Model(
            "lenet-bn",
            "LeNet-5 with ReLU, maximum pooling and batch normalization",
            partial(lenet, **LENET_BN),
            learning_rate=0.1,
            momentum=0.9,
            smallest=12,
            build_large=partial(lenet, window=4, **LENET_BN),
        ),
        Model(
            "alexnet",
            "AlexNet; narrow for images of 28×28",
            alexnet_small,
            learning_rate=0.01,
            momentum=0.9,
            smallest=8,
            build_large=from_zoo("alexnet"),
        ),
        Model(
            "vgg11",
            "VGG with 11 layers; narrow for images of 28×28",
            vgg11_small,
            learning_rate=0.02,
            momentum=0.9,
            smallest=16,
            build_large=from_zoo("vgg11"),
        ),
        Model(
            "vgg11-bn",
            "VGG with 11 layers and batch normalization; narrow for images of 28×28",
            partial(vgg11_small, normalized=True),
            smallest=16,
            build_large=from_zoo("vgg11_bn"),
            **LONG_RUN,
        ),
        Model(
            "nin",
            "network in network; narrow for images of 28×28",
            partial(nin, blocks=NIN_SMALL, window=2),
            learning_rate=0.02,
            momentum=0.9,
            smallest=8,
            build_large=partial(nin, blocks=NIN_LARGE, window=3),
        ),
        Model(
            "resnet18",
            "ResNet with 18 layers; a quarter as wide for images of 28×28",
            resnet18_small,
            build_large=from_zoo("resnet18_v1"),
            **LONG_RUN,
        ),
    )
}
