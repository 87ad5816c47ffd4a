"""Functions of arrays and symbols that cast what they are given, put in the places of those that do not."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ... import ndarray, symbol
from ...base import same_dtype
from ...ndarray import NDArray
from ...ndarray.arithmetic import METHODS
from ...symbol import Symbol
from ...symbol.graph import state_names

__all__ = ["cast_by_lists"]

_Cast = Callable[[Any], Any]


def cast_by_lists(
    lower: Any,
    lower_ops: Iterable[str],
    fp32_ops: Iterable[str],
    conditional: Sequence[tuple[str, str, Sequence[str]]],
    widest: Iterable[str],
    losses: Iterable[str],
) -> None:
    """Have the functions of ``mx.nd`` and ``mx.sym``, and the signs between arrays, cast their inputs.

    Parameters
    ----------
    lower : dtype
        float16 or bfloat16
    lower_ops, fp32_ops, conditional, widest, losses
        the lists of operators
    """
    for package in (ndarray, symbol):
        places = _places(package)
        for name in lower_ops:
            _replace(places, name, lambda function: _casting(function, _to(lower, lower)))
        for name in fp32_ops:
            _replace(places, name, lambda function: _casting(function, _to("float32", lower)))
        for name, attribute, values in conditional:
            _replace(places, name, functools.partial(_casting_if, attribute, tuple(values), _to("float32", lower)))
        for name in widest:
            _replace(places, name, functools.partial(_widening, package, lower))
        for name in losses:
            _replace(places, name, functools.partial(_warning, name))
    for name in METHODS:
        setattr(NDArray, name, _widening_sign(getattr(NDArray, name), lower))


def _places(package: Any) -> list[tuple[dict[str, Any], str]]:
    """Every namespace of a package, and what the names of its operators begin with."""
    kinds = {"": package, "op": package.op, "_internal": package._internal}
    kinds |= {kind: getattr(package, kind) for kind in ("contrib", "linalg", "image", "random", "sparse")}
    prefixes = {"": "", "op": "", "_internal": "_"}
    return [(vars(module), prefixes.get(kind, f"_{kind}_")) for kind, module in kinds.items()]


def _replace(places: Sequence[tuple[dict[str, Any], str]], name: str, changed: Callable[[Any], Any]) -> None:
    """Put a changed function in all places where an operator has one."""
    for space, prefix in places:
        for its_name in {name, name[len(prefix) :]} if name.startswith(prefix) else {name}:
            function = space.get(its_name)
            if inspect.isfunction(function):
                space[its_name] = functools.wraps(function)(changed(function))


def _takes_part(array: NDArray, lower: Any) -> bool:
    """Whether an array is cast: those in float32, and in the lower dtype that its device computes quickly in."""
    if same_dtype(array.dtype, "float32"):
        return True
    own = "bfloat16" if array.context.device_type == "cpu" else "float16"
    return same_dtype(array.dtype, own)


def _to(dtype: Any, lower: Any) -> _Cast:
    def cast(value: Any) -> Any:
        if isinstance(value, Symbol):
            return symbol.amp_cast(value, dtype=dtype)
        if isinstance(value, NDArray) and not same_dtype(value.dtype, dtype) and _takes_part(value, lower):
            return ndarray.amp_cast(value, dtype=dtype)
        return value

    return cast


def _each(cast: _Cast, value: Any) -> Any:
    return [cast(each) for each in value] if isinstance(value, (list, tuple)) else cast(value)


def _casting(function: Any, cast: _Cast) -> Any:
    def called(*args: Any, **kwargs: Any) -> Any:
        out = kwargs.pop("out", None)
        kept = {} if out is None else {"out": out}
        result = function(
            *[_each(cast, each) for each in args], **{key: _each(cast, each) for key, each in kwargs.items()}, **kept
        )
        if isinstance(result, Symbol):
            _cast_made(result, cast)
        return result

    return called


def _cast_made(result: Symbol, cast: _Cast) -> None:
    """Cast the variables that a function made for inputs that were not given."""
    node = result._entries[0].node
    states = state_names(node)
    for place, each in enumerate(node.inputs):
        if each.node.op is None and not any(each.node.name.endswith(f"_{name}") for name in states):
            node.inputs[place] = cast(Symbol([each]))._entries[0]


def _casting_if(attribute: str, values: tuple[str, ...], cast: _Cast, function: Any) -> Any:
    casting = _casting(function, cast)

    def called(*args: Any, **kwargs: Any) -> Any:
        return (casting if kwargs.get(attribute) in values else function)(*args, **kwargs)

    return called


def _widening(package: Any, lower: Any, function: Any) -> Any:
    def called(*args: Any, **kwargs: Any) -> Any:
        listed = len(args) == 1 and isinstance(args[0], (list, tuple))
        given = list(args[0] if listed else args)
        named = {key: each for key, each in kwargs.items() if key != "out" and isinstance(each, (NDArray, Symbol))}
        arrays = [each for each in given if isinstance(each, (NDArray, Symbol))] + list(named.values())
        if len(arrays) > 1 and _differ(arrays, lower):
            wide = iter(package.amp_multicast(*arrays, num_outputs=len(arrays)))
            given = [next(wide) if isinstance(each, (NDArray, Symbol)) else each for each in given]
            kwargs = {**kwargs, **{key: next(wide) for key in named}}
        return function(*([given] if listed else given), **kwargs)

    return called


def _differ(arrays: Sequence[Any], lower: Any) -> bool:
    """Whether arrays may be of several dtypes, all of which take part."""
    if any(isinstance(each, Symbol) for each in arrays):
        return True
    return all(_is_float(each) for each in arrays) and any(
        not same_dtype(each.dtype, arrays[0].dtype) for each in arrays
    )


def _is_float(array: NDArray) -> bool:
    return any(same_dtype(array.dtype, each) for each in ("float32", "float16", "bfloat16"))


def _widening_sign(method: Any, lower: Any) -> Any:
    @functools.wraps(method)
    def called(self: NDArray, other: Any) -> Any:
        if isinstance(other, NDArray) and _differ([self, other], lower):
            self, other = ndarray.amp_multicast(self, other, num_outputs=2)
        return method(self, other)

    return called


def _warning(name: str, function: Any) -> Any:
    def called(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(each, Symbol) for each in (*args, *kwargs.values())):
            logging.warning("%s does not support dynamic loss scaling in symbolic and hybridized execution.", name)
        return function(*args, **kwargs)

    return called
