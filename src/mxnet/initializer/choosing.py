"""Initializers that hand each name on to another one, or to saved arrays."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["Load", "Mixed"]


class Load:
    """Initializes from arrays that were saved, and the rest with another initializer.

    Parameters
    ----------
    param : str or dict of str to NDArray
        the arrays by name, or a file of them; ``arg:`` and ``aux:`` before a name are dropped
    default_init : Initializer, optional
        for the names that `param` does not have
    verbose : bool
        log where every array came from

    Raises
    ------
    AssertionError
        when called: a saved array has another shape, or there is neither a saved array nor a default
    """

    def __init__(self, param: Any, default_init: Any = None, verbose: bool = False) -> None:
        if isinstance(param, str):
            from ..ndarray import load

            param = load(param)
        if not isinstance(param, Mapping):
            raise AssertionError(f"Load: the saved arrays have no names; expected a dict, got {type(param).__name__}")
        self.param = {name[4:] if name.startswith(("arg:", "aux:")) else name: value for name, value in param.items()}
        self.default_init = default_init
        self.verbose = verbose

    def __call__(self, name: str, arr: Any) -> None:
        """Fill `arr` with what was saved as `name`."""
        if name in self.param:
            saved = self.param[name]
            if tuple(arr.shape) != tuple(saved.shape):
                raise AssertionError(f"Load: {name} has shape {arr.shape}, the saved one {saved.shape}")
            arr[:] = saved
            if self.verbose:
                logging.info("Initialized %s by loading", name)
            return
        if self.default_init is None:
            raise AssertionError(f"Load: nothing saved as {name!r}, and no default_init")
        self.default_init(name, arr)
        if self.verbose:
            logging.info("Initialized %s by default", name)


class Mixed:
    """Picks an initializer by the first regular expression the name begins with.

    Parameters
    ----------
    patterns : list of str
        regular expressions
    initializers : list of Initializer
        one for each pattern

    Examples
    --------
    >>> init = mx.init.Mixed(['.*gate', '.*'], [mx.init.One(), mx.init.Zero()])
    >>> weight = mx.nd.zeros((2,))
    >>> init(mx.init.InitDesc('a_gate_weight'), weight)
    >>> weight.asnumpy().tolist()
    [1.0, 1.0]
    """

    def __init__(self, patterns: Sequence[str], initializers: Sequence[Any]) -> None:
        if len(patterns) != len(initializers):
            raise AssertionError(f"Mixed: {len(patterns)} patterns for {len(initializers)} initializers")
        self.map = list(zip([re.compile(pattern) for pattern in patterns], initializers, strict=True))

    def __call__(self, name: str, arr: Any) -> None:
        """Fill `arr` with the initializer whose pattern fits `name`.

        Raises
        ------
        ValueError
            no pattern fits
        """
        for pattern, init in self.map:
            if pattern.match(name):
                init(name, arr)
                return
        known = [pattern.pattern for pattern, _ in self.map]
        raise ValueError(f"Mixed: no pattern of {known} fits {name!r}; a last pattern '.*' would take every name")
