"""A program written out: classes of blocks, the network, and how its parameters are called in it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch

from .bodies import Block, Body, Part, Stage, is_layer
from .lines import WIDTH, depth, is_atom, statement
from .names import Names, identifier
from .steps import MODULE, VALUE, Nested, Program, Raw, Step, literal

__all__ = ["Class", "Parameters", "function_lines"]

#: names of locals while few values are alive
_FEW = ("x", "y", "z")
#: brackets deeper than this are no longer read with ease
_DEEPEST = 3

#: what a parameter is called in the network to its tensor; and MXNet's name to that, or to its parts in order
Parameters = tuple[dict[str, torch.Tensor], dict[str, str | tuple[str, ...]]]


def _constructed(kind: str, arguments: Mapping[str, Any], plain: Sequence[str], defaults: Mapping[str, Any]) -> str:
    """The call that makes a module; what is the default is left out."""
    written = []
    for name, value in arguments.items():
        if name in plain:
            written.append(literal(value))
        elif name not in defaults or defaults[name] != value or type(value) is str:
            written.append(f"{name}={literal(value)}")
    return f"{kind}({', '.join(written)})"


class Class:
    """A module's class: its members by name, its text.

    Parameters
    ----------
    name : str
        of the class
    body : Body
        what it computes
    block : Block, optional
        the block whose first use the body is, whose arguments it takes
    inputs : list of str, optional
        what its inputs are called; default "x"
    """

    def __init__(
        self, name: str, body: Body, block: Block | None = None, inputs: Sequence[str] = ("x",),
        optional: Iterable[str] = (), taken: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self.name, self.body, self.block = name, body, block
        self.inputs, self.optional = list(inputs), set(optional)
        self.program: Program = body.program
        self.members = Names()
        self.of_modules: dict[int, str] = {}
        self.of_values: dict[int, str] = {}
        self.of_items: dict[int, str] = {}
        self.taken = set(taken)
        self._name_members()

    def _name_members(self) -> None:
        body, program = self.body, self.program
        wishes: list[tuple[str, dict[int, str], int]] = []
        modules, loose = set[int](), set[int]()
        for item in body.items:
            if isinstance(item, Stage):
                wishes.append((item.name, self.of_items, id(item)))
            elif isinstance(item, Part):
                wishes.append((item.scope, self.of_items, id(item)))
            else:
                single = Body(program, [item], [], [])
                for number in single.modules():
                    if number not in modules:
                        modules.add(number)
                        wishes.append((program.modules[number].wish, self.of_modules, number))
                for number in single.loose():
                    if number not in loose:
                        loose.add(number)
                        wishes.append((program.short(program.values[number].name), self.of_values, number))
        names = [wish for wish, _, _ in wishes]
        if self.block is not None:
            names = _numbered_anew(names)
        for name, (_, where, key) in zip(names, wishes):
            where[key] = self.members.new(name, "layer")

    # --- parameters ------------------------------------------------------------------------------------------------

    def parameters(self, classes: Mapping[str, Class], body: Body | None = None, prefix: str = "") -> Parameters:
        """All parameters and states by their names in the network, and MXNet's names to those."""
        tensors: dict[str, torch.Tensor] = {}
        names: dict[str, str | tuple[str, ...]] = {}
        program, own = self.program, body or self.body
        for number, first in zip(own.modules(), self.body.modules()):
            module = program.modules[number]
            path = f"{prefix}{self.of_modules[first]}."
            for name, value in module.tensors.items():
                assert value.array is not None
                tensor = value.array._t.detach()
                tensors[path + name] = torch.ones_like(tensor) if name in module.fixed else tensor
                names[value.name] = path + name
            tensors.update({path + name: tensor for name, tensor in module.extra.items()})
            for name, called in module.called.items():
                names[name] = path + called if isinstance(called, str) else tuple(path + each for each in called)
        for number, first in zip(own.loose(), self.body.loose()):
            value = program.values[number]
            assert value.array is not None
            tensors[prefix + self.of_values[first]] = value.array._t.detach()
            names[value.name] = prefix + self.of_values[first]
        for item, first_item in zip(own.items, self.body.items):
            if isinstance(item, Step):
                continue
            path = f"{prefix}{self.of_items[id(first_item)]}."
            parts = [(item, path)] if isinstance(item, Part) else [
                (part, f"{path}{place}.") for place, part in enumerate(item.parts)
            ]  # fmt: skip
            for part, inner in parts:
                assert part.block is not None
                more, below = classes[part.block.name].parameters(classes, part.body, inner)
                tensors.update(more)
                names.update(below)
        return tensors, names

    # --- text ------------------------------------------------------------------------------------------------------

    def text(self, doc: Sequence[str]) -> list[str]:
        """The lines of the class."""
        lines = [f"class {self.name}(nn.Module):", *doc, ""]
        made = self._made()
        if made:
            arguments = {} if self.block is None else self.block.arguments(self.block.parts[0])
            defaults = {} if self.block is None else self.block.defaults
            taken = "".join(
                f", {name}: {_kind(value)}" + (f" = {literal(defaults[name])}" if name in defaults else "")
                for name, value in arguments.items()
            )
            lines += [*statement(f"def __init__(self{taken}) -> None:", 4), " " * 8 + "super().__init__()", *made, ""]
        given = [
            f"{name}: torch.Tensor{' | None = None' if name in self.optional else ''}"
            for name in sorted(self.inputs, key=lambda name: name in self.optional)
        ]
        returned = "torch.Tensor"
        if len(self.body.outputs) > 1:
            returned = f"tuple[{', '.join(['torch.Tensor'] * len(self.body.outputs))}]"
            if len(self.body.outputs) > 3:
                returned = "tuple[torch.Tensor, ...]"
        lines += statement(f"def forward({', '.join(['self', *given])}) -> {returned}:", 4)
        return [*lines, *self._forward(8)]

    def _made(self) -> list[str]:
        """The lines that make the members."""
        lines: list[str] = []
        body, program = self.body, self.program
        modules = body.modules()
        names = {}
        if self.block is not None:
            names = {place: name for name, places in self.block.parameters.items() for place in places}
        seen_modules, seen_loose = set[int](), set[int]()
        for item in body.items:
            if isinstance(item, (Part, Stage)):
                lines += statement(f"self.{self.of_items[id(item)]} = {_part_made(item)}", 8)
                continue
            single = Body(program, [item], [], [])
            for number in single.modules():
                if number in seen_modules:
                    continue
                seen_modules.add(number)
                module, member = program.modules[number], f"self.{self.of_modules[number]}"
                arguments: dict[str, Any] = {}
                for name, value in module.arguments.items():
                    given = names.get((modules.index(number), name))
                    arguments[name] = value if given is None else Raw(given)
                made = _constructed(module.kind, arguments, module.plain, module.defaults)
                lines += statement(f"{member} = {made}", 8)
                lines += [" " * 8 + f"{member}.{each}.requires_grad_(False)" for each in module.fixed]
            for number in single.loose():
                if number not in seen_loose:
                    seen_loose.add(number)
                    lines += self._loose_made(number)
        return lines

    def _loose_made(self, number: int) -> list[str]:
        value, name = self.program.values[number], self.of_values[number]
        assert value.shape is not None
        dtype = "" if value.dtype == "float32" else f", dtype=torch.{value.dtype.replace('bool_', 'bool')}"
        zeros = f"torch.zeros({', '.join(map(str, value.shape)) or '()'}{dtype})"
        if "float" in value.dtype and value.name not in self.program.graph.states:
            return statement(f"self.{name} = nn.Parameter({zeros})", 8)
        return statement(f'self.register_buffer("{name}", {zeros})', 8)

    def _forward(self, indent: int) -> list[str]:
        return _Forward(self).lines(indent)


