"""What is to be converted: a graph and its parameters, from wherever a model lies.

A model is a checkpoint's prefix, a symbol file, a network of Gluon's zoo, the folder of a run, or an ONNX file.
Everything read is untrusted, and whatever is wrong with it is one InputError.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mxnet as mx
from mxnet.base import MXNetError, brief
from mxnet.gluon.model_zoo import vision
from mxnet.symbol.graph import auxiliary, input_names, topological
from mxnet.symbol.inference import infer, is_complete

from ..errors import InputError, or_rather

__all__ = ["Model", "find", "parameters_of"]

_SYMBOL = "-symbol.json"
_NUMBERED = re.compile(r"-(\d{4,})\.params")
#: what images the networks of the zoo were trained on: height and width
_SIDE = {"inceptionv3": 299}


@dataclass
class Model:
    """A graph with its parameters.

    Attributes
    ----------
    name : str
        what the user called it
    symbol : Symbol
    parameters : dict of str to NDArray
        arguments and auxiliary states, by the names in the graph
    shapes : dict of str to tuple of int
        of inputs, as far as the model itself tells
    notes : list of str
        what is to be known of how it was found
    original : ModelProto or None
        where it came from ONNX, that model
    """

    name: str
    symbol: Any
    parameters: dict[str, Any]
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    original: Any = None

    @property
    def inputs(self) -> list[str]:
        """The variables that come from outside, in the graph's order."""
        return [name for name in self.symbol.list_inputs() if name not in self.parameters]


def find(
    name: str,
    epoch: int | None = None,
    params: str | None = None,
    seed: int | None = None,
    ignore_extra: bool = False,
    shapes: Mapping[str, Sequence[int]] | None = None,
) -> Model:
    """Open a model.

    Parameters
    ----------
    name : str
        ``PREFIX`` of ``PREFIX-symbol.json`` and ``PREFIX-NNNN.params``, the symbol file itself, a network of Gluon's
        zoo, the folder of a run of ``remxnet train``, or an ``.onnx`` file
    epoch : int, optional
        which file of parameters of a prefix; by default the last
    params : str, optional
        a file of parameters, in the place of the one that is found
    seed : int, optional
        draw the parameters of a network of the zoo from it
    ignore_extra : bool
        leave parameters aside that the graph does not have
    shapes : dict of str to tuple of int, optional
        of inputs, by name; an input called "" is the only one

    Raises
    ------
    InputError
        there is no such model, a file of it cannot be read, or its parameters do not fit the graph
    """
    path = Path(name)
    if name.endswith(".onnx"):
        return _from_onnx(path, shapes or {})
    if path.is_dir() and not Path(name + _SYMBOL).exists():
        return _of_run(path)
    graph = path if name.endswith(".json") else Path(name + _SYMBOL)
    if graph.exists() or name.endswith(".json"):
        prefix = str(graph).removesuffix(".json").removesuffix("-symbol")
        model = _of_files(name, graph, prefix, epoch, params)
    elif name.lower() in zoo():
        return _of_zoo(name, params, seed, ignore_extra, shapes or {})
    else:
        raise InputError(_nowhere(name))
    _check_fit(model, shapes or {}, ignore_extra)
    return model


def zoo() -> list[str]:
    """The names of the networks of Gluon's zoo."""
    return sorted(vision.MODELS)


def _nowhere(name: str) -> str:
    near = sorted(each.name for each in Path(name).parent.glob("*-symbol.json")) if Path(name).parent.is_dir() else []
    beside = f"; beside it are {', '.join(near[:5])}" if near else ""
    return (
        f"{name} is no model: there is no {name}{_SYMBOL}, no folder of a run, and no network of Gluon's zoo of that "
        f"name{or_rather(name, zoo())}{beside}"
    )


# --- files --------------------------------------------------------------------------------------------------------


