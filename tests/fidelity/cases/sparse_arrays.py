"""Sparse arrays: making, printing, indexing, assigning, converting, copying, files."""

# ruff: noqa: B023 - what is made in a loop is called before the next round

import copy
import pickle

import numpy as np

from fidelity.sparse_support import OTHER, csr, dense, rows, stored, stores
from fidelity.tensor_support import NUMBERS, outcomes


def csr_matrices(mx):
    make = mx.nd.sparse.csr_matrix
    parts = ([1, 2, 3], [0, 2, 1], [0, 1, 3])
    as_numpy = tuple(np.array(part, dtype) for part, dtype in zip(parts, ("float64", "int32", "int32")))
    return stores(
        lambda: make(parts, shape=(2, 3)), lambda: make(parts), lambda: make(as_numpy, shape=(2, 3)),
        lambda: make(tuple(mx.nd.array(part) for part in parts), shape=(2, 3)),
        lambda: make(parts, shape=(2, 3), dtype="int32"), lambda: make(parts, (2, 3), mx.cpu(), "float16"),
        lambda: make(([1, 2, 3], ([0, 1, 1], [2, 0, 1])), shape=(2, 3)),
        lambda: make(([1, 2, 3], ([0, 1, 1], [2, 0, 1]))),
        lambda: make(([1, 2, 3], ([0, 0, 1], [2, 2, 1])), shape=(2, 3)),
        lambda: make(([1.5, 2, 3], ([1, 0, 1], [2, 2, 1])), shape=(2, 3), dtype="float32"),
        lambda: make((2, 3)), lambda: make((2, 3), dtype="int64"), lambda: make([[0, 1], [2, 0]]),
        lambda: make(np.array([[0, 1], [2, 0]])), lambda: make(np.array([[0, 1], [2, 0.5]])),
        lambda: make(mx.nd.array([[0, 1], [2, 0]], dtype="float64")), lambda: make(csr(mx)),
        lambda: make(([], [], [0, 0, 0]), shape=(2, 3)),
    )  # fmt: skip


def csr_matrix_errors(mx):
    make = mx.nd.sparse.csr_matrix
    return outcomes(
        lambda: make(([1, 2], [0, 2, 1], [0, 1, 3]), shape=(2, 3)), lambda: make(np.zeros((2, 3, 4))),
        lambda: make([1, 2]), lambda: make((1, 2, 3, 4)), lambda: make(rows(mx)), lambda: make([[0, 1]], shape=(3, 3)),
        lambda: make("a"), lambda: make(csr(mx), shape=(2, 2)),
    )  # fmt: skip


def row_sparse_arrays(mx):
    make = mx.nd.sparse.row_sparse_array
    parts = ([[1, 2], [3, 4]], [0, 2])
    return stores(
        lambda: make(parts, shape=(3, 2)), lambda: make(parts), lambda: make(([[1, 2], [3, 4]], [2, 0]), shape=(3, 2)),
        lambda: make((np.array(parts[0], "float64"), np.array(parts[1], "int32")), shape=(3, 2)),
        lambda: make((mx.nd.array(parts[0]), mx.nd.array(parts[1])), shape=(3, 2)), lambda: make((3, 2)),
        lambda: make((3, 2, 2)), lambda: make(np.array([[0, 0], [1, 2]])), lambda: make([[0, 0], [1, 2]]),
        lambda: make([0, 1, 2]), lambda: make(([1, 2], [0, 2]), shape=(3,)), lambda: make(rows(mx)),
        lambda: make(parts, shape=(3, 2), dtype="int64"),
    )  # fmt: skip


def row_sparse_array_errors(mx):
    make = mx.nd.sparse.row_sparse_array
    return outcomes(
        lambda: make(([[1, 2], [3, 4]], [0]), shape=(3, 2)), lambda: make(([[1, 2], [3, 4]], [0, 1]), shape=(3, 3)),
        lambda: make(csr(mx)), lambda: make((1, 2, [3])), lambda: make([[0, 1]], shape=(3, 3)),
    )  # fmt: skip


def copies_of_sparse_arrays(mx):
    make = mx.nd.sparse.array
    return stores(
        lambda: make(csr(mx, dtype="float64")), lambda: make(rows(mx), dtype="float16"), lambda: make(np.zeros((2, 3))),
        lambda: make(mx.nd.zeros((2, 3))), lambda: make([[1, 2]]), lambda: mx.nd.array(csr(mx)),
        lambda: mx.nd.array(rows(mx), dtype="float64"), lambda: mx.nd.array(dense(mx)),
    )  # fmt: skip


