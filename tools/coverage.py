"""Write docs/coverage.md: every operator and every public name of MXNet 1.9.1, and whether it is here.

usage: python tools/coverage.py
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "coverage.md"
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

HEAD = """\
# Coverage of MXNet 1.9.1

Made by `make coverage` from the operator table and from what MXNet's own registry and modules list; a test keeps it
current. *Here* means that the name exists and has MXNet's arguments; what a call gives is held against MXNet by the
fidelity cases.
"""

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
        path: {name: interface.find(mx, f"{path}.{name}") is not None for name in sorted(names)}
        for path, names in facts["namespaces"].items()
    }
    parts = [HEAD, "## Operators\n", *_table("kind", [(OPERATOR_GROUPS[g], n) for g, n in groups.items()])]
    parts += ["## Python names\n", *_table("namespace", [(f"`mx.{p}`", n) for p, n in spaces.items()])]
    parts.append("## Name by name: operators\n")
    for group, names in groups.items():
        parts += _lists(OPERATOR_GROUPS[group], names)
    parts.append("## Name by name: Python\n")
    for path, names in spaces.items():
        parts += _lists(f"`mx.{path}`", names)
    return "\n".join(parts).rstrip() + "\n"


def _table(head: str, rows: list[tuple[str, dict[str, bool]]]) -> list[str]:
    lines = [f"| {head} | MXNet | here |", "| --- | ---: | ---: |"]
    for title, names in rows:
        lines.append(f"| {title} | {len(names)} | {sum(names.values())} |")
    lines.append(f"| all | {sum(len(n) for _, n in rows)} | {sum(sum(n.values()) for _, n in rows)} |")
    return ["\n".join(lines) + "\n"]


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
