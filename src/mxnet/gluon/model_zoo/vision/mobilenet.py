"""MobileNet: version 1 (Howard et al., "MobileNets", 2017) and version 2 (Sandler et al., "MobileNetV2: inverted
residuals and linear bottlenecks", 2018).
"""

from __future__ import annotations

from typing import Any

from ... import nn
from ...block import HybridBlock
from ..model_store import CPU, Contexts, variant, with_weights
from ._network import Classifier, add_convolution

__all__ = [
    "MobileNet", "MobileNetV2", "mobilenet1_0", "mobilenet_v2_1_0", "mobilenet0_75", "mobilenet_v2_0_75",
    "mobilenet0_5", "mobilenet_v2_0_5", "mobilenet0_25", "mobilenet_v2_0_25", "get_mobilenet", "get_mobilenet_v2",
]  # fmt: skip

#: version 1: channels of the first convolution, then output channels and stride of each separable one
FIRST = 32
SEPARABLE = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1),
)  # fmt: skip

#: version 2: factor of expansion, output channels, number of bottlenecks and stride of the first of them
BOTTLENECKS = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip
LAST = 1280


class RELU6(HybridBlock):
    """The rectified linear unit, cut off at 6."""

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        return F.clip(x, 0, 6, name="relu6")


class LinearBottleneck(HybridBlock):
    """Expand to more channels, filter each of them, and project to fewer without an activation.

    The input is added where it is like the output.

    Parameters
    ----------
    in_channels, channels : int
        of the input and the output
    t : int
        the factor of expansion
    stride : int
        the side of the output is so many times smaller
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, in_channels: int, channels: int, t: int, stride: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.use_shortcut = stride == 1 and in_channels == channels
        expanded = in_channels * t
        with self.name_scope():
            self.out = nn.HybridSequential()
            add_convolution(self.out, expanded, activation=RELU6())
            add_convolution(self.out, expanded, 3, RELU6(), strides=stride, padding=1, groups=expanded)
            add_convolution(self.out, channels)

    def hybrid_forward(self, F: Any, x: Any) -> Any:
        out = self.out(x)
        return F.elemwise_add(out, x) if self.use_shortcut else out


class MobileNet(Classifier):
    """Separable convolutions: one that filters each channel by itself, and a 1×1 one that mixes them.

    Parameters
    ----------
    multiplier : float
        all numbers of channels are multiplied with it
    classes : int
        how many scores the output has
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, multiplier: float = 1.0, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        with self.name_scope():
            before = int(FIRST * multiplier)
            add_convolution(self.features, before, 3, "relu", strides=2, padding=1)
            for channels, stride in SEPARABLE:
                add_convolution(self.features, before, 3, "relu", strides=stride, padding=1, groups=before)
                before = int(channels * multiplier)
                add_convolution(self.features, before, 1, "relu")
            self.features.add(nn.GlobalAvgPool2D(), nn.Flatten())
            self.output = nn.Dense(classes)


class MobileNetV2(Classifier):
    """Inverted residuals: bottlenecks that are wide inside and narrow where they are joined.

    Parameters
    ----------
    multiplier : float
        all numbers of channels are multiplied with it, the last only if it is more than 1
    classes : int
        how many scores the output has
    **kwargs
        ``prefix`` and ``params``
    """

    def __init__(self, multiplier: float = 1.0, classes: int = 1000, **kwargs: Any) -> None:
        super().__init__("features_", **kwargs)
        with self.name_scope():
            with self.features.name_scope():
                before = int(FIRST * multiplier)
                add_convolution(self.features, before, 3, RELU6(), strides=2, padding=1)
                for factor, channels, count, stride in BOTTLENECKS:
                    after = int(channels * multiplier)
                    for position in range(count):
                        self.features.add(LinearBottleneck(before, after, factor, 1 if position else stride))
                        before = after
                add_convolution(self.features, int(LAST * max(multiplier, 1)), activation=RELU6())
                self.features.add(nn.GlobalAvgPool2D())
            output = nn.HybridSequential(prefix="output_")
            with output.name_scope():
                scores = nn.Conv2D(classes, 1, use_bias=False, prefix="pred_")
                output.add(scores, nn.Flatten())
            self.output = output


def get_mobilenet(
    multiplier: float, pretrained: bool = False, ctx: Contexts = CPU, root: str | None = None, **kwargs: Any
) -> MobileNet:
    """MobileNet of one of many widths.

    Parameters
    ----------
    multiplier : float
        of all numbers of channels; there are weights for 1.0, 0.75, 0.5 and 0.25
    pretrained : bool
        whether to load weights, see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`
    ctx : Context or list of Context
        where to put them
    root : str, optional
        the folder they lie in
    **kwargs
        arguments of :class:`MobileNet`
    """
    return with_weights(MobileNet(multiplier, **kwargs), f"mobilenet{float(multiplier)}", pretrained, ctx, root)


def get_mobilenet_v2(
    multiplier: float, pretrained: bool = False, ctx: Contexts = CPU, root: str | None = None, **kwargs: Any
) -> MobileNetV2:
    """MobileNet version 2 of one of many widths.

    Parameters
    ----------
    multiplier : float
        of all numbers of channels; there are weights for 1.0, 0.75, 0.5 and 0.25
    pretrained : bool
        whether to load weights, see :func:`mxnet.gluon.model_zoo.model_store.get_model_file`
    ctx : Context or list of Context
        where to put them
    root : str, optional
        the folder they lie in
    **kwargs
        arguments of :class:`MobileNetV2`
    """
    return with_weights(MobileNetV2(multiplier, **kwargs), f"mobilenetv2_{float(multiplier)}", pretrained, ctx, root)


mobilenet1_0 = variant("mobilenet1_0", "MobileNet.", get_mobilenet, 1.0)
mobilenet0_75 = variant("mobilenet0_75", "MobileNet, 0.75 times as wide.", get_mobilenet, 0.75)
mobilenet0_5 = variant("mobilenet0_5", "MobileNet, half as wide.", get_mobilenet, 0.5)
mobilenet0_25 = variant("mobilenet0_25", "MobileNet, a quarter as wide.", get_mobilenet, 0.25)
mobilenet_v2_1_0 = variant("mobilenet_v2_1_0", "MobileNet version 2.", get_mobilenet_v2, 1.0)
mobilenet_v2_0_75 = variant(
    "mobilenet_v2_0_75", "MobileNet version 2, 0.75 times as wide.", get_mobilenet_v2, 0.75
)  # fmt: skip
mobilenet_v2_0_5 = variant("mobilenet_v2_0_5", "MobileNet version 2, half as wide.", get_mobilenet_v2, 0.5)
mobilenet_v2_0_25 = variant("mobilenet_v2_0_25", "MobileNet version 2, a quarter as wide.", get_mobilenet_v2, 0.25)