def zeros(mx):
    sparse = mx.nd.sparse
    return stores(
        lambda: sparse.zeros("csr", (2, 3)), lambda: sparse.zeros("row_sparse", (2, 3), dtype="float64"),
        lambda: sparse.zeros("default", (2, 3)), lambda: sparse.zeros("x", (2, 3)), lambda: sparse.zeros("csr", (0, 3)),
        lambda: sparse.zeros("row_sparse", (2, 3, 4), mx.cpu()), lambda: sparse.empty("csr", (2, 3)),
        lambda: sparse.empty("row_sparse", (2, 3), dtype="int32"), lambda: mx.nd.zeros((2, 3), stype="csr"),
        lambda: mx.nd.empty((2, 3), stype="row_sparse"), lambda: mx.nd.zeros((2, 3), stype="default"),
        lambda: csr(mx).zeros_like(), lambda: rows(mx).zeros_like(), lambda: mx.nd.zeros((2, 3), stype="x"),
    )  # fmt: skip


def storage_types(mx):
    cast = mx.nd.cast_storage
    special = dense(mx, [[0, float("nan")], [-0.0, 0]])
    return [
        *stores(*(lambda s=s, d=d: dense(mx, dtype=d).tostype(s) for s in ("csr", "row_sparse") for d in NUMBERS)),
        *stores(
            lambda: cast(dense(mx), "csr"), lambda: cast(dense(mx), stype="row_sparse"), lambda: cast(special, "csr"),
            lambda: cast(special, "row_sparse"), lambda: cast(mx.nd.array([0, 1, 2.0]), "row_sparse"),
            lambda: cast(mx.nd.ones((2, 2, 2)), "row_sparse"), lambda: cast(mx.nd.zeros((2, 3)), "csr"),
            lambda: cast(dense(mx), "x"), lambda: cast(csr(mx), "default"), lambda: cast(rows(mx), "default"),
            lambda: cast(csr(mx), "csr"), lambda: csr(mx).tostype("row_sparse"), lambda: rows(mx).tostype("csr"),
            lambda: csr(mx).tostype("x"), lambda: dense(mx).tostype("default"), lambda: mx.nd.sparse.cast_storage(
                dense(mx), "csr"
            ),
        ),
    ]  # fmt: skip


def what_an_array_says(mx):
    found = []
    for array in (csr(mx), rows(mx), mx.nd.sparse.zeros("row_sparse", (2, 3, 4))):
        found += [
            repr(array), str(array), array.shape, array.ndim, len(array), array.stype, str(array.context),
            str(array.ctx),
            array.dtype, array.grad, type(array).__name__, type(array).__module__, array.writable,
            isinstance(array, mx.nd.NDArray), isinstance(array, mx.nd.sparse.BaseSparseNDArray), array.data.dtype,
            array.indices.dtype,
            *outcomes(lambda a=array: a.size, lambda a=array: a.asscalar(), lambda a=array: bool(a)),
            *outcomes(lambda a=array: float(a), lambda a=array: a.reshape((4, 3)), lambda a=array: a.as_np_ndarray()),
        ]  # fmt: skip
    return found


def indexing(mx):
    keys = (
        0, -1, slice(0, 2), slice(None), slice(0, 3, 2), (0, 1), slice(None, None, -1), [0, 1], None,
        Ellipsis, (slice(0, 2), slice(0, 2)), slice(-2, None), slice(0, 100), slice(1, None),
    )  # fmt: skip
    return [stores(*(lambda k=k: make(mx)[k] for k in keys)) for make in (csr, rows)]


def iterating(mx):
    return [stored(row) for _, row in zip(range(3), csr(mx))]


def _assigned(array, key, value):
    array[key] = value
    return array


def assigning(mx):
    found = []
    for make in (csr, rows):
        values = (
            np.array(OTHER), np.array(OTHER, "float32"), dense(mx, OTHER), make(mx, OTHER), make(mx, OTHER, "float64"),
            OTHER, "a", mx.nd.ones((5, 5)), mx.nd.sparse.zeros(make(mx).stype, (3, 4)),
        )  # fmt: skip
        found.append(stores(*(lambda v=v: _assigned(make(mx), slice(None), v) for v in values)))
        keys = (0, slice(0, 1), (0, 0), slice(None, None, 2), slice(0, 3))
        found.append(outcomes(*(lambda k=k: _assigned(make(mx), k, 1) for k in keys)))
    found.append(
        outcomes(lambda: _assigned(csr(mx), slice(None), 1), lambda: _assigned(csr(mx), slice(None), rows(mx)))
    )
    found.append(stores(*(lambda v=v: _assigned(rows(mx), slice(None), v) for v in (0, 1, 2.5))))
    found.append(outcomes(lambda: _assigned(rows(mx), slice(None), csr(mx))))
    return found


def a_dense_array_is_assigned_to(mx):
    x = mx.nd.zeros((3, 4))
    csr(mx).copyto(x)
    y = mx.nd.zeros((3, 4))
    rows(mx).copyto(y)
    return [x, y]


