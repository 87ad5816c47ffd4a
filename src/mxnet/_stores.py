"""What Module and Trainer share: the choice of a key-value store, and the steps with it."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import kvstore as kvs
from .kvstore.base import create_for
from .ndarray import NDArray

#: above this many elements a single array is better updated where it is
_LARGE = 1024 * 1024 * 16


def _create_kvstore(
    kvstore: Any, num_device: int, arg_params: Mapping[str, NDArray]
) -> tuple[kvs.KVStoreBase | None, bool]:
    """The key-value store to train with, or None, and whether it is to hold the optimizer.

    Parameters
    ----------
    kvstore : KVStoreBase, str or None
        a store, the name of one, or None for none; a named one is left out where it would have nothing to add up
    num_device : int
        the number of devices
    arg_params : dict
        the parameters, whose size decides about 'local'

    Raises
    ------
    TypeError
        `kvstore` is something else
    """
    update_on_kvstore = bool(int(os.environ.get("MXNET_UPDATE_ON_KVSTORE", "1")))
    store: kvs.KVStoreBase | None
    if kvstore is None or isinstance(kvstore, kvs.KVStoreBase):
        store = kvstore
    elif isinstance(kvstore, str):
        store = create_for(kvstore, num_device)
        if kvstore == "local" and any(math.prod(array.shape) > _LARGE for array in arg_params.values()):
            update_on_kvstore = False
    else:
        raise TypeError(f"kvstore is {kvstore!r} of type {type(kvstore).__name__}; expected a name, a KVStore or None")
    return store, update_on_kvstore and store is not None and store.is_capable(kvs.KVStoreBase.OPTIMIZER)


def _initialize_kvstore(
    kvstore: Any,
    param_arrays: Sequence[Sequence[NDArray]],
    arg_params: Mapping[Any, NDArray],
    param_names: Sequence[Any],
    update_on_kvstore: bool,
) -> None:
    """Put the parameters into a store, and give every device its copy where the store updates them.

    Parameters
    ----------
    kvstore : KVStoreBase
        the store
    param_arrays : list of list of NDArray
        the parameters on each device
    arg_params : dict of NDArray
        their first values by key
    param_names : list of str or int
        their keys in the store
    update_on_kvstore : bool
        whether the devices are given the first values as well
    """
    values = [arg_params[name] for name in param_names]
    if update_on_kvstore:
        kvstore.broadcast_all(param_names, values, param_arrays)
    else:
        for name, value in zip(param_names, values, strict=True):
            kvstore.init(name, value)


def _with_gradients(
    param_arrays: Sequence[Sequence[NDArray]], grad_arrays: Sequence[Any], keys: Sequence[Any] | None
) -> list[tuple[int, Any, Sequence[NDArray], Sequence[NDArray]]]:
    """Position, key, weights and gradients of the parameters that have a gradient."""
    return [
        (position, position if keys is None else keys[position], weights, grads)
        for position, (weights, grads) in enumerate(zip(param_arrays, grad_arrays, strict=True))
        if grads[0] is not None
    ]


def _update_params_on_kvstore(
    param_arrays: Sequence[Sequence[NDArray]],
    grad_arrays: Sequence[Sequence[NDArray | None]],
    kvstore: Any,
    param_names: Sequence[Any],
) -> None:
    """Send all gradients to a store that holds the optimizer and fetch the weights.

    Parameters
    ----------
    param_arrays, grad_arrays : list of list of NDArray
        weights and gradients on each device; [None, …] where there is no gradient
    kvstore : KVStoreBase
        the store
    param_names : list of str or int
        the parameters' keys in the store
    """
    trained = _with_gradients(param_arrays, grad_arrays, param_names)
    if trained:
        _, keys, weights, grads = zip(*trained, strict=True)
        kvstore.pushpull_all(keys, grads, weights)


def _update_params(
    param_arrays: Sequence[Sequence[NDArray]],
    grad_arrays: Sequence[Sequence[NDArray | None]],
    updater: Callable[[Any, Any, Any], None],
    num_device: int,
    kvstore: Any = None,
    param_names: Sequence[Any] | None = None,
) -> None:
    """Sum the gradients over the devices with a store, where there is one, and update each device's weights."""
    trained = _with_gradients(param_arrays, grad_arrays, param_names)
    if kvstore is not None and trained:
        kvstore.pushpull_all([key for _, key, _, _ in trained], [grads for _, _, _, grads in trained])
    for device in range(num_device):
        indices = [position * num_device + device for position, _, _, _ in trained]
        if indices:
            here = [[arrays[device] for arrays in each] for each in list(zip(*trained, strict=True))[2:]]
            updater(indices, here[1], here[0])
