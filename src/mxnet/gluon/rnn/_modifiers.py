"""Cells that change what another cell gives: dropout, zoneout, residual connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import ndarray as nd
from ._recurrent import HybridRecurrentCell
from ._sequences import Steps

__all__ = ["DropoutCell", "ModifierCell", "ResidualCell", "ZoneoutCell"]


class DropoutCell(HybridRecurrentCell):
    """Dropout of the inputs of each step; it has no states.

    Parameters
    ----------
    rate : float
        the probability of a zero
    axes : tuple of int
        axes along which the mask is the same
    prefix, params
        as in :class:`mxnet.gluon.Block`
    """

    def __init__(self, rate: float, axes: tuple[int, ...] = (), prefix: str | None = None, params: Any = None) -> None:
        super().__init__(prefix=prefix, params=params)
        if not isinstance(rate, (int, float)):
            raise AssertionError(f"DropoutCell: rate={rate!r}; expected a number")
        self._rate, self._axes = rate, axes

    def __repr__(self) -> str:
        return f"{type(self).__name__}(rate={self._rate}, axes={self._axes})"

    def _alias(self) -> str:
        return "dropout"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """Nothing: it has no states."""
        return []

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        if not self._rate > 0:
            return inputs, states
        return F.Dropout(inputs, self._rate, axes=self._axes, name=f"t{self._counter}_fwd"), states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Dropout of all steps: in one call where they come as one array."""
        self.reset()
        steps = Steps(length, inputs, layout)
        if not steps.merged:
            return super().unroll(length, inputs, begin_state, layout, merge_outputs, valid_length)
        output = self.hybrid_forward(steps.F, inputs, [])[0]
        return steps.given(output, merge_outputs), []


class ModifierCell(HybridRecurrentCell):
    """What changes another cell; the parameters are that cell's.

    Parameters
    ----------
    base_cell : RecurrentCell
        asked through this cell from now on

    Raises
    ------
    AssertionError
        another modifier has it already
    """

    def __init__(self, base_cell: Any) -> None:
        if base_cell._modified:
            raise AssertionError(f"{type(self).__name__}: {base_cell.name} is inside another modifier already")
        base_cell._modified = True
        super().__init__(prefix=f"{base_cell.prefix}{self._alias()}", params=None)
        self.base_cell = base_cell

    @property
    def params(self) -> Any:
        """The parameters of the cell it changes."""
        return self.base_cell.params

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_cell!r})"

    def state_info(self, batch_size: int = 0) -> list[dict[str, Any]]:
        """What is known of the states of the cell it changes."""
        return self.base_cell.state_info(batch_size)

    def begin_state(self, func: Callable[..., Any] = nd.zeros, **kwargs: Any) -> list[Any]:
        """The states that the cell it changes begins with; see :meth:`RecurrentCell.begin_state`."""
        if self._modified:
            raise AssertionError(
                f"{self.name}: begin_state: the cell is inside a modifier such as ZoneoutCell; ask that for its states"
            )
        self.base_cell._modified = False
        try:
            return self.base_cell.begin_state(func=func, **kwargs)
        finally:
            self.base_cell._modified = True


class ZoneoutCell(ModifierCell):
    """Zoneout: now and then an output or a state stays what it was in the step before.

    Parameters
    ----------
    base_cell : RecurrentCell
        the cell
    zoneout_outputs, zoneout_states : float
        the probabilities for each element

    References
    ----------
    Krueger and others 2016, arXiv:1606.01305
    """

    def __init__(self, base_cell: Any, zoneout_outputs: float = 0.0, zoneout_states: float = 0.0) -> None:
        from .rnn_cell import BidirectionalCell, SequentialRNNCell

        stacked = base_cell._children.values() if isinstance(base_cell, SequentialRNNCell) else ()
        for cell in (base_cell, *stacked):
            if isinstance(cell, BidirectionalCell):
                raise AssertionError(
                    "ZoneoutCell: a BidirectionalCell goes through whole sequences; put the cells in it into "
                    "ZoneoutCells"
                )
        super().__init__(base_cell)
        self._zoneout_outputs, self._zoneout_states = zoneout_outputs, zoneout_states
        self._previous: Any = None

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(p_out={self._zoneout_outputs}, p_state={self._zoneout_states}, {self.base_cell!r})"
        )

    def _alias(self) -> str:
        return "zoneout"

    def reset(self) -> None:
        """Start again, without an output of a step before."""
        super().reset()
        self._previous = None

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        output, new = self.base_cell(inputs, states)

        def mask(probability: float, like: Any) -> Any:
            return F.Dropout(F.ones_like(like), p=probability)

        if self._zoneout_outputs:
            previous = self._previous if self._previous is not None else F.zeros_like(output)
            output = F.where(mask(self._zoneout_outputs, output), output, previous)
        if self._zoneout_states:
            new = [F.where(mask(self._zoneout_states, each), each, old) for each, old in zip(new, states)]
        self._previous = output
        return output, new


class ResidualCell(ModifierCell):
    """The output of a cell plus its input, of the same shape.

    Parameters
    ----------
    base_cell : RecurrentCell
        the cell

    References
    ----------
    Wu and others 2016, arXiv:1609.08144
    """

    def hybrid_forward(self, F: Any, inputs: Any, states: Any) -> Any:
        output, states = self.base_cell(inputs, states)
        return F.elemwise_add(output, inputs, name=f"t{self._counter}_fwd"), states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
        valid_length: Any = None,
    ) -> tuple[Any, list[Any]]:
        """Compute a sequence with the cell, and add the inputs; see :meth:`RecurrentCell.unroll`."""
        self.reset()
        steps = Steps(length, inputs, layout)
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(
                length, inputs=inputs, begin_state=begin_state, layout=layout, merge_outputs=merge_outputs,
                valid_length=valid_length,
            )  # fmt: skip
        finally:
            self.base_cell._modified = True
        F = steps.F
        if isinstance(outputs, (list, tuple)):
            added = steps.each
            if valid_length is not None:
                added = list(F.split(
                    F.SequenceMask(steps.together(added), sequence_length=valid_length, use_sequence_length=True,
                                   axis=steps.axis),
                    axis=steps.axis, num_outputs=length, squeeze_axis=1,
                ))  # fmt: skip
            return [F.elemwise_add(one, other) for one, other in zip(outputs, added)], states
        whole = inputs if steps.merged else steps.together(steps.each)
        if valid_length is not None:
            whole = F.SequenceMask(whole, sequence_length=valid_length, use_sequence_length=True, axis=steps.axis)
        return F.elemwise_add(outputs, whole), states
