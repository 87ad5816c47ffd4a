"""The whole text of a program: docstring, imports, functions, classes, and how the weights get in."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Container, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import torch

from mxnet.symbol.typed import Call, TypedGraph

from . import rules  # noqa: F401 - says what operators become
from .bodies import Block, Body
from .grouping import grouped
from .library import Library, library
from .lines import WIDTH
from .names import RESERVED, Names, identifier, quoted
from .steps import Program, translated
from .steps import refused as refused_calls
from .writing import Class, function_lines

#: what a program imports itself, beside what functions of the library need
_IMPORTS = {
    "Path": "from pathlib import Path", "math": "import math", "torch": "import torch", "nn": "from torch import nn",
    "F": "import torch.nn.functional as F", "load_file": "from safetensors.torch import load_file",
}  # fmt: skip
#: packages that are not Python's own
_OTHERS = {"numpy", "safetensors", "torch"}

__all__ = ["Source", "refused", "written"]


class Source(NamedTuple):
    """A program and its weights.

    Attributes
    ----------
    text : the program
    tensors : the network's ``state_dict``
    class_name : of the network in the text
    names : what MXNet calls a parameter to what the program does
    arguments : what the graph calls an input to the argument of ``forward``, in the order of ``forward``
    optional : the graph's names of inputs that may be left out, as labels of losses in prediction
    parts : MXNet's name of a parameter to those of the program that it is in order, one after the other
    """

    text: str
    tensors: dict[str, torch.Tensor]
    class_name: str
    names: dict[str, str]
    arguments: dict[str, str]
    optional: tuple[str, ...] = ()
    parts: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def written(graph: TypedGraph, class_name: str, weights_name: str, origin: str = "") -> Source:
    """Write a graph as a program.

    Parameters
    ----------
    graph : TypedGraph
        with its parameters
    class_name : str
        of the network; made an identifier
    weights_name : str
        the file beside the program that has the weights
    origin : str, optional
        where the graph is from, for the docstring

    Raises
    ------
    Cannot
        a call has no rule, or none for these attributes
    """
    functions = library()
    program = translated(graph, functions)
    used, bodies = _used(program, functions)
    reserved = {*functions.closure(used), *(each for each, _ in bodies)}
    name = _camel(identifier(class_name, "Network"), reserved)
    reserved.add(name)
    body = grouped(program, reserved)
    taken = Names(reserved)
    arguments = {}
    for value in graph.inputs:
        arguments[value.name] = taken.new(value.name if value.name not in ("x", "y", "z") else "data", "data")
    optional = [arguments[value.name] for value in graph.inputs if id(value) in program.optional]
    inputs = [arguments[value.name] for value in graph.inputs]
    network = Class(name, body, None, inputs, optional, reserved)
    classes: dict[str, Class] = {}
    lines: list[str] = []
    for block in body_blocks(body):
        classes[block.name] = Class(block.name, block.parts[0].body, block, taken=reserved)
        lines += ["", "", *classes[block.name].text([f'    """{block.doc}"""'])]
    tensors, names = network.parameters(classes)
    first = sorted(inputs, key=lambda each: each in optional)
    shown = _shapes(graph, arguments, first)
    lines += ["", "", *network.text(_described(quoted(origin) or "The network", shown))]
    lines += ["", "", *_load(name, weights_name)]
    text = _whole(lines, program, functions, used, bodies, _docstring(name, origin, shown, weights_name, program))
    order = {each: name for name in first for each, called in arguments.items() if called == name}
    unneeded = tuple(value.name for value in graph.inputs if id(value) in program.optional)
    whole = {each: called for each, called in names.items() if isinstance(called, str)}
    parts = {each: called for each, called in names.items() if not isinstance(called, str)}
    return Source(text, tensors, name, whole, order, unneeded, parts)


def _camel(name: str, taken: Container[str]) -> str:
    """A name of a file as that of a class, other than those that the program has of its own."""
    camel = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    return f"{camel}Network" if camel in RESERVED or camel in taken else camel


def refused(graph: TypedGraph) -> list[tuple[Call, str]]:
    """All calls of a graph that cannot be written, each with the reason."""
    return refused_calls(graph, library())


def body_blocks(body: Body) -> list[Block]:
    """The blocks that a body's parts are uses of, each once, in order."""
    found: dict[str, Block] = {}
    for item in body.items:
        for part in getattr(item, "parts", [item]):
            block = getattr(part, "block", None)
            if block is not None:
                found[block.name] = block
    return list(found.values())


