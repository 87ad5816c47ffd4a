"""How the functions of ``mx.np`` call operators: on arrays, or on symbols where ``mx.sym.np`` asks them to.

A function says in NumPy's words which operators it stands for, and is written once: ``mx.np.mean`` computes the mean of
an array and ``mx.sym.np.mean``, the same function, makes the node of a graph. What an argument may be is asked by
:class:`~mxnet.base.Operand`, which both kinds are.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..base import Operand
from ..ndarray.invoke import invoke as _invoke
from ..ops.registry import OpSpec

__all__ = ["Compose", "checked", "composing", "in_graphs", "invoke"]

#: makes a node of a graph: takes the operator, its inputs, attributes and ``out``
Compose = Callable[[OpSpec, Sequence[Any], Mapping[str, Any], Any], Any]


class _Target(threading.local):
    """What calls are for on this thread: arrays, or what ``compose`` makes of them."""

    compose: Compose | None = None


_target = _Target()


def invoke(
    spec: OpSpec, inputs: Sequence[Any], attributes: Mapping[str, Any], out: Any = None, array_class: Any = None
) -> Any:
    """Call an operator; see :func:`mxnet.ndarray.invoke.invoke`."""
    if _target.compose is not None:
        return _target.compose(spec, inputs, attributes, out)
    return _invoke(spec, inputs, attributes, out, array_class)


def checked(name: str, argument: str, value: Any) -> Any:
    """An argument that has to be an array, or a symbol in a graph.

    Raises
    ------
    AssertionError
        it is neither
    """
    if not isinstance(value, Operand):
        raise AssertionError(f"{name}: {argument}={value!r} of type {type(value).__name__}; expected an mx.np array")
    return value


def composing() -> bool:
    """Whether calls on this thread make nodes of a graph now."""
    return _target.compose is not None


@contextmanager
def _composed_by(compose: Compose) -> Iterator[None]:
    before, _target.compose = _target.compose, compose
    try:
        yield
    finally:
        _target.compose = before


def in_graphs(function: Callable[..., Any], compose: Compose) -> Callable[..., Any]:
    """The same function for symbols: what it calls becomes nodes of a graph."""

    @functools.wraps(function)
    def on_symbols(*args: Any, **kwargs: Any) -> Any:
        with _composed_by(compose):
            return function(*args, **kwargs)

    return on_symbols
