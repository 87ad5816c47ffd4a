"""What operators become in a program for PyTorch: rules of kind "source", a file for each family."""

from __future__ import annotations

import importlib
import pkgutil

for _found in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name):
    importlib.import_module(f"{__name__}.{_found.name}")

importlib.import_module(f"{__name__}.carried").register()
