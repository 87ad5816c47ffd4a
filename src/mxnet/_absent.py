"""Names that MXNet 1.9.1's modules have and the modules here have not.

Some things are here in another module: they are found there, as ``gluon.nn.conv_layers.MaxPool2D`` is. The others are
not here yet: asking for one says so, and what to do instead, where without this it would read like a typo. They are
answered however they are reached: as attributes, by ``import`` and by ``from … import``. ``make absent`` writes the
names into ``_absent.json``, from what MXNet's modules hold and what is here.
"""

from __future__ import annotations

import dis
import functools
import importlib
import importlib.abc
import importlib.machinery
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from . import _aliases

__all__ = ["FILE", "MissingModuleError", "answer", "coverage", "install", "is_listed", "is_operator", "text_for"]

FILE = Path(__file__).with_suffix(".json")

_NO_LIBRARY = "there is no C library underneath; PyTorch computes"
#: what to do instead, by the beginning of the full name; the longest that fits counts
_INSTEAD = {
    "mxnet": "docs/coverage.md lists what is here",
    "mxnet.api": _NO_LIBRARY,
    "mxnet.base": _NO_LIBRARY,
    "mxnet.contrib.text": "embeddings are read from files on this machine; their sums are not checked",
    "mxnet.cython": _NO_LIBRARY,
    "mxnet.tvmop": "operators are torch's, not TVM's",
    "mxnet.contrib.onnx": "torch.onnx writes networks that are rebuilt in torch",
    "mxnet.executor_manager": "gluon.utils.split_and_load shares a batch out among contexts",
    "mxnet.image": "gluon.data.vision has data sets of images and transforms",
    "mxnet.io": "gluon.data.DataLoader goes through arrays, folders of images and RecordIO files",
    "mxnet.kvstore": "the stores 'local' and 'device' add up over the devices of one process",
    "mxnet.library": "a compiled library of operators cannot be loaded; mx.operator defines operators in Python",
    "mxnet.model": "gluon.Trainer trains, and SymbolBlock.imports runs saved networks",
    "mxnet.module": "gluon.Trainer trains, Symbol.bind makes executors, and SymbolBlock.imports runs saved networks",
    "mxnet.monitor": "HybridBlock.register_op_hook shows every operator's results",
    "mxnet.ndarray.contrib": "mx.operator defines operators in Python, from torch's if need be",
    "mxnet.ndarray.sparse": "mx.nd computes it of tostype('default')",
    "mxnet.notebook": "there are no charts of bokeh; remxnet.experiments.live_plot draws while a network trains, and "
    "mx.notebook.callback.PandasLogger keeps what it measures",
    "mxnet.numpy": "NumPy computes it from a.asnumpy()",
    "mxnet.numpy_extension": "mx.nd has most operators, for as_nd_ndarray()",
    "mxnet.rtc": "kernels cannot be compiled from source text; torch.utils.cpp_extension can",
    "mxnet.symbol.contrib": "mx.operator defines operators in Python",
    "mxnet.symbol.numpy": "mx.sym has most operators",
    "mxnet.symbol.sparse": "mx.sym has the operator for dense arrays",
    "mxnet.test_utils": "numpy.testing compares what asnumpy() gives",
    "mxnet.visualization": "net.summary(x) and net.plan(x) print networks",
}

#: operators of MXNet's plugins, which no wheel was built with but programs ask for: what serves instead
_PLUGINS = {
    "CaffeLoss": "the losses of gluon.loss and mx.sym's output operators serve",
    "CaffeOp": "mx.sym has the operators of Caffe's layers",
    "TorchCriterion": "the losses of gluon.loss serve; mx.operator takes torch's into a graph",
    "TorchModule": "mx.operator takes torch's modules into a graph",
    "WarpCTC": "ctc_loss, also called CTCLoss, and gluon.loss.CTCLoss have the same loss",
}
_OPERATORS_STAND_IN = {
    f"mxnet.{front}{inside}" for front in ("ndarray", "symbol") for inside in ("", ".op", ".contrib")
}


class MissingModuleError(ModuleNotFoundError):
    """A module of MXNet 1.9.1 that is not here."""


