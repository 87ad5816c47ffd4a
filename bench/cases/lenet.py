"""LeNet as the notebooks write it, its cousin with ReLU and maximum pooling, and a multilayer perceptron."""

from __future__ import annotations

from typing import Any

from ..steps import KINKS, Network, inference, training

# --- LeNet: sigmoids, average pooling, 6 and 16 channels -------------------------------------------------------------


def gluon_lenet() -> Any:
    from mxnet.gluon import nn

    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(6, kernel_size=5, padding=2, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Conv2D(16, kernel_size=5, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="sigmoid"),
        nn.Dense(84, activation="sigmoid"),
        nn.Dense(10),
    )
    return net


def torch_lenet() -> Any:
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 6, kernel_size=5, padding=2),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Conv2d(6, 16, kernel_size=5),
        nn.Sigmoid(),
        nn.AvgPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Sigmoid(),
        nn.Linear(120, 84),
        nn.Sigmoid(),
        nn.Linear(84, 10),
    )


# --- the network of the notebook cnn_zh: ReLU, maximum pooling, 20 and 50 channels -----------------------------------


def gluon_lenet_relu() -> Any:
    from mxnet.gluon import nn

    net = nn.HybridSequential()
    net.add(
        nn.Conv2D(20, kernel_size=5, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Conv2D(50, kernel_size=3, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Dense(128, activation="relu"),
        nn.Dense(10),
    )
    return net


def torch_lenet_relu() -> Any:
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, 20, kernel_size=5),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Conv2d(20, 50, kernel_size=3),
        nn.ReLU(),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Flatten(),
        nn.Linear(1250, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


# --- a multilayer perceptron, 784-256-10 -----------------------------------------------------------------------------


def gluon_mlp() -> Any:
    from mxnet.gluon import nn

    net = nn.HybridSequential()
    net.add(nn.Dense(256, activation="relu"), nn.Dense(10))
    return net


def torch_mlp() -> Any:
    from torch import nn

    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))


LENET = Network(gluon_lenet, torch_lenet, (1, 28, 28))
LENET_RELU = Network(gluon_lenet_relu, torch_lenet_relu, (1, 28, 28))
MLP = Network(gluon_mlp, torch_mlp, (784,))

CASES = [
    training(
        "lenet-train",
        "LeNet (sigmoid, average pooling), training step, batch 256, hybridized",
        LENET,
        256,
        torch_target=0.65,
        mxnet_target=0.26,
        quick=True,
    ),
    training(
        "lenet-train-eager",
        "the same, not hybridized",
        LENET,
        256,
        hybridize=False,
        variants=("eager", "channels-last"),
        against=("channels-last",),
        torch_target=1.05,
        mxnet_target=0.35,
        quick=True,
        note="held against PyTorch's channels-last eager",
    ),
    training(
        "lenet-relu-train",
        "LeNet with ReLU, max pooling, 20 and 50 channels, training step, batch 256, hybridized",
        LENET_RELU,
        256,
        torch_target=0.9,
        mxnet_target=0.25,
        tolerance=KINKS,
        quick=True,
    ),
    training(
        "mlp-train",
        "MLP 784-256-10, training step, batch 256, hybridized",
        MLP,
        256,
        variants=("eager", "compile"),  # vectors have no channels to put last
        torch_target=1.05,
        mxnet_target=0.5,
        quick=True,
    ),
    *(
        inference(
            f"lenet-infer-{batch}",
            f"LeNet, inference, batch {batch}, hybridized",
            LENET,
            batch,
            torch_target=0.9,
            mxnet_target=0.6,
            quick=batch == 32,
        )
        for batch in (1, 32)
    ),
]
