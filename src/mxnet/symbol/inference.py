"""Shapes and dtypes of a graph, without memory.

An operator's function runs on torch's ``meta`` device, and its ``params`` rule tells the shapes of inputs that are not
known. A length that is not known, 0, is found out about by running the function twice with two different lengths in its
place: what differs between the two is not known either.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import torch

from .. import streams
from ..base import DTYPES_BY_CODE, MXNetError, to_numpy_dtype, to_torch_dtype
from ..ops.math.broadcast import same_shape
from ..ops.registry import OpSpec
from .graph import Entry, Node, input_names, topological

__all__ = ["as_numpy", "infer_shapes", "infer_types", "is_complete"]

Shape = tuple[int, ...]
_META = torch.device("meta")
#: lengths put in the place of one that is not known
_PROBES = (48, 96)
#: what a function raises on inputs it cannot take
_REFUSALS = (RuntimeError, TypeError, IndexError, ValueError, KeyError, NotImplementedError)


def is_complete(shape: Shape | None) -> bool:
    """Whether all lengths of a shape are known."""
    return bool(shape) and all(length > 0 for length in shape or ())


# --- shapes -------------------------------------------------------------------------------------------------------


def _merged(one: Shape | None, other: Shape | None, where: str) -> Shape | None:
    """What two partly known shapes say together."""
    if not one or not other:
        return one or other
    if len(one) != len(other) or any(a != b and a > 0 and b > 0 for a, b in zip(one, other)):
        raise MXNetError(f"{where}: shape {one} does not fit {other}")
    return tuple(max(a, b) for a, b in zip(one, other))


def _agreed(one: Any, other: Any) -> Any:
    """What two runs with different probes have in common: 0 where they differ."""
    if one is None or other is None or len(one) != len(other):
        return None
    return tuple(a if a == b else 0 for a, b in zip(one, other))


def _probed(shape: Shape | None, probe: int) -> Shape | None:
    return None if shape is None else tuple(length if length > 0 else probe for length in shape)


def _learnable(spec: OpSpec, node: Node, names: Sequence[str], inputs: Sequence[Shape | None]) -> dict[str, Shape]:
    """What the operator's rule tells of inputs that are not known, or nothing."""
    if spec.params is None:
        return {}
    known = dict.fromkeys(spec.input_names) | dict(zip(names, inputs))
    try:
        return dict(spec.params(known, node.all_attributes()))
    except (TypeError, IndexError, KeyError):
        return {}  # the rule needs an input that is not known


