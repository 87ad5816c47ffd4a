"""Convolutions whose taps are moved, and weighted, by what a convolution of their own says."""

from __future__ import annotations

import functools
from typing import Any

from ....base import MXNetError
from ...block import HybridBlock
from ...nn.activations import Activation
from ...nn.conv_layers import per_axis

__all__ = ["DeformableConvolution", "ModulatedDeformableConvolution"]


class _Moved(HybridBlock):
    """What both layers have in common: two convolutions, of which the first tells the second where its taps lie."""

    offset_weight: Any
    offset_bias: Any
    deformable_conv_weight: Any
    deformable_conv_bias: Any
    _operator: str
    #: what the first convolution says of each tap
    _numbers = 2
    #: which of the two has its parameters first
    _order = ("offset", "deformable_conv")

    def __init__(
        self,
        channels: int,
        kernel_size: Any,
        strides: Any,
        padding: Any,
        dilation: Any,
        groups: int,
        num_deformable_group: int,
        layout: str,
        use_bias: bool,
        in_channels: int,
        activation: str | None,
        weight_initializer: Any,
        bias_initializer: Any,
        offset_weight_initializer: Any,
        offset_bias_initializer: Any,
        offset_use_bias: bool,
        op_name: str,
        adj: Any,
        prefix: str | None,
        params: Any,
    ) -> None:
        layer = type(self).__name__
        if layout != "NCHW":
            raise MXNetError(f"{layer}: layout={layout!r}; expected 'NCHW'")
        if adj is not None:
            raise MXNetError(f"{layer}: adj={adj!r}; expected None, as the operator has no such attribute")
        if min(channels, groups, num_deformable_group) < 1:
            raise MXNetError(
                f"{layer}: channels={channels}, groups={groups}, num_deformable_group={num_deformable_group}; "
                "expected 1 or more"
            )
        if channels % groups or in_channels % groups:
            raise MXNetError(
                f"{layer}: {in_channels or 'unknown'} input and {channels} output channels do not split into "
                f"groups={groups}"
            )
        super().__init__(prefix=prefix, params=params)
        with self.name_scope():
            self._channels, self._in_channels, self._op_name = channels, in_channels, op_name
            common: dict[str, Any] = {
                "kernel": per_axis(layer, "kernel_size", kernel_size, 2),
                "stride": per_axis(layer, "strides", strides, 2),
                "dilate": per_axis(layer, "dilation", dilation, 2),
                "pad": per_axis(layer, "padding", padding, 2),
                "num_group": groups,
                "layout": layout,
            }
            height, width = common["kernel"]
            self._taps = num_deformable_group * height * width
            moves = self._numbers * self._taps
            self._kwargs_offset = {**common, "num_filter": moves, "no_bias": not offset_use_bias, "cudnn_off": True}
            self._kwargs_deformable_conv = {
                **common, "num_filter": channels, "num_deformable_group": num_deformable_group, "no_bias": not use_bias,
            }  # fmt: skip
            made: dict[str, tuple[Any, ...]] = {
                "offset": (moves, offset_weight_initializer, offset_bias_initializer, offset_use_bias),
                "deformable_conv": (channels, weight_initializer, bias_initializer, use_bias),
            }
            parameter = functools.partial(self.params.get, allow_deferred_init=True)
            for name in self._order:
                filters, of_weight, of_bias, biased = made[name]
                # of the second MXNet waits for the first batch, whatever in_channels says
                inputs = in_channels // groups if name == "offset" else 0
                shape = (filters, inputs, height, width)
                setattr(self, f"{name}_weight", parameter(f"{name}_weight", shape=shape, init=of_weight))
                bias = parameter(f"{name}_bias", shape=(filters,), init=of_bias) if biased else None
                setattr(self, f"{name}_bias", bias)
            self.act = None if activation is None else Activation(activation, prefix=activation + "_")

    def _convolved(self, F: Any, *inputs: Any) -> Any:
        out = getattr(F.contrib, self._operator)(*inputs, name="fwd", **self._kwargs_deformable_conv)
        return out if self.act is None else self.act(out)


