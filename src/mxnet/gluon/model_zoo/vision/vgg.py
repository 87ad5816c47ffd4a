"""VGG (Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....initializer import Xavier
from ... import nn
from ..model_store import CPU, Contexts, variant, with_weights
from ._network import Classifier

__all__ = [
    "VGG", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn", "get_vgg",
]  # fmt: skip

#: channels of the five stages
CHANNELS = [64, 128, 256, 512, 512]

#: number of layers with weights -> convolutions in each stage, and their channels
vgg_spec = {
    11: ([1, 1, 2, 2, 2], CHANNELS),
    13: ([2, 2, 2, 2, 2], CHANNELS),
    16: ([2, 2, 3, 3, 3], CHANNELS),
    19: ([2, 2, 4, 4, 4], CHANNELS),
}


class VGG(Classifier):
    """Stages of 3×3 convolutions, each ending in a maximum pooling of 2×2, and three dense layers.

    Parameters
    ----------
    layers : list of int
        how many convolutions each stage has
    filters : list of int
        how many channels they have
    classes : int
        how many scores the output has
    batch_norm : bool
        whether each convolution is followed by a batch normalization
    **kwargs
        ``prefix`` and ``params``

    Raises
    ------
    AssertionError
        `layers` and `filters` are of different lengths
    """

    def __init__(
        self,
        layers: Sequence[int],
        filters: Sequence[int],
        classes: int = 1000,
        batch_norm: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if len(layers) != len(filters):
            raise AssertionError(f"VGG: layers={layers} and filters={filters}; expected one number of each per stage")
        with self.name_scope():
            for count, channels in zip(layers, filters):
                stage: list[Any] = []
                for _ in range(count):
                    weights = Xavier(rnd_type="gaussian", factor_type="out", magnitude=2)
                    convolution = nn.Conv2D(channels, kernel_size=3, padding=1, weight_initializer=weights)
                    normalization = [nn.BatchNorm()] if batch_norm else []
                    stage += [convolution, *normalization, nn.Activation("relu")]
                self.features.add(*stage, nn.MaxPool2D(strides=2))
            for _ in range(2):
                self.features.add(nn.Dense(4096, activation="relu", weight_initializer="normal"), nn.Dropout(0.5))
            self.output = nn.Dense(classes, weight_initializer="normal")


def get_vgg(
    num_layers: int, pretrained: bool = False, ctx: Contexts = CPU, root: str | None = None, **kwargs: Any
) -> VGG:
    """VGG of one of the four depths.

    Parameters
    ----------
    num_layers : int
        11, 13, 16 or 19
    pretrained : bool
        whether to load weights, see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`
    ctx : Context or list of Context
        where to put them
    root : str, optional
        the folder they lie in
    **kwargs
        arguments of :class:`VGG`

    Raises
    ------
    KeyError
        another depth
    """
    if num_layers not in vgg_spec:
        raise KeyError(f"get_vgg: num_layers={num_layers!r}; expected one of {list(vgg_spec)}")
    net = VGG(*vgg_spec[num_layers], **kwargs)
    name = f"vgg{num_layers}_bn" if kwargs.get("batch_norm") else f"vgg{num_layers}"
    return with_weights(net, name, pretrained, ctx, root)


def _get_vgg_bn(num_layers: int, **kwargs: Any) -> VGG:
    kwargs["batch_norm"] = True
    return get_vgg(num_layers, **kwargs)


vgg11 = variant("vgg11", "VGG with 11 layers.", get_vgg, 11)
vgg13 = variant("vgg13", "VGG with 13 layers.", get_vgg, 13)
vgg16 = variant("vgg16", "VGG with 16 layers.", get_vgg, 16)
vgg19 = variant("vgg19", "VGG with 19 layers.", get_vgg, 19)
vgg11_bn = variant("vgg11_bn", "VGG with 11 layers and batch normalization.", _get_vgg_bn, 11)
vgg13_bn = variant("vgg13_bn", "VGG with 13 layers and batch normalization.", _get_vgg_bn, 13)
vgg16_bn = variant("vgg16_bn", "VGG with 16 layers and batch normalization.", _get_vgg_bn, 16)
vgg19_bn = variant("vgg19_bn", "VGG with 19 layers and batch normalization.", _get_vgg_bn, 19)
