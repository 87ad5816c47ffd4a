"""Checkpoints of networks with cells: files have weights by gate, graphs have them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._checkpoints import load_checkpoint, save_checkpoint
from ..ndarray import NDArray
from ._base import BaseRNNCell

__all__ = ["do_rnn_checkpoint", "load_rnn_checkpoint", "rnn_unroll", "save_rnn_checkpoint"]


def rnn_unroll(
    cell: BaseRNNCell,
    length: int,
    inputs: Any = None,
    begin_state: Any = None,
    input_prefix: str = "",
    layout: str = "NTC",
) -> tuple[Any, list[Any]]:
    """The graph of a sequence of steps, an old name of :meth:`BaseRNNCell.unroll`.

    Parameters
    ----------
    cell : BaseRNNCell
        of each step
    length, inputs, begin_state, layout
        as of :meth:`BaseRNNCell.unroll`; without inputs there is a variable for each step
    input_prefix : str
        what the names of these variables begin with
    """
    from .. import symbol

    if inputs is None:
        inputs = [symbol.Variable(f"{input_prefix}t{step}_data") for step in range(length)]
    return cell.unroll(length, inputs, begin_state=begin_state, layout=layout)


def _cells(cells: Any) -> list[BaseRNNCell]:
    return [cells] if isinstance(cells, BaseRNNCell) else list(cells)


def save_rnn_checkpoint(
    cells: Any,
    prefix: str,
    epoch: int,
    symbol: Any,
    arg_params: dict[str, NDArray],
    aux_params: dict[str, NDArray],
) -> None:
    """Write a network and its parameters into files, the weights of cells by gate.

    Parameters
    ----------
    cells : BaseRNNCell or list of BaseRNNCell
        of the network
    prefix, epoch, symbol, arg_params, aux_params
        as of ``mx.model.save_checkpoint``
    """
    for cell in _cells(cells):
        arg_params = cell.unpack_weights(arg_params)
    save_checkpoint(prefix, epoch, symbol, arg_params, aux_params)


def load_rnn_checkpoint(cells: Any, prefix: str, epoch: int) -> tuple[Any, dict[str, NDArray], dict[str, NDArray]]:
    """Read a network and its parameters from files, the weights of cells together.

    Parameters
    ----------
    cells : BaseRNNCell or list of BaseRNNCell
        of the network
    prefix, epoch
        as of ``mx.model.load_checkpoint``
    """
    symbol, arg_params, aux_params = load_checkpoint(prefix, epoch)
    for cell in _cells(cells):
        arg_params = cell.pack_weights(arg_params)
    return symbol, arg_params, aux_params


def do_rnn_checkpoint(cells: Any, prefix: str, period: int = 1) -> Callable[..., None]:
    """A callback for the end of an epoch that writes :func:`save_rnn_checkpoint`'s files every `period` epochs."""
    period = max(1, int(period))

    def write(epoch: int, symbol: Any = None, arg_params: Any = None, aux_params: Any = None) -> None:
        if (epoch + 1) % period == 0:
            save_rnn_checkpoint(cells, prefix, epoch + 1, symbol, arg_params, aux_params)

    return write
