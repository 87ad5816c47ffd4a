"""Functions, types and numbers that `numpy` had: what each is, and what one writes today in its place."""

from __future__ import annotations

import importlib
import pickle
import sys
import types
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["NAMES", "Name", "put_back_names"]


class Name(NamedTuple):
    """A name that NumPy had.

    Attributes
    ----------
    instead : str
        What to write today.
    made : callable, optional
        Makes what it stood for; None where it cannot come back.
    """

    instead: str
    made: Callable[[], Any] | None = None


def _rows(text: str) -> dict[str, Name]:
    """Names that are others': `old new` in each line, the new one NumPy's or Python's."""
    found = {}
    for line in text.split("\n"):
        if line.strip():
            old, new = line.split()
            found[old] = Name(new, lambda new=new: _of(new))  # type: ignore[misc]
    return found


def _of(path: str) -> Any:
    """What a name of today is."""
    names = {
        "np": np,
        "bool": bool,
        "float": float,
        "int": int,
        "complex": complex,
        "object": object,
        "str": str,
        "issubclass": issubclass,
    }
    first, *rest = path.removeprefix("-").split(".")
    value: Any = names[first]
    for each in rest:
        value = getattr(value, each)
    return -value if path.startswith("-") else value


def _asscalar(a: Any) -> Any:
    """The one element of an array, as a number of Python."""
    return a.item()


def _asfarray(a: Any, dtype: Any = np.float64) -> np.ndarray:
    """An array of floats."""
    return np.asarray(a, dtype if np.issubdtype(np.dtype(dtype), np.inexact) else np.float64)


def _msort(a: Any) -> np.ndarray:
    """A copy that is sorted along its first axis."""
    return np.sort(a, axis=0)


def _alen(a: Any) -> int:
    """The length of the first axis, 1 of a number."""
    shape = np.shape(a)
    return shape[0] if shape else 1


