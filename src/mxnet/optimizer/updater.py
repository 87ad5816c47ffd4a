"""The updater: an optimizer together with the states it keeps, as Trainer, Module and key-value stores use it.

Saved states are pickles, as MXNet writes them, read with an unpickler that makes nothing but arrays, numbers,
optimizers and learning rate schedulers.
"""

from __future__ import annotations

import io
import pickle
import struct
from typing import Any

import numpy as np

from ..base import MXNetError, restored, stored
from ..context import Context
from ..lr_scheduler import LRScheduler
from ..ndarray.ndarray import NDArray, wrap
from ..serialization import params
from .base import Optimizer

__all__ = ["Updater", "get_updater"]


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
        loaded = _loads(states)
        if isinstance(loaded, tuple):
            if len(loaded) != 2 or not isinstance(loaded[1], Optimizer):
                raise pickle.UnpicklingError("set_states: expected the states, or the states and an optimizer")
            loaded, optimizer = loaded
        else:
            optimizer = self.optimizer
        if not isinstance(loaded, dict):
            raise pickle.UnpicklingError(f"set_states: expected a dict of states, got {type(loaded).__name__}")
        self.states, self.optimizer = loaded, optimizer
        self.states_synced = dict.fromkeys(loaded, False)
        self.aggregate_updates = optimizer.aggregate_num > 0


def get_updater(optimizer: Optimizer) -> Updater:
    """An :class:`Updater` for an optimizer."""
    return Updater(optimizer)


# --- states as bytes ----------------------------------------------------------------------------------------------

# an array in a pickle is the part of a .params file between these two: one array, no names
_BEFORE = struct.pack("<QQQ", params.FILE_MAGIC, 0, 1)
_AFTER = struct.pack("<Q", 0)


class _Pickler(pickle.Pickler):
    """Writes arrays as MXNet does: the class, called with None, and the array's bytes as its state."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, NDArray):
            array = stored(value._t)
            content = params.dumps([array], np_shape=array.ndim == 0)
            return NDArray, (None,), {"handle": bytearray(content[len(_BEFORE) : -len(_AFTER)])}
        return NotImplemented


class _SavedArray:
    """An array while it is unpickled."""

    def __init__(self, handle: Any = None) -> None:
        self.array: NDArray | None = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        handle = state.get("handle")
        if handle is not None:
            elements: Any
            (elements,) = params.loads(_BEFORE + bytes(handle) + _AFTER)
            self.array = wrap(restored(elements))


_PLAIN = {
    ("builtins", "bytearray"): bytearray,
    ("_codecs", "encode"): lambda text, encoding: text.encode(encoding),
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "scalar"): np.float64(0).__reduce__()[0],
    ("numpy._core.multiarray", "scalar"): np.float64(0).__reduce__()[0],
}


def _classes(base: Any) -> list[type]:
    """A class and everything derived from it."""
    classes: list[type] = [base]
    for child in base.__subclasses__():
        classes.extend(_classes(child))
    return classes


class _Unpickler(pickle.Unpickler):
    """Makes what states consist of and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return _PLAIN[module, name]
        if name in ("NDArray", "ndarray") and module.startswith("mxnet."):
            return _SavedArray
        for cls in (*_classes(Optimizer), *_classes(LRScheduler)):
            if (cls.__module__, cls.__qualname__) == (module, name):
                return cls
        raise pickle.UnpicklingError(
            f"set_states: {module}.{name} is no part of optimizer states; an optimizer of your own is read once its "
            "class is defined and derives from mx.optimizer.Optimizer"
        )


def _loads(states: bytes | str) -> Any:
    content = states.encode("latin-1") if isinstance(states, str) else bytes(states)
    try:
        loaded = _Unpickler(io.BytesIO(content)).load()
        return _arrays(loaded)
    except pickle.UnpicklingError:
        raise
    except (MXNetError, AttributeError, EOFError, ImportError, IndexError, KeyError, MemoryError, TypeError,
            ValueError, OverflowError) as error:  # fmt: skip
        raise pickle.UnpicklingError(f"set_states: the states are damaged: {error}") from error


def _arrays(value: Any) -> Any:
    """What was unpickled, with arrays in place of what stood for them."""
    if isinstance(value, _SavedArray):
        return value.array
    if isinstance(value, dict):  # in place: an optimizer knows its counts of updates under two names
        value.update({key: _arrays(each) for key, each in value.items()})
        return value
    if type(value) in (tuple, list):
        return type(value)(_arrays(each) for each in value)
    if isinstance(value, Optimizer):
        for name, each in vars(value).items():
            setattr(value, name, _arrays(each))
    return value
