"""Checkpoints, and what Module and Trainer share: the choice of a key-value store and the steps with it.

A checkpoint is ``PREFIX-symbol.json``, the graph, and ``PREFIX-EPOCH.params``, its arrays: arguments under ``arg:NAME``
and auxiliary states under ``aux:NAME``.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from . import kvstore as kvs
from .base import upper
from .kvstore.base import create_for
from .ndarray import NDArray, load, save

__all__ = ["BatchEndParam", "load_checkpoint", "load_params", "save_checkpoint"]


class BatchEndParams(NamedTuple):
    """What a callback after a batch is given."""

    epoch: int
    nbatch: int
    eval_metric: Any
    locals: Any


BatchEndParam = BatchEndParams


# --- checkpoints --------------------------------------------------------------------------------------------------


def save_checkpoint(
    prefix: str,
    epoch: int,
    symbol: Any,
    arg_params: Mapping[str, NDArray],
    aux_params: Mapping[str, NDArray],
    remove_amp_cast: bool = True,
) -> None:
    """Save a network.

    Parameters
    ----------
    prefix : str
        the files begin with it
    epoch : int
        its number is in the name of the file of arrays, with at least four digits
    symbol : Symbol or None
        the graph; with None only the arrays are saved
    arg_params, aux_params : dict of str to NDArray
        the parameters and the auxiliary states
    remove_amp_cast : bool
        leave the casts of automatic mixed precision out of the graph

    Examples
    --------
    >>> import os, tempfile
    >>> prefix = os.path.join(tempfile.mkdtemp(), 'net')
    >>> mx.model.save_checkpoint(prefix, 3, None, {'weight': mx.nd.ones((2,))}, {})
    >>> mx.model.load_params(prefix, 3)[0]['weight'].shape
    (2,)
    """
    arrays = {f"arg:{name}": array for name, array in arg_params.items()}
    arrays.update({f"aux:{name}": array for name, array in aux_params.items()})
    path = f"{prefix}-{epoch:04d}.params"
    if symbol is None:
        save(path, arrays)
    elif isinstance(symbol, upper("sym.Symbol")):  # the new graph does not come to stand beside old arrays
        with symbol._saved_with(f"{prefix}-symbol.json", remove_amp_cast):
            save(path, arrays)
    else:  # whatever else can be saved, as under MXNet
        symbol.save(f"{prefix}-symbol.json", remove_amp_cast=remove_amp_cast)
        save(path, arrays)
    logging.info('Saved checkpoint to "%s"', path)


def load_params(prefix: str, epoch: int) -> tuple[dict[str, NDArray], dict[str, NDArray]]:
    """The parameters and the auxiliary states of a checkpoint.

    Parameters
    ----------
    prefix : str
        what the files begin with
    epoch : int
        the epoch saved

    Returns
    -------
    arg_params, aux_params : dict of str to NDArray
        arrays under another kind of name are left out

    Raises
    ------
    MXNetError
        the file is missing or damaged
    ValueError
        its arrays have no names, or names that do not begin with ``arg:`` or the like
    """
    path = f"{prefix}-{epoch:04d}.params"
    arrays = load(path)
    found: dict[str, dict[str, NDArray]] = {"arg": {}, "aux": {}}
    if not arrays:
        logging.warning("load_params: %r holds no arrays", path)
        return found["arg"], found["aux"]
    if not isinstance(arrays, dict):
        raise ValueError(f"load_params: the arrays in {path!r} have no names; expected arg:NAME and aux:NAME")
    for key, array in arrays.items():
        kind, colon, name = key.partition(":")
        if not colon:
            raise ValueError(f"load_params: {path!r} has an array {key!r}; expected arg:NAME or aux:NAME")
        found.setdefault(kind, {})[name] = array
    return found["arg"], found["aux"]


def load_checkpoint(prefix: str, epoch: int) -> tuple[Any, dict[str, NDArray], dict[str, NDArray]]:
    """The graph, the parameters and the auxiliary states of a checkpoint; see :func:`load_params`.

    Raises
    ------
    MXNetError
        a file is missing or damaged
    """
    from . import symbol  # late: whoever only saves goes without

    return symbol.load(f"{prefix}-symbol.json"), *load_params(prefix, epoch)


# --- steps with a key-value store ---------------------------------------------------------------------------------

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