def function_lines(name: str, body: Body, inputs: Sequence[str], doc: str) -> list[str]:
    """A function of a body that has no members: what a loop does in each step."""
    shown = Class(name, body, None, inputs)
    given = ", ".join(f"{each}: torch.Tensor" for each in inputs)
    lines = statement(f"def {name}({given}) -> tuple[torch.Tensor, ...]:", 0)
    return [*lines, f'    """{doc}"""', *_Forward(shown, always_tuple=True).lines(4)]


def _kind(value: Any) -> str:
    return (
        f"tuple[{', '.join(type(each).__name__ for each in value)}]" if type(value) is tuple else type(value).__name__
    )


def _part_made(item: Part | Stage) -> str:
    if isinstance(item, Part):
        assert item.block is not None
        return _block_made(item.block, item.block.arguments(item))
    written, place = [], 0
    while place < len(item.parts):
        count, text = _alike(item.parts[place:])
        written += [text] if count > 2 else [_part_made(part) for part in item.parts[place : place + count]]
        place += count
    return f"nn.Sequential({', '.join(written)})"


def _block_made(block: Block, arguments: Mapping[str, Any]) -> str:
    plain = [name for name in block.parameters if name not in block.defaults][:3]
    return _constructed(block.name, arguments, plain, block.defaults)


