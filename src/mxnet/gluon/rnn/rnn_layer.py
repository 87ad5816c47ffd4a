"""Layers: whole sequences in one call of the fused operator, each weight a parameter of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ... import ndarray as nd
from ... import symbol
from ...ndarray import NDArray
from ..block import HybridBlock
from . import rnn_cell
from ._recurrent import _made

__all__ = ["GRU", "LSTM", "RNN"]

_GATES = {"rnn_relu": 1, "rnn_tanh": 1, "lstm": 4, "gru": 3}


class _RNNLayer(HybridBlock):
    """Recurrent layers on top of each other, in one direction or both."""

    l0_i2h_weight: Any

    def __init__(
        self,
        hidden_size: int,
        num_layers: int,
        layout: str,
        dropout: float,
        bidirectional: bool,
        input_size: int,
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        mode: str,
        projection_size: int | None = None,
        h2r_weight_initializer: Any = None,
        state_clip_min: float | None = None,
        state_clip_max: float | None = None,
        state_clip_nan: bool = False,
        dtype: Any = "float32",
        use_sequence_length: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if layout not in ("TNC", "NTC"):
            raise AssertionError(f"{type(self).__name__}: layout={layout!r}; expected 'TNC' or 'NTC'")
        self._hidden_size, self._projection_size, self._num_layers = hidden_size, projection_size or None, num_layers
        self._mode, self._layout, self._dropout, self._dir = mode, layout, dropout, 2 if bidirectional else 1
        self._input_size, self._dtype, self._use_sequence_length = input_size, dtype, use_sequence_length
        self._state_clip_min, self._state_clip_max, self._state_clip_nan = (
            state_clip_min,
            state_clip_max,
            state_clip_nan,
        )
        self._initializers = {
            "i2h_weight": i2h_weight_initializer, "h2h_weight": h2h_weight_initializer,
            "i2h_bias": i2h_bias_initializer, "h2h_bias": h2h_bias_initializer, "h2r_weight": h2r_weight_initializer,
        }  # fmt: skip
        self._skip_states: bool | None = None
        rows, seen = _GATES[mode] * hidden_size, projection_size or hidden_size
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else seen * self._dir
            shapes = {
                "i2h_weight": (rows, inputs), "h2h_weight": (rows, seen), "i2h_bias": (rows,), "h2h_bias": (rows,),
            }  # fmt: skip
            if self._projection_size:
                shapes["h2r_weight"] = (seen, hidden_size)
            for direction in "lr"[: self._dir]:
                for name, shape in shapes.items():
                    full = f"{direction}{layer}_{name}"
                    init = self._initializers[name]
                    parameter = self.params.get(full, shape=shape, init=init, allow_deferred_init=True, dtype=dtype)
                    setattr(self, full, parameter)

    def _layers(self) -> Iterator[str]:
        """What the names of each layer and direction begin with, in the operator's order."""
        return (f"{direction}{layer}" for layer in range(self._num_layers) for direction in "lr"[: self._dir])

    def __repr__(self) -> str:
        inputs = self.l0_i2h_weight.shape[1] or None
        parts = [f"{inputs} -> {self._hidden_size}", self._layout]
        if self._num_layers != 1:
            parts.append(f"num_layers={self._num_layers}")
        if self._dropout != 0:
            parts.append(f"dropout={self._dropout}")
        if self._dir == 2:
            parts.append("bidirectional")
        return f"{type(self).__name__}({', '.join(parts)})"

    def _collect_params_with_prefix(self, prefix: str = "") -> dict[str, Any]:
        """Parameters under the names by which MXNet saves them: those of a stack of cells."""
        prefix = f"{prefix}." if prefix else ""
        found = {}
        for layer in range(self._num_layers):
            cells = [f"{cell}." for cell in ("l_cell", "r_cell")] if self._dir == 2 else [""]
            for direction, cell in zip("lr", cells):
                for name in ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias"):
                    key = f"{prefix}_unfused.{layer}.{cell}{name}"
                    found[key] = getattr(self, f"{direction}{layer}_{name}")
        if self._projection_size:
            found = {f"{prefix}{name}": parameter for name, parameter in self._reg_params.items()}
        return found

    def _what_does_not_fit(self, *args: Any) -> str | None:
        """Sequences without their batch axis, or of features in several axes."""
        shape = tuple(getattr(args[0], "shape", (0, 0, 0)))
        if len(shape) == 3:
            return None
        words = {"T": "time", "N": "batch", "C": "features"}
        axes = " × ".join(words[letter] for letter in self._layout)
        return f"inputs {shape} have {len(shape)} axes; expected 3: {axes} (layout={self._layout!r})"

    # --- states ---------------------------------------------------------------------------------------------------

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The shape (layers × directions, n, units), layout and dtype of each state."""
        raise NotImplementedError

    def _info(self, batch_size: int, units: int) -> dict[str, Any]:
        return {
            "shape": (self._num_layers * self._dir, batch_size, units), "__layout__": "LNC", "dtype": self._dtype,
        }  # fmt: skip

    def begin_state(self, batch_size: int = 0, func: Callable[..., Any] = nd.zeros, **kwargs: Any) -> list[Any]:
        """The states to begin with.

        Parameters
        ----------
        batch_size : int
            the number of sequences
        func : callable
            makes each of them, ``mx.nd.zeros`` for instance
        **kwargs
            for `func`, such as ``ctx``

        Examples
        --------
        >>> [state.shape for state in mx.gluon.rnn.LSTM(4, num_layers=2).begin_state(batch_size=3)]
        [(2, 3, 4), (2, 3, 4)]
        """
        return [
            _made(func, f"{self.prefix}h0_{number}", {**info, **kwargs}, {})
            for number, info in enumerate(self.state_info(batch_size))
        ]

    # --- computing ------------------------------------------------------------------------------------------------

    def __call__(self, inputs: Any, states: Any = None, sequence_length: Any = None, **kwargs: Any) -> Any:
        """The outputs of all steps; with states given, the states at the end as well.

        Parameters
        ----------
        inputs : NDArray
            (time, n, channels), or (n, time, channels) by the layout
        states : NDArray or list of NDArray, optional
            to begin with; zeros by default
        sequence_length : NDArray (n,), optional
            where each sequence ends, for ``use_sequence_length=True``

        Returns
        -------
        NDArray, or (NDArray, list of NDArray)
        """
        return super().__call__(*self._completed(inputs, states, sequence_length), **kwargs)

    def plan(self, inputs: Any, states: Any = None, sequence_length: Any = None) -> Any:
        """What a hybridized call does; arguments as for the call, see :meth:`HybridBlock.plan`."""
        return super().plan(*self._completed(inputs, states, sequence_length))

    def _completed(self, inputs: Any, states: Any, sequence_length: Any) -> tuple[Any, ...]:
        """What the graph is called with: zeros where no states are given, lengths only where there are any."""
        skip = states is None
        if skip != self._skip_states:
            if self._skip_states is not None:
                self._clear_cached_op()  # a graph with other outputs
            self._skip_states = skip
        if skip:
            if isinstance(inputs, NDArray):
                batch = inputs.shape[self._layout.find("N")] if inputs.ndim == 3 else 1  # the operator refuses it
                states = self.begin_state(batch, ctx=inputs.context, dtype=inputs.dtype)
                if type(inputs) is not NDArray:
                    states = [state.as_np_ndarray() for state in states]
            else:
                states = self.begin_state(0, func=symbol.zeros)
        elif not isinstance(states, (list, tuple)):
            states = [states]
        if self._input_size == 0 and isinstance(inputs, NDArray) and inputs.ndim == 3:
            self._take_input_size(inputs.shape[2])
        return (inputs, states) if sequence_length is None else (inputs, states, sequence_length)

    def _take_input_size(self, channels: int) -> None:
        """Complete the shapes of the first layer's weights and initialize what waited for them."""
        for direction in "lr"[: self._dir]:
            parameter = getattr(self, f"{direction}0_i2h_weight")
            if parameter._deferred_init:
                parameter.shape = (parameter.shape[0], channels)
                parameter._finish_deferred_init()

    def hybrid_forward(self, F: Any, inputs: Any, states: Any, sequence_length: Any = None, **parameters: Any) -> Any:
        if self._layout == "NTC":
            inputs = F.swapaxes(inputs, dim1=0, dim2=1)
        kinds = ("i2h_weight", "h2h_weight", "h2r_weight") if self._projection_size else ("i2h_weight", "h2h_weight")
        weights = [parameters[f"{layer}_{kind}"] for layer in self._layers() for kind in kinds]
        biases = [parameters[f"{layer}_{kind}"] for layer in self._layers() for kind in ("i2h_bias", "h2h_bias")]
        flat = [F.reshape(each, shape=-1) for each in (*weights, *biases)]
        together = F._internal._rnn_param_concat(*flat, dim=0)
        given = dict(zip(("state", "state_cell"), states))
        if self._use_sequence_length and sequence_length is not None:
            given["sequence_length"] = sequence_length
        outputs, *new = F.RNN(inputs, together, **given, **self._options())
        if self._layout == "NTC":
            outputs = F.swapaxes(outputs, dim1=0, dim2=1)
        return outputs if self._skip_states else (outputs, new)

    def _options(self) -> dict[str, Any]:
        """The attributes of its operator."""
        bounds = {side: getattr(self, f"_state_clip_{side}") for side in ("min", "max", "nan")}
        return {
            "mode": self._mode, "state_size": self._hidden_size, "num_layers": self._num_layers, "p": self._dropout,
            "bidirectional": self._dir == 2, "projection_size": self._projection_size, "state_outputs": True,
            "use_sequence_length": self._use_sequence_length,
            **{f"lstm_state_clip_{side}": bound for side, bound in bounds.items()},
        }  # fmt: skip

    # --- as cells -------------------------------------------------------------------------------------------------

    def _cell(self, inputs: int, options: dict[str, Any]) -> Any:
        """The cell that computes one step of a layer."""
        raise NotImplementedError

    def _unfuse(self) -> rnn_cell.HybridSequentialRNNCell:
        """The same layers as a stack of cells that share the parameters."""
        if self._projection_size:
            raise AssertionError(f"{self.name}: _unfuse: no cell has a projection; use contrib.rnn.LSTMPCell")
        if self._state_clip_min is not None or self._state_clip_max is not None:
            raise AssertionError(f"{self.name}: _unfuse: cells do not clip their states")
        stack = rnn_cell.HybridSequentialRNNCell(prefix=self.prefix, params=self.params)
        with stack.name_scope():
            inputs = self._input_size
            for layer in range(self._num_layers):
                cells = [
                    self._cell(inputs, {"prefix": f"{direction}{layer}_", **self._cell_initializers()})
                    for direction in "lr"[: self._dir]
                ]
                stack.add(rnn_cell.BidirectionalCell(*cells) if self._dir == 2 else cells[0])
                inputs, last = self._hidden_size * self._dir, layer + 1 == self._num_layers
                if self._dropout > 0 and not last:
                    stack.add(rnn_cell.DropoutCell(self._dropout))
        return stack

    def _cell_initializers(self) -> dict[str, Any]:
        names = ("i2h_weight", "h2h_weight", "i2h_bias", "h2h_bias")
        return {f"{name}_initializer": self._initializers[name] for name in names}


