"""An eager `a + b` on 4×4 arrays: what it costs to call an operator at all."""

import time

UNIT = "one a + b"
CALLS = 5000


def measure(samples):
    import mxnet as mx

    a, b = mx.nd.ones((4, 4)), mx.nd.ones((4, 4))
    times = []
    for _ in range(samples + 1):
        mx.nd.waitall()
        start = time.perf_counter()
        for _ in range(CALLS):
            c = a + b
        c.wait_to_read()
        mx.nd.waitall()
        times.append((time.perf_counter() - start) / CALLS)
    return times[1:]  # the first warms up
