"""Dropout with one mask for all steps, an LSTM with a projection, and unrolling by a loop."""

from __future__ import annotations

from typing import Any

from ...rnn import BidirectionalCell, HybridRecurrentCell, ModifierCell, SequentialRNNCell
from ...rnn._recurrent import check_states
from ...rnn._sequences import Steps

__all__ = ["LSTMPCell", "VariationalDropoutCell"]


class VariationalDropoutCell(ModifierCell):
    """Dropout of another cell's inputs, first state and outputs, with the same mask for all steps of a sequence.

    Parameters
    ----------
    base_cell : RecurrentCell
        the cell
    drop_inputs, drop_states, drop_outputs : float
        the probability of a zero; 0 for no dropout

    Raises
    ------
    AssertionError
        dropout of states of a cell that goes through whole sequences only

    References
    ----------
    Gal and Ghahramani 2015, arXiv:1512.05287

    Examples
    --------
    >>> cell = mx.gluon.contrib.rnn.VariationalDropoutCell(mx.gluon.rnn.LSTMCell(4), drop_states=0.3)
    >>> cell.initialize()
    >>> outputs, states = cell.unroll(5, mx.nd.ones((2, 5, 3)), merge_outputs=True)
    >>> outputs.shape
    (2, 5, 4)
    """

    def __init__(
        self, base_cell: Any, drop_inputs: float = 0.0, drop_states: float = 0.0, drop_outputs: float = 0.0
    ) -> None:
        stacked = base_cell._children.values() if isinstance(base_cell, SequentialRNNCell) else ()
        if drop_states and any(isinstance(cell, BidirectionalCell) for cell in (base_cell, *stacked)):
            raise AssertionError(
                "VariationalDropoutCell: drop_states of a BidirectionalCell, which goes through whole sequences; put "
                "the cells in it into VariationalDropoutCells"
            )
        super().__init__(base_cell)
        self.drop_inputs, self.drop_states, self.drop_outputs = drop_inputs, drop_states, drop_outputs
        self._masks: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p_out = {self.drop_outputs}, p_state = {self.drop_states})"

    def _alias(self) -> str:
        return "vardrop"

    def reset(self) -> None:
        """Start again, with other masks."""
        super().reset()
        self._masks = {}

    def _masked(self, F: Any, what: str, probability: float, array: Any) -> Any:
        """An array with some elements zero: those of its first step."""
        if not probability:
            return array
        if what not in self._masks:
            self._masks[what] = F.Dropout(F.ones_like(array), p=probability)
        return array * self._masks[what]

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:  # noqa: D102
        states = list(states)
        if states:
            states[0] = self._masked(F, "states", self.drop_states, states[0])
        inputs = self._masked(F, "inputs", self.drop_inputs, inputs)
        output, states = self.base_cell(inputs, states)
        return self._masked(F, "outputs", self.drop_outputs, output), states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Compute a sequence; without dropout of states in calls over all steps. See :meth:`RecurrentCell.unroll`."""
        if self.drop_states:
            return super().unroll(length, inputs, begin_state, layout, merge_outputs, valid_length)
        self.reset()
        steps = Steps(length, inputs, layout)
        F = steps.F
        whole = inputs if steps.merged else steps.together(steps.each)
        alike = {"axes": (steps.axis,)}  # in all steps
        if self.drop_inputs:
            whole = F.Dropout(whole, p=self.drop_inputs, **alike)
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(
                length, whole, begin_state=begin_state, layout=layout, merge_outputs=True, valid_length=valid_length
            )
        finally:
            self.base_cell._modified = True
        if self.drop_outputs:
            outputs = F.Dropout(outputs, p=self.drop_outputs, **alike)
        return steps.given(outputs, merge_outputs is not False), states


class LSTMPCell(HybridRecurrentCell):
    """Long short-term memory whose output, which is its first state, is a projection of the hidden units.

    Parameters
    ----------
    hidden_size, projection_size : int
        units, and units of the projection
    i2h_weight_initializer, h2h_weight_initializer, h2r_weight_initializer : str or Initializer
        of the weights (4 × units, inputs), (4 × units, projection) and (projection, units)
    i2h_bias_initializer, h2h_bias_initializer : str or Initializer
        of the biases (4 × units,)
    input_size : int
        channels of the input; 0 is found from the first step
    prefix, params
        as in :class:`mxnet.gluon.Block`

    References
    ----------
    Sak and others 2014, arXiv:1402.1128

    Examples
    --------
    >>> cell = mx.gluon.contrib.rnn.LSTMPCell(8, 3)
    >>> cell.initialize()
    >>> output, states = cell(mx.nd.ones((2, 5)), cell.begin_state(batch_size=2))
    >>> output.shape, [state.shape for state in states]
    ((2, 3), [(2, 3), (2, 8)])
    """

    i2h_weight: Any

    def __init__(
        self,
        hidden_size: int,
        projection_size: int,
        i2h_weight_initializer: Any = None,
        h2h_weight_initializer: Any = None,
        h2r_weight_initializer: Any = None,
        i2h_bias_initializer: Any = "zeros",
        h2h_bias_initializer: Any = "zeros",
        input_size: int = 0,
        prefix: str | None = None,
        params: Any = None,
    ) -> None:
        super().__init__(prefix=prefix, params=params)
        self._hidden_size, self._projection_size, self._input_size = hidden_size, projection_size, input_size
        rows = 4 * hidden_size
        for name, shape, init in (
            ("i2h_weight", (rows, input_size), i2h_weight_initializer),
            ("h2h_weight", (rows, projection_size), h2h_weight_initializer),
            ("h2r_weight", (projection_size, hidden_size), h2r_weight_initializer),
            ("i2h_bias", (rows,), i2h_bias_initializer),
            ("h2h_bias", (rows,), h2h_bias_initializer),
        ):
            setattr(self, name, self.params.get(name, shape=shape, init=init, allow_deferred_init=True))

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The shapes of the projected and of the cell state."""
        return [
            {"shape": (batch_size, units), "__layout__": "NC"} for units in (self._projection_size, self._hidden_size)
        ]

    def _alias(self) -> str:
        return "lstmp"

    def __repr__(self) -> str:
        rows, inputs = self.i2h_weight.shape
        return f"{type(self).__name__}({inputs or None} -> {rows} -> {self._projection_size})"

    def hybrid_forward(self, F: Any, inputs: Any, states: Any, **weights: Any) -> Any:  # noqa: D102
        name, rows = self._curr_prefix, 4 * self._hidden_size
        projected, cell = check_states(self, states, 2)

        def gates(array: Any, source: str) -> Any:
            given = {kind: weights[f"{source}_{kind}"] for kind in ("weight", "bias")}
            return F.FullyConnected(array, **given, num_hidden=rows, name=f"{name}{source}")

        total = gates(inputs, "i2h") + gates(projected, "h2h")
        parts = F.SliceChannel(total, num_outputs=4, name=f"{name}slice")
        kinds = (("i", "sigmoid"), ("f", "sigmoid"), ("c", "tanh"), ("o", "sigmoid"))
        admit, forget, new, show = (
            F.Activation(part, act_type=kind, name=f"{name}{gate}") for part, (gate, kind) in zip(parts, kinds)
        )
        kept = forget * cell
        cell = F.elemwise_add(kept, admit * new, name=f"{name}state")
        hidden = F.elemwise_mul(show, F.Activation(cell, act_type="tanh"), name=f"{name}hidden")
        output = F.FullyConnected(
            hidden, weight=weights["h2r_weight"], no_bias=True, num_hidden=self._projection_size, name=f"{name}out"
        )
        return output, [output, cell]


