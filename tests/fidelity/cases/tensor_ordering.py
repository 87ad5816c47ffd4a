"""The order of elements: topk, sort, argsort."""

import numpy as np

from fidelity.support import data, grads
from fidelity.tensor_support import FLOATS, array, outcomes

VALUES = [[3, 1, 2, 1], [0, 5, 5, -1]]
DTYPES = ("uint8", "int8", "int32", "int64", "float32", "float64")
OPTIONS = (
    {}, {"k": 2}, {"k": 2, "axis": 0}, {"k": 1, "axis": 0, "ret_typ": "value"}, {"k": 2, "ret_typ": "value"},
    {"k": 2, "ret_typ": "both"}, {"k": 2, "ret_typ": "mask"}, {"k": 2, "is_ascend": True},
    {"k": 2, "is_ascend": True, "ret_typ": "both"}, {"k": 0}, {"k": 0, "ret_typ": "both"}, {"k": -1},
    {"axis": None, "k": 3},
    {"axis": None, "k": 3, "ret_typ": "both"}, {"axis": None, "k": 2, "ret_typ": "mask"}, {"k": 2, "dtype": "int32"},
    {"k": 2, "dtype": "int64", "ret_typ": "both"}, {"k": 2, "dtype": "float64"}, {"k": 2, "dtype": "uint8"},
    {"axis": -2, "k": 1}, {"k": 2, "ret_typ": "mask", "axis": 0}, {"k": 1, "ret_typ": "mask", "axis": 0},
)  # fmt: skip
ORDERS = ({}, {"axis": 0}, {"is_ascend": False}, {"axis": None}, {"axis": None, "is_ascend": False}, {"axis": -2})


def topk(mx):
    x = array(mx, VALUES)
    return [mx.nd.topk(x, **kw) for kw in OPTIONS] + [x.topk(k=2), x.topk(axis=0, ret_typ="value")]


def topk_dtypes(mx):
    return [mx.nd.topk(array(mx, [[3, 1, 2, 1], [0, 5, 5, 1]], d), k=2, ret_typ="both") for d in (*DTYPES, FLOATS[0])]


def topk_gradients(mx):
    x = data((3, 4), 1)
    return [grads(mx, lambda v, k=kw: mx.nd.topk(v, **k), x) for kw in OPTIONS[3:5] + OPTIONS[:2]] + [
        grads(mx, lambda v: mx.nd.topk(v, k=2, ret_typ="both", axis=0)[0], x)
    ]


def topk_errors(mx):
    x = array(mx, VALUES)
    wrong = ({"k": 5}, {"axis": 2}, {"ret_typ": "x"}, {"dtype": "int8"}, {"k": "x"})
    return [outcomes(lambda k=kw: mx.nd.topk(x, **k))[0] for kw in wrong] + [
        outcomes(lambda: mx.nd.topk(x.astype("bool")))
    ]


def sort(mx):
    x = array(mx, VALUES)
    return [[mx.nd.sort(x, **kw), mx.nd.argsort(x, **kw)] for kw in ORDERS] + [x.sort(), x.argsort(is_ascend=False)]


def sort_dtypes(mx):
    x = [array(mx, [[3, 1, 2, 1], [0, 5, 5, 1]], d) for d in DTYPES]
    return [[mx.nd.sort(v), mx.nd.argsort(v)] for v in x] + [mx.nd.argsort(x[0], dtype=d) for d in ("int32", "float64")]


def sort_gradients(mx):
    return grads(mx, lambda v: mx.nd.sort(v, axis=1, is_ascend=False), data((3, 4), 1)), grads(
        mx, mx.nd.argsort, data((3, 4), 1)
    )


def sort_errors(mx):
    x = array(mx, VALUES)
    return outcomes(
        lambda: mx.nd.sort(x, axis=2), lambda: mx.nd.argsort(x, axis=-3), lambda: mx.nd.argsort(x, dtype="int8"),
        lambda: mx.nd.sort(x.astype("bool")),
    )  # fmt: skip


def ties(mx):
    x = array(mx, [[1, 2, 1, 2, 1, 2, 0, 0]])
    return mx.nd.argsort(x), mx.nd.argsort(x, is_ascend=False), mx.nd.topk(x, k=8), mx.nd.topk(x, k=2, is_ascend=True)


def many(mx):
    x = mx.nd.array(data((4, 50), 1))
    return mx.nd.sort(x, axis=0), mx.nd.argsort(x), mx.nd.topk(x, k=10, ret_typ="both")


def sort_gradients_along_the_default_axis(mx):
    return grads(mx, mx.nd.sort, data((3, 4), 1))


def ties_beyond_sixteen_elements(mx):
    """Where more than 16 elements are sorted, or few chosen of many, equal ones do not keep their order."""
    found = {}
    for seed, (length, levels, dtype) in enumerate(
        [
            (17, 3, "float32"),
            (33, 2, "int32"),
            (64, 40, "float64"),
            (100, 4, "uint8"),
            (400, 5, "float32"),
            (16, 2, "float32"),
        ]
    ):
        values = np.random.RandomState(seed).randint(0, levels, size=(2, length))
        x = mx.nd.array(values, dtype=dtype)
        for up in (True, False):
            name = f"{length} {levels} {dtype} {up}"
            found[f"argsort {name}"] = mx.nd.argsort(x, axis=1, is_ascend=up, dtype="int32")
            found[f"flat {name}"] = mx.nd.argsort(x.reshape((-1,)), axis=0, is_ascend=up)
            for k in (1, 2, length // 9 + 1, length // 3, length):
                found[f"topk {k} {name}"] = mx.nd.topk(x, k=k, is_ascend=up)
            if dtype == "float32":
                found[f"mask {name}"] = mx.nd.topk(x, k=length // 3, ret_typ="mask", is_ascend=up)
    return found


def ties_and_gradients(mx):
    x = np.random.RandomState(3).randint(0, 3, size=(2, 40)).astype("float32")
    return grads(mx, lambda x: mx.nd.topk(x, k=9, ret_typ="value"), x)


def ties_of_np_arrays(mx):
    mx.npx.set_np()
    x = mx.np.array(np.random.RandomState(4).randint(0, 3, size=(40, 2)), dtype="float32")
    return mx.np.argsort(x, axis=0), mx.np.argsort(x, axis=None), mx.npx.topk(x, k=3, axis=0)
