"""What all symbolic cells have in common: shared parameters, states to begin with, unrolling, weights by gate."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import symbol as _operators
from ..ndarray import NDArray, concatenate
from ..symbol import Symbol

__all__ = ["BaseRNNCell", "RNNParams", "as_list", "as_symbol", "symbol", "time_axis"]

#: the operators; what cells hand them is often known by name only when they run
symbol: Any = _operators


#: where weights and biases come from: the input, and the state; and which there are of each
_SOURCES, _KINDS = ("i2h", "h2h"), ("weight", "bias")


class RNNParams:
    """Variables by name, made when they are first asked for, which cells share.

    Parameters
    ----------
    prefix : str
        comes before the names of the variables

    Examples
    --------
    >>> import mxnet as mx
    >>> params = mx.rnn.RNNParams("lstm_")
    >>> params.get("i2h_weight") is params.get("i2h_weight")
    True
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._params: dict[str, Symbol] = {}

    def get(self, name: str, **kwargs: Any) -> Symbol:
        """The variable of a name; `kwargs` are those of ``mx.sym.Variable`` where it is made now."""
        full = f"{self._prefix}{name}"
        known = self._params.get(full)
        if known is None:
            known = self._params[full] = symbol.Variable(full, **kwargs)
        return known


class BaseRNNCell:
    """A cell: one step of a recurrent network as a graph.

    A subclass defines ``state_info`` and ``__call__(inputs, states)``, which returns the output of the step and the
    new states.

    Parameters
    ----------
    prefix : str
        comes before the names of variables and nodes
    params : RNNParams, optional
        variables to share
    """

    def __init__(self, prefix: str = "", params: RNNParams | None = None) -> None:
        self._own_params = params is None
        self._prefix = prefix
        self._params = RNNParams(prefix) if params is None else params
        self._modified = False
        self.reset()

    def reset(self) -> None:
        """Start again: steps are counted from 0, for another graph of the same cell."""
        self._init_counter = self._counter = -1
        for cell in getattr(self, "_cells", ()):
            cell.reset()

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        """One step: the output, and the new states."""
        raise NotImplementedError(f"{type(self).__name__} defines no __call__(inputs, states)")

    @property
    def params(self) -> RNNParams:
        """The variables of the cell, shared from now on."""
        self._own_params = False
        return self._params

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """The shape, in which 0 is the number of sequences, and the layout of each state."""
        raise NotImplementedError(f"{type(self).__name__} defines no state_info")

    @property
    def state_shape(self) -> list[tuple[int, ...]]:
        """The shape of each state."""
        return [info["shape"] for info in self.state_info]

    @property
    def _gate_names(self) -> Sequence[str]:
        """What the gates are called in the names of unpacked weights, in the order of their rows."""
        return ()

    def _step(self) -> str:
        """Count a step, and give what the names of its nodes begin with."""
        self._counter += 1
        return f"{self._prefix}t{self._counter}_"

    def _states(self, states: Any) -> Sequence[Any]:
        """States, of which there are as many as the cell has."""
        count = len(self.state_info)
        if not isinstance(states, (list, tuple)) or len(states) != count:
            got = f"{len(states)} states" if isinstance(states, (list, tuple)) else f"a {type(states).__name__}"
            raise IndexError(f"{type(self).__name__}: got {got}; expected a list of {count}, as begin_state() gives")
        return states

    def begin_state(self, func: Callable[..., Any] = symbol.zeros, **kwargs: Any) -> list[Any]:
        """The states before the first step.

        Parameters
        ----------
        func : callable
            makes each of them of a name, a shape and a layout: ``mx.sym.zeros``, ``mx.sym.Variable``
        **kwargs
            for `func`

        Raises
        ------
        AssertionError
            the cell is inside a modifier, which is to be asked instead
        """
        self._check_unmodified()
        states = []
        for info in self.state_info:
            self._init_counter += 1
            states.append(func(name=f"{self._prefix}begin_state_{self._init_counter}", **{**kwargs, **info}))
        return states

    def _check_unmodified(self) -> None:
        if self._modified:
            raise AssertionError(
                f"{type(self).__name__}.begin_state: the cell {self._prefix!r} is inside a modifier such as "
                "ZoneoutCell; ask that for its states"
            )

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, list[Any]]:
        """The graph of a sequence of steps.

        Parameters
        ----------
        length : int
            the number of steps
        inputs : Symbol or list of Symbol
            (n, time, channels), or (time, n, channels) by `layout`; or a list of (n, channels)
        begin_state : list, optional
            the states before the first step; zeros by default
        layout : {'NTC', 'TNC'}
            of symbols with all steps
        merge_outputs : bool, optional
            outputs as one symbol, or as a list

        Returns
        -------
        outputs : Symbol or list of Symbol
            of each step
        states : list
            after the last step

        Raises
        ------
        AssertionError
            `inputs` are no symbols, or of another number

        Examples
        --------
        >>> import mxnet as mx
        >>> cell = mx.rnn.LSTMCell(4)
        >>> outputs, states = cell.unroll(5, mx.sym.Variable("data"), merge_outputs=True)
        >>> outputs.infer_shape(data=(2, 5, 3))[1]
        [(2, 5, 4)]
        """
        self.reset()
        axis = time_axis(layout)
        steps = as_list(inputs, length, axis)
        states = self.begin_state() if begin_state is None else begin_state
        outputs = []
        for step in steps:
            output, states = self(step, states)
            outputs.append(output)
        return (as_symbol(outputs, axis) if merge_outputs else outputs), states

    def _get_activation(self, inputs: Any, activation: Any, **kwargs: Any) -> Any:
        """An activation by its name, or by a function."""
        if isinstance(activation, str):
            return symbol.Activation(inputs, act_type=activation, **kwargs)
        return activation(inputs, **kwargs)

    # --- weights by gate ------------------------------------------------------------------------------------------

    def unpack_weights(self, args: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """Parameters with those of the cell by gate, each an array of its own.

        Parameters
        ----------
        args : dict of str to NDArray
            all parameters of a network

        Raises
        ------
        KeyError
            one of the cell's is not among them

        Examples
        --------
        >>> import mxnet as mx
        >>> cell = mx.rnn.GRUCell(2)
        >>> arrays = {name: mx.nd.zeros((6, 2)[:ends]) for name, ends in
        ...           [("gru_i2h_weight", 2), ("gru_h2h_weight", 2), ("gru_i2h_bias", 1), ("gru_h2h_bias", 1)]}
        >>> cell.unpack_weights(arrays)["gru_i2h_z_weight"].shape
        (2, 2)
        """
        found = dict(args)
        gates = self._gate_names
        for source in _SOURCES if gates else ():
            kinds = {kind: self._taken(found, f"{self._prefix}{source}_{kind}") for kind in _KINDS}
            for number, gate in enumerate(gates):
                for kind, array in kinds.items():
                    rows = array.shape[0] // len(gates)
                    part = array[number * rows : (number + 1) * rows]
                    found[f"{self._prefix}{source}{gate}_{kind}"] = part.copy()
        return found

    def pack_weights(self, args: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """Parameters with those of the cell together, as its graph takes them: the reverse of `unpack_weights`."""
        found = dict(args)
        gates = self._gate_names
        for source, kind in itertools.product(_SOURCES, _KINDS) if gates else ():
            parts = [self._taken(found, f"{self._prefix}{source}{gate}_{kind}") for gate in gates]
            found[f"{self._prefix}{source}_{kind}"] = concatenate(parts)
        return found

    def _taken(self, arrays: dict[str, NDArray], name: str) -> NDArray:
        """Take an array out of several."""
        if name not in arrays:
            raise KeyError(f"{type(self).__name__}: there is no {name!r} among {', '.join(arrays) or 'no parameters'}")
        return arrays.pop(name)


# --- sequences as one symbol, or a list of a symbol for each step -------------------------------------------------


def time_axis(layout: str) -> int:
    """Where time is in a layout, 'NTC' or 'TNC'."""
    axis = layout.find("T")
    if axis < 0 or len(layout) < 2:
        raise ValueError(f"unroll: layout={layout!r}; expected 'NTC' or 'TNC'")
    return axis


def as_list(inputs: Any, length: int, axis: int) -> list[Symbol]:
    """The steps of a sequence."""
    if isinstance(inputs, Symbol):
        if len(inputs.list_outputs()) != 1:
            raise AssertionError("unroll: inputs is a group of symbols; expected one symbol, or list(inputs)")
        return symbol.split(inputs, axis=axis, num_outputs=length, squeeze_axis=1)._each()
    steps = list(inputs)
    for step in steps:
        if not isinstance(step, Symbol):
            raise AssertionError(f"unroll: inputs has a {type(step).__name__}; expected symbols")
    if len(steps) != length:
        raise AssertionError(f"unroll: inputs has {len(steps)} steps; expected length={length}")
    return steps


def as_symbol(steps: Any, axis: int) -> Symbol:
    """The steps of a sequence in one symbol."""
    if isinstance(steps, Symbol):
        return steps
    return symbol.Concat(*[symbol.expand_dims(step, axis=axis) for step in steps], dim=axis)
