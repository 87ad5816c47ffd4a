"""What everything else stands on: the error classes, MXNet's dtype names and codes, small type groups.

Devices are in :mod:`mxnet.context`; operators know dtypes only through this module.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import torch

from ._ctypes_names import *  # noqa: F403
from ._no_library import NoLibrary

_LONGEST = 200  # characters of what an error is quoted with

__all__ = ["MXNetError", "RefusedValueError", "NotImplementedForSymbol", "NotSupportedForSparseNDArray"]


class MXNetError(RuntimeError):
    """An operator or a call of the interface was given something it cannot work with."""


class RefusedValueError(ValueError, MXNetError):
    """A value that an operator refuses with a ValueError, as MXNet does in some of its NumPy operators."""


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
long, basestring = int, str  # of Python 2, which programs of two versions import from here


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


class Operand:
    """What operators take: an array, or a symbol that stands for one."""

    __slots__ = ()


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


def _as_list(value: Any) -> Any:
    """A list or tuple as it is, anything else as a list of it."""
    return value if isinstance(value, (list, tuple)) else [value]


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


# --- the C library that is not there ------------------------------------------------------------------------------

_LIB = NoLibrary(MXNetError)
#: name in an error's text -> the class that is raised for it
error_types: dict[str, type] = {
    "NotImplementedForSymbol": NotImplementedForSymbol,
    **{each.__name__: each for each in (ValueError, TypeError, AttributeError, IndexError, NotImplementedError)},
}


def register_error(func_name: Any = None, cls: type | None = None) -> Any:
    """Make an error class known by name, its own or `func_name`; a decorator, with a name or without.

    Examples
    --------
    >>> @mx.base.register_error
    ... class ShapeError(mx.MXNetError):
    ...     pass
    >>> mx.base.error_types["ShapeError"] is ShapeError
    True
    """
    if callable(func_name):
        func_name, cls = func_name.__name__, func_name

    def register(its_class: type) -> type:
        error_types[its_class.__name__ if func_name is None else func_name] = its_class
        return its_class

    return register if cls is None else register(cls)


def c2pyerror(err_msg: str) -> tuple[str, str | None]:
    """An error's text, and the name of the class that its first line begins with, if it does."""
    found = re.match(r"([A-Za-z_][\w.]*):", err_msg.partition("\n")[0])
    return err_msg, found and found[1]


def get_last_ffi_error() -> Exception:
    """The last error of the C library: that there is none."""
    return MXNetError("there is no C library underneath, PyTorch computes; errors are raised where they happen")


def check_call(ret: int) -> None:
    """Raise the C library's last error if a call of it did not return 0.

    Raises
    ------
    MXNetError
        it did not
    """
    if ret != 0:
        raise get_last_ffi_error()


# --- dtypes -------------------------------------------------------------------------------------------------------


class DType(NamedTuple):
    """A dtype that arrays can have, by everything it is called."""

    #: MXNet's name, as calls and saved graphs have it
    name: str
    #: the integer of MXNet's files and of a variable's ``__dtype__``
    code: int
    #: what torch computes in
    torch: torch.dtype
    #: what ``array.dtype`` shows, and what a file holds
    shown: Any
    #: NumPy's type for the values on the host
    host: Any


#: bfloat16 as MXNet shows it: NumPy has none, so its bits count as a record of one unsigned integer
bfloat16: np.dtype[Any] = np.dtype([("bfloat16", np.uint16)])

DTYPES: tuple[DType, ...] = (
    DType("float32", 0, torch.float32, np.float32, np.float32),
    DType("float64", 1, torch.float64, np.float64, np.float64),
    DType("float16", 2, torch.float16, np.float16, np.float16),
    DType("uint8", 3, torch.uint8, np.uint8, np.uint8),
    DType("int32", 4, torch.int32, np.int32, np.int32),
    DType("int8", 5, torch.int8, np.int8, np.int8),
    DType("int64", 6, torch.int64, np.int64, np.int64),
    DType("bool", 7, torch.bool, np.bool_, np.bool_),
    DType("bfloat16", 12, torch.bfloat16, bfloat16, np.float32),
)

