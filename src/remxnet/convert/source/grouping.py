"""Which steps become blocks that are used several times, and which blocks a stage.

Where a single value is alive, the network can be cut. Between two cuts next to each other lies one step, or what
belongs together: both ways of a residual connection, the branches of an inception. That, with the activation after it,
or a layer with the normalization and activation after it, is a block if the network has it more than once, by what it
computes; what differs between its uses (channels, strides) are its arguments. Blocks in a row whose names share a scope
are a stage. All of it follows from the graph alone, so the same graph gives the same text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from mxnet.symbol.typed import Value

from .bodies import Block, Body, Part, Stage, is_layer, used
from .names import Names, common_prefix
from .steps import MODULE, VALUE, Program, Step

__all__ = ["grouped"]

#: a block of fewer steps than this is not worth a class
_FEWEST = 3
_Unit = list[Step]


def grouped(program: Program, taken: Iterable[str] = ()) -> Body:
    """The body of a network, its repeated parts as blocks and stages, which have none of the names that are taken."""
    whole = Body(program, program.steps, program.graph.inputs, program.graph.outputs)
    units = _units(program)
    if units is None:
        return whole
    units = _without_what_follows(program, units)
    shared = _shared(program)
    by_kind: dict[Any, list[int]] = {}
    parts: dict[int, Part] = {}
    for place, unit in enumerate(units):
        part = _part(program, unit, shared)
        if part is not None:
            parts[place] = part
            by_kind.setdefault(_signature(program, unit), []).append(place)
    _apart(list(parts.values()))
    names = Names(taken)
    chosen: dict[int, Part] = {}
    for places in by_kind.values():
        if len(places) > 1:
            block = _block(program, [parts[place] for place in places], names)
            for place in places:
                parts[place].block = block
                chosen[place] = parts[place]
    items: list[Step | Part | Stage] = []
    for place, unit in enumerate(units):
        items += [chosen[place]] if place in chosen else unit
    return Body(program, _staged(items), whole.inputs, whole.outputs)


# --- cutting -------------------------------------------------------------------------------------------------------


def _units(program: Program) -> list[_Unit] | None:
    """The steps in parts that might be blocks; None where the network cannot be cut."""
    pieces = _pieces(program)
    if len(pieces) < 2:
        return None
    units: list[_Unit] = []
    closed = True
    for piece in pieces:
        if len(piece) > 1:
            units.append(piece)
            closed = False
        elif is_layer(program, piece[0]):
            units.append(list(piece))
            closed = False
        elif not closed and _follows(program, units[-1], piece[0]):
            units[-1] = [*units[-1], piece[0]]
        else:
            units.append(list(piece))
            closed = True
    return units


def _pieces(program: Program) -> list[_Unit]:
    """The steps between places where one value is alive."""
    steps = program.steps
    last: dict[int, int] = {}
    for place, step in enumerate(steps):
        for number in _read(program, step):
            last[number] = place
    for value in program.graph.outputs:
        last[program.numbers[id(value)]] = len(steps)
    alive = {number for value in program.graph.inputs if (number := program.numbers[id(value)]) in last}
    ending: dict[int, list[int]] = {}
    for number, place in last.items():
        ending.setdefault(place, []).append(number)
    pieces: list[_Unit] = [[]]
    for place, step in enumerate(steps):
        pieces[-1].append(step)
        alive |= {number for value in step.outputs if (number := program.numbers[id(value)]) in last}
        alive -= set(ending.get(place, ()))
        if len(alive) == 1 and place + 1 < len(steps):
            pieces.append([])
    return pieces


def _read(program: Program, step: Step) -> list[int]:
    numbers = [int(each) for each in VALUE.findall(step.text)]
    return [each for each in numbers if program.values[each].array is None]


def _without_what_follows(program: Program, units: list[_Unit]) -> list[_Unit]:
    """The parts, those that begin as others are and go on by themselves cut there, as a last block with dropout."""
    counted = Counter(_signature(program, unit) for unit in units)
    found = []
    for unit in units:
        own = len(unit)
        if len(unit) > _FEWEST and counted[_signature(program, unit)] == 1:
            shorter = range(len(unit) - 1, _FEWEST - 1, -1)
            own = next((length for length in shorter if _stands_alone(program, unit, length, counted)), own)
        found += [unit[:own], *([step] for step in unit[own:])]
    return found


def _stands_alone(program: Program, unit: _Unit, length: int, counted: Counter[Any]) -> bool:
    """Whether the first steps of a part are what others are, and the rest reads of them the last result alone."""
    inner = {program.numbers[id(value)] for step in unit[: length - 1] for value in step.outputs}
    read = {number for step in unit[length:] for number in _read(program, step)}
    return not inner & read and counted[_signature(program, unit[:length])] > 0


def _follows(program: Program, unit: _Unit, step: Step) -> bool:
    """Whether a step is what follows on a layer or a block: element by element, with sizes of channels alone."""
    shapes = {value.shape for value in step.outputs} | {value.shape for value in unit[-1].outputs}
    members = list(used(step, program))
    if len(unit) > 1 and any(len(piece.outputs) > 1 for piece in unit):
        return False
    is_norm = any(kind == "module" for kind, _ in members)
    if is_norm and not is_layer(program, unit[0]):
        return False
    return len(shapes) == 1 and all(kind == "module" for kind, _ in members) and not is_layer(program, step)


def _apart(parts: Sequence[Part]) -> None:
    """Call parts by their first layer where their scope is that of others with scopes in it."""
    scopes = {part.scope for part in parts}
    general = {scope for scope in scopes if any(other.startswith(f"{scope}_") for other in scopes)}
    for part in parts:
        first = part.body.items[0]
        if part.scope in general and isinstance(first, Step):
            part.scope = first.name


# --- comparing -----------------------------------------------------------------------------------------------------


def _shared(program: Program) -> set[tuple[str, int]]:
    """Modules and parameters that more than one step uses."""
    seen, twice = set[tuple[str, int]](), set[tuple[str, int]]()
    for step in program.steps:
        for member in set(used(step, program)):
            (twice if member in seen else seen).add(member)
    return twice


def _part(program: Program, unit: _Unit, shared: set[tuple[str, int]]) -> Part | None:
    """A unit as the use of a block: one value in, one out, and its members its own."""
    members = [member for step in unit for member in used(step, program)]
    modules = {number for kind, number in members if kind == "module"}
    if len(unit) < _FEWEST or len(modules) < 2 or any(kind == "loose" for kind, _ in members):
        return None
    if shared & set(members):
        inner = [member for member in members if member in shared]
        if any(sum(member in used(step, program) for step in unit) < 2 for member in inner):
            return None
    made = {program.numbers[id(value)] for step in unit for value in step.outputs}
    given = list(dict.fromkeys(number for step in unit for number in _read(program, step) if number not in made))
    if len(given) != 1:
        return None
    body = Body(program, unit, [program.values[given[0]]], [_result(unit)])
    return Part(body, _scope(unit))


def _result(unit: _Unit) -> Value:
    return unit[-1].outputs[0]


def _scope(unit: _Unit) -> str:
    """What the names of a unit's layers begin with."""
    scope = common_prefix([step.name for step in unit if MODULE.search(step.text)]).rstrip("_")
    return scope or unit[0].name


