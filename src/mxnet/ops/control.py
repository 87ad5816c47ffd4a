"""Control flow: operators that hold graphs and run them.

A node of one of them holds as many graphs as its declaration says. The function gets them as ``graphs``: callables that
take the tensors of the graph's variables, in order, and return its outputs; ``told`` of each says the shapes and dtypes
of its outputs for such tensors without running it, ``layers`` what operators are in it. The ``wires`` rule tells which
of the node's inputs each variable is; without one they are the first inputs, in order, and the states among them are
the node's. The rules of shapes and dtypes find under ``graphs`` what inference knows of each graph
(:class:`mxnet.ops.graphs.Held`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..base import MXNetError
from . import host
from .dtype_rules import Kinds
from .registry import Graphs, Shape, operator
from .shape_rules import UNKNOWN, Partial, Partials, merged

__all__ = ["cond", "foreach", "while_loop"]


def _outputs(attributes: Mapping[str, Any]) -> int:
    return attributes["num_outputs"]


def _chosen(values: Sequence[Any], wires: Sequence[int]) -> list[Any]:
    """Of values for a node's inputs those for the variables of one of its graphs."""
    return [values[place] for place in wires]


def _spread(found: list[Any], told: Sequence[Any], wires: Sequence[int]) -> None:
    """Note for a node's inputs what is told of the variables of one of its graphs."""
    for place, each in zip(wires, told):
        if found[place] is None:
            found[place] = each


def _counted(results: list[Any], count: int, name: str) -> list[Any]:
    """The outputs of a graph, of which there must be a certain number."""
    if len(results) != count:
        raise MXNetError(f"{name}: a graph has {len(results)} outputs; expected {count}")
    return results


def _number(value: torch.Tensor, name: str) -> bool:
    """Whether the one element of a condition is something other than 0."""
    if value.numel() != 1:
        raise MXNetError(f"{name}: the condition has shape {tuple(value.shape)}; expected a single element")
    return bool(value.item())


# --- foreach --------------------------------------------------------------------------------------------------------


def _wires_of_foreach(attributes: Mapping[str, Any]) -> list[list[int]]:
    """Each input says which variable it is, where it is the other way for the others."""
    count = attributes["num_outputs"] - attributes["num_out_data"]
    if len(attributes["in_state_locs"]) != count:
        raise MXNetError(
            f"_foreach: in_state_locs={attributes['in_state_locs']}; expected {count} places, of the states"
        )
    places = [*attributes["in_data_locs"], *attributes["in_state_locs"], *attributes["remain_locs"]]
    inputs = {place: number for number, place in enumerate(places)}
    return [[inputs[place] for place in range(len(places)) if place in inputs]]


def _element(shape: Partial) -> Partial:
    return shape[1:] if shape else None


def _foreach_shapes(inputs: Partials, attributes: Mapping[str, Any]) -> tuple[list[Partial], list[Partial]]:
    """The shapes of inputs and outputs, as the graph's tell them."""
    (graph,), (wires,) = attributes["graphs"], _wires_of_foreach(attributes)
    count, stacked = len(attributes["in_data_locs"]), attributes["num_out_data"]
    states = range(count, count + len(attributes["in_state_locs"]))
    given = [_element(shape) if place < count else shape for place, shape in enumerate(inputs)]
    lengths = {shape[0] for shape in inputs[:count] if shape}
    if any(shape == () for shape in inputs[:count]) or len(lengths - {UNKNOWN}) > 1:
        shown = ", ".join(map(str, inputs[:count]))
        raise MXNetError(f"_foreach: the data have shapes {shown}; expected one length of the first axis")
    length = max(lengths, default=UNKNOWN)
    variables, outputs = graph.shapes(_chosen(given, wires))
    for place, shape in zip(states, outputs[stacked:]):  # a state has the shape of the next
        given[place] = merged([given[place], shape])
    if any(shape is not None for shape in outputs[stacked:]):
        variables, outputs = graph.shapes(_chosen(given, wires))
    _spread(given, variables, wires)
    told = [shape if place >= count or shape is None else (length, *shape) for place, shape in enumerate(given)]
    ends = [merged([given[place], shape]) for place, shape in zip(states, outputs[stacked:])]
    return told, [None if shape is None else (length, *shape) for shape in outputs[:stacked]] + ends


