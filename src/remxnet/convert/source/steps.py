"""A graph as the steps of a program, before it is decided which of them become blocks and what its locals are called.

A rule of kind "source" says what a call becomes: it is handed an :class:`At` and returns an expression in which values
and modules stand as marks, so that whoever writes the program out chooses their names. Marks are control characters,
which no ``repr`` and no identifier has.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from mxnet.base import MXNetError
from mxnet.ops.kinds import answer
from mxnet.symbol.typed import Call, TypedGraph, Value, held

from .library import Library
from .names import Names, common_prefix, without_prefix

__all__ = [
    "MODULE",
    "VALUE",
    "At",
    "Cannot",
    "Module",
    "Nested",
    "Program",
    "Raw",
    "Step",
    "Tuple",
    "literal",
    "number",
    "translated",
]

#: marks in the text of a step: a value, and a module or parameter of the network
VALUE, MODULE = re.compile("\x01(\\d+)\x02"), re.compile("\x03(\\d+)\x04")


class Cannot(MXNetError):
    """A call that a rule cannot write, for the reason that the error tells."""


def literal(value: Any) -> str:
    r"""A value of an attribute as Python's text: code that means the value and nothing else.

    Examples
    --------
    >>> literal((1, 2.0)), literal(float("-inf")), literal("it's"), literal(torch.float16)
    ('(1, 2.0)', '-math.inf', '"it\'s"', 'torch.float16')
    """
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, (tuple, list)):
        inner = ", ".join(literal(each) for each in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, float) and not math.isfinite(value):
        return "math.nan" if math.isnan(value) else "math.inf" if value > 0 else "-math.inf"
    if value is None or isinstance(value, (bool, int, float, torch.dtype)):
        return repr(value)
    if isinstance(value, str):
        text = ascii(value)
        return f'"{text[1:-1]}"' if text[0] == "'" and '"' not in text else text
    raise Cannot(f"an attribute is a {type(value).__name__}, which no program can hold")


def number(value: Any) -> str:
    """A number as a person would write it: 2 for 2.0.

    Examples
    --------
    >>> number(2.0), number(0.5), number(-1.0)
    ('2', '0.5', '-1')
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        return repr(int(value))
    return literal(value)


class Raw(str):
    """Text of an argument that is code already."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Tuple(str):
    """An expression that gives all outputs of a call, in one tuple or list."""

    __slots__ = ()


class Nested(Tuple):
    """One that gives the first output, and all others in a tuple of their own."""

    __slots__ = ()


class Module:
    """A layer of torch with the parameters that it has.

    Attributes
    ----------
    wish : what it would be called
    kind : its class, as written
    arguments : all arguments of the constructor, those at their defaults included
    plain : names of the arguments that are given by their place
    defaults : names of arguments to what they are if not given
    tensors : name in the module to the value of the graph
    extra : name in the module to a tensor that the graph has not
    fixed : names of parameters that do not learn
    called : MXNet's names of parameters that `extra` has to what these, or their parts in order, are called in it
    """

    def __init__(
        self,
        wish: str,
        kind: str,
        arguments: dict[str, Any],
        plain: Sequence[str],
        defaults: Mapping[str, Any],
        tensors: dict[str, Value],
        extra: dict[str, torch.Tensor],
        fixed: Sequence[str],
    ) -> None:
        self.wish, self.kind, self.arguments, self.plain = wish, kind, arguments, tuple(plain)
        self.defaults, self.tensors, self.extra, self.fixed = dict(defaults), tensors, extra, tuple(fixed)
        self.called: dict[str, str | tuple[str, ...]] = {}

    def key(self) -> tuple[Any, ...]:
        """What two uses of one module agree in."""
        return (self.kind, repr(self.arguments), tuple((name, id(value)) for name, value in self.tensors.items()))


class Step:
    """One call of the graph, as a line of the program.

    Attributes
    ----------
    name : a short name of the call
    text : the expression, with marks
    outputs : the values that it gives; with several the expression gives a tuple
    """

    __slots__ = ("call", "name", "outputs", "text")

    def __init__(self, name: str, text: str, outputs: Sequence[Value], call: Call | None) -> None:
        self.name, self.text, self.outputs, self.call = name, text, list(outputs), call


class Program:
    """The steps of a graph, with the modules, parameters and functions that they use.

    Attributes
    ----------
    values : by the numbers of their marks
    modules : by the numbers of theirs
    owners : parameter to the module and the name in it that holds it
    loose : parameters that are the network's own, in order
    optional : inputs that may be left out
    functions : texts of functions made for this graph (bodies of loops), in order
    """

    def __init__(self, graph: TypedGraph) -> None:
        self.graph = graph
        self.steps: list[Step] = []
        self.values: list[Value] = []
        self.numbers: dict[int, int] = {}
        self.modules: list[Module] = []
        self.owners: dict[int, tuple[int, str]] = {}
        self.owned: dict[tuple[Any, ...], int] = {}
        self.used: dict[str, None] = {}
        self.bodies: list[tuple[str, Program, list[Value]]] = []
        self.body_names = Names()
        self.optional: dict[int, None] = {}
        layers = [call.name for call in graph.calls if any(v is not None and v.array is not None for v in call.inputs)]
        self.prefix = common_prefix(layers)

    def mark(self, value: Value) -> str:
        """The mark of a value."""
        number = self.numbers.setdefault(id(value), len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return f"\x01{number}\x02"

    def short(self, name: str) -> str:
        """A name of the graph without the network's."""
        return without_prefix(name, self.prefix)


