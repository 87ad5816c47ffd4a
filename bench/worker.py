"""A worker: builds cases in one library and times them when it is its turn. `workers` starts it.

Requests and replies are JSON, one a line: requests on standard input, replies on the original standard output, which
is moved out of the way of whatever the libraries print.
"""

from __future__ import annotations

import gc
import json
import math
import os
import platform
import sys
import time
import traceback
import warnings
from typing import Any

import numpy as np

from .case import Measured, Subject, Unavailable
from .cases import CASES

#: a sample takes at least so long, or the clock and the last wait would be part of it
SAMPLE = 0.03
#: the part of a turn that warms up what the others pushed out of the caches
WARM_UP = 0.15


class Prepared:
    """A subject and how many calls make a sample."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.long = False  # a call that takes longer than a turn has its warm-up within itself
        if subject.calls:
            self.calls = subject.calls
            return
        start = time.perf_counter()
        subject.repeat(1)
        first = time.perf_counter() - start
        self.calls = 1
        while first < SAMPLE / 2:
            start = time.perf_counter()
            subject.repeat(self.calls)
            taken = (time.perf_counter() - start) / self.calls
            if taken * self.calls >= SAMPLE / 4:
                self.calls = max(1, math.ceil(SAMPLE / taken))
                break
            self.calls *= 4

    def turn(self, seconds: float) -> list[float]:
        """The seconds of a call, once for each sample, over about so long a time."""
        gc.collect()
        start = time.perf_counter()
        while not self.long and time.perf_counter() - start < seconds * WARM_UP:
            self.subject.repeat(self.calls)
        samples: list[float] = []
        while not samples or time.perf_counter() - start < seconds:
            before = time.perf_counter()
            self.subject.repeat(self.calls)
            samples.append((time.perf_counter() - before) / self.calls)
        self.long = samples[-1] > seconds
        return samples


class Worker:
    """Answers requests; holds what was prepared for the current case."""

    def __init__(self) -> None:
        self.prepared: dict[str, Any] = {}

    def prepare(self, case: str, implementation: str, outcome: str) -> dict[str, Any]:
        """Build it, write what it computes to the file `outcome`, and find out how long a call takes."""
        subject = CASES[case].build(implementation)
        if isinstance(subject, Measured):
            return {"samples": [subject.sample], "remark": subject.remark}
        compared = subject.outcome is not None
        if subject.outcome is not None:
            parts = subject.outcome()
            arrays = {f"{kind}/{i}": each for kind, group in parts.items() for i, each in enumerate(group)}
            np.savez(outcome, **arrays)
        self.prepared[implementation] = Prepared(subject)
        return {"compared": compared}

    def turn(self, implementation: str, seconds: float) -> dict[str, Any]:
        """Time it for so long."""
        return {"samples": self.prepared[implementation].turn(seconds)}

    def drop(self) -> dict[str, Any]:
        """Forget what was prepared."""
        self.prepared.clear()
        if "torch" in sys.modules:
            sys.modules["torch"].compiler.reset()
        gc.collect()
        return {}

    def about(self) -> dict[str, Any]:
        """What this process runs: versions and threads. Asked last, as it imports nothing."""
        facts = {"python": platform.python_version(), "numpy": np.__version__}
        for name in ("torch", "mxnet"):
            if name in sys.modules:
                facts[name] = sys.modules[name].__version__
        if "torch" in sys.modules:
            facts["vectors"] = sys.modules["torch"].backends.cpu.get_cpu_capability()
            facts["torch threads"] = sys.modules["torch"].get_num_threads()
        return facts


def main() -> None:
    warnings.simplefilter("ignore")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker = Worker()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = getattr(worker, request.pop("do"))(**request)
        except Unavailable as reason:
            reply = {"unavailable": str(reason)}
        except Exception as error:  # noqa: BLE001  whatever it is, the parent is told
            traceback.print_exc()
            text = str(error).strip().splitlines()
            reply = {"error": f"{type(error).__name__}: {text[0] if text else ''}"[:300]}
        print(json.dumps(reply), file=replies, flush=True)


if __name__ == "__main__":
    main()