def _of_files(name: str, graph: Path, prefix: str, epoch: int | None, params: str | None) -> Model:
    try:
        symbol = mx.sym.load(str(graph))
    except (MXNetError, OSError, UnicodeDecodeError) as error:
        said = brief(error).removeprefix(f"load: {graph}: ").removeprefix("symbol: ")
        raise InputError(f"{graph} cannot be read: {said}") from error
    notes = []
    if params is None:
        file, others = _numbered(prefix, epoch)
        if file is None and _learned(symbol):
            raise InputError(
                f"{graph} has no parameters beside it: there is no {os.path.basename(prefix)}-"
                f"{'NNNN' if epoch is None else f'{epoch:04d}'}.params; --params FILE says where they are"
                + (f"; there are those of epoch {', '.join(map(str, others))}" if others else "")
            )
        if len(others) > 1 and epoch is None and file is not None:
            notes.append(f"parameters of epoch {others[-1]}, the last of {len(others)} (--epoch chooses)")
    else:
        file = Path(params)
    return Model(name, symbol, {} if file is None else parameters_of(file), notes=notes)


def _numbered(prefix: str, epoch: int | None) -> tuple[Path | None, list[int]]:
    """The file of parameters of an epoch, by default the last, and which epochs there are."""
    folder, stem = os.path.split(prefix)
    found = {}
    for each in Path(folder or ".").glob("*.params"):
        number = _NUMBERED.fullmatch(each.name[len(stem) :]) if each.name.startswith(stem) else None
        if number:
            found[int(number[1])] = each
    if epoch is None:
        return (found[max(found)] if found else None), sorted(found)
    return found.get(epoch), sorted(found)


def parameters_of(file: Path) -> dict[str, Any]:
    """The arrays of a file of parameters by their names in the graph, without ``arg:`` and ``aux:``.

    Raises
    ------
    InputError
        it cannot be read, or its arrays have no names
    """
    try:
        arrays = mx.nd.load(str(file))
    except MXNetError as error:
        raise InputError(brief(error).removeprefix("load: ")) from error
    if not isinstance(arrays, dict):
        if not arrays:
            return {}
        raise InputError(f"{file} holds {len(arrays)} arrays without names; expected arg:NAME and aux:NAME")
    return {re.sub("^(arg|aux):", "", name): array for name, array in arrays.items()}


def _learned(symbol: Any) -> set[str]:
    """The variables that can only be parameters: states of operators, and what has a shape of its own in any batch."""
    order = topological(symbol._entries)
    states = auxiliary(order)
    found = {node.name for node in order if id(node) in states}
    for node in order:
        if node.spec is None or node.spec.params is None or node.is_loss:
            continue
        names = input_names(node.spec, node.parsed, count=len(node.inputs))
        own = _shapes_in_any_batch(node)
        found |= {entry.node.name for name, entry in zip(names, node.inputs) if entry.node.op is None and name in own}
    return found


def _shapes_in_any_batch(node: Any) -> set[str]:
    """The inputs of a node whose shapes follow from its data's and are the same for all lengths of the first axis."""
    attributes = node.all_attributes()
    first = node.spec.input_names[0]
    for others in ((8, 8, 8), (8, 8), (8,), (8, 8, 8, 8)):
        shapes: dict[str, Any] = dict.fromkeys(node.spec.input_names)
        try:
            one, two = (dict(node.spec.params({**shapes, first: (batch, *others)}, attributes)) for batch in (2, 3))
        except (TypeError, IndexError, KeyError, MXNetError):
            continue  # data of so many axes it does not take
        return {name for name in one if name != first and one[name] == two[name]}
    return set()


# --- what fits ----------------------------------------------------------------------------------------------------


def _check_fit(model: Model, shapes: Mapping[str, Sequence[int]], ignore_extra: bool) -> None:
    """Refuse parameters that do not fit the graph, all of them at once."""
    symbol, parameters = model.symbol, model.parameters
    variables = symbol.list_inputs()
    wanted = _learned(symbol) - set(shapes)
    missing = [name for name in variables if name in wanted and name not in parameters]
    extra = [name for name in parameters if name not in variables]
    wrong = _misshapen(model, shapes)
    parts = []
    if missing:
        parts.append(f"missing: {', '.join(missing)}")
    if extra and not ignore_extra:
        parts.append(f"extra: {', '.join(extra)} (--ignore-extra leaves them aside)")
    if wrong:
        parts.append(f"of another shape: {', '.join(wrong)}")
    if parts:
        raise InputError(f"{model.name}: the parameters do not fit the graph; {'; '.join(parts)}")
    for name in extra:
        del parameters[name]
    if extra:
        model.notes.append(f"left aside, as the graph does not have them: {', '.join(extra)}")


