"""The operator table. Importing this package declares every operator.

Each wing holds the operators on one kind of thing: ``nn`` networks, ``array`` shapes and parts, ``math`` elements and
matrices, ``numpy`` what only NumPy's names have, ``random`` draws, ``optim`` optimizers' steps, ``vision`` images.
Nothing here knows of NDArray, recording or contexts: see :mod:`mxnet.ops.registry`.
"""

import importlib
import pkgutil

from .registry import OPERATORS, OpSpec

__all__ = ["OPERATORS", "OpSpec"]

for _module in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_module.name)
