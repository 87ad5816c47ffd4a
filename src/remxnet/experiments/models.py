"""The models that have a name, each a short description of its layers, with settings it learns well with."""

from collections.abc import Callable
from dataclasses import dataclass

from mxnet.gluon import nn

from ..errors import InputError

__all__ = ["MODELS", "Model", "find_model"]


@dataclass(frozen=True)
class Model:
    """A named architecture.

    Attributes
    ----------
    name, summary : str
    build : callable(classes) -> HybridSequential
        The network, not yet initialised.
    learning_rate, momentum : float
        What stochastic gradient descent trains it well with, in batches of 256.
    side : int or None
        Side in pixels the images are scaled to, unless told otherwise; None leaves them as they are.
    smallest : int
        The smallest side the layers leave anything of.
    """

    name: str
    summary: str
    build: Callable[[int], nn.HybridSequential]
    learning_rate: float
    momentum: float
    side: int | None = None
    smallest: int = 1


def layers(*blocks: nn.HybridBlock) -> nn.HybridSequential:
    """The blocks one after another."""
    net = nn.HybridSequential()
    net.add(*blocks)
    return net


def mlp(classes: int) -> nn.HybridSequential:
    """One hidden layer of 256 units."""
    return layers(nn.Dense(256, activation="relu"), nn.Dense(classes))


def lenet(classes: int) -> nn.HybridSequential:
    """LeNet-5 as the notebooks write it (LeCun et al., 1998): sigmoids and average pooling."""
    return layers(
        nn.Conv2D(6, kernel_size=5, padding=2, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Conv2D(16, kernel_size=5, activation="sigmoid"),
        nn.AvgPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="sigmoid"),
        nn.Dense(84, activation="sigmoid"),
        nn.Dense(classes),
    )


def lenet_relu(classes: int) -> nn.HybridSequential:
    """The same with rectified linear units and maximum pooling."""
    return layers(
        nn.Conv2D(6, kernel_size=5, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Conv2D(16, kernel_size=5, activation="relu"),
        nn.MaxPool2D(pool_size=2, strides=2),
        nn.Dense(120, activation="relu"),
        nn.Dense(84, activation="relu"),
        nn.Dense(classes),
    )


def alexnet(classes: int) -> nn.HybridSequential:
    """AlexNet in one column (Krizhevsky, Sutskever and Hinton, 2012)."""
    return layers(
        nn.Conv2D(96, kernel_size=11, strides=4, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(256, kernel_size=5, padding=2, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(384, kernel_size=3, padding=1, activation="relu"),
        nn.Conv2D(256, kernel_size=3, padding=1, activation="relu"),
        nn.MaxPool2D(pool_size=3, strides=2),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(classes),
    )


MODELS = {
    model.name: model
    for model in (
        Model("lenet", "LeNet-5 as the notebooks write it", lenet, learning_rate=0.9, momentum=0.0, smallest=12),
        Model(
            "lenet-relu", "LeNet-5 with ReLU and max pooling", lenet_relu, learning_rate=0.05, momentum=0.9, smallest=12
        ),
        Model("alexnet", "AlexNet, images scaled to 224", alexnet, 0.01, 0.9, side=224, smallest=67),
        Model("mlp", "one hidden layer of 256 units", mlp, learning_rate=0.1, momentum=0.9),
    )
}


def find_model(name: str) -> Model:
    """The model of that name: one of `MODELS`, or a family with a size, such as `conv-pool:50x75` or `my.py:wide:12`.

    Raises
    ------
    InputError
        If there is none.
    """
    if ":" in name:
        from .family_files import family_model  # it needs Model

        return family_model(name)
    if name not in MODELS:
        raise InputError(f"no model is called {name!r}; there are {', '.join(MODELS)}")
    return MODELS[name]
