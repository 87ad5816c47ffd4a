"""Functions of ``mx.sym`` that are no operators of the table: variables, groups, creation, and files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..attribute import AttrScope
from ..base import DTYPE_CODES, MXNetError, brief, to_torch_dtype
from ..ops.array import creation, indexing
from .arithmetic import FUNCTIONS
from .call import composed, written
from .graph import Entry, hidden_key, variable
from .methods import split_v2
from .symbol import Symbol
from .text import loads

__all__ = [
    "Group", "Variable", "arange", "eye", "full", "histogram", "linspace", "load", "load_json", "ones", "split_v2",
    "var", "zeros",
]  # fmt: skip
__all__.extend(FUNCTIONS)
globals().update(FUNCTIONS)

_STORAGE_TYPES = {"default": 0, "row_sparse": 1, "csr": 2}


def var(
    name: str,
    attr: Mapping[str, str] | None = None,
    shape: Sequence[int] | None = None,
    lr_mult: float | None = None,
    wd_mult: float | None = None,
    dtype: Any = None,
    init: Any = None,
    stype: str | None = None,
    profiler_scope: str | None = None,
    **kwargs: str,
) -> Symbol:
    """A value that comes from outside: data, a label, a parameter.

    Parameters
    ----------
    name : str
        what it is called
    attr : dict of str to str, optional
        its attributes
    shape : tuple of int, optional
        with 0 for lengths that are not known
    lr_mult, wd_mult : float, optional
        factors of the learning rate and of the weight decay
    dtype : str or NumPy dtype, optional
        of its elements
    init : Initializer or str, optional
        goes before the initializer a module is given
    stype : {'default', 'row_sparse', 'csr'}, optional
        how it is stored
    profiler_scope : str, optional
        kept as an attribute
    **kwargs : str
        attributes whose names begin and end with two underscores

    Raises
    ------
    TypeError
        the name is no string
    ValueError
        an attribute is no string, or has another name
    KeyError
        there is no such storage type

    Examples
    --------
    >>> mx.sym.Variable('weight', shape=(3, 4), lr_mult=2).attr('lr_mult')
    '2'
    """
    if not isinstance(name, str):
        raise TypeError(f"Variable: name={name!r}; expected a string")
    for key, value in (attr or {}).items():
        if not isinstance(value, str):
            raise ValueError(f"Variable {name}: attribute {key}={value!r}; expected a string")
    attributes = {hidden_key(key): value for key, value in AttrScope.current.get(attr).items()}
    if shape is not None:
        attributes["__shape__"] = str(shape)
    if lr_mult is not None:
        attributes["__lr_mult__"] = str(lr_mult)
    if wd_mult is not None:
        attributes["__wd_mult__"] = str(wd_mult)
    if dtype is not None:
        attributes["__dtype__"] = str(DTYPE_CODES[to_torch_dtype(dtype)])
    if init is not None:
        attributes["__init__"] = init if isinstance(init, str) else init.dumps()
    if stype is not None:
        if stype not in _STORAGE_TYPES:
            raise KeyError(f"Variable {name}: stype={stype!r}; expected one of {', '.join(_STORAGE_TYPES)}")
        attributes["__storage_type__"] = str(_STORAGE_TYPES[stype])
    if profiler_scope is not None:
        attributes["__profiler_scope__"] = profiler_scope
    for key, value in kwargs.items():
        if not (key.startswith("__") and key.endswith("__")):
            raise ValueError(f"Variable {name}: no argument {key!r}; other attributes are named like __{key}__")
        attributes[key] = str(value)
    return Symbol([Entry(variable(name, attributes))])


Variable = var


def Group(symbols: Sequence[Symbol], create_fn: Any = Symbol) -> Symbol:
    """One symbol of the outputs of several.

    Raises
    ------
    TypeError
        there are none, or one is no Symbol

    Examples
    --------
    >>> a, b = mx.sym.Variable('a'), mx.sym.Variable('b')
    >>> mx.sym.Group([mx.sym.relu(a, name='act'), b]).list_outputs()
    ['act_output', 'b']
    """
    symbols = list(symbols)
    if not symbols or any(not isinstance(each, Symbol) for each in symbols):
        raise TypeError(f"Group: {symbols!r}; expected a list of at least one Symbol")
    return create_fn([entry for each in symbols for entry in each._entries])


def load(fname: str) -> Symbol:
    """The symbol in a file that :meth:`Symbol.save` or MXNet wrote.

    Raises
    ------
    TypeError
        the name is no string
    MXNetError
        the file cannot be read, or is no graph
    """
    if not isinstance(fname, str):
        raise TypeError(f"load: fname={fname!r}; expected a string")
    try:
        if os.path.isdir(fname):
            raise MXNetError(f"load: {fname} is a folder")
        with open(fname, encoding="utf-8") as stream:
            text = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise MXNetError(f"load: {fname} cannot be read ({brief(error)})") from error
    try:
        return Symbol(loads(text))
    except MXNetError as error:
        raise MXNetError(f"load: {fname}: {error}") from error


def load_json(json_str: str) -> Symbol:
    """The symbol in a text that :meth:`Symbol.tojson` or MXNet made.

    Raises
    ------
    TypeError
        no string
    MXNetError
        the text is no graph, or one with operators that are not known
    """
    if not isinstance(json_str, str):
        raise TypeError(f"load_json: {json_str!r}; expected a string")
    return Symbol(loads(json_str))


def _created(function: Callable[..., Any], attributes: dict[str, Any], keywords: dict[str, Any]) -> Symbol:
    name, attr = keywords.pop("name", None), keywords.pop("attr", None)
    return composed(function, (), {**attributes, **keywords}, name, attr)


def _dtype(dtype: Any) -> Any:
    return "float32" if dtype is None else written(dtype)


def zeros(shape: Any, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Zeros of a shape, float32 unless told otherwise; ``name`` and ``attr`` as everywhere."""
    return _created(creation.zeros, {"shape": shape, "dtype": _dtype(dtype)}, kwargs)


