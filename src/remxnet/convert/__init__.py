"""Models carried to other formats, proven equal: `remxnet convert`.

`models` opens what is to be converted, `targets` knows the formats, `proving` runs both sides on the same inputs. A
conversion is written once it is proven; until then what stood in its place stays there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mxnet.base import MXNetError, brief, to_torch_dtype
from mxnet.serialization.files import replacing
from mxnet.symbol.graph import topological
from mxnet.symbol.typed import TypedGraph, Unknown, typed

from ..errors import InputError
from .models import Model, find
from .proving import (
    SEEDS,
    TOLERANCE,
    Arrays,
    Axes,
    Compared,
    Reference,
    axes_of_examples,
    compared,
    differs_each_time,
    drawn_at_random,
    first_difference,
    random_inputs,
    shown,
    without_chance,
)
from .targets import Made, Options, Target, session, target_of
from .training import Proof, as_in_training

__all__ = ["Conversion", "Model", "convert", "find"]

#: the sizes of batches that a dynamic one is tried with
BATCHES = (1, 3)


@dataclass
class Conversion:
    """What became of a model.

    Attributes
    ----------
    model : Model
    graph : TypedGraph
    files : list of Path
        what was written
    bytes : int
        of all of them
    title, beside : str
        what it was converted to, and what ran it
    outputs : list of Compared
        how far both sides are apart
    trained : Proof
        the same as in training, with gradients; empty where that was not compared
    cases : int
        on how many inputs
    tolerance : float
    notes : list of str
    """

    model: Model
    graph: TypedGraph
    files: list[Path]
    bytes: int
    title: str
    beside: str
    outputs: list[Compared]
    trained: Proof
    cases: int
    tolerance: float
    notes: list[str]

    def __str__(self) -> str:
        lines = [f"{_described(self.model, self.graph)}"]
        lines += [f"         {note}" for note in self.notes]
        lines.append(f"written  {', '.join(map(str, self.files))} ({self.bytes:,} bytes, {self.title})")
        if not self.outputs:
            return "\n".join([*lines, f"equal    {self.beside}"])
        inputs = "1 input" if self.cases == 1 else f"{self.cases} inputs"
        lines.append(
            f"equal    to {self.tolerance:g} of an output's largest element, beside {self.beside} on {inputs}:"
        )
        rows = [(each.output, each) for each in self.outputs]
        trained = [(f"{each.output}, training", each) for each in self.trained.outputs]
        if self.trained.gradients:
            count = len(self.trained.gradients)
            what = "gradient of 1 parameter" if count == 1 else f"gradients of {count} parameters"
            trained.append((what, max(self.trained.gradients, key=lambda each: each.share)))
        width = max(len(name) for name, _ in [*rows, *trained])
        lines += [f"  {name:{width}}  {_said(each)}" for name, each in rows]
        if trained:
            precision = "double" if self.trained.double else "single"
            lines.append(f"         as in training, in {precision} precision, to {self.trained.tolerance:g}:")
            lines += [f"  {name:{width}}  {_said(each)}" for name, each in trained]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON takes it."""
        return {
            "model": self.model.name,
            "files": [str(file) for file in self.files],
            "bytes": self.bytes,
            "format": self.title,
            "operators": len(self.graph.calls),
            "parameters": _count(self.graph),
            "inputs": {value.name: {"shape": value.shape, "dtype": value.dtype} for value in self.graph.inputs},
            "beside": self.beside,
            "cases": self.cases,
            "tolerance": self.tolerance,
            "outputs": [
                {
                    "name": each.output, "mode": mode, "largest_difference": each.difference,
                    "largest_element": each.scale,
                }
                for mode, rows in (("prediction", self.outputs), ("training", self.trained.outputs))
                for each in rows
            ],
            "gradients": [
                {"name": each.output, "largest_difference": each.difference, "largest_of_all": each.scale}
                for each in self.trained.gradients
            ],
            "tolerance_in_training": self.trained.tolerance if self.trained.outputs else None,
            "notes": self.notes,
        }  # fmt: skip


def _count(graph: TypedGraph) -> int:
    return sum(int(np.prod(value.shape or (1,))) for value in graph.parameters)


def _described(model: Model, graph: TypedGraph) -> str:
    inputs = ", ".join(f"{value.name} {value.shape} {value.dtype}" for value in graph.inputs)
    return f"{model.name}, {len(graph.calls):,} operators, {_count(graph):,} parameters; of {inputs or 'no inputs'}"


def _said(each: Compared) -> str:
    if each.by_shape:
        return "of the same shape"
    return f"largest difference {shown(each.difference)}, of {each.scale:.4g}"


