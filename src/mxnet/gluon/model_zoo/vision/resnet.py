"""ResNet: version 1 (He et al., "Deep residual learning for image recognition", 2015) and version 2, which normalizes
before each convolution (He et al., "Identity mappings in deep residual networks", 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import nn
from ...block import HybridBlock
from ..model_store import CPU, Contexts, variant, with_weights
from ._network import Classifier, add_convolution, add_stem

__all__ = [
    "ResNetV1", "ResNetV2", "BasicBlockV1", "BasicBlockV2", "BottleneckV1", "BottleneckV2", "resnet18_v1",
    "resnet34_v1", "resnet50_v1", "resnet101_v1", "resnet152_v1", "resnet18_v2", "resnet34_v2", "resnet50_v2",
    "resnet101_v2", "resnet152_v2", "get_resnet",
]  # fmt: skip

SQUEEZE = 4  # the 3×3 convolution of a bottleneck has so many times fewer channels than its output


def _conv3x3(channels: int, stride: int, in_channels: int) -> nn.Conv2D:
    """The convolution of basic blocks, which programs that build on them take from here."""
    return nn.Conv2D(channels, kernel_size=3, strides=stride, padding=1, use_bias=False, in_channels=in_channels)


#: number of layers with weights -> kind of block, blocks in each stage, and channels of the first convolution and of
#: the stages
resnet_spec = {
    18: ("basic_block", [2, 2, 2, 2], [64, 64, 128, 256, 512]),
    34: ("basic_block", [3, 4, 6, 3], [64, 64, 128, 256, 512]),
    50: ("bottle_neck", [3, 4, 6, 3], [64, 256, 512, 1024, 2048]),
    101: ("bottle_neck", [3, 4, 23, 3], [64, 256, 512, 1024, 2048]),
    152: ("bottle_neck", [3, 8, 36, 3], [64, 256, 512, 1024, 2048]),
}


class _BlockV1(HybridBlock):
    """A body, added to the input, and an activation."""

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.body = nn.HybridSequential(prefix="")
        self._add_body(channels, stride, in_channels)
        self.downsample: Any = None
        if downsample:
            self.downsample = nn.HybridSequential(prefix="")
            add_convolution(self.downsample, channels, strides=stride, in_channels=in_channels)

    def _add_body(self, channels: int, stride: int, in_channels: int) -> None:
        raise NotImplementedError

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        body, residual = self.body(x), x if self.downsample is None else self.downsample(x)
        return F.Activation(self._sum(body, residual), act_type="relu")

    def _sum(self, body: Any, residual: Any) -> Any:
        """The two together; MXNet's graphs name them in this order."""
        return body + residual


class BasicBlockV1(_BlockV1):
    """Two 3×3 convolutions, added to the input.

    Parameters
    ----------
    channels : int
        of the output
    stride : int
        the side of the output is so many times smaller
    downsample : bool
        whether the input goes through a 1×1 convolution to be like the output
    in_channels : int
        0 takes it from the first batch
    **kwargs
        ``prefix`` and ``params``
    """

    def _add_body(self, channels: int, stride: int, in_channels: int) -> None:
        add_convolution(self.body, channels, 3, "relu", strides=stride, padding=1, in_channels=in_channels)
        add_convolution(self.body, channels, 3, padding=1, in_channels=channels)

    def _sum(self, body: Any, residual: Any) -> Any:
        return residual + body


class BottleneckV1(_BlockV1):
    """A 1×1 convolution to fewer channels, a 3×3 one, and a 1×1 one back, added to the input.

    Parameters
    ----------
    channels : int
        of the output
    stride : int
        the side of the output is so many times smaller
    downsample : bool
        whether the input goes through a 1×1 convolution to be like the output
    in_channels : int
        0 takes it from the first batch
    **kwargs
        ``prefix`` and ``params``
    """

    def _add_body(self, channels: int, stride: int, in_channels: int) -> None:
        inner = channels // SQUEEZE
        self.body.add(nn.Conv2D(inner, kernel_size=1, strides=stride), nn.BatchNorm(), nn.Activation("relu"))
        add_convolution(self.body, inner, 3, "relu", padding=1, in_channels=inner)
        self.body.add(nn.Conv2D(channels, kernel_size=1), nn.BatchNorm())