class At:
    """What a rule is handed: a call, and the ways to write it.

    Attributes
    ----------
    call : the call
    attributes : parsed, defaults filled in
    inputs : expressions of the inputs in order, None for one that is not given
    """

    def __init__(self, program: Program, call: Call, library: Library) -> None:
        self.program, self.call, self.attributes, self.library = program, call, call.attributes, library
        self.inputs = [None if value is None else program.mark(value) for value in call.inputs]

    @property
    def data(self) -> str:
        """The first input."""
        assert self.inputs[0] is not None
        return self.inputs[0]

    def shape(self, place: int = 0) -> tuple[int, ...]:
        """The shape of an input.

        Raises
        ------
        Cannot
            it is not known, as within a loop
        """
        value = self.call.inputs[place]
        if value is None or value.shape is None:
            raise Cannot("the shape of its input is not known within a loop")
        return value.shape

    def rank(self, place: int = 0) -> int:
        """How many axes an input has."""
        return len(self.shape(place))

    def is_float(self, place: int = 0) -> bool:
        """Whether an input holds floating-point numbers."""
        value = self.call.inputs[place]
        return value is not None and "float" in value.dtype

    def dtype(self, place: int = 0) -> str:
        """NumPy's name of an input's dtype."""
        value = self.call.inputs[place]
        assert value is not None
        return value.dtype

    def uses(self, name: str) -> str:
        """The name of a function of the library, whose text the program then has."""
        self.library.check(name)
        self.program.used[name] = None
        return name

    def call_of(self, name: str, *inputs: str | None, **arguments: Any) -> str:
        """A call of a function of the library; arguments equal to the function's defaults are left out."""
        function = self.uses(name)
        given = [str(each) for each in inputs]
        while given and given[-1] == "None":
            given.pop()
        defaults = self.library.defaults(name)
        named = [f"{key}={literal(value)}" for key, value in arguments.items() if defaults.get(key) != repr(value)]
        return f"{function}({', '.join([*given, *named])})"

    def optional(self, place: int) -> None:
        """Say that the program can do without an input, as a network does without labels in prediction."""
        value = self.call.inputs[place]
        if value is not None and value.makes is None and value.array is None and value.readers == 1:
            self.program.optional[id(value)] = None

    def folded(self, place: int) -> tuple[torch.Tensor, list[Value]] | None:
        """An input's elements where parameters alone tell them, and those parameters in order."""
        value = self.call.inputs[place] if place < len(self.call.inputs) else None
        return None if value is None else _folded(value, 0)

    def body(self, place: int, shapes: Sequence[tuple[int, ...] | None], dtypes: Sequence[str], what: str) -> str:
        """The name of a function that computes one of the graphs that the call holds; it returns a tuple.

        Parameters
        ----------
        shapes, dtypes : of the graph's variables, in order
        what : what the graph is to the call, for the name
        """
        graph = held(self.call, place, shapes, dtypes)
        program = self.program
        name = program.body_names.new(f"{program.short(self.call.name)}_{what}")
        inner = translated(graph, self.library, program.body_names)
        if any("self." in step.text for step in inner.steps) or inner.modules:
            raise Cannot("what it does differs between training and prediction, which a loop's body cannot tell")
        program.bodies.append((name, inner, graph.inputs))
        return name

    def alone(self, kind: str, arguments: dict[str, Any], plain: Sequence[str], defaults: Mapping[str, Any],
              extra: Mapping[str, torch.Tensor], called: Mapping[str, str | tuple[str, ...]]) -> str:  # fmt: skip
        """The mark of a layer whose parameters are made of the graph's."""
        program = self.program
        module = Module(program.short(self.call.name), kind, arguments, plain, defaults, {}, dict(extra), ())
        module.called = dict(called)
        program.modules.append(module)
        return f"\x03{len(program.modules) - 1}\x04"

    def is_parameter(self, place: int) -> bool:
        """Whether an input is known by its elements."""
        value = self.call.inputs[place] if place < len(self.call.inputs) else None
        return value is not None and value.array is not None

    def module(
        self,
        kind: str,
        arguments: dict[str, Any],
        plain: Sequence[str],
        defaults: Mapping[str, Any],
        tensors: Mapping[str, int],
        extra: Mapping[str, torch.Tensor] | None = None,
        fixed: Sequence[str] = (),
    ) -> str | None:
        """The mark of a layer of torch that holds some inputs.

        Returns
        -------
        str or None
            None where one of them is no parameter, or is held by another layer: it has to be a function then
        """
        program = self.program
        held: dict[str, Value] = {}
        for name, place in tensors.items():
            value = self.call.inputs[place]
            if value is None or value.array is None:
                return None
            held[name] = value
        dtypes = {value.dtype for value in held.values()}
        if len(dtypes) > 1 or not all("float" in dtype for dtype in dtypes):
            return None
        if dtypes and dtypes != {"float32"}:
            arguments = {**arguments, "dtype": Raw(f"torch.{dtypes.pop()}")}
        shown = program.short(self.call.name)
        module = Module(shown, kind, arguments, plain, defaults, held, dict(extra or {}), fixed)
        number = program.owned.get(module.key()) if held else None
        if number is None:
            if any(id(value) in program.owners for value in held.values()) or len(
                {id(value) for value in held.values()}
            ) < len(held):
                return None
            number = len(program.modules)
            program.modules.append(module)
            program.owned[module.key()] = number
            for name, value in held.items():
                program.owners[id(value)] = number, name
        return f"\x03{number}\x04"