class _Listed(NamedTuple):
    """What the file lists: missing modules; by module missing names, and what stands elsewhere; missing operators."""

    modules: frozenset[str]
    names: dict[str, frozenset[str]]
    elsewhere: dict[str, dict[str, str]]
    operators: frozenset[str]


@functools.cache
def _listed() -> _Listed:
    content = json.loads(FILE.read_text(encoding="utf-8"))
    elsewhere = {
        module: dict(each.split("=") for each in text.split()) for module, text in content["elsewhere"].items()
    }
    names = {module: frozenset(text.split()) for module, text in content["names"].items()}
    return _Listed(frozenset(content["modules"]), names, elsewhere, frozenset(content["operators"].split()))


def is_operator(name: str) -> bool:
    """Whether MXNet 1.9.1 has an operator of a name that is not here."""
    return name in _listed().operators


def is_listed(module: str, name: str) -> bool:
    """Whether MXNet 1.9.1's module has a name that is not here."""
    listed = _listed()
    return name in listed.names.get(module, ()) or f"{module}.{name}" in listed.modules


def coverage() -> dict[str, tuple[int, int, list[str]]]:
    """For each module that programs use: how many of MXNet's names are here, of how many, and which are not."""
    found = {}
    for module, text in json.loads(FILE.read_text(encoding="utf-8"))["coverage"].items():
        count, *missing = text.split()
        found[module] = int(count) - len(missing), int(count), missing
    return found


def text_for(full_name: str) -> str:
    """What is said of a missing name."""
    parts = full_name.split(".")
    beginnings = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return f"{full_name} is not supported yet; {next(_INSTEAD[each] for each in beginnings if each in _INSTEAD)}"


def _is_from_import(depth: int) -> bool:
    """Whether a name is asked for by ``from module import name``, which would hide an AttributeError's text."""
    frame = sys._getframe(depth)
    at = frame.f_lasti
    return at >= 0 and frame.f_code.co_code[at] == dis.opmap["IMPORT_FROM"]


def answer(module: str, name: str, depth: int = 1) -> Any:
    """What a module's ``__getattr__`` does for a name the module has not; it is called `depth` frames above."""
    package, _, inside = f"{module}.{name}".partition(".")
    own = _aliases.own_name(inside)
    if own != inside and module in sys.modules:  # a module under another name, loaded when it is asked for
        found = importlib.import_module(f"{package}.{own}")
        setattr(sys.modules[module], name, found)
        return found
    listed = _listed()
    path = listed.elsewhere.get(module, {}).get(name)
    if path is not None:
        owner, _, its_name = path.rpartition(".")
        return getattr(importlib.import_module(owner), its_name)
    if is_listed(module, name):
        text = text_for(f"{module}.{name}")
        if _is_from_import(depth + 1):
            raise MissingModuleError(text)
        raise AttributeError(text)
    if name in _PLUGINS and module in _OPERATORS_STAND_IN:
        text = f"{module}.{name} is of a plugin that MXNet 1.9.1 is built without; {_PLUGINS[name]}"
        raise MissingModuleError(text) if _is_from_import(depth + 1) else AttributeError(text)
    raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=sys.modules.get(module))


def _shown(module: ModuleType) -> list[str]:
    """What ``dir()`` shows of a module: its names without those it uses for its annotations, and without torch."""
    own = getattr(module, "__all__", ())
    return sorted(
        name
        for name, value in vars(module).items()
        if name in own
        or not (
            name in ("annotations", "torch", "TYPE_CHECKING")
            or getattr(value, "__module__", "") in ("typing", "collections.abc")
        )
    )


class _Finder(importlib.abc.MetaPathFinder):
    """Answers imports of missing modules, and gives those that are here a ``__getattr__``."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not fullname.startswith(f"{self._package}."):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None:
            if fullname in _listed().modules:
                raise MissingModuleError(text_for(fullname))
            return None
        loader: Any = spec.loader
        execute = loader.exec_module

        def executed(module: ModuleType) -> None:
            execute(module)
            if "__getattr__" not in module.__dict__:
                module.__getattr__ = lambda name: answer(fullname, name, 2)  # type: ignore[method-assign]
            if "__dir__" not in module.__dict__:
                module.__dir__ = lambda: _shown(module)  # type: ignore[method-assign]

        loader.exec_module = executed
        return spec


def install(package: str) -> None:
    """Have the package's missing names answered."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(package))
