"""Models in double precision: the same function, with rounding that no depth makes large."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from mxnet.symbol.graph import Entry, Node, duplicate, topological

from .models import Model
from .proving import Arrays, Reference, host_dtype

__all__ = ["doubled", "doubled_text", "reference_of", "watched", "widened"]


def widened(inputs: Arrays) -> Arrays:
    """Arrays of floating-point numbers in double precision, others as they are."""
    return {
        name: array.astype(np.float64) if np.issubdtype(array.dtype, np.floating) else array
        for name, array in inputs.items()
    }


def reference_of(model: Model, dtypes: Mapping[str, str], double: bool) -> Reference:
    """MXNet's side of a model, in double precision if that is asked for."""
    if not double:
        return Reference(model.symbol, model.parameters, dtypes)
    wide = doubled(model)
    kinds = {name: "float64" if np.issubdtype(host_dtype(kind), np.floating) else kind for name, kind in dtypes.items()}
    return Reference(wide.symbol, wide.parameters, kinds)


def doubled(model: Model) -> Model:
    """A model whose parameters, and whose nodes that say a precision, have double precision."""
    entries = _double(duplicate(model.symbol._entries, {}))
    parameters = {
        name: array.astype("float64") if array._t.is_floating_point() else array.copy()
        for name, array in model.parameters.items()
    }
    return Model(model.name, type(model.symbol)(entries), parameters)


def _double(heads: Sequence[Entry]) -> list[Entry]:
    """Have a copy of a graph compute in double precision, around operators too that take single alone."""
    wide: dict[tuple[int, int], Entry] = {}

    def moved(entry: Entry) -> Entry:
        return wide.get((id(entry.node), entry.output), entry)

    for node in topological(heads):
        node.inputs = [moved(entry) for entry in node.inputs]
        if node.spec is None:
            if node.attributes.get("__dtype__") in _FLOATS:
                node.attributes = {**node.attributes, "__dtype__": "1"}
            continue
        said = {
            name: torch.float64
            for name, value in node.all_attributes().items()
            if isinstance(value, torch.dtype) and value.is_floating_point
        }
        node.parsed = {**node.parsed, **said}
        node.attributes = {**node.attributes, **dict.fromkeys(said, "float64")}
        node.graphs = tuple(_double(held) for held in node.graphs)
        rule = node.spec.rule("dtype")
        if rule is None:
            continue
        inputs, outputs = rule((torch.float64,) * len(node.inputs), (None,) * node.visible, node.all_attributes())
        node.inputs = [
            _cast(entry, "float32", f"{node.name}_input{place}") if kind is torch.float32 else entry
            for place, (entry, kind) in enumerate(zip_longest(node.inputs, inputs[: len(node.inputs)]))
        ]
        for place, kind in enumerate(outputs):
            if kind is torch.float32:
                wide[id(node), place] = _cast(Entry(node, place), "float64", f"{node.name}_output{place}")
    return [moved(head) for head in heads]


def _cast(entry: Entry, dtype: str, name: str) -> Entry:
    return Entry(Node("Cast", name, {"dtype": dtype}, [entry]), 0)


#: what a variable's attribute says of floating-point numbers: float32, float64, float16, bfloat16
_FLOATS = ("0", "1", "2", "12")
_KIND = re.compile(r"\btorch\.(float32|float16|bfloat16)\b")
_MADE = re.compile(r"\.(float|half|bfloat16)\(\)")


def doubled_text(text: str) -> str:
    """A program that says float64 where it said a precision."""
    return _MADE.sub(".double()", _KIND.sub("torch.float64", text))


class _Watch(TorchDispatchMode):
    """Remembers which operations read or gave less than double precision."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        for each in tree_leaves((args, found)):
            if isinstance(each, torch.Tensor) and each.is_floating_point() and each.dtype is not torch.float64:
                self.seen.add(func.overloadpacket.__name__)
        return found


@contextmanager
def watched() -> Iterator[set[str]]:
    """Which operations of torch had less than double precision, while the context lasts."""
    with _Watch() as watch:
        yield watch.seen
