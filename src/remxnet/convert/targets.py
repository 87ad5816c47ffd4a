"""What a model can be converted to, by the ending of the file that is wanted."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

import mxnet as mx
from mxnet.base import MXNetError, brief
from mxnet.ops.kinds import answer
from mxnet.ops.registry import OpSpec
from mxnet.serialization import params as params_files
from mxnet.symbol.typed import Call, TypedGraph

from ..errors import InputError
from . import program, source, tensors
from .models import Model
from .networks import learning, network
from .precision import reference_of
from .proving import Arrays, Axes, Learner, Reference

__all__ = ["TARGETS", "Made", "Options", "Target", "target_of"]


@dataclass
class Options:
    """How a target is to be written.

    Attributes
    ----------
    out : Path
        the file that is wanted
    opset : int or None
        ONNX's operator set
    dynamic : bool
        whether there may be any number of examples
    axes : dict of str to int
        along which axis of each input they lie; empty where the graph takes batches of one size alone
    like : str
        'mxnet' or 'torch': whose names parameters get
    """

    out: Path
    opset: int | None = None
    dynamic: bool = False
    like: str = "mxnet"
    axes: Axes = field(default_factory=dict)

    @property
    def open_axes(self) -> dict[str, dict[int, str]]:
        """The axes that may have any length, each with what it is called."""
        return {name: {axis: "batch"} for name, axis in self.axes.items()} if self.dynamic else {}


@dataclass
class Made:
    """A converted model, before it is on the disk.

    Attributes
    ----------
    files : dict of Path to bytes
        what is to be written; the file that was asked for is the last
    run : callable or None
        outputs for inputs by name, from those bytes alone
    beside : str
        what runs it, in words
    learner : callable or None
        the same as in training, where it can be trained: in double precision if that is asked for
    notes : list of str
        what is to be said of it
    """

    files: dict[Path, bytes | memoryview]
    run: Callable[..., Sequence[np.ndarray[Any, Any]]] | None
    beside: str
    learner: Callable[[bool], Learner] | None = None
    notes: list[str] = field(default_factory=list)


class Target:
    """One kind of file.

    Attributes
    ----------
    title : str
        in words
    any_batch : bool
        whether what is written takes batches of any size by itself
    kinds : tuple of str
        the kinds of rules that operators need for it
    """

    title = ""
    any_batch = False
    kinds: tuple[str, ...] = ()

    def reason(self, spec: OpSpec) -> str:
        """Why nodes of an operator cannot be converted, whatever they are given; "" where they can."""
        return next((found.reason for kind in self.kinds if (found := answer(spec, kind)).reason), "")

    def refused(self, graph: TypedGraph, options: Options) -> list[tuple[Call, str]]:
        """The calls that cannot be converted, each with the reason and what can be done."""
        return []

    def made(self, model: Model, graph: TypedGraph, options: Options) -> Made:
        """Convert a model."""
        raise NotImplementedError


def extra(name: str) -> InputError:
    """What is said where a package of the extra is missing."""
    return InputError(f"{name}, which this conversion needs, is missing: pip install 'remxnet[convert]'")


# --- MXNet's own files --------------------------------------------------------------------------------------------


class Checkpoint(Target):
    """``PREFIX-symbol.json`` and ``PREFIX-NNNN.params``."""

    title = "MXNet's files"
    any_batch = True

    def made(self, model: Model, graph: TypedGraph, options: Options) -> Made:
        """The graph's text and the parameters' bytes, read again."""
        prefix, number = _prefix(options.out)
        states = set(model.symbol.list_auxiliary_states())
        names = [name for name in model.symbol.list_inputs() if name in model.parameters]
        text = model.symbol.tojson()
        arrays = {f"{'aux' if name in states else 'arg'}:{name}": model.parameters[name].asnumpy() for name in names}
        content = params_files.dumps(arrays)
        files: dict[Path, bytes | memoryview] = {
            Path(f"{prefix}-{number}.params"): content,
            Path(f"{prefix}-symbol.json"): text.encode(),
        }
        read = mx.nd.load_frombuffer(content)
        again = {name.split(":", 1)[1]: array for name, array in read.items()}
        found = Model(model.name, mx.sym.load_json(text), again)
        dtypes = {value.name: value.dtype for value in graph.inputs}
        run = Reference(found.symbol, found.parameters, dtypes)
        return Made(files, run, "the files read again", lambda double: reference_of(found, dtypes, double).learned)


def _prefix(out: Path) -> tuple[str, str]:
    """What the two files begin with, and the number of the epoch."""
    text = os.fspath(out)
    if text.endswith("-symbol.json"):
        return text.removesuffix("-symbol.json"), "0000"
    numbered = re.fullmatch(r"(.*)-(\d{4,})\.params", text)
    return (numbered[1], numbered[2]) if numbered else (text.removesuffix(".params"), "0000")


# --- others' ------------------------------------------------------------------------------------------------------


class Onnx(Target):
    """ONNX, run by onnxruntime."""

    title = "ONNX"
    kinds = ("onnx",)

    def refused(self, graph: TypedGraph, options: Options) -> list[tuple[Call, str]]:
        """What has no rule of kind "onnx" for this operator set."""
        from mxnet.onnx import writing

        try:
            return writing.refused(graph, self._opset(options))
        except MXNetError as error:
            raise InputError(brief(error)) from error

    def made(self, model: Model, graph: TypedGraph, options: Options) -> Made:
        """The model's bytes, and a session of onnxruntime over them."""
        from mxnet.onnx import exporting, writing

        onnx_model = writing.write(graph, self._opset(options), options.open_axes)
        if exporting.size_of(onnx_model) > exporting.LARGEST_FILE:
            return self._in_two_files(onnx_model, options.out)
        content = onnx_model.SerializeToString()
        return Made({options.out: content}, session(content), "onnxruntime")

    @staticmethod
    def _in_two_files(onnx_model: Any, out: Path) -> Made:
        """A model whose parameters lie beside it, as no file of ONNX holds so many."""
        from mxnet.onnx import exporting

        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
            place = Path(folder) / out.name
            exporting.save(onnx_model, place)
            run = session(os.fspath(place))
            beside = place.with_name(f"{out.name}.data")
            files: dict[Path, bytes | memoryview] = {
                out.with_name(beside.name): beside.read_bytes(), out: place.read_bytes()
            }  # fmt: skip
        return Made(files, run, "onnxruntime", notes=[f"its parameters lie in {beside.name}, which goes with it"])

    @staticmethod
    def _opset(options: Options) -> int:
        return 17 if options.opset is None else options.opset


