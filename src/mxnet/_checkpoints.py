"""Checkpoints: ``PREFIX-symbol.json``, the graph, and ``PREFIX-EPOCH.params``, its arrays.

Arguments lie under ``arg:NAME`` and auxiliary states under ``aux:NAME``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from .base import upper
from .ndarray import NDArray, load, save

__all__ = ["BatchEndParam", "load_checkpoint", "load_params", "save_checkpoint"]


class BatchEndParams(NamedTuple):
    """What a callback after a batch is given."""

    epoch: int
    nbatch: int
    eval_metric: Any
    locals: Any


BatchEndParam = BatchEndParams


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
