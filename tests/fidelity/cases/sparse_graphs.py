"""Sparse arrays in graphs, from iterators, and what tests are made of."""

# ruff: noqa: B023 - what is made in a loop is called before the next round

import os
import tempfile

import numpy as np

from fidelity.sparse_support import csr, dense, rows, stored
from fidelity.tensor_support import outcomes

WEIGHT = [[1, 4], [2, 1], [3, 4], [4, 4.0]]


def variables(mx):
    x = mx.sym.Variable("x", stype="csr")
    graph = mx.sym.sparse.dot(x, mx.sym.Variable("w", stype="row_sparse"))
    return [x.list_attr(), graph.attr_dict(), graph.tojson(), *outcomes(lambda: mx.sym.Variable("x", stype="foo"))]


def bound_by_shapes(mx):
    x, w = mx.sym.Variable("x", stype="csr"), mx.sym.Variable("w", stype="row_sparse")
    executor = mx.sym.sparse.dot(x, w).simple_bind(mx.cpu(), x=(3, 4), w=(4, 2))
    found = [{n: a.stype for n, a in d.items()} for d in (executor.arg_dict, executor.grad_dict)]
    executor.arg_dict["x"][:] = csr(mx)
    executor.arg_dict["w"][:] = rows(mx, WEIGHT)
    for _ in range(2):
        executor.forward(is_train=True)
        executor.backward([mx.nd.ones((3, 2))])
        found += [executor.outputs[0], stored(executor.grad_dict["w"])]
        executor.arg_dict["w"][:] = rows(mx, np.array(WEIGHT) * 2)
    return found


def storage_types_by_name(mx):
    x, w, i = (mx.sym.var(name) for name in "xwi")
    found = []
    for graph, given, stypes in (
        (mx.sym.sparse.dot(x, w), {"x": (3, 4), "w": (4, 2)}, {"x": "csr", "w": "row_sparse"}),
        (mx.sym.Embedding(i, w, input_dim=4, output_dim=2, sparse_grad=True), {"i": (3,)}, {}),
        (mx.sym.Embedding(i, w, input_dim=4, output_dim=2), {"i": (3,)}, {}),
        (
            mx.sym.Embedding(i, mx.sym.var("w", stype="row_sparse"), input_dim=4, output_dim=2, sparse_grad=True),
            {"i": (3,)},
            {},
        ),
    ):
        executor = graph.simple_bind(mx.cpu(), stype_dict=stypes or None, **given)
        found.append([{n: a.stype for n, a in d.items()} for d in (executor.arg_dict, executor.grad_dict)])
    return found


def bound_to_arrays(mx):
    x, w = mx.sym.Variable("x", stype="csr"), mx.sym.Variable("w", stype="row_sparse")
    head, found = [mx.nd.array(np.arange(6).reshape(3, 2))], []
    for graph in (mx.sym.dot(x, w), mx.sym.broadcast_add(mx.sym.sparse.dot(x, w), mx.sym.ones((1, 2)))):
        gradient = mx.nd.sparse.zeros("row_sparse", (4, 2))
        executor = graph.bind(mx.cpu(), {"x": csr(mx), "w": rows(mx, WEIGHT)}, args_grad={"w": gradient})
        executor.forward(is_train=True)
        executor.backward(head)
        found += [executor.outputs, stored(gradient)]
    one = mx.sym.square(x).bind(mx.cpu(), {"x": csr(mx)})
    found += [[stored(each) for each in one.forward()], mx.sym.exp(x).bind(mx.cpu(), {"x": csr(mx)}).forward()]
    return found


def tables_in_graphs(mx):
    found = []
    for make in (dense, rows):
        table = mx.sym.var("w")
        graph = mx.sym.Embedding(mx.sym.var("i"), table, input_dim=4, output_dim=2, sparse_grad=True)
        gradient = mx.nd.sparse.zeros("row_sparse", (4, 2))
        executor = (graph * 2).bind(
            mx.cpu(), {"i": mx.nd.array([3, 1, 3]), "w": make(mx, WEIGHT)}, {"w": gradient},
            {"i": "null", "w": "write"},
        )  # fmt: skip
        executor.forward(is_train=True)
        executor.backward([mx.nd.array(np.arange(6).reshape(3, 2))])
        found += [executor.outputs[0], stored(gradient)]
    return found


