"""Several cells in one: on top of each other, or one for each direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..ndarray import NDArray
from ..symbol import Symbol
from ._base import BaseRNNCell, RNNParams, as_list, as_symbol, symbol, time_axis

__all__ = ["BidirectionalCell", "SequentialRNNCell"]


class _Several(BaseRNNCell):
    """Cells that are asked together; their states come one after the other."""

    def __init__(self, params: RNNParams | None) -> None:
        super().__init__(prefix="", params=params)
        self._override_cell_params = params is not None
        self._cells: list[Any] = []

    def _take(self, cell: Any) -> None:
        """Take a cell in; its variables and those of the others are the same from now on."""
        if self._override_cell_params:
            if not cell._own_params:
                raise AssertionError(
                    f"{type(self).__name__}: params were given for it and for the cell {cell._prefix!r}; expected one "
                    "of them"
                )
            cell.params._params.update(self._params._params)
        known, added = self._params._params, cell.params._params
        known |= added
        self._cells.append(cell)

    @property
    def state_info(self) -> list[dict[str, Any]]:
        return [info for cell in self._cells for info in cell.state_info]

    def begin_state(self, **kwargs: Any) -> list[Any]:  # type: ignore[override]  # as in MXNet
        """The states of all cells before the first step; see :meth:`BaseRNNCell.begin_state`."""
        self._check_unmodified()
        return [state for cell in self._cells for state in cell.begin_state(**kwargs)]

    def unpack_weights(self, args: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """Parameters with those of all cells by gate; see :meth:`BaseRNNCell.unpack_weights`."""
        found = dict(args)
        for cell in self._cells:
            found = cell.unpack_weights(found)
        return found

    def pack_weights(self, args: Mapping[str, NDArray]) -> dict[str, NDArray]:
        """Parameters with those of each cell together; the reverse of `unpack_weights`."""
        found = dict(args)
        for cell in self._cells:
            found = cell.pack_weights(found)
        return found

    def _shares(self, states: Sequence[Any]) -> list[Sequence[Any]]:
        """The states of each cell."""
        shares, first = [], 0
        for cell in self._cells:
            last = first + len(cell.state_info)
            shares.append(states[first:last])
            first = last
        return shares


class SequentialRNNCell(_Several):
    """Cells on top of each other: each gets the output of the one before.

    Parameters
    ----------
    params : RNNParams, optional
        variables to share

    Examples
    --------
    >>> import mxnet as mx
    >>> stack = mx.rnn.SequentialRNNCell()
    >>> stack.add(mx.rnn.LSTMCell(4, prefix="first_"))
    >>> stack.add(mx.rnn.GRUCell(5, prefix="second_"))
    >>> stack.state_shape
    [(0, 4), (0, 4), (0, 5)]
    """

    def __init__(self, params: RNNParams | None = None) -> None:
        super().__init__(params)

    def add(self, cell: BaseRNNCell) -> None:
        """Put a cell on top."""
        self._take(cell)

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        self._counter += 1
        new: list[Any] = []
        for cell, share in zip(self._cells, self._shares(self._states(states))):
            if isinstance(cell, BidirectionalCell):
                raise AssertionError("SequentialRNNCell: a BidirectionalCell goes through whole sequences; call unroll")
            inputs, after = cell(inputs, share)
            new += after
        return inputs, new

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, list[Any]]:
        self.reset()
        states = self.begin_state() if begin_state is None else begin_state
        new: list[Any] = []
        for place, (cell, share) in enumerate(zip(self._cells, self._shares(states)), 1):
            merge = merge_outputs if place == len(self._cells) else None
            inputs, after = cell.unroll(length, inputs, begin_state=share, layout=layout, merge_outputs=merge)
            new += after
        return inputs, new


class BidirectionalCell(_Several):
    """A cell for each direction; their outputs are joined along the channels. It goes through whole sequences only.

    Parameters
    ----------
    l_cell, r_cell : BaseRNNCell
        from the first step to the last, and back
    params : RNNParams, optional
        variables to share
    output_prefix : str
        what the names of the joined outputs begin with
    """

    def __init__(
        self, l_cell: BaseRNNCell, r_cell: BaseRNNCell, params: RNNParams | None = None, output_prefix: str = "bi_"
    ) -> None:
        super().__init__(params)
        self._output_prefix = output_prefix
        self._take(l_cell)
        self._take(r_cell)

    def __call__(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        """Raises: one direction needs the last step first."""
        raise NotImplementedError("BidirectionalCell: cannot be called step by step; call unroll")

    def unroll(
        self,
        length: int,
        inputs: Any,
        begin_state: Any = None,
        layout: str = "NTC",
        merge_outputs: bool | None = None,
    ) -> tuple[Any, list[Any]]:
        """The graph of a sequence in both directions; the states are a list for each direction."""
        self.reset()
        axis = time_axis(layout)
        steps = as_list(inputs, length, axis)
        forth, back = self._cells
        states = self._shares(self.begin_state() if begin_state is None else begin_state)
        options = {"layout": layout, "merge_outputs": merge_outputs}
        ahead, ahead_states = forth.unroll(length, steps, begin_state=states[0], **options)
        behind, behind_states = back.unroll(length, steps[::-1], begin_state=states[1], **options)
        whole = isinstance(ahead, Symbol) and isinstance(behind, Symbol) if merge_outputs is None else merge_outputs
        if whole:
            behind = symbol.reverse(as_symbol(behind, axis), axis=axis)
            outputs: Any = symbol.Concat(as_symbol(ahead, axis), behind, dim=2, name=f"{self._output_prefix}out")
        else:
            pairs = zip(as_list(ahead, length, axis), as_list(behind, length, axis)[::-1])
            outputs = [
                symbol.Concat(one, other, dim=1, name=f"{self._output_prefix}t{number}")
                for number, (one, other) in enumerate(pairs)
            ]
        return outputs, [ahead_states, behind_states]