class DeformableConvolution(_Moved):
    """A convolution whose taps are moved, at every place of their own, by what another convolution says.

    Parameters
    ----------
    channels : int
        of the output
    kernel_size, strides, padding, dilation : int or (int, int)
        of both convolutions
    groups : int
        input and output channels are split into so many groups that do not see each other
    num_deformable_group : int
        groups of input channels with moves of their own
    layout : str
        'NCHW'
    use_bias, offset_use_bias : bool
        whether there is a bias, and whether the other convolution has one
    in_channels : int
        0 takes it from the first batch
    activation : str, optional
        as in :class:`mxnet.gluon.nn.Activation`
    weight_initializer, bias_initializer, offset_weight_initializer, offset_bias_initializer : str or Initializer
        of the parameters; at first nothing is moved
    op_name : str
        taken for MXNet's sake, which does not look at it
    adj : None
        an attribute of transposed convolutions
    prefix, params
        as in :class:`mxnet.gluon.HybridBlock`

    Raises
    ------
    MXNetError
        arguments that do not fit

    References
    ----------
    Dai and others 2017, Deformable Convolutional Networks

    Examples
    --------
    >>> layer = mx.gluon.contrib.cnn.DeformableConvolution(4, kernel_size=(3, 3), padding=(1, 1))
    >>> layer.initialize()
    >>> layer(mx.nd.ones((2, 3, 5, 6))).shape
    (2, 4, 5, 6)
    """

    def __init__(
        self,
        channels: int,
        kernel_size: Any = (1, 1),
        strides: Any = (1, 1),
        padding: Any = (0, 0),
        dilation: Any = (1, 1),
        groups: int = 1,
        num_deformable_group: int = 1,
        layout: str = "NCHW",
        use_bias: bool = True,
        in_channels: int = 0,
        activation: str | None = None,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        offset_weight_initializer: Any = "zeros",
        offset_bias_initializer: Any = "zeros",
        offset_use_bias: bool = True,
        op_name: str = "DeformableConvolution",
        adj: Any = None,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, num_deformable_group, layout, use_bias,
            in_channels, activation, weight_initializer, bias_initializer, offset_weight_initializer,
            offset_bias_initializer, offset_use_bias, op_name, adj, prefix, params,
        )  # fmt: skip

    _operator = "DeformableConvolution"

    def _alias(self) -> str:
        return "deformable_conv"

    def hybrid_forward(  # noqa: D102
        self,
        F: Any,
        x: Any,
        offset_weight: Any,
        deformable_conv_weight: Any,
        offset_bias: Any = None,
        deformable_conv_bias: Any = None,
    ) -> Any:
        offset = F.Convolution(x, offset_weight, offset_bias, **self._kwargs_offset)
        return self._convolved(F, x, offset, deformable_conv_weight, deformable_conv_bias)

    def __repr__(self) -> str:
        kwargs, shape = self._kwargs_deformable_conv, self.deformable_conv_weight.shape
        parts = [f"{shape[1] or None} -> {shape[0]}", f"kernel_size={kwargs['kernel']}", f"stride={kwargs['stride']}"]
        for word, key, usual in (
            ("padding", "pad", (0, 0)),
            ("dilation", "dilate", (1, 1)),
            ("groups", "num_group", 1),
        ):
            if kwargs[key] != usual:
                parts.append(f"{word}={kwargs[key]}")
        if self.deformable_conv_bias is None:
            parts.append("bias=False")
        if self.act is not None:
            parts.append(repr(self.act))
        return f"{type(self).__name__}({', '.join(parts)})"


class ModulatedDeformableConvolution(_Moved):
    """A convolution whose taps are moved and weighted, at every place of their own, by what another convolution says.

    The weights lie between 0 and 2.

    Parameters
    ----------
    channels, kernel_size, strides, padding, dilation, groups, num_deformable_group, layout, use_bias, in_channels
        as in :class:`DeformableConvolution`
    activation, weight_initializer, bias_initializer, offset_weight_initializer, offset_bias_initializer
        as in :class:`DeformableConvolution`
    offset_use_bias, op_name, adj, prefix, params
        as in :class:`DeformableConvolution`

    Raises
    ------
    MXNetError
        arguments that do not fit

    References
    ----------
    Zhu and others 2019, Deformable ConvNets v2

    Examples
    --------
    >>> layer = mx.gluon.contrib.cnn.ModulatedDeformableConvolution(4, kernel_size=(3, 3))
    >>> layer.initialize()
    >>> layer(mx.nd.ones((2, 3, 5, 6))).shape
    (2, 4, 3, 4)
    """

    _operator = "ModulatedDeformableConvolution"
    _numbers = 3
    _order = ("deformable_conv", "offset")

    def __init__(
        self,
        channels: int,
        kernel_size: Any = (1, 1),
        strides: Any = (1, 1),
        padding: Any = (0, 0),
        dilation: Any = (1, 1),
        groups: int = 1,
        num_deformable_group: int = 1,
        layout: str = "NCHW",
        use_bias: bool = True,
        in_channels: int = 0,
        activation: str | None = None,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        offset_weight_initializer: Any = "zeros",
        offset_bias_initializer: Any = "zeros",
        offset_use_bias: bool = True,
        op_name: str = "ModulatedDeformableConvolution",
        adj: Any = None,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, num_deformable_group, layout, use_bias,
            in_channels, activation, weight_initializer, bias_initializer, offset_weight_initializer,
            offset_bias_initializer, offset_use_bias, op_name, adj, prefix, params,
        )  # fmt: skip

    def _alias(self) -> str:
        return "modulated_deformable_conv"

    def hybrid_forward(  # noqa: D102
        self,
        F: Any,
        x: Any,
        offset_weight: Any,
        deformable_conv_weight: Any,
        offset_bias: Any = None,
        deformable_conv_bias: Any = None,
    ) -> Any:
        said = F.Convolution(x, offset_weight, offset_bias, **self._kwargs_offset)
        offset = F.slice_axis(said, axis=1, begin=0, end=2 * self._taps)
        mask = F.sigmoid(F.slice_axis(said, axis=1, begin=2 * self._taps, end=None)) * 2
        return self._convolved(F, x, offset, mask, deformable_conv_weight, deformable_conv_bias)
