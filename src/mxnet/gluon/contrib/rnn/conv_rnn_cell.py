"""Cells whose states are sequences, images or volumes: their gates are convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...rnn import HybridRecurrentCell
from ...rnn._recurrent import check_states

__all__ = [
    "Conv1DGRUCell", "Conv1DLSTMCell", "Conv1DRNNCell", "Conv2DGRUCell", "Conv2DLSTMCell", "Conv2DRNNCell",
    "Conv3DGRUCell", "Conv3DLSTMCell", "Conv3DRNNCell",
]  # fmt: skip


def _tuple(name: str, what: str, value: Any, dims: int) -> tuple[int, ...]:
    """One number for each axis of space."""
    if isinstance(value, int):
        return (value,) * dims
    if len(value) != dims:
        raise AssertionError(f"{name}: {what}={tuple(value)}; expected a number, or {dims} of them")
    return tuple(value)


class _BaseConvRNNCell(HybridRecurrentCell):
    """A cell whose gates are convolutions of the input and of the state.

    Parameters
    ----------
    input_shape : tuple of int
        of one input without the batch, in the order of `conv_layout`
    hidden_channels : int
        channels of the states
    i2h_kernel, i2h_pad, i2h_dilate : int or tuple of int
        of the convolution of the input
    h2h_kernel, h2h_dilate : int or tuple of int
        of that of the state, which keeps its size: the kernel's sides are odd
    i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer : str or Initializer
        of weights and biases
    conv_layout : str
        the axes, such as 'NCHW'
    activation : str or callable
        of new states
    prefix, params
        as in :class:`mxnet.gluon.Block`

    Raises
    ------
    AssertionError
        a side of `h2h_kernel` is even, or there are as many numbers as there are no axes

    References
    ----------
    Shi and others 2015, arXiv:1506.04214
    """

    i2h_weight: Any
    #: how many gates, and how many states
    gates, states = 1, 1
    #: the axes of space
    dims = 0
    _kind = ""

    def _make(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        kernels: tuple[Any, Any],
        pad: Any,
        dilates: tuple[Any, Any],
        initializers: tuple[Any, Any, Any, Any],
        layout: str,
        activation: Any,
    ) -> None:
        name, dims = type(self).__name__, self.dims
        self._input_shape, self._hidden_channels = tuple(input_shape), hidden_channels
        self._conv_layout, self._activation = layout, activation
        kernel = [_tuple(name, f"{source}_kernel", each, dims) for source, each in zip(("i2h", "h2h"), kernels)]
        dilate = [_tuple(name, f"{source}_dilate", each, dims) for source, each in zip(("i2h", "h2h"), dilates)]
        if any(side % 2 == 0 for side in kernel[1]):
            raise AssertionError(f"{name}: h2h_kernel={kernel[1]}; expected odd numbers")
        pads = [_tuple(name, "i2h_pad", pad, dims), tuple(d * (k - 1) // 2 for d, k in zip(dilate[1], kernel[1]))]
        self._axis = layout.find("C")
        space = list(self._input_shape)
        inputs = space.pop(self._axis - 1)
        shown = [size + 2 * p - d * (k - 1) for size, p, d, k in zip(space, pads[0], dilate[0], kernel[0])]
        self._state_shape = self._with_channels(tuple(shown), hidden_channels)
        self._convolutions = [
            {"kernel": k, "dilate": d, "pad": p, "stride": (1,) * dims, "layout": layout}
            for k, d, p in zip(kernel, dilate, pads)
        ]
        rows = self.gates * hidden_channels
        for what, shape, init in (
            ("i2h_weight", (rows, *self._with_channels(kernel[0], inputs)), initializers[0]),
            ("h2h_weight", (rows, *self._with_channels(kernel[1], hidden_channels)), initializers[1]),
            ("i2h_bias", (rows,), initializers[2]),
            ("h2h_bias", (rows,), initializers[3]),
        ):
            setattr(self, what, self.params.get(what, shape=shape, init=init, allow_deferred_init=True))

    def _with_channels(self, space: tuple[int, ...], channels: int) -> tuple[int, ...]:
        """Lengths of space, and channels where the layout has them."""
        place = self._axis - 1
        return (*space[:place], channels, *space[place:])

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The shape and layout of each state."""
        return [
            {"shape": (batch_size, *self._state_shape), "__layout__": self._conv_layout} for _ in range(self.states)
        ]

    def _alias(self) -> str:
        return self._kind

    def __repr__(self) -> str:
        shape = self.i2h_weight.shape
        return f"{type(self).__name__}({shape[self._axis]} -> {shape[0]}, {self._activation}, {self._conv_layout})"

    def _gates_of(self, F: Any, array: Any, source: str, weights: dict[str, Any]) -> Any:
        """What the gates get from the input ('i2h') or the state ('h2h')."""
        return F.Convolution(
            data=array, weight=weights[f"{source}_weight"], bias=weights[f"{source}_bias"],
            num_filter=self.gates * self._hidden_channels, name=f"{self._curr_prefix}{source}",
            **self._convolutions[source == "h2h"],
        )  # fmt: skip