#: torch dtype -> the integer MXNet's file format and C interface use for it
DTYPE_CODES: dict[torch.dtype, int] = {each.torch: each.code for each in DTYPES}
#: and back
DTYPES_BY_CODE: dict[int, torch.dtype] = {each.code: each.torch for each in DTYPES}

_BY_TORCH: dict[torch.dtype, DType] = {each.torch: each for each in DTYPES}
_BY_NAME: dict[str, DType] = {each.name: each for each in DTYPES}
_SHOWN: dict[torch.dtype, Any] = {each.torch: each.shown for each in DTYPES}
#: every spelling that needs no NumPy to be understood
_BY_SPELLING: dict[Any, DType] = {
    **_BY_NAME,
    **_BY_TORCH,
    **{each.shown: each for each in DTYPES},
    **{np.dtype(each.shown): each for each in DTYPES},
    float: _BY_NAME["float64"],
    int: _BY_NAME["int64"],
    bool: _BY_NAME["bool"],
}


def _found(dtype: Any) -> DType | None:
    """The row of the table for a dtype however it is written; None where no array can have it."""
    try:
        return _BY_SPELLING[dtype]
    except (KeyError, TypeError):
        pass
    if isinstance(dtype, torch.dtype):
        return None
    if isinstance(dtype, Operand):  # an array stands for its dtype, as in NumPy
        return _found(dtype.dtype)  # type: ignore[attr-defined]
    as_numpy = np.dtype(dtype)  # raises TypeError for what is no dtype at all
    # by name for other byte orders, and for the bfloat16 that other packages give NumPy
    return _BY_SPELLING.get(as_numpy) or _BY_NAME.get(as_numpy.name)


def to_torch_dtype(dtype: Any) -> torch.dtype:
    """The torch dtype for a name, a NumPy dtype or scalar type, a Python type or a torch dtype.

    Raises
    ------
    TypeError
        where NumPy does not know the name either
    MXNetError
        where the dtype exists but no array can have it (complex64, for instance)
    """
    found = _found(dtype)
    if found is None:
        raise MXNetError(f"dtype {dtype_name(dtype)!r} is not supported; supported are {sorted(_BY_NAME)}")
    return found.torch


#: up to this number every dtype of floats goes
ANY_FLOAT_HOLDS = 65504


def held(number: Any, dtype: torch.dtype) -> Any:
    """A number as an array of a dtype holds it: integers out of its range wrap, as MXNet's conversion in C has it.

    That goes through 32 bits for the narrower dtypes, where what is beyond becomes the least integer. Of floats what is
    beyond becomes an infinity; torch refuses both.

    Raises
    ------
    OverflowError
        an integer beyond doubles

    Examples
    --------
    >>> held(300, torch.uint8), held(200, torch.int8), held(2**31, torch.int32), held(0.5, torch.float32)
    (44, -56, -2147483648, 0.5)
    """
    if dtype is torch.bool or not isinstance(number, (int, float)):
        return number
    if dtype.is_floating_point:
        return number if -ANY_FLOAT_HOLDS <= number <= ANY_FLOAT_HOLDS else _held_as_float(float(number), dtype)
    limits = torch.iinfo(dtype)
    if limits.min <= number <= limits.max or math.isnan(number):
        return number
    wide = torch.iinfo(torch.int32 if limits.bits < 64 else dtype)
    whole = int(number) if wide.min <= number <= wide.max else wide.min
    return (whole - limits.min) % 2**limits.bits + limits.min


def _held_as_float(number: float, dtype: torch.dtype) -> float:
    """A large number as a dtype of floats holds it: infinity where it is not nearest to the largest one."""
    largest = torch.finfo(dtype).max
    if abs(number) <= largest or not math.isfinite(number):
        return number
    step = torch.finfo(dtype).eps * 2.0 ** (math.frexp(largest)[1] - 1)
    return math.copysign(largest if abs(number) - largest < step / 2 else math.inf, number)


