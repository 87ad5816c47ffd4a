"""Convolutions, their transposes, and padding by reflection."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base import MXNetError
from .._shapes import tells_shapes
from ..block import HybridBlock
from .activations import Activation

__all__ = [
    "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ReflectionPad2D",
]  # fmt: skip

_LAYOUTS = {1: ("NCW",), 2: ("NCHW", "NHWC"), 3: ("NCDHW", "NDHWC")}  # by the number of spatial axes


def per_axis(layer: str, argument: str, value: Any, ndim: int) -> tuple[int, ...]:
    """One integer for each spatial axis, from one for all or a sequence of them."""
    values = (value,) * ndim if isinstance(value, (int, np.integer)) else value
    if isinstance(values, str) or not isinstance(values, Sequence) or len(values) != ndim:
        raise MXNetError(f"{layer}: {argument}={value!r}; expected an int or {ndim} of them")
    return tuple(values)


def window(layer: str, argument: str, size: Any, layout: str, layouts: Sequence[str]) -> tuple[int, ...]:
    """The size of a kernel on each spatial axis, after a check of it and of the layout."""
    if layout not in layouts:
        raise AssertionError(f"{layer}: layout={layout!r}; expected {' or '.join(map(repr, layouts))}")
    try:
        return per_axis(layer, argument, size, len(layout) - 2)
    except MXNetError as error:
        raise AssertionError(str(error)) from None


class _Conv(HybridBlock):
    """What all convolutions have in common.

    Parameters
    ----------
    channels : int
        of the output
    kernel_size, strides, padding, dilation : tuple of int
        one for each spatial axis
    groups : int
        input and output channels are split into so many groups that do not see each other
    layout : str
        the order of the axes
    in_channels : int
        0 takes it from the first batch
    activation : str, optional
        as in :class:`Activation`
    use_bias : bool
        whether there is a bias
    weight_initializer, bias_initializer : str or Initializer
        of the parameters
    op_name : str
        the operator
    adj : tuple of int, optional
        added to the output's size, for transposed convolutions
    """

    weight: Any
    bias: Any
    _layouts: Sequence[str] = sum(_LAYOUTS.values(), ())

    def __init__(
        self,
        channels: int,
        kernel_size: Any,
        strides: Any,
        padding: Any,
        dilation: Any,
        groups: int,
        layout: str,
        in_channels: int = 0,
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        op_name: str = "Convolution",
        adj: Any = None,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        layer = type(self).__name__
        ndim = len(layout) - 2
        kernel = window(layer, "kernel_size", kernel_size, layout, self._layouts)
        super().__init__(prefix=prefix, params=params)
        with self.name_scope():
            self._channels = channels
            self._in_channels = in_channels
            self._kwargs: dict[str, Any] = {
                "kernel": kernel,
                "stride": per_axis(layer, "strides", strides, ndim),
                "dilate": per_axis(layer, "dilation", dilation, ndim),
                "pad": per_axis(layer, "padding", padding, ndim),
                "num_filter": channels, "num_group": groups, "no_bias": not use_bias, "layout": layout,
            }  # fmt: skip
            if adj is not None:
                self._kwargs["adj"] = per_axis(layer, "output_padding", adj, ndim)
            self._op_name = op_name
            self._check()
            parameter = functools.partial(self.params.get, allow_deferred_init=True)
            self.weight = parameter("weight", shape=self._weight_shape(), init=weight_initializer)
            self.bias = parameter("bias", shape=(channels,), init=bias_initializer) if use_bias else None
            self.act = None if activation is None else Activation(activation, prefix=activation + "_")

    def _alias(self) -> str:
        return "conv"

    def _check(self) -> None:
        layer, groups = type(self).__name__, self._kwargs["num_group"]
        for name, value in (("channels", self._channels), ("groups", groups)):
            if not isinstance(value, (int, np.integer)) or value < 1:
                raise MXNetError(f"{layer}: {name}={value!r}; expected a positive int")
        if any(length < 1 for length in self._kwargs["kernel"]):
            raise MXNetError(f"{layer}: kernel_size={self._kwargs['kernel']}; expected positive ints")
        if self._channels % groups or self._in_channels % groups:
            raise MXNetError(
                f"{layer}: {self._in_channels or 'unknown'} input and {self._channels} output channels do not split "
                f"into groups={groups}"
            )

    def _weight_shape(self) -> tuple[int, ...]:
        """The weight's shape, with 0 for an unknown number of input channels."""
        groups = self._kwargs["num_group"]
        if self._op_name == "Convolution":
            first, second = self._channels, self._in_channels // groups
        else:
            first, second = self._in_channels, self._channels // groups
        kernel = self._kwargs["kernel"]
        return (first, second, *kernel) if self._kwargs["layout"][1] == "C" else (first, *kernel, second)

    @tells_shapes
    def hybrid_forward(self, F: Any, x: Any, weight: Any, bias: Any = None) -> Any:
        out = getattr(F, self._op_name)(x, weight, bias, name="fwd", **self._kwargs)
        return out if self.act is None else self.act(out)

    def __repr__(self) -> str:
        kwargs, shape = self._kwargs, self.weight.shape
        ndim = len(kwargs["kernel"])
        parts = [f"{shape[1] or None} -> {shape[0]}", f"kernel_size={kwargs['kernel']}", f"stride={kwargs['stride']}"]
        if kwargs["pad"] != (0,) * ndim:
            parts.append(f"padding={kwargs['pad']}")
        if kwargs["dilate"] != (1,) * ndim:
            parts.append(f"dilation={kwargs['dilate']}")
        if kwargs["num_group"] != 1:
            parts.append(f"groups={kwargs['num_group']}")
        if self.bias is None:
            parts.append("bias=False")
        if self.act is not None:
            parts.append(repr(self.act))
        return f"{type(self).__name__}({', '.join(parts)})"


