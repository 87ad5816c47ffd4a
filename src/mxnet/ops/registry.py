"""The operator table: how an operator is declared, and what the front ends derive from a declaration.

An operator is a pure function over ``torch.Tensor``. Its positional parameters are array inputs, its keyword-only
parameters are attributes; from their annotations come parsing, validation, error texts and signatures. Arrays,
recording and contexts belong to the front ends (:mod:`mxnet.ndarray.invoke`).
"""

from __future__ import annotations

import ast
import functools
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, Union

import numpy as np
import torch

from ..base import MXNetError, _Null, to_torch_dtype

__all__ = [
    "OPERATORS", "Attribute", "Axis", "Bounds", "DType", "Device", "Floats", "Input", "OpSpec", "Rng", "Scalar",
    "Shape", "Training", "describe", "namespace_of", "operator", "unchanged",
]  # fmt: skip

# --- annotations of attributes ------------------------------------------------------------------------------------

#: a tuple of integers; a single integer and texts such as "(2, 3)" are taken too
Shape = tuple[int, ...]
#: None, one axis or several
Axis = Union[None, int, tuple[int, ...]]  # noqa: UP007 - compared by identity with get_type_hints' result
#: a tuple of floats; a single number is taken too
Floats = tuple[float, ...]
#: a tuple of integers or None, as in a slice's bounds
Bounds = tuple[Union[int, None], ...]  # noqa: UP007
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

_INJECTED = {Training: "training", Rng: "rng", Device: "device"}
_REQUIRED = inspect.Parameter.empty


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
        except (ValueError, SyntaxError):
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


def _parse_bounds(value: Any) -> Bounds:
    return tuple(None if element is None else _parse_int(element) for element in _elements(value))


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
        return self.default is _REQUIRED

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


class Input(typing.NamedTuple):
    """One array input of an operator."""

    name: str
    required: bool