class _ConvRNNCell(_BaseConvRNNCell):
    """h' = act(W_i x + b_i + W_h h + b_h)."""

    _kind = "conv_rnn"

    def hybrid_forward(self, F: Any, inputs: Any, states: Any, **weights: Any) -> Any:
        (state,) = check_states(self, states, 1)
        total = self._gates_of(F, inputs, "i2h", weights) + self._gates_of(F, state, "h2h", weights)
        output = self._get_activation(F, total, self._activation, name=f"{self._curr_prefix}out")
        return output, [output]


class _ConvLSTMCell(_BaseConvRNNCell):
    """Gates input, forget, candidate and output, in this order; states hidden and cell."""

    gates, states, _kind = 4, 2, "conv_lstm"

    def hybrid_forward(self, F: Any, inputs: Any, states: Any, **weights: Any) -> Any:
        name = self._curr_prefix
        hidden, cell = check_states(self, states, 2)
        total = self._gates_of(F, inputs, "i2h", weights) + self._gates_of(F, hidden, "h2h", weights)
        parts = F.SliceChannel(total, num_outputs=4, axis=self._axis, name=f"{name}slice")
        admit, forget, show = (
            F.Activation(parts[place], act_type="sigmoid", name=f"{name}{gate}")
            for place, gate in ((0, "i"), (1, "f"), (3, "o"))
        )
        new = self._get_activation(F, parts[2], self._activation, name=f"{name}c")
        kept = forget * cell
        cell = F.elemwise_add(kept, admit * new, name=f"{name}state")
        output = F.elemwise_mul(show, self._get_activation(F, cell, self._activation), name=f"{name}out")
        return output, [output, cell]


class _ConvGRUCell(_BaseConvRNNCell):
    """Gates reset, update and candidate, in this order."""

    gates, _kind = 3, "conv_gru"

    def hybrid_forward(self, F: Any, inputs: Any, states: Any, **weights: Any) -> Any:
        name = self._curr_prefix
        (state,) = check_states(self, states, 1)
        x, h = (
            F.SliceChannel(
                self._gates_of(F, array, source, weights), num_outputs=3, axis=self._axis, name=f"{name}{source}_slice"
            )
            for array, source in ((inputs, "i2h"), (state, "h2h"))
        )
        reset = F.Activation(x[0] + h[0], act_type="sigmoid", name=f"{name}r_act")
        update = F.Activation(x[1] + h[1], act_type="sigmoid", name=f"{name}z_act")
        candidate = self._get_activation(F, x[2] + reset * h[2], self._activation, name=f"{name}h_act")
        new = (1.0 - update) * candidate
        output = F.elemwise_add(new, update * state, name=f"{name}out")
        return output, [output]


class Conv1DRNNCell(_ConvRNNCell):
    """Elman's cell whose state is a sequence; arguments as in :class:`_BaseConvRNNCell`."""

    dims = 1

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: Any,
        h2h_kernel: Any,
        i2h_pad: Any = (0,),
        i2h_dilate: Any = (1,),
        h2h_dilate: Any = (1,),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._make(
            input_shape, hidden_channels, (i2h_kernel, h2h_kernel), i2h_pad, (i2h_dilate, h2h_dilate),
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
            conv_layout, activation,
        )  # fmt: skip


class Conv1DLSTMCell(_ConvLSTMCell):
    """Long short-term memory whose state is a sequence; arguments as in :class:`_BaseConvRNNCell`."""

    dims = 1

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: Any,
        h2h_kernel: Any,
        i2h_pad: Any = (0,),
        i2h_dilate: Any = (1,),
        h2h_dilate: Any = (1,),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._make(
            input_shape, hidden_channels, (i2h_kernel, h2h_kernel), i2h_pad, (i2h_dilate, h2h_dilate),
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
            conv_layout, activation,
        )  # fmt: skip


