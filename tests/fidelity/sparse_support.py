"""What the cases of sparse arrays share: arrays to begin with, and what an array stores."""

import numpy as np

from fidelity.tensor_support import outcome

ROWS = [[0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 0, 4.0]]
OTHER = [[0, 5, 1, 0], [0, 0, 0, 0], [0, 0, 0, 2.0]]


def dense(mx, values=ROWS, dtype="float32"):
    """A dense array."""
    return mx.nd.array(np.array(values), dtype=dtype)


def csr(mx, values=ROWS, dtype="float32"):
    """A matrix in csr storage."""
    return dense(mx, values, dtype).tostype("csr")


def rows(mx, values=ROWS, dtype="float32"):
    """An array in row_sparse storage."""
    return dense(mx, values, dtype).tostype("row_sparse")


def stored(array):
    """All that an array stores: elements and positions, as they are."""
    if isinstance(array, (list, tuple)):
        return [stored(each) for each in array]
    if array is None or isinstance(array, (str, bool)) or array.stype == "default":
        return array
    parts = {"data": array.data, "indices": array.indices, "shape": list(array.shape), "stype": array.stype}
    if array.stype == "csr":
        parts["indptr"] = array.indptr
    return parts


def stores(*fns):
    """What the results of several calls store, or the class of error."""
    return [stored(outcome(fn)) for fn in fns]


def learned(mx, variable, fn, stype=None, head=None):
    """The result of a recorded function of a variable, and its gradient as it is stored."""
    variable.attach_grad(stype=stype)
    with mx.autograd.record():
        result = fn(variable)
    result.backward(head)
    return {"out": result, "gradient": stored(variable.grad)}