def convert(
    name: str,
    out: str | Path,
    *,
    epoch: int | None = None,
    params: str | None = None,
    seed: int | None = None,
    ignore_extra: bool = False,
    shapes: Mapping[str, Sequence[int]] | None = None,
    dtypes: Mapping[str, Any] | None = None,
    opset: int | None = None,
    dynamic: bool = False,
    like: str = "mxnet",
    check_with: str | Path | None = None,
    tolerance: float = TOLERANCE,
) -> Conversion:
    """Convert a model and prove it equal.

    Parameters
    ----------
    name : str
        the model, see :func:`remxnet.convert.models.find`, as are `epoch`, `params`, `seed` and `ignore_extra`
    out : path
        what to write; its ending says which format
    shapes, dtypes : dict, optional
        of the inputs, by name; one under "" is that of the only input
    opset : int, optional
        ONNX's operator set, 17 by default
    dynamic : bool
        take any number of examples: the first axis of all inputs, or that of each along which the graph lets them lie
    like : {'mxnet', 'torch'}
        whose names parameters get in a file of parameters alone
    check_with : path, optional
        an ``.npz`` file with inputs by name, to be used for the proof beside the random ones
    tolerance : float
        by how much an output may differ, as a share of its largest element

    Raises
    ------
    InputError
        something about the model, the file or the arguments does not fit, an operator cannot be converted (all of them
        are named), or the two sides differ
    OSError
        the file cannot be written
    """
    out = Path(out)
    target = target_of(out)
    if not out.parent.is_dir():
        raise InputError(f"{out.parent}, where {out.name} would be written, is no folder")
    model = find(name, epoch, params, seed, ignore_extra, shapes)
    graph = _typed(model, target, shapes or {}, dtypes or {})
    options = Options(out, opset, dynamic, like, _axes(model, target, graph, dynamic))
    _refuse(model, target, graph, options)
    cases = _cases(model, graph, options, check_with)
    made = _made(target, model, graph, options)
    outputs, trained, count, notes = _proven(model, target, graph, options, made, cases, tolerance)
    _put(made.files)
    return Conversion(
        model, graph, list(made.files)[::-1], sum(map(len, made.files.values())), target.title, made.beside, outputs,
        trained, count, tolerance, [*model.notes, *made.notes, *notes],
    )  # fmt: skip


def _typed(model: Model, target: Target, shapes: Mapping[str, Sequence[int]], dtypes: Mapping[str, Any]) -> TypedGraph:
    """The graph with all shapes known."""
    inputs = model.inputs
    given = _named(model, shapes, inputs, "--shape")
    kinds = _named(model, dtypes, inputs, "--dtype")
    for kind in kinds.values():
        try:
            to_torch_dtype(kind)
        except (MXNetError, TypeError) as error:
            raise InputError(f"--dtype {kind}: no array has this dtype; arrays have float32, int32, …") from error
    try:
        return typed(model.symbol, model.parameters, {**model.shapes, **given}, kinds)
    except Unknown as error:
        unknown = {name for name, _, _ in error.nodes}
        others = [
            (node.name, node.op or "", reason)
            for node in topological(model.symbol._entries)
            if node.spec is not None and node.name not in unknown and (reason := target.reason(node.spec))
        ]
        raise InputError(_refusal(model, target, [*error.nodes, *others])) from error
    except MXNetError as error:
        labels = _labels(model)
        open_ones = [name for name in inputs if name not in labels and name not in {**model.shapes, **given}]
        if "give those of" in str(error) and open_ones:
            options = " ".join(f"--shape {name}=N,N,…" for name in open_ones)
            raise InputError(f"{model.name}: the shapes of its inputs are not known; give {options}") from error
        raise InputError(f"{model.name}: {brief(error)}") from error


def _named(model: Model, given: Mapping[str, Any], inputs: Sequence[str], option: str) -> dict[str, Any]:
    """What is given for inputs, all by name."""
    found = dict(given)
    if "" in found:
        free = [name for name in inputs if name not in found]
        labels = _labels(model)
        free = [name for name in free if name not in labels] or free
        if len(free) != 1:
            raise InputError(
                f"{model.name} has the inputs {', '.join(inputs)}; say whose it is: {option} {inputs[0]}=…"
                if inputs
                else f"{model.name} has no inputs; {option} means nothing to it"
            )
        found[free[0]] = found.pop("")
    for name in found:
        if name not in inputs:
            raise InputError(f"{option} {name}: {model.name} has no such input; it has {', '.join(inputs)}")
    return found