def _used(program: Program, functions: Library) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Names of functions of the library that are used, and the functions of loops' bodies with their lines."""
    used, bodies = dict(program.used), list[tuple[str, list[str]]]()
    for name, inner, inputs in program.bodies:
        more, below = _used(inner, functions)
        used.update(dict.fromkeys(more))
        bodies += below
        called = [f"{identifier(value.name)}_{place}" if value.name in ("x", "y", "z") else identifier(value.name)
                  for place, value in enumerate(inputs)]  # fmt: skip
        names = Names()
        called = [names.new(each) for each in called]
        whole = Body(inner, inner.steps, inputs, inner.graph.outputs)
        bodies.append((name, function_lines(name, whole, called, f"What {name} computes.")))
    return list(used), bodies


def _shapes(graph: TypedGraph, arguments: dict[str, str], order: Sequence[str]) -> str:
    shapes = {arguments[value.name]: (value.shape, value.dtype) for value in graph.inputs}
    return ", ".join(f"{name} {shapes[name][0]} {shapes[name][1]}" for name in order)


def _described(text: str, shown: str) -> list[str]:
    """The docstring of the network: on one line, where the shapes of its inputs have room there."""
    line = f"{text}; given {shown}." if shown else f"{text}."
    if len(line) < 78:
        return [f'    """{line}"""']
    wrapped = textwrap.wrap(f"Given {shown}.", WIDTH - 4) if shown else []
    return [f'    """{text[:70]}.', "", *(f"    {each}" for each in wrapped), '    """']


def _docstring(name: str, origin: str, shown: str, weights_name: str, program: Program) -> list[str]:
    module = identifier(weights_name.rsplit(".", 1)[0])
    lines = [f'"""{name}, for PyTorch{f": {quoted(origin)}" if origin else ""}.', ""]
    if shown:
        lines += [*textwrap.wrap(f"Inputs: {shown}, as it was converted.", 88)]
    lines += [f"Weights: {quoted(weights_name)} beside this file.", ""]
    lines += ["Use it as", "", f"    from {module} import load", "", "    network = load()"]
    kinds = {module.kind for module in program.modules}
    if any("BatchNorm" in kind for kind in kinds):
        lines += ["", "In training, batch norms move their running variance by the unbiased variance of a", ""]
        lines[-1:] = ["batch, as PyTorch does; MXNet took the biased one."]
    return [*lines, '"""']


def _load(name: str, weights_name: str) -> list[str]:
    return [
        f"def load(path: str | Path | None = None) -> {name}:",
        '    """The network with its weights, ready to predict."""',
        f"    network = {name}()",
        f"    path = path or Path(__file__).with_name({_double(weights_name)})",
        "    network.load_state_dict(load_file(path))",
        "    return network.eval()",
    ]


def _double(text: str) -> str:
    """A text as a literal in double quotes where it needs no escapes."""
    plain = repr(text)
    return f'"{plain[1:-1]}"' if plain[0] == "'" and '"' not in plain else plain


def _whole(
    lines: list[str],
    program: Program,
    functions: Library,
    used: list[str],
    bodies: list[tuple[str, list[str]]],
    doc: list[str],
) -> str:
    helpers: list[str] = []
    previous = ""
    for name in functions.closure(used):
        text = functions.text(name)
        is_constant = not text.lstrip("#").lstrip().startswith(("def ", "class ", "@")) and "\n" not in text
        helpers += [""] if is_constant and previous == "constant" else ["", ""]
        helpers.append(text)
        previous = "constant" if is_constant else ""
    for _, each in bodies:
        helpers += ["", "", *each]
    body = "\n".join([*helpers, *lines])
    mentioned = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    known = {**functions.imports, **_IMPORTS}
    wanted = {line for name, line in known.items() if name in mentioned}
    groups = [
        [line for line in wanted if (line.split()[1].split(".")[0] in _OTHERS) is other] for other in (False, True)
    ]
    standard, others = (sorted(group, key=lambda line: (not line.startswith("import"), line)) for group in groups)
    # before a constant one line is left free, as ruff sorts imports
    after = body if helpers[1:2] != [""] or body.lstrip("\n").startswith(("def ", "class ", "@")) else body[1:]
    return "\n".join([*doc, "", *standard, "", *others]) + "\n" + after + "\n"
