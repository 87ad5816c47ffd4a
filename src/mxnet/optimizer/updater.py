"""The updater: an optimizer together with the states it keeps, as Trainer, Module and key-value stores use it.

Saved states are pickles, as MXNet writes them; :mod:`mxnet.optimizer.states` reads them.
"""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Mapping, Sequence
from typing import Any

from ..base import MXNetError
from ..context import Context
from ..ndarray.ndarray import NDArray
from ..ndarray.pickling import filed
from ..ndarray.sparse_array import held
from ..serialization import params
from ..serialization.files import replacing
from .base import Optimizer
from .states import check_state, loads

__all__ = ["Updater", "get_updater", "load_states", "save_states"]


class Updater:
    """Updates weights with an optimizer and keeps their states.

    Parameters
    ----------
    optimizer : Optimizer
        how to update

    Attributes
    ----------
    states : dict
        the state of each parameter by index

    Examples
    --------
    >>> updater = mx.optimizer.get_updater(mx.optimizer.SGD(learning_rate=0.5))
    >>> weight = mx.nd.array([1])
    >>> updater(0, mx.nd.array([1]), weight)
    >>> weight.asscalar().item()
    0.5
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.states: dict[Any, Any] = {}
        self.states_synced: dict[Any, bool] = {}
        self.aggregate_updates = optimizer.aggregate_num > 0

    def __call__(self, index: Any, grad: Any, weight: Any) -> None:
        """Update one weight, or with three lists all of them in one step.

        Parameters
        ----------
        index : int, str or list
            by which a parameter is known
        grad, weight : NDArray or list of NDArray
            the gradients and the weights; the weights change in place
        """
        several = isinstance(index, (list, tuple))
        indices = index if several else [index]
        grads = grad if several else [grad]
        weights = weight if several else [weight]
        if not len(indices) == len(grads) == len(weights):
            raise IndexError(f"Updater: {len(indices)} indices, {len(grads)} gradients and {len(weights)} weights")
        states = [self._state(each, array) for each, array in zip(indices, weights, strict=True)]
        if several:
            self.optimizer.update_all(indices, weights, grads, states)
        else:
            self.optimizer.update_multi_precision(index, weight, grad, states[0])

    def _state(self, index: Any, weight: NDArray) -> Any:
        if index not in self.states:
            self.states[index] = self.optimizer.create_state_multi_precision(index, weight)
            self.states_synced[index] = True
        elif not self.states_synced.get(index, False):
            check_state(self.optimizer, index, self.states[index], weight)
            self.states[index] = self.sync_state_context(self.states[index], weight.context)
            self.states_synced[index] = True
        return self.states[index]

    def sync_state_context(self, state: Any, context: Context) -> Any:
        """The state with all its arrays on a context."""
        if isinstance(state, NDArray):
            return state.as_in_context(context)
        if isinstance(state, (tuple, list)):
            return type(state)(self.sync_state_context(each, context) for each in state)
        return state

    def get_states(self, dump_optimizer: bool = False) -> bytes:
        """The states as bytes; with `dump_optimizer` the optimizer as well."""
        buffer = io.BytesIO()
        _Pickler(buffer, protocol=4).dump((self.states, self.optimizer) if dump_optimizer else self.states)
        return buffer.getvalue()

    def set_states(self, states: bytes | str) -> None:
        """Take the states, and the optimizer where it is in them, from :meth:`get_states`.

        Raises
        ------
        UnpicklingError
            the bytes are damaged, or hold something that is no part of a state; nothing changes then
        """
        self._take(*self._read(states))

    def _read(self, states: bytes | str, name: str = "set_states") -> tuple[dict[Any, Any], Optimizer]:
        """The states, and the optimizer that they are for."""
        loaded, optimizer = loads(states.encode("latin-1") if isinstance(states, str) else bytes(states), name)
        return loaded, self.optimizer if optimizer is None else optimizer

    def _take(self, states: dict[Any, Any], optimizer: Optimizer) -> None:
        self.states, self.optimizer = states, optimizer
        self.states_synced = dict.fromkeys(states, False)
        self.aggregate_updates = optimizer.aggregate_num > 0


def get_updater(optimizer: Optimizer) -> Updater:
    """An :class:`Updater` for an optimizer."""
    return Updater(optimizer)


# --- states as bytes ----------------------------------------------------------------------------------------------


class _Pickler(pickle.Pickler):
    """Writes arrays as they are on the host, the way MXNet does, and not with the devices they are on."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, NDArray):
            cls = type(value) if value._sparse else NDArray
            return cls, (None,), {"handle": _Content(params.dumps_array(filed(held(value))))}
        if type(value) is _Content:
            return bytearray, (value.content,)
        return NotImplemented


class _Content:
    """Bytes that are to be a bytearray; pickle would make them anew from one, and keep both until the end."""

    def __init__(self, content: bytes) -> None:
        self.content = content


def save_states(updater: Updater, fname: str | os.PathLike[str], dump_optimizer: bool) -> None:
    """Write what an updater keeps to a file."""
    content = updater.get_states(dump_optimizer)
    with replacing(fname) as stream:
        stream.write(content)


def load_states(
    updaters: Sequence[Updater], fname: str | os.PathLike[str], parameters: Mapping[Any, Any] | None = None
) -> None:
    """Let updaters take what :func:`save_states` wrote; where it cannot be used, none of them changes.

    Parameters
    ----------
    updaters : list of Updater
        each gets states of its own, and all the first one's optimizer
    fname : path
    parameters : dict of Parameter, optional
        what the states are for, by their indices; without, each state is looked at when it is used first

    Raises
    ------
    UnpicklingError
        the file is damaged, or holds something that is no part of a state
    MXNetError
        a state does not fit its weight
    """
    with open(fname, "rb") as stream:
        content = stream.read()
    where = f"load_states: {os.fspath(fname)!r}"
    read = [updater._read(content, where) for updater in updaters]
    states, optimizer = read[0]
    if parameters is not None:
        optimizer.param_dict = dict(parameters)
        for index, state in states.items():
            if index in parameters and parameters[index]._data is not None:
                try:
                    check_state(optimizer, index, state, parameters[index].list_data()[0])
                except MXNetError as error:
                    raise MXNetError(f"{where}: {error}") from error
    for updater, (states, _) in zip(updaters, read, strict=True):
        updater._take(states, optimizer)