def _alike(parts: Sequence[Part]) -> tuple[int, str]:
    """How many parts in a row are made alike, or with a number that grows by steps, and the loop that makes them."""
    block = parts[0].block
    assert block is not None
    row = list(itertools.takewhile(lambda part: part.block is block, parts))
    given = [block.arguments(part) for part in row]
    same = len(list(itertools.takewhile(lambda each: each == given[0], given)))
    if same > 2:
        return same, f"*[{_part_made(row[0])} for _ in range({same})]"
    changing = [name for name in given[0] if len(row) > 2 and given[1][name] != given[0][name]]
    if len(changing) == 1 and type(first := given[0][changing[0]]) is int:
        name, step = changing[0], given[1][changing[0]] - first
        steps = [{**given[0], name: first + step * number} for number in range(len(row))]
        count = next((place for place, pair in enumerate(zip(given, steps)) if pair[0] != pair[1]), len(row))
        if count > 2:
            arguments = {**given[0], name: Raw(name)}
            made = _block_made(block, arguments)
            return count, f"*[{made} for {name} in range({first}, {first + step * count}, {step})]"
    return max(same, 1), ""


def _numbered_anew(names: Sequence[str]) -> list[str]:
    """Names of a block's members, without what they all begin with, their numbers counted from 0."""
    counted: dict[str, int] = {}
    fresh = []
    for name in names:
        stem = name[name.rstrip("0123456789").rfind("_") + 1 :]
        stem = stem.rstrip("0123456789") or stem
        counted[stem] = counted.get(stem, -1) + 1
        fresh.append(f"{stem}{counted[stem]}")
    once = {stem for stem, last in counted.items() if last == 0}
    return [stem if (stem := name.rstrip("0123456789")) in once else name for name in fresh]