class _BlockV2(HybridBlock):
    """Normalization, activation and convolution, one after another, added to the input."""

    def __init__(
        self, channels: int, stride: int, downsample: bool = False, in_channels: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        convolutions = self._convolutions(channels, stride, in_channels)
        self._depth = len(convolutions)
        for number, convolution in enumerate(convolutions, start=1):
            setattr(self, f"bn{number}", nn.BatchNorm())
            setattr(self, f"conv{number}", convolution)
        self.downsample: Any = None
        if downsample:
            self.downsample = nn.Conv2D(
                channels, kernel_size=1, strides=stride, use_bias=False, in_channels=in_channels
            )  # fmt: skip

    def _convolutions(self, channels: int, stride: int, in_channels: int) -> list[nn.Conv2D]:
        raise NotImplementedError

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        residual = x
        for number in range(1, self._depth + 1):
            x = F.Activation(getattr(self, f"bn{number}")(x), act_type="relu")
            if number == 1 and self.downsample is not None:
                residual = self.downsample(x)
            x = getattr(self, f"conv{number}")(x)
        return x + residual


class BasicBlockV2(_BlockV2):
    """Two 3×3 convolutions, each after a normalization, added to the input.

    Parameters
    ----------
    channels : int
        of the output
    stride : int
        the side of the output is so many times smaller
    downsample : bool
        whether the input goes through a 1×1 convolution to be like the output
    in_channels : int
        0 takes it from the first batch
    **kwargs
        ``prefix`` and ``params``
    """

    def _convolutions(self, channels: int, stride: int, in_channels: int) -> list[nn.Conv2D]:
        return [
            nn.Conv2D(channels, 3, strides=stride, padding=1, use_bias=False, in_channels=in_channels),
            nn.Conv2D(channels, 3, padding=1, use_bias=False, in_channels=channels),
        ]


class BottleneckV2(_BlockV2):
    """A 1×1 convolution to fewer channels, a 3×3 one, and a 1×1 one back, each after a normalization,
    added to the input.

    Parameters
    ----------
    channels : int
        of the output
    stride : int
        the side of the output is so many times smaller
    downsample : bool
        whether the input goes through a 1×1 convolution to be like the output
    in_channels : int
        0 takes it from the first batch
    **kwargs
        ``prefix`` and ``params``
    """

    def _convolutions(self, channels: int, stride: int, in_channels: int) -> list[nn.Conv2D]:
        inner = channels // SQUEEZE
        return [
            nn.Conv2D(inner, kernel_size=1, use_bias=False),
            nn.Conv2D(inner, 3, strides=stride, padding=1, use_bias=False, in_channels=inner),
            nn.Conv2D(channels, kernel_size=1, use_bias=False),
        ]


def _add_stem(features: Any, channels: int, thumbnail: bool) -> None:
    """The first convolution: of an image of 224×224, or of a small one, whose side it leaves as it is."""
    if thumbnail:
        features.add(nn.Conv2D(channels, 3, padding=1, use_bias=False))
    else:
        add_stem(features, channels)


def _add_stages(features: Any, block: type, layers: Sequence[int], channels: Sequence[int]) -> None:
    """The stages; each but the first starts with a block that halves the side."""
    for number, (count, before, after) in enumerate(zip(layers, channels, channels[1:]), start=1):
        stage = nn.HybridSequential(prefix=f"stage{number}_")
        with stage.name_scope():
            for position in range(count):
                stride = 2 if number > 1 and position == 0 else 1
                in_channels = after if position else before
                stage.add(block(after, stride, in_channels != after, in_channels=in_channels, prefix=""))
        features.add(stage)


class _ResNet(Classifier):
    """What both versions have in common: the arguments, and a dense layer behind the features."""

    def __init__(
        self,
        block: type,
        layers: Sequence[int],
        channels: Sequence[int],
        classes: int = 1000,
        thumbnail: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if len(layers) != len(channels) - 1:
            raise AssertionError(
                f"{type(self).__name__}: layers={layers} and channels={channels}; expected one more number of channels "
                "than of stages"
            )
        with self.name_scope():
            self._add_features(block, layers, channels, thumbnail)
            width = channels[-1]
            self.output = nn.Dense(classes, in_units=width)

    def _add_features(self, block: type, layers: Sequence[int], channels: Sequence[int], thumbnail: bool) -> None:
        raise NotImplementedError


class ResNetV1(_ResNet):
    """Residual blocks in stages, version 1.

    Parameters
    ----------
    block : class
        :class:`BasicBlockV1` or :class:`BottleneckV1`
    layers : list of int
        how many blocks each stage has
    channels : list of int
        of the first convolution, and of each stage
    classes : int
        how many scores the output has
    thumbnail : bool
        whether images are small, such as 32×32: the first convolution leaves the side as it is
    **kwargs
        ``prefix`` and ``params``

    Raises
    ------
    AssertionError
        `channels` has not one number more than `layers`
    """

    def _add_features(self, block: type, layers: Sequence[int], channels: Sequence[int], thumbnail: bool) -> None:
        _add_stem(self.features, channels[0], thumbnail)
        _add_stages(self.features, block, layers, channels)
        self.features.add(nn.GlobalAvgPool2D())


class ResNetV2(_ResNet):
    """Residual blocks in stages, version 2.

    Parameters
    ----------
    block : class
        :class:`BasicBlockV2` or :class:`BottleneckV2`
    layers : list of int
        how many blocks each stage has
    channels : list of int
        of the first convolution, and of each stage
    classes : int
        how many scores the output has
    thumbnail : bool
        whether images are small, such as 32×32: the first convolution leaves the side as it is
    **kwargs
        ``prefix`` and ``params``

    Raises
    ------
    AssertionError
        `channels` has not one number more than `layers`
    """

    def _add_features(self, block: type, layers: Sequence[int], channels: Sequence[int], thumbnail: bool) -> None:
        self.features.add(nn.BatchNorm(center=False, scale=False))
        _add_stem(self.features, channels[0], thumbnail)
        _add_stages(self.features, block, layers, channels)
        self.features.add(nn.BatchNorm(), nn.Activation("relu"), nn.GlobalAvgPool2D(), nn.Flatten())


resnet_net_versions: list[Any] = [ResNetV1, ResNetV2]
resnet_block_versions: list[dict[str, type]] = [
    {"basic_block": BasicBlockV1, "bottle_neck": BottleneckV1},
    {"basic_block": BasicBlockV2, "bottle_neck": BottleneckV2},
]


def get_resnet(
    version: int,
    num_layers: int,
    pretrained: bool = False,
    ctx: Contexts = CPU,
    root: str | None = None,
    **kwargs: Any,
) -> ResNetV1 | ResNetV2:
    """ResNet of one of the five depths.

    Parameters
    ----------
    version : int
        1 or 2
    num_layers : int
        18, 34, 50, 101 or 152
    pretrained : bool
        whether to load weights, see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`
    ctx : Context or list of Context
        where to put them
    root : str, optional
        the folder they lie in
    **kwargs
        arguments of :class:`ResNetV1` and :class:`ResNetV2`

    Raises
    ------
    AssertionError
        another version or depth
    """
    if num_layers not in resnet_spec:
        raise AssertionError(f"get_resnet: num_layers={num_layers!r}; expected one of {list(resnet_spec)}")
    if version not in (1, 2):
        raise AssertionError(f"get_resnet: version={version!r}; expected 1 or 2")
    kind, layers, channels = resnet_spec[num_layers]
    block = resnet_block_versions[version - 1][kind]
    net = resnet_net_versions[version - 1](block, layers, channels, **kwargs)
    return with_weights(net, f"resnet{num_layers}_v{version}", pretrained, ctx, root)


resnet18_v1 = variant("resnet18_v1", "ResNet with 18 layers, version 1.", get_resnet, 1, 18)
resnet34_v1 = variant("resnet34_v1", "ResNet with 34 layers, version 1.", get_resnet, 1, 34)
resnet50_v1 = variant("resnet50_v1", "ResNet with 50 layers, version 1.", get_resnet, 1, 50)
resnet101_v1 = variant("resnet101_v1", "ResNet with 101 layers, version 1.", get_resnet, 1, 101)
resnet152_v1 = variant("resnet152_v1", "ResNet with 152 layers, version 1.", get_resnet, 1, 152)
resnet18_v2 = variant("resnet18_v2", "ResNet with 18 layers, version 2.", get_resnet, 2, 18)
resnet34_v2 = variant("resnet34_v2", "ResNet with 34 layers, version 2.", get_resnet, 2, 34)
resnet50_v2 = variant("resnet50_v2", "ResNet with 50 layers, version 2.", get_resnet, 2, 50)
resnet101_v2 = variant("resnet101_v2", "ResNet with 101 layers, version 2.", get_resnet, 2, 101)
resnet152_v2 = variant("resnet152_v2", "ResNet with 152 layers, version 2.", get_resnet, 2, 152)
