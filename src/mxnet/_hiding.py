"""Packages that look for torch to choose what they are written in, and are not to find it: `REMXNET_HIDE_TORCH`.

gluoncv and others of its time take torch, where they find it, for a second library to be used beside MXNet, and refuse
one as new as the one that computes here. Named in the environment, `REMXNET_HIDE_TORCH=gluoncv,autogluon`, they are
answered as on a machine without torch; everybody else finds it.
"""

from __future__ import annotations

import builtins
import functools
import os
from collections.abc import Mapping
from typing import Any

__all__ = ["hide_torch", "install"]

VARIABLE = "REMXNET_HIDE_TORCH"


def install() -> None:
    """Hide torch from the packages that the environment names."""
    hide_torch(frozenset(name.strip() for name in os.environ.get(VARIABLE, "").split(",")) - {""})


def hide_torch(packages: frozenset[str]) -> None:
    """Have `import torch` fail in modules of some packages, as where there is none."""
    if not packages:
        return
    before = builtins.__import__

    @functools.wraps(before)
    def importing(name: str, globals: Mapping[str, Any] | None = None, *rest: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "torch" and globals is not None and not (rest[2:] and rest[2]):
            package = str(globals.get("__name__", "")).partition(".")[0]
            if package in packages:
                raise ModuleNotFoundError(f"torch is hidden from {package} ({VARIABLE})", name="torch")
        return before(name, globals, *rest, **options)

    builtins.__import__ = importing
