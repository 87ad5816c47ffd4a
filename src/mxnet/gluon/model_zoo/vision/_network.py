"""What the networks of the zoo have in common: features, then an output."""

from __future__ import annotations

from typing import Any

from ... import nn
from ...block import HybridBlock

__all__ = ["Classifier", "add_convolution", "add_stem"]


class Classifier(HybridBlock):
    """A network in two parts: ``features`` of an image, and the ``output`` made of them, one score for each class.

    To reuse the features for classes of one's own, build the network with ``classes`` and take ``features`` over from
    one that was trained. A subclass adds layers to ``features`` and makes ``output``.

    Parameters
    ----------
    features_prefix : str
        what the names of the features have before them, after the network's own prefix
    **kwargs
        ``prefix`` and ``params``
    """

    output: Any

    def __init__(self, features_prefix: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            self.features: Any = nn.HybridSequential(prefix=features_prefix)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return self.output(self.features(x))


def add_convolution(block: Any, channels: int, kernel_size: Any = 1, activation: Any = None, **options: Any) -> None:
    """Add a convolution without bias, its batch normalization, and an activation.

    Parameters
    ----------
    block : HybridSequential
        what to add to
    channels : int
        of the output
    kernel_size : int or tuple of int
        of the convolution
    activation : str or HybridBlock, optional
        the name of an activation, or a block; None adds none
    **options
        of the convolution
    """
    block.add(nn.Conv2D(channels, kernel_size, use_bias=False, **options), nn.BatchNorm())
    if activation is not None:
        block.add(nn.Activation(activation) if isinstance(activation, str) else activation)


def add_stem(block: Any, channels: int) -> None:
    """Add what makes a quarter of the side of an image of 224×224: a 7×7 convolution and a maximum pooling."""
    add_convolution(block, channels, 7, "relu", strides=2, padding=3)
    block.add(nn.MaxPool2D(pool_size=3, strides=2, padding=1))
