"""Optimizer states read from bytes that anybody may have written.

They are pickles, as MXNet writes them. :mod:`mxnet.serialization.pickles` tells what one holds without doing any of it;
here that becomes arrays, numbers, optimizers and learning rate schedulers, each once however often it is referred to,
and everything else is refused. So is an optimizer that lacks an attribute or has one of a wrong kind, and a state that
does not fit its weight: a file that is read can be trained on with.
"""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..base import MXNetError, brief
from ..lr_scheduler import LRScheduler
from ..ndarray.ndarray import NDArray
from ..ndarray.pickling import unfiled
from ..ndarray.sparse_array import held
from ..ndarray.sparse_array import made as made_array
from ..serialization import params, pickles
from ..serialization.pickles import Global, Made
from .attributes import described, give_attributes, is_number, is_ours
from .base import Optimizer

__all__ = ["check_state", "loads"]

DEEPEST = 64  # levels of lists, tuples and dicts within each other
PACKAGE = __name__.partition(".")[0]
SCALAR = re.compile(r"[fiub][1248]")
LEAVES = (type(None), bool, int, float, str)


def loads(content: bytes, name: str = "set_states") -> tuple[dict[Any, Any], Optimizer | None]:
    """Read states, and the optimizer where it is in them.

    Parameters
    ----------
    content
        what :meth:`Updater.get_states` or MXNet wrote
    name
        who asks and for what, for the errors

    Raises
    ------
    UnpicklingError
        the bytes are damaged, or hold something that is no part of a state
    """
    try:
        value = _Builder().built(pickles.read(content))
        optimizer = None
        if type(value) is tuple:
            if len(value) != 2 or not isinstance(value[1], Optimizer):
                raise pickle.UnpicklingError("expected the states, or the states and an optimizer")
            value, optimizer = value
        if type(value) is not dict:
            raise pickle.UnpicklingError(f"expected a dict of states, got {type(value).__name__}")
        for index, state in value.items():
            _check_kinds(index, state, len(content))
    except pickle.UnpicklingError as error:
        raise pickle.UnpicklingError(f"{name}: {error}") from error
    except (MXNetError, ValueError, TypeError, OverflowError, MemoryError) as error:
        raise pickle.UnpicklingError(f"{name}: the states are damaged: {brief(error)}") from error
    return value, optimizer


# --- from inert data to arrays and objects ------------------------------------------------------------------------


class _Builder:
    """Makes what a pickle holds, without recursion, and each thing once."""

    def __init__(self) -> None:
        self.done: dict[int, tuple[Any, Any]] = {}  # what was read, kept so that its id stays its own; and made
        self.depths: dict[int, int] = {}
        self.objects: dict[int, Any] = {}  # optimizers and schedulers, which exist before they have their attributes

    def built(self, root: Any) -> Any:
        """What stands for the root, its parts made before it."""
        begun: set[int] = set()
        stack = [root]
        while stack:
            value = stack[-1]
            if id(value) in self.done:
                stack.pop()
            elif id(value) in begun:
                self.done[id(value)] = value, self._finished(value)
                stack.pop()
            else:
                begun.add(id(value))
                if type(value) is Made:
                    self._begin(value)
                for part in _parts(value):
                    if type(part) in LEAVES:
                        continue
                    if id(part) not in begun:
                        stack.append(part)
                    elif id(part) not in self.done and type(part) is tuple:
                        raise pickle.UnpicklingError("the states are damaged: a tuple holds itself")
        return self._of(root)

    def _begin(self, made: Made) -> None:
        cls = _class_of(made)
        if cls is not None:
            self.objects[id(made)] = cls.__new__(cls)

    def _of(self, value: Any) -> Any:
        """What stands for a part: as good as made, where it is a thing that holds itself."""
        if id(value) in self.done:
            return self.done[id(value)][1]
        return self.objects.get(id(value), value)

    def _finished(self, value: Any) -> Any:
        depth = 1 + max((self.depths.get(id(part), 0) for part in _parts(value)), default=0)
        if depth > DEEPEST:
            raise pickle.UnpicklingError(f"the states are damaged: more than {DEEPEST} levels within each other")
        self.depths[id(value)] = depth
        if type(value) is tuple:
            return tuple(map(self._of, value))
        if type(value) is list:  # lists and dicts in place: an optimizer knows its counts of updates under two names
            value[:] = map(self._of, value)
            return value
        if type(value) is dict:
            value.update({key: self._of(each) for key, each in value.items()})
            return value
        if type(value) is memoryview:
            return bytes(value)
        if type(value) is Global:
            raise _refused(value)
        if type(value) is not Made:
            return value
        if id(value) in self.objects:
            attributes = {} if value.state is Made.MISSING else self._of(value.state)
            return give_attributes(self.objects[id(value)], attributes)
        return _simple(value)


