"""Running a case, turning what it gave into plain data, and keeping that in files.

An outcome is a tree of dicts. A leaf with an array names it by number, and the arrays themselves stand
in a list: `FAMILY.json` holds the trees, as text that a review can read, and `FAMILY.npz` the arrays.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib
import io
import json
import random
import re
import types
import zipfile
from pathlib import Path
from typing import Any, Callable

import numpy as np

HERE = Path(__file__).parent
CASES = HERE / "cases"
RECORDED = HERE / "recorded"
LARGEST_CASE = 300_000  # bytes of arrays; a case that needs more can be asked the same with less


class UnrecordableError(TypeError):
    """A case returned something for which there is no place in a recording."""


# ---------------------------------------------------------------- the cases


def families() -> list[str]:
    """Return the names of all families, sorted."""
    return sorted(p.stem for p in CASES.glob("*.py") if not p.stem.startswith("_"))


def cases(family: str) -> dict[str, Callable]:
    """Import a family and return its cases: the public functions whose only required argument is `mx`.

    Functions made in a loop and put into `globals()` count, imported ones do not.
    """
    module = importlib.import_module(f"fidelity.cases.{family}")
    found = {}
    for name, value in vars(module).items():
        if name.startswith("_") or not isinstance(value, types.FunctionType):
            continue
        if value.__module__ != module.__name__ and not value.__module__.startswith("fidelity.cases._"):
            continue
        code = value.__code__
        required = code.co_varnames[: code.co_argcount - len(value.__defaults__ or ())]
        if required != ("mx",):
            raise TypeError(
                f"{family}::{name} takes {required}: a case takes one argument, mx; "
                "the name of a function that is no case starts with an underscore"
            )
        found[name] = value
    return found


def fingerprint(family: str) -> str:
    """Return a hash of a family's code, which comments, docstrings and layout do not change."""
    tree = ast.parse((CASES / f"{family}.py").read_text(encoding="utf-8"))
    return hashlib.sha256(_canonical(tree).encode()).hexdigest()[:16]


def _canonical(node: Any) -> str:
    """Return a syntax tree as text that is the same under every Python version: what is empty is left out."""
    if isinstance(node, list):
        return "[" + ",".join(_canonical(n) for n in node if not _is_text(n)) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = [(n, v) for n, v in ast.iter_fields(node) if n != "kind" and v is not None and v != []]
    return f"{type(node).__name__}({','.join(f'{n}={_canonical(v)}' for n, v in fields)})"


def _is_text(node: Any) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


# ---------------------------------------------------------------- running one


def run(mx: Any, case: Callable) -> tuple[dict, list[np.ndarray], BaseException | None]:
    """Run a case from a defined state and return its outcome, the arrays in it and what it raised.

    The random generators are seeded, automatic names start from zero, and NumPy semantics are off again
    afterwards, so the outcome does not depend on the cases that ran before.
    """
    random.seed(0)
    np.random.seed(0)
    mx.random.seed(0)
    arrays: list[np.ndarray] = []
    try:
        with mx.name.NameManager():
            return {"value": encode(mx, case(mx), arrays)}, arrays, None
    except UnrecordableError:
        raise
    except Exception as error:  # noqa: BLE001 - an error is an outcome
        return {"error": describe_error(error)}, [], error
    finally:
        mx.util.reset_np()