class Conv1DGRUCell(_ConvGRUCell):
    """Gated recurrent unit whose state is a sequence; arguments as in :class:`_BaseConvRNNCell`."""

    dims = 1

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: Any,
        h2h_kernel: Any,
        i2h_pad: Any = (0,),
        i2h_dilate: Any = (1,),
        h2h_dilate: Any = (1,),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._make(
            input_shape, hidden_channels, (i2h_kernel, h2h_kernel), i2h_pad, (i2h_dilate, h2h_dilate),
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
            conv_layout, activation,
        )  # fmt: skip


class Conv2DRNNCell(_ConvRNNCell):
    """Elman's cell whose state is an image; arguments as in :class:`_BaseConvRNNCell`."""

    dims = 2

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: Any,
        h2h_kernel: Any,
        i2h_pad: Any = (0, 0),
        i2h_dilate: Any = (1, 1),
        h2h_dilate: Any = (1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCHW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._make(
            input_shape, hidden_channels, (i2h_kernel, h2h_kernel), i2h_pad, (i2h_dilate, h2h_dilate),
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
            conv_layout, activation,
        )  # fmt: skip


class Conv2DLSTMCell(_ConvLSTMCell):
    """Long short-term memory whose state is an image; arguments as in :class:`_BaseConvRNNCell`."""

    dims = 2

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: Any,
        h2h_kernel: Any,
        i2h_pad: Any = (0, 0),
        i2h_dilate: Any = (1, 1),
        h2h_dilate: Any = (1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCHW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._make(
            input_shape, hidden_channels, (i2h_kernel, h2h_kernel), i2h_pad, (i2h_dilate, h2h_dilate),
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
            conv_layout, activation,
        )  # fmt: skip


class Conv2DGRUCell(_ConvGRUCell):
    """Gated recurrent unit whose state is an image; arguments as in :class:`_BaseConvRNNCell`."""

    dims = 2

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: Any,
        h2h_kernel: Any,
        i2h_pad: Any = (0, 0),
        i2h_dilate: Any = (1, 1),
        h2h_dilate: Any = (1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCHW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._make(
            input_shape, hidden_channels, (i2h_kernel, h2h_kernel), i2h_pad, (i2h_dilate, h2h_dilate),
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
            conv_layout, activation,
        )  # fmt: skip


class Conv3DRNNCell(_ConvRNNCell):
    """Elman's cell whose state is a volume; arguments as in :class:`_BaseConvRNNCell`."""

    dims = 3

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: Any,
        h2h_kernel: Any,
        i2h_pad: Any = (0, 0, 0),
        i2h_dilate: Any = (1, 1, 1),
        h2h_dilate: Any = (1, 1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCDHW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._make(
            input_shape, hidden_channels, (i2h_kernel, h2h_kernel), i2h_pad, (i2h_dilate, h2h_dilate),
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
            conv_layout, activation,
        )  # fmt: skip


class Conv3DLSTMCell(_ConvLSTMCell):
    """Long short-term memory whose state is a volume; arguments as in :class:`_BaseConvRNNCell`."""

    dims = 3

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: Any,
        h2h_kernel: Any,
        i2h_pad: Any = (0, 0, 0),
        i2h_dilate: Any = (1, 1, 1),
        h2h_dilate: Any = (1, 1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCDHW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._make(
            input_shape, hidden_channels, (i2h_kernel, h2h_kernel), i2h_pad, (i2h_dilate, h2h_dilate),
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
            conv_layout, activation,
        )  # fmt: skip


class Conv3DGRUCell(_ConvGRUCell):
    """Gated recurrent unit whose state is a volume; arguments as in :class:`_BaseConvRNNCell`."""

    dims = 3

    def __init__(
        self,
        input_shape: Sequence[int],
        hidden_channels: int,
        i2h_kernel: Any,
        h2h_kernel: Any,
        i2h_pad: Any = (0, 0, 0),
        i2h_dilate: Any = (1, 1, 1),
        h2h_dilate: Any = (1, 1, 1),
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        conv_layout: str = "NCDHW",
        activation: Any = "tanh",
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._make(
            input_shape, hidden_channels, (i2h_kernel, h2h_kernel), i2h_pad, (i2h_dilate, h2h_dilate),
            (i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer),
            conv_layout, activation,
        )  # fmt: skip