def _labels(model: Model) -> set[str]:
    """The inputs that losses alone read, beside their data: a prediction goes without."""
    order = topological(model.symbol._entries)
    labels = {e.node.name for node in order if node.is_loss for e in node.inputs[1:] if e.node.op is None}
    others = {e.node.name for node in order for place, e in enumerate(node.inputs) if not (node.is_loss and place)}
    return labels - others


def _refuse(model: Model, target: Target, graph: TypedGraph, options: Options) -> None:
    refused = [(call.name, call.spec.name, reason) for call, reason in target.refused(graph, options)]
    if refused:
        raise InputError(_refusal(model, target, refused))


def _refusal(model: Model, target: Target, refused: Sequence[tuple[str, str, str]]) -> str:
    """What is said of nodes that cannot be converted: all of them, by name, operator and reason."""
    lines = "".join(
        f"\n  {name or '(without a name)'} ({op})" + (f": {reason}" if reason else "") for name, op, reason in refused
    )
    nodes = "1 node" if len(refused) == 1 else f"{len(refused)} nodes"
    return f"{model.name} cannot be converted to {target.title}, because of {nodes}:{lines}"


def _made(target: Target, model: Model, graph: TypedGraph, options: Options) -> Made:
    try:
        return target.made(model, graph, options)
    except MXNetError as error:
        raise InputError(f"{model.name} cannot be converted to {target.title}: {brief(error)}") from error


def _axes(model: Model, target: Target, graph: TypedGraph, dynamic: bool) -> Axes:
    """Along which axes examples lie; empty where their number is not open."""
    if not (dynamic or target.any_batch):
        return {}
    found = axes_of_examples(model.symbol, model.parameters, {value.name: value.shape or () for value in graph.inputs})
    if found is None and dynamic:
        raise InputError(
            f"{model.name} takes {', '.join(f'{value.name} {value.shape}' for value in graph.inputs)} and no other "
            "number of examples; leave --dynamic out"
        )
    return found or {}


def _cases(model: Model, graph: TypedGraph, options: Options, check_with: str | Path | None) -> list[Arrays]:
    """The inputs of the proof; those of a model of ONNX, which may be of one size, of that size as well."""
    sizes: list[int | None] = [*BATCHES] if options.axes else [None]
    if options.axes and model.original is not None:
        sizes.append(None)
    cases = [random_inputs(graph, seed, batch, options.axes) for seed in SEEDS for batch in sizes]
    if check_with is not None:
        cases.append(_own_inputs(graph, Path(check_with), options.axes))
    return cases


def _own_inputs(graph: TypedGraph, file: Path, axes: Axes) -> Arrays:
    """The inputs that the user gives."""
    try:
        with np.load(file, allow_pickle=False) as content:
            arrays = {name: content[name] for name in content.files}
    except (OSError, ValueError, EOFError, TypeError, AttributeError) as error:
        if isinstance(error, OSError) and error.filename:
            raise
        raise InputError(f"--check-with {file} is no .npz file of arrays: {brief(error)}") from error
    given = random_inputs(graph, 0)
    unknown = [name for name in arrays if name not in given]
    if unknown:
        raise InputError(f"--check-with {file} has {unknown[0]}; the inputs are {', '.join(given)}")
    batch = None
    for value in graph.inputs:
        array = arrays.get(value.name)
        if array is None:
            continue
        shape, axis = value.shape or (), axes.get(value.name)
        apart = [place for place, pair in enumerate(zip(shape, array.shape)) if pair[0] != pair[1]]
        if axis is not None and array.ndim == len(shape) and apart in ([], [axis]):
            batch = array.shape[axis]
        elif array.shape != shape:
            raise InputError(f"--check-with {file}: {value.name} has shape {array.shape}, the model's is {shape}")
        given[value.name] = array.astype(given[value.name].dtype)
    others = random_inputs(graph, 0, batch, axes)
    return {name: given[name] if name in arrays else others[name] for name in given}


# --- the proof ----------------------------------------------------------------------------------------------------


