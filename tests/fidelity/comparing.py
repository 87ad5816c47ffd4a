"""Holding an outcome against its recording, and saying where they part."""

from __future__ import annotations

from typing import Any, Iterator

import numpy as np

# (rtol, atol) by dtype, where a case sets none. MXNet keeps attributes such as a slope in float32, hence float64's.
DEFAULTS = {"float16": (2e-3, 1e-3), "float32": (1e-5, 1e-6), "float64": (1e-6, 1e-8)}


class Comparison:
    """One comparison of an outcome with the recorded one.

    Parameters
    ----------
    recorded, recorded_arrays
        What MXNet gave: the tree and the arrays it names.
    ours, our_arrays
        What this package gave.
    tolerance : tuple of (float or None, float or None)
        The case's own rtol and atol; None means the default for the dtype.
    """

    def __init__(
        self,
        recorded: dict,
        recorded_arrays: list[np.ndarray],
        ours: dict,
        our_arrays: list[np.ndarray],
        tolerance: tuple[float | None, float | None] = (None, None),
    ):
        self.recorded, self.recorded_arrays = recorded, recorded_arrays
        self.ours, self.our_arrays = ours, our_arrays
        self.tolerance = tolerance

    def differences(self) -> list[str]:
        """Return one line for each place where the two differ."""
        return list(self._values("result", self.recorded["value"], self.ours["value"]))

    def _values(self, path: str, want: dict, got: dict) -> Iterator[str]:
        if want["kind"] != got["kind"]:
            yield f"{path}: MXNet gives {_show(want)}, we give {_show(got)}"
        elif "array" in want:
            storage = [node.get("stype", "default") for node in (want, got)]
            if storage[0] != storage[1]:
                yield f"{path}: MXNet's storage is {storage[0]}, ours is {storage[1]}"
            yield from self._arrays(path, self.recorded_arrays[want["array"]], self.our_arrays[got["array"]])
        elif want["kind"] == "float":
            yield from self._arrays(path, np.float64(want["value"]), np.float64(got["value"]), "float32")
        elif want["kind"] == "dict":
            yield from self._dicts(path, want["items"], got["items"])
        elif "items" in want:
            if len(want["items"]) != len(got["items"]):
                yield f"{path}: MXNet gives {len(want['items'])} items, we give {len(got['items'])}"
            for i, (a, b) in enumerate(zip(want["items"], got["items"])):
                yield from self._values(f"{path}[{i}]", a, b)
        elif want["value"] != got["value"]:
            if want["kind"] == "str":
                yield _texts(path, want["value"], got["value"])
            else:
                yield f"{path}: MXNet gives {_show(want)}, we give {_show(got)}"

    def _dicts(self, path: str, want: list, got: list) -> Iterator[str]:
        names = [[_key(k) for k, _ in items] for items in (want, got)]
        if names[0] != names[1]:
            yield f"{path}: MXNet's keys are {', '.join(names[0])}; ours are {', '.join(names[1])}"
            return
        for name, (_, a), (_, b) in zip(names[0], want, got):
            yield from self._values(f"{path}[{name}]", a, b)

    def _arrays(self, path: str, want: Any, got: Any, like: str = "") -> Iterator[str]:
        if want.dtype != got.dtype:
            yield f"{path}: MXNet's dtype is {want.dtype}, ours is {got.dtype}"
        if want.shape != got.shape:
            yield f"{path}: MXNet's shape is {want.shape}, ours is {got.shape}"
        if want.dtype != got.dtype or want.shape != got.shape:
            return
        wrong = ~self._close(want, got, like or want.dtype.name)
        if not wrong.any():
            return
        index = tuple(int(i) for i in np.argwhere(wrong)[0]) if want.ndim else ()
        place = f"{path}{list(index)}" if index else path
        line = f"{place}: MXNet gives {want[index]!s}, we give {got[index]!s}"
        line += f"; {wrong.sum()} of {wrong.size} values differ"
        if want.dtype.kind == "f" and wrong.size > 1:
            with np.errstate(all="ignore"):
                gap = np.abs(want.astype("float64") - got.astype("float64"))
            if np.isfinite(gap).any():
                line += f", by {np.nanmax(np.where(np.isfinite(gap), gap, np.nan)):.3g} at most"
        yield line

    def _close(self, want: Any, got: Any, dtype: str) -> np.ndarray:
        """Return where two arrays of one dtype and shape agree; NaN agrees with NaN."""
        if want.dtype.kind not in "fc":
            return np.asarray(want == got)
        rtol, atol = DEFAULTS.get(dtype, DEFAULTS["float32"])
        rtol = rtol if self.tolerance[0] is None else self.tolerance[0]
        atol = atol if self.tolerance[1] is None else self.tolerance[1]
        if rtol == atol == 0:
            both_nan = np.isnan(want) & np.isnan(got)
            return np.asarray(both_nan | ((want == got) & (np.signbit(want) == np.signbit(got))))
        wide = "complex128" if want.dtype.kind == "c" else "float64"
        return np.asarray(np.isclose(got.astype(wide), want.astype(wide), rtol=rtol, atol=atol, equal_nan=True))


def _show(node: dict) -> str:
    if "array" in node:
        return f"{_NAMES[node['kind']]} of shape {tuple(node['shape'])}, {node['dtype']}"
    if "items" in node:
        return f"a {node['kind']} of {len(node['items'])}"
    return f"the {node['kind']} {node['value']!r}" if node["kind"] != "NoneType" else "None"


_NAMES = {"nd": "an mx.nd array", "np": "an mx.np array", "numpy": "a NumPy array", "numpy scalar": "a NumPy scalar"}


def _key(node: dict) -> str:
    return repr(node.get("value", _show(node)))


def _texts(path: str, want: str, got: str) -> str:
    wants, gots = want.split("\n"), got.split("\n")
    for i, (a, b) in enumerate(zip(wants, gots)):
        if a != b:
            return f"{path}, line {i + 1} of the text:\n    MXNet {a!r}\n    ours  {b!r}"
    return f"{path}: MXNet's text has {len(wants)} lines, ours has {len(gots)}"
