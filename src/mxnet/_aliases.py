"""MXNet's other names of modules: ``mxnet.nd`` and ``mxnet.ndarray`` are one module, submodules included.

So are modules that share out in MXNet what is one here, as ``mxnet.numpy.multiarray`` has the array of ``mxnet.numpy``.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

__all__ = ["ALIASES", "install", "own_name"]

#: other name -> the module's own name, both within the package
ALIASES = {
    "ndarray.np": "numpy",
    "ndarray.npx": "numpy_extension",
    "ndarray.numpy": "numpy",
    "ndarray.numpy_extension": "numpy_extension",
    "gluon.metric": "metric",
    "np_symbol": "symbol.numpy._symbol",
    "numpy._op": "numpy",
    "numpy._register": "numpy._internal",
    "numpy.arrayprint": "numpy",
    "numpy.fallback_linalg": "numpy.linalg",
    "numpy.function_base": "numpy",
    "numpy.linalg.fallback_linalg": "numpy.linalg",
    "numpy.multiarray": "numpy",
    "numpy.stride_tricks": "numpy",
    "numpy.utils": "numpy",
    "numpy_extension._op": "numpy_extension",
    "numpy_extension._register": "numpy_extension",
    "numpy_extension.utils": "numpy_extension",
    "symbol.numpy._op": "symbol.numpy",
    "symbol.numpy._register": "symbol.numpy._internal",
    "symbol.numpy_extension._op": "symbol.numpy_extension",
    "symbol.numpy_extension._register": "symbol.numpy_extension",
    "symbol.np": "symbol.numpy",
    "symbol.npx": "symbol.numpy_extension",
    "img": "image",
    "init": "initializer",
    "kv": "kvstore",
    "mod": "module",
    "mon": "monitor",
    "nd": "ndarray",
    "np": "numpy",
    "npx": "numpy_extension",
    "rnd": "random",
    "sym": "symbol",
    "th": "torch",
    "viz": "visualization",
}


def own_name(path: str) -> str:
    """The own name of a module that is called by a path with aliases in it, all within the package.

    Examples
    --------
    >>> own_name("nd.np.random"), own_name("gluon.nn")
    ('numpy.random', 'gluon.nn')
    """
    parts = path.split(".")
    for length in range(1, len(parts) + 1):
        beginning = ".".join(parts[:length])
        if beginning in ALIASES:
            return own_name(".".join([ALIASES[beginning], *parts[length:]]))
    return path


class _AliasLoader(importlib.abc.Loader):
    """Gives the module another name stands for."""

    def __init__(self, target: str) -> None:
        self._target = target

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        self._module = importlib.import_module(self._target)
        self._spec = self._module.__spec__
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec  # the import system has just put the alias's in its place


class _AliasFinder(importlib.abc.MetaPathFinder):
    """Finds ``package.alias`` and ``package.alias.anything``."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        package, _, rest = fullname.partition(".")
        if package != self._package or not rest:
            return None
        own = f"{package}.{own_name(rest)}"
        if own == fullname or importlib.util.find_spec(own) is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, _AliasLoader(own), is_package=True)


def install(package: str) -> None:
    """Make the aliases of a package importable."""
    if not any(isinstance(finder, _AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AliasFinder(package))
