"""What everything else stands on: the error classes, MXNet's dtype names and codes, small type groups.

Devices are in :mod:`mxnet.context`; operators know dtypes only through this module.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

__all__ = ["MXNetError", "NotImplementedForSymbol", "NotSupportedForSparseNDArray"]


class MXNetError(RuntimeError):
    """An operator or a call of the interface was given something it cannot work with."""


class NotImplementedForSymbol(MXNetError):
    """A function of arrays was called on a Symbol."""

    def __init__(self, function: Any, alias: str | None = None, *args: Any) -> None:
        name = getattr(function, "__name__", str(function))
        also = f" (also called {alias})" if alias else ""
        super().__init__(f"{name}{also} works on arrays and is not available for a Symbol")


class NotSupportedForSparseNDArray(MXNetError):
    """A function of dense arrays was called on a sparse one."""

    def __init__(self, function: Any, alias: str | None = None, *args: Any) -> None:
        name = getattr(function, "__name__", str(function))
        also = f" (also called {alias})" if alias else ""
        super().__init__(f"{name}{also} works on dense arrays and is not available for sparse ones")


string_types = (str,)
numeric_types = (float, int, np.generic)
integer_types = (int, np.int32, np.int64)
mx_real_t = np.float32


class _NullType:
    """The type of ``_Null``: an argument that was not given."""

    def __repr__(self) -> str:
        return "_Null"

    def __bool__(self) -> bool:
        return False


_Null = _NullType()


class classproperty:
    """A read-only property of a class itself."""

    def __init__(self, getter: Any) -> None:
        self.getter = getter

    def __get__(self, instance: Any, owner: type) -> Any:
        return self.getter(owner)


_UPPER: dict[str, Callable[[], Any]] = {}


def register_upper(name: str, load: Callable[[], Any]) -> None:
    """Say how to get something of an upper layer that a lower one calls by name; the package does so for all.

    Imports point down only. What a lower layer needs of an upper one all the same (the class that ``as_np_ndarray``
    makes, the executor that ``bind`` makes) it asks :func:`upper` for.
    """
    _UPPER[name] = load


def upper(name: str) -> Any:
    """What was registered under a name, loaded now if it was not."""
    return _UPPER[name]()


def py_str(text: bytes | str) -> str:
    """Text from bytes in UTF-8."""
    return text.decode("utf-8") if isinstance(text, bytes) else text


def data_dir_default() -> str:
    """The folder of downloaded data sets and models where MXNET_HOME names none."""
    folder, name = os.path.expanduser("~"), ".mxnet"
    if sys.platform == "win32":
        folder, name = os.environ.get("APPDATA", folder), "mxnet"
    return os.path.join(folder, name)


def data_dir() -> str:
    """The folder of downloaded data sets and models: MXNET_HOME, or ``~/.mxnet``."""
    return os.environ.get("MXNET_HOME", data_dir_default())


# --- dtypes -------------------------------------------------------------------------------------------------------

#: torch dtype -> the integer MXNet's file format and C interface use for it
DTYPE_CODES: dict[torch.dtype, int] = {
    torch.float32: 0,
    torch.float64: 1,
    torch.float16: 2,
    torch.uint8: 3,
    torch.int32: 4,
    torch.int8: 5,
    torch.int64: 6,
    torch.bool: 7,
    torch.bfloat16: 12,
}

_NUMPY_TYPES: dict[torch.dtype, Any] = {
    torch.float32: np.float32,
    torch.float64: np.float64,
    torch.float16: np.float16,
    torch.uint8: np.uint8,
    torch.int32: np.int32,
    torch.int8: np.int8,
    torch.int64: np.int64,
    torch.bool: np.bool_,
}

_NAMES: dict[torch.dtype, str] = {dtype: str(dtype).removeprefix("torch.") for dtype in DTYPE_CODES}
_FROM_NAME: dict[str, torch.dtype] = {name: dtype for dtype, name in _NAMES.items()}
_LOOKUP: dict[Any, torch.dtype] = {
    **_FROM_NAME,
    **{dtype: dtype for dtype in DTYPE_CODES},
    **{kind: dtype for dtype, kind in _NUMPY_TYPES.items()},
    **{np.dtype(kind): dtype for dtype, kind in _NUMPY_TYPES.items()},
    float: torch.float64,
    int: torch.int64,
    bool: torch.bool,
}


def to_torch_dtype(dtype: Any) -> torch.dtype:
    """The torch dtype for a name, a NumPy dtype or scalar type, a Python type or a torch dtype.

    Raises
    ------
    TypeError
        where NumPy does not know the name either
    MXNetError
        where the dtype exists but no array can have it (complex64, for instance)
    """
    try:
        return _LOOKUP[dtype]
    except (KeyError, TypeError):
        as_numpy = np.dtype(dtype)  # raises TypeError for what is no dtype at all
    try:
        return _LOOKUP[as_numpy.type]
    except KeyError:
        raise MXNetError(f"dtype {as_numpy.name!r} is not supported; supported are {sorted(_FROM_NAME)}") from None


def to_numpy_dtype(dtype: torch.dtype) -> Any:
    """The NumPy scalar type for a torch dtype (bfloat16 has none in NumPy and gives float32)."""
    return _NUMPY_TYPES.get(dtype, np.float32)


def dtype_name(dtype: torch.dtype) -> str:
    """The name MXNet uses for a torch dtype, such as ``float32``."""
    return _NAMES.get(dtype, str(dtype).removeprefix("torch."))