class OpSpec:
    """An operator as the front ends see it.

    Attributes
    ----------
    name, aliases : MXNet's names for it
    function : the pure function over tensors
    inputs : the array inputs in order; with ``variadic`` the last stands for any number
    attributes : name to :class:`Attribute`, in MXNet's order
    params : rule(shapes, attributes) -> {input: shape} for learnable inputs, or None
    aux : inputs that are states; the function returns their new values after its outputs
    same_dtype : whether inputs of different dtypes are an error
    view : whether the function may return its input or a view of it
    stage : rule(attributes) -> what a call is in a chain of mxnet.kernels, or None
    shape : rule(shapes, attributes) -> the shape of the output, or None
    plain : whether a call is its function on the inputs' tensors and nothing more
    """

    __slots__ = (
        "aliases", "attributes", "aux", "defaults", "function", "input_names", "inputs", "name", "num_outputs",
        "params", "plain", "required", "same_dtype", "shape", "stage", "takes_device", "takes_rng", "takes_training",
        "variadic", "view",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        aliases: tuple[str, ...],
        function: Callable[..., Any],
        params: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Shape]] | None,
        aux: tuple[str, ...],
        same_dtype: bool,
        num_outputs: int | Callable[[Mapping[str, Any]], int],
        view: bool,
        stage: Callable[[Mapping[str, Any]], Any] | None,
        shape: Callable[[Sequence[Shape], Mapping[str, Any]], Shape | None] | None = None,
    ) -> None:
        self.name, self.aliases, self.function, self.view, self.stage = name, aliases, function, view, stage
        self.params, self.aux, self.same_dtype, self.num_outputs = params, aux, same_dtype, num_outputs
        self.shape = shape
        hints = typing.get_type_hints(function, include_extras=True)
        inputs, attributes, injected, self.variadic = [], {}, set(), False
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.VAR_POSITIONAL:
                self.variadic = True
                inputs.append(Input(parameter.name, False))
            elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
                inputs.append(Input(parameter.name, parameter.default is _REQUIRED))
            elif parameter.kind is parameter.KEYWORD_ONLY:
                annotation = hints.get(parameter.name)
                # Python 3.10 reads a default of None into the annotation: Device becomes Optional[Device]
                kinds = {annotation, *typing.get_args(annotation)} & _INJECTED.keys()
                if kinds:
                    injected.add(_INJECTED[kinds.pop()])
                else:
                    attributes[parameter.name] = Attribute(name, parameter.name, annotation, parameter.default)
            else:
                raise TypeError(f"{name}: parameter {parameter.name} of the function is of a kind without use here")
        self.inputs = tuple(inputs)
        self.input_names = tuple(item.name for item in inputs)
        self.attributes = attributes
        self.required = frozenset(item.name for item in attributes.values() if item.required)
        self.defaults = {item.name: item.default for item in attributes.values() if not item.required}
        self.takes_training = "training" in injected
        self.takes_rng = "rng" in injected
        self.takes_device = "device" in injected
        self.plain = not (injected or aux or view or stage)

    def __repr__(self) -> str:
        return f"<operator {self.name}>"

    @property
    def doc(self) -> str:
        """The docstring of the function."""
        return _documentation(self)

    def parse(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of a call, parsed; defaults are left to the function.

        Raises
        ------
        MXNetError
            an unknown name, a value that does not fit, a required attribute missing
        """
        parsed = {}
        known = self.attributes
        for name, value in attributes.items():
            attribute = known.get(name)
            if attribute is None:
                if self.variadic and name == "num_args":
                    continue
                names = ", ".join(known) or "none"
                raise MXNetError(f"{self.name}: no attribute {name!r}; it takes {names}")
            if type(value) in attribute.ready:
                parsed[name] = value
            elif value is not _Null:
                parsed[name] = attribute.parse(value, self.name)
        if self.required and not self.required <= parsed.keys():
            missing = sorted(self.required - parsed.keys())
            kind = known[missing[0]].expected
            raise MXNetError(f"{self.name}: required attribute {missing[0]!r} ({kind}) is not given")
        return parsed

    def signature(self) -> inspect.Signature:
        """What ``help()`` shows for the array functions."""
        return _signature(self)


# An operator has several names, and each name a function in several namespaces: both are made once.


@functools.cache
def _documentation(spec: OpSpec) -> str:
    return inspect.getdoc(spec.function) or ""


@functools.cache
def _signature(spec: OpSpec) -> inspect.Signature:
    kind = inspect.Parameter
    parameters = []
    for item in spec.inputs:
        if spec.variadic and item is spec.inputs[-1]:
            parameters.append(kind(item.name, kind.VAR_POSITIONAL))
        else:
            default = _REQUIRED if item.required else None
            parameters.append(kind(item.name, kind.POSITIONAL_OR_KEYWORD, default=default))
    attribute_kind = kind.KEYWORD_ONLY if spec.variadic or spec.required else kind.POSITIONAL_OR_KEYWORD
    for attribute in spec.attributes.values():
        parameters.append(kind(attribute.name, attribute_kind, default=attribute.default))
    for name in ("out", "name"):
        parameters.append(kind(name, kind.KEYWORD_ONLY, default=None))
    return inspect.Signature(parameters)


#: every name of every operator, aliases included
OPERATORS: dict[str, OpSpec] = {}


def operator(
    name: str,
    *aliases: str,
    params: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Shape]] | None = None,
    aux: tuple[str, ...] = (),
    same_dtype: bool = False,
    num_outputs: int | Callable[[Mapping[str, Any]], int] = 1,
    view: bool = False,
    stage: Callable[[Mapping[str, Any]], Any] | None = None,
    shape: Callable[[Sequence[Shape], Mapping[str, Any]], Shape | None] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an operator under MXNet's name and aliases.

    Parameters
    ----------
    name, aliases : str
        MXNet's canonical name and its other names
    params : callable(shapes, attributes) -> dict
        for operators with learnable inputs: the shapes of those inputs, from a mapping of input name to known shape
        (None where unknown) and a mapping of all attributes, defaults filled in
    aux : tuple of str
        inputs that are states; the function returns (outputs..., new states...), and the caller writes the states back
        where they are not the very tensors it passed in
    same_dtype : bool
        inputs of different dtypes raise
    num_outputs : int or callable(attributes) -> int
        how many outputs a call shows
    view : bool
        the function may return its input or a view of it; the caller copies where two arrays would share memory that
        MXNet's do not share (a recorded result cannot be assigned to, and needs no copy)
    stage : callable(attributes) -> Convolve, Pool, name of an activation or None
        what a call with these attributes (all of them, defaults filled in) is in a chain of :mod:`mxnet.kernels`; None
        where a chain cannot hold it
    shape : callable(shapes, attributes) -> shape
        the shape of the first output from those of all inputs and all attributes, or None where the function itself has
        to be asked, as where it would refuse them. The function on the meta device says the same; only, the first time
        torch loads seconds of Python for it, which the operators of ordinary networks so go without

    Returns
    -------
    callable
        a decorator that registers the function and returns it unchanged
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        spec = OpSpec(name, aliases, function, params, aux, same_dtype, num_outputs, view, stage, shape)
        for each in (name, *aliases):
            if each in OPERATORS:
                raise ValueError(f"operator {each} is declared twice: {OPERATORS[each].function} and {function}")
            OPERATORS[each] = spec
        return function

    return register


_PREFIXES = {
    "_contrib_": "contrib",
    "_linalg_": "linalg",
    "_sparse_": "sparse",
    "_image_": "image",
    "_random_": "random",
    "_npx_": "npx",
    "_npi_": "np",
    "_np_": "np",
}


def namespace_of(name: str) -> tuple[str, str]:
    """The namespace and public name behind a canonical name: ``_contrib_box_nms`` gives (contrib, box_nms)."""
    for prefix, namespace in _PREFIXES.items():
        if name.startswith(prefix):
            return namespace, name[len(prefix) :]
    return ("_internal", name) if name.startswith("_") else ("", name)


def unchanged(shapes: Sequence[Shape], attributes: Mapping[str, Any]) -> Shape | None:
    """The rule for the shape of an output that has the first input's."""
    return shapes[0]


def describe(tensor: torch.Tensor | None) -> str:
    """A tensor's shape and dtype in an error message."""
    if tensor is None:
        return "none"
    return f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}"