def _signature(program: Program, unit: _Unit) -> Any:
    """What two units have in common if they are one block: everything but the values of modules' arguments."""
    places: dict[str, int] = {}
    found = []

    def numbered(match: re.Match[str]) -> str:
        return f"<{places.setdefault(match[0], len(places))}>"

    for step in unit:
        text = MODULE.sub(numbered, VALUE.sub(numbered, step.text))
        outputs = [places.setdefault(program.mark(value), len(places)) for value in step.outputs]
        kinds = [
            (
                program.modules[number].kind,
                tuple(program.modules[number].arguments),
                tuple(program.modules[number].tensors),
                program.modules[number].fixed,
            )
            for kind, number in used(step, program)
        ]
        found.append((text, tuple(outputs), tuple(kinds)))
    return tuple(found)


# --- naming --------------------------------------------------------------------------------------------------------


def _block(program: Program, parts: list[Part], names: Names) -> Block:
    """The class of several parts."""
    modules = [[program.modules[number] for number in part.body.modules()] for part in parts]
    groups: dict[tuple[Any, ...], list[tuple[int, str]]] = {}
    for place, module in enumerate(modules[0]):
        for argument in module.arguments:
            values = tuple(repr(each[place].arguments[argument]) for each in modules)
            if len(set(values)) > 1:
                groups.setdefault(values, []).append((place, argument))
    taken = Names()
    last = max((place for place, module in enumerate(modules[0]) if "out_channels" in module.arguments), default=0)
    parameters = {taken.new(_called(where, last)): where for where in groups.values()}
    name, doc = _described(program, parts[0])
    return Block(names.new(_named(name, parts)), parts, parameters, doc)