class Conv1D(_Conv):
    """A convolution over a sequence.

    The input has the axes of `layout`. Along width the output has the length
    ⌊(size + 2 · padding - dilation · (kernel_size - 1) - 1) / strides⌋ + 1.

    Parameters
    ----------
    channels : int
        of the output
    kernel_size, strides, padding, dilation : int or tuple of int
        for all spatial axes, or one for each
    groups : int
        input and output channels are split into so many groups that do not see each other
    layout : {'NCW'}
        the order of the axes
    activation : str, optional
        as in :class:`Activation`; linear by default
    use_bias : bool
        whether there is a bias
    weight_initializer, bias_initializer : str or Initializer
        of the parameters
    in_channels : int
        of the input (0: take it from the first batch)
    **kwargs
        ``prefix`` and ``params``
    """

    _layouts = _LAYOUTS[1]

    def __init__(
        self,
        channels: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        groups: int = 1,
        layout: str = "NCW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, layout, in_channels,
            activation, use_bias, weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv2D(_Conv):
    """A convolution over an image.

    The input has the axes of `layout`. Along height, width the output has the length
    ⌊(size + 2 · padding - dilation · (kernel_size - 1) - 1) / strides⌋ + 1.

    Parameters
    ----------
    channels : int
        of the output
    kernel_size, strides, padding, dilation : int or tuple of int
        for all spatial axes, or one for each
    groups : int
        input and output channels are split into so many groups that do not see each other
    layout : {'NCHW', 'NHWC'}
        the order of the axes
    activation : str, optional
        as in :class:`Activation`; linear by default
    use_bias : bool
        whether there is a bias
    weight_initializer, bias_initializer : str or Initializer
        of the parameters
    in_channels : int
        of the input (0: take it from the first batch)
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> layer = mx.gluon.nn.Conv2D(4, kernel_size=3, strides=2)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 3, 7, 7))).shape
    (1, 4, 3, 3)
    """

    _layouts = _LAYOUTS[2]

    def __init__(
        self,
        channels: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = (1, 1),
        padding: int | tuple[int, ...] = (0, 0),
        dilation: int | tuple[int, ...] = (1, 1),
        groups: int = 1,
        layout: str = "NCHW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, layout, in_channels,
            activation, use_bias, weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv3D(_Conv):
    """A convolution over a volume.

    The input has the axes of `layout`. Along depth, height, width the output has the length
    ⌊(size + 2 · padding - dilation · (kernel_size - 1) - 1) / strides⌋ + 1.

    Parameters
    ----------
    channels : int
        of the output
    kernel_size, strides, padding, dilation : int or tuple of int
        for all spatial axes, or one for each
    groups : int
        input and output channels are split into so many groups that do not see each other
    layout : {'NCDHW', 'NDHWC'}
        the order of the axes
    activation : str, optional
        as in :class:`Activation`; linear by default
    use_bias : bool
        whether there is a bias
    weight_initializer, bias_initializer : str or Initializer
        of the parameters
    in_channels : int
        of the input (0: take it from the first batch)
    **kwargs
        ``prefix`` and ``params``
    """

    _layouts = _LAYOUTS[3]

    def __init__(
        self,
        channels: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = (1, 1, 1),
        padding: int | tuple[int, ...] = (0, 0, 0),
        dilation: int | tuple[int, ...] = (1, 1, 1),
        groups: int = 1,
        layout: str = "NCDHW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, layout, in_channels,
            activation, use_bias, weight_initializer, bias_initializer, **kwargs,
        )  # fmt: skip


class Conv1DTranspose(_Conv):
    """A transposed convolution over a sequence: the gradient of :class:`Conv1D` as a layer.

    The input has the axes of `layout`. Along width the output has the length
    strides · (size - 1) + dilation · (kernel_size - 1) + 1 + output_padding - 2 · padding.

    Parameters
    ----------
    channels : int
        of the output
    kernel_size, strides, padding, dilation : int or tuple of int
        for all spatial axes, or one for each
    output_padding : int or tuple of int
        added to the output's size, to tell apart what different inputs of a strided convolution share
    groups : int
        input and output channels are split into so many groups that do not see each other
    layout : {'NCW'}
        the order of the axes
    activation : str, optional
        as in :class:`Activation`; linear by default
    use_bias : bool
        whether there is a bias
    weight_initializer, bias_initializer : str or Initializer
        of the parameters
    in_channels : int
        of the input (0: take it from the first batch)
    **kwargs
        ``prefix`` and ``params``
    """

    _layouts = _LAYOUTS[1]

    def __init__(
        self,
        channels: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = 1,
        padding: int | tuple[int, ...] = 0,
        output_padding: int | tuple[int, ...] = 0,
        dilation: int | tuple[int, ...] = 1,
        groups: int = 1,
        layout: str = "NCW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, layout, in_channels,
            activation, use_bias, weight_initializer, bias_initializer, "Deconvolution", output_padding, **kwargs,
        )  # fmt: skip
        self.outpad = self._kwargs["adj"]


class Conv2DTranspose(_Conv):
    """A transposed convolution over an image: the gradient of :class:`Conv2D` as a layer.

    The input has the axes of `layout`. Along height, width the output has the length
    strides · (size - 1) + dilation · (kernel_size - 1) + 1 + output_padding - 2 · padding.

    Parameters
    ----------
    channels : int
        of the output
    kernel_size, strides, padding, dilation : int or tuple of int
        for all spatial axes, or one for each
    output_padding : int or tuple of int
        added to the output's size, to tell apart what different inputs of a strided convolution share
    groups : int
        input and output channels are split into so many groups that do not see each other
    layout : {'NCHW', 'NHWC'}
        the order of the axes
    activation : str, optional
        as in :class:`Activation`; linear by default
    use_bias : bool
        whether there is a bias
    weight_initializer, bias_initializer : str or Initializer
        of the parameters
    in_channels : int
        of the input (0: take it from the first batch)
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> layer = mx.gluon.nn.Conv2DTranspose(4, kernel_size=3, strides=2)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((1, 3, 7, 7))).shape
    (1, 4, 15, 15)
    """

    _layouts = _LAYOUTS[2]

    def __init__(
        self,
        channels: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = (1, 1),
        padding: int | tuple[int, ...] = (0, 0),
        output_padding: int | tuple[int, ...] = (0, 0),
        dilation: int | tuple[int, ...] = (1, 1),
        groups: int = 1,
        layout: str = "NCHW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, layout, in_channels,
            activation, use_bias, weight_initializer, bias_initializer, "Deconvolution", output_padding, **kwargs,
        )  # fmt: skip
        self.outpad = self._kwargs["adj"]


class Conv3DTranspose(_Conv):
    """A transposed convolution over a volume: the gradient of :class:`Conv3D` as a layer.

    The input has the axes of `layout`. Along depth, height, width the output has the length
    strides · (size - 1) + dilation · (kernel_size - 1) + 1 + output_padding - 2 · padding.

    Parameters
    ----------
    channels : int
        of the output
    kernel_size, strides, padding, dilation : int or tuple of int
        for all spatial axes, or one for each
    output_padding : int or tuple of int
        added to the output's size, to tell apart what different inputs of a strided convolution share
    groups : int
        input and output channels are split into so many groups that do not see each other
    layout : {'NCDHW', 'NDHWC'}
        the order of the axes
    activation : str, optional
        as in :class:`Activation`; linear by default
    use_bias : bool
        whether there is a bias
    weight_initializer, bias_initializer : str or Initializer
        of the parameters
    in_channels : int
        of the input (0: take it from the first batch)
    **kwargs
        ``prefix`` and ``params``
    """

    _layouts = _LAYOUTS[3]

    def __init__(
        self,
        channels: int,
        kernel_size: int | tuple[int, ...],
        strides: int | tuple[int, ...] = (1, 1, 1),
        padding: int | tuple[int, ...] = (0, 0, 0),
        output_padding: int | tuple[int, ...] = (0, 0, 0),
        dilation: int | tuple[int, ...] = (1, 1, 1),
        groups: int = 1,
        layout: str = "NCDHW",
        activation: str | None = None,
        use_bias: bool = True,
        weight_initializer: Any = None,
        bias_initializer: Any = "zeros",
        in_channels: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            channels, kernel_size, strides, padding, dilation, groups, layout, in_channels,
            activation, use_bias, weight_initializer, bias_initializer, "Deconvolution", output_padding, **kwargs,
        )  # fmt: skip
        self.outpad = self._kwargs["adj"]


class ReflectionPad2D(HybridBlock):
    """Pad height and width with a mirror image of the input.

    Parameters
    ----------
    padding : int or tuple of 8 int
        for all four sides, or the widths before and after each of the four axes
    **kwargs
        ``prefix`` and ``params``

    Examples
    --------
    >>> mx.gluon.nn.ReflectionPad2D(1)(mx.nd.ones((1, 3, 4, 4))).shape
    (1, 3, 6, 6)
    """

    def __init__(self, padding: int | tuple[int, ...] = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(padding, (int, np.integer)):
            padding = (0, 0, 0, 0, *(padding,) * 4)
        if len(padding) != 8:
            raise AssertionError(f"ReflectionPad2D: padding={padding!r}; expected an int or 8 of them")
        self._padding = tuple(padding)

    def hybrid_forward(self, F: Any, x: Any) -> Any:  # noqa: D102
        return F.pad(x, mode="reflect", pad_width=self._padding)