def _parts(value: Any) -> Iterator[Any]:
    """What has to be made first: the elements of containers, and the attributes of optimizers and schedulers."""
    if type(value) in (tuple, list):
        yield from value
    elif type(value) is dict:
        yield from value.values()
    elif type(value) is Made and type(value.state) is dict and not _is_array(value.of):
        yield value.state


def _refused(what: Global) -> pickle.UnpicklingError:
    return pickle.UnpicklingError(
        f"{what} is no part of optimizer states; an optimizer of your own is read once its class is defined and "
        "derives from mx.optimizer.Optimizer"
    )


def _is_array(of: Global) -> bool:
    return of.name in ("NDArray", "ndarray", "CSRNDArray", "RowSparseNDArray") and of.module.startswith(f"{PACKAGE}.")


def _classes(base: Any) -> Iterator[Any]:
    """A class and everything derived from it."""
    yield base
    for child in base.__subclasses__():
        yield from _classes(child)


def _class_of(made: Made) -> Any:
    """The optimizer or scheduler that is made, if it is one; nothing is imported for it."""
    of, arguments = made.of, made.arguments
    if str(of) in ("copyreg._reconstructor", "copy_reg._reconstructor"):  # what protocols 0 and 1 make objects by
        of, arguments = (arguments[0], ()) if arguments and type(arguments[0]) is Global else (of, arguments)
    elif not made.is_bare:
        return None
    for base in (Optimizer, LRScheduler):
        for cls in _classes(base):
            if (cls.__module__, cls.__qualname__) == (of.module, of.name):
                if arguments:
                    raise ValueError(f"{of} is made with arguments")
                return cls
    return None


def _simple(made: Made) -> Any:
    """An array, a NumPy scalar or bytes."""
    name = str(made.of)
    if _is_array(made.of):
        return _array(made)
    if name in ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar"):
        return _scalar(made)
    if name in ("builtins.bytearray", "__builtin__.bytearray"):
        return bytearray(_content(made))
    if name == "_codecs.encode":
        return bytes(_content(made))
    raise _refused(made.of)


def _array(made: Made) -> NDArray | None:
    state: Any = made.state
    if made.arguments != (None,) or (state is not Made.MISSING and type(state) is not dict):
        raise ValueError("an array is not made as arrays are")
    handle = state.get("handle") if type(state) is dict else None
    if handle is None:
        return None
    return made_array(unfiled(params.loads_array(_content(handle))[0]))  # where it is needed is seen later


def _content(value: Any) -> Any:
    """The bytes that stand for bytes: themselves, a bytearray of them, or a text and how it is encoded."""
    for _ in range(3):  # Python 2 writes bytearray(encode(text, 'latin1')), or bytearray(text, 'latin-1')
        if type(value) in (memoryview, bytes):
            return value
        if type(value) is not Made or value.state is not Made.MISSING:
            break
        name, arguments = str(value.of), value.arguments
        if name == "_codecs.encode" or (name == "__builtin__.bytearray" and len(arguments) == 2):
            text, encoding = arguments if len(arguments) == 2 else (None, None)
            if type(text) is not str or encoding not in ("latin1", "latin-1"):
                break
            return text.encode("latin-1")
        if name not in ("builtins.bytearray", "__builtin__.bytearray") or len(arguments) > 1:
            break
        value = arguments[0] if arguments else b""
    kind = value.of if type(value) is Made else type(value).__name__
    raise ValueError(f"expected bytes, got {kind}")


