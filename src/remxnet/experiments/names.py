"""Models and families by their names: a family is `FAMILY` or, from a Python file, `FILE.py:FAMILY`; with a size
after it, it is a model.

A file is run as Python runs a script: whoever names it trusts it. What goes wrong in it is one line with the place.
"""

import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from mxnet.gluon import nn

from ..errors import InputError, or_rather
from .families import FAMILIES, Family
from .models import MODELS, Model

__all__ = ["blamed_on_its_file", "family_model", "find_family", "find_model", "split_name"]

NAME = re.compile(r"(?:(?P<file>.+\.py):)?(?P<family>[^:]+)(?::(?P<size>[^:]*))?", re.DOTALL)
SIZE = re.compile(r"([1-9][0-9]{0,8})(?:x([1-9][0-9]{0,8}))?")


def split_name(name: str) -> tuple[str | None, str, str | None]:
    """The file, the family and the size that a name like `FILE.py:FAMILY:SIZE` is made of; None for what is not there.

    Examples
    --------
    >>> split_name("conv-pool:50x75")
    (None, 'conv-pool', '50x75')
    >>> split_name("nets/my.py:wide")
    ('nets/my.py', 'wide', None)
    """
    match = NAME.fullmatch(name)
    if not match:
        raise InputError(
            f"{name!r} names no family; expected FAMILY or FILE.py:FAMILY, such as conv-pool or my.py:wide"
        )
    return match["file"], match["family"], match["size"]


def find_family(name: str) -> Family:
    """The family of that name.

    Parameters
    ----------
    name : str
        One of `FAMILIES`, or `FILE.py:FAMILY` for a `Family` that a Python file makes: the family's own name or that of
        the variable.

    Raises
    ------
    InputError
        If there is none, or the file raises.
    """
    file, family, size = split_name(name)
    if size is not None:
        raise InputError(f"{name!r} names a family and a size; expected the family alone, its width is solved for")
    if file is not None:
        return from_file(file, family)
    if family not in FAMILIES:
        if family.endswith(".py"):
            raise InputError(f"{family!r} is a file; add the family in it, as in {family}:wide")
        raise InputError(
            f"no family is called {family!r}{or_rather(family, FAMILIES)}; there are {', '.join(FAMILIES)}, and "
            "FILE.py:FAMILY for one of your own"
        )
    return FAMILIES[family]


def from_file(file: str, wanted: str) -> Family:
    """The family that a Python file makes."""
    path = Path(file)
    found = contents(path)
    families = {value.name: value for value in found.values() if isinstance(value, Family)}
    if wanted in families:
        return families[wanted]
    if wanted not in found:
        there = f"its families are {', '.join(sorted(families))}" if families else "it makes no Family"
        raise InputError(f"{file} has no family called {wanted!r}; {there}")
    value = found[wanted]
    if not isinstance(value, Family):
        kind = type(value).__name__
        raise InputError(f"{file}: {wanted} is of type {kind}; expected a remxnet.experiments.families.Family")
    return value


def contents(path: Path) -> dict[str, object]:
    """The names a Python file defines, after running it with its folder on the path."""
    try:
        source = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    module = ModuleType(f"remxnet_families_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where dataclasses look for the names in their annotations
    folder = str(path.parent.resolve())
    sys.path.insert(0, folder)
    try:
        with blamed_on_its_file(path):
            exec(compile(source, str(path), "exec"), module.__dict__)
    finally:
        sys.path.remove(folder)
    return dict(vars(module))


@contextmanager
def blamed_on_its_file(path: str | Path | None) -> Iterator[None]:
    """Turn what is raised while a user's file is at work into an InputError that says where; with None, let it pass."""
    if path is None:
        yield
        return
    try:
        yield
    except InputError:
        raise
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""
        raise InputError(f"{error.filename or path}{line}: {type(error).__name__}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = f", line {lines[-1]}" if lines else ""
        what = str(error).strip().splitlines()
        raise InputError(f"{path}{line}: {type(error).__name__}{': ' + what[0] if what else ''}") from error


def family_model(name: str) -> Model:
    """The model `FAMILY:WIDTH`, `FAMILY:WIDTHxSIZE`, or one of a file's family: `FILE.py:FAMILY:WIDTH`.

    SIZE takes the place of the size that the family makes from `FREE`; without it, it is as planned. `FILE.py:NAME` may
    also be a `Model` that the file makes.

    Raises
    ------
    InputError
        If there is no such family, or the size is none it can have.
    """
    file, wanted, size = split_name(name)
    if size is None:
        model = contents(Path(file)).get(wanted) if file else None
        if isinstance(model, Model):
            return model
        find_family(name)
        raise InputError(f"model {name!r}: a family without a width; expected {name}:WIDTH, such as {name}:50")
    family = find_family(name[: -len(size) - 1])
    match = SIZE.fullmatch(size)
    if not match:
        raise InputError(f"model {name!r}: size {size!r}; expected WIDTH or WIDTHxSIZE, such as 50 or 50x75")
    width, free = int(match[1]), int(match[2]) if match[2] else None
    if free is not None and family.free is None:
        raise InputError(f"model {name!r}: family {family.name!r} makes no layer from FREE; expected a width alone")

    def build(classes: int) -> nn.HybridSequential:
        with blamed_on_its_file(file):
            return family.build(classes, width, free)

    with blamed_on_its_file(file):
        smallest = family.smallest()
    return Model(f"{family.name}-{size}", family.summary, build, learning_rate=0.05, momentum=0.9, smallest=smallest)


def find_model(name: str) -> Model:
    """The model of that name: one of `MODELS`, or a family with a size, such as `conv-pool:50x75` or `my.py:wide:12`.

    Raises
    ------
    InputError
        If there is none.
    """
    if ":" in name:
        return family_model(name)
    if name not in MODELS:
        sized = f", and families with a size, as in {name}:50" if name in FAMILIES else ""
        raise InputError(
            f"no model is called {name!r:.80}{or_rather(name, MODELS)}; there are {', '.join(MODELS)}{sized}"
        )
    return MODELS[name]
