"""SqueezeNet (Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters", 2016)."""

from __future__ import annotations

from typing import Any

from ... import nn
from ...contrib.nn import HybridConcurrent
from ..model_store import CPU, Contexts, variant, with_weights
from ._network import Classifier

__all__ = ["SqueezeNet", "squeezenet1_0", "squeezenet1_1"]

#: version -> channels and kernel of the first convolution, and the channels that the fire modules of each stage squeeze
#: to; a stage starts with a maximum pooling
VERSIONS: dict[str, tuple[int, int, tuple[tuple[int, ...], ...]]] = {
    "1.0": (96, 7, ((16, 16, 32), (32, 48, 48, 64), (64,))),
    "1.1": (64, 3, ((16, 16), (32, 32), (48, 48, 64, 64))),
}
EXPANSION = 4  # each of the two branches gives so many times the channels that were squeezed to


def _convolution(channels: int, kernel: int, padding: int = 0) -> nn.HybridSequential:
    block = nn.HybridSequential(prefix="")
    block.add(nn.Conv2D(channels, kernel, padding=padding), nn.Activation("relu"))
    return block


def _fire(squeezed: int) -> nn.HybridSequential:
    """Squeeze to few channels, then expand them with a 1×1 and a 3×3 convolution side by side."""
    expand = HybridConcurrent(axis=1, prefix="")
    block = nn.HybridSequential(prefix="")
    block.add(_convolution(squeezed, 1))
    expand.add(_convolution(EXPANSION * squeezed, 1), _convolution(EXPANSION * squeezed, 3, padding=1))
    block.add(expand)
    return block


class SqueezeNet(Classifier):
    """Fire modules and no dense layer, for images of 224×224.

    Parameters
    ----------
    version : str
        '1.0', or '1.1', which computes less than half as much
    classes : int
        how many scores the output has
    **kwargs
        ``prefix`` and ``params``

    Raises
    ------
    AssertionError
        another version
    """

    def __init__(self, version: str, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if version not in VERSIONS:
            raise AssertionError(f"SqueezeNet: version={version!r}; expected '1.0' or '1.1'")
        channels, kernel, stages = VERSIONS[version]
        with self.name_scope():
            self.features.add(nn.Conv2D(channels, kernel, strides=2), nn.Activation("relu"))
            for stage in stages:
                self.features.add(nn.MaxPool2D(pool_size=3, strides=2, ceil_mode=True))
                self.features.add(*map(_fire, stage))
            self.features.add(nn.Dropout(0.5))
            self.output = _convolution(classes, 1)
            self.output.add(nn.AvgPool2D(13), nn.Flatten())


def get_squeezenet(
    version: str, pretrained: bool = False, ctx: Contexts = CPU, root: str | None = None, **kwargs: Any
) -> SqueezeNet:
    """SqueezeNet of one of the two versions.

    Parameters
    ----------
    version : str
        '1.0' or '1.1'
    pretrained : bool
        whether to load weights, see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`
    ctx : Context or list of Context
        where to put them
    root : str, optional
        the folder they lie in
    **kwargs
        arguments of :class:`SqueezeNet`
    """
    return with_weights(SqueezeNet(version, **kwargs), f"squeezenet{version}", pretrained, ctx, root)


squeezenet1_0 = variant("squeezenet1_0", "SqueezeNet 1.0.", get_squeezenet, "1.0")
squeezenet1_1 = variant("squeezenet1_1", "SqueezeNet 1.1.", get_squeezenet, "1.1")