def session(content: bytes | str) -> Callable[[Arrays], list[np.ndarray[Any, Any]]]:
    """What onnxruntime computes of a model, or of one in a file; inputs that it does not have are left out.

    Raises
    ------
    InputError
        onnxruntime is not there, or does not take the model; from the function returned, it does not take the inputs
    """
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise extra("onnxruntime") from error

    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    with _refusals_of_onnxruntime("the model"):
        made = onnxruntime.InferenceSession(content, settings, providers=["CPUExecutionProvider"])
    names = {each.name for each in made.get_inputs()}

    def run(inputs: Arrays) -> list[np.ndarray[Any, Any]]:
        given = {name: array for name, array in inputs.items() if name in names}
        shapes = ", ".join(f"{name} {array.shape}" for name, array in given.items())
        with _refusals_of_onnxruntime(f"inputs of the shapes {shapes}"):
            return made.run(None, given)

    return run


@contextmanager
def _refusals_of_onnxruntime(what: str) -> Iterator[None]:
    """Errors of onnxruntime, which have no class in common, in one line."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith("onnxruntime."):
            raise
        raise InputError(f"onnxruntime does not take {what}: {brief(error)}") from error


class Python(Target):
    """A module for PyTorch, its weights beside it."""

    title = "a PyTorch module"
    any_batch = True
    kinds = ("source",)

    def refused(self, graph: TypedGraph, options: Options) -> list[tuple[Call, str]]:
        """What has no rule of kind "source"."""
        return source.refused(graph)

    def made(self, model: Model, graph: TypedGraph, options: Options) -> Made:
        """The program's text and its weights, and the network of both."""
        weights = options.out.with_suffix(".safetensors")
        written = source.written(graph, _class_name(options.out.stem), weights.name, Path(model.name).name)
        content = tensors.dumps(written.tensors)
        files: dict[Path, bytes | memoryview] = {weights: content, options.out: written.text.encode()}
        return Made(
            files, network(written, content, options.out), "torch",
            lambda double: learning(written, content, options.out, double),
        )  # fmt: skip


