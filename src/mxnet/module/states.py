"""What has to be done with a module before a call of it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["after", "need"]

_Method = TypeVar("_Method", bound=Callable[..., Any])

#: what brings a module into a state
_STEPS = {
    "binded": "bind",
    "for_training": "bind with for_training=True",
    "inputs_need_grad": "bind with inputs_need_grad=True",
    "params_initialized": "initialize the parameters",
    "optimizer_initialized": "init_optimizer",
}


def need(module: Any, call: str, *states: str) -> None:
    """Raise an AssertionError that names the missing steps unless a module is in the states that a call needs."""
    missing = [_STEPS[state] for state in states if not getattr(module, state)]
    if missing:
        raise AssertionError(f"{call}: {' and '.join(missing)} first")


def after(*states: str) -> Callable[[_Method], _Method]:
    """A method that needs its module in some states, by the names of the attributes that tell them."""

    def guarded(method: _Method) -> _Method:
        @functools.wraps(method)
        def call(self: Any, *args: Any, **kwargs: Any) -> Any:
            for state in states:
                if not getattr(self, state):
                    need(self, method.__name__, *states)
            return method(self, *args, **kwargs)

        return call  # type: ignore[return-value]

    return guarded
