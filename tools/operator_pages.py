"""A hook of the documentation's build: a page for each family of operators, made from the operator table.

For each operator its names, its signature, and its docstring with shapes, errors and example. Nothing of it is stored:
the pages are made with the site.
"""

from __future__ import annotations

import functools
import html
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

if TYPE_CHECKING:
    from mxnet.ops.registry import OpSpec

# page: (title, modules of mxnet.ops). A module that is in none of them gets a page of its own.
FAMILIES = {
    "convolution": ("Convolution and pooling", "convolution pooling resizing"),
    "layers": ("Dense layers, activation, normalization", "dense activation normalization softmax embedding rnn"),
    "outputs": ("Outputs with a loss of their own", "output"),
    "elementwise": ("Element by element", "elementwise scalar cast gradients"),
    "broadcast": ("Arithmetic with broadcasting", "broadcast"),
    "reduce": ("Reductions and sorting", "reduce ordering"),
    "shape": ("Shapes, slices, indices", "shape slicing joining tiling indexing sequence"),
    "creation": ("New arrays", "creation"),
    "linalg": ("Linear algebra", "linalg products"),
    "random": (
        "Random numbers",
        "random random_choice random_density random_numpy random_parameters random_rejection drawing",
    ),
    "image": ("Images and regions", "image image_io regions spatial"),
    "optimizers": ("Steps of optimizers", "optim optim_multi optim_steps"),
    "numpy": ("Behind mx.np", "np_elementwise np_linalg np_reduce np_shape"),
}
FOLDER = "operators"
SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", re.MULTILINE)
ROLE = re.compile(r":\w+:`~?([^`]+)`")
CODE = re.compile(r"(`[^`]+`)")


def on_config(config: Any) -> Any:
    """Put the pages into the navigation, under the entry that names their folder; called by mkdocs."""
    for item in config.nav:
        for title, target in item.items():
            if target == FOLDER:
                item[title] = [f"{FOLDER}/{name}.md" for name in pages()]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages to the site; called by mkdocs."""
    from mkdocs.structure.files import File

    for name, text in pages().items():
        files.append(File.generated(config, f"{FOLDER}/{name}.md", content=text))
    return files


@functools.cache
def pages() -> dict[str, str]:
    """The pages' Markdown by name, the first of which, `index`, lists the others."""
    families = operators_by_family()
    made = {name: family_page(title, operators) for name, (title, operators) in families.items()}
    return {"index": index_page(families), **made}


def operators_by_family() -> dict[str, tuple[str, list[OpSpec]]]:
    """Title and operators of each page, in order."""
    from mxnet.ops.registry import OPERATORS

    place = {module: (name, title) for name, (title, modules) in FAMILIES.items() for module in modules.split()}
    found: dict[str, tuple[str, list[OpSpec]]] = {name: (title, []) for name, (title, _) in FAMILIES.items()}
    for spec in {id(spec): spec for spec in OPERATORS.values()}.values():
        module = spec.function.__module__.rpartition(".")[2]
        name, title = place.get(module, (module, module.replace("_", " ").capitalize()))
        found.setdefault(name, (title, []))[1].append(spec)
    for _, operators in found.values():
        operators.sort(key=lambda spec: public_name(spec).lower())
    return {name: family for name, family in found.items() if family[1]}


def public_name(spec: OpSpec) -> str:
    """The name a program calls it by, such as `nd.contrib.box_nms`."""
    from mxnet.ops.registry import namespace_of

    spaces = {"": "nd.", "np": "np.", "npx": "npx.", "_internal": ""}
    names = [namespace_of(name) for name in (spec.name, *spec.aliases)]
    space, name = next((pair for pair in names if pair[0] != "_internal"), names[0])
    return f"{spaces.get(space, f'nd.{space}.')}{name}"