class _Forward:
    """The lines of one ``forward``: which values get a name, and which."""

    def __init__(self, owner: Class, always_tuple: bool = False) -> None:
        self.owner, self.body, self.program = owner, owner.body, owner.program
        self.always_tuple = always_tuple
        self.with_layer = False  # whether the text that waits for its reader has a layer
        self.few = _FEW if owner.block is None else (*_FEW, "w", "v", "u")
        self.text: dict[int, str] = {}
        self.local: dict[int, str] = {}
        numbers = [self.program.numbers[id(value)] for value in self.body.outputs]
        self.left = dict[int, int]()
        for item in self.body.items:
            for number in self.body.reads(item):
                self.left[number] = self.left.get(number, 0) + 1
        for number in numbers:
            self.left[number] = self.left.get(number, 0) + 1
        self.heads = set(numbers)
        self.crowded = self._most_alive() > len(self.few)
        self.alive = set(owner.inputs) | owner.taken
        for name, value in zip(owner.inputs, self.body.inputs):
            number = self.program.numbers[id(value)]
            self.text[number] = name
            if name in _FEW:
                self.local[number] = name

    def lines(self, indent: int) -> list[str]:
        """The body's lines, with the return at the end."""
        written: list[str] = []
        items = self.body.items
        for place, item in enumerate(items):
            text = self._expression(item)
            given = [self.program.numbers[id(value)] for value in item.outputs]
            following = items[place + 1] if place + 1 < len(items) else None
            if len(given) == 1 and self._stays(given[0], text, item, following, indent):
                self.text[given[0]] = text
                self.with_layer |= self._has_layer(item)
                continue
            self.with_layer = False
            names = [self._named(number, item, following, place, len(given)) for place, number in enumerate(given)]
            left = ", ".join(names)
            if isinstance(item, Step) and isinstance(item.text, Nested):
                left = f"{names[0]}, ({', '.join(names[1:])})"
            written += statement(f"{left} = {text}", indent)
        returned = [self._of(self.program.numbers[id(value)]) for value in self.body.outputs]
        if self.always_tuple and len(returned) == 1:
            return [*written, *statement(f"return ({returned[0]},)", indent)]
        result = f"return {', '.join(returned)}"
        if len(result) + indent > WIDTH and len(returned) > 1:
            result = f"return ({', '.join(returned)})"
        return [*written, *statement(result, indent)]

    def _of(self, number: int) -> str:
        value = self.program.values[number]
        if value.array is not None:
            owner = self.program.owners.get(id(value))
            if owner is not None:
                return f"self.{self.owner.of_modules[owner[0]]}.{owner[1]}"
            return f"self.{self.owner.of_values[number]}"
        return self.text[number]

    def _expression(self, item: Step | Part | Stage) -> str:
        if not isinstance(item, Step):
            text = f"self.{self.owner.of_items[id(item)]}({self._of(self.program.numbers[id(item.input)])})"
        else:
            marked = MODULE.sub(lambda found: f"self.{self.owner.of_modules[int(found[1])]}", item.text)
            text = VALUE.sub(lambda found: self._placed(int(found[1]), found.string, *found.span()), marked)
        for number in self.body.reads(item):
            self.left[number] -= 1
            if not self.left[number] and number in self.local:
                self.alive.discard(self.local[number])
        return text

    def _placed(self, number: int, whole: str, start: int, end: int) -> str:
        """A value's text where it is read: in brackets where an operator beside it would tear it apart."""
        text = self._of(number)
        alone = (start == 0 or whole[start - 1] in "([=" or whole[max(0, start - 2) : start] == ", ") and (
            end == len(whole) or whole[end] in "),]"
        )
        return text if alone or is_atom(text) else f"({text})"

    def _has_layer(self, item: Step | Part | Stage) -> bool:
        """Whether an item multiplies by weights."""
        return not isinstance(item, Step) or is_layer(self.program, item)

    def _stays(
        self, number: int, text: str, item: Step | Part | Stage, following: Step | Part | Stage | None, indent: int
    ) -> bool:
        """Whether a value needs no name, as the next line alone reads it and has room for it."""
        if self.left.get(number) != 1:
            return False
        if following is None:
            fits = is_atom(text) or len(text) + indent + 7 <= WIDTH
            return number in self.heads and len(self.body.outputs) == 1 and fits
        if number in self.heads or number not in self.body.reads(following):
            return False
        if self._has_layer(following) and (self.with_layer or self._has_layer(item)):
            return False  # a line has one layer, with what follows on it
        if not isinstance(following, Step):
            return depth(text) < _DEEPEST and len(text) + indent + 30 < WIDTH
        around = VALUE.sub("x" * 4, MODULE.sub("self." + "x" * 12, following.text))
        together = depth(text) + depth(around)
        return together <= _DEEPEST and len(around) + len(text) + indent + 8 <= WIDTH

    def _most_alive(self) -> int:
        """How many values are there at once, at most."""
        left, alive, most = dict(self.left), set[int](), 0
        for item in self.body.items:
            for number in self.body.reads(item):
                left[number] -= 1
                if not left[number]:
                    alive.discard(number)
            alive |= {number for value in item.outputs if left.get(number := self.program.numbers[id(value)])}
            most = max(most, len(alive))
        return most

    def _named(
        self, number: int, item: Step | Part | Stage, following: Step | Part | Stage | None, place: int, count: int
    ) -> str:
        """The name of a local: the graph's for one that is read far away, where there are many."""
        if number not in self.left:
            return "_"
        near = following is not None and self.body.reads(following).count(number) == self.left[number]
        dying = [
            self.local[each]
            for each in self.body.reads(item)
            if not self.left[each] and self.local.get(each) in self.few
        ]  # fmt: skip
        free = [name for name in (*dying, *self.few) if name not in self.alive]
        if free and (near or not self.crowded):
            name = free[0]
        else:
            wish = item.name if isinstance(item, (Step, Stage)) else item.scope
            base = identifier(wish if count == 1 else f"{wish}_{place}")
            name, suffix = base, 0
            while name in self.alive:
                suffix += 1
                name = f"{base}_{suffix}"
        self.alive.add(name)
        self.text[number] = self.local[number] = name
        return name
