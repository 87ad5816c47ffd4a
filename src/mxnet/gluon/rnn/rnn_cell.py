"""Cells: one step of a recurrent network, and what puts several together."""

from __future__ import annotations

from typing import Any

from ._modifiers import DropoutCell, ModifierCell, ResidualCell, ZoneoutCell
from ._recurrent import HybridRecurrentCell, RecurrentCell, begin_states, check_states, state_infos
from ._sequences import Steps, reversed_steps

__all__ = [
    "BidirectionalCell", "DropoutCell", "GRUCell", "HybridRecurrentCell", "HybridSequentialRNNCell", "LSTMCell",
    "ModifierCell", "RNNCell", "RecurrentCell", "ResidualCell", "SequentialRNNCell", "ZoneoutCell",
]  # fmt: skip


class _GatedCell(HybridRecurrentCell):
    """A cell whose gates are dense functions of the input and of the state.

    Weights have the rows of all gates, one gate after the other.
    """

    i2h_weight: Any
    #: how many gates
    gates = 1
    #: how many states
    states = 1

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any,
        h2h_weight_initializer: Any,
        i2h_bias_initializer: Any,
        h2h_bias_initializer: Any,
        input_size: int,
        prefix: str | None,
        params: Any,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._hidden_size, self._input_size = hidden_size, input_size
        rows = self.gates * hidden_size
        for name, shape, init in (
            ("i2h_weight", (rows, input_size), i2h_weight_initializer),
            ("h2h_weight", (rows, hidden_size), h2h_weight_initializer),
            ("i2h_bias", (rows,), i2h_bias_initializer),
            ("h2h_bias", (rows,), h2h_bias_initializer),
        ):
            setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True))

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The shape (n, units) and layout of each state."""
        return [{"shape": (batch_size, self._hidden_size), "__layout__": "NC"} for _ in range(self.states)]

    def _alias(self) -> str:
        return type(self).__name__.lower().removesuffix("cell")

    def __repr__(self) -> str:
        inputs = self.i2h_weight.shape[1] or None
        return f"{type(self).__name__}({inputs} -> {self.i2h_weight.shape[0]})"

    def _dense(self, F: Any, inputs: Any, state: Any, weights: dict[str, Any]) -> tuple[Any, Any]:
        """What the gates get from the input and from the state."""
        units, name = self.gates * self._hidden_size, self._curr_prefix
        of_input = F.FullyConnected(
            data=inputs, weight=weights["i2h_weight"], bias=weights["i2h_bias"], num_hidden=units, name=f"{name}i2h"
        )
        of_state = F.FullyConnected(
            data=state, weight=weights["h2h_weight"], bias=weights["h2h_bias"], num_hidden=units, name=f"{name}h2h"
        )
        return of_input, of_state


class RNNCell(_GatedCell):
    """Elman's cell: h' = act(W_i x + b_i + W_h h + b_h).

    Parameters
    ----------
    hidden_size : int
        units
    activation : str or callable
        'tanh', 'relu', 'sigmoid', 'softsign', 'softrelu', or a block
    i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer : str or Initializer
        of the weights (units, inputs) and (units, units) and of the biases (units,)
    input_size : int
        channels of the input; 0 is found from the first step
    prefix, params
        as in :class:`mxnet.gluon.Block`

    References
    ----------
    Elman 1990, Finding structure in time

    Examples
    --------
    >>> cell = mx.gluon.rnn.RNNCell(4)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3)), cell.begin_state(batch_size=2))
    >>> output.shape
    (2, 4)
    """

    def __init__(
        self,
        hidden_size: int,
        activation: Any = "tanh",
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(
            hidden_size, i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer,
            input_size, prefix, params,
        )  # fmt: skip
        self._activation = activation

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}, {self._activation})"

    def hybrid_forward(self, F: Any, inputs: Any, states: Any, **weights: Any) -> Any:  # noqa: D102
        (state,) = check_states(self, states, 1)
        of_input, of_state = self._dense(F, inputs, state, weights)
        total = F.elemwise_add(of_input, of_state, name=f"{self._curr_prefix}plus0")
        output = self._get_activation(F, total, self._activation, name=f"{self._curr_prefix}out")
        return output, [output]


class LSTMCell(_GatedCell):
    """Long short-term memory: gates input, forget, candidate and output, in this order; states hidden and cell.

    Parameters
    ----------
    hidden_size : int
        units
    i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer : str or Initializer
        of the weights (4 × units, inputs) and (4 × units, units) and of the biases (4 × units,)
    input_size : int
        channels of the input; 0 is found from the first step
    prefix, params
        as in :class:`mxnet.gluon.Block`
    activation, recurrent_activation : str
        of candidate and output, and of the gates

    References
    ----------
    Hochreiter and Schmidhuber 1997, Long short-term memory

    Examples
    --------
    >>> cell = mx.gluon.rnn.LSTMCell(4)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3)), cell.begin_state(batch_size=2))
    >>> output.shape, [state.shape for state in states]
    ((2, 4), [(2, 4), (2, 4)])
    """

    gates, states = 4, 2

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: Any = None,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
    ) -> None:
        super().__init__(
            hidden_size, i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer,
            input_size, prefix, params,
        )  # fmt: skip
        self._activation, self._recurrent_activation = activation, recurrent_activation

    def hybrid_forward(self, F: Any, inputs: Any, states: Any, **weights: Any) -> Any:  # noqa: D102
        name = self._curr_prefix
        hidden, cell = check_states(self, states, 2)
        of_input, of_state = self._dense(F, inputs, hidden, weights)
        total = F.elemwise_add(of_input, of_state, name=f"{name}plus0")
        parts = F.SliceChannel(total, num_outputs=4, name=f"{name}slice")
        gate, candidate = self._recurrent_activation, self._activation
        admit = self._get_activation(F, parts[0], gate, name=f"{name}i")
        forget = self._get_activation(F, parts[1], gate, name=f"{name}f")
        new = self._get_activation(F, parts[2], candidate, name=f"{name}c")
        show = self._get_activation(F, parts[3], gate, name=f"{name}o")
        kept = F.elemwise_mul(forget, cell, name=f"{name}mul0")
        added = F.elemwise_mul(admit, new, name=f"{name}mul1")
        cell = F.elemwise_add(kept, added, name=f"{name}state")
        shown = F.Activation(cell, act_type=candidate, name=f"{name}activation0")
        output = F.elemwise_mul(show, shown, name=f"{name}out")
        return output, [output, cell]


class GRUCell(_GatedCell):
    """Gated recurrent unit: gates reset, update and candidate, in this order.

    The reset gate acts on what the candidate gets from the state, its bias included, as in cuDNN.

    Parameters
    ----------
    hidden_size : int
        units
    i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer : str or Initializer
        of the weights (3 × units, inputs) and (3 × units, units) and of the biases (3 × units,)
    input_size : int
        channels of the input; 0 is found from the first step
    prefix, params
        as in :class:`mxnet.gluon.Block`

    References
    ----------
    Cho and others 2014, arXiv:1406.1078

    Examples
    --------
    >>> cell = mx.gluon.rnn.GRUCell(4)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 3)), cell.begin_state(batch_size=2))
    >>> output.shape
    (2, 4)
    """

    gates = 3

    def __init__(
        self,
        hidden_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(
            hidden_size, i2h_weight_initializer, h2h_weight_initializer, i2h_bias_initializer, h2h_bias_initializer,
            input_size, prefix, params,
        )  # fmt: skip

    def hybrid_forward(self, F: Any, inputs: Any, states: Any, **weights: Any) -> Any:  # noqa: D102
        name = self._curr_prefix
        (state,) = check_states(self, states, 1)
        of_input, of_state = self._dense(F, inputs, state, weights)
        x = F.SliceChannel(of_input, num_outputs=3, name=f"{name}i2h_slice")
        h = F.SliceChannel(of_state, num_outputs=3, name=f"{name}h2h_slice")
        reset = F.elemwise_add(x[0], h[0], name=f"{name}plus0")
        reset = F.Activation(reset, act_type="sigmoid", name=f"{name}r_act")
        update = F.elemwise_add(x[1], h[1], name=f"{name}plus1")
        update = F.Activation(update, act_type="sigmoid", name=f"{name}z_act")
        remembered = F.elemwise_mul(reset, h[2], name=f"{name}mul0")
        candidate = F.elemwise_add(x[2], remembered, name=f"{name}plus2")
        candidate = F.Activation(candidate, act_type="tanh", name=f"{name}h_act")
        ones = F.ones_like(update, name=f"{name}ones_like0")
        new = F.elemwise_mul(F.elemwise_sub(ones, update, name=f"{name}minus0"), candidate, name=f"{name}mul1")
        kept = F.elemwise_mul(update, state, name=f"{name}mul20")
        output = F.elemwise_add(new, kept, name=f"{name}out")
        return output, [output]


# --- several cells ----------------------------------------------------------------------------------------------------


class _Stacked:
    """Cells on top of each other: each gets the output of the one before."""

    _children: Any
    name: str

    def add(self, cell: Any) -> None:
        """Put a cell on top."""
        self.register_child(cell)  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return len(self._children)

    def __getitem__(self, i: int) -> Any:
        return list(self._children.values())[i]

    def __repr__(self) -> str:
        lines = "\n".join(f"({name}): {cell!r}" for name, cell in self._children.items())
        return f"{type(self).__name__}(\n{lines}\n)"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """What is known of the states of all cells."""
        return state_infos(self._children.values(), batch_size)

    def begin_state(self, **kwargs: Any) -> list[Any]:
        """The states that all cells begin with; see :meth:`RecurrentCell.begin_state`."""
        if self._modified:  # type: ignore[attr-defined]
            raise AssertionError(
                f"{self.name}: begin_state: the cell is inside a modifier such as ZoneoutCell; ask that for its states"
            )
        return begin_states(self._children.values(), **kwargs)

    def _step(self, inputs: Any, states: Any) -> Any:
        new: list[Any] = []
        first = 0
        for cell in self._children.values():
            if isinstance(cell, BidirectionalCell):
                raise AssertionError(f"{self.name}: {cell.name} goes through a whole sequence; call unroll")
            count = len(cell.state_info())
            inputs, after = cell(inputs, states[first : first + count])
            first += count
            new += after
        return inputs, new

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Compute a sequence, one cell after the other; see :meth:`RecurrentCell.unroll`."""
        self.reset()  # type: ignore[attr-defined]
        states = Steps(length, inputs, layout).begin(self) if begin_state is None else begin_state
        new: list[Any] = []
        first, last = 0, len(self) - 1
        for place, cell in enumerate(self._children.values()):
            count = len(cell.state_info())
            inputs, after = cell.unroll(
                length, inputs, begin_state=states[first : first + count], layout=layout,
                merge_outputs=None if place < last else merge_outputs, valid_length=valid_length,
            )  # fmt: skip
            first += count
            new += after
        return inputs, new


