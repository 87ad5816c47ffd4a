"""What arrays of NumPy did: methods, and becoming a number while they have one element, whatever their axes.

`numpy.ndarray` is a type of C's, into which Python's own `setattr` does not write. The dictionary it is made of is
written instead, and for conversions the two entries of its table of numbers, which is done only where these are found
to be where Python's own description of them says.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import sysconfig
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["METHODS", "put_back_conversions", "put_back_methods"]


def tostring(self: np.ndarray, order: Any = "C") -> bytes:
    """The elements as bytes."""
    return self.tobytes(order)


def itemset(self: np.ndarray, *arguments: Any) -> None:
    """Write one element: of an array with one, by its number, or by its place."""
    if len(arguments) == 1:
        if self.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        self[...] = np.asarray(arguments[0]).reshape(())
    elif len(arguments) == 2 and not isinstance(arguments[0], tuple):
        self[np.unravel_index(arguments[0] % max(self.size, 1), self.shape)] = arguments[1]
    elif len(arguments) > 1:
        place = arguments[0] if len(arguments) == 2 else arguments[:-1]
        self[tuple(place)] = arguments[-1]
    else:
        raise ValueError("itemset must have at least one argument")


def newbyteorder(self: np.ndarray, new_order: Any = "S") -> np.ndarray:
    """The same memory, its bytes read in the other order."""
    return self.view(self.dtype.newbyteorder(new_order))


def ptp(self: np.ndarray, axis: Any = None, out: Any = None, keepdims: Any = False) -> Any:
    """The largest less the smallest."""
    return np.ptp(self, axis, out, keepdims)


#: each with what to write today
METHODS: dict[str, tuple[str, Callable[..., Any]]] = {
    "tostring": ("tobytes()", tostring),
    "itemset": ("a[i] = value", itemset),
    "newbyteorder": ("a.view(a.dtype.newbyteorder())", newbyteorder),
    "ptp": ("np.ptp(a)", ptp),
}


def put_back_methods() -> list[str]:
    """Give `numpy.ndarray` the methods it lacks, and numbers of NumPy's likewise; what they were."""
    given = []
    for kind in (np.ndarray, np.generic):
        missing = {name: method for name, (_, method) in METHODS.items() if not hasattr(kind, name)}
        dictionary = next((each for each in gc.get_referents(kind.__dict__) if isinstance(each, dict)), None)
        if missing and dictionary is None:
            raise RuntimeError(f"methods of {kind.__name__} cannot be put back on this interpreter")
        for name, method in missing.items():
            dictionary[name] = method  # type: ignore[index]
            given.append(f"numpy.{kind.__name__}.{name}")
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
        for name in missing:
            if getattr(kind, name, None) is None:
                raise RuntimeError(f"methods of {kind.__name__} cannot be put back on this interpreter")
    return given


# --- float(a), int(a) -------------------------------------------------------------------------------------------------

_TABLE_AT = 12  # words into a type: its table of numbers
_ENTRIES = {"__int__": 16, "__float__": 18}  # words into that table
_FUNCTION_AT = 6  # words into Python's description of an entry: the function there


class _Asking:
    """A class of Python's: the entries of its table look for a method of that name and call it."""

    def __int__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0


def put_back_conversions() -> list[str]:
    """Have `float(a)` and `int(a)` take an array with one element and any number of axes; what was put back."""
    try:
        float(np.ones((1, 1)))
    except TypeError:
        pass
    else:
        return []
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise RuntimeError("what float(a) and int(a) take cannot be changed on this interpreter")
    dictionary = next(each for each in gc.get_referents(np.ndarray.__dict__) if isinstance(each, dict))
    for name, entry in _ENTRIES.items():
        own = np.ndarray.__dict__[name]
        function = ctypes.c_void_p.from_address(id(own) + _FUNCTION_AT * ctypes.sizeof(ctypes.c_void_p)).value
        if function is None or _entry(np.ndarray, entry).value != function:
            raise RuntimeError(f"numpy.ndarray.{name} is not where it is expected on this interpreter")
        dictionary[name] = _of_one_element(own)
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(np.ndarray))
        kinds: list[type] = [np.ndarray]
        while kinds:  # subclasses that were made before have the entry too
            kind = kinds.pop()
            kinds += kind.__subclasses__()
            place = _entry(kind, entry)
            if place.value == function:
                place.value = _entry(_Asking, entry).value
    return [f"numpy.ndarray.{name}" for name in _ENTRIES]


def _entry(kind: type, entry: int) -> ctypes.c_void_p:
    """Where a type's table of numbers has the function of an entry."""
    word = ctypes.sizeof(ctypes.c_void_p)
    table = ctypes.c_void_p.from_address(id(kind) + _TABLE_AT * word).value
    if table is None:
        raise RuntimeError(f"{kind.__name__} has no table of numbers where it is expected on this interpreter")
    return ctypes.c_void_p.from_address(table + entry * word)


def _of_one_element(own: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], Any]:
    def convert(self: np.ndarray) -> Any:
        return own(self.view(np.ndarray).reshape(()) if self.ndim and self.size == 1 else self)

    return convert
