"""Pickles as inert data: what they hold is told, nothing in them is imported, called or changed.

Numbers, texts, lists, tuples, dicts and sets come as themselves, bytes as views of the file, a global as a
:class:`Global`, and what pickle would make by a call as a :class:`Made`, which says of what. Whoever reads decides what
becomes of those. What is made has about the size of the file: operations are counted, and no number in the file is
taken for a size.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from collections.abc import Callable
from typing import Any

from ..base import brief

__all__ = ["Global", "Made", "read"]

MOST_OPERATIONS = 1 << 21  # each makes an object of a hundred bytes or so
LARGEST_KEY = 1 << 63  # among smaller integers no more than a few have the same hash
MISSING = object()

#: operations that put their argument on the stack as it is
CONSTANTS = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 STRING BINSTRING SHORT_BINSTRING UNICODE SHORT_BINUNICODE BINUNICODE "
    "BINUNICODE8 FLOAT BINFLOAT".split()
)
BYTES = frozenset(["BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"])
SINGLE = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_DICT": dict, "EMPTY_SET": set}


class Global:
    """A name in a module; nothing is known of what it stands for."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module, self.name = module, name

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Made:
    """What a call of a global would make.

    Attributes
    ----------
    of : Global
        What would be called.
    arguments : tuple
    is_bare : bool
        It would be made by the class's `__new__` alone, not by a call.
    state : object
        What it would be given then; `Made.MISSING` without.
    """

    MISSING = MISSING
    __slots__ = ("arguments", "is_bare", "of", "state")

    def __init__(self, of: Global, arguments: tuple[Any, ...], is_bare: bool) -> None:
        self.of, self.arguments, self.is_bare, self.state = of, arguments, is_bare, MISSING


def read(content: bytes) -> Any:
    """Tell what a pickle holds.

    Parameters
    ----------
    content
        The pickle, of protocol 0 to 5.

    Raises
    ------
    UnpicklingError
        It is damaged, or holds what is not data: persistent names, extension codes, buffers of somebody else's.

    Examples
    --------
    >>> import pickle
    >>> from mxnet.serialization import pickles
    >>> pickles.read(pickle.dumps({0: [1.5, None, ("a",)]}))
    {0: [1.5, None, ('a',)]}
    >>> made = pickles.read(pickle.dumps(1j))
    >>> str(made.of), made.arguments
    ('builtins.complex', (0.0, 1.0))
    """
    try:
        return _Machine(content).run()
    except pickle.UnpicklingError:
        raise
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, MemoryError, RecursionError) as error:
        raise pickle.UnpicklingError(f"a damaged pickle: {brief(error)}") from error


