"""Attributes of operators: the annotations a declaration uses, and how what a call or a file gives is parsed."""

from __future__ import annotations

import ast
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Union

import numpy as np
import torch

from ..base import MXNetError, to_torch_dtype, upper

__all__ = [
    "INJECTED",
    "REQUIRED",
    "Attribute",
    "Axis",
    "Bounds",
    "DType",
    "Device",
    "Floats",
    "Graphs",
    "Made",
    "Pairs",
    "Rng",
    "Scalar",
    "Shape",
    "Store",
    "Subgraph",
    "Texts",
    "Training",
    "Place",
]

# --- annotations of attributes ------------------------------------------------------------------------------------

#: a tuple of integers; a single integer and texts such as "(2, 3)" are taken too
Shape = tuple[int, ...]
#: None, one axis or several
Axis = Union[None, int, tuple[int, ...]]  # noqa: UP007 - compared by identity with get_type_hints' result
#: a tuple of floats; a single number is taken too
Floats = tuple[float, ...]
#: a tuple of integers or None, as in a slice's bounds
Bounds = tuple[Union[int, None], ...]  # noqa: UP007
#: a tuple of integers, which may stand in pairs; arrives without them
Pairs = Annotated[tuple[int, ...], "pairs"]
#: a tuple of texts; a single text that is written as no tuple stands for itself
Texts = tuple[str, ...]
#: a graph that the operator holds: a Symbol, or its JSON; arrives as a Symbol
Subgraph = Annotated[Any, "subgraph"]
#: a dtype by any of its names; arrives as torch.dtype or None
DType = Annotated[Any, "dtype"]
#: a number that keeps its kind: int stays int, float stays float
Scalar = Annotated[float, "scalar"]

# injected by the caller, not attributes of the operator
#: True while autograd.is_training()
Training = Annotated[bool, "training"]
#: the random streams of the output's context, see mxnet.streams
Rng = Annotated[Any, "rng"]
#: the torch device of the output's context
Device = Annotated[Any, "device"]

#: the graphs of a node, as callables over tensors
Graphs = Annotated[Any, "graphs"]
#: what the operator's rule of kind "made" makes of the attributes, once for a node
Made = Annotated[Any, "made"]
#: the context of the call, which the operator hands on and does not look into
Place = Annotated[Any, "context"]
#: a dictionary that stays with a node of a graph that is bound once, and None for all other calls
Store = Annotated[Any, "store"]

#: annotation -> name of what the caller puts in
INJECTED = {
    Training: "training", Rng: "rng", Device: "device", Graphs: "graphs", Made: "made", Place: "context",
    Store: "store",
}  # fmt: skip
#: in the place of a default where there is none
REQUIRED = inspect.Parameter.empty


class _Unparsable(ValueError):
    """A value does not fit an attribute's kind."""


# --- parsing ------------------------------------------------------------------------------------------------------


def _parse_int(value: Any) -> int:
    if isinstance(value, (int, np.integer, np.bool_)):
        return int(value)
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            if value in ("True", "False"):
                return int(value == "True")
    raise _Unparsable


def _parse_float(value: Any) -> float:
    if isinstance(value, (int, float, np.number, np.bool_)):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            pass
    raise _Unparsable


def _parse_scalar(value: Any) -> float:
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (np.number, np.bool_)):
        return value.item()
    if isinstance(value, str):
        try:
            return _parse_int(value)
        except _Unparsable:
            return _parse_float(value)
    raise _Unparsable


_TRUTH = {"True": True, "true": True, "1": True, "False": False, "false": False, "0": False}


def _parse_bool(value: Any) -> bool:
    if isinstance(value, (bool, int, np.bool_, np.integer)):
        return bool(value)
    if isinstance(value, str) and value in _TRUTH:
        return _TRUTH[value]
    raise _Unparsable


def _parse_str(value: Any) -> str:
    return str(value)


def _elements(value: Any) -> Sequence[Any]:
    """The elements of what stands for a tuple."""
    if isinstance(value, str):
        try:
            value = ast.literal_eval(value.strip().replace("L", ""))
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            raise _Unparsable from None
    if isinstance(value, (tuple, list)):
        return value
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return value.tolist()
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        return (value,)
    raise _Unparsable


def _parse_shape(value: Any) -> Shape:
    if type(value) is tuple:
        for element in value:
            if type(element) is not int:
                break
        else:
            return value
    return tuple(_parse_int(element) for element in _elements(value))


