"""AlexNet in one column (Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014)."""

from __future__ import annotations

from typing import Any

from ... import nn
from ..model_store import CPU, Contexts, with_weights
from ._network import Classifier

__all__ = ["AlexNet", "alexnet"]

#: channels, kernel, stride, padding, and whether a maximum pooling follows
CONVOLUTIONS = (
    (64, 11, 4, 2, True),
    (192, 5, 1, 2, True),
    (384, 3, 1, 1, False),
    (256, 3, 1, 1, False),
    (256, 3, 1, 1, True),
)


class AlexNet(Classifier):
    """Five convolutions and three dense layers, for images of 224×224.

    Parameters
    ----------
    classes : int
        how many scores the output has
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> net = mx.gluon.model_zoo.vision.alexnet(classes=10)
    >>> net.output
    Dense(None -> 10, linear)
    """

    def __init__(self, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            for channels, kernel, stride, padding, pooled in CONVOLUTIONS:
                self.features.add(nn.Conv2D(channels, kernel, stride, padding, activation="relu"))
                if pooled:
                    self.features.add(nn.MaxPool2D(pool_size=3, strides=2))
            self.features.add(nn.Flatten())
            for _ in range(2):
                self.features.add(nn.Dense(4096, activation="relu"), nn.Dropout(0.5))
            self.output = nn.Dense(classes)


def alexnet(pretrained: bool = False, ctx: Contexts = CPU, root: str | None = None, **kwargs: Any) -> AlexNet:
    """AlexNet.

    Parameters
    ----------
    pretrained : bool
        whether to load weights, see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`
    ctx : Context or list of Context
        where to put them
    root : str, optional
        the folder they lie in
    **kwargs
        arguments of :class:`AlexNet`
    """
    return with_weights(AlexNet(**kwargs), "alexnet", pretrained, ctx, root)