class SequentialRNNCell(_Stacked, RecurrentCell):
    """Cells on top of each other: each gets the output of the one before.

    Examples
    --------
    >>> stack = mx.gluon.rnn.SequentialRNNCell()
    >>> stack.add(mx.gluon.rnn.LSTMCell(4))
    >>> stack.add(mx.gluon.rnn.GRUCell(5))
    >>> stack.initialize()
    >>> output, states = stack(mx.nd.ones((2, 3)), stack.begin_state(batch_size=2))
    >>> output.shape, len(states)
    ((2, 5), 3)
    """

    def forward(self, inputs: Any, states: Any) -> Any:  # noqa: D102
        return self._step(inputs, states)


class HybridSequentialRNNCell(_Stacked, HybridRecurrentCell):
    """:class:`SequentialRNNCell` that can also run as a graph."""

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:  # noqa: D102
        return self._step(inputs, states)


class BidirectionalCell(HybridRecurrentCell):
    """A cell for each direction; their outputs are joined along the channels.

    It goes through whole sequences only: call :meth:`unroll`.

    Parameters
    ----------
    l_cell, r_cell : RecurrentCell
        from the first step to the last, and back
    output_prefix : str
        what the names of the joined outputs begin with

    Examples
    --------
    >>> cell = mx.gluon.rnn.BidirectionalCell(mx.gluon.rnn.LSTMCell(4), mx.gluon.rnn.GRUCell(3))
    >>> cell.initialize()
    >>> outputs, states = cell.unroll(5, mx.nd.ones((2, 5, 6)), merge_outputs=True)
    >>> outputs.shape
    (2, 5, 7)
    """

    def __init__(self, l_cell: Any, r_cell: Any, output_prefix: str = "bi_") -> None:
        super().__init__(prefix="", params=None)
        self.l_cell, self.r_cell = l_cell, r_cell
        self._output_prefix = output_prefix

    def __call__(self, inputs: Any, states: Any) -> Any:
        """Raises: one direction needs the last step first."""
        raise NotImplementedError(f"{self.name or 'BidirectionalCell'}: cannot be called step by step; call unroll")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(forward={self.l_cell!r}, backward={self.r_cell!r})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """What is known of the states of both directions."""
        return state_infos(self._children.values(), batch_size)

    def begin_state(self, **kwargs: Any) -> list[Any]:
        """The states that both directions begin with; see :meth:`RecurrentCell.begin_state`."""
        if self._modified:
            raise AssertionError(
                f"{self.name}: begin_state: the cell is inside a modifier such as ZoneoutCell; ask that for its states"
            )
        return begin_states(self._children.values(), **kwargs)

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Compute a sequence in both directions; see :meth:`RecurrentCell.unroll`."""
        self.reset()
        steps = Steps(length, inputs, layout)
        states = steps.begin(self) if begin_state is None else begin_state
        count = len(self.l_cell.state_info(steps.batch_size))
        options = {"layout": layout, "merge_outputs": False, "valid_length": valid_length}
        forth, forth_states = self.l_cell.unroll(length, steps.each, begin_state=states[:count], **options)
        turned = reversed_steps(steps, steps.each, valid_length)
        back, back_states = self.r_cell.unroll(length, turned, begin_state=states[count:], **options)
        back = reversed_steps(steps, back, valid_length)
        if merge_outputs is None and valid_length is not None:
            merge_outputs = steps.merged
        joined = [
            steps.F.concat(one, other, dim=1, name=f"{self._output_prefix}t{number}")
            for number, (one, other) in enumerate(zip(forth, back))
        ]
        return steps.given(joined, merge_outputs), [*forth_states, *back_states]
