"""Rows of a parameter that is row_sparse, which is given out by rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..context import Context
from ..ndarray import NDArray
from ..ndarray.sparse_array import rows_of

__all__ = ["ByRows"]


class ByRows:
    """What a :class:`mxnet.gluon.Parameter` does by rows."""

    name: str
    _stype: str
    _trainer: Any

    if TYPE_CHECKING:  # the parameter's own

        def list_ctx(self) -> list[Context]: ...
        def _copies(self) -> list[NDArray]: ...
        def _one(self, arrays: list[NDArray] | None, ctx: Context | None) -> NDArray: ...

    def row_sparse_data(self, row_id: NDArray) -> NDArray:
        """Some rows of a row_sparse parameter, on the context of `row_id`.

        What is computed of them is computed of the parameter: its gradient arrives in :meth:`grad`.

        Parameters
        ----------
        row_id : NDArray
            which rows, in any order and each as often as you like

        Raises
        ------
        RuntimeError
            the parameter is dense, or there is no Trainer of it
        """
        if self._stype != "row_sparse":
            raise RuntimeError(
                f"Parameter {self.name!r}: row_sparse_data is for row_sparse ones; it is {self._stype}, use data()"
            )
        return self._rows(row_id, [row_id.context])[0]

    def list_row_sparse_data(self, row_id: NDArray) -> list[NDArray]:
        """Some rows of a row_sparse parameter on all contexts; see :meth:`row_sparse_data`."""
        if self._stype != "row_sparse":
            raise RuntimeError(
                f"Parameter {self.name!r}: list_row_sparse_data is for row_sparse ones; it is {self._stype}, use "
                "list_data()"
            )
        return self._rows(row_id, self.list_ctx())

    def _rows(self, row_id: NDArray, contexts: Sequence[Context]) -> list[NDArray]:
        if not isinstance(row_id, NDArray):
            raise TypeError(f"Parameter {self.name!r}: row_id is a {type(row_id).__name__}; expected an NDArray")
        if self._trainer is None:
            raise RuntimeError(f"Parameter {self.name!r}: its rows are given out once there is a Trainer of it")
        copies = self._copies()
        self._trainer._prepare()
        return [rows_of(self._one(copies, context), row_id) for context in contexts]
