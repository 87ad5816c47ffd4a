"""`import mxnet` on top of the library that computes: torch here, NumPy for MXNet 1.9.1. One sample a process."""

import time

UNIT = "one import"


def measure(samples):
    try:
        import torch  # noqa: F401
    except ImportError:
        import numpy  # noqa: F401
    start = time.perf_counter()
    import mxnet  # noqa: F401

    return [time.perf_counter() - start]
