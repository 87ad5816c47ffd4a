"""One case for each kind of value that a recording can hold; nothing here asks MXNet about an operator."""

import numpy as np

from fidelity.support import data, grads, tolerance


def array(mx):
    return mx.nd.array(data((2, 3)))


def array_without_axes(mx):
    return mx.np.array(1.5)


def numpy_arrays(mx):
    return data((3,), seed=1, dtype="float64"), data((4,), seed=2, low=0, high=9, dtype="int32")


def scalars(mx):
    return [True, 3, 0.1, float("nan"), "text\nof two lines", None, b"\x00\xff", np.float32(0.1), np.int64(7)]


def dtypes_and_contexts(mx):
    return {"class": np.float32, "dtype": np.dtype("int8"), "context": mx.cpu(1)}


@tolerance(0, 0, reason="a copy keeps every bit")
def same_bits(mx):
    return mx.nd.array(np.array([0.1, -0.0, np.nan, np.inf], dtype="float32"))


def gradients(mx):
    return grads(mx, lambda a, b: (a * b, a + 1), data((2, 2)), data((2, 2), seed=1))


def error(mx):
    return mx.nd.array([1, 2, 3])[5]
