"""Sequences as unrolling takes and gives them: one array with an axis of time, or a list of an array for each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ... import ndarray as nd
from ... import symbol
from ...ndarray import NDArray
from ...symbol import Symbol
from ...util import is_np_shape

__all__ = ["Steps", "last_states", "masked", "reversed_steps"]

LAYOUTS = ("NTC", "TNC")


class Steps:
    """The inputs of an unrolled network.

    Parameters
    ----------
    length : int
        the number of steps
    inputs : NDArray, Symbol, or a list of them
        one array with an axis of time, or an array (n, …) for each step
    layout : {'NTC', 'TNC'}
        where the axis of time is in arrays of all steps

    Attributes
    ----------
    each : list
        the steps
    merged : whether they came as one array
    axis : the axis of time in one array
    F : ``mx.nd`` or ``mx.sym``, whichever the inputs belong to

    Raises
    ------
    ValueError
        the layout
    AssertionError
        the number of steps is another, or the kind of inputs
    """

    def __init__(self, length: int, inputs: Any, layout: str) -> None:
        if layout not in LAYOUTS:
            raise ValueError(f"unroll: layout={layout!r}; expected one of {', '.join(map(repr, LAYOUTS))}")
        self.length, self.axis = length, layout.find("T")
        self.merged = isinstance(inputs, (NDArray, Symbol)) and not _has_outputs(inputs, length)
        first = inputs if self.merged else next(iter(inputs), None)
        if not isinstance(first, (NDArray, Symbol)):
            raise AssertionError(
                f"unroll: inputs is {inputs!r}; expected an NDArray, a Symbol, or a list of one for each step"
            )
        self.F: Any = symbol if isinstance(first, Symbol) else nd
        if not self.merged:
            self.each = list(inputs)
        elif isinstance(first, Symbol):
            self.each = self.F.split(inputs, axis=self.axis, num_outputs=length, squeeze_axis=1)._each()
        else:
            if inputs.shape[self.axis] == length:
                parts = self.F.split(inputs, axis=self.axis, num_outputs=length, squeeze_axis=1)
                self.each = parts if isinstance(parts, list) else [parts]
            else:
                self.each = [first] * inputs.shape[self.axis]
        if len(self.each) != length:
            raise AssertionError(f"unroll: inputs has {len(self.each)} steps; expected length={length}")

    @property
    def batch_size(self) -> int:
        """How many sequences there are; 0 for symbols, whose shapes are not known yet."""
        first = self.each[0]
        return first.shape[0] if isinstance(first, NDArray) else 0

    def begin(self, cell: Any) -> list[Any]:
        """The states that a cell begins with where none are given."""
        first = self.each[0]
        if isinstance(first, NDArray):
            with first.context:
                states = cell.begin_state(func=nd.zeros, batch_size=self.batch_size, ctx=first.context)
            return [state.as_np_ndarray() for state in states] if type(first) is not NDArray else states
        unknown = -1 if is_np_shape() else 0
        states = cell.begin_state(func=symbol.zeros, batch_size=unknown)
        return [state.as_np_ndarray() for state in states] if type(first) is not Symbol else states

    def together(self, outputs: Sequence[Any]) -> Any:
        """Outputs of all steps as one array."""
        return self.F.stack(*outputs, axis=self.axis)

    def given(self, outputs: Any, merge: bool | None) -> Any:
        """Outputs as the caller wants them: one array, a list, or (None) as they are."""
        if merge is None or merge is not isinstance(outputs, (list, tuple)):
            return outputs
        if merge:
            return self.together(outputs)
        parts = self.F.split(outputs, axis=self.axis, num_outputs=self.length, squeeze_axis=1)
        return _listed(parts)


def _has_outputs(inputs: Any, length: int) -> bool:
    """Whether a symbol is a group with an output for each step."""
    return isinstance(inputs, Symbol) and len(inputs._entries) == length > 1


def _listed(parts: Any) -> list[Any]:
    """The parts of an array or a symbol, of which there may be one."""
    if isinstance(parts, Symbol):
        return parts._each()
    return parts if isinstance(parts, list) else [parts]


def masked(steps: Steps, outputs: Sequence[Any], lengths: Any, merge: bool | None) -> Any:
    """Outputs with zeros past the end of each sequence; one array unless a list is asked for."""
    F, axis = steps.F, steps.axis
    data = F.SequenceMask(steps.together(outputs), sequence_length=lengths, use_sequence_length=True, axis=axis)
    return steps.given(data, False) if merge is False else data


def last_states(steps: Steps, states: Sequence[Sequence[Any]], lengths: Any) -> list[Any]:
    """Of the states of all steps those at the end of each sequence."""
    F = steps.F
    return [
        F.SequenceLast(F.stack(*each, axis=0), sequence_length=lengths, use_sequence_length=True, axis=0)
        for each in zip(*states)
    ]


def reversed_steps(steps: Steps, each: Sequence[Any], lengths: Any) -> list[Any]:
    """Steps from the last to the first; with lengths, each sequence turned round where it ends."""
    if lengths is None:
        return list(reversed(each))
    F = steps.F
    data = F.SequenceReverse(F.stack(*each, axis=0), sequence_length=lengths, use_sequence_length=True)
    split: Callable[..., Any] = F.split
    parts = split(data, axis=0, num_outputs=steps.length, squeeze_axis=1)
    return _listed(parts)