def index_page(families: dict[str, tuple[str, list[OpSpec]]]) -> str:
    """The list of families, each with its operators."""
    count = sum(len(operators) for _, operators in families.values())
    lines = [
        "# Operators",
        "",
        f"The {count} operators of the table, by family. `nd.X`, `sym.X`, `F.X` and the methods of arrays are made "
        "from the same declarations; `np` and `npx` build on them. What MXNet has and is missing here is in "
        "[Coverage](../coverage.md).",
        "",
    ]
    for name, (title, operators) in families.items():
        links = ", ".join(f"[{escape(public_name(spec))}]({name}.md#{anchor(spec)})" for spec in operators)
        lines += [f"## [{title}]({name}.md)", "", links, ""]
    return "\n".join(lines)


def family_page(title: str, operators: list[OpSpec]) -> str:
    """The operators of one family."""
    return "\n".join([f"# {title}", "", *(line for spec in operators for line in entry(spec))])


def entry(spec: OpSpec) -> Iterator[str]:
    """One operator: heading, signature, other names, documentation."""
    yield f"## {escape(public_name(spec))} {{ #{anchor(spec)} }}"
    yield ""
    yield "```python"
    yield from signature_lines(public_name(spec), spec.signature())
    yield "```"
    yield ""
    others = sorted({spec.name, *spec.aliases} - {public_name(spec).rpartition(".")[2]})
    if others:
        yield "In graphs also " + ", ".join(f"`{name}`" for name in others) + "."
        yield ""
    yield from documentation(spec.doc)


def anchor(spec: OpSpec) -> str:
    """The operator's place on its page: names differ by their case alone, such as `nd.Cast` and `nd.cast`."""
    return spec.name


def signature_lines(name: str, signature: inspect.Signature) -> Iterator[str]:
    """The signature, over several lines where it is long."""
    text = f"{name}{signature}"
    if len(text) <= 80:
        yield text
        return
    parts = str(signature)[1:-1].split(", ")
    yield f"{name}("
    joined: list[str] = []
    for part in parts:  # a default such as (1, 2) was split, too
        if joined and joined[-1].count("(") > joined[-1].count(")"):
            joined[-1] += ", " + part
        else:
            joined.append(part)
    yield from textwrap.wrap(", ".join(joined), 76, initial_indent="    ", subsequent_indent="    ")
    yield ")"


# --- docstrings ------------------------------------------------------------------------------------------------------


def documentation(doc: str) -> Iterator[str]:
    """A docstring in NumPy's style as Markdown."""
    start, *sections = SECTION.split(doc)
    yield from paragraphs(start)
    for title, body in zip(sections[::2], sections[1::2]):
        if title == "Examples":
            yield "```pycon"
            yield from (line for line in body.strip().splitlines() if line.strip() != "<BLANKLINE>")
            yield "```"
            yield ""
            continue
        yield f"**{title}**"
        yield ""
        yield from paragraphs(body) if title == "References" else items(body)


def paragraphs(text: str) -> Iterator[str]:
    """Running text; an indented formula stays as it is."""
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if paragraph.startswith("    "):
            yield from ("```text", textwrap.dedent(paragraph), "```", "")
        elif paragraph:
            yield from (inline(paragraph), "")


def items(text: str) -> Iterator[str]:
    """`name : kind` with an indented description below, as a list."""
    for item in re.split(r"\n(?=\S)", text.strip("\n")):
        head, _, description = item.partition("\n")
        name, colon, kind = head.partition(" : ")
        line = f"- **{escape(name)}**" + (f" — {inline(kind)}" if colon else "")
        yield line + (f"  \n  {inline(' '.join(textwrap.dedent(description).split()))}" if description.strip() else "")
    yield ""


def inline(text: str) -> str:
    """A line of a docstring as Markdown: code stays code, and nothing else is taken for markup."""
    text = ROLE.sub(r"`\1`", text.replace("``", "`"))
    return "".join(part if part.startswith("`") else escape(part) for part in CODE.split(text))


def escape(text: str) -> str:
    """Text in which Markdown finds no markup."""
    return re.sub(r"([*_\[\]|~])", r"\\\1", html.escape(text, quote=False))
