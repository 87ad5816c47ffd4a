"""AlexNet and ResNet-18 on images of 224×224."""

from __future__ import annotations

from typing import Any

from ..case import Unavailable
from ..steps import DEEP_KINKS, Network, inference, training

# --- AlexNet in one column, as the book writes it for Fashion-MNIST --------------------------------------------------


def gluon_alexnet(dropout: float) -> Any:
    from mxnet.gluon import nn

    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(96, kernel_size=11, strides=4, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(dropout),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(dropout),
        nn.Dense(10),
    )
    return net


def torch_alexnet(dropout: float) -> Any:
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 96, kernel_size=11, stride=4),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(96, 256, kernel_size=5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Conv2d(256, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 384, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=3, stride=2),
        nn.Flatten(),
        nn.Linear(6400, 4096),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(4096, 4096),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(4096, 10),
    )


# --- ResNet-18, version 1, as Gluon's model zoo has it (He et al., 2015) ---------------------------------------------


def gluon_resnet18() -> Any:
    from mxnet import gluon

    zoo = getattr(gluon, "model_zoo", None)
    if zoo is None:
        raise Unavailable("this mxnet has no gluon.model_zoo")
    return zoo.vision.resnet18_v1(classes=1000)


def torch_resnet18() -> Any:
    from torch import nn

    def convolution(inputs: int, outputs: int, size: int, stride: int) -> list:
        return [
            nn.Conv2d(inputs, outputs, size, stride, padding=size // 2, bias=False),
            nn.BatchNorm2d(outputs),
        ]

    class Block(nn.Module):
        """Two convolutions and the way around them."""

        def __init__(self, inputs: int, outputs: int, stride: int) -> None:
            super().__init__()
            self.body = nn.Sequential(
                *convolution(inputs, outputs, 3, stride), nn.ReLU(inplace=True), *convolution(outputs, outputs, 3, 1)
            )
            self.around = nn.Sequential(*convolution(inputs, outputs, 1, stride)) if stride > 1 else nn.Identity()
            self.relu = nn.ReLU(inplace=True)

        def forward(self, x: Any) -> Any:
            return self.relu(self.body(x) + self.around(x))

    stages = [(64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2)]
    return nn.Sequential(
        *convolution(3, 64, 7, 2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
        *(Block(*stage) for stage in [*stages, (512, 512, 1)]),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(512, 1000),
    )


ALEXNET = Network(gluon_alexnet, torch_alexnet, (1, 224, 224), dropout=0.5, compared_rate=1e-3, calls=1)
RESNET18 = Network(gluon_resnet18, torch_resnet18, (3, 224, 224), classes=1000, compared_rate=1e-3, calls=1)

CASES = [
    training(
        "alexnet-train",
        "AlexNet, 224×224, training step, batch 32, hybridized",
        ALEXNET,
        32,
        torch_target=1.03,
        mxnet_target=0.7,
        tolerance=DEEP_KINKS,
        rounds=3,
        note="with dropout; the steps are compared without it",
    ),
    training(
        "resnet18-train",
        "ResNet-18, 224×224, training step, batch 32, hybridized",
        RESNET18,
        32,
        torch_target=1.03,
        mxnet_target=0.7,
        tolerance=DEEP_KINKS,
        rounds=3,
    ),
    *(
        inference(
            f"resnet18-infer-{batch}",
            f"ResNet-18, 224×224, inference, batch {batch}, hybridized",
            RESNET18,
            batch,
            torch_target=0.9,
            mxnet_target=0.6,
            rounds=5 if batch == 1 else 3,
        )
        for batch in (1, 32)
    ),
]
