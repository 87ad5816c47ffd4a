"""The operator table. Importing this package declares every operator.

Nothing here knows of NDArray, recording or contexts: see :mod:`mxnet.ops.registry`.
"""

import importlib
import pkgutil

from .registry import OPERATORS, OpSpec

__all__ = ["OPERATORS", "OpSpec"]

for _module in pkgutil.iter_modules(__path__):
    if _module.name != "registry":
        importlib.import_module(f"{__name__}.{_module.name}")
