"""Blocks of the books' convolutional networks: LeNet, AlexNet, VGG, NiN, GoogLeNet, ResNet, DenseNet."""

from collections.abc import Sequence
from typing import Any

from mxnet import gluon, nd, npx
from mxnet.gluon import nn

from .arrays import front_end

__all__ = [
    "Residual",
    "conv_block",
    "lenet",
    "nin_block",
    "resnet18",
    "resnet_block",
    "transition_block",
    "vgg",
    "vgg_block",
]


def lenet(classes: int = 10) -> nn.Sequential:
    """LeNet-5 with sigmoid activations, for images of 28×28 pixels."""
    return sequential(
        nn.Conv2D(6, kernel_size=5, padding=2, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Conv2D(16, kernel_size=5, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="sigmoid"),
        nn.Dense(84, activation="sigmoid"),
        nn.Dense(classes),
    )


def vgg_block(num_convs: int, num_channels: int) -> nn.Sequential:
    """`num_convs` 3×3 convolutions that keep the size, then a pooling that halves it."""
    convolutions = [nn.Conv2D(num_channels, kernel_size=3, padding=1, activation="relu") for _ in range(num_convs)]
    return sequential(*convolutions, nn.MaxPool2D(pool_size=2, strides=2))


def vgg(conv_arch: Sequence[tuple[int, int]], classes: int = 10) -> nn.Sequential:
    """VGG from its (convolutions, channels) per block; VGG-11 is ((1, 64), (1, 128), (2, 256), (2, 512), (2, 512))."""
    head = []
    for _ in range(2):
        head += [nn.Dense(4096, activation="relu"), nn.Dropout(0.5)]
    return sequential(*(vgg_block(*block) for block in conv_arch), *head, nn.Dense(classes))


def nin_block(num_channels: int, kernel_size: Any, strides: Any, padding: Any) -> nn.Sequential:
    """A convolution followed by two 1×1 convolutions: a small dense network on every pixel."""
    return sequential(
        nn.Conv2D(num_channels, kernel_size, strides, padding, activation="relu"),
        nn.Conv2D(num_channels, kernel_size=1, activation="relu"),
        nn.Conv2D(num_channels, kernel_size=1, activation="relu"),
    )


class Residual(nn.Block):
    """Two 3×3 convolutions with batch normalisation, added to their own input (He et al., arXiv:1512.03385).

    Parameters
    ----------
    num_channels : int
        Output channels.
    use_1x1conv : bool
        Bring the input to the output's shape with a 1×1 convolution; needed when channels or strides change.
    strides : int
        Of the first convolution.
    """

    def __init__(self, num_channels: int, use_1x1conv: bool = False, strides: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conv1 = nn.Conv2D(num_channels, kernel_size=3, padding=1, strides=strides)
        self.conv2 = nn.Conv2D(num_channels, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2D(num_channels, kernel_size=1, strides=strides) if use_1x1conv else None
        self.bn1 = nn.BatchNorm()
        self.bn2 = nn.BatchNorm()

    def forward(self, X: Any) -> Any:
        """Images (batch, channels, height, width) in and out."""
        relu = (nd if front_end(X) is nd else npx).relu
        Y = self.bn2(self.conv2(relu(self.bn1(self.conv1(X)))))
        return relu(Y + (self.conv3(X) if self.conv3 is not None else X))


def resnet_block(num_channels: int, num_residuals: int, first_block: bool = False) -> nn.Sequential:
    """Residual units of one width; the first of them halves the size, except in a network's first block."""
    halving = [] if first_block else [Residual(num_channels, use_1x1conv=True, strides=2)]
    return sequential(*halving, *(Residual(num_channels) for _ in range(num_residuals - len(halving))))


def resnet18(num_classes: int) -> nn.Sequential:
    """ResNet-18 for small images: a 3×3 stem that keeps the size, and no pooling before the residual units."""
    return sequential(
        nn.Conv2D(64, kernel_size=3, strides=1, padding=1),
        nn.BatchNorm(),
        nn.Activation("relu"),
        resnet_block(64, 2, first_block=True),
        resnet_block(128, 2),
        resnet_block(256, 2),
        resnet_block(512, 2),
        nn.GlobalAvgPool2D(),
        nn.Dense(num_classes),
    )


def conv_block(num_channels: int) -> nn.Sequential:
    """DenseNet's unit: batch normalisation, ReLU, 3×3 convolution (Huang et al., arXiv:1608.06993)."""
    return sequential(nn.BatchNorm(), nn.Activation("relu"), nn.Conv2D(num_channels, kernel_size=3, padding=1))


def transition_block(num_channels: int) -> nn.Sequential:
    """What joins DenseNet's blocks: a 1×1 convolution to fewer channels, and a pooling that halves the size."""
    return sequential(
        nn.BatchNorm(),
        nn.Activation("relu"),
        nn.Conv2D(num_channels, kernel_size=1),
        nn.AvgPool2D(pool_size=2, strides=2),
    )


def sequential(*layers: gluon.Block) -> nn.Sequential:
    """The layers one after another."""
    net = nn.Sequential()
    net.add(*layers)
    return net