class RNN(_RNNLayer):
    """Elman's recurrent layers: h' = act(W_i x + b_i + W_h h + b_h).

    Parameters
    ----------
    hidden_size : int
        units of each layer
    num_layers : int
        layers on top of each other
    activation : {'relu', 'tanh'}
        of the new state
    layout : {'TNC', 'NTC'}
        of inputs and outputs: (time, n, channels) or (n, time, channels)
    dropout : float
        the probability of a zero among the inputs of every layer but the first, in training
    bidirectional : bool
        a second direction, whose units come after those of the first
    i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer : str or Initializer
        of the weights (units, inputs) and (units, units) and of the biases (units,)
    input_size : int
        channels of the input; 0 is found from the first batch
    dtype : str or NumPy dtype
        of the parameters
    **kwargs
        ``prefix`` and ``params`` of a block, ``use_sequence_length``

    References
    ----------
    Elman 1990, Finding structure in time

    Examples
    --------
    >>> layer = mx.gluon.rnn.RNN(4, num_layers=2)
    >>> layer.initialize()
    >>> output, states = layer(mx.nd.ones((5, 2, 3)), layer.begin_state(batch_size=2))
    >>> output.shape, states[0].shape
    ((5, 2, 4), (2, 2, 4))
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        activation: str = "relu",
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        mode = f"rnn_{activation}"
        if mode not in _GATES:
            raise KeyError(f"RNN: activation={activation!r}; expected 'relu' or 'tanh'")
        self._activation = activation
        super().__init__(
            hidden_size, num_layers, layout, dropout, bidirectional, input_size, i2h_weight_initializer,
            h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, mode, dtype=dtype, **kwargs,
        )  # fmt: skip

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:  # noqa: D102
        return [self._info(batch_size, self._hidden_size)]

    def _cell(self, inputs: int, options: dict[str, Any]) -> Any:
        return rnn_cell.RNNCell(self._hidden_size, input_size=inputs, activation=self._activation, **options)


class LSTM(_RNNLayer):
    """Long short-term memory: gates input, forget, candidate and output, in this order; states hidden and cell.

    Parameters
    ----------
    hidden_size : int
        units of each layer
    num_layers : int
        layers on top of each other
    layout : {'TNC', 'NTC'}
        of inputs and outputs: (time, n, channels) or (n, time, channels)
    dropout : float
        the probability of a zero among the inputs of every layer but the first, in training
    bidirectional : bool
        a second direction, whose units come after those of the first
    input_size : int
        channels of the input; 0 is found from the first batch
    i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer : str or Initializer
        of the weights (4 × units, inputs) and (4 × units, units) and of the biases (4 × units,)
    projection_size : int, optional
        the hidden state is projected to so many units (arXiv:1402.1128)
    h2r_weight_initializer : str or Initializer
        of the projection (projection_size, units)
    state_clip_min, state_clip_max : float, optional
        bounds of the cells
    state_clip_nan : bool
        a cell that is no number becomes the lower bound
    dtype : str or NumPy dtype
        of the parameters
    **kwargs
        ``prefix`` and ``params`` of a block, ``use_sequence_length``

    References
    ----------
    Hochreiter and Schmidhuber 1997, Long short-term memory

    Examples
    --------
    >>> layer = mx.gluon.rnn.LSTM(4, bidirectional=True)
    >>> layer.initialize()
    >>> layer(mx.nd.ones((5, 2, 3))).shape
    (5, 2, 8)
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        input_size: int = 0,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        projection_size: int | None = None,
        h2r_weight_initializer: Any = None,
        state_clip_min: float | None = None,
        state_clip_max: float | None = None,
        state_clip_nan: bool = False,
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            hidden_size, num_layers, layout, dropout, bidirectional, input_size, i2h_weight_initializer,
            h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, "lstm", projection_size,
            h2r_weight_initializer, state_clip_min, state_clip_max, state_clip_nan, dtype, **kwargs,
        )  # fmt: skip

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:  # noqa: D102
        hidden = self._info(batch_size, self._projection_size or self._hidden_size)
        return [hidden, self._info(batch_size, self._hidden_size)]

    def _cell(self, inputs: int, options: dict[str, Any]) -> Any:
        return rnn_cell.LSTMCell(self._hidden_size, input_size=inputs, **options)