def _class_name(stem: str) -> str:
    """What a class is called in a file of this name: resnet18_v1 becomes Resnet18V1."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", stem))


class Program(Target):
    """A program of ``torch.export``, which torch alone loads and runs."""

    title = "an exported program of PyTorch"
    kinds = ("source", "exported")

    def refused(self, graph: TypedGraph, options: Options) -> list[tuple[Call, str]]:
        """What has no rule of kind "source", of which the program is made, and what cannot be exported of it."""
        return program.refused(graph)

    def made(self, model: Model, graph: TypedGraph, options: Options) -> Made:
        """The program's bytes, and the program that torch loads of them."""
        content = program.dumps(program.exported(graph, options.open_axes))
        loaded = program.loads(content)
        names = source.written(graph, "Network", "network.safetensors")

        def run(inputs: Arrays) -> list[np.ndarray[Any, Any]]:
            given = {
                names.arguments[name]: torch.from_numpy(array)
                for name, array in inputs.items()
                if name not in names.optional
            }
            try:
                with torch.no_grad():
                    found = loaded(**given)
            except (RuntimeError, AssertionError) as error:  # a length was taken for a constant
                shapes = ", ".join(f"{name} {tuple(each.shape)}" for name, each in given.items())
                raise InputError(
                    f"the program that torch.export made does not take {shapes}: {brief(error)}"
                ) from error
            return [each.numpy() for each in (found if isinstance(found, (tuple, list)) else [found])]

        return Made({options.out: content}, run, "torch")


class Tensors(Target):
    """The parameters alone."""

    title = "tensors"

    def refused(self, graph: TypedGraph, options: Options) -> list[tuple[Call, str]]:
        """What has no name in PyTorch, where its names are asked for."""
        return source.refused(graph) if options.like == "torch" else []

    def made(self, model: Model, graph: TypedGraph, options: Options) -> Made:
        """The file's bytes, read again and held against the parameters."""
        import safetensors.torch

        wanted = tensors.named(graph, "torch" if options.like == "torch" else "mxnet")
        content = tensors.dumps(wanted)
        found = safetensors.torch.load(content)
        if found.keys() != wanted.keys() or not all(torch.equal(found[name], each) for name, each in wanted.items()):
            raise InputError(f"{options.out}: nothing was written; the tensors read again are not those of the model")
        return Made({options.out: content}, None, f"the file read again: {len(found)} tensors")


#: by the ending of the file
TARGETS: dict[str, Target] = {
    ".py": Python(),
    ".pt2": Program(),
    ".safetensors": Tensors(),
    ".onnx": Onnx(),
    ".params": Checkpoint(),
    "-symbol.json": Checkpoint(),
}


def target_of(out: Path) -> Target:
    """The target of a file.

    Raises
    ------
    InputError
        no target has its ending
    """
    for ending, target in TARGETS.items():
        if out.name.endswith(ending):
            return target
    raise InputError(f"{out}: the ending says what is written; expected one of {', '.join(TARGETS)}")