def _parse_axis(value: Any) -> Axis:
    if value is None or type(value) is int:
        return value
    if isinstance(value, (str, int, np.integer)):
        try:
            return _parse_int(value)
        except _Unparsable:
            if value == "None":
                return None
    if isinstance(value, (tuple, list, str)):
        return _parse_shape(value)
    raise _Unparsable


def _parse_floats(value: Any) -> Floats:
    return tuple(_parse_float(element) for element in _elements(value))


def _parse_pairs(value: Any) -> Shape:
    found: list[int] = []
    for element in _elements(value):
        found += map(_parse_int, element) if isinstance(element, (tuple, list)) else [_parse_int(element)]
    return tuple(found)


def _parse_bounds(value: Any) -> Bounds:
    if value is None or (isinstance(value, str) and value == "None"):
        return ()
    return tuple(None if element is None else _parse_int(element) for element in _elements(value))


def _parse_texts(value: Any) -> Texts:
    if isinstance(value, str):
        try:
            read = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            read = value
        value = read if isinstance(read, (tuple, list)) else (value,)
    if isinstance(value, (tuple, list)) and all(isinstance(element, str) for element in value):
        return tuple(value)
    raise _Unparsable


def _parse_subgraph(value: Any) -> Any:
    if isinstance(value, upper("sym.Symbol")):
        return value
    if isinstance(value, str):
        return upper("sym.load_json")(value)
    raise _Unparsable


def _parse_dtype(value: Any) -> torch.dtype | None:
    if value is None or value == "None":
        return None
    if isinstance(value, str) and not value:
        return None
    return to_torch_dtype(value)


_PARSERS: dict[Any, tuple[Callable[[Any], Any], str, tuple[type, ...]]] = {
    # annotation: (parser, what is expected, the types that need no parsing)
    int: (_parse_int, "int", (int,)),
    float: (_parse_float, "float", (float,)),
    bool: (_parse_bool, "bool", (bool,)),
    str: (_parse_str, "str", (str,)),
    Shape: (_parse_shape, "tuple of int", ()),
    Axis: (_parse_axis, "int, tuple of int or None", (int, type(None))),
    Floats: (_parse_floats, "tuple of float", ()),
    Bounds: (_parse_bounds, "tuple of int or None", ()),
    Pairs: (_parse_pairs, "tuple of int, or of pairs of them", ()),
    Texts: (_parse_texts, "tuple of str", ()),
    Subgraph: (_parse_subgraph, "Symbol", ()),
    DType: (_parse_dtype, "dtype", (torch.dtype, type(None))),
    Scalar: (_parse_scalar, "number", (int, float)),
}


class Attribute:
    """One attribute of an operator: its name, kind, default and parser."""

    __slots__ = ("annotation", "choices", "default", "expected", "name", "optional", "parser", "ready")

    def __init__(self, operator_name: str, name: str, annotation: Any, default: Any) -> None:
        self.name, self.annotation, self.default = name, annotation, default
        self.optional = default is None
        self.choices: tuple[Any, ...] | None = None
        self.ready: frozenset[type] = frozenset()
        if annotation not in _PARSERS and typing.get_origin(annotation) in (Union, types.UnionType):
            members = [member for member in typing.get_args(annotation) if member is not type(None)]
            if len(members) == 1:
                annotation, self.optional = members[0], True
        if typing.get_origin(annotation) is Literal:
            self.choices = typing.get_args(annotation)
            kinds = {type(choice) for choice in self.choices}
            parser = _PARSERS[kinds.pop()][0] if len(kinds) == 1 else _parse_scalar
            self.parser = parser
            self.expected = "one of " + ", ".join(repr(choice) for choice in self.choices)
        elif annotation in _PARSERS:
            self.parser, self.expected, ready = _PARSERS[annotation]
            self.ready = frozenset(ready)
        else:
            raise TypeError(f"{operator_name}: attribute {name} has the annotation {annotation!r}, which has no parser")
        if self.optional and "None" not in self.expected:
            self.expected += " or None"

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        return self.default is REQUIRED

    def parse(self, value: Any, operator_name: str) -> Any:
        """The attribute's value from what a call or a saved graph holds.

        Raises
        ------
        MXNetError
            the value does not fit
        """
        if self.optional and (value is None or (isinstance(value, str) and value == "None")):
            return None
        try:
            parsed = self.parser(value)
            if self.choices is not None and parsed not in self.choices:
                raise _Unparsable
        except _Unparsable:
            raise MXNetError(f"{operator_name}: {self.name}={value!r}; expected {self.expected}") from None
        return parsed