def _trapz(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    """The integral by the trapezoidal rule."""
    return np.trapezoid(y, x, dx, axis)


def _in1d(ar1: Any, ar2: Any, assume_unique: bool = False, invert: bool = False, *, kind: Any = None) -> np.ndarray:
    """Which elements of the first array, in one row, are in the second."""
    return np.isin(np.ravel(ar1), ar2, assume_unique, invert, kind=kind)


def _row_stack(tup: Any, *, dtype: Any = None, casting: Any = "same_kind") -> np.ndarray:
    """Rows on top of each other."""
    return np.vstack(tup, dtype=dtype, casting=casting)


def _issctype(rep: Any) -> bool:
    """Whether it is a type of numbers or a dtype."""
    return isinstance(rep, np.dtype) or (isinstance(rep, type) and issubclass(rep, np.generic))


def _issubclass_(arg1: Any, arg2: Any) -> bool:
    """`issubclass` that answers False to what is no class."""
    return isinstance(arg1, type) and issubclass(arg1, arg2)


def _issubsctype(arg1: Any, arg2: Any) -> bool:
    """Whether the first type of numbers is one of the second's."""
    return issubclass(_obj2sctype(arg1), _obj2sctype(arg2))


def _obj2sctype(rep: Any, default: Any = None) -> Any:
    """The type of numbers that something stands for."""
    if isinstance(rep, type) and issubclass(rep, np.generic):
        return rep
    try:
        return rep.dtype.type if isinstance(rep, np.ndarray) else np.dtype(rep).type
    except TypeError:
        return default


def _sctype2char(sctype: Any) -> str:
    """The letter of a type of numbers."""
    return np.dtype(_obj2sctype(sctype)).char


def _find_common_type(array_types: Any, scalar_types: Any) -> np.dtype | None:
    """The dtype that arrays and numbers of these types go together to; only numbers of a higher kind count."""
    arrays = [np.dtype(each) for each in array_types]
    scalars = [np.dtype(each) for each in scalar_types]
    if not arrays or not scalars:
        found = arrays or scalars
        return np.result_type(*found) if found else None
    of_arrays, of_scalars = np.result_type(*arrays), np.result_type(*scalars)
    kinds = "buifc"
    if (
        of_arrays.kind in kinds
        and of_scalars.kind in kinds
        and kinds.index(of_scalars.kind) > kinds.index(of_arrays.kind)
    ):
        return of_scalars
    return of_arrays


def _safe_eval(source: str) -> Any:
    """A literal's value."""
    import ast

    return ast.literal_eval(source)


def _disp(mesg: Any, device: Any = None, linefeed: bool = True) -> None:
    """Write a message."""
    stream = device or sys.stdout
    stream.write(f"{mesg}\n" if linefeed else f"{mesg}")
    stream.flush()


class _Casts(dict):
    """`np.cast[type]`: a function that makes arrays of the type."""

    def __missing__(self, key: Any) -> Callable[[Any], np.ndarray]:
        return lambda x: np.asarray(x).astype(key)


class _Sizes(dict):
    """`np.nbytes[type]`: bytes of a number of the type."""

    def __missing__(self, key: Any) -> int:
        return np.dtype(key).itemsize


def _sctypes() -> dict[str, list[type]]:
    """Types of numbers by their kinds."""
    return {
        "int": [np.int8, np.int16, np.int32, np.int64],
        "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
        "float": [np.float16, np.float32, np.float64, np.longdouble],
        "complex": [np.complex64, np.complex128, np.clongdouble],
        "others": [bool, object, bytes, str, np.void],
    }


def _numpy_module(path: str) -> Callable[[], types.ModuleType]:
    return lambda: importlib.import_module(path)


#: every name, without `numpy.`
NAMES: dict[str, Name] = {
    **_rows(
        """
        bool          bool
        int           int
        long          int
        float         float
        complex       complex
        object        object
        str           str
        unicode       str
        float_        np.float64
        complex_      np.complex128
        cfloat        np.complex128
        singlecomplex np.complex64
        longfloat     np.longdouble
        longcomplex   np.clongdouble
        clongfloat    np.clongdouble
        string_       np.bytes_
        unicode_      np.str_
        bool8         np.bool_
        int0          np.intp
        uint0         np.uintp
        object0       np.object_
        str0          np.str_
        bytes0        np.bytes_
        void0         np.void
        typeDict      np.sctypeDict
        Inf           np.inf
        Infinity      np.inf
        infty         np.inf
        PINF          np.inf
        NINF          -np.inf
        NaN           np.nan
        alltrue       np.all
        sometrue      np.any
        product       np.prod
        cumproduct    np.cumprod
        round_        np.round
        mat           np.asmatrix
        rank          np.ndim
        lib.pad       np.pad
        compare_chararrays np.char.compare_chararrays
        """
    ),
    "NZERO": Name("-0.0", lambda: -0.0),
    "PZERO": Name("0.0", lambda: 0.0),
    "asscalar": Name("a.item()", lambda: _asscalar),
    "asfarray": Name("np.asarray(a, dtype=float)", lambda: _asfarray),
    "msort": Name("np.sort(a, axis=0)", lambda: _msort),
    "alen": Name("len(a)", lambda: _alen),
    "trapz": Name("np.trapezoid", lambda: _trapz),
    "in1d": Name("np.isin", lambda: _in1d),
    "row_stack": Name("np.vstack", lambda: _row_stack),
    "loads": Name("pickle.loads", lambda: pickle.loads),
    "cast": Name("np.asarray(a, dtype)", _Casts),
    "nbytes": Name("np.dtype(t).itemsize", _Sizes),
    "sctypes": Name("the types by name", _sctypes),
    "issctype": Name("issubclass(t, np.generic)", lambda: _issctype),
    "issubclass_": Name("issubclass", lambda: _issubclass_),
    "issubsctype": Name("np.issubdtype", lambda: _issubsctype),
    "obj2sctype": Name("np.dtype(t).type", lambda: _obj2sctype),
    "sctype2char": Name("np.dtype(t).char", lambda: _sctype2char),
    "find_common_type": Name("np.result_type", lambda: _find_common_type),
    "safe_eval": Name("ast.literal_eval", lambda: _safe_eval),
    "disp": Name("print", lambda: _disp),
    "deprecate": Name("warnings.warn"),
    "deprecate_with_doc": Name("warnings.warn"),
    "fastCopyAndTranspose": Name("a.T.copy()", lambda: lambda a: np.asarray(a).T.copy()),
    "byte_bounds": Name("np.lib.array_utils.byte_bounds", lambda: np.lib.array_utils.byte_bounds),
    "DataSource": Name("np.lib.npyio.DataSource", lambda: np.lib.npyio.DataSource),
    "recfromcsv": Name("np.genfromtxt(…, delimiter=',')"),
    "recfromtxt": Name("np.genfromtxt"),
    "set_string_function": Name("np.set_printoptions"),
    "set_numeric_ops": Name("nothing: operators of arrays are fixed"),
    "maximum_sctype": Name("a dtype"),
    "lookfor": Name("NumPy's documentation"),
    "who": Name("locals()"),
    "source": Name("inspect.getsource"),
    "get_array_wrap": Name("nothing"),
    "geterrobj": Name("np.geterr"),
    "seterrobj": Name("np.seterr"),
    "MachAr": Name("np.finfo"),
    "typeNA": Name("np.sctypeDict"),
    "Tester": Name("pytest"),
    "compat": Name("Python's own names"),
    "linalg.linalg": Name("np.linalg", _numpy_module("numpy.linalg")),
    "fft.fftpack": Name("np.fft", _numpy_module("numpy.fft")),
    "testing.utils": Name("np.testing", _numpy_module("numpy.testing")),
    **{name: Name("the package numpy-financial") for name in "fv ipmt irr mirr nper npv pmt ppmt pv rate".split()},
}


def put_back_names() -> list[str]:
    """Give `numpy` the names it lacks; what they were."""
    given = []
    for path, name in NAMES.items():
        *modules, last = path.split(".")
        owner: Any = np
        for module in modules:
            owner = getattr(owner, module)
        if name.made is None or last in vars(owner):
            continue
        value = name.made()
        setattr(owner, last, value)
        if isinstance(value, types.ModuleType):  # `import numpy.linalg.linalg` finds it too
            sys.modules.setdefault(f"numpy.{path}", value)
        given.append(f"numpy.{path}")
    return given
