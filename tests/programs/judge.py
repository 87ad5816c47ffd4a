"""Runs one program under the package and under the reference, and compares."""

from __future__ import annotations

import linecache
import os
import tempfile
import traceback
import warnings

import numpy as np
import torch

from . import prelude
from .world import _UNITS, Inconsistent, World

__all__ = ["judge", "run"]

#: times what the noise does, and relative to the largest element in units in the last place
_TIMES, _FLOOR = 4.0, 16
_NOISES = 6


def run(program, folder):
    """What a program shows and what it observes; its error, with the line, where it raises."""
    space = {name: value for name, value in vars(prelude).items() if not name.startswith("__")}
    text = program.text()
    filename = f"<program {program.seed}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    prelude.shown.clear()
    prelude.observed.clear()
    prelude.folder = folder
    error = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(text, filename, "exec"), space)
    except Exception as raised:  # noqa: BLE001 - it is what came
        lines = [
            f"line {f.lineno}: {f.line}" for f in traceback.extract_tb(raised.__traceback__) if f.filename == filename
        ]
        error = f"{type(raised).__name__}: {raised} ({lines[-1] if lines else 'compiling'})"
    finally:
        torch.set_num_threads(1)
        torch.set_grad_enabled(True)
        linecache.cache.pop(filename, None)
    return list(prelude.shown), dict(prelude.observed), error


def judge(program, shown=None, observed=None, error=None):
    """Run a program and compare what it shows; None where all is well, else the failure as a dictionary.

    Raises
    ------
    Inconsistent
        it is no program: steps need what no step makes
    """
    if shown is None:
        with tempfile.TemporaryDirectory(prefix="programs") as folder:
            shown, observed, error = run(program, os.path.realpath(folder))
    world = program.world or program.play(World(observed=observed if error is None else None))
    wanted = world.checks
    if error is not None:
        return {"seed": program.seed, "kind": "raises", "what": error}
    if [name for name, _ in shown] != [name for name, *_ in wanted]:
        raise Inconsistent("checks in another order")
    noisy, unsure_from = _noisy(program, world, observed, 1)
    suspects = [place for place in range(len(shown)) if _excess(shown[place][1], wanted[place], [noisy[place]]) > 1]
    if not suspects:
        return None
    noises = [noisy]
    for seed in range(2, _NOISES + 2):
        more, unsure = _noisy(program, world, observed, seed)
        noises.append(more)
        unsure_from = min((u for u in (unsure_from, unsure) if u is not None), default=None)
    for place in suspects:
        excess = _excess(shown[place][1], wanted[place], [each[place] for each in noises])
        if excess <= 1:
            continue
        name, expected, dtype, _ = wanted[place]
        got = np.asarray(shown[place][1], dtype="float64")
        expected = expected.numpy()
        failure = {
            "seed": program.seed,
            "kind": "differs",
            "what": name,
            "times": round(min(excess, 1e12), 2),
            "dtype": dtype,
        }
        if got.shape != expected.shape:
            return {**failure, "expected": list(expected.shape), "got": list(got.shape), "kind": "shape"}
        where = np.unravel_index(np.argmax(_distance(got, expected)), expected.shape)
        unsure = unsure_from is not None and place >= unsure_from
        return {
            **failure,
            "kind": "unsure" if unsure else "differs", "at": [int(i) for i in where], "got": float(got[where]),
            "expected": float(expected[where]), "largest": float(np.abs(expected).max()), "shape": list(expected.shape),
        }  # fmt: skip
    return None


def _noisy(program, world, observed, seed):
    other = program.play(World(seed, world.kinks, observed))
    return [tensor for _, tensor, *_ in other.checks], other.unsure_from


def _distance(got, expected):
    off = np.abs(got - expected)
    return np.where(np.isnan(off), np.inf, off)


def _excess(got, wanted, noises):
    """How many times the tolerance an array is off."""
    _, expected, dtype, _ = wanted
    got, expected = np.asarray(got, dtype="float64"), expected.numpy()
    if got.shape != expected.shape:
        return np.inf
    if not expected.size:
        return 0.0
    spread = max(float((noise - torch.from_numpy(expected)).abs().max()) for noise in noises)
    tolerance = _TIMES * spread + _FLOOR * _UNITS[dtype] * float(np.abs(expected).max())
    return float(_distance(got, expected).max()) / max(tolerance, 1e-30)
