"""Write docs/conversions.md: every operator, and whether it runs, trains, goes to ONNX, comes from it, goes to PyTorch.

usage: python tools/conversions.py
"""

from __future__ import annotations

import ast
import importlib
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "conversions.md"
READING = ROOT / "src" / "mxnet" / "onnx" / "reading"
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

HEAD = """\
# What can be converted

Made by `make coverage` from the operator table; a test keeps it current. [An old model, today](an-old-model.md) shows
how it is done.

- **runs**: all of these do, eagerly, in graphs, and in files of MXNet's.
- **trains**: its result has a gradient (which may be zero, as MXNet's is).
- **ONNX out**: it has nodes in ONNX. Some attributes of some may not: `remxnet convert` and `mx.onnx.export_model`
  name the node and say why before anything is written.
- **ONNX in**: reading ONNX makes nodes of it.
- **PyTorch**: it has a line in the module that `remxnet convert … net.py` writes.
- **.pt2**: `torch.export` can follow that line.

In ONNX the order of equal elements in `sort`, `argsort` and `topk` is that of their places. Where inputs hold NaN or
infinities, results under onnxruntime have them in the same places, but for the operators listed below the table.

Why an operator has no counterpart is said below the table. Operators that MXNet 1.9.1 has and that are not here are in
[Coverage](coverage.md).
"""

READ_HEAD = """\
## Operators of ONNX that are read

Of operator sets 7 to the current one; attributes that are not read are named when a model is opened. An operator that
ONNX itself defines by others (Attention, RotaryEmbedding, SoftmaxCrossEntropyLoss, …) is read by its definition.
Strings, sequences, optional values and numbers of 4 bits or of 8 with a point are not read;
`tests/node_cases/cases.toml` has each of ONNX's own cases that is refused, with the reason.
"""

