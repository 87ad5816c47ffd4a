"""Files of arrays: names, shapes and dtypes, from their headers alone."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mxnet.serialization import params as files

from ...errors import InputError
from .found import Found

__all__ = ["params", "safetensors"]

#: bytes that the header of a .safetensors file may have, as its format says
_LONGEST_HEADER = 100_000_000
_STORAGES = {1: "row_sparse", 2: "csr"}


def params(path: Path, _: Mapping[str, Sequence[int]]) -> Found:
    """A ``.params`` file."""
    found = files.headers(path)
    pairs = list(found.items() if isinstance(found, dict) else ((str(n), each) for n, each in enumerate(found)))
    rows = []
    for name, each in pairs:
        if isinstance(each, files.Sparse):
            size = sum(part.nbytes for part in (each.values, *each.positions))
            kind = f"{each.values.dtype.name} ({_STORAGES[each.storage]})"
            rows.append({"name": name, "dtype": kind, "shape": list(each.shape), "bytes": size})
        else:
            rows.append(
                {"name": name, "dtype": each.dtype.name, "shape": list(each.shape), "bytes": each.nbytes}
            )  # fmt: skip
    states = sum(name.startswith("aux:") for name, _ in pairs)
    facts = {"arrays": len(rows), **_totals(rows)}
    if states:
        facts["states"] = states
    if isinstance(found, list):
        facts["names"] = "none"
    return Found(str(path), "arrays of MXNet", facts, {"arrays by name": rows})


def _totals(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "parameters": sum(math.prod(row["shape"]) for row in rows),
        "bytes": sum(row["bytes"] for row in rows),
        "dtypes": sorted({row["dtype"] for row in rows}),
    }


def safetensors(path: Path, _: Mapping[str, Sequence[int]]) -> Found:
    """A ``.safetensors`` file."""
    with open(path, "rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        size = path.stat().st_size
        if not 2 <= length <= min(size - 8, _LONGEST_HEADER):
            raise InputError(f"{path} is no .safetensors file: its header would have {length} bytes of {size}")
        text = stream.read(length)
    try:
        header = json.loads(text)
        about = header.pop("__metadata__", {})
        rows = [
            {
                "name": name, "dtype": str(each["dtype"]), "shape": [int(n) for n in each["shape"]],
                "bytes": int(each["data_offsets"][1]) - int(each["data_offsets"][0]),
            }
            for name, each in header.items()
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError(f"{path} is no .safetensors file: its header cannot be read") from error
    if any(row["bytes"] < 0 for row in rows) or sum(row["bytes"] for row in rows) != size - 8 - length:
        raise InputError(f"{path}: the header tells of other tensors than the file has bytes for")
    facts = {"arrays": len(rows), **_totals(rows), **({"about": about} if about else {})}
    return Found(str(path), "tensors (safetensors)", facts, {"arrays by name": rows})