#: names of scopes that say nothing about what is in them
_PLAIN = {"stage", "features", "layer", "block", "body", "conv", "dense", "hybridsequential", ""}


def _named(name: str, parts: Sequence[Part]) -> str:
    """A block's name: what its uses are called in the graph, where they share it."""
    called = {part.scope.rsplit("_", 1)[-1].rstrip("0123456789") for part in parts}
    own = called.pop()
    if called or own in _PLAIN or not own.isalpha():
        return name
    return f"{name}{own.upper()}" if len(own) < 3 else own[0].upper() + own[1:]


def _called(where: Sequence[tuple[int, str]], last: int) -> str:
    """What an argument of a block is called, by the arguments of modules that it stands for."""
    arguments = {argument for _, argument in where}
    if arguments <= {"in_channels", "out_channels", "num_features", "groups"} and arguments != {"groups"}:
        if "out_channels" not in arguments:
            return "in_channels"
        return "channels" if (last, "out_channels") in where else "hidden_channels"
    if len(arguments) == 1:
        return where[0][1]
    return "size"


def _described(program: Program, part: Part) -> tuple[str, str]:
    """A name and a line about a block, from what it computes."""
    steps, given = part.body.items, program.mark(part.input)
    texts = [step.text for step in steps if isinstance(step, Step)]
    several = [text for text in texts if len(VALUE.findall(text)) > 1]
    if not several:
        return _chain(program, part.body)
    joins = several[-1]
    if joins.startswith("torch.cat("):
        if given in joins:
            return "DenseLayer", "Layers whose result is put beside what they are given."
        return "Branches", "Several ways, put side by side."
    if given in joins:
        return "ResidualBlock", "Layers whose result is added to what they are given."
    if " + " in joins:
        return "DownsampleBlock", "Layers whose result is added to a projection of what they are given."
    return "Block", "Layers that the network has several times."


#: what steps are called in a line about a block
_WORDS = {
    "Conv": "convolution", "Linear": "dense layer", "BatchNorm": "batch norm", "relu": "ReLU", "clamp": "clamp",
    "sigmoid": "sigmoid", "tanh": "tanh", "leaky_relu": "leaky ReLU", "PReLU": "PReLU", "Dropout": "dropout",
}  # fmt: skip


def _chain(program: Program, body: Body) -> tuple[str, str]:
    """A name and a line about layers one after the other."""
    kinds = [program.modules[number].kind for number in body.modules()]
    name = "ConvBlock" if "Conv" in kinds[0] else "DenseBlock" if "Linear" in kinds[0] else "Layer"
    words = []
    for step in body.items:
        text = "" if not isinstance(step, Step) else step.text
        kind = "".join(program.modules[int(number)].kind for number in MODULE.findall(text)) or text
        words.append(next((word for part, word in _WORDS.items() if part in kind), "function"))
    return name, f"A {', '.join(words[:-1])} and {words[-1]}."


def _stem(scope: str) -> str:
    """A name without its number; nothing where it is short or has none."""
    stem = scope.rstrip("0123456789")
    return stem if len(stem) > 2 and stem != scope else ""


def _several(stem: str) -> str:
    """What parts are called together: `blocks` of block1 and block2, `base0` of base0_0 and base0_1."""
    return stem.rstrip("_") if stem.endswith("_") else f"{stem}s"


def _together(first: Part, part: Part, row: Sequence[Part]) -> bool:
    """Whether a block goes on with a row: in its scope, or, all of one kind, counted on in the graph's names."""
    of_one_scope = row[-1].scope == first.scope and len(row) > 1
    if first.scope == part.scope:
        return of_one_scope or len(row) == 1
    stem = _stem(first.scope)
    return bool(stem) and stem == _stem(part.scope) and first.block is part.block and not of_one_scope


def _staged(items: Sequence[Step | Part | Stage]) -> list[Step | Part | Stage]:
    """The items, blocks in a row with one scope put together."""
    found: list[Step | Part | Stage] = []
    row: list[Part] = []

    def close() -> None:
        if len(row) > 1:
            scope = row[0].scope
            found.append(Stage(row, scope if scope == row[1].scope else _several(_stem(scope))))
        else:
            found.extend(row)
        row.clear()

    for item in items:
        if isinstance(item, Part):
            if row and (row[-1].output is not item.input or not _together(row[0], item, row)):
                close()
            row.append(item)
        else:
            close()
            found.append(item)
    close()
    return found
