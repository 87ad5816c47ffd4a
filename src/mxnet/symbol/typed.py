"""A graph with its parameters, each value's name, shape and dtype known: what converters to other formats walk.

There is one walker for all targets (:func:`typed`); what an operator becomes in a target is a rule of that target's
kind (``@rule("onnx", "Convolution")``, see :mod:`mxnet.ops.kinds`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ..base import MXNetError, dtype_name, to_torch_dtype
from ..ndarray import NDArray
from ..ops import host
from .graph import Entry, Node, auxiliary, input_names, output_names, topological
from .inference import Inferred, infer, is_complete, shape_given

__all__ = ["Call", "TypedGraph", "Unknown", "Value", "held", "typed", "without_rules"]


class Unknown(MXNetError):
    """Shapes of a graph are known only when it runs.

    Attributes
    ----------
    nodes : list of (str, str, str)
        name, operator and reason of each node that they begin with
    """

    def __init__(self, nodes: Sequence[tuple[str, str, str]]) -> None:
        self.nodes = list(nodes)
        super().__init__("; ".join(f"{name} ({op}): {reason}" for name, op, reason in nodes))


class Value:
    """What a node gives, or comes from outside.

    Attributes
    ----------
    name : unique in the graph
    shape : a tuple; in a graph held by a node None where it is not known
    dtype : NumPy's name of it ('float32', 'bfloat16')
    array : its elements where it is a parameter, else None
    makes : the call that gives it, None for an input or a parameter
    readers : how many inputs of calls, and heads, it is
    entry : which output of which node it is
    """

    __slots__ = ("array", "dtype", "entry", "makes", "name", "readers", "shape")

    def __init__(self, name: str, shape: tuple[int, ...] | None, dtype: str, array: NDArray | None = None) -> None:
        self.name, self.shape, self.dtype, self.array = name, shape, dtype, array
        self.makes: Call | None = None
        self.readers = 0
        self.entry: Entry | None = None

    def __repr__(self) -> str:
        return f"<{self.name}: {self.dtype}{'' if self.shape is None else list(self.shape)}>"

    @property
    def constant(self) -> np.ndarray[Any, Any] | None:
        """Its elements where they are known before the graph runs."""
        return None if self.array is None else self.array.asnumpy()


class Call:
    """One operator of the graph.

    Attributes
    ----------
    name : of the node, unique
    spec : the operator
    attributes : parsed, defaults filled in
    inputs : in the order of the operator's function; None for one that is not given
    outputs : all that the node shows, and its hidden ones
    graphs : the graphs it holds
    node : the node itself
    """

    __slots__ = ("attributes", "graphs", "inputs", "name", "node", "outputs", "spec")

    def __init__(
        self,
        name: str,
        node: Node,
        inputs: Sequence[Value | None],
        outputs: Sequence[Value],
        graphs: Sequence[TypedGraph] = (),
    ) -> None:
        assert node.spec is not None
        self.name, self.node, self.spec = name, node, node.spec
        self.attributes: dict[str, Any] = node.all_attributes()
        self.inputs, self.outputs, self.graphs = list(inputs), list(outputs), list(graphs)

    def __repr__(self) -> str:
        return f"<{self.name}: {self.spec.name}>"

    def named(self) -> dict[str, Value]:
        """The inputs that are given, by the names of the operator's function."""
        return {name: value for name, value in zip(self.spec.input_names, self.inputs) if value is not None}


class TypedGraph:
    """A graph whose values are all known by name, shape and dtype.

    Attributes
    ----------
    inputs : values from outside, in the graph's order
    parameters : values whose elements are known, in the graph's order
    states : names of the parameters that are auxiliary states
    calls : each after those it needs
    outputs : the heads
    output_names : what MXNet calls the heads
    """

    def __init__(self) -> None:
        self.inputs: list[Value] = []
        self.parameters: list[Value] = []
        self.states: set[str] = set()
        self.calls: list[Call] = []
        self.outputs: list[Value] = []
        self.output_names: list[str] = []


def typed(
    symbol: Any,
    parameters: Mapping[str, NDArray],
    shapes: Mapping[str, Sequence[int]] | None = None,
    dtypes: Mapping[str, Any] | None = None,
) -> TypedGraph:
    """Walk a graph.

    Parameters
    ----------
    symbol : Symbol or sequence of Entry
        the graph
    parameters : dict of str to NDArray
        arguments and auxiliary states; what is not a variable of the graph is left aside
    shapes : dict of str to tuple of int
        of the graph's inputs, that is of variables without a parameter
    dtypes : dict of str to dtype, optional
        of the inputs; default float32 where the graph does not tell

    Raises
    ------
    MXNetError
        a shape cannot be found: the inputs whose shapes have to be given are named; shapes or dtypes contradict
        each other; a parameter does not fit
    Unknown
        shapes depend on what is computed: all nodes that they begin with are named
    """
    heads: list[Entry] = list(symbol) if isinstance(symbol, (list, tuple)) else symbol._entries
    given_shapes = {name: shape_given(shape) for name, shape in (shapes or {}).items()}
    given_dtypes = {name: to_torch_dtype(dtype) for name, dtype in (dtypes or {}).items()}
    order = topological(heads)
    variables = {node.name for node in order if node.spec is None}
    unknown = [name for name in (*given_shapes, *given_dtypes) if name not in variables]
    if unknown:
        raise MXNetError(
            f"the graph has no input {unknown[0]!r}; it has {', '.join(sorted(variables - set(parameters)))}"
        )
    for name, array in parameters.items():
        if name in variables:
            given_shapes[name], given_dtypes[name] = tuple(array.shape), array._t.dtype
    kept = auxiliary(order)
    states = {node.name for node in order if id(node) in kept}
    found = infer(heads, given_shapes, given_dtypes)
    return _walk(heads, order, found, parameters, states)


