"""The calls a graph consists of, in order, each with its place for inputs and outputs.

A :class:`Step` is one call of a function over tensors. :func:`lowered` makes one of every node; the passes in
:mod:`.fusion` put several into one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from .. import memory
from ..base import MXNetError, dtype_name
from ..ops.registry import OpSpec
from ..symbol import Symbol
from ..symbol.graph import Node, input_names, topological
from ..symbol.inference import is_complete, shape_given

__all__ = ["Program", "Step", "lowered"]


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
    states : pairs (place among the states the function returns last, slot of the variable), and how many it returns
    takes_rng : whether the call is given the random streams
    finished : places nobody looks at after this step
    """

    __slots__ = (
        "attributes", "finished", "function", "inputs", "label", "nodes", "outputs", "spec", "state_count", "states",
        "takes_rng",
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
        takes_rng: bool = False,
    ) -> None:
        self.nodes, self.label, self.spec, self.attributes, self.function = nodes, label, spec, attributes, function
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self.states, self.state_count, self.takes_rng = states, state_count, takes_rng
        self.finished: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return f"<step {self.label}: {', '.join(self.nodes)}>"


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

    def uses(self) -> dict[int, int]:
        """How often each slot is read, outputs of the graph counted."""
        count: dict[int, int] = {}
        for step in self.steps:
            for place in step.inputs:
                if place is not None:
                    count[place] = count.get(place, 0) + 1
        for place in self.heads:
            count[place] = count.get(place, 0) + 1
        return count

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


def lowered(symbol: Symbol, known: Mapping[Node, Any] | None, training: bool, device: torch.device | None) -> Program:
    """A program with one step for each node.

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

    Raises
    ------
    MXNetError
        two variables of one name, or an output that is not shown
    """
    order = topological(symbol._entries)
    program, variables = Program(), set()
    first: dict[int, int] = {}
    for node in order:
        first[id(node)] = program.size
        program.size += max(node.total, node.visible)
        for index, shape in enumerate((known or {}).get(node, ())):
            if is_complete(shape) and index < max(node.total, node.visible):
                program.shapes[first[id(node)] + index] = tuple(shape)
    for (node, index, _), output in zip(symbol._entries, symbol.list_outputs()):
        if index >= node.visible:
            raise MXNetError(f"{output}: output {index} of {node.op} is not available; it shows {node.visible}")
        program.heads.append(first[id(node)] + index)
    for node in order:
        if node.spec is None:
            if node.name in program.variables:
                raise MXNetError(f"{symbol!r}: two variables are called {node.name!r}; expected names of their own")
            program.variables[node.name] = first[id(node)]
            variables.add(first[id(node)])
        else:
            step = _step(node, first, known, training, device)
            program.steps.append(step)
            for place, number in step.spec.filled(step.attributes).items():
                if step.inputs[place] in variables:
                    program.fills[step.inputs[place]] = number  # type: ignore[index]
    return program


def _step(
    node: Node, first: Mapping[int, int], known: Mapping[Node, Any] | None, training: bool, device: torch.device | None
) -> Step:
    spec = node.spec
    assert spec is not None
    inputs: list[int | None] = [first[id(entry.node)] + entry.output for entry in node.inputs]
    states: list[tuple[int, int]] = []
    if not spec.variadic:
        by_name = dict(zip(input_names(spec, node.parsed, count=len(inputs)), node.inputs))
        inputs = [
            first[id(by_name[name].node)] + by_name[name].output if name in by_name else None
            for name in spec.input_names
        ]
        states = [
            (place, first[id(by_name[name].node)])
            for place, name in enumerate(spec.aux)
            if name in by_name and by_name[name].node.op is None and name not in spec.writes
        ]
    attributes = dict(node.parsed)
    found = known.get(node, [None])[0] if known else None
    if (
        not inputs
        and "shape" in attributes
        and not is_complete(shape_given(attributes["shape"] or ()))
        and is_complete(found)
    ):
        attributes["shape"] = found  # zeros((0, 3)) of as many rows as what it is added to
    if spec.takes_training:
        attributes["training"] = training
    if spec.takes_device:
        attributes["device"] = device
    place = first[id(node)]
    return Step(
        (node.name,), spec.name, spec, attributes, _bound(node.name, spec, attributes), inputs,
        range(place, place + node.visible), tuple(states), len(spec.aux), spec.takes_rng,
    )  # fmt: skip


def _bound(name: str, spec: OpSpec, attributes: Mapping[str, Any]) -> Callable[..., Any]:
    """The operator's function with its attributes, and the check of dtypes where it asks for one."""
    function, same_dtype, takes_device, writes = spec.function, spec.same_dtype, spec.takes_device, spec.writes
    given = dict(attributes)

    def call(*tensors: Any, **rng: Any) -> Any:
        if same_dtype:
            _check_dtypes(name, spec, tensors)
        if writes:
            return memory.called(spec, tensors, {**given, **rng})
        if takes_device and tensors and tensors[0] is not None:
            return function(*tensors, **{**given, "device": tensors[0].device}, **rng)
        return function(*tensors, **given, **rng)

    return call


def _check_dtypes(name: str, spec: OpSpec, tensors: Sequence[Any]) -> None:
    expected = next((tensor.dtype for tensor in tensors if tensor is not None), None)
    for place, tensor in enumerate(tensors):
        if tensor is not None and tensor.dtype is not expected:
            raise MXNetError(
                f"node {name} ({spec.name}): input {place} is {dtype_name(tensor.dtype)}; expected "
                f"{dtype_name(expected)} as the first"
            )
