"""The calls a graph consists of, in order, each with its place for inputs and outputs.

A :class:`Step` is one call of a function over tensors. :func:`lowered` makes one of every node; the passes in
:mod:`.fusion` put several into one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import torch

from .. import memory
from ..base import MXNetError, dtype_name
from ..ops.registry import OpSpec
from ..spans import plain
from ..symbol import Symbol
from ..symbol.graph import Entry, Node, input_names, topological
from ..symbol.inference import is_complete, shape_given

__all__ = ["Choice", "Program", "Step", "check", "lowered"]


class Choice(NamedTuple):
    """By what a step is computed, and why.

    Attributes
    ----------
    by : 'chain' or 'norm kernel' (:mod:`mxnet.kernels`), 'packed weights' (oneDNN's own order), 'torch'
    reason : what spoke for it
    layout : 'channels last', 'blocks of images' (the kernels' own order), or '-' for the ordinary one
    """

    by: str
    reason: str
    layout: str = "-"


class Step:
    """One call.

    Attributes
    ----------
    nodes : names of the nodes it computes
    label : what is shown of it, operators joined by ``+``
    spec : the operator of its first node
    attributes : of that operator, parsed, with what the plan knows (training, device)
    function : what is called with the inputs' tensors
    inputs : where they are; None for one that is not given
    outputs : where its outputs go; a function with one output returns it alone
    role : what passes take it for, the operator's own as long as it computes just that; None for what passes have made
    states : pairs (place among the states the function returns last, slot of the variable), and how many it returns
    asks : what of a run's context the call is given: 'rng', the random streams, and 'context', the context itself
    choice : by what it is computed, and why, where there was a choice
    captured : whether a graph of an accelerator can hold it
    graphs : what runs the graphs that its node holds
    finished : places nobody looks at after this step
    """

    __slots__ = (
        "asks", "attributes", "captured", "choice", "finished", "function", "graphs", "inputs", "label", "nodes",
        "outputs", "role", "spec", "state_count", "states",
    )  # fmt: skip

    def __init__(
        self,
        nodes: tuple[str, ...],
        label: str,
        spec: OpSpec,
        attributes: dict[str, Any],
        function: Callable[..., Any],
        inputs: Sequence[int | None],
        outputs: Sequence[int],
        states: tuple[tuple[int, int], ...] = (),
        state_count: int = 0,
        asks: tuple[str, ...] = (),
        role: str | None = None,
        choice: Choice | None = None,
        captured: bool = True,
        graphs: tuple[Any, ...] = (),
    ) -> None:
        self.nodes, self.label, self.spec, self.attributes, self.function = nodes, label, spec, attributes, function
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self.states, self.state_count, self.asks = states, state_count, asks
        self.role, self.choice, self.captured, self.graphs = role, choice, captured, graphs
        self.finished: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"<step {self.label}: {', '.join(self.nodes)}>"

    def all_attributes(self) -> dict[str, Any]:
        """The operator's attributes with the defaults filled in."""
        return {**self.spec.defaults, **self.attributes}


class Program:
    """Steps in order, and where values are.

    Attributes
    ----------
    steps : list of Step
    variables : names of the graph's variables -> their slots
    heads : slots of the outputs
    size : number of slots
    shapes : slot -> inferred shape, where it is known
    dtypes : slot -> dtype, of the variables and what passes have made of them
    fills : slot -> number, of variables that are filled with it before the program runs (a fixed scale)
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.variables: dict[str, int] = {}
        self.heads: list[int] = []
        self.size = 0
        self.shapes: dict[int, tuple[int, ...]] = {}
        self.dtypes: dict[int, torch.dtype] = {}
        self.fills: dict[int, float] = {}

    def set_lifetimes(self) -> None:
        """Note at each step what is not read after it."""
        last: dict[int, int] = {}
        for number, step in enumerate(self.steps):
            for place in (*step.inputs, *step.outputs):
                if place is not None:
                    last[place] = number
        kept = set(self.heads)
        finished: dict[int, list[int]] = {}
        for place, number in last.items():
            if place not in kept:
                finished.setdefault(number, []).append(place)
        for number, step in enumerate(self.steps):
            step.finished = tuple(finished.get(number, ()))


def check(symbol: Symbol) -> None:
    """Say at once what is wrong with a graph itself.

    Raises
    ------
    MXNetError
        two variables of one name, or an output in use that is not shown
    """
    names: set[str] = set()
    for node in topological(symbol._entries):
        if node.op is None:
            if node.name in names:
                raise MXNetError(f"{symbol!r}: two variables are called {node.name!r}; expected names of their own")
            names.add(node.name)
        for entry in node.inputs:
            _check_shown(entry, f"node {node.name}")
    for entry, output in zip(symbol._entries, symbol.list_outputs()):
        _check_shown(entry, output)


def _check_shown(entry: Entry, where: str) -> None:
    node = entry.node
    if entry.output >= node.visible:
        raise MXNetError(
            f"{where}: output {entry.output} of {node.name} ({node.op}) is not available; it shows {node.visible}"
        )


def lowered(
    symbol: Symbol,
    known: Mapping[Node, Any] | None,
    training: bool,
    device: torch.device | None,
    nested: Callable[[Symbol], Any] | None = None,
    stores: dict[str, dict[Any, Any]] | None = None,
) -> Program:
    """A program with one step for each node of a graph that :func:`check` has passed.

    Parameters
    ----------
    symbol : Symbol
        the graph
    known : mapping of Node to list of shapes, optional
        inferred shapes
    training : bool
        whether dropout drops and batch norm takes the batch's statistics
    device : torch.device, optional
        where operators without inputs make their arrays; needed to run the program
    nested : callable, optional
        makes of a graph that a node holds what runs it (:class:`.cached.Nested`); needed to run such a node
    stores : dict, optional
        by a node's name what it keeps from one run to the next; without, nodes keep nothing
    """
    program, variables = Program(), set()
    first: dict[Node, int] = {}
    for node in topological(symbol._entries):
        place = first[node] = program.size
        count = max(node.total, node.visible)
        program.size += count
        shapes = known.get(node, ()) if known else ()
        for index, shape in enumerate(shapes[:count]):
            if is_complete(shape):
                program.shapes[place + index] = tuple(shape)
        if node.spec is None:
            program.variables[node.name] = place
            variables.add(place)
        else:
            step = _step(
                node, first, shapes[0] if shapes else None, known is not None, training, device, nested, stores
            )
            program.steps.append(step)
            for at, number in step.spec.filled(step.attributes).items():
                if step.inputs[at] in variables:
                    program.fills[step.inputs[at]] = number  # type: ignore[index]
    program.heads = [first[entry.node] + entry.output for entry in symbol._entries]
    return program


def _step(
    node: Node,
    first: Mapping[Node, int],
    found: Any,
    inferred: bool,
    training: bool,
    device: torch.device | None,
    nested: Callable[[Symbol], Any] | None,
    stores: dict[str, dict[Any, Any]] | None,
) -> Step:
    spec = node.spec
    assert spec is not None
    inputs: list[int | None] = [first[entry.node] + entry.output for entry in node.inputs]
    states: list[tuple[int, int]] = []
    if not spec.variadic:
        by_name = dict(zip(input_names(spec, node.parsed, count=len(inputs)), inputs))
        states = [
            (place, by_name[name])  # type: ignore[misc]
            for place, name in enumerate(spec.aux)
            if name in by_name and node.inputs[list(by_name).index(name)].node.op is None and name not in spec.writes
        ]
        inputs = [by_name.get(name) for name in spec.input_names]
    attributes = dict(node.parsed)
    asked = attributes.get("shape")
    if not inputs and asked is not None and not is_complete(shape_given(asked)):
        if is_complete(found):
            attributes["shape"] = found  # zeros((0, 3)) of as many rows as what it is added to
        elif inferred:
            raise MXNetError(
                f"node {node.name} ({spec.name}): shape={asked} is not known, and nothing in the graph tells it: "
                "a length of 0 is one, and () a shape, with NumPy's semantics (mx.np_shape())"
            )
    if spec.takes_training:
        attributes["training"] = training
    if spec.takes_device:
        attributes["device"] = device
    held = tuple(nested(Symbol(graph)) for graph in node.graphs) if nested is not None else ()
    if spec.takes_store:
        attributes["store"] = None if stores is None else stores.setdefault(node.name, {})
    asks = ("rng",) * spec.takes_rng + ("context",) * spec.takes_context
    why_not = spec.host(node.all_attributes()) if callable(spec.host) else spec.host
    place = first[node]
    return Step(
        (node.name,), spec.name, spec, attributes, _bound(node.name, spec, attributes), inputs,
        range(place, place + node.visible), tuple(states), len(spec.aux), asks, spec.role,
        captured=not why_not and not node.graphs, graphs=held,
    )  # fmt: skip


def _bound(name: str, spec: OpSpec, attributes: Mapping[str, Any]) -> Callable[..., Any]:
    """The operator's function with its attributes, and the check of dtypes where it asks for one."""
    function = plain(spec.function)
    if attributes:
        function = functools.partial(function, **attributes)
    same_dtype, takes_device, writes = spec.same_dtype, spec.takes_device, spec.writes
    if not (same_dtype or takes_device or writes):
        return function

    def call(*tensors: Any, **asked: Any) -> Any:
        if same_dtype:
            _check_dtypes(name, spec, tensors)
        if writes:
            return memory.called(spec, tensors, {**attributes, **asked})
        if takes_device and tensors and tensors[0] is not None:
            return function(*tensors, device=tensors[0].device, **asked)
        return function(*tensors, **asked)

    return call


def _check_dtypes(name: str, spec: OpSpec, tensors: Sequence[Any]) -> None:
    expected = next((tensor.dtype for tensor in tensors if tensor is not None), None)
    for place, tensor in enumerate(tensors):
        if tensor is not None and tensor.dtype is not expected:
            raise MXNetError(
                f"node {name} ({spec.name}): input {place} is {dtype_name(tensor.dtype)}; expected "
                f"{dtype_name(expected)} as the first"
            )
