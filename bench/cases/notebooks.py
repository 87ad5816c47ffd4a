"""Notebooks as written, five epochs on Fashion-MNIST, from the start of the interpreter to its end.

The notebooks and the program that runs their cells lie beside the checkout, in `../shared`, or where `BENCH_SHARED`
says.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from ..case import Case, Measured, Unavailable

ROOT = Path(__file__).resolve().parents[2]
SUMMARY = re.compile(r"(\d+) of (\d+) cells ran, (\d+) of (\d+) outputs match")


def run_notebook(name: str) -> Measured:
    """Run it with this interpreter, the books' helpers on the path, and see that every cell ran."""
    shared = Path(os.environ.get("BENCH_SHARED") or ROOT.parent / "shared")
    runner, notebook = shared / "run_cells.py", shared / "notebooks" / f"{name}.ipynb"
    for needed in (runner, notebook):
        if not needed.is_file():
            raise Unavailable(f"there is no {needed.name} beside the checkout (set BENCH_SHARED)")
    path = os.pathsep.join([os.environ["BENCH_BOOK_PATH"], *filter(None, [os.environ.get("PYTHONPATH")])])
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.run_trusting", str(runner), str(notebook)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    seconds = time.perf_counter() - start
    summary = SUMMARY.search(done.stdout)
    if summary is None or summary.group(1) != summary.group(2):
        raise RuntimeError(f"{name} did not run to its end:\n{done.stdout[-2000:]}")
    return Measured(seconds, f"{summary.group(0)}; {last_accuracy(done.stdout)}")


def last_accuracy(text: str) -> str:
    """The accuracies printed last, as a sign that the same was learned."""
    found = re.findall(r"[Tt]est acc (\d\.\d+)", text)
    return f"test accuracy {float(found[-1]):.3f}" if found else "no accuracy was printed"


CASES = [
    Case(
        f"notebook-{name}",
        f"notebook `{name}` as written, 5 epochs, start to end",
        lambda name=name: run_notebook(name),
        mxnet_target=target,
        fresh=True,
        rounds=1,
        needs_data=True,
    )
    for name, target in (("cnn_zh", 0.2), ("cnn_lenet", 0.3))
]
