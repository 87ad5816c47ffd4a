"""Write what a declaration can say into CONTRIBUTING.md: parameters of @operator, kinds of attributes, kinds of rules.

usage: python tools/declarations.py

The tables are made from the signature and the docstring of `operator`, from the comments over the kinds in
`mxnet/ops/attributes.py` and from `mxnet/ops/kinds.py`; they stand between two comments.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "CONTRIBUTING.md"
BEGIN = "<!-- made by `make coverage` from the code; edits are lost -->"
END = "<!-- end of what is made -->"
sys.path.insert(0, str(ROOT / "src"))


def page(text: str) -> str:
    """Return the page with its tables made again.

    Raises
    ------
    ValueError
        the page has no place for them
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{PAGE.name}: expected {BEGIN!r} and {END!r} once each")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    made = ["**Parameters of `@operator`**, beside the names:", parameters(), "**Kinds of attributes**:", attributes()]
    made += ["**Kinds of rules** (`rules=`, or `@rule(kind, name)` in any layer):", rules()]
    return f"{before}{BEGIN}\n\n" + "\n\n".join(made) + f"\n\n{END}{after}"


def parameters() -> str:
    """Return the table of the parameters of `operator`."""
    from mxnet.ops.registry import operator

    defaults = inspect.signature(operator).parameters
    rows = []
    for names, kind, words in documented(inspect.getdoc(operator) or ""):
        if names.split(", ")[0] != "name":
            default = defaults[names].default
            unset = "" if default is None or default == () else f"; {default!r}"
            rows.append((f"`{names}`", kind + unset, words))
    missing = set(defaults) - {"name", "aliases"} - {row[0].strip("`") for row in rows}
    if missing:
        raise ValueError(f"the docstring of operator() does not say what {', '.join(sorted(missing))} are")
    return table(("parameter", "kind; default", "what it says"), rows)


def documented(doc: str) -> list[tuple[str, str, str]]:
    """Return names, kind and description of each entry under Parameters in a docstring."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-+\n|\Z)", doc, re.S | re.M)
    entries = re.findall(r"^(\S[^\n]*?) : ([^\n]*)\n((?:[ ]{4}[^\n]*\n?)*)", section[1] if section else "", re.M)
    return [(names, kind, plain(words)) for names, kind, words in entries]


def plain(words: str) -> str:
    """Return text of a docstring as Markdown in one line."""
    return re.sub(r":\w+:`", "`", " ".join(words.split())).replace("``", "`")


def attributes() -> str:
    """Return the table of annotations."""
    from mxnet.ops import attributes as module

    source = inspect.getsource(module)
    rows = [
        (f"`{kind.__name__}`", parser[1])
        for kind, parser in module._PARSERS.items()
        if isinstance(kind, type) and kind.__module__ == "builtins" and not hasattr(kind, "__args__")
    ]
    rows.append(("`Literal[…]`", "one of the values listed"))
    for words, name in re.findall(r"^((?:#: [^\n]*\n)+)(\w+) = ", source, re.M):
        if name in module.__all__ and name[0].isupper() and not name.isupper():
            rows.append((f"`{name}`", plain(words.replace("#:", ""))))
    rows.append(("`… | None`", "None too"))
    return table(("annotation", "what it takes"), rows)


def rules() -> str:
    """Return the table of kinds of rules."""
    from mxnet.ops.kinds import KINDS

    asked = {(True, True): "all operators", (True, False): "all operators, not begun", (False, False): "some"}
    rows = [(f"`{name}`", asked[kind.concerns_all, kind.begun], kind.meaning) for name, kind in KINDS.items()]
    return table(("kind", "asked of", "what a rule of it says"), rows)


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")