def ones(shape: Any, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Ones of a shape, float32 unless told otherwise; ``name`` and ``attr`` as everywhere."""
    return _created(creation.ones, {"shape": shape, "dtype": _dtype(dtype)}, kwargs)


def full(shape: Any, val: float, dtype: Any = None, **kwargs: Any) -> Symbol:
    """One number everywhere, float32 unless told otherwise; ``name`` and ``attr`` as everywhere."""
    return _created(creation.full, {"shape": shape, "dtype": _dtype(dtype), "value": float(val)}, kwargs)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1.0,
    repeat: int = 1,
    infer_range: bool = False,
    name: str | None = None,
    dtype: Any = None,
) -> Symbol:
    """Numbers from ``start`` up to ``stop`` in steps, each `repeat` times; one bound alone is the upper one.

    Examples
    --------
    >>> mx.sym.arange(1, 4).eval()[0].asnumpy().tolist()
    [1.0, 2.0, 3.0]
    """
    attributes = {
        "start": start, "stop": stop, "step": step, "repeat": repeat, "infer_range": infer_range, "dtype": _dtype(dtype)
    }  # fmt: skip
    return _created(creation.arange, attributes, {"name": name})


def linspace(
    start: float, stop: float, num: int, endpoint: bool = True, name: str | None = None, dtype: Any = None
) -> Symbol:
    """`num` numbers at equal distances from ``start`` to ``stop``, the end included unless ``endpoint`` is False."""
    attributes = {"start": start, "stop": stop, "num": num, "endpoint": endpoint, "dtype": _dtype(dtype)}
    return _created(creation.linspace, attributes, {"name": name})


def eye(N: int, M: int = 0, k: int = 0, dtype: Any = None, **kwargs: Any) -> Symbol:
    """Ones on the `k`-th diagonal of an N by M matrix (M being N when 0), and zeros elsewhere."""
    return _created(creation.eye, {"N": N, "M": M, "k": k, "dtype": _dtype(dtype)}, kwargs)


def histogram(a: Symbol, bins: int | Symbol = 10, range: tuple[float, float] | None = None, **kwargs: Any) -> Symbol:
    """The counts of elements in bins, and the bins' edges.

    Parameters
    ----------
    a : Symbol
        the elements
    bins : int or Symbol
        the number of equal bins, which needs `range`, or their edges
    range : (float, float), optional
        the lowest and highest edge
    """
    name, attr = kwargs.pop("name", None), kwargs.pop("attr", None)
    if isinstance(bins, Symbol):
        return composed(indexing.histogram, (a, bins), kwargs, name, attr)
    if not isinstance(bins, int):
        raise ValueError(f"histogram: bins={bins!r}; expected an int or a Symbol of edges")
    if range is None:
        raise ValueError("histogram: range is not given; with a number of bins a symbol needs it")
    attributes = {"bin_cnt": bins, "range": range, **kwargs}
    return composed(indexing.histogram, (a,), attributes, name, attr)