COLUMNS = ("runs", "trains", "ONNX out", "ONNX in", "PyTorch", ".pt2")
GROUPS = {
    "": "`nd.X`, `sym.X`",
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
    for layer in ("mxnet.onnx.writing", "remxnet.convert.source"):
        importlib.import_module(layer)
    from mxnet.onnx.reading import READERS
    from mxnet.onnx.writing.not_a_number import DIFFERS
    from mxnet.ops.kinds import answer
    from mxnet.ops.registry import OPERATORS, OVER_GRAPHS, namespace_of

    read, trained = came_in(), with_gradient()
    groups: dict[str, list[Any]] = {group: [] for group in GROUPS}
    for spec in dict.fromkeys([*OPERATORS.values(), *OVER_GRAPHS.values()]):
        groups[namespace_of(spec.name)[0]].append(spec)
    counts = dict.fromkeys(COLUMNS, 0)
    tables, reasons = [], dict[tuple[str, str], list[str]]()
    for group, specs in groups.items():
        if not specs:
            continue
        lines = [f"### {GROUPS[group]}\n", f"| operator | {' | '.join(counts)} |", "| --- |" + " :---: |" * len(counts)]
        for spec in sorted(specs, key=lambda spec: spec.name):
            out, source, exported = (answer(spec, kind) for kind in ("onnx", "source", "exported"))
            has = [True, spec.name in trained, out.has, spec.name in read, source.has, exported.has]
            for name, each in zip(counts, has):
                counts[name] += each
            lines.append(f"| `{spec.name}` | {' | '.join('yes' if each else '–' for each in has)} |")
            for target, told in (("ONNX", out), ("PyTorch", source), (".pt2", exported)):
                if not told.has and not (target == ".pt2" and not source.has):
                    reasons.setdefault((target, told.reason), []).append(f"`{spec.name}`")
        tables.append("\n".join(lines) + "\n")
    total = " | ".join(map(str, counts.values()))
    summary = f"| | {' | '.join(counts)} |\n| --- |{' ---: |' * len(counts)}\n| operators | {total} |\n"
    parts = [HEAD, summary, "## Operator by operator\n", *tables, "## Why not\n"]
    for (target, reason), names in sorted(reasons.items()):
        parts.append(filled(f"**{target}**: {reason} ({len(names)}): " + ", ".join(sorted(names))))
    parts.append("## NaN and infinities in ONNX\n")
    for why, differing in DIFFERS.items():
        parts.append(filled(f"{why} ({len(differing)}): " + ", ".join(f"`{name}`" for name in differing)))
    parts += [READ_HEAD, filled(", ".join(f"`{name}`" for name in sorted(READERS)))]
    return "\n".join(parts).rstrip() + "\n"


def filled(text: str) -> str:
    """Return a paragraph."""
    return textwrap.fill(text, 118, break_long_words=False, break_on_hyphens=False) + "\n"


def came_in() -> set[str]:
    """The operators that the reader of ONNX writes, by the names in its code."""
    from mxnet.ops.registry import operator_of

    found = set()
    for path in [READING / "graph.py", *sorted((READING / "operators").glob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                spec = operator_of(node.value) if node.value.isidentifier() else None
                if spec is not None:
                    found.add(spec.name)
    return found


def with_gradient() -> set[str]:
    """The operators of which a call on small arrays has a result with a gradient."""
    from fidelity import inference
    from mxnet.ops.registry import OPERATORS, OVER_GRAPHS

    # a node that holds graphs has theirs, and a program's own operator says its gradient itself
    found = {spec.name for spec in (*OVER_GRAPHS.values(), *OPERATORS.values()) if spec.graphs or spec.open}
    for name, inputs, attributes in inference.calls():
        spec = OPERATORS[name]
        if spec.name not in found and has_gradient(spec, inputs, attributes):
            found.add(spec.name)
    return found


def has_gradient(spec: Any, inputs: Any, attributes: Any) -> bool:
    """Whether the result of a call depends on its inputs for torch."""
    if spec.writes or spec.aux:
        return bool(spec.aux) and not spec.writes  # norms, whose states are apart from what is learned
    return any(flows(spec, inputs, attributes, decomposed) for decomposed in (False, True))


def flows(spec: Any, inputs: Any, attributes: Any, decomposed: bool) -> bool:
    """Whether a gradient flows through a call; of matrices that can be decomposed in all ways, or of any numbers."""
    from mxnet import streams
    from mxnet.base import MXNetError, to_torch_dtype

    tensors: list[Any] = []
    for each in inputs:
        if each is None:
            tensors.append(None)
            continue
        kind = to_torch_dtype(each[1])
        values = np.random.RandomState(0).uniform(0.1, 0.9, each[0])
        if decomposed and len(each[0]) > 1 and each[0][-1] == each[0][-2]:
            values = (values + np.swapaxes(values, -1, -2)) / 2 + 2 * np.eye(each[0][-1])
        made = torch.tensor(values).to(kind)
        tensors.append(made.requires_grad_() if kind.is_floating_point else made)
    given = dict(spec.parse(attributes))
    if spec.takes_training:
        given["training"] = False
    if spec.takes_device:
        given["device"] = torch.device("cpu")
    if spec.takes_rng:
        given["rng"] = streams.for_device(torch.device("cpu"))
    try:
        result = spec.function(*tensors, **given)
    except (MXNetError, RuntimeError, ValueError, IndexError, TypeError):
        return False  # of arguments that a gradient does not go through
    return any(each.requires_grad for each in (result if isinstance(result, (tuple, list)) else [result]))


if __name__ == "__main__":
    text = page()
    PAGE.write_text(text, encoding="utf-8")
    numbers = next(line for line in text.splitlines() if line.startswith("| operators |"))
    counted = zip(COLUMNS, numbers.split("|")[2:])
    print(f"wrote {PAGE.relative_to(ROOT)}: {', '.join(f'{number.strip()} {name}' for name, number in counted)}")