def to_numpy_dtype(dtype: torch.dtype) -> Any:
    """What an array of a torch dtype shows as its dtype: NumPy's scalar type, for bfloat16 MXNet's own dtype.

    Raises
    ------
    MXNetError
        no array can have it
    """
    try:
        return _SHOWN[dtype]
    except KeyError:
        raise MXNetError(f"dtype {dtype_name(dtype)!r} is not supported; supported are {sorted(_BY_NAME)}") from None


def to_host_dtype(dtype: torch.dtype) -> Any:
    """NumPy's scalar type for the values of a torch dtype on the host: float32 for bfloat16, which NumPy lacks."""
    return _BY_TORCH[dtype].host


def brief(error: object) -> str:
    """What an error says, in a line: some quote what they read, which can be most of a file.

    Examples
    --------
    >>> from mxnet.base import brief
    >>> brief(ValueError("x" * 1000))[-5:], brief(KeyError())
    ('xxxx…', 'KeyError')
    """
    said = " ".join(str(error).split()) or type(error).__name__
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def what_came(value: Any) -> str:
    """What was given where an array belongs, and how to make one of it, without quoting its elements.

    Examples
    --------
    >>> import numpy
    >>> what_came(numpy.ones((2, 3))), what_came("a")
    ('a numpy.ndarray of shape (2, 3), which mx.nd.array(x) converts', "'a' of type str")
    """
    kind = type(value)
    if isinstance(value, (np.ndarray, torch.Tensor)):
        name = "numpy.ndarray" if isinstance(value, np.ndarray) else "torch.Tensor"
        return f"a {name} of shape {tuple(value.shape)}, which mx.nd.array(x) converts"
    if isinstance(value, (list, tuple)):
        return f"a {kind.__name__}, which mx.nd.array(x) converts"
    return f"{brief(repr(value))} of type {kind.__name__}"


def or_rather(name: object, names: Iterable[str]) -> str:
    """What an error adds for a name that is nearly one of those there are.

    Examples
    --------
    >>> or_rather("xaver", ["uniform", "xavier"]), or_rather("zzz", ["uniform"])
    (" (did you mean 'xavier'?)", '')
    """
    near = difflib.get_close_matches(str(name), list(names), 1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def dtype_name(dtype: Any) -> str:
    """The name MXNet uses for a dtype, however it is written, such as ``float32``.

    Raises
    ------
    TypeError
        it is no dtype at all
    """
    found = _found(dtype)
    if found is not None:
        return found.name
    return str(dtype).removeprefix("torch.") if isinstance(dtype, torch.dtype) else np.dtype(dtype).name


def same_dtype(one: Any, other: Any) -> bool:
    """Whether two dtypes are the same, however each is written: NumPy's comparison knows no bfloat16.

    Raises
    ------
    TypeError
        one of them is no dtype at all
    """
    return one is other or dtype_name(one) == dtype_name(other)


def is_half(dtype: torch.dtype) -> bool:
    """Whether a dtype is one of the two of 16 bits, in which small steps are lost."""
    return dtype is torch.float16 or dtype is torch.bfloat16


def stored(tensor: torch.Tensor) -> np.ndarray:
    """The elements on the host as files hold them: NumPy's dtypes, and bfloat16's bits as its own dtype.

    Shares the tensor's memory where it is on the host and contiguous.
    """
    tensor = tensor.detach().cpu().contiguous()
    if tensor.dtype is torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(bfloat16)
    return tensor.numpy()


def restored(elements: np.ndarray) -> torch.Tensor:
    """The tensor on a NumPy array of what :func:`stored` gives, in the same memory."""
    if elements.dtype == bfloat16:
        return torch.from_numpy(elements.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(elements)
