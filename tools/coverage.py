"""Write docs/coverage.md: every operator and every public name of MXNet 1.9.1, and whether it is here.

usage: python tools/coverage.py
"""

from __future__ import annotations

import importlib
import sys
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "coverage.md"
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

HEAD = """\
# Coverage of MXNet 1.9.1

Made by `make coverage` from the operator table and from what MXNet's own registry and modules list; a test keeps it
current. *Here* means that the name exists and has MXNet's arguments; what a call gives is held against MXNet by the
fidelity cases.
"""

RULES_HEAD = """\
## What the operators here know beside their function

One column for each kind of rule in `mxnet.ops.kinds`: how many of the operators have one or need none. A test holds
that the others say why they have none.
"""

IN_USE_HEAD = """\
## What programs use

59 public code bases were parsed. Of the {of} names, attributes and methods that two or more of them use, {here} are
here, and all {modules} module paths that any of them imports (`tests/in_use` has both lists). Not here:
"""

#: layers above the operators that have rules of theirs
LAYERS_WITH_RULES = ["mxnet.onnx.writing", "remxnet.convert.source"]

OPERATOR_GROUPS = {
    "": "neural networks, shapes, reductions: `nd.X`, `sym.X`",
    "contrib": "`nd.contrib`",
    "linalg": "`nd.linalg`",
    "image": "`nd.image`",
    "random": "`nd.random`",
    "sparse": "`nd.sparse`",
    "np": "behind `np`",
    "npx": "behind `npx`",
    "_internal": "internal, behind operators and methods",
}


def page() -> str:
    """Return the whole page."""
    import mxnet as mx
    from fidelity import interface
    from mxnet.ops.registry import OPERATORS, namespace_of

    facts = interface.read()
    groups: dict[str, dict[str, bool]] = {group: {} for group in OPERATOR_GROUPS}
    for name, entry in sorted(facts["operators"].items()):
        group, _ = namespace_of(name)
        groups[group][name] = any(n in OPERATORS for n in [name, *entry["aliases"]])
    spaces = {
        path: {name: hasattr(interface.find(mx, path), name) for name in sorted(names)}
        for path, names in facts["namespaces"].items()
    }
    parts = [HEAD, "## Operators\n", *_table("kind", [(OPERATOR_GROUPS[g], n) for g, n in groups.items()])]
    parts += _rules()
    parts += ["## Python names\n", *_table("namespace", [(f"`mx.{p}`", n) for p, n in spaces.items()])]
    parts += _in_use()
    parts.append("## Name by name: operators\n")
    for group, names in groups.items():
        parts += _lists(OPERATOR_GROUPS[group], names)
    parts.append("## Name by name: Python\n")
    for path, names in spaces.items():
        parts += _lists(f"`mx.{path}`", names)
    return "\n".join(parts).rstrip() + "\n"


def _in_use() -> list[str]:
    """Return how much of what programs use is here, and why the rest is not."""
    import in_use

    lacking = [name for name in in_use.NAMES if in_use.lacking(name)]
    here = len(in_use.NAMES) - len(lacking)
    lines = [f"- `{name}` ({in_use.NAMES[name]} code bases): {in_use.NOT_HERE[name]}" for name in lacking]
    return [IN_USE_HEAD.format(here=here, of=len(in_use.NAMES), modules=len(in_use.MODULES)), "\n".join(lines) + "\n"]


def _table(head: str, rows: list[tuple[str, dict[str, bool]]]) -> list[str]:
    lines = [f"| {head} | MXNet | here |", "| --- | ---: | ---: |"]
    for title, names in rows:
        lines.append(f"| {title} | {len(names)} | {sum(names.values())} |")
    lines.append(f"| all | {sum(len(n) for _, n in rows)} | {sum(sum(n.values()) for _, n in rows)} |")
    return ["\n".join(lines) + "\n"]


def _rules() -> list[str]:
    """Return the table of kinds of rules, and who says why there is none."""
    for layer in LAYERS_WITH_RULES:
        importlib.import_module(layer)
    from mxnet.ops.kinds import KINDS, answer
    from mxnet.ops.registry import OPERATORS, namespace_of

    kinds = {name: kind for name, kind in KINDS.items() if kind.concerns_all}
    groups: dict[str, list[Any]] = {group: [] for group in OPERATOR_GROUPS}
    for spec in dict.fromkeys(OPERATORS.values()):
        groups[namespace_of(spec.name)[0]].append(spec)
    rows = [(OPERATOR_GROUPS[group], specs) for group, specs in groups.items() if specs]
    rows.append(("all", [spec for _, specs in rows for spec in specs]))
    lines = [f"| kind | operators | {' | '.join(kinds)} |", "| --- | ---: |" + " ---: |" * len(kinds)]
    for title, specs in rows:
        counts = [
            str(sum(answer(spec, name).has for spec in specs)) if kind.begun else "not yet"
            for name, kind in kinds.items()
        ]
        lines.append(f"| {title} | {len(specs)} | {' | '.join(counts)} |")
    parts = [RULES_HEAD, "\n".join(lines) + "\n"]
    parts.append("\n".join(f"- **{name}**: {kind.meaning}" for name, kind in kinds.items()) + "\n")
    for name in (name for name, kind in kinds.items() if kind.begun):
        reasons: dict[str, list[str]] = {}
        for spec in rows[-1][1]:
            if (reason := answer(spec, name).reason) and not answer(spec, name).has:
                reasons.setdefault(reason, []).append(f"`{spec.name}`")
        for reason, names in sorted(reasons.items()):
            text = f"**{name}**: {reason} ({len(names)}): " + ", ".join(sorted(names))
            parts.append(textwrap.fill(text, 118, break_long_words=False, break_on_hyphens=False) + "\n")
    return parts


def _lists(title: str, names: dict[str, bool]) -> list[str]:
    parts = [f"### {title}\n"]
    for state, wanted in (("here", True), ("not yet", False)):
        chosen = [f"`{n}`" for n, present in names.items() if present is wanted]
        if chosen:
            text = f"**{state}** ({len(chosen)}): " + ", ".join(chosen)
            parts.append(textwrap.fill(text, 118, break_long_words=False, break_on_hyphens=False) + "\n")
    return parts


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