def describe_error(error: BaseException) -> dict[str, str]:
    """Return the class of an error, which is compared, and the gist of its text, which is not."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(("Traceback", "File "))] or [""]
    gist = re.sub(r"0x[0-9a-f]+", "0x…", re.sub(r"^(\[[\d:]+\] )?(MXNetError: )?", "", lines[0]))
    gist = re.sub(r"(?:[\w./-]*/)?(src/[\w./-]+)", r"\1", gist)
    gist = re.sub(r"/[\w./-]*/tmp\w+/", "…/", gist)  # a temporary folder
    return {"class": type(error).__name__, "module": type(error).__module__, "gist": gist[:100]}


# ---------------------------------------------------------------- values as data


def encode(mx: Any, value: Any, arrays: list[np.ndarray]) -> dict:
    """Turn what a case returned into a tree of plain data, appending its arrays to `arrays`."""
    if isinstance(value, mx.nd.NDArray):
        kind = "np" if isinstance(value, mx.np.ndarray) else "nd"
        node = _array(kind, value.asnumpy(), arrays)
        if value.stype != "default":
            node["stype"] = value.stype
        return node
    if isinstance(value, np.ndarray):
        return _array("numpy", value, arrays)
    if isinstance(value, np.generic):
        return _array("numpy scalar", np.asarray(value), arrays)
    if value is None or isinstance(value, (bool, int, str)):
        return {"kind": type(value).__name__, "value": value}
    if isinstance(value, float):
        return {"kind": "float", "value": repr(value)}
    if isinstance(value, bytes):
        return {"kind": "bytes", "value": value.hex()}
    if isinstance(value, np.dtype):
        return {"kind": "dtype", "value": value.name}
    if isinstance(value, type):
        return {"kind": "class", "value": value.__name__.rstrip("_")}  # numpy.bool_ is numpy.bool since 2.0
    if isinstance(value, mx.Context):
        return {"kind": "Context", "value": str(value)}
    if isinstance(value, dict):
        items = [[encode(mx, k, arrays), encode(mx, v, arrays)] for k, v in value.items()]
        return {"kind": "dict", "items": items}
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {"kind": kind, "items": [encode(mx, v, arrays) for v in value]}
    raise UnrecordableError(
        f"a case returned {type(value).__module__}.{type(value).__qualname__}; "
        "it may return arrays, scalars, strings, dtypes, contexts, and tuples, lists and dicts of them"
    )


def _array(kind: str, array: np.ndarray, arrays: list[np.ndarray]) -> dict:
    if array.dtype.kind not in "biufcSU":
        raise UnrecordableError(f"a case returned an array of {array.dtype}")
    arrays.append(np.ascontiguousarray(array).reshape(array.shape))
    return {"kind": kind, "dtype": array.dtype.name, "shape": list(array.shape), "array": len(arrays) - 1}


# ---------------------------------------------------------------- files


def write(family: str, outcomes: dict[str, tuple[dict, list[np.ndarray]]]) -> bool:
    """Write the recording of a family, if it says anything new; return whether it did."""
    structure = {"fingerprint": fingerprint(family), "cases": {}}
    members: dict[str, np.ndarray] = {}
    for name, (outcome, arrays) in outcomes.items():
        size = sum(a.nbytes for a in arrays)
        if size > LARGEST_CASE:
            raise ValueError(
                f"{family}::{name} returned {size} bytes of arrays, more than {LARGEST_CASE}: make it smaller"
            )
        structure["cases"][name] = outcome
        members.update({f"{name}.{i}": a for i, a in enumerate(arrays)})
    try:
        unchanged = _same(read(family), (structure, members))
    except (FileNotFoundError, KeyError, ValueError, zipfile.BadZipFile):
        unchanged = False
    if unchanged:
        return False
    RECORDED.mkdir(exist_ok=True)
    rows = [f" {json.dumps(n)}: {json.dumps(o, ensure_ascii=False)}" for n, o in structure["cases"].items()]
    head = f'{{"fingerprint": "{structure["fingerprint"]}", "cases": {{\n'
    (RECORDED / f"{family}.json").write_text(head + ",\n".join(rows) + "\n}}\n", encoding="utf-8")
    with zipfile.ZipFile(RECORDED / f"{family}.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in members.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), buffer.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return True


def read(family: str) -> tuple[dict, dict[str, np.ndarray]]:
    """Read the recording of a family: its structure, and its arrays by name.

    Raises
    ------
    FileNotFoundError
        If the family was never recorded.
    """
    structure = json.loads((RECORDED / f"{family}.json").read_text(encoding="utf-8"))
    with zipfile.ZipFile(RECORDED / f"{family}.npz") as archive:
        return structure, {name[: -len(".npy")]: _parsed(archive.read(name)) for name in archive.namelist()}


def _parsed(content: bytes) -> np.ndarray:
    """Return the array of an npy file; thousands are read, and few headers differ, whose parsing takes longest."""
    begin, length = (10, content[8:10]) if content[6] == 1 else (12, content[8:12])
    end = begin + int.from_bytes(length, "little")
    dtype, order, shape = _header(content[:end])
    return np.frombuffer(content, dtype, offset=end).reshape(shape, order=order).copy(order)


@functools.lru_cache(maxsize=None)
def _header(content: bytes) -> tuple[np.dtype, str, tuple[int, ...]]:
    """Return the dtype, the order and the shape that the head of an npy file tells."""
    stream = io.BytesIO(content)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    shape, by_columns, dtype = read[np.lib.format.read_magic(stream)](stream)
    return dtype, "F" if by_columns else "C", shape


def _same(one: tuple[dict, dict], other: tuple[dict, dict]) -> bool:
    if one[0] != other[0] or list(one[1]) != list(other[1]):
        return False
    pairs = ((a, other[1][name]) for name, a in one[1].items())
    return all(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in pairs)