class _Machine:
    """The stack, the marks and the memo of a pickle."""

    def __init__(self, content: bytes) -> None:
        self.stream, self.view = io.BytesIO(content), memoryview(content)
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []  # the stacks under the marks
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        argument: Any
        for count, (operation, argument, _) in enumerate(pickletools.genops(self.stream)):
            if count == MOST_OPERATIONS:
                raise pickle.UnpicklingError(f"a pickle of more than {MOST_OPERATIONS:,} operations")
            name = operation.name
            if name in CONSTANTS:
                self.stack.append(argument)
            elif name in BYTES:
                end = self.stream.tell()
                self.stack.append(self.view[end - len(argument) : end])  # not the copy, which may be large
            elif name in SINGLE:
                self.stack.append(SINGLE[name])
            elif name in EMPTY:
                self.stack.append(EMPTY[name]())
            elif name == "STOP":
                break
            else:
                step = getattr(self, f"_{name.lower()}", None)
                if step is None:
                    raise pickle.UnpicklingError(f"the operation {name}, which is no data")
                step(argument)
        if self.below or len(self.stack) != 1:
            raise ValueError(f"{len(self.stack)} values are left at its end")
        return self.stack[0]

    def _above_mark(self) -> list[Any]:
        values, self.stack = self.stack, self.below.pop()
        return values

    # --- stack and memo -----------------------------------------------------------------------------------------------

    def _proto(self, version: int) -> None:
        if version > 5:
            raise ValueError(f"protocol {version}")

    def _frame(self, length: int) -> None:
        """Of the file alone."""

    def _mark(self, _: None) -> None:
        self.below.append(self.stack)
        self.stack = []

    def _pop(self, _: None) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self._above_mark()

    def _pop_mark(self, _: None) -> None:
        self._above_mark()

    def _dup(self, _: None) -> None:
        self.stack.append(self.stack[-1])

    def _put(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    _binput = _long_binput = _put

    def _memoize(self, _: None) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _get(self, index: int) -> None:
        self.stack.append(self.memo[index])

    _binget = _long_binget = _get

    # --- containers ---------------------------------------------------------------------------------------------------

    def _tuple1(self, _: None) -> None:
        self.stack.append((self.stack.pop(),))

    def _tuple2(self, _: None) -> None:
        self.stack[-2:] = [(self.stack[-2], self.stack[-1])]

    def _tuple3(self, _: None) -> None:
        self.stack[-3:] = [(self.stack[-3], self.stack[-2], self.stack[-1])]

    def _tuple(self, _: None) -> None:
        values = self._above_mark()
        self.stack.append(tuple(values))

    def _list(self, _: None) -> None:
        values = self._above_mark()
        self.stack.append(values)

    def _append(self, _: None) -> None:
        value = self.stack.pop()
        self._last(list).append(value)

    def _appends(self, _: None) -> None:
        values = self._above_mark()
        self._last(list).extend(values)

    def _dict(self, _: None) -> None:
        values = self._above_mark()
        self.stack.append({})
        self._set_items(values)

    def _setitem(self, _: None) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._set_items([key, value])

    def _setitems(self, _: None) -> None:
        self._set_items(self._above_mark())

    def _set_items(self, values: list[Any]) -> None:
        if len(values) % 2:
            raise ValueError("a key without a value")
        target = self._last(dict)
        for key, value in zip(values[::2], values[1::2]):
            target[_key(key)] = value

    def _additems(self, _: None) -> None:
        values = self._above_mark()
        self._last(set).update(map(_key, values))

    def _frozenset(self, _: None) -> None:
        values = self._above_mark()
        self.stack.append(frozenset(map(_key, values)))

    def _last(self, kind: type) -> Any:
        value = self.stack[-1]
        if type(value) is not kind:
            raise ValueError(f"it adds to a {type(value).__name__} what a {kind.__name__} takes")
        return value

    # --- calls --------------------------------------------------------------------------------------------------------

    def _global(self, names: str) -> None:
        module, name = names.split(" ", 1)
        self.stack.append(Global(module, name))

    def _stack_global(self, _: None) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("the name of a global is no text")
        self.stack.append(Global(module, name))

    def _reduce(self, _: None) -> None:
        self._make(self.stack.pop(-2), self.stack.pop(), False)

    def _newobj(self, _: None) -> None:
        self._make(self.stack.pop(-2), self.stack.pop(), True)

    def _newobj_ex(self, _: None) -> None:
        keywords = self.stack.pop()
        if keywords != {}:
            raise pickle.UnpicklingError("an object made with arguments by name, which is no data")
        self._newobj(None)

    def _make(self, of: Any, arguments: Any, is_bare: bool) -> None:
        if type(of) is not Global or type(arguments) is not tuple:
            raise ValueError(f"it calls a {type(of).__name__} with a {type(arguments).__name__}")
        self.stack.append(Made(of, arguments, is_bare))

    def _build(self, _: None) -> None:
        state = self.stack.pop()
        made = self.stack[-1]
        if type(made) is not Made:
            raise pickle.UnpicklingError(f"it changes a {type(made).__name__}, which is no object of its own")
        if made.state is not MISSING:
            raise ValueError("an object is given two states")
        made.state = state


def _key(value: Any) -> Any:
    """A value that can be a key; what has no hash, or may have one that takes long to find, is refused."""
    if type(value) is tuple:
        return tuple(map(_plain_key, value))
    return _plain_key(value)


def _plain_key(value: Any) -> Any:
    if type(value) is memoryview:
        return bytes(value)
    if type(value) is int and not -LARGEST_KEY <= value < LARGEST_KEY:
        raise ValueError("a key is an integer of more than 64 bits")
    if value is not None and type(value) not in (bool, int, float, str):
        raise ValueError(f"a key is a {type(value).__name__}")
    return value
