"""The cases by which ONNX itself holds a backend, one operator each: read here and held against what they say.

`python -m tests.node_cases` goes through all of them and writes ``cases.toml``, which says of each case that is not
computed why; a test goes through some of them. A case is read as it stands, with all inputs computed while the graph
runs; where the reader asks for an input whose elements it has to know, the model holds that one.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import mxnet as mx
from mxnet.onnx import reading

__all__ = ["TABLE", "Outcome", "cases", "groups", "outcome"]

TABLE = Path(__file__).with_name("cases.toml")
#: arrays of these are kept in others
KEPT = {"uint16": "int32", "int16": "int32", "uint32": "int64", "uint64": "int64", "bfloat16": "float32"}
#: how far numbers of few bits may be apart
COARSE = {"float16": 2e-3, "bfloat16": 2e-2}


class Outcome:
    """What became of a case.

    Attributes
    ----------
    kind : 'equal', 'refused', 'wrong' or 'broken'
    held : the inputs whose elements the model had to hold
    why : text
    """

    def __init__(self, kind: str, why: str = "", held: Sequence[str] = ()) -> None:
        self.kind, self.why, self.held = kind, why, list(held)

    def __repr__(self) -> str:
        return f"{self.kind}{f' (holding {chr(44).join(self.held)})' if self.held else ''}: {self.why}"


def groups() -> list[str]:
    """The names of the groups of cases: about one an operator."""
    from onnx.backend.test.case import node

    return sorted(each.name for each in pkgutil.iter_modules(node.__path__) if not each.name.startswith("_"))


def cases(group: str) -> Iterator[Any]:
    """The cases of a group, each with its model and its arrays."""
    from onnx.backend.test.case import node

    before = len(node._NodeTestCases)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        random = np.random.get_state()
        try:
            importlib.import_module(f"{node.__name__}.{group}")
        finally:
            np.random.set_state(random)
    yield from list(node._NodeTestCases)[before:]


def outcome(case: Any) -> Outcome:
    """What the reader makes of a case, held against the arrays that it says."""
    inputs, outputs = ([_array(each) for each in arrays] for arrays in case.data_sets[0])
    names = [each.name for each in case.model.graph.input]
    given = dict(zip(names, inputs))
    held: list[str] = []
    while True:
        try:
            found = _computed(case.model, given, held)
        except mx.MXNetError as error:
            asked = re.search(r"\((\S+)\) is computed while the graph runs; it has to be known", str(error))
            if asked and asked[1] in given and asked[1] not in held:
                held.append(asked[1])
                continue
            return Outcome("refused", str(error), held)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is no refusal
            return Outcome("broken", f"{type(error).__name__}: {error}", held)
        break
    if len(found) != len(outputs):
        return Outcome("wrong", f"{len(found)} outputs, and not {len(outputs)}", held)
    drawn = _draws(case.model)
    for one, other in zip(found, outputs):
        if drawn:
            one, other = (np.zeros_like(np.asarray(each), dtype=np.asarray(each).dtype) for each in (one, other))
        problem = _differs(one, other, case.rtol, max(case.atol, 1e-6))
        if problem:
            return Outcome("wrong", problem, held)
    return Outcome("equal", held=held)


def _array(given: Any) -> Any:
    """An array of a case, which may come as ONNX keeps it."""
    import onnx

    return onnx.numpy_helper.to_array(given) if isinstance(given, onnx.TensorProto) else given


def _draws(model: Any) -> bool:
    """Whether a model draws numbers, of which shapes and dtypes are known alone."""
    return any(
        node.op_type.startswith("Random")
        or node.op_type in ("Bernoulli", "Multinomial")
        or (node.op_type == "Dropout" and model.graph.name.startswith("test_training_dropout"))
        for node in model.graph.node
    )


def _computed(model: Any, given: dict[str, Any], held: Sequence[str]) -> list[Any]:
    import onnx

    model = onnx.ModelProto.FromString(model.SerializeToString())
    for name in held:
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(given[name]), name))
    symbol, arguments, states = reading.read(model)
    wanted = symbol.list_arguments()
    arrays = {}
    for name, array in given.items():
        if name in wanted and name not in held:
            array = np.atleast_1d(array)
            kind = array.dtype.name
            if kind == "bfloat16":
                arrays[name] = mx.nd.array(array.astype(np.float32)).astype(kind)
            else:
                arrays[name] = mx.nd.array(array, dtype=KEPT.get(kind, kind))
    executor = symbol.bind(mx.cpu(), {**arguments, **arrays}, aux_states=states, grad_req="null")
    return [each.asnumpy() for each in executor.forward()]


def _differs(found: Any, wanted: Any, rtol: float, atol: float) -> str:
    """How an array is not the one that is wanted; nothing where it is."""
    wanted = np.asarray(wanted)
    if found.shape != (wanted.shape or (1,)):
        return f"shape {found.shape}, and not {wanted.shape}"
    kind = wanted.dtype.name
    if found.dtype.name != KEPT.get(kind, kind):
        return f"dtype {found.dtype}, and not {wanted.dtype}"
    if kind in COARSE:  # a case says what was computed in more bits
        rtol, atol = COARSE[kind], COARSE[kind]
    one, other = (each.reshape(-1).astype(np.float64) for each in (found, wanted))
    if not np.allclose(one, other, rtol, atol, equal_nan=True):
        return f"the largest difference is {np.nanmax(np.abs(one - other)) if one.size else 0:.3g}"
    return ""
