"""Cells with gates: RNN, LSTM and GRU; how gates make states, and gates that are dense functions of input and state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..initializer import LSTMBias
from ..ops.nn.rnn import GATE_NAMES
from ._base import BaseRNNCell, RNNParams, symbol

__all__ = ["ElmanGates", "GRUCell", "GRUGates", "Gated", "LSTMCell", "LSTMGates", "RNNCell"]


class Gated(BaseRNNCell):
    """What dense and convolutional cells share: how the gates of each kind make outputs and states.

    `_from_input` and `_from_state` say what the gates get; weights have the rows of all gates, one after the other.
    """

    #: what the axis of gates is given as, where it is
    _sliced: Mapping[str, int] = {}
    _activation: Any = "tanh"
    _num_hidden: int

    def _from_input(self, inputs: Any, name: str) -> Any:
        raise NotImplementedError

    def _from_state(self, state: Any, name: str) -> Any:
        raise NotImplementedError

    @property
    def _num_gates(self) -> int:
        return len(self._gate_names)


class ElmanGates(Gated):
    """h' = act(W_i x + b_i + W_h h + b_h)."""

    @property
    def _gate_names(self) -> Sequence[str]:
        return GATE_NAMES["rnn_tanh"]

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        name = self._step()
        (state,) = self._states(states)
        total = self._from_input(inputs, name) + self._from_state(state, name)
        output = self._get_activation(total, self._activation, name=f"{name}out")
        return output, [output]


class LSTMGates(Gated):
    """Gates input, forget, candidate and output, in this order; states hidden and cell."""

    @property
    def _gate_names(self) -> Sequence[str]:
        return list(GATE_NAMES["lstm"])

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        name = self._step()
        hidden, cell = self._states(states)
        total = self._from_input(inputs, name) + self._from_state(hidden, name)
        parts = symbol.SliceChannel(total, num_outputs=4, name=f"{name}slice", **self._sliced)
        admit, forget, show = (
            symbol.Activation(parts[place], act_type="sigmoid", name=f"{name}{gate}")
            for place, gate in ((0, "i"), (1, "f"), (3, "o"))
        )
        candidate = self._get_activation(parts[2], self._activation, name=f"{name}c")
        kept = forget * cell
        cell = symbol.elemwise_add(kept, admit * candidate, name=f"{name}state")
        output = symbol.elemwise_mul(show, self._get_activation(cell, self._activation), name=f"{name}out")
        return output, [output, cell]


class GRUGates(Gated):
    """Gates reset, update and candidate, in this order; the reset gate acts behind the state's weights, as in cuDNN."""

    #: what stands between step and name in some of MXNet's names
    _joint = ""

    @property
    def _gate_names(self) -> Sequence[str]:
        return list(GATE_NAMES["gru"])

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        name = self._step()
        (state,) = self._states(states)
        of_input, of_state = self._from_input(inputs, name + self._joint), self._from_state(state, name + self._joint)
        x = symbol.SliceChannel(of_input, num_outputs=3, name=f"{name}_i2h_slice")
        h = symbol.SliceChannel(of_state, num_outputs=3, name=f"{name}_h2h_slice")
        reset = symbol.Activation(x[0] + h[0], act_type="sigmoid", name=f"{name}_r_act")
        update = symbol.Activation(x[1] + h[1], act_type="sigmoid", name=f"{name}_z_act")
        candidate = self._get_activation(x[2] + reset * h[2], self._activation, name=f"{name}_h_act")
        new = (1.0 - update) * candidate
        output = symbol.elemwise_add(new, update * state, name=f"{name}out")
        return output, [output]


# --- dense --------------------------------------------------------------------------------------------------------


class _Dense(Gated):
    """Gates that are dense functions."""

    def __init__(self, num_hidden: int, prefix: str, params: RNNParams | None, i2h_bias: dict[str, Any]) -> None:
        super().__init__(prefix=prefix, params=params)
        self._num_hidden = num_hidden
        self._iW, self._hW = self._params.get("i2h_weight"), self._params.get("h2h_weight")
        self._iB, self._hB = self._params.get("i2h_bias", **i2h_bias), self._params.get("h2h_bias")

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return [{"shape": (0, self._num_hidden), "__layout__": "NC"}]

    def _from_input(self, inputs: Any, name: str) -> Any:
        units = self._num_gates * self._num_hidden
        return symbol.FullyConnected(inputs, self._iW, self._iB, num_hidden=units, name=f"{name}i2h")

    def _from_state(self, state: Any, name: str) -> Any:
        units = self._num_gates * self._num_hidden
        return symbol.FullyConnected(state, self._hW, self._hB, num_hidden=units, name=f"{name}h2h")


class RNNCell(ElmanGates, _Dense):
    """Elman's cell: h' = act(W_i x + b_i + W_h h + b_h).

    Parameters
    ----------
    num_hidden : int
        units
    activation : str or callable
        'tanh', 'relu', 'sigmoid', 'softrelu', 'softsign', or a function of a symbol
    prefix : str
        comes before the names of variables and nodes
    params : RNNParams, optional
        variables to share

    Examples
    --------
    >>> import mxnet as mx
    >>> cell = mx.rnn.RNNCell(4)
    >>> output, states = cell(mx.sym.Variable("data"), cell.begin_state())
    >>> output.list_arguments()
    ['data', 'rnn_i2h_weight', 'rnn_i2h_bias', 'rnn_h2h_weight', 'rnn_h2h_bias']
    """

    def __init__(
        self, num_hidden: int, activation: Any = "tanh", prefix: str = "rnn_", params: RNNParams | None = None
    ) -> None:
        super().__init__(num_hidden, prefix, params, {})
        self._activation = activation


class LSTMCell(LSTMGates, _Dense):
    """Long short-term memory: gates input, forget, candidate and output, in this order; states hidden and cell.

    Parameters
    ----------
    num_hidden : int
        units
    prefix, params
        as in :class:`RNNCell`
    forget_bias : float
        what the forget gate's bias starts from
    """

    def __init__(
        self, num_hidden: int, prefix: str = "lstm_", params: RNNParams | None = None, forget_bias: float = 1.0
    ) -> None:
        super().__init__(num_hidden, prefix, params, {"init": LSTMBias(forget_bias=forget_bias)})

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return super().state_info * 2


class GRUCell(GRUGates, _Dense):
    """Gated recurrent unit: gates reset, update and candidate, in this order.

    Parameters
    ----------
    num_hidden : int
        units
    prefix, params
        as in :class:`RNNCell`
    """

    _joint = "_"

    def __init__(self, num_hidden: int, prefix: str = "gru_", params: RNNParams | None = None) -> None:
        super().__init__(num_hidden, prefix, params, {})
