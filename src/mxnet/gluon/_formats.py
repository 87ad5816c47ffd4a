"""How arrays lie in arguments and results, in MXNet's notation: programs keep and compare it.

An array or a symbol of one output is 0, a symbol of several outputs their number, None is -1, and a list is a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..context import Context
from ..ndarray import NDArray
from ..symbol import Symbol
from ..symbol.graph import Entry, topological, variable

if TYPE_CHECKING:
    from ._graph import BlockGraph

__all__ = ["Looked", "flattened", "format_of", "places_by_type", "regrouped"]


def flattened(args: Any, inout_str: str = "input") -> tuple[list[Any], Any]:
    """All arrays in nested lists, and how they lay there.

    Parameters
    ----------
    args : NDArray, Symbol, None or nested lists of them
        arguments or results
    inout_str : str
        what they are, for the error

    Raises
    ------
    ValueError
        there is something else in it

    Examples
    --------
    >>> x = mx.nd.ones(1)
    >>> flat, form = mx.gluon.block._flatten([x, [x, None]], "input")
    >>> len(flat), form
    (3, [0, [0, -1]])
    """
    if isinstance(args, NDArray):
        return [args], 0
    if isinstance(args, Symbol):
        count = len(args)
        return [args], count if count > 1 else 0
    if args is None:
        return [None], -1
    if not isinstance(args, (list, tuple)):
        raise ValueError(
            f"{inout_str} of a hybridized block: {args!r} of type {type(args).__name__}; expected (nested lists of) "
            "arrays or symbols"
        )
    flat: list[Any] = []
    forms = []
    for each in args:
        inner, form = flattened(each, inout_str)
        flat += inner
        forms.append(form)
    return flat, forms


def regrouped(args: Sequence[Any], fmt: Any) -> Any:
    """Arrays in lists as a format says.

    Raises
    ------
    ValueError
        an array where the format has None

    Examples
    --------
    >>> mx.gluon.block._regroup([1, 2, 3], [0, [0, 0]])
    [1, [2, 3]]
    """
    return _taken(list(args), fmt)


def _taken(rest: list[Any], fmt: Any) -> Any:
    """What a format asks for, taken from the front."""
    if not isinstance(fmt, int):
        return [_taken(rest, each) for each in fmt]
    if fmt > 0:
        taken, rest[:fmt] = rest[:fmt], []
        return taken
    each = rest.pop(0)
    if fmt == -1 and each is not None:
        raise ValueError(f"regroup: {each!r} stands where the first call of the hybridized block had None")
    return each


def format_of(pattern: Any) -> Any:
    """The format of a pattern of arguments, in which a class stands for an array of it."""
    if isinstance(pattern, (list, tuple)):
        return [format_of(each) for each in pattern]
    return 0 if isinstance(pattern, type) else -1


def places_by_type(contexts: Sequence[Context]) -> list[list[int | None]]:
    """For devices of even and of odd types (gpu, cpu), the place of each one's copy among contexts."""
    places: list[list[int | None]] = [[], []]
    for place, ctx in enumerate(contexts):
        of_type = places[ctx.device_typeid & 1]
        of_type += [None] * (ctx.device_id + 1 - len(of_type))
        of_type[ctx.device_id] = place
    return places


class Looked:
    """What programs look at of a hybridized block, under MXNet's private names."""

    _graphs: dict[Any, BlockGraph | None]
    _pattern: tuple[Any, ...] | None
    _active: bool

    @property
    def _in_format(self) -> Any:
        """How the arrays lay in the arguments of the first call as a graph; None before."""
        return None if self._pattern is None else format_of(self._pattern)

    @property
    def _out_format(self) -> Any:
        """How the arrays lie in its result as a graph; None before its first call as one."""
        graph = self._graphs.get(self._pattern)
        return None if graph is None else flattened(graph.structure, "output")[1]

    @property
    def _cached_graph(self) -> tuple[Any, ...]:
        """The variables for its inputs in a list, and its outputs; () before a call as a graph."""
        graph = self._graphs.get(self._pattern)
        if graph is None or not self._active:
            return ()
        made = {node.name: node for node in topological(graph.symbol._entries) if node.op is None}
        inputs = [Symbol([Entry(made.get(name) or variable(name))]) for name in graph.input_names]
        return inputs, graph.symbol
