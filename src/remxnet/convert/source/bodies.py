"""What a program is put together from: bodies of ``forward``, and blocks that several of them share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mxnet.symbol.typed import Value

from .steps import MODULE, VALUE, Program, Step

__all__ = ["Block", "Body", "Part", "Stage", "is_layer"]


class Body:
    """What a ``forward`` computes: steps, and parts that are modules themselves, in order.

    Attributes
    ----------
    items : Step, Part or Stage
    inputs : values that it is given
    outputs : values that it returns
    """

    def __init__(
        self, program: Program, items: Sequence[Step | Part | Stage], inputs: Sequence[Value], outputs: Sequence[Value]
    ) -> None:
        self.program, self.items, self.inputs, self.outputs = program, list(items), list(inputs), list(outputs)

    def reads(self, item: Step | Part | Stage) -> list[int]:
        """Numbers of the values that an item reads, parameters left out, as often as it reads them."""
        if isinstance(item, Step):
            numbers = [int(each) for each in VALUE.findall(item.text)]
            return [each for each in numbers if self.program.values[each].array is None]
        return [self.program.numbers[id(item.input)]]

    def modules(self) -> list[int]:
        """Numbers of the modules that its own steps use, parts left out, in order."""
        found = dict[int, None]()
        for item in self.items:
            if isinstance(item, Step):
                for kind, number in used(item, self.program):
                    if kind == "module":
                        found[number] = None
        return list(found)

    def loose(self) -> list[int]:
        """Numbers of the parameters that its own steps use and no module has, in order."""
        found = dict[int, None]()
        for item in self.items:
            if isinstance(item, Step):
                for kind, number in used(item, self.program):
                    if kind == "loose":
                        found[number] = None
        return list(found)


def used(step: Step, program: Program) -> Iterator[tuple[str, int]]:
    """The modules and parameters that a step names: ("module", number) or ("loose", number of the value)."""
    for number in map(int, MODULE.findall(step.text)):
        yield "module", number
    for number in map(int, VALUE.findall(step.text)):
        value = program.values[number]
        if value.array is not None:
            owner = program.owners.get(id(value))
            yield ("module", owner[0]) if owner else ("loose", number)


def is_layer(program: Program, step: Step) -> bool:
    """Whether a step multiplies by weights."""
    numbers = [number for kind, number in used(step, program) if kind == "module"]
    weights = [next(iter(program.modules[number].tensors.values()), None) for number in numbers]
    recurrent = any(program.modules[number].called or "RNN" in program.modules[number].kind for number in numbers)
    return recurrent or any(value is not None and len(value.shape or ()) > 1 for value in weights)


class Block:
    """A class for parts of a network that compute the same with other sizes.

    Attributes
    ----------
    name : of the class
    parts : all of its uses; the first one's names are the class's
    parameters : name of an argument of the class to the (module's place, argument's name) that it stands for
    doc : what it is, in a line
    defaults : arguments that need not be given, and what they are then
    """

    def __init__(self, name: str, parts: list[Part], parameters: dict[str, list[tuple[int, str]]], doc: str) -> None:
        self.name, self.parts, self.doc = name, parts, doc
        self.defaults: dict[str, Any] = {}
        modules = [parts[0].body.program.modules[number] for number in parts[0].body.modules()]
        for name, places in parameters.items():
            usual = {repr(modules[place].defaults.get(argument)) for place, argument in places}
            if len(usual) == 1 and usual != {"None"}:
                self.defaults[name] = modules[places[0][0]].defaults[places[0][1]]
        self.parameters = dict(sorted(parameters.items(), key=lambda item: item[0] in self.defaults))

    def arguments(self, part: Part) -> dict[str, Any]:
        """What one use is made with."""
        modules = part.body.modules()
        return {
            name: part.body.program.modules[modules[places[0][0]]].arguments[places[0][1]]
            for name, places in self.parameters.items()
        }


class Part:
    """A use of a block: one value in, one out."""

    def __init__(self, body: Body, scope: str) -> None:
        self.body, self.scope = body, scope
        self.block: Block | None = None
        (self.input,), (self.output,) = body.inputs, body.outputs
        self.outputs = body.outputs


class Stage:
    """Parts one after the other, as ``nn.Sequential``."""

    def __init__(self, parts: Sequence[Part], name: str) -> None:
        self.parts, self.name = list(parts), name
        self.input, self.output, self.outputs = parts[0].input, parts[-1].output, parts[-1].outputs