def _walk(
    heads: Sequence[Entry],
    order: Sequence[Node],
    found: Inferred,
    parameters: Mapping[str, NDArray],
    states: set[str],
    partial: bool = False,
) -> TypedGraph:
    graph, values, taken = TypedGraph(), dict[tuple[int, int], Value](), set[str]()
    for node in order:
        names = _names(node, taken)
        known = zip(names, _padded(found.shapes.get(node), len(names)), _padded(found.dtypes.get(node), len(names)))
        made = []
        for place, (name, shape, dtype) in enumerate(known):
            if place < node.visible and not partial and not is_complete(shape):
                raise _unknown(node, order, parameters, found)
            complete = tuple(shape) if is_complete(shape) else None
            made.append(Value(name, complete, dtype_name(dtype or torch.float32), parameters.get(node.name)))
            made[-1].entry = Entry(node, place)
            values[id(node), place] = made[-1]
        if node.spec is None:
            (graph.inputs if made[0].array is None else graph.parameters).append(made[0])
            if node.name in states:
                graph.states.add(node.name)
            continue
        inputs: list[Value | None] = [values[id(entry.node), entry.output] for entry in node.inputs]
        for value in inputs:
            value.readers += 1  # type: ignore[union-attr]
        if not node.spec.variadic:
            by_name = dict(zip(input_names(node.spec, node.parsed, count=len(inputs)), inputs))
            inputs = [by_name.get(name) for name in node.spec.input_names]
        for value in made:
            value.array = None
        held = [_held(entries) for entries in node.graphs]
        call = Call(node.name or names[0], node, inputs, made, held)
        for value in made:
            value.makes = call
        graph.calls.append(call)
    for entry in heads:
        value = values[id(entry.node), entry.output]
        value.readers += 1
        graph.outputs.append(value)
        graph.output_names.append(output_names(entry.node)[entry.output])
    return graph


def _held(heads: Sequence[Entry]) -> TypedGraph:
    """A graph that a node holds: what its variables are is told by the node, when it runs."""
    order = topological(heads)
    return _walk(heads, order, infer(heads), {}, set(), partial=True)


def held(call: Call, place: int, shapes: Sequence[Sequence[int] | None], dtypes: Sequence[str]) -> TypedGraph:
    """A graph that a call holds, with what its variables are.

    Parameters
    ----------
    place : int
        which of the graphs
    shapes, dtypes : sequence
        of its variables, in order
    """
    heads = call.node.graphs[place]
    order = topological(heads)
    variables = [node.name for node in order if node.spec is None]
    known = {name: tuple(shape) for name, shape in zip(variables, shapes) if shape is not None}
    kinds = {name: to_torch_dtype(dtype) for name, dtype in zip(variables, dtypes)}
    return _walk(heads, order, infer(heads, known, kinds), {}, set(), partial=True)


def _names(node: Node, taken: set[str]) -> list[str]:
    """A name of its own for each output of a node."""
    shown = [node.name] if node.spec is None or node.visible == 1 else output_names(node)
    wished = [*shown, *(f"{node.name}_hidden{place}" for place in range(len(shown), max(node.total, node.visible)))]
    names = []
    for wish in wished:
        name, number = wish or "node", 1
        while name in taken:
            name, number = f"{wish or 'node'}_{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def _padded(known: Sequence[Any] | None, count: int) -> list[Any]:
    return [*(known or ()), *[None] * count][:count]


def _unknown(node: Node, order: Sequence[Node], parameters: Mapping[str, NDArray], found: Inferred) -> MXNetError:
    inputs = [
        each.name
        for each in order
        if each.spec is None and each.name not in parameters and not is_complete(found.shapes[each][0])
    ]
    if inputs:
        of = f"{node.name} ({node.op})" if node.op else node.name
        return MXNetError(f"the shape of {of} cannot be found: give those of {', '.join(inputs)}")
    return Unknown(
        [
            (each.name, each.op or "", _reason(each))
            for each in order
            if each.spec is not None
            and all(is_complete(found.shapes[entry.node][entry.output]) for entry in each.inputs)
            and not all(map(is_complete, (found.shapes[each] or ())[: each.visible]))
        ]
    )


def _reason(node: Node) -> str:
    assert node.spec is not None
    told = node.spec.host(node.all_attributes()) if callable(node.spec.host) else node.spec.host
    if host.ELEMENTS in (told, node.spec.rules.get("outputs")):
        return (
            "the shape of its result depends on what is computed; end the graph before it and do the rest in a program"
        )
    return "the shape of its result cannot be found from those of its inputs"


def without_rules(graph: TypedGraph, kind: str) -> list[tuple[Call, str]]:
    """The calls without a rule of a kind, each with its operator's reason or ""; in graphs that nodes hold too."""
    missing = []
    for call in graph.calls:
        if call.spec.rule(kind) is None:
            reason = call.spec.rules.get(kind)
            missing.append((call, reason if isinstance(reason, str) else ""))
        for held in call.graphs:
            missing += without_rules(held, kind)
    return missing