#: how many calls a parameter may have been made of others by
_FARTHEST = 8


def _folded(value: Value, depth: int) -> tuple[torch.Tensor, list[Value]] | None:
    if value.array is not None:
        return value.array._t.detach(), [value]
    call = value.makes
    if call is None or depth > _FARTHEST or call.graphs or len(call.outputs) != 1 or not call.inputs:
        return None
    spec = call.spec
    if spec.takes_rng or spec.takes_training or spec.aux or spec.takes_made or spec.takes_device or spec.takes_store:
        return None
    parts = [None if each is None else _folded(each, depth + 1) for each in call.inputs]
    if any(part is None for part, each in zip(parts, call.inputs) if each is not None):
        return None
    found = [part for part in parts if part is not None]
    with torch.no_grad():
        result = spec.function(*(None if part is None else part[0] for part in parts), **call.node.parsed)
    return result, [each for part in found for each in part[1]]


def translated(graph: TypedGraph, library: Library, body_names: Names | None = None) -> Program:
    """The steps of a graph.

    Raises
    ------
    Cannot
        a call cannot be written; it is named
    """
    program = Program(graph)
    program.body_names = body_names or program.body_names
    for value in (*graph.inputs, *graph.parameters, *(each for call in graph.calls for each in call.outputs)):
        program.mark(value)
    for call in graph.calls:
        written = _written(program, call, library)
        if isinstance(written, Exception):
            raise Cannot(f"{call.name} ({call.spec.name}): {written}") from written
        program.steps += written
    program.steps = _needed(program)
    return program


def _written(program: Program, call: Call, library: Library) -> list[Step] | Cannot:
    rule: Callable[[At], str | list[str]] | None = call.spec.rule("source")
    if rule is None:
        return Cannot(answer(call.spec, "source").reason or "there is no rule for it")
    at = At(program, call, library)
    try:
        text = rule(at)
    except Cannot as error:
        return error
    name = program.short(call.name)
    shown = call.outputs[: call.node.visible]
    if isinstance(text, list):
        return [Step(name, each, [value], call) for each, value in zip(text, shown)]
    if isinstance(text, Tuple):
        return [Step(name, text, shown, call)]
    return [Step(name, text, shown[:1], call)]


def _needed(program: Program) -> list[Step]:
    """The steps without those that nobody reads, as the second output of a call that gives two."""
    wanted = {id(value) for value in program.graph.outputs}
    kept = []
    for step in reversed(program.steps):
        if any(id(value) in wanted for value in step.outputs):
            kept.append(step)
            wanted.update(id(program.values[int(number)]) for number in VALUE.findall(step.text))
    return kept[::-1]


def refused(graph: TypedGraph, library: Library) -> list[tuple[Call, str]]:
    """All calls that cannot be written, each with the reason."""
    program, found = Program(graph), list[tuple[Call, str]]()
    for call in graph.calls:
        written = _written(program, call, library)
        if isinstance(written, Exception):
            found.append((call, str(written)))
    return found
