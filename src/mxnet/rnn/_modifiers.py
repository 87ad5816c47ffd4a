"""Dropout, and cells that change what another cell gives: zoneout, residual connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..base import numeric_types
from ..ndarray import NDArray
from ..symbol import Symbol
from ._base import BaseRNNCell, RNNParams, as_list, as_symbol, symbol, time_axis

__all__ = ["DropoutCell", "ModifierCell", "ResidualCell", "ZoneoutCell"]


class DropoutCell(BaseRNNCell):
    """Dropout of the inputs of each step; it has no states.

    Parameters
    ----------
    dropout : float
        the probability of a zero
    prefix, params
        as in :class:`RNNCell`
    """

    def __init__(self, dropout: float, prefix: str = "dropout_", params: RNNParams | None = None) -> None:
        super().__init__(prefix, params)
        if not isinstance(dropout, numeric_types):
            raise AssertionError(f"DropoutCell: dropout={dropout!r}; expected a number")
        self.dropout = dropout

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """Nothing: it has no states."""
        return []

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        return (symbol.Dropout(data=inputs, p=self.dropout) if self.dropout > 0 else inputs), states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, list[Any]]:
        """Dropout of all steps: in one node where they are one symbol, or are to become one."""
        self.reset()
        axis = time_axis(layout)
        if merge_outputs is None:
            merge_outputs = isinstance(inputs, Symbol)
        if merge_outputs:
            whole = as_symbol(inputs if isinstance(inputs, Symbol) else as_list(inputs, length, axis), axis)
            return self(whole, [])
        return super().unroll(length, inputs, begin_state, layout, False)


class ModifierCell(BaseRNNCell):
    """What changes another cell; the variables are that cell's.

    Parameters
    ----------
    base_cell : BaseRNNCell
        asked through this cell from now on
    """

    def __init__(self, base_cell: Any) -> None:
        super().__init__()
        base_cell._modified = True
        self.base_cell = base_cell

    @property
    def params(self) -> RNNParams:
        """The variables of the cell it changes."""
        self._own_params = False
        return self.base_cell.params

    @property
    def state_info(self) -> list[dict[str, Any]]:
        """What is known of the states of the cell it changes."""
        return self.base_cell.state_info

    def begin_state(  # type: ignore[override]  # as in MXNet
        self, init_sym: Callable[..., Any] = symbol.zeros, **kwargs: Any
    ) -> list[Any]:
        """The states that the cell it changes begins with; `init_sym` makes each, as `func` in other cells."""
        self._check_unmodified()
        self.base_cell._modified = False
        try:
            return self.base_cell.begin_state(func=init_sym, **kwargs)
        finally:
            self.base_cell._modified = True

    def unpack_weights(self, args: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """As of the cell it changes."""
        return self.base_cell.unpack_weights(args)

    def pack_weights(self, args: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """As of the cell it changes."""
        return self.base_cell.pack_weights(args)


class ZoneoutCell(ModifierCell):
    """Zoneout: now and then an output or a state stays what it was in the step before.

    Parameters
    ----------
    base_cell : BaseRNNCell
        the cell
    zoneout_outputs, zoneout_states : float
        the probabilities for each element

    Raises
    ------
    AssertionError
        the cell goes through whole sequences only

    References
    ----------
    Krueger and others 2016, arXiv:1606.01305
    """

    def __init__(self, base_cell: Any, zoneout_outputs: float = 0.0, zoneout_states: float = 0.0) -> None:
        from ._fused import FusedRNNCell
        from ._several import BidirectionalCell, SequentialRNNCell

        if isinstance(base_cell, FusedRNNCell):
            raise AssertionError("ZoneoutCell: a FusedRNNCell goes through whole sequences; unfuse() it first")
        stacked = base_cell._cells if isinstance(base_cell, SequentialRNNCell) else ()
        if any(isinstance(cell, BidirectionalCell) for cell in (base_cell, *stacked)):
            raise AssertionError(
                "ZoneoutCell: a BidirectionalCell goes through whole sequences; put the cells in it into ZoneoutCells"
            )
        super().__init__(base_cell)
        self.zoneout_outputs, self.zoneout_states = zoneout_outputs, zoneout_states

    def reset(self) -> None:
        """Start again, without an output of a step before."""
        super().reset()
        self.prev_output: Any = None
        if hasattr(self, "base_cell"):
            self.base_cell.reset()

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        output, new = self.base_cell(inputs, states)
        previous = symbol.zeros((0, 0)) if self.prev_output is None else self.prev_output
        if self.zoneout_outputs:
            output = _mixed(self.zoneout_outputs, output, previous)
        if self.zoneout_states:
            new = [_mixed(self.zoneout_states, each, old) for each, old in zip(new, states)]
        self.prev_output = output
        return output, new


def _mixed(probability: float, new: Any, old: Any) -> Any:
    """What is new, but some of its elements old."""
    return symbol.where(symbol.Dropout(symbol.ones_like(new), p=probability), new, old)


class ResidualCell(ModifierCell):
    """The output of a cell plus its input, of the same shape.

    Parameters
    ----------
    base_cell : BaseRNNCell
        the cell

    References
    ----------
    Wu and others 2016, arXiv:1609.08144
    """

    def reset(self) -> None:
        """Start again."""
        super().reset()
        if hasattr(self, "base_cell"):
            self.base_cell.reset()

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        output, states = self.base_cell(inputs, states)
        return _added(output, inputs), states

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, list[Any]]:
        """The graph of the cell's sequence, and the inputs added to it."""
        self.reset()
        axis = time_axis(layout)
        self.base_cell._modified = False
        try:
            outputs, states = self.base_cell.unroll(
                length, inputs=inputs, begin_state=begin_state, layout=layout, merge_outputs=merge_outputs
            )
        finally:
            self.base_cell._modified = True
        if isinstance(outputs, Symbol):
            whole = inputs if isinstance(inputs, Symbol) else as_list(inputs, length, axis)
            return _added(outputs, as_symbol(whole, axis)), states
        return [_added(one, other) for one, other in zip(outputs, as_list(inputs, length, axis))], states


def _added(output: Any, inputs: Any) -> Any:
    return symbol.elemwise_add(output, inputs, name=f"{output.name}_plus_residual")
