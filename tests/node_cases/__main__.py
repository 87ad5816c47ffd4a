"""Go through all cases, and write the table where no groups are named: `python -m tests.node_cases [GROUP ...]`."""

import re
import sys
import textwrap
from collections import defaultdict

import onnx

from . import TABLE, cases, groups, outcome

HEAD = """\
# Written by `python -m tests.node_cases`: what the reader makes of the cases by which ONNX holds a backend.
# equal: computed, and what the case says; of these `held` with inputs that the model has to hold, as their elements
# have to be known before the graph runs. Of numbers that are drawn only shapes and dtypes are compared.
# Below, the cases that are refused, by the reason.
"""


def main() -> int:
    """Run a command line; 1 where a number is wrong or an error is no refusal."""
    chosen = sys.argv[1:]
    counts = dict.fromkeys(("equal", "held", "refused", "wrong", "broken"), 0)
    refused: dict[str, list[str]] = defaultdict(list)
    for group in chosen or groups():
        for case in cases(group):
            found = outcome(case)
            counts[found.kind] += 1
            counts["held"] += found.kind == "equal" and bool(found.held)
            if found.kind == "refused":
                refused[reason(found.why)].append(case.name)
            if chosen or found.kind in ("wrong", "broken"):
                print(f"{case.name}: {found}")
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    if not chosen:
        lines = [HEAD, f'onnx = "{onnx.__version__}"']
        lines += [f"{kind} = {count}" for kind, count in counts.items()]
        for why, names in sorted(refused.items()):
            shown = ", ".join(f'"{name}"' for name in sorted(names))
            lines += ["", "[[reasons]]", f"why = {quoted(why)}", "cases = [", textwrap.fill(
                shown, 118, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            ) + ",", "]"]  # fmt: skip
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"wrote {TABLE}")
    return int(counts["wrong"] + counts["broken"] > 0)


def reason(text: str) -> str:
    """A reason without the names of nodes."""
    said = text.splitlines()[0]
    said = re.sub(r"^\S* \((\w+)\):? ", r"\1: ", said)
    said = re.sub(r"(operators that are not read: )(.*)", lambda m: m[1] + re.sub(r" \([^)]*\)", "", m[2]), said)
    said = re.sub(r"\((?!it )[\w/.]+\) is computed", "is computed", said)
    return re.sub(r"^(the input )?\w+ (is of the dtype|has no shape|is no tensor)", r"an input \2", said)


def quoted(text: str) -> str:
    """A text as TOML has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    sys.exit(main())
