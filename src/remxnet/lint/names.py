"""What a dotted name is: here, missing here, unknown to MXNet 1.9.1 as well, or nothing that can be told.

Names are looked up in the modules of this package and of NumPy, which are imported; those of the program are not.
`F` is what `hybrid_forward` gets: `mx.nd` or `mx.sym`.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from types import ModuleType
from typing import Any, Literal, NamedTuple

from mxnet import _absent
from mxnet.ops.registry import OPERATORS

from ..errors import or_rather
from ..old_numpy import NAMES as OLD_NUMPY

__all__ = ["ROOTS", "Answer", "keywords", "look", "public_names", "shown"]

ROOTS = ("mxnet", "F", "numpy")
FRONT_ENDS = ("mxnet.ndarray", "mxnet.symbol")  # of F
SHORT = {"mxnet.ndarray": "mx.nd", "mxnet.symbol": "mx.sym", "mxnet.numpy_extension": "mx.npx", "mxnet.numpy": "mx.np"}
#: arguments that calls of symbols take besides those of the operator
OF_SYMBOLS = frozenset({"attr", "name", "lr_mult", "wd_mult", "ctx_group", "num_args", "out", "ctx"})

#: classes that give arguments to a function of this name, and what each takes goes for both
HANDS_ON = {
    "mxnet.image.ImageIter": "mxnet.image.CreateAugmenter",
    "mxnet.image.ImageDetIter": "mxnet.image.CreateDetAugmenter",
}


class Answer(NamedTuple):
    """What is known of a name.

    Attributes
    ----------
    kind : str
        "here", or why not: "missing", "unknown" or "numpy"
    text : str
        what to say, where it is not here
    value : Any
        what it is, where it is here
    path : str
        its name in full, as far as it was followed
    """

    kind: Literal["here", "missing", "unknown", "numpy"]
    text: str = ""
    value: Any = None
    path: str = ""


@functools.cache
def look(path: str) -> Answer:
    """Follow a dotted name that begins with one of `ROOTS`."""
    root, _, rest = path.partition(".")
    if root != "F":
        return _follow(root, rest)
    if not rest:
        return Answer("here", value=None, path="F")
    answers = [_follow(each, rest) for each in FRONT_ENDS]
    found = next((each for each in answers if each.kind == "here"), None)
    lacking = next((each for each in answers if each.kind == "missing"), answers[0])
    return found or lacking._replace(text=lacking.text.replace("mx.nd.", "F."))


def _follow(root: str, rest: str) -> Answer:
    value: Any = importlib.import_module(root)
    path = root
    for name in rest.split(".") if rest else []:
        if not isinstance(value, (ModuleType, type)):
            break  # attributes of what a program makes are its own
        try:
            following = _attribute(value, name)
        except ImportError as error:
            return Answer("missing", str(error), path=f"{path}.{name}")
        if following is _NOTHING:
            return _why_not(value, path, name)
        path, value = f"{path}.{name}", following
    return Answer("here", value=value, path=path)


_NOTHING = object()


def _attribute(value: Any, name: str) -> Any:
    """An attribute, a module below a module included, or `_NOTHING`.

    Raises
    ------
    ImportError
        a module that is listed as missing
    """
    try:
        return getattr(value, name)
    except AttributeError:
        pass
    if isinstance(value, ModuleType) and hasattr(value, "__path__") and not name.startswith("__"):
        try:
            return importlib.import_module(f"{value.__name__}.{name}")
        except _absent.MissingModuleError:
            raise
        except ImportError:  # no such module, or one that needs what is not installed
            return _NOTHING
    return _NOTHING


def _why_not(value: Any, path: str, name: str) -> Answer:
    """What to say of a name that is not there."""
    full = f"{path}.{name}"
    if path.split(".")[0] == "numpy":
        import numpy

        old = OLD_NUMPY.get(full.removeprefix("numpy."))
        if old is None:
            return Answer("here", path=full)  # of another NumPy, or a typo: not ours to tell
        way = "" if old.made is None else ", or remxnet run --old-numpy"
        text = f"NumPy {numpy.__version__} has no {_numpy(full)}: {old.instead}{way}"
        return Answer("numpy", text, path=full)
    own = f"{value.__name__}.{name}"
    if isinstance(value, ModuleType) and _absent.is_listed(value.__name__, name):
        return Answer("missing", _absent.text_for(own), path=full)
    if name.startswith("_") and isinstance(value, ModuleType):
        return Answer("missing", f"{shown(full)} is not here: a name that MXNet keeps to itself", path=full)
    return Answer("unknown", f"MXNet 1.9.1 has no {shown(full)}{or_rather(name, dir(value))}", path=full)


def _numpy(path: str) -> str:
    return "np" + path.removeprefix("numpy")


def shown(path: str) -> str:
    """A name as programs write it.

    Examples
    --------
    >>> shown("mxnet.ndarray.contrib.box_nms"), shown("mxnet.gluon.nn.Dense")
    ('mx.nd.contrib.box_nms', 'mx.gluon.nn.Dense')
    """
    for module, short in SHORT.items():
        if path == module or path.startswith(f"{module}."):
            return short + path[len(module) :]
    return "mx" + path[5:] if path.split(".")[0] == "mxnet" else path


def public_names(path: str) -> list[str]:
    """What `from PATH import *` binds; nothing where there is no such module."""
    answer = look(path)
    if answer.kind != "here" or not isinstance(answer.value, ModuleType):
        return []
    listed = getattr(answer.value, "__all__", None)
    return list(listed) if listed is not None else [name for name in dir(answer.value) if not name.startswith("_")]


@functools.cache
def keywords(path: str) -> frozenset[str] | None:
    """The keyword arguments that a name's call takes; None where that cannot be told, or any are taken."""
    if path.startswith("F."):
        of_each = [keywords(f"{each}.{path[2:]}") for each in FRONT_ENDS if look(f"{each}.{path[2:]}").kind == "here"]
        known = [each for each in of_each if each is not None]
        return frozenset().union(*known) if known and len(known) == len(of_each) else None
    value = look(path).value
    if not callable(value) or path.split(".")[0] != "mxnet":
        return None
    if isinstance(value, type):
        taken = _of_class(value)
        others = next((keywords(other) for own, other in HANDS_ON.items() if look(own).value is value), frozenset())
        return None if taken is None or others is None else taken | others
    try:
        taken = _named(inspect.signature(value))
    except (TypeError, ValueError):
        return None
    spec = OPERATORS.get(getattr(value, "__name__", ""))
    if taken is None or spec is None:
        return taken
    return None if spec.open else taken | spec.ignored | OF_SYMBOLS


def _of_class(kind: type) -> frozenset[str] | None:
    """What the initializers of a class and of those above it take, as far up as each hands on what it does not know."""
    found: frozenset[str] = frozenset()
    for each in kind.__mro__:
        initializer = each.__dict__.get("__init__")
        if initializer is None:
            if "__new__" in each.__dict__ and each is not object:
                return None
            continue
        if each is object:
            return None
        try:
            signature = inspect.signature(initializer)
        except (TypeError, ValueError):
            return None
        found |= frozenset(_parameters(signature))
        if not any(each.kind is each.VAR_KEYWORD for each in signature.parameters.values()):
            return found
    return None


def _named(signature: inspect.Signature) -> frozenset[str] | None:
    if any(each.kind is each.VAR_KEYWORD for each in signature.parameters.values()):
        return None
    return frozenset(_parameters(signature))


def _parameters(signature: inspect.Signature) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [name for name, each in signature.parameters.items() if each.kind in kinds]
