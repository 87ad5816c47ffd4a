"""All layers and steps of a recurrent network in one call, its parameters in one vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..base import MXNetError
from ..initializer import FusedRNN
from ..ndarray import NDArray, zeros
from ..ops.nn.rnn import GATE_NAMES, named_parts
from ..symbol import Symbol
from ._base import BaseRNNCell, RNNParams, as_list, as_symbol, symbol, time_axis
from ._gated import GRUCell, LSTMCell, RNNCell
from ._modifiers import DropoutCell
from ._several import BidirectionalCell, SequentialRNNCell

__all__ = ["FusedRNNCell"]


class FusedRNNCell(BaseRNNCell):
    """Layers of cells in one call of the fused operator. It goes through whole sequences only.

    Parameters
    ----------
    num_hidden : int
        units of each layer
    num_layers : int
        layers on top of each other
    mode : {'rnn_relu', 'rnn_tanh', 'lstm', 'gru'}
        the kind of cells
    bidirectional : bool
        a second direction, whose units come after those of the first
    dropout : float
        the probability of a zero among the inputs of every layer but the first
    get_next_state : bool
        whether unrolling gives the states after the last step; without, an empty list
    forget_bias : float
        what the bias of an LSTM's forget gate starts from
    prefix : str, optional
        comes before the names of variables and nodes; by default the mode
    params : RNNParams, optional
        variables to share

    Raises
    ------
    ValueError
        there is no such mode

    Examples
    --------
    >>> import mxnet as mx
    >>> cell = mx.rnn.FusedRNNCell(4, num_layers=2, mode="gru")
    >>> outputs, _ = cell.unroll(5, mx.sym.Variable("data"), merge_outputs=True)
    >>> outputs.infer_shape(data=(2, 5, 3))[:2]
    ([(2, 5, 3), (228,)], [(2, 5, 4)])
    """

    def __init__(
        self,
        num_hidden: int,
        num_layers: int = 1,
        mode: str = "lstm",
        bidirectional: bool = False,
        dropout: float = 0.0,
        get_next_state: bool = False,
        forget_bias: float = 1.0,
        prefix: str | None = None,
        params: RNNParams | None = None,
    ) -> None:
        if mode not in GATE_NAMES:
            raise ValueError(f"FusedRNNCell: mode={mode!r}; expected one of {', '.join(map(repr, GATE_NAMES))}")
        super().__init__(prefix=f"{mode}_" if prefix is None else prefix, params=params)
        self._num_hidden, self._num_layers, self._mode = num_hidden, num_layers, mode
        self._bidirectional, self._dropout, self._get_next_state = bidirectional, dropout, get_next_state
        self._directions = ["l", "r"] if bidirectional else ["l"]
        initializer = FusedRNN(None, num_hidden, num_layers, mode, bidirectional, forget_bias)
        self._parameter = self._params.get("parameters", init=initializer)

    @property
    def state_info(self) -> list[dict[str, Any]]:
        shape = (self._num_layers * len(self._directions), 0, self._num_hidden)
        return [{"shape": shape, "__layout__": "LNC"} for _ in range(2 if self._mode == "lstm" else 1)]

    @property
    def _gate_names(self) -> Sequence[str]:
        return list(GATE_NAMES[self._mode])

    @property
    def _num_gates(self) -> int:
        return len(self._gate_names)

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        """Raises: the operator goes through all steps."""
        raise NotImplementedError("FusedRNNCell: cannot be called step by step; call unroll, or unfuse() first")

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, list[Any]]:
        self.reset()
        axis = time_axis(layout)
        data = as_symbol(inputs if isinstance(inputs, Symbol) else as_list(inputs, length, axis), axis)
        if axis == 1:  # the operator has time first
            data = symbol.swapaxes(data, dim1=0, dim2=1)
        states = self._states(self.begin_state() if begin_state is None else begin_state)
        named = dict(zip(("state", "state_cell"), states))
        network = symbol.RNN(data, self._parameter, name=f"{self._prefix}rnn", **named, **self._options())
        outputs, new = network, []
        if self._get_next_state:
            outputs, *new = network._each()
            for state in new:
                state._set_attr(__layout__="LNC")
        if axis == 1:
            outputs = symbol.swapaxes(outputs, dim1=0, dim2=1)
        return (as_list(outputs, length, axis) if merge_outputs is False else outputs), new

    def _options(self) -> dict[str, Any]:
        """The attributes of its operator."""
        return {
            "mode": self._mode, "state_size": self._num_hidden, "num_layers": self._num_layers,
            "bidirectional": self._bidirectional, "p": self._dropout, "state_outputs": self._get_next_state,
        }  # fmt: skip

    # --- its parameters -------------------------------------------------------------------------------------------

    def _parts(self, size: int) -> dict[str, tuple[int, int, tuple[int, ...]]]:
        try:
            return named_parts(self._mode, size, self._num_hidden, self._num_layers, len(self._directions))
        except ValueError as error:
            raise MXNetError(f"FusedRNNCell: {self._prefix}parameters: {error}") from error

    def unpack_weights(self, args: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """Parameters with those of the vector by layer, direction and gate, as the cells of `unfuse` unpack theirs.

        Raises
        ------
        KeyError
            the vector is not among them
        MXNetError
            its length fits no number of inputs
        """
        found = dict(args)
        vector = self._taken(found, f"{self._prefix}parameters")
        for name, (begin, end, shape) in self._parts(vector.size).items():
            found[self._prefix + name] = vector[begin:end].reshape(shape).copy()
        return found

    def pack_weights(self, args: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """Parameters with those of the network in one vector: the reverse of `unpack_weights`."""
        found = dict(args)
        first = f"{self._prefix}l0_i2h{self._gate_names[0]}_weight"
        inputs = self._taken(found, first)
        found[first] = inputs
        size = self._size(inputs.shape[1])
        vector = zeros((size,), ctx=inputs.context, dtype=inputs.dtype)
        for name, (begin, end, _) in self._parts(size).items():
            vector[begin:end] = self._taken(found, self._prefix + name).reshape((-1,))
        found[f"{self._prefix}parameters"] = vector
        return found

    def _size(self, inputs: int) -> int:
        """The length of the vector for so many inputs."""
        units, directions = self._num_hidden, len(self._directions)
        columns = inputs + units + 2 + (self._num_layers - 1) * (units * directions + units + 2)
        return columns * units * self._num_gates * directions

    def unfuse(self) -> SequentialRNNCell:
        """The same network as a stack of cells, whose packed weights come from `unpack_weights` of this one."""
        stack = SequentialRNNCell()
        for layer in range(self._num_layers):
            cells = [self._cell(f"{self._prefix}{direction}{layer}_") for direction in self._directions]
            if self._bidirectional:
                stack.add(BidirectionalCell(cells[0], cells[1], output_prefix=f"{self._prefix}bi_l{layer}_"))
            else:
                stack.add(cells[0])
            if self._dropout > 0 and layer + 1 < self._num_layers:
                stack.add(DropoutCell(self._dropout, prefix=f"{self._prefix}_dropout{layer}_"))
        return stack

    def _cell(self, prefix: str) -> BaseRNNCell:
        if self._mode == "lstm":
            return LSTMCell(self._num_hidden, prefix=prefix)
        if self._mode == "gru":
            return GRUCell(self._num_hidden, prefix=prefix)
        return RNNCell(self._num_hidden, activation=self._mode.removeprefix("rnn_"), prefix=prefix)