def _scalar(made: Made) -> np.generic:
    """A NumPy scalar: a dtype of numbers, and its bytes."""
    dtype, value = made.arguments if len(made.arguments) == 2 else (None, None)
    if type(dtype) is not Made or str(dtype.of) != "numpy.dtype" or not dtype.arguments:
        raise ValueError("a NumPy scalar without a dtype")
    kind = dtype.arguments[0]
    order: Any = dtype.state[1] if type(dtype.state) is tuple and len(dtype.state) > 1 else "="
    if type(kind) is not str or not SCALAR.fullmatch(kind) or order not in ("<", ">", "=", "|"):
        raise ValueError(f"a NumPy scalar of dtype {kind!r}; expected one of numbers")
    content = value.encode("latin-1") if type(value) is str else _content(value)
    layout = np.dtype(kind).newbyteorder(order)
    if len(content) != layout.itemsize:
        raise ValueError(f"a NumPy scalar of dtype {kind} has {len(content)} bytes")
    return np.frombuffer(content, layout).astype(layout.newbyteorder("="))[0]


# --- states -------------------------------------------------------------------------------------------------------


def _check_kinds(index: Any, state: Any, size: int) -> None:
    """A state is None, an array, a number, or containers of them, and spread out no larger than its file could say."""
    if type(index) is bool or not isinstance(index, (int, str)):
        raise pickle.UnpicklingError(f"a state has the index {index!r}; expected an int or a str")
    left = size + 16
    todo = [state]
    while todo:
        value = todo.pop()
        left -= 1
        if left < 0:
            raise pickle.UnpicklingError(f"the state of parameter {index!r} holds the same things over and over")
        if type(value) in (tuple, list):
            todo.extend(value)
        elif type(value) is dict:
            todo.extend(value.values())
        elif value is not None and not isinstance(value, (NDArray, bool, int, float, np.generic)):
            raise pickle.UnpicklingError(
                f"the state of parameter {index!r} holds a {type(value).__name__}; expected arrays and numbers"
            )


def check_state(optimizer: Optimizer, index: Any, state: Any, weight: NDArray) -> None:
    """Raise where a state that was read does not fit the weight that it is to be used for.

    What the optimizers of this package keep is known; of a state for an optimizer of the user's nothing is.

    Raises
    ------
    MXNetError
        it is not made of arrays of the shapes and dtypes that the optimizer keeps for the weight
    """
    cls = type(optimizer)
    if not all(is_ours(each) for each in (cls.create_state, cls.create_state_multi_precision)):
        return
    with warnings.catch_warnings():  # it has been said, or will be
        warnings.simplefilter("ignore")
        fresh = optimizer.create_state_multi_precision(index, weight)
    difference = _difference(fresh, state)
    if difference is not None:
        name = _name_of(optimizer, index)
        raise MXNetError(
            f"{cls.__name__}: the state that was read for parameter {name} of shape {weight.shape} does not fit: "
            f"{difference}"
        )


def _name_of(optimizer: Optimizer, index: Any) -> str:
    parameter = optimizer.param_dict.get(index)
    name = getattr(parameter, "name", None) or optimizer.idx2name.get(index)
    return repr(index) if name is None else f"{name!r}"


def _difference(fresh: Any, state: Any) -> str | None:
    """In words, what of a state is not as in a fresh one; None where it can be used."""
    if fresh is None:
        return None  # the optimizer looks at nothing
    if isinstance(fresh, (tuple, list)):
        if not isinstance(state, (tuple, list)) or len(state) != len(fresh):
            return f"expected {len(fresh)} parts, got {described(state)}"
        return next(filter(None, map(_difference, fresh, state)), None)
    if isinstance(fresh, NDArray):
        if not isinstance(state, NDArray) or state.shape != fresh.shape or held(state).dtype is not held(fresh).dtype:
            return f"expected {described(fresh)}, got {described(state)}"
    elif not is_number(state):
        return f"expected a number, got {described(state)}"
    return None
