"""What all recurrent cells have in common: states, a counter of steps, and unrolling over a sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import ndarray as nd
from ..block import Block, HybridBlock
from ._sequences import Steps, last_states, masked

__all__ = ["HybridRecurrentCell", "RecurrentCell", "begin_states", "state_infos"]

#: activations that are operators of their own; others are asked of Activation
_OPERATORS = frozenset(["relu", "sigmoid", "softsign", "tanh"])


def state_infos(cells: Any, batch_size: int) -> list[dict[str, Any]]:
    """What is known of the states of several cells."""
    return [info for cell in cells for info in cell.state_info(batch_size)]


def begin_states(cells: Any, **kwargs: Any) -> list[Any]:
    """The states that several cells begin with."""
    return [state for cell in cells for state in cell.begin_state(**kwargs)]


class RecurrentCell(Block):
    """A cell: one step of a recurrent network.

    A subclass defines ``state_info`` and ``forward(inputs, states)``, which returns the output of the step and the
    new states.

    Parameters
    ----------
    prefix : str, optional
        comes before the names of parameters, and of the nodes of graphs
    params : ParameterDict, optional
        parameters to share
    """

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        self._modified = False
        self.reset()

    def reset(self) -> None:
        """Start again: steps are counted from 0, and nothing is kept of the sequence before."""
        self._init_counter, self._counter = -1, -1
        for cell in self._children.values():
            if isinstance(cell, RecurrentCell):
                cell.reset()

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """The shape and layout of each state for a number of sequences."""
        raise NotImplementedError(f"{type(self).__name__} defines no state_info(batch_size)")

    @property
    def _curr_prefix(self) -> str:
        """What the names of the present step's nodes begin with."""
        return f"t{self._counter}_"

    def begin_state(self, batch_size: int = 0, func: Callable[..., Any] = nd.zeros, **kwargs: Any) -> list[Any]:
        """The states to begin with.

        Parameters
        ----------
        batch_size : int
            the number of sequences; 0 is not known, as for symbols
        func : callable
            makes each of them, ``mx.nd.zeros`` or ``mx.sym.Variable`` for instance
        **kwargs
            for `func`, such as ``ctx`` and ``dtype``

        Raises
        ------
        AssertionError
            the cell is inside a modifier, which is to be asked instead

        Examples
        --------
        >>> [state.shape for state in mx.gluon.rnn.LSTMCell(4).begin_state(batch_size=2)]
        [(2, 4), (2, 4)]
        """
        if self._modified:
            raise AssertionError(
                f"{self.name}: begin_state: the cell is inside a modifier such as ZoneoutCell; ask that for its states"
            )
        states = []
        for info in self.state_info(batch_size):
            self._init_counter += 1
            name = f"{self._prefix}begin_state_{self._init_counter}"
            states.append(_made(func, name, info, kwargs))
        return states

    def __call__(self, inputs: Any, states: Any) -> Any:
        """One step: the output, and the new states."""
        self._counter += 1
        return super().__call__(inputs, states)

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Compute a sequence of steps.

        Parameters
        ----------
        length : int
            the number of steps
        inputs : NDArray, Symbol or list
            (n, time, channels), or (time, n, channels) by `layout`; or a list of (n, channels)
        begin_state : list, optional
            the states before the first step; zeros by default
        layout : {'NTC', 'TNC'}
            of arrays with all steps
        merge_outputs : bool, optional
            outputs as one array, as a list, or (None) as it comes
        valid_length : NDArray (n,), optional
            where each sequence ends: outputs after it are zeros, and the states returned are those at it

        Returns
        -------
        outputs : NDArray, Symbol or list
            of each step
        states : list
            after the last step

        Raises
        ------
        AssertionError
            `inputs` has another number of steps

        Examples
        --------
        >>> cell = mx.gluon.rnn.GRUCell(4)
        >>> cell.initialize()
        >>> outputs, states = cell.unroll(5, mx.nd.ones((2, 5, 3)), merge_outputs=True)
        >>> outputs.shape, states[0].shape
        ((2, 5, 4), (2, 4))
        """
        self.reset()
        steps = Steps(length, inputs, layout)
        states = steps.begin(self) if begin_state is None else begin_state
        outputs, history = [], []
        for step in steps.each:
            output, states = self(step, states)
            outputs.append(output)
            history.append(states)
        if valid_length is not None:
            return masked(steps, outputs, valid_length, merge_outputs), last_states(steps, history, valid_length)
        return steps.given(outputs, merge_outputs), states

    def _get_activation(self, F: Any, inputs: Any, activation: Any, **kwargs: Any) -> Any:
        """An activation by name, or by a block or function."""
        if not isinstance(activation, str):
            return activation(inputs)
        if activation in _OPERATORS:
            return getattr(F, activation)(inputs, **kwargs)
        return F.Activation(inputs, act_type=activation, **kwargs)

    def forward(self, inputs: Any, states: Any) -> Any:
        """The output of one step, and the new states; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward(inputs, states)")


class HybridRecurrentCell(RecurrentCell, HybridBlock):
    """A cell that can also run as a graph: a subclass defines ``hybrid_forward(F, inputs, states, ...)``."""

    def __init__(self, prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)

    forward = HybridBlock.forward  # type: ignore[assignment]


def _made(func: Callable[..., Any], name: str, info: dict[str, Any], kwargs: dict[str, Any]) -> Any:
    """A state by a function that makes arrays or symbols."""
    return func(name=name, **{**kwargs, **info} if info else kwargs)


def check_states(cell: Any, states: Any, count: int) -> Sequence[Any]:
    """States as a list of the right number.

    Raises
    ------
    ValueError
        they are not that
    """
    if not isinstance(states, (list, tuple)) or len(states) != count:
        got = f"{len(states)} states" if isinstance(states, (list, tuple)) else f"a {type(states).__name__}"
        raise ValueError(f"{cell.name}: got {got}; expected a list of {count}, as begin_state() gives")
    return states