def _foreach_dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    (graph,), (wires,) = attributes["graphs"], _wires_of_foreach(attributes)
    variables, found = graph.dtypes(_chosen(inputs, wires))
    told = list(inputs)
    _spread(told, variables, wires)
    return told, found


@operator(
    "_foreach",
    num_outputs=_outputs,
    view=True,
    graphs=1,
    rules={
        "inputs": lambda inputs, outputs, attributes: _foreach_shapes(inputs, attributes)[0],
        "outputs": lambda inputs, attributes: _foreach_shapes(inputs, attributes)[1],
        "dtype": _foreach_dtypes,
        "wires": _wires_of_foreach,
    },
)
def foreach(
    *data: torch.Tensor,
    num_outputs: int,
    num_out_data: int,
    in_state_locs: Shape,
    in_data_locs: Shape,
    remain_locs: Shape,
    graphs: Graphs = (),
) -> Any:
    """A graph run for every element along the first axis, with states handed from one to the next.

    Parameters
    ----------
    data : NDArray
        what is gone through, then the states, then what is the same every time
    num_outputs, num_out_data : int
        how many outputs there are, and how many of them are stacked; the rest are the last states
    in_data_locs, in_state_locs, remain_locs : tuple of int
        which variable of the graph each input is

    Raises
    ------
    MXNetError
        the data are not of one length, or of length 0
    """
    attributes = {
        "in_state_locs": in_state_locs, "in_data_locs": in_data_locs, "remain_locs": remain_locs,
        "num_outputs": num_outputs, "num_out_data": num_out_data,
    }  # fmt: skip
    (graph,), (wires,) = graphs, _wires_of_foreach(attributes)
    count, states = len(in_data_locs), len(in_state_locs)
    lengths = {tuple(each.shape[:1]) for each in data[:count]}
    if len(lengths) != 1 or lengths <= {(), (0,)}:
        shown = ", ".join(str(tuple(each.shape)) for each in data[:count])
        raise MXNetError(f"_foreach: the data have shapes {shown}; expected one length of the first axis, at least 1")
    values, stacked = list(data), []
    for elements in zip(*(each.unbind(0) for each in data[:count])):
        values[:count] = elements
        results = _counted(graph(*_chosen(values, wires)), num_outputs, "_foreach")
        stacked.append(results[:num_out_data])
        values[count : count + states] = results[num_out_data:]
    return [torch.stack(each) for each in zip(*stacked)] + values[count : count + states]


# --- while_loop -----------------------------------------------------------------------------------------------------


def _wires_of_while_loop(attributes: Mapping[str, Any]) -> list[list[int]]:
    own, count = attributes["func_var_locs"], attributes["num_outputs"] - attributes["num_out_data"]
    if len(own) != count or not all(0 <= place < len(attributes["func_input_locs"]) for place in own):
        raise MXNetError(
            f"_while_loop: func_var_locs={own}; expected {count} places in "
            f"func_input_locs={attributes['func_input_locs']}"
        )
    return [list(attributes["cond_input_locs"]), list(attributes["func_input_locs"])]


def _while_shapes(inputs: Partials, attributes: Mapping[str, Any]) -> tuple[list[Partial], list[Partial]]:
    graph, wires = attributes["graphs"][1], _wires_of_while_loop(attributes)
    variables, outputs = graph.shapes(_chosen(inputs, wires[1]))
    told, stacked = list(inputs), attributes["num_out_data"]
    _spread(told, variables, wires[1])
    _spread(told, attributes["graphs"][0].shapes(_chosen(told, wires[0]))[0], wires[0])
    length = max(attributes["max_iterations"], 0)
    return told, [None if shape is None else (length, *shape) for shape in outputs[:stacked]] + outputs[stacked:]


def _while_dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    wires, told = _wires_of_while_loop(attributes), list(inputs)
    variables, found = attributes["graphs"][1].dtypes(_chosen(inputs, wires[1]))
    _spread(told, variables, wires[1])
    _spread(told, attributes["graphs"][0].dtypes(_chosen(told, wires[0]))[0], wires[0])
    return told, found