class GRU(_RNNLayer):
    """Gated recurrent units: gates reset, update and candidate, in this order.

    Parameters
    ----------
    hidden_size : int
        units of each layer
    num_layers : int
        layers on top of each other
    layout : {'TNC', 'NTC'}
        of inputs and outputs: (time, n, channels) or (n, time, channels)
    dropout : float
        the probability of a zero among the inputs of every layer but the first, in training
    bidirectional : bool
        a second direction, whose units come after those of the first
    input_size : int
        channels of the input; 0 is found from the first batch
    i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer : str or Initializer
        of the weights (3 × units, inputs) and (3 × units, units) and of the biases (3 × units,)
    dtype : str or NumPy dtype
        of the parameters
    **kwargs
        ``prefix`` and ``params`` of a block, ``use_sequence_length``

    References
    ----------
    Cho and others 2014, arXiv:1406.1078

    Examples
    --------
    >>> layer = mx.gluon.rnn.GRU(4, layout='NTC')
    >>> layer.initialize()
    >>> layer(mx.nd.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    def __init__(
        self,
        hidden_size: int,
        num_layers: int = 1,
        layout: str = "TNC",
        dropout: float = 0,
        bidirectional: bool = False,
        input_size: int = 0,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        dtype: Any = "float32",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            hidden_size, num_layers, layout, dropout, bidirectional, input_size, i2h_weight_initializer,
            h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer, "gru", dtype=dtype, **kwargs,
        )  # fmt: skip

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:  # noqa: D102
        return [self._info(batch_size, self._hidden_size)]

    def _cell(self, inputs: int, options: dict[str, Any]) -> Any:
        return rnn_cell.GRUCell(self._hidden_size, input_size=inputs, **options)
