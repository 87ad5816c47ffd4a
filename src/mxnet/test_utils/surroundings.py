"""Where tests run: the context, the environment, which tests may fail once."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..context import Context, _current, current_context, num_gpus

__all__ = [
    "default_context", "default_dtype", "discard_stderr", "environment", "has_tvm_ops", "is_aarch64_run", "is_cd_run",
    "is_op_runnable", "list_gpus", "retry", "set_default_context", "setenv",
]  # fmt: skip


def default_context() -> Context:
    """The context that tests run on."""
    return current_context()


def set_default_context(ctx: Context) -> None:
    """Have tests run on a context from now on."""
    _current.value = ctx


def default_dtype() -> type:
    """The dtype of arrays to test with."""
    return np.float32


def list_gpus() -> range:
    """The numbers of the accelerators."""
    return range(num_gpus())


def has_tvm_ops() -> bool:
    """Whether there are operators compiled by TVM; there are none."""
    return False


def is_op_runnable() -> bool:
    """Whether operators run here; they do."""
    return True


def is_cd_run() -> bool:
    """Whether the environment says that this is a test of what is to be published."""
    return os.environ.get("CD_JOB", "0") == "1"


def is_aarch64_run() -> bool:
    """Whether the processor is an ARM of 64 bits."""
    return platform.machine() == "aarch64"


def setenv(name: str, value: str | None) -> None:
    """Set a variable of the environment, or take it away with None."""
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


@contextlib.contextmanager
def environment(*args: Any) -> Iterator[None]:
    """Set variables of the environment within a ``with``.

    Parameters
    ----------
    *args
        a name and a value, or a dict; None takes a variable away

    Raises
    ------
    AssertionError
        other arguments

    Examples
    --------
    >>> import os
    >>> from mxnet.test_utils import environment
    >>> with environment('MXNET_SAMPLE', '1'):
    ...     print(os.environ['MXNET_SAMPLE'])
    1
    """
    if len(args) == 2:
        wanted = {args[0]: args[1]}
    elif len(args) == 1 and isinstance(args[0], dict):
        wanted = args[0]
    else:
        raise AssertionError("environment: expected a name and a value, or a dict")
    before = {name: os.environ.get(name) for name in wanted}
    for name, value in wanted.items():
        setenv(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setenv(name, value)


@contextlib.contextmanager
def discard_stderr() -> Iterator[None]:
    """Leave out what is written to the process's error output within a ``with``."""
    number = sys.__stderr__.fileno() if sys.__stderr__ is not None else 2
    kept = os.dup(number)
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), number)
        yield
    finally:
        os.dup2(kept, number)
        os.close(kept)


def retry(n: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator that lets a test fail by assertion up to `n` - 1 times.

    Raises
    ------
    AssertionError
        `n` is not positive; or the test failed every time
    """
    if n < 1:
        raise AssertionError(f"retry: n={n}; expected 1 or more")

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(test)
        def tried(*args: Any, **kwargs: Any) -> Any:
            for _ in range(n - 1):
                try:
                    return test(*args, **kwargs)
                except AssertionError as error:
                    print(f"{test.__name__} failed and is tried again: {str(error)[:200]}", file=sys.stderr)
            return test(*args, **kwargs)

        return tried

    return decorate