def _proven(
    model: Model,
    target: Target,
    graph: TypedGraph,
    options: Options,
    made: Made,
    cases: list[Arrays],
    tolerance: float,
) -> tuple[list[Compared], Proof, int, list[str]]:
    """How far both sides are apart in prediction and in training, and on how many inputs the first was seen.

    Raises
    ------
    InputError
        further than is allowed
    """
    dtypes = {value.name: value.dtype for value in graph.inputs}
    reference = Reference(model.symbol, model.parameters, dtypes)
    if made.run is None:
        return [], Proof(), len(cases), []
    wanted = reference if model.original is None else session(model.original.SerializeToString())
    usable, notes = _usable(reference, cases, options), []
    if model.original is not None:
        usable = _taken(wanted, usable)
    drawn = drawn_at_random(model.symbol)
    outputs = compared(graph.output_names, wanted, made.run, usable, drawn)
    if any(drawn):
        random = ", ".join(each.output for each in outputs if each.by_shape)
        notes.append(f"only the shape was compared of {random}, which is drawn at random")
    if any(each.past(tolerance) for each in outputs):
        raise InputError(_differs(model, target, options, made, outputs, usable, tolerance, dtypes))
    if made.learner is None or model.original is not None:
        return outputs, Proof(), len(usable), notes
    proof = _trained(model, target, graph, options, usable, tolerance, dtypes)
    wrong = [("", each) for each in proof.outputs] + [("the gradient of ", each) for each in proof.gradients]
    wrong = [(what, each) for what, each in wrong if each.past(proof.tolerance)]
    if wrong:
        what, worst = max(wrong, key=lambda pair: (bool(pair[1].problem), pair[1].share))
        others = len(wrong) - 1
        more = f", as {'does 1 other' if others == 1 else f'do {others} others'}" if others else ""
        raise InputError(
            f"{model.name}: nothing was written; as in training {what}{worst.output} differs: "
            f"{_why(worst, proof.tolerance, 'all gradients' if what else 'its')}{more}"
        )
    return outputs, proof, len(usable), [*notes, *proof.notes]


def _trained(
    model: Model, target: Target, graph: TypedGraph, options: Options, usable: Sequence[Arrays], tolerance: float,
    dtypes: Mapping[str, str],
) -> Proof:  # fmt: skip
    """How far both sides are apart as in training."""
    still = Model(model.name, without_chance(model.symbol), dict(model.parameters))
    reference = Reference(still.symbol, still.parameters, dtypes)
    if differs_each_time(lambda: reference(usable[0], training=True)):
        return Proof(notes=["not compared as in training: it draws random numbers"])
    calm = typed(still.symbol, model.parameters, {value.name: value.shape or () for value in graph.inputs}, dtypes)
    learner = _made(target, still, calm, options).learner
    assert learner is not None
    return as_in_training(graph, still, learner, options.axes, usable, tolerance)


def _usable(reference: Reference, cases: list[Arrays], options: Options) -> list[Arrays]:
    """The cases whose shapes the graph takes."""
    usable, refusal = [], None
    for case in cases:
        try:
            reference.bind({name: array.shape for name, array in case.items()})
        except (MXNetError, RuntimeError) as error:
            refusal = error
        else:
            usable.append(case)
    if refusal is not None and (options.dynamic or not usable):
        raise InputError(f"the graph does not take inputs of the shapes of the proof: {brief(refusal)}") from refusal
    return usable


def _taken(original: Callable[[Arrays], Any], cases: Sequence[Arrays]) -> list[Arrays]:
    """The cases that a model of ONNX takes, which may say other lengths than a graph of MXNet's leaves open."""
    taken, refusal = [], None
    for case in cases:
        try:
            original(case)
        except InputError as error:
            refusal = error
        else:
            taken.append(case)
    if refusal is not None and not taken:
        raise refusal
    return taken


def _why(each: Compared, tolerance: float, of: str = "its") -> str:
    largest = "its largest element" if of == "its" else f"the largest element of {of}"
    return each.problem or f"by {shown(each.share)} of {largest}, more than {tolerance:g}"


def _differs(
    model: Model,
    target: Target,
    options: Options,
    made: Made,
    outputs: Sequence[Compared],
    cases: Sequence[Arrays],
    tolerance: float,
    dtypes: Mapping[str, str],
) -> str:
    """What is said where the sides differ: which outputs, and the first node."""
    past = [each for each in outputs if each.past(tolerance)]
    text = "; ".join(f"{each.output} differs {_why(each, tolerance)}" for each in past)
    shapes = {name: array.shape for name, array in cases[0].items()}

    def side(symbol: Any) -> Any:
        part = Model(model.name, symbol, model.parameters)
        inner = typed(symbol, model.parameters, {n: s for n, s in shapes.items() if n in part.inputs}, None)
        return _made(target, part, inner, options).run

    first = ""
    with contextlib.suppress(InputError, MXNetError):  # a part of a graph need not be convertible
        first = first_difference(
            model.symbol, tolerance, cases[0], lambda part: Reference(part, model.parameters, dtypes), side
        )
    where = f"; the first node that differs is {first}" if first else ""
    return f"{model.name}: nothing was written; {text}{where}"


def _put(files: Mapping[Path, bytes | memoryview]) -> None:
    """Write all files, so that none is in place before all are whole."""
    with contextlib.ExitStack() as stack:
        for path, content in files.items():
            stream = stack.enter_context(replacing(path))
            stream.write(content)
            stream.flush()