def _run(spec: OpSpec, node: Node, names: Sequence[str], tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """The outputs of a node on tensors without memory."""
    attributes = dict(node.parsed)
    if spec.takes_training:
        attributes["training"] = False
    if spec.takes_device:
        attributes["device"] = _META
    if spec.takes_rng:
        attributes["rng"] = streams.for_device(_META)  # nobody else's numbers
    inputs: Sequence[Any] = tensors
    if not spec.variadic:
        given = dict(zip(names, tensors))
        inputs = [given.get(name) for name in spec.input_names]
    with torch.no_grad():
        result = spec.function(*inputs, **attributes)
    return [result] if isinstance(result, torch.Tensor) else list(result)


def _outputs(spec: OpSpec, node: Node, names: Sequence[str], inputs: Sequence[Shape]) -> list[Shape | None]:
    """The shapes of a node's outputs from those of all its inputs."""
    complete = all(length > 0 for shape in inputs for length in shape)
    if complete and spec.shape is not None and node.visible == 1:
        found = spec.shape(inputs, node.all_attributes())
        if found is not None:
            return [tuple(found)]
    runs = []
    for probe in _PROBES[: 1 if complete else 2]:
        tensors = [torch.empty(_probed(shape, probe) or (), device=_META) for shape in inputs]
        try:
            results = _run(spec, node, names, tensors)
        except _REFUSALS as error:
            if not complete or "meta" in str(error):
                return [None] * node.visible
            shown = ", ".join(f"{name} {shape}" for name, shape in zip(names, inputs))
            line = (str(error).splitlines() or [repr(error)])[0]
            raise MXNetError(f"{node.name}: {line} ({shown})") from error
        runs.append([tuple(each.shape) for each in results[: node.visible]])
    if complete:
        return list(runs[0])
    return [_agreed(one, other) for one, other in zip(*runs)]


def _declared(node: Node) -> Shape | None:
    """The shape a variable was declared with."""
    text = node.attributes.get("__shape__")
    if text is None:
        return None
    try:
        shape = ast.literal_eval(text.replace("L", ""))
        return tuple(max(int(length), 0) for length in ((shape,) if isinstance(shape, int) else shape))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise MXNetError(f"{node.name}: attribute __shape__ is {text[:80]!r}; expected a tuple of int") from None


def infer_shapes(heads: Sequence[Entry], given: dict[str, Shape]) -> dict[Node, list[Shape | None]]:
    """The shapes of all outputs of all nodes; None where nothing is known, 0 for a length that is not.

    Raises
    ------
    MXNetError
        shapes contradict each other or an operator refuses them
    """
    order = topological(heads)
    known: dict[Node, list[Shape | None]] = {node: [None] * max(node.total, 1) for node in order}
    for node in order:
        if node.op is None:
            known[node][0] = _merged(given.get(node.name) or None, _declared(node) or None, node.name)
    done: set[Node] = set()
    changed = True
    while changed:
        changed = False
        for node in order:
            if node.spec is not None and node not in done:
                changed |= _infer(node, known, done)
        for node in reversed(order):
            if node.spec is not None and node.spec.params is same_shape:
                changed |= _tell_inputs(node, known, [*node.inputs, Entry(node)])
    return known


def _infer(node: Node, known: dict[Node, list[Shape | None]], done: set[Node]) -> bool:
    """Find what can be found at one node; whether anything is new."""
    spec = node.spec
    assert spec is not None
    names = input_names(spec, node.parsed, count=len(node.inputs)) if not spec.variadic else []
    inputs = [known[entry.node][entry.output] for entry in node.inputs]
    changed = False
    if not all(map(is_complete, inputs)):
        runs = [_learnable(spec, node, names, [_probed(each, probe) for each in inputs]) for probe in _PROBES]
        for place, name in enumerate(names):
            found = _agreed(runs[0].get(name), runs[1].get(name))
            if found is not None and not is_complete(inputs[place]):
                entry = node.inputs[place]
                merged = _merged(inputs[place], found, f"{node.name}: {entry.node.name}")
                if merged != inputs[place]:
                    known[entry.node][entry.output] = inputs[place] = merged
                    changed = True
    if any(shape is None for shape in inputs):
        return changed
    results = _outputs(spec, node, names, inputs)  # type: ignore[arg-type]
    for index, shape in enumerate(results[: node.visible]):
        merged = _merged(known[node][index], shape, f"{node.name}: output {index}")
        if merged != known[node][index]:
            known[node][index] = merged
            changed = True
    if all(map(is_complete, inputs)):
        done.add(node)
    return changed


def _tell_inputs(node: Node, known: dict[Node, list[Shape | None]], entries: Sequence[Entry]) -> bool:
    """Give all inputs and the output of an elementwise operator the shape that one of them has."""
    together: Shape | None = None
    for entry in entries:
        together = _merged(together, known[entry.node][entry.output], node.name)
    changed = False
    for entry in entries:
        if together is not None and known[entry.node][entry.output] != together:
            known[entry.node][entry.output] = together
            changed = True
    return changed


# --- dtypes -------------------------------------------------------------------------------------------------------

#: inputs that are float32 whatever the data's dtype is, and follow it only if it is float64
_STATISTICS = {"BatchNorm": ("gamma", "beta", "moving_mean", "moving_var")}
#: operators whose output has the dtype of an input other than the first
_FOLLOWS = {"Embedding": 1, "take": 0, "where": 1, "one_hot": None, "shape_array": None, "size_array": None}
_ALWAYS = {"shape_array": torch.int64, "size_array": torch.int64}


def as_numpy(dtype: torch.dtype | None) -> Any:
    """The NumPy type of a dtype, or None."""
    return None if dtype is None else to_numpy_dtype(dtype)


def infer_types(heads: Sequence[Entry], given: dict[str, Any]) -> dict[Node, list[torch.dtype | None]]:
    """The dtypes of all outputs of all nodes, None where they are not known.

    Inputs of one node have one dtype, that of the first that is known, unless the operator says otherwise.

    Raises
    ------
    MXNetError
        dtypes contradict each other
    """
    order = topological(heads)
    known: dict[Node, list[torch.dtype | None]] = {node: [None] * max(node.total, 1) for node in order}
    for node in order:
        if node.op is None:
            code = node.attributes.get("__dtype__")
            if node.name in given:
                known[node][0] = to_torch_dtype(given[node.name])
            elif code is not None and code.lstrip("-").isdigit():
                known[node][0] = DTYPES_BY_CODE.get(int(code))
    for sequence in (order, order[::-1], order):
        for node in sequence:
            if node.spec is not None:
                _infer_types(node, known)
    return known


def _infer_types(node: Node, known: dict[Node, list[torch.dtype | None]]) -> None:
    spec = node.spec
    assert spec is not None
    attributes = node.all_attributes()
    names = input_names(spec, node.parsed, count=len(node.inputs)) if not spec.variadic else []
    inputs = [known[entry.node][entry.output] for entry in node.inputs]
    declared = attributes.get("dtype")
    declared = to_torch_dtype(declared) if isinstance(declared, str) else declared
    common = next((dtype for dtype in inputs if dtype is not None), None)
    if common is None and declared is None and "dtype" not in spec.attributes and node.inputs:
        common = known[node][0]
    for place, entry in enumerate(node.inputs):
        name = names[place] if names else ""
        wanted = common
        if name in _STATISTICS.get(spec.name, ()):
            wanted = torch.float32 if common in (torch.float16, None) else common
            if common is None:
                continue
        elif spec.name == "Embedding":
            wanted = declared or torch.float32 if name == "weight" else None
        elif spec.name == "Cast":
            wanted = None
        if inputs[place] is None:
            known[entry.node][entry.output] = inputs[place] = wanted
        elif wanted is not None and spec.same_dtype and inputs[place] is not wanted:
            raise MXNetError(f"{node.name}: {name or place} is {inputs[place]}; expected {wanted}, the other input's")
        elif wanted not in (None, inputs[place]) and spec.params is not None and name in ("weight", "bias"):
            raise MXNetError(f"{node.name}: {name} is {inputs[place]}; expected {wanted}, the data's")
    out: torch.dtype | None
    if spec.name in _ALWAYS:
        out = _ALWAYS[spec.name]
    elif declared is not None and spec.name != "topk":
        out = declared
    else:
        place = _FOLLOWS.get(spec.name, 0) or 0
        out = inputs[place] if place < len(inputs) else torch.float32 if not node.inputs else common
    for index in range(node.total):
        if known[node][index] is None:
            known[node][index] = out
    if spec.name == "topk":
        by_indices = {"indices": (0,), "both": (1,)}.get(attributes["ret_typ"], ())
        for index in by_indices:
            known[node][index] = declared or torch.float32
