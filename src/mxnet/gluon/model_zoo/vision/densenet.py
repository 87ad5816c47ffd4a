"""DenseNet (Huang et al., "Densely connected convolutional networks", 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import nn
from ...contrib.nn import HybridConcurrent, Identity
from ..model_store import CPU, Contexts, variant, with_weights
from ._network import Classifier, add_stem

__all__ = ["DenseNet", "densenet121", "densenet161", "densenet169", "densenet201"]

#: number of layers with weights -> channels of the first convolution, channels each layer adds, layers of each stage
densenet_spec = {
    121: (64, 32, [6, 12, 24, 16]),
    161: (96, 48, [6, 12, 36, 24]),
    169: (64, 32, [6, 12, 32, 32]),
    201: (64, 32, [6, 12, 48, 32]),
}


def _add_normalized_convolution(block: Any, channels: int, kernel: int, padding: int = 0) -> None:
    block.add(
        nn.BatchNorm(), nn.Activation("relu"), nn.Conv2D(channels, kernel, padding=padding, use_bias=False)
    )  # fmt: skip


def _layer(growth_rate: int, bn_size: int, dropout: float) -> HybridConcurrent:
    """The input, joined with `growth_rate` more channels computed from it."""
    added = nn.HybridSequential(prefix="")
    _add_normalized_convolution(added, bn_size * growth_rate, 1)
    _add_normalized_convolution(added, growth_rate, 3, padding=1)
    if dropout:
        added.add(nn.Dropout(dropout))
    block = HybridConcurrent(axis=1, prefix="")
    block.add(Identity(), added)
    return block


def _transition(channels: int) -> nn.HybridSequential:
    """Half the side, and so many channels."""
    block = nn.HybridSequential(prefix="")
    _add_normalized_convolution(block, channels, 1)
    block.add(nn.AvgPool2D(pool_size=2, strides=2))
    return block


class DenseNet(Classifier):
    """Stages in which every layer sees the outputs of all before it, for images of 224×224.

    Parameters
    ----------
    num_init_features : int
        channels of the first convolution
    growth_rate : int
        channels each layer adds
    block_config : list of int
        how many layers each stage has
    bn_size : int
        the 1×1 convolution of a layer gives so many times `growth_rate` channels
    dropout : float
        probability that an element a layer adds is dropped
    classes : int
        how many scores the output has
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(
        self,
        num_init_features: int,
        growth_rate: int,
        block_config: Sequence[int],
        bn_size: int = 4,
        dropout: float = 0,
        classes: int = 1000,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            add_stem(self.features, num_init_features)
            channels = num_init_features
            for number, layers in enumerate(block_config, start=1):
                stage = nn.HybridSequential(prefix=f"stage{number}_")
                with stage.name_scope():
                    for _ in range(layers):
                        stage.add(_layer(growth_rate, bn_size, dropout))
                self.features.add(stage)
                channels += layers * growth_rate
                if number < len(block_config):
                    channels //= 2
                    self.features.add(_transition(channels))
            self.features.add(nn.BatchNorm(), nn.Activation("relu"), nn.AvgPool2D(pool_size=7), nn.Flatten())
            self.output = nn.Dense(classes)


def get_densenet(
    num_layers: int, pretrained: bool = False, ctx: Contexts = CPU, root: str | None = None, **kwargs: Any
) -> DenseNet:
    """DenseNet of one of the four depths.

    Parameters
    ----------
    num_layers : int
        121, 161, 169 or 201
    pretrained : bool
        whether to load weights, see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`
    ctx : Context or list of Context
        where to put them
    root : str, optional
        the folder they lie in
    **kwargs
        arguments of :class:`DenseNet`

    Raises
    ------
    KeyError
        another depth
    """
    if num_layers not in densenet_spec:
        raise KeyError(f"get_densenet: num_layers={num_layers!r}; expected one of {list(densenet_spec)}")
    net = DenseNet(*densenet_spec[num_layers], **kwargs)
    return with_weights(net, f"densenet{num_layers}", pretrained, ctx, root)


densenet121 = variant("densenet121", "DenseNet with 121 layers.", get_densenet, 121)
densenet161 = variant("densenet161", "DenseNet with 161 layers.", get_densenet, 161)
densenet169 = variant("densenet169", "DenseNet with 169 layers.", get_densenet, 169)
densenet201 = variant("densenet201", "DenseNet with 201 layers.", get_densenet, 201)