def batches_of_matrices(mx):
    found = []
    for handle in ("pad", "discard", "roll_over"):
        for shuffle in (False, True):
            found.append(_given(lambda: mx.io.NDArrayIter({"data": csr(mx)}, mx.nd.arange(3), 2, shuffle, handle)))
    return found


def _given(make):
    try:
        return [[b.data[0], b.label[0], b.pad] for b in make()]
    except Exception as error:  # noqa: BLE001 - the error is the outcome
        return [
            name for name in ("NotImplementedError", "MXNetError") if name in [c.__name__ for c in type(error).__mro__]
        ]


SAMPLES = "1 0:0.5 2:1.5\n-1 1:2\n0\n2 3:1 0:4\n3 1:1e-2 # words\n"
LABELS = "0 0:1\n0 1:2\n0 0:3 1:4\n0\n0 1:7\n"


def _label(array):
    """What a label is now: MXNet puts later ones into the same memory."""
    return array.asnumpy() if array.stype == "default" else stored(array)


def batches_of_files(mx):
    found = []
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, text in (("data", SAMPLES), ("label", LABELS)):
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "w") as stream:
                stream.write(text)
        given = {"data_libsvm": paths["data"], "data_shape": (4,), "batch_size": 2}
        for more in (
            {}, {"batch_size": 5}, {"batch_size": 7}, {"batch_size": 1, "num_parts": 2, "part_index": 0},
            {"batch_size": 1, "num_parts": 2, "part_index": 1}, {"label_libsvm": paths["label"], "label_shape": (2,)},
            {"data_name": "d", "label_name": "l"},
        ):  # fmt: skip
            batches = mx.io.LibSVMIter(**{**given, **more})
            said = [[d.name, list(d.shape)] for d in batches.provide_data + batches.provide_label]
            rounds = []
            for _ in range(2):
                rounds.append([[stored(b.data[0]), _label(b.label[0]), b.pad] for b in batches])
                batches.reset()
            found.append([said, rounds])
        for wrong in (
            {"round_batch": False}, {"label_shape": (2,)}, {"data_shape": (2, 2)}, {"data_libsvm": paths["data"] + "x"},
        ):  # fmt: skip
            found += outcomes(lambda: mx.io.LibSVMIter(**{**given, **wrong}))
    return found


def random_arrays(mx):
    tools, found = mx.test_utils, []
    options = (
        {"density": 0.5}, {"density": 0.3, "data_init": 2}, {"density": 0.4, "distribution": "uniform"},
        {"density": 0.5, "shuffle_csr_indices": True}, {"density": 0}, {"density": 1}, {}, {"dtype": "float64"},
        {"density": 0.5, "modifier_func": lambda x: x + 5},
    )  # fmt: skip
    for stype in ("csr", "row_sparse"):
        for given in options:
            array, parts = tools.rand_sparse_ndarray((5, 4), stype, **given)
            found.append([stored(array), list(parts)])
        found.append(stored(tools.rand_ndarray((5, 4), stype, density=0.5)))
    found += [
        stored(tools.rand_sparse_ndarray((5, 4), "row_sparse", rsp_indices=np.array([1, 3]))[0]),
        stored(tools.create_sparse_array_zd((3, 4), "csr", 0.5, data_init=1)),
        stored(tools.create_sparse_array_zd((3, 4), "row_sparse", 0.5, rsp_indices=[0, 2])),
        stored(tools.create_sparse_array((3, 4), "row_sparse", data_init=2, rsp_indices=[1])),
        stored(tools.create_sparse_array((3, 4), "csr", data_init=2, density=0.5)),
    ]
    return found
