"""ONNX in: models of operator sets 7 to the current one as a Symbol with its parameters.

`files` opens a model without trusting it, `graph` goes through its nodes, `folding` computes what is known before the
graph runs, `operators` has a function for each operator of ONNX. Lengths that a model leaves open stay open where the
graph here can say so (`values`).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from ...base import MXNetError
from ...symbol import Group, Symbol
from ...util import np_shape
from . import operators
from .files import dtype_name_of, opened, opset_of, package
from .graph import Reader, dtype_of, refuse_unknown
from .table import READERS
from .values import DependsOnLength

__all__ = ["READERS", "dtype_name_of", "input_shapes", "opened", "operators", "output_shapes", "read"]

#: lengths tried for axes that a model leaves open and nobody gives: of the first axis, of an image's sides, of others
_FIRST, _SIDE, _OTHER = (2, 3), (224, 256), (16, 24)


def read(
    model: Any, shapes: Mapping[str, Sequence[int]] | None = None
) -> tuple[Symbol, dict[str, Any], dict[str, Any]]:
    """A model as a graph and its parameters.

    Parameters
    ----------
    model : onnx.ModelProto
    shapes : dict of str to tuple of int, optional
        of inputs, by name (one under "" is that of the only input), where the model leaves lengths open

    Returns
    -------
    symbol : Symbol
    arguments, states : dict of str to NDArray

    Raises
    ------
    MXNetError
        operators, an operator set or attributes that are not read (all operators at once), a graph that is none, or
        shapes that have to be given
    """
    opset = opset_of(model)
    if model.functions:
        model = package().inliner.inline_local_functions(model)
    refuse_unknown(model)
    given = _by_name(model, shapes or {})
    with np_shape(False):
        try:
            return _read(model, opset, given, open_lengths=True)
        except DependsOnLength as error:
            found = _read(model, opset, given, open_lengths=False)
            taken = ", ".join(f"{name} {shape}" for name, shape in _taken(model, given).items())
            if taken:
                warnings.warn(
                    f"{error}: lengths that the model leaves open are those of {taken}; give others as shapes",
                    stacklevel=2,
                )
            return found


def _taken(model: Any, given: Mapping[str, Sequence[int]]) -> dict[str, tuple[int, ...]]:
    """The shapes that inputs with open lengths get where nobody gives them."""
    named: dict[str, tuple[int, int]] = {}
    known = {each.name for each in model.graph.initializer}
    infos = [each for each in model.graph.input if each.name not in known]
    found = {each.name: _lengths(each, given.get(each.name), named, False)[0] for each in infos}
    shapes = input_shapes(model)
    return {name: shape for name, shape in found.items() if name not in given and shape != shapes[name]}


def _by_name(model: Any, shapes: Mapping[str, Sequence[int]]) -> dict[str, Sequence[int]]:
    names = list(input_shapes(model))
    found = dict(shapes)
    if "" in found:
        if len(names) != 1:
            raise MXNetError(f"a shape without a name is given, and the inputs are {', '.join(names) or 'none'}")
        found[names[0]] = found.pop("")
    for name in found:
        if name not in names:
            raise MXNetError(f"the model has no input {name!r}; it has {', '.join(names) or 'none'}")
    return found


def _read(
    model: Any, opset: int, shapes: Mapping[str, Sequence[int]], open_lengths: bool
) -> tuple[Symbol, dict[str, Any], dict[str, Any]]:
    graph = model.graph
    reader = Reader(opset)
    reader.wanted = {name for node in graph.node for name in node.input} | {each.name for each in graph.output}
    named: dict[str, tuple[int, int]] = {}
    known = {each.name for each in graph.initializer}
    for each in graph.input:
        if each.name in known:
            continue
        pair = _lengths(each, shapes.get(each.name), named, open_lengths)
        reader.input(each.name, dtype_of(each), pair)
    try:
        reader.run(graph)
    except DependsOnLength as error:
        if open_lengths:
            raise
        raise MXNetError(str(error)) from error
    if not graph.output:
        raise MXNetError("the model has no outputs")
    missing = [each.name for each in graph.output if each.name not in reader.values]
    if missing:
        raise MXNetError(f"the output {missing[0]!r} is given by nothing")
    outputs = [reader.output(reader.values[each.name]) for each in graph.output]
    symbol = outputs[0] if len(outputs) == 1 else Group(outputs)
    there = set(symbol.list_inputs())
    arguments = {name: array for name, array in reader.arguments.items() if name in there}
    states = {name: array for name, array in reader.states.items() if name in there}
    return symbol, arguments, states


def _lengths(
    info: Any, given: Sequence[int] | None, named: dict[str, tuple[int, int]], open_lengths: bool
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """An input's shape, with two numbers for each length that is open."""
    tensor = info.type.tensor_type
    if not tensor.HasField("shape"):
        if given is None:
            raise MXNetError(f"the input {info.name} has no shape; give it")
        return tuple(given), tuple(given)
    declared = list(tensor.shape.dim)
    if given is not None and len(given) != len(declared):
        raise MXNetError(f"the input {info.name} has {len(declared)} axes; {tuple(given)} has {len(given)}")
    found = []
    for place, each in enumerate(declared):
        if each.HasField("dim_value") and each.dim_value > 0:
            if given is not None and given[place] != each.dim_value:
                raise MXNetError(
                    f"axis {place} of the input {info.name} has the length {each.dim_value}, not {given[place]}"
                )
            found.append((each.dim_value, each.dim_value))
            continue
        if each.dim_param and each.dim_param in named and given is None:
            found.append(named[each.dim_param])
            continue
        guess = _FIRST if not place else _SIDE if len(declared) == 4 and place > 1 else _OTHER
        if given is None:
            pair = guess if open_lengths else (1 if not place else guess[0],) * 2
        else:
            pair = (given[place], given[place] + guess[1] - guess[0] if open_lengths else given[place])
        if each.dim_param:
            named[each.dim_param] = pair
        found.append(pair)
    return tuple(one for one, _ in found), tuple(other for _, other in found)


def _shapes(model: Any, infos: Any) -> dict[str, tuple[int, ...]]:
    return {
        each.name: tuple(dim.dim_value if dim.HasField("dim_value") else 0 for dim in each.type.tensor_type.shape.dim)
        for each in infos
    }


def input_shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """The inputs of a model and their shapes, 0 for a length that is open."""
    known = {each.name for each in model.graph.initializer}
    return _shapes(model, [each for each in model.graph.input if each.name not in known])


def output_shapes(model: Any) -> dict[str, tuple[int, ...]]:
    """The outputs of a model and their shapes, 0 for a length that is open."""
    return _shapes(model, model.graph.output)
