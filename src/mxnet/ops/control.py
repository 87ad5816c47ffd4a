"""Control flow: operators that hold graphs and run them, of which graphs can be read and written but not yet run.

A node of one of them holds as many graphs as its declaration says. The function gets them as ``graphs``: callables that
take the tensors of the graph's variables, in order, and return its outputs. The ``wires`` rule tells which of the
node's inputs each variable is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ..base import MXNetError
from .registry import Graphs, Shape, operator

__all__ = ["cond", "foreach", "while_loop"]

#: in the place of the rule for the shapes of outputs
_UNKNOWN = "its graphs tell, which are not run yet"


def _outputs(attributes: Mapping[str, Any]) -> int:
    return attributes["num_outputs"]


def _unsupported(name: str) -> MXNetError:
    return MXNetError(f"{name}: control flow in graphs is not supported yet; the graph can be read and written")


def _wires_of_foreach(attributes: Mapping[str, Any]) -> list[list[int]]:
    """Each input says which variable it is, where it is the other way for the others."""
    places = [*attributes["in_data_locs"], *attributes["in_state_locs"], *attributes["remain_locs"]]
    inputs = {place: number for number, place in enumerate(places)}
    return [[inputs[place] for place in range(len(places)) if place in inputs]]


@operator("_foreach", num_outputs=_outputs, graphs=1, rules={"outputs": _UNKNOWN, "wires": _wires_of_foreach})
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
    """
    raise _unsupported("_foreach")


def _wires_of_while_loop(attributes: Mapping[str, Any]) -> list[list[int]]:
    return [list(attributes["cond_input_locs"]), list(attributes["func_input_locs"])]


@operator("_while_loop", num_outputs=_outputs, graphs=2, rules={"outputs": _UNKNOWN, "wires": _wires_of_while_loop})
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
        how many outputs there are, and how many of them are stacked; the rest are the last variables
    max_iterations : int
        how often at most
    cond_input_locs, func_input_locs : tuple of int
        which input each variable of the graphs is
    func_var_locs : tuple of int
        which variables of the second graph those of the loop are
    """
    raise _unsupported("_while_loop")


def _wires_of_cond(attributes: Mapping[str, Any]) -> list[list[int]]:
    return [list(attributes[f"{graph}_input_locs"]) for graph in ("cond", "then", "else")]


@operator("_cond", num_outputs=_outputs, graphs=3, rules={"outputs": _UNKNOWN, "wires": _wires_of_cond})
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
    """
    raise _unsupported("_cond")