def _misshapen(model: Model, shapes: Mapping[str, Sequence[int]]) -> list[str]:
    """What parameters have another shape than the graph asks for, each with both shapes."""
    symbol, parameters = model.symbol, model.parameters
    given: dict[str, Any] = {name: tuple(shape) for name, shape in shapes.items() if name}
    if "" in shapes:
        inputs = [name for name in symbol.list_inputs() if name not in parameters]
        given |= {name: tuple(shapes[""]) for name in inputs[:1]}
    try:
        # the weights alone tell of biases and norms; where inputs are known, of all weights
        infer(symbol._entries, {**given, **{name: tuple(array.shape) for name, array in parameters.items()}})
    except MXNetError as error:
        try:
            found = infer(symbol._entries, given)
        except MXNetError as other:
            raise InputError(f"{model.name}: {brief(other)}") from other
        wrong = []
        for node, told in found.shapes.items():
            if node.op is None and node.name in parameters and is_complete(told[0]):
                shape = tuple(parameters[node.name].shape)
                if shape != tuple(told[0] or ()):
                    wrong.append(f"{node.name} {shape} where the graph has {tuple(told[0] or ())}")
        return wrong or [brief(error)]
    return []


# --- the zoo, and runs --------------------------------------------------------------------------------------------


def _of_zoo(
    name: str, params: str | None, seed: int | None, ignore_extra: bool, shapes: Mapping[str, Sequence[int]]
) -> Model:
    if params is None and seed is None:
        raise InputError(
            f"{name} is a network of Gluon's zoo: --params FILE says where its parameters are, or --seed N draws them"
        )
    side = _SIDE.get(name.lower(), 224)
    with mx.name.NameManager():  # names that do not depend on what was made before
        net = vision.get_model(name.lower())
        symbol = net(mx.sym.var("data"))
    shape = tuple(shapes.get("data", shapes.get("", (1, 3, side, side))))
    if params is not None:
        model = Model(name, symbol, _named_by_graph(net, parameters_of(Path(params))), {"data": shape})
        _check_fit(model, shapes, ignore_extra)
        return model
    mx.random.seed(seed or 0)
    net.initialize()
    try:
        net(mx.nd.zeros(shape))  # tells the shapes
    except (MXNetError, ValueError) as error:
        raise InputError(f"{name} does not take inputs of shape {shape}: {brief(error)}") from error
    parameters = {each.name: each.data() for each in net.collect_params().values()}
    return Model(name, symbol, parameters, {"data": shape}, [f"parameters drawn from seed {seed}"])


def _named_by_graph(net: Any, arrays: dict[str, Any]) -> dict[str, Any]:
    """Arrays by the names of parameters in the graph; ``save_parameters`` calls them by their places in the block."""
    places = {place: parameter.name for place, parameter in net._collect_params_with_prefix().items()}
    if not any(name in places for name in arrays):
        return arrays
    return {places.get(name, name): array for name, array in arrays.items()}


def _of_run(folder: Path) -> Model:
    from ..experiments.runs import load_net, open_run

    run = open_run(folder)
    net = load_net(run, "best", mx.cpu())
    shape = (1, *run.config["images"]["shape"])
    symbol = net(mx.sym.var("data"))
    parameters = {each.name: each.data() for each in net.collect_params().values()}
    return Model(str(folder), symbol, parameters, {"data": tuple(shape)}, ["parameters of the best epoch"])


def _from_onnx(path: Path, shapes: Mapping[str, Sequence[int]]) -> Model:
    from mxnet.onnx import reading

    try:
        original = reading.opened(path)
        symbol, arguments, states = reading.read(original, {k: tuple(v) for k, v in shapes.items()})
        told = reading.input_shapes(original)
    except MXNetError as error:
        raise InputError(f"{path}: {' '.join(str(error).split())}") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    known = {name: tuple(each or 1 for each in shape) for name, shape in told.items()}
    return Model(str(path), symbol, {**arguments, **states}, known, original=original)