def dynamic_unroll(
    cell: Any,
    inputs: Any,
    begin_state: Any,
    drop_inputs: float = 0,
    drop_outputs: float = 0,
    layout: str = "TNC",
    valid_length: Any = None,
) -> tuple[Any, Any]:
    """Compute a sequence of any length by a loop (``contrib.foreach``): a graph of it has one step only.

    Parameters
    ----------
    cell : RecurrentCell
        of each step
    inputs : NDArray or Symbol
        (time, n, channels), or (n, time, channels) by `layout`
    begin_state : list
        the states before the first step
    drop_inputs, drop_outputs : float
        dropout with one mask for all steps; 0 for none
    layout : {'TNC', 'NTC'}
        of inputs and outputs
    valid_length : NDArray or Symbol (n,), optional
        where each sequence ends: outputs after it are zeros, and the states returned are those at it

    Returns
    -------
    outputs : NDArray or Symbol
        of all steps
    states : list
        after the last step
    """
    from .... import ndarray, symbol

    F: Any = ndarray if isinstance(inputs, ndarray.NDArray) else symbol
    axis = layout.find("T")
    if layout not in ("TNC", "NTC"):
        raise ValueError(f"dynamic_unroll: layout={layout!r}; expected 'TNC' or 'NTC'")
    if axis == 1:
        inputs = F.swapaxes(inputs, dim1=0, dim2=1)
    if drop_inputs:
        inputs = F.Dropout(inputs, p=drop_inputs, axes=(0,))
    if valid_length is None:
        outputs, states = F.contrib.foreach(cell, inputs, begin_state)
    else:

        def step(array: Any, states: Any) -> Any:
            output, new = cell(array, states)
            return [output, *new], new

        (outputs, *history), _ = F.contrib.foreach(step, inputs, begin_state)
        lengths = {"sequence_length": valid_length, "use_sequence_length": True, "axis": 0}
        outputs = F.SequenceMask(outputs, **lengths)
        states = [F.SequenceLast(each, **lengths) for each in history]
    if drop_outputs:
        outputs = F.Dropout(outputs, p=drop_outputs, axes=(0,))
    if axis == 1:
        outputs = F.swapaxes(outputs, dim1=0, dim2=1)
    return outputs, states
