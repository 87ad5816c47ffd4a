"""Control flow over symbols: bodies are called once, and what they made becomes the graphs that a node holds.

While a body is called, nodes are marked with the name of the graph they will be in (``__subgraph_name__``, as in
MXNet). Afterwards the graph is cut out along these marks: what was made outside becomes a variable of the graph and an
input of the node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..attribute import AttrScope
from ..base import MXNetError
from ..name import NameManager
from ..ndarray.control import flattened, iterations, regrouped
from ..ops import control as operators
from ..ops.math import elementwise
from ..ops.registry import spec_of
from .call import compose
from .graph import Entry, Node, output_names, topological, variable
from .symbol import Symbol

__all__ = ["cond", "foreach", "while_loop"]

_MARK = "__subgraph_name__"
_copy = spec_of(elementwise.copy)
#: the name it is called by, and automatic names begin with
_called = _copy.aliases[0]


class _Graph(NamedTuple):
    """A graph that was cut out.

    Attributes
    ----------
    heads : its outputs
    variables : its variables, in order
    sources : by the id of a variable's node, what it is outside; parameters that the body made are themselves
    """

    heads: list[Entry]
    variables: list[Node]
    sources: dict[int, Entry]

    def source(self, node: Node) -> Entry:
        """What one of its variables is outside."""
        return self.sources.get(id(node)) or Entry(node, 0, node.version)


def _entry(symbol: Symbol, what: str) -> Entry:
    if len(symbol._entries) != 1:
        raise MXNetError(f"{what} is a symbol of {len(symbol._entries)} outputs; expected one, choose it by an index")
    return symbol._entries[0]


def _stand_ins(symbols: Sequence[Symbol], name: str, what: str) -> list[Symbol]:
    """Variables for what a body is called with."""
    entries = [_entry(symbol, what) for symbol in symbols]
    with AttrScope(**{_MARK: name}):
        attributes = AttrScope.current.get(None)
    return [Symbol([Entry(variable(f"{each.node.name}-{each.output}", attributes))]) for each in entries]


def _unmade(entry: Entry, name: str) -> bool:
    """Whether a body returns something that it did not make: an input, or what was there before."""
    return entry.node.op is None or entry.node.attributes.get(_MARK) != name


def _cut(heads: Sequence[Entry], name: str, made: Mapping[int, Entry]) -> _Graph:
    """The graph of what was made while its name was the mark; `made` has the sources of variables made for it."""
    outside: dict[tuple[int, int], Entry] = {}
    sources = dict(made)
    marked = [node for node in topological(heads) if node.attributes.get(_MARK) == name]
    copies: dict[int, Node] = {}

    def moved(entry: Entry) -> Entry:
        node = entry.node
        if id(node) in copies:
            return Entry(copies[id(node)], entry.output, entry.version)
        key = (id(node), entry.output)
        if key not in outside:
            label = node.name if node.op is None else output_names(node)[entry.output]
            outside[key] = Entry(variable(label))
            sources[id(outside[key].node)] = Entry(node, entry.output, node.version if node.op is None else 0)
        return outside[key]

    for node in marked:
        if node.op is None:
            copies[id(node)] = node  # a variable of its own, outside as inside
            continue
        copy = object.__new__(Node)
        copy.op, copy.spec, copy.name = node.op, node.spec, node.name
        copy.attributes, copy.parsed, copy.visible = dict(node.attributes), node.parsed, node.visible
        copy.version, copy.graphs = node.version, node.graphs
        copy.inputs = [moved(entry) for entry in node.inputs]
        copies[id(node)] = copy
    cut = [moved(head) for head in heads]
    variables = [node for node in topological(cut) if node.op is None]
    names = [node.name for node in variables]
    if len(set(names)) != len(names):
        raise AssertionError(f"{name}: variables of the graph have the same name: {names}")
    return _Graph(cut, variables, sources)


def _graph(
    name: str, outputs: Sequence[Symbol], made: Mapping[int, Entry], what: str, apart: Sequence[Symbol] = ()
) -> _Graph:
    """The graph of what a body returned.

    Parameters
    ----------
    name : str
        the mark
    outputs : sequence of Symbol
        what was returned
    made : mapping of int to Entry
        what the variables stand for that the body was called with
    what : str
        for errors
    apart : sequence of Symbol
        further outputs, which have to be other nodes than the outputs before
    """
    entries = [_entry(symbol, what) for symbol in outputs]
    others = [_entry(symbol, what) for symbol in apart]
    shown = {entry.node.name for entry in entries}
    with AttrScope(**{_MARK: name}):
        heads = [
            compose(_copy, _called, _called, (Symbol([entry]),), {})._entries[0]
            if _unmade(entry, name) or (place >= len(entries) and entry.node.name in shown)
            else entry
            for place, entry in enumerate([*entries, *others])
        ]
    return _cut(heads, name, made)


def _node(function: Callable[..., Any], graphs: Sequence[_Graph], inputs: Sequence[Entry], **attributes: Any) -> Node:
    spec = spec_of(function)
    written = {key: str(value) for key, value in attributes.items()}
    written["num_args"] = str(len(inputs) + len(graphs))
    name = NameManager.current.get(None, spec.name)
    given = {**AttrScope.current.get(None), **written}
    return Node(spec.name, name, given, list(inputs), [graph.heads for graph in graphs])


def _shown(node: Node, first: int, last: int) -> list[Symbol]:
    return [Symbol([Entry(node, place)]) for place in range(first, last)]


def foreach(body: Callable[..., Any], data: Any, init_states: Any, name: str = "foreach") -> tuple[Any, Any]:
    """Go through values along their first axis, with states handed from one step to the next.

    Parameters
    ----------
    body : callable(element, states) -> (outputs, states)
        one step
    data : Symbol or list of Symbol
        what is gone through
    init_states : Symbol or list of Symbol
        the states of the first step
    name : str
        what the graph's name begins with

    Returns
    -------
    outputs, states
        the outputs of all steps along a new first axis, and the last states

    Raises
    ------
    AssertionError
        something else than symbols is given or returned, the states returned are in other lists than those given, or
        `body` does not use the data and the states

    Examples
    --------
    >>> sums, total = mx.sym.contrib.foreach(
    ...     lambda number, total: (total + number, total + number), mx.sym.var('data'), mx.sym.var('start')
    ... )
    >>> sums.eval(data=mx.nd.array([[1], [2], [3]]), start=mx.nd.array([0]))[0].asnumpy().tolist()
    [[1.0], [3.0], [6.0]]
    """
    elements = flattened(data, Symbol, "foreach: data")
    states = flattened(init_states, Symbol, "foreach: init_states")
    name = AttrScope._subgraph_name(name)
    given = _stand_ins([*elements, *states], name, "foreach: what is gone through")
    with AttrScope(**{_MARK: name}):
        structure, following = body(regrouped(data, iter(given)), regrouped(init_states, iter(given[len(elements) :])))
    outputs = flattened(structure, Symbol, "foreach: an output of body")
    ends = flattened(following, Symbol, "foreach: a state of body")
    if _form(following) != _form(init_states):
        raise AssertionError(
            f"foreach: body returned {len(ends)} states in other lists than the {len(states)} it was given"
        )
    made = {id(mine._entries[0].node): each._entries[0] for mine, each in zip(given, [*elements, *states])}
    graph = _graph(name, outputs, made, "foreach: an output of body", ends)
    numbers = {id(node): place for place, node in enumerate(graph.variables)}
    places = [numbers.get(id(mine._entries[0].node)) for mine in given]
    for what, found in (("data", places[: len(elements)]), ("states", places[len(elements) :])):
        if None in found:
            raise AssertionError(f"foreach: body does not use the {what}; all of them have to be used")
    rest = [place for place in range(len(graph.variables)) if place not in places]
    inputs = [each._entries[0] for each in (*elements, *states)]
    inputs += [graph.source(graph.variables[place]) for place in rest]
    node = _node(
        operators.foreach, [graph], inputs,
        num_outputs=len(outputs) + len(ends), num_out_data=len(outputs), in_data_locs=places[: len(elements)],
        in_state_locs=places[len(elements) :], remain_locs=rest,
    )  # fmt: skip
    results = _shown(node, 0, len(outputs)), _shown(node, len(outputs), len(outputs) + len(ends))
    return regrouped(structure, iter(results[0])), regrouped(following, iter(results[1]))


def _form(argument: Any) -> Any:
    """The lists in an argument, without what stands in them."""
    return [_form(item) for item in argument] if isinstance(argument, (list, tuple)) else None


def while_loop(
    cond: Callable[..., Any],
    func: Callable[..., Any],
    loop_vars: Any,
    max_iterations: int | None = None,
    name: str = "while_loop",
) -> tuple[Any, Any]:
    """Go round as long as a condition holds.

    Parameters
    ----------
    cond : callable(*loop_vars) -> Symbol
        a single element: whether there is another step
    func : callable(*loop_vars) -> (outputs, loop_vars)
        one step
    loop_vars : Symbol or list of Symbol
        the variables of the first step
    max_iterations : int
        how many steps there may be
    name : str
        what the graphs' names begin with

    Returns
    -------
    outputs, loop_vars
        the outputs of all steps along a new first axis of `max_iterations` elements, zeros after the last step, and the
        last variables

    Raises
    ------
    ValueError
        max_iterations is not given or no number; there are no variables, their number changes, or `func` does not use
        one; the condition is no symbol
    AssertionError
        something else than symbols is given or returned
    """
    variables = flattened(loop_vars, Symbol, "while_loop: loop_vars")
    count = iterations(max_iterations)
    if not variables:
        raise ValueError("while_loop: loop_vars is empty; expected at least one symbol")
    graphs, results = [], []
    for what, called in (("cond", cond), ("func", func)):
        mark = AttrScope._subgraph_name(f"{name}_{what}")
        given = _stand_ins(variables, mark, "while_loop: a variable of the loop")
        made = {id(mine._entries[0].node): each._entries[0] for mine, each in zip(given, variables)}
        with AttrScope(**{_MARK: mark}):
            result = called(*given)
        results.append(result)
        if what == "cond":
            if not isinstance(result, Symbol):
                raise ValueError(f"while_loop: cond returned {result!r} of type {type(result).__name__}, not a Symbol")
            graphs.append((_graph(mark, [result], made, "while_loop: the condition"), given))
            continue
        structure, following = result
        structure = [] if structure is None else structure
        outputs = flattened(structure, Symbol, "while_loop: an output of func")
        ends = flattened(following, Symbol, "while_loop: a variable of func")
        if len(ends) != len(variables):
            raise ValueError(
                f"while_loop: func returned {len(ends)} loop_vars; expected {len(variables)}, as many as it took"
            )
        graphs.append((_graph(mark, [*outputs, *ends], made, "while_loop: an output of func"), given))
    inputs: list[Entry] = []
    numbers: dict[int, int] = {}  # of the variables of the loop
    locations = []
    for graph, given in graphs:
        mine = {id(each._entries[0].node): place for place, each in enumerate(given)}
        found = []
        for node in graph.variables:
            loop = mine.get(id(node))
            if loop is not None and loop in numbers:
                found.append(numbers[loop])
                continue
            if loop is not None:
                numbers[loop] = len(inputs)
            found.append(len(inputs))
            inputs.append(graph.source(node))
        locations.append(found)
    graph, given = graphs[1]
    places = {id(node): place for place, node in enumerate(graph.variables)}
    own = [places.get(id(each._entries[0].node)) for each in given]
    for place, where in enumerate(own):
        if where is None:
            raise ValueError(f"while_loop: func does not use variable {place} of the loop; all of them have to be used")
    node = _node(
        operators.while_loop, [each for each, _ in graphs], inputs,
        num_outputs=len(outputs) + len(ends), num_out_data=len(outputs), max_iterations=count,
        cond_input_locs=locations[0], func_input_locs=locations[1], func_var_locs=own,
    )  # fmt: skip
    shown = _shown(node, 0, len(outputs)), _shown(node, len(outputs), len(outputs) + len(ends))
    last = shown[1][0] if isinstance(loop_vars, Symbol) else regrouped(following, iter(shown[1]))
    return regrouped(structure, iter(shown[0])), last


def cond(pred: Any, then_func: Callable[[], Any], else_func: Callable[[], Any], name: str = "cond") -> Any:
    """What one of two functions returns.

    Parameters
    ----------
    pred : Symbol
        a single element: which one
    then_func, else_func : callable() -> Symbol or list of Symbol
        the first counts where the element is other than 0; both are called once
    name : str
        what the graphs' names begin with

    Raises
    ------
    AssertionError
        something else than symbols is given or returned
    ValueError
        they return different numbers of symbols
    TypeError
        they return none

    Examples
    --------
    >>> a = mx.sym.var('a')
    >>> larger = mx.sym.contrib.cond(a > 1, lambda: a * 10, lambda: a)
    >>> larger.eval(a=mx.nd.array([2]))[0].asscalar()
    20.0
    """
    graphs, structures = [], []
    for what, called in (("pred", lambda: pred), ("then", then_func), ("else", else_func)):
        mark = AttrScope._subgraph_name(f"{name}_{what}")
        with AttrScope(**{_MARK: mark}):
            result = called()
        flat = flattened(result, Symbol, f"cond: what {what} gives")
        if not flat:
            raise TypeError(f"cond: {what} gives an empty list; expected at least one symbol")
        structures.append(result)
        graphs.append(_graph(mark, flat, {}, f"cond: what {what} gives"))
    counts = [len(graph.heads) for graph in graphs]
    if counts[1] != counts[2]:
        raise ValueError(f"cond: then_func gives {counts[1]} outputs and else_func {counts[2]}; expected as many")
    inputs: list[Entry] = []
    numbers: dict[int, int] = {}  # of variables, which are given once
    locations = []
    for graph in graphs:
        found = []
        for node in graph.variables:
            source = graph.source(node)
            known = numbers.get(id(source.node)) if source.node.op is None else None
            if known is None:
                known = len(inputs)
                inputs.append(source)
                if source.node.op is None:
                    numbers[id(source.node)] = known
            found.append(known)
        locations.append(found)
    node = _node(
        operators.cond, graphs, inputs, num_outputs=counts[1],
        cond_input_locs=locations[0], then_input_locs=locations[1], else_input_locs=locations[2],
    )  # fmt: skip
    return regrouped(structures[1], iter(_shown(node, 0, counts[1])))
