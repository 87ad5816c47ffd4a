"""Optimizers' states: pickles, read as data."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mxnet.ndarray import NDArray
from mxnet.optimizer import states as reading

from ...errors import InputError
from .found import Found

__all__ = ["states"]


def states(path: Path, _: Mapping[str, Sequence[int]]) -> Found:
    """A ``.states`` file: the arrays of each parameter, and the optimizer where it is in it."""
    try:
        found, optimizer = reading.loads(path.read_bytes(), str(path))
    except pickle.UnpicklingError as error:
        raise InputError(str(error)) from error
    rows = [{"parameter": str(key), "states": _shown(value)} for key, value in found.items()]
    facts: dict[str, Any] = {"parameters": len(rows), "bytes": path.stat().st_size}
    if optimizer is not None:
        facts |= {
            "optimizer": type(optimizer).__name__, "learning rate": optimizer.learning_rate,
            "updates": optimizer.num_update,
        }  # fmt: skip
    return Found(str(path), "states of an optimizer", facts, {"states by parameter": rows})


def _shown(value: Any) -> str:
    """Arrays by shape and dtype, numbers as they are; states lie in each other a few levels deep."""
    if isinstance(value, NDArray):
        return f"{tuple(value.shape)} {value._t.dtype}".replace("torch.", "")
    if isinstance(value, (tuple, list)):
        return ", ".join(map(_shown, value)) or "none"
    return "none" if value is None else str(value)
