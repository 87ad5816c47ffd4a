"""Cells whose gates are convolutions: the states are images."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from ._base import RNNParams, symbol
from ._gated import ElmanGates, Gated, GRUGates, LSTMGates

__all__ = ["BaseConvRNNCell", "ConvGRUCell", "ConvLSTMCell", "ConvRNNCell"]

LEAKY = functools.partial(symbol.LeakyReLU, act_type="leaky", slope=0.2)


class BaseConvRNNCell(Gated):
    """Gates that are convolutions of an image and of a state that is an image.

    Parameters
    ----------
    input_shape : tuple of int
        of a batch of images, in `conv_layout`
    num_hidden : int
        channels of the state
    h2h_kernel, h2h_dilate : (int, int)
        of the convolution of the state, which keeps its size: the kernel's sides are odd
    i2h_kernel, i2h_stride, i2h_pad, i2h_dilate : (int, int)
        of that of the image
    i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer
        of weights and biases
    activation : str or callable
        of new states
    prefix, params
        as in :class:`RNNCell`
    conv_layout : str
        'NCHW' or 'NHWC'

    Raises
    ------
    AssertionError
        a side of `h2h_kernel` is even
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        num_hidden: int,
        h2h_kernel: Sequence[int],
        h2h_dilate: Sequence[int],
        i2h_kernel: Sequence[int],
        i2h_stride: Sequence[int],
        i2h_pad: Sequence[int],
        i2h_dilate: Sequence[int],
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        activation: Any,
        prefix: str = "",
        params: RNNParams | None = None,
        conv_layout: str = "NCHW",
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        if any(side % 2 == 0 for side in h2h_kernel):
            raise AssertionError(f"{type(self).__name__}: h2h_kernel={tuple(h2h_kernel)}; expected odd numbers")
        same = tuple(dilate * (side - 1) // 2 for dilate, side in zip(h2h_dilate, h2h_kernel))
        self._num_hidden, self._activation, self._conv_layout = num_hidden, activation, conv_layout
        shared = {"layout": conv_layout}
        self._of_input = {
            "kernel": i2h_kernel, "stride": i2h_stride, "pad": i2h_pad, "dilate": i2h_dilate, **shared
        }  # fmt: skip
        self._of_state = {"kernel": h2h_kernel, "dilate": h2h_dilate, "pad": same, "stride": (1, 1), **shared}
        image = symbol.Convolution(symbol.Variable("data"), num_filter=num_hidden, **self._of_input)
        self._state_shape = (0, *image.infer_shape(data=tuple(input_shape))[1][0][1:])
        self._iW = self._params.get("i2h_weight", init=i2h_weight_initializer)
        self._hW = self._params.get("h2h_weight", init=h2h_weight_initializer)
        self._iB = self._params.get("i2h_bias", init=i2h_bias_initializer)
        self._hB = self._params.get("h2h_bias", init=h2h_bias_initializer)

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return [{"shape": self._state_shape, "__layout__": self._conv_layout}]

    def _from_input(self, inputs: Any, name: str) -> Any:
        channels = self._num_gates * self._num_hidden
        return symbol.Convolution(
            inputs, self._iW, self._iB, num_filter=channels, name=f"{name}i2h", **self._of_input
        )  # fmt: skip

    def _from_state(self, state: Any, name: str) -> Any:
        channels = self._num_gates * self._num_hidden
        return symbol.Convolution(
            state, self._hW, self._hB, num_filter=channels, name=f"{name}h2h", **self._of_state
        )  # fmt: skip


class ConvRNNCell(ElmanGates, BaseConvRNNCell):
    """Elman's cell over images; arguments as in :class:`BaseConvRNNCell`.

    References
    ----------
    Shi and others 2015, arXiv:1506.04214
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        num_hidden: int,
        h2h_kernel: Sequence[int] = (3, 3),
        h2h_dilate: Sequence[int] = (1, 1),
        i2h_kernel: Sequence[int] = (3, 3),
        i2h_stride: Sequence[int] = (1, 1),
        i2h_pad: Sequence[int] = (1, 1),
        i2h_dilate: Sequence[int] = (1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        activation: Any = LEAKY,
        prefix: str = "ConvRNN_",
        params: RNNParams | None = None,
        conv_layout: str = "NCHW",
    ) -> None:
        super().__init__(
            input_shape, num_hidden, h2h_kernel, h2h_dilate, i2h_kernel, i2h_stride, i2h_pad, i2h_dilate,
            i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, activation,
            prefix, params, conv_layout,
        )  # fmt: skip


class ConvLSTMCell(LSTMGates, BaseConvRNNCell):
    """Long short-term memory over images; arguments as in :class:`BaseConvRNNCell`.

    References
    ----------
    Shi and others 2015, arXiv:1506.04214
    """

    _sliced = {"axis": 1}

    def __init__(
        self,
        input_shape: Sequence[int],
        num_hidden: int,
        h2h_kernel: Sequence[int] = (3, 3),
        h2h_dilate: Sequence[int] = (1, 1),
        i2h_kernel: Sequence[int] = (3, 3),
        i2h_stride: Sequence[int] = (1, 1),
        i2h_pad: Sequence[int] = (1, 1),
        i2h_dilate: Sequence[int] = (1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        activation: Any = LEAKY,
        prefix: str = "ConvLSTM_",
        params: RNNParams | None = None,
        conv_layout: str = "NCHW",
    ) -> None:
        super().__init__(
            input_shape, num_hidden, h2h_kernel, h2h_dilate, i2h_kernel, i2h_stride, i2h_pad, i2h_dilate,
            i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, activation,
            prefix, params, conv_layout,
        )  # fmt: skip

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return super().state_info * 2


class ConvGRUCell(GRUGates, BaseConvRNNCell):
    """Gated recurrent unit over images; arguments as in :class:`BaseConvRNNCell`.

    References
    ----------
    Shi and others 2015, arXiv:1506.04214
    """

    def __init__(
        self,
        input_shape: Sequence[int],
        num_hidden: int,
        h2h_kernel: Sequence[int] = (3, 3),
        h2h_dilate: Sequence[int] = (1, 1),
        i2h_kernel: Sequence[int] = (3, 3),
        i2h_stride: Sequence[int] = (1, 1),
        i2h_pad: Sequence[int] = (1, 1),
        i2h_dilate: Sequence[int] = (1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        activation: Any = LEAKY,
        prefix: str = "ConvGRU_",
        params: RNNParams | None = None,
        conv_layout: str = "NCHW",
    ) -> None:
        super().__init__(
            input_shape, num_hidden, h2h_kernel, h2h_dilate, i2h_kernel, i2h_stride, i2h_pad, i2h_dilate,
            i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, activation,
            prefix, params, conv_layout,
        )  # fmt: skip
