"""Arguments that an optimizer does not take, and what was meant."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from ..base import or_rather

__all__ = ["unknown_argument"]

#: what other libraries call an argument
_CALLED = {"lr": "learning_rate", "weight_decay": "wd", "betas": "beta1", "eps": "epsilon"}


def unknown_argument(klass: type, given: Iterable[str]) -> str | None:
    """Which of the arguments given an optimizer does not take, and which are near; None where it takes all by name."""
    taken = [
        parameter.name
        for each in klass.__mro__[:-1]
        for parameter in inspect.signature(each.__init__).parameters.values()  # type: ignore[misc]
        if parameter.kind is not parameter.VAR_KEYWORD and parameter.name != "self"
    ]
    for name in given:
        if name not in taken:
            near = _CALLED.get(name)
            rather = f" (did you mean {near!r}?)" if near in taken else or_rather(name, taken)
            return f"no argument {name!r}{rather}; it takes {', '.join(dict.fromkeys(taken))}"
    return None