@operator(
    "_while_loop",
    num_outputs=_outputs,
    view=True,
    graphs=2,
    host=host.CHECKS,
    rules={
        "inputs": lambda inputs, outputs, attributes: _while_shapes(inputs, attributes)[0],
        "outputs": lambda inputs, attributes: _while_shapes(inputs, attributes)[1],
        "dtype": _while_dtypes,
        "wires": _wires_of_while_loop,
    },
)
def while_loop(
    *data: torch.Tensor,
    num_outputs: int,
    num_out_data: int,
    max_iterations: int,
    cond_input_locs: Shape,
    func_input_locs: Shape,
    func_var_locs: Shape,
    graphs: Graphs = (),
) -> Any:
    """The second graph run again and again, as long as the first gives something other than 0.

    Parameters
    ----------
    data : NDArray
        the variables of the loop, then what is the same every time
    num_outputs, num_out_data : int
        how many outputs there are, and how many of them are stacked, with zeros after the last that was computed; the
        rest are the last variables
    max_iterations : int
        how often at most
    cond_input_locs, func_input_locs : tuple of int
        which input each variable of the graphs is
    func_var_locs : tuple of int
        which variables of the second graph those of the loop are

    Raises
    ------
    MXNetError
        the condition is not a single element
    """
    condition, body = graphs
    places = [func_input_locs[place] for place in func_var_locs]
    values, stacked = list(data), []
    for _ in range(max_iterations):
        if not _number(condition(*_chosen(values, cond_input_locs))[0], "_while_loop"):
            break
        results = _counted(body(*_chosen(values, func_input_locs)), num_outputs, "_while_loop")
        stacked.append(results[:num_out_data])
        for place, value in zip(places, results[num_out_data:]):
            values[place] = value
    variables = [values[place] for place in places]
    missing = max_iterations - len(stacked)
    if stacked:
        outputs = [torch.stack(each) for each in zip(*stacked)]
        outputs = [torch.cat([each, each.new_zeros(missing, *each.shape[1:])]) if missing else each for each in outputs]
    else:
        told = body.told(*_chosen(values, func_input_locs))[:num_out_data]
        outputs = [data[0].new_zeros((max(missing, 0), *shape), dtype=kind) for shape, kind in told]
    return outputs + variables


# --- cond -----------------------------------------------------------------------------------------------------------


def _wires_of_cond(attributes: Mapping[str, Any]) -> list[list[int]]:
    return [list(attributes[f"{graph}_input_locs"]) for graph in ("cond", "then", "else")]


def _cond_shapes(inputs: Partials, attributes: Mapping[str, Any]) -> tuple[list[Partial], list[Partial]]:
    told, found = list(inputs), []
    for graph, wires in zip(attributes["graphs"], _wires_of_cond(attributes)):
        variables, outputs = graph.shapes(_chosen(told, wires))
        _spread(told, variables, wires)
        found.append(outputs)
    return told, [one if one == other else None for one, other in zip(found[1], found[2])]


def _cond_dtypes(inputs: Kinds, outputs: Kinds, attributes: Mapping[str, Any]) -> tuple[Kinds, Kinds]:
    told, found = list(inputs), []
    for graph, wires in zip(attributes["graphs"], _wires_of_cond(attributes)):
        variables, kinds = graph.dtypes(_chosen(told, wires))
        _spread(told, variables, wires)
        found.append(kinds)
    return told, [one if one is other else None for one, other in zip(found[1], found[2])]


@operator(
    "_cond",
    num_outputs=_outputs,
    view=True,
    graphs=3,
    host=host.CHECKS,
    rules={
        "inputs": lambda inputs, outputs, attributes: _cond_shapes(inputs, attributes)[0],
        "outputs": lambda inputs, attributes: _cond_shapes(inputs, attributes)[1],
        "dtype": _cond_dtypes,
        "wires": _wires_of_cond,
    },
)
def cond(
    *data: torch.Tensor,
    num_outputs: int,
    cond_input_locs: Shape,
    then_input_locs: Shape,
    else_input_locs: Shape,
    graphs: Graphs = (),
) -> Any:
    """The second of three graphs where the first gives something other than 0, else the third.

    Parameters
    ----------
    data : NDArray
        what the graphs take
    num_outputs : int
        how many outputs there are
    cond_input_locs, then_input_locs, else_input_locs : tuple of int
        which input each variable of the graphs is

    Raises
    ------
    MXNetError
        the condition is not a single element
    """
    condition, then, otherwise = graphs
    if _number(condition(*_chosen(data, cond_input_locs))[0], "_cond"):
        return _counted(then(*_chosen(data, then_input_locs)), num_outputs, "_cond")
    return _counted(otherwise(*_chosen(data, else_input_locs)), num_outputs, "_cond")
