"""The C types, and the conversions to them, that programs import from ``mxnet.base``; they need no C library."""

from __future__ import annotations

import array
import ctypes
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

__all__ = [
    "CachedOpHandle", "CudaKernelHandle", "CudaModuleHandle", "DLPackHandle", "DataIterCreatorHandle",
    "DataIterHandle", "ExecutorHandle", "FunctionHandle", "KVStoreHandle", "MXCallbackList", "NDArrayHandle",
    "OpHandle", "ProfileHandle", "RecordIOHandle", "RtcHandle", "SymbolHandle", "build_param_doc", "c_array",
    "c_array_buf", "c_handle_array", "c_str", "c_str_array", "ctypes2buffer", "ctypes2numpy_shared", "mx_float",
    "mx_float_p", "mx_int", "mx_int64", "mx_uint", "with_metaclass",
]  # fmt: skip

mx_int = ctypes.c_int
mx_uint = ctypes.c_uint
mx_int64 = ctypes.c_int64
mx_float = ctypes.c_float
mx_float_p = ctypes.POINTER(mx_float)
NDArrayHandle = FunctionHandle = OpHandle = CachedOpHandle = SymbolHandle = ExecutorHandle = ctypes.c_void_p
DataIterCreatorHandle = DataIterHandle = KVStoreHandle = RecordIOHandle = RtcHandle = ctypes.c_void_p
CudaModuleHandle = CudaKernelHandle = ProfileHandle = DLPackHandle = ctypes.c_void_p


class MXCallbackList(ctypes.Structure):
    """How many callbacks there are, where they are, and what each is given."""

    _fields_ = [
        ("num_callbacks", ctypes.c_int),
        ("callbacks", ctypes.POINTER(ctypes.CFUNCTYPE(ctypes.c_int))),
        ("contexts", ctypes.POINTER(ctypes.c_void_p)),
    ]


def c_str(string: str) -> ctypes.c_char_p:
    """A text as C has it, in UTF-8.

    Examples
    --------
    >>> mx.base.c_str("weight").value
    b'weight'
    """
    return ctypes.c_char_p(string.encode("utf-8"))


def c_str_array(strings: Sequence[str]) -> Any:
    """Texts as an array of C's."""
    return (ctypes.c_char_p * len(strings))(*(text.encode("utf-8") for text in strings))


def c_array(ctype: Any, values: Sequence[Any]) -> Any:
    """Values as an array of a C type.

    Examples
    --------
    >>> list(mx.base.c_array(mx.base.mx_uint, [1, 2]))
    [1, 2]
    """
    return (ctype * len(values))(*values)


def c_array_buf(ctype: Any, buf: array.array[Any]) -> Any:
    """A C array in the memory of an ``array.array``."""
    return (ctype * len(buf)).from_buffer(buf)


def c_handle_array(objs: Iterable[Any]) -> Any:
    """The handles of objects as an array of pointers; what has none gives a null pointer."""
    handles = [getattr(each, "handle", None) for each in objs]
    return (ctypes.c_void_p * len(handles))(*handles)


def ctypes2buffer(cptr: Any, length: int) -> bytearray:
    """A copy of the bytes a C pointer points to.

    Raises
    ------
    TypeError
        it is no pointer to chars
    """
    if not isinstance(cptr, ctypes.POINTER(ctypes.c_char)):
        raise TypeError(f"ctypes2buffer: cptr is a {type(cptr).__name__}, expected a pointer to c_char")
    return bytearray(ctypes.string_at(cptr, length))


def ctypes2numpy_shared(cptr: Any, shape: Sequence[int]) -> np.ndarray:
    """A NumPy array in the memory a C pointer to floats points to.

    Raises
    ------
    RuntimeError
        it is no pointer to floats
    """
    if not isinstance(cptr, mx_float_p):
        raise RuntimeError(f"ctypes2numpy_shared: cptr is a {type(cptr).__name__}, expected a pointer to c_float")
    return np.ctypeslib.as_array(cptr, shape=tuple(shape))


def build_param_doc(
    arg_names: Sequence[str], arg_types: Sequence[str], arg_descs: Sequence[str], remove_dup: bool = True
) -> str:
    r"""The section of a docstring that describes parameters; ``num_args`` is left out.

    Examples
    --------
    >>> mx.base.build_param_doc(["data"], ["NDArray"], [""])
    'Parameters\n----------\ndata : NDArray\n'
    """
    lines, seen = [], set()
    for name, kind, text in zip(arg_names, arg_types, arg_descs):
        if name == "num_args" or (remove_dup and name in seen):
            continue
        seen.add(name)
        lines.append(f"{name} : {kind}" + (f"\n    {text}" if text else ""))
    return "Parameters\n----------\n" + "\n".join(lines) + "\n"


def with_metaclass(meta: type, *bases: type) -> type:
    """A base class that gives its subclass a metaclass, as programs for two versions of Python wrote it."""

    class Delayed(type):
        def __new__(cls, name: str, its_bases: tuple[type, ...], space: dict[str, Any]) -> Any:
            return meta(name, bases, space)

        @classmethod
        def __prepare__(cls, name: str, its_bases: tuple[type, ...]) -> Any:  # type: ignore[override]
            return meta.__prepare__(name, bases)

    return type.__new__(Delayed, "temporary_class", (), {})