def copying(mx):
    found = []
    for make in (csr, rows):
        array, own = make(mx), make(mx).stype
        target, wide = (mx.nd.sparse.zeros(own, (3, 4), dtype=d) for d in ("float32", "float64"))
        other = mx.nd.sparse.zeros("row_sparse" if own == "csr" else "csr", (3, 4))
        found.append(
            stores(
                lambda: array.copy(), lambda: array.copyto(mx.cpu(1)), lambda: array.copyto(target),
                lambda: array.copyto(wide), lambda: dense(mx, OTHER).copyto(make(mx)), lambda: array.copyto(other),
                lambda: array.copyto(mx.nd.sparse.zeros(own, (7, 7))), lambda: array.copyto(3),
                lambda: array.as_in_context(mx.cpu(1)), lambda: array.detach(), lambda: copy.copy(array),
                lambda: copy.deepcopy(array), lambda: pickle.loads(pickle.dumps(array)),
            )
        )  # fmt: skip
        found += [array.as_in_context(mx.cpu()) is array, array.as_nd_ndarray() is array]
        found += [array.astype("float32", copy=False) is array, array.astype("float32") is array]
        found.append(stores(*(lambda d=d: array.astype(d) for d in NUMBERS)))
    return found


def the_parts_are_copies(mx):
    found = []
    for make in (csr, rows):
        array = make(mx)
        array.data[:] = 9
        array.indices[:] = 0
        found.append(stored(array))
    return found


def formats(mx):
    def matrix(*parts):
        return mx.nd.sparse.csr_matrix(parts, shape=(3, 3))

    def of_rows(values, indices):
        return mx.nd.sparse.row_sparse_array((values, indices), shape=(4, 2))

    pair = [[1, 2], [3, 4]]
    arrays = (
        matrix([1.0, 2, 3], [1, 2, 0], [0, 2, 3, 3]), matrix([1.0, 2, 3], [1, 7, 0], [0, 2, 3, 3]),
        matrix([1.0, 2, 3], [1, -7, 0], [0, 2, 3, 3]), matrix([1.0, 2, 3], [1, 2, 0], [0, 2, 1, 3]),
        matrix([1.0, 2, 3], [1, 2, 0], [0, 2, 2, 2]), matrix([1.0, 2, 3], [1, 2, 0], [1, 2, 3, 3]),
        matrix([1.0, 2, 3], [1, 2, 0], [0, 2, 3]), matrix([1.0, 2, 3], [2, 1, 0], [0, 2, 3, 3]),
        matrix([1.0, 2, 3], [1, 1, 0], [0, 2, 3, 3]), of_rows(pair, [0, 3]), of_rows(pair, [2, 1]),
        of_rows(pair, [1, 1]), of_rows(pair, [1, 9]), of_rows(pair, [-1, 1]), mx.nd.sparse.zeros("csr", (3, 2)),
        mx.nd.sparse.zeros("row_sparse", (3, 2)),
    )  # fmt: skip
    found = []
    for array in arrays:
        for full in (True, False):
            try:
                array.check_format(full_check=full)
                found.append("sound")
            except mx.base.MXNetError:
                found.append("MXNetError")
    return found


def positions_in_no_order(mx):
    matrix = mx.nd.sparse.csr_matrix(([1.0, 2, 3, 4], [2, 0, 1, 1], [0, 2, 4, 4]), shape=(3, 3))
    some = mx.nd.sparse.row_sparse_array(([[1, 2], [3, 4]], [2, 1]), shape=(4, 2))
    twice = mx.nd.sparse.row_sparse_array(([[1, 2], [3, 4]], [1, 1]), shape=(4, 2))
    return [
        matrix.asnumpy(), some.asnumpy(), twice.asnumpy(), mx.nd.dot(matrix, mx.nd.array(np.eye(3))),
        matrix.tostype("default"), some.tostype("default"),
    ]  # fmt: skip


def files(mx):
    import os
    import tempfile

    arrays = {
        "csr": csr(mx), "rows": rows(mx), "dense": dense(mx), "none": mx.nd.sparse.zeros("csr", (3, 3)),
        "no rows": mx.nd.sparse.zeros("row_sparse", (4, 2)), "half": csr(mx, dtype="float16"),
        "cube": rows(mx, np.ones((2, 2, 2))), "long": rows(mx, dtype="int64"),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.params")
        found = []
        for data in (arrays, list(arrays.values()), arrays["csr"]):
            mx.nd.save(path, data)
            with open(path, "rb") as stream:
                found.append(stream.read())
            loaded = mx.nd.load(path)
            found.append(
                {name: stored(each) for name, each in loaded.items()} if isinstance(loaded, dict) else stored(loaded)
            )
        found += outcomes(lambda: mx.nd.load_frombuffer(found[0][:-40]))
        with mx.np_shape(True):
            found += outcomes(lambda: mx.nd.save(path, arrays["csr"]), lambda: mx.nd.load(path))
    return found


def pickles(mx):
    found = []
    for array in (csr(mx), rows(mx), csr(mx, dtype="float64")):
        array.wait_to_read()
        found.append(array.__reduce__()[2]["handle"].hex())
    return found
